#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tier.sh MODE [PART]...: workloads are watched and their pages moved between two
# nodes, node 0 fast and node 1 slow, while their owners go on changing them,
# their mappings and their cgroups. What the kernel itself says of where pages
# are (memory.numa_stat) is compared with what the module says.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tiering.sh
. "${0%/*}/tiering.sh"
# shellcheck source=said.sh
. "${0%/*}/said.sh"

# --- what it must do ---------------------------------------------------------

# Nothing moves, and what is shown is what there is.
observe() {
	start_load 1 -t 1
	check "$1/set" set_workload /load
	tier_on
	windows_pass 10
	_slow=$(of slow_pages)
	_there=$(on 1)
	if [ "$_slow" -ge $((_there * 9 / 10)) ] &&
	   [ "$_slow" -le $((_there * 11 / 10)) ]; then
		ok "$1/shown"
	else
		not_ok "$1/shown" "$_slow pages are shown, $_there are there"
	fi
	ends "$1/nodes" 0 tandem tier show
	says "$1/nodes-fast" "   0 fast "
	says "$1/nodes-slow" "   1 slow "
	# Twice the latency, half of the bandwidth: see tools/guest/qemu.sh.
	check "$1/gap" is $TIER/stats/gap_percent 400
	check "$1/stays" on_most 1
	check "$1/none-moved" test "$(tier_stat promoted)" = 0
	end_tiering
	check_data "$1"
}

# top_cell KEY: of /load, the only workload, in a live view
top_cell() {
	tandem -j tier top -i 0.5 -n 1 | sed 's/.*"workloads"//' |
		tr -d ' "' | tr ',[{' '\n\n\n' | sed -n "s/^$1:\([^}]*\).*/\1/p"
}

# Nearly all that is used is fast, and it has what it is steered to.
top_says_fast() {
	_hits=$(top_cell hit_percent)
	echo "hits $_hits"
	[ "${_hits%.*}" -ge 90 ] && [ "$(top_cell state)" = settled ]
}

# Pages used within 1, 2, 4 to 32 windows: each includes those before.
active_sets_grow() {
	tandem -j tier show /load >$TMP/show.log
	_sets=$(sed -n '/"active_sets"/,$ s/.*"pages": *\([0-9]*\).*/\1/p' \
		$TMP/show.log)
	if [ "$(echo "$_sets" | wc -w)" -eq 6 ] &&
	   echo "$_sets" | sort -n -c 2>/dev/null &&
	   [ "$(echo "$_sets" | tail -n 1)" -ge $((PAGES / 2)) ]; then
		ok "$1"
	else
		not_ok "$1" "$(echo "$_sets" | tr '\n' ' ')"
	fi
	check "$1/window" test "$(of window_ms)" -gt 0
	check "$1/interval" test "$(of t1_windows)" -gt 0
}

# What is used comes up; with no share it goes down again.
promote() {
	start_load 1 -t 1
	check "$1/set" set_workload /load act=1
	tier_on
	check "$1/up" wait_for 60 on_most 0
	check "$1/top" wait_for 30 top_says_fast
	active_sets_grow "$1/active-sets"
	check "$1/none" set_workload /load fast_max=0
	check "$1/down" wait_for 60 on_most 1
	check "$1/again" set_workload /load fast_max=100
	check "$1/up-again" wait_for 60 on_most 0
	end_tiering
	check_data "$1"
}

# What was used just now stays, whatever its share.
ages() {
	start_load 0 -t 1
	set_workload /load act=1 fast_max=0 demote_age=32
	tier_on
	windows_pass 20
	check "$1/used-stay" on_most 0
	check "$1/kept" test "$(of fixed_fast)" -ge $((PAGES * 9 / 10))
	check "$1/none" set_workload /load demote_age=0
	check "$1/down" wait_for 60 on_most 1
	end_tiering
	check_data "$1"
}

# in_map NODE: pages of the memory of the load there
in_map() {
	read -r _pid _at _ <$TMP/ranges
	sed -n "s/^0*$(printf %x "$_at") .* N$1=\([0-9]*\).*/\1/p" \
		"/proc/$_pid/numa_maps"
}

all_slow() {
	[ "$(in_map 1)" = "$PAGES" ]
}

