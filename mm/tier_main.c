// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem_tier.ko: memory tiering by workload.  Loading, unloading, knobs and
 * statistics; what it does is in the other files.
 *
 * Nothing of the kernel is replaced.
 */
#include <linux/module.h>
#include <linux/nodemask.h>

#include <tandem/version.h>

#include "tier.h"

u32 tier_knobs[TIER_NR_KNOBS];

static const struct tandem_knob knobs[TIER_NR_KNOBS] = {
	[TIER_WINDOW_MIN_MS] = {
		.name = "window_min_ms", .min = 10, .max = 60000, .def = 10,
		.unit = "ms" },
	[TIER_WINDOW_MAX_MS] = {
		.name = "window_max_ms", .min = 10, .max = 600000, .def = 5000,
		.unit = "ms" },
	[TIER_CPU_PERMILLE] = {
		.name = "cpu_permille", .min = 1, .max = 1000, .def = 10,
		.unit = "per mille" },
	[TIER_FLUSH] = {
		.name = "flush", .min = 0, .max = 1, .def = 0, .unit = "" },
	[TIER_HYSTERESIS] = {
		.name = "hysteresis", .min = 0, .max = 32, .def = 10,
		.unit = "heats" },
	[TIER_HEADROOM_MIB] = {
		.name = "headroom_mib", .min = 0, .max = 1 << 20, .def = 0,
		.unit = "MiB" },
	[TIER_SLOW_NODES] = {
		.name = "slow_nodes", .min = 0, .max = U32_MAX, .def = 0,
		.unit = "nodes" },
};

const struct tandem_knob tier_settings[TIER_NR_SETTINGS] = {
	[TIER_ACT] = { .name = "act", .min = 0, .max = 1, .def = 0,
		.unit = "" },
	[TIER_FAST_MIN] = { .name = "fast_min", .min = 0, .max = 100,
		.def = 0, .unit = "percent" },
	[TIER_FAST_MAX] = { .name = "fast_max", .min = 0, .max = 100,
		.def = 100, .unit = "percent" },
	[TIER_FAST_MIN_MIB] = { .name = "fast_min_mib", .min = 0,
		.max = 1 << 30, .def = 0, .unit = "MiB" },
	[TIER_FAST_MAX_MIB] = { .name = "fast_max_mib", .min = 0,
		.max = 1 << 30, .def = 0, .unit = "MiB" },
	[TIER_WEIGHT] = { .name = "weight", .min = 1, .max = 1000,
		.def = 100, .unit = "" },
	[TIER_RATE_MIB] = { .name = "rate_mib", .min = 1, .max = 1 << 20,
		.def = 256, .unit = "MiB/s" },
	[TIER_PROMOTE_AGE] = { .name = "promote_age", .min = 0,
		.max = TIER_HISTORY, .def = 0, .unit = "windows" },
	[TIER_DEMOTE_AGE] = { .name = "demote_age", .min = 0,
		.max = TIER_HISTORY, .def = 0, .unit = "windows" },
	[TIER_COOLDOWN] = { .name = "cooldown", .min = 0, .max = 200,
		.def = TIER_COOL_DOWN, .unit = "windows" },
};

static const struct tandem_stat stats[TIER_NR_STATS] = {
#define TIER_COUNTER(name) { #name, TANDEM_STAT_KIND_COUNTER },
#define TIER_GAUGE(name) { #name, TANDEM_STAT_KIND_GAUGE },
#include "tier_counters.h"
};

static const struct tandem_stat subject_stats[TIER_NR_SUBJECT_STATS] = {
	[TIER_SUBJECT_FAST_PAGES] = { "fast_pages", TANDEM_STAT_KIND_GAUGE },
	[TIER_SUBJECT_SLOW_PAGES] = { "slow_pages", TANDEM_STAT_KIND_GAUGE },
	[TIER_SUBJECT_FIXED_FAST] = { "fixed_fast", TANDEM_STAT_KIND_GAUGE },
	[TIER_SUBJECT_FIXED_SLOW] = { "fixed_slow", TANDEM_STAT_KIND_GAUGE },
	[TIER_SUBJECT_IDEAL] = { "ideal_pages", TANDEM_STAT_KIND_GAUGE },
	[TIER_SUBJECT_TARGET] = { "target_pages", TANDEM_STAT_KIND_GAUGE },
	[TIER_SUBJECT_PROMOTED] = { "promoted", TANDEM_STAT_KIND_COUNTER },
	[TIER_SUBJECT_DEMOTED] = { "demoted", TANDEM_STAT_KIND_COUNTER },
	[TIER_SUBJECT_T1] = { "t1_windows", TANDEM_STAT_KIND_GAUGE },
	[TIER_SUBJECT_WINDOW] = { "window_ms", TANDEM_STAT_KIND_GAUGE },
};

