#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest half of tests/bench/tier: the same workloads under one way of tiering
# after the other, in a machine with a slower node and a fast one in which only
# BENCH_CAPACITY pages are to be had. Which pages were accessed where is counted
# outside (tests/bench/plugin/access.c); here are the arms and the counters.
#
# usage: bench-tier.sh GROUP, with settings in BENCH_* variables; BENCH_TICKS=1
# prints where the data is while it goes on
#   runs    each of BENCH_WHAT under each of BENCH_ARMS, BENCH_RUNS times
#   sight   which part of a hot set has its accessed bits set, see one_sight
#   probe   known accesses, which try the plugin

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/guest/bench-tier-arms.sh
. "${0%/*}/bench-tier-arms.sh"
# shellcheck source=tests/guest/bench-tier-lib.sh
. "${0%/*}/bench-tier-lib.sh"

GROUP=$1
CAPACITY=${BENCH_CAPACITY:-12288}
PAGES=${BENCH_PAGES:-32768}
HOT=${BENCH_HOT:-8192}
WINDOWS=${BENCH_WINDOWS:-30}
ACCESSES=${BENCH_ACCESSES:-400000}
WINDOW_MS=${BENCH_WINDOW_MS:-500}
WHAT=${BENCH_WHAT:-"gups zipf phases scan pair redis"}
ARMS=${BENCH_ARMS:-"none balancing damon tandem"}
# As a mask; all else is on the other CPU.
# shellcheck disable=SC2034 # for the library
WORK_CPU=2
COUNTERS="pgpromote_success pgpromote_candidate pgdemote_kswapd
	pgdemote_direct numa_pte_updates numa_hint_faults pgmigrate_success
	pgmigrate_fail"
number=0

# ---- the fast node ---------------------------------------------------------------

# Pages of node 0 that a program could have at once: above the mark that only the
# kernel may go below, and what is kept from programs in the lowest zone.
# With "ever" those too that it could still have: by which the mark is raised for a
# time, and on the lists of the CPUs.
capacity() {
	awk -v ever="${1:-}" '
	     $1 == "Node" { node = $2 + 0; left = 0 }
	     node != 0 { next }
	     $1 == "pages" && $2 == "free" { free = $3; min = boost = "" }
	     $1 == "boost" && boost == "" { boost = $2 }
	     $1 == "min" && min == "" { min = ever ? $2 - boost : $2 }
	     $1 == "protection:" {
		gsub(/[(),]/, "")
		left = free - min - $NF
		if (left > 0)
			sum += left
	     }
	     $1 == "count:" && ever && left > 0 { sum += $2 }
	     END { print sum + 0 }' /proc/zoneinfo
}

# What can be moved off node 0 and is no data of a workload goes to the other
# node, or an arm that moves it would get more room than the others have.
evacuate_fast_node() {
	put 1 $DAMON/nr_kdamonds &&
	damon_node 0 migrate_cold 1 0 1000 0 || give_up "DAMON does not start"
	sleep 3
	arm_off
}

# Huge pages that nobody uses leave the capacity that is wanted.
shrink_fast_node() {
	_pool=/sys/devices/system/node/node0/hugepages/hugepages-2048kB
	_huge=$(($(cat $_pool/nr_hugepages) + ($(capacity ever) - CAPACITY) / 512))
	echo $_huge >$_pool/nr_hugepages
	room=$(capacity ever)
	[ "$room" -lt $((CAPACITY + 1024)) ] &&
		[ "$room" -gt $((CAPACITY - 1024)) ] ||
		give_up "node 0 has $room pages, not $CAPACITY"
}

settle() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
}

# ---- workloads ---------------------------------------------------------------------

# load GROUP ID KIND OPTION...: in its cgroup, on the CPU of the work.
load() {
	_group=$1
	_id=$2
	_kind=$3
	shift 3
	(
		enter "tier/$_group"
		exec taskset $WORK_CPU tierload -i "$_id" -r $number -s 1 \
			-w "$WINDOWS" -t "$WINDOW_MS" "$@" "$_kind"
	) >"$TMP/load.$_id" 2>&1
}

# Nine tenths of what there is, so that placing the pages moves none.
fast_at_start() {
	echo $(($(capacity) * 9 / 10 / $1))
}

work_gups() {
	load a 0 "$1" -n "$PAGES" -h "$HOT" -f "$(fast_at_start 1)" \
		-a "$ACCESSES"
}

# Two that want more of the fast node than there is.
work_pair() {
	set -- -n $((PAGES * 5 / 8)) -h "$HOT" -f "$(fast_at_start 2)" \
		-a $((ACCESSES / 2))
	load a 0 gups "$@" &
	_first=$!
	load b 1 gups "$@" && wait $_first
}

# ---- redis -------------------------------------------------------------------------

SOCKET=/tmp/redis.sock

redis_answers() {
	redis-cli -s $SOCKET ping 2>/dev/null | grep -q PONG
}

redis_start() {
	(
		enter tier/a
		export MALLOC_CONF=narenas:1
		exec taskset $WORK_CPU redis-server --port 0 --save '' \
			--unixsocket $SOCKET --appendonly no --hz 1 \
			>/tmp/redis.log 2>&1
	) &
	server=$!
	wait_for 60 redis_answers || give_up "redis-server did not start"
}

work_redis() {
	redis_start
	taskset 1 tierredis -i 0 -r $number -s 1 -w "$WINDOWS" -t "$WINDOW_MS" \
		-S $SOCKET -p $server -n "${BENCH_KEYS:-30000}" \
		-a "${BENCH_REQUESTS:-3000}" >"$TMP/load.0" 2>&1
	_status=$?
	kill $server
	wait $server 2>/dev/null
	return $_status
}

