// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the pipeline enters the kernel's own reclaim: the functions replaced
 * by livepatch.  Each decides here and leaves the work to the other files.
 *
 * The replacements act only for a task that is inside a pipelined call; for
 * every other the kernel's own code runs.
 */
#include <linux/blkdev.h>
#include <linux/jump_label.h>
#include <linux/livepatch.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/srcu.h>
#include <linux/swap.h>
#include <linux/timekeeping.h>

#include <tandem/patch.h>

#include "reclaim.h"

/* Off sends new calls down the stock path at the first instruction. */
static DEFINE_STATIC_KEY_FALSE(reclaim_key);
/* On whenever a call may be in progress; the inner replacements look at it. */
static DEFINE_STATIC_KEY_FALSE(reclaim_inside);
/* Read inside an SRCU section; false means no call may begin. */
static bool accepting;
/* A call is a read section; closing waits for all that are in progress. */
DEFINE_STATIC_SRCU(reclaim_calls);

/**
 * reclaim_hook_open() - let calls into the pipeline
 *
 * Context: process context, may sleep.
 */
void reclaim_hook_open(void)
{
	static_branch_enable(&reclaim_inside);
	WRITE_ONCE(accepting, true);
	static_branch_enable(&reclaim_key);
}

/**
 * reclaim_hook_close() - no call is in the pipeline when this returns
 *
 * A call that saw the key on but not yet the flag is either waited for, or
 * begins after the grace period started and then reads the flag as false: the
 * write below is ordered before synchronize_srcu(), the read after
 * srcu_read_lock().
 *
 * Context: process context, may sleep. Pages may still be in flight.
 */
void reclaim_hook_close(void)
{
	static_branch_disable(&reclaim_key);
	WRITE_ONCE(accepting, false);
	synchronize_srcu(&reclaim_calls);
	static_branch_disable(&reclaim_inside);
}

/**
 * reclaim_broken() - an internal check found what cannot be
 * @what: a sentence for the administrator, without a newline
 *
 * No call begins after this; the capability goes to the state failed and stays
 * there until an administrator enables it again.
 *
 * Context: any but NMI.
 */
void reclaim_broken(const char *what)
{
	WRITE_ONCE(accepting, false);
	tandem_capability_fail(&reclaim_capability, "%s", what);
}

/**
 * reclaim_kernel_pageout() - the kernel's own pageout() for one held folio
 * @folio: locked
 * @plug: where the kernel collects writes of swap over a filesystem
 *
 * Return: what the kernel's function returns.
 */
pageout_t reclaim_kernel_pageout(struct folio *folio, struct swap_iocb **plug)
{
	/* The list is used for splitting large shmem folios: never held. */
	return tandem_original(pageout)(folio, folio_mapping(folio), plug,
					NULL);
}

static enum reclaim_cause call_allowed(const struct scan_control *sc,
				       bool swapbacked)
{
	struct reclaim_call_facts facts = {
		.accepting = READ_ONCE(accepting),
		.submitting_bio = current->bio_list,
		.may_io = sc->gfp_mask & __GFP_IO,
		.failing = reclaim_io_failing(),
		.swapbacked = swapbacked,
	};

	return reclaim_policy_call(&facts);
}

static bool begins_swapbacked(struct list_head *list)
{
	return !list_empty(list) &&
	       folio_test_swapbacked(list_last_entry(list, struct folio, lru));
}

/* Is there room for another batch, now or soon? */
static enum reclaim_cause wait_for_room(struct reclaim_stream *stream,
					const struct scan_control *sc)
{
	if (!reclaim_io_room(NULL, 1))
		return RECLAIM_INFLIGHT_LIMIT;
	if (!reclaim_stream_wait(stream) ||
	    !reclaim_cgroup_wait(sc->target_mem_cgroup))
		return RECLAIM_DEPTH_TIMEOUT;
	return RECLAIM_PIPELINE;
}

/* Run the kernel's function with its writes held back, then write them. */
static unsigned int run_call(struct reclaim_stream *stream,
			     struct list_head *list, struct pglist_data *pgdat,
			     struct scan_control *sc,
			     struct reclaim_stat *stat, bool ignore_references)
{
	struct reclaim_call call = {
		.stream = stream,
		.pgdat = pgdat,
		.sc = sc,
		.stat = stat,
		.start_ns = ktime_get_ns(),
		.kept = LIST_HEAD_INIT(call.kept),
	};
	unsigned int nr;

	folio_batch_init(&call.free);
	reclaim_count(calls, 1);
	stream->call = &call;
	nr = tandem_original(shrink_folio_list)(list, pgdat, sc, stat,
						ignore_references);
	reclaim_finish(&call, list);
	stream->call = NULL;
	reclaim_cgroup_settle(sc->target_mem_cgroup);
	return nr + call.nr_reclaimed;
}

