// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mm/reclaim_policy.c decides, case by case.  Each safety rule has its
 * own test here, so that breaking one names it.
 */
#include <kunit/test.h>

#include "mm/reclaim_policy.h"

/* Facts under which a call, a folio and a write are pipelined. */
static const struct reclaim_call_facts good_call = {
	.accepting = true,
	.may_io = true,
	.swapbacked = true,
};

static const struct reclaim_folio_facts good_folio = {
	.mapping = true,
	.swapcache = true,
};

static const struct reclaim_write_facts good_write = {
	.locked = true,
};

static void call_is_pipelined(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_call(&good_call),
			RECLAIM_PIPELINE);
}

static void call_refused_when_off(struct kunit *test)
{
	struct reclaim_call_facts f = good_call;

	f.accepting = false;
	KUNIT_EXPECT_EQ(test, reclaim_policy_call(&f), RECLAIM_DISABLED);
}

static void call_refused_when_nested(struct kunit *test)
{
	struct reclaim_call_facts f = good_call;

	f.nested = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_call(&f), RECLAIM_NESTED);
}

static void call_refused_inside_bio_submission(struct kunit *test)
{
	struct reclaim_call_facts f = good_call;

	f.submitting_bio = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_call(&f), RECLAIM_BIO_LIST);
}

static void call_refused_without_io(struct kunit *test)
{
	struct reclaim_call_facts f = good_call;

	f.may_io = false;
	KUNIT_EXPECT_EQ(test, reclaim_policy_call(&f), RECLAIM_NOIO);
}

static void call_refused_for_file_pages(struct kunit *test)
{
	struct reclaim_call_facts f = good_call;

	f.swapbacked = false;
	KUNIT_EXPECT_EQ(test, reclaim_policy_call(&f), RECLAIM_NOT_SWAP);
}

static void call_refused_while_writes_fail(struct kunit *test)
{
	struct reclaim_call_facts f = good_call;

	f.failing = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_call(&f), RECLAIM_WRITE_ERROR);
}

static void device_fails_for_ten_seconds(struct kunit *test)
{
	const u64 second = 1000000000;

	KUNIT_EXPECT_FALSE(test, reclaim_policy_failing(0, second));
	KUNIT_EXPECT_TRUE(test, reclaim_policy_failing(second, second));
	KUNIT_EXPECT_TRUE(test, reclaim_policy_failing(second,
						       11 * second - 1));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_failing(second, 11 * second));
	/* The write was refused just after the clock was read. */
	KUNIT_EXPECT_TRUE(test, reclaim_policy_failing(second, second - 1));
}

/* Off means off: no other fact may bring a call back in. */
static void call_off_wins_over_all(struct kunit *test)
{
	struct reclaim_call_facts f;
	unsigned int bits;

	for (bits = 0; bits < 32; bits++) {
		f = (struct reclaim_call_facts) {
			.accepting = false,
			.nested = bits & 1,
			.submitting_bio = bits & 2,
			.may_io = bits & 4,
			.swapbacked = bits & 8,
			.failing = bits & 16,
		};
		KUNIT_EXPECT_EQ(test, reclaim_policy_call(&f),
				RECLAIM_DISABLED);
	}
}

/* Of all 64 combinations of facts exactly one is pipelined. */
static void call_only_one_way_in(struct kunit *test)
{
	struct reclaim_call_facts f;
	unsigned int bits, in = 0;

	for (bits = 0; bits < 64; bits++) {
		f = (struct reclaim_call_facts) {
			.accepting = bits & 1,
			.nested = bits & 2,
			.submitting_bio = bits & 4,
			.may_io = bits & 8,
			.swapbacked = bits & 16,
			.failing = bits & 32,
		};
		in += reclaim_policy_call(&f) == RECLAIM_PIPELINE;
	}
	KUNIT_EXPECT_EQ(test, in, 1);
}

static void folio_of_swap_cache_is_held(struct kunit *test)
{
	struct reclaim_folio_facts f = good_folio;

	KUNIT_EXPECT_EQ(test, reclaim_policy_hold(&f), RECLAIM_PIPELINE);
	f.large = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_hold(&f), RECLAIM_PIPELINE);
}

static void folio_of_shmem_is_held(struct kunit *test)
{
	struct reclaim_folio_facts f = good_folio;

	f.swapcache = false;
	f.shmem = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_hold(&f), RECLAIM_PIPELINE);
}

