// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mm/tier_policy.c decides, case by case.  Each rule has its own test
 * here, so that breaking one names it.  How well the rules work together is
 * judged in tests/unit/tier_sim_test.c.
 */
#include <kunit/test.h>
#include <linux/slab.h>

#include "mm/tier_policy.h"

#define HYSTERESIS 4

/* Machines and workloads are too large for a kernel stack. */
struct world {
	struct tier_machine machine;
	struct tier_view views[4];
	struct tier_plan plans[4];
};

/* Workloads without pages, that may do all, on a fast tier of 1000 pages. */
static struct world *world(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->machine.fast_pages = 1000;
	for (i = 0; i < 4; i++) {
		w->views[i].limits.fast_max = U64_MAX;
		w->views[i].limits.weight = 100;
		w->views[i].limits.hysteresis = HYSTERESIS;
		w->views[i].act = true;
		w->views[i].budget = U64_MAX;
	}
	return w;
}

static void put(struct tier_view *v, enum tier tier, u32 heat, u32 age,
		u64 pages)
{
	v->heat[tier][heat] += pages;
	v->age[tier][age] += pages;
}

static u32 plan(struct world *w, u32 n)
{
	return tier_policy_plan(&w->machine, w->views, w->plans, n);
}

/* ---- heat ------------------------------------------------------------------- */

static void heat_ends(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0), 0);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(U32_MAX), 32);
}

/* However the windows of a steady page fall, its heat is their number. */
static void heat_of_a_steady_page(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0x55555555), 16);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0xaaaaaaaa), 16);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0x11111111), 8);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0x88888888), 8);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0xb6db6db6), 21);
}

/* One in a row too many or too few is no change. */
static void heat_stays_through_chance(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0xfffffffe), 31);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0x55555550), 14);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0x1111111f), 11);
}

static void heat_falls_at_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0xfffffff8), 12);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0xfffffff0), 6);
	KUNIT_EXPECT_LE(test, tier_policy_heat(0xffffff00), 4);
	KUNIT_EXPECT_LE(test, tier_policy_heat(0xdbb60000), 1);
}

static void heat_rises_at_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0x00000007), 19);
	KUNIT_EXPECT_EQ(test, tier_policy_heat(0x0000000f), 25);
	KUNIT_EXPECT_GE(test, tier_policy_heat(0x000000ff), 28);
	KUNIT_EXPECT_GE(test, tier_policy_heat(0x0001006f), 20);
}

/* A scan is no reason to copy a page, nor to forget what it was. */
static void heat_of_one_access(struct kunit *test)
{
	u32 bit;

	for (bit = 0; bit < 32; bit++)
		KUNIT_EXPECT_EQ(test, tier_policy_heat(1U << bit), 1);
	KUNIT_EXPECT_EQ(test, tier_policy_heat_of(1, 2), 1);
	KUNIT_EXPECT_EQ(test, tier_policy_heat_of(1, 1), 1);
}

static void heat_never_leaves_its_range(struct kunit *test)
{
	u32 history = 1, i, memory;

	for (i = 0; i < 4096; i++) {
		history = history * 1664525 + 1013904223;
		for (memory = 1; memory <= 32; memory++)
			KUNIT_ASSERT_LE(test,
					tier_policy_heat_of(history, memory),
					32);
	}
}

static void heat_of_a_short_memory(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tier_policy_heat_of(0xfffffff0, 4), 0);
	KUNIT_EXPECT_EQ(test, tier_policy_heat_of(0x3, 2), 32);
	KUNIT_EXPECT_EQ(test, tier_policy_heat_of(0xfffffff5, 4), 16);
	KUNIT_EXPECT_EQ(test, tier_policy_heat_of(0x55555555, 32),
			tier_policy_heat(0x55555555));
}

static void age_counts_windows(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tier_policy_age(1), 0);
	KUNIT_EXPECT_EQ(test, tier_policy_age(U32_MAX), 0);
	KUNIT_EXPECT_EQ(test, tier_policy_age(6), 1);
	KUNIT_EXPECT_EQ(test, tier_policy_age(0x80000000), 31);
	KUNIT_EXPECT_EQ(test, tier_policy_age(0), 32);
}

/* ---- sizes ------------------------------------------------------------------ */

