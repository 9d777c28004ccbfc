#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# oom-daemons.sh MODE [PART]...: the daemons that kill for lack of memory before
# the kernel does decide as on stock. Loads around the limit of a daemon, with
# the module disabled and enabled in turn: one clearly below it is spared, one
# clearly above is killed, by the daemon and alone, and of those close to the
# limit no more are killed than on stock. A load verifies its data. Needs the
# disks swap0 (16M) and swap1 (40M), earlyoom and systemd-oomd.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

ROUNDS=3
# As often has a daemon looked at a load, at the least, that it spares.
LOOKS=5
# Seconds for what takes one where a CPU is free: nothing is decided by them.
PATIENCE=$((180 * SLOWER))
# A load on the limit itself may go either way. With a fair coin in both arms,
# three kills more in three rounds come up once in 64 times at the most.
NOISE=2
DAEMON_LOG=$TMP/daemon.log
ARMS=off
! with_tandem || ARMS="off on"

# --- loads -------------------------------------------------------------------

pid() {
	cat "$TMP/$1.pid"
}

# start_load NAME CGROUP OPTION...: fills memory, then changes it until it is
# told to end.
start_load() {
	_load=$1
	_group=$2
	shift 2
	rm -f "$TMP/$_load.filled"
	(
		enter "$_group"
		exec pagestress -H -R "$TMP/$_load.filled" "$@" \
			>"$TMP/$_load.log" 2>&1
	) &
	echo $! >"$TMP/$_load.pid"
}

gone() {
	has_ended "$(pid "$1")"
}

filled() {
	[ -s "$TMP/$1.filled" ] || gone "$1"
}

killed_by_kernel() {
	[ "$(awk '$1 == "oom_kill" { print $2 }' \
		"$CG/$1/memory.events")" -ne 0 ]
}

# end_load NAME CGROUP: in $verdict what became of it. To look at its memory for
# the last time it gets what it wants, or that would take minutes. A daemon that
# kills writes so afterwards.
end_load() {
	if ! gone "$1"; then
		put max "$CG/$2/memory.high"
		kill -USR1 "$(pid "$1")"
	fi
	wait "$(pid "$1")" 2>/dev/null
	_rc=$?
	verdict="status-$_rc"
	if killed_by_kernel "$2"; then
		verdict=killed-by-the-kernel
	elif [ $_rc -eq 0 ] && ! killed_by_daemon "$(pid "$1")" "$2"; then
		verdict=spared
	elif [ $_rc -eq 137 ] &&
	     wait_for 30 killed_by_daemon "$(pid "$1")" "$2"; then
		verdict=killed
	elif [ $_rc -eq 1 ]; then
		verdict=wrong-data
	fi
}

# A smaller process beside the load, which must be nobody's victim. It has too
# little in swap for systemd-oomd, which may look again before the load is gone.
start_bystander() {
	cgroup oomd/bystander
	start_load bystander oomd/bystander -m 3 -t 0
	wait_for $PATIENCE filled bystander || die "no bystander"
}

end_bystander() {
	end_load bystander oomd/bystander
	if [ $verdict = spared ]; then
		ok "$1/bystander"
	else
		not_ok "$1/bystander" "$verdict"
	fi
	cgroup_gone oomd/bystander || not_ok "$1/cgroup" "bystander stays"
}

# --- daemons -----------------------------------------------------------------

# killed_by_daemon PID CGROUP: says the daemon's own log. New versions of
# systemd-oomd write of marking.
killed_by_daemon() {
	grep -qE "sending SIGKILL to process $1 |(Killed|Marked) /$2 due to" \
		"$DAEMON_LOG"
}

# wrote FILE TEXT: a sign of life, or the end of the test.
wrote() {
	wait_for $PATIENCE grep -qs "$2" "$1" ||
		die "no '$2' in ${1##*/}: $(tail -n 1 "$1")"
}

# start_earlyoom AVAILABLE: below this many percent, and 30 % of swap free. It
# sends SIGKILL at once: told to end by SIGTERM, a load looks like a spared one.
start_earlyoom() {
	: >$DAEMON_LOG
	earlyoom -r 0 -m "$1,$1" -s 30,30 >>$DAEMON_LOG 2>&1 &
	daemons=$!
	wrote $DAEMON_LOG "SIGKILL when"
}

