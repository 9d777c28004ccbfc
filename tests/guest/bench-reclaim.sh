#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest half of tests/bench/reclaim: the same work with the module off and
# on in turn. Each group of measurements has a guest of its own.
#
# usage: bench-reclaim.sh GROUP, with settings in BENCH_* variables

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/guest/bench-lib.sh
. "${0%/*}/bench-lib.sh"

MODE=on
GROUP=$1
PAGES=$BENCH_PAGES
number=0

# ---- counts: interrupts, scans, bios, what stays, overshoot -----------------

# The owner's spinner keeps CPU 1 in the address space; CPU 0 reclaims.
one_pageout() {
	start_cold "$PAGES" -w 1
	run pageout "$1" -g "$cold" -b "$block" -s 2 pageout "$TMP/ranges"
	end_cold
}

one_reclaim() {
	lru "$1"
	start_cold $((PAGES * 3 / 2)) -w 1
	run "reclaim-$1" "$2" -g "$cold" -b "$block" reclaim "$PAGES"
	end_cold
	lru mglru
}

# kswapd wakes below a raised low mark and works up to the high one, a scale
# above it. What is free lies below, so nobody else has to reclaim.
one_kswapd() {
	start_cold $((PAGES * 5 / 2)) -w 1
	balloon 30
	taskset -p 1 "$(pidof kswapd0)" >/dev/null
	run kswapd "$1" -g "$cold" -b "$block" kswapd "${BENCH_SCALE:-500}"
	no_balloon
	end_cold
}

# The thread that allocates hits its own limit; another one is on CPU 1.
one_direct() {
	lru classic
	_mib=$((PAGES * 4096 >> 20))
	cgroup grow memory.max $((_mib << 20)) memory.swap.max max
	run direct-classic "$1" -g $CG/grow -b "$block" -w 1 \
		grow $((_mib * 2))
	cgroup_gone grow || give_up "the cgroup stays"
	lru mglru
}

one_ask() {
	start_cold $((PAGES * 3 / 2)) -w 1
	run ask "$1" -g "$cold" -b "$block" ask $((PAGES * 4096))
	end_cold
}

counts() {
	for _w in $BENCH_WHAT; do
		case $_w in
		reclaim-*) each_arm one_reclaim "${_w#reclaim-}" ;;
		*) each_arm "one_$_w" ;;
		esac
	done
}

# Of the slots of the device so many are free, and as many taken, in turn.
fragmented() {
	_free=$(awk '$1 == "SwapFree:" { print int($2 / 1024) }' /proc/meminfo)
	cgroup holes memory.max max memory.swap.max max
	reclaimer -g $CG/holes -f "${BENCH_RUN:-1}" fragment $((_free - 2)) >"$TMP/holes.log" 2>&1 &
	wait_for 120 grep -q fragment "$TMP/holes.log" ||
		give_up "not fragmented: $(cat "$TMP/holes.log")"
	each_arm one_reclaim mglru
}

# ---- icount: stall, out of memory, bandwidth --------------------------------

one_stall() {
	cgroup grow memory.max 16M memory.swap.max max
	run stall "$1" -g $CG/grow grow "${BENCH_MIB:-128}"
	cgroup_gone grow || give_up "the cgroup stays"
}

# From what fits into limit and swap to what just does not.
one_oom() {
	for _mib in 13 14 15 16; do
		cgroup grow memory.max 8M memory.swap.max 8M
		taskset 1 reclaimer -g $CG/grow churn $_mib >"$TMP/run.log" 2>&1
		_kills=$(awk '$1 == "oom_kill" { print $2 }' \
			$CG/grow/memory.events)
		echo "@run what=oom arm=$1 mib=$_mib kills=$_kills"
		cgroup_gone grow || give_up "the cgroup stays"
	done
}

one_share() {
	start_cold $((PAGES * 5 / 4))
	run "$share" "$1" -g "$cold" -b "$block" ask $((PAGES * 4096))
	end_cold
}

shares() {
	for _depth in ${BENCH_DEPTHS:-1 8}; do
		share=share-$_depth
		# A batch must be given the time that the device takes.
		knob wait_ms 10000
		knob depth "$_depth"
		each_arm one_share
	done
}

# ---- with the plugin ---------------------------------------------------------

LOOPS=5000000

# A loop of known length comes first, by which the host half sees whether the
# plugin counts rightly.
symbols() {
	# The kernel keeps the names of a livepatch module's init code, whose place
	# in memory others have by now.
	grep -v '\(_init\|init_module\)	\[tandem_reclaim\]' /proc/kallsyms \
		>/out/kallsyms || give_up "no symbols"
	reclaimer -m 255 loop $LOOPS >"$TMP/run.log" 2>&1 ||
		give_up "loop: $(cat "$TMP/run.log")"
	echo "@loop mark=255 instructions=$((LOOPS * 2))" \
		"$(sed 's/^reclaimer: //' "$TMP/run.log")"
}

one_instructions() {
	number=$((number + 1))
	start_cold $((PAGES * 3 / 2))
	case ${BENCH_HOW:-reclaim} in
	reclaim) set -- "$1" reclaim "$PAGES" ;;
	pageout) set -- "$1" pageout "$TMP/ranges" ;;
	esac
	run "instructions mark=$number" "$1" -m $number -g "$cold" "$2" "$3"
	end_cold
}

