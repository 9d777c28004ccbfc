// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of tandem_reclaim.ko: storage and summing.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>

#include "reclaim_stats.h"

DEFINE_PER_CPU(struct reclaim_counters, reclaim_counters);

static_assert(RECLAIM_NR_STATS ==
	      RECLAIM_STAT_fallback_disabled + RECLAIM_NR_CAUSES - 1,
	      "one fallback counter for each cause");

/**
 * reclaim_stat_sum() - value of a counter over all CPUs
 * @item: enum reclaim_stat_item
 *
 * Context: any; a CPU that counts meanwhile may or may not be included.
 * Return: the sum.
 */
u64 reclaim_stat_sum(unsigned int item)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(reclaim_counters, cpu).value[item]);
	return sum;
}
