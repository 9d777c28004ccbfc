#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# core: the netlink family, used rightly and wrongly, by those who may and by
# those who may not.
# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"

KO_TEST=/usr/lib/tandem-tests/modules/tandem_test.ko
CAP=$SYSFS/test

# Numbers of linux/tandem.h.
GET=1 SET=2 NTF=3 KNOB_GET=4 KNOB_SET=5 STAT_GET=6
NAME=2 ENABLED=3

in_state() {
	is $CAP/state "$1"
}

# answers NAME TEXT CMD...: succeeds and prints a line with TEXT.
answers() {
	_name=$1
	_text=$2
	shift 2
	if ! "$@" >$TMP/answer 2>&1; then
		not_ok "$_name" "$(tail -n 1 $TMP/answer)"
	elif ! grep -q "$_text" $TMP/answer; then
		not_ok "$_name" "no '$_text': $(tr '\n' '|' <$TMP/answer)"
	else
		ok "$_name"
	fi
}

# Everything that a refusal must leave alone.
settings() {
	cat $CAP/enabled $CAP/state $CAP/since $CAP/low $CAP/high $CAP/wide \
		$CAP/stats/commits
}

# rejects NAME TEXT CMD...: refused with TEXT, and nothing has changed.
rejects() {
	_was=$(settings)
	refused "$@"
	[ "$(settings)" = "$_was" ] || not_ok "$1-unchanged" "settings changed"
}

knob() {
	echo "2={1=s:$1,2=u32:$2}"
}

insmod $KO/tandem.ko || die "tandem.ko"
insmod $KO_TEST no_patch=1 || die "tandem_test.ko"

# --- reading -----------------------------------------------------------------

answers netlink/get "2=test 3=0x00 4=0x00000000 5=0x00 " nlcall $GET $NAME=s:test
answers netlink/get-version "8=test 9=$(uname -r)" nlcall $GET $NAME=s:test
answers netlink/dump '2=test' nlcall -d $GET
answers netlink/knobs '1=test' nlcall -d $KNOB_GET 1=s:test
check netlink/knobs-all test "$(grep -c message $TMP/answer)" = 3
answers netlink/stats '2=test 3=hook_calls' nlcall -d $STAT_GET 2=s:test
check netlink/stats-all test "$(grep -c message $TMP/answer)" = 3
answers netlink/user-reads '2=test' asuser plain nlcall $GET $NAME=s:test
answers netlink/user-dumps '2=test' asuser plain nlcall -d $GET

# --- changing ----------------------------------------------------------------

check netlink/enable nlcall $SET $NAME=s:test $ENABLED=u8:1
check netlink/on in_state on
check netlink/knob nlcall $KNOB_SET 1=s:test "$(knob low 3)"
check netlink/knob-value is $CAP/low 3
# Either alone would be refused: they are checked together.
rejects netlink/alone 'low is above high' nlcall $KNOB_SET 1=s:test \
	"$(knob low 30)"
check netlink/together nlcall $KNOB_SET 1=s:test "$(knob low 30)" \
	"$(knob high 40)"
check netlink/together-low is $CAP/low 30
check netlink/together-high is $CAP/high 40

# --- wrong requests ----------------------------------------------------------

rejects netlink/no-name 'name of a capability is missing' nlcall $GET
rejects netlink/unknown 'there is no capability nobody \[attribute 2\]' \
	nlcall $GET $NAME=s:nobody
rejects netlink/long-name 'attribute 2' nlcall $GET \
	$NAME=s:0123456789abcdef0123456789
rejects netlink/wrong-type 'nvalid\|range\|attribute' nlcall $GET $NAME=u32:1
rejects netlink/unknown-attribute 'nknown attribute\|attribute 60' \
	nlcall $GET $NAME=s:test 60=u32:1
rejects netlink/not-in-request 'attribute' nlcall $SET $NAME=s:test \
	$ENABLED=u8:0 4=u32:0
