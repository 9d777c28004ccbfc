# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# For tests that tier memory: the module, a workload /load in two tiers, and what
# the kernel itself says of where its pages are. Sourced after lib.sh.

TIER=$SYSFS/tier
PAGES=6000
MEMORY=/sys/devices/system/memory
NODE=/sys/devices/system/node
# Nodes that the load may use.
NODES=0-1

# --- the module --------------------------------------------------------------

# Emulated CPUs set an accessed bit when they fill a TLB entry: without a flush
# what is used all the time would look unused.
start_tier() {
	# The kernel's own would move the pages too.
	echo 0 >/proc/sys/kernel/numa_balancing
	keep_cpusets
	insmod $KO/tandem.ko && load_tier || die "the modules did not load"
}

load_tier() {
	insmod $KO/tandem_tier.ko && tier_quick
}

# The first cpuset patches the page allocator and the last one does it again,
# which emulators may trip over: one stays.
keep_cpusets() {
	cgroup kept
	echo "+cpuset" >$CG/cgroup.subtree_control
}

tier_quick() {
	tier_knob flush 1
	tier_knob window_min_ms 50
	tier_knob window_max_ms 50
	tier_knob cpu_permille 500
}

tier_knob() {
	echo "$2" >$TIER/"$1"
}

tier_on() {
	echo 1 >$TIER/enabled && wait_for 10 is $TIER/state on
}

tier_off() {
	echo 0 >$TIER/enabled && wait_for 30 is $TIER/state off
}

tier_stat() {
	value "$TIER/stats/$1"
}

set_workload() {
	tandem tier set "$@"
}

# of STATISTIC: of the workload /load
of() {
	tandem tier show /load | awk -v s="$1" '$1 == s { print $2 }'
}

# Windows that have been sampled since this was called before.
windows_pass() {
	_until=$(($(tier_stat windows) + $1))
	wait_for 60 windows_reach $_until
}

windows_reach() {
	[ "$(tier_stat windows)" -ge "$1" ]
}

# --- memory that comes and goes ----------------------------------------------

# blocks_of NODE
blocks_of() {
	for _b in "$NODE/node$1"/memory[0-9]*; do
		echo "${_b##*/}"
	done
}

# all_blocks STATE: those in $blocks. One in which a page is pinned for a moment
# is refused; whoever wants it asks again.
all_blocks() {
	for _b in $blocks; do
		is "$MEMORY/$_b/state" "${1%_movable}" ||
			put "$1" "$MEMORY/$_b/state" || return
	done
}

# --- the load ----------------------------------------------------------------

# on NODE: pages of anonymous memory of the cgroup there, as the kernel has it
on() {
	awk -v n="N$1" '$1 == "anon" { for (i = 2; i <= NF; i++) {
		split($i, a, "="); if (a[1] == n) sum = a[2] / 4096 } }
		END { print int(sum) }' $CG/load/memory.numa_stat
}

on_most() {
	[ "$(on "$1")" -ge $((PAGES * 9 / 10)) ]
}

# start_load NODE [OPTION]...: memory that is on that node at first, of a program
# that $with starts.
start_load() {
	rm -f $TMP/ranges
	cgroup load memory.max max
	echo "+cpuset" >$CG/cgroup.subtree_control
	echo "$1" >$CG/load/cpuset.mems || die "no cpuset"
	shift
	(
		enter load
		# shellcheck disable=SC2086 # one word each
		exec ${with:-} pagestress -H -n $PAGES -R $TMP/ranges "$@" \
			>$TMP/load.log 2>&1
	) &
	load=$!
	ready $TMP/ranges || die "pagestress did not start"
	echo "$NODES" >$CG/load/cpuset.mems || die "no cpuset"
}

# --- a node that is full -------------------------------------------------------

huge_pages() {
	echo "$NODE/node$1/hugepages/hugepages-2048kB/nr_hugepages"
}

# fill NODE: huge pages that nobody uses, then pages of a process that prefers
# the node, until some of them find no room there.
fill() {
	echo 1000 >"$(huge_pages "$1")"
	cgroup fill memory.max max
	(
		enter fill
		exec numactl --preferred="$1" pagestress -H -m 24 -t 0 \
			-R $TMP/filled >$TMP/fill.log 2>&1
	) &
	filler=$!
	ready $TMP/filled || die "the node was not filled"
	rm -f $TMP/filled
}

overflowed() {
	awk -v n="N$1" '$1 == "anon" { for (i = 2; i <= NF; i++) {
		split($i, a, "="); if (a[1] != n) sum += a[2] } }
		END { exit sum < 4096 }' $CG/fill/memory.numa_stat
}

empty() {
	ends_right "$1/filler" $filler $TMP/fill.log
	echo 0 >"$(huge_pages "$2")"
	check "$1/filler" cgroup_gone fill
}

# --- pages that move all the time ---------------------------------------------

# Pages go down and up again all the time, until no_turning: what it has begun to
# set by then is set before that returns.
turn() {
	trap exit TERM
	while :; do
		set_workload /load fast_max=0
		windows_pass 4
		set_workload /load fast_max=100
		windows_pass 4
	done 2>/dev/null
}

turning() {
	turn &
	turner=$!
}

no_turning() {
	kill "$turner"
	wait "$turner" 2>/dev/null
}

moved() {
	echo $(($(tier_stat promoted) + $(tier_stat demoted)))
}

# moves_on PAGES: have so many been moved since $_before?
moves_on() {
	[ "$(moved)" -ge $((_before + $1)) ]
}

# --- how it ends ---------------------------------------------------------------

# ends_right NAME PROCESS LOG: a pagestress, which looks at all its data first
ends_right() {
	kill -USR1 "$2"
	if wait "$2"; then
		ok "$1"
	else
		not_ok "$1" "$(grep -v wrong=0 "$3" | head -n 1)"
	fi
}

check_data() {
	ends_right "$1/data" $load $TMP/load.log
	check "$1/cgroup" cgroup_gone load
}

end_tiering() {
	tier_off
	tandem tier forget /load
}

forgotten() {
	! tandem tier show /load >/dev/null 2>&1
}
