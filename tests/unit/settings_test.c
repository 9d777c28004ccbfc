// SPDX-License-Identifier: GPL-2.0-only
/* The words of set: which is a subject, which a knob, and which is neither. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings.h"
#include "unit.h"

static char words[SETTINGS_MAX + 1][32];

/* Takes the words up to a NULL; returns what the last one ended with. */
static int take(struct settings *s, bool subjects, char why[SETTINGS_WHY],
		const char *const *list)
{
	int err = 0;
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; !err && list[i]; i++) {
		snprintf(words[i], sizeof(words[i]), "%s", list[i]);
		err = settings_add(s, words[i], subjects, why);
	}
	return err;
}

#define TAKE(s, subjects, why, ...) \
	take(s, subjects, why, (const char *const []){ __VA_ARGS__, NULL })

static void knobs_alone(void **state)
{
	char why[SETTINGS_WHY];
	struct settings s;

	(void)state;
	assert_int_equal(TAKE(&s, false, why, "depth=4", "wait_ms=4294967295"),
			 0);
	assert_null(s.subject);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.values[0].name, "depth");
	assert_int_equal(s.values[0].value, 4);
	assert_int_equal(s.values[1].value, UINT32_MAX);
	assert_int_equal(TAKE(&s, true, why, "depth=4"), 0);
	assert_null(s.subject);
}

static void a_subject_comes_first(void **state)
{
	char why[SETTINGS_WHY];
	struct settings s;

	(void)state;
	assert_int_equal(TAKE(&s, true, why, "pid:12", "low=1"), 0);
	assert_string_equal(s.subject, "pid:12");
	assert_int_equal(s.n, 1);
	assert_int_equal(TAKE(&s, true, why, "/system.slice"), 0);
	assert_string_equal(s.subject, "/system.slice");
	assert_int_equal(s.n, 0);
	/* A path is one, whatever is in it. */
	assert_int_equal(TAKE(&s, true, why, "/a=b", "low=1"), 0);
	assert_string_equal(s.subject, "/a=b");
	assert_string_equal(s.values[0].name, "low");
}

static void not_later_and_not_twice(void **state)
{
	char why[SETTINGS_WHY];
	struct settings s;

	(void)state;
	assert_int_equal(TAKE(&s, true, why, "low=1", "/a"), -EINVAL);
	assert_non_null(strstr(why, "\"/a\""));
	assert_int_equal(TAKE(&s, true, why, "/a", "/b"), -EINVAL);
	assert_non_null(strstr(why, "\"/b\""));
}

static void a_value_may_have_a_name(void **state)
{
	static const struct settings_word names[] = {
		{ "mode", "stock", 0 },
		{ "mode", "handoff", 3 },
		{ NULL, NULL, 0 },
	};
	char why[SETTINGS_WHY], word[] = "mode=handoff", number[] = "mode=1";
	char other[] = "poll_us=handoff", unknown[] = "mode=hand";
	struct settings s = { .names = names };

	(void)state;
	assert_int_equal(settings_add(&s, word, true, why), 0);
	assert_string_equal(s.values[0].name, "mode");
	assert_int_equal(s.values[0].value, 3);
	assert_int_equal(settings_add(&s, number, true, why), 0);
	assert_int_equal(s.values[1].value, 1);
	/* It is a name of that knob alone. */
	assert_int_equal(settings_add(&s, other, true, why), -EINVAL);
	assert_null(strstr(why, "stock"));
	assert_int_equal(settings_add(&s, unknown, true, why), -EINVAL);
	assert_non_null(strstr(why, "stock, handoff or a whole number"));
}

static void no_subject_where_there_are_none(void **state)
{
	char why[SETTINGS_WHY];
	struct settings s;

	(void)state;
	assert_int_equal(TAKE(&s, false, why, "pid:12"), -EINVAL);
	assert_string_equal(why, "\"pid:12\" is not KNOB=VALUE");
}

static void wrong_words(void **state)
{
	static const char *const wrong[] = {
		"=1", "low=", "low=x", "low=-1", "low=1x", "low= 1",
		"low=4294967296", "low=99999999999999999999", "",
	};
	char why[SETTINGS_WHY];
	struct settings s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		*why = '\0';
		assert_int_equal(TAKE(&s, true, why, wrong[i]), -EINVAL);
		assert_int_equal(s.n, 0);
		assert_null(s.subject);
		assert_true(*why);
	}
	assert_int_equal(TAKE(&s, true, why, "low=x"), -EINVAL);
	assert_string_equal(why, "low is a whole number from 0 to 4294967295, not \"x\"");
}

static void more_than_there_is_room_for(void **state)
{
	char why[SETTINGS_WHY], word[32];
	struct settings s = { .n = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < SETTINGS_MAX; i++) {
		snprintf(words[i], sizeof(words[i]), "k%zu=1", i);
		assert_int_equal(settings_add(&s, words[i], true, why), 0);
	}
	snprintf(word, sizeof(word), "more=1");
	assert_int_equal(settings_add(&s, word, true, why), -EINVAL);
	assert_int_equal(s.n, SETTINGS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knobs_alone),
		cmocka_unit_test(a_subject_comes_first),
		cmocka_unit_test(not_later_and_not_twice),
		cmocka_unit_test(a_value_may_have_a_name),
		cmocka_unit_test(no_subject_where_there_are_none),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
