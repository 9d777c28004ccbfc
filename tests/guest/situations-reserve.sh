#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-reserve.sh MODE: the machine is short of memory, so that bios come
# from the reserve alone; every other slot of the swap device is taken, so that
# each page needs a bio of its own; and the device takes four requests at a time,
# so that a worker submits. A batch then has more bios than the reserve: one that
# waits for a bio which only its own end would release waits for ever. Needs the
# disk swap0.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

ROUNDS=6
LIMIT_S=$((60 * SLOWER))
# MiB that are free. A kernel with checkers keeps freed objects for a while.
ROOM=$((14 + 2 * SLOWER))

short_queue() {
	_queue=/sys/block/$(basename "$(readlink -f /dev/disk/swap0)")/queue
	echo mq-deadline >"$_queue/scheduler" && echo 4 >"$_queue/nr_requests"
}

# Holds every other page of swap, but for 2 MiB, until the guest ends.
fragment() {
	_free=$(awk '$1 == "SwapFree:" { print int($2 / 1024) }' /proc/meminfo)
	cgroup holes memory.max max memory.swap.max max
	reclaimer -g $CG/holes fragment $((_free - 2)) >$TMP/holes.log 2>&1 &
	wait_for $((120 * SLOWER)) grep -q fragment $TMP/holes.log
}

# Much more than what is free.
churn() {
	no_balloon
	balloon $ROOM
	timeout $LIMIT_S reclaimer -g $CG/load churn $((ROOM + 20))
}

swap_on /dev/disk/swap0 && short_queue || die "no swap"
# Mixed blocks would have the kernel keep more than there is free.
echo 0 >/proc/sys/vm/watermark_boost_factor
start_tandem
fragment || die "not fragmented: $(cat $TMP/holes.log)"
cgroup load
bios=$(stat bios)
limited=$(stat fallback_inflight_limit)
pages=$(stat pages_submitted)
deferred=$(stat batches_deferred)
for round in $(seq $ROUNDS); do
	check "situation/reserve/$round" churn
done
bios=$(($(stat bios) - bios))
pages=$(($(stat pages_submitted) - pages))
deferred=$(($(stat batches_deferred) - deferred))
limited=$(($(stat fallback_inflight_limit) - limited))
echo "# $pages pages in $bios bios, $deferred batches by a worker," \
	"$limited times too many in flight"
if with_tandem; then
	check situation/reserve/small-bios test $bios -gt $((pages / 2))
	check situation/reserve/deferred test $deferred -gt 0
	# Of what is left beside the huge pages of the balloon. With checkers the
	# tasks are too slow for the device to be behind.
	[ $SLOWER -gt 1 ] ||
		check situation/reserve/few-in-flight test $limited -gt 0
fi
no_balloon
check_rest situation/reserve/rest
finish
