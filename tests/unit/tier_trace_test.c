// SPDX-License-Identifier: GPL-2.0-only
/* Traces of accesses, good and bad, and the words that go with a replay. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tier_settings.h"
#include "tier_trace.h"
#include "unit.h"

#define HEAD "# tandem tier trace 1\n"

static struct trace_error error;

static int read_text(const char *text, struct tier_trace *trace)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int err;

	assert_non_null(f);
	err = tier_trace_read(f, trace, &error);
	fclose(f);
	return err;
}

static void expect_wrong(const char *text, unsigned long line,
			 const char *says)
{
	struct tier_trace trace;

	assert_int_equal(read_text(text, &trace), -EINVAL);
	tier_trace_free(&trace);
	assert_int_equal(error.line, line);
	if (!strstr(error.text, says))
		fail_msg("\"%s\" does not say \"%s\"", error.text, says);
}

static void reads_accesses(void **state)
{
	struct tier_trace t;

	(void)state;
	assert_int_equal(read_text(HEAD "# a remark\n\n1000 web 7\n"
				   "1500\tdb  0x10 300\r\n", &t), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.nr_names, 2);
	assert_string_equal(t.names[1], "db");
	assert_int_equal(t.list[0].at_us, 0);
	assert_int_equal(t.list[0].page, 7);
	assert_int_equal(t.list[0].count, 1);
	assert_int_equal(t.list[1].at_us, 500);
	assert_int_equal(t.list[1].page, 16);
	assert_int_equal(t.list[1].count, 300);
	assert_int_equal(t.list[1].workload, 1);
	assert_int_equal(tier_trace_pages(&t), 2);
	tier_trace_free(&t);
}

static void reads_windows_and_phases(void **state)
{
	struct tier_trace t;

	(void)state;
	assert_int_equal(read_text(HEAD "# unit window\n5 a 1\n5 a 2\n"
				   "# phase\n7 a 1", &t), 0);
	assert_true(t.counts_windows);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.list[1].at_us, 0);
	assert_int_equal(t.list[1].phase, 0);
	assert_int_equal(t.list[2].at_us, 2 * TRACE_WINDOW_MS * 1000);
	assert_int_equal(t.list[2].phase, 1);
	assert_int_equal(tier_trace_pages(&t), 2);
	tier_trace_free(&t);
}

static void says_that_it_is_no_trace(void **state)
{
	(void)state;
	expect_wrong("1 a 1\n", 1, "the first line is not");
	expect_wrong("# tandem tier trace 2\n", 1, "the first line is not");
	expect_wrong(HEAD, 1, "no access");
	expect_wrong(HEAD "\n# nothing\n", 3, "no access");
}

static void says_what_is_missing(void **state)
{
	(void)state;
	expect_wrong(HEAD "1\n", 2, "no workload");
	expect_wrong(HEAD "1 a\n", 2, "no page");
}

static void says_what_is_no_number(void **state)
{
	(void)state;
	expect_wrong(HEAD "one a 1\n", 2, "the time is a whole number");
	expect_wrong(HEAD "-1 a 1\n", 2, "the time is a whole number");
	expect_wrong(HEAD "1.5 a 1\n", 2, "the time is a whole number");
	expect_wrong(HEAD "1 a 1x\n", 2, "the page is a whole number");
	expect_wrong(HEAD "1 a 1 many\n", 2, "the count is a whole number");
	expect_wrong(HEAD "1 a 99999999999999999999\n", 2, "the page");
	expect_wrong(HEAD "# unit window\nx a 1\n", 3, "the window is");
}

static void says_what_is_out_of_range(void **state)
{
	(void)state;
	expect_wrong(HEAD "1 a 1 0\n", 2, "at least 1");
	expect_wrong(HEAD "1 a 1 4294967296\n", 2, "at most 4294967295");
	expect_wrong(HEAD "1 a 1 1 1\n", 2, "too much");
	expect_wrong(HEAD "2 a 1\n1 a 1\n", 3, "goes back in time");
	expect_wrong(HEAD "2 a 1\n3000000000000000 a 1\n", 3,
		     "after the first");
	expect_wrong(HEAD "# unit window\n18446744073709551615 a 1\n", 3,
		     "at most");
}

static void says_what_is_wrong_with_names(void **state)
{
	(void)state;
	expect_wrong(HEAD "1 a:b 1\n", 2, "a name");
	expect_wrong(HEAD "1 x234567890123456789012345678901234567890123456789012345678901234 1\n",
		     2, "a name");
}

static void says_what_is_wrong_with_units(void **state)
{
	(void)state;
	expect_wrong(HEAD "# unit hours\n", 2, "us or window");
	expect_wrong(HEAD "# unit\n", 2, "us or window");
	expect_wrong(HEAD "1 a 1\n# unit us\n", 3, "before the accesses");
}

static void has_an_end_of_workloads(void **state)
{
	char text[4096] = HEAD;
	size_t at = strlen(text);
	int i;

	(void)state;
	for (i = 0; i < 65; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "1 w%d 1\n", i);
	expect_wrong(text, 66, "more than 64 workloads");
}

static void refuses_what_is_not_text(void **state)
{
	char text[] = HEAD "1 a 1\0001\n";
	struct tier_trace trace;
	FILE *f = fmemopen(text, sizeof(text) - 1, "r");

	(void)state;
	assert_non_null(f);
	assert_int_equal(tier_trace_read(f, &trace, &error), -EINVAL);
	fclose(f);
	tier_trace_free(&trace);
	assert_int_equal(error.line, 2);
	assert_non_null(strstr(error.text, "not a line of text"));
}

static void reads_pages(void **state)
{
	uint64_t pages;

	(void)state;
	assert_int_equal(read_pages("4096", 10, &pages), 0);
	assert_int_equal(pages, 4096);
	assert_int_equal(read_pages("25%", 1000, &pages), 0);
	assert_int_equal(pages, 250);
	assert_int_equal(read_pages("2.5%", 1000, &pages), 0);
	assert_int_equal(pages, 25);
	assert_int_equal(read_pages("2.5", 1000, &pages), -EINVAL);
	assert_int_equal(read_pages("101%", 1000, &pages), -EINVAL);
	assert_int_equal(read_pages("-1", 1000, &pages), -EINVAL);
	assert_int_equal(read_pages("1e99", 1000, &pages), -EINVAL);
	assert_int_equal(read_pages("", 1000, &pages), -EINVAL);
	assert_int_equal(read_pages("4k", 1000, &pages), -EINVAL);
}

static void reads_windows(void **state)
{
	struct sim_config config = { .window_ms = 5, .max_ms = 9 };

	(void)state;
	assert_int_equal(read_window("auto", &config), 0);
	assert_int_equal(config.max_ms, 9);
	assert_int_equal(read_window("250", &config), 0);
	assert_int_equal(config.window_ms, 250);
	assert_int_equal(config.min_ms, 250);
	assert_int_equal(config.max_ms, 250);
	assert_int_equal(read_window("0", &config), -EINVAL);
	assert_int_equal(read_window("3600001", &config), -EINVAL);
	assert_int_equal(read_window("-1", &config), -EINVAL);
	assert_int_equal(read_window("1s", &config), -EINVAL);
}

static const struct tier_limits default_limits = {
	.fast_max = UINT64_MAX, .weight = 100, .hysteresis = 6,
};

static void reads_policies(void **state)
{
	const char *text = "web:min=10:max=50%,"
			   "db:weight=300:promote=2:demote=32";
	struct tier_limits limits = default_limits;
	char name[SIM_NAME];

	(void)state;
	assert_int_equal(read_policy_name(&text, name), 0);
	assert_string_equal(name, "web");
	assert_int_equal(read_policy_limits(&text, 200, &limits), 0);
	assert_int_equal(limits.fast_min, 10);
	assert_int_equal(limits.fast_max, 100);
	assert_int_equal(limits.weight, 100);
	assert_int_equal(read_policy_name(&text, name), 0);
	assert_string_equal(name, "db");
	assert_int_equal(read_policy_limits(&text, 200, &limits), 0);
	assert_int_equal(limits.weight, 300);
	assert_int_equal(limits.promote_age, 2);
	assert_int_equal(limits.demote_age, 32);
	assert_string_equal(text, "");
}

static void expect_bad_policy(const char *text, int err)
{
	struct tier_limits limits = default_limits;
	char name[SIM_NAME];

	if (read_policy_name(&text, name))
		assert_int_equal(err, 0);
	else
		assert_int_equal(read_policy_limits(&text, 200, &limits), err);
}

static void refuses_bad_policies(void **state)
{
	(void)state;
	expect_bad_policy("web", 0);
	expect_bad_policy(":max=1", 0);
	expect_bad_policy("web:", -EINVAL);
	expect_bad_policy("web:most=1", -EINVAL);
	expect_bad_policy("web:max=", -EINVAL);
	expect_bad_policy("web:weight=0", -EINVAL);
	expect_bad_policy("web:weight=1001", -EINVAL);
	expect_bad_policy("web:promote=33", -EINVAL);
	expect_bad_policy("web:demote=-1", -EINVAL);
	expect_bad_policy("web:min=5:max=4", -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_accesses),
		cmocka_unit_test(reads_windows_and_phases),
		cmocka_unit_test(says_that_it_is_no_trace),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(says_what_is_no_number),
		cmocka_unit_test(says_what_is_out_of_range),
		cmocka_unit_test(says_what_is_wrong_with_names),
		cmocka_unit_test(says_what_is_wrong_with_units),
		cmocka_unit_test(has_an_end_of_workloads),
		cmocka_unit_test(refuses_what_is_not_text),
		cmocka_unit_test(reads_pages),
		cmocka_unit_test(reads_windows),
		cmocka_unit_test(reads_policies),
		cmocka_unit_test(refuses_bad_policies),
	};

	return cmocka_run_group_tests_name("tier_trace", tests, NULL, NULL);
}
