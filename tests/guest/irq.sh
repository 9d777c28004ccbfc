#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# irq.sh MODE [PART]...: interrupts are handed over while their owner raises,
# frees, requests and disables them. The "edu" device of the emulator counts: what
# is lost stays raised, what is handled twice finds nothing.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=irq-lib.sh
. "${0%/*}/irq-lib.sh"

# --- overlap ---------------------------------------------------------------------

trace_on() {
	echo mono >$TRACE/trace_clock
	echo 8192 >$TRACE/buffer_size_kb
	echo >$TRACE/trace
	echo 1 >$TRACE/events/tandem_irq/enable
}

trace_off() {
	echo 0 >$TRACE/events/tandem_irq/enable
	grep 'handoff_' $TRACE/trace >$TMP/trace
	echo >$TRACE/trace
}

# The number of interrupts during which user mode went on: those that are in order
# and have a turn of the user's loop between the return and the end. Times are
# seconds with six digits, turns are made comparable.
overlaps() {
	awk '
	FNR == NR { turn[n++] = $1 + 0; next }
	{
		for (i = 1; i <= NF; i++) {
			if ($i ~ /^[0-9]+\.[0-9]+:$/) { at = $i + 0; what = $(i + 1) }
			if ($i ~ /^number=/) number = substr($i, 8) + 0
		}
		if (what == "handoff_enter:") enter[number] = at
		if (what == "handoff_user_again:") again[number] = at
		if (what == "handoff_complete:") complete[number] = at
	}
	END {
		for (k = 1; k in complete; k++) {
			if (!(k in again)) { unseen++; continue }
			if (!(enter[k] <= again[k] && again[k] < complete[k])) {
				disordered++
				continue
			}
			while (t < n && turn[t] <= again[k])
				t++
			if (t < n && turn[t] < complete[k])
				overlapped++
			else
				unused++
		}
		print "overlapped=" overlapped + 0, "disordered=" disordered + 0,
		      "unused=" unused + 0, "unseen=" unseen + 0
	}' "$1" "$2"
}

is_counted() {
	echo "handed $(of handed) of $(of interrupts) completed $(of completed)"
	[ "$(of handed)" = "$1" ] && [ "$(of completed)" = "$1" ]
}

# The process is back in user mode and works before its interrupt is handled.
overlap() {
	edu_on us=2000
	check "$1/set" mode $HANDOFF
	check "$1/on" irq_on
	check "$1/handed-over" is_now $HANDOFF
	trace_on
	check "$1/spin" spin 0 -n 100 -i 4000 -l $TMP/turns
	trace_off
	counts "$1/counts" 100
	_found=$(overlaps $TMP/turns $TMP/trace)
	echo "# $_found"
	_good=$(echo "$_found" | sed 's/overlapped=\([0-9]*\) .*/\1/')
	# A host that is busy may keep the interrupted CPU off for longer.
	check "$1/in-user-mode" test "$_good" -ge 50
	check "$1/helper" is $EDU/last_cpu 1
	check "$1/statistics" is_counted 100
	# The control: in place nobody can get in between.
	mode $WATCH
	check "$1/in-place" is_now $WATCH
	trace_on
	spin 0 -n 20 -i 4000 -l $TMP/turns >/dev/null
	trace_off
	check "$1/control" test "$(wc -l <$TMP/trace)" = 0
	check "$1/control-cpu" is $EDU/last_cpu 0
	counts "$1/control-counts" 20
	irq_off
	edu_off
}

# --- nothing lost, nothing twice -----------------------------------------------------

# raise CPU: as fast as they are acknowledged, in the background
raise() {
	taskset $((1 << $1)) irqspin -f -n 0 "$resource" >$TMP/raise 2>&1 &
	raiser=$!
}

# some_raised N: so many more have been handled
some_raised() {
	_upto=$(($(edu handled) + $1))
	wait_for 60 handled_upto "$_upto"
}

handled_upto() {
	[ "$(edu handled)" -ge "$1" ]
}

# raised NAME: no more are raised, and each was handled once
raised() {
	kill $raiser
	if ! wait $raiser; then
		not_ok "$1" "$(tail -n 1 $TMP/raise)"
		return
	fi
	_n=$(sed -n 's/^raised=\([0-9]*\) .*/\1/p' $TMP/raise)
	echo "# $_n raised"
	[ "$_n" -ge 100 ] || not_ok "$1/many" "$_n"
	counts "$1" "$_n"
}