static void folio_of_large_shmem_is_not_held(struct kunit *test)
{
	struct reclaim_folio_facts f = good_folio;

	f.swapcache = false;
	f.shmem = true;
	f.large = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_hold(&f), RECLAIM_LARGE);
}

static void folio_of_file_is_not_held(struct kunit *test)
{
	struct reclaim_folio_facts f = good_folio;

	f.swapcache = false;
	KUNIT_EXPECT_EQ(test, reclaim_policy_hold(&f), RECLAIM_NOT_SWAP);
}

static void folio_without_mapping_is_not_held(struct kunit *test)
{
	struct reclaim_folio_facts f = good_folio;

	f.mapping = false;
	KUNIT_EXPECT_EQ(test, reclaim_policy_hold(&f), RECLAIM_NOT_SWAP);
}

static void write_of_untouched_folio(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_write(&good_write),
			RECLAIM_PIPELINE);
}

static void write_refused_without_lock(struct kunit *test)
{
	struct reclaim_write_facts f = good_write;

	f.locked = false;
	KUNIT_EXPECT_EQ(test, reclaim_policy_write(&f), RECLAIM_LOCKED);
}

static void write_refused_when_mapped_again(struct kunit *test)
{
	struct reclaim_write_facts f = good_write;

	f.mapped = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_write(&f), RECLAIM_REMAPPED);
}

static void write_refused_under_writeback(struct kunit *test)
{
	struct reclaim_write_facts f = good_write;

	f.writeback = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_write(&f), RECLAIM_REMAPPED);
}

static void write_refused_when_pinned(struct kunit *test)
{
	struct reclaim_write_facts f = good_write;

	f.pinned = true;
	KUNIT_EXPECT_EQ(test, reclaim_policy_write(&f), RECLAIM_PINNED);
}

static const struct reclaim_extent open_bio = {
	.device = (void *)1,
	.owner = (void *)2,
	.sector = 800,
	.nr_sectors = 16,
};

static struct reclaim_extent next_to(const struct reclaim_extent *open)
{
	struct reclaim_extent next = *open;

	next.sector = open->sector + open->nr_sectors;
	next.nr_sectors = 8;
	return next;
}

static void bio_extends_to_next_sector(struct kunit *test)
{
	struct reclaim_extent next = next_to(&open_bio);

	KUNIT_EXPECT_TRUE(test, reclaim_policy_extends(&open_bio, &next));
}

static void bio_has_no_gap_or_overlap(struct kunit *test)
{
	struct reclaim_extent next = next_to(&open_bio);

	next.sector++;
	KUNIT_EXPECT_FALSE(test, reclaim_policy_extends(&open_bio, &next));
	next.sector -= 2;
	KUNIT_EXPECT_FALSE(test, reclaim_policy_extends(&open_bio, &next));
	next.sector = open_bio.sector - next.nr_sectors;
	KUNIT_EXPECT_FALSE(test, reclaim_policy_extends(&open_bio, &next));
}

static void bio_stays_on_one_device(struct kunit *test)
{
	struct reclaim_extent next = next_to(&open_bio);

	next.device = (void *)3;
	KUNIT_EXPECT_FALSE(test, reclaim_policy_extends(&open_bio, &next));
}

static void bio_is_no_larger_than_it_may_need(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(0, 160), 160);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(1, 160), 4);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(16, 160), 64);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(64, 160), 160);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(200, 160), 160);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(40, 160), 160);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(39, 160), 156);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(1, 2), 2);
	KUNIT_EXPECT_EQ(test, reclaim_policy_segments(U32_MAX, 512), 512);
}

static void bio_stays_with_one_owner(struct kunit *test)
{
	struct reclaim_extent next = next_to(&open_bio);

	next.owner = NULL;
	KUNIT_EXPECT_FALSE(test, reclaim_policy_extends(&open_bio, &next));
}

/* A large cgroup under some pressure, and nothing that shortens its list. */
static struct reclaim_list_facts plenty(void)
{
	struct reclaim_list_facts f = {
		.asked = 32,
		.lru_pages = 1 << 20,
		.priority = 10,
		.list_pages = 256,
		.batch_pages = 512,
	};

	return f;
}