/* 300 and 500 pages in the last window, 150 each the one before: 2 fit not. */
static void interval_is_the_longest_that_fits(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 300);
	put(&w->views[1], TIER_SLOW, 20, 0, 500);
	put(&w->views[0], TIER_SLOW, 10, 1, 150);
	put(&w->views[1], TIER_SLOW, 10, 1, 150);
	w->machine.fast_free = 1000;
	KUNIT_EXPECT_EQ(test, plan(w, 2), 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].ideal, 300);
	KUNIT_EXPECT_EQ(test, w->plans[1].ideal, 500);
}

static void interval_of_exactly_fitting_pages(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 600);
	put(&w->views[0], TIER_SLOW, 10, 3, 400);
	w->machine.fast_free = 1000;
	KUNIT_EXPECT_EQ(test, plan(w, 1), 32);
	put(&w->views[0], TIER_SLOW, 10, 3, 1);
	KUNIT_EXPECT_EQ(test, plan(w, 1), 3);
}

static void interval_of_too_small_a_tier(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 1001);
	w->machine.fast_free = 1000;
	KUNIT_EXPECT_EQ(test, plan(w, 1), 0);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 1000);
}

/* What the interval leaves free goes to pages one window older, in proportion. */
static void targets_fill_the_tier(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 300);
	put(&w->views[1], TIER_SLOW, 20, 0, 500);
	put(&w->views[0], TIER_SLOW, 10, 1, 300);
	put(&w->views[1], TIER_SLOW, 10, 1, 100);
	w->machine.fast_free = 1000;
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 450);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 550);
}

/* When there is room for all, idle pages may stay as well. */
static void targets_hold_idle_pages(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 20, 0, 300);
	put(&w->views[0], TIER_FAST, 0, 32, 300);
	w->machine.fast_free = 400;
	KUNIT_EXPECT_EQ(test, plan(w, 1), 32);
	KUNIT_EXPECT_EQ(test, w->plans[0].ideal, 300);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 600);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
}

static void max_is_kept(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 20, 0, 600);
	w->views[0].limits.fast_max = 200;
	w->machine.fast_free = 400;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].ideal, 200);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 200);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 400);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

/* Also where nobody else wants the room. */
static void max_stops_promotion(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 600);
	w->views[0].limits.fast_max = 200;
	w->machine.fast_free = 1000;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 200);
}

/* An idle workload keeps its guaranteed pages beside a hungry one. */
static void min_is_kept(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 0, 32, 1000);
	w->views[0].limits.fast_min = 300;
	put(&w->views[1], TIER_SLOW, 20, 0, 5000);
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 300);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 700);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 700);
	KUNIT_EXPECT_EQ(test, w->plans[1].promote, 700);
}

static void min_is_no_more_than_there_is(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 20, 0, 50);
	w->views[0].limits.fast_min = 300;
	put(&w->views[1], TIER_SLOW, 20, 0, 5000);
	w->machine.fast_free = 950;
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 50);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 950);
}

static void min_of_all_beyond_the_tier(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 5000);
	put(&w->views[1], TIER_SLOW, 20, 0, 5000);
	w->views[0].limits.fast_min = 1500;
	w->views[1].limits.fast_min = 500;
	w->machine.fast_free = 1000;
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 750);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 250);
}

/* ---- weights ---------------------------------------------------------------- */

/* Whose working set is how large does not matter between weights. */
static void weights_divide_the_tier(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 2000);
	put(&w->views[1], TIER_SLOW, 20, 0, 8000);
	w->views[0].limits.weight = 700;
	w->views[1].limits.weight = 300;
	w->machine.fast_free = 1000;
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 700);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 300);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 700);
	KUNIT_EXPECT_EQ(test, w->plans[1].promote, 300);
}

static void weights_leave_what_is_not_wanted(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 200);
	put(&w->views[1], TIER_SLOW, 20, 0, 8000);
	w->views[0].limits.weight = 700;
	w->views[1].limits.weight = 300;
	w->machine.fast_free = 1000;
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 200);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 800);
}

static void weights_divide_what_is_not_guaranteed(struct kunit *test)
{
	struct world *w = world(test);
	u32 i;

	for (i = 0; i < 3; i++)
		put(&w->views[i], TIER_SLOW, 20, 0, 2000);
	w->views[0].limits.fast_min = 600;
	w->views[0].limits.weight = 1;
	w->views[1].limits.weight = 300;
	w->views[2].limits.weight = 100;
	w->machine.fast_free = 1000;
	plan(w, 3);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 600);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 300);
	KUNIT_EXPECT_EQ(test, w->plans[2].target, 100);
}

static void weights_do_nothing_without_contention(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 200);
	put(&w->views[1], TIER_SLOW, 20, 0, 700);
	w->views[0].limits.weight = 1000;
	w->views[1].limits.weight = 1;
	w->machine.fast_free = 1000;
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 200);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 700);
}

