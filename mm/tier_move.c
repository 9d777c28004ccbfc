// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves pages from one tier to the other, as was decided: takes them off the LRU
 * and lets the kernel migrate them, many at a time.
 *
 * What cannot be moved stays where it was, on the LRU, and is counted by cause.
 * A huge page is moved as a whole or not at all.
 */
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmzone.h>
#include <linux/pagewalk.h>
#include <linux/sched/mm.h>
#include <linux/vmstat.h>

#include "tier.h"
#include "tier_trace.h"

/* A page table is let go after so many pages. */
#define PAGES_AT_ONCE 32

/**
 * struct place - what the pages of a mapping have in common
 * @vma: the mapping; NULL: none has been looked at since the address space was
 *	locked
 * @movable: its pages may be moved
 * @allowed: nodes that they may be on
 * @from: node that @target is for, or NUMA_NO_NODE
 * @target: where pages of that node go, or NUMA_NO_NODE
 */
struct place {
	struct vm_area_struct *vma;
	bool movable;
	nodemask_t allowed;
	int from;
	int target;
};

/**
 * struct move - pages on their way to one tier
 * @workload: whose they are
 * @nodes: which node is in which tier
 * @to: where they go
 * @window: number of the window
 * @heat: slow pages of at least, fast pages of at most this heat go
 * @last_history: of the page whose heat was asked for last
 * @last_heat: its heat
 * @left: pages that may still be moved
 * @moved: pages that have been
 * @target: node that those in @folios go to
 * @elsewhere: the next one goes to another: those first
 * @full: one of those in @folios found no room there
 * @unlisted: one that was wanted was on no LRU list
 * @place: where the last page was
 * @nr: pages in @folios
 * @folios: isolated
 */
struct move {
	struct tier_workload *workload;
	const struct tier_nodes *nodes;
	enum tier to;
	u32 window;
	u8 heat;
	u32 last_history;
	u8 last_heat;
	u64 left;
	u64 moved;
	int target;
	bool elsewhere;
	bool full;
	bool unlisted;
	struct place place;
	u32 nr;
	struct list_head folios;
};

/*
 * No reclaim, nor reserves: to make room is the policy's business.  A huge page
 * that finds none is not split, which the reason for the migration sees to.
 */
static struct folio *new_folio(struct folio *old, unsigned long private)
{
	struct move *move = (struct move *)private;
	gfp_t gfp = (GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM) | __GFP_THISNODE |
		    __GFP_NOWARN | __GFP_NOMEMALLOC;
	struct folio *folio;

	if (folio_test_large(old))
		gfp |= __GFP_COMP;
	folio = __folio_alloc(gfp, folio_order(old), move->target, NULL);
	if (!folio)
		move->full = true;
	return folio;
}

/* Where there is no room for one, the kernel does not try those after it. */
static void count_left(const struct move *move, u32 left)
{
	if (move->full)
		tier_count(failed_full, left);
	else
		tier_count(failed_migrate, left);
}

static void migrate(struct move *move)
{
	unsigned int moved = 0;

	if (!move->nr)
		return;
	move->full = false;
	if (tandem_call(migrate_pages)(&move->folios, new_folio, NULL,
				       (unsigned long)move, MIGRATE_ASYNC,
				       MR_NUMA_MISPLACED, &moved))
		tandem_call(putback_movable_pages)(&move->folios);
	move->moved += moved;
	count_left(move, move->nr - min(moved, move->nr));
	move->nr = 0;
}

/* Return: true if the folio is on the list now. */
static bool isolate(struct move *move, struct folio *folio)
{
	if (folio_likely_mapped_shared(folio)) {
		tier_count(failed_shared, folio_nr_pages(folio));
	} else if (folio_maybe_dma_pinned(folio)) {
		tier_count(failed_pinned, folio_nr_pages(folio));
	} else if (!tandem_call(folio_isolate_lru)(folio)) {
		tier_count(failed_busy, folio_nr_pages(folio));
		move->unlisted = true;
	} else {
		list_add_tail(&folio->lru, &move->folios);
		node_stat_mod_folio(folio,
				    NR_ISOLATED_ANON + folio_is_file_lru(folio),
				    folio_nr_pages(folio));
		move->nr += folio_nr_pages(folio);
		return true;
	}
	return false;
}

/* Nodes that the mapping allows, of those that the address space does. */
static void find_allowed(const struct tier_space *space, struct place *place)
{
	const struct mempolicy *policy = place->vma->vm_policy;

	place->allowed = space->allowed;
	if (policy && policy->mode == MPOL_BIND)
		nodes_and(place->allowed, place->allowed, policy->nodes);
}

/* Pages come one after the other: most are in the mapping of the last one. */
static bool is_movable(struct place *place, const struct tier_space *space,
		       unsigned long addr)
{
	struct vm_area_struct *vma = place->vma;

	if (vma && addr >= vma->vm_start && addr < vma->vm_end)
		return place->movable;
	vma = vma_lookup(space->mm, addr);
	place->vma = vma;
	place->from = NUMA_NO_NODE;
	place->movable = vma && tier_vma_watched(vma) &&
			 !tier_vma_fixed(space, vma);
	if (place->movable)
		find_allowed(space, place);
	return place->movable;
}

