#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# core: other people's livepatches, before ours, over ours, apart from ours and
# instead of ours.
# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"

MODULES=/usr/lib/tandem-tests/modules
CAP=$SYSFS/test
LIVE=/sys/kernel/livepatch

in_state() {
	is $CAP/state "$1"
}

reason_says() {
	grep -q "$1" $CAP/reason
}

# A livepatch is gone when its folder is.
take_out() {
	put 0 $LIVE/"$1"/enabled && wait_for 60 test ! -d $LIVE/"$1" &&
		rmmod "$1"
}

insmod $KO/tandem.ko || die "core"

# --- before ours: its change would be lost, so ours stays out -----------------

insmod $MODULES/klp_over.ko || die "klp_over"
wait_for 60 no_transition
dmesg -c >/dev/null
refused livepatch/patched-already 'busy' insmod $MODULES/tandem_test.ko
check livepatch/patched-already-says sh -c \
	'dmesg | grep -q "try_to_unmap_flush_dirty is replaced by livepatch klp_over"'
check livepatch/patched-already-gone test ! -e $CAP
take_out klp_over

# --- apart from ours ----------------------------------------------------------

insmod $MODULES/tandem_test.ko || die "tandem_test"
wait_for 60 no_transition
put 1 $CAP/enabled
check livepatch/on in_state on
check livepatch/apart insmod $MODULES/klp_apart.ko
check livepatch/apart-on wait_for 60 in_state on
wait_for 60 no_transition
sleep 2
check livepatch/apart-stays-on in_state on
take_out klp_apart
check livepatch/apart-out in_state on

refused livepatch/fails 'nvalid' insmod $MODULES/klp_apart.ko fail=1
check livepatch/fails-on wait_for 10 in_state on

# --- over ours ----------------------------------------------------------------

over() {
	insmod $MODULES/klp_over.ko && ! in_state on
}
check livepatch/over over
check livepatch/over-displaced wait_for 60 in_state displaced
check livepatch/over-key-off is $CAP/stats/on 0
check livepatch/over-wanted is $CAP/enabled 1
wait_for 60 no_transition
check livepatch/over-reason wait_for 10 reason_says \
	'livepatch klp_over has replaced try_to_unmap_flush_dirty'
refused livepatch/over-enable 'busy' put 1 $CAP/enabled
check livepatch/over-out take_out klp_over
check livepatch/over-on-again wait_for 10 in_state on
check livepatch/over-reason-cleared is $CAP/reason ''

insmod $MODULES/klp_over.ko
wait_for 60 in_state displaced
put 0 $CAP/enabled
take_out klp_over
check livepatch/over-off-stays-off wait_for 10 in_state off
check livepatch/over-key-stays-off is $CAP/stats/on 0

# --- held by its own module at the same time: both have to let go ---------------

HOLD=/sys/module/tandem_test/parameters/hold
put 1 $CAP/enabled
insmod $MODULES/klp_over.ko
wait_for 60 reason_says 'has replaced'
put 1 $HOLD
put 0 $HOLD
check livepatch/module-lets-go-first in_state displaced
check livepatch/module-lets-go-reason reason_says klp_over
put 1 $HOLD
take_out klp_over
check livepatch/patch-lets-go-first wait_for 10 reason_says 'held by a test'
sleep 2
check livepatch/patch-lets-go-held in_state displaced
refused livepatch/held-enable 'busy' put 1 $CAP/enabled
put 0 $HOLD
check livepatch/both-let-go in_state on
put 0 $CAP/enabled

# --- instead of ours ----------------------------------------------------------

put 1 $CAP/enabled
check livepatch/replace insmod $MODULES/klp_replace.ko
check livepatch/replace-displaced wait_for 60 in_state displaced
check livepatch/replaced wait_for 60 test ! -d $LIVE/tandem_test
check livepatch/replace-reason wait_for 10 reason_says 'load it again'
refused livepatch/replace-enable 'busy' put 1 $CAP/enabled
check livepatch/replace-unload rmmod tandem_test
check livepatch/load-again insmod $MODULES/tandem_test.ko
wait_for 60 no_transition
check livepatch/enable-again put 1 $CAP/enabled
check livepatch/on-again in_state on
check livepatch/unload take_out tandem_test
take_out klp_replace
check livepatch/unload-core rmmod tandem
finish