# New pages wait on their CPU to be listed together; nobody makes these more. The
# cpuset has both nodes from the start: a change would have them listed.
unlisted() {
	_pages=$PAGES
	PAGES=8
	taskset -p 1 $$ >/dev/null
	with="taskset 2"
	start_load $NODES -t 0
	with=
	check "$1/begins-fast" test "$(in_map 0)" = $PAGES
	set_workload /load act=1 fast_max=0
	tier_on
	check "$1/all-down" wait_for 30 all_slow
	end_tiering
	check_data "$1"
	taskset -p 3 $$ >/dev/null
	PAGES=$_pages
}

# What was moved a short time ago stays, though it would have to go.
cool_down() {
	start_load 1 -t 1
	set_workload /load act=1 cooldown=200
	tier_on
	check "$1/up" wait_for 60 on_most 0
	set_workload /load fast_max=0
	windows_pass 10
	check "$1/stays" on_most 0
	set_workload /load cooldown=0
	check "$1/down" wait_for 60 on_most 1
	end_tiering
	check_data "$1"
}

# What was hot stays, too, when it has not been used just now, though there is room.
ages_up() {
	start_load 1 -t 1
	set_workload /load act=1 fast_max=0
	tier_on
	windows_pass 20
	# Longer than a slow command: an age is not to run out under one.
	tier_knob window_max_ms 250
	tier_knob window_min_ms 250
	echo 1 >$CG/load/cgroup.freeze
	check "$1/frozen" wait_for 60 grep -q "frozen 1" $CG/load/cgroup.events
	windows_pass 2
	set_workload /load fast_max=100 promote_age=1
	windows_pass 4
	check "$1/unused-stay" on_most 1
	check "$1/kept" test "$(of fixed_slow)" -ge $((PAGES * 9 / 10))
	check "$1/none" set_workload /load promote_age=0
	check "$1/up" wait_for 60 on_most 0
	end_tiering
	tier_quick
	echo 0 >$CG/load/cgroup.freeze
	check_data "$1"
}

# A policy that the process itself has counts before ours.
cpuset() {
	start_load 1 -t 1
	echo 1 >$CG/load/cpuset.mems
	set_workload /load act=1
	tier_on
	windows_pass 20
	check "$1/stays" on_most 1
	check "$1/none" test "$(on 0)" -le 64
	check "$1/counted" test "$(tier_stat failed_policy)" -gt 0
	end_tiering
	check_data "$1"
}

# Back and forth all the time, while its owner rewrites, forks and pages out.
back_and_forth() {
	swap_on /dev/disk/swap0 || die "no swap"
	start_load 1 -t 1 -f 1 -p 200
	set_workload /load act=1
	tier_on
	_n=0
	while [ $_n -lt 10 ]; do
		set_workload /load fast_max=0
		windows_pass 6
		set_workload /load fast_max=100
		windows_pass 6
		_n=$((_n + 1))
	done
	_moved=$(moved)
	echo "# $1 moved=$_moved not=$(tier_stat failed_migrate)"
	check "$1/moved" test $_moved -ge $((PAGES * 2))
	end_tiering
	check_data "$1"
	check "$1/swapoff" timeout 60 swapoff /dev/disk/swap0
	check_rest "$1/rest"
}

# The mappings change under it.
mappings() {
	for _way in remap lock free; do
		cgroup load memory.max max
		(
			enter load
			exec mapstress -o $_way -s $((4 * SLOWER)) \
				>$TMP/load.log 2>&1
		) &
		load=$!
		set_workload /load act=1 fast_max=100
		tier_on
		while kill -0 $load 2>/dev/null; do
			set_workload /load fast_max=0
			windows_pass 3
			set_workload /load fast_max=100
			windows_pass 3
		done
		if wait $load; then
			ok "$1/$_way"
		else
			not_ok "$1/$_way" "$(head -n 1 $TMP/load.log)"
		fi
		tier_off
		tandem tier forget /load
		check "$1/$_way/cgroup" cgroup_gone load
	done
}

# Its owner is killed and its cgroup removed in the middle.
gone() {
	start_load 1 -t 1
	set_workload /load act=1
	tier_on
	windows_pass 3
	kill -KILL $load
	wait $load 2>/dev/null
	check "$1/cgroup" cgroup_gone load
	check "$1/forgotten" wait_for 20 forgotten
	tier_off
}

