/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of tandem_reclaim.ko, each once, by its name in sysfs and
 * netlink.  There is no include guard: a file that includes this defines
 * RECLAIM_COUNTER(name) first.  The fallbacks stand last, one for each cause,
 * in the order of enum reclaim_cause.
 */
RECLAIM_COUNTER(calls)	/* lists of folios taken into the pipeline */
RECLAIM_COUNTER(batches)	/* batches prepared */
RECLAIM_COUNTER(pages_held)	/* pages whose write waited for the flush */
RECLAIM_COUNTER(pages_submitted)	/* pages handed to a device */
RECLAIM_COUNTER(pages_completed)	/* pages whose write has ended */
RECLAIM_COUNTER(pages_freed)	/* pages freed when their write ended */
RECLAIM_COUNTER(pages_sync)	/* pages freed in the call, without a device */
RECLAIM_COUNTER(pages_requeued)	/* pages used again while being written */
RECLAIM_COUNTER(write_errors)	/* pages whose write failed; they were kept */
RECLAIM_COUNTER(bios)	/* bios submitted */
RECLAIM_COUNTER(batches_deferred)	/* batches that a worker submitted */
RECLAIM_COUNTER(flushes)	/* TLB flushes made for a batch */
RECLAIM_COUNTER(overlap_ns)	/* preparation time beside a write of the same task */
RECLAIM_COUNTER(write_ns)	/* time from submission to completion, all batches */
RECLAIM_COUNTER(prepare_ns)	/* time preparing batches */
RECLAIM_COUNTER(wait_ns)	/* time waiting for depth */
RECLAIM_COUNTER(oom_deferred)	/* out-of-memory kills put off, as memory came free */
RECLAIM_COUNTER(worker_ns)	/* time of workers, not counting waits for a device */

/* What went the stock way: lists, or pages where it says so. */
RECLAIM_COUNTER(fallback_disabled)	/* lists: module off */
RECLAIM_COUNTER(fallback_bio_list)	/* lists: inside bio submission */
RECLAIM_COUNTER(fallback_noio)	/* lists: allocation forbids I/O */
RECLAIM_COUNTER(fallback_nomem)	/* no memory for bookkeeping */
RECLAIM_COUNTER(fallback_depth_timeout)	/* lists: device too slow */
RECLAIM_COUNTER(fallback_inflight_limit)	/* lists and pages: too many in flight */
RECLAIM_COUNTER(fallback_nested)	/* lists: reclaim inside reclaim */
RECLAIM_COUNTER(fallback_not_swap)	/* folios or lists that do not go to swap */
RECLAIM_COUNTER(fallback_large)	/* large shmem folios */
RECLAIM_COUNTER(fallback_remapped)	/* folios used again before their write */
RECLAIM_COUNTER(fallback_locked)	/* folios locked when their write was due */
RECLAIM_COUNTER(fallback_pinned)	/* folios pinned or referenced */
RECLAIM_COUNTER(fallback_device)	/* pages written by the kernel's own path */
RECLAIM_COUNTER(fallback_write_error)	/* lists: a device refused writes just now */

#undef RECLAIM_COUNTER
