#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-tier.sh MODE [SITUATION]...: what tiering must survive: a node that goes
# away, tiers that are full, reclaim beside it, policies that the processes or
# an administrator have set, processes that come and go. Needs two nodes of
# which the second is slow and can be taken offline as a whole (--dimm), the
# disk swap0, and numactl.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tiering.sh
. "${0%/*}/tiering.sh"

# --- in common ---------------------------------------------------------------

# Pages that were to be moved and stayed, whatever the cause.
failed() {
	cat $TIER/stats/failed_* | awk '{ n += $1 } END { print n }'
}

# --- the slow node goes away -------------------------------------------------

# The kernel puts a node into a tier when its memory comes online. Before it has
# read what the firmware says of speeds, which is so at boot, it would be fast.
start_slow() {
	blocks=$(blocks_of 1)
	all_blocks online_movable || die "no memory to be had in node 1"
	grep -q '^0$' /sys/devices/virtual/memory_tiering/*/nodelist ||
		die "both nodes are in one tier"
}

slow_is_none() {
	[ "$(of slow_pages)" -eq 0 ]
}

# Its pages are where the kernel has put them; nothing is sent to where no memory
# is; when it comes back it is used again.
node_gone() {
	start_load 1 -t 1
	set_workload /load act=1
	tier_on
	_before=$(moved)
	turning
	check "$1/moving" wait_for 60 moves_on $PAGES
	check "$1/offline" wait_for 60 all_blocks offline
	check "$1/no-memory" is $NODE/has_memory 0
	no_turning
	check "$1/moved-off" on_most 0
	set_workload /load fast_max=0
	check "$1/seen" wait_for 20 slow_is_none
	_before=$(moved)
	_failed=$(failed)
	windows_pass 20
	check "$1/none-moved" test "$(moved)" -eq "$_before"
	check "$1/none-tried" test "$(failed)" -eq "$_failed"
	check "$1/state" is $TIER/state on
	check "$1/online" all_blocks online_movable
	check "$1/used-again" wait_for 60 on_most 1
	end_tiering
	check_data "$1"
}

# --- a node that is full -----------------------------------------------------

# What is used all the time stays below, but for what others leave meanwhile; not
# one page is tried in vain.
fast_full() {
	# Room for the kernel, which has no other node.
	_scale=$(cat /proc/sys/vm/watermark_scale_factor)
	echo 500 >/proc/sys/vm/watermark_scale_factor
	start_load 1 -t 1
	fill 0
	check "$1/full" overflowed 0
	set_workload /load act=1
	tier_on
	_before=$(moved)
	_failed=$(tier_stat failed_full)
	windows_pass 20
	check "$1/stays" on_most 1
	check "$1/few-taken" test "$(moved)" -le $((_before + PAGES / 10))
	check "$1/none-tried" test "$(tier_stat failed_full)" -eq "$_failed"
	empty "$1" 0
	check "$1/room-again" wait_for 60 on_most 0
	end_tiering
	check_data "$1"
	echo "$_scale" >/proc/sys/vm/watermark_scale_factor
}

refused_room() {
	[ "$(tier_stat failed_full)" -gt "$_failed" ]
}

shown_slow() {
	[ "$(of slow_pages)" -ge $((PAGES * 9 / 10)) ] &&
		[ "$(of fast_pages)" -le $((PAGES / 10)) ]
}

# Pages that nobody uses are shown where they have been moved to.
idle() {
	start_load 0 -t 0
	set_workload /load act=1 fast_max=0
	tier_on
	check "$1/down" wait_for 60 on_most 1
	check "$1/shown" wait_for 20 shown_slow
	end_tiering
	check_data "$1"
}

# Everything that is not where it was has been moved; most of it found no room.
rest_stays() {
	[ "$(on 0)" -ge $((PAGES * 99 / 100 - $(moved) + _before)) ] &&
		[ "$(on 0)" -ge $((PAGES / 2)) ]
}

# What should go down and cannot stays, is counted, and goes when there is room,
# of which others may leave some meanwhile.
slow_full() {
	start_load 0 -t 1
	fill 1
	check "$1/full" overflowed 1
	# What others have left there since is to be no room.
	echo 1000 >"$(huge_pages 1)"
	_scale=$(cat /proc/sys/vm/watermark_scale_factor)
	echo 500 >/proc/sys/vm/watermark_scale_factor
	_failed=$(tier_stat failed_full)
	_before=$(moved)
	set_workload /load act=1 fast_max=0
	tier_on
	check "$1/counted" wait_for 60 refused_room
	windows_pass 20
	check "$1/stays" wait_for 20 rest_stays
	echo "# $1: $(on 0) of $PAGES pages stayed, $(free_on 1) free below"
	echo "$_scale" >/proc/sys/vm/watermark_scale_factor
	empty "$1" 1
	check "$1/room-again" wait_for 60 on_most 1
	end_tiering
	check_data "$1"
}

# --- reclaim beside it -------------------------------------------------------

start_reclaim() {
	load_tandem && tandem_on
}

unload_reclaim() {
	echo 0 >$PATCH/enabled
	wait_for 90 patch_gone || {
		who_blocks
		return 1
	}
	rmmod tandem_reclaim
}

unload_tier() {
	rmmod tandem_tier
}

pages_written() {
	[ "$(stat pages_completed)" -gt "$_written" ]
}

# Both act on the same pages, until both are unloaded, in this order.
both() {
	check "$1/start" start_reclaim
	start_load 1 -t 1 -f 1 -p 100
	set_workload /load act=1
	tier_on
	_before=$(moved)
	_written=$(stat pages_completed)
	turning
	check "$1/tiered" wait_for 60 moves_on $PAGES
	check "$1/written" wait_for 60 pages_written
	no_turning
	set_workload /load fast_max=$((_written % 2 * 100))
	check "$1/$2" "$2"
	check "$1/$3" "$3"
	check_data "$1"
	check_rest "$1/rest"
	if [ ! -d $TIER ]; then
		insmod $KO/tandem_tier.ko
		tier_quick
	fi
}

reclaim_beside() {
	swap_on /dev/disk/swap0 || die "no swap"
	both "$1/reclaim-first" unload_reclaim unload_tier
	both "$1/tier-first" unload_tier unload_reclaim
	check "$1/swapoff" timeout 60 swapoff /dev/disk/swap0
}

# --- policies ----------------------------------------------------------------

# stays NAME NODE: is used all the time, or must go down, and yet stays.
stays() {
	set_workload /load act=1 fast_max=$(($2 * 100))
	_failed=$(tier_stat failed_policy)
	tier_on
	windows_pass 20
	check "$1/stays" on_most "$2"
	check "$1/none" test "$(on $((1 - $2)))" -le 64
	check "$1/counted" test "$(tier_stat failed_policy)" -gt "$_failed"
	end_tiering
	check_data "$1"
}

# What numactl --membind and a service's NUMAPolicy=bind set. The cpuset has both
# nodes from the start: with one it takes the policy along when it gets another.
bound() {
	for _node in 0 1; do
		with="numactl --membind=$_node"
		start_load $NODES -t 1
		with=
		stays "$1/$_node" $_node
	done
}

# One thread of the process is, the one it began with is not.
thread_bound() {
	with="numactl --preferred=1"
	start_load $NODES -t 2 -B 1
	with=
	stays "$1" 1
}

# A node that is only preferred is no promise: pages move. Spread ones stay.
preferred() {
	with="numactl --preferred=1"
	start_load $NODES -t 1
	with=
	set_workload /load act=1
	tier_on
	check "$1/moves" wait_for 60 on_most 0
	end_tiering
	check_data "$1"
}

near_half() {
	[ "$(on "$1")" -ge $((PAGES * 2 / 5)) ] &&
		[ "$(on "$1")" -le $((PAGES * 3 / 5)) ]
}

interleaved() {
	with="numactl --interleave=$NODES"
	start_load $NODES -t 1
	with=
	set_workload /load act=1
	tier_on
	windows_pass 20
	check "$1/stays-slow" near_half 1
	check "$1/stays-fast" near_half 0
	end_tiering
	check_data "$1"
}

none_fast() {
	[ "$(on 0)" -le 64 ]
}

# The cpuset loses the fast node while pages are there and being moved: the kernel
# takes them off it, and they are not taken back.
narrowed() {
	start_load 1 -t 1
	set_workload /load act=1
	tier_on
	check "$1/up" wait_for 60 on_most 0
	_n=0
	while [ $_n -lt 4 ]; do
		echo 1 >$CG/load/cpuset.mems
		windows_pass 20
		check "$1/stays" none_fast
		echo $NODES >$CG/load/cpuset.mems
		check "$1/up-again" wait_for 60 on_most 0
		_n=$((_n + 1))
	done
	end_tiering
	check_data "$1"
}

# Somebody else moves them by migrate_pages(2).
moved_by_hand() {
	start_load 1 -t 1
	set_workload /load act=1
	tier_on
	_before=$(moved)
	turning
	_n=0
	while [ $_n -lt 4 ]; do
		check "$1/down" migratepages $load 0 1
		check "$1/up" migratepages $load 1 0
		_n=$((_n + 1))
	done
	check "$1/moving" wait_for 60 moves_on $PAGES
	no_turning
	end_tiering
	check_data "$1"
}

# --- processes that come and go ----------------------------------------------

# lives LOG: each forks, changes its memory and ends within some windows.
lives() {
	_n=0
	while [ $_n -lt 8 ]; do
		(
			enter load
			exec pagestress -n 1500 -t 1 -f 2 -r 4000 >"$1" 2>&1
		) || return
		_n=$((_n + 1))
	done
}

short_lives() {
	start_load 1 -t 1
	set_workload /load act=1
	tier_on
	_before=$(moved)
	turning
	lives $TMP/lives.log &
	_lives=$!
	check "$1/data-of-one" lives $TMP/life.log
	check "$1/data-of-other" wait $_lives
	check "$1/moving" wait_for 60 moves_on $PAGES
	no_turning
	end_tiering
	check_data "$1"
}

# It goes on elsewhere, and its cgroup, which was the workload, is removed.
left() {
	start_load 1 -t 1
	set_workload /load act=1
	tier_on
	_before=$(moved)
	turning
	check "$1/moving" wait_for 60 moves_on $PAGES
	cgroup other
	echo $load >$CG/other/cgroup.procs
	check "$1/removed" cgroup_gone load
	no_turning
	check "$1/forgotten" wait_for 20 forgotten
	tier_off
	ends_right "$1/data" $load $TMP/load.log
	check "$1/other" cgroup_gone other
}

# -----------------------------------------------------------------------------

start_slow
start_tier
shift
[ $# -gt 0 ] || set -- node_gone idle fast_full slow_full reclaim_beside \
	bound thread_bound preferred interleaved narrowed moved_by_hand short_lives \
	left
for s; do
	_start=$(now_ms)
	"$s" "situation/$(echo "$s" | tr _ -)"
	echo "# $s: $(($(now_ms) - _start)) ms"
done
check_rest situation/tier-rest
check situation/tier-unload rmmod tandem_tier
check situation/tier-unload-core rmmod tandem
finish
