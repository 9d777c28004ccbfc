#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-flight.sh MODE [SITUATION]...: a part of the machine, or whoever the pages belong
# to, goes away while they are being written; a slower memory node below; swap
# that is full. Needs the disks swap0 and swap1, two CPUs, two nodes of which
# the second is a slower tier, and movable memory blocks (movablecore=).

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=flying.sh
. "${0%/*}/flying.sh"

SMALL_MIB=16
MEMORY=/sys/devices/system/memory
CPU1=/sys/devices/system/cpu/cpu1/online

# --- CPUs --------------------------------------------------------------------

# A device that answers on the CPU that has asked it.
cpu1_swap() {
	null_disk nullb6 64 20 && swap_on /dev/nullb6
}

no_cpu1_swap() {
	timeout $((30 * SLOWER)) swapoff /dev/nullb6 && null_gone nullb6
}

# The CPU that has sent the writes, where their timers run, is gone when they end.
cpu_gone() {
	slow_swap 3000 || die "no slow swap"
	start_load -t 0
	taskset 2 pageout $TMP/ranges >$TMP/pageout.log 2>&1
	must_fly "$1" || return
	check "$1/offline" put 0 $CPU1
	check "$1/still-flying" must_fly "$1"
	check_rest "$1/completed"
	check "$1/online" put 1 $CPU1
	check_data "$1"
	tidy "$1"
}

more_completed() {
	[ "$(stat pages_completed)" -gt "$_completed" ]
}

# It comes and goes while its worker has pages to free, again and again.
cpu_comes_and_goes() {
	cpu1_swap || die "no swap of cpu1"
	start_load -t 1
	taskset 2 pageout $TMP/ranges 1000000 >/dev/null 2>&1 &
	_pager=$!
	_n=0
	while [ $_n -lt 10 ]; do
		_completed=$(stat pages_completed)
		# A CPU that goes takes the affinity with it.
		taskset -p 2 $_pager >/dev/null 2>&1
		with_tandem && ! wait_for 20 more_completed &&
			not_ok "$1/completes" "no write ends any more"
		put 0 $CPU1 || not_ok "$1/offline" "refused"
		put 1 $CPU1 || not_ok "$1/online" "refused"
		_n=$((_n + 1))
	done
	kill -KILL $_pager
	wait $_pager 2>/dev/null
	check_data "$1"
	tidy "$1" no_cpu1_swap
}

# --- memory ------------------------------------------------------------------

block_size() {
	echo $((0x$(cat $MEMORY/block_size_bytes) / 4096))
}

