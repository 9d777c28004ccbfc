// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem_reclaim.ko: pipelined page reclaim.  Loading, unloading, knobs and
 * statistics; what it does to a page is in the other files.
 */
#include <linux/module.h>
#include <linux/suspend.h>

#include <tandem/patch.h>
#include <tandem/version.h>

#include "reclaim.h"

u32 reclaim_knobs[RECLAIM_NR_KNOBS];

static const struct tandem_knob knobs[RECLAIM_NR_KNOBS] = {
	[RECLAIM_BATCH_PAGES] = {
		.name = "batch_pages", .min = 1, .max = RECLAIM_BATCH_MAX,
		.def = 768, .unit = "pages" },
	[RECLAIM_LIST_PAGES] = {
		.name = "list_pages", .min = 1, .max = RECLAIM_BATCH_MAX,
		.def = 256, .unit = "pages" },
	[RECLAIM_DEPTH] = {
		.name = "depth", .min = 1, .max = 64, .def = 8,
		.unit = "batches" },
	[RECLAIM_WAIT_MS] = {
		.name = "wait_ms", .min = 1, .max = 10000, .def = 100,
		.unit = "ms" },
	[RECLAIM_INFLIGHT_PAGES] = {
		.name = "inflight_pages", .min = 64, .max = 1048576,
		.def = 16384, .unit = "pages" },
};

static const struct tandem_stat stats[RECLAIM_NR_STATS] = {
#define RECLAIM_COUNTER(name) { #name, TANDEM_STAT_KIND_COUNTER },
#include "reclaim_counters.h"
};

static int reclaim_enable(struct tandem_capability *cap)
{
	reclaim_hook_open();
	return 0;
}

static void reclaim_disable(struct tandem_capability *cap)
{
	reclaim_hook_close();
}

static u64 reclaim_in_flight(struct tandem_capability *cap)
{
	return reclaim_io_in_flight();
}

static u64 reclaim_stat(struct tandem_capability *cap, unsigned int index)
{
	return reclaim_stat_sum(index);
}

static const struct tandem_capability_ops reclaim_ops = {
	.enable = reclaim_enable,
	.disable = reclaim_disable,
	.in_flight = reclaim_in_flight,
	.stat = reclaim_stat,
};

struct tandem_capability reclaim_capability = {
	.name = "reclaim",
	.owner = THIS_MODULE,
	.knobs = knobs,
	.nr_knobs = ARRAY_SIZE(knobs),
	.values = reclaim_knobs,
	.stats = stats,
	.nr_stats = ARRAY_SIZE(stats),
	.ops = &reclaim_ops,
};

static const char *const needs[] = {
	"reclaim_pages", "isolate_lru_folios", "isolate_folios",
	"shrink_folio_list", "pageout", "try_to_unmap_flush_dirty",
	"__swap_writepage", "mem_cgroup_out_of_memory",
	"try_to_free_mem_cgroup_pages", "try_to_unmap_flush", "__remove_mapping",
	"__mem_cgroup_uncharge_folios", "free_unref_folios",
	"folio_putback_lru", "swp_swap_info", "swap_folio_sector",
	"swap_write_unplug", "folio_free_swap", "mem_cgroup_swap_full",
	"cgroup_e_css", "__folio_unqueue_deferred_split",
	"__count_memcg_events", "mthp_stats",
};

/* A machine that goes to sleep has nothing in flight. */
static int reclaim_pm(struct notifier_block *nb, unsigned long event,
		      void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		tandem_capability_quiesce(&reclaim_capability,
					  "the machine is going to sleep");
		reclaim_io_wait_idle(MAX_SCHEDULE_TIMEOUT);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		tandem_capability_resume(&reclaim_capability);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block reclaim_pm_nb = {
	.notifier_call = reclaim_pm,
};

static int __init reclaim_init(void)
{
	int err;

	err = tandem_borrow_need(THIS_MODULE, needs, ARRAY_SIZE(needs));
	if (err)
		return err;
	reclaim_account_init();
	err = reclaim_batch_init();
	if (err)
		return err;
	err = reclaim_io_init();
	if (err)
		goto free_batches;
	err = tandem_capability_register(&reclaim_capability);
	if (err)
		goto stop_io;
	err = tandem_patch_resolve(&reclaim_patch);
	if (err)
		goto unregister;
	err = register_pm_notifier(&reclaim_pm_nb);
	if (err)
		goto release_patch;
	err = reclaim_oom_init();
	if (err)
		goto forget_pm;
	err = tandem_patch_enable(&reclaim_patch);
	if (err)
		goto forget_oom;
	return 0;

forget_oom:
	reclaim_oom_exit();
forget_pm:
	unregister_pm_notifier(&reclaim_pm_nb);
release_patch:
	tandem_patch_release(&reclaim_patch);
unregister:
	tandem_capability_unregister(&reclaim_capability);
stop_io:
	reclaim_io_exit();
free_batches:
	reclaim_batch_exit();
	return err;
}

/* The livepatch is out, so no task is in a replacement or will enter one. */
static void __exit reclaim_exit(void)
{
	unregister_pm_notifier(&reclaim_pm_nb);
	/* Whoever watches the patch reports to the capability: it goes first. */
	tandem_patch_release(&reclaim_patch);
	tandem_capability_unregister(&reclaim_capability);
	reclaim_carry_exit();
	reclaim_io_wait_idle(MAX_SCHEDULE_TIMEOUT);
	reclaim_oom_exit();
	reclaim_io_exit();
	WARN_ON(!reclaim_streams_empty());
	reclaim_batch_exit();
}

module_init(reclaim_init);
module_exit(reclaim_exit);

MODULE_DESCRIPTION("tandem: pipelined page reclaim");
MODULE_AUTHOR("The tandem developers");
MODULE_VERSION(TANDEM_VERSION);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
