// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subjects: what reaches a capability has been checked as a whole, one subject
 * is found by its name, and a walk over all of them moves on.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>

#include "core/core.h"

enum { WIDTH, HEIGHT, NR_KNOBS };
enum { NR_BUCKETS = 3 };

static const struct tandem_knob knobs[NR_KNOBS] = {
	[WIDTH] = { .name = "width", .min = 2, .max = 8, .def = 4 },
	[HEIGHT] = { .name = "height", .min = 0, .max = 9, .def = 1 },
};

static const struct tandem_stat stats[] = { { "area" } };
static const struct tandem_histogram histograms[] = {
	{ "few", "", 1 }, { "more", "", NR_BUCKETS },
};

/* What the capability was last told to set. */
static struct {
	unsigned int calls;
	char name[TANDEM_SUBJECT_NAME_MAX];
	u32 values[NR_KNOBS];
	unsigned long given;
} told;

static unsigned int events;
static char last_event[TANDEM_SUBJECT_NAME_MAX + 16];

/* In the place of netlink. */
void tandem_netlink_subject_event(const struct tandem_capability *cap,
				  const char *name, const char *what)
{
	events++;
	snprintf(last_event, sizeof(last_event), "%s %s", name, what);
}

static int keep_set(struct tandem_capability *cap, const char *name,
		    const u32 *values, const unsigned long *given,
		    const char **why)
{
	if (values[WIDTH] * values[HEIGHT] > 50) {
		*why = "too large an area";
		return -EDOM;
	}
	told.calls++;
	strscpy(told.name, name);
	memcpy(told.values, values, sizeof(told.values));
	told.given = *given;
	return 0;
}

static int forget_one(struct tandem_capability *cap, const char *name)
{
	return strcmp(name, "one") ? -ENOENT : 0;
}

/* Sorted, and not all of them text that anybody would write. */
static const char *const names[] = {
	"/a", "/a b", "/b", "one", "one\x80", "one\xff", "pid:12", "pid:123",
};

static int next_name(struct tandem_capability *cap, const char *after,
		     struct tandem_subject *out)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], after) <= 0)
			continue;
		strscpy(out->name, names[i]);
		out->values[WIDTH] = i;
		out->stats[0] += i;
		out->buckets[0][0] += 1;
		out->buckets[1][NR_BUCKETS - 1] += i;
		return 0;
	}
	return -ENOENT;
}

static const struct tandem_capability_ops ops = {
	.subject_set = keep_set,
	.subject_forget = forget_one,
	.subject_next = next_name,
};

static struct tandem_capability cap = {
	.name = "shape",
	.subject_knobs = knobs,
	.nr_subject_knobs = NR_KNOBS,
	.subject_stats = stats,
	.nr_subject_stats = ARRAY_SIZE(stats),
	.subject_histograms = histograms,
	.nr_subject_histograms = ARRAY_SIZE(histograms),
	.ops = &ops,
};

static struct tandem_capability_core core = { .cap = &cap };

static int subjects_init(struct kunit *test)
{
	mutex_init(&core.lock);
	core.leaving = false;
	memset(&told, 0, sizeof(told));
	events = 0;
	return 0;
}

static void expect_refused(struct kunit *test, const char *name,
			   const struct tandem_knob_change *changes,
			   unsigned int n, int err, int index,
			   const char *word)
{
	struct tandem_refusal refusal = {};

	KUNIT_EXPECT_EQ(test, err,
			tandem_subject_set(&core, name, changes, n, &refusal));
	KUNIT_EXPECT_EQ(test, index, refusal.index);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(refusal.text, word),
				  "'%s' lacks '%s'", refusal.text, word);
	KUNIT_EXPECT_EQ(test, told.calls, 0);
	KUNIT_EXPECT_EQ(test, events, 0);
}

