#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest half of `make demo`: a redis server whose data is larger than its
# cgroup, asked by redis-benchmark and reclaimed from another CPU, in rounds
# with the modules off and on. Prints lines that begin with "@" for the host
# half, which does all arithmetic: @tick and @mark are totals at one instant.
#
# usage: demo-redis.sh on|off		(off: no module is ever loaded)

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"

ROUNDS=${DEMO_ROUNDS:-3}
SECONDS_EACH=${DEMO_SECONDS:-10}
KEYS=${DEMO_KEYS:-16000}
OWN_KEYS=${DEMO_OWN_KEYS:-4000}
VALUE=${DEMO_VALUE:-4000}
HIGH=${DEMO_HIGH:-48M}
MAX=${DEMO_MAX:-56M}
ASKS=${DEMO_ASKS:-16}
FLOOR=${DEMO_FLOOR:-12000000}
ASK=${DEMO_ASK:-2M}
CLIENTS=${DEMO_CLIENTS:-16}
PIPELINE=${DEMO_PIPELINE:-8}
IO_THREADS=${DEMO_IO_THREADS:-2}
SERVER_CPUS=${DEMO_SERVER_CPUS:-0-1}
RECLAIM_CPU=${DEMO_RECLAIM_CPU:-2}
CLIENT_CPU=${DEMO_CLIENT_CPU:-3}
RELOAD=${DEMO_RELOAD:-yes}

GROUP=$CG/redis
SOCKET=/tmp/redis.sock
STATE=/tmp/redis-verify.state
MEASURING=/tmp/measuring
TOOLS=/usr/lib/tandem-tests
SELF=$0
helpers=

step() {
	echo "@step $*"
}

# Runs where neither the server nor what reclaims it does.
client() {
	taskset -c "$CLIENT_CPU" "$@"
}

mark() {
	"$TOOLS/demo-sample" "$GROUP" "mark name=$1"
}

# --- the server ------------------------------------------------------------

answers() {
	redis-cli -s "$SOCKET" ping 2>/dev/null | grep -q PONG
}

# The allocator keeps what it has, or the interrupts of its madvise calls would
# be counted with those of reclaim. In one arena: of redis 8 it is an I/O thread
# that allocates a value and the main thread that frees the old one, and with an
# arena for each thread the server would grow with each rewrite.
start_server() {
	echo 1 >/proc/sys/vm/overcommit_memory
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	cgroup redis memory.high "$HIGH" memory.max "$MAX" ||
		give_up "no cgroup"
	(
		enter redis
		_keep=dirty_decay_ms:-1,muzzy_decay_ms:-1
		export MALLOC_CONF=narenas:1,$_keep
		exec taskset -c "$SERVER_CPUS" redis-server --port 0 \
			--unixsocket "$SOCKET" --save '' --appendonly no \
			--io-threads "$IO_THREADS" --io-threads-do-reads yes \
			>/tmp/redis.log 2>&1
	) &
	server=$!
	wait_for 60 answers || { cat /tmp/redis.log; give_up "redis-server did not start"; }
}

# One CPU for the main thread, one for each I/O thread: none waits for another,
# and it is not left to chance how many CPUs a flush has to reach.
spread_threads() {
	_cpu=${SERVER_CPUS%%-*}
	for _task in /proc/"$server"/task/*; do
		case $(cat "$_task/comm") in
		redis-server|io_thd_*)
			taskset -cp "$_cpu" "${_task##*/}" >/dev/null
			_cpu=$((_cpu + 1))
			;;
		esac
	done
}

verify() {
	_verb=$1
	shift
	client "$TOOLS/redis-verify" "$_verb" -s "$SOCKET" -f "$STATE" "$@"
}

fill_server() {
	verify fill -b "$KEYS" -o "$OWN_KEYS" -d "$VALUE" ||
		give_up "could not fill the server"
	if ! redis-benchmark -s "$SOCKET" -r 1 -n 1 -c 1 -d "$VALUE" -t set \
			--csv >/dev/null || ! verify learn >/dev/null; then
		give_up "could not learn what redis-benchmark writes"
	fi
}