static void list_grows_to_its_knob(struct kunit *test)
{
	struct reclaim_list_facts f = plenty();

	KUNIT_EXPECT_EQ(test, 256 - 32, reclaim_policy_ahead(&f));
	f.list_pages = 33;
	KUNIT_EXPECT_EQ(test, 1, reclaim_policy_ahead(&f));
	f.list_pages = 1;
	KUNIT_EXPECT_EQ(test, 0, reclaim_policy_ahead(&f));
}

static void list_fits_a_batch(struct kunit *test)
{
	struct reclaim_list_facts f = plenty();

	f.batch_pages = 100;
	KUNIT_EXPECT_EQ(test, 100 - 32, reclaim_policy_ahead(&f));
}

static void list_is_what_was_planned(struct kunit *test)
{
	struct reclaim_list_facts f = plenty();

	f.lru_pages = 200 << f.priority;
	KUNIT_EXPECT_EQ(test, 200 - 32, reclaim_policy_ahead(&f));
	f.priority += 1;
	KUNIT_EXPECT_EQ(test, 160 - 32, reclaim_policy_ahead(&f));
	f.priority -= 2;
	KUNIT_EXPECT_EQ(test, 256 - 32, reclaim_policy_ahead(&f));
}

static void list_spares_small_cgroups(struct kunit *test)
{
	struct reclaim_list_facts f = plenty();

	f.lru_pages = 16 * 40;
	KUNIT_EXPECT_EQ(test, 40 - 32, reclaim_policy_ahead(&f));
	f.lru_pages = 16 * 32;
	KUNIT_EXPECT_EQ(test, 0, reclaim_policy_ahead(&f));
	f.lru_pages = 0;
	KUNIT_EXPECT_EQ(test, 0, reclaim_policy_ahead(&f));
}

static void list_is_never_shorter_than_asked(struct kunit *test)
{
	struct reclaim_list_facts f = plenty();

	f.asked = 256;
	KUNIT_EXPECT_EQ(test, 0, reclaim_policy_ahead(&f));
	f.asked = 300;
	KUNIT_EXPECT_EQ(test, 0, reclaim_policy_ahead(&f));
}

static bool full(u32 carried, u64 ram_pages)
{
	return reclaim_policy_carry_full(carried, ram_pages, U64_MAX);
}

static void carry_is_bounded(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, full(4095, 1 << 20));
	KUNIT_EXPECT_TRUE(test, full(4096, 1 << 20));
	KUNIT_EXPECT_FALSE(test, full(511, 32768));
	KUNIT_EXPECT_TRUE(test, full(512, 32768));
	KUNIT_EXPECT_TRUE(test, full(0, 0));
}

/* Others of the cgroup find the rest on its LRU. */
static void carry_leaves_a_cgroup_most(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, reclaim_policy_carry_full(1024, 1 << 20,
							   4096));
	KUNIT_EXPECT_TRUE(test, reclaim_policy_carry_full(1025, 1 << 20,
							  4096));
}

static void batch_ends_at_its_knob(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, reclaim_policy_batch_full(0, 1));
	KUNIT_EXPECT_TRUE(test, reclaim_policy_batch_full(1, 1));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_batch_full(511, 512));
	KUNIT_EXPECT_TRUE(test, reclaim_policy_batch_full(512, 512));
	/* The knob was made smaller while the batch was gathered. */
	KUNIT_EXPECT_TRUE(test, reclaim_policy_batch_full(300, 64));
}

/* Depth 1 is the control without overlap: nothing else may be in flight. */
static void depth_one_is_no_overlap(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, reclaim_policy_depth_free(0, 1));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_depth_free(1, 1));
}

static void depth_bounds_batches(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, reclaim_policy_depth_free(7, 8));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_depth_free(8, 8));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_depth_free(9, 8));
}

/* Only a device that makes its submitters wait, and only beside a write. */
static void submission_deferred_where_it_waits(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, reclaim_policy_defer(1, true));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_defer(0, true));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_defer(8, false));
}

static void inflight_limit_follows_knob(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_inflight_limit(1024, 1 << 20),
			1024);
}

static void inflight_limit_is_bounded_by_reach(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_inflight_limit(U32_MAX, 65536),
			4096);
}

static void inflight_limit_has_a_floor(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_inflight_limit(64, 0), 64);
	KUNIT_EXPECT_EQ(test, reclaim_policy_inflight_limit(16384, 160), 64);
}

