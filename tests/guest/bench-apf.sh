#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest half of tests/bench/apf: pages in swap are read in random order, by
# tasks and in other ways in turn. The swap device answers each read after the same
# time, and as many at once as it is asked.
#
# usage: bench-apf.sh LATENCY-US PAGES RUNS TASKS...

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/guest/apf-lib.sh
. "${0%/*}/apf-lib.sh"

LATENCY=$1
PAGES=$2
RUNS=$3
shift 3
AHEAD=32

# one ARM N
one() {
	in_apf apfbench "$1" "$2" "$PAGES" >$TMP/line 2>&1 ||
		die "$1 $2: $(tail -n 1 $TMP/line)"
	echo "@run arm=$1 n=$2 latency=$LATENCY $(cat $TMP/line)"
}

# shellcheck disable=SC2034 # read by lib.sh
MODE=on
start_apf
null_with nullb7 64 completion_nsec $((LATENCY * 1000)) hw_queue_depth 256 &&
	swap_on /dev/nullb7 || die "no swap device"
apf_on || die "apf was not enabled"
echo "@facts kernel=$(uname -r)"
run=0
while [ $run -lt "$RUNS" ]; do
	one stock 1
	one work 1
	one walk 1
	one prefetch $AHEAD
	for tasks; do
		one tasks "$tasks"
		one willneed "$tasks"
		one threads "$tasks"
	done
	run=$((run + 1))
done
for cause in $APF/stats/ordinary_*; do
	[ "$(cat "$cause")" = 0 ] || echo "# ${cause##*/} $(cat "$cause")"
done
apf_off
swapoff /dev/nullb7
finish