/* Reclaim inside reclaim: the inner list goes the stock way, unseen. */
static unsigned int run_nested(struct reclaim_stream *stream,
			       struct list_head *list,
			       struct pglist_data *pgdat,
			       struct scan_control *sc,
			       struct reclaim_stat *stat,
			       bool ignore_references)
{
	struct reclaim_call *outer = stream->call;
	unsigned int nr;

	reclaim_count_cause(RECLAIM_NESTED, 1);
	stream->call = NULL;
	nr = tandem_original(shrink_folio_list)(list, pgdat, sc, stat,
						ignore_references);
	stream->call = outer;
	return nr;
}

static unsigned int pipelined_shrink(struct list_head *list,
				     struct pglist_data *pgdat,
				     struct scan_control *sc,
				     struct reclaim_stat *stat,
				     bool ignore_references)
{
	enum reclaim_cause cause = call_allowed(sc, begins_swapbacked(list));
	struct reclaim_stream *stream = NULL;
	unsigned int nr;

	if (cause == RECLAIM_PIPELINE) {
		stream = reclaim_stream_enter();
		if (!stream)
			cause = RECLAIM_NOMEM;
		else if (stream->call)
			cause = RECLAIM_NESTED;
		else
			cause = wait_for_room(stream, sc);
	}
	if (cause == RECLAIM_PIPELINE) {
		nr = run_call(stream, list, pgdat, sc, stat,
			      ignore_references);
	} else if (cause == RECLAIM_NESTED) {
		nr = run_nested(stream, list, pgdat, sc, stat,
				ignore_references);
	} else {
		reclaim_count_cause(cause, 1);
		nr = tandem_original(shrink_folio_list)(list, pgdat, sc, stat,
							ignore_references);
	}
	if (stream)
		reclaim_stream_put(stream);
	return nr;
}

static unsigned int tandem_shrink_folio_list(struct list_head *list,
					     struct pglist_data *pgdat,
					     struct scan_control *sc,
					     struct reclaim_stat *stat,
					     bool ignore_references)
{
	unsigned int nr;
	int idx;

	if (!static_branch_unlikely(&reclaim_key))
		return tandem_original(shrink_folio_list)(list, pgdat, sc,
							  stat,
							  ignore_references);
	idx = srcu_read_lock(&reclaim_calls);
	reclaim_oom_list_begin();
	nr = pipelined_shrink(list, pgdat, sc, stat, ignore_references);
	reclaim_oom_list_end();
	srcu_read_unlock(&reclaim_calls, idx);
	return nr;
}

/* What MADV_PAGEOUT has isolated. Its callers do not look at the result. */
static unsigned long tandem_reclaim_pages(struct list_head *folio_list)
{
	bool carried = false;
	int idx;

	if (static_branch_unlikely(&reclaim_key)) {
		idx = srcu_read_lock(&reclaim_calls);
		carried = READ_ONCE(accepting) && reclaim_carry(folio_list);
		srcu_read_unlock(&reclaim_calls, idx);
	}
	return carried ? 0 : tandem_original(reclaim_pages)(folio_list);
}

/* May more folios be isolated than the kernel asks for? */
static bool longer_list_allowed(const struct scan_control *sc)
{
	return call_allowed(sc, true) == RECLAIM_PIPELINE;
}

static unsigned long
tandem_isolate_lru_folios(unsigned long nr_to_scan, struct lruvec *lruvec,
			  struct list_head *dst, unsigned long *nr_scanned,
			  struct scan_control *sc, enum lru_list lru)
{
	if (static_branch_unlikely(&reclaim_key) && lru == LRU_INACTIVE_ANON &&
	    longer_list_allowed(sc))
		return reclaim_list_classic(nr_to_scan, lruvec, dst, nr_scanned,
					    sc, lru);
	return tandem_original(isolate_lru_folios)(nr_to_scan, lruvec, dst,
						   nr_scanned, sc, lru);
}

static int tandem_isolate_folios(struct lruvec *lruvec,
				 struct scan_control *sc, int swappiness,
				 int *type_scanned, struct list_head *list)
{
	int scanned = tandem_original(isolate_folios)(lruvec, sc, swappiness,
						      type_scanned, list);

	if (static_branch_unlikely(&reclaim_key) && scanned &&
	    *type_scanned == LRU_GEN_ANON && longer_list_allowed(sc))
		scanned += reclaim_list_mglru(lruvec, sc, swappiness, list);
	return scanned;
}

/* The call in which the kernel is preparing folios, if any. */
static struct reclaim_call *gathering_call(void)
{
	struct reclaim_call *call;

	if (!static_branch_unlikely(&reclaim_inside))
		return NULL;
	call = reclaim_current_call();
	return call && call->phase == RECLAIM_PHASE_GATHER ? call : NULL;
}

static enum reclaim_cause hold_allowed(struct folio *folio,
				       struct address_space *mapping)
{
	bool swapcache = folio_test_swapcache(folio);
	struct reclaim_folio_facts facts = {
		.mapping = mapping,
		.swapcache = swapcache,
		.shmem = mapping && !swapcache && shmem_mapping(mapping),
		.large = folio_test_large(folio),
	};

	return reclaim_policy_hold(&facts);
}

/*
 * The kernel wants to write a folio, which is locked and unmapped.  Held, it
 * is said to be written; it stays locked and dirty, and the kernel puts it on
 * the list that it will give back.
 */