# managed CGROUP PROPERTY [LIMIT]: as PID 1 says it to systemd-oomd.
managed() {
	echo "[{\"mode\":\"kill\",\"path\":\"/$1\",\"property\":\"$2\"," \
		"\"limit\":${3:-0}}]"
}

# prepare_oomd LIST...: what each daemon will be told, in turn.
prepare_oomd() {
	mkdir -p /run/systemd/oom /etc/systemd
	cat >/etc/systemd/oomd.conf <<-END
	[OOM]
	SwapUsedLimit=70%
	DefaultMemoryPressureDurationSec=1s
	END
	# What newer versions call the socket of PID 1.
	ln -sf io.system.ManagedOOM /run/systemd/io.systemd.ManagedOOM
	managedoom /run/systemd/io.system.ManagedOOM "$@" \
		>$TMP/managedoom.log 2>&1 &
	managedoom=$!
	wrote $TMP/managedoom.log listening
}

oomds() {
	[ "$(grep -c 'systemd-oomd start' $DAEMON_LOG)" -ge "$1" ]
}

# start_oomd NUMBER: of daemons. One after another: each opens the same socket
# for users, in the place of the one before it.
start_oomd() {
	: >$DAEMON_LOG
	daemons=
	_nr=0
	while [ $_nr -lt "$1" ]; do
		SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console \
			SYSTEMD_LOG_COLOR=0 systemd-oomd >>$DAEMON_LOG 2>&1 &
		daemons="$daemons $!"
		_nr=$((_nr + 1))
		wait_for $PATIENCE oomds $_nr ||
			die "no daemon: $(tail -n 1 $DAEMON_LOG)"
	done
}

# One that has ended by itself has not spared anybody.
end_daemons() {
	for _d in $daemons; do
		kill "$_d" || not_ok "$name/daemon" "$(tail -n 1 $DAEMON_LOG)"
		wait "$_d" 2>/dev/null
	done
}

# A daemon sleeps once between two looks.
looks() {
	awk '$1 == "voluntary_ctxt_switches:" { n = $2 } END { print n + 0 }' \
		"/proc/$1/status" 2>/dev/null
}

# Every daemon with how often it has looked until now.
looks_now() {
	for _d in $daemons; do
		echo "$_d:$(looks "$_d")"
	done
}

