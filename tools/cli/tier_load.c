// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads that are made up: what the policy is judged by.
 *
 * All numbers come from one generator with a fixed seed, so that a load is the
 * same at each run.  Which pages are hot is shuffled: nothing can be learnt
 * from their order.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "tier_load.h"

#define SEED 20240611
#define ZIPF_PAGES 65536
#define ZIPF_SKEW 0.99
#define HOT_PAGES 4096
#define SCAN_HOT 3686
#define TWO_FIRST 2867
#define TWO_SECOND 1229

/**
 * struct load_run - a load that runs
 * @load: the load
 * @state: of the random generator
 * @shuffled: pages in a random order, of each workload in the same
 * @below: of Zipf's law: how probable a page up to this rank is
 * @phase: which phase it is, from 0
 * @scanned: next page of the scan
 */
struct load_run {
	const struct tier_load *load;
	uint64_t state;
	uint32_t *shuffled;
	double *below;
	unsigned int phase;
	uint32_t scanned;
};

/* Steele, Lea and Flood's SplitMix64. */
static uint64_t random_u64(struct load_run *run)
{
	uint64_t z = (run->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* 0 to @n - 1. */
static uint32_t below(struct load_run *run, uint32_t n)
{
	return (uint32_t)((random_u64(run) >> 32) * n >> 32);
}

static bool percent(struct load_run *run, uint32_t n)
{
	return below(run, 100) < n;
}

/* One of the @hot hottest pages, or one of the others. */
static uint32_t hot_or_cold(struct load_run *run, uint32_t hot, bool is_hot)
{
	uint32_t pages = run->load->pages, rank;

	rank = is_hot ? below(run, hot) : hot + below(run, pages - hot);
	return run->shuffled[(rank + run->phase * run->load->shift) % pages];
}

static uint32_t pick_hotset(struct load_run *run)
{
	return hot_or_cold(run, HOT_PAGES, percent(run, 90));
}

static uint32_t pick_zipf(struct load_run *run)
{
	double p = (double)(random_u64(run) >> 11) / (double)(1ULL << 53);
	uint32_t low = 0, high = run->load->pages - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (run->below[middle] > p)
			high = middle;
		else
			low = middle + 1;
	}
	return run->shuffled[low];
}

/* What is scanned are the pages that are not hot, one after the other. */
static uint32_t pick_scan(struct load_run *run)
{
	uint32_t cold = run->load->pages - SCAN_HOT;

	if (percent(run, 60))
		return hot_or_cold(run, SCAN_HOT, true);
	run->scanned = (run->scanned + 1) % cold;
	return run->shuffled[SCAN_HOT + run->scanned];
}

/*
 * The first has 70 % of the hot pages, the second most of the accesses to cold
 * ones, by which its working set looks larger than what it gains by it.
 */
static uint32_t pick_two(struct load_run *run)
{
	uint32_t what = below(run, 100), second = run->load->pages;

	if (what < 56)
		return hot_or_cold(run, TWO_FIRST, true);
	if (what < 80)
		return second + hot_or_cold(run, TWO_SECOND, true);
	if (what < 83)
		return hot_or_cold(run, TWO_FIRST, false);
	return second + hot_or_cold(run, TWO_SECOND, false);
}

static const struct tier_load loads[] = {
	{ "hotset", "90 % of accesses to 25 % of 16384 pages", HOT_PAGES,
	  1, { 100 }, 16384, 400, 1, 192000, 0, 64, pick_hotset },
	{ "zipf", "Zipf's law with 0.99 over 65536 pages", ZIPF_PAGES / 4,
	  1, { 100 }, ZIPF_PAGES, 50, 1, 192000, 0, 64, pick_zipf },
	{ "phases", "a hot set that becomes another one", HOT_PAGES,
	  1, { 100 }, 16384, 400, 2, 128000, HOT_PAGES, 64,
	  pick_hotset },
	{ "scan", "a hot set beside a scan of 49152 pages", HOT_PAGES,
	  1, { 100 }, SCAN_HOT + 49152, 400, 1, 192000, 0, 64,
	  pick_scan },
	{ "two", "two workloads with shares of 70 and 30 %", HOT_PAGES,
	  2, { 700, 300 }, 16384, 400, 1, 192000, 0, 64, pick_two },
};

const struct tier_load *tier_load_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(loads); i++)
		if (!strcmp(loads[i].name, name))
			return &loads[i];
	return NULL;
}

