/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of tandem_reclaim.ko share.
 *
 * The life of a page and the lock order are written down in
 * Documentation/design/reclaim.md; the words used there are the names here:
 * a *call* is one run of the kernel's shrink_folio_list(), it *holds* folios,
 * a *batch* is what one TLB flush covers, a *stream* is the sequence of
 * batches of one task.
 */
#ifndef TANDEM_RECLAIM_H
#define TANDEM_RECLAIM_H

#include <linux/bio.h>
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/pagevec.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <tandem/borrow.h>
#include <tandem/capability.h>
#include <tandem/kernel.h>

#include "reclaim_policy.h"
#include "reclaim_stats.h"

/* The most folios one flush can cover: a PMD of 4 KiB pages. */
#define RECLAIM_BATCH_MAX 1024

struct reclaim_call;

/**
 * enum reclaim_knob - index of a tuning value
 * @RECLAIM_BATCH_PAGES: folios gathered for one flush
 * @RECLAIM_LIST_PAGES: pages isolated at a time, if the kernel would take fewer
 * @RECLAIM_DEPTH: batches in flight per reclaiming task; 1 means no overlap
 * @RECLAIM_WAIT_MS: longest wait for depth, in milliseconds
 * @RECLAIM_INFLIGHT_PAGES: pages in flight on the whole machine
 * @RECLAIM_NR_KNOBS: how many there are
 */
enum reclaim_knob {
	RECLAIM_BATCH_PAGES,
	RECLAIM_LIST_PAGES,
	RECLAIM_DEPTH,
	RECLAIM_WAIT_MS,
	RECLAIM_INFLIGHT_PAGES,
	RECLAIM_NR_KNOBS,
};

/* Written by core when a whole set of values has passed its checks. */
extern u32 reclaim_knobs[RECLAIM_NR_KNOBS];

/**
 * reclaim_knob() - a tuning value, now
 * @knob: which
 *
 * Context: any. Read it once per decision: it may change at any time.
 * Return: the value.
 */
static inline u32 reclaim_knob(enum reclaim_knob knob)
{
	return READ_ONCE(reclaim_knobs[knob]);
}

/**
 * struct reclaim_stream - the batches of one reclaiming task, in order
 * @node: in the table of streams, under its lock
 * @task: the key; never dereferenced
 * @pid: of @task, for the trace
 * @refs: one for the call in progress, one for each batch in flight
 * @in_flight: batches being written
 * @last_done_ns: when the newest finished batch was done (ktime)
 * @wait: where the task waits for depth
 * @queue_lock: protects @queue
 * @queue: bios that a worker is to submit, oldest first
 * @submit: that worker; holds a reference while it is queued or runs
 * @blocks: the device made the last submitter wait
 * @segments: of the last bio that the next page did not fit, 0 if there was none;
 *	only @task reads or writes it
 * @call: the call in progress; only @task reads or writes it
 * @carry: lists carried to the end of a system call; likewise
 * @rcu: readers find a stream without the lock
 */
struct reclaim_stream {
	struct hlist_node node;
	struct task_struct *task;
	pid_t pid;
	refcount_t refs;
	atomic_t in_flight;
	u64 last_done_ns;
	wait_queue_head_t wait;
	/* protects queue */
	spinlock_t queue_lock;
	struct bio_list queue;
	struct work_struct submit;
	bool blocks;
	u32 segments;
	struct reclaim_call *call;
	struct reclaim_carry *carry;
	struct rcu_head rcu;
};

/**
 * struct reclaim_batch - one batch from its first write to its last completion
 * @stream: whose it is; holds a reference
 * @target: memory cgroup whose limit is reclaimed for, or NULL for the machine;
 *	holds a css reference
 * @id: number of the batch, machine-wide
 * @deferred: a worker is to submit its bios
 * @unsubmitted: bios that the worker has still to submit, and one for the task
 * @nid: node of all its folios
 * @start_ns: preparation began
 * @submit_ns: first write handed to the device
 * @done_ns: last completion interrupt so far
 * @pending: bios not yet finished, and one for the submitter
 * @nr_pages: pages written
 * @nr_bios: bios they were written in
 * @freed: pages that left memory when their write completed
 * @requeued: pages that were used again meanwhile
 * @errors: pages whose write failed
 */
struct reclaim_batch {
	struct reclaim_stream *stream;
	struct mem_cgroup *target;
	u64 id;
	bool deferred;
	atomic_t unsubmitted;
	int nid;
	u64 start_ns;
	u64 submit_ns;
	u64 done_ns;
	atomic_t pending;
	u32 nr_pages;
	u32 nr_bios;
	atomic_t freed;
	atomic_t requeued;
	atomic_t errors;
};

/**
 * struct reclaim_gather - the folios held for the next flush
 * @nr: how many
 * @folios: locked and unmapped until the flush
 */
struct reclaim_gather {
	u32 nr;
	struct folio *folios[RECLAIM_BATCH_MAX];
};

/**
 * enum reclaim_phase - what a call is doing
 * @RECLAIM_PHASE_GATHER: the kernel's own code runs and its writes are held back
 * @RECLAIM_PHASE_WRITE: the held folios are being written
 */
