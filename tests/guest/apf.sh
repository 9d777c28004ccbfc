#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# apf.sh on [PART]...: asynchronous page faults. Swap is slow to read, and what a
# thread does before its page has come is seen in one trace with the read.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=apf-lib.sh
. "${0%/*}/apf-lib.sh"

TRACE=/sys/kernel/tracing
FAULTS=40
TASK_ACCESSES=${TANDEM_ACCESSES:-5000}
# Each waits for its page.
REGISTER_FAULTS=$((TASK_ACCESSES / 50))

trace_on() {
	echo 0 >$TRACE/tracing_on
	echo >$TRACE/trace
	echo 8192 >$TRACE/buffer_size_kb
	echo 1 >$TRACE/events/tandem_apf/enable
	echo 1 >$TRACE/tracing_on
}

trace_off() {
	echo 0 >$TRACE/tracing_on
	echo 0 >$TRACE/events/tandem_apf/enable
	cat $TRACE/trace >$TMP/trace
	cp $TMP/trace "/out/trace-$1" 2>/dev/null
}

# For each read: started, user mode, work there, completed; in this order and by
# the clock. Prints how many were so, and the first that was not.
in_order() {
	awk '
	match($0, /apf_enter|apf_user_again|apf_work|apf_complete/) {
		what = substr($0, RSTART, RLENGTH)
		match($0, /[0-9]+\.[0-9]+:/)
		now = substr($0, RSTART, RLENGTH - 1) + 0
		match($0, /slot=[0-9]+/)
		slot = substr($0, RSTART + 5, RLENGTH - 5)
	}
	what == "apf_enter" { step[slot] = 1 }
	what == "apf_user_again" { step[slot] = step[slot] == 1 ? 2 : 0 }
	what == "apf_work" { step[slot] = step[slot] == 2 ? 3 : 0 }
	what == "apf_complete" {
		if (step[slot] == 3 && now > at[slot])
			good++
		else if (!bad++)
			first = $0
		step[slot] = 0
	}
	what != "" { at[slot] = now; what = "" }
	END { print good + 0, bad + 0, first }' $TMP/trace
}

# order NAME FORM
order() {
	trace_on
	check "$1/$2" in_apf apforder "$2" $FAULTS
	trace_off "$2"
	cat $TMP/check.log
	read -r _ _faults _ _entries _ _worked _ _rounds <$TMP/check.log
	in_order >$TMP/order
	read -r _good _bad _first <$TMP/order
	echo "# $1/$2 in order $_good, not $_bad"
	# Some are there at once, when the host is slow; most are not.
	if [ "${_good:-0}" -ge $((FAULTS * 9 / 10)) ]; then
		ok "$1/$2/in-order"
	else
		not_ok "$1/$2/in-order" "$_good, not $_bad: $_first"
	fi
	check "$1/$2/worked" test "${_worked:-0}" -ge $((FAULTS * 9 / 10))
	# A page that has come is not read again: 1.2 entries a fault or fewer.
	check "$1/$2/entries" test "${_entries:-0}" -ge $((FAULTS * 9 / 10)) -a \
		"${_entries:-999}" -le $((FAULTS * 12 / 10))
}

overlap() {
	for _form in argument hard-coded; do
		order "$1" $_form
	done
}

# Off, the same program is never in its handler.
off() {
	apf_off
	check "$1/runs" in_apf apforder argument 4
	cp $TMP/check.log $TMP/off.log
	check "$1/no-entries" grep -q 'entries 0 ' $TMP/off.log
	apf_on
}

# Each value of each register, over and over.
registers() {
	for _form in argument hard-coded tasks; do
		check "$1/$_form" in_apf apfregs $_form $REGISTER_FAULTS
		cat $TMP/check.log
		read -r _ _faults _ _entries <$TMP/check.log
		check "$1/$_form/entries" test "${_entries:-0}" -ge \
			$((REGISTER_FAULTS * 9 / 10))
	done
}

reads_over() {
	[ "$(apf_stat reads)" = 0 ] && is $APF/in_flight 0
}

# all_told NAME: what was handed back early has completed, and nothing is left.
all_told() {
	check "$1/reads-over" wait_for 20 reads_over
	check "$1/all-told" test "$(apf_stat early)" = "$(apf_stat completed)"
}

# run_tasks NAME OPTION...
run_tasks() {
	_test=$1
	shift
	check "$_test" in_apf apftasks "$@"
	cat $TMP/check.log
	all_told "$_test"
}

