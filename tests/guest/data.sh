#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# data.sh MODE BACKEND...: data must come back right whatever takes it away.
# Five kinds of memory are rewritten at once while each way into reclaim works
# on them, on both LRUs; the knobs change at random meanwhile.
#
# BACKEND: disk (whole matrix), file (ext4), zram, zswap, brd, two (devices), and
# stale (a disk, and the one case of translations that outlive their page)

# shellcheck disable=SC2317 # functions called by composed names
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
shift
BACKENDS=${*:-disk}
SECONDS_EACH=${SECONDS_EACH:-$((2 * (SLOWER > 1 ? 2 : 1)))}
KINDS="anon shmem file huge ksm"
ENOUGH=200 # pages that must have gone out, for a case to say something

set_up_swap() {
	case $BACKEND in
	disk | stale)
		swap_on /dev/disk/swap0
		;;
	two)
		swap_on /dev/disk/swap0 5 && swap_on /dev/disk/swap1 5
		;;
	zram)
		modprobe zram num_devices=1 &&
			echo 160M >/sys/block/zram0/disksize &&
			swap_on /dev/zram0
		;;
	brd)
		modprobe brd rd_nr=1 rd_size=98304 && swap_on /dev/ram0
		;;
	zswap)
		echo 10 >/sys/module/zswap/parameters/max_pool_percent &&
			echo 1 >/sys/module/zswap/parameters/enabled &&
			swap_on /dev/disk/swap0
		;;
	file)
		make_swap_file && swap_on /mnt/swap
		;;
	*)
		return 1
		;;
	esac
}

# Two files written in turns: the swap file is in many pieces.
make_swap_file() {
	file_system /dev/disk/swap0 /mnt || return
	for i in 0 1 2 3 4 5 6 7; do
		for f in swap hole; do
			dd if=/dev/zero of=/mnt/$f bs=1M count=8 seek=$((i * 8)) \
				conv=notrunc,fsync 2>/dev/null || return
		done
	done
	chmod 600 /mnt/swap
	rm /mnt/hole
}

tear_down_swap() {
	awk 'NR > 1 { print $1 }' /proc/swaps | while read -r s; do
		swapoff "$s" || echo "swapoff $s failed"
	done
	case $BACKEND in
	zram) echo 1 >/sys/block/zram0/reset ;;
	zswap) echo 0 >/sys/module/zswap/parameters/enabled ;;
	brd) rmmod brd ;;
	file) umount /mnt ;;
	esac
}

set_up_ksm() {
	echo 2000 >/sys/kernel/mm/ksm/pages_to_scan
	echo 20 >/sys/kernel/mm/ksm/sleep_millisecs
	echo 1 >/sys/kernel/mm/ksm/run
}

# Starts one pagestress of each kind in the cgroup; pids in $stress.
start_stress() {
	# start_stress MIB-EACH [OPTIONS]
	_mib=$1
	shift
	stress=
	for k in $KINDS; do
		(
			enter load
			exec pagestress -k "$k" -m "$_mib" -t 1 -z \
				-s "$SECONDS_EACH" "$(children "$k")" \
				-F "/tmp/data.$k" "$@" >"$TMP/out.$k" 2>&1
		) &
		stress="$stress $!"
	done
}

children() {
	case $1 in
	anon | shmem | file) echo -f1 ;;
	*) echo -f0 ;;
	esac
}

# What the kernel says of the processes that it has killed, if any.
why_killed() {
	dmesg | sed -n '/invoked oom-killer/,/Killed process/p' |
		grep -E 'oom-killer|usage|active|anon |shmem |Killed' |
		sed 's/^/# /'
}

# All must have verified; the first failure's own words are the reason.
reap_stress() {
	why=
	for _p in $stress; do
		wait "$_p" || why="${why:-status $? }"
	done
	if [ -n "$why" ]; then
		why_killed
		why="$why $(grep -h 'WRONG\|signal\|pagestress' "$TMP"/out.* |
			grep -v 'wrong=0' | head -n 1)"
	fi
	total=$(cat "$TMP"/out.* | tr ' ' '\n' | awk -F= '
		$1 == "verified" { s += $2 } END { print s + 0 }')
}

still_running() {
	for _p in $stress; do
		[ -d "/proc/$_p" ] && return 0
	done
	return 1
}

press_reclaim() {
	cgroup load memory.max max memory.high max
	start_stress 4
	while still_running; do
		put 3M "$CG/load/memory.reclaim" 2>/dev/null
		sleep 0.05
	done
}

press_high() {
	cgroup load memory.max max memory.high 18M
	start_stress 4
}

# No less: with a third of what is used stock kills one load of twelve, as all of
# it is on the active list when somebody looks.
press_max() {
	cgroup load memory.max 18M memory.high max
	start_stress 4
}