# A limit on swap makes the server give its slot back when a page is read, as on a
# machine whose swap is more than half full: pages are written each time.  As
# much as the data takes now is that, and leaves room for what is in memory.
limit_swap() {
	echo $(($(cat $GROUP/memory.current) + $(cat $GROUP/memory.swap.current))) \
		>$GROUP/memory.swap.max || give_up "no limit on swap"
}

# As many requests as take some seconds here; the same number in each round.
choose_requests() {
	requests=1000
	_from=$(now_ms)
	benchmark >/dev/null || give_up "redis-benchmark failed"
	_ms=$(($(now_ms) - _from))
	requests=$((requests * SECONDS_EACH * 1000 / _ms))
	[ $requests -ge 2000 ] || requests=2000
	rewrites=$((requests / 10))
	# The server must be busy for as long as memory is asked back.
	pause=$(awk -v s="$SECONDS_EACH" -v n="$ASKS" 'BEGIN { print s / n / 4 }')
	export pause
	echo "@work requests=$((requests * 2)) rewrites=$rewrites" \
		"asked=$ASKS*$ASK"
}

# report WHAT TAG LOG: every wrong key by name, then the sums.
report() {
	grep '^wrong:' "$3"
	echo "@keys what=$1 $2 $(tail -n 1 "$3")"
}

# --- load ------------------------------------------------------------------

# A fixed amount, however long it takes. EAGAIN: less could be had. What is
# nearly empty is left alone, or the loop would only scan.
ask_reclaim() {
	_i=0
	while [ $_i -lt "$ASKS" ]; do
		read -r _current <"$GROUP/memory.current"
		[ "$_current" -lt "$FLOOR" ] ||
			echo "$ASK" >"$GROUP/memory.reclaim"
		sleep "$pause"
		_i=$((_i + 1))
	done 2>/dev/null
}

# Requests go out several at a time: the server and its I/O threads stay busy.
benchmark() {
	client redis-benchmark -s "$SOCKET" -r "$KEYS" -n "$requests" \
		-d "$VALUE" -c "$CLIENTS" -P "$PIPELINE" -t set,get --csv
}

# measure ROUND off|on: the same work on the same data each time. All keys are
# written anew: a page that was only read is flushed by nobody when it goes.
measure() {
	_tag="round=$1 arm=$2"
	step "round $1 of $ROUNDS, $2"
	: >$MEASURING
	verify refill >/dev/null
	mark "begin $_tag"
	taskset -c "$RECLAIM_CPU" "$SELF" reclaim &
	_reclaim=$!
	verify churn -c "$rewrites" -r $((rewrites / SECONDS_EACH + 1)) \
		-e "$1" >/tmp/churn.log &
	_churn=$!
	benchmark >/tmp/bench.log || give_up "redis-benchmark failed"
	wait $_reclaim
	wait $_churn
	mark "end $_tag"
	rm $MEASURING
	sed "s/^/@bench $_tag csv=/" /tmp/bench.log
	report churn "$_tag" /tmp/churn.log
	verify check -S "$(($1 - 1))/$ROUNDS" >/tmp/check.log
	report check "$_tag" /tmp/check.log
}

# Load without end, for what is to be shown under load: keys are read, checked
# and rewritten while they are reclaimed. At a steady rate, so that CPUs idle at
# times: loading a livepatch rewrites a thousand places of the kernel's text and
# waits for all CPUs at each, which emulated ones take ill.
load_forever() {
	(
		export DEMO_ASKS=1000000 pause=0.5
		exec taskset -c "$RECLAIM_CPU" "$SELF" reclaim
	) &
	asker=$!
	(
		exec taskset -c "$CLIENT_CPU" "$TOOLS/redis-verify" churn \
			-s "$SOCKET" -f "$STATE" -r 100 -e 99 >/tmp/churn.log
	) &
	churn=$!
}

load_end() {
	kill $asker $churn
	wait $churn
	report churn "" /tmp/churn.log
}

# --- the modules -----------------------------------------------------------

# Without the command line in the guest, what it would do, by hand.
have_command() {
	command -v tandem >/dev/null
}