# With less memory than they use, so that pages come and go all the time.
tasks() {
	run_tasks "$1/32" -m 8M -t 32 -n 4096 -a $((TASK_ACCESSES * SLOWER))
	run_tasks "$1/1" -m 8M -t 1 -n 4096 -a 40
	run_tasks "$1/128" -m 16M -t 128 -n 8192 -a $((TASK_ACCESSES * SLOWER))
}

signals() {
	run_tasks "$1" -m 8M -t 16 -n 4096 -a $((TASK_ACCESSES / 20)) -s 2000
}

# ordinary NAME CASE COUNTER: went the ordinary way, and was counted so.
ordinary() {
	_count=$(apf_stat "ordinary_$3")
	check "$1/$2" in_apf timeout 60 apfcases "$2"
	check "$1/$2/counted" test "$(apf_stat "ordinary_$3")" -gt "$_count"
}

ordinary_cases() {
	ordinary "$1" kernel kernel
	ordinary "$1" masked masked
	ordinary "$1" nested nested
	ordinary "$1" signal-stack signal_stack
	ordinary "$1" signal-in-handler nested
	ordinary "$1" userfaultfd userfaultfd
	ordinary "$1" rseq rseq
	ordinary "$1" stepped stepped
	if [ -d /sys/bus/event_source/devices/uprobe ]; then
		ordinary "$1" uprobe stepped
	else
		skip "$1/uprobe" "this kernel has none"
	fi
	ordinary "$1" traced traced
	ordinary "$1" unmapped unmapped
	ordinary "$1" slots slots
	echo 0 >$APF/reads_per_user
	ordinary "$1" user-limit user_limit
	echo 256 >$APF/reads_per_user
	echo 0 >$APF/threads_per_user
	check "$1/thread-limit" in_apf apfcases thread-limit
	echo 64 >$APF/threads_per_user
	all_gone "$1"
}

threads_gone() {
	[ "$(apf_stat threads)" = 0 ] && reads_over
}

all_gone() {
	check "$1/all-gone" wait_for 20 threads_gone
}

other_cases() {
	for _case in signal vfork fork thread exec exit thread-exit kill munmap \
		abandon refuse; do
		check "$1/$_case" in_apf timeout 60 apfcases $_case
	done
	_count=$(apf_stat leaving_signals)
	check "$1/leaving" in_apf timeout 60 apfcases leaving
	check "$1/leaving/counted" \
		test "$(apf_stat leaving_signals)" -ge $((_count + 2))
	all_gone "$1"
}

# All reads of the device fail from the moment at which the program has paged out.
fail_reads() {
	rm -f $TMP/go
	mkfifo $TMP/go
	in_apf timeout 60 apfcases failed-read <$TMP/go >$TMP/said 2>&1 &
	_p=$!
	exec 4>$TMP/go
	check "$1/paged-out" wait_for 30 grep -q "paged out" $TMP/said
	echo "+8-131071" >/sys/kernel/config/nullb/nullb7/badblocks
	echo go >&4
	exec 4>&-
	check "$1/signal" wait $_p
	cat $TMP/said
	echo "-8-131071" >/sys/kernel/config/nullb/nullb7/badblocks
}

failed_read() {
	# CPUs keep free slots of a device in store, whatever its priority.
	check "$1/other-off" timeout 60 swapoff "$slow"
	null_disk nullb7 64 20 && swap_on /dev/nullb7 || die "no bad swap"
	fail_reads "$1"
	check "$1/swapoff" timeout 60 swapoff /dev/nullb7
	null_gone nullb7
	swapon "$slow" || die "no swap"
	all_gone "$1"
}

failed_file_read() {
	null_disk nullb7 64 20 && file_system /dev/nullb7 /mnt/bad ||
		die "no bad files"
	export TANDEM_MEMORY=/mnt/bad/file
	fail_reads "$1"
	export TANDEM_MEMORY=
	all_gone "$1"
	check "$1/umount" umount /mnt/bad
	null_gone nullb7
}

# of_walk NAME - a figure that the last check has printed
of_walk() {
	sed "s/.* $1=\([0-9]*\).*/\1/" $TMP/check.log
}

