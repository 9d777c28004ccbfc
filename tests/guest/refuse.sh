#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# refuse.sh on: what the modules must not accept. A kernel that lacks a symbol,
# for each one that they need; a value out of range, for each knob, by sysfs
# and by netlink; an administrator's file in the hands of somebody else. After
# each refusal everything is as it was.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

# Numbers of linux/tandem.h.
SET=2 KNOB_SET=5

# The symbols, one a line, as the table of each module names them.
NEEDS=/root/needs

# MODULE SYMBOL: one line that names the symbol, and nothing loaded.
refuse_without() {
	_test=refuse/hide/$1/$2
	insmod $KO/tandem.ko hide="$2" || {
		not_ok "$_test" "core did not load"
		return
	}
	dmesg -c >/dev/null
	if insmod "$KO/tandem_$1.ko" 2>/dev/null; then
		not_ok "$_test" "was loaded"
		rmmod "tandem_$1" || unload_tandem
		return
	fi
	# busybox tries twice, so the line may be there twice.
	dmesg | sed -n 's/^\[[^]]*\] //p' | grep -i tandem |
		grep -v 'tainting kernel with' | uniq >$TMP/said
	if [ "$(wc -l <$TMP/said)" -ne 1 ] || ! grep -qw "$2" $TMP/said; then
		not_ok "$_test" "said: $(tr '\n' '|' <$TMP/said)"
	elif [ -e "/sys/kernel/livepatch/tandem_$1" ] || [ -e "$SYSFS/$1" ] ||
		grep -q "tandem_$1" /proc/modules; then
		not_ok "$_test" "something has stayed"
	else
		ok "$_test"
	fi
	rmmod tandem
}

# Files of the folder that can be written: root may try all of them.
knobs() {
	find $RECLAIM -maxdepth 1 -type f -perm -200 ! -name enabled |
		sed 's,.*/,,' | sort | tr '\n' ' '
}

settings() {
	for _k in enabled state since batch_pages list_pages depth \
		wait_ms inflight_pages; do
		cat "$RECLAIM/$_k"
	done
}

# rejects NAME TEXT CMD...: refused with the text, and nothing has changed.
rejects() {
	_was=$(settings)
	refused "$@"
	[ "$(settings)" = "$_was" ] || not_ok "$1/unchanged" "it changed"
}

nest() {
	echo "2={1=s:$1,2=u32:$2}"
}

# limits KNOB MIN MAX: the first and last value, and those beside them.
limits() {
	_default=$(cat "$RECLAIM/$1")
	check "refuse/$1/min" put "$2" "$RECLAIM/$1"
	check "refuse/$1/max" put "$3" "$RECLAIM/$1"
	check "refuse/$1/is-max" is "$RECLAIM/$1" "$3"
	put "$_default" "$RECLAIM/$1"
	for _v in $(($2 - 1)) $(($3 + 1)) 4294967295 4294967296 -1 1x x "" \
		1.5 "1 2" 99999999999999999999; do
		rejects "refuse/$1/sysfs-'$_v'" 'nvalid argument\|out of range' \
			put "$_v" "$RECLAIM/$1"
	done
	for _v in $(($2 - 1)) $(($3 + 1)) 4294967295; do
		rejects "refuse/$1/netlink-$_v" \
			"$1: $_v is not from $2 to $3" \
			nlcall $KNOB_SET 1=s:reclaim "$(nest "$1" "$_v")"
	done
}

rights() {
	for _who in plain netadmin rootnet userns; do
		for _k in enabled depth; do
			rejects "refuse/rights/$_who/$_k" \
				'ermission denied\|not permitted' \
				asuser $_who sh -c "echo 1 >$RECLAIM/$_k"
		done
		rejects "refuse/rights/$_who/netlink-enable" 'not permitted' \
			asuser $_who nlcall $SET 2=s:reclaim 3=u8:1
		rejects "refuse/rights/$_who/netlink-knob" 'not permitted' \
			asuser $_who nlcall $KNOB_SET 1=s:reclaim \
			"$(nest depth 3)"
		check "refuse/rights/$_who/reads" \
			asuser $_who cat $RECLAIM/stats/calls
	done
}

# So that the kernel's own first line about taint is not in the way.
insmod $KO/tandem.ko hide=nothing || die "core does not load"
rmmod tandem
for module in reclaim tier irq apf; do
	[ "$(wc -l <$NEEDS.$module)" -ge 5 ] || die "no list of symbols"
	while read -r s; do
		refuse_without $module "$s"
	done <$NEEDS.$module
done

load_tandem || die "the modules did not load"
check refuse/starts-off is $RECLAIM/enabled 0
for state in off on; do
	[ $state = off ] || tandem_on
	rejects refuse/$state/two-second-bad 'depth: 65 is not from 1 to 64' \
		nlcall $KNOB_SET 1=s:reclaim "$(nest batch_pages 5)" \
		"$(nest depth 65)"
	rejects refuse/$state/enabled-2 'nvalid argument' \
		put 2 $RECLAIM/enabled
	for f in state reason since in_flight stats/calls; do
		rejects refuse/$state/read-only-$f \
			'ermission denied\|nput/output error' \
			put 1 $RECLAIM/$f
	done
done
check refuse/all-knobs-known test "$(knobs)" = \
	"batch_pages depth inflight_pages list_pages wait_ms "
limits batch_pages 1 1024
limits list_pages 1 1024
limits depth 1 64
limits wait_ms 1 10000
limits inflight_pages 64 1048576
rights
check refuse/unload unload_tandem
finish
