// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a batch: bios of many pages, their completion, and the worker that
 * takes the pages out of memory when the device is done with them.
 *
 * From reclaim_io_add() on a folio belongs to its bio: it is on no list, has
 * the writeback flag, and the isolation reference is the bio's.  The worker
 * gives it back, to the free lists or to the LRU, in every case.
 */
#include <linux/blk-cgroup.h>
#include <linux/blkdev.h>
#include <linux/cgroup.h>
#include <linux/ioprio.h>
#include <linux/llist.h>
#include <linux/memcontrol.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/timekeeping.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>
#include <linux/writeback.h>

#include "reclaim.h"

/* Bios that can always be had; one task needs one at a time to go on. */
#define RECLAIM_BIO_RESERVE 64

/**
 * struct reclaim_bio - a bio with what its completion needs
 * @done: on the list of finished bios
 * @batch: batch it belongs to; holds one of its pending counts
 * @done_ns: when the device was done
 * @cpu: of the task that reclaims
 * @nr_pages: pages it writes
 * @zone_pages: the same by zone
 * @bio: must be last, its bvecs follow
 */
struct reclaim_bio {
	struct llist_node done;
	struct reclaim_batch *batch;
	u64 done_ns;
	int cpu;
	u32 nr_pages;
	u32 zone_pages[MAX_NR_ZONES];
	struct bio bio;
};

/**
 * struct reclaim_done - finished bios of the tasks on one CPU
 * @list: newest first
 * @work: frees their pages
 */
struct reclaim_done {
	struct llist_head list;
	struct work_struct work;
};

static DEFINE_PER_CPU(struct reclaim_done, reclaim_done);
static struct workqueue_struct *reclaim_wq;
/* Apart, since its workers may wait for a device. */
static struct workqueue_struct *submit_wq;
static struct bio_set reclaim_bioset;
/* Pages between reclaim_io_add() and the end of their worker. */
static atomic64_t pages_in_flight = ATOMIC64_INIT(0);
/* Woken when some of them have ended. */
static DECLARE_WAIT_QUEUE_HEAD(ended_wait);
/* When a device last refused a write (ktime), 0 if none ever has. */
static u64 failed_ns;

static struct reclaim_bio *to_reclaim_bio(struct bio *bio)
{
	return container_of(bio, struct reclaim_bio, bio);
}

/**
 * reclaim_io_in_flight() - pages being written or waiting for the worker
 *
 * Return: pages.
 */
u64 reclaim_io_in_flight(void)
{
	return atomic64_read(&pages_in_flight);
}

/* Pages that are free, on an LRU list or in flight; see account_in_flight(). */
static u64 reach_pages(void)
{
	u64 pages = global_zone_page_state(NR_FREE_PAGES);
	int lru;

	for_each_evictable_lru(lru)
		pages += global_zone_page_state(NR_ZONE_LRU_BASE + lru);
	return pages;
}

/**
 * reclaim_io_room() - may more pages be put in flight?
 * @call: the call that wants to, with its open bio, or NULL
 * @nr: how many pages
 *
 * Not exact between tasks: each may be over by the bio it is filling.
 *
 * Return: true if the limit of the machine leaves room for them.
 */
bool reclaim_io_room(const struct reclaim_call *call, long nr)
{
	u32 knob = reclaim_knob(RECLAIM_INFLIGHT_PAGES);
	u64 used = reclaim_io_in_flight() + nr;

	if (call && call->bio)
		used += to_reclaim_bio(call->bio)->nr_pages;
	return used <= reclaim_policy_inflight_limit(knob, reach_pages());
}

/**
 * reclaim_io_wait_idle() - wait until no page is in flight
 * @timeout: jiffies
 *
 * Context: may sleep. New work must have been stopped.
 * Return: true if none is left.
 */
bool reclaim_io_wait_idle(unsigned long timeout)
{
	return wait_event_timeout(ended_wait, !reclaim_io_in_flight(),
				  timeout) > 0;
}

