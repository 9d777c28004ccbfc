#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-numad.sh MODE: numad, which takes the memory of a busy process to one
# node and binds its threads to the CPUs there, beside tiering, which moves the same
# memory. Needs two nodes with CPUs, of which the second is said to be slow; numad,
# numactl, and unshare of util-linux.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tiering.sh
. "${0%/*}/tiering.sh"

LOG=/var/log/numad.log
# numad looks at no process of less than 300 MB and half a CPU.
PAGES=84000

# It leaves a process alone for the first minutes of its clock.
numad_on() {
	mkdir -p ${LOG%/*} /var/run
	/usr/bin/unshare --time --monotonic 100000 --fork \
		numad -i 5:5 -u 130 -H 0 -l 6
}

numad_has_moved() {
	grep -q "PID $load moved to node" $LOG
}

numad_gone() {
	! grep -qs '^Name:.numad$' /proc/[0-9]*/status
}

# Each undoes what the other has done: nothing is lost, and nobody stops.
beside() {
	with="numactl --preferred=1"
	start_load $NODES -t 1
	with=
	set_workload /load act=1 rate_mib=64
	tier_on
	_before=$(moved)
	turning
	check "$1/tiered" wait_for 60 moves_on 4000
	check "$1/numad" numad_on
	check "$1/numad-acts" wait_for 60 numad_has_moved
	grep "PID $load moved to node" $LOG | sed 's/^/# /'
	_before=$(moved)
	check "$1/tiered-again" wait_for 60 moves_on 4000
	no_turning
	check "$1/state" is $TIER/state on
	numad -i 0
	check "$1/numad-ends" wait_for 30 numad_gone
	end_tiering
	check_data "$1"
}

start_tier
tier_knob slow_nodes 2
beside situation/numad
check_rest situation/numad-rest
check situation/numad-unload rmmod tandem_tier
check situation/numad-unload-core rmmod tandem
finish
