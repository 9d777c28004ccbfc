// SPDX-License-Identifier: GPL-2.0-only
/*
 * A batch: folios are held while the kernel's own code prepares them, one
 * flush covers them all, then they are written.
 *
 * Held folios stay locked until the flush, so nobody can map one through the
 * swap cache while a stale TLB entry could still write to it.  After the
 * flush all are unlocked at once, and each is locked again and looked at just
 * before its write: a fault on one need not wait for the others.
 */
#include <linux/blkdev.h>
#include <linux/memcontrol.h>
#include <linux/mm_inline.h>
#include <linux/mempool.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/timekeeping.h>
#include <linux/vmstat.h>

#include "reclaim.h"

#define CREATE_TRACE_POINTS
#include "reclaim_trace.h"

/* Batches that can always be had. */
#define RECLAIM_BATCH_RESERVE 64

static mempool_t *batch_pool;
static struct kmem_cache *gather_cache;
static mempool_t *gather_pool;
static atomic64_t last_id = ATOMIC64_INIT(0);

static struct reclaim_batch *batch_begin(struct reclaim_call *call)
{
	struct reclaim_batch *batch;

	batch = mempool_alloc(batch_pool, GFP_NOWAIT | __GFP_NOWARN);
	if (!batch)
		return NULL;
	memset(batch, 0, sizeof(*batch));
	batch->id = atomic64_inc_return(&last_id);
	batch->nid = call->pgdat->node_id;
	batch->start_ns = call->start_ns;
	batch->stream = call->stream;
	batch->target = call->sc->target_mem_cgroup;
	batch->deferred =
		reclaim_policy_defer(atomic_read(&call->stream->in_flight),
				     READ_ONCE(call->stream->blocks));
	atomic_set(&batch->unsubmitted, 1);
	if (batch->deferred)
		reclaim_count(batches_deferred, 1);
	atomic_set(&batch->pending, 1);
	reclaim_stream_get(batch->stream);
	if (batch->target)
		css_get(&batch->target->css);
	return batch;
}

static void batch_end(struct reclaim_batch *batch)
{
	struct reclaim_stream *stream = batch->stream;

	if (batch->nr_bios) {
		trace_batch_complete(batch->id, stream->pid, batch->nr_pages,
				     atomic_read(&batch->freed),
				     atomic_read(&batch->requeued),
				     atomic_read(&batch->errors),
				     batch->done_ns);
		reclaim_count(pages_requeued, atomic_read(&batch->requeued));
		reclaim_count(write_errors, atomic_read(&batch->errors));
		reclaim_count(write_ns, batch->done_ns - batch->submit_ns);
		WRITE_ONCE(stream->last_done_ns, batch->done_ns);
	}
	atomic_dec(&stream->in_flight);
	wake_up(&stream->wait);
	if (batch->target)
		css_put(&batch->target->css);
	mempool_free(batch, batch_pool);
	reclaim_stream_put(stream);
}

/**
 * reclaim_batch_submitted() - a bio was submitted, or the task has no more
 * @batch: the batch; one of its unsubmitted counts is given back
 *
 * The last one gives back the submitter's pending count. All of its pages may
 * have been used again: then it has no bio.
 *
 * Context: process context.
 */
void reclaim_batch_submitted(struct reclaim_batch *batch)
{
	if (!atomic_dec_and_test(&batch->unsubmitted))
		return;
	if (batch->nr_bios)
		trace_batch_submit(batch->id, batch->stream->pid,
				   batch->nr_pages, batch->nr_bios,
				   batch->submit_ns);
	reclaim_batch_put(batch);
}

/**
 * reclaim_batch_put() - a bio of a batch has ended, or its submitter is done
 * @batch: gone after the last
 *
 * Context: process context.
 */
void reclaim_batch_put(struct reclaim_batch *batch)
{
	if (atomic_dec_and_test(&batch->pending))
		batch_end(batch);
}

/**
 * reclaim_hold() - keep the write of a folio back until the flush
 * @call: the call
 * @folio: locked, unmapped, dirty; stays so
 *
 * Context: process context; does not sleep, since folios are held locked.
 * Return: false without memory; then nothing has changed.
 */
bool reclaim_hold(struct reclaim_call *call, struct folio *folio)
{
	if (!call->gather) {
		call->gather = mempool_alloc(gather_pool,
					     GFP_NOWAIT | __GFP_NOWARN);
		if (!call->gather)
			return false;
		call->gather->nr = 0;
	}
	call->gather->folios[call->gather->nr++] = folio;
	reclaim_count(pages_held, folio_nr_pages(folio));
	return true;
}

