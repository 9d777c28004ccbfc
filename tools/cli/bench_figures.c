// SPDX-License-Identifier: GPL-2.0-only
/* From the runs of the bench to figures; computes, and prints nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench_figures.h"

typedef double (*value_fn)(const struct bench_run *run);

static double per(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : NAN;
}

static double reclaim_shootdowns(const struct bench_run *r)
{
	return per(r->reclaim.shootdowns, r->reclaim.pages);
}

static double reclaim_calls(const struct bench_run *r)
{
	return per(r->reclaim.calls, r->reclaim.pages);
}

static double reclaim_scans(const struct bench_run *r)
{
	return per(r->reclaim.scanned, r->reclaim.stolen);
}

static double reclaim_seconds(const struct bench_run *r)
{
	return r->reclaim.seconds;
}

static double pageout_shootdowns(const struct bench_run *r)
{
	return per(r->pageout.shootdowns, r->pageout.pages);
}

static double pageout_calls(const struct bench_run *r)
{
	return per(r->pageout.calls, r->pageout.pages);
}

static double pageout_resident(const struct bench_run *r)
{
	return 100 * per(r->pageout.resident, r->all_pages);
}

static double pageout_seconds(const struct bench_run *r)
{
	return r->pageout.seconds;
}

/*
 * Of memory.reclaim only: after MADV_PAGEOUT stock has everything in memory
 * still, and nothing to read.
 */
static double read_seconds(const struct bench_run *r)
{
	return r->reclaim.read_seconds;
}

static double pressure_seconds(const struct bench_run *r)
{
	return r->reclaim.pressure_known ? r->reclaim.pressure_seconds : NAN;
}

static double verified(const struct bench_run *r)
{
	return (double)r->verified;
}

static double wrong(const struct bench_run *r)
{
	return (double)r->wrong;
}

/* Bars that any machine with threads and a disk to swap to should reach. */
static const struct {
	const char *name;
	const char *unit;
	const char *clock;
	int digits;
	value_fn value;
	struct bench_bar bar;
} rows[] = {
	{ "IPIs per page, memory.reclaim", "", "count", 4, reclaim_shootdowns,
	  { "<=", 0.2, "ratio" } },
	{ "all call IPIs per page, memory.reclaim", "", "count", 3,
	  reclaim_calls, { NULL, 0, NULL } },
	{ "scans per page, memory.reclaim", "", "count", 2, reclaim_scans,
	  { "<=", 1.2, "tandem" } },
	{ "time of memory.reclaim", "s", "wall", 3, reclaim_seconds,
	  { "<=", 1, "ratio" } },
	{ "time of reading back after it", "s", "wall", 3, read_seconds,
	  { NULL, 0, NULL } },
	{ "PSI some, out and back", "s", "wall", 3, pressure_seconds,
	  { NULL, 0, NULL } },
	{ "IPIs per page, MADV_PAGEOUT", "", "count", 4, pageout_shootdowns,
	  { "<=", 0.05, "ratio" } },
	{ "all call IPIs per page, MADV_PAGEOUT", "", "count", 3,
	  pageout_calls, { NULL, 0, NULL } },
	{ "still resident after MADV_PAGEOUT", "%", "count", 1,
	  pageout_resident, { "<=", 2, "tandem" } },
	{ "time of MADV_PAGEOUT", "s", "wall", 3, pageout_seconds,
	  { NULL, 0, NULL } },
	{ "pages verified by checksum", "", "count", 0, verified,
	  { NULL, 0, NULL } },
	{ "pages wrong or missing", "", "count", 0, wrong,
	  { "==", 0, "tandem" } },
};

const size_t nr_bench_figures = sizeof(rows) / sizeof(rows[0]);

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * bench_median - the middle of some values
 * @values: are put in order
 * @n: how many
 *
 * Return: the median; NaN of none.
 */
double bench_median(double *values, size_t n)
{
	if (!n)
		return NAN;
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] :
		       (values[n / 2 - 1] + values[n / 2]) / 2;
}

/*
 * Runs in which it could not be measured do not count. A wrong page of one run
 * would be lost in a median, so there the worst run stands for all.
 */
static double value_of(value_fn value, const struct bench_run *runs, size_t n,
		       bool on)
{
	double values[2 * BENCH_MAX_RUNS];
	size_t i, found = 0;

	for (i = 0; i < n && i < 2 * BENCH_MAX_RUNS; i++) {
		double v = value(&runs[i]);

		if (runs[i].on == on && !isnan(v))
			values[found++] = v;
	}
	if (value != wrong || !found)
		return bench_median(values, found);
	qsort(values, found, sizeof(*values), by_value);
	return values[found - 1];
}

/**
 * bench_figure - a row of the result
 * @index: counted from 0, below nr_bench_figures
 * @runs: what was measured
 * @n: how many
 * @figure: filled in
 */
void bench_figure(size_t index, const struct bench_run *runs, size_t n,
		  struct bench_figure *figure)
{
	figure->name = rows[index].name;
	figure->unit = rows[index].unit;
	figure->clock = rows[index].clock;
	figure->digits = rows[index].digits;
	figure->bar = rows[index].bar;
	figure->stock = value_of(rows[index].value, runs, n, false);
	figure->tandem = value_of(rows[index].value, runs, n, true);
	figure->ratio = figure->stock > 0 ? figure->tandem / figure->stock :
					    NAN;
}

/**
 * bench_judge - is a figure as is asked of it?
 * @figure: the figure
 * @accel: what the machine runs on
 *
 * Return: see enum bench_met.
 */
enum bench_met bench_judge(const struct bench_figure *figure,
			   const char *accel)
{
	const struct bench_bar *bar = &figure->bar;
	double value;

	if (!bar->op || (!strcmp(figure->clock, "wall") &&
			 !strcmp(accel, "tcg")))
		return BENCH_UNJUDGED;
	value = strcmp(bar->of, "ratio") ? figure->tandem : figure->ratio;
	if (isnan(value))
		return BENCH_MISSED;
	if (!strcmp(bar->op, "=="))
		return value == bar->value ? BENCH_MET : BENCH_MISSED;
	return value <= bar->value ? BENCH_MET : BENCH_MISSED;
}
