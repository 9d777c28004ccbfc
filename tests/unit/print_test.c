// SPDX-License-Identifier: GPL-2.0-only
/* The print layer: the same calls as text, as JSON and as JSON lines. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "unit.h"

static const struct print_column columns[] = {
	{ "name", "NAME", false, false },
	{ "value", "VALUE", true, false },
	{ "hidden", NULL, false, false },
};

static void say_everything(struct printer *p)
{
	print_str(p, "word", "a word", "here");
	print_u64(p, "number", "a number", 18000000000000000ULL);
	print_real(p, "real", "a real", 1.25, 1);
	print_real(p, "nan", "no real", NAN, 1);
	print_bool(p, "flag", "a flag", true);
	print_str(p, "only_json", NULL, "quiet");
	print_note(p, "a note");
	print_open(p, "inner");
	print_u64(p, "depth", NULL, 2);
	print_close(p);
	print_table(p, "rows", columns, 3);
	print_cell_str(p, "first");
	print_cell_u64(p, 12);
	print_cell_bool(p, false);
	print_cell_str(p, "second");
	print_cell_real(p, 0.5, 2);
	print_cell_none(p);
	print_table_end(p);
	print_open_list(p, "checks");
	print_verdict(p, "warn", TONE_WARN, "swap", "slow", "buy\nanother");
	print_close(p);
}

static char *print_all(enum print_format format, bool colour)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct printer *p = printer_new(f, format, colour);

	say_everything(p);
	if (format == PRINT_JSON_LINES)
		print_flush(p);
	assert_int_equal(printer_finish(p), 0);
	printer_free(p);
	fclose(f);
	return text;
}

static json_t *member(json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static void expect_text(json_t *object, const char *key, const char *text)
{
	assert_string_equal(json_string_value(member(object, key)), text);
}

static void expect_number(json_t *object, const char *key, json_int_t number)
{
	assert_int_equal(json_integer_value(member(object, key)), number);
}

static void check_json(const char *text)
{
	json_t *all = json_loads(text, 0, NULL), *rows, *check;

	assert_non_null(all);
	expect_text(all, "word", "here");
	expect_number(all, "number", 18000000000000000LL);
	assert_true(json_is_null(member(all, "nan")));
	assert_true(json_is_true(member(all, "flag")));
	expect_text(all, "only_json", "quiet");
	expect_number(member(all, "inner"), "depth", 2);
	rows = member(all, "rows");
	assert_int_equal(json_array_size(rows), 2);
	expect_number(json_array_get(rows, 0), "value", 12);
	assert_true(json_is_null(member(json_array_get(rows, 1), "hidden")));
	check = json_array_get(member(all, "checks"), 0);
	expect_text(check, "remedy", "buy\nanother");
	json_decref(all);
}

static void writes_json(void **state)
{
	char *text = print_all(PRINT_JSON, false);

	(void)state;
	check_json(text);
	assert_null(strstr(text, "a note"));
	assert_non_null(strstr(text, "\n  "));
	free(text);
}

static void writes_json_lines(void **state)
{
	char *text = print_all(PRINT_JSON_LINES, false);

	(void)state;
	check_json(text);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
}

static void writes_text(void **state)
{
	char *text = print_all(PRINT_TEXT, false);

	(void)state;
	assert_non_null(strstr(text, "a word             here\n"));
	assert_non_null(strstr(text, "a number           18000000000000000\n"));
	assert_non_null(strstr(text, "no real            -\n"));
	assert_non_null(strstr(text, "a note\n"));
	assert_null(strstr(text, "quiet"));
	assert_non_null(strstr(text, "NAME   VALUE\n"));
	assert_non_null(strstr(text, "first     12\n"));
	assert_null(strstr(text, "hidden"));
	assert_non_null(strstr(text, "warn      swap                slow\n"));
	assert_non_null(strstr(text, "  buy\n"));
	assert_null(strchr(text, '\033'));
	free(text);
}

static void colours_only_when_asked(void **state)
{
	char *text = print_all(PRINT_TEXT, true);

	(void)state;
	assert_non_null(strstr(text, "\033[33mwarn"));
	free(text);
	text = print_all(PRINT_JSON, true);
	assert_null(strchr(text, '\033'));
	free(text);
}

static void keeps_text_that_is_not_utf8(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct printer *p = printer_new(f, PRINT_JSON_LINES, false);

	(void)state;
	print_str(p, "comm", NULL, "caf\xe9");
	print_flush(p);
	printer_free(p);
	fclose(f);
	assert_string_equal(text, "{\"comm\":\"caf?\"}\n");
	free(text);
}

static void rounds_reals_for_json(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct printer *p = printer_new(f, PRINT_JSON_LINES, false);

	(void)state;
	print_real(p, "s", NULL, 1.00099999, 3);
	print_flush(p);
	printer_free(p);
	fclose(f);
	assert_string_equal(text, "{\"s\":1.001}\n");
	free(text);
}

static void formats_for_people(void **state)
{
	char text[64];

	(void)state;
	format_bytes(text, sizeof(text), 512);
	assert_string_equal(text, "512 B");
	format_bytes(text, sizeof(text), 1536);
	assert_string_equal(text, "1.5 KiB");
	format_bytes(text, sizeof(text), 200ULL << 30);
	assert_string_equal(text, "200 GiB");
	format_duration_ns(text, sizeof(text), 999);
	assert_string_equal(text, "999 ns");
	format_duration_ns(text, sizeof(text), 1500000);
	assert_string_equal(text, "1.5 ms");
	format_duration_ns(text, sizeof(text), 250000000000ULL);
	assert_string_equal(text, "250 s");
	format_ago(text, sizeof(text), 5000000000ULL);
	assert_string_equal(text, "5 s ago");
	format_ago(text, sizeof(text), 11520ULL * 1000000000);
	assert_string_equal(text, "3 h 12 min ago");
	format_ago(text, sizeof(text), 864000ULL * 1000000000);
	assert_string_equal(text, "10 days ago");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_json),
		cmocka_unit_test(writes_json_lines),
		cmocka_unit_test(writes_text),
		cmocka_unit_test(colours_only_when_asked),
		cmocka_unit_test(keeps_text_that_is_not_utf8),
		cmocka_unit_test(rounds_reals_for_json),
		cmocka_unit_test(formats_for_people),
	};

	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
