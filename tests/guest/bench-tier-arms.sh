# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The ways of tiering that tests/bench/tier compares: arm_NAME WORKLOAD switches
# one on, arm_off all of them off. Each is set as well as it could be for this
# machine and these workloads; Documentation/design/testing.md says how.

DAMON=/sys/kernel/mm/damon/admin/kdamonds
BALANCING=/sys/kernel/debug/sched/numa_balancing
DEMOTION=/sys/kernel/mm/numa/demotion_enabled
TIER_KO=$KO/tandem_tier.ko
TIER=$SYSFS/tier

# has_arm NAME: says once why one is left out.
has_arm() {
	[ "$1" = tandem ] && [ ! -e "$TIER_KO" ] || return 0
	[ -n "${said_no_tandem:-}" ] ||
		echo "@skip arm=tandem reason=no-tandem_tier.ko-was-built"
	said_no_tandem=1
	return 1
}

arm_off() {
	tandem_tier_off
	damon_off
	echo 0 >/proc/sys/kernel/numa_balancing
	echo false >$DEMOTION
}

arm_none() {
	arm_off
}

# Memory tiering mode. Periods are shorter than the kernel's own, which are
# made for processes that live for minutes.
arm_balancing() {
	arm_off
	echo true >$DEMOTION
	echo "${BALANCING_DELAY:-100}" >$BALANCING/scan_delay_ms
	echo "${BALANCING_MIN:-250}" >$BALANCING/scan_period_min_ms
	echo "${BALANCING_MAX:-1000}" >$BALANCING/scan_period_max_ms
	echo "${BALANCING_HOT:-1000}" >$BALANCING/hot_threshold_ms
	echo 2 >/proc/sys/kernel/numa_balancing
}

# ---- tandem ----------------------------------------------------------------------

tandem_tier_off() {
	[ -e "$TIER/enabled" ] || return 0
	echo 0 >"$TIER/enabled"
	for _g in a b; do
		tandem tier forget "/tier/$_g" >/dev/null 2>&1
	done
}

tandem_tier_load() {
	[ -e "$SYSFS" ] || insmod "$KO/tandem.ko" || return
	[ -e "$TIER" ] || insmod "$TIER_KO"
}

# The kernel's own demotion stays on, as in the others. All is as after loading
# but the CPU time for monitoring: on emulated CPUs a look takes many times as
# long.
arm_tandem() {
	arm_off
	echo true >$DEMOTION
	tandem_tier_load &&
		put "${TANDEM_PERMILLE:-300}" "$TIER/cpu_permille" || return
	_share=100
	if [ "$1" = pair ]; then
		_share=70
		tandem tier set /tier/b act=1 fast_max=30 weight=300 \
			>/dev/null || return
	fi
	tandem tier set /tier/a act=1 fast_max=$_share weight=$((_share * 10)) \
		>/dev/null && put 1 "$TIER/enabled"
}

# ---- DAMON -----------------------------------------------------------------------

damon_off() {
	for _k in "$DAMON"/[0-9]*; do
		[ ! -e "$_k/state" ] || ! is "$_k/state" on ||
			echo off >"$_k/state"
	done
	echo 0 >$DAMON/nr_kdamonds
}

# First address and the one behind the last of a node's memory.
node_span() {
	awk -v node="$1" '
	$1 == "Node" { here = $2 + 0 == node }
	here && $1 == "spanned" { spanned = $2 }
	here && $1 == "start_pfn:" && spanned {
		if (first == "" || $2 < first)
			first = $2
		if ($2 + spanned > last)
			last = $2 + spanned
	}
	END { printf "%d %d\n", first * 4096, last * 4096 }' /proc/zoneinfo
}

# put_all FOLDER FILE VALUE [FILE VALUE]...
put_all() {
	_folder=$1
	shift
	while [ $# -gt 1 ]; do
		put "$2" "$_folder/$1" || return
		shift 2
	done
}

# damon_node NODE ACTION TARGET MIN-ACCESSES MAX-ACCESSES MIN-AGE: one
# kdamond for each node, as its memory is monitored in physical addresses.
damon_node() {
	_c=$DAMON/$1/contexts/0
	_s=$_c/schemes/0
	put 1 "$DAMON/$1/contexts/nr_contexts" &&
	put_all "$_c" operations paddr targets/nr_targets 1 \
		schemes/nr_schemes 1 &&
	put_all "$_c/monitoring_attrs" \
		intervals/sample_us "${DAMON_SAMPLE:-20000}" \
		intervals/aggr_us "${DAMON_AGGR:-400000}" \
		intervals/update_us 1000000 \
		nr_regions/max "${DAMON_REGIONS_MAX:-2000}" \
		nr_regions/min "${DAMON_REGIONS_MIN:-500}" &&
	put 1 "$_c/targets/0/regions/nr_regions" &&
	put_all "$_c/targets/0/regions/0" \
		end "$(node_span "$1" | cut -d ' ' -f 2)" \
		start "$(node_span "$1" | cut -d ' ' -f 1)" &&
	put_all "$_s" action "$2" target_nid "$3" \
		access_pattern/sz/max 1099511627776 \
		access_pattern/nr_accesses/min "$4" \
		access_pattern/nr_accesses/max "$5" \
		access_pattern/age/min "$6" access_pattern/age/max 1000000 &&
	put on "$DAMON/$1/state"
}

# Twenty samples to a decision, each longer than the pulse. Cold is what had
# hardly an access for some decisions, hot what had one in a quarter of them.
arm_damon() {
	arm_off
	echo true >$DEMOTION
	put 2 $DAMON/nr_kdamonds &&
	damon_node 0 migrate_cold 1 0 "${DAMON_COLD:-2}" "${DAMON_COLD_AGE:-3}" &&
	damon_node 1 migrate_hot 0 "${DAMON_HOT:-5}" 1000 "${DAMON_HOT_AGE:-1}"
}
