# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the guest scripts share: results, the modules, swap devices, cgroups,
# counters. POSIX sh on busybox; every script starts with
#	. "${0%/*}/lib.sh"
# and ends with `finish`. A script runs with the modules (MODE=on) or on the
# stock kernel alone (MODE=off), which proves the test itself.

PATH=/usr/lib/tandem-tests:/usr/sbin:/usr/bin:/sbin:/bin
MODE=${1:-on}
SYSFS=/sys/kernel/tandem
RECLAIM=$SYSFS/reclaim
PATCH=/sys/kernel/livepatch/tandem_reclaim
KO=/lib/tandem
CG=/sys/fs/cgroup
TMP=/tmp
# How many times as long a kernel with checkers takes for everything.
# shellcheck disable=SC2034 # for the caller
SLOWER=${TANDEM_SLOWER:-1}
failures=0

# --- results ---------------------------------------------------------------

ok() {
	echo "ok $1"
}

not_ok() {
	failures=$((failures + 1))
	echo "not ok $1: $2"
}

skip() {
	echo "skip $1: $2"
}

# check NAME CMD...: the command must succeed; its last line is the reason.
check() {
	_name=$1
	shift
	if "$@" >$TMP/check.log 2>&1; then
		ok "$_name"
	else
		_rc=$?
		grep -v '^$' $TMP/check.log | tail -n 20 >&2
		not_ok "$_name" "status $_rc: $(tail -n 1 $TMP/check.log)"
	fi
}

# refused NAME ERROR CMD...: the command must fail with this error text.
refused() {
	_name=$1
	_want=$2
	shift 2
	if "$@" >$TMP/check.log 2>&1; then
		not_ok "$_name" "was accepted"
	elif ! grep -q "$_want" $TMP/check.log; then
		not_ok "$_name" "expected '$_want': $(tail -n 1 $TMP/check.log)"
	else
		ok "$_name"
	fi
}

finish() {
	[ "$failures" -eq 0 ]
	exit
}

die() {
	not_ok "${0##*/}" "$1"
	exit 1
}

# The same to the host half of a bench or demo.
give_up() {
	echo "@fail $*"
	exit 1
}

# Starting a program takes an emulated CPU longer than most of what one is started
# for here: what is asked all the time is read by the shell itself.

[ -p $TMP/silence ] || mkfifo $TMP/silence

# A tenth of a second: nobody writes there, and busybox knows tenths.
# shellcheck disable=SC3045
doze() {
	read -r -t 0.1 _ <>$TMP/silence || :
}

# read_clock: seconds since the guest has begun, into $_up
read_clock() {
	read -r _up _ </proc/uptime
	_up=${_up%%.*}
}

# wait_for SECONDS CMD...: until it succeeds; fails when it does not in time.
wait_for() {
	read_clock
	_end=$((_up + $1))
	shift
	until "$@"; do
		read_clock
		[ "$_up" -ge "$_end" ] && return 1
		doze
	done
}

# has_ended PID: it may be a zombie, for which the shell has not waited yet.
has_ended() {
	! grep -qs '^State:.[^ZX]' "/proc/$1/status"
}

now_s() {
	read_clock
	echo "$_up"
}

# first_line FILE: into $_value. The shell asks for byte after byte, of which files of
# /proc/sys give only the first.
first_line() {
	_value=
	{ IFS= read -r _value <"$1"; } 2>/dev/null
}

value() {
	first_line "$1"
	echo "$_value"
}

now_ms() {
	awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

random() {
	# random MAX: 1..MAX
	echo $(($(od -An -N4 -tu4 /dev/urandom) % $1 + 1))
}

is() {
	# is FILE TEXT
	first_line "$1"
	[ "$_value" = "$2" ]
}

# put VALUE FILE: the shell's own message would hide the error text.
put() {
	sh -c "echo '$1' > '$2'"
}

# --- the modules -----------------------------------------------------------

with_tandem() {
	[ "$MODE" = on ]
}

no_transition() {
	! grep -qs 1 /sys/kernel/livepatch/*/transition
}

load_tandem() {
	with_tandem || return 0
	[ -d $SYSFS ] || insmod $KO/tandem.ko || return
	[ -d $RECLAIM ] || insmod $KO/tandem_reclaim.ko || return
	wait_for 60 no_transition
}

tandem_on() {
	with_tandem || return 0
	echo 1 >$RECLAIM/enabled && wait_for 10 is $RECLAIM/state on
}

tandem_off() {
	with_tandem || return 0
	echo 0 >$RECLAIM/enabled && wait_for 30 is $RECLAIM/state off
}

patch_gone() {
	[ ! -d $PATCH ]
}

# The tasks that a livepatch transition waits for, and where they are.
who_blocks() {
	for _t in /proc/[0-9]*/task/[0-9]*; do
		_state=$(cat "$_t/patch_state" 2>/dev/null)
		[ "$_state" = 1 ] || continue
		echo "blocked by $(cat "$_t/comm"): $(head -n 4 "$_t/stack" |
			sed 's/.*\] //' | tr '\n' ' ')"
	done
}

unload_tandem() {
	with_tandem || return 0
	if [ -d $PATCH ]; then
		echo 0 >$PATCH/enabled 2>/dev/null
		wait_for 90 patch_gone || {
			who_blocks
			return 1
		}
	fi
	rmmod tandem_reclaim && rmmod tandem
}

start_tandem() {
	load_tandem || die "the modules did not load"
	tandem_on || die "reclaim was not enabled"
}

knob() {
	with_tandem || return 0
	echo "$2" >"$RECLAIM/$1"
}