# While they are raised, the mode of the line goes round, and it moves.
modes() {
	# Long enough that the next one comes while the handler of the last still runs.
	edu_on us=2000
	mode $STOCK
	irq_on
	raise 1
	for _round in 1 2 3 4 5 6; do
		for _mode in $HANDOFF $WATCH $HANDOFF $STOCK $AUTO $STOCK; do
			mode "$_mode" || not_ok "$1/set" "mode $_mode"
			some_raised 50 || not_ok "$1/goes-on" "mode $_mode"
		done
		put $((1 + _round % 2)) "/proc/irq/$line/smp_affinity"
	done
	raised "$1/counts"
	check "$1/handed" test "$(irq_stat handed)" -gt 0
	irq_off
	edu_off
}

# While they are raised, all of it is switched on and off.
switch() {
	edu_on us=20
	mode $HANDOFF
	raise 0
	for _round in 1 2 3 4 5 6 7 8 9 10; do
		irq_on && some_raised 20 && irq_off && some_raised 20 ||
			not_ok "$1/switch" "round $_round"
	done
	raised "$1/counts"
	edu_off
}

# handed_again: the line was requested again and is looked after again.
handed_again() {
	wait_for 10 is_now $HANDOFF && _before=$(of handed) &&
		spin 0 -n 5 >/dev/null && [ "$(of handed)" -ge $((_before + 5)) ]
}

# It frees the line while handlers wait, and requests it again.
frees() {
	edu_on us=500
	mode $HANDOFF
	irq_on
	# Long enough to be at it when the line is freed.
	echo 200000 >$EDU/us
	_sum=0
	for _round in 1 2 3 4 5; do
		check "$1/handed-over-$_round" wait_for 10 is_now $HANDOFF
		spin 0 -n 3 -f >$TMP/check.log || not_ok "$1/spin-$_round" lost
		_sum=$((_sum + 3))
		owner free
		# Whoever frees has waited for the last of them.
		[ "$(edu handled)" = $_sum ] ||
			not_ok "$1/waits-$_round" "$(edu handled) of $_sum"
		owner request
		to_cpu 0
	done
	echo 500 >$EDU/us
	check "$1/again" handed_again
	counts "$1/counts" $((_sum + 5))
	# The number goes to somebody else.
	echo other >$EDU/owner_name
	owner free
	owner request
	check "$1/gone" wait_for 10 line_unknown
	check "$1/stays-stock" spin 0 -n 3
	counts "$1/stock-counts" 3
	irq_off
	edu_off
}

line_unknown() {
	! tandem irq show "$line" >/dev/null 2>&1
}

# In turn, while they are raised: what came while it was disabled comes after.
disables() {
	edu_on us=20
	mode $HANDOFF
	irq_on
	raise 1
	_round=0
	while [ $_round -lt 50 ]; do
		owner disable && owner enable || not_ok "$1/owner" "$_round"
		_round=$((_round + 1))
	done
	some_raised 100
	raised "$1/counts"
	# The handler itself does it, with more of them waiting.
	echo 3 >$EDU/disable_every
	raise 0
	check "$1/goes-on" some_raised 3000
	raised "$1/by-handler-counts"
	check "$1/put-off" test "$(of put_off)" -gt 0
	irq_off
	edu_off
}

# A line that is level-triggered stays off until its handler has run.
level() {
	edu_on us=20 msi=0
	mode $HANDOFF
	irq_on
	check "$1/level" grep -q "^ *$line:.*fasteoi" /proc/interrupts
	check "$1/handed-over" is_now $HANDOFF
	raise 0
	check "$1/goes-on" some_raised 3000
	raised "$1/counts"
	_came=$(of interrupts) _handed=$(of handed)
	check "$1/handed" test "$_handed" -ge 3000
	echo "# $_came came, $_handed handed over"
	# It does not come again and again while its handler waits.
	check "$1/few" test "$_came" -le $((_handed + _handed / 50))
	raise 1
	for _round in 1 2 3 4 5; do
		for _mode in $WATCH $HANDOFF $STOCK $HANDOFF; do
			mode $_mode && some_raised 20 ||
				not_ok "$1/modes" "mode $_mode"
		done
		owner disable && owner enable
	done
	raised "$1/modes-counts"
	irq_off
	check "$1/off" spin 0 -n 10
	counts "$1/off-counts" 10
	edu_off
}

# --- CPUs that go, helpers that do not answer ---------------------------------------------

