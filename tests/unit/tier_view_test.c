// SPDX-License-Identifier: GPL-2.0-only
/* What people are told of a workload: hits, state, active sets, rates. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tier_view.h"
#include "unit.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define ROUNDING 0.000001

static const uint64_t fast_ages[] = { 300, 40, 30, 20, 10, 5, 1000 };
static const uint64_t slow_ages[] = { 100, 4, 3, 2, 1, 0, 2000 };

static const struct tandem_histogram_info ages[] = {
	{ .name = "fast_age", .unit = "windows", .buckets = fast_ages,
	  .nr_buckets = N(fast_ages) },
	{ .name = "slow_age", .unit = "windows", .buckets = slow_ages,
	  .nr_buckets = N(slow_ages) },
};

static struct tandem_knob_info knobs[] = {
	{ .name = "act", .value = 1 },
	{ .name = "weight", .value = 100 },
};

static struct tandem_stat_info stats[] = {
	{ .name = "fast_pages", .value = 1405 },
	{ .name = "slow_pages", .value = 2110 },
	{ .name = "target_pages", .value = 1400 },
	{ .name = "promoted", .value = 500 },
	{ .name = "demoted", .value = 200 },
	{ .name = "t1_windows", .value = 11 },
	{ .name = "window_ms", .value = 800 },
};

static const struct tandem_subject_info subject = {
	.name = "/db.slice",
	.knobs = knobs, .nr_knobs = N(knobs),
	.stats = stats, .nr_stats = N(stats),
	.histograms = ages, .nr_histograms = N(ages),
};

static void reads_facts(void **state)
{
	struct tier_facts f;

	(void)state;
	tier_facts_read(&subject, &f);
	assert_string_equal(f.name, "/db.slice");
	assert_true(f.act);
	assert_int_equal(f.fast, 1405);
	assert_int_equal(f.slow, 2110);
	assert_int_equal(f.target, 1400);
	assert_int_equal(f.promoted, 500);
	assert_int_equal(f.demoted, 200);
	assert_float_equal(tier_facts_hit_pct(&f), 75, ROUNDING);
}

/* A module of another version may have none of it. */
static void reads_what_is_not_there(void **state)
{
	const struct tandem_subject_info none = { .name = "/x" };
	struct active_set sets[ACTIVE_SETS];
	struct tier_facts f;
	size_t i;

	(void)state;
	tier_facts_read(&none, &f);
	assert_false(f.act);
	assert_int_equal(f.fast, 0);
	assert_true(isnan(tier_facts_hit_pct(&f)));
	tier_active_sets(&none, sets);
	for (i = 0; i < ACTIVE_SETS; i++)
		assert_int_equal(sets[i].pages, 0);
}

static void expect_state(bool act, uint64_t fast, uint64_t target,
			 const char *want)
{
	const struct tier_facts f = { .act = act, .fast = fast,
				      .target = target };

	assert_string_equal(tier_facts_state(&f), want);
}

static void names_states(void **state)
{
	(void)state;
	expect_state(false, 0, 6400, "observed");
	expect_state(true, 6299, 6400, "growing");
	expect_state(true, 6300, 6400, "settled");
	expect_state(true, 6500, 6400, "settled");
	expect_state(true, 6501, 6400, "shrinking");
	expect_state(true, 0, 0, "settled");
}

static void sums_active_sets(void **state)
{
	static const uint64_t want[ACTIVE_SETS] = {
		400, 444, 477, 499, 510, 515,
	};
	struct active_set sets[ACTIVE_SETS];
	size_t i;

	(void)state;
	tier_active_sets(&subject, sets);
	for (i = 0; i < ACTIVE_SETS; i++) {
		assert_int_equal(sets[i].windows, 1 << i);
		assert_int_equal(sets[i].pages, want[i]);
	}
}

static void draws_active_sets(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct printer *p = printer_new(f, PRINT_TEXT, false);

	(void)state;
	tier_show_active_sets(p, &subject);
	assert_int_equal(printer_finish(p), 0);
	printer_free(p);
	fclose(f);
	assert_non_null(strstr(text, "  8  <- T1*"));
	assert_null(strstr(text, "16  <- T1*"));
	assert_non_null(strstr(text, " 499  ##"));
	free(text);
}

static json_t *show(const struct subject_list *old,
		    const struct subject_list *now)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct printer *p = printer_new(f, PRINT_JSON, false);
	json_t *json;

	subject_list_show(p, old, now);
	assert_int_equal(printer_finish(p), 0);
	printer_free(p);
	fclose(f);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static double number(const json_t *json, size_t i, const char *key)
{
	const json_t *row = json_array_get(json_object_get(json, "workloads"),
					   i);

	return json_number_value(json_object_get(row, key));
}

static bool unknown(const json_t *json, size_t i, const char *key)
{
	const json_t *row = json_array_get(json_object_get(json, "workloads"),
					   i);

	return json_is_null(json_object_get(row, key));
}

static void shows_rates(void **state)
{
	struct subject_list old = { .view = &tier_view, .at_ns = 1000000000 };
	struct subject_list now = { .view = &tier_view, .at_ns = 3000000000 };
	struct tier_facts *facts;
	json_t *json;

	(void)state;
	assert_int_equal(subject_list_add(&old, &subject), 0);
	assert_int_equal(subject_list_add(&now, &subject), 0);
	facts = subject_list_at(&now, 0);
	facts->promoted += 300;
	json = show(&old, &now);
	assert_float_equal(number(json, 0, "promoted_per_second"), 150, ROUNDING);
	assert_float_equal(number(json, 0, "demoted_per_second"), 0, ROUNDING);
	assert_float_equal(number(json, 0, "hit_percent"), 75, ROUNDING);
	assert_float_equal(number(json, 0, "fast_bytes"), 1405 * 4096, ROUNDING);
	json_decref(json);
	subject_list_clear(&old);
	/* One that is new, or was named again, has no rate yet. */
	json = show(&old, &now);
	assert_true(unknown(json, 0, "promoted_per_second"));
	json_decref(json);
	assert_int_equal(subject_list_add(&old, &subject), 0);
	facts = subject_list_at(&old, 0);
	facts->promoted = 10000;
	json = show(&old, &now);
	assert_true(unknown(json, 0, "promoted_per_second"));
	json_decref(json);
	subject_list_clear(&old);
	subject_list_clear(&now);
	assert_null(now.facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_facts),
		cmocka_unit_test(reads_what_is_not_there),
		cmocka_unit_test(names_states),
		cmocka_unit_test(sums_active_sets),
		cmocka_unit_test(draws_active_sets),
		cmocka_unit_test(shows_rates),
	};

	return cmocka_run_group_tests_name("tier_view", tests, NULL, NULL);
}
