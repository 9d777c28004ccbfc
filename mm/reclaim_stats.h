/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of tandem_reclaim.ko: one list, per CPU, summed when read.
 */
#ifndef TANDEM_RECLAIM_STATS_H
#define TANDEM_RECLAIM_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "reclaim_policy.h"

/*
 * Name in sysfs and netlink, and what it counts.  The fallbacks follow, one
 * for each cause in the order of enum reclaim_cause.
 */
#define RECLAIM_COUNTERS(X)						\
	X(calls, "lists of folios taken into the pipeline")		\
	X(batches, "batches prepared")					\
	X(pages_held, "pages whose write waited for the flush")		\
	X(pages_submitted, "pages handed to a device")			\
	X(pages_completed, "pages whose write has ended")		\
	X(pages_freed, "pages freed when their write ended")		\
	X(pages_sync, "pages freed in the call, without a device")	\
	X(pages_requeued, "pages used again while being written")	\
	X(write_errors, "pages whose write failed; they were kept")	\
	X(bios, "bios submitted")					\
	X(flushes, "TLB flushes made for a batch")			\
	X(overlap_ns, "preparation time beside a write of the same task") \
	X(write_ns, "time from submission to completion, all batches")	\
	X(prepare_ns, "time preparing batches")				\
	X(wait_ns, "time waiting for depth")				\
	X(worker_ns, "time of workers freeing pages")			\
	X(fallback_disabled, "lists: module off")			\
	X(fallback_bio_list, "lists: inside bio submission")		\
	X(fallback_noio, "lists: allocation forbids I/O")		\
	X(fallback_nomem, "no memory for bookkeeping")			\
	X(fallback_depth_timeout, "lists: device too slow")		\
	X(fallback_inflight_limit, "lists: too many pages in flight")	\
	X(fallback_nested, "lists: reclaim inside reclaim")		\
	X(fallback_not_swap, "folios or lists that do not go to swap")	\
	X(fallback_large, "large shmem folios")				\
	X(fallback_remapped, "folios used again before their write")	\
	X(fallback_locked, "folios locked when their write was due")	\
	X(fallback_pinned, "folios pinned or referenced")		\
	X(fallback_device, "pages written by the kernel's own path")

#define RECLAIM_COUNTER_ENUM(name, help) RECLAIM_STAT_##name,
enum reclaim_stat_item {
	RECLAIM_COUNTERS(RECLAIM_COUNTER_ENUM)
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