/* What the kernel does with a folio that may not be written after all. */
static void activate(struct reclaim_call *call, struct folio *folio)
{
	long nr = folio_nr_pages(folio);

	if (folio_test_swapcache(folio) &&
	    (tandem_call(mem_cgroup_swap_full)(folio) ||
	     folio_test_mlocked(folio)))
		tandem_call(folio_free_swap)(folio);
	if (folio_test_mlocked(folio))
		return;
	folio_set_active(folio);
	call->stat->nr_activate[folio_is_file_lru(folio)] += nr;
	reclaim_count_memcg(folio, PGACTIVATE, nr);
	count_vm_events(PGACTIVATE, nr);
}

/* The folio is locked, clean, unmapped and on no list: take it out now. */
static bool free_now(struct reclaim_call *call, struct folio *folio)
{
	long nr = folio_nr_pages(folio);

	if (!reclaim_free_folio(folio, call->sc->target_mem_cgroup,
				&call->free)) {
		folio_unlock(folio);
		return false;
	}
	call->nr_reclaimed += nr;
	reclaim_count(pages_sync, nr);
	return true;
}

/*
 * The kernel's pageout() is done with the folio, has unlocked it, and it is
 * not in a bio of ours: zero-filled, in zswap, on a synchronous device, or
 * handed to a device by the kernel.
 */
static bool after_kernel_write(struct reclaim_call *call, struct folio *folio)
{
	if (folio_test_writeback(folio)) {
		if (!call->refused)
			reclaim_count_cause(RECLAIM_DEVICE,
					    folio_nr_pages(folio));
		return false;
	}
	if (folio_test_dirty(folio) || !folio_trylock(folio))
		return false;
	return free_now(call, folio);
}

static enum reclaim_cause relock(struct folio *folio)
{
	struct reclaim_write_facts facts = {
		.locked = folio_trylock(folio),
	};
	enum reclaim_cause cause;

	if (facts.locked) {
		facts.mapped = folio_mapped(folio);
		facts.writeback = folio_test_writeback(folio);
		facts.pinned = folio_maybe_dma_pinned(folio);
	}
	cause = reclaim_policy_write(&facts);
	if (cause != RECLAIM_PIPELINE && facts.locked)
		folio_unlock(folio);
	return cause;
}

/* Return: true if the folio, on no list, has left the caller's hands. */
static bool page_out(struct reclaim_call *call, struct folio *folio)
{
	call->writing = folio;
	call->captured = false;
	call->refused = false;
	switch (reclaim_kernel_pageout(folio, &call->plug)) {
	case PAGE_SUCCESS:
		return call->captured || after_kernel_write(call, folio);
	case PAGE_CLEAN:
		return free_now(call, folio);
	case PAGE_ACTIVATE:
		activate(call, folio);
		break;
	case PAGE_KEEP:
		/* Somebody else holds a reference. */
		reclaim_count_cause(RECLAIM_PINNED, folio_nr_pages(folio));
		break;
	}
	folio_unlock(folio);
	return false;
}

static void write_folio(struct reclaim_call *call, struct folio *folio)
{
	enum reclaim_cause cause = relock(folio);

	if (cause != RECLAIM_PIPELINE) {
		/* It is on the kernel's list already, and goes back from it. */
		reclaim_count_cause(cause, folio_nr_pages(folio));
		return;
	}
	list_del(&folio->lru);
	if (!page_out(call, folio))
		list_add(&folio->lru, &call->kept);
}

static void write_folios(struct reclaim_call *call)
{
	struct reclaim_gather *gather = call->gather;
	struct blk_plug plug, *outer = current->plug;
	u32 i;

	/*
	 * An outer plug would keep the writes back until the caller is done
	 * with the next batches too: use one of our own.  What the outer one
	 * holds is sent off first: when the task sleeps the kernel sends what
	 * its present plug holds, and it may sleep for the very requests that
	 * the other would keep.
	 */
	if (outer)
		blk_finish_plug(outer);
	blk_start_plug(&plug);
	for (i = 0; i < gather->nr; i++)
		write_folio(call, gather->folios[i]);
	if (call->batch)
		reclaim_io_close(call);
	if (call->plug) {
		tandem_call(swap_write_unplug)(call->plug);
		call->plug = NULL;
	}
	blk_finish_plug(&plug);
	current->plug = outer;
	reclaim_free_flush(&call->free);
}

