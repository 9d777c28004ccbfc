// SPDX-License-Identifier: GPL-2.0-only
/* What the settings of workloads say together, which no single value shows. */
#include <errno.h>
#include <string.h>

#include "config_workloads.h"
#include "fault.h"
#include "unit.h"

static struct tandem_config *read_text(const char *text, int expected)
{
	struct tandem_config *config;

	assert_int_equal(tandem_config_parse(&config, text), 0);
	assert_int_equal(workloads_check(NULL, config, "tier"), 0);
	assert_int_equal(workloads_check_shares(config), expected);
	return config;
}

static void expect_right(const char *text)
{
	tandem_config_free(read_text(text, 0));
}

static void expect_fault(const char *text, unsigned int line, const char *key,
			 const char *words)
{
	expect_only_fault(read_text(text, -EINVAL), line, key, words);
}

static void a_least_below_the_most(void **state)
{
	(void)state;
	expect_right("[tier /a]\nfast_min = 40\nfast_max = 40\n");
	expect_right("[tier /a]\nfast_min = 60\n[tier /b]\nfast_max = 50\n");
	expect_fault("[tier /a]\nfast_max = 50\nfast_min = 60\n", 3,
		     "fast_min", "fast_min = 60 is above fast_max = 50");
	expect_fault("[tier /a]\nfast_min = 60\n[tier /b]\n[tier /a]\nfast_max = 50\n",
		     2, "fast_min", "is above fast_max = 50");
}

static void no_most_in_mib(void **state)
{
	(void)state;
	expect_right("[tier /a]\nfast_min_mib = 60\nfast_max_mib = 0\n");
	expect_right("[tier /a]\nfast_min_mib = 60\nfast_max_mib = 60\n");
	expect_fault("[tier /a]\nfast_min_mib = 60\nfast_max_mib = 50\n", 2,
		     "fast_min_mib", "is above fast_max_mib = 50");
}

static void no_more_promised_than_there_is(void **state)
{
	(void)state;
	expect_right("[tier /a]\nfast_min = 60\n[tier /b]\nfast_min = 40\n");
	/* Said once, where it is too much. */
	expect_fault("[tier /a]\nfast_min = 60\n[tier /b]\nfast_min = 41\n"
		     "[tier /c]\nfast_min = 10\n", 4, "fast_min",
		     "101 percent together");
}

static void workloads_by_capability(void **state)
{
	struct tandem_config *config;

	(void)state;
	config = read_text("[reclaim]\ndepth = 4\n[tier]\nflush = 1\n", 0);
	assert_false(workloads_any(config, "tier"));
	tandem_config_free(config);
	config = read_text("[tier /a]\n", 0);
	assert_true(workloads_any(config, "tier"));
	assert_false(workloads_any(config, "reclaim"));
	tandem_config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_least_below_the_most),
		cmocka_unit_test(no_most_in_mib),
		cmocka_unit_test(no_more_promised_than_there_is),
		cmocka_unit_test(workloads_by_capability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