static void subjects_are_set_as_a_whole(struct kunit *test)
{
	const struct tandem_knob_change change = { "height", 7 };
	struct tandem_refusal refusal;

	KUNIT_EXPECT_EQ(test, 0, tandem_subject_set(&core, "one", &change, 1,
						    &refusal));
	KUNIT_EXPECT_EQ(test, told.calls, 1);
	KUNIT_EXPECT_STREQ(test, told.name, "one");
	KUNIT_EXPECT_EQ(test, told.values[HEIGHT], 7);
	/* What is not given is the default, and marked as not given. */
	KUNIT_EXPECT_EQ(test, told.values[WIDTH], 4);
	KUNIT_EXPECT_EQ(test, told.given, BIT(HEIGHT));
	KUNIT_EXPECT_STREQ(test, last_event, "one set");
}

static void subjects_need_no_knob(struct kunit *test)
{
	struct tandem_refusal refusal;

	KUNIT_EXPECT_EQ(test, 0,
			tandem_subject_set(&core, "one", NULL, 0, &refusal));
	KUNIT_EXPECT_EQ(test, told.given, 0);
}

static void subjects_refuse_all_for_the_last_knob(struct kunit *test)
{
	const struct tandem_knob_change range[] = {
		{ "width", 5 }, { "height", 10 },
	};
	const struct tandem_knob_change unknown[] = {
		{ "width", 5 }, { "depth", 1 },
	};
	const struct tandem_knob_change twice[] = {
		{ "width", 5 }, { "width", 5 },
	};

	expect_refused(test, "one", range, 2, -ERANGE, 1, "height");
	expect_refused(test, "one", unknown, 2, -ENOENT, 1,
		       "a subject of shape has no knob depth");
	expect_refused(test, "one", twice, 2, -EINVAL, 1, "twice");
}

static void subjects_refuse_what_the_capability_refuses(struct kunit *test)
{
	const struct tandem_knob_change changes[] = {
		{ "width", 8 }, { "height", 9 },
	};

	expect_refused(test, "one", changes, 2, -EDOM, TANDEM_REFUSED_WHOLE,
		       "too large an area");
}

static void subjects_refuse_bad_names(struct kunit *test)
{
	expect_refused(test, "", NULL, 0, -EINVAL, TANDEM_REFUSED_SUBJECT,
		       "empty");
	expect_refused(test, "a\nb", NULL, 0, -EINVAL, TANDEM_REFUSED_SUBJECT,
		       "control");
	expect_refused(test, "a\033[2J", NULL, 0, -EINVAL,
		       TANDEM_REFUSED_SUBJECT, "control");
}

static void subjects_refuse_while_unloading(struct kunit *test)
{
	core.leaving = true;
	expect_refused(test, "one", NULL, 0, -ENODEV, TANDEM_REFUSED_WHOLE,
		       "unloaded");
}

static void subjects_are_forgotten_once(struct kunit *test)
{
	struct tandem_refusal refusal;

	KUNIT_EXPECT_EQ(test, 0,
			tandem_subject_forget(&core, "one", &refusal));
	KUNIT_EXPECT_STREQ(test, last_event, "one forgotten");
	KUNIT_EXPECT_EQ(test, -ENOENT,
			tandem_subject_forget(&core, "two", &refusal));
	KUNIT_EXPECT_NOT_NULL(test, strstr(refusal.text, "two"));
	KUNIT_EXPECT_EQ(test, refusal.index, TANDEM_REFUSED_SUBJECT);
	KUNIT_EXPECT_EQ(test, events, 1);
}

static struct tandem_subject *room(struct kunit *test)
{
	struct tandem_subject *s = tandem_subject_alloc(&cap);

	KUNIT_ASSERT_NOT_NULL(test, s);
	return s;
}