# A plain loop, whose pages are asked for by what its first faults have shown: all but
# the few that show a distance. How many are there in time is up to the host's speed, and
# a figure of the benchmark: here no more than half may be waited for.
prefetch() {
	for _kind in anonymous shared; do
		export TANDEM_MEMORY=${_kind#anonymous}
		check "$1/$_kind" in_apf apfbench prefetch 32 1024
		cat $TMP/check.log
		_asked=$(of_walk asked)
		_left=$(of_walk left)
		check "$1/$_kind/asked" test "${_asked:-0}" -ge 960
		check "$1/$_kind/few-faults" test "${_left:-9999}" -le 512
	done
	export TANDEM_MEMORY=
	all_gone "$1"
}

# Shared memory in swap, and files.
files() {
	slow_files 60 || die "no slow files"
	for _kind in shared $files/file; do
		export TANDEM_MEMORY=$_kind
		order "$1/${_kind##*/}" argument
		run_tasks "$1/${_kind##*/}/tasks" -m 8M -t 32 -n 4096 \
			-a $((TASK_ACCESSES / 4))
	done
	export TANDEM_READ_AHEAD=1
	run_tasks "$1/read-ahead" -m 8M -t 32 -n 4096 \
		-a $((TASK_ACCESSES / 4))
	unset TANDEM_READ_AHEAD
	check "$1/truncated" in_apf timeout 60 apfcases truncated
	export TANDEM_MEMORY=
	all_gone "$1"
}

# Switched off and on while tasks run, and knobs are turned.
cycles() {
	in_apf apftasks -m 8M -t 32 -n 4096 -a $((TASK_ACCESSES * 2)) \
		>$TMP/cycles.log 2>&1 &
	_p=$!
	_n=0
	while [ $_n -lt "${TANDEM_CYCLES:-20}" ]; do
		apf_off && echo $((_n % 3 * 40)) >$APF/reads_per_user &&
			apf_on || break
		_n=$((_n + 1))
	done
	check "$1/all" test $_n = "${TANDEM_CYCLES:-20}"
	check "$1/under-load" kill -0 $_p
	echo 256 >$APF/reads_per_user
	check "$1/data" wait $_p
	cat $TMP/cycles.log
	all_gone "$1"
}

module_gone() {
	! grep -q '^tandem_apf ' /proc/modules
}

# The program has ended with its read in flight, which the device holds back: the
# module waits for it.
unload_in_flight() {
	_early=$(apf_stat early)
	in_apf timeout 60 apfcases held &
	_p=$!
	check "$1/in-handler" wait_for $((30 * SLOWER)) in_handler $((_early + 1))
	check "$1/ended" wait $_p
	check "$1/in-flight" test "$(apf_stat reads)" -gt 0
	apf_patch_out || not_ok "$1/patch" "did not go out"
	rmmod tandem_apf &
	_p=$!
	check "$1/waits" wait_for 10 unloading
	check "$1/still-waits" kill -0 $_p
	dmtable resume slow
	check "$1/unloaded" wait $_p
	check "$1/gone" module_gone
	check "$1/loaded-again" load_apf
	check "$1/on-again" apf_on
}

in_handler() {
	[ "$(apf_stat early)" -ge "$1" ]
}

unloading() {
	grep -q '^tandem_apf .* Unloading ' /proc/modules
}

apf_patch_out() {
	apf_off_now
	echo 0 >$APF_PATCH/enabled && wait_for 90 apf_patch_gone
}

apf_off_now() {
	echo 0 >$APF/enabled
}

# A program that has the device open keeps the module, and goes the ordinary way when
# it is off.
unload_refused() {
	in_apf apftasks -m 8M -t 32 -n 4096 -a 320 \
		>$TMP/refused.log 2>&1 &
	_p=$!
	check "$1/runs" wait_for $((30 * SLOWER)) in_handler $(($(apf_stat early) + 1))
	apf_patch_out || not_ok "$1/patch" "did not go out"
	refused "$1/in-use" "n use\|busy\|emporarily unavailable" \
		rmmod tandem_apf
	check "$1/data" wait $_p
	cat $TMP/refused.log
	check "$1/unload" wait_for 20 rmmod tandem_apf
	check "$1/loaded-again" load_apf
	check "$1/on-again" apf_on
}

# The device can be opened by root and its group alone.
device() {
	check "$1/mode" test "$(stat_mode /dev/tandem_apf)" = 660
	refused "$1/others" "ermission denied" asuser plain apfcases refuse
}

stat_mode() {
	busybox stat -c %a "$1"
}

start_apf
slow_swap 60 || die "no swap"
apf_on || die "apf was not enabled"
shift
[ $# -gt 0 ] || set -- overlap registers tasks signals ordinary_cases other_cases \
	failed_read failed_file_read prefetch files cycles unload_in_flight unload_refused device off
for part; do
	"$part" "apf/$(echo "$part" | tr _ -)"
done
check apf/off apf_off
check apf/swapoff timeout 60 swapoff "$slow"
check apf/unload unload_apf
check apf/unload-core rmmod tandem
finish
