#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# core: loading and refusing, the states of a capability, its knobs in sysfs.
# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"

KO_TEST=/usr/lib/tandem-tests/modules/tandem_test.ko
CAP=$SYSFS/test
PARAM=/sys/module/tandem_test/parameters
LIVE=/sys/kernel/livepatch/tandem_test

# refuses NAME TEXT CMD...: fails, says TEXT in the one line it logs, and leaves
# nothing behind.  busybox's insmod tries twice, so the line may come twice.
refuses() {
	_name=$1
	_text=$2
	shift 2
	dmesg -c >/dev/null
	if "$@" 2>/dev/null; then
		not_ok "$_name" "was loaded"
		return
	fi
	dmesg | sed -n 's/.*\(tandem: \)/\1/p' | uniq >$TMP/said
	if [ "$(wc -l <$TMP/said)" -ne 1 ] || ! grep -q "$_text" $TMP/said; then
		not_ok "$_name" "said: $(tr '\n' '|' <$TMP/said)"
	elif [ "$(cat /proc/modules)" != "$before" ] ||
	     [ "$(ls -d $SYSFS 2>/dev/null)" != "$sysfs_before" ]; then
		not_ok "$_name" "something has stayed"
	else
		ok "$_name"
	fi
}

remember() {
	before=$(cat /proc/modules)
	sysfs_before=$(ls -d $SYSFS 2>/dev/null)
}

in_state() {
	is $CAP/state "$1"
}

take_out() {
	put 0 $LIVE/enabled && wait_for 60 test ! -d $LIVE &&
		rmmod tandem_test
}

# --- refusals of core --------------------------------------------------------

insmod $KO/tandem.ko hide=nothing && rmmod tandem	# the taint is there now
remember
for symbol in kallsyms_lookup_name kallsyms_on_each_match_symbol \
	      ftrace_location klp_find_ops klp_mutex klp_transition_patch; do
	refuses "core/hide-$symbol" "not loaded: .*$symbol" \
		insmod $KO/tandem.ko hide=none,$symbol
done
refuses core/off 'not loaded: tandem.off' insmod $KO/tandem.ko off
check core/not-off insmod $KO/tandem.ko off=0
rmmod tandem
refuses core/no-btf 'no type information' insmod $KO/tandem.ko hide=__start_BTF
if [ -f /root/tampered/tandem.ko ]; then
	refuses core/other-build 'not the build of .* that this module' \
		insmod /root/tampered/tandem.ko
fi

# --- refusals of a module that borrows and hooks -----------------------------

insmod $KO/tandem.ko hide=mthp_stats,folio_putback_lru || die "core"
remember
refuses core/need-borrowed 'tandem_test not loaded: it needs folio_putback_lru' \
	insmod $KO_TEST
rmmod tandem
insmod $KO/tandem.ko hide=mthp_stats
remember
refuses core/need-data 'tandem_test not loaded: it needs mthp_stats' \
	insmod $KO_TEST
rmmod tandem
insmod $KO/tandem.ko hide=__swap_writepage
remember
refuses core/need-hook 'tandem_test not loaded: it needs __swap_writepage' \
	insmod $KO_TEST
rmmod tandem

# --- loading -----------------------------------------------------------------

check core/load insmod $KO/tandem.ko
check core/release is $SYSFS/kernel "$(uname -r)"
check core/load-capability insmod $KO_TEST
check core/starts-off in_state off
check core/starts-disabled is $CAP/enabled 0
refused core/pinned 'in use\|temporarily unavailable' rmmod tandem
wait_for 60 no_transition

# --- states ------------------------------------------------------------------

since=$(cat $CAP/since)
check core/enable put 1 $CAP/enabled
check core/on in_state on
check core/since-moves test "$(cat $CAP/since)" -gt "$since"
check core/key-on is $CAP/stats/on 1
put 5 $PARAM/in_flight
put 0 $CAP/enabled
check core/draining in_state draining
check core/key-off is $CAP/stats/on 0
check core/in-flight is $CAP/in_flight 5
sleep 1
check core/still-draining in_state draining
put 0 $PARAM/in_flight
check core/drained wait_for 5 in_state off
put 3 $PARAM/in_flight
put 1 $CAP/enabled
put 0 $CAP/enabled
put 1 $CAP/enabled
check core/enable-while-draining in_state on
put 0 $PARAM/in_flight
sleep 0.5
check core/stays-on in_state on
put 0 $CAP/enabled

put -12 $PARAM/enable_error
refused core/enable-error 'Out of memory\|annot allocate' put 1 $CAP/enabled
check core/enable-error-off in_state off
check core/enable-error-reason grep -q 'could not be enabled' $CAP/reason
put 0 $PARAM/enable_error

put 1 $CAP/enabled
dmesg -c >/dev/null
put 'the sum is wrong' $PARAM/broken
put 'another thing' $PARAM/broken
check core/failed wait_for 5 in_state failed
check core/failed-reason is $CAP/reason 'test: the sum is wrong'
check core/failed-disabled is $CAP/enabled 0
check core/failed-key-off is $CAP/stats/on 0
sleep 1
check core/failed-one-line test "$(dmesg | grep -c 'switched itself off')" = 1
put 0 $CAP/enabled
check core/failed-stays in_state failed
check core/enable-after-failed put 1 $CAP/enabled
check core/on-after-failed in_state on
check core/reason-cleared is $CAP/reason ''

# --- knobs -------------------------------------------------------------------

check core/knob put 0x10 $CAP/low
check core/knob-value is $CAP/low 16
for bad in 0 65 4294967296 -1 x 1x '' ' '; do
	refused "core/knob-bad-'$bad'" 'nvalid argument\|out of range' \
		put "$bad" $CAP/low
done
refused core/knob-check 'nvalid argument' put 17 $CAP/low
check core/knob-unchanged is $CAP/low 16
check core/knob-limits put 4294967295 $CAP/wide
check core/commits is $CAP/stats/commits 2
for bad in 2 on1 '' -1; do
	refused "core/enabled-bad-'$bad'" 'nvalid argument' \
		put "$bad" $CAP/enabled
done
refused core/sysfs-rights 'ermission denied\|not permitted' \
	asuser rootnet sh -c "echo 0 > $CAP/enabled"
check core/sysfs-unchanged in_state on
refused core/sysfs-user 'ermission denied\|not permitted' \
	asuser plain sh -c "echo 0 > $CAP/enabled"

# --- unloading ---------------------------------------------------------------

refused core/unload-enabled 'in use\|temporarily unavailable' rmmod tandem_test
put 9 $PARAM/in_flight
put 0 $LIVE/enabled
check core/patch-out wait_for 60 test ! -d $LIVE
check core/patch-out-displaced wait_for 5 in_state displaced
(sleep 2; put 0 $PARAM/in_flight) &
check core/unload rmmod tandem_test
check core/gone test ! -e $CAP
check core/unload-core rmmod tandem
check core/sysfs-gone test ! -e $SYSFS

again() {
	for _i in 1 2 3 4 5; do
		insmod $KO/tandem.ko && insmod $KO_TEST no_patch=1 &&
			put 1 $CAP/enabled && rmmod tandem_test &&
			rmmod tandem || return
	done
	insmod $KO/tandem.ko && insmod $KO_TEST && put 1 $CAP/enabled &&
		take_out && rmmod tandem
}
check core/again again
finish
