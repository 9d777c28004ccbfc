#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# pipeline.sh MODE: what the pipeline does to a page, by counts and by the order
# of events: interrupts per page, scans per page, freed when written, overlap.
# Stock is measured first, in the same boot, and must show what is to be
# beaten. Needs the disks swap0 (fast) and slow0 (bandwidth-limited).

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

PAGES=16384
TRACE=/sys/kernel/tracing

# Cold memory of a process whose other thread keeps CPU 1 on its tables.
start_cold() {
	rm -f $TMP/ranges
	cgroup cold memory.max max memory.swap.max max
	(
		enter cold
		exec taskset 2 pagestress -H -t 0 -w 1 -n $PAGES \
			-R $TMP/ranges >$TMP/cold.log 2>&1
	) &
	cold=$!
	ready $TMP/ranges || die "pagestress did not start"
	# Forgets that filling it was an access.
	echo 1 >/proc/$cold/clear_refs
}

# Reads all of it back; the data decides.
end_cold() {
	kill -USR1 $cold
	if wait $cold; then
		ok "$1"
	else
		not_ok "$1" "$(grep -v wrong=0 $TMP/cold.log | head -n 1)"
	fi
	check "$1/cgroup removed" cgroup_gone cold
}

# Pages of the cgroup that are in memory, mapped or not.
resident() {
	awk '$1 == "active_anon" || $1 == "inactive_anon" { s += $2 }
	     END { print int(s / 4096) }' $CG/cold/memory.stat
}

cold_stat() {
	awk -v n="$1" '$1 == n { print $2 }' $CG/cold/memory.stat
}

by_pageout() {
	taskset 1 pageout "$TMP/ranges"
}

# Asks until three quarters are gone, or a little less.
by_reclaim() {
	_tries=0
	while [ "$(resident)" -gt $((PAGES / 4 + 128)) ] &&
		[ $_tries -lt 40 ]; do
		taskset 1 sh -c "echo 16M >$CG/cold/memory.reclaim" 2>/dev/null
		_tries=$((_tries + 1))
	done
}

# measure HOW: sets swapped, ipis, scanned, stolen, left.
measure() {
	_out=$(vm pswpout)
	_tlb=$(shootdowns)
	_scan=$(cold_stat pgscan)
	_steal=$(cold_stat pgsteal)
	"by_$1" >/dev/null
	wait_for 20 at_rest
	sleep 1
	swapped=$(($(vm pswpout) - _out))
	ipis=$(($(shootdowns) - _tlb))
	scanned=$(($(cold_stat pgscan) - _scan))
	stolen=$(($(cold_stat pgsteal) - _steal))
	left=$(resident)
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f", b ? a / b : 999 }'
}

# holds NAME EXPRESSION TEXT: an awk condition on figures.
holds() {
	if awk "BEGIN { exit !($2) }"; then
		ok "$1"
	else
		not_ok "$1" "$3"
	fi
}

print_figures() {
	echo "# $1: swapped=$swapped interrupts=$ipis scanned=$scanned" \
		"stolen=$stolen left=$left"
}

# Stock must be as it is known to be, else the comparison means nothing.
stock_figures() {
	start_cold
	measure pageout
	print_figures "stock pageout"
	stock_pageout=$(ratio "$ipis" "$swapped")
	holds stock/pageout/interrupts "$stock_pageout > 0.5" \
		"$stock_pageout a page"
	holds stock/pageout/resident "$left > $PAGES * 0.9" "$left left"
	end_cold stock/pageout/data
	for l in mglru classic; do
		lru $l
		start_cold
		measure reclaim
		print_figures "stock reclaim $l"
		eval "stock_$l=$(ratio "$ipis" "$swapped")"
		holds stock/reclaim/$l/interrupts \
			"$(ratio "$ipis" "$swapped") > 0.5" \
			"$(ratio "$ipis" "$swapped") a page"
		holds stock/reclaim/$l/scans \
			"$(ratio "$scanned" "$stolen") > 1.5" \
			"$(ratio "$scanned" "$stolen") a page"
		end_cold stock/reclaim/$l/data
	done
}

tandem_figures() {
	lru mglru
	start_cold
	measure pageout
	print_figures "tandem pageout"
	holds tandem/pageout/interrupts \
		"$(ratio "$ipis" "$swapped") <= $stock_pageout / 300" \
		"$(ratio "$ipis" "$swapped") a page, stock $stock_pageout"
	holds tandem/pageout/freed "$left <= $PAGES / 100" \
		"$left of $PAGES pages left"
	holds tandem/pageout/all "$swapped >= $PAGES * 0.98" \
		"$swapped of $PAGES pages swapped out"
	end_cold tandem/pageout/data
	for l in mglru classic; do
		lru $l
		# A list is a flush: what is planned at the priority, 160 pages
		# at the least and 256 at the most.
		_part=$([ $l = mglru ] && echo 70 || echo 60)
		start_cold
		measure reclaim
		print_figures "tandem reclaim $l"
		_stock=$(eval "echo \$stock_$l")
		holds tandem/reclaim/$l/interrupts \
			"$(ratio "$ipis" "$swapped") <= $_stock / $_part" \
			"$(ratio "$ipis" "$swapped") a page, stock $_stock"
		holds tandem/reclaim/$l/scans \
			"$(ratio "$scanned" "$stolen") <= 1.05" \
			"$(ratio "$scanned" "$stolen") a page"
		end_cold tandem/reclaim/$l/data
	done
	lru mglru
}

