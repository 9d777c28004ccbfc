#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# apf.sh on [PART]...: asynchronous page faults. Swap is slow to read, and what a
# thread does before its page has come is seen in one trace with the read.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=apf-lib.sh
. "${0%/*}/apf-lib.sh"

TRACE=/sys/kernel/tracing
FAULTS=40

trace_on() {
	echo 0 >$TRACE/tracing_on
	echo >$TRACE/trace
	echo 8192 >$TRACE/buffer_size_kb
	echo 1 >$TRACE/events/tandem_apf/enable
	echo 1 >$TRACE/tracing_on
}

trace_off() {
	echo 0 >$TRACE/tracing_on
	echo 0 >$TRACE/events/tandem_apf/enable
	cat $TRACE/trace >$TMP/trace
	cp $TMP/trace "/out/trace-$1" 2>/dev/null
}

# For each read: started, user mode, work there, completed; in this order and by
# the clock. Prints how many were so, and the first that was not.
in_order() {
	awk '
	match($0, /apf_enter|apf_user_again|apf_work|apf_complete/) {
		what = substr($0, RSTART, RLENGTH)
		match($0, /[0-9]+\.[0-9]+:/)
		now = substr($0, RSTART, RLENGTH - 1) + 0
		match($0, /slot=[0-9]+/)
		slot = substr($0, RSTART + 5, RLENGTH - 5)
	}
	what == "apf_enter" { step[slot] = 1 }
	what == "apf_user_again" { step[slot] = step[slot] == 1 ? 2 : 0 }
	what == "apf_work" { step[slot] = step[slot] == 2 ? 3 : 0 }
	what == "apf_complete" {
		if (step[slot] == 3 && now > at[slot])
			good++
		else if (!bad++)
			first = $0
		step[slot] = 0
	}
	what != "" { at[slot] = now; what = "" }
	END { print good + 0, bad + 0, first }' $TMP/trace
}

# order NAME FORM
order() {
	trace_on
	check "$1/$2" in_apf apforder "$2" $FAULTS
	trace_off "$2"
	cat $TMP/check.log
	read -r _ _faults _ _entries _ _worked _ _rounds <$TMP/check.log
	in_order >$TMP/order
	read -r _good _bad _first <$TMP/order
	echo "# $1/$2 in order $_good, not $_bad"
	# Some are there at once, when the host is slow; most are not.
	if [ "${_good:-0}" -ge $((FAULTS * 9 / 10)) ]; then
		ok "$1/$2/in-order"
	else
		not_ok "$1/$2/in-order" "$_good, not $_bad: $_first"
	fi
	check "$1/$2/worked" test "${_worked:-0}" -ge $((FAULTS * 9 / 10))
	# A page that has come is not read again: 1.2 entries a fault or fewer.
	check "$1/$2/entries" test "${_entries:-0}" -ge $((FAULTS * 9 / 10)) -a \
		"${_entries:-999}" -le $((FAULTS * 12 / 10))
}

overlap() {
	for _form in argument hard-coded; do
		order "$1" $_form
	done
}

# Off, the same program is never in its handler.
off() {
	apf_off
	check "$1/runs" in_apf apforder argument 4
	cp $TMP/check.log $TMP/off.log
	check "$1/no-entries" grep -q 'entries 0 ' $TMP/off.log
	apf_on
}

start_apf
slow_swap 30 || die "no swap"
apf_on || die "apf was not enabled"
shift
[ $# -gt 0 ] || set -- overlap off
for part; do
	"$part" "apf/$(echo "$part" | tr _ -)"
done
check apf/off apf_off
check apf/swapoff timeout 60 swapoff "$slow"
check apf/unload unload_apf
check apf/unload-core rmmod tandem
finish
