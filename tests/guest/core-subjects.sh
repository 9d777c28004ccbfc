#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# core: subjects of a capability, by netlink and by the command line, for those
# who may and for those who may not.
# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=said.sh
. "${0%/*}/said.sh"

KO_SAMPLE=/usr/lib/tandem-tests/modules/tandem_sample.ko
KO_TEST=/usr/lib/tandem-tests/modules/tandem_test.ko

# Numbers of linux/tandem.h.
STATE_SET=2 GET=7 SET=8 FORGET=9 NTF=10
CAP=1 NAME=2 KNOB=3

subjects() {
	nlcall -d $GET $CAP=s:sample
}

# answers NAME TEXT CMD...: succeeds and prints a line with TEXT.
answers() {
	_name=$1
	_text=$2
	shift 2
	if ! "$@" >$TMP/answer 2>&1; then
		not_ok "$_name" "$(tail -n 1 $TMP/answer)"
	elif ! grep -q -- "$_text" $TMP/answer; then
		not_ok "$_name" "no '$_text': $(tr '\n' '|' <$TMP/answer)"
	else
		ok "$_name"
	fi
}

# rejects NAME TEXT CMD...: refused with TEXT, and nothing has changed.
rejects() {
	_was=$(subjects)
	refused "$@"
	[ "$(subjects)" = "$_was" ] || not_ok "$1-unchanged" "subjects changed"
}

knob() {
	echo "$KNOB={1=s:$1,2=u32:$2}"
}

set_subject() {
	_subject=$1
	shift
	nlcall $SET $CAP=s:sample "$NAME=s:$_subject" "$@"
}

# One attribute of the answers: the names, a line each.
dumped_names() {
	sed -n 's/^message 1=sample 2=\(.*\) 3={ 1=low .*/\1/p' "$1"
}

insmod $KO/tandem.ko || die "tandem.ko"
insmod $KO_SAMPLE || die "tandem_sample.ko"

# --- set, get, forget --------------------------------------------------------

check subjects/none nlcall -d $GET $CAP=s:sample
check subjects/none-answers test ! -s $TMP/check.log
check subjects/new set_subject /a "$(knob low 5)" "$(knob weight 20)"
answers subjects/get \
	"^message 1=sample 2=/a 3={ 1=low 2=0x00000005 3=0x00000000 4=0x000003e8 5=0x00000000 6=pages}" \
	nlcall $GET $CAP=s:sample $NAME=s:/a
check subjects/default grep -q '1=high 2=0x000003e8' $TMP/answer
check subjects/stat grep -q '4={ 2=span 3=0x00000000000003e3 4=0x00000001}' \
	$TMP/answer
# 1000 in the last bucket, 20 in number 5, 5 in number 3; the last comes first.
none=0000000000000000
one=0000000000000001
check subjects/histogram grep -q \
	"5={ 1=values 2=pages 3=0x$one$none$one$none$one$none$none$none}" \
	$TMP/answer
check subjects/change set_subject /a "$(knob high 8)"
answers subjects/keeps '1=low 2=0x00000005 .*1=high 2=0x00000008' \
	nlcall $GET $CAP=s:sample $NAME=s:/a
check subjects/counts grep -q '2=changes 3=0x0000000000000002' $TMP/answer
check subjects/without-knobs set_subject pid:123
answers subjects/dump '2=pid:123' subjects
check subjects/dump-all test "$(grep -c ^message $TMP/answer)" = 2
check subjects/forget nlcall $FORGET $CAP=s:sample $NAME=s:pid:123
check subjects/forgotten test "$(subjects | grep -c ^message)" = 1

# --- wrong requests ----------------------------------------------------------

long=$(printf '%0255d' 0)
check subjects/longest-name set_subject "$long"
answers subjects/longest-name-get "2=$long " nlcall $GET $CAP=s:sample \
	"$NAME=s:$long"
rejects subjects/name-too-long 'attribute 2' set_subject "${long}0"
check subjects/longest-name-forget nlcall $FORGET $CAP=s:sample \
	"$NAME=s:$long"
rejects subjects/no-name 'name of a subject is missing' nlcall $SET \
	$CAP=s:sample
rejects subjects/empty-name 'is empty \[attribute 2\]' nlcall $SET \
	$CAP=s:sample $NAME=s:
rejects subjects/control-character 'control character' set_subject "$(
	printf 'a\033b')"
rejects subjects/no-capability 'name of a capability is missing' \
	nlcall $SET $NAME=s:/a