/* Has the counter come so far, or can it no more, with nothing in flight? */
static bool counted(enum reclaim_stat_item item, u64 goal)
{
	return reclaim_stat_sum(item) >= goal || !reclaim_io_in_flight();
}

/**
 * reclaim_io_wait_freed() - wait until half of what is in flight is free
 * @timeout: jiffies
 *
 * Context: may sleep.
 * Return: pages freed meanwhile; none if nothing was in flight, or if the
 * writes failed or did not end in time.
 */
u64 reclaim_io_wait_freed(unsigned long timeout)
{
	u64 before = reclaim_stat_sum(RECLAIM_STAT_pages_freed);
	u64 flying = reclaim_io_in_flight();

	if (flying)
		wait_event_timeout(ended_wait,
				   counted(RECLAIM_STAT_pages_freed,
					   before + (flying + 1) / 2),
				   timeout);
	return reclaim_stat_sum(RECLAIM_STAT_pages_freed) - before;
}

/**
 * reclaim_io_wait_for() - wait until enough has ended
 * @enough: says so; asked again whenever some writes have ended
 * @arg: for @enough
 * @timeout: jiffies
 *
 * No longer than until as many pages have ended as are in flight now: others may
 * keep the devices busy for ever.  A killed task does not wait.
 *
 * Context: may sleep.
 */
void reclaim_io_wait_for(bool (*enough)(const void *arg), const void *arg,
			 unsigned long timeout)
{
	u64 flying = reclaim_io_in_flight();
	u64 goal = reclaim_stat_sum(RECLAIM_STAT_pages_completed) + flying;

	wait_event_killable_timeout(ended_wait,
				    enough(arg) ||
				    counted(RECLAIM_STAT_pages_completed, goal),
				    timeout);
}

/**
 * reclaim_io_failing() - has a device refused a write in the last seconds?
 *
 * Return: true if so.
 */
bool reclaim_io_failing(void)
{
	u64 last_ns = READ_ONCE(failed_ns);

	return reclaim_policy_failing(last_ns, ktime_get_ns());
}

/*
 * Pages in flight are on no LRU list.  They are counted as isolated, like
 * everything reclaim has taken off, and in their zone as inactive, where
 * stock would count them: the out-of-memory decision adds up what a zone
 * could still give, and these pages are about to be given.
 */
static void account_in_flight(struct reclaim_bio *rbio, int sign)
{
	pg_data_t *pgdat = NODE_DATA(rbio->batch->nid);
	int z;

	mod_node_page_state(pgdat, NR_ISOLATED_ANON,
			    sign * (long)rbio->nr_pages);
	for (z = 0; z < MAX_NR_ZONES; z++)
		if (rbio->zone_pages[z])
			mod_zone_page_state(&pgdat->node_zones[z],
					    NR_ZONE_INACTIVE_ANON,
					    sign * (long)rbio->zone_pages[z]);
}

/*
 * One folio whose write has ended: out of memory, or back to the LRU.
 * Return: true if it is among @free.
 */
static bool finish_folio(struct reclaim_batch *batch, struct folio *folio,
			 bool failed, struct folio_batch *free)
{
	long nr = folio_nr_pages(folio);

	if (unlikely(!folio_test_writeback(folio) || folio_test_lru(folio)))
		reclaim_broken("a folio in flight was taken by somebody else");
	if (failed)
		folio_mark_dirty(folio);
	/* Off the LRU there is nothing to rotate when writeback ends. */
	folio_clear_reclaim(folio);
	folio_end_writeback(folio);
	if (failed) {
		atomic_add(nr, &batch->errors);
	} else if (folio_trylock(folio)) {
		if (reclaim_free_folio(folio, batch->target, free))
			return true;
		folio_unlock(folio);
		atomic_add(nr, &batch->requeued);
	} else {
		atomic_add(nr, &batch->requeued);
	}
	tandem_call(folio_putback_lru)(folio);
	return false;
}

