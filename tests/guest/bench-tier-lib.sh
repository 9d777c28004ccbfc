# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What both guest halves of tests/bench/tier share, beside lib.sh. WORK_CPU is
# the CPU of the work, as a mask.

PULSE_MS=${BENCH_PULSE_MS:-10}

machine_facts() {
	_accel=kvm
	grep -q TCG /proc/cpuinfo && _accel=tcg
	echo "kernel=$(uname -r) accel=$_accel"
}

# An emulated CPU sets an accessed bit when it looks the page up, and then not
# again until it forgets what it knows. A real one forgets much sooner, so let
# another address space have the CPU a hundred times a second.
pulse_start() {
	pulse=
	[ "$PULSE_MS" != 0 ] || return 0
	taskset $WORK_CPU tierload -t "$PULSE_MS" pulse &
	pulse=$!
}

pulse_stop() {
	[ -z "$pulse" ] || kill "$pulse"
}