const struct tier_load *tier_load_nth(unsigned int i)
{
	return i < ARRAY_SIZE(loads) ? &loads[i] : NULL;
}

/**
 * tier_load_prepare - add the workloads and the pages of a load
 * @load: the load
 * @sim: simulation without any
 *
 * Return: 0, or -ENOMEM.
 */
int tier_load_prepare(const struct tier_load *load, struct tier_sim *sim)
{
	unsigned int i;
	uint32_t page;
	char name[16];

	for (i = 0; i < load->workloads; i++) {
		snprintf(name, sizeof(name), "%s%c", load->name, 'A' + i);
		tier_sim_workload(sim, load->workloads > 1 ? name :
							     load->name);
		tier_sim_limits(sim, i)->weight = load->weights[i];
	}
	for (i = 0; i < load->workloads; i++)
		for (page = 0; page < load->pages; page++)
			if (tier_sim_page(sim, load->workloads - 1 - i,
					  page) < 0)
				return -ENOMEM;
	return 0;
}

static void set_zipf(struct load_run *run)
{
	double all = 0;
	uint32_t i;

	for (i = 0; i < run->load->pages; i++) {
		all += pow(i + 1, -ZIPF_SKEW);
		run->below[i] = all;
	}
	for (i = 0; i < run->load->pages; i++)
		run->below[i] /= all;
}

static void shuffle(struct load_run *run)
{
	uint32_t i, j, kept;

	for (i = 0; i < run->load->pages; i++)
		run->shuffled[i] = i;
	for (i = run->load->pages - 1; i > 0; i--) {
		j = below(run, i + 1);
		kept = run->shuffled[i];
		run->shuffled[i] = run->shuffled[j];
		run->shuffled[j] = kept;
	}
}

static int begin(struct load_run *run)
{
	run->shuffled = calloc(run->load->pages, sizeof(*run->shuffled));
	run->below = calloc(run->load->pages, sizeof(*run->below));
	if (!run->shuffled || !run->below)
		return -ENOMEM;
	shuffle(run);
	if (run->load->pick == pick_zipf)
		set_zipf(run);
	return 0;
}

static int access_page(struct load_run *run, struct tier_sim *sim,
		       uint64_t at_us)
{
	uint32_t page = run->load->pick(run), pages = run->load->pages;
	int64_t i = tier_sim_page(sim, page / pages, page % pages);

	return i < 0 ? (int)i : tier_sim_touch(sim, i, at_us, 1);
}

/**
 * tier_load_run - let a load access its pages
 * @load: the load
 * @sim: simulation, prepared for it
 * @progress: called from time to time; or NULL
 * @arg: for @progress
 *
 * Return: 0, or -ENOMEM.
 */
int tier_load_run(const struct tier_load *load, struct tier_sim *sim,
		  void (*progress)(uint64_t done, uint64_t all, void *arg),
		  void *arg)
{
	struct load_run run = { .load = load, .state = SEED };
	uint64_t phase_us = load->phase_ms * 1000ULL;
	uint64_t all_us = phase_us * load->phases, at_us;
	int err = begin(&run);

	for (at_us = 0; at_us < all_us && !err; at_us += load->step_us) {
		if (at_us / phase_us > run.phase) {
			run.phase++;
			tier_sim_phase(sim);
		}
		err = access_page(&run, sim, at_us);
		if (progress && !(at_us / load->step_us % 65536))
			progress(at_us, all_us, arg);
	}
	free(run.shuffled);
	free(run.below);
	return err;
}
