#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# endurance.sh on SWITCHES CYCLES SECONDS: how often `enabled` can be switched,
# and the modules loaded and taken out, while processes rewrite and verify memory
# that is being reclaimed; then stress-ng, which verifies in its own way, for some
# seconds. Each switch waits until the module has worked, or has come to rest.
# Needs the disk swap0; stress-ng where it is in the guest.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

SWITCHES=${2:-10}
CYCLES=${3:-20}
STRESS_S=${4:-10}

start_load() {
	cgroup load memory.max 8M
	load=
	for _k in anon shmem; do
		(
			enter load
			exec pagestress -k $_k -m 6 -t 1 -d 5000 -p 100 -z -H \
				>$TMP/load.$_k 2>&1
		) &
		load="$load $!"
	done
}

end_load() {
	_bad=
	for _p in $load; do
		kill -USR1 "$_p"
	done
	for _p in $load; do
		wait "$_p" || _bad="status $? $(cat $TMP/load.* |
			grep -v wrong=0 | head -n 1)"
	done
	if [ -z "$_bad" ]; then
		ok "$1"
	else
		not_ok "$1" "$_bad"
	fi
}

more_calls() {
	[ "$(stat calls)" -gt "$calls" ]
}

# It has been on and taken calls, and is off with nothing in flight.
works() {
	calls=$(stat calls)
	wait_for 30 more_calls || echo "no call was taken" >&2
	more_calls
}

switch() {
	tandem_on && works && tandem_off && is $RECLAIM/in_flight 0
}

cycle() {
	load_tandem && tandem_on && works && unload_tandem
}

# often NAME TIMES COMMAND
often() {
	_done=0
	_from=$(now_s)
	while [ $_done -lt "$2" ]; do
		"$3" >$TMP/often.log 2>&1 || break
		_done=$((_done + 1))
	done
	echo "# $1: $_done in $(($(now_s) - _from)) s"
	if [ $_done -eq "$2" ]; then
		ok "$1-$2"
	else
		not_ok "$1-$2" "number $((_done + 1)): $(tail -n 1 \
			$TMP/often.log), state $(cat $RECLAIM/state 2>&1)"
	fi
}

kept_kb() {
	awk '$1 == "Percpu:" || $1 == "SUnreclaim:" { s += $2 }
	     END { print s }' /proc/meminfo
}

not_grown() {
	[ "$(kept_kb)" -le $((before + 1000)) ]
}

# Twice the memory of its limit, filled and verified with every pattern it has.
stress() {
	cgroup stress memory.max 24M
	load_tandem && tandem_on || die "the modules did not load"
	calls=$(stat calls)
	_out=$(vm pswpout)
	(
		enter stress
		exec stress-ng --vm 2 --vm-bytes 40M --vm-keep --verify \
			--timeout "$((STRESS_S * SLOWER))s" --temp-path $TMP \
			--oom-avoid-bytes 0 >$TMP/stress.log 2>&1
	)
	_rc=$?
	_out=$(($(vm pswpout) - _out))
	echo "# stress-ng: $STRESS_S s, swapped=$_out" \
		"calls=$(($(stat calls) - calls))"
	if [ $_rc -ne 0 ] || grep -q 'fail:' $TMP/stress.log; then
		not_ok "$1" "status $_rc: $(grep -v 'info:' $TMP/stress.log |
			head -n 1)"
	elif [ $_out -lt 1000 ] || ! more_calls; then
		not_ok "$1" "only $_out pages were swapped out"
	else
		ok "$1"
	fi
	check "$1/unload" unload_tandem
	check "$1/cgroup" cgroup_gone stress
}

swap_on /dev/disk/swap0 || die "no swap"
start_load
# The first time some memory is taken that stays for the next.
check endurance/first cycle
before=$(kept_kb)
often endurance/cycles "$CYCLES" cycle
check endurance/growth wait_for 20 not_grown
load_tandem
often endurance/switches "$SWITCHES" switch
check endurance/unload unload_tandem
end_load endurance/data
check endurance/cgroup cgroup_gone load
if [ "$STRESS_S" -gt 0 ]; then
	stress endurance/stress-ng
fi
check endurance/swapoff timeout 60 swapoff /dev/disk/swap0
check_rest endurance/rest
finish