# Pages of a memory block that are being written.
writing_in() {
	pageflags $(($(block_size) * ${1#memory})) "$(block_size)"
}

# Is all of a block memory? The firmware keeps the end of the last one, and the
# kernel does not take a block with a hole offline.
whole() {
	_first=$(($(block_size) * 4096 * ${1#memory}))
	_last=$((_first + $(block_size) * 4096 - 1))
	while IFS='-: ' read -r _from _to _what; do
		[ "$_what" != "System RAM" ] || [ $((0x$_from)) -gt $_first ] ||
			[ $((0x$_to)) -lt $_last ] || return 0
	done </proc/iomem
	return 1
}

# The movable block in which most pages are in flight, in $block.
find_block() {
	block=
	_most=0
	for _b in "$MEMORY"/memory*; do
		is "$_b/valid_zones" Movable && whole "${_b##*/}" || continue
		_w=$(writing_in "${_b##*/}")
		[ "$_w" -le $_most ] || {
			_most=$_w
			block=${_b##*/}
		}
	done
	echo "# $_most pages in flight in $block"
	[ -n "$block" ]
}

# The memory that the pages are in goes away: whoever removes it must wait until
# they are written, and then be able to move or free what is left.
# Refused while a page of it is pinned for a moment: whoever wants it asks again.
offline() {
	put offline "$MEMORY/$block/state"
}

memory_gone() {
	slow_swap || die "no slow swap"
	# The second node's movable memory is one block and nothing beside.
	put +cpuset $CG/cgroup.subtree_control
	cgroup load cpuset.mems 1
	start_load -t 0
	page_out
	must_fly "$1" || return
	if ! find_block >$TMP/block && [ "$SLOWER" -gt 1 ]; then
		# This kernel takes pages from the end of the node first.
		skip "$1" "the pages are in memory that firmware has a part of"
		check_data "$1"
		tidy "$1"
		return
	fi
	check "$1/block" test -n "$block"
	cat $TMP/block
	check "$1/offline" wait_for $((60 * SLOWER)) offline
	check "$1/is-offline" is "$MEMORY/$block/state" offline
	check "$1/empty" test "$(writing_in "$block")" -eq 0
	check "$1/online" put online_movable "$MEMORY/$block/state"
	check_data "$1"
	tidy "$1"
}

# --- whose pages they are ----------------------------------------------------

event() {
	awk -v n="$2" '$1 == n { print $2 }' "$CG/$1/memory.events"
}

# The cgroup has used up its swap and is killed while its last writes take longer
# than a kill is put off.
oom_killed() {
	slow_swap 0 || die "no slow swap"
	dmtable suspend slow || die "the swap device does not stop"
	cgroup load memory.max 8M memory.swap.max 4M memory.oom.group 1
	(
		enter load
		exec pagestress -m 48 -t 1 -s 1 >$TMP/load.log 2>&1
	) &
	load=$!
	wait $load 2>/dev/null
	_rc=$?
	must_fly "$1"
	dmtable resume slow || die "the swap device does not go on"
	if [ $_rc -eq 137 ] && [ "$(event load oom_kill)" -gt 0 ]; then
		ok "$1/killed"
	else
		not_ok "$1/killed" "status $_rc: $(head -n 1 $TMP/load.log)"
	fi
	tidy "$1"
}

memory_given_back() {
	[ "$(cat $CG/load/memory.current)" -le 1048576 ]
}

# The owner of the pages, who is also the one that reclaims them, is killed in
# the middle of it. Its pages must not outlive their writes.
owner_killed() {
	slow_swap 3000 || die "no slow swap"
	start_load -t 1 -p 10
	wait_for 20 writing
	must_fly "$1"
	kill -KILL $load
	wait $load 2>/dev/null
	check "$1/still-flying" must_fly "$1"
	if with_tandem; then
		check "$1/given-back" wait_for 20 memory_given_back
	fi
	tidy "$1"
}

# A process that is the first to be killed for memory; its number is in $decoy.
start_decoy() {
	sleep 600 &
	decoy=$!
	echo 1000 >/proc/$decoy/oom_score_adj
}

decoy_killed() {
	! kill -0 $decoy 2>/dev/null
}

# Has the kernel find the machine out of memory; by hand it kills in any case.
out_of_memory() {
	start_decoy
	echo f >/proc/sysrq-trigger
	wait_for 20 decoy_killed
}

# False when the kernel had waited for as long as it does, 1.6 s, before this host
# got to resume the device.
kill_while_flying() {
	dmtable suspend slow || die "the swap device does not stop"
	page_out
	must_fly "$1"
	_deferred=$(stat oom_deferred)
	_flying=$(in_flight)
	resume_when_awaited 20 reclaim_io_wait_freed &
	_resumer=$!
	check "$1/killed" out_of_memory
	_left=$(in_flight)
	wait $_resumer
	[ "$(stat oom_deferred)" -gt "$_deferred" ]
}

# Pages in flight are about to be free: nobody is killed before they are.
kill_awaits_writes() {
	with_tandem || return 0
	slow_swap 0 || die "no slow swap"
	for _try in 1 2 3; do
		start_load -t 0
		! kill_while_flying "$1" || break
		check_data "$1"
	done
	check "$1/freed-before" test "$_left" -le $((_flying / 2))
	check "$1/counted" test "$(stat oom_deferred)" = $((_deferred + 1))
	wait_for 20 at_rest
	check "$1/killed-at-rest" out_of_memory
	check "$1/no-reason" test "$(stat oom_deferred)" = $((_deferred + 1))
	check_data "$1"
	tidy "$1"
}

# A limit below what is in flight is met by waiting, not by killing the owner, who
# would be killed on stock.
limit_awaits_writes() {
	with_tandem || return 0
	slow_swap 3000 || die "no slow swap"
	start_load -t 0
	page_out
	must_fly "$1"
	_deferred=$(stat oom_deferred)
	check "$1/set" put 2M $CG/load/memory.max
	check "$1/none-killed" test "$(event load oom_kill)" = 0
	check "$1/counted" test "$(stat oom_deferred)" -gt "$_deferred"
	put max $CG/load/memory.max
	check_data "$1"
	tidy "$1"
}

# --- a slower node -----------------------------------------------------------

demoted() {
	vm_sum pgdemote_
}

no_swap0() {
	swapoff /dev/disk/swap0
}

demotion() {
	put 1 /sys/kernel/mm/numa/demotion_enabled || {
		not_ok "$1" "cannot be enabled"
		return
	}
	swap_on /dev/disk/swap0 || die "no swap"
	cgroup load memory.max 16M memory.swap.max max memory.oom.group 0
	_demoted=$(demoted)
	_out=$(vm pswpout)
	_calls=$(stat calls)
	_pids=
	for _k in anon shmem huge; do
		(
			enter load
			exec pagestress -k $_k -m 10 -t 1 -s 5 -p 100 -z \
				>$TMP/out.$_k 2>&1
		) &
		_pids="$_pids $!"
	done
	_why=
	for _p in $_pids; do
		wait "$_p" || _why="status $? $(grep -h WRONG $TMP/out.* |
			head -n 1)"
	done
	_demoted=$(($(demoted) - _demoted))
	_out=$(($(vm pswpout) - _out))
	_calls=$(($(stat calls) - _calls))
	echo "# $1 demoted=$_demoted swapped=$_out calls=$_calls"
	[ $_demoted -ge 200 ] || _why="only $_demoted pages were demoted"
	[ $_out -ge 200 ] || _why="only $_out pages were swapped out"
	! with_tandem || [ $_calls -gt 0 ] || _why="no call in the module"
	if [ -n "$_why" ]; then
		not_ok "$1/data" "$_why"
	else
		ok "$1/data"
	fi
	put 0 /sys/kernel/mm/numa/demotion_enabled
	tidy "$1" no_swap0
}

# --- swap that is full -------------------------------------------------------

swap_free_kb() {
	awk '$1 == "SwapFree:" { print $2 }' /proc/meminfo
}

# fits MIB: a process of this size lives in the limit and all of swap, with its
# data right. Otherwise the cgroup's own out-of-memory killer takes it.
fits() {
	cgroup full memory.max ${SMALL_MIB}M
	(
		enter full
		exec pagestress -m "$1" -t 1 -r 300 >$TMP/out.full 2>&1
	)
	_rc=$?
	_killed=$(event full oom_kill)
	wait_for 10 at_rest
	cgroup_gone full || not_ok situation/swap-full/cgroup "not removed"
	[ $_rc -ne 1 ] || not_ok situation/swap-full/data \
		"$(head -n 1 $TMP/out.full)"
	[ $_rc -eq 0 ] && [ "$_killed" -eq 0 ]
}

# The size from which on it does not fit any more, in MiB.
largest() {
	_n=$((2 * SMALL_MIB - 1))
	while [ $_n -gt $SMALL_MIB ] && ! fits $_n; do
		_n=$((_n - 1))
	done
	echo $_n
}

# No early end: what fits with the module off must fit with it on. The size
# varies by a tenth from run to run.
no_early_oom() {
	tandem_off
	_stock=$(largest)
	tandem_on
	_with=$(largest)
	echo "# largest process: stock $_stock MiB, tandem $_with MiB"
	if fits $((2 * SMALL_MIB + 2)); then
		not_ok "$1" "there is no limit at all"
	elif [ $((_with * 8)) -lt $((_stock * 7)) ]; then
		not_ok "$1" "$_with MiB fit, stock $_stock"
	else
		ok "$1"
	fi
}

swap_is_full() {
	put 4M $CG/fill/memory.reclaim 2>/dev/null
	[ "$(swap_free_kb)" -le 512 ]
}

# An idle process fills swap; another then lives beside file pages that come
# and go, though none of its own can leave.
goes_on_when_full() {
	cgroup fill memory.max max
	(
		enter fill
		exec pagestress -H -m $((SMALL_MIB + 8)) -t 0 \
			>$TMP/out.fill 2>&1
	) &
	_fill=$!
	wait_for 60 swap_is_full || not_ok "$1/full" \
		"$(swap_free_kb) KiB are free"
	cgroup full memory.max 20M
	(
		enter full
		exec pagestress -H -m 12 -t 1 -p 20 >$TMP/out.full 2>&1
	) &
	_p=$!
	(
		enter full
		for _n in 1 2 3; do
			dd if=/dev/disk/swap1 of=/dev/null bs=1M count=24 \
				2>/dev/null
		done
	)
	_free=$(swap_free_kb)
	_stolen=$(awk '$1 == "pgsteal" { print $2 }' $CG/full/memory.stat)
	_killed=$(event full oom_kill)
	kill -USR1 $_p $_fill
	_why=
	wait $_p || _why="status $?: $(head -n 1 $TMP/out.full)"
	wait $_fill || _why="status $?: $(head -n 1 $TMP/out.fill)"
	echo "# $1 free=$_free KiB stolen=$_stolen killed=$_killed"
	[ "$_free" -le 1024 ] || _why="$_free KiB of swap were free"
	[ "$_stolen" -ge 5000 ] || _why="only $_stolen pages were reclaimed"
	[ "$_killed" -eq 0 ] || _why="$_killed killed"
	if [ -n "$_why" ]; then
		not_ok "$1/goes-on" "$_why"
	else
		ok "$1/goes-on"
	fi
	check "$1/cgroups" cgroup_gone full
	check "$1/cgroups" cgroup_gone fill
}

swap_full() {
	small=$(part small /dev/disk/swap0 $SMALL_MIB) && swap_on "$small" ||
		die "no small swap"
	with_tandem && no_early_oom "$1/no-early-oom"
	goes_on_when_full "$1"
	check_rest "$1/rest"
	check "$1/swapoff" swapoff "$small"
	dmtable remove small
}

# -----------------------------------------------------------------------------

start_tandem
shift
[ $# -gt 0 ] || set -- cpu_gone cpu_comes_and_goes memory_gone owner_killed \
	oom_killed kill_awaits_writes limit_awaits_writes demotion swap_full
for s; do
	"$s" "situation/$(echo "$s" | tr _ -)"
done
finish