static void report_write_error(struct bio *bio)
{
	WRITE_ONCE(failed_ns, ktime_get_ns());
	pr_alert_ratelimited("write error on swap device %u:%u near sector %llu: the pages are kept\n",
			     MAJOR(bio_dev(bio)), MINOR(bio_dev(bio)),
			     (unsigned long long)bio->bi_iter.bi_sector);
}

static void finish_bio(struct reclaim_bio *rbio, struct folio_batch *free)
{
	struct reclaim_batch *batch = rbio->batch;
	bool failed = rbio->bio.bi_status;
	u32 nr = 0, freed = 0;
	struct folio_iter fi;

	if (failed)
		report_write_error(&rbio->bio);
	bio_first_folio(&fi, &rbio->bio, 0);
	while (fi.folio) {
		struct folio *folio = fi.folio;
		long pages = folio_nr_pages(folio);

		/* Step on first: the folio may be gone afterwards. */
		bio_next_folio(&fi, &rbio->bio);
		nr += pages;
		if (finish_folio(batch, folio, failed, free))
			freed += pages;
	}
	if (unlikely(nr != rbio->nr_pages))
		reclaim_broken("a write completed with other pages than it began with");
	reclaim_free_flush(free);
	atomic_add(freed, &batch->freed);
	reclaim_count(pages_freed, freed);
	account_in_flight(rbio, -1);
	reclaim_cgroup_leave(batch->target, rbio->nr_pages);
	reclaim_count(pages_completed, rbio->nr_pages);
	if (rbio->done_ns > READ_ONCE(batch->done_ns))
		WRITE_ONCE(batch->done_ns, rbio->done_ns);
	atomic64_sub_return(rbio->nr_pages, &pages_in_flight);
	/* The change is ordered before this look, by a full barrier. */
	if (waitqueue_active(&ended_wait))
		wake_up_all(&ended_wait);
	bio_put(&rbio->bio);
	reclaim_batch_put(batch);
}

static void reclaim_done_work(struct work_struct *work)
{
	struct reclaim_done *done = container_of(work, struct reclaim_done,
						 work);
	struct llist_node *list = llist_del_all(&done->list);
	u64 start_ns = ktime_get_ns();
	struct reclaim_bio *rbio, *next;
	struct folio_batch free;

	folio_batch_init(&free);
	list = llist_reverse_order(list);
	llist_for_each_entry_safe(rbio, next, list, done) {
		finish_bio(rbio, &free);
		cond_resched();
	}
	reclaim_count(worker_ns, ktime_get_ns() - start_ns);
}

/*
 * Completion: any context. Removing a page turns interrupts on, so hand over,
 * to the CPU of the task that reclaims: it would have freed the pages itself on
 * stock, and the CPU that the interrupt came to may be the application's.
 */
static void reclaim_end_io(struct bio *bio)
{
	struct reclaim_bio *rbio = to_reclaim_bio(bio);
	struct reclaim_done *done = per_cpu_ptr(&reclaim_done, rbio->cpu);
	int cpu = cpu_online(rbio->cpu) ? rbio->cpu : WORK_CPU_UNBOUND;

	rbio->done_ns = ktime_get_ns();
	if (llist_add(&rbio->done, &done->list))
		queue_work_on(cpu, reclaim_wq, &done->work);
}

/* The I/O is charged to the cgroup that owns the page, as stock does. */
static void charge_bio(struct bio *bio, struct mem_cgroup *memcg)
{
	struct cgroup_subsys_state *css;

	if (!memcg)
		return;
	rcu_read_lock();
	css = tandem_call(cgroup_e_css)(memcg->css.cgroup, &io_cgrp_subsys);
	if (css)
		bio_associate_blkg_from_css(bio, css);
	rcu_read_unlock();
}

