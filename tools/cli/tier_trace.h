/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recorded accesses in a file; tandem-tier-replay(8) describes the format.
 */
#ifndef TANDEM_CLI_TIER_TRACE_H
#define TANDEM_CLI_TIER_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tier_sim.h"

#define TRACE_WINDOW_MS 1000	/* a window, where the trace counts those */

/**
 * struct trace_access - a line of a trace
 * @at_us: when, from the first access on
 * @page: number of the page
 * @count: how often
 * @workload: index of its workload
 * @phase: another phase begins here
 */
struct trace_access {
	uint64_t at_us;
	uint64_t page;
	uint32_t count;
	uint8_t workload;
	uint8_t phase;
};

/**
 * struct tier_trace - a trace
 * @list: accesses, in the order of time
 * @n: how many
 * @room: for how many there is room
 * @names: of the workloads
 * @nr_names: how many
 * @counts_windows: the trace says windows, not times
 */
struct tier_trace {
	struct trace_access *list;
	size_t n, room;
	char names[SIM_WORKLOADS][SIM_NAME];
	unsigned int nr_names;
	bool counts_windows;
};

/**
 * struct trace_error - what is wrong with a trace
 * @line: where, from 1; 0 for all of it
 * @text: what
 */
struct trace_error {
	unsigned long line;
	char text[160];
};

int tier_trace_read(FILE *f, struct tier_trace *trace,
		    struct trace_error *error);
int64_t tier_trace_pages(const struct tier_trace *trace);
void tier_trace_free(struct tier_trace *trace);

#endif
