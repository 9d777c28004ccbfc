#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# probes.sh MODE: what others watch reclaim by keeps working while the module
# is on: the tracepoints of vmscan and block, and probes on the entry of the
# replaced functions, set before and after loading. The same counts are taken
# on the stock kernel first. Needs the disk swap0.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

TRACE=/sys/kernel/tracing
MIB=16
POINTS="vmscan/mm_vmscan_lru_isolate vmscan/mm_vmscan_write_folio
block/block_rq_issue block/block_rq_complete"

probe() {
	echo "p:tandemtest/$1 $2" >>$TRACE/kprobe_events &&
		echo 1 >$TRACE/events/tandemtest/"$1"/enable
}

unprobe() {
	for _e in "$TRACE"/events/tandemtest/*/enable; do
		[ -e "$_e" ] && echo 0 >"$_e"
	done
	echo >$TRACE/kprobe_events
}

trace_points() {
	for _p in $POINTS; do
		[ -d "$TRACE/events/$_p" ] || continue
		echo "$1" >"$TRACE/events/$_p/enable"
	done
}

hits() {
	grep -c "[ :]$1:" $TMP/trace
}

# Pages out one process, with every event recorded.
record() {
	rm -f $TMP/ranges
	echo >$TRACE/trace
	cgroup probed memory.max max
	(
		enter probed
		exec pagestress -H -t 0 -m $MIB -R $TMP/ranges \
			>$TMP/probed.log 2>&1
	) &
	_pid=$!
	ready $TMP/ranges || die "pagestress did not start"
	echo 1 >$TRACE/tracing_on
	pageout $TMP/ranges >/dev/null
	echo "$((MIB / 2))M" >$CG/probed/memory.reclaim 2>/dev/null
	wait_for 20 at_rest
	echo 0 >$TRACE/tracing_on
	cat $TRACE/trace >$TMP/trace
	kill -USR1 $_pid
	wait $_pid || die "data: $(cat $TMP/probed.log)"
	cgroup_gone probed
}

fires() {
	_n=$(hits "$2")
	if [ "$_n" -gt 0 ]; then
		ok "$1 ($_n)"
	else
		not_ok "$1" "no event in $(wc -l <$TMP/trace) lines"
	fi
}

check_all() {
	for _p in $POINTS; do
		[ -d "$TRACE/events/$_p" ] && fires "$1/${_p##*/}" "${_p##*/}"
	done
	for _f in shrink pageout write; do
		fires "$1/probe on $_f" "$_f"
	done
}

set_probes() {
	probe shrink shrink_folio_list && probe pageout pageout &&
		probe write __swap_writepage
}

swap_on /dev/disk/swap0 || die "no swap"
echo 16384 >$TRACE/buffer_size_kb
trace_points 1

set_probes || die "no probe on the stock kernel"
record
check_all "stock"
_stock=$(hits pageout)

if with_tandem; then
	start_tandem
	record
	check_all "probes set before loading"
	_on=$(hits pageout)
	# One hit for each page, not one for us and one for the kernel's code.
	if [ "$_on" -le $((_stock + _stock / 4)) ]; then
		ok "no page is seen twice ($_stock stock, $_on on)"
	else
		not_ok "no page is seen twice" "$_stock stock, $_on on"
	fi
	unprobe
	check "probes set after loading" set_probes
	record
	check_all "probes set after loading"
	unprobe
	check "unload" unload_tandem
else
	unprobe
fi
trace_points 0
finish
