// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of an address space have been used: reads and clears the accessed
 * bits of its page tables.
 *
 * A window begins when the bits are clear and ends when they are read, which
 * clears them for the next.  Nothing else is changed: no fault is provoked, and
 * a huge page is looked at as a whole.  What is taken from the kernel's own view
 * of the page's age is given back as the young flag of the folio, which reclaim
 * reads beside the bits.
 *
 * A page-table page whose own accessed bit is clear maps nothing that has been
 * used: it is passed over.  The kernel clears that bit too, when it ages pages
 * for lack of memory; what was used before that is then found in a later window.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/page_idle.h>
#include <linux/pagewalk.h>
#include <linux/sched/mm.h>
#include <linux/secretmem.h>

#include "tier.h"

/* The address space is let go after so many page-table pages. */
#define TABLES_AT_ONCE 32

/**
 * struct scan - one look at an address space
 * @space: it
 * @nodes: which node is in which tier
 * @window: number of the window
 * @opening: only clear, do not record
 * @fixed: pages of this mapping may not be moved
 * @left: page-table pages until the address space is let go
 * @next: where to go on after that
 * @accessed: pages that had been used
 */
struct scan {
	struct tier_space *space;
	const struct tier_nodes *nodes;
	u32 window;
	bool opening;
	bool fixed;
	unsigned int left;
	unsigned long next;
	u64 accessed;
};

/**
 * tier_vma_watched() - does this mapping have pages that could be moved?
 * @vma: mapping
 *
 * Context: mmap lock.
 * Return: true if it is ordinary memory.
 */
bool tier_vma_watched(struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP | VM_HUGETLB))
		return false;
	return !vma_is_dax(vma) && !tandem_call(vma_is_secretmem)(vma);
}

/**
 * tier_vma_fixed() - must all pages of this mapping stay?
 * @space: address space
 * @vma: mapping in it
 *
 * Locked memory was promised not to cause faults; interleaved memory would not
 * be so any more; what a shared mapping's policy says belongs to all who map it.
 *
 * Context: mmap lock.
 * Return: true if they must.
 */
bool tier_vma_fixed(const struct tier_space *space, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_LOCKED)
		return true;
	if (vma->vm_policy)
		return tier_spreads(vma->vm_policy);
	return space->pinned || (vma->vm_ops && vma->vm_ops->get_policy);
}

static bool secondary_young(struct mm_walk *walk, unsigned long addr,
			    unsigned long size)
{
	return mm_has_notifiers(walk->mm) &&
	       tandem_call(__mmu_notifier_clear_young)(walk->mm, addr,
						       addr + size);
}

/* Holds the page-table lock, so the page stays. */
static void note_use(struct scan *scan, struct folio *folio, u64 nr)
{
	folio_set_young(folio);
	if (!scan->opening)
		scan->accessed += nr;
}

static unsigned int place_in_tile(unsigned long addr)
{
	return addr >> PAGE_SHIFT & (TIER_TILE_PAGES - 1);
}

static void record(struct scan *scan, struct tier_tile *tile, unsigned int i,
		   struct folio *folio, bool young)
{
	bool fast = node_isset(folio_nid(folio), scan->nodes->in[TIER_FAST]);

	if (!test_bit(i, tile->present))
		tile->history[i] = 0;
	tile->history[i] = tile->history[i] << 1 | young;
	__set_bit(i, tile->present);
	__assign_bit(i, tile->fast, fast);
	__assign_bit(i, tile->fixed, scan->fixed);
}

static void look_at_page(struct scan *scan, struct tier_tile *tile,
			 struct mm_walk *walk, unsigned long addr, pte_t *pte)
{
	pte_t entry = ptep_get(pte);
	unsigned int i = place_in_tile(addr);
	struct folio *folio;
	bool young;

	if (!tier_pte_watched(entry)) {
		if (tile)
			__clear_bit(i, tile->present);
		return;
	}
	folio = page_folio(pte_page(entry));
	young = pte_young(entry) &&
		tandem_call(ptep_test_and_clear_young)(walk->vma, addr, pte);
	young |= secondary_young(walk, addr, PAGE_SIZE);
	if (young)
		note_use(scan, folio, 1);
	if (tile)
		record(scan, tile, i, folio, young);
}

