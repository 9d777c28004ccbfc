#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-far.sh MODE: a slow tier of two nodes, one nearer than the other. Needs
# three nodes, of which the first alone is fast, and numactl.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tiering.sh
. "${0%/*}/tiering.sh"

NODES=0-2

most_are_slow() {
	[ "$(of slow_pages)" -ge $((PAGES * 9 / 10)) ]
}

# Pages go to the nearer node, and to the other when that has no room; no page is
# tried where there is none.
next_nearest() {
	start_load 0 -t 1
	set_workload /load act=1 fast_max=0
	tier_on
	check "$1/nearest" wait_for 60 on_most 1
	set_workload /load fast_max=100
	check "$1/up" wait_for 60 on_most 0
	tier_off
	fill 1
	check "$1/full" overflowed 1
	set_workload /load fast_max=0
	_full=$(tier_stat failed_full)
	tier_on
	check "$1/next" wait_for 60 on_most 2
	check "$1/none-tried" test "$(tier_stat failed_full)" -eq "$_full"
	check "$1/shown" wait_for 20 most_are_slow
	end_tiering
	empty "$1" 1
	check_data "$1"
}

start_tier
next_nearest situation/next-nearest
check_rest situation/far-rest
check situation/far-unload rmmod tandem_tier
check situation/far-unload-core rmmod tandem
finish
