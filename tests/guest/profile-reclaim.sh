#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest half of tests/bench/profile: cold pages of a cgroup reclaimed on
# one CPU, with the module off and on in turn, each time between two marks.
# Prints lines that begin with "@" for the host half, which does all arithmetic.

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"

RUNS=${BENCH_RUNS:-5}
PAGES=${BENCH_PAGES:-4096}
HOW=${BENCH_HOW:-reclaim}
DEVICE=${BENCH_DEVICE:-/dev/disk/swap0}
LRU=${BENCH_LRU:-mglru}

cold=$CG/cold

give_up() {
	echo "@fail $*"
	exit 1
}

arm() {
	case $1 in
	stock) tandem_off ;;
	tandem) tandem_on ;;
	esac || give_up "the module would not go $1"
}

# Half as many again as are reclaimed, all of them as cold as the others.
start_cold() {
	rm -f $TMP/ranges
	cgroup cold memory.max max memory.swap.max max
	(
		enter cold
		exec pagestress -H -t 0 -n $((PAGES * 3 / 2)) \
			-R $TMP/ranges >$TMP/cold.log 2>&1
	) &
	owner=$!
	ready $TMP/ranges || give_up "pagestress did not start"
	echo 1 >/proc/$owner/clear_refs
}

end_cold() {
	kill -USR1 $owner
	wait $owner || give_up "$(grep -v wrong=0 $TMP/cold.log | head -n 1)"
	cgroup_gone cold || give_up "the cgroup stays"
}

measure() {
	start_cold
	case $HOW in
	reclaim) reclaimer -m $number -g $cold reclaim "$PAGES" ;;
	pageout) reclaimer -m $number -g $cold pageout $TMP/ranges ;;
	esac >$TMP/reclaimer.log 2>&1 || give_up "$(cat $TMP/reclaimer.log)"
	echo "@run number=$number arm=$1 $(cut -d: -f2- $TMP/reclaimer.log)"
	end_cold
}

lru "$LRU"
swap_on "$DEVICE" || give_up "no swap"
load_tandem || give_up "the modules did not load"
echo never >/sys/kernel/mm/transparent_hugepage/enabled
# The plugin has no other way to learn where functions are.
cat /proc/kallsyms >/out/kallsyms || give_up "no symbols"
number=0
while [ $number -lt $((RUNS * 2)) ]; do
	for a in stock tandem; do
		number=$((number + 1))
		arm $a
		measure $a
	done
done
check_rest profile/rest
finish
