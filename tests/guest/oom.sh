#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# oom.sh MODE: loads about as large as the memory and the swap of their cgroup
# together. Pages in flight have a place in both, so a load that stock has room
# for must not be killed because its own writes have not ended. One CPU that
# counts instructions, so that it is the same each time; swap on a device of
# 2 ms, four writes at a time. Where swap refuses every write nothing can be
# reclaimed, whatever is in flight: there a load must be killed as on stock.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

ROUNDS=3

# kills MIB: out of 8 MiB of memory and 8 MiB of swap.
kills() {
	cgroup load memory.max 8M memory.swap.max 8M || return
	reclaimer -g $CG/load churn "$1" >$TMP/load.log 2>&1
	_kills=$(awk '$1 == "oom_kill" { print $2 }' $CG/load/memory.events)
	cgroup_gone load || return
	[ "$_kills" -gt 0 ] || grep -q how=churn $TMP/load.log || return
	echo "$_kills"
}

# loads ARM: 14 MiB fit, with what the process needs beside; 16 MiB do not.
loads() {
	_deferred=$(stat oom_deferred)
	for _n in $(seq $ROUNDS); do
		for _mib in 13 14; do
			check "oom/spared/$1-$_mib-$_n" test "$(kills $_mib)" = 0
		done
	done
	# Nor was the kernel about to, and had to be put off.
	if [ "$1" != stock ]; then
		check "oom/spared/$1-at-once" \
			test "$(stat oom_deferred)" = "$_deferred"
	fi
	check "oom/killed/$1" test "$(kills 16)" = 1
}

killed() {
	grep -q '^oom_kill [1-9]' $CG/load/memory.events
}

# A cgroup on a device that takes no more writes: killed, and not tried for ever.
refused_writes() {
	cgroup load memory.max 8M || return
	reclaimer -g $CG/load churn 24 >$TMP/load.log 2>&1 &
	_load=$!
	wait_for 60 killed || return
	wait $_load
	[ $? = 137 ] && cgroup_gone load
}

# Takes writes until it is in use; reads are refused then, too.
dead_swap() {
	null_with dead 64 completion_nsec 500000 && swap_on /dev/dead 10 &&
		echo "+8-131071" >$_null/badblocks
}

null_with slow 64 completion_nsec 2000000 hw_queue_depth 4 &&
	swap_on /dev/slow || die "no slow swap"
echo never >/sys/kernel/mm/transparent_hugepage/enabled
loads stock
if with_tandem; then
	start_tandem
	loads tandem
fi
check_rest oom/rest
check oom/swapoff timeout 60 swapoff /dev/slow
tandem_off
dead_swap || die "no swap that refuses writes"
check oom/refused/stock refused_writes
if with_tandem; then
	tandem_on
	_errors=$(stat write_errors)
	check oom/refused/tandem refused_writes
	check oom/refused/seen test "$(stat write_errors)" -gt "$_errors"
	check oom/refused/stock-way test "$(stat fallback_write_error)" -gt 0
fi
check_rest oom/refused/rest
finish
