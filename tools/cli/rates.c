// SPDX-License-Identifier: GPL-2.0-only
/* Samples of the counters that page reclaim moves, and rates between two. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "loop.h"
#include "machine.h"
#include "rates.h"

/*
 * The rows by kind of page count all reclaim, that of a cgroup too; the rows
 * by who reclaims count the same pages again, without those of cgroups.
 */
static bool counts_by_kind(const char *name)
{
	return !strcmp(name, "_anon") || !strcmp(name, "_file");
}

static void read_vmstat(const struct sysroot *root, struct sample *s)
{
	char *text = root_slurp(root, "/proc/vmstat", NULL);
	char *next = text, *line, name[64];
	uint64_t value;

	while (text && (line = strsep(&next, "\n"))) {
		if (sscanf(line, "%63s %" SCNu64, name, &value) != 2)
			continue;
		if (!strncmp(name, "pgscan", 6) && counts_by_kind(name + 6))
			s->scanned += value;
		else if (!strncmp(name, "pgsteal", 7) &&
			 counts_by_kind(name + 7))
			s->stolen += value;
	}
	free(text);
}

static void read_pressure(const struct sysroot *root, struct sample *s)
{
	char line[128];
	char *total;

	if (root_line(root, "/proc/pressure/memory", line, sizeof(line)))
		return;
	total = strstr(line, "total=");
	if (total)
		s->pressure_us = strtoull(total + 6, NULL, 10);
}

static bool is_new(const struct sample *s, const char *disk)
{
	size_t i;

	for (i = 0; i < s->nr_disks; i++)
		if (!strcmp(s->disks[i].name, disk))
			return false;
	return true;
}

static void name_disks(const struct sysroot *root, struct sample *s)
{
	struct swap_info swaps[MAX_SAMPLE_DISKS];
	size_t n = swap_list(root, swaps, MAX_SAMPLE_DISKS), i;

	for (i = 0; i < n; i++)
		if (*swaps[i].disk && is_new(s, swaps[i].disk))
			snprintf(s->disks[s->nr_disks++].name,
				 sizeof(s->disks[0].name), "%s",
				 swaps[i].disk);
}

/* Column 13 is the time in which the disk had something to do. */
static void read_disks(const struct sysroot *root, struct sample *s)
{
	char *text = root_slurp(root, "/proc/diskstats", NULL);
	char *next = text, *line, name[64];
	uint64_t busy;
	size_t i;

	while (text && (line = strsep(&next, "\n"))) {
		if (sscanf(line,
			   "%*d %*d %63s %*d %*d %*d %*d %*d %*d %*d %*d %*d %"
			   SCNu64, name, &busy) != 2)
			continue;
		for (i = 0; i < s->nr_disks; i++)
			if (!strcmp(s->disks[i].name, name))
				s->disks[i].busy_ms = busy;
	}
	free(text);
}

/**
 * sample_machine - read what the whole machine counts
 * @root: where
 * @s: filled in, except for the statistics of the module
 */
void sample_machine(const struct sysroot *root, struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->at_ns = now_ns();
	s->shootdowns = machine_interrupts(root, "TLB:");
	read_vmstat(root, s);
	read_pressure(root, s);
	name_disks(root, s);
	read_disks(root, s);
}

static int keep_stat(const struct tandem_stat_info *stat, void *arg)
{
	struct sample *s = arg;

	if (s->nr_stats < MAX_SAMPLE_STATS)
		s->stats[s->nr_stats++] = *stat;
	return 0;
}

/**
 * sample_take - read all counters
 * @root: where those of the machine are
 * @t: context of libtandem
 * @capability: whose statistics
 * @s: filled in
 *
 * Return: 0, or -errno.
 */
int sample_take(const struct sysroot *root, struct tandem *t,
		const char *capability, struct sample *s)
{
	sample_machine(root, s);
	return tandem_stats(t, capability, keep_stat, s);
}

/**
 * sample_stat - a statistic of the module
 * @s: sample
 * @name: which
 *
 * Return: its value; 0 when there is none of that name.
 */
uint64_t sample_stat(const struct sample *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nr_stats; i++)
		if (!strcmp(s->stats[i].name, name))
			return s->stats[i].value;
	return 0;
}

/* A counter that fell was begun anew: the module was loaded again. */
static double growth(uint64_t old, uint64_t now)
{
	return now >= old ? (double)(now - old) : (double)now;
}

static double stat_growth(const struct sample *old, const struct sample *now,
			  const char *name)
{
	return growth(sample_stat(old, name), sample_stat(now, name));
}

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static void busiest(const struct sample *old, const struct sample *now,
		    struct rates *r)
{
	size_t i, j;

	r->busy_pct = NAN;
	for (i = 0; i < now->nr_disks; i++) {
		for (j = 0; j < old->nr_disks; j++) {
			double pct;

			if (strcmp(now->disks[i].name, old->disks[j].name))
				continue;
			pct = growth(old->disks[j].busy_ms,
				     now->disks[i].busy_ms) /
			      (r->seconds * 10);
			pct = pct > 100 ? 100 : pct;
			if (!isnan(r->busy_pct) && pct <= r->busy_pct)
				continue;
			r->busy_pct = pct;
			snprintf(r->busy_disk, sizeof(r->busy_disk), "%s",
				 now->disks[i].name);
		}
	}
}

/**
 * rates_between - what happened between two samples
 * @old: the earlier
 * @now: the later
 * @rates: filled in
 */
void rates_between(const struct sample *old, const struct sample *now,
		   struct rates *rates)
{
	double freed = stat_growth(old, now, "pages_freed") +
		       stat_growth(old, now, "pages_sync");
	double batches = stat_growth(old, now, "batches");
	double stolen = growth(old->stolen, now->stolen);

	memset(rates, 0, sizeof(*rates));
	rates->seconds = (double)(now->at_ns - old->at_ns) / 1e9;
	if (rates->seconds <= 0)
		rates->seconds = 1 / 1e9;
	rates->freed_per_s = freed / rates->seconds;
	rates->stolen_per_s = stolen / rates->seconds;
	rates->batches_per_s = batches / rates->seconds;
	rates->batch_pages = share(stat_growth(old, now, "pages_submitted"),
				   batches);
	rates->overlap_pct = 100 * share(stat_growth(old, now, "overlap_ns"),
					 stat_growth(old, now, "prepare_ns"));
	rates->ipis_per_page = share(growth(old->shootdowns, now->shootdowns),
				     stolen);
	rates->scans_per_page = share(growth(old->scanned, now->scanned),
				      stolen);
	rates->pressure_pct = growth(old->pressure_us, now->pressure_us) /
			      (rates->seconds * 1e4);
	if (rates->pressure_pct > 100)
		rates->pressure_pct = 100;
	busiest(old, now, rates);
}
