#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-data.sh MODE [SITUATION]...: memory whose owner rearranges it, or lets a device
# write to it, while its pages are taken away; several swap devices, one full
# after another. The knobs change at random meanwhile. Needs the disks swap0,
# swap1 (of another kind) and data0 (slow).

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

SECONDS_EACH=${SECONDS_EACH:-$((2 * SLOWER))}

# --- mappings and pins -------------------------------------------------------

# field NAME: of the line that a program has printed
field() {
	tr ' ' '\n' <$TMP/out.case | sed -n "s/^$1=//p"
}

# Another process under the same limit, so that reclaim never ends.
start_neighbour() {
	(
		enter load
		exec pagestress -H -m 6 -t 1 -p 50 >$TMP/neighbour.log 2>&1
	) &
	neighbour=$!
}

end_neighbour() {
	kill -USR1 $neighbour
	wait $neighbour || not_ok "$1/neighbour" \
		"$(grep -v wrong=0 $TMP/neighbour.log | head -n 1)"
}

# run_case NAME FIELD... -- CMD...: right data, pages really swapped, and each
# of the fields, which count what is to be tested, not 0.
run_case() {
	title=$1
	shift
	_fields=
	while [ "$1" != -- ]; do
		_fields="$_fields $1"
		shift
	done
	shift
	swap_on /dev/disk/swap0 || die "no swap"
	cgroup load memory.max 10M
	_out=$(vm pswpout)
	_calls=$(stat calls)
	start_neighbour
	(
		enter load
		exec "$@" >$TMP/out.case 2>&1
	)
	_rc=$?
	end_neighbour "$title"
	_out=$(($(vm pswpout) - _out))
	_calls=$(($(stat calls) - _calls))
	echo "# $title swapped=$_out calls=$_calls $(grep wrong= $TMP/out.case)"
	_why=
	for _f in $_fields; do
		[ "$(field "$_f")" -gt 0 ] 2>/dev/null || _why="$_f is 0"
	done
	[ $_out -ge 200 ] || _why="only $_out pages were swapped out"
	! with_tandem || [ $_calls -gt 0 ] || _why="no call in the module"
	[ $_rc -eq 0 ] || _why="status $_rc: $(head -n 1 $TMP/out.case)"
	if [ -n "$_why" ]; then
		not_ok "$title" "$_why"
	else
		ok "$title"
	fi
	check "$title/cgroup" cgroup_gone load
	check_rest "$title/rest"
	check "$title/swapoff" timeout 60 swapoff /dev/disk/swap0
}

mremap() {
	run_case "$1" verified changed pageouts -- \
		mapstress -o remap -s "$SECONDS_EACH"
}

mlock() {
	run_case "$1" verified changed pageouts -- \
		mapstress -o lock -s "$SECONDS_EACH"
}

madv_free() {
	run_case "$1" verified kept dropped pageouts -- \
		mapstress -o free -s "$SECONDS_EACH"
}

in_a_pipe() {
	run_case "$1" verified changed pageouts -- \
		mapstress -o pipe -s "$SECONDS_EACH"
}

direct_io() {
	for e in thread uring fixed; do
		run_case "$1-$e" verified beside -- \
			pinstress -e $e -s "$SECONDS_EACH" /dev/disk/data0
	done
}

# --- several devices ---------------------------------------------------------

used_kb() {
	awk -v d="$(readlink -f "$1")" '$1 == d { print $4 }' /proc/swaps
}

# The first is full after a moment, the second takes the rest, then the third.
priorities() {
	first=$(part first /dev/disk/swap0 4) && swap_on "$first" 30 ||
		die "no first swap"
	second=$(part second /dev/disk/swap1 4) && swap_on "$second" 20 ||
		die "no second swap"
	modprobe zram num_devices=1 && echo 64M >/sys/block/zram0/disksize &&
		swap_on /dev/zram0 10 || die "no zram"
	cgroup load memory.max 8M
	_calls=$(stat calls)
	(
		enter load
		exec pagestress -H -m 24 -t 2 -p 50 -f1 >$TMP/out.case 2>&1
	) &
	_p=$!
	wait_for 30 all_used || not_ok "$1/used" \
		"$(tail -n 3 /proc/swaps | tr '\n' '|')"
	sleep "$SECONDS_EACH"
	kill -USR1 $_p
	if wait $_p; then
		ok "$1/data"
	else
		not_ok "$1/data" \
			"$(grep -v wrong=0 $TMP/out.case | head -n 1)"
	fi
	if with_tandem && [ "$(stat calls)" -eq "$_calls" ]; then
		not_ok "$1/calls" "no call in the module"
	fi
	check "$1/cgroup" cgroup_gone load
	check_rest "$1/rest"
	check "$1/swapoff" no_priorities
}

all_used() {
	for _d in "$first" "$second" /dev/zram0; do
		[ "$(used_kb "$_d")" -gt 0 ] || return
	done
}

no_priorities() {
	swapoff "$first" && swapoff "$second" && swapoff /dev/zram0 &&
		dmtable remove first && dmtable remove second &&
		echo 1 >/sys/block/zram0/reset
}

# -----------------------------------------------------------------------------

start_tandem
turn_knobs &
knobs=$!
shift
[ $# -gt 0 ] || set -- mremap mlock madv_free in_a_pipe direct_io priorities
for s; do
	"$s" "situation/$(echo "$s" | tr _ -)"
done
kill $knobs
wait $knobs 2>/dev/null
finish
