// SPDX-License-Identifier: GPL-2.0-only
/*
 * What nobody can beat who leaves the fast tier as it is.
 *
 * The windows of a period are kept until it is over.  Then the pages with the
 * most accesses in it are the best set, and each window is told how many of
 * its accesses that set would have served.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tier_oracle.h"

struct oracle_access {
	size_t page;
	uint64_t count;
};

/**
 * struct oracle_window - a window that waits for the end of the period
 * @window: the window
 * @end: accesses up to its end
 * @shares: of the workloads
 */
struct oracle_window {
	struct sim_window window;
	size_t end;
	struct sim_share shares[SIM_WORKLOADS];
};

struct total {
	size_t page;
	uint64_t count;
};

/**
 * tier_oracle_access - note the accesses to a page in the window that ends
 * @o: oracle
 * @page: index of the page
 * @count: accesses
 *
 * Return: 0, or -ENOMEM.
 */
int tier_oracle_access(struct tier_oracle *o, size_t page, uint64_t count)
{
	if (o->nr_accesses == o->room_accesses) {
		size_t room = o->room_accesses ? 2 * o->room_accesses : 4096;
		struct oracle_access *more;

		more = reallocarray(o->accesses, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		o->accesses = more;
		o->room_accesses = room;
	}
	o->accesses[o->nr_accesses++] = (struct oracle_access){ page, count };
	if (page >= o->nr_pages)
		o->nr_pages = page + 1;
	return 0;
}

/**
 * tier_oracle_window - note a window, after its accesses
 * @o: oracle
 * @w: the window; a copy is kept
 *
 * Return: 0, or -ENOMEM.
 */
int tier_oracle_window(struct tier_oracle *o, const struct sim_window *w)
{
	struct oracle_window *kept;

	if (o->nr_windows == o->room_windows) {
		size_t room = o->room_windows ? 2 * o->room_windows : 64;

		kept = reallocarray(o->windows, room, sizeof(*kept));
		if (!kept)
			return -ENOMEM;
		o->windows = kept;
		o->room_windows = room;
	}
	kept = &o->windows[o->nr_windows++];
	kept->window = *w;
	kept->end = o->nr_accesses;
	memcpy(kept->shares, w->shares, w->nr_shares * sizeof(*w->shares));
	return 0;
}

static int most_first(const void *a, const void *b)
{
	const struct total *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->page < y->page ? -1 : x->page > y->page;
}

static void choose(const struct tier_oracle *o, struct total *totals,
		   bool *chosen)
{
	size_t i;

	for (i = 0; i < o->nr_pages; i++)
		totals[i].page = i;
	for (i = 0; i < o->nr_accesses; i++)
		totals[o->accesses[i].page].count += o->accesses[i].count;
	qsort(totals, o->nr_pages, sizeof(*totals), most_first);
	for (i = 0; i < o->nr_pages && i < o->fast_pages; i++)
		chosen[totals[i].page] = true;
}

static void add(struct sim_counts *to, const struct sim_counts *c)
{
	to->accesses += c->accesses;
	to->hits += c->hits;
	to->oracle += c->oracle;
	to->promoted += c->promoted;
	to->demoted += c->demoted;
	to->again += c->again;
}

static void tell(struct tier_oracle *o, const bool *chosen)
{
	size_t i, at = 0;

	for (i = 0; i < o->nr_windows; i++) {
		struct sim_window *w = &o->windows[i].window;

		for (; at < o->windows[i].end; at++)
			if (chosen[o->accesses[at].page])
				w->counts.oracle += o->accesses[at].count;
		w->shares = o->windows[i].shares;
		if (w->number >= o->warm_up)
			add(&o->totals, &w->counts);
		if (o->report)
			o->report(w, o->arg);
	}
}

/**
 * tier_oracle_settle - end the period: its windows are reported
 * @o: oracle
 *
 * Return: 0, or -ENOMEM.
 */
int tier_oracle_settle(struct tier_oracle *o)
{
	struct total *totals = calloc(o->nr_pages + 1, sizeof(*totals));
	bool *chosen = calloc(o->nr_pages + 1, sizeof(*chosen));
	int err = totals && chosen ? 0 : -ENOMEM;

	if (!err) {
		choose(o, totals, chosen);
		tell(o, chosen);
	}
	free(totals);
	free(chosen);
	o->nr_windows = 0;
	o->nr_accesses = 0;
	o->nr_pages = 0;
	return err;
}

void tier_oracle_free(struct tier_oracle *o)
{
	free(o->windows);
	free(o->accesses);
}
