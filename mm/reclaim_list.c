// SPDX-License-Identifier: GPL-2.0-only
/*
 * Longer lists: how many folios the kernel isolates at a time.
 *
 * A batch is one list of the kernel, and those are short: 64 pages with MGLRU,
 * 32 with the classic LRU.  Here the same folios are isolated, in the same
 * order and by the kernel's own functions, only more of them at once.  What was
 * isolated ahead is paid back: the classic LRU gets nothing until the kernel's
 * own count has caught up, MGLRU is told how much was scanned and counts on
 * from there.  So the balance of the lists stays what the kernel decided.
 *
 * Everything here runs under the lock of the lruvec, with interrupts off.
 */
#include <linux/hash.h>
#include <linux/memcontrol.h>
#include <linux/mm_inline.h>
#include <linux/mmzone.h>
#include <linux/spinlock.h>
#include <linux/swap.h>

#include "reclaim.h"

/* Pages of one LRU list in the zones that this reclaim may take from. */
static unsigned long list_pages(struct lruvec *lruvec, enum lru_list lru,
				int top_zone)
{
	struct zone *zones = lruvec_pgdat(lruvec)->node_zones;
	unsigned long nr = 0;
	int z;

	for (z = 0; z <= top_zone; z++) {
		if (!managed_zone(&zones[z]))
			continue;
		if (mem_cgroup_disabled())
			nr += zone_page_state(&zones[z],
					      NR_ZONE_LRU_BASE + lru);
		else
			nr += mem_cgroup_get_zone_lru_size(lruvec, lru, z);
	}
	return nr;
}

/* How many pages to isolate beyond what the kernel asks for. */
static u32 pages_ahead(const struct scan_control *sc, u32 asked,
		       unsigned long lru_pages)
{
	struct reclaim_list_facts facts = {
		.asked = asked,
		.lru_pages = lru_pages,
		.priority = sc->priority,
		.list_pages = reclaim_knob(RECLAIM_LIST_PAGES),
		.batch_pages = reclaim_knob(RECLAIM_BATCH_PAGES),
	};

	return reclaim_policy_ahead(&facts);
}

/*
 * What was isolated ahead, by lruvec.  The table forgets when two meet in one
 * place, and an entry may outlive its lruvec: it is at most one list that is
 * then taken too early or too late.
 */
struct list_debt {
	const struct lruvec *lruvec;
	u32 pages;
};

#define DEBT_BITS 8
static struct list_debt debts[1 << DEBT_BITS];
/* Innermost, taken under the lock of an lruvec. */
static DEFINE_SPINLOCK(debts_lock);

static struct list_debt *debt_of(const struct lruvec *lruvec)
{
	return &debts[hash_ptr(lruvec, DEBT_BITS)];
}

/* Return: how much of @asked need not be isolated now. */
static u32 pay(const struct lruvec *lruvec, u32 asked)
{
	struct list_debt *debt = debt_of(lruvec);
	u32 paid = 0;

	spin_lock(&debts_lock);
	if (debt->lruvec == lruvec) {
		paid = min(debt->pages, asked);
		debt->pages -= paid;
	}
	spin_unlock(&debts_lock);
	return paid;
}

static void owe(const struct lruvec *lruvec, u32 pages)
{
	struct list_debt *debt = debt_of(lruvec);

	spin_lock(&debts_lock);
	debt->lruvec = lruvec;
	debt->pages = pages;
	spin_unlock(&debts_lock);
}

/**
 * reclaim_list_classic() - isolate a list from the classic LRU
 * @nr_to_scan: what the kernel asks for, in pages
 * @lruvec: where from
 * @dst: where the folios go
 * @nr_scanned: pages looked at
 * @sc: the kernel's scan control
 * @lru: which list
 *
 * Context: lru_lock of the lruvec held, interrupts off.
 * Return: pages isolated; none while earlier calls have isolated ahead.
 */
unsigned long reclaim_list_classic(unsigned long nr_to_scan,
				   struct lruvec *lruvec,
				   struct list_head *dst,
				   unsigned long *nr_scanned,
				   struct scan_control *sc, enum lru_list lru)
{
	unsigned long ahead, taken;

	nr_to_scan -= pay(lruvec, nr_to_scan);
	*nr_scanned = 0;
	if (!nr_to_scan)
		return 0;
	ahead = pages_ahead(sc, nr_to_scan,
			    list_pages(lruvec, lru, sc->reclaim_idx));
	taken = tandem_original(isolate_lru_folios)(nr_to_scan + ahead, lruvec,
						    dst, nr_scanned, sc, lru);
	/* A large folio may exceed what was asked for on stock, too. */
	if (ahead && *nr_scanned > nr_to_scan)
		owe(lruvec, min(ahead, *nr_scanned - nr_to_scan));
	return taken;
}

/* Anonymous pages of one generation. */
static long generation(struct lruvec *lruvec, unsigned long gen, int top_zone)
{
	struct lru_gen_folio *lrugen = &lruvec->lrugen;
	long nr = 0;
	int z;

	for (z = 0; z <= top_zone; z++)
		nr += READ_ONCE(lrugen->nr_pages[gen][LRU_GEN_ANON][z]);
	/* What a walk of page tables has moved is counted later. */
	return max(nr, 0L);
}

/* Those of the generation that MGLRU evicts from. */
static long oldest_anon(struct lruvec *lruvec, int top_zone)
{
	unsigned long oldest = lruvec->lrugen.min_seq[LRU_GEN_ANON];

	return generation(lruvec, oldest % MAX_NR_GENS, top_zone);
}

static unsigned long anon_pages(struct lruvec *lruvec, int top_zone)
{
	unsigned long nr = 0;
	int gen;

	for (gen = 0; gen < MAX_NR_GENS; gen++)
		nr += generation(lruvec, gen, top_zone);
	return nr;
}

/**
 * reclaim_list_mglru() - extend a list that MGLRU has isolated
 * @lruvec: where from
 * @sc: the kernel's scan control
 * @swappiness: as the kernel uses it for this lruvec
 * @list: anonymous folios already isolated
 *
 * It goes on only while the generation has enough anonymous pages left, so that
 * the kernel does not turn to files in the middle of a list: what is reclaimed
 * from one list is counted under one type.
 *
 * Context: lru_lock of the lruvec held, interrupts off.
 * Return: pages looked at.
 */
int reclaim_list_mglru(struct lruvec *lruvec, struct scan_control *sc,
		       int swappiness, struct list_head *list)
{
	long left = pages_ahead(sc, MIN_LRU_BATCH,
				anon_pages(lruvec, sc->reclaim_idx));
	int scanned, type, total = 0;

	while (left > 0 && oldest_anon(lruvec, sc->reclaim_idx) > MIN_LRU_BATCH) {
		LIST_HEAD(next);

		scanned = tandem_original(isolate_folios)(lruvec, sc, swappiness,
							  &type, &next);
		/* The kernel works from the tail: the oldest stay there. */
		list_splice(&next, list);
		total += scanned;
		left -= scanned;
		if (!scanned || type != LRU_GEN_ANON)
			break;
	}
	return total;
}
