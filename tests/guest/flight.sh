#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# flight.sh MODE: what happens to pages whose write is on its way. The swap
# device takes a known time for every write, so "in flight" lasts for seconds
# and each event is sure to fall into it. Needs the disk swap0.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=flying.sh
. "${0%/*}/flying.sh"

# One that refuses to write to its later half.
bad_swap() {
	null_disk nullb7 64 1 && swap_on /dev/nullb7 || return
	echo "+8192-122879" >/sys/kernel/config/nullb/nullb7/badblocks
}

no_bad_swap() {
	timeout $((30 * SLOWER)) swapoff /dev/nullb7 && null_gone nullb7
}

# All pages are read while they are written: right, and before the device, which has
# stopped, has written any.
refault() {
	slow_swap 0 || die "no slow swap"
	start_load -t 0
	dmtable suspend slow || die "the swap device does not stop"
	page_out
	if must_fly "$1"; then
		kill -USR1 $load
		check "$1/at-once" wait_for $((60 * SLOWER)) has_ended $load
		must_fly "$1/meanwhile"
	fi
	dmtable resume slow || die "the swap device does not go on"
	check_data "$1"
	tidy "$1"
}

# Threads write to pages that are being written out, again and again.
rewrite() {
	slow_swap 300 || die "no slow swap"
	start_load -t 2 -p 50
	sleep 3
	check_data "$1"
	tidy "$1"
}

swapoff_flying() {
	slow_swap || die "no slow swap"
	start_load -t 1
	page_out
	must_fly "$1" || return
	check "$1/swapoff" timeout $((30 * SLOWER)) swapoff "$slow"
	check_data "$1"
	tidy "$1"
}

dying_cgroups() {
	awk '$1 == "nr_dying_subsys_memory" { n = $2 }
	     $1 == "nr_dying_descendants" { d = $2 }
	     END { print n == "" ? d : n }' $CG/cgroup.stat
}

# Per-CPU caches of charges keep the last one on stock too, but no more.
no_more_dying() {
	echo 3 >/proc/sys/vm/drop_caches
	[ "$(dying_cgroups)" -le $((dying + 1)) ]
}

# The process dies and its cgroup is removed; the writes come back later. Pages
# that were freed before that must not keep the dead cgroup either.
memcg_removed() {
	dying=$(dying_cgroups)
	slow_swap || die "no slow swap"
	start_load -t 1
	page_out
	wait_for 20 at_rest
	sleep 1
	page_out
	must_fly "$1" || return
	kill -KILL $load
	wait $load 2>/dev/null
	check "$1/rmdir" cgroup_gone load
	check_rest "$1/rest"
	# Stock too keeps what is in the swap cache, until swapoff.
	check "$1/slots" no_slow_swap
	if wait_for $((30 * SLOWER)) no_more_dying; then
		ok "$1/freed"
	else
		not_ok "$1/freed" "$(dying_cgroups) dying, was $dying"
	fi
}

# The task that reclaims is killed between its batches.
reclaimer_killed() {
	slow_swap 300 || die "no slow swap"
	start_load -t 1 -w 1
	_n=0
	while [ $_n -lt 6 ]; do
		pageout $TMP/ranges 100000 >/dev/null 2>&1 &
		_p=$!
		sleep 0.3
		kill -KILL $_p
		wait $_p 2>/dev/null
		_n=$((_n + 1))
	done
	check_data "$1"
	tidy "$1"
}

cpu_unplugged() {
	slow_swap 300 || die "no slow swap"
	start_load -t 2 -p 50
	_n=0
	while [ $_n -lt 5 ]; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		page_out
		sleep 0.2
		echo 1 >/sys/devices/system/cpu/cpu1/online
		page_out
		sleep 0.2
		_n=$((_n + 1))
	done
	check_data "$1"
	tidy "$1"
}

# Half of the device refuses writes: those pages stay, with their data.
write_error() {
	bad_swap || die "no bad swap"
	_errors=$(stat write_errors)
	start_load -t 1 -n 6000
	page_out
	sleep 1
	page_out
	sleep 1
	_errors=$(($(stat write_errors) - _errors))
	check_data "$1"
	if ! with_tandem; then
		skip "$1/counted" "the counter is the module's"
	elif [ $_errors -gt 0 ]; then
		ok "$1/counted"
	else
		not_ok "$1/counted" "write_errors did not rise"
	fi
	if dmesg | grep -qi 'write-error on swap-device\|i/o error.*nullb7'; then
		ok "$1/happened"
	else
		not_ok "$1/happened" "the device refused no write"
	fi
	tidy "$1" no_bad_swap
}

pipelined_again() {
	_before=$(stat pages_submitted)
	page_out
	[ "$(stat pages_submitted)" -gt "$_before" ]
}

# A device that refused a write is not trusted for ten seconds, and then it is.
trusted_again() {
	with_tandem || return 0
	slow_swap 300 || die "no slow swap"
	start_load -t 1
	check "$1/pipelined" wait_for 30 pipelined_again
	check_data "$1"
	tidy "$1"
}

# Off while pages are in flight: what was begun is finished, the rest is stock.
disabled_flying() {
	with_tandem || return 0
	slow_swap 10000 || die "no slow swap"
	start_load -t 1
	page_out
	must_fly "$1" || return
	echo 0 >$RECLAIM/enabled
	if is $RECLAIM/state draining; then
		ok "$1/draining"
	else
		not_ok "$1/draining" "state is $(cat $RECLAIM/state)"
	fi
	check "$1/off" wait_for 40 is $RECLAIM/state off
	check_data "$1"
	tidy "$1"
	tandem_on
}

# The bound on pages in flight holds for each page; what is beyond goes the
# stock way, in the middle of a list too.
inflight_bounded() {
	with_tandem || return 0
	slow_swap 3000 || die "no slow swap"
	knob inflight_pages 64
	knob batch_pages 64
	_over=$(stat fallback_inflight_limit)
	_device=$(stat fallback_device)
	_most=0
	start_load -t 0 -n 3072
	page_out &
	_p=$!
	_end=$(($(now_s) + 3))
	while [ "$(now_s)" -le $_end ]; do
		_now=$(in_flight)
		[ "$_now" -le "$_most" ] || _most=$_now
	done
	wait $_p
	if [ "$_most" -gt 0 ] && [ "$_most" -le 64 ]; then
		ok "$1/bound"
	else
		not_ok "$1/bound" "$_most pages in flight, limit 64"
	fi
	_over=$(($(stat fallback_inflight_limit) - _over))
	if [ $_over -gt 0 ]; then
		ok "$1/counted"
	else
		not_ok "$1/counted" "fallback_inflight_limit did not rise"
	fi
	check "$1/counted once" test "$(stat fallback_device)" = "$_device"
	check_data "$1"
	knob inflight_pages 16384
	knob batch_pages 768
	tidy "$1"
}

start_tandem
refault flight/refault
rewrite flight/rewrite
swapoff_flying flight/swapoff
memcg_removed flight/memcg-removed
reclaimer_killed flight/reclaimer-killed
cpu_unplugged flight/cpu-unplugged
write_error flight/write-error
trusted_again flight/trusted-again
inflight_bounded flight/inflight
disabled_flying flight/disabled
dying=0
if wait_for $((30 * SLOWER)) no_more_dying; then
	ok flight/cgroups-freed
else
	not_ok flight/cgroups-freed "$(dying_cgroups) are still dying"
fi
finish