/* Two of a weight share what both weights bring by their working sets. */
static void weights_in_common_follow_working_sets(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 20, 0, 5000);
	w->views[0].limits.weight = 200;
	put(&w->views[1], TIER_SLOW, 20, 0, 400);
	put(&w->views[1], TIER_SLOW, 5, 9, 1000);
	put(&w->views[2], TIER_SLOW, 20, 0, 100);
	put(&w->views[2], TIER_SLOW, 5, 9, 1000);
	w->machine.fast_free = 1000;
	plan(w, 3);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 500);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 400);
	KUNIT_EXPECT_EQ(test, w->plans[2].target, 100);
}

/* Alike workloads get alike parts, and all of the tier is given out. */
static void alike_workloads_get_alike_parts(struct kunit *test)
{
	struct world *w = world(test);
	u32 i;

	for (i = 0; i < 3; i++)
		put(&w->views[i], TIER_SLOW, 20, 0, 2000);
	w->machine.fast_free = 1000;
	plan(w, 3);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 333);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 333);
	KUNIT_EXPECT_EQ(test, w->plans[2].target, 334);
}

/* ---- moves ------------------------------------------------------------------ */

static void full(struct world *w, u32 fast_heat, u32 slow_heat)
{
	put(&w->views[0], TIER_FAST, fast_heat, 0, 1000);
	put(&w->views[0], TIER_SLOW, slow_heat, 0, 1000);
}

static void swap_pays(struct kunit *test)
{
	struct world *w = world(test);

	full(w, 5, 5 + HYSTERESIS);
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 1000);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 1000);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote_heat, 5 + HYSTERESIS);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote_heat, 5);
}

static void swap_needs_the_hysteresis(struct kunit *test)
{
	struct world *w = world(test);

	full(w, 5, 5 + HYSTERESIS - 1);
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote_heat, TIER_HEATS);
}

/* Half as much is saved by a hit: twice as many hits are asked for. */
static void swap_needs_more_where_less_is_saved(struct kunit *test)
{
	struct world *w = world(test);

	w->machine.gap_percent = 150;
	full(w, 5, 5 + 2 * HYSTERESIS - 1);
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
	w->machine.gap_percent = 200;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 1000);
}

/* By a tenth, for an idle page too. */
static void swap_hardly_pays_between_like_tiers(struct kunit *test)
{
	struct world *w = world(test);

	w->machine.gap_percent = 110;
	full(w, 0, 32);
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
	w->machine.gap_percent = 113;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 1000);
}

/* Slower than twice as slow asks for no less; nor does what is not known. */
static void swap_needs_the_hysteresis_at_least(struct kunit *test)
{
	static const u32 gaps[] = { 0, 1, 100, 200, 201, 900, U32_MAX };
	struct world *w = world(test);
	u32 i;

	full(w, 5, 5 + HYSTERESIS);
	for (i = 0; i < ARRAY_SIZE(gaps); i++) {
		w->machine.gap_percent = gaps[i];
		plan(w, 1);
		KUNIT_EXPECT_EQ(test, w->plans[0].promote, 1000);
	}
	w = world(test);
	full(w, 5, 5 + HYSTERESIS - 1);
	for (i = 0; i < ARRAY_SIZE(gaps); i++) {
		w->machine.gap_percent = gaps[i];
		plan(w, 1);
		KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
	}
}

/* Without a hysteresis the newcomer still has to be hotter. */
static void swap_of_equals_never(struct kunit *test)
{
	struct world *w = world(test);

	full(w, 9, 9);
	w->views[0].limits.hysteresis = 0;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

static void swap_with_a_hysteresis_beyond_all_heats(struct kunit *test)
{
	struct world *w = world(test);

	full(w, 15, 32);
	w->views[0].limits.hysteresis = U32_MAX;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

/* However large the hysteresis: that a page is idle is certain. */
static void swap_with_an_idle_page_needs_four(struct kunit *test)
{
	struct world *w = world(test);

	full(w, 0, 4);
	w->views[0].limits.hysteresis = 20;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 1000);
	w->views[0].heat[TIER_SLOW][4] = 0;
	w->views[0].heat[TIER_SLOW][3] = 1000;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

/* Hottest against coldest, until the pair no longer pays. */
static void swap_ends_where_it_stops_paying(struct kunit *test)
{
	struct world *w = world(test);
	struct tier_view *v = &w->views[0];

	put(v, TIER_FAST, 0, 0, 10);
	put(v, TIER_FAST, 20, 0, 990);
	put(v, TIER_SLOW, 25, 0, 4);
	put(v, TIER_SLOW, 22, 0, 20);
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 10);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 10);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote_heat, 22);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote_heat, 0);
}

