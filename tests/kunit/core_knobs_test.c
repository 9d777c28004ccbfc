// SPDX-License-Identifier: GPL-2.0-only
/*
 * Knobs: checked as a whole, changed as a whole, and who is refused learns
 * which value and why.
 */
#include <kunit/test.h>

#include "core/core.h"

enum { WIDTH, HEIGHT, NR_KNOBS };

static u32 values[NR_KNOBS];
static unsigned int commits;

static const struct tandem_knob knobs[NR_KNOBS] = {
	[WIDTH] = { .name = "width", .min = 2, .max = 8, .def = 4 },
	[HEIGHT] = { .name = "height", .min = 0, .max = U32_MAX, .def = 1 },
};

/* A rule over two values, as a capability may have. */
static int check_area(struct tandem_capability *cap, const u32 *v,
		      const char **why)
{
	if (v[WIDTH] * (u64)v[HEIGHT] <= 100)
		return 0;
	*why = "too large an area";
	return -EDOM;
}

static void count_commit(struct tandem_capability *cap, const u32 *v)
{
	commits++;
}

static const struct tandem_capability_ops ops = {
	.check = check_area,
	.commit = count_commit,
};

static struct tandem_capability cap = {
	.name = "shape",
	.knobs = knobs,
	.nr_knobs = NR_KNOBS,
	.values = values,
	.ops = &ops,
};

static struct tandem_capability_core core = { .cap = &cap };

static int knobs_init(struct kunit *test)
{
	mutex_init(&core.lock);
	values[WIDTH] = 4;
	values[HEIGHT] = 1;
	commits = 0;
	return 0;
}

/* Refused, with this error, at this place, with this word; nothing changed. */
static void expect_refused(struct kunit *test,
			   const struct tandem_knob_change *changes,
			   unsigned int n, int err, int index,
			   const char *word)
{
	struct tandem_refusal refusal = {};

	KUNIT_EXPECT_EQ(test, err,
			tandem_knobs_commit(&core, changes, n, &refusal));
	KUNIT_EXPECT_EQ(test, index, refusal.index);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(refusal.text, word),
				  "'%s' lacks '%s'", refusal.text, word);
	KUNIT_EXPECT_EQ(test, values[WIDTH], 4);
	KUNIT_EXPECT_EQ(test, values[HEIGHT], 1);
	KUNIT_EXPECT_EQ(test, commits, 0);
}

static void knobs_change_together(struct kunit *test)
{
	const struct tandem_knob_change both[] = {
		{ "height", 20 }, { "width", 5 },
	};
	struct tandem_refusal refusal;

	KUNIT_EXPECT_EQ(test, 0,
			tandem_knobs_commit(&core, both, 2, &refusal));
	KUNIT_EXPECT_EQ(test, values[WIDTH], 5);
	KUNIT_EXPECT_EQ(test, values[HEIGHT], 20);
	KUNIT_EXPECT_EQ(test, commits, 1);
}

static void knobs_take_both_limits(struct kunit *test)
{
	const struct tandem_knob_change low = { "width", 2 };
	const struct tandem_knob_change high = { "width", 8 };
	struct tandem_refusal refusal;

	KUNIT_EXPECT_EQ(test, 0, tandem_knobs_commit(&core, &low, 1, &refusal));
	KUNIT_EXPECT_EQ(test, values[WIDTH], 2);
	KUNIT_EXPECT_EQ(test, 0,
			tandem_knobs_commit(&core, &high, 1, &refusal));
	KUNIT_EXPECT_EQ(test, values[WIDTH], 8);
}

static void knobs_refuse_below_the_least(struct kunit *test)
{
	const struct tandem_knob_change change = { "width", 1 };

	expect_refused(test, &change, 1, -ERANGE, 0, "width");
}

static void knobs_refuse_above_the_most(struct kunit *test)
{
	const struct tandem_knob_change change = { "width", 9 };

	expect_refused(test, &change, 1, -ERANGE, 0, "8");
}

static void knobs_refuse_an_unknown_name(struct kunit *test)
{
	const struct tandem_knob_change changes[] = {
		{ "width", 5 }, { "depth", 1 },
	};

	expect_refused(test, changes, 2, -ENOENT, 1, "depth");
}

static void knobs_refuse_a_name_given_twice(struct kunit *test)
{
	const struct tandem_knob_change changes[] = {
		{ "width", 5 }, { "height", 2 }, { "width", 6 },
	};

	expect_refused(test, changes, 3, -EINVAL, 2, "twice");
}

static void knobs_refuse_all_for_the_last(struct kunit *test)
{
	const struct tandem_knob_change changes[] = {
		{ "height", 2 }, { "width", 100 },
	};

	expect_refused(test, changes, 2, -ERANGE, 1, "width");
}

static void knobs_refuse_what_does_not_fit_together(struct kunit *test)
{
	const struct tandem_knob_change change = { "height", 26 };

	expect_refused(test, &change, 1, -EDOM, -1, "area");
}

/* A long name must not be able to push the text out of its buffer. */
static void knobs_refuse_a_long_name(struct kunit *test)
{
	char name[300];
	const struct tandem_knob_change change = { name, 1 };
	struct tandem_refusal refusal;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	KUNIT_EXPECT_EQ(test, -ENOENT,
			tandem_knobs_commit(&core, &change, 1, &refusal));
	KUNIT_EXPECT_LT(test, strnlen(refusal.text, sizeof(refusal.text)),
			sizeof(refusal.text));
}

static struct kunit_case core_knobs_cases[] = {
	KUNIT_CASE(knobs_change_together),
	KUNIT_CASE(knobs_take_both_limits),
	KUNIT_CASE(knobs_refuse_below_the_least),
	KUNIT_CASE(knobs_refuse_above_the_most),
	KUNIT_CASE(knobs_refuse_an_unknown_name),
	KUNIT_CASE(knobs_refuse_a_name_given_twice),
	KUNIT_CASE(knobs_refuse_all_for_the_last),
	KUNIT_CASE(knobs_refuse_what_does_not_fit_together),
	KUNIT_CASE(knobs_refuse_a_long_name),
	{}
};

static struct kunit_suite core_knobs_suite = {
	.name = "core_knobs",
	.init = knobs_init,
	.test_cases = core_knobs_cases,
};

kunit_test_suites(&core_knobs_suite);

MODULE_DESCRIPTION("KUnit tests of knobs");
MODULE_LICENSE("GPL");