# all_looked TIMES PID:LOOKS-BEFORE... One that has ended is found out when it
# is to be ended.
all_looked() {
	_times=$1
	shift
	for _d; do
		[ -d "/proc/${_d%:*}" ] || continue
		[ "$(looks "${_d%:*}")" -ge $((${_d#*:} + _times)) ] || return
	done
}

# --- results -----------------------------------------------------------------

begin() {
	name=oom/$1
	: >$TMP/results
	worked=0
	strayed=0
}

# note LEVEL ARM: the verdict on one load.
note() {
	echo "$1 $2 $verdict" >>$TMP/results
	case $verdict in
	spared | killed) ;;
	*) echo "# $1 $2: $verdict: $(tail -n 3 "$DAEMON_LOG")" ;;
	esac
}

# count LEVELS ARM [VERDICT]
count() {
	grep -cE "^($1) $2 ${3:-.*}\$" $TMP/results
}

# always LEVEL VERDICT: in each arm.
always() {
	for _arm in $ARMS; do
		_all=$(count "$1" $_arm)
		_n=$(count "$1" $_arm "$2")
		if [ "$_all" -gt 0 ] && [ "$_n" -eq "$_all" ]; then
			ok "$name/$1-$_arm"
		else
			not_ok "$name/$1-$_arm" "only $_n of $_all $2"
		fi
	done
}

# The loads near the limit are around it: else they say nothing.
check_limit() {
	_fits=$(count fits off spared)
	_exceeds=$(count exceeds off killed)
	if [ "$_fits" -eq $ROUNDS ] && [ "$_exceeds" -eq $ROUNDS ]; then
		ok "$name/limit-off"
	else
		not_ok "$name/limit-off" \
			"$_fits spared below, $_exceeds killed above"
	fi
}

check_limit_on() {
	_off=$(count "fits|limit|exceeds" off killed)
	_on=$(count "fits|limit|exceeds" on killed)
	echo "# $name: near the limit $_off were killed off, $_on on"
	if [ "$_on" -le $((_off + NOISE)) ]; then
		ok "$name/limit-on"
	else
		not_ok "$name/limit-on" "$_on killed, stock $_off"
	fi
	# Stock spares them every time, as limit-off says.
	_on=$(count fits on killed)
	if [ "$_on" -eq 0 ]; then
		ok "$name/fits-on"
	else
		not_ok "$name/fits-on" "$_on of $ROUNDS killed"
	fi
}

# Without work for the module the arms would be the same.
check_worked() {
	if [ $worked -gt 0 ] && [ $strayed -eq 0 ]; then
		ok "$name/worked"
	else
		not_ok "$name/worked" "$worked calls on, $strayed off"
	fi
}

check_results() {
	always spared spared
	always killed killed
	check_limit
	with_tandem || return 0
	check_limit_on
	check_worked
}

# each_arm COMMAND ARG...: with the module in that state, which is the last
# argument.
each_arm() {
	for arm in $ARMS; do
		"tandem_$arm" || die "the module was not switched $arm"
		_calls=$(stat calls)
		"$@" "$arm"
		_calls=$(($(stat calls) - _calls))
		case $arm in
		on) worked=$((worked + _calls)) ;;
		off) strayed=$((strayed + _calls)) ;;
		esac
	done
}

# --- swap that is used up ----------------------------------------------------

looked_or_gone() {
	gone load || all_looked "$LOOKS" "$@"
}

# one LEVEL MIB ARM: a load under the eyes of the daemon.
one() {
	cgroup oomd/load memory.high "$memory"
	: >$DAEMON_LOG
	start_load load oomd/load -m "$2" -t 1
	wait_for $PATIENCE filled load ||
		not_ok "$name/filled" "not $2 MiB in $PATIENCE s"
	# shellcheck disable=SC2046 # one word each
	wait_for $PATIENCE looked_or_gone $(looks_now) ||
		not_ok "$name/daemon" "does not look"
	end_load load oomd/load
	note "$1" "$3"
	cgroup_gone oomd/load || not_ok "$name/cgroup" "load stays"
}

# What is over 4 MiB goes to 16 MiB of swap, of which 11.2 may be used. About
# one is slots that the CPUs keep for later, or give back later. With memory.max
# a load would be killed by the kernel while all of its pages are being written.
small_swap() {
	# What is read ahead would keep its slots.
	echo 0 >/proc/sys/vm/page-cluster
	swap_on /dev/disk/swap0 || die "no swap"
	balloon 36
	memory=4M
	start_bystander
}

around_limit() {
	_round=0
	while [ $_round -lt $ROUNDS ]; do
		each_arm one fits 11
		each_arm one limit 14
		each_arm one exceeds 16
		_round=$((_round + 1))
	done
}

no_small_swap() {
	end_daemons
	end_bystander "$name"
	no_balloon
	check_rest "$name/rest"
	check "$name/swapoff" timeout 60 swapoff /dev/disk/swap0
	echo 3 >/proc/sys/vm/page-cluster
}

available_mib() {
	awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo
}

# Nothing limits the load but the machine: memory is full, kswapd works, and 28
# of 40 MiB of swap may be used. With MGLRU the kernel itself kills when a slow
# disk still writes all that could be freed; the classic LRU waits.
whole_machine() {
	lru classic
	swap_on /dev/disk/swap1 || die "no swap"
	balloon 32
	memory=max
	start_earlyoom 20
	start_bystander
	_mib=$(available_mib)
	each_arm one spared $((_mib + 8))
	each_arm one killed $((_mib + 32))
	end_daemons
	end_bystander "$name/machine"
	no_balloon
	check "$name/machine/swapoff" timeout 60 swapoff /dev/disk/swap1
	lru mglru
}