work() {
	case $1 in
	pair|redis) "work_$1" ;;
	*) work_gups "$1" ;;
	esac
}

# ---- runs ----------------------------------------------------------------------------

counters() {
	for _c in $COUNTERS; do
		awk -v name="$_c" '$1 == name { print name, $2 }' /proc/vmstat
	done
	echo "shootdowns $(shootdowns)"
}

# moved FILE FILE: by how much each counter has moved.
moved() {
	awk 'NR == FNR { was[$1] = $2; next }
	     { printf " %s=%d", $1, $2 - was[$1] }' "$1" "$2"
}

groups_make() {
	cgroup tier || give_up "no cgroup"
	echo "+memory" >$CG/tier/cgroup.subtree_control
	cgroup tier/a && cgroup tier/b || give_up "no cgroup"
}

groups_gone() {
	cgroup_gone tier/a && cgroup_gone tier/b && cgroup_gone tier ||
		give_up "the cgroups stay"
}

# Bytes of a workload's data by node, as NAME_fast and NAME_slow.
on_nodes() {
	sed -n "s/^anon N0=\([0-9]*\) N1=\([0-9]*\).*/$1_fast=\1 $1_slow=\2/p" \
		"$CG/tier/$1/memory.numa_stat"
}

# For who looks on: each second what the workloads have where.
ticks() {
	while sleep 1; do
		echo "@tick arm=$1 $(on_nodes a) $(on_nodes b)"
	done
}

ticks_start() {
	ticks=
	[ -n "${BENCH_TICKS:-}" ] || return 0
	ticks "$1" &
	ticks=$!
}

ticks_stop() {
	[ -z "$ticks" ] || { kill "$ticks"; wait "$ticks"; } 2>/dev/null
}

# Why pages stayed that were to be moved.
failures() {
	for _f in "$TIER"/stats/failed_*; do
		printf '%s=%d ' "${_f##*/}" "$(cat "$_f")"
	done
}

# What one arm alone can say of itself, after a run that began at $began.
said_by() {
	[ "$1" = tandem ] || return 0
	_ms=$(($(now_ms) - began))
	_scan=$((_ms / ($(cat "$TIER/stats/windows") - scans)))
	_rate=$(tandem tier show /tier/a | awk '$1 == "rate_mib" { print $2 }')
	echo "$(failures)scan_ms=$_scan" \
		"allowed_ms=$((2 * _scan + HOT * 4 * 1000 / 1024 / _rate))"
}

one_run() {
	number=$((number + 1))
	groups_make
	settle
	shrink_fast_node
	"arm_$2" "$1" || give_up "arm $2 does not start"
	pulse_start
	counters >"$TMP/before"
	began=$(now_ms)
	scans=$(cat "$TIER/stats/windows" 2>/dev/null)
	ticks_start "$2"
	work "$1" || give_up "$1, $2: $(cat "$TMP"/load.*)"
	ticks_stop
	counters >"$TMP/after"
	said_by "$2" >"$TMP/said"
	pulse_stop
	arm_off
	groups_gone
	echo "@run what=$1 arm=$2 number=$number capacity=$room" \
		"window_ms=$WINDOW_MS $(cat "$TMP/said")" \
		"$(sed 's/^[a-z]*: //' "$TMP/load.0")" \
		"$(moved "$TMP/before" "$TMP/after")"
}

runs() {
	_round=0
	while [ $_round -lt "$BENCH_RUNS" ]; do
		for _what in $WHAT; do
			for _arm in $ARMS; do
				has_arm "$_arm" || continue
				one_run "$_what" "$_arm"
			done
		done
		_round=$((_round + 1))
	done
}

# ---- what accessed bits tell under emulation -------------------------------------------

referenced() {
	awk -v range="$1" '$1 ~ range { on = 1 }
			   on && $1 == "Referenced:" { print $2 / 4; exit }' \
		"/proc/$2/smaps"
}

# Accesses go on all the time; the bits are cleared and, 200 ms later, counted:
# what a monitor would see, with and without the pulse.
one_sight() {
	PULSE_MS=$1
	groups_make
	pulse_start
	load a 0 gups -n "$2" -h $(($2 / 2)) -a 100000000 &
	wait_for 20 grep -q . $CG/tier/a/cgroup.procs
	sleep 2
	read -r _pid <$CG/tier/a/cgroup.procs
	for _look in 1 2 3; do
		echo 1 >"/proc/$_pid/clear_refs"
		sleep 0.2
		echo "@sight pulse=$1 pages=$2 seen=$(referenced ^7469 "$_pid")"
	done
	kill "$_pid"
	pulse_stop
	wait
	groups_gone
}

sight() {
	for _pages in 128 1024 16384; do
		one_sight 0 $_pages
		one_sight 10 $_pages
	done
}

bench_tier_start() {
	echo "@facts $(machine_facts) windows=$WINDOWS" \
		"window_ms=$WINDOW_MS pages=$PAGES hot=$HOT pulse_ms=$PULSE_MS"
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	# What the kernel sets aside when kinds of pages get mixed, and what it keeps
	# on the lists of the CPUs, is a good part of a node that is made so small.
	echo 0 >/proc/sys/vm/watermark_boost_factor
	echo 1024 >/proc/sys/vm/percpu_pagelist_high_fraction
	lru mglru
}

bench_tier_start
case $GROUP in
runs)
	evacuate_fast_node
	runs
	;;
sight)
	arm_off
	sight
	;;
probe) tierload -r 1 -h 1 -n "${BENCH_PAGES:-100}" probe || give_up "probe" ;;
*) give_up "no group $GROUP" ;;
esac
finish
