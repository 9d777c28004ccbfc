# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the guest scripts about interrupts share, beside lib.sh: the "edu" device of
# the emulator with its driver, and tandem_irq.ko. The device keeps what is not
# acknowledged, so what is lost stays raised, and what is handled twice finds
# nothing.

# shellcheck disable=SC2034 # for the callers
IRQ=$SYSFS/irq
EDU=/sys/module/tandem_edu/parameters
KO_EDU=/usr/lib/tandem-tests/modules/tandem_edu.ko
TRACE=/sys/kernel/tracing
STOCK=0 WATCH=1 PINNED=2 HANDOFF=3 AUTO=4

# --- the device ----------------------------------------------------------------

edu() {
	value "$EDU/$1"
}

# edu_on [PARAMETER]...: its interrupt goes to CPU 0
edu_on() {
	insmod $KO_EDU "$@" || return
	line=$(edu irq)
	for _dev in /sys/bus/pci/devices/*; do
		is "$_dev/vendor" 0x1234 && resource=$_dev/resource0
	done
	settle
}

# to_cpu N: where the interrupts go, from the next one on
to_cpu() {
	put $((1 << $1)) "/proc/irq/$line/smp_affinity"
}

# Raises two, of which the second comes to CPU 0.
settle() {
	to_cpu 0
	spin 0 -n 2 >/dev/null
	forget_counts
}

edu_off() {
	tandem irq forget "$line" 2>/dev/null
	rmmod tandem_edu
}

forget_counts() {
	for _count in handled empty twice while_disabled after_free \
		wrong_context by_thread; do
		echo 0 >$EDU/$_count
	done
}

owner() {
	put "$1" $EDU/owner
}

# spin CPU [OPTION]...
spin() {
	_cpu=$1
	shift
	taskset $((1 << _cpu)) irqspin "$@" "$resource"
}

# counts NAME RAISED: each was handled once, in the right context.
counts() {
	wait_for 10 is $EDU/handled "$2"
	_all="handled $(edu handled) empty $(edu empty) twice $(edu twice)"
	_all="$_all while_disabled $(edu while_disabled)"
	_all="$_all after_free $(edu after_free)"
	_all="$_all wrong_context $(edu wrong_context)"
	if [ "$_all" = "handled $2 empty 0 twice 0 while_disabled 0 after_free 0 wrong_context 0" ]; then
		ok "$1"
	else
		not_ok "$1" "of $2: $_all"
	fi
	forget_counts
}

# --- a wire ----------------------------------------------------------------------

# lines_of DEVICE: numbers of the interrupts of this device of the bus virtio
lines_of() {
	lines "$1-[a-z]*put"
}

# The guest has a wire from eth0 to eth1. The latter becomes that of a network of its
# own, whose process is $far; $near and $beyond are the devices.
wire_up() {
	near=$(readlink /sys/class/net/eth0/device)
	near=${near##*/}
	beyond=$(readlink /sys/class/net/eth1/device)
	beyond=${beyond##*/}
	unshare -n sleep 1000000 &
	far=$!
	wait_for 10 is_apart || return
	ip link set eth1 netns $far &&
		ip addr add 10.0.0.1/24 dev eth0 && ip link set eth0 up &&
		from_far ip addr add 10.0.0.2/24 dev eth1 &&
		from_far ip link set eth1 up &&
		wait_for 10 ping -q -c 1 -W 1 10.0.0.2 >/dev/null
}

is_apart() {
	[ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]
}

from_far() {
	nsenter -t $far -n "$@"
}

wire_down() {
	kill $far
	wait $far
}

# --- the module -----------------------------------------------------------------

load_irq() {
	insmod $KO/tandem.ko && insmod $KO/tandem_irq.ko
}

# A busy host keeps the guest off for more than a second at times: that is no stuck
# helper.
irq_on() {
	put 60000 $IRQ/stuck_ms
	echo 1 >$IRQ/enabled && wait_for 10 is $IRQ/state on
}

irq_off() {
	echo 0 >$IRQ/enabled && wait_for 30 is $IRQ/state off
}

unload_irq() {
	rmmod tandem_irq && rmmod tandem
}

set_line() {
	tandem irq set "$line" "$@"
}

mode() {
	set_line mode="$1"
}

# of STATISTIC: of the line
of() {
	tandem -j irq show "$line" | tr -d ' "' |
		sed -n "/^name:$1,/ { n; s/^value:\([0-9]*\).*/\1/p }"
}

is_now() {
	[ "$(of mode_now)" = "$1" ]
}

irq_stat() {
	value "$IRQ/stats/$1"
}

# lines NAME: numbers of the interrupts whose name has this
lines() {
	sed -n "s/^ *\([0-9]*\):.*$1.*/\1/p" /proc/interrupts
}
