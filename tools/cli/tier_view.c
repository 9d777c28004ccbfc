// SPDX-License-Identifier: GPL-2.0-only
/* What the numbers of a workload of memory tiering mean to people. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "tier_view.h"

#define PAGE_BYTES 4096
/* A difference to the target that the module takes for noise: a 64th. */
#define NOISE 64

static uint64_t stat(const struct tandem_subject_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->nr_stats; i++)
		if (!strcmp(info->stats[i].name, name))
			return info->stats[i].value;
	return 0;
}

static uint64_t knob(const struct tandem_subject_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->nr_knobs; i++)
		if (!strcmp(info->knobs[i].name, name))
			return info->knobs[i].value;
	return 0;
}

/* Pages in the first @n buckets of a histogram. */
static uint64_t first_buckets(const struct tandem_subject_info *info,
			      const char *name, size_t n)
{
	const struct tandem_histogram_info *h = NULL;
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < info->nr_histograms && !h; i++)
		if (!strcmp(info->histograms[i].name, name))
			h = &info->histograms[i];
	for (i = 0; h && i < n && i < h->nr_buckets; i++)
		pages += h->buckets[i];
	return pages;
}

/**
 * tier_facts_read - take what is wanted of a workload
 * @info: the workload, as libtandem has it
 * @facts: gets it
 */
void tier_facts_read(const struct tandem_subject_info *info,
		     struct tier_facts *facts)
{
	snprintf(facts->name, sizeof(facts->name), "%s", info->name);
	facts->act = knob(info, "act");
	facts->fast = stat(info, "fast_pages");
	facts->slow = stat(info, "slow_pages");
	facts->used_fast = first_buckets(info, "fast_age", 1);
	facts->used_slow = first_buckets(info, "slow_age", 1);
	facts->target = stat(info, "target_pages");
	facts->promoted = stat(info, "promoted");
	facts->demoted = stat(info, "demoted");
}

/**
 * tier_facts_hit_pct - estimate how much of what is used is in the fast tier
 * @facts: of a workload
 *
 * By pages that were used in the last window.  How often each was is not known:
 * those that are used more often are the likelier to be fast, so more accesses
 * than that go there.
 *
 * Return: percent; NaN if nothing was used.
 */
double tier_facts_hit_pct(const struct tier_facts *facts)
{
	uint64_t used = facts->used_fast + facts->used_slow;

	return used ? 100.0 * (double)facts->used_fast / (double)used : NAN;
}

/**
 * tier_facts_state - what becomes of a workload
 * @facts: of a workload
 *
 * Return: a word.
 */
const char *tier_facts_state(const struct tier_facts *facts)
{
	uint64_t noise = facts->target / NOISE;

	if (!facts->act)
		return "observed";
	if (facts->fast + noise < facts->target)
		return "growing";
	if (facts->fast > facts->target + noise)
		return "shrinking";
	return "settled";
}

/**
 * tier_active_sets - the active-set function of a workload
 * @info: the workload
 * @sets: pages used within the last 1, 2, 4 to 32 windows
 */
void tier_active_sets(const struct tandem_subject_info *info,
		      struct active_set sets[ACTIVE_SETS])
{
	size_t i;

	/* Bucket 0 is age 0, bucket i the ages from 2^(i-1) on, below 2^i. */
	for (i = 0; i < ACTIVE_SETS; i++) {
		sets[i].windows = 1U << i;
		sets[i].pages = first_buckets(info, "fast_age", i + 1) +
				first_buckets(info, "slow_age", i + 1);
	}
}

/**
 * tier_show_active_sets - print the active-set function, as bars for people
 * @p: printer
 * @info: the workload
 *
 * With T1*, the interval for which those of all workloads fit.
 */
void tier_show_active_sets(struct printer *p,
			   const struct tandem_subject_info *info)
{
	uint64_t t1 = stat(info, "t1_windows");
	struct active_set sets[ACTIVE_SETS];
	char label[64];
	size_t i;

	tier_active_sets(info, sets);
	print_open_list(p, "active_sets");
	for (i = 0; i < ACTIVE_SETS; i++) {
		print_open(p, NULL);
		print_u64(p, "windows", NULL, sets[i].windows);
		print_u64(p, "pages", NULL, sets[i].pages);
		print_close(p);
	}
	print_close(p);

	print_note(p, "%s", "");
	print_heading(p, "pages used within the last windows");
	for (i = 0; i < ACTIVE_SETS; i++) {
		snprintf(label, sizeof(label), "%u%s", sets[i].windows,
			 sets[i].windows <= t1 && sets[i].windows * 2 > t1 ?
			 "  <- T1*" : "");
		print_bar(p, label, sets[i].pages,
			  sets[ACTIVE_SETS - 1].pages);
	}
}

static const struct print_column columns[] = {
	{ "name", "WORKLOAD", false, false },
	{ "state", "STATE", false, false },
	{ "hit_percent", "HIT %", true, false },
	{ "fast_bytes", "FAST", true, false },
	{ "slow_bytes", "SLOW", true, false },
	{ "target_bytes", "TARGET", true, false },
	{ "promoted_per_second", "UP/S", true, false },
	{ "demoted_per_second", "DOWN/S", true, false },
};

/* Of one that was not there before, or is another by now, nothing is known. */
static void cell_rate(struct printer *p, const uint64_t *before, uint64_t now,
		      double seconds)
{
	if (!before || *before > now)
		print_cell_none(p);
	else
		print_cell_real(p, (double)(now - *before) / seconds, 1);
}

static void row(struct printer *p, const void *before, const void *after,
		double seconds)
{
	const struct tier_facts *old = before, *now = after;
	double hits = tier_facts_hit_pct(now);

	print_cell_str(p, now->name);
	print_cell_str(p, tier_facts_state(now));
	if (isnan(hits))
		print_cell_none(p);
	else
		print_cell_real(p, hits, 1);
	print_cell_bytes(p, now->fast * PAGE_BYTES);
	print_cell_bytes(p, now->slow * PAGE_BYTES);
	print_cell_bytes(p, now->target * PAGE_BYTES);
	cell_rate(p, old ? &old->promoted : NULL, now->promoted, seconds);
	cell_rate(p, old ? &old->demoted : NULL, now->demoted, seconds);
}

static void read_facts(const struct tandem_subject_info *info, void *facts)
{
	tier_facts_read(info, facts);
}

const struct subject_view tier_view = {
	.capability = CAPABILITY_TIER,
	.doc = "Watch the workloads of memory tiering live: which share of the pages that were used in the last window is in the fast tier, what they have in each tier, what they are steered to, and pages moved up and down per second. q quits.",
	.failure = "cannot watch the workloads",
	.size = sizeof(struct tier_facts),
	.read = read_facts,
	.table = "workloads",
	.columns = columns,
	.nr_columns = sizeof(columns) / sizeof(columns[0]),
	.row = row,
	.none = "no workload is named: tandem tier set WORKLOAD",
};
