#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench-irq.sh on: what an interrupt costs the program that it interrupts, by who
# handles it and how long that takes. Lines for the host half begin with "@":
#	@facts name=value...
#	@run what=W arm=A us=N mark=M name=value...
#	@fail TEXT
# BENCH_ARMS and BENCH_TIMES are those that are wanted, all others are left out. "rt" is
# for a kernel with PREEMPT_RT, which needs no module of ours and is the only arm there.
# Of what=spins (oslat) and what=wakes (cyclictest) late=N is told.

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=irq-lib.sh
. "${0%/*}/irq-lib.sh"

N=${BENCH_INTERRUPTS:-300}
ARMS=${BENCH_ARMS:-stock threaded moved work pinned handoff poll auto}
TIMES=${BENCH_TIMES:-0 10 50 200 1000}
mark=0
[ "$ARMS" = rt ] && plain=1 || plain=

# wanted ARM; "idle" is what others are compared with.
wanted() {
	case " idle $ARMS " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

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
	[ "$plain" ] || as "$1" || give_up "mode $1 was refused"
	settle
	[ "$1" != moved ] || to_cpu 1
	# auto has to see some before it decides, and a thread to be moved.
	spin 0 -n 40 -i 500 >/dev/null
	forget_counts
}

# as ARM: what the module is told of the line
as() {
	[ "$1" = poll ] || set_line poll_us=0
	case $1 in
	idle|stock|threaded|moved) mode $STOCK ;;
	work) mode $STOCK && echo 1 >$EDU/work_cpu ;;
	watch) mode $WATCH ;;
	pinned) mode $PINNED ;;
	handoff) mode $HANDOFF ;;
	poll) set_line mode=$HANDOFF poll_us=1000 ;;
	auto) mode $AUTO ;;
	esac
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
	for _a in idle rt stock threaded moved work pinned handoff; do
		wanted $_a || continue
		[ $_a = idle ] || arm $_a
		judge $_a spins
		judge $_a wakes
	done
	echo 0 >$EDU/us
}

# --- real devices --------------------------------------------------------------------

# taken: interrupts of the line so far, on all CPUs
taken() {
	awk -v line="$line:" '$1 == line {
		for (i = 2; $i ~ /^[0-9]+$/; i++)
			n += $i
		print n + 0
	}' /proc/interrupts
}

took_more() {
	_taken=$(taken)
	doze
	[ "$(taken)" -gt "$_taken" ]
}

# from_disk CPU, from_wire CPU: there blocks are asked for, one after the other; bytes
# are received from the other end.
from_disk() {
	exec taskset $((1 << $1)) dd if=/dev/disk/nvme of=/dev/null bs=4k \
		iflag=direct 2>$TMP/generator
}

from_wire() {
	from_far taskset $((1 << $1)) nc -l -p 99 </dev/zero >/dev/null \
		2>$TMP/generator &
	_sender=$!
	wait_for 10 listens || exit
	taskset $((1 << $1)) nc 10.0.0.2 99 <>$TMP/silence >/dev/null \
		2>>$TMP/generator &
	_receiver=$!
	trap 'kill $_sender $_receiver; wait; exit' TERM
	wait
}

listens() {
	from_far grep -q ':0063 .* 0A ' /proc/net/tcp /proc/net/tcp6
}

# source WHAT ARM: the line's interrupts come while a program spins on the CPU that
# takes them, and the kernel does what it does there. "idle" has none.
source_run() {
	mark=$((mark + 1))
	_cpu=$(cat "/proc/irq/$line/effective_affinity_list")
	if [ "$2" != idle ]; then
		from_"$1" $((1 - _cpu)) &
		_generator=$!
		wait_for 10 took_more ||
			give_up "$1: no interrupts: $(cat $TMP/generator)"
	fi
	_before=$(taken)
	_handed=$(handed_over)
	_said=$(spin "$_cpu" -q -n $((N * 4)) -m $mark)
	echo "@run what=$1 arm=$2 us=0 mark=$mark taken=$(($(taken) - _before))" \
		"handed=$(($(handed_over) - _handed)) $_said"
	[ "$2" = idle ] || end_generator
}

end_generator() {
	kill $_generator
	wait $_generator
}

# A disk with one queue, so that who asks can be elsewhere than who is interrupted;
# and a wire, whose other interrupts come to CPU 1.
sources() {
	line=$(lines 'nvme.*q1')
	source_arms disk
	wire_up || give_up "no wire"
	for line in $(lines_of "$near") $(lines_of "$beyond"); do
		to_cpu 1
	done
	line=$(lines "$near-input")
	to_cpu 0
	source_arms wire
	wire_down
}

source_arms() {
	for _a in idle rt stock handoff auto; do
		wanted $_a || continue
		[ "$plain" ] || as $_a || give_up "$1: mode $_a was refused"
		source_run "$1" $_a
	done
	[ "$plain" ] || mode $STOCK
}

handed_over() {
	[ "$plain" ] && echo 0 || irq_stat handed
}

[ "$plain" ] || load_irq || give_up "the modules did not load"
edu_on us=0 || give_up "no device"
[ "$plain" ] || irq_on || give_up "the module would not go on"
grep -q TCG /proc/cpuinfo && accel=tcg || accel=kvm
echo "@facts kernel=$(uname -r) accel=$accel" \
	"cpus=$(grep -c ^processor /proc/cpuinfo)"
instructions
gaps
[ -z "${BENCH_JUDGES:-}" ] || judges
[ -z "${BENCH_SOURCES:-}" ] || sources
[ "$plain" ] || irq_off || give_up "the module would not go off"