# Switched and unloaded while pages are on their way.
switches() {
	start_load 1 -t 1
	set_workload /load act=1
	_n=0
	while [ $_n -lt 20 ]; do
		tier_on || break
		set_workload /load fast_max=$((_n % 2 * 100))
		tier_off || break
		_n=$((_n + 1))
	done
	check "$1/twenty" test $_n = 20
	tier_on
	check "$1/unload" rmmod tandem_tier
	check "$1/load" insmod $KO/tandem_tier.ko
	check_data "$1"
}

# --- bad input ---------------------------------------------------------------

refuse() {
	refused "$1/no-such-cgroup" "no such cgroup" set_workload /nowhere act=1
	refused "$1/neither" "neither pid" set_workload load act=1
	refused "$1/no-such-process" "no such process" set_workload pid:999999
	refused "$1/no-number" "not a process number" set_workload pid:x
	cgroup load
	cgroup other
	refused "$1/min-above-max" "fast_min is above" \
		set_workload /load fast_min=60 fast_max=50
	refused "$1/percent" "" set_workload /load fast_max=101
	check "$1/half" set_workload /load fast_min=60
	refused "$1/promised" "above 100 percent" \
		set_workload /other fast_min=50
	refused "$1/all-slow" "nvalid argument" put 3 $TIER/slow_nodes
	refused "$1/windows" "" put 60000 $TIER/window_min_ms
	tandem tier forget /load
	check "$1/cgroup" cgroup_gone load
	check "$1/cgroup" cgroup_gone other
}

# --- the configuration file --------------------------------------------------

CONF=$TMP/tandem.conf

# What is written comes back, and one that is not there keeps nothing from others.
config_file() {
	cgroup load
	cgroup other
	printf '%s\n' '[tier]' 'hysteresis = 7' '[tier /load]' \
		'act = 1' 'fast_min = 60' 'weight = 200' 'cooldown = 3' \
		'[tier /other]' 'fast_min = 20' \
		>$CONF
	ends "$1/apply" 0 tandem config apply -f $CONF
	check "$1/knob" is $TIER/hysteresis 7
	check "$1/act" test "$(of act)" = 1
	check "$1/weight" test "$(of weight)" = 200
	check "$1/cooldown" test "$(of cooldown)" = 3
	set_workload "pid:$$"
	ends "$1/save" 0 tandem config save -f $CONF.saved
	check "$1/saved" grep -qx '\[tier /load\]' $CONF.saved
	check "$1/saved-setting" grep -qx 'weight = 200' $CONF.saved
	check "$1/no-process" grep -q "^# pid:$$ has settings" $CONF.saved
	tandem tier forget "pid:$$"
	tandem tier forget /load
	tandem tier forget /other
	ends "$1/apply-saved" 0 tandem -j config apply -f $CONF.saved
	says "$1/apply-counts" '"workloads": 2'
	check "$1/back" test "$(of fast_min)" = 60
	config_missing "$1"
	config_shares "$1"
	ends "$1/plain-save" 4 asuser plain tandem config save -f -
	ends "$1/plain-apply" 4 asuser plain tandem config apply -f $CONF.saved
	tandem tier forget /load
	tandem tier forget /other
	tier_knob hysteresis 10
	check "$1/cgroup" cgroup_gone load
	check "$1/cgroup" cgroup_gone other
}

config_missing() {
	printf '%s\n' '[tier /nowhere]' '[tier /load]' 'weight = 300' >$CONF
	ends "$1/missing" 8 tandem config apply -f $CONF
	says "$1/missing-says" \
		"$CONF:1: /nowhere is not set: there is no such cgroup"
	check "$1/others-are-set" test "$(of weight)" = 300
	ends "$1/missing-json" 8 tandem -j config apply -f $CONF
	says "$1/missing-json-says" '"key": "/nowhere"'
	printf '%s\n' 'weight = 1001' >>$CONF
	ends "$1/wrong" 2 tandem config apply -f $CONF
	check "$1/wrong-changes-nothing" test "$(of weight)" = 300
}

