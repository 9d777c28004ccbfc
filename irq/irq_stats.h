/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of tandem_irq.ko: one list, per CPU, summed when read.
 */
#ifndef TANDEM_IRQ_STATS_H
#define TANDEM_IRQ_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

/* Index of a counter: IRQ_STAT_<name>. */
enum irq_stat_item {
#define IRQ_COUNTER(name) IRQ_STAT_##name,
#define IRQ_GAUGE(name) IRQ_STAT_##name,
#include "irq_counters.h"
	IRQ_NR_STATS,
};

/**
 * struct irq_counters - the counters of one CPU
 * @value: indexed by enum irq_stat_item; those of gauges are not used
 */
struct irq_counters {
	u64 value[IRQ_NR_STATS];
};

DECLARE_PER_CPU(struct irq_counters, irq_counters);

/* Context: any. */
#define irq_add(item, n)						\
	this_cpu_add(irq_counters.value[IRQ_STAT_##item], (n))

#endif /* TANDEM_IRQ_STATS_H */