hotplug() {
	edu_on us=20
	mode $HANDOFF
	irq_on
	check "$1/handed-over" is_now $HANDOFF
	raise 0
	for _round in 1 2 3; do
		put 0 /sys/devices/system/cpu/cpu1/online
		check "$1/no-helper-$_round" is_now $STOCK
		some_raised 50
		put 1 /sys/devices/system/cpu/cpu1/online
		check "$1/helper-$_round" wait_for $((10 * SLOWER)) \
			is_now $HANDOFF
		some_raised 50
	done
	raised "$1/counts"
	irq_off
	edu_off
}

# A CPU that is about to go offline helps nobody, however long that takes. The driver of
# the device keeps it on its way after the module has been told, and so is the first of
# the two to ask.
leaving() {
	unload_irq || die "the modules do not go"
	edu_on us=20 offline_ms=$((3000 * SLOWER))
	load_irq || die "the modules do not come"
	mode $HANDOFF
	irq_on
	check "$1/handed-over" is_now $HANDOFF
	raise 0
	rm -f $TMP/gone
	{
		put 0 /sys/devices/system/cpu/cpu1/online
		echo yes >$TMP/gone
	} &
	_putter=$!
	check "$1/left" wait_for $((10 * SLOWER)) is_now $STOCK
	_looks=0
	while is_now $STOCK && ! is $TMP/gone yes; do
		_looks=$((_looks + 1))
	done
	check "$1/keeps-away" is_now $STOCK
	check "$1/looked" test $_looks -gt 1
	wait $_putter
	some_raised 50
	put 1 /sys/devices/system/cpu/cpu1/online
	check "$1/comes-back" wait_for $((10 * SLOWER)) is_now $HANDOFF
	raised "$1/counts"
	irq_off
	edu_off
}

# The helper CPU takes no interrupts for a while: what else calls it, such as the shell
# that runs this, waits for it. Who raises them makes no system call.
stuck() {
	edu_on us=20
	mode $HANDOFF
	irq_on
	raise 0
	check "$1/goes-on" some_raised 50
	put 200 $IRQ/stuck_ms
	echo 2000 >$EDU/deaf
	check "$1/back" wait_for $((20 * SLOWER)) is_now $STOCK
	check "$1/said" said_stuck
	check "$1/counted" test "$(irq_stat stuck)" = 1
	check "$1/rescued" test "$(irq_stat rescued)" -gt 0
	raised "$1/counts"
	put 60000 $IRQ/stuck_ms
	check "$1/set-again" mode $HANDOFF
	check "$1/handed-again" handed_again
	counts "$1/again-counts" 5
	irq_off
	edu_off
}

# A task of the highest priority that keeps the helper CPU for itself is interrupted.
occupied() {
	edu_on us=20
	mode $HANDOFF
	irq_on
	echo -1 >/proc/sys/kernel/sched_rt_runtime_us
	taskset 2 irqspin -R &
	_hog=$!
	check "$1/raised" spin 0 -n 50
	counts "$1/counts" 50
	check "$1/handed" test "$(of completed)" = 50
	check "$1/helper" is $EDU/last_cpu 1
	kill -9 $_hog
	wait $_hog 2>/dev/null
	echo 950000 >/proc/sys/kernel/sched_rt_runtime_us
	irq_off
	edu_off
}

said_stuck() {
	dmesg | grep -q "irq $line (edu): its helper on CPU 1 did not answer"
}

# Needs idle=poll: an idle CPU that looks for calls by itself is not interrupted.
idle_looks() {
	grep -q idle=poll /proc/cmdline || die "this kernel halts idle CPUs"
	edu_on us=200
	mode $HANDOFF
	irq_on
	_calls=$(called 1)
	check "$1/spin" spin 0 -n 100
	counts "$1/counts" 100
	check "$1/handed" test "$(of completed)" = 100
	check "$1/helper" is $EDU/last_cpu 1
	check "$1/not-interrupted" test $(($(called 1) - _calls)) -lt 50
	irq_off
	edu_off
}

# called CPU: how often others have called it
called() {
	awk -v column=$(($1 + 2)) '$1 == "CAL:" { print $column }' /proc/interrupts
}

