# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the guest scripts for asynchronous page faults share; sourced after lib.sh.

# shellcheck disable=SC2034 # for the caller
APF=$SYSFS/apf
APF_PATCH=/sys/kernel/livepatch/tandem_apf
SWAP=/dev/disk/swap0
FILES=/dev/disk/data0

load_apf() {
	[ -d $SYSFS ] || insmod $KO/tandem.ko || return
	[ -d $APF ] || insmod $KO/tandem_apf.ko || return
	wait_for 60 no_transition
}

apf_patch_gone() {
	[ ! -d $APF_PATCH ]
}

unload_apf() {
	if [ -d $APF_PATCH ]; then
		echo 0 >$APF_PATCH/enabled 2>/dev/null
		wait_for 90 apf_patch_gone || {
			who_blocks
			return 1
		}
	fi
	rmmod tandem_apf
}

apf_on() {
	echo 1 >$APF/enabled && wait_for 10 is $APF/state on
}

apf_off() {
	echo 0 >$APF/enabled && wait_for 30 is $APF/state off
}

apf_stat() {
	value "$APF/stats/$1"
}

# slow_swap READ-MS: swap that takes this long to read; in $slow. From 50 on the device
# waits by timers, below by a thread that is always busy.
slow_swap() {
	modprobe dm_mod && modprobe dm_delay || return
	_sectors=$(($(cat "/sys/block/$(readlink $SWAP | sed 's,.*/,,')/size")))
	slow=$(dmtable create slow $_sectors delay "$SWAP 0 $1 $SWAP 0 0") ||
		return
	swap_on "$slow"
}

# slow_files READ-MS: a file system on a device as slow to read; in $files.
slow_files() {
	_sectors=$(($(cat "/sys/block/$(readlink $FILES | sed 's,.*/,,')/size")))
	_slow=$(dmtable create files $_sectors delay "$FILES 0 $1 $FILES 0 0") ||
		return
	files=/mnt/files
	file_system "$_slow" $files
}

# In its cgroup, which can be told to give its memory back.
in_apf() {
	(
		enter apf
		exec "$@"
	)
}

start_apf() {
	load_apf || die "the modules did not load"
	cgroup apf || die "no cgroup"
	echo 0 >/proc/sys/vm/page-cluster
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
}
