// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two tiers of memory in a simulation, steered by the policy of the kernel
 * module.
 *
 * It does what the module does at the end of a window: it shifts histories,
 * counts histograms, asks the policy, and moves pages in the order in which it
 * meets them.  No decision is made here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tier_oracle.h"
#include "tier_sim.h"

/* Windows without an access after which nothing changes any more. */
#define IDLE_WINDOWS 64

#define NEVER UINT64_MAX

/**
 * struct sim_page - a page
 * @number: its number in the workload
 * @moved: window of its last move, or NEVER
 * @next: next page in the hash chain, or -1
 * @history: for the policy
 * @count: accesses in this window
 * @workload: whose it is
 * @tier: where it is
 */
struct sim_page {
	uint64_t number;
	uint64_t moved;
	int64_t next;
	uint32_t history;
	uint64_t count;
	uint8_t workload;
	uint8_t tier;
};

struct sim_workload {
	char name[SIM_NAME];
	struct tier_limits limits;
	uint64_t fast;
	uint8_t memory;
};

struct tier_sim {
	struct sim_config config;
	struct sim_workload workloads[SIM_WORKLOADS];
	unsigned int nr_workloads;
	struct tier_view views[SIM_WORKLOADS];
	struct tier_plan plans[SIM_WORKLOADS];
	struct sim_share shares[SIM_WORKLOADS];

	struct sim_page *pages;
	size_t nr_pages, room_pages;
	int64_t *chains;
	size_t nr_chains;

	struct sim_window now;
	uint64_t end_us;
	uint64_t fast_used;
	uint64_t phase_began;
	unsigned int idle;
	bool phase_ends;

	struct tier_oracle oracle;
};

struct tier_sim *tier_sim_new(const struct sim_config *config)
{
	struct tier_sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return NULL;
	sim->config = *config;
	sim->now.length_ms = config->window_ms;
	sim->end_us = (uint64_t)config->window_ms * 1000;
	sim->oracle.fast_pages = config->fast_pages;
	sim->oracle.warm_up = config->warm_up;
	sim->oracle.report = config->report;
	sim->oracle.arg = config->arg;
	return sim;
}

void tier_sim_free(struct tier_sim *sim)
{
	if (!sim)
		return;
	tier_oracle_free(&sim->oracle);
	free(sim->pages);
	free(sim->chains);
	free(sim);
}

/**
 * tier_sim_workload - find a workload, or add it
 * @sim: simulation
 * @name: of the workload
 *
 * Return: its index, -ENAMETOOLONG, or -E2BIG when there are too many.
 */
int tier_sim_workload(struct tier_sim *sim, const char *name)
{
	struct sim_workload *w;
	unsigned int i;

	if (strlen(name) >= SIM_NAME)
		return -ENAMETOOLONG;
	for (i = 0; i < sim->nr_workloads; i++)
		if (!strcmp(sim->workloads[i].name, name))
			return (int)i;
	if (i == SIM_WORKLOADS)
		return -E2BIG;
	w = &sim->workloads[sim->nr_workloads++];
	strcpy(w->name, name);
	w->limits = sim->config.limits;
	w->memory = 1;
	return (int)i;
}

const char *tier_sim_name(const struct tier_sim *sim, unsigned int workload)
{
	return sim->workloads[workload].name;
}

/* Its policy; may be changed at any time. */
struct tier_limits *tier_sim_limits(struct tier_sim *sim,
				    unsigned int workload)
{
	return &sim->workloads[workload].limits;
}

uint64_t tier_sim_windows(const struct tier_sim *sim)
{
	return sim->now.number;
}

/* ---- pages ---------------------------------------------------------------- */

static size_t chain_of(const struct tier_sim *sim, unsigned int workload,
		       uint64_t number)
{
	uint64_t mixed = (number + ((uint64_t)workload << 56)) *
			 0x9e3779b97f4a7c15ULL;

	return (size_t)(mixed >> 20) & (sim->nr_chains - 1);
}

static void chain_up(struct tier_sim *sim, size_t i)
{
	struct sim_page *page = &sim->pages[i];
	size_t chain = chain_of(sim, page->workload, page->number);

	page->next = sim->chains[chain];
	sim->chains[chain] = (int64_t)i;
}