# Needs four CPUs, isolcpus=2 and nohz_full=3: those two are nobody's helpers.
isolated() {
	is /sys/devices/system/cpu/isolated 2 &&
		is /sys/devices/system/cpu/nohz_full 3 ||
		die "CPUs 2 and 3 are not isolated"
	edu_on us=20
	irq_on
	mode $HANDOFF
	check "$1/helper" test "$(of helper_cpu)" = 1
	_calls=$(($(called 2) + $(called 3)))
	check "$1/spin" spin 0 -n 200
	counts "$1/counts" 200
	check "$1/handed" test "$(of completed)" = 200
	# The kernel itself calls all CPUs now and then, as when it changes its code.
	_calls=$(($(called 2) + $(called 3) - _calls))
	check "$1/left-alone" test $_calls -lt 100
	echo "# $1: CPUs 2 and 3 were called $_calls times"
	# One CPU takes them, the other that is not isolated has gone.
	put 0 /sys/devices/system/cpu/cpu1/online
	check "$1/none-left" wait_for 10 is_now $STOCK
	check "$1/in-place" spin 0 -n 20
	counts "$1/in-place-counts" 20
	# Who names one wants it.
	check "$1/named" put 4 $IRQ/helpers
	check "$1/named-helps" wait_for 10 is_now $HANDOFF
	check "$1/named-spin" spin 0 -n 20
	counts "$1/named-counts" 20
	check "$1/on-it" is $EDU/last_cpu 2
	put 0 $IRQ/helpers
	put 1 /sys/devices/system/cpu/cpu1/online
	irq_off
	edu_off
}

# Needs irqbalance and four CPUs: beside it, what is handed over is moved, and no helper
# stays a CPU that takes the interrupts.
balanced() {
	edu_on us=20
	mode $HANDOFF
	irq_on
	mkdir -p /run/irqbalance
	irqbalance --foreground --interval 1 >$TMP/irqbalance 2>&1 &
	_daemon=$!
	raise 3
	for _cpu in 0 1 2 0 1 2; do
		to_cpu $_cpu
		check "$1/goes-on-$_cpu" some_raised 200
		check "$1/apart-$_cpu" wait_for 10 apart
	done
	check "$1/runs" kill -0 $_daemon
	raised "$1/counts"
	kill $_daemon
	wait $_daemon
	check "$1/handed" is_now $HANDOFF
	irq_off
	edu_off
}

LIB=lib/x86_64-linux-gnu
GNU=usr/$LIB

