/* SPDX-License-Identifier: GPL-2.0-only */
/* From the runs of the bench to figures; computes, and prints nothing. */
#ifndef TANDEM_CLI_BENCH_FIGURES_H
#define TANDEM_CLI_BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_MAX_RUNS 100

/**
 * struct bench_push - what it took to push memory out in one way
 * @pages: that went to swap
 * @shootdowns: TLB shootdown interrupts, all CPUs of the machine
 * @calls: function call interrupts, those included
 * @scanned: pages that reclaim has looked at
 * @stolen: pages that reclaim has freed
 * @resident: pages that were in memory still
 * @seconds: until the last write had ended
 * @read_seconds: for reading all of it back
 * @pressure_known: the kernel tells of pressure
 * @pressure_seconds: in which some task of the cgroup waited for memory, from
 *                    pushing out to reading back
 */
struct bench_push {
	uint64_t pages;
	uint64_t shootdowns;
	uint64_t calls;
	uint64_t scanned;
	uint64_t stolen;
	uint64_t resident;
	double seconds;
	double read_seconds;
	bool pressure_known;
	double pressure_seconds;
};

/**
 * struct bench_run - the same work, once
 * @on: the module was on
 * @all_pages: of memory that there were
 * @reclaim: by memory.reclaim
 * @pageout: by MADV_PAGEOUT
 * @verified: pages that were read back
 * @wrong: of these, those with another checksum
 */
struct bench_run {
	bool on;
	uint64_t all_pages;
	struct bench_push reclaim;
	struct bench_push pageout;
	uint64_t verified;
	uint64_t wrong;
};

/**
 * struct bench_bar - what is asked of a figure
 * @op: "<=" or "=="; NULL when nothing is asked
 * @value: the limit
 * @of: what is compared with it, "ratio" or "tandem"
 */
struct bench_bar {
	const char *op;
	double value;
	const char *of;
};

/**
 * struct bench_figure - a row of the result
 * @name: as in the documentation
 * @unit: of the values; empty for none
 * @clock: "count" or "wall"
 * @digits: behind the point
 * @bar: what is asked of it
 * @stock: median of the runs with the module off; NaN when not measured
 * @tandem: the same with the module on
 * @ratio: @tandem / @stock; NaN when there is none
 */
struct bench_figure {
	const char *name;
	const char *unit;
	const char *clock;
	int digits;
	struct bench_bar bar;
	double stock;
	double tandem;
	double ratio;
};

/**
 * enum bench_met - whether a figure is as is asked of it
 * @BENCH_MISSED: it is not, or could not be measured
 * @BENCH_MET: it is
 * @BENCH_UNJUDGED: nothing is asked, or its clock is not to be believed
 */
enum bench_met { BENCH_MISSED, BENCH_MET, BENCH_UNJUDGED };

extern const size_t nr_bench_figures;

double bench_median(double *values, size_t n);
void bench_figure(size_t index, const struct bench_run *runs, size_t n,
		  struct bench_figure *figure);
enum bench_met bench_judge(const struct bench_figure *figure,
			   const char *accel);

#endif