static int make_room(struct tier_sim *sim)
{
	size_t room = sim->room_pages ? 2 * sim->room_pages : 1024, i;
	struct sim_page *pages;
	int64_t *chains;

	pages = reallocarray(sim->pages, room, sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	sim->pages = pages;
	chains = reallocarray(sim->chains, room, sizeof(*chains));
	if (!chains)
		return -ENOMEM;
	sim->chains = chains;
	sim->room_pages = room;
	sim->nr_chains = room;
	for (i = 0; i < room; i++)
		chains[i] = -1;
	for (i = 0; i < sim->nr_pages; i++)
		chain_up(sim, i);
	return 0;
}

static enum tier first_tier(const struct tier_sim *sim, unsigned int workload)
{
	const struct sim_workload *w = &sim->workloads[workload];

	return sim->fast_used + sim->config.headroom <
	       sim->config.fast_pages && w->fast < w->limits.fast_max ?
		       TIER_FAST : TIER_SLOW;
}

static int64_t add_page(struct tier_sim *sim, unsigned int workload,
			uint64_t number)
{
	struct sim_page *page;
	int err = 0;

	if (sim->nr_pages == sim->room_pages)
		err = make_room(sim);
	if (err)
		return err;
	page = &sim->pages[sim->nr_pages];
	*page = (struct sim_page){ .number = number, .moved = NEVER,
				   .workload = (uint8_t)workload };
	page->tier = first_tier(sim, workload);
	if (page->tier == TIER_FAST) {
		sim->fast_used++;
		sim->workloads[workload].fast++;
	}
	chain_up(sim, sim->nr_pages);
	return (int64_t)sim->nr_pages++;
}

/**
 * tier_sim_page - find a page, or add it
 * @sim: simulation
 * @workload: whose it is
 * @number: its number there
 *
 * A new page is in the fast tier as long as there is room for it.
 *
 * Return: its index, or -ENOMEM.
 */
int64_t tier_sim_page(struct tier_sim *sim, unsigned int workload,
		      uint64_t number)
{
	int64_t i = -1;

	if (sim->nr_chains)
		i = sim->chains[chain_of(sim, workload, number)];
	for (; i >= 0; i = sim->pages[i].next)
		if (sim->pages[i].number == number &&
		    sim->pages[i].workload == workload)
			return i;
	return add_page(sim, workload, number);
}

/* ---- the end of a window ---------------------------------------------------- */

static bool cools(const struct tier_sim *sim, const struct sim_page *page)
{
	return page->moved != NEVER &&
	       sim->now.number - page->moved < sim->config.cool_down;
}

/* Returns pages, as the budget of this window. */
static uint64_t budget(const struct tier_sim *sim)
{
	uint64_t pages = sim->config.rate * sim->now.length_ms / 1000;

	return pages ? pages : 1;
}

static void clear_views(struct tier_sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->nr_workloads; i++)
		sim->views[i] = (struct tier_view){
			.limits = sim->workloads[i].limits,
			.act = true, .budget = budget(sim),
		};
}

/* Shifts the histories and counts the pages. */
static int look(struct tier_sim *sim)
{
	size_t i;
	int err = 0;

	clear_views(sim);
	sim->now.seen = 0;
	for (i = 0; i < sim->nr_pages && !err; i++) {
		struct sim_page *page = &sim->pages[i];
		struct tier_view *v = &sim->views[page->workload];

		page->history = page->history << 1 | !!page->count;
		if (page->count)
			err = tier_oracle_access(&sim->oracle, i, page->count);
		sim->now.seen += !!page->count;
		page->count = 0;
		tier_policy_count(v, page->tier, page->history,
				  sim->workloads[page->workload].memory,
				  cools(sim, page), 1);
	}
	return err;
}

static void move(struct tier_sim *sim, struct sim_page *page, enum tier to)
{
	struct sim_workload *w = &sim->workloads[page->workload];
	struct sim_counts *c = &sim->now.counts;
	int change = to == TIER_FAST ? 1 : -1;

	if (page->moved != NEVER && page->moved >= sim->phase_began &&
	    sim->now.number - page->moved < SIM_AGAIN)
		c->again++;
	c->promoted += to == TIER_FAST;
	c->demoted += to == TIER_SLOW;
	page->moved = sim->now.number;
	page->tier = to;
	w->fast += (uint64_t)change;
	sim->fast_used += (uint64_t)change;
}

static unsigned int heat(const struct tier_sim *sim,
			 const struct sim_page *page)
{
	return tier_policy_heat_of(page->history,
				   sim->workloads[page->workload].memory);
}

static bool may_move(const struct tier_sim *sim, const struct sim_page *page)
{
	return !cools(sim, page) &&
	       !tier_policy_stays(&sim->views[page->workload].limits,
				  page->tier, page->history);
}

