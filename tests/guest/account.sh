#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# account.sh MODE: counters of state must end the same for the same work, with
# the module and without. The work: 8 MiB of cold memory are taken away by
# memory.reclaim until nothing is left, read back, and given up. Stock runs
# first, in the same boot. Needs the disk swap0.
#
# Equal means within 2 % and 32 pages: reclaim picks its victims by their age,
# so the few pages of the program's own stack and libraries vary from run to run.
# Counters of effort (scans, interrupts) are printed, not compared.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

PAGES=2048

start_work() {
	rm -f $TMP/ranges
	cgroup work memory.max max
	(
		enter work
		exec pagestress -H -t 0 -n $PAGES -R $TMP/ranges \
			>$TMP/work.log 2>&1
	) &
	work=$!
	ready $TMP/ranges || die "pagestress did not start"
	echo 1 >/proc/$work/clear_refs
}

memcg() {
	awk -v n="$1" '$1 == n { print $2 }' $CG/work/memory.stat
}

anon_pages() {
	awk '$1 == "active_anon" || $1 == "inactive_anon" { s += $2 }
	     END { print int(s / 4096) }' $CG/work/memory.stat
}

# Small requests with time between them: stock frees what is written later.
take_all() {
	_n=0
	while [ "$(anon_pages)" -gt 16 ] && [ $_n -lt 60 ]; do
		put 1M $CG/work/memory.reclaim 2>/dev/null
		wait_for 5 at_rest
		_n=$((_n + 1))
	done
}

swap_write_bytes() {
	awk -v d="$device" '$1 == d { for (i = 2; i <= NF; i++)
		if (sub(/^wbytes=/, "", $i)) print $i }' $CG/work/io.stat
}

events() {
	awk '{ printf "%s=%s ", $1, $2 }' $CG/work/memory.events \
		$CG/work/memory.swap.events
}

in_pages() {
	echo $(($(cat "$1") / 4096))
}

# Each CPU charges 64 pages ahead, and keeps what it has not used; and it keeps up
# to 64 slots of swap that were given back.
beyond_stocks() {
	_pages=$(($(in_pages "$1") - 64 * $(grep -c ^processor /proc/cpuinfo)))
	echo $((_pages > 0 ? _pages : 0))
}

vm_now() {
	for _c in pswpout pswpin; do
		echo "$_c $(vm $_c)"
	done
	echo "pgsteal $(vm_sum pgsteal_)"
	echo "pgscan $(vm_sum pgscan_)"
}

# What was counted, as "name value" lines in $TMP/count.NAME.
measure() {
	cat /proc/sys/vm/stat_refresh
	start_work
	vm_now >$TMP/vm.before
	take_all
	{
		echo "left $(anon_pages)"
		echo "anon $(($(memcg anon) / 4096))"
		echo "swapcached $(($(memcg swapcached) / 4096))"
		echo "swap $(in_pages $CG/work/memory.swap.current)"
		echo "memcg_pgsteal $(memcg pgsteal)"
		echo "memcg_zswpout $(memcg zswpout)"
		echo "io_pages $(($(swap_write_bytes) / 4096))"
		echo "unevictable $(($(memcg unevictable) / 4096))"
	} >"$TMP/count.$1"
	events >"$TMP/events.$1"
	echo "# memcg_pgscan.$1 $(memcg pgscan)"
	kill -USR1 $work
	if wait $work; then
		ok "account/$1/data"
	else
		not_ok "account/$1/data" "$(grep -v wrong=0 $TMP/work.log)"
	fi
	vm_now >$TMP/vm.after
	awk 'NR == FNR { b[$1] = $2; next } { print $1, $2 - b[$1] }' \
		$TMP/vm.before $TMP/vm.after | grep -v pgscan >>"$TMP/count.$1"
	wait_for 10 at_rest
	# Once the process is gone, what is left above this is charged for ever.
	echo "current_after $(beyond_stocks $CG/work/memory.current)" \
		>>"$TMP/count.$1"
	echo "swap_after $(beyond_stocks $CG/work/memory.swap.current)" \
		>>"$TMP/count.$1"
	check "account/$1/cgroup" cgroup_gone work
	check_rest "account/$1/rest"
	sed "s/^/# $1 /" "$TMP/count.$1"
}

equal() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		d = a > b ? a - b : b - a
		exit !(d <= 32 + 0.02 * (a > b ? a : b)) }'
}

compare() {
	while read -r _name _value; do
		_other=$(awk -v n="$_name" '$1 == n { print $2 }' $TMP/count.on)
		if [ -z "$_value" ] && [ -z "$_other" ]; then
			skip "account/same/$_name" "this kernel has none"
		elif equal "$_value" "$_other"; then
			ok "account/same/$_name"
		else
			not_ok "account/same/$_name" \
				"stock $_value, tandem $_other"
		fi
	done <$TMP/count.stock
	check account/same/events cmp $TMP/events.stock $TMP/events.on
}

# Figures that the work itself gives: the test of the test.
plausible() {
	for _c in swap pswpout io_pages; do
		_v=$(awk -v n=$_c '$1 == n { print $2 }' $TMP/count.stock)
		if equal "$_v" $PAGES; then
			ok "account/stock/$_c"
		else
			not_ok "account/stock/$_c" "$_v for $PAGES pages"
		fi
	done
}

swap_on /dev/disk/swap0 || die "no swap"
device=$(cat /sys/class/block/"$(basename "$(readlink -f /dev/disk/swap0)")"/dev)
lru mglru
measure stock
plausible
if with_tandem; then
	start_tandem
	measure on
	compare
fi
finish
