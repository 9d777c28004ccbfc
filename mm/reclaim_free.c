// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a written page leaves memory.
 *
 * The TLB was flushed before the page was written, and a page that was mapped
 * again since has a further reference, so removal fails: no flush is needed
 * here.
 */
#include <linux/memcontrol.h>
#include <linux/pagemap.h>
#include <linux/swap.h>

#include "reclaim.h"

static void unqueue_deferred_split(struct folio *folio)
{
	if (folio_order(folio) <= 1 || !folio_test_large_rmappable(folio))
		return;
	/* Refcount is zero: nobody queues it now, so a plain look is enough. */
	if (!data_race(list_empty(&folio->_deferred_list)))
		tandem_call(__folio_unqueue_deferred_split)(folio);
}

/**
 * reclaim_free_flush() - free the folios collected
 * @free: folios with reference count zero
 *
 * Context: process context; may not hold a lock that freeing takes.
 */
void reclaim_free_flush(struct folio_batch *free)
{
	if (!folio_batch_count(free))
		return;
	if (!mem_cgroup_disabled())
		tandem_call(__mem_cgroup_uncharge_folios)(free);
	tandem_call(free_unref_folios)(free);
	folio_batch_init(free);
}

/**
 * reclaim_free_folio() - take a written folio out of memory
 * @folio: locked; the caller holds the isolation reference and nothing else
 *	may need it. Unlocked on success.
 * @target: memory cgroup whose limit is reclaimed for, or NULL
 * @free: where the folio is collected
 *
 * The kernel's own removal makes the last check: it freezes the reference
 * count at exactly the isolation's and the swap cache's, then looks at the
 * dirty flag.  Somebody who used the page in the meantime makes it fail.
 *
 * Context: process context, interrupts on.
 * Return: true if the folio is gone from the caller's view.
 */
bool reclaim_free_folio(struct folio *folio, struct mem_cgroup *target,
			struct folio_batch *free)
{
	struct address_space *mapping = folio_mapping(folio);

	if (!mapping || folio_mapped(folio) || folio_test_dirty(folio) ||
	    folio_test_writeback(folio))
		return false;
	if (!tandem_call(__remove_mapping)(mapping, folio, true, target))
		return false;
	folio_unlock(folio);
	unqueue_deferred_split(folio);
	if (!folio_batch_add(free, folio))
		reclaim_free_flush(free);
	return true;
}
