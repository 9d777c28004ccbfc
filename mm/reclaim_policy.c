// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decisions of the pipelined reclaim: pure C, no kernel call.  See the header
 * for the facts each decision is made from.
 */
#include "reclaim_policy.h"

/**
 * reclaim_policy_call() - may this call gather a batch?
 * @f: facts about the call
 *
 * A task inside bio submission may not wait for I/O (its own bios sit on
 * current->bio_list until it returns), and without __GFP_IO nothing may be
 * written: both go the stock way as a whole.  What is in flight counts as
 * reclaimed; on a device that refuses writes that would be a promise without end,
 * and a process that the kernel must kill to go on would never be killed.
 *
 * Return: RECLAIM_PIPELINE, or why not.
 */
enum reclaim_cause reclaim_policy_call(const struct reclaim_call_facts *f)
{
	if (!f->accepting)
		return RECLAIM_DISABLED;
	if (f->nested)
		return RECLAIM_NESTED;
	if (f->submitting_bio)
		return RECLAIM_BIO_LIST;
	if (!f->may_io)
		return RECLAIM_NOIO;
	if (!f->swapbacked)
		return RECLAIM_NOT_SWAP;
	if (f->failing)
		return RECLAIM_WRITE_ERROR;
	return RECLAIM_PIPELINE;
}

/* How long after a refused write devices are not trusted. */
#define FAILING_NS (10ULL * 1000000000)

/**
 * reclaim_policy_failing() - is a swap device to be taken for a failing one?
 * @last_ns: when a write was last refused, 0 if never
 * @now_ns: now, on the same clock
 *
 * Return: true for ten seconds after a refused write.
 */
bool reclaim_policy_failing(u64 last_ns, u64 now_ns)
{
	/* Refused after the caller looked at its clock: now_ns is earlier. */
	return last_ns && (now_ns < last_ns || now_ns - last_ns < FAILING_NS);
}

/**
 * reclaim_policy_hold() - may the write of this folio wait for the batch?
 * @f: facts about the folio, which is locked and unmapped
 *
 * A large shmem folio may be split while it is written, and pages past the
 * end of the file are freed on the spot: its TLB entries must be gone first,
 * so it is not held.
 *
 * Return: RECLAIM_PIPELINE, or why not.
 */
enum reclaim_cause reclaim_policy_hold(const struct reclaim_folio_facts *f)
{
	if (!f->mapping || (!f->swapcache && !f->shmem))
		return RECLAIM_NOT_SWAP;
	if (f->shmem && f->large)
		return RECLAIM_LARGE;
	return RECLAIM_PIPELINE;
}

/**
 * reclaim_policy_write() - is a held folio still to be written?
 * @f: facts about the folio after the flush of its batch
 *
 * Between the flush and the write the folio is unlocked, so that a fault on
 * it need not wait for the rest of the batch.
 *
 * Return: RECLAIM_PIPELINE, or why not.
 */
enum reclaim_cause reclaim_policy_write(const struct reclaim_write_facts *f)
{
	if (!f->locked)
		return RECLAIM_LOCKED;
	if (f->mapped || f->writeback)
		return RECLAIM_REMAPPED;
	if (f->pinned)
		return RECLAIM_PINNED;
	return RECLAIM_PIPELINE;
}

/**
 * reclaim_policy_extends() - does @next continue the open bio?
 * @open: what the open bio covers
 * @next: what is to be added
 *
 * A bio is charged to one cgroup and covers one run of sectors.
 *
 * Return: true if @next can be added at the end of @open.
 */
bool reclaim_policy_extends(const struct reclaim_extent *open,
			    const struct reclaim_extent *next)
{
	return open->device == next->device && open->owner == next->owner &&
	       open->sector + open->nr_sectors == next->sector;
}

/* As many have their place in the bio itself. */
#define LEAST_SEGMENTS 4

/**
 * reclaim_policy_segments() - how many segments to make a bio for
 * @last: what the last bio ended with, when the next page did not fit; 0 if
 *	there was none
 * @gathered: folios of the batch
 *
 * On a fragmented device a bio for a whole batch would be as large as the one
 * page that it writes, while memory is short.  So: four times what the last one
 * needed, which is the next size the block layer has.
 *
 * Return: segments, @gathered at the most.
 */
u32 reclaim_policy_segments(u32 last, u32 gathered)
{
	if (!last || last >= gathered / LEAST_SEGMENTS)
		return gathered;
	return LEAST_SEGMENTS * last;
}

/* Whatever the priority: two and a half times what MGLRU takes at a time. */
#define LEAST_LIST 160

/**
 * reclaim_policy_ahead() - how far to isolate beyond what the kernel asks for
 * @f: facts about the list
 *
 * One flush covers one list, so longer is cheaper.  The kernel's lists are
 * short, but the list may hold all that it plans to scan at this priority.
 * Where that is next to nothing it is 160 pages, or a sixteenth of a small
 * cgroup.
 *
 * Return: pages beyond @f->asked, 0 for the kernel's own length.
 */
