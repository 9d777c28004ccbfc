// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem_irq.ko: the interrupted process goes on while its interrupt is handled.
 * Loading, unloading, knobs and statistics; what it does is in the other files.
 *
 * No function of the kernel is replaced: what a driver has requested gets another
 * handler, line by line.
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include <tandem/version.h>

#include "irq.h"

u32 irq_knobs[IRQ_NR_KNOBS];

static const struct tandem_knob knobs[IRQ_NR_KNOBS] = {
	[IRQ_HELPERS] = {
		.name = "helpers", .min = 0, .max = U32_MAX, .def = 0,
		.unit = "CPUs" },
	[IRQ_STUCK_MS] = {
		.name = "stuck_ms", .min = 10, .max = 60000, .def = 1000,
		.unit = "ms" },
	[IRQ_MARGIN] = {
		.name = "margin", .min = 0, .max = 10000, .def = 100,
		.unit = "percent" },
};

const struct tandem_knob irq_settings[IRQ_NR_SETTINGS] = {
	[IRQ_MODE] = { .name = "mode", .min = IRQ_STOCK,
		.max = IRQ_NR_MODES - 1, .def = IRQ_STOCK, .unit = "" },
	[IRQ_POLL_US] = { .name = "poll_us", .min = 0, .max = 1000, .def = 0,
		.unit = "us" },
};

static const struct tandem_stat stats[IRQ_NR_STATS] = {
#define IRQ_COUNTER(name) { #name, TANDEM_STAT_KIND_COUNTER },
#define IRQ_GAUGE(name) { #name, TANDEM_STAT_KIND_GAUGE },
#include "irq_counters.h"
};

static const struct tandem_stat subject_stats[IRQ_NR_SUBJECT_STATS] = {
	[IRQ_SUBJECT_MODE] = { "mode_now", TANDEM_STAT_KIND_GAUGE },
	[IRQ_SUBJECT_REFUSAL] = { "refusal", TANDEM_STAT_KIND_GAUGE },
	[IRQ_SUBJECT_HELPER] = { "helper_cpu", TANDEM_STAT_KIND_GAUGE },
	[IRQ_SUBJECT_INTERRUPTS] = { "interrupts", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_HANDED] = { "handed", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_IN_PLACE] = { "in_place", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_COMPLETED] = { "completed", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_MERGED] = { "merged", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_PUT_OFF] = { "put_off", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_RESCUED] = { "rescued", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_LOST] = { "lost_ns", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_HANDLER] = { "handler_ns", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_HELPED] = { "helper_ns", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_WAIT] = { "wait_ns", TANDEM_STAT_KIND_COUNTER },
	[IRQ_SUBJECT_COST] = { "cost_ns", TANDEM_STAT_KIND_GAUGE },
};

static const struct tandem_histogram histograms[] = {
	{ "handler", "ns", IRQ_BUCKETS },
};

static int irq_enable_all(struct tandem_capability *cap)
{
	irq_queue_measure();
	irq_lines_start();
	irq_watch_start();
	return 0;
}

static void irq_disable_all(struct tandem_capability *cap)
{
	irq_lines_stop();
	irq_watch_stop();
}

static u64 sum(unsigned int item)
{
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu(irq_counters, cpu).value[item]);
	return n;
}

static u64 lines_in(enum irq_mode mode)
{
	struct irq_line *line;
	unsigned long index;
	u64 n = 0;

	rcu_read_lock();
	xa_for_each(&irq_lines_by_number, index, line)
		n += READ_ONCE(line->now) == mode;
	rcu_read_unlock();
	return n;
}

static u64 irq_read_stat(struct tandem_capability *cap, unsigned int index)
{
	switch (index) {
	case IRQ_STAT_lines_handed:
		return lines_in(IRQ_HANDOFF);
	case IRQ_STAT_lines_pinned:
		return lines_in(IRQ_PINNED);
	case IRQ_STAT_break_even_ns:
		return irq_queue_cost();
	default:
		return sum(index);
	}
}

static u64 irq_in_flight(struct tandem_capability *cap)
{
	return irq_lines_waiting();
}

/* A CPU that is not there yet may be named; one has to be there. */
static int irq_check(struct tandem_capability *cap, const u32 *values,
		     const char **why)
{
	u32 mask = values[IRQ_HELPERS];
	int cpu;

	if (!mask)
		return 0;
	for_each_online_cpu(cpu)
		if (cpu < 32 && (mask & BIT(cpu)))
			return 0;
	*why = "helpers names no CPU that is online";
	return -EINVAL;
}

static const struct tandem_capability_ops irq_ops = {
	.enable = irq_enable_all,
	.disable = irq_disable_all,
	.in_flight = irq_in_flight,
	.stat = irq_read_stat,
	.check = irq_check,
	.subject_set = irq_lines_set,
	.subject_forget = irq_lines_forget,
	.subject_next = irq_lines_next,
};

struct tandem_capability irq_capability = {
	.name = "irq",
	.owner = THIS_MODULE,
	.knobs = knobs,
	.nr_knobs = ARRAY_SIZE(knobs),
	.values = irq_knobs,
	.stats = stats,
	.nr_stats = ARRAY_SIZE(stats),
	.subject_knobs = irq_settings,
	.nr_subject_knobs = ARRAY_SIZE(irq_settings),
	.subject_stats = subject_stats,
	.nr_subject_stats = ARRAY_SIZE(subject_stats),
	.subject_histograms = histograms,
	.nr_subject_histograms = ARRAY_SIZE(histograms),
	.ops = &irq_ops,
};

static const char *const needs[] = {
	"irq_to_desc", "__enable_irq", "__disable_irq", "mask_irq",
	"cpus_share_cache",
};

static int __init irq_init(void)
{
	int err;

	err = tandem_borrow_need(THIS_MODULE, needs, ARRAY_SIZE(needs));
	if (err)
		return err;
	err = irq_watch_init();
	if (err)
		return err;
	err = tandem_capability_register(&irq_capability);
	if (err)
		irq_watch_exit();
	return err;
}

static void __exit irq_exit_module(void)
{
	tandem_capability_unregister(&irq_capability);
	irq_lines_exit();
	irq_watch_exit();
	/* Tasks that have just said that they are back in user mode. */
	synchronize_rcu_tasks();
}

module_init(irq_init);
module_exit(irq_exit_module);

MODULE_DESCRIPTION("tandem: the interrupted process goes on while its interrupt is handled");
MODULE_AUTHOR("The tandem developers");
MODULE_VERSION(TANDEM_VERSION);
MODULE_LICENSE("GPL");