static void subjects_are_found_by_name(struct kunit *test)
{
	struct tandem_subject *s = room(test);
	struct tandem_refusal refusal;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ(test, 0, tandem_subject_get(&core, names[i], s,
							    &refusal));
		KUNIT_EXPECT_STREQ(test, s->name, names[i]);
		/* The room is clean, however often it is used. */
		KUNIT_EXPECT_EQ(test, s->values[WIDTH], i);
		KUNIT_EXPECT_EQ(test, s->stats[0], i);
		KUNIT_EXPECT_EQ(test, s->buckets[0][0], 1);
		KUNIT_EXPECT_EQ(test, s->buckets[1][NR_BUCKETS - 1], i);
	}
	tandem_subject_free(s);
}

static void subjects_not_there_are_not_found(struct kunit *test)
{
	static const char *const absent[] = {
		"!", "/", "/a ", "/aa", "on", "one~", "pid:1", "pid:1234", "z",
	};
	struct tandem_subject *s = room(test);
	struct tandem_refusal refusal;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -ENOENT,
				    tandem_subject_get(&core, absent[i], s,
						       &refusal),
				    "%s", absent[i]);
		KUNIT_EXPECT_NOT_NULL(test, strstr(refusal.text, absent[i]));
	}
	KUNIT_EXPECT_EQ(test, -EINVAL,
			tandem_subject_get(&core, "", s, &refusal));
	tandem_subject_free(s);
}

static void subjects_are_walked_in_order(struct kunit *test)
{
	struct tandem_subject *s = room(test);
	char after[TANDEM_SUBJECT_NAME_MAX] = "";
	unsigned int n = 0;

	while (!tandem_subject_next(&core, after, s)) {
		KUNIT_ASSERT_LT(test, n, ARRAY_SIZE(names));
		KUNIT_EXPECT_STREQ(test, s->name, names[n++]);
		strscpy(after, s->name);
	}
	KUNIT_EXPECT_EQ(test, n, ARRAY_SIZE(names));
	tandem_subject_free(s);
}

static void subjects_come_with_all_operations(struct kunit *test)
{
	static const struct tandem_histogram too_many = { "all", "", 66 };
	struct tandem_capability_ops some = ops;
	struct tandem_capability other = cap;

	other.ops = &some;
	KUNIT_EXPECT_TRUE(test, tandem_subjects_valid(&other));
	other.subject_histograms = &too_many;
	other.nr_subject_histograms = 1;
	KUNIT_EXPECT_FALSE(test, tandem_subjects_valid(&other));
	other.subject_histograms = histograms;
	some.subject_next = NULL;
	KUNIT_EXPECT_FALSE(test, tandem_subjects_valid(&other));
	some.subject_forget = NULL;
	some.subject_set = NULL;
	KUNIT_EXPECT_FALSE(test, tandem_subjects_valid(&other));
	other.nr_subject_knobs = 0;
	other.nr_subject_stats = 0;
	other.nr_subject_histograms = 0;
	KUNIT_EXPECT_TRUE(test, tandem_subjects_valid(&other));
}

static struct kunit_case core_subjects_cases[] = {
	KUNIT_CASE(subjects_are_set_as_a_whole),
	KUNIT_CASE(subjects_need_no_knob),
	KUNIT_CASE(subjects_refuse_all_for_the_last_knob),
	KUNIT_CASE(subjects_refuse_what_the_capability_refuses),
	KUNIT_CASE(subjects_refuse_bad_names),
	KUNIT_CASE(subjects_refuse_while_unloading),
	KUNIT_CASE(subjects_are_forgotten_once),
	KUNIT_CASE(subjects_are_found_by_name),
	KUNIT_CASE(subjects_not_there_are_not_found),
	KUNIT_CASE(subjects_are_walked_in_order),
	KUNIT_CASE(subjects_come_with_all_operations),
	{}
};

static struct kunit_suite core_subjects_suite = {
	.name = "core_subjects",
	.init = subjects_init,
	.test_cases = core_subjects_cases,
};

kunit_test_suites(&core_subjects_suite);

MODULE_DESCRIPTION("KUnit tests of subjects");
MODULE_LICENSE("GPL");