static void look_at_table(struct scan *scan, struct tier_tile *tile,
			  struct mm_walk *walk, pmd_t *pmd, unsigned long addr,
			  unsigned long end)
{
	pte_t *start, *pte;
	spinlock_t *ptl; /* of the table */

	start = tandem_call(__pte_offset_map_lock)(walk->mm, pmd, addr, &ptl);
	if (!start)
		return;
	/* For sparse. */
	__acquire(ptl);
	__acquire(RCU);
	for (pte = start; addr != end; pte++, addr += PAGE_SIZE)
		look_at_page(scan, tile, walk, addr, pte);
	pte_unmap_unlock(start, ptl);
}

/* One that is being split meanwhile is left for the next window. */
static void look_at_huge(struct scan *scan, struct tier_tile *tile,
			 struct mm_walk *walk, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl = pmd_lock(walk->mm, pmd);
	struct folio *folio;
	bool young;

	if (!pmd_trans_huge(*pmd))
		goto unlock;
	folio = page_folio(pmd_page(*pmd));
	/* The huge page of zeros belongs to all. */
	if (vma_is_anonymous(walk->vma) && !folio_test_anon(folio))
		goto unlock;
	young = pmd_young(*pmd) &&
		tandem_call(pmdp_test_and_clear_young)(walk->vma, addr, pmd);
	young |= secondary_young(walk, addr, PMD_SIZE);
	if (young)
		note_use(scan, folio, TIER_TILE_PAGES);
	if (tile)
		record(scan, tile, 0, folio, young);
unlock:
	spin_unlock(ptl);
}

/* The first look at a tile in this window. */
static void begin_window(struct tier_tile *tile, u32 window)
{
	if (tile->window + 1 == window)
		bitmap_copy(tile->known, tile->seen, TIER_TILE_PAGES);
	else
		bitmap_zero(tile->known, TIER_TILE_PAGES);
	bitmap_zero(tile->seen, TIER_TILE_PAGES);
	tile->window = window;
}

/* What was known of a huge page says nothing of its parts, nor they of it. */
static void become(struct tier_tile *tile, bool huge)
{
	if (tile->huge == huge)
		return;
	bitmap_zero(tile->present, TIER_TILE_PAGES);
	bitmap_zero(tile->known, TIER_TILE_PAGES);
	tile->huge = huge;
}

static struct tier_tile *tile_of(struct scan *scan, unsigned long addr,
				 unsigned long end, bool huge)
{
	struct tier_tile *tile = tier_tile_get(scan->space, addr);

	if (!tile) {
		tier_count(nomem, 1);
		return NULL;
	}
	if (tile->window != scan->window)
		begin_window(tile, scan->window);
	become(tile, huge);
	bitmap_set(tile->seen, place_in_tile(addr), (end - addr) >> PAGE_SHIFT);
	return tile;
}

/*
 * Has nothing that this table maps been used?  Another MMU would not set its
 * accessed bit, and a page that was not looked at in the last window is not
 * known.
 */
static bool table_is_idle(struct scan *scan, const struct tier_tile *tile,
			  struct mm_walk *walk, pmd_t table, unsigned long addr)
{
	if (pmd_young(table) || mm_has_notifiers(walk->mm))
		return false;
	return scan->opening || test_bit(place_in_tile(addr), tile->known);
}

static void record_idle(struct tier_tile *tile, unsigned long addr,
			unsigned long end)
{
	unsigned int i = place_in_tile(addr);

	tier_count(tiles_skipped, 1);
	if (!tile || !tile->active)
		return;
	for (; addr != end; addr += PAGE_SIZE)
		tile->history[i++] <<= 1;
}

static void scan_table(struct scan *scan, struct mm_walk *walk, pmd_t *pmd,
		       unsigned long addr, unsigned long end)
{
	pmd_t table = pmdp_get_lockless(pmd);
	bool huge = pmd_trans_huge(table);
	struct tier_tile *tile = NULL;

	if (!pmd_present(table) || pmd_devmap(table))
		return;
	if (!scan->opening) {
		tile = tile_of(scan, addr, end, huge);
		if (!tile)
			return;
	}
	if (huge) {
		look_at_huge(scan, tile, walk, pmd, addr);
	} else if (table_is_idle(scan, tile, walk, table, addr)) {
		record_idle(tile, addr, end);
	} else {
		/* First: what is used from now on sets it again. */
		clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)pmd);
		look_at_table(scan, tile, walk, pmd, addr, end);
	}
}

/* Return: 1 to let the address space go for a moment. */
static int scan_entry(pmd_t *pmd, unsigned long addr, unsigned long next,
		      struct mm_walk *walk)
{
	struct scan *scan = walk->private;