# The cgroup stays until the end: what the kernel does for one that has been
# removed may come to the bystander's CPU while it is measured.
one_bystander() {
	number=$((number + 1))
	cgroup grow memory.max max memory.swap.max max
	run "bystander mark=$number" "$1" -m $number -g $CG/grow -w 1 \
		self $((PAGES * 4096 >> 20))
}

# ---- redis: its CPUs 0 and 1, reclaimed from 2, asked from 3 -----------------

SOCKET=/tmp/redis.sock

redis_answers() {
	redis-cli -s $SOCKET ping 2>/dev/null | grep -q PONG
}

redis_pin() {
	_cpu=0
	for _task in /proc/"$server"/task/*; do
		case $(cat "$_task/comm") in
		redis-server|io_thd_*)
			taskset -cp $_cpu "${_task##*/}" >/dev/null
			_cpu=$((_cpu + 1))
			;;
		esac
	done
}

redis_ask() {
	taskset 8 redis-benchmark -s $SOCKET -r 200 -d 1000 -c 8 -P 4 \
		-n "$1" -t get --csv >/dev/null 2>&1
}

redis_count() {
	redis-cli -s $SOCKET info stats |
		sed -n 's/^total_commands_processed:\([0-9]*\).*/\1/p'
}

redis_busy() {
	[ "$(redis_count)" -gt $((redis_answered + 500)) ]
}

# The cold keys are what is reclaimed; few others are asked for.
redis_start() {
	cgroup redis memory.max max memory.swap.max max
	(
		enter redis
		export MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1
		exec taskset 3 redis-server --port 0 --unixsocket $SOCKET \
			--save '' --appendonly no --io-threads 2 \
			--io-threads-do-reads yes --enable-debug-command yes \
			--hz 1 >/tmp/redis.log 2>&1
	) &
	server=$!
	wait_for 60 redis_answers || give_up "redis-server did not start"
	redis-cli -s $SOCKET debug populate $((PAGES * 3 / 2)) cold 3000 \
		>/dev/null
	redis-benchmark -s $SOCKET -r 200 -d 1000 -n 1000 -t set --csv \
		>/dev/null 2>&1
	redis_pin
}

redis_stop() {
	kill $server
	wait $server 2>/dev/null
	cgroup_gone redis || give_up "the cgroup stays"
}

one_redis() {
	number=$((number + 1))
	redis_start
	redis_ask 200
	redis_answered=$(redis_count)
	redis_ask 1000000000 &
	wait_for 60 redis_busy || give_up "redis-benchmark does not ask"
	taskset 4 reclaimer -m $number -r $SOCKET -b "$block" -g $CG/redis \
		reclaim "$PAGES" >"$TMP/run.log" 2>&1 ||
		give_up "redis: $(cat "$TMP/run.log")"
	killall redis-benchmark || give_up "redis-benchmark ended early"
	wait $! 2>/dev/null
	echo "@run what=redis mark=$number arm=$1" \
		"$(sed 's/^reclaimer: //' "$TMP/run.log")"
	redis_stop
}

# ---- scaling -----------------------------------------------------------------

one_cpus() {
	_cpus=$(grep -c ^processor /proc/cpuinfo)
	start_cold $((PAGES * 3 / 2)) -w $((_cpus - 1))
	run "cpus-$_cpus" "$1" -g "$cold" reclaim "$PAGES"
	end_cold
}

# The reclaimers have the first half of the CPUs, the owners the other.
one_cpu() {
	_half=$(($(grep -c ^processor /proc/cpuinfo) / 2))
	printf '%x' $((1 << (_half + $1 % _half)))
}

one_group() {
	cgroup "many/$1" memory.max max memory.swap.max max
	(
		enter "many/$1"
		exec taskset "$(one_cpu "$1")" pagestress -H -t 0 -w 1 \
			-n $((PAGES * 3 / 2)) -R "$TMP/ranges.$1" >"$TMP/cold.log.$1" 2>&1
	) &
	owners="$owners $!"
	ready "$TMP/ranges.$1" || give_up "pagestress did not start"
	echo 1 >/proc/$!/clear_refs
}

one_groups() {
	owners=
	cgroup many
	echo "+memory" >$CG/many/cgroup.subtree_control
	for _g in $(seq "$1"); do
		rm -f "$TMP/ranges.$_g"
		one_group "$_g"
	done
	run "cgroups-$1" "$2" -g $CG/many each "$PAGES"
	# shellcheck disable=SC2086
	kill -USR1 $owners
	for _o in $owners; do
		wait "$_o" || give_up "wrong data in a cgroup"
	done
	for _g in $(seq "$1"); do
		cgroup_gone "many/$_g" || give_up "the cgroup stays"
	done
	cgroup_gone many || give_up "the cgroup stays"
}

groups() {
	for _n in ${BENCH_GROUPS:-1 2 4 8}; do
		each_arm one_groups "$_n"
	done
}

bench_start
bench_swap "$BENCH_DEVICE"
case $GROUP in
counts) counts ;;
fragmented) fragmented ;;
stall|oom|cpus) each_arm "one_$GROUP" ;;
share) shares ;;
instructions|bystander|redis)
	lru "${BENCH_LRU:-mglru}"
	symbols
	each_arm "one_$GROUP"
	;;
groups) groups ;;
*) give_up "no group $GROUP" ;;
esac
check_rest "bench/$GROUP"
finish