static void scan_takes_nobodys_place(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 0, 32, 1000);
	put(&w->views[0], TIER_SLOW, 1, 0, 50000);
	w->views[0].limits.hysteresis = 1;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
}

static void scan_fills_no_free_room(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 1, 0, 50000);
	w->machine.fast_free = 1000;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

static void free_room_is_filled_with_the_hottest(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 30, 0, 150);
	put(&w->views[0], TIER_SLOW, 12, 0, 900);
	put(&w->views[0], TIER_SLOW, 3, 0, 900);
	w->machine.fast_free = 1000;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 1000);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote_heat, 12);
}

static void budget_bounds_each_direction(struct kunit *test)
{
	struct world *w = world(test);

	full(w, 0, 32);
	w->views[0].budget = 7;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 7);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 7);
	w->views[0].budget = 0;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
}

static void budget_bounds_transfers(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 9, 9, 1000);
	put(&w->views[1], TIER_SLOW, 20, 0, 5000);
	w->views[0].budget = 30;
	w->views[1].budget = 50;
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 30);
	KUNIT_EXPECT_EQ(test, w->plans[1].promote, 30);
}

/* Cold pages are taken from who has too many, as many as others promote. */
static void excess_goes_to_who_needs_it(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 2, 9, 400);
	put(&w->views[0], TIER_FAST, 9, 9, 600);
	put(&w->views[1], TIER_SLOW, 20, 0, 300);
	put(&w->views[1], TIER_SLOW, 1, 0, 4700);
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[1].promote, 300);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 300);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote_heat, 2);
}

static void excess_stays_when_nobody_needs_it(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 2, 9, 1000);
	put(&w->views[1], TIER_SLOW, 1, 0, 5000);
	plan(w, 2);
	KUNIT_EXPECT_LT(test, w->plans[0].target, 1000);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
}

/* A 64th more or less is noise. */
static void excess_within_noise_stays(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 20, 0, 505);
	put(&w->views[0], TIER_SLOW, 20, 0, 4495);
	put(&w->views[1], TIER_FAST, 20, 0, 495);
	put(&w->views[1], TIER_SLOW, 20, 0, 4505);
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 500);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
	KUNIT_EXPECT_EQ(test, w->plans[1].promote, 0);
}

static void headroom_is_made(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 3, 5, 200);
	put(&w->views[0], TIER_FAST, 30, 0, 790);
	w->machine.fast_free = 10;
	w->machine.headroom = 100;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 90);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote_heat, 3);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

static void headroom_is_left(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_SLOW, 30, 0, 5000);
	w->machine.fast_free = 1000;
	w->machine.headroom = 100;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 900);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 900);
}

/* Others have taken of the fast tier: what they have is not there to plan. */
static void headroom_is_made_when_others_took_it(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 30, 0, 500);
	w->machine.headroom = 100;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 400);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 100);
}

/* Swaps begin behind what leaves for the headroom, and still pay. */
static void headroom_comes_before_swaps(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 3, 0, 100);
	put(&w->views[0], TIER_FAST, 10, 0, 900);
	put(&w->views[0], TIER_SLOW, 13, 0, 500);
	w->machine.headroom = 100;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 100);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

static void fixed_pages_stay(struct kunit *test)
{
	struct world *w = world(test);

	w->views[0].fixed[TIER_FAST] = 1000;
	w->views[0].age[TIER_FAST][32] = 1000;
	put(&w->views[1], TIER_SLOW, 30, 0, 5000);
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 1000);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 0);
	KUNIT_EXPECT_EQ(test, w->plans[1].promote, 0);
}

static void fixed_pages_count_against_max(struct kunit *test)
{
	struct world *w = world(test);

	w->views[0].fixed[TIER_FAST] = 150;
	w->views[0].limits.fast_max = 200;
	put(&w->views[0], TIER_SLOW, 30, 0, 5000);
	w->machine.fast_free = 850;
	plan(w, 1);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 50);
}