static pageout_t tandem_pageout(struct folio *folio,
				struct address_space *mapping,
				struct swap_iocb **plug,
				struct list_head *folio_list)
{
	struct reclaim_call *call = gathering_call();
	enum reclaim_cause cause;

	if (!call)
		return tandem_original(pageout)(folio, mapping, plug,
						folio_list);
	cause = hold_allowed(folio, mapping);
	if (cause == RECLAIM_PIPELINE) {
		if (call->gather &&
		    reclaim_policy_batch_full(call->gather->nr,
					      reclaim_knob(RECLAIM_BATCH_PAGES)))
			reclaim_break(call);
		if (reclaim_hold(call, folio))
			return PAGE_SUCCESS;
		cause = RECLAIM_NOMEM;
	}
	/* The flush that the kernel asked for just before was held back. */
	reclaim_count_cause(cause, folio_nr_pages(folio));
	reclaim_break(call);
	return tandem_original(pageout)(folio, mapping, plug, folio_list);
}

/* The kernel flushes before each write; held writes need one flush in all. */
static void tandem_try_to_unmap_flush_dirty(void)
{
	if (!gathering_call())
		tandem_original(try_to_unmap_flush_dirty)();
}

/* Devices that complete in the call, and swap over a filesystem, are left. */
static bool device_pipelines(struct folio *folio)
{
	struct swap_info_struct *sis;

	sis = tandem_call(swp_swap_info)(folio->swap);
	/* Other bits change under a lock; these two are set at swapon. */
	return !(data_race(sis->flags) & (SWP_FS_OPS | SWP_SYNCHRONOUS_IO));
}

/* The call that has just handed this folio to the kernel's pageout(). */
static struct reclaim_call *writing_call(struct folio *folio)
{
	struct reclaim_call *call;

	if (!static_branch_unlikely(&reclaim_inside))
		return NULL;
	call = reclaim_current_call();
	if (!call || call->phase != RECLAIM_PHASE_WRITE || call->writing != folio)
		return NULL;
	return call;
}

static bool room_for(struct reclaim_call *call, struct folio *folio)
{
	long nr = folio_nr_pages(folio);

	if (reclaim_io_room(call, nr))
		return true;
	reclaim_count_cause(RECLAIM_INFLIGHT_LIMIT, nr);
	call->refused = true;
	return false;
}

static void tandem_swap_writepage(struct folio *folio,
				  struct writeback_control *wbc)
{
	struct reclaim_call *call = writing_call(folio);

	if (!call || !call->batch || !device_pipelines(folio) ||
	    !room_for(call, folio)) {
		tandem_original(__swap_writepage)(folio, wbc);
		return;
	}
	call->captured = true;
	reclaim_io_add(call, folio, wbc);
}

/*
 * The kernel is about to kill a process of a cgroup.  After "true" it tries to
 * charge again, as it does when somebody was killed.
 */
static bool tandem_mem_cgroup_out_of_memory(struct mem_cgroup *memcg,
					    gfp_t gfp_mask, int order)
{
	return reclaim_oom_cgroup(memcg, gfp_mask, order) ||
	       tandem_original(mem_cgroup_out_of_memory)(memcg, gfp_mask,
							 order);
}

static_assert(__same_type(tandem_shrink_folio_list,
			  tandem_proto(shrink_folio_list)));
static_assert(__same_type(tandem_reclaim_pages,
			  tandem_proto(reclaim_pages)));
static_assert(__same_type(tandem_isolate_lru_folios,
			  tandem_proto(isolate_lru_folios)));
static_assert(__same_type(tandem_isolate_folios,
			  tandem_proto(isolate_folios)));
static_assert(__same_type(tandem_pageout, tandem_proto(pageout)));
static_assert(__same_type(tandem_try_to_unmap_flush_dirty,
			  tandem_proto(try_to_unmap_flush_dirty)));
static_assert(__same_type(tandem_swap_writepage,
			  tandem_proto(__swap_writepage)));
static_assert(__same_type(tandem_mem_cgroup_out_of_memory,
			  tandem_proto(mem_cgroup_out_of_memory)));

static struct tandem_patch_func reclaim_funcs[] = {
	{ .name = "shrink_folio_list",
	  .replacement = tandem_shrink_folio_list },
	{ .name = "reclaim_pages", .replacement = tandem_reclaim_pages },
	{ .name = "isolate_lru_folios",
	  .replacement = tandem_isolate_lru_folios },
	{ .name = "isolate_folios", .replacement = tandem_isolate_folios },
	{ .name = "pageout", .replacement = tandem_pageout },
	{ .name = "try_to_unmap_flush_dirty",
	  .replacement = tandem_try_to_unmap_flush_dirty },
	{ .name = "__swap_writepage", .replacement = tandem_swap_writepage },
	{ .name = "mem_cgroup_out_of_memory",
	  .replacement = tandem_mem_cgroup_out_of_memory },
};

struct tandem_patch reclaim_patch = {
	.name = "reclaim",
	.mod = THIS_MODULE,
	.funcs = reclaim_funcs,
	.nr = ARRAY_SIZE(reclaim_funcs),
	.cap = &reclaim_capability,
};
