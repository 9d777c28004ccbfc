// SPDX-License-Identifier: GPL-2.0-only
/* Histograms: what a bucket is called, bars in text, numbers in JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "unit.h"

static const uint64_t counts[] = { 1, 0, 1000, 500, 0, 0 };

static const struct tandem_histogram_info ages = {
	.name = "ages", .unit = "ms", .buckets = counts,
	.nr_buckets = sizeof(counts) / sizeof(counts[0]),
};

static const struct tandem_histogram_info empty = {
	.name = "empty", .buckets = counts + 4, .nr_buckets = 2,
};

static void expect_label(size_t bucket, size_t n, const char *want)
{
	char text[64];

	histogram_label(text, sizeof(text), bucket, n);
	assert_string_equal(text, want);
}

static void labels(void **state)
{
	(void)state;
	expect_label(0, 8, "0");
	expect_label(1, 8, "1");
	expect_label(2, 8, "2-3");
	expect_label(3, 8, "4-7");
	expect_label(7, 8, "64 and more");
	expect_label(0, 1, "0 and more");
	expect_label(1, 2, "1 and more");
	expect_label(63, 65, "4611686018427387904-9223372036854775807");
	expect_label(64, 65, "9223372036854775808 and more");
}

static char *print(const struct tandem_histogram_info *h,
		   enum print_format format, bool colour)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct printer *p = printer_new(f, format, colour);

	print_open_list(p, "histograms");
	histogram_print(p, h);
	print_close(p);
	assert_int_equal(printer_finish(p), 0);
	printer_free(p);
	fclose(f);
	return text;
}

static size_t bar_of(const char *text, const char *label)
{
	const char *line = strstr(text, label);

	assert_non_null(line);
	line += strcspn(line + 1, "#\n") + 1;
	return strspn(line, "#");
}

static void bars(void **state)
{
	char *text = print(&ages, PRINT_TEXT, false);

	(void)state;
	assert_non_null(strstr(text, "ages (ms)\n"));
	assert_int_equal(bar_of(text, "  2-3 "), 40);
	assert_int_equal(bar_of(text, "  4-7 "), 20);
	/* However few, they are seen; where there are none, nothing is. */
	assert_int_equal(bar_of(text, "\n  0 "), 1);
	assert_int_equal(bar_of(text, "\n  1 "), 0);
	assert_null(strstr(text, "8-15"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = print(&ages, PRINT_TEXT, true);
	assert_non_null(strstr(text, "\033[32m####"));
	free(text);
}

static void nothing_counted(void **state)
{
	char *text = print(&empty, PRINT_TEXT, false);

	(void)state;
	assert_non_null(strstr(text, "empty\n  nothing counted\n"));
	free(text);
}

static void numbers(void **state)
{
	char *text = print(&ages, PRINT_JSON, false);
	json_t *all = json_loads(text, 0, NULL), *one, *buckets;

	(void)state;
	one = json_array_get(json_object_get(all, "histograms"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "unit")),
			    "ms");
	buckets = json_object_get(one, "buckets");
	assert_int_equal(json_array_size(buckets), 6);
	assert_int_equal(json_integer_value(json_array_get(buckets, 2)), 1000);
	json_decref(all);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels),
		cmocka_unit_test(bars),
		cmocka_unit_test(nothing_counted),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
