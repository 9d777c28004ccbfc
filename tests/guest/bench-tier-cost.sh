#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest half of the costs in tests/bench/tier: what watching and moving take,
# and what they do to who is only watched or may not be moved. All settings are
# as after loading, unless it is said.
#
# usage: bench-tier-cost.sh GROUP, with settings in BENCH_* variables
#   monitoring  CPU time of the thread, by what it watches
#   refaults    a workload short of memory, watched and not watched
#   moves       time of moving pages, by the suite and by move_pages(2)
#   outside     workloads that may be on one node only, while both tiers fill

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/guest/bench-tier-arms.sh
. "${0%/*}/bench-tier-arms.sh"
# shellcheck source=tests/guest/bench-tier-lib.sh
. "${0%/*}/bench-tier-lib.sh"

GROUP=$1
RUNS=${BENCH_RUNS:-3}
PAGES=${BENCH_PAGES:-16384}
GIB=262144		# pages
WORK_CPU=1
A=$CG/tier/a

group_make() {
	echo "+cpuset" >$CG/cgroup.subtree_control
	cgroup tier || give_up "no cgroup"
	echo "+memory +cpuset" >$CG/tier/cgroup.subtree_control
	cgroup tier/a || give_up "no cgroup"
}

group_gone() {
	cgroup_gone tier/a && cgroup_gone tier || give_up "the cgroup stays"
}

# Private memory of the workload on a node, in pages, as the kernel has it.
pages_on() {
	awk -v n="N$1" '$1 == "anon" { for (i = 2; i <= NF; i++) {
		split($i, a, "="); if (a[1] == n) print int(a[2] / 4096) } }' \
		$A/memory.numa_stat
}

# hold OPTION...: memory in the workload; its process is in $held.
hold() {
	rm -f "$TMP/ready"
	(
		enter tier/a
		exec tiercost "$@" -R "$TMP/ready" hold 2>"$TMP/hold.log"
	) &
	held=$!
	wait_for 600 test -s "$TMP/ready" ||
		give_up "no memory is held: $(cat "$TMP/hold.log")"
	began=$(pages_on "${not:-0}")
}

tell() {
	for _pid in $2; do
		kill "-$1" "$_pid" || give_up "a holder ended early"
	done
}

let_go() {
	tell KILL "$1"
	# shellcheck disable=SC2086 # one word each
	wait $1 2>/dev/null
}

tier_stat() {
	cat "$TIER/stats/$1"
}

watch() {
	tandem tier set /tier/a "$@" >/dev/null && put 1 "$TIER/enabled" ||
		give_up "the workload is not watched"
}

windows_reach() {
	[ "$(tier_stat windows)" -ge "$1" ]
}

# Each look at the number costs as much as looking at many pages.
windows_pass() {
	_wanted=$(($(tier_stat windows) + $1))
	until windows_reach $_wanted; do
		sleep "${POLL:-0.1}"
	done
}

# name=value for each counter named, and the clock.
now_at() {
	for _s in "$@"; do
		echo "$_s $(tier_stat "$_s")"
	done
	echo "cpu_ns $(cut -d ' ' -f 1 "/proc/$(pidof tandem_tier)/schedstat")"
	echo "clock_ms $(now_ms)"
}

since() {
	awk 'NR == FNR { was[$1] = $2; next }
	     { printf " %s=%.0f", $1, $2 - was[$1] }' "$1" "$2"
}

# ---- monitoring ----------------------------------------------------------------

SEEN="windows scan_ns tiles_skipped accessed"

# From the end of one window to that of a later one, when the length of a window
# has settled.
one_monitoring() {
	windows_pass 3
	# shellcheck disable=SC2086 # one word each
	now_at $SEEN >"$TMP/before"
	windows_pass "${BENCH_WINDOWS:-6}"
	# shellcheck disable=SC2086
	now_at $SEEN >"$TMP/after"
	echo "@run what=$1-$2 arm=tandem$(since "$TMP/before" "$TMP/after")"
}

monitoring() {
	POLL=0.5
	group_make
	pulse_start
	holders=
	_have=0
	for _gib in ${BENCH_GIB:-1 2 4 8}; do
		_pages=$(((_gib - _have) * GIB))
		hold -n $_pages -u $((_pages / 8))
		_have=$_gib
		holders="$holders $held"
		watch
		[ "$(tier_stat windows)" -ge 12 ] || windows_pass 12
		one_monitoring idle "$_gib"
		tell USR1 "$holders"
		one_monitoring used "$_gib"
		tell USR2 "$holders"
	done
	arm_off
	let_go "$holders"
	pulse_stop
	group_gone
}

