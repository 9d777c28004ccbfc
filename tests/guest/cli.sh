#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cli.sh: the command line on the real modules: load, switch, set, watch, save,
# apply, unload, and what it says when something is wrong. Needs the disk swap0.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=said.sh
. "${0%/*}/said.sh"

CONF=$TMP/tandem.conf

# The command has put something into a file.
wrote() {
	test -s "$1"
}

instances() {
	find /sys/kernel/tracing/instances -name 'tandem-*' | wc -l
}

instances_are() {
	[ "$(instances)" -eq "$1" ]
}

test_before() {
	ends doctor-without-modules 1 tandem doctor
	says doctor-says-not-built "not built for this kernel"
	ends doctor-with-modules 1 tandem doctor --modules $KO
	says doctor-matches "matches this kernel and its BTF"
	ends status-without 3 tandem status --modules $KO
	says status-says-not-loaded "not loaded: tandem load"
	ends show-without 3 tandem reclaim show
	ends unload-nothing 0 tandem unload
	ends load-nothing-built 1 tandem load
	says load-says-what-to-do "make modules"
}

# What the kernel has against a module reaches who loads it.
test_refused() {
	insmod $KO/tandem.ko hide=pageout
	ends load-refused 1 tandem load --modules $KO
	says load-says-what-the-kernel-says "it says: tandem"
	says load-names-what-is-missing pageout
	ends status-half-loaded 0 tandem status
	ends unload-half-loaded 0 tandem unload
}

