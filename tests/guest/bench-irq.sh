#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench-irq.sh on: what an interrupt costs the program that it interrupts, by who
# handles it and how long that takes. Lines for the host half begin with "@":
#	@facts name=value...
#	@run what=W arm=A us=N mark=M name=value...
#	@fail TEXT
# BENCH_ARMS and BENCH_TIMES are those that are wanted, all others are left out.
# Of what=spins (oslat) and what=wakes (cyclictest) late=N is told.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=irq-lib.sh
. "${0%/*}/irq-lib.sh"

N=${BENCH_INTERRUPTS:-300}
ARMS=${BENCH_ARMS:-stock threaded moved work pinned handoff poll auto}
TIMES=${BENCH_TIMES:-0 10 50 200 1000}
mark=0

# Two instructions a turn: a thousand make a microsecond of one a nanosecond.
turns() {
	echo $(($1 * 500)) >$EDU/loops
}

# arm NAME: requested and handled so
arm() {
	_thread=N
	case $1 in
	threaded|pinned) _thread=Y ;;
	esac
	if [ "$(edu thread)" != $_thread ]; then
		owner free
		echo $_thread >$EDU/thread
		owner request || give_up "no interrupt for $1"
	fi
	echo -1 >$EDU/work_cpu
	case $1 in
	stock|threaded|moved) mode $STOCK ;;
	work) mode $STOCK && echo 1 >$EDU/work_cpu ;;
	watch) mode $WATCH ;;
	pinned) mode $PINNED ;;
	handoff) mode $HANDOFF ;;
	poll) set_line mode=$HANDOFF poll_us=1000 ;;
	auto) mode $AUTO ;;
	esac || give_up "mode $1 was refused"
	[ "$1" = poll ] || set_line poll_us=0
	settle
	[ "$1" != moved ] || to_cpu 1
	# auto has to see some before it decides, and a thread to be moved.
	spin 0 -n 40 -i 500 >/dev/null
	forget_counts
}

# one WHAT ARM US [OPTION]...: one line for the host half
one() {
	_what=$1
	_arm=$2
	_us=$3
	shift 3
	mark=$((mark + 1))
	_said=$(spin 0 -n "$N" -m $mark "$@") || give_up "$_what $_arm: $_said"
	wait_for 10 is $EDU/handled "$N"
	echo "@run what=$_what arm=$_arm us=$_us mark=$mark $_said" \
		"handled=$(edu handled) empty=$(edu empty) twice=$(edu twice)"
	forget_counts
}

# How many instructions it takes from the interrupt to user mode again. The next
# one comes after the handler has ended, which counting makes slow, and while a helper
# that polls after a short one still does so, for a millisecond.
instructions() {
	echo 0 >$EDU/us
	for _a in $ARMS; do
		for _t in $TIMES; do
			turns $_t
			arm $_a
			one instructions $_a $_t -i $((500 + _t * 12))
		done
	done
	turns 0
}

# How often it is kept off for more than 150 us; idle raises nothing.
gaps() {
	echo 200 >$EDU/us
	mark=$((mark + 1))
	echo "@run what=gaps arm=idle us=200 mark=$mark" \
		"$(spin 0 -q -n "$N" -m $mark) handled=$N empty=0 twice=0"
	for _a in $ARMS; do
		case $_a in
		poll|auto) continue ;;
		esac
		arm $_a
		one gaps $_a 200
	done
	echo 0 >$EDU/us
}

# late_spins: a loop of oslat on CPU 0 was kept off for more than 150 us, so often
late_spins() {
	oslat -c 0 -D 1 -b 400 -z >$TMP/oslat ||
		give_up "oslat: $(tail -n 1 $TMP/oslat)"
	awk '$2 == "(us):" && $1 + 0 > 150 { n += $3 } END { print n + 0 }' \
		$TMP/oslat
}

# late_wakes: of N times that cyclictest wants to be woken on CPU 0, so many are later
late_wakes() {
	cyclictest -q -t 1 -a 0 -p 80 -i 1000 -l "$N" -h 150 >$TMP/cyclictest ||
		give_up "cyclictest: $(tail -n 1 $TMP/cyclictest)"
	sed -n 's/^# Histogram Overflows: *0*\([0-9]\)/\1/p' $TMP/cyclictest
}

# judge ARM PROGRAM: judges from outside, while CPU 1 raises one each millisecond
judge() {
	mark=$((mark + 1))
	_raised=0
	if [ "$1" != idle ]; then
		taskset 2 irqspin -i 1000 -n 0 "$resource" >$TMP/raise 2>&1 &
		_raiser=$!
	fi
	_late=$("late_$2") || exit
	if [ "$1" != idle ]; then
		kill $_raiser
		wait $_raiser || give_up "$1: $(tail -n 1 $TMP/raise)"
		_raised=$(sed -n 's/^raised=\([0-9]*\) .*/\1/p' $TMP/raise)
		wait_for 10 is $EDU/handled "$_raised"
	fi
	echo "@run what=$2 arm=$1 us=200 mark=$mark late=$_late" \
		"raised=$_raised handled=$(edu handled) empty=$(edu empty)" \
		"twice=$(edu twice)"
	forget_counts
}

judges() {
	echo 200 >$EDU/us
	for _a in idle stock threaded moved work pinned handoff; do
		[ $_a = idle ] || arm $_a
		judge $_a spins
		judge $_a wakes
	done
	echo 0 >$EDU/us
}

load_irq || give_up "the modules did not load"
edu_on us=0 || give_up "no device"
irq_on || give_up "the module would not go on"
grep -q TCG /proc/cpuinfo && accel=tcg || accel=kvm
echo "@facts kernel=$(uname -r) accel=$accel" \
	"cpus=$(grep -c ^processor /proc/cpuinfo)"
instructions
gaps
[ -z "${BENCH_JUDGES:-}" ] || judges
irq_off || give_up "the module would not go off"