# ---- refaults -------------------------------------------------------------------

# Devices that answer after a fixed time of the guest's clock.
devices() {
	null_with swap 160 completion_nsec 100000 &&
	null_with files 64 completion_nsec 100000 &&
	swap_on /dev/swap &&
	file_system /dev/files /mnt &&
	dd if=/dev/zero of=/mnt/data bs=1M count=32 conv=fsync 2>/dev/null ||
		give_up "no devices"
}

of_group() {
	awk -v name="$1" '$1 == name { print $2 }' $A/memory.stat
}

one_refaults() {
	lru "$1"
	group_make
	echo $((PAGES * 4096)) >$A/memory.max
	echo 3 >/proc/sys/vm/drop_caches
	_windows=$(tier_stat windows)
	[ "$2" = stock ] || watch
	pulse_start
	(
		enter tier/a
		exec tiercost -F /mnt/data -r $(($3 + 1)) \
			-n "$PAGES" -f 8192 -w "${BENCH_WINDOWS:-40}" refaults
	) >"$TMP/load.log" 2>&1 || give_up "refaults: $(cat "$TMP/load.log")"
	pulse_stop
	echo "@run what=$1 arm=$2 anon=$(of_group workingset_refault_anon)" \
		"file=$(of_group workingset_refault_file)" \
		"pgscan=$(of_group pgscan) pgsteal=$(of_group pgsteal)" \
		"windows=$(($(tier_stat windows) - _windows))" \
		"$(sed 's/^tiercost: //' "$TMP/load.log")"
	arm_off
	group_gone
}

refaults() {
	devices
	_run=0
	while [ $_run -lt "$RUNS" ]; do
		for _lru in mglru classic; do
			one_refaults $_lru stock $_run
			one_refaults $_lru tandem $_run
		done
		_run=$((_run + 1))
	done
	lru mglru
}

# ---- moves ----------------------------------------------------------------------

settle() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
}

stock_moves() {
	settle
	pulse_start
	tiercost -s 0 -n "$PAGES" -l "$1" move >"$TMP/load.log" 2>&1 ||
		give_up "move_pages: $(cat "$TMP/load.log")"
	pulse_stop
	echo "@run what=moves arm=stock at_once=$1" \
		"$(sed 's/^tiercost: //' "$TMP/load.log")"
}

# one_way NAME COUNTER FAST_MAX: all pages go that way, in what time. They have
# been used until then. While they go nothing else runs: who asks whether they
# are there would take the time for it from them.
one_way() {
	_moved=$(tier_stat "$2")
	_ns=$(tier_stat move_ns)
	tell USR1 "$held"
	windows_pass 20
	tell USR2 "$held"
	watch act=1 fast_max="$3"
	sleep "${BENCH_SECONDS:-20}"
	_moved=$(($(tier_stat "$2") - _moved))
	[ $_moved -ge $((PAGES * 9 / 10)) ] || give_up "only $_moved $2"
	echo "$1_ns=$(($(tier_stat move_ns) - _ns)) $1=$_moved"
}

tandem_moves() {
	settle
	group_make
	hold -s 0 -n "$PAGES" -u "$PAGES" -c 100
	pulse_start
	watch act=0
	_down=$(one_way down demoted 0) || give_up "$_down"
	_up=$(one_way up promoted 100) || give_up "$_up"
	echo "@run what=moves arm=tandem pages=$PAGES $_down $_up" \
		"failed=$(tier_stat failed_migrate)"
	arm_off
	pulse_stop
	let_go "$held"
	group_gone
}

moves() {
	_run=0
	while [ $_run -lt "$RUNS" ]; do
		stock_moves 512
		stock_moves "$PAGES"
		tandem_moves
		_run=$((_run + 1))
	done
}

# ---- outside ---------------------------------------------------------------------

# Pages there of mappings that have a policy of their own.
bound_on() {
	awk -v n="N$1" '$2 ~ /^bind/ { for (i = 3; i <= NF; i++) {
		split($i, a, "="); if (a[1] == n) sum += a[2] } }
		END { print sum + 0 }' "/proc/$held/numa_maps"
}

# Pages of the workload there that may be there: of mappings that are not bound, or
# of a time before it was.
may_be_there() {
	case $1 in
	mapping_*) echo $(($(pages_on $not) - $(bound_on $not))) ;;
	*) echo "$began" ;;
	esac
}