rejects netlink/unknown-command 'not supported' nlcall 77
rejects netlink/notification-as-request 'not supported' nlcall $NTF
rejects netlink/no-such-dump 'not supported' nlcall -d $KNOB_SET
rejects netlink/no-such-do 'not supported' nlcall $KNOB_GET 1=s:test
rejects netlink/dump-unknown 'there is no capability' \
	nlcall -d $KNOB_GET 1=s:nobody
rejects netlink/dump-no-name 'missing' nlcall -d $STAT_GET
rejects netlink/enabled-missing 'enabled is missing' nlcall $SET $NAME=s:test
rejects netlink/enabled-2 'range.*attribute 3' nlcall $SET $NAME=s:test \
	$ENABLED=u8:2
rejects netlink/knob-none 'no knob is given' nlcall $KNOB_SET 1=s:test
rejects netlink/knob-unknown 'test has no knob depth' nlcall $KNOB_SET \
	1=s:test "$(knob depth 1)"
rejects netlink/knob-range 'low: 65 is not from 1 to 64 \[attribute 2\]' \
	nlcall $KNOB_SET 1=s:test "$(knob low 65)"
rejects netlink/knob-second-bad 'high: 0 is not from' nlcall $KNOB_SET \
	1=s:test "$(knob low 5)" "$(knob wide 7)" "$(knob high 0)"
rejects netlink/knob-twice 'low is given twice' nlcall $KNOB_SET 1=s:test \
	"$(knob low 5)" "$(knob low 6)"
rejects netlink/knob-no-value 'name and value' nlcall $KNOB_SET 1=s:test \
	'2={1=s:low}'
rejects netlink/knob-no-name 'name and value' nlcall $KNOB_SET 1=s:test \
	'2={2=u32:5}'
rejects netlink/knob-limits 'name and value' nlcall $KNOB_SET 1=s:test \
	'2={1=s:low,2=u32:5,3=u32:0}'
rejects netlink/knob-extra 'ttribute' nlcall $KNOB_SET 1=s:test \
	'2={1=s:low,2=u32:5,9=u32:0}'
rejects netlink/knob-empty 'name and value' nlcall $KNOB_SET 1=s:test '2={}'
rejects netlink/knob-flat 'nvalid\|NLA_F_NESTED\|attribute' nlcall $KNOB_SET \
	1=s:test 2=u32:5

# --- rights ------------------------------------------------------------------

for who in plain netadmin rootnet userns; do
	rejects "netlink/$who-set" 'not permitted: needs CAP_SYS_ADMIN' \
		asuser $who nlcall $SET $NAME=s:test $ENABLED=u8:0
	rejects "netlink/$who-knob" 'not permitted: needs CAP_SYS_ADMIN' \
		asuser $who nlcall $KNOB_SET 1=s:test "$(knob low 5)"
done
rejects netlink/socket-of-root 'not permitted: needs CAP_SYS_ADMIN' \
	nlcall -o $SET $NAME=s:test $ENABLED=u8:0
rejects netlink/socket-of-user 'not permitted: needs CAP_SYS_ADMIN' \
	nlcall -u $SET $NAME=s:test $ENABLED=u8:0
# A user must not learn by the error what there is to change.
rejects netlink/rights-first 'not permitted' asuser plain \
	nlcall $SET $NAME=s:nobody $ENABLED=u8:0

# --- events ------------------------------------------------------------------

nlcall -l 3 >$TMP/events &
listener=$!
wait_for 5 grep -q listening $TMP/events
put 2 /sys/module/tandem_test/parameters/in_flight
nlcall $SET $NAME=s:test $ENABLED=u8:0
put 0 /sys/module/tandem_test/parameters/in_flight
put 0 /sys/module/tandem_test/parameters/idle
wait_for 5 in_state off
wait $listener
states=$(sed -n 's/.* 4=0x0000000\([0-9]\) .*/\1/p' $TMP/events | tr -d '\n')
# disabling, draining, off
check netlink/events test "$states" = 430

check netlink/unload rmmod tandem_test
check netlink/empty-dump nlcall -d $GET
check netlink/unload-core rmmod tandem
refused netlink/family-gone 'No such file' nlcall -d $GET
finish
