/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nobody can beat who leaves the fast tier as it is: the best set of
 * pages for a period, known only when the period is over.
 */
#ifndef TANDEM_CLI_TIER_ORACLE_H
#define TANDEM_CLI_TIER_ORACLE_H

#include <stddef.h>

#include "tier_sim.h"

struct oracle_access;
struct oracle_window;

/**
 * struct tier_oracle - the windows of a period
 * @fast_pages: size of the set
 * @warm_up: windows that are left out of @totals
 * @report: gets each window when the period is over; or NULL
 * @arg: for @report
 * @totals: sum of all windows that were reported, behind the warm-up
 * @windows: windows of the period
 * @nr_windows: how many
 * @room_windows: for how many there is room
 * @accesses: accesses of the period by window and page
 * @nr_accesses: how many
 * @room_accesses: for how many there is room
 * @nr_pages: pages seen, by the highest index
 */
struct tier_oracle {
	uint64_t fast_pages;
	uint64_t warm_up;
	void (*report)(const struct sim_window *w, void *arg);
	void *arg;
	struct sim_counts totals;
	struct oracle_window *windows;
	size_t nr_windows, room_windows;
	struct oracle_access *accesses;
	size_t nr_accesses, room_accesses;
	size_t nr_pages;
};

int tier_oracle_access(struct tier_oracle *o, size_t page, uint64_t count);
int tier_oracle_window(struct tier_oracle *o, const struct sim_window *w);
int tier_oracle_settle(struct tier_oracle *o);
void tier_oracle_free(struct tier_oracle *o);

#endif
