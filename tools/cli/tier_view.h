/* SPDX-License-Identifier: GPL-2.0-only */
/* What the numbers of a workload of memory tiering mean to people. */
#ifndef TANDEM_CLI_TIER_VIEW_H
#define TANDEM_CLI_TIER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "print.h"
#include "subject_top.h"
#include "tandem.h"

/* Intervals of windows that are counted: 1, 2, 4 to 32. */
#define ACTIVE_SETS 6

/**
 * struct tier_facts - a workload at one moment; sizes in pages
 * @name: of the workload
 * @act: its pages are moved
 * @fast: in the fast tier
 * @slow: in the slow tier
 * @used_fast: pages of the fast tier that were used in the last window
 * @used_slow: those of the slow tier
 * @target: size of the fast tier that it is steered to
 * @promoted: moved up since it was named
 * @demoted: moved down
 */
struct tier_facts {
	char name[TANDEM_SUBJECT_LEN];
	bool act;
	uint64_t fast;
	uint64_t slow;
	uint64_t used_fast;
	uint64_t used_slow;
	uint64_t target;
	uint64_t promoted;
	uint64_t demoted;
};

/**
 * struct active_set - pages that were used within so many windows
 * @windows: how many
 * @pages: of both tiers
 */
struct active_set {
	unsigned int windows;
	uint64_t pages;
};

void tier_facts_read(const struct tandem_subject_info *info,
		     struct tier_facts *facts);
double tier_facts_hit_pct(const struct tier_facts *facts);
const char *tier_facts_state(const struct tier_facts *facts);
void tier_active_sets(const struct tandem_subject_info *info,
		      struct active_set sets[ACTIVE_SETS]);
void tier_show_active_sets(struct printer *p,
			   const struct tandem_subject_info *info);

extern const struct subject_view tier_view;

#endif