/* What is only observed moves nothing, and its pages are nobody's to plan. */
static void observed_workload_is_left_alone(struct kunit *test)
{
	struct world *w = world(test);

	put(&w->views[0], TIER_FAST, 0, 32, 600);
	w->views[0].act = false;
	put(&w->views[1], TIER_FAST, 0, 32, 400);
	put(&w->views[1], TIER_SLOW, 30, 0, 5000);
	plan(w, 2);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 600);
	KUNIT_EXPECT_EQ(test, w->plans[0].demote, 0);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 400);
	KUNIT_EXPECT_EQ(test, w->plans[1].promote, 400);
	KUNIT_EXPECT_EQ(test, w->plans[1].demote, 400);
}

static void nothing_comes_of_nothing(struct kunit *test)
{
	struct world *w = world(test);

	KUNIT_EXPECT_EQ(test, plan(w, 0), 32);
	KUNIT_EXPECT_EQ(test, plan(w, 1), 32);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 0);
	w->machine.fast_pages = 0;
	put(&w->views[0], TIER_SLOW, 30, 0, 5000);
	KUNIT_EXPECT_EQ(test, plan(w, 1), 0);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 0);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 0);
}

static void workload_with_nothing_changes_nothing(struct kunit *test)
{
	struct world *w = world(test);

	full(w, 0, 32);
	plan(w, 3);
	KUNIT_EXPECT_EQ(test, w->plans[0].target, 1000);
	KUNIT_EXPECT_EQ(test, w->plans[0].promote, 1000);
	KUNIT_EXPECT_EQ(test, w->plans[1].target, 0);
	KUNIT_EXPECT_EQ(test, w->plans[2].promote, 0);
}

/* Counts far beyond any machine give no nonsense. */
static void counts_do_not_overflow(struct kunit *test)
{
	struct world *w = world(test);
	u32 i;

	w->machine.fast_pages = U64_MAX;
	w->machine.fast_free = 1ULL << 50;
	for (i = 0; i < 4; i++) {
		put(&w->views[i], TIER_SLOW, 30, 0, U64_MAX / 2);
		put(&w->views[i], TIER_SLOW, 20, 7, U64_MAX / 2);
		w->views[i].limits.weight = 1000 - i;
	}
	KUNIT_EXPECT_EQ(test, plan(w, 4), 0);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_GT(test, w->plans[i].target, 1ULL << 47);
		KUNIT_EXPECT_LE(test, w->plans[i].target, 1ULL << 49);
		KUNIT_EXPECT_LE(test, w->plans[i].promote,
				w->plans[i].target);
		KUNIT_EXPECT_GT(test, w->plans[i].promote,
				w->plans[i].target - (1 << 20));
	}
}

/* ---- invariants over made-up worlds ----------------------------------------- */

static u32 chance(u32 *state, u32 n)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % n;
}

static void make_up(struct world *w, u32 *state)
{
	u64 fast = 0;
	u32 i, j;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < 4; i++) {
		struct tier_view *v = &w->views[i];

		for (j = 0; j < 20; j++) {
			enum tier tier = chance(state, 2);
			u32 pages = chance(state, 200);

			put(v, tier, chance(state, TIER_HEATS),
			    chance(state, TIER_AGES), pages);
			fast += tier == TIER_FAST ? pages : 0;
		}
		v->fixed[TIER_FAST] = chance(state, 100);
		fast += v->fixed[TIER_FAST];
		v->limits.fast_min = chance(state, 500);
		v->limits.fast_max = v->limits.fast_min + chance(state, 3000);
		v->limits.weight = 1 + chance(state, 3) * 100;
		v->limits.hysteresis = chance(state, 8);
		v->budget = chance(state, 400);
		v->act = chance(state, 8);
	}
	w->machine.fast_free = chance(state, 500);
	w->machine.headroom = chance(state, 300);
	w->machine.gap_percent = chance(state, 400);
	w->machine.fast_pages = fast + w->machine.fast_free;
}

static u64 pages_between(const u64 *heats, u32 from, u32 to)
{
	u64 pages = 0;
	u32 i;

	for (i = from; i <= to && i < TIER_HEATS; i++)
		pages += heats[i];
	return pages;
}

static void expect_sound(struct kunit *test, const struct tier_view *v,
			 const struct tier_plan *p)
{
	KUNIT_ASSERT_LE(test, p->promote, v->budget);
	KUNIT_ASSERT_LE(test, p->demote, v->budget);
	KUNIT_ASSERT_LE(test, p->promote,
			pages_between(v->heat[TIER_SLOW], p->promote_heat,
				      TIER_HEATS - 1));
	KUNIT_ASSERT_LE(test, p->demote,
			pages_between(v->heat[TIER_FAST], 0, p->demote_heat));
	if (p->promote && p->demote)
		KUNIT_ASSERT_GE(test, (u32)p->promote_heat, p->demote_heat +
				min(max(v->limits.hysteresis, 1U),
				    p->demote_heat + 4U));
	if (p->promote)
		KUNIT_ASSERT_GT(test, p->promote_heat, 1);
	if (!v->act)
		KUNIT_ASSERT_EQ(test, p->promote + p->demote, 0);
}