static void open_bio(struct reclaim_call *call,
		     const struct reclaim_extent *extent,
		     struct writeback_control *wbc, struct mem_cgroup *memcg)
{
	u32 segments = reclaim_policy_segments(call->stream->segments,
					       call->gather->nr);
	struct reclaim_batch *batch = call->batch;
	struct reclaim_bio *rbio;
	struct bio *bio;

	/*
	 * One bio a task is ever open, and it is submitted, or given to a worker
	 * that needs nothing more, before the next is asked for: waiting in the
	 * reserve always ends.
	 */
	bio = bio_alloc_bioset((struct block_device *)extent->device,
			       bio_max_segs(segments),
			       REQ_OP_WRITE | REQ_SWAP |
			       wbc_to_write_flags(wbc),
			       GFP_NOIO, &reclaim_bioset);
	bio->bi_iter.bi_sector = extent->sector;
	bio->bi_end_io = reclaim_end_io;
	/* The task's, whoever submits it. */
	bio->bi_ioprio = get_current_ioprio();
	charge_bio(bio, memcg);
	rbio = to_reclaim_bio(bio);
	rbio->batch = batch;
	rbio->nr_pages = 0;
	memset(rbio->zone_pages, 0, sizeof(rbio->zone_pages));
	atomic_inc(&batch->pending);
	call->bio = bio;
	call->extent = *extent;
	call->extent.nr_sectors = 0;
}

/* Return: true if the device made the submitter wait. */
static bool submit(struct reclaim_batch *batch, struct bio *bio)
{
	unsigned long switches = current->nvcsw;

	if (!batch->submit_ns)
		batch->submit_ns = ktime_get_ns();
	/* After this the bio and its folios are the completion's. */
	submit_bio(bio);
	return current->nvcsw != switches;
}

/*
 * Hand a bio to the worker of its stream: at once, since the bios of a batch may
 * be more than the reserve has.
 */
static void defer(struct reclaim_batch *batch, struct bio *bio)
{
	struct reclaim_stream *stream = batch->stream;

	atomic_inc(&batch->unsubmitted);
	/* For the worker; dropped at once if it is queued already. */
	reclaim_stream_get(stream);
	spin_lock(&stream->queue_lock);
	bio_list_add(&stream->queue, bio);
	spin_unlock(&stream->queue_lock);
	if (!queue_work_on(raw_smp_processor_id(), submit_wq, &stream->submit))
		reclaim_stream_put(stream);
}

/**
 * reclaim_io_close() - the bio that is being filled is complete
 * @call: the call
 *
 * Submits it, or leaves that to the worker.
 *
 * Context: may sleep (block layer).
 */
void reclaim_io_close(struct reclaim_call *call)
{
	struct reclaim_batch *batch = call->batch;
	struct bio *bio = call->bio;
	struct reclaim_bio *rbio;

	if (!bio)
		return;
	rbio = to_reclaim_bio(bio);
	call->bio = NULL;
	batch->nr_pages += rbio->nr_pages;
	batch->nr_bios++;
	account_in_flight(rbio, 1);
	atomic64_add(rbio->nr_pages, &pages_in_flight);
	reclaim_cgroup_enter(batch->target, rbio->nr_pages);
	reclaim_count(pages_submitted, rbio->nr_pages);
	reclaim_count(bios, 1);
	rbio->cpu = raw_smp_processor_id();
	if (batch->deferred)
		defer(batch, bio);
	else if (submit(batch, bio))
		WRITE_ONCE(batch->stream->blocks, true);
}

static struct bio *next_bio(struct reclaim_stream *stream)
{
	struct bio *bio;

	spin_lock(&stream->queue_lock);
	bio = bio_list_pop(&stream->queue);
	spin_unlock(&stream->queue_lock);
	return bio;
}

/**
 * reclaim_submit_work() - submit what was handed over, in order
 * @work: of a stream
 *
 * Context: worker; may wait for the device.
 */
