#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What asynchronous page faults cost a program that does not use them: its faults,
# in turn without the module and with it loaded and switched on.
#
# usage: bench-apf-cost.sh PAGES RUNS

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/guest/apf-lib.sh
. "${0%/*}/apf-lib.sh"

PAGES=$1
RUNS=$2

# one WHAT MEMORY ARM STATE
one() {
	TANDEM_MEMORY=$2 in_apf apfbench "$3" 1 "$PAGES" >$TMP/line 2>&1 ||
		die "$1 $4: $(tail -n 1 $TMP/line)"
	echo "@run what=$1 state=$4 $(cat $TMP/line)"
}

# all STATE
all() {
	one first_touch "" touch "$1"
	one first_touch_shared shared touch "$1"
	one swap "" stock "$1"
	one swap_shared shared stock "$1"
	one file /mnt/files/file stock "$1"
}

start_apf
unload_apf && rmmod tandem || die "the modules did not go"
null_with nullb7 64 completion_nsec 80000 hw_queue_depth 256 &&
	swap_on /dev/nullb7 || die "no swap device"
null_with nullb6 64 completion_nsec 80000 hw_queue_depth 256 &&
	file_system /dev/nullb6 /mnt/files || die "no file system"
echo "@facts kernel=$(uname -r)"
run=0
while [ $run -lt "$RUNS" ]; do
	all off
	load_apf && apf_on || die "apf was not enabled"
	all on
	apf_off && unload_apf && rmmod tandem || die "the modules did not go"
	run=$((run + 1))
done
swapoff /dev/nullb7
finish