rejects subjects/unknown-capability 'there is no capability nobody' \
	nlcall $SET $CAP=s:nobody $NAME=s:/a
rejects subjects/unknown-get 'there is no subject /b \[attribute 2\]' \
	nlcall $GET $CAP=s:sample $NAME=s:/b
rejects subjects/unknown-forget 'there is no subject /b \[attribute 2\]' \
	nlcall $FORGET $CAP=s:sample $NAME=s:/b
rejects subjects/knob-unknown 'a subject of sample has no knob depth \[attribute 3\]' \
	set_subject /a "$(knob low 6)" "$(knob depth 1)"
rejects subjects/knob-range 'weight: 101 is not from 1 to 100 \[attribute 3\]' \
	set_subject /a "$(knob low 6)" "$(knob weight 101)"
rejects subjects/knob-twice 'low is given twice' set_subject /a \
	"$(knob low 6)" "$(knob low 7)"
rejects subjects/knob-no-value 'name and value' set_subject /a \
	"$KNOB={1=s:low}"
rejects subjects/as-a-whole 'low is above high' set_subject /a \
	"$(knob weight 30)" "$(knob low 9)"
rejects subjects/new-as-a-whole 'low is above high' set_subject /new \
	"$(knob low 9)" "$(knob high 3)"
rejects subjects/by-capability 'nothing is called so' set_subject nothing
rejects subjects/get-with-knob 'attribute' nlcall $GET $CAP=s:sample \
	$NAME=s:/a "$(knob low 6)"
rejects subjects/no-such-dump 'not supported' nlcall -d $SET $CAP=s:sample
rejects subjects/notification-as-request 'not supported' nlcall $NTF
rejects subjects/dump-no-capability 'missing' nlcall -d $GET

insmod $KO_TEST no_patch=1 || die "tandem_test.ko"
for call in "$GET" "$SET" "$FORGET"; do
	rejects "subjects/unsupported-$call" 'test has no subjects' \
		nlcall "$call" $CAP=s:test $NAME=s:/a
done
rejects subjects/unsupported-dump 'test has no subjects' \
	nlcall -d $GET $CAP=s:test
rmmod tandem_test

# --- rights ------------------------------------------------------------------

for who in plain netadmin rootnet userns; do
	rejects "subjects/$who-set" 'not permitted: needs CAP_SYS_ADMIN' \
		asuser $who nlcall $SET $CAP=s:sample $NAME=s:/a \
		"$(knob low 6)"
	rejects "subjects/$who-forget" 'not permitted: needs CAP_SYS_ADMIN' \
		asuser $who nlcall $FORGET $CAP=s:sample $NAME=s:/a
	rejects "subjects/$who-get" 'not permitted: needs CAP_SYS_ADMIN' \
		asuser $who nlcall $GET $CAP=s:sample $NAME=s:/a
	rejects "subjects/$who-dump" 'not permitted: needs CAP_SYS_ADMIN' \
		asuser $who nlcall -d $GET $CAP=s:sample
done
for how in -o -u; do
	rejects "subjects/socket$how" 'not permitted' \
		nlcall $how $GET $CAP=s:sample $NAME=s:/a
	rejects "subjects/socket-dump$how" 'not permitted' \
		nlcall $how -d $GET $CAP=s:sample
done
rejects subjects/rights-first 'not permitted' asuser plain \
	nlcall $GET $CAP=s:nobody $NAME=s:/a

# --- events ------------------------------------------------------------------

nlcall -l 4 >$TMP/events &
listener=$!
asuser plain nlcall -l 4 >$TMP/events.plain &
plain=$!
wait_for 5 grep -q listening $TMP/events
wait_for 5 grep -q listening $TMP/events.plain
set_subject /e
set_subject /e "$(knob low 2000)" >/dev/null
nlcall $FORGET $CAP=s:sample $NAME=s:/e
set_subject /f
put /f /sys/module/tandem_sample/parameters/gone
nlcall $STATE_SET 2=s:sample 3=u8:1
wait $listener
wait $plain
sed -n 's/^message 1=sample 2=\(.*\) 6=\(.*\)/\1 \2/p' $TMP/events |
	tr '\n' ',' >$TMP/told
check subjects/events grep -qx '/e set,/e forgotten,/f set,/f gone,' $TMP/told
check subjects/events-of-state grep -q '2=sample 3=0x01' $TMP/events.plain
check subjects/events-are-kept-from-others sh -c \
	"! grep -q '2=/[ef]' $TMP/events.plain"
