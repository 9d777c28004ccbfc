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
REQUESTS=${DEMO_REQUESTS:-2500}
KEYS=${DEMO_KEYS:-16000}
OWN_KEYS=${DEMO_OWN_KEYS:-4000}
REWRITES=${DEMO_REWRITES:-500}
VALUE=${DEMO_VALUE:-4000}
MAX=${DEMO_MAX:-56M}
HIGH=${DEMO_HIGH:-48M}
ASKS=${DEMO_ASKS:-24}
ASK=${DEMO_ASK:-2M}
CLIENTS=${DEMO_CLIENTS:-16}
IO_THREADS=${DEMO_IO_THREADS:-2}
SERVER_CPUS=${DEMO_SERVER_CPUS:-0-1}
OTHER_CPU=${DEMO_OTHER_CPU:-2}

GROUP=$CG/redis
SOCKET=/tmp/redis.sock
STATE=/tmp/redis-verify.state
TOOLS=/usr/lib/tandem-tests
helpers=

step() {
	echo "@step $*"
}

give_up() {
	echo "@fail $*"
	exit 1
}

mark() {
	"$TOOLS/demo-sample" "$GROUP" "mark name=$1"
}

# Runs where neither the server nor its I/O threads do.
aside() {
	taskset -c "$OTHER_CPU" "$@"
}

verify() {
	_verb=$1
	shift
	aside "$TOOLS/redis-verify" "$_verb" -s "$SOCKET" -f "$STATE" "$@"
}

# --- the server ------------------------------------------------------------

answers() {
	redis-cli -s "$SOCKET" ping 2>/dev/null | grep -q PONG
}

start_server() {
	echo 1 >/proc/sys/vm/overcommit_memory
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	cgroup redis memory.high "$HIGH" memory.max "$MAX" ||
		give_up "no cgroup"
	in_cgroup redis taskset -c "$SERVER_CPUS" redis-server --port 0 \
		--unixsocket "$SOCKET" --save '' --appendonly no \
		--io-threads "$IO_THREADS" --io-threads-do-reads yes \
		>/tmp/redis.log 2>&1 &
	wait_for 30 answers || give_up "redis-server did not start"
}

fill_server() {
	verify fill -b "$KEYS" -o "$OWN_KEYS" -d "$VALUE" ||
		give_up "could not fill the server"
	redis-benchmark -s "$SOCKET" -r 1 -n 1 -c 1 -d "$VALUE" -t set --csv \
		>/dev/null && verify learn >/dev/null ||
		give_up "could not learn what redis-benchmark writes"
}

# --- load ------------------------------------------------------------------

# A fixed amount, however long it takes. EAGAIN: less could be had.
ask_reclaim() {
	_i=0
	while [ $_i -lt "$ASKS" ]; do
		echo "$ASK" >"$GROUP/memory.reclaim"
		sleep 0.1
		_i=$((_i + 1))
	done 2>/dev/null
}

# benchmark REQUESTS: of each kind; prints redis-benchmark's own table.
benchmark() {
	aside redis-benchmark -s "$SOCKET" -r "$KEYS" -n "$1" -d "$VALUE" \
		-c "$CLIENTS" -t set,get --csv
}

# round NUMBER off|on
measure() {
	_tag="round=$1 arm=$2"
	step "round $1 of $ROUNDS, $2"
	mark "begin $_tag"
	aside "$0" reclaim &
	_reclaim=$!
	verify churn -c "$REWRITES" -r 100 -e "$1" >/tmp/churn.log &
	_churn=$!
	benchmark "$REQUESTS" >/tmp/bench.log ||
		give_up "redis-benchmark failed"
	wait $_reclaim
	wait $_churn
	mark "end $_tag"
	sed "s/^/@bench $_tag csv=/" /tmp/bench.log
	report churn "$_tag" /tmp/churn.log
	verify check -S "$(($1 - 1))/$ROUNDS" >/tmp/check.log
	report check "$_tag" /tmp/check.log
}

# report WHAT TAG LOG: every wrong key by name, then the sums.
report() {
	grep '^wrong:' "$3"
	echo "@keys what=$1 $2 $(tail -n 1 "$3")"
}

background() {
	"$@" &
	helpers="$helpers $!"
}

main() {
	step "swap and cgroup"
	swap_on /dev/disk/swap || give_up "no swap"
	start_server
	background "$TOOLS/demo-sample" "$GROUP" tick 1 "$SOCKET"
	step "filling redis"
	fill_server
	_round=1
	while [ $_round -le "$ROUNDS" ]; do
		measure $_round off
		_round=$((_round + 1))
	done
	# shellcheck disable=SC2086
	kill $helpers
	step "done"
}

case $MODE in
reclaim) ask_reclaim ;;
on|off) main ;;
*) give_up "usage: demo-redis.sh on|off" ;;
esac