enum reclaim_phase {
	RECLAIM_PHASE_GATHER,
	RECLAIM_PHASE_WRITE,
};

/**
 * struct reclaim_call - one run of shrink_folio_list(), on the task's stack
 * @stream: the stream of the task
 * @pgdat: node of the list
 * @sc: the kernel's scan control
 * @stat: the kernel's counts for the caller
 * @phase: what it is doing
 * @start_ns: preparation of the current batch began
 * @gather: folios held, NULL until the first
 * @batch: batch being written, NULL outside RECLAIM_PHASE_WRITE
 * @writing: the folio handed to the kernel's pageout() just now
 * @captured: pageout() has brought @writing into a bio of ours
 * @refused: it has not, because too much is in flight; counted already
 * @bio: bio being filled, NULL if none
 * @extent: what @bio covers
 * @plug: swap-over-filesystem writes collected by the kernel
 * @free: folios that have left and wait to be freed together
 * @kept: folios that were not written after all
 * @nr_reclaimed: pages freed in the call, or in flight
 */
struct reclaim_call {
	struct reclaim_stream *stream;
	struct pglist_data *pgdat;
	struct scan_control *sc;
	struct reclaim_stat *stat;
	enum reclaim_phase phase;
	u64 start_ns;
	struct reclaim_gather *gather;
	struct reclaim_batch *batch;
	struct folio *writing;
	bool captured;
	bool refused;
	struct bio *bio;
	struct reclaim_extent extent;
	struct swap_iocb *plug;
	struct folio_batch free;
	struct list_head kept;
	u32 nr_reclaimed;
};

/* reclaim_stream.c */
struct reclaim_stream *reclaim_stream_enter(void);
void reclaim_stream_get(struct reclaim_stream *stream);
void reclaim_stream_put(struct reclaim_stream *stream);
struct reclaim_call *reclaim_current_call(void);
bool reclaim_stream_wait(struct reclaim_stream *stream);
bool reclaim_streams_empty(void);

/* reclaim_batch.c */
int reclaim_batch_init(void);
void reclaim_batch_exit(void);
bool reclaim_hold(struct reclaim_call *call, struct folio *folio);
void reclaim_break(struct reclaim_call *call);
void reclaim_finish(struct reclaim_call *call, struct list_head *list);
void reclaim_batch_submitted(struct reclaim_batch *batch);
void reclaim_batch_put(struct reclaim_batch *batch);

/* reclaim_list.c */
unsigned long reclaim_list_classic(unsigned long nr_to_scan,
				   struct lruvec *lruvec,
				   struct list_head *dst,
				   unsigned long *nr_scanned,
				   struct scan_control *sc, enum lru_list lru);
int reclaim_list_mglru(struct lruvec *lruvec, struct scan_control *sc,
		       int swappiness, struct list_head *list);

/* reclaim_carry.c */
bool reclaim_carry(struct list_head *list);
void reclaim_carry_exit(void);

/* reclaim_free.c */
bool reclaim_free_folio(struct folio *folio, struct mem_cgroup *target,
			struct folio_batch *free);
void reclaim_free_flush(struct folio_batch *free);

/* reclaim_io.c */
int reclaim_io_init(void);
void reclaim_io_exit(void);
void reclaim_io_add(struct reclaim_call *call, struct folio *folio,
		    struct writeback_control *wbc);
void reclaim_io_close(struct reclaim_call *call);
void reclaim_submit_work(struct work_struct *work);
u64 reclaim_io_in_flight(void);
bool reclaim_io_room(const struct reclaim_call *call, long nr);
bool reclaim_io_wait_idle(unsigned long timeout);
u64 reclaim_io_wait_freed(unsigned long timeout);
void reclaim_io_wait_for(bool (*enough)(const void *arg), const void *arg,
			 unsigned long timeout);
bool reclaim_io_failing(void);

/* reclaim_cgroup.c */
void reclaim_cgroup_enter(const struct mem_cgroup *target, u32 nr);
void reclaim_cgroup_leave(const struct mem_cgroup *target, u32 nr);
bool reclaim_cgroup_wait(struct mem_cgroup *target);
void reclaim_cgroup_settle(struct mem_cgroup *target);

/* reclaim_oom.c */
int reclaim_oom_init(void);
void reclaim_oom_exit(void);
void reclaim_oom_list_begin(void);
void reclaim_oom_list_end(void);
bool reclaim_oom_cgroup(struct mem_cgroup *memcg, gfp_t gfp, int order);

/* reclaim_account.c */
void reclaim_account_init(void);
void reclaim_count_memcg(struct folio *folio, enum vm_event_item item, u32 n);
void reclaim_count_swapped_out(struct folio *folio);

/* reclaim_main.c */
extern struct tandem_capability reclaim_capability;

/* reclaim_hook.c */
extern struct tandem_patch reclaim_patch;
void reclaim_hook_open(void);
void reclaim_hook_close(void);
void reclaim_broken(const char *what);
pageout_t reclaim_kernel_pageout(struct folio *folio,
				 struct swap_iocb **plug);

#endif /* TANDEM_RECLAIM_H */
