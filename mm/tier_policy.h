/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions of memory tiering, and nothing else: how hot a page is, how much
 * of the fast tier each workload should have, which pages move, and how long
 * the next window is.
 *
 * Every function here is a pure function of its arguments: no kernel call, no
 * lock, no global, no allocation, no floating point.  The mechanism collects
 * histograms, asks here, and moves pages.  The same file is compiled into the
 * module, into its KUnit test, and into the command line (tandem tier replay).
 *
 * A window is a stretch of time at whose end it is known of each page whether
 * it was accessed.  A page's history is a u32 with a bit for each window, the
 * latest in bit 0.  Its heat is the number of windows out of 32 in which it is
 * expected to be accessed, its age the number of windows since it was.
 */
#ifndef TANDEM_TIER_POLICY_H
#define TANDEM_TIER_POLICY_H

#include <linux/types.h>

#define TIER_HISTORY	32			/* windows in a history */
#define TIER_HEATS	(TIER_HISTORY + 1)	/* 0..32 */
#define TIER_AGES	(TIER_HISTORY + 1)	/* 0..31; 32: not in history */
#define TIER_RECENT	8			/* windows before the last */
#define TIER_WEIGHT_MAX	1000

/*
 * Cool-down, when nobody asks for another.  Not one page is to move twice within ten
 * windows, whose lengths differ.
 */
#define TIER_COOL_DOWN	12

/**
 * enum tier - where a page can be
 * @TIER_FAST: in the fast tier
 * @TIER_SLOW: in the slow tier
 * @TIER_NR: number of tiers
 */
enum tier {
	TIER_FAST,
	TIER_SLOW,
	TIER_NR,
};

/**
 * struct tier_limits - the allocation policy of a workload
 * @fast_min: pages of the fast tier that it may have whatever others want
 * @fast_max: pages of the fast tier that it never has more of; not less than
 *	@fast_min
 * @weight: 1..1000; where the fast tier is contended it is divided between
 *	weights in their proportion, see tier_policy_plan()
 * @hysteresis: heats by which a slow page must be hotter than the fast page
 *	whose place it takes; 0 counts as 1, and of an idle page 4 are enough,
 *	of one seen once 5; more when the slow tier is less than twice as slow,
 *	see struct tier_machine
 * @promote_age: only slow pages accessed in the last so many windows are
 *	promoted; 0: the heat alone decides
 * @demote_age: only fast pages not accessed in the last so many windows are
 *	demoted; 0: the heat alone decides
 * @cool_down: windows for which a page that was moved is fixed; for who counts
 */
struct tier_limits {
	u64 fast_min;
	u64 fast_max;
	u32 weight;
	u32 hysteresis;
	u32 promote_age;
	u32 demote_age;
	u32 cool_down;
};

/**
 * struct tier_view - what is known of a workload after a window; all but the
 *	last three is made by tier_policy_count(), which needs the ages of
 *	@limits
 * @heat: movable pages by tier and heat
 * @age: all pages by tier and age, those of @fixed too
 * @fixed: pages by tier that may not be moved: by cpuset or memory policy,
 *	pinned, moved less than @limits.cool_down windows ago, or by the ages of
 *	@limits
 * @seen: pages by tier that were accessed in the window and are movable, but
 *	for the ages of @limits
 * @recent: the same, summed over the TIER_RECENT windows before it
 * @limits: its policy
 * @act: its pages may be moved; else it is only observed
 * @budget: pages that the rate limit lets it promote now, and as many that it
 *	may demote
 */
struct tier_view {
	u64 heat[TIER_NR][TIER_HEATS];
	u64 age[TIER_NR][TIER_AGES];
	u64 fixed[TIER_NR];
	u64 seen[TIER_NR];
	u64 recent[TIER_NR];
	struct tier_limits limits;
	bool act;
	u64 budget;
};

/**
 * struct tier_plan - what is decided for a workload
 * @ideal: fast pages by its working set, A_v(T1*), within its limits
 * @target: fast pages that it is steered to, weights and all others considered
 * @least: fast pages that are its own whatever others want
 * @want: fast pages that it could use: those seen in its history, within its
 *	limits
 * @promote: slow pages to be promoted now
 * @demote: fast pages to be demoted now, which goes first
 * @promote_heat: only slow pages of at least this heat are promoted;
 *	TIER_HEATS when none is
 * @demote_heat: only fast pages of at most this heat are demoted
 */
struct tier_plan {
	u64 ideal;
	u64 target;
	u64 least;
	u64 want;
	u64 promote;
	u64 demote;
	u8 promote_heat;
	u8 demote_heat;
};

/**
 * struct tier_machine - the fast tier, and how far the slow one is behind
 * @fast_pages: its capacity for the workloads of the plan, with what they hold
 * @fast_free: pages of it that are free
 * @headroom: pages of it that are to be kept free, for new pages
 * @gap_percent: how slow the slow tier is: 200 for twice as slow as the fast
 *	one; 0 when that is not known
 */
struct tier_machine {
	u64 fast_pages;
	u64 fast_free;
	u64 headroom;
	u32 gap_percent;
};

/**
 * struct tier_window_facts - what is known when the next window begins
 * @window_ms: length of the last window, in milliseconds
 * @min_ms: knob: shortest window
 * @max_ms: knob: longest window
 * @cpu_percent: knob: share of one CPU that monitoring may take, 1..100
 * @cost_ns: CPU time of the last pass over all pages, in nanoseconds
 * @seen: pages seen accessed in the last window, in both tiers
 * @fast_pages: capacity of the fast tier
 */
struct tier_window_facts {
	u32 window_ms;
	u32 min_ms;
	u32 max_ms;
	u32 cpu_percent;
	u64 cost_ns;
	u64 seen;
	u64 fast_pages;
};

u8 tier_policy_heat(u32 history);
u8 tier_policy_heat_of(u32 history, u8 memory);
u8 tier_policy_age(u32 history);
bool tier_policy_stays(const struct tier_limits *limits, enum tier tier,
		       u32 history);
void tier_policy_count(struct tier_view *v, enum tier tier, u32 history,
		       u8 memory, bool fixed, u64 pages);
u8 tier_policy_memory(const struct tier_view *v, u8 memory);
u32 tier_policy_plan(const struct tier_machine *m,
		     const struct tier_view *views, struct tier_plan *plans,
		     u32 n);
u32 tier_policy_window_ms(const struct tier_window_facts *f);

#endif /* TANDEM_TIER_POLICY_H */