# The modules where an administrator would install them.
test_modprobe() {
	_to=/lib/modules/$(uname -r)/updates
	mkdir -p "$_to"
	cp $KO/*.ko "$_to"
	depmod || {
		skip load-by-modprobe "no depmod here"
		return
	}
	ends doctor-finds-installed 1 tandem doctor
	says doctor-names-installed "$_to/tandem.ko matches this kernel"
	ends load-by-modprobe 0 tandem load reclaim
	check modprobe-loaded-both test -d $RECLAIM
	ends unload-installed 0 tandem unload
}

test_load() {
	ends load 0 tandem load --modules $KO
	says load-says-off "Nothing is switched on yet"
	check load-left-it-off is $RECLAIM/state off
	check load-finished no_transition
	ends load-again 0 tandem load --modules $KO
	ends status 0 tandem -j status
	says status-state '"state": "off"'
	says status-version '"version": "'
}

test_settings() {
	ends set 0 tandem reclaim set depth=4 batch_pages=64
	check set-depth is $RECLAIM/depth 4
	check set-batch is $RECLAIM/batch_pages 64
	ends set-too-much 2 tandem reclaim set depth=6 batch_pages=1025
	says set-names-the-knob batch_pages
	check set-all-or-none is $RECLAIM/depth 4
	ends set-unknown 2 tandem reclaim set colour=6
	says set-names-the-unknown colour
	ends enable 0 tandem reclaim enable
	check enabled is $RECLAIM/state on
	ends show 0 tandem -j reclaim show
	says show-state '"state": "on"'
	ends save 0 tandem config save --file $CONF
	check saved grep -q '^depth = 4$' $CONF
	check saved-enabled grep -q '^enabled = yes$' $CONF
	ends disable 0 tandem reclaim disable
	ends set-back 0 tandem reclaim set depth=8
	ends apply 0 tandem config apply --file $CONF
	check applied is $RECLAIM/depth 4
	check applied-enabled is $RECLAIM/state on
	sed '/^\[/a inflight_pages = 1' $CONF >$CONF.bad
	sed -i 's/^depth = 4/depth = 5/' $CONF.bad
	ends apply-bad 2 tandem config apply --file $CONF.bad
	says apply-names-file-and-line "$CONF.bad:4: inflight_pages"
	check apply-all-or-none is $RECLAIM/depth 4
}

test_rights() {
	ends plain-user-may-look 0 asuser plain tandem reclaim stat
	ends plain-user-may-not-switch 4 asuser plain tandem reclaim disable
	says plain-user-is-told "run it as root"
	ends netadmin-may-not-set 4 asuser netadmin tandem reclaim set depth=2
	ends userns-may-not-apply 4 asuser userns tandem config apply \
		--file $CONF
	ends plain-user-may-not-unload 4 asuser plain tandem unload
	ends plain-user-may-not-trace 4 asuser plain tandem reclaim monitor \
		--batches -n 1
	check rights-changed-nothing is $RECLAIM/state on
	check rights-left-depth is $RECLAIM/depth 4
}

test_events() {
	tandem -j reclaim monitor -n 3 >$TMP/states 2>&1 &
	_pid=$!
	wait_for $((10 * SLOWER)) wrote $TMP/states
	tandem reclaim disable >/dev/null
	wait $_pid
	check events-come grep -q '"state":"off"' $TMP/states
	tandem reclaim enable >/dev/null
}

# Watches a program whose memory is larger than its cgroup.
test_watching() {
	swap_on /dev/disk/swap0
	cgroup big memory.high 30M
	tandem reclaim monitor --batches >$TMP/rows 2>&1 &
	_rows=$!
	tandem -j reclaim monitor --batches >$TMP/batches 2>&1 &
	_batches=$!
	tandem -j reclaim top --interval 0.5 >$TMP/top 2>&1 &
	_top=$!
	wait_for $((10 * SLOWER)) wrote $TMP/top
	check monitors-use-own-instances wait_for $((20 * SLOWER)) instances_are 2
	(
		enter big
		exec pagestress -m 60 -t 2 -s 10 >$TMP/stress.log 2>&1
	)
	check data-is-right grep -q wrong=0 $TMP/stress.log
	kill -TERM $_rows $_top
	kill -INT $_batches
	ends monitor-ends-on-signal 0 wait $_rows
	wait $_batches
	wait $_top
	check monitors-removed-their-instances test "$(instances)" -eq 0
	check rows-show-overlap grep -q '|.*--.*=.*| .* beside #' $TMP/rows
	check batches-show-overlap grep -q '"overlap_with":[0-9]' $TMP/batches
	check top-shows-pages grep -q '"pages_per_second":[1-9]' $TMP/top
	check top-shows-scans grep -q '"scans_per_page":[0-9]' $TMP/top
	tail -n 30 $TMP/rows
	tail -n 1 $TMP/top
	ends metrics 0 tandem metrics
	check metrics-count-pages \
		grep -q '^tandem_reclaim_freed_pages_total [1-9]' $SAID
	ends metrics-to-file 0 tandem metrics --output $TMP/m.prom
	check metrics-file-is-whole sh -c "tail -n 1 $TMP/m.prom | grep -q EOF"
	ends stat 0 tandem reclaim stat --interval 0.2 --count 2
	ends report 0 tandem report --modules $KO --output $TMP/r.tar.gz
	ends report-reads 0 tar xzOf $TMP/r.tar.gz tandem-report/stats.json
	says report-has-counters pages_freed
	cgroup_gone big
}

# A disk that takes half a second for a page and one page at a time, so that
# who reclaims to it stays inside the pipeline.
slow_disk() {
	null_with slow 64 completion_nsec 500000000 hw_queue_depth 1 \
		max_sectors 8 || return
	echo none >/sys/block/slow/queue/scheduler
	mkswap /dev/slow >/dev/null && swapon /dev/slow
}

inside() {
	grep -q 'tandem_reclaim\]' "/proc/$_holder/stack"
}

test_unload_held_up() {
	swapoff /dev/disk/swap0
	if ! slow_disk; then
		skip unload-held-up "no slow disk to be had"
		return
	fi
	cgroup held memory.max max
	rm -f $TMP/ranges
	(
		enter held
		exec pagestress -H -t 0 -w 0 -n 256 -R $TMP/ranges \
			>$TMP/held.log 2>&1
	) &
	_stress=$!
	ready $TMP/ranges
	sh -c "exec 2>/dev/null; echo 128K >$CG/held/memory.reclaim" &
	_holder=$!
	check somebody-is-inside wait_for 20 inside
	ends unload-gives-up 5 tandem unload reclaim --timeout 3
	says unload-says-what-for "waiting for calls that are inside"
	says unload-names-the-task "($_holder) in "
	says unload-says-what-is-left "stays loaded and off"
	check unload-left-the-patch is $PATCH/enabled 1
	cat $SAID
	wait $_holder
	check held-up-becomes-off wait_for 60 is $RECLAIM/state off
	kill -USR1 $_stress
	wait $_stress
	swapoff /dev/slow
	check held-cgroup-removed cgroup_gone held
}

test_unload() {
	ends enable-before-unload 0 tandem reclaim enable
	ends unload 0 tandem unload
	says unload-says-so "tandem is unloaded"
	check unloaded test ! -d /sys/kernel/tandem
	ends status-after 3 tandem status
}

test_before
test_refused
test_modprobe
test_load
test_settings
test_rights
test_events
test_watching
test_unload_held_up
test_unload
finish
