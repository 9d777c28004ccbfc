// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address spaces that are watched, and what is known of their pages.
 *
 * All of this belongs to the one thread of the module: no locks.
 */
#include <linux/hashtable.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "tier.h"

LIST_HEAD(tier_spaces);
static DEFINE_HASHTABLE(spaces_by_mm, 10);
static struct kmem_cache *tile_cache;
static u32 update_round;

/**
 * tier_tile_get() - the tile of an address, made if there is none
 * @space: the address space
 * @addr: an address in it
 *
 * Context: the thread; allocates without waiting.
 * Return: the tile, or NULL without memory.
 */
struct tier_tile *tier_tile_get(struct tier_space *space, unsigned long addr)
{
	unsigned long index = addr >> PMD_SHIFT;
	struct tier_tile *tile = xa_load(&space->tiles, index);

	if (tile)
		return tile;
	tile = kmem_cache_zalloc(tile_cache, GFP_NOWAIT | __GFP_NOWARN);
	if (!tile)
		return NULL;
	if (xa_err(xa_store(&space->tiles, index, tile,
			    GFP_NOWAIT | __GFP_NOWARN))) {
		kmem_cache_free(tile_cache, tile);
		return NULL;
	}
	return tile;
}

/**
 * tier_tile_drop() - forget what is known of some pages
 * @space: the address space
 * @index: of the tile
 *
 * Context: the thread.
 */
void tier_tile_drop(struct tier_space *space, unsigned long index)
{
	kmem_cache_free(tile_cache, xa_erase(&space->tiles, index));
}

/**
 * tier_tile_unsure() - look at all of it in the next window, used or not
 * @tile: whose pages may be in another tier than they were
 *
 * Context: the thread.
 */
void tier_tile_unsure(struct tier_tile *tile)
{
	bitmap_zero(tile->seen, TIER_TILE_PAGES);
}

/**
 * tier_spaces_unsure() - look at everything in the next window, used or not
 *
 * Context: the thread.
 */
void tier_spaces_unsure(void)
{
	struct tier_space *space;
	struct tier_tile *tile;
	unsigned long index;

	list_for_each_entry(space, &tier_spaces, list)
		xa_for_each(&space->tiles, index, tile)
			tier_tile_unsure(tile);
}

static void drop_space(struct tier_space *space)
{
	struct tier_tile *tile;
	unsigned long index;

	xa_for_each(&space->tiles, index, tile)
		tier_tile_drop(space, index);
	xa_destroy(&space->tiles);
	list_del(&space->list);
	hash_del(&space->hash);
	tier_workload_put(space->workload);
	mmdrop(space->mm);
	kfree(space);
}

/**
 * tier_spaces_drop() - forget all address spaces
 *
 * Context: the thread, or nobody else is there any more.
 */
void tier_spaces_drop(void)
{
	struct tier_space *space, *next;

	list_for_each_entry_safe(space, next, &tier_spaces, list)
		drop_space(space);
}

static struct tier_space *find_space(const struct mm_struct *mm)
{
	struct tier_space *space;

	hash_for_each_possible(spaces_by_mm, space, hash, (unsigned long)mm)
		if (space->mm == mm)
			return space;
	return NULL;
}

static struct tier_space *new_space(struct mm_struct *mm)
{
	struct tier_space *space = kzalloc(sizeof(*space),
					   GFP_NOWAIT | __GFP_NOWARN);

	if (!space)
		return NULL;
	mmgrab(mm);
	space->mm = mm;
	xa_init(&space->tiles);
	list_add_tail(&space->list, &tier_spaces);
	hash_add(spaces_by_mm, &space->hash, (unsigned long)mm);
	return space;
}

/*
 * What the task's own policy says of its pages: some nodes alone, or that it
 * spreads them itself, which a move would undo.  The task may change it at any
 * time; alloc_lock, which the caller holds, makes that wait.
 */
static void read_policy(struct tier_space *space, struct task_struct *task)
{
	struct mempolicy *policy = task->mempolicy;

	if (!policy)
		return;
	space->pinned |= tier_spreads(policy);
	if (policy->mode == MPOL_BIND)
		nodes_and(space->allowed, space->allowed, policy->nodes);
}

/*
 * Nobody can tell which thread a page is for: where they differ it may be only
 * where all of them allow it.
 */
static void heed_thread(struct tier_space *space, struct task_struct *task)
{
	nodes_and(space->allowed, space->allowed, task->mems_allowed);
	read_policy(space, task);
}

/* Found for the first time in this round. */
static void enter_space(struct tier_space *space,
			struct tier_workload *workload)
{
	space->round = update_round;
	space->allowed = NODE_MASK_ALL;
	space->pinned = false;
	if (space->workload == workload)
		return;
	if (space->workload)
		tier_workload_put(space->workload);
	tier_workload_get(workload);
	space->workload = workload;
}

static void take_thread(struct task_struct *task, struct tier_workload *workload)
{
	struct tier_space *space;
	struct mm_struct *mm;

	task_lock(task);
	mm = task->mm;
	if (!mm)
		goto unlock;
	space = find_space(mm);
	if (!space)
		space = new_space(mm);
	if (!space)
		goto unlock;
	if (space->round != update_round)
		enter_space(space, workload);
	heed_thread(space, task);
unlock:
	task_unlock(task);
}

static void take_process(struct task_struct *process,
			 struct tier_workload *workload)
{
	struct task_struct *thread;

	if (process->flags & PF_KTHREAD)
		return;
	for_each_thread(process, thread)
		take_thread(thread, workload);
}

/**
 * tier_space_heed() - what its threads allow less than when they were found
 * @space: the address space, whose memory the caller holds
 *
 * Between two looks for processes a cpuset or a policy may have lost a node, and
 * the kernel taken the pages off it: they must not be taken back.
 *
 * Context: the thread.
 */
void tier_space_heed(struct tier_space *space)
{
	struct task_struct *owner, *thread;

	rcu_read_lock();
	owner = rcu_dereference(space->mm->owner);
	if (owner)
		for_each_thread(owner, thread) {
			task_lock(thread);
			if (thread->mm == space->mm)
				heed_thread(space, thread);
			task_unlock(thread);
		}
	rcu_read_unlock();
}

/**
 * tier_spaces_update() - find the processes of the workloads
 *
 * Those that have ended, or are in no workload any more, are forgotten.
 *
 * Context: the thread.
 */
void tier_spaces_update(void)
{
	struct tier_workload *workload;
	struct tier_space *space, *next;
	struct task_struct *task;

	update_round++;
	mutex_lock(&tier_workloads_lock);
	rcu_read_lock();
	for_each_process(task) {
		workload = tier_workload_of(task);
		if (workload)
			take_process(task, workload);
	}
	rcu_read_unlock();
	mutex_unlock(&tier_workloads_lock);
	list_for_each_entry_safe(space, next, &tier_spaces, list)
		if (space->round != update_round)
			drop_space(space);
}

/**
 * tier_spaces_init() - get ready for tiles
 *
 * Return: 0 or -ENOMEM.
 */
int tier_spaces_init(void)
{
	tile_cache = kmem_cache_create("tandem_tile", sizeof(struct tier_tile),
				       0, 0, NULL);
	return tile_cache ? 0 : -ENOMEM;
}

/**
 * tier_spaces_exit() - undo tier_spaces_init(); nothing may be watched
 */
void tier_spaces_exit(void)
{
	kmem_cache_destroy(tile_cache);
}
