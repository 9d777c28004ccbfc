/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of tandem_reclaim.ko: one list, per CPU, summed when read.
 */
#ifndef TANDEM_RECLAIM_STATS_H
#define TANDEM_RECLAIM_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "reclaim_policy.h"

/* Index of a counter: RECLAIM_STAT_<name>. */
enum reclaim_stat_item {
#define RECLAIM_COUNTER(name) RECLAIM_STAT_##name,
#include "reclaim_counters.h"
	RECLAIM_NR_STATS,
};

/**
 * struct reclaim_counters - the counters of one CPU
 * @value: indexed by enum reclaim_stat_item
 */
struct reclaim_counters {
	u64 value[RECLAIM_NR_STATS];
};

DECLARE_PER_CPU(struct reclaim_counters, reclaim_counters);

/* Context: any. */
#define reclaim_count(item, n)						\
	this_cpu_add(reclaim_counters.value[RECLAIM_STAT_##item], (n))

/**
 * reclaim_count_cause() - count what went the stock way
 * @cause: why; RECLAIM_PIPELINE is not counted
 * @n: how many
 */
static inline void reclaim_count_cause(enum reclaim_cause cause, u64 n)
{
	unsigned int item = RECLAIM_STAT_fallback_disabled + cause -
			    RECLAIM_DISABLED;

	if (cause != RECLAIM_PIPELINE)
		this_cpu_add(reclaim_counters.value[item], n);
}

u64 reclaim_stat_sum(unsigned int item);

#endif /* TANDEM_RECLAIM_STATS_H */