/* 0, 1, 2 to 3, and so on to 16 to 31, and what is not in the history. */
#define AGE_BUCKETS 7
static_assert(TIER_AGES == 33);

static const struct tandem_histogram histograms[TIER_NR] = {
	[TIER_FAST] = { "fast_age", "windows", AGE_BUCKETS },
	[TIER_SLOW] = { "slow_age", "windows", AGE_BUCKETS },
};

static int tier_enable(struct tandem_capability *cap)
{
	return tier_thread_start();
}

static void tier_disable(struct tandem_capability *cap)
{
	tier_thread_stop();
}

static u64 tier_stat(struct tandem_capability *cap, unsigned int index)
{
	return READ_ONCE(tier_counters[index]);
}

/* Nodes with memory that would be left in the fast tier. */
static bool leaves_fast_node(u32 slow)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		if (nid >= 32 || !(slow & BIT(nid)))
			return true;
	return false;
}

static int tier_check(struct tandem_capability *cap, const u32 *values,
		      const char **why)
{
	if (values[TIER_WINDOW_MIN_MS] > values[TIER_WINDOW_MAX_MS])
		*why = "window_min_ms is above window_max_ms";
	else if (!leaves_fast_node(values[TIER_SLOW_NODES]))
		*why = "slow_nodes leaves no node with memory in the fast tier";
	else
		return 0;
	return -EINVAL;
}

static const struct tandem_capability_ops tier_ops = {
	.enable = tier_enable,
	.disable = tier_disable,
	.stat = tier_stat,
	.check = tier_check,
	.subject_set = tier_workload_set,
	.subject_forget = tier_workload_forget,
	.subject_next = tier_workload_next,
};

struct tandem_capability tier_capability = {
	.name = "tier",
	.owner = THIS_MODULE,
	.knobs = knobs,
	.nr_knobs = ARRAY_SIZE(knobs),
	.values = tier_knobs,
	.stats = stats,
	.nr_stats = ARRAY_SIZE(stats),
	.subject_knobs = tier_settings,
	.nr_subject_knobs = ARRAY_SIZE(tier_settings),
	.subject_stats = subject_stats,
	.nr_subject_stats = ARRAY_SIZE(subject_stats),
	.subject_histograms = histograms,
	.nr_subject_histograms = ARRAY_SIZE(histograms),
	.ops = &tier_ops,
};

static const char *const needs[] = {
	"node_is_toptier", "vma_is_secretmem",
	"walk_page_range", "__pte_offset_map_lock",
	"ptep_test_and_clear_young", "pmdp_test_and_clear_young",
	"__mmu_notifier_clear_young", "flush_tlb_mm_range",
	"mm_find_pmd", "folio_walk_start", "folio_isolate_lru",
	"migrate_pages", "putback_movable_pages", "lru_add_drain_all",
};

static int __init tier_init(void)
{
	int err;

	err = tandem_borrow_need(THIS_MODULE, needs, ARRAY_SIZE(needs));
	if (err)
		return err;
	err = tier_spaces_init();
	if (err)
		return err;
	err = tandem_capability_register(&tier_capability);
	if (err)
		tier_spaces_exit();
	return err;
}

static void __exit tier_exit(void)
{
	tandem_capability_unregister(&tier_capability);
	tier_workloads_exit();
	tier_spaces_exit();
}

module_init(tier_init);
module_exit(tier_exit);

MODULE_DESCRIPTION("tandem: memory tiering by workload");
MODULE_AUTHOR("The tandem developers");
MODULE_VERSION(TANDEM_VERSION);
MODULE_LICENSE("GPL");