by_hand() {
	case $* in
	load*) load_tandem ;;
	unload*) unload_tandem ;;
	"reclaim enable") tandem_on ;;
	"reclaim disable") tandem_off ;;
	esac
}

# suite COMMAND...: says what it runs, and how long that took.
suite() {
	echo "@run tandem $*"
	_from=$(now_ms)
	if have_command; then
		tandem "$@"
	else
		by_hand "$@"
	fi >/tmp/suite.log 2>&1 || {
		cat /tmp/suite.log
		give_up "tandem $* failed"
	}
	echo "@ran ms=$(($(now_ms) - _from)) state=$(state) tandem $*"
}

state() {
	cat $RECLAIM/state 2>/dev/null || echo "not-loaded"
}

suite_on() {
	[ "$(state)" = not-loaded ] && suite load --modules "$KO"
	[ "$(state)" = on ] || suite reclaim enable
}

suite_off() {
	[ "$(state)" != on ] || suite reclaim disable
}

reload_wanted() {
	with_tandem && [ "$RELOAD" = yes ]
}

# All of it while the server is busy and is being reclaimed.
reload_under_load() {
	step "reload under load"
	suite_on
	load_forever
	sleep 4
	suite reclaim disable
	sleep 1
	suite unload --timeout 180
	sleep 1
	suite load --modules "$KO"
	suite reclaim enable
	sleep 1
	load_end
	answers || give_up "redis-server no longer answers"
	verify check >/tmp/check.log
	report check "" /tmp/check.log
	echo "@log warnings=$(dmesg | grep -c -e WARNING -e BUG: -e Oops)"
}

# --- the live view ---------------------------------------------------------

# A few batches at a time: what was prepared beside which write. Never while a
# round is measured: only one of its arms would carry the load of it. Without
# task names: to record them is to patch probes into each wake-up, which CPUs
# that are emulated in parallel do not always survive.
watch_batches() {
	echo 0 >/sys/kernel/tracing/options/record-cmd
	while sleep 1; do
		[ ! -e $MEASURING ] || continue
		[ "$(state)" = on ] || continue
		timeout 4 tandem reclaim monitor --batches --no-color \
			-n 6 2>/dev/null | sed 's/^/@view /'
	done
}

# --- the whole -------------------------------------------------------------

background() {
	"$@" &
	helpers="$helpers $!"
}

describe() {
	echo "@machine kernel=$(uname -r) cpus=$(nproc)" \
		"model=$(sed -n 's/^model name.*: //p' /proc/cpuinfo |
			head -n 1 | tr ' ' '_')"
	_steps=$((ROUNDS * 2 + 2))
	reload_wanted && _steps=$((_steps + 1))
	echo "@plan steps=$_steps"
}

# The order of off and on changes from round to round.
one_round() {
	if [ $(($1 % 2)) = 1 ]; then
		_arms="off on"
	else
		_arms="on off"
	fi
	for _arm in $_arms; do
		case $_arm,$MODE in
		on,on) suite_on ;;
		off,on) suite_off ;;
		on,off) continue ;;
		esac
		measure "$1" "$_arm"
	done
}

all_rounds() {
	round=1
	while [ $round -le "$ROUNDS" ]; do
		one_round $round
		if reload_wanted && [ $round = $(((ROUNDS + 1) / 2)) ]; then
			reload_under_load
		fi
		round=$((round + 1))
	done
}

main() {
	describe
	step "a redis server in a cgroup, swap on a disk"
	swap_on /dev/disk/swap || give_up "no swap"
	start_server
	spread_threads
	background "$TOOLS/demo-sample" "$GROUP" tick 1 "$SOCKET"
	have_command && with_tandem && background watch_batches
	step "filling redis"
	fill_server
	limit_swap
	choose_requests
	all_rounds
	# shellcheck disable=SC2086
	kill $helpers
	if with_tandem; then
		suite_off
	fi
	step "done"
}

case $MODE in
reclaim) ask_reclaim ;;
on|off) main ;;
*) give_up "usage: demo-redis.sh on|off" ;;
esac
