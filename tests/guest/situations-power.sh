#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-power.sh MODE [SITUATION]...: the machine goes to sleep, is written to its own swap
# device and read back, and jumps into another kernel, each with pages in flight.
# Needs the disk swap0 and the file /root/vmlinuz. The other kernel runs this
# script again and finds the word below on its command line.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=flying.sh
. "${0%/*}/flying.sh"

SECOND=tandem_second
PM=/sys/power

# able NAME FILE: false, and said so, when the kernel was built without.
able() {
	[ -e "$2" ] && return
	skip "$1" "this kernel has no $2"
	return 1
}

# The folder of the host does not survive that its device is stopped.
no_host_folder() {
	umount /out || return
	grep -q '^9p ' /proc/modules || return 0
	rmmod 9p && rmmod 9pnet_virtio
}

host_folder() {
	modprobe 9pnet_virtio 2>/dev/null
	modprobe 9p 2>/dev/null
	mount -t 9p -o trans=virtio,version=9p2000.L out /out
}

takes_calls() {
	page_out
	[ "$(stat calls)" -gt "$calls" ]
}

# Awake again: on as before, and taking calls as soon as there are pages again.
works_again() {
	with_tandem || return 0
	check "$1/on" wait_for 10 is $RECLAIM/state on
	calls=$(stat calls)
	check "$1/works" wait_for 20 takes_calls
}

# The kernel says how far it got, whatever the shell thinks of the write.
complaints() {
	dmesg | grep -iE \
		'PM: .*(fail|error|refus|abort)|Freezing .* failed|blocked' |
		tail -n 3
}

# sleeps NAME STATE: with pages in flight, which must be gone before tasks are
# frozen: a write takes longer than the whole sleep does.
sleeps() {
	slow_swap || die "no slow swap"
	start_load -t 1
	page_out
	must_fly "$1" || return
	dmesg -c >/dev/null
	if put "$2" $PM/state; then
		ok "$1/slept"
	else
		not_ok "$1/slept" "$(complaints)"
	fi
	if with_tandem; then
		check "$1/nothing-flew" is $RECLAIM/in_flight 0
	fi
	works_again "$1"
	check_data "$1"
	tidy "$1"
}

# As far as pm_test says, then awake again.
asleep() {
	able "$1" $PM/pm_test || return 0
	put 1 /sys/module/suspend/parameters/pm_test_delay
	for _level in freezer devices; do
		put $_level $PM/pm_test
		sleeps "$1-$_level" freeze
	done
	put none $PM/pm_test
}

# --- hibernation -------------------------------------------------------------

# The image goes to the swap device that the pages are on their way to, and is
# read back from there. The smaller it is to be, the more is reclaimed for it.
#
# The device's writes wait until the module waits for them, before tasks are frozen. One
# that delays each write would do so with those of the kernel, too, when the disk
# below is stopped already: one such request, and its CPU does not go offline.
hibernated() {
	able "$1" $PM/disk || return 0
	slow_writes /dev/disk/swap0 240 0 || die "no swap"
	put "$(cat "/sys/class/block/${slow##*/}/dev")" $PM/resume
	swap_on "$slow" || die "no swap"
	put 0 $PM/image_size
	put 1 $PM/pm_debug_messages
	put test_resume $PM/disk || die "no test_resume"
	start_load -t 1
	dmtable suspend slow || die "the swap device does not stop"
	page_out
	must_fly "$1" || return
	dmesg -c >/dev/null
	resume_when_awaited 60 reclaim_io_wait_idle &
	if put disk $PM/state; then
		ok "$1/hibernated"
	else
		not_ok "$1/hibernated" "$(complaints)"
	fi
	dmesg | grep 'PM: ' | sed 's/^/# /'
	if dmesg | grep -q 'image restored successfully'; then
		ok "$1/restored"
	else
		not_ok "$1/restored" "$(complaints)"
	fi
	if with_tandem; then
		check "$1/nothing-flew" is $RECLAIM/in_flight 0
	fi
	works_again "$1"
	check_data "$1"
	tidy "$1"
}

# --- another kernel ----------------------------------------------------------

in_second() {
	grep -q $SECOND /proc/cmdline
}

# All that this kernel was booted with, for the next.
make_initrd() {
	(cd / && find . -xdev | cpio -o -H newc 2>/dev/null) >/run/initrd &&
		[ -s /run/initrd ]
}

kexec() {
	able "$1" /sys/kernel/kexec_loaded || return 0
	slow_swap 0 || die "no slow swap"
	start_load -t 1
	dmtable suspend slow || die "the swap device does not stop"
	page_out
	must_fly "$1" || return
	check "$1/loaded" kexecload /root/vmlinuz /run/initrd \
		"$(cat /proc/cmdline) $SECOND"
	must_fly "$1" || return
	# A failure up to here is told by the status, which only the end gives.
	if [ "$failures" -gt 0 ]; then
		finish
	fi
	stty -F /dev/ttyS1 raw </dev/null
	kexecload go
	die "still in the first kernel"
}

# A fresh kernel on the same machine: its disks, swap and our modules work.
second_kernel() {
	ok situation/kexec/boots
	check situation/kexec/clean test "$(cat /proc/sys/kernel/tainted)" = 0
	start_tandem
	swap_on /dev/disk/swap0 || die "no swap"
	start_load -t 1
	works_again situation/kexec
	check_data situation/kexec
}

if in_second; then
	second_kernel
	finish
fi
start_tandem
make_initrd || die "no initrd"
no_host_folder || die "the folder of the host is busy"
shift
[ $# -gt 0 ] || set -- asleep hibernated kexec
for s; do
	[ "$s" != kexec ] || host_folder || die "no folder of the host"
	"$s" "situation/$s"
done
grep -q ' /out ' /proc/mounts || host_folder || die "no folder of the host"
finish
