#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# unload-carry.sh on: the module is taken out while a task carries lists of
# MADV_PAGEOUT. A livepatch is out as soon as no task is inside its functions;
# one that carries is between two of them, and runs the module's code once more
# before it is back in user mode. One CPU is enough, and spares the emulator the
# patching of code that another one runs. Needs the disk swap0, a slow one: what
# is carried takes longer to write than the module takes to go.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"

ROUNDS=${2:-6}

# A task inside madvise() is waited for, and so is all that the device has to
# read and write for it.
patch_out() {
	wait_for 240 patch_gone && return
	who_blocks
	return 1
}

called() {
	[ "$(stat calls)" -gt 0 ]
}

unload_carrying() {
	start_tandem
	(while :; do pageout $TMP/ranges; done) >/dev/null 2>&1 &
	pager=$!
	check "$1/begun" wait_for 30 called
	echo 0 >$PATCH/enabled
	check "$1/patch-out" patch_out
	check "$1/module" rmmod tandem_reclaim
	check "$1/core" rmmod tandem
	kill $pager
	wait $pager 2>/dev/null
}

swap_on /dev/disk/swap0 || die "no swap"
cgroup load memory.max max memory.swap.max max
(
	enter load
	exec pagestress -H -n 8192 -t 2 -R $TMP/ranges >$TMP/load.log 2>&1
) &
load=$!
ready $TMP/ranges || die "pagestress did not start"
round=1
while [ $round -le "$ROUNDS" ]; do
	unload_carrying unload/carrying/$round
	round=$((round + 1))
done
kill -USR1 $load
check unload/carrying/data wait $load
check_rest unload/carrying/rest
finish