static void note_prepared(struct reclaim_call *call, u64 now_ns)
{
	struct reclaim_stream *stream = call->stream;
	bool in_flight = atomic_read(&stream->in_flight);

	reclaim_count(batches, 1);
	reclaim_count(flushes, 1);
	reclaim_count(prepare_ns, now_ns - call->start_ns);
	reclaim_count(overlap_ns,
		      reclaim_policy_overlap_ns(call->start_ns, now_ns,
						in_flight,
						READ_ONCE(stream->last_done_ns)));
}

/* The flush is done: whoever waits for the folio may have it. */
static void release_held(struct folio *folio)
{
	if (likely(folio_test_locked(folio)))
		folio_unlock(folio);
	else
		reclaim_broken("a held folio was unlocked before its flush");
}

/* What a CPU may still write to must not be on its way to the device. */
static void must_be_flushed(void)
{
	if (likely(!current->tlb_ubc.flush_required))
		return;
	reclaim_broken("held folios were to be written before the TLB flush");
	tandem_call(try_to_unmap_flush)();
}

/* Write what is held. The TLB has been flushed. */
static void write_batch(struct reclaim_call *call)
{
	struct reclaim_gather *gather = call->gather;
	u64 now_ns = ktime_get_ns();
	u32 i;

	must_be_flushed();
	call->phase = RECLAIM_PHASE_WRITE;
	for (i = 0; i < gather->nr; i++)
		release_held(gather->folios[i]);
	note_prepared(call, now_ns);
	/* Without memory for a batch the kernel's own path writes. */
	call->batch = batch_begin(call);
	if (call->batch) {
		trace_batch_prepare(call->batch->id, call->stream->pid,
				    call->batch->nid, gather->nr,
				    call->start_ns, now_ns);
		atomic_inc(&call->stream->in_flight);
	} else {
		reclaim_count_cause(RECLAIM_NOMEM, gather->nr);
	}
	write_folios(call);
	gather->nr = 0;
	if (call->batch) {
		reclaim_batch_submitted(call->batch);
		call->batch = NULL;
	}
	call->start_ns = ktime_get_ns();
	call->phase = RECLAIM_PHASE_GATHER;
}

static u32 held(const struct reclaim_call *call)
{
	return call->gather ? call->gather->nr : 0;
}

/**
 * reclaim_break() - flush and write what is held before the list is done
 * @call: the call
 *
 * For a full batch, and before the kernel does something that may not happen
 * while folios are held locked or TLB entries are stale.
 *
 * Context: may sleep.
 */
void reclaim_break(struct reclaim_call *call)
{
	tandem_call(try_to_unmap_flush)();
	if (held(call))
		write_batch(call);
}

/**
 * reclaim_finish() - write what is still held; the kernel is done with the list
 * @call: the call; the kernel has flushed at the end of its list
 * @list: the list that the kernel gives back to the LRU
 *
 * Context: may sleep.
 */
void reclaim_finish(struct reclaim_call *call, struct list_head *list)
{
	if (held(call))
		write_batch(call);
	if (call->gather)
		mempool_free(call->gather, gather_pool);
	list_splice(&call->kept, list);
}

/* That there is a constructor spares clearing 4 KiB for each list. */
static void gather_init(void *gather)
{
	((struct reclaim_gather *)gather)->nr = 0;
}

/* A pool of slab objects that have one is refused, for it may poison them. */
static void *gather_alloc(gfp_t gfp, void *cache)
{
	return kmem_cache_alloc(cache, gfp);
}

static void gather_free(void *gather, void *cache)
{
	kmem_cache_free(cache, gather);
}

/**
 * reclaim_batch_init() - make the reserves
 *
 * Return: 0, or -ENOMEM.
 */
int reclaim_batch_init(void)
{
	batch_pool = mempool_create_kmalloc_pool(RECLAIM_BATCH_RESERVE,
						 sizeof(struct reclaim_batch));
	if (!batch_pool)
		return -ENOMEM;
	gather_cache = kmem_cache_create("tandem_gather",
					 sizeof(struct reclaim_gather), 0, 0,
					 gather_init);
	if (!gather_cache)
		goto free_batches;
	gather_pool = mempool_create(num_possible_cpus() + 4, gather_alloc,
				     gather_free, gather_cache);
	if (!gather_pool)
		goto free_cache;
	return 0;

free_cache:
	kmem_cache_destroy(gather_cache);
free_batches:
	mempool_destroy(batch_pool);
	return -ENOMEM;
}

/**
 * reclaim_batch_exit() - undo reclaim_batch_init(); no batch may be left
 */
void reclaim_batch_exit(void)
{
	mempool_destroy(gather_pool);
	kmem_cache_destroy(gather_cache);
	mempool_destroy(batch_pool);
}