# In the background, until killed.
turn_knobs() {
	while :; do
		knob batch_pages "$(random 1024)"
		knob list_pages "$(random 1024)"
		knob depth "$(random 16)"
		sleep 0.2
	done
}

stat() {
	_value=0
	{ read -r _value <"$RECLAIM/stats/$1"; } 2>/dev/null
	echo "$_value"
}

# --- counters --------------------------------------------------------------

vm() {
	awk -v n="$1" '$1 == n { print $2 }' /proc/vmstat
}

# Sum over the names that begin with the word.
vm_sum() {
	awk -v n="^$1" '$1 ~ n { s += $2 } END { print s + 0 }' /proc/vmstat
}

# Shootdown interrupts taken by all CPUs.
shootdowns() {
	awk '$1 == "TLB:" { for (i = 2; $i ~ /^[0-9]+$/; i++) s += $i
			    print s }' /proc/interrupts
}

in_flight() {
	cat $RECLAIM/in_flight 2>/dev/null || echo 0
}

at_rest() {
	cat /proc/sys/vm/stat_refresh >/dev/null 2>&1
	[ "$(vm nr_isolated_anon)" -eq 0 ] &&
		[ "$(vm nr_isolated_file)" -eq 0 ] &&
		[ "$(vm nr_writeback)" -eq 0 ] && [ "$(in_flight)" -eq 0 ]
}

rest_state() {
	echo "isolated_anon $(vm nr_isolated_anon) isolated_file" \
		"$(vm nr_isolated_file) writeback $(vm nr_writeback)" \
		"in_flight $(in_flight)"
}

check_rest() {
	if wait_for $((20 * SLOWER)) at_rest; then
		ok "$1"
	else
		not_ok "$1" "$(rest_state)"
	fi
}

# --- LRU, swap, cgroups ----------------------------------------------------

lru() {
	case $1 in
	mglru) echo y >/sys/kernel/mm/lru_gen/enabled ;;
	classic) echo n >/sys/kernel/mm/lru_gen/enabled ;;
	esac
}

# free_on NODE: free pages
free_on() {
	awk '$3 == "MemFree:" { print int($4 / 4) }' \
		"/sys/devices/system/node/node$1/meminfo"
}

swap_on() {
	# swap_on DEVICE-OR-FILE [PRIORITY]
	mkswap "$1" >/dev/null || return
	if [ $# -gt 1 ]; then
		swapprio "$2" "$1"
	else
		swapon "$1"
	fi
}

# slow_writes DEVICE MIB WRITE-MS: a device over DEVICE that answers reads at
# once and writes after this time; its path is in $slow.
slow_writes() {
	modprobe dm_mod && modprobe dm_delay || return
	[ -e /dev/mapper/control ] || return
	# shellcheck disable=SC2034 # for the caller
	slow=$(dmtable create slow $(($2 * 2048)) delay \
		"$1 0 0 $1 0 $3") && return
	# The kernel says why.
	dmesg | tail -n 5 | sed 's/^/# /' >&2
	return 1
}

# part NAME DISK MIB: the beginning of a disk as one of its own; prints its path.
part() {
	modprobe dm_mod && [ -e /dev/mapper/control ] &&
		dmtable create "$1" $(($3 * 2048)) linear "$2 0"
}

# null_with NAME MIB [FILE VALUE]...: a device of known behaviour, as /dev/NAME;
# files are those of null_blk in configfs.
null_with() {
	_null=/sys/kernel/config/nullb/$1
	modprobe null_blk nr_devices=0 || return
	[ -d /sys/kernel/config/nullb ] ||
		mount -t configfs configfs /sys/kernel/config
	mkdir "$_null" || return
	echo "$2" >"$_null/size"
	shift 2
	echo 4096 >"$_null/blocksize"
	echo 1 >"$_null/memory_backed"
	echo 2 >"$_null/irqmode"
	while [ $# -gt 1 ]; do
		echo "$2" >"$_null/$1" || return
		shift 2
	done
	echo 1 >"$_null/power"
}

# null_disk NAME MIB LATENCY-MS
null_disk() {
	null_with "$1" "$2" completion_nsec $(($3 * 1000000))
}

# file_system DEVICE DIR: a new one, for guests that have mke2fs
file_system() {
	modprobe crc32c_generic && modprobe ext4 && mkdir -p "$2" &&
		/sbin/mke2fs -q -F -t ext4 -O ^has_journal "$1" &&
		mount -t ext4 "$1" "$2"
}

null_gone() {
	rmdir "/sys/kernel/config/nullb/$1"
}

cgroup() {
	# cgroup NAME [FILE VALUE]...
	echo "+memory +io +pids" >$CG/cgroup.subtree_control 2>/dev/null ||
		echo "+memory" >$CG/cgroup.subtree_control
	_cg=$CG/$1
	mkdir -p "$_cg" || return
	shift
	while [ $# -gt 1 ]; do
		echo "$2" >"$_cg/$1" || return
		shift 2
	done
}

# enter CGROUP: for a subshell that then execs, so that $! is the program.
enter() {
	echo 0 >"$CG/$1/cgroup.procs"
}

cgroup_gone() {
	wait_for 10 rmdir "$CG/$1" 2>/dev/null
}

# ready FILE: pagestress -R has filled its memory.
ready() {
	wait_for 60 test -s "$1"
}

# Takes memory away until about this many MiB are free, for kswapd tests.
balloon() {
	_free=$(awk '$1 == "MemFree:" { print int($2 / 1024) }' /proc/meminfo)
	echo 3 >/proc/sys/vm/drop_caches
	echo $(((_free - $1) / 2)) >/proc/sys/vm/nr_hugepages
}

no_balloon() {
	echo 0 >/proc/sys/vm/nr_hugepages
}