static void every_plan_is_sound(struct kunit *test)
{
	struct world *w = world(test);
	u32 state = 1, round, i;

	for (round = 0; round < 3000; round++) {
		u64 in = 0, out = 0, room;

		make_up(w, &state);
		KUNIT_ASSERT_LE(test, plan(w, 4), 32);
		for (i = 0; i < 4; i++) {
			expect_sound(test, &w->views[i], &w->plans[i]);
			in += w->plans[i].promote;
			out += w->plans[i].demote;
		}
		room = w->machine.fast_free > w->machine.headroom ?
		       w->machine.fast_free - w->machine.headroom : 0;
		KUNIT_ASSERT_LE(test, in, out + room);
	}
}

/* ---- phases ------------------------------------------------------------------ */

static struct tier_view *steady(struct world *w)
{
	struct tier_view *v = &w->views[0];

	v->seen[TIER_FAST] = 500;
	v->seen[TIER_SLOW] = 100;
	v->recent[TIER_FAST] = 500 * TIER_RECENT;
	v->recent[TIER_SLOW] = 100 * TIER_RECENT;
	return v;
}

static void pages_are_counted(struct kunit *test)
{
	struct tier_view *v = &world(test)->views[0];

	tier_policy_count(v, TIER_FAST, 0x55555555, 32, false, 1);
	tier_policy_count(v, TIER_SLOW, 0xfffffff8, 4, false, 512);
	tier_policy_count(v, TIER_SLOW, 0xffffffff, 32, true, 1);
	KUNIT_EXPECT_EQ(test, v->heat[TIER_FAST][16], 1);
	KUNIT_EXPECT_EQ(test, v->age[TIER_FAST][0], 1);
	KUNIT_EXPECT_EQ(test, v->seen[TIER_FAST], 1);
	KUNIT_EXPECT_EQ(test, v->recent[TIER_FAST], 4);
	KUNIT_EXPECT_EQ(test, v->heat[TIER_SLOW][1], 512);
	KUNIT_EXPECT_EQ(test, v->heat[TIER_SLOW][32], 0);
	KUNIT_EXPECT_EQ(test, v->age[TIER_SLOW][3], 512);
	KUNIT_EXPECT_EQ(test, v->age[TIER_SLOW][0], 1);
	KUNIT_EXPECT_EQ(test, v->seen[TIER_SLOW], 0);
	KUNIT_EXPECT_EQ(test, v->recent[TIER_SLOW], 6 * 512);
	KUNIT_EXPECT_EQ(test, v->fixed[TIER_FAST], 0);
	KUNIT_EXPECT_EQ(test, v->fixed[TIER_SLOW], 1);
}

static void ages_keep_pages(struct kunit *test)
{
	struct tier_limits none = { 0 };
	struct tier_limits both = { .promote_age = 2, .demote_age = 3 };
	u32 history;

	for (history = 1; history; history <<= 1) {
		u8 age = tier_policy_age(history);

		KUNIT_EXPECT_FALSE(test, tier_policy_stays(&none, TIER_FAST,
							   history));
		KUNIT_EXPECT_FALSE(test, tier_policy_stays(&none, TIER_SLOW,
							   history));
		KUNIT_EXPECT_EQ(test, tier_policy_stays(&both, TIER_FAST,
							history), age < 3);
		KUNIT_EXPECT_EQ(test, tier_policy_stays(&both, TIER_SLOW,
							history), age >= 2);
	}
	KUNIT_EXPECT_FALSE(test, tier_policy_stays(&none, TIER_SLOW, 0));
	KUNIT_EXPECT_FALSE(test, tier_policy_stays(&both, TIER_FAST, 0));
	KUNIT_EXPECT_TRUE(test, tier_policy_stays(&both, TIER_SLOW, 0));
}

