// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of the kernel that its own path would have raised for the same
 * work.  Which of them must equal stock is listed in
 * Documentation/design/reclaim.md.
 */
#include <linux/mm.h>
#include <linux/memcontrol.h>
#include <linux/vmstat.h>

#include "reclaim.h"

/**
 * reclaim_count_memcg() - raise an event counter of a folio's memory cgroup
 * @folio: folio whose charge cannot change now (locked)
 * @item: which
 * @n: by how much
 */
void reclaim_count_memcg(struct folio *folio, enum vm_event_item item, u32 n)
{
	struct mem_cgroup *memcg = folio_memcg(folio);
	unsigned long flags;

	if (!memcg)
		return;
	local_irq_save(flags);
	tandem_call(__count_memcg_events)(memcg, item, n);
	local_irq_restore(flags);
}

/* The kernel's counters of large folios, by order. */
static struct mthp_stat __percpu *large_stats;

/**
 * reclaim_account_init() - find the kernel's counters; they must be there
 */
void reclaim_account_init(void)
{
	large_stats = (struct mthp_stat __percpu __force *)
		tandem_borrow_data("mthp_stats");
}

static void count_large(struct folio *folio)
{
	if (folio_test_pmd_mappable(folio)) {
		reclaim_count_memcg(folio, THP_SWPOUT, 1);
		count_vm_event(THP_SWPOUT);
	}
	this_cpu_inc(large_stats->stats[folio_order(folio)][MTHP_STAT_SWPOUT]);
}

/**
 * reclaim_count_swapped_out() - count a folio handed to a swap device
 * @folio: locked, in the swap cache
 */
void reclaim_count_swapped_out(struct folio *folio)
{
	if (folio_test_large(folio))
		count_large(folio);
	count_vm_events(PSWPOUT, folio_nr_pages(folio));
}