	walk->action = ACTION_CONTINUE;
	scan_table(scan, walk, pmd, addr, next);
	scan->next = next;
	return !--scan->left;
}

static const struct mm_walk_ops scan_ops = {
	.pmd_entry = scan_entry,
	.walk_lock = PGWALK_RDLOCK,
};

/* Return: false at the end of the address space. */
static bool scan_some(struct scan *scan)
{
	struct mm_struct *mm = scan->space->mm;
	struct vm_area_struct *vma;

	scan->left = TABLES_AT_ONCE;
	while (scan->left) {
		vma = find_vma(mm, scan->next);
		if (!vma)
			return false;
		scan->next = max(scan->next, vma->vm_start);
		scan->fixed = tier_vma_fixed(scan->space, vma);
		if (tier_vma_watched(vma) &&
		    tandem_call(walk_page_range)(mm, scan->next, vma->vm_end,
						 &scan_ops, scan))
			return true;
		scan->next = vma->vm_end;
	}
	return true;
}

static void flush(struct mm_struct *mm)
{
	tandem_call(flush_tlb_mm_range)(mm, 0, TLB_FLUSH_ALL, PAGE_SHIFT,
					false);
	tier_count(flushes, 1);
}

/*
 * An address space that is being changed is left for the next window: to wait
 * for the lock would put us between its owner and page faults.
 *
 * Return: false if not all of it was looked at.
 */
static bool scan_space(struct scan *scan)
{
	struct mm_struct *mm = scan->space->mm;
	bool more = true;

	if (!mmget_not_zero(mm))
		return true;
	while (more && mmap_read_trylock(mm)) {
		more = scan_some(scan);
		mmap_read_unlock(mm);
		cond_resched();
	}
	if (tier_knob(TIER_FLUSH))
		flush(mm);
	mmput_async(mm);
	if (more)
		tier_count(spaces_busy, 1);
	return !more;
}

/**
 * tier_scan_open() - begin a window: clear all accessed bits
 * @space: address space
 *
 * Not needed where a window follows on another.
 *
 * Context: the thread.
 */
void tier_scan_open(struct tier_space *space)
{
	struct scan scan = { .space = space, .opening = true };

	scan_space(&scan);
}

static void rest(struct tier_tile *tile, u32 window, u32 cool_down)
{
	unsigned int i;

	for_each_set_bit(i, tile->resting, TIER_TILE_PAGES)
		if ((u8)(window - tile->moved[i]) >= cool_down)
			__clear_bit(i, tile->resting);
}

/* Adds what the tile has to the sums that are decided by. */
static void sum_up(struct tier_tile *tile, u8 memory, struct tier_view *view)
{
	u32 weight = tile->huge ? TIER_TILE_PAGES : 1;
	unsigned int i;
	u32 any = 0;

	for_each_set_bit(i, tile->present, TIER_TILE_PAGES) {
		tier_policy_count(view, test_bit(i, tile->fast) ? TIER_FAST :
								  TIER_SLOW,
				  tile->history[i], memory,
				  test_bit(i, tile->fixed) ||
				  test_bit(i, tile->resting), weight);
		any |= tile->history[i];
	}
	tile->active = any;
}

/* What was not met in a whole look is not mapped any more. */
static void close_window(struct scan *scan, bool whole, struct tier_view *view)
{
	struct tier_tile *tile;
	unsigned long index;

	xa_for_each(&scan->space->tiles, index, tile) {
		if (whole && tile->window != scan->window) {
			tier_tile_drop(scan->space, index);
			continue;
		}
		if (whole)
			bitmap_and(tile->present, tile->present, tile->seen,
				   TIER_TILE_PAGES);
		rest(tile, scan->window, view->limits.cool_down);
		sum_up(tile, scan->space->workload->memory, view);
		cond_resched();
	}
}

/**
 * tier_scan() - end a window: read and clear all accessed bits
 * @space: address space
 * @nodes: which node is in which tier
 * @window: number of the window, one more than the last
 * @view: what there is in the address space is added
 *
 * Context: the thread.
 * Return: pages that had been used.
 */
u64 tier_scan(struct tier_space *space, const struct tier_nodes *nodes,
	      u32 window, struct tier_view *view)
{
	struct scan scan = { .space = space, .nodes = nodes, .window = window };
	bool whole = scan_space(&scan);

	close_window(&scan, whole, view);
	tier_count(accessed, scan.accessed);
	return scan.accessed;
}
