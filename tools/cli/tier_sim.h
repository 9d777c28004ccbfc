/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two tiers of memory in a simulation, steered by the policy of the kernel
 * module: accesses go in, windows and their hit ratios come out.
 */
#ifndef TANDEM_CLI_TIER_SIM_H
#define TANDEM_CLI_TIER_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/tier_policy.h"

#define SIM_WORKLOADS 64
#define SIM_NAME 64
#define SIM_AGAIN 10	/* windows within which a second move is one too many */

/**
 * struct sim_share - a workload after a window
 * @ideal: fast pages by its working set
 * @target: fast pages that it is steered to
 * @fast: fast pages that it has
 */
struct sim_share {
	uint64_t ideal;
	uint64_t target;
	uint64_t fast;
};

/**
 * struct sim_counts - what happened in a window, or in several
 * @accesses: accesses
 * @hits: of them to pages in the fast tier
 * @oracle: hits of the best set of pages that stays for the oracle's period
 * @promoted: pages promoted
 * @demoted: pages demoted
 * @again: of both, moves of a page less than SIM_AGAIN windows after its last
 */
struct sim_counts {
	uint64_t accesses;
	uint64_t hits;
	uint64_t oracle;
	uint64_t promoted;
	uint64_t demoted;
	uint64_t again;
};

/**
 * struct sim_window - a window
 * @number: from 0
 * @begin_us: when it began
 * @length_ms: how long it was
 * @interval: T1*, in windows
 * @seen: pages seen accessed
 * @counts: what happened; moves are those at its end
 * @shares: of the workloads there were
 * @nr_shares: how many
 */
struct sim_window {
	uint64_t number;
	uint64_t begin_us;
	uint32_t length_ms;
	uint32_t interval;
	uint64_t seen;
	struct sim_counts counts;
	const struct sim_share *shares;
	unsigned int nr_shares;
};

/**
 * struct sim_config - what is simulated
 * @fast_pages: size of the fast tier
 * @headroom: pages of it kept free
 * @rate: pages that a second may promote, and as many that it may demote
 * @window_ms: length of the first window
 * @min_ms: shortest window
 * @max_ms: longest window; with @min_ms the same, all are of one length
 * @cool_down: windows for which a moved page stays where it is
 * @oracle_windows: the oracle's period; it also ends where a phase does
 * @warm_up: windows that are left out of the totals
 * @limits: policy of workloads for which none is set
 * @report: called for each window, when the oracle's period is over; or NULL
 * @arg: for @report
 */
struct sim_config {
	uint64_t fast_pages;
	uint64_t headroom;
	uint64_t rate;
	uint32_t window_ms;
	uint32_t min_ms;
	uint32_t max_ms;
	uint32_t cool_down;
	uint32_t oracle_windows;
	uint64_t warm_up;
	struct tier_limits limits;
	void (*report)(const struct sim_window *w, void *arg);
	void *arg;
};

struct tier_sim;

struct tier_sim *tier_sim_new(const struct sim_config *config);
void tier_sim_free(struct tier_sim *sim);
int tier_sim_workload(struct tier_sim *sim, const char *name);
const char *tier_sim_name(const struct tier_sim *sim, unsigned int workload);
struct tier_limits *tier_sim_limits(struct tier_sim *sim,
				    unsigned int workload);
int64_t tier_sim_page(struct tier_sim *sim, unsigned int workload,
		      uint64_t number);
int tier_sim_touch(struct tier_sim *sim, int64_t page, uint64_t at_us,
		   uint64_t count);
void tier_sim_phase(struct tier_sim *sim);
int tier_sim_finish(struct tier_sim *sim, struct sim_counts *totals);
uint64_t tier_sim_windows(const struct tier_sim *sim);

#endif
