#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cli-bench.sh: tandem reclaim bench on the real modules: what it refuses, what
# it measures, and that the machine is afterwards as it was, however it ended.
# Needs the disk swap0.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=said.sh
. "${0%/*}/said.sh"

OURS=$CG/tandem-bench

# Whatever the bench did: the switch is as it was, and nothing is left.
as_before() {
	check "$1/switch" wait_for 20 is $RECLAIM/enabled "$2"
	check "$1/no-cgroup" wait_for 20 test ! -d $OURS
	check "$1/control" is $CG/cgroup.subtree_control "$control"
	check "$1/knobs" is $RECLAIM/depth 4
	check "$1/no-process" wait_for 20 nobody
}

nobody() {
	! pidof tandem >/dev/null
}

bench() {
	tandem reclaim bench --size 16M --runs 3 --threads 2 "$@"
}

test_refusals() {
	ends bench/not-loaded 3 bench
	tandem load --modules $KO >/dev/null 2>&1
	tandem reclaim set depth=4 >/dev/null
	ends bench/no-swap 1 bench
	says bench/no-swap-says "no swap is in use"
	swap_on /dev/disk/swap0
	ends bench/too-large 1 bench --size 4G
	says bench/too-large-says "too little free"
	ends bench/too-small 2 bench --size 1M
	ends bench/too-few-runs 2 bench --runs 2
	ends bench/too-many-threads 2 bench --threads 64
	says bench/too-many-threads-says "from 1 to 2"
	ends bench/not-root 4 asuser plain tandem reclaim bench
	mkdir $OURS
	ends bench/another 1 bench
	says bench/another-says "another one is running"
	check bench/another-is-left-alone test -d $OURS
	rmdir $OURS
	umount $CG
	ends bench/no-cgroups 1 bench
	says bench/no-cgroups-says "version 2 are not mounted"
	mount -t cgroup2 cgroup $CG
}

# figure NAME KEY: a value of the JSON that was printed.
figure() {
	awk -v name="\"name\": \"$1\"" -v key="\"$2\":" '
	index($0, "\"name\":") { here = index($0, name) }
	here && $1 == key { sub(/,$/, "", $2); print $2; exit }' $TMP/json
}

# holds NAME FIGURE KEY CONDITION: an awk condition on the value v.
holds() {
	_v=$(figure "$2" "$3")
	if [ -n "$_v" ] && [ "$_v" != null ] &&
		awk -v v="$_v" "BEGIN { exit !($4) }"; then
		ok "$1"
	else
		not_ok "$1" "$2: $3 is ${_v:-missing}"
	fi
}

test_figures() {
	control=$(cat $CG/cgroup.subtree_control)
	tandem reclaim enable >/dev/null
	ends bench/measures 0 bench -j
	cp $SAID $TMP/json
	cp $SAID /out/bench.json 2>/dev/null
	grep -v '"' $SAID | grep . | head -n 3 >&2
	check bench/format grep -q '"bench": "reclaim-bench"' $TMP/json
	check bench/accel grep -q '"accel": "tcg"' $TMP/json
	check bench/six-runs test "$(grep -c '"arm"' $TMP/json)" -eq 6
	holds bench/stock-interrupts "IPIs per page, memory.reclaim" stock \
		"v > 0.5"
	holds bench/tandem-interrupts "IPIs per page, memory.reclaim" ratio \
		"v < 0.2"
	holds bench/stock-scans "scans per page, memory.reclaim" stock "v > 1.5"
	holds bench/tandem-scans "scans per page, memory.reclaim" tandem \
		"v < 1.2"
	holds bench/pageout "IPIs per page, MADV_PAGEOUT" ratio "v < 0.05"
	holds bench/stock-resident "still resident after MADV_PAGEOUT" stock \
		"v > 90"
	holds bench/tandem-resident "still resident after MADV_PAGEOUT" tandem \
		"v < 3"
	holds bench/verified "pages verified by checksum" tandem "v == 8192"
	holds bench/nothing-wrong "pages wrong or missing" tandem "v == 0"
	as_before bench/after-on 1
	tandem reclaim disable >/dev/null
	ends bench/table 0 bench
	cat $SAID
	says bench/table-says "module off and 3 with it on, in turn"
	as_before bench/after-off 0
}

running() {
	[ -d $OURS ] && grep -q 'populated 1' $OURS/cgroup.events &&
		is $RECLAIM/enabled "$1"
}

# ended NAME SIGNAL ENABLED: in the middle of a run with the other setting.
ended() {
	tandem reclaim "$([ "$3" = 1 ] && echo enable || echo disable)" \
		>/dev/null
	tandem reclaim bench --size 32M --runs 50 >$SAID 2>&1 &
	_pid=$!
	check "$1/runs" wait_for 60 running $((1 - $3))
	kill -"$2" $_pid
	_rc=0
	wait $_pid || _rc=$?
	as_before "$1" "$3"
}

test_interrupted() {
	ended bench/sigint INT 1
	says bench/sigint-says "stopped; everything is as it was"
	ended bench/sigterm TERM 0
	says bench/sigterm-says "stopped; everything is as it was"
	ended bench/sigkill KILL 1
}

# Its process is killed, as by the out-of-memory killer.
test_process_killed() {
	tandem reclaim enable >/dev/null
	tandem reclaim bench --size 32M --runs 50 >$SAID 2>&1 &
	_pid=$!
	check bench/victim-runs wait_for 60 running 0
	kill -9 "$(head -n 1 $OURS/cgroup.procs)"
	_rc=0
	wait $_pid || _rc=$?
	check bench/victim-status test $_rc -eq 1
	says bench/victim-says "its process was killed"
	as_before bench/victim 1
}

test_states() {
	tandem unload >/dev/null 2>&1
	insmod $KO/tandem.ko
	ends bench/half-loaded 3 bench
	tandem unload >/dev/null 2>&1
	tandem load --modules $KO >/dev/null 2>&1
	echo 0 >$PATCH/enabled
	check bench/displaced-state wait_for 30 is $RECLAIM/state displaced
	ends bench/displaced 7 bench
	says bench/displaced-says "no bench: the module is displaced"
	check bench/displaced-no-cgroup test ! -d $OURS
	wait_for 60 patch_gone
	tandem unload >/dev/null 2>&1
}

test_refusals
test_figures
test_interrupted
test_process_killed
test_states
check_rest bench/rest
finish