# Available memory and free swap of the machine. Near the limit swap decides: it
# can be used up to the page.
earlyoom_part() {
	begin earlyoom
	whole_machine
	small_swap
	start_earlyoom 99
	around_limit
	check_results
	no_small_swap
}

# Memory and swap of the machine that are used.
oomd_swap() {
	begin oomd-swap
	small_swap
	prepare_oomd "$(managed oomd ManagedOOMSwap)"
	start_oomd 1
	each_arm one spared 7
	each_arm one killed 17
	around_limit
	check_results
	kill $managedoom
	no_small_swap
}

# --- pressure ----------------------------------------------------------------

# 20 %, which systemd writes as a share of 32 bits.
PRESSURE=858993459
LEVELS="spared=9 fits=12 exceeds=17 killed=21"

# The first two have been given the time that the others took.
pressed() {
	all_looked $LOOKS "$@" || return
	gone exceeds && gone killed || all_looked $((LOOKS * 4)) "$@"
}

# A load lives in 8 MiB of memory and 8 of swap. With more it is made to wait by
# memory.high for memory that cannot be had. All at a time, since they sleep
# most of it, and each with its daemon, which waits for 15 s after a kill.
one_pressure() {
	for _l in $LEVELS; do
		cgroup "oom-${_l%=*}" memory.high max memory.swap.max 8M
		start_load "${_l%=*}" "oom-${_l%=*}" -m "${_l#*=}" -t 1 \
			-d 10000
	done
	start_oomd 4
	press
	# shellcheck disable=SC2046 # one word each
	wait_for $PATIENCE pressed $(looks_now) ||
		not_ok "$name/daemon" "does not look"
	end_pressure "$1"
}

stopped() {
	! grep -h '^State:' "/proc/$(pid "$1")"/task/*/status |
		grep -qv 'T (stopped)'
}

# They are stopped while we reclaim what they have too much, or they would have
# to wait until that has been written.
press() {
	for _l in $LEVELS; do
		wait_for $PATIENCE filled "${_l%=*}"
		kill -STOP "$(pid "${_l%=*}")"
		wait_for $PATIENCE stopped "${_l%=*}"
		put 8M "$CG/oom-${_l%=*}/memory.high"
	done
	wait_for $PATIENCE at_rest
	for _l in $LEVELS; do
		kill -CONT "$(pid "${_l%=*}")"
	done
}

full() {
	sed -n 's/^full avg10=\([^ ]*\).*/\1 %/p' "$CG/$1/memory.pressure"
}

end_pressure() {
	_seen=
	for _l in $LEVELS; do
		_level=${_l%=*}
		_seen="$_seen $_level $(full "oom-$_level")"
		end_load "$_level" "oom-$_level"
		note "$_level" "$1"
		cgroup_gone "oom-$_level" ||
			not_ok "$name/cgroup" "$_level stays"
	done
	echo "# $name $1: in the end$_seen"
	end_daemons
}

# The time in which a cgroup waits for memory and does nothing else.
oomd_pressure() {
	begin oomd-pressure
	swap_on /dev/disk/swap1 || die "no swap"
	set --
	for _l in $LEVELS; do
		set -- "$@" "$(managed "oom-${_l%=*}" \
			ManagedOOMMemoryPressure $PRESSURE)"
	done
	prepare_oomd "$@"
	_round=0
	while [ $_round -lt $ROUNDS ]; do
		each_arm one_pressure
		_round=$((_round + 1))
	done
	kill $managedoom
	check_results
	check_rest "$name/rest"
	check "$name/swapoff" timeout 60 swapoff /dev/disk/swap1
}

# -----------------------------------------------------------------------------

load_tandem || die "the modules did not load"
cgroup oomd
put +memory $CG/oomd/cgroup.subtree_control || die "no cgroup"
shift
[ $# -gt 0 ] || set -- earlyoom_part oomd_swap oomd_pressure
for part; do
	$part
	echo "# $part: ended at $(now_s) s"
done
check oom/no-kernel test "$(vm oom_kill)" -eq 0
check oom/cgroup cgroup_gone oomd
finish
