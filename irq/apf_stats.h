/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of tandem_apf.ko: one list, for each CPU one set.  Causes come in the
 * order of enum apf_cause.
 */
#ifndef TANDEM_APF_STATS_H
#define TANDEM_APF_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "apf_policy.h"

/* Index of a counter: APF_STAT_<name>. */
enum apf_stat_item {
#define APF_COUNTER(name) APF_STAT_##name,
#define APF_CAUSE(name) APF_STAT_##name,
#define APF_GAUGE(name) APF_STAT_##name,
#include "apf_counters.h"
	APF_NR_STATS,
};

/**
 * struct apf_counters - those of one CPU
 * @values: by enum apf_stat_item; those of gauges are not used
 */
struct apf_counters {
	u64 values[APF_NR_STATS];
};

DECLARE_PER_CPU(struct apf_counters, apf_counters);

/* Context: any. */
#define apf_count(item) this_cpu_inc(apf_counters.values[APF_STAT_##item])

/* Context: any. */
static inline void apf_count_cause(enum apf_cause cause)
{
	this_cpu_inc(apf_counters.values[APF_STAT_kernel +
					 (cause - APF_CAUSE_kernel)]);
}

#endif /* TANDEM_APF_STATS_H */