/* They are fixed, but what is used of them still tells a phase. */
static void kept_pages_are_counted(struct kunit *test)
{
	struct tier_view *v = &world(test)->views[0];

	v->limits.promote_age = 1;
	v->limits.demote_age = 1;
	tier_policy_count(v, TIER_FAST, 0x3, 32, false, 10);
	tier_policy_count(v, TIER_FAST, 0x2, 32, false, 20);
	tier_policy_count(v, TIER_SLOW, 0x3, 32, false, 40);
	tier_policy_count(v, TIER_SLOW, 0x2, 32, false, 80);
	KUNIT_EXPECT_EQ(test, v->fixed[TIER_FAST], 10);
	KUNIT_EXPECT_EQ(test, v->heat[TIER_FAST][1], 20);
	KUNIT_EXPECT_EQ(test, v->heat[TIER_SLOW][2], 40);
	KUNIT_EXPECT_EQ(test, v->fixed[TIER_SLOW], 80);
	KUNIT_EXPECT_EQ(test, v->seen[TIER_FAST], 10);
	KUNIT_EXPECT_EQ(test, v->seen[TIER_SLOW], 40);
	KUNIT_EXPECT_EQ(test, v->recent[TIER_FAST], 30);
	KUNIT_EXPECT_EQ(test, v->recent[TIER_SLOW], 120);
}

static void memory_grows(struct kunit *test)
{
	struct tier_view *v = steady(world(test));

	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 1), 2);
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 31), 32);
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 32), 32);
}

static void memory_ends_with_a_phase(struct kunit *test)
{
	struct tier_view *v = steady(world(test));

	v->seen[TIER_FAST] = 50;
	v->seen[TIER_SLOW] = 550;
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 32), 2);
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, TIER_RECENT + 2), 2);
}

/* Windows before the last phase are nothing to compare with. */
static void memory_is_not_forgotten_twice(struct kunit *test)
{
	struct tier_view *v = steady(world(test));

	v->seen[TIER_FAST] = 50;
	v->seen[TIER_SLOW] = 550;
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, TIER_RECENT + 1),
			TIER_RECENT + 2);
}

/* Less or more to do, or a window of another length, is no other phase. */
static void memory_outlasts_a_lighter_load(struct kunit *test)
{
	struct tier_view *v = steady(world(test));

	v->seen[TIER_FAST] = 50;
	v->seen[TIER_SLOW] = 10;
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 32), 32);
	v->seen[TIER_FAST] = 900;
	v->seen[TIER_SLOW] = 400;
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 32), 32);
}

static void memory_outlasts_a_scan(struct kunit *test)
{
	struct tier_view *v = steady(world(test));

	v->seen[TIER_SLOW] = 3000;
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 32), 32);
}

static void memory_outlasts_a_few_pages(struct kunit *test)
{
	struct tier_view *v = &world(test)->views[0];

	v->recent[TIER_FAST] = 20 * TIER_RECENT;
	v->seen[TIER_SLOW] = 20;
	KUNIT_EXPECT_EQ(test, tier_policy_memory(v, 32), 32);
}

/* ---- windows ------------------------------------------------------------------ */

static const struct tier_window_facts good_window = {
	.window_ms = 1000,
	.min_ms = 10,
	.max_ms = 60000,
	.cpu_percent = 1,
	.cost_ns = 1000000,
	.seen = 500,
	.fast_pages = 1000,
};

static void window_stays_around_half(struct kunit *test)
{
	struct tier_window_facts f = good_window;

	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 1000);
	f.seen = 334;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 1000);
	f.seen = 666;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 1000);
}

static void window_aims_at_half(struct kunit *test)
{
	struct tier_window_facts f = good_window;

	f.seen = 300;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 1666);
	f.seen = 800;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 625);
}

static void window_changes_by_two(struct kunit *test)
{
	struct tier_window_facts f = good_window;

	f.seen = 0;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 2000);
	f.seen = 1000000;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 500);
}

static void window_is_within_its_knobs(struct kunit *test)
{
	struct tier_window_facts f = good_window;

	f.seen = 0;
	f.max_ms = 1200;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 1200);
	f.seen = 1000000;
	f.min_ms = 900;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 900);
}

static void window_is_within_its_cpu_budget(struct kunit *test)
{
	struct tier_window_facts f = good_window;

	f.seen = 1000000;
	f.cost_ns = 8000000;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 800);
	f.max_ms = 700;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 800);
	f.cost_ns = 80000000;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 2000);
}

static void window_of_odd_facts(struct kunit *test)
{
	struct tier_window_facts f = { 0 };

	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), 1);
	f.window_ms = U32_MAX;
	f.max_ms = U32_MAX;
	f.cost_ns = U64_MAX;
	f.fast_pages = U64_MAX;
	KUNIT_EXPECT_EQ(test, tier_policy_window_ms(&f), U32_MAX);
}