static int target_of(struct move *move, int nid)
{
	struct place *place = &move->place;

	if (place->from != nid) {
		place->from = nid;
		place->target = tier_nodes_target(move->nodes, nid, move->to,
						  &place->allowed);
	}
	return place->target;
}

static bool head_for(struct move *move, int nid)
{
	move->elsewhere = move->nr && move->target != nid;
	if (!move->elsewhere)
		move->target = nid;
	return !move->elsewhere;
}

/* Holds the page-table lock.  Return: pages taken. */
static u32 take_folio(struct move *move, struct folio *folio)
{
	int nid = folio_nid(folio);
	int target;

	if (node_isset(nid, move->nodes->in[move->to])) {
		tier_count(failed_gone, 1);
		return 0;
	}
	target = target_of(move, nid);
	if (target == NUMA_NO_NODE) {
		tier_count(failed_policy, folio_nr_pages(folio));
		return 0;
	}
	if (!head_for(move, target) || !isolate(move, folio))
		return 0;
	return folio_nr_pages(folio);
}

static void take(struct move *move, struct folio *folio)
{
	move->left -= min_t(u64, take_folio(move, folio), move->left);
}

/* Holds the lock of the page table. */
static void take_page(struct move *move, struct tier_space *space,
		      unsigned long addr, pte_t entry)
{
	if (!is_movable(&move->place, space, addr) || !tier_pte_watched(entry))
		tier_count(failed_gone, 1);
	else
		take(move, page_folio(pte_page(entry)));
}

/* Neighbours are often used together.  The heat of no history is 0. */
static u8 heat_of(struct move *move, u32 history)
{
	if (history != move->last_history) {
		move->last_history = history;
		move->last_heat = tier_policy_heat_of(history,
						      move->workload->memory);
	}
	return move->last_heat;
}

static bool wanted(struct move *move, const struct tier_tile *tile,
		   unsigned int i)
{
	bool up = move->to == TIER_FAST;
	u8 heat;

	if (test_bit(i, tile->fast) == up)
		return false;
	heat = heat_of(move, tile->history[i]);
	if (up ? heat < move->heat : heat > move->heat)
		return false;
	return !tier_policy_stays(&move->workload->view->limits,
				  up ? TIER_SLOW : TIER_FAST, tile->history[i]);
}

static bool may_move(const struct tier_tile *tile, unsigned int i)
{
	return !test_bit(i, tile->fixed) && !test_bit(i, tile->resting);
}

/* Return: the first page from @i on that is to go, or TIER_TILE_PAGES. */
static unsigned int next_wanted(struct move *move, const struct tier_tile *tile,
				unsigned int i)
{
	for_each_set_bit_from(i, tile->present, TIER_TILE_PAGES)
		if (may_move(tile, i) && wanted(move, tile, i))
			return i;
	return TIER_TILE_PAGES;
}

static bool has_room(const struct move *move)
{
	return move->left && move->nr < TIER_MOVE_BATCH && !move->elsewhere;
}

/*
 * What was tried rests too, or it would be tried again in each window.  Where it is
 * then must be looked up, though nobody may use it.
 */
static void tried(const struct move *move, struct tier_tile *tile,
		  unsigned int i)
{
	__set_bit(i, tile->resting);
	tile->moved[i] = move->window;
	tier_tile_unsure(tile);
}

/* Return: where to go on: behind the tile. */
static unsigned int take_huge(struct move *move, struct tier_space *space,
			      struct tier_tile *tile, unsigned long start)
{
	struct folio_walk walk;
	struct folio *folio = NULL;

	if (is_movable(&move->place, space, start))
		folio = tandem_call(folio_walk_start)(&walk, move->place.vma,
						      start, 0);
	if (!folio) {
		tier_count(failed_gone, 1);
		tried(move, tile, 0);
		return TIER_TILE_PAGES;
	}
	/* For sparse. */
	__acquire(walk.ptl);
	take(move, folio);
	spin_unlock(walk.ptl);
	if (walk.level == FW_LEVEL_PTE) {
		__acquire(RCU);
		pte_unmap(walk.ptep);
	}
	if (!move->elsewhere)
		tried(move, tile, 0);
	return TIER_TILE_PAGES;
}

/*
 * An munmap() may be freeing page tables beside us, but not those of a mapping that
 * is still there: hence the look at it before the one at the table.
 */
static pmd_t *find_table(struct move *move, struct tier_space *space,
			 unsigned long addr)
{
	if (!is_movable(&move->place, space, addr))
		return NULL;
	return tandem_call(mm_find_pmd)(space->mm, addr);
}