/* What is in flight cannot be found on the LRU. */
static void cgroup_keeps_most_on_its_lru(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, reclaim_policy_cgroup_room(0, 0));
	KUNIT_EXPECT_TRUE(test, reclaim_policy_cgroup_room(512, 2048));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_cgroup_room(513, 2048));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_cgroup_room(1, 3));
}

/* A batch has 1024 pages at the most, and looks again before the next. */
static void writes_settle_before_swap_is_full(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, reclaim_policy_must_settle(0));
	KUNIT_EXPECT_TRUE(test, reclaim_policy_must_settle(1023));
	KUNIT_EXPECT_FALSE(test, reclaim_policy_must_settle(1024));
}

static void overlap_while_in_flight(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(100, 300, true, 0),
			200);
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(100, 300, true, 150),
			200);
}

static void overlap_until_write_was_done(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(100, 300, false, 180),
			80);
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(100, 300, false, 300),
			200);
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(100, 300, false, 900),
			200);
}

static void overlap_none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(100, 300, false, 0), 0);
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(100, 300, false, 100),
			0);
	KUNIT_EXPECT_EQ(test, reclaim_policy_overlap_ns(300, 100, true, 200),
			0);
}

static struct kunit_case reclaim_policy_cases[] = {
	KUNIT_CASE(call_is_pipelined),
	KUNIT_CASE(call_refused_when_off),
	KUNIT_CASE(call_refused_when_nested),
	KUNIT_CASE(call_refused_inside_bio_submission),
	KUNIT_CASE(call_refused_without_io),
	KUNIT_CASE(call_refused_for_file_pages),
	KUNIT_CASE(call_refused_while_writes_fail),
	KUNIT_CASE(device_fails_for_ten_seconds),
	KUNIT_CASE(call_off_wins_over_all),
	KUNIT_CASE(call_only_one_way_in),
	KUNIT_CASE(folio_of_swap_cache_is_held),
	KUNIT_CASE(folio_of_shmem_is_held),
	KUNIT_CASE(folio_of_large_shmem_is_not_held),
	KUNIT_CASE(folio_of_file_is_not_held),
	KUNIT_CASE(folio_without_mapping_is_not_held),
	KUNIT_CASE(write_of_untouched_folio),
	KUNIT_CASE(write_refused_without_lock),
	KUNIT_CASE(write_refused_when_mapped_again),
	KUNIT_CASE(write_refused_under_writeback),
	KUNIT_CASE(write_refused_when_pinned),
	KUNIT_CASE(bio_extends_to_next_sector),
	KUNIT_CASE(bio_has_no_gap_or_overlap),
	KUNIT_CASE(bio_stays_on_one_device),
	KUNIT_CASE(bio_is_no_larger_than_it_may_need),
	KUNIT_CASE(bio_stays_with_one_owner),
	KUNIT_CASE(list_grows_to_its_knob),
	KUNIT_CASE(list_fits_a_batch),
	KUNIT_CASE(list_is_what_was_planned),
	KUNIT_CASE(list_spares_small_cgroups),
	KUNIT_CASE(list_is_never_shorter_than_asked),
	KUNIT_CASE(carry_is_bounded),
	KUNIT_CASE(carry_leaves_a_cgroup_most),
	KUNIT_CASE(batch_ends_at_its_knob),
	KUNIT_CASE(depth_one_is_no_overlap),
	KUNIT_CASE(depth_bounds_batches),
	KUNIT_CASE(submission_deferred_where_it_waits),
	KUNIT_CASE(inflight_limit_follows_knob),
	KUNIT_CASE(inflight_limit_is_bounded_by_reach),
	KUNIT_CASE(inflight_limit_has_a_floor),
	KUNIT_CASE(cgroup_keeps_most_on_its_lru),
	KUNIT_CASE(writes_settle_before_swap_is_full),
	KUNIT_CASE(overlap_while_in_flight),
	KUNIT_CASE(overlap_until_write_was_done),
	KUNIT_CASE(overlap_none),
	{}
};

static struct kunit_suite reclaim_policy_suite = {
	.name = "reclaim_policy",
	.test_cases = reclaim_policy_cases,
};

kunit_test_suites(&reclaim_policy_suite);

MODULE_DESCRIPTION("KUnit tests of the reclaim policy");
MODULE_LICENSE("GPL");