static struct kunit_case tier_policy_cases[] = {
	KUNIT_CASE(heat_ends),
	KUNIT_CASE(heat_of_a_steady_page),
	KUNIT_CASE(heat_stays_through_chance),
	KUNIT_CASE(heat_falls_at_once),
	KUNIT_CASE(heat_rises_at_once),
	KUNIT_CASE(heat_of_one_access),
	KUNIT_CASE(heat_never_leaves_its_range),
	KUNIT_CASE(heat_of_a_short_memory),
	KUNIT_CASE(age_counts_windows),
	KUNIT_CASE(interval_is_the_longest_that_fits),
	KUNIT_CASE(interval_of_exactly_fitting_pages),
	KUNIT_CASE(interval_of_too_small_a_tier),
	KUNIT_CASE(targets_fill_the_tier),
	KUNIT_CASE(targets_hold_idle_pages),
	KUNIT_CASE(max_is_kept),
	KUNIT_CASE(max_stops_promotion),
	KUNIT_CASE(min_is_kept),
	KUNIT_CASE(min_is_no_more_than_there_is),
	KUNIT_CASE(min_of_all_beyond_the_tier),
	KUNIT_CASE(weights_divide_the_tier),
	KUNIT_CASE(weights_leave_what_is_not_wanted),
	KUNIT_CASE(weights_divide_what_is_not_guaranteed),
	KUNIT_CASE(weights_do_nothing_without_contention),
	KUNIT_CASE(weights_in_common_follow_working_sets),
	KUNIT_CASE(alike_workloads_get_alike_parts),
	KUNIT_CASE(swap_pays),
	KUNIT_CASE(swap_needs_the_hysteresis),
	KUNIT_CASE(swap_needs_more_where_less_is_saved),
	KUNIT_CASE(swap_hardly_pays_between_like_tiers),
	KUNIT_CASE(swap_needs_the_hysteresis_at_least),
	KUNIT_CASE(swap_of_equals_never),
	KUNIT_CASE(swap_with_a_hysteresis_beyond_all_heats),
	KUNIT_CASE(swap_with_an_idle_page_needs_four),
	KUNIT_CASE(swap_ends_where_it_stops_paying),
	KUNIT_CASE(scan_takes_nobodys_place),
	KUNIT_CASE(scan_fills_no_free_room),
	KUNIT_CASE(free_room_is_filled_with_the_hottest),
	KUNIT_CASE(budget_bounds_each_direction),
	KUNIT_CASE(budget_bounds_transfers),
	KUNIT_CASE(excess_goes_to_who_needs_it),
	KUNIT_CASE(excess_stays_when_nobody_needs_it),
	KUNIT_CASE(excess_within_noise_stays),
	KUNIT_CASE(headroom_is_made),
	KUNIT_CASE(headroom_is_left),
	KUNIT_CASE(headroom_is_made_when_others_took_it),
	KUNIT_CASE(headroom_comes_before_swaps),
	KUNIT_CASE(fixed_pages_stay),
	KUNIT_CASE(fixed_pages_count_against_max),
	KUNIT_CASE(observed_workload_is_left_alone),
	KUNIT_CASE(nothing_comes_of_nothing),
	KUNIT_CASE(workload_with_nothing_changes_nothing),
	KUNIT_CASE(counts_do_not_overflow),
	KUNIT_CASE(every_plan_is_sound),
	KUNIT_CASE(pages_are_counted),
	KUNIT_CASE(ages_keep_pages),
	KUNIT_CASE(kept_pages_are_counted),
	KUNIT_CASE(memory_grows),
	KUNIT_CASE(memory_ends_with_a_phase),
	KUNIT_CASE(memory_is_not_forgotten_twice),
	KUNIT_CASE(memory_outlasts_a_lighter_load),
	KUNIT_CASE(memory_outlasts_a_scan),
	KUNIT_CASE(memory_outlasts_a_few_pages),
	KUNIT_CASE(window_stays_around_half),
	KUNIT_CASE(window_aims_at_half),
	KUNIT_CASE(window_changes_by_two),
	KUNIT_CASE(window_is_within_its_knobs),
	KUNIT_CASE(window_is_within_its_cpu_budget),
	KUNIT_CASE(window_of_odd_facts),
	{}
};

static struct kunit_suite tier_policy_suite = {
	.name = "tier_policy",
	.test_cases = tier_policy_cases,
};

kunit_test_suites(&tier_policy_suite);

MODULE_DESCRIPTION("KUnit tests of the tiering policy");
MODULE_LICENSE("GPL");
