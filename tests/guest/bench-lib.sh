# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the guest halves of the benches share, beside lib.sh: devices to swap
# to, cold memory, and the lines for the host half, which begin with "@":
#	@facts name=value...	of the machine and the modules
#	@run what=W arm=A ...	one run, counters as name=value
#	@fail TEXT

BENCH_PAGES=${BENCH_PAGES:-4096}
BENCH_RUNS=${BENCH_RUNS:-5}
BENCH_DEVICE=${BENCH_DEVICE:-swap0}
# CPUs of the owner of cold memory, as a mask: all but the first.
BENCH_OWNER=$(printf '%x' $(((1 << $(grep -c ^processor /proc/cpuinfo)) - 2)))
[ "$BENCH_OWNER" != 0 ] || BENCH_OWNER=1
# shellcheck disable=SC2034 # for the caller
cold=$CG/cold
owner=

arm() {
	case $1 in
	stock) tandem_off ;;
	tandem) tandem_on ;;
	esac || give_up "the module would not go $1"
}

# bench_swap NAME: swaps to this device; its name in /sys/block is in $block.
bench_swap() {
	case $1 in
	zram)
		modprobe zram && echo 256M >/sys/block/zram0/disksize
		_device=/dev/zram0
		;;
	brd)
		modprobe brd rd_nr=1 rd_size=131072
		_device=/dev/ram0
		;;
	slow)
		# 2 ms for each request, four at a time.
		null_with slow $((${BENCH_MIB:-128} + 64)) \
			completion_nsec 2000000 hw_queue_depth 4
		_device=/dev/slow
		;;
	capped)
		null_with capped 192 completion_nsec 50000 mbps \
			"${BENCH_MBPS:-50}" \
			hw_queue_depth "${BENCH_QUEUE:-64}" \
			max_sectors "${BENCH_SECTORS:-0}"
		_device=/dev/capped
		;;
	*)
		_device=/dev/disk/$1
		;;
	esac || give_up "no device $1"
	swap_on "$_device" || give_up "no swap on $_device"
	# shellcheck disable=SC2034 # for the caller
	block=$(basename "$(readlink -f "$_device")")
}

# start_cold PAGES [OPTION]...: memory that nobody uses any more. More options
# are pagestress'.
start_cold() {
	_pages=$1
	shift
	rm -f "$TMP/ranges"
	cgroup cold memory.max max memory.swap.max max
	(
		enter cold
		exec taskset "$BENCH_OWNER" pagestress -H -t 0 \
			-n "$_pages" -R "$TMP/ranges" "$@" >"$TMP/cold.log" 2>&1
	) &
	owner=$!
	ready "$TMP/ranges" || give_up "pagestress did not start"
	# Forgets that filling it was an access.
	echo 1 >/proc/$owner/clear_refs
}

end_cold() {
	kill -USR1 $owner
	wait $owner || give_up "$(grep -v wrong=0 "$TMP/cold.log" | head -n 1)"
	cgroup_gone cold || give_up "the cgroup stays"
}

# run WHAT ARM reclaimer's arguments...: one line for the host half.
run() {
	_what=$1
	_arm=$2
	shift 2
	taskset 1 reclaimer "$@" >"$TMP/run.log" 2>&1 ||
		give_up "$_what: $(cat "$TMP/run.log")"
	echo "@run what=$_what arm=$_arm $(sed 's/^reclaimer: //' "$TMP/run.log")"
}

# each_arm COMMAND...: COMMAND ARM for each arm in turn, BENCH_RUNS times.
each_arm() {
	_run=0
	while [ $_run -lt "$BENCH_RUNS" ]; do
		for _side in stock tandem; do
			arm $_side
			"$@" $_side
		done
		_run=$((_run + 1))
	done
}

# What the host half wants to know of the machine.
facts() {
	grep -q TCG /proc/cpuinfo && _accel=tcg || _accel=kvm
	echo "@facts kernel=$(uname -r) accel=$_accel" \
		"cpus=$(grep -c ^processor /proc/cpuinfo)" \
		"list_pages=$(cat $RECLAIM/list_pages)"
}

bench_start() {
	load_tandem || give_up "the modules did not load"
	facts
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	lru mglru
}
