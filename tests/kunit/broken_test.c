// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test that fails on purpose: it shows that a failure is seen.  The runner
 * wants exactly this one to be reported as not ok.
 */
#include <kunit/test.h>

static void broken_on_purpose(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 2);
}

static struct kunit_case broken_cases[] = {
	KUNIT_CASE(broken_on_purpose),
	{}
};

static struct kunit_suite broken_suite = {
	.name = "broken",
	.test_cases = broken_cases,
};

kunit_test_suites(&broken_suite);

MODULE_DESCRIPTION("A KUnit test that fails");
MODULE_LICENSE("GPL");