/* Takes page @i and some of those after it.  Return: where to go on. */
static unsigned int take_some(struct move *move, struct tier_space *space,
			      struct tier_tile *tile, unsigned long start,
			      unsigned int i)
{
	pmd_t *pmd = find_table(move, space, start + (i << PAGE_SHIFT));
	unsigned int end = min(i + PAGES_AT_ONCE, TIER_TILE_PAGES);
	pte_t *table = NULL;
	spinlock_t *ptl; /* of the table */

	if (pmd)
		table = tandem_call(__pte_offset_map_lock)(space->mm, pmd,
							   start, &ptl);
	if (!table) {
		tier_count(failed_gone, 1);
		tried(move, tile, i);
		return next_wanted(move, tile, i + 1);
	}
	/* For sparse. */
	__acquire(ptl);
	__acquire(RCU);
	for (; i < end && has_room(move); i = next_wanted(move, tile, i + 1)) {
		take_page(move, space, start + (i << PAGE_SHIFT),
			  ptep_get(table + i));
		if (move->elsewhere)
			break;
		tried(move, tile, i);
	}
	pte_unmap_unlock(table, ptl);
	return i;
}

static void take_tile(struct move *move, struct tier_space *space,
		      struct tier_tile *tile, unsigned long start)
{
	unsigned int i = next_wanted(move, tile, 0);

	while (i < TIER_TILE_PAGES && has_room(move))
		i = tile->huge ? take_huge(move, space, tile, start) :
				 take_some(move, space, tile, start, i);
}

/* Return: false when the address space cannot be had now. */
static bool take_locked(struct move *move, struct tier_space *space,
			struct tier_tile *tile, unsigned long index)
{
	if (!mmap_read_trylock(space->mm))
		return false;
	move->place.vma = NULL;
	take_tile(move, space, tile, index << PMD_SHIFT);
	mmap_read_unlock(space->mm);
	return true;
}

static void move_tile(struct move *move, struct tier_space *space,
		      struct tier_tile *tile, unsigned long index)
{
	u64 before;

	do {
		before = move->left;
		move->elsewhere = false;
		if (!take_locked(move, space, tile, index))
			return;
		if (move->nr < TIER_MOVE_BATCH && !move->elsewhere)
			continue;
		migrate(move);
		tier_space_heed(space);
	} while (move->elsewhere || (move->left && move->left != before));
}

static void move_tiles(struct move *move, struct tier_space *space,
		       unsigned long first, unsigned long last)
{
	struct tier_tile *tile;
	unsigned long index;

	xa_for_each_range(&space->tiles, index, tile, first, last) {
		if (!move->left)
			return;
		space->cursor = index;
		move_tile(move, space, tile, index);
		cond_resched();
	}
}

/* Begins where the last one ended, so that no part of it comes always first. */
static void move_space(struct move *move, struct tier_space *space)
{
	unsigned long begin = space->cursor;

	if (!mmget_not_zero(space->mm))
		return;
	tier_space_heed(space);
	move_tiles(move, space, begin, ULONG_MAX);
	if (begin)
		move_tiles(move, space, 0, begin - 1);
	migrate(move);
	mmput_async(space->mm);
}

/*
 * New pages wait on their CPU until there are enough to be listed together.  Those
 * of a program that needs no more memory would wait for ever, and may be the ones
 * it uses most.
 */
static void list_waiting(void)
{
	static unsigned long last;

	if (last && time_before(jiffies, last + HZ))
		return;
	tandem_call(lru_add_drain_all)();
	tier_count(drains, 1);
	last = jiffies;
}

static u64 move_some(struct tier_workload *workload,
		     const struct tier_nodes *nodes, u32 window, enum tier to,
		     u8 heat, u64 pages)
{
	struct move move = {
		.workload = workload, .nodes = nodes, .to = to,
		.window = window, .heat = heat, .left = pages,
		.folios = LIST_HEAD_INIT(move.folios),
	};
	struct tier_space *space;

	if (nodes_empty(nodes->in[to]))
		return 0;
	list_for_each_entry(space, &tier_spaces, list) {
		if (!move.left)
			break;
		if (space->workload == workload)
			move_space(&move, space);
	}
	if (move.unlisted)
		list_waiting();
	return move.moved;
}

/**
 * tier_move() - carry out what was decided for a workload
 * @workload: it
 * @nodes: which node is in which tier
 * @window: number of the window
 *
 * Down first, which makes room.
 *
 * Context: the thread.
 */
void tier_move(struct tier_workload *workload, const struct tier_nodes *nodes,
	       u32 window)
{
	const struct tier_plan *plan = workload->plan;
	u64 down = 0, up = 0;

	if (plan->demote)
		down = move_some(workload, nodes, window, TIER_SLOW,
				 plan->demote_heat, plan->demote);
	if (plan->promote)
		up = move_some(workload, nodes, window, TIER_FAST,
			       plan->promote_heat, plan->promote);
	workload->tokens -= min(workload->tokens, max(down, up));
	tier_count(demoted, down);
	tier_count(promoted, up);
	trace_tier_move(workload->name, window, plan->promote, up, plan->demote,
			down);
	mutex_lock(&tier_workloads_lock);
	workload->seen.promoted += up;
	workload->seen.demoted += down;
	mutex_unlock(&tier_workloads_lock);
}
