# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# For tests whose pages are being written while something happens: a swap device
# that takes a known time for each write, a process whose pages are sent there,
# and what must be true afterwards. Sourced after lib.sh. Needs the disk swap0.

LATENCY_MS=$((5000 * SLOWER))
PAGES=1024

# A device that is slow to write, for the length of one test.
slow_swap() {
	slow_writes /dev/disk/swap0 64 "${1:-$LATENCY_MS}" && swap_on "$slow"
}

no_slow_swap() {
	if grep -q "$slow" /proc/swaps; then
		timeout $((30 * SLOWER)) swapoff "$slow" || return
	fi
	dmtable remove slow
}

start_load() {
	rm -f $TMP/ranges
	cgroup load memory.max max memory.swap.max max
	(
		enter load
		exec pagestress -H -n $PAGES -R $TMP/ranges "$@" \
			>$TMP/load.log 2>&1
	) &
	load=$!
	ready $TMP/ranges || die "pagestress did not start"
}

page_out() {
	pageout $TMP/ranges >$TMP/pageout.log 2>&1
}

writing() {
	[ "$(vm nr_writeback)" -gt 0 ]
}

# must_fly NAME: without pages in flight the test would mean nothing.
must_fly() {
	if ! writing; then
		not_ok "$1" "nothing was being written: $(cat $TMP/pageout.log)"
		return 1
	elif with_tandem && [ "$(in_flight)" -eq 0 ]; then
		not_ok "$1" "the module has nothing in flight"
		return 1
	fi
}

# resume_when_awaited SECONDS FUNCTION: the swap device goes on when a task waits for
# it there, or at last in any case.
resume_when_awaited() {
	! with_tandem || wait_for "$1" grep -qs "$2" /proc/[0-9]*/stack
	dmtable resume slow
}

end_load() {
	kill -USR1 $load
	wait $load
}

check_data() {
	if end_load; then
		ok "$1/data"
	else
		not_ok "$1/data" "$(grep -v wrong=0 $TMP/load.log | head -n 1)"
	fi
}

# A slot that leaked would keep swapoff busy for ever.
tidy() {
	check "$1/cgroup" cgroup_gone load
	check_rest "$1/rest"
	check "$1/slots" "${2:-no_slow_swap}"
}