check subjects/gone test "$(subjects | grep -c ^message)" = 1

# --- many --------------------------------------------------------------------

i=0
while [ $i -lt 200 ]; do
	set_subject "$(printf '/many/%03d' $i)" "$(knob low $i)"
	i=$((i + 1))
done
subjects >$TMP/answer
dumped_names $TMP/answer >$TMP/names
check subjects/many-all test "$(sort -u $TMP/names | grep -c /many/)" = 200
check subjects/many-once test "$(grep -c /many/ $TMP/names)" = 200
LC_ALL=C sort $TMP/names >$TMP/sorted
check subjects/many-sorted cmp $TMP/names $TMP/sorted
check subjects/many-several-messages test "$(wc -c <$TMP/answer)" -gt 65536
rejects subjects/many-other-reader 'not permitted' \
	nlcall -r -d $GET $CAP=s:sample

# --- the command line --------------------------------------------------------

ends subjects/cli-show 0 tandem sample show
says subjects/cli-show-lists /many/199
says subjects/cli-show-heads WEIGHT
ends subjects/cli-show-json 0 tandem -j sample show
says subjects/cli-json-row '"name": "/many/007"'
ends subjects/cli-set 0 tandem sample set /cli low=4 high=6
ends subjects/cli-set-slash 0 tandem sample set /cli/a=b weight=2
ends subjects/cli-show-one 0 tandem sample show /cli
says subjects/cli-one-knob weight
says subjects/cli-one-stat span
says subjects/cli-one-histogram 'values (pages)'
says subjects/cli-one-bar '4-7'
ends subjects/cli-one-json 0 tandem -j sample show /cli
says subjects/cli-json-buckets '"buckets": ['
ends subjects/cli-set-range 2 tandem sample set /cli weight=0
says subjects/cli-names-the-knob 'weight: 0 is not from 1 to 100'
ends subjects/cli-set-unknown 2 tandem sample set /cli colour=1
says subjects/cli-names-the-unknown 'no knob colour'
ends subjects/cli-set-whole 2 tandem sample set /cli low=7
says subjects/cli-says-why 'low is above high'
ends subjects/cli-set-not-first 2 tandem sample set low=1 /cli
ends subjects/cli-show-absent 2 tandem sample show /absent
says subjects/cli-says-absent 'there is no subject /absent'
ends subjects/cli-forget 0 tandem sample forget /cli/a=b
ends subjects/cli-forget-again 2 tandem sample forget /cli/a=b
ends subjects/cli-forget-what 2 tandem sample forget
ends subjects/cli-plain-show 0 asuser plain tandem sample show
says subjects/cli-plain-is-told 'subjects are shown to root only'
ends subjects/cli-plain-one 4 asuser plain tandem sample show /cli
ends subjects/cli-plain-set 4 asuser plain tandem sample set /cli low=1
ends subjects/cli-plain-forget 4 asuser plain tandem sample forget /cli
ends subjects/cli-enable 0 tandem sample enable
ends subjects/cli-stat 0 tandem sample stat
says subjects/cli-stat-shows on
ends subjects/cli-top 0 tandem sample top -i 0.1 -n 2
ends subjects/cli-no-batches 2 tandem sample monitor --batches
ends subjects/cli-unknown 2 tandem example show
ends subjects/cli-help 0 tandem sample --help
says subjects/cli-help-forget forget
ends subjects/cli-not-listed 0 tandem --help
check subjects/cli-sample-is-not-listed sh -c "! grep -qw sample $SAID"
tandem -j sample monitor -n 2 >$TMP/monitor 2>&1 &
monitor=$!
wait_for 10 test -s $TMP/monitor
tandem sample set /cli weight=3 >/dev/null
wait $monitor
check subjects/cli-monitor grep -q '"subject":"/cli","what":"set"' \
	$TMP/monitor

# --- unloading ---------------------------------------------------------------

check subjects/unload rmmod tandem_sample
refused subjects/unloaded 'there is no capability sample' subjects
insmod $KO_SAMPLE
check subjects/loaded-again test "$(subjects | wc -l)" = 0
# Who reads all the time while the module goes finds it there or not.
set_subject /a
(
	while subjects >/dev/null 2>&1; do :; done
) &
reader=$!
check subjects/unload-beside-reader rmmod tandem_sample
wait $reader
check subjects/unload-core rmmod tandem
finish
