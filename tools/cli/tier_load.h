/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads that are made up: what the policy is judged by. */
#ifndef TANDEM_CLI_TIER_LOAD_H
#define TANDEM_CLI_TIER_LOAD_H

#include "tier_sim.h"

#define LOAD_WORKLOADS 2

struct load_run;

/**
 * struct tier_load - a load
 * @name: how it is called
 * @about: what it is, in a few words
 * @fast_pages: size of the fast tier that it is meant for
 * @workloads: how many workloads there are
 * @weights: theirs, for the fast tier
 * @pages: of each workload
 * @step_us: microseconds from one access to the next
 * @phases: how often the load begins anew with another hot set
 * @phase_ms: length of each
 * @shift: hot pages that another phase has others for
 * @warm_up: windows after which it is steady
 * @pick: the next access: page number, counted over all workloads
 */
struct tier_load {
	const char *name;
	const char *about;
	uint64_t fast_pages;
	unsigned int workloads;
	uint32_t weights[LOAD_WORKLOADS];
	uint32_t pages;
	uint32_t step_us;
	unsigned int phases;
	uint32_t phase_ms;
	uint32_t shift;
	uint32_t warm_up;
	uint32_t (*pick)(struct load_run *run);
};

const struct tier_load *tier_load_find(const char *name);
const struct tier_load *tier_load_nth(unsigned int i);
int tier_load_prepare(const struct tier_load *load, struct tier_sim *sim);
int tier_load_run(const struct tier_load *load, struct tier_sim *sim,
		  void (*progress)(uint64_t done, uint64_t all, void *arg),
		  void *arg);

#endif
