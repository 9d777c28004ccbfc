#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# life.sh on [CYCLES]: load, enable, disable, enable, unload, again, and another
# livepatch over ours and instead of ours, all while processes rewrite and
# verify memory that is being reclaimed. Afterwards nothing of the modules may
# be left in the running kernel. Needs the disk swap0.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

CYCLES=${2:-2}
SWITCHES=${3:-5}
STRANGERS=/usr/lib/tandem-tests/modules
LIVE=/sys/kernel/livepatch

# Memory of four kinds, a good part of which is elsewhere at any time. The
# pauses leave the machine time for the transitions, which patch code.
start_load() {
	cgroup load memory.max 10M
	load=
	for k in anon shmem huge; do
		(
			enter load
			exec pagestress -k $k -m 4 -t 1 -d 5000 -p 300 -z -H \
				-f "$([ $k = anon ] && echo 1 || echo 0)" >$TMP/load.$k 2>&1
		) &
		load="$load $!"
	done
	sleep 3
}

end_load() {
	_bad=
	for _p in $load; do
		kill -USR1 "$_p"
	done
	for _p in $load; do
		wait "$_p" || _bad="status $?"
	done
	[ -z "$_bad" ] || _bad="$_bad $(cat $TMP/load.* | grep -v wrong=0 |
		head -n 1)"
	if [ -z "$_bad" ]; then
		ok "$1"
	else
		not_ok "$1" "$_bad"
	fi
}

# worked NAME: calls went through the module since $calls was taken.
worked() {
	if wait_for 10 more_calls; then
		ok "$1"
	else
		not_ok "$1" "the module took no call"
	fi
}

more_calls() {
	[ "$(stat calls)" -gt "$calls" ]
}

# Off means stock: no call is taken any more.
is_idle() {
	_a=$(stat calls)
	sleep 1
	[ "$(stat calls)" -eq "$_a" ]
}

switch_often() {
	_n=0
	while [ "$_n" -lt "$SWITCHES" ]; do
		put 1 "$RECLAIM/enabled" || return
		put 0 "$RECLAIM/enabled" || return
		sleep "0.$(random 3)"
		put 1 "$RECLAIM/enabled" || return
		sleep "0.$(random 3)"
		_n=$((_n + 1))
	done
}

# Everything by which the modules could still be found.
left_over() {
	{
		ls -d /sys/kernel/tandem /sys/module/tandem \
			/sys/module/tandem_reclaim \
			/sys/kernel/livepatch/tandem_reclaim \
			/sys/kernel/tracing/events/tandem \
			/sys/devices/virtual/workqueue/*tandem* \
			/sys/kernel/slab/*tandem* /sys/kernel/debug/*tandem*
	} 2>/dev/null
	grep -i tandem /proc/slabinfo /proc/modules /proc/vmallocinfo
	grep -F '[tandem' /proc/kallsyms
	# An idle kworker still bears the name of its last work.
	cat /proc/[0-9]*/comm 2>/dev/null | grep -i tandem |
		grep -v '^kworker/u\{0,1\}[0-9]'
	grep -i tandem /sys/kernel/tracing/enabled_functions
	nlcall -d 1 >/dev/null 2>&1 && echo "netlink family"
	return 0
}

check_gone() {
	_left=$(left_over | head -n 3 | tr '\n' ' ')
	if [ -z "$_left" ]; then
		ok "$1"
	else
		not_ok "$1" "left: $_left"
	fi
}

# The test of the test: with the modules in, each way of finding must find.
check_found() {
	left_over >$TMP/left
	for w in /sys/kernel/tandem /sys/module/tandem_reclaim \
		livepatch/tandem_reclaim events/tandem \
		/proc/modules:tandem '\[tandem' 'kworker/R-tandem' \
		'netlink family'; do
		if grep -q "$w" $TMP/left; then
			ok "$1/$w"
		else
			not_ok "$1/$w" "not found while loaded"
		fi
	done
}

cycle() {
	check "$1/load" load_tandem
	check "$1/starts-off" is $RECLAIM/state off
	check "$1/enable" tandem_on
	calls=$(stat calls)
	worked "$1/works"
	check "$1/disable" tandem_off
	check "$1/idle" is_idle
	check "$1/switches" switch_often
	check "$1/unload" unload_tandem
}

# The load goes on; the module gives way, comes back, and is thrown out.
displaced() {
	check "$1/load" load_tandem
	check "$1/enable" tandem_on
	calls=$(stat calls)
	worked "$1/works"
	insmod $STRANGERS/klp_over.ko || not_ok "$1/over" "insmod failed"
	check "$1/over" wait_for 60 is $RECLAIM/state displaced
	wait_for 60 no_transition
	check "$1/over-idle" is_idle
	check "$1/over-drained" wait_for 10 is $RECLAIM/in_flight 0
	echo 0 >$LIVE/klp_over/enabled
	check "$1/over-out" wait_for 60 test ! -d $LIVE/klp_over
	rmmod klp_over
	check "$1/on-again" wait_for 10 is $RECLAIM/state on
	calls=$(stat calls)
	worked "$1/works-again"
	insmod $STRANGERS/klp_replace.ko ||
		not_ok "$1/instead" "insmod failed"
	check "$1/instead" wait_for 60 is $RECLAIM/state displaced
	check "$1/instead-out" wait_for 60 patch_gone
	check "$1/instead-drained" wait_for 10 is $RECLAIM/in_flight 0
	check "$1/unload" unload_tandem
	echo 0 >$LIVE/klp_replace/enabled
	wait_for 60 test ! -d $LIVE/klp_replace
	rmmod klp_replace
}

kept_kb() {
	awk '$1 == "Percpu:" || $1 == "SUnreclaim:" { s += $2 }
	     END { print s }' /proc/meminfo
}

idle_cycles() {
	_n=0
	while [ $_n -lt "$1" ]; do
		load_tandem && tandem_on && tandem_off && unload_tandem ||
			return
		_n=$((_n + 1))
	done
}

# Loading again costs no more memory than loading once.
check_no_growth() {
	idle_cycles 1 || not_ok "$1" "cannot load or unload"
	_before=$(kept_kb)
	idle_cycles 3 || not_ok "$1" "cannot load or unload"
	wait_for 10 shrunk $((_before + 300))
	_after=$(kept_kb)
	if [ "$_after" -le $((_before + 300)) ]; then
		ok "$1"
	else
		not_ok "$1" "$((_after - _before)) KiB more after 3 cycles"
	fi
}

shrunk() {
	[ "$(kept_kb)" -le "$1" ]
}

swap_on /dev/disk/swap0 || die "no swap"
check_gone life/before
start_load
n=1
while [ $n -le "$CYCLES" ]; do
	cycle life/cycle$n
	check_gone life/cycle$n/nothing-left
	n=$((n + 1))
done
displaced life/displaced
check_gone life/displaced/nothing-left
end_load life/data
check_no_growth life/growth
load_tandem
check_found life/found-while-loaded
unload_tandem
check_gone life/nothing-left
check life/swapoff timeout 60 swapoff /dev/disk/swap0
check_rest life/rest
finish