# Before: 60 and 20 percent. The first can have 70 only when the other has less.
config_shares() {
	printf '%s\n' '[tier /other]' 'fast_min = 70' '[tier /load]' \
		'fast_min = 10' >$CONF
	ends "$1/exchange" 0 tandem config apply -f $CONF
	check "$1/exchanged" test "$(of fast_min)" = 10
	cgroup third
	set_workload /third fast_min=20
	sed -i 's/= 10/= 11/' $CONF
	ends "$1/promised" 8 tandem config apply -f $CONF
	says "$1/promised-says" "$CONF:3: /load is not set: fast_min of all"
	tandem tier forget /third
	check "$1/cgroup" cgroup_gone third
}

# --- a program started in a tier ---------------------------------------------

# maps_of OPTION...: the first mapping of a program started so.
maps_of() {
	tandem run "$@" -- head -n 1 /proc/self/numa_maps 2>/dev/null
}

run_command() {
	check "$1/slow" sh -c "case '$(maps_of -t slow)' in
		*' prefer (many):1 '*) ;; *) exit 1 ;; esac"
	check "$1/bind" sh -c "case '$(maps_of -t fast --bind)' in
		*' bind:0 '*) ;; *) exit 1 ;; esac"
	check "$1/unchanged" sh -c "case '$(maps_of)' in
		*' default '*) ;; *) exit 1 ;; esac"
	ends "$1/status" 7 tandem run -t fast -- sh -c 'exit 7'
	says "$1/off" "tiering is off"
	ends "$1/unknown-tier" 125 tandem run --tier fats -- true
	says "$1/guess" "did you mean: --tier fast"
	ends "$1/no-command" 125 tandem run --tier fast
	ends "$1/not-found" 127 tandem run --tier fast -- nowhere
	ends "$1/bad-setting" 125 tandem run -s weight=0 -- true
	says "$1/bad-setting-says" "weight: 0 is not from 1 to 1000"
	ends "$1/no-right" 125 asuser plain tandem run -t fast -- true
	says "$1/no-right-says" "or with --no-workload"
	ends "$1/no-right-needed" 0 asuser plain \
		tandem run -t fast --no-workload -- true
	ends "$1/json" 0 tandem -j run -t slow -n -- true
	says "$1/json-nodes" '"nodes": "1"'
	run_cpuset "$1"
	run_moves "$1"
	run_without "$1"
}

run_cpuset() {
	cgroup load
	echo "+cpuset" >$CG/cgroup.subtree_control
	echo 0 >$CG/load/cpuset.mems
	ends "$1/cpuset" 125 sh -c "echo 0 >$CG/load/cgroup.procs
		tandem run --tier slow -- true"
	says "$1/cpuset-says" "cannot have memory of node 1"
	check "$1/cgroup" cgroup_gone load
}

workload_gone() {
	! tandem tier show "pid:$load" >/dev/null 2>&1
}

# It begins where it was told to, and comes up when it is used.
run_moves() {
	rm -f $TMP/ranges
	cgroup load memory.max max
	(
		enter load
		exec tandem run --tier slow --set rate_mib=512 -- pagestress \
			-H -n $PAGES -R $TMP/ranges -t 2 >$TMP/load.log 2>&1
	) &
	load=$!
	ready $TMP/ranges || die "pagestress did not start"
	check "$1/begins-slow" on_most 1
	ends "$1/workload" 0 tandem -j tier show "pid:$load"
	tier_on
	check "$1/comes-up" wait_for 60 on_most 0
	check_data "$1"
	check "$1/forgotten" wait_for 20 workload_gone
	tier_off
}

run_without() {
	check "$1/unload" rmmod tandem_tier
	ends "$1/without" 0 tandem run -t slow -- head -n 1 /proc/self/numa_maps
	says "$1/without-says" "tiering is not loaded: only the memory policy"
	says "$1/without-policy" "prefer (many):1 "
	ends "$1/without-all" 125 tandem run -- true
	check "$1/load" load_tier
}

# -----------------------------------------------------------------------------

start_tier
shift
[ $# -gt 0 ] || set -- refuse config_file observe promote ages ages_up \
	cool_down unlisted cpuset back_and_forth mappings gone run_command switches
for part; do
	"$part" "tier/$(echo "$part" | tr _ -)"
done
check_rest tier/rest
check tier/unload rmmod tandem_tier
check tier/unload-core rmmod tandem
finish