# Of the workload, whoever asked the kernel for memory.
demoted_by_kernel() {
	awk '$1 ~ /^pgdemote_/ { sum += $2 } END { print sum + 0 }' \
		$A/memory.stat
}

# More than node 0 has, and bound to it: the kernel must demote others' pages.
press() {
	rm -f "$TMP/pressed"
	tiercost -b 0 -n $(($(free_on 0) + PAGES / 2)) -R "$TMP/pressed" hold &
	press=$!
	wait_for 120 test -s "$TMP/pressed" || give_up "no pressure"
	sleep 3
}

# What a case is: where its pages start and what keeps them there. The policy of
# the suite wants all of them on the other node. Without the suite nothing would
# take those of the slow node up.
case_cpuset_fast() {
	echo 0 >$A/cpuset.mems
	hold -n "$PAGES"
}

case_task_fast() {
	hold -n "$PAGES" -b 0
}

case_mapping_fast() {
	hold -n "$PAGES" -v 0
}

case_cpuset_slow() {
	echo 1 >$A/cpuset.mems
	hold -n "$PAGES" -u "$PAGES" -c 100
}

case_task_slow() {
	hold -n "$PAGES" -u "$PAGES" -c 100 -b 1
}

case_mapping_slow() {
	hold -n "$PAGES" -u "$PAGES" -c 100 -v 1
}

# May be anywhere until it has been on its way for a while. What is moving at that
# moment is not counted.
case_narrowed_slow() {
	echo 0-1 >$A/cpuset.mems
	hold -n "$PAGES" -u "$PAGES" -c 100 -s 1
	tell USR1 "$held"
	swing 5
	echo 1 >$A/cpuset.mems
	windows_pass 1
}

# Its pages go up and down all the time.
swing() {
	_n=0
	while [ $_n -lt "$1" ]; do
		watch act=1 fast_max=0
		windows_pass 10
		watch act=1 fast_max=100
		windows_pass 8
		_n=$((_n + 1))
	done
}

act() {
	[ "$1" = tandem ] || return 0
	case $2 in
	*_fast) watch act=1 fast_max=0 ;;
	*_slow) watch act=1 fast_max=100 ;;
	esac
}

# one_outside CASE ARM
one_outside() {
	case $1 in
	*_fast) not=1 _moves=demoted ;;
	*_slow) not=0 _moves=promoted ;;
	esac
	settle
	group_make
	echo true >$DEMOTION
	pulse_start
	"case_$1"
	_moved=$(tier_stat $_moves)
	_refused=$(tier_stat failed_policy)
	tell USR1 "$held"
	act "$2" "$1"
	[ "$2" = stock ] || windows_pass 20
	press=
	case $1 in
	*_fast)
		press
		[ "$2" = stock ] || windows_pass 10
		;;
	esac
	sleep 3		# the kernel sums up its counters every two
	_kernel=$(demoted_by_kernel)
	_may=$(may_be_there "$1")
	_there=$(($(pages_on $not) - _may))
	_moved=$(($(tier_stat $_moves) - _moved - (_may - began)))
	echo "@run what=$1 arm=$2 moved=$((_moved < 0 ? 0 : _moved))" \
		"there=$((_there < 0 ? 0 : _there)) kernel=$_kernel" \
		"refused=$(($(tier_stat failed_policy) - _refused))"
	arm_off
	pulse_stop
	let_go "$press $held"
	group_gone
}

# Windows short enough that there are many of them; the CPU time that an emulated
# look needs.
outside() {
	put 300 $TIER/cpu_permille
	put "${BENCH_WINDOW_MS:-100}" $TIER/window_max_ms
	_run=0
	while [ $_run -lt "$RUNS" ]; do
		for _case in ${BENCH_CASES:-cpuset_fast task_fast mapping_fast \
				cpuset_slow task_slow mapping_slow \
				narrowed_slow}; do
			case $_case in
			*_fast) one_outside "$_case" stock ;;
			esac
			one_outside "$_case" tandem
		done
		_run=$((_run + 1))
	done
}

tandem_tier_load || give_up "the modules did not load"
echo "@facts $(machine_facts)"
echo never >/sys/kernel/mm/transparent_hugepage/enabled
arm_off
lru mglru
case $GROUP in
monitoring|refaults|moves|outside) "$GROUP" ;;
*) give_up "no group $GROUP" ;;
esac
check_rest "bench/$GROUP"
finish
