#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# unload.sh on: the module is taken out while pages are in flight. It must wait
# for them: their completion runs its code. The device takes longer for a write
# than a livepatch takes to go. Needs the disk swap0.
# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"

LATENCY_MS=${2:-$((20000 * SLOWER))}
PAGES=512

patch_out() {
	echo 0 >$PATCH/enabled && wait_for $((90 * SLOWER)) patch_gone
}

flying() {
	[ "$(in_flight)" -gt 0 ]
}

slow_writes /dev/disk/swap0 64 "$LATENCY_MS" && swap_on "$slow" ||
	die "no slow swap"
start_tandem
cgroup load memory.max max memory.swap.max max
(
	enter load
	exec pagestress -H -n $PAGES -t 0 -R $TMP/ranges >$TMP/load.log 2>&1
) &
load=$!
ready $TMP/ranges || die "pagestress did not start"
pageout $TMP/ranges >$TMP/pageout.log 2>&1
check unload/in-flight flying
check unload/patch-out patch_out
if flying; then
	check unload/module rmmod tandem_reclaim
	check unload/core rmmod tandem
else
	not_ok unload/module "the writes had ended before the module could go"
fi
# What it left behind would be found by the completion of the next writes.
pageout $TMP/ranges >$TMP/pageout.log 2>&1
sleep 2
kill -USR1 $load
if wait $load; then
	ok unload/data
else
	not_ok unload/data "$(grep -v wrong=0 $TMP/load.log | head -n 1)"
fi
check unload/slots timeout 60 swapoff "$slow"
check_rest unload/rest
finish