void reclaim_submit_work(struct work_struct *work)
{
	struct reclaim_stream *stream = container_of(work,
						     struct reclaim_stream,
						     submit);
	struct reclaim_batch *batch;
	bool waited = false;
	struct blk_plug plug;
	struct bio *bio;
	u64 start_ns;

	blk_start_plug(&plug);
	while ((bio = next_bio(stream))) {
		batch = to_reclaim_bio(bio)->batch;
		start_ns = ktime_get_ns();
		if (submit(batch, bio))
			waited = true;
		else
			reclaim_count(worker_ns, ktime_get_ns() - start_ns);
		reclaim_batch_submitted(batch);
	}
	blk_finish_plug(&plug);
	WRITE_ONCE(stream->blocks, waited);
	reclaim_stream_put(stream);
}

/**
 * reclaim_io_add() - put a folio into a bio
 * @call: the call
 * @folio: locked, in the swap cache, clean, on no list; unlocked on return
 * @wbc: from the kernel's pageout()
 *
 * Takes the folio and its isolation reference over from the caller.
 *
 * Context: may sleep for a bio.
 */
void reclaim_io_add(struct reclaim_call *call, struct folio *folio,
		    struct writeback_control *wbc)
{
	struct mem_cgroup *memcg = folio_memcg(folio);
	u32 nr = folio_nr_pages(folio);
	struct reclaim_extent next = {
		.device = tandem_call(swp_swap_info)(folio->swap)->bdev,
		.owner = memcg,
		.sector = tandem_call(swap_folio_sector)(folio),
	};
	struct reclaim_bio *rbio;

	if (call->bio && (!reclaim_policy_extends(&call->extent, &next) ||
			  !bio_add_folio(call->bio, folio, folio_size(folio),
					 0))) {
		call->stream->segments = call->bio->bi_vcnt;
		reclaim_io_close(call);
	}
	if (!call->bio) {
		open_bio(call, &next, wbc, memcg);
		bio_add_folio_nofail(call->bio, folio, folio_size(folio), 0);
	}
	call->extent.nr_sectors += (u64)nr << PAGE_SECTORS_SHIFT;
	rbio = to_reclaim_bio(call->bio);
	rbio->nr_pages += nr;
	rbio->zone_pages[folio_zonenum(folio)] += nr;

	reclaim_count_swapped_out(folio);
	folio_start_writeback(folio);
	folio_unlock(folio);
	call->nr_reclaimed += nr;
}

/**
 * reclaim_io_init() - make the reserve of bios and the workers
 *
 * Return: 0, or -ENOMEM.
 */
int reclaim_io_init(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu) {
		struct reclaim_done *done = per_cpu_ptr(&reclaim_done, cpu);

		init_llist_head(&done->list);
		INIT_WORK(&done->work, reclaim_done_work);
	}
	err = bioset_init(&reclaim_bioset, RECLAIM_BIO_RESERVE,
			  offsetof(struct reclaim_bio, bio), BIOSET_NEED_BVECS);
	if (err)
		return err;
	reclaim_wq = alloc_workqueue("tandem_reclaim", WQ_MEM_RECLAIM, 0);
	if (!reclaim_wq)
		goto free_bios;
	submit_wq = alloc_workqueue("tandem_submit", WQ_MEM_RECLAIM, 0);
	if (!submit_wq)
		goto free_wq;
	return 0;

free_wq:
	destroy_workqueue(reclaim_wq);
free_bios:
	bioset_exit(&reclaim_bioset);
	return -ENOMEM;
}

/**
 * reclaim_io_exit() - undo reclaim_io_init(); nothing may be in flight
 */
void reclaim_io_exit(void)
{
	destroy_workqueue(submit_wq);
	destroy_workqueue(reclaim_wq);
	bioset_exit(&reclaim_bioset);
}