static void move_pages(struct tier_sim *sim, enum tier from)
{
	size_t i;

	for (i = 0; i < sim->nr_pages; i++) {
		struct sim_page *page = &sim->pages[i];
		struct tier_plan *p = &sim->plans[page->workload];
		unsigned int h;

		if (page->tier != from ||
		    !(from == TIER_FAST ? p->demote : p->promote) ||
		    !may_move(sim, page))
			continue;
		h = heat(sim, page);
		if (from == TIER_FAST && h <= p->demote_heat) {
			p->demote--;
			move(sim, page, TIER_SLOW);
		} else if (from == TIER_SLOW && h >= p->promote_heat) {
			p->promote--;
			move(sim, page, TIER_FAST);
		}
	}
}

static void remember(struct tier_sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->nr_workloads; i++) {
		struct sim_workload *w = &sim->workloads[i];

		w->memory = tier_policy_memory(&sim->views[i], w->memory);
	}
}

static void next_window(struct tier_sim *sim)
{
	struct tier_window_facts f = {
		.window_ms = sim->now.length_ms,
		.min_ms = sim->config.min_ms,
		.max_ms = sim->config.max_ms,
		.cpu_percent = 100,
		.seen = sim->now.seen,
		.fast_pages = sim->config.fast_pages,
	};

	remember(sim);
	sim->now.number++;
	sim->now.begin_us = sim->end_us;
	sim->now.length_ms = tier_policy_window_ms(&f);
	sim->end_us += (uint64_t)sim->now.length_ms * 1000;
	sim->now.counts = (struct sim_counts){ 0 };
}

static int keep_window(struct tier_sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->nr_workloads; i++)
		sim->shares[i] = (struct sim_share){
			sim->plans[i].ideal, sim->plans[i].target,
			sim->workloads[i].fast,
		};
	sim->now.shares = sim->shares;
	sim->now.nr_shares = sim->nr_workloads;
	return tier_oracle_window(&sim->oracle, &sim->now);
}

static int end_window(struct tier_sim *sim)
{
	struct tier_machine m = {
		.fast_pages = sim->config.fast_pages,
		.fast_free = sim->config.fast_pages - sim->fast_used,
		.headroom = sim->config.headroom,
	};
	int err = look(sim);

	if (err)
		return err;
	sim->idle = sim->now.counts.accesses ? 0 : sim->idle + 1;
	sim->now.interval = tier_policy_plan(&m, sim->views, sim->plans,
					     sim->nr_workloads);
	move_pages(sim, TIER_FAST);
	move_pages(sim, TIER_SLOW);
	err = keep_window(sim);
	if (!err && (sim->phase_ends ||
		     sim->oracle.nr_windows >= sim->config.oracle_windows))
		err = tier_oracle_settle(&sim->oracle);
	next_window(sim);
	if (sim->phase_ends)
		sim->phase_began = sim->now.number;
	sim->phase_ends = false;
	return err;
}

/* Windows in a long gap of the trace would all be the same. */
static void skip_to(struct tier_sim *sim, uint64_t at_us)
{
	uint64_t length_us = (uint64_t)sim->now.length_ms * 1000;
	uint64_t windows = (at_us - sim->now.begin_us) / length_us;

	sim->now.number += windows;
	sim->now.begin_us += windows * length_us;
	sim->end_us = sim->now.begin_us + length_us;
}

/**
 * tier_sim_touch - a page is accessed
 * @sim: simulation
 * @page: its index
 * @at_us: when; not before any access so far
 * @count: how often
 *
 * Return: 0, or -ENOMEM.
 */
int tier_sim_touch(struct tier_sim *sim, int64_t page, uint64_t at_us,
		   uint64_t count)
{
	int err = 0;

	while (at_us >= sim->end_us && !err) {
		err = end_window(sim);
		if (sim->idle > IDLE_WINDOWS)
			skip_to(sim, at_us);
	}
	sim->pages[page].count += count;
	sim->now.counts.accesses += count;
	if (sim->pages[page].tier == TIER_FAST)
		sim->now.counts.hits += count;
	return err;
}

/* The load is another one from the next window on. */
void tier_sim_phase(struct tier_sim *sim)
{
	sim->phase_ends = true;
}

/**
 * tier_sim_finish - end the last window
 * @sim: simulation
 * @totals: gets the sum of all windows behind the warm-up
 *
 * Return: 0, or -ENOMEM.
 */
int tier_sim_finish(struct tier_sim *sim, struct sim_counts *totals)
{
	int err = 0;

	if (sim->now.counts.accesses)
		err = end_window(sim);
	if (!err)
		err = tier_oracle_settle(&sim->oracle);
	*totals = sim->oracle.totals;
	return err;
}