# tuned of the host's package folder $TUNED_ROOT, with the host's python. Its profile moves
# the interrupt, and moves it back when it ends.
start_tuned() {
	mkdir -p /etc/tuned/profiles/mover /var/log /run/tuned
	# Versions before 2.23 look for profiles here.
	ln -s profiles/mover /etc/tuned/mover
	ln -s "$TUNED_ROOT/usr/lib/tuned" /usr/lib/tuned
	cp "$TUNED_ROOT"/etc/tuned/*.conf /etc/tuned/
	cat >/etc/tuned/mover/tuned.conf <<-'END'
	[main]
	include=latency-performance
	[script]
	script=${i:PROFILE_DIR}/move
	END
	cat >/etc/tuned/mover/move <<-END
	#!/bin/sh
	cpu=0
	[ "\$1" = stop ] || cpu=2
	echo \$cpu >/proc/irq/$line/smp_affinity_list
	echo \$1 >$TMP/moved
	END
	chmod 755 /etc/tuned/mover/move
	PYTHONHOME=/host/usr PYTHONDONTWRITEBYTECODE=1 \
		PYTHONPATH=$TUNED_ROOT/usr/lib/python3/dist-packages \
		LD_LIBRARY_PATH=/host/$GNU:$TUNED_ROOT/$GNU:$TUNED_ROOT/$LIB \
		GI_TYPELIB_PATH=$TUNED_ROOT/$GNU/girepository-1.0 \
		/host/usr/bin/python3 "$TUNED_ROOT/usr/sbin/tuned" \
		--no-dbus --profile mover >$TMP/tuned 2>&1 &
	_daemon=$!
	wait_for 120 is $TMP/moved start || die "tuned: $(tail -n 1 $TMP/tuned)"
}

# Needs $TUNED_ROOT and four CPUs: beside tuned, which keeps its CPUs awake and moves what
# is handed over.
tuned() {
	edu_on us=20
	mode $HANDOFF
	irq_on
	raise 3
	start_tuned
	check "$1/in-force" test "$(cat /proc/sys/vm/swappiness)" = 10
	check "$1/goes-on" some_raised 200
	check "$1/moved" is "/proc/irq/$line/effective_affinity_list" 2
	check "$1/apart" wait_for 10 apart
	check "$1/runs" kill -0 $_daemon
	kill $_daemon
	wait $_daemon
	check "$1/ended" is $TMP/moved stop
	check "$1/goes-on-without" some_raised 200
	check "$1/moved-back" is "/proc/irq/$line/effective_affinity_list" 0
	check "$1/apart-again" wait_for 10 apart
	raised "$1/counts"
	check "$1/handed" is_now $HANDOFF
	irq_off
	edu_off
}

apart() {
	_helper=$(of helper_cpu)
	_taker=$(cat "/proc/irq/$line/effective_affinity_list")
	is_now $HANDOFF && [ "$_helper" != "$_taker" ]
}

# --- other modes -----------------------------------------------------------------------------

# Long handlers are handed over; and what is handed over is what takes longer than
# handing over costs, by the module's own figures. Where the two are near each other
# both are right.
automatic() {
	edu_on us=1000
	mode $AUTO
	irq_on
	check "$1/waits" is_now $WATCH
	spin 0 -n 40 -i 3000 >/dev/null
	check "$1/hands-over" wait_for 10 is_now $HANDOFF
	echo 0 >$EDU/us
	check "$1/follows" wait_for 30 follows_break_even
	irq_off
	edu_off
}

follows_break_even() {
	_ns=$(of handler_ns) _n=$(of interrupts)
	spin 0 -n 200 -i 500 >/dev/null
	_mean=$((($(of handler_ns) - _ns) / ($(of interrupts) - _n)))
	_cost=$(of cost_ns)
	echo "handlers take $_mean ns, handing over costs $_cost ns"
	if [ $((_mean * 3)) -lt $((_cost * 2)) ]; then
		is_now $WATCH
	elif [ $_mean -gt $((_cost * 3)) ]; then
		is_now $HANDOFF
	fi
}

# A thread of the kernel's is kept on the helper CPU, whatever is done to the line.
pinned() {
	edu_on us=200 thread=1
	refused "$1/not-handed" "use the mode pinned" mode $HANDOFF
	check "$1/set" mode $PINNED
	irq_on
	_thread=$(grep -l "^irq/$line-edu" /proc/[0-9]*/comm | tr -dc 0-9)
	check "$1/there" wait_for 10 thread_on 2
	spin 0 -n 100 >/dev/null
	check "$1/ran" is $EDU/last_cpu 1
	put 2 "/proc/irq/$line/smp_affinity"
	spin 1 -n 1 >/dev/null
	check "$1/moved" wait_for 10 thread_on 1
	counts "$1/counts" 101
	irq_off
	check "$1/let-go" wait_for 10 thread_on 2
	edu_off
}

# thread_on MASK
thread_on() {
	taskset -p "$_thread" | grep -q "mask: $1\$"
}

refusals() {
	edu_on flags=0x10000
	refused "$1/no-thread" "forbids that a thread" mode $HANDOFF
	refused "$1/nobody" "no driver has requested" tandem irq set 99 mode=$HANDOFF
	refused "$1/timer" "it is a timer" tandem irq set 0 mode=$HANDOFF
	refused "$1/not-a-number" "not the number" tandem irq set edu mode=$HANDOFF
	refused "$1/zeros" "not the number" tandem irq set 007 mode=$HANDOFF
	refused "$1/bad-mode" "5" mode 5
	refused "$1/no-thread-to-pin" "no thread that could" mode $PINNED
	refused "$1/no-cpu" "names no CPU" tandem irq set helpers=4
	owner free
	echo 0 >$EDU/flags
	owner request
	settle
	check "$1/helpers" put 1 $IRQ/helpers
	refused "$1/only-itself" "no CPU may help" mode $HANDOFF
	put 0 $IRQ/helpers
	check "$1/none-set" line_unknown
	edu_off
}

# --- other devices ----------------------------------------------------------------------------

disk_sum() {
	dd if=/dev/disk/"$1" bs=64k iflag=direct 2>/dev/null | md5sum
}

# write_and_verify NAME DISK: data that went through interrupts handed over
write_and_verify() {
	dd if=/dev/urandom of=$TMP/data bs=64k count=256 2>/dev/null
	dd if=$TMP/data of=/dev/disk/"$2" bs=64k oflag=direct 2>/dev/null
	sync
	_want=$(md5sum <$TMP/data)
	check "$1/data" test "$(disk_sum "$2")" = "$_want"
}

