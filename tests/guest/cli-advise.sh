#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cli-advise.sh: tandem advise on hosts that reclaim, or do not, without any
# module loaded. Needs the disk swap0.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=said.sh
. "${0%/*}/said.sh"

# load THREADS: a program whose memory is larger than its cgroup, until stopped.
load() {
	cgroup busy memory.high 30M
	rm -f $TMP/ranges
	(
		enter busy
		exec pagestress -m 60 -t "$1" -s 600 -R $TMP/ranges \
			>$TMP/stress.log 2>&1
	) &
	stress=$!
	# Until its memory is filled it has one thread.
	wait_for $((60 * SLOWER)) test -s $TMP/ranges
	swapped=$(vm pswpout)
	wait_for 30 swapping
}

swapping() {
	[ "$(vm pswpout)" -gt $((swapped + 500)) ]
}

# From here on a signal is read, not lost.
heeds_signals() {
	find /proc/$_pid/fd -exec readlink {} \; | grep -q signalfd
}

no_load() {
	kill -9 $stress
	wait $stress 2>/dev/null
	check "$1" cgroup_gone busy
}

test_idle() {
	ends advise/no-swap 1 tandem advise --seconds 1
	says advise/no-swap-says "no swap is in use"
	swap_on /dev/disk/swap0
	ends advise/idle 1 tandem advise --seconds 1
	says advise/idle-says "no reclaim was seen, and nothing was swapped"
	ends advise/plain-user 1 asuser plain tandem advise --seconds 1
}

test_busy() {
	load 2
	ends advise/busy 0 tandem advise --seconds 5
	cat $SAID
	says advise/busy-says "it should help"
	says advise/busy-names-the-ratio "Documentation/design/reclaim.md"
	check advise/busy-names-the-cgroup grep -q '^/busy .* 1  *[3-9]$' $SAID
	ends advise/busy-json 0 tandem -j advise --seconds 2
	says advise/busy-json-says '"cgroup": "/busy"'
	tandem advise --seconds 600 >$SAID 2>&1 &
	_pid=$!
	wait_for 20 heeds_signals
	kill -INT $_pid
	_rc=0
	wait $_pid || _rc=$?
	check advise/stopped test $_rc -eq 2
	no_load advise/busy-gone
	ends advise/after 2 tandem advise --seconds 1
	says advise/after-says "watch for longer"
}

# All swap is memory now.
test_zram() {
	swapoff /dev/disk/swap0
	modprobe zram && echo 128M >/sys/block/zram0/disksize &&
		swap_on /dev/zram0 || {
		skip advise/zram "no zram in this guest"
		return
	}
	swapped=$(vm pswpout)
	load 2
	ends advise/zram 1 tandem advise --seconds 2
	says advise/zram-says "all swap is memory"
	no_load advise/zram-gone
}

test_idle
test_busy
test_zram
finish
