/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of tandem_tier.ko: one list.  Only its thread counts, so there is one
 * set for the whole machine.
 */
#ifndef TANDEM_TIER_STATS_H
#define TANDEM_TIER_STATS_H

#include <linux/compiler.h>
#include <linux/types.h>

/* Index of a counter: TIER_STAT_<name>. */
enum tier_stat_item {
#define TIER_COUNTER(name) TIER_STAT_##name,
#define TIER_GAUGE(name) TIER_STAT_##name,
#include "tier_counters.h"
	TIER_NR_STATS,
};

extern u64 tier_counters[TIER_NR_STATS];

/* Context: the thread. */
#define tier_count(item, n)						\
	WRITE_ONCE(tier_counters[TIER_STAT_##item],			\
		   tier_counters[TIER_STAT_##item] + (n))

/* Context: the thread. */
#define tier_set(item, n)						\
	WRITE_ONCE(tier_counters[TIER_STAT_##item], n)

#endif /* TANDEM_TIER_STATS_H */