disks() {
	if ! grep -q ' x86_core_flags$' /proc/kallsyms; then
		skip "$1" "SCHED_MC is off: no CPU shares a cache with another"
		return
	fi
	irq_on
	for _disk in blk nvme; do
		_name='virtio.*-req'
		[ $_disk = blk ] || _name='nvme.*q[1-9]'
		_given=$(irq_stat handed)
		for line in $(lines "$_name"); do
			check "$1/$_disk/$line" mode $HANDOFF
			check "$1/$_disk/$line-on" is_now $HANDOFF
		done
		write_and_verify "$1/$_disk" $_disk
		check "$1/$_disk/handed" test "$(irq_stat handed)" -gt $((_given + 100))
	done
	# As many as there are, on and off, with the console and the folder of the
	# host among them.
	for line in $(sed -n 's/^ *\([0-9]*\):.*/\1/p' /proc/interrupts); do
		mode $HANDOFF 2>/dev/null
	done
	check "$1/all" test "$(irq_stat lines_handed)" -ge 8
	write_and_verify "$1/all" blk
	irq_off
	write_and_verify "$1/off" nvme
}

# What goes through a wire all of whose interrupts are handed over.
network() {
	wire_up || die "no wire"
	irq_on
	for line in $(lines_of "$near") $(lines_of "$beyond"); do
		check "$1/$line" mode $HANDOFF
	done
	dd if=/dev/urandom of=$TMP/data bs=64k count=256 2>/dev/null
	_given=$(irq_stat handed)
	# It hangs up at the end of what it is given.
	timeout $((60 * SLOWER)) nc -l -p 99 <>$TMP/silence >$TMP/received &
	_receiver=$!
	check "$1/sent" wait_for 10 from_far timeout $((30 * SLOWER)) \
		nc 10.0.0.1 99 <$TMP/data
	wait $_receiver
	check "$1/data" cmp $TMP/data $TMP/received
	check "$1/handed" test "$(irq_stat handed)" -gt $((_given + 100))
	rm $TMP/received
	irq_off
	check "$1/off" ping -q -c 3 10.0.0.2
	wire_down
}

# Switched on and off while interrupts come.
switches() {
	edu_on us=20
	mode $HANDOFF
	raise 0
	_n=0
	while [ $_n -lt "${TANDEM_CYCLES:-10}" ]; do
		irq_on && some_raised 20 && irq_off && some_raised 20 || break
		_n=$((_n + 1))
	done
	check "$1/all" test $_n = "${TANDEM_CYCLES:-10}"
	raised "$1/counts"
	check "$1/nothing-in-flight" is $IRQ/in_flight 0
	edu_off
}

# The next one comes while a handler runs, until the call of the helper leaves the rest
# to the thread, which looks for more for a while if it is told to.
behind() {
	edu_on us=5000
	irq_on
	for _poll in 0 1000; do
		set_line mode=$HANDOFF poll_us=$_poll
		check "$1/raised-$_poll" spin 0 -f -n 300
		wait_for 60 handled_upto 300
		_by_thread=$(edu by_thread)
		echo "# $_by_thread by the thread"
		check "$1/by-thread-$_poll" test "$_by_thread" -ge 50
		counts "$1/counts-$_poll" 300
	done
	irq_off
	edu_off
}

# As fast as they are taken.
many() {
	edu_on
	mode $HANDOFF
	irq_on
	raise 1
	_done=0
	_wanted=$((${TANDEM_INTERRUPTS:-20000} / SLOWER))
	while [ $_done -lt $_wanted ]; do
		some_raised 1000 || break
		_done=$((_done + 1000))
	done
	check "$1/all" test $_done -ge $_wanted
	check "$1/handed" test "$(of handed)" -ge $((_done * 9 / 10))
	raised "$1/counts"
	irq_off
	edu_off
}

# The module goes while interrupts come, and comes again.
unload_busy() {
	edu_on us=20
	raise 0
	for _round in 1 2 3; do
		mode $HANDOFF
		irq_on
		check "$1/handed-$_round" some_raised 50
		check "$1/unload-$_round" unload_irq
		check "$1/stock-$_round" some_raised 50
		check "$1/load-$_round" load_irq
	done
	raised "$1/counts"
	edu_off
}

# --- all ---------------------------------------------------------------------------

[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- overlap modes switch frees disables level \
	hotplug leaving stuck occupied automatic pinned refusals disks network \
	behind switches many unload_busy
load_irq || die "the modules did not load"
check loaded/off is $IRQ/state off
for part in "$@"; do
	$part "irq/$part"
done
check unload unload_irq
finish