u32 reclaim_policy_ahead(const struct reclaim_list_facts *f)
{
	u64 goal = f->lru_pages >> f->priority;

	if (goal < LEAST_LIST)
		goal = LEAST_LIST;
	if (goal > f->lru_pages / 16)
		goal = f->lru_pages / 16;
	if (goal > f->list_pages)
		goal = f->list_pages;
	if (goal > f->batch_pages)
		goal = f->batch_pages;
	return goal > f->asked ? goal - f->asked : 0;
}

/**
 * reclaim_policy_carry_full() - must the lists carried be reclaimed now?
 * @carried: pages carried so far
 * @ram_pages: memory of the machine, in pages
 * @usage: pages charged to their cgroup, U64_MAX for one that has no limit
 *
 * Carried pages are off the LRU and cannot be migrated meanwhile: no more than
 * 16 MiB, nor a 64th of the memory, nor what a cgroup may have in flight, since
 * others of it may be at its limit.
 *
 * Return: true if no further list may be carried.
 */
bool reclaim_policy_carry_full(u32 carried, u64 ram_pages, u64 usage)
{
	return carried >= 4096 || carried >= ram_pages / 64 ||
	       !reclaim_policy_cgroup_room(carried, usage);
}

/**
 * reclaim_policy_batch_full() - must the batch be written before the next?
 * @held: folios held so far
 * @batch_pages: knob
 *
 * Return: true if no further folio may be held.
 */
bool reclaim_policy_batch_full(u32 held, u32 batch_pages)
{
	return held >= batch_pages;
}

/**
 * reclaim_policy_depth_free() - may the task prepare another batch?
 * @in_flight: batches of this task that are being written
 * @depth: knob; 1 means no overlap of preparation and write
 *
 * Return: true if it may.
 */
bool reclaim_policy_depth_free(u32 in_flight, u32 depth)
{
	return in_flight < depth;
}

/**
 * reclaim_policy_defer() - should a worker submit the batch?
 * @in_flight: earlier batches of this task that are being written
 * @blocks: the device made the last submitter wait
 *
 * A device with a short queue, or one that is throttled, puts the submitter to
 * sleep until an earlier write ends, which is when the task should prepare the
 * next batch, or use what that write has freed.  With nothing in flight there
 * is nothing to wait for.
 *
 * Return: true if the task itself should not submit it.
 */
bool reclaim_policy_defer(u32 in_flight, bool blocks)
{
	return in_flight && blocks;
}

/**
 * reclaim_policy_inflight_limit() - pages that may be in flight on the machine
 * @knob_pages: knob, in pages
 * @reach_pages: free, on an LRU list or in flight
 *
 * Pages in flight are neither free nor on an LRU list; a sixteenth of what
 * reclaim can reach is the most that may be in this state whatever the knob
 * says.  Not of all memory: most of it may be huge pages or slab.
 *
 * Return: limit in pages, 64 at the least.
 */
u64 reclaim_policy_inflight_limit(u32 knob_pages, u64 reach_pages)
{
	u64 limit = reach_pages / 16;

	if (limit > knob_pages)
		limit = knob_pages;
	return limit < 64 ? 64 : limit;
}

/**
 * reclaim_policy_cgroup_room() - may more of a cgroup be put in flight?
 * @in_flight: pages that are, reclaimed for its limit
 * @usage: pages charged to it, those in flight too
 *
 * What is in flight cannot be found on its LRU.  With all of it there, the next
 * attempt to charge a page would find nothing to reclaim and kill somebody,
 * though memory is about to come free: three quarters stay to be looked at.
 *
 * Return: true if it may.
 */
bool reclaim_policy_cgroup_room(u64 in_flight, u64 usage)
{
	return in_flight <= usage / 4;
}

/**
 * reclaim_policy_must_settle() - must writes end before reclaim goes on?
 * @swap_room: pages that swap still has room for
 *
 * A page in flight takes its place in swap and still one in memory.  When swap
 * runs out at that moment nothing more can be reclaimed, and a cgroup would be
 * found out of memory that is not.  The last 1024 pages, as many as a batch can
 * have, are therefore given out one batch at a time.
 *
 * Return: true if the writes of the cgroup are to be waited for.
 */
bool reclaim_policy_must_settle(u64 swap_room)
{
	return swap_room < 1024;
}

/**
 * reclaim_policy_overlap_ns() - how long preparation ran beside a write
 * @start_ns: preparation of the batch began
 * @end_ns: preparation of the batch ended
 * @in_flight: an earlier batch of the task is still being written at @end_ns
 * @last_done_ns: when the last earlier batch of the task was done, 0 if none
 *
 * Return: nanoseconds of [@start_ns, @end_ns] in which the device worked on an
 * earlier batch of the same task.
 */
u64 reclaim_policy_overlap_ns(u64 start_ns, u64 end_ns, bool in_flight,
			      u64 last_done_ns)
{
	if (end_ns <= start_ns)
		return 0;
	if (in_flight || last_done_ns >= end_ns)
		return end_ns - start_ns;
	if (last_done_ns <= start_ns)
		return 0;
	return last_done_ns - start_ns;
}
