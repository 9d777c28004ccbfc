# SPDX-License-Identifier: GPL-2.0-only
#
# data.sh MODE BACKEND: data must come back right whatever takes it away.
# Five kinds of memory are rewritten at once while each way into reclaim works
# on them, on both LRUs; the knobs change at random meanwhile.
#
# BACKEND: disk (whole matrix), file (ext4), zram, zswap, brd, two (devices)

. "${0%/*}/lib.sh"
BACKEND=${2:-disk}
SECONDS_EACH=${3:-4}
KINDS="anon shmem file huge ksm"

set_up_swap() {
	case $BACKEND in
	disk)
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
		echo 1 >/sys/module/zswap/parameters/enabled &&
			echo 10 >/sys/module/zswap/parameters/max_pool_percent &&
			swap_on /dev/disk/swap0
		;;
	file)
		modprobe ext4 && mkdir -p /mnt &&
			mke2fs -q -t ext4 -O ^has_journal /dev/disk/swap0 &&
			mount -t ext4 /dev/disk/swap0 /mnt &&
			dd if=/dev/zero of=/mnt/a bs=1M count=24 2>/dev/null &&
			dd if=/dev/zero of=/mnt/swap bs=1M count=128 \
				2>/dev/null &&
			chmod 600 /mnt/swap && rm /mnt/a &&
			swap_on /mnt/swap
		;;
	esac
}

set_up_ksm() {
	echo 2000 >/sys/kernel/mm/ksm/pages_to_scan
	echo 20 >/sys/kernel/mm/ksm/sleep_millisecs
	echo 1 >/sys/kernel/mm/ksm/run
}

turn_knobs() {
	while :; do
		knob batch_pages "$(random 512)"
		knob depth "$(random 16)"
		sleep 0.2
	done
}

# Starts one pagestress of each kind in the cgroup; pids in $stress.
start_stress() {
	# start_stress MIB-EACH [OPTIONS]
	_mib=$1
	shift
	stress=
	for k in $KINDS; do
		in_cgroup load pagestress -k "$k" -m "$_mib" -t 1 -z \
			-s "$SECONDS_EACH" "$(children "$k")" -F "/tmp/data.$k" \
			"$@" >"$TMP/out.$k" 2>&1 &
		stress="$stress $!"
	done
}

children() {
	case $1 in
	anon | shmem | file) echo -f1 ;;
	*) echo -f0 ;;
	esac
}

# All must have verified; the first failure's own words are the reason.
reap_stress() {
	why=
	for _p in $stress; do
		wait "$_p" || why="${why:-status $? }"
	done
	if [ -n "$why" ]; then
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
	start_stress 6
	while still_running; do
		put 3M $CG/load/memory.reclaim 2>/dev/null
		sleep 0.05
	done
}

press_high() {
	cgroup load memory.max max memory.high 16M
	start_stress 6
}

press_max() {
	cgroup load memory.max 20M memory.high max
	start_stress 6
}

press_pageout() {
	cgroup load memory.max max memory.high max
	start_stress 6 -p 20
}

press_kswapd() {
	cgroup load memory.max max memory.high max
	balloon 50
	start_stress 14
}

# run_case HOW LRU: data right, and the path under test really taken.
run_case() {
	name="data/$BACKEND/$1/$2/$MODE"
	lru "$2"
	_out=$(vm pswpout)
	_zs=$(vm_sum zswpout)
	_steal=$(vm_sum pgsteal_)
	_kswapd=$(vm pgsteal_kswapd)
	_calls=$(stat calls)
	"press_$1"
	reap_stress
	no_balloon
	_out=$(($(vm pswpout) - _out + $(vm_sum zswpout) - _zs))
	_steal=$(($(vm_sum pgsteal_) - _steal))
	_kswapd=$(($(vm pgsteal_kswapd) - _kswapd))
	echo "# $name verified=$total swapped=$_out stolen=$_steal" \
		"kswapd=$_kswapd calls=$(($(stat calls) - _calls))"
	if [ -n "$why" ]; then
		not_ok "$name" "$why"
	elif [ "$total" -lt 2000 ]; then
		not_ok "$name" "only $total pages verified"
	elif [ "$_out" -lt 200 ]; then
		not_ok "$name" "only $_out pages were swapped out"
	elif [ "$1" = kswapd ] && [ "$_kswapd" -lt 100 ]; then
		not_ok "$name" "kswapd took only $_kswapd pages"
	elif with_tandem && [ "$(stat calls)" -eq "$_calls" ]; then
		not_ok "$name" "no call went through the module"
	else
		ok "$name"
	fi
}

set_up_swap || die "no swap on $BACKEND"
set_up_ksm
start_tandem
turn_knobs &
knobs=$!

case $BACKEND in
disk)
	for l in mglru classic; do
		for h in reclaim high max pageout kswapd; do
			run_case $h $l
		done
	done
	;;
*)
	run_case max mglru
	run_case pageout mglru
	run_case reclaim classic
	;;
esac

kill $knobs
wait $knobs 2>/dev/null
check_rest "data/$BACKEND/rest/$MODE"
finish