# The kernel's own lengths: 64 pages with MGLRU, at most 32 with the classic LRU.
short_lists() {
	knob list_pages 1
	for l in mglru classic; do
		lru $l
		start_cold
		measure reclaim
		print_figures "tandem reclaim $l, lists of the kernel"
		_least=$([ $l = mglru ] && echo 64 || echo 32)
		holds tandem/short-lists/$l \
			"$(ratio "$ipis" "$swapped") >= 0.9 / $_least" \
			"$(ratio "$ipis" "$swapped") a page"
		end_cold tandem/short-lists/$l/data
	done
	knob list_pages 256
	lru mglru
}

# trace_sum EVENT LRU FIELD: over all lines of the trace.
trace_sum() {
	sed -n "s/.* $1: \(.*\)/\1 /p" $TRACE/trace | grep "lru=$2 " |
		sed "s/.*$3=\([0-9]*\).*/\1/" |
		awk '{ s += $1 } END { print s + 0 }'
}

# What is isolated ahead of the kernel's count is owed, over calls: what was asked
# for, as a probe on the kernel's function sees it, and what was scanned stay one
# list apart, or files and slab would be spared. Small requests begin anew at the
# lowest pressure, where the kernel asks for next to nothing.
debt_paid() {
	lru classic
	start_cold
	echo 'p:tandem_test/asked isolate_lru_folios nr=%di:u64 lru=%r9:u32' \
		>$TRACE/kprobe_events
	echo >$TRACE/trace
	echo 1 >$TRACE/events/tandem_test/enable
	echo 1 >$TRACE/events/vmscan/mm_vmscan_lru_isolate/enable
	for _ in 1 2 3 4 5 6 7 8; do
		taskset 1 sh -c "echo 1M >$CG/cold/memory.reclaim" 2>/dev/null
	done
	echo 0 >$TRACE/events/enable
	_asked=$(trace_sum asked 0 nr)
	_done=$(trace_sum mm_vmscan_lru_isolate inactive_anon nr_scanned)
	echo >$TRACE/kprobe_events
	echo >$TRACE/trace
	echo "# asked for $_asked pages, scanned $_done"
	holds tandem/debt/paid "$_done <= $_asked + 256" \
		"asked for $_asked pages, scanned $_done"
	holds tandem/debt/enough "$_done >= 2048" "scanned $_done"
	end_cold tandem/debt/data
	lru mglru
}

# record DEPTH: traces one reclaim on the slow disk into $TMP/trace.DEPTH.
record() {
	knob depth "$1"
	knob wait_ms 10000
	start_cold
	echo mono >$TRACE/trace_clock
	echo 8192 >$TRACE/buffer_size_kb
	echo >$TRACE/trace
	echo 1 >$TRACE/events/tandem/enable
	by_reclaim
	wait_for 30 at_rest
	echo 0 >$TRACE/events/tandem/enable
	grep -v '^#' $TRACE/trace >"$TMP/trace.$1"
	echo >$TRACE/trace
	cp "$TMP/trace.$1" /out/ 2>/dev/null
	end_cold "overlap/depth$1/data"
}

overlap_found() {
	check overlap/depth8 overlap $TMP/trace.8 50
	cat $TMP/check.log
}

# The control: the same work without overlap, which the checker must refuse.
overlap_absent() {
	overlap $TMP/trace.1 1 >$TMP/check.log 2>&1
	_rc=$?
	cat $TMP/check.log
	if [ $_rc -eq 1 ] && grep -q 'overlapped=0 ' $TMP/check.log; then
		ok overlap/depth1
	else
		not_ok overlap/depth1 "status $_rc: $(tail -n 1 $TMP/check.log)"
	fi
}

overlap_proof() {
	swapoff /dev/disk/swap0
	swap_on /dev/disk/slow0 || die "no slow swap"
	record 8
	overlap_found
	record 1
	overlap_absent
}

# A device with room for two writes makes its submitter wait, which must be a
# worker and not the task that could prepare the next batch. With depth 1 there
# is nothing to prepare beside.
short_queue() {
	swapoff /dev/disk/slow0
	null_with narrow 64 completion_nsec $((20000000 * SLOWER)) hw_queue_depth 2 &&
		swap_on /dev/narrow || die "no narrow device"
	for d in 8 1; do
		knob depth $d
		start_cold
		_before=$(stat batches_deferred)
		by_reclaim
		wait_for 30 at_rest
		_deferred=$(($(stat batches_deferred) - _before))
		echo "# depth $d: $_deferred batches were submitted by a worker"
		if [ $d = 1 ]; then
			holds short-queue/depth1 "$_deferred == 0" "$_deferred"
		else
			holds short-queue/depth8 "$_deferred > 0" "$_deferred"
		fi
		end_cold short-queue/depth$d/data
	done
	check short-queue/swapoff timeout 60 swapoff /dev/narrow
	null_gone narrow
}

swap_on /dev/disk/swap0 || die "no swap"
lru mglru
stock_figures
if with_tandem; then
	start_tandem
	tandem_figures
	short_lists
	debt_paid
	PAGES=4096
	overlap_proof
	short_queue
fi
check_rest pipeline/rest
finish