press_pageout() {
	cgroup load memory.max max memory.high max
	start_stress 4 -p 20
}

press_kswapd() {
	cgroup load memory.max max memory.high max
	balloon 50
	start_stress 12
}

taken() {
	echo $(($(vm pswpout) + $(vm_sum zswpout)))
}

# On a busy host the five may fill their memory one after the other, so that there is
# hardly too much of it at any time. Then they do it again.
press_enough() {
	for _round in 1 2 3 4; do
		"press_$1"
		reap_stress
		no_balloon
		[ -z "$why" ] && [ $(($(taken) - _out)) -lt $ENOUGH ] || break
	done
}

# run_case HOW LRU: data right, and the path under test really taken.
run_case() {
	name="data/$BACKEND/$1/$2/$MODE"
	lru "$2"
	_out=$(taken)
	_steal=$(vm_sum pgsteal_)
	_kswapd=$(vm pgsteal_kswapd)
	_calls=$(stat calls)
	_ms=$(now_ms)
	press_enough "$1"
	_out=$(($(taken) - _out))
	_steal=$(($(vm_sum pgsteal_) - _steal))
	_kswapd=$(($(vm pgsteal_kswapd) - _kswapd))
	echo "# $name rounds=$_round verified=$total swapped=$_out stolen=$_steal" \
		"kswapd=$_kswapd calls=$(($(stat calls) - _calls))" \
		"ms=$(($(now_ms) - _ms))"
	if [ -n "$why" ]; then
		not_ok "$name" "$why"
	elif [ "$total" -lt 2000 ]; then
		not_ok "$name" "only $total pages verified"
	elif [ "$_out" -lt $ENOUGH ]; then
		not_ok "$name" "only $_out pages were swapped out"
	elif [ "$1" = kswapd ] && [ "$_kswapd" -lt 100 ]; then
		not_ok "$name" "kswapd took only $_kswapd pages"
	elif with_tandem && [ "$(stat calls)" -eq "$_calls" ]; then
		not_ok "$name" "no call went through the module"
	else
		ok "$name"
	fi
}

# As much as can be had, again and again.
reclaim_again() {
	_until=$(($(now_s) + $1))
	while [ "$(now_s)" -lt $_until ]; do
		echo 512K >$CG/load/memory.reclaim
	done 2>/dev/null
}

# A thread alone on its CPU keeps the translations of 256 pages in its TLB and
# writes to them at full speed, while the other CPU reclaims them: lists of 64,
# in batches of eight, so that most batches end in the middle of a list. A page
# that is written or freed before the flush loses a write.
run_stale() {
	lru mglru
	knob batch_pages 8
	knob list_pages 1
	rm -f $TMP/ranges
	cgroup load memory.max max memory.high max
	_out=$(vm pswpout)
	(
		enter load
		exec taskset 2 pagestress -H -n 256 -t 1 -R $TMP/ranges \
			>$TMP/out.stale 2>&1
	) &
	_p=$!
	ready $TMP/ranges || die "pagestress did not start"
	taskset -p 1 $$ >/dev/null
	reclaim_again $((SECONDS_EACH * 3))
	taskset -p 3 $$ >/dev/null
	kill -USR1 $_p
	if wait $_p; then
		ok "data/stale/$MODE"
	else
		not_ok "data/stale/$MODE" "$(head -n 1 $TMP/out.stale)"
	fi
	knob batch_pages 768
	knob list_pages 256
	_out=$(($(vm pswpout) - _out))
	echo "# data/stale/$MODE swapped=$_out"
	[ $_out -ge 500 ] ||
		not_ok "data/stale/swapped/$MODE" "only $_out pages"
}

run_matrix() {
	for l in mglru classic; do
		for h in reclaim high max pageout kswapd; do
			run_case $h $l
		done
	done
}

run_backend() {
	BACKEND=$1
	set_up_swap || {
		not_ok "data/$BACKEND/swap/$MODE" "cannot be set up"
		return
	}
	case $BACKEND in
	stale)
		run_stale
		;;
	disk)
		run_matrix
		;;
	*)
		run_case max mglru
		run_case pageout mglru
		run_case reclaim classic
		;;
	esac
	check "data/$BACKEND/swapoff/$MODE" tear_down_swap
	check_rest "data/$BACKEND/rest/$MODE"
}

start_tandem
case " $BACKENDS " in
*" stale "*) run_backend stale ;;
esac
set_up_ksm
turn_knobs &
knobs=$!
for b in $BACKENDS; do
	[ "$b" = stale ] || run_backend "$b"
done
kill $knobs
wait $knobs 2>/dev/null
finish
