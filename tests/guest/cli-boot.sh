#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cli-boot.sh on|off: what tandem.service calls, as it would call it. With "off"
# the guest has been booted with tandem.off on the kernel command line.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=said.sh
. "${0%/*}/said.sh"

CONF=/etc/tandem/tandem.conf
RECORD=/var/lib/tandem/boot

nothing_loaded() {
	! grep -q '^tandem' /proc/modules
}

install_modules() {
	_to=/lib/modules/$(uname -r)/updates
	mkdir -p "$_to"
	cp $KO/*.ko "$_to"
	depmod
}

recorded() {
	grep -qx "boot=$(cat /proc/sys/kernel/random/boot_id)" $RECORD
}

# A kernel for which nobody has built the modules.
test_new_kernel() {
	ends boot/new-kernel 1 tandem boot start
	says boot/new-kernel-says "not built for this kernel (Linux $(uname -r))"
	ends boot/new-kernel-status 3 tandem status
	says boot/new-kernel-status-says "not built for this kernel"
	check boot/new-kernel-no-record test ! -e $RECORD
}

test_no_configuration() {
	ends boot/no-configuration 0 tandem boot start
	says boot/no-configuration-says "the modules stay switched off"
	check boot/no-configuration-off is $RECLAIM/state off
	check boot/record recorded
	ends boot/stop 0 tandem boot stop
	check boot/stop-unloads nothing_loaded
	check boot/stop-removes-the-record test ! -e $RECORD
}

# The cgroup of a workload may come later than the modules.
test_late_workload() {
	mkdir -p ${CONF%/*}
	printf '[reclaim]\nenabled = yes\n[tier /late.slice]\nact = 1\n' >$CONF
	ends boot/late-workload 0 tandem boot start
	says boot/late-workload-says "$CONF:3: /late.slice is not set"
	check boot/late-workload-rest is $RECLAIM/state on
	cgroup late.slice
	ends boot/late-workload-applied 0 tandem config apply
	ends boot/late-workload-shown 0 tandem tier show /late.slice
	ends boot/late-workload-stop 0 tandem boot stop
	check boot/late-workload-cgroup cgroup_gone late.slice
}

test_configuration() {
	mkdir -p ${CONF%/*}
	printf '[reclaim]\nenabled = yes\ndepth = 4\n' >$CONF
	ends boot/start 0 tandem boot start
	check boot/start-switches-on is $RECLAIM/state on
	check boot/start-sets is $RECLAIM/depth 4
	check boot/start-record recorded
	ends boot/start-again 0 tandem boot start
	tandem boot settled >$SAID 2>&1 &
	_pid=$!
	wait_for 20 heeds_signals
	kill -TERM $_pid
	ends boot/settled-stopped 0 wait $_pid
	check boot/settled-too-soon recorded
	ends boot/settled 0 tandem boot settled --seconds 2
	check boot/settled-removes-the-record test ! -e $RECORD
	check boot/settled-leaves-it-on is $RECLAIM/state on
	ends boot/settled-again 0 tandem boot settled
	ends boot/stop-after 0 tandem boot stop
}

# From here on a signal is read, not lost.
heeds_signals() {
	find /proc/$_pid/fd -exec readlink {} \; | grep -q signalfd
}

# The machine has gone down with the modules loaded: another boot finds that.
test_crash() {
	ends boot/crash-start 0 tandem boot start
	ends boot/crash-unload 0 tandem unload
	check boot/crash-record recorded
	sed -i 's/^boot=......../boot=00000000/' $RECORD
	ends boot/after-crash 1 tandem boot start
	says boot/after-crash-says "went down within 10 minutes"
	says boot/after-crash-remedy "tandem boot clear"
	check boot/after-crash-nothing nothing_loaded
	ends boot/after-crash-stop 0 tandem boot stop
	ends boot/after-crash-again 1 tandem boot start
	ends boot/clear 0 tandem boot clear
	ends boot/after-clear 0 tandem boot start
	check boot/after-clear-on is $RECLAIM/state on
	ends boot/after-clear-stop 0 tandem boot stop
	echo >$RECORD
	ends boot/torn-record 1 tandem boot start
	tandem boot clear >/dev/null
}

test_refused() {
	echo 'depth = 0' >>$CONF
	ends boot/bad-configuration 2 tandem boot start
	check boot/bad-configuration-nothing nothing_loaded
	check boot/bad-configuration-no-record test ! -e $RECORD
	printf '[reclaim]\nenabled = yes\n' >$CONF
	insmod $KO/tandem.ko hide=pageout
	ends boot/refused 1 tandem boot start
	check boot/refused-nothing nothing_loaded
	check boot/refused-no-record test ! -e $RECORD
	ends boot/plain-user 4 asuser plain tandem boot start
	check boot/plain-user-nothing nothing_loaded
}

test_off() {
	ends boot/off 0 tandem boot start
	says boot/off-says "tandem.off is on the kernel command line"
	ends boot/off-load 1 tandem load
	says boot/off-load-says "boot without it"
	ends boot/off-load-file 1 tandem load --modules $KO
	# The real one, which reads an index that busybox does not write.
	cp /root/kmod/modprobe /root/kmod/depmod
	/root/kmod/depmod
	dmesg -c >/dev/null
	refused boot/off-modprobe 'anceled' /root/kmod/modprobe tandem
	dmesg >$SAID
	says boot/off-kernel-says "not loaded: tandem.off"
	check boot/off-nothing nothing_loaded
	check boot/off-no-record test ! -e $RECORD
}

mkdir -p /var/lib
if [ "$MODE" = off ]; then
	install_modules
	test_off
else
	test_new_kernel
	install_modules
	test_no_configuration
	test_late_workload
	test_configuration
	test_crash
	test_refused
fi
finish
