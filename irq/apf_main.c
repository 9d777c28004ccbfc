// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem_apf.ko: asynchronous page faults.  Loading, unloading, knobs and
 * statistics; what it does is in the other files.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include <tandem/version.h>

#include "apf.h"

u32 apf_knobs[APF_NR_KNOBS];
DEFINE_PER_CPU(struct apf_counters, apf_counters);

/* Reads in flight, and task work queued. */
atomic_t apf_in_flight = ATOMIC_INIT(0);

static const struct tandem_knob knobs[APF_NR_KNOBS] = {
	[APF_THREADS_PER_USER] = {
		.name = "threads_per_user", .min = 0, .max = 65536, .def = 64,
		.unit = "threads" },
	[APF_READS_PER_USER] = {
		.name = "reads_per_user", .min = 0, .max = 65536, .def = 256,
		.unit = "reads" },
};

static const struct tandem_stat stats[APF_NR_STATS] = {
#define APF_COUNTER(name) { #name, TANDEM_STAT_KIND_COUNTER },
#define APF_CAUSE(name) { "ordinary_" #name, TANDEM_STAT_KIND_COUNTER },
#define APF_GAUGE(name) { #name, TANDEM_STAT_KIND_GAUGE },
#include "apf_counters.h"
};

/**
 * apf_begin() - something begins that unloading has to wait for
 *
 * Context: any.
 */
void apf_begin(void)
{
	atomic_inc(&apf_in_flight);
}

/**
 * apf_end() - it has ended
 *
 * Context: any but NMI.
 */
void apf_end(void)
{
	if (atomic_dec_and_test(&apf_in_flight))
		tandem_capability_idle(&apf_capability);
}

static int apf_enable(struct tandem_capability *cap)
{
	apf_fault_start();
	return 0;
}

static void apf_disable(struct tandem_capability *cap)
{
	apf_fault_stop();
}

static u64 apf_capability_in_flight(struct tandem_capability *cap)
{
	return atomic_read(&apf_in_flight);
}

static u64 apf_stat(struct tandem_capability *cap, unsigned int index)
{
	u64 sum = 0;
	int cpu;

	if (index == APF_STAT_threads)
		return atomic_read(&apf_nr_threads);
	if (index == APF_STAT_reads)
		return atomic_read(&apf_nr_reads);
	for_each_possible_cpu(cpu)
		sum += per_cpu(apf_counters, cpu).values[index];
	return sum;
}

static const struct tandem_capability_ops apf_ops = {
	.enable = apf_enable,
	.disable = apf_disable,
	.in_flight = apf_capability_in_flight,
	.stat = apf_stat,
};

struct tandem_capability apf_capability = {
	.name = "apf",
	.owner = THIS_MODULE,
	.knobs = knobs,
	.nr_knobs = ARRAY_SIZE(knobs),
	.values = apf_knobs,
	.stats = stats,
	.nr_stats = ARRAY_SIZE(stats),
	.ops = &apf_ops,
};

static const char *const needs[] = {
	"do_swap_page", "swapin_readahead", "swap_cache_get_folio",
	"get_swap_device", "__count_memcg_events", "__do_fault",
	"swap_cluster_readahead", "get_vma_policy", "__mpol_put",
};

static int __init apf_init(void)
{
	int err;

	err = tandem_borrow_need(THIS_MODULE, needs, ARRAY_SIZE(needs));
	if (err)
		return err;
	err = tandem_capability_register(&apf_capability);
	if (err)
		return err;
	err = tandem_patch_resolve(&apf_patch);
	if (err)
		goto unregister;
	err = apf_device_init();
	if (err)
		goto release_patch;
	err = tandem_patch_enable(&apf_patch);
	if (err)
		goto remove_device;
	return 0;

remove_device:
	apf_device_exit();
release_patch:
	tandem_patch_release(&apf_patch);
unregister:
	tandem_capability_unregister(&apf_capability);
	return err;
}

/*
 * The livepatch is out and no file is open, or the module would be in use.  What
 * may be left are reads whose thread has gone, and returns from our own functions.
 */
static void __exit apf_exit(void)
{
	apf_device_exit();
	tandem_patch_release(&apf_patch);
	tandem_capability_unregister(&apf_capability);
	apf_signals_exit();
	/* Task work that has counted itself out, and waiters with interrupts off. */
	synchronize_rcu_tasks();
	synchronize_rcu();
	rcu_barrier();
	WARN_ON(atomic_read(&apf_nr_threads));
}

module_init(apf_init);
module_exit(apf_exit);

MODULE_DESCRIPTION("tandem: asynchronous page faults");
MODULE_AUTHOR("The tandem developers");
MODULE_VERSION(TANDEM_VERSION);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
