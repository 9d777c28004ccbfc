// SPDX-License-Identifier: GPL-2.0-only
/* The configuration file: what is read, and what is said of what is wrong. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tandem.h"
#include "unit.h"

static struct tandem_config *read_text(const char *text, int expected)
{
	const struct tandem_knob_info *knobs;
	struct tandem_config *config;
	size_t n;
	int err;

	err = tandem_config_parse(&config, text);
	assert_non_null(config);
	knobs = tandem_known_knobs("reclaim", &n);
	assert_non_null(knobs);
	if (err != -ENOMEM)
		err = tandem_config_check(config, "reclaim", knobs, n);
	assert_int_equal(err, expected);
	return config;
}

static void expect_fault(const char *text, unsigned int line, const char *key,
			 const char *words)
{
	struct tandem_config *config = read_text(text, -EINVAL);
	const struct tandem_config_fault *fault;

	fault = tandem_config_fault(config, 0);
	assert_non_null(fault);
	assert_int_equal(fault->line, line);
	assert_string_equal(fault->key, key);
	if (!strstr(fault->text, words))
		fail_msg("\"%s\" does not say \"%s\"", fault->text, words);
	assert_null(tandem_config_fault(config, 1));
	tandem_config_free(config);
}

static void reads_a_good_file(void **state)
{
	struct tandem_config *config = read_text("# a comment\n\n"
						 "[reclaim]\n"
						 "  enabled = yes\n"
						 "depth=4\n"
						 "; another\n"
						 "batch_pages = 512\n", 0);
	const struct tandem_config_entry *e;

	(void)state;
	e = tandem_config_entry(config, 0);
	assert_string_equal(e->section, "reclaim");
	assert_string_equal(e->key, "enabled");
	assert_int_equal(e->number, 1);
	assert_int_equal(e->line, 4);
	e = tandem_config_entry(config, 1);
	assert_string_equal(e->key, "depth");
	assert_int_equal(e->number, 4);
	e = tandem_config_entry(config, 2);
	assert_int_equal(e->number, 512);
	assert_int_equal(e->line, 7);
	assert_null(tandem_config_entry(config, 3));
	tandem_config_free(config);
}

static void takes_an_empty_file(void **state)
{
	(void)state;
	tandem_config_free(read_text("", 0));
	tandem_config_free(read_text("\n\n# nothing\n", 0));
	tandem_config_free(read_text("[reclaim]", 0));
}

static void takes_each_word_for_enabled(void **state)
{
	static const char *const words[] = {
		"0", "no", "off", "false", "1", "yes", "on", "true",
	};
	struct tandem_config *config;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "[reclaim]\nenabled=%s\n",
			 words[i]);
		config = read_text(text, 0);
		assert_int_equal(tandem_config_entry(config, 0)->number,
				 i >= 4);
		tandem_config_free(config);
	}
	expect_fault("[reclaim]\nenabled = maybe\n", 2, "enabled",
		     "yes or no, not \"maybe\"");
}

static void names_an_unknown_key(void **state)
{
	(void)state;
	expect_fault("[reclaim]\n\ndpeth = 4\n", 3, "dpeth",
		     "did you mean depth?");
	expect_fault("[reclaim]\nzzzzzzzzz = 4\n", 2, "zzzzzzzzz",
		     "lists the keys");
	expect_fault("[recliam]\n", 1, "recliam", "did you mean [reclaim]?");
	expect_fault("[irq]\n", 1, "irq", "the sections are: reclaim, tier");
}

static void names_a_value_out_of_range(void **state)
{
	(void)state;
	expect_fault("[reclaim]\ndepth = 65\n", 2, "depth",
		     "between 1 and 64 batches");
	expect_fault("[reclaim]\ndepth = 0\n", 2, "depth", "between 1 and 64");
	expect_fault("[reclaim]\ndepth = 99999999999999999999999\n", 2,
		     "depth", "between 1 and 64");
}

static void names_a_value_that_is_no_number(void **state)
{
	(void)state;
	expect_fault("[reclaim]\ndepth = four\n", 2, "depth",
		     "whole number");
	expect_fault("[reclaim]\ndepth = -1\n", 2, "depth", "whole number");
	expect_fault("[reclaim]\ndepth = 4 # comment\n", 2, "depth",
		     "whole number");
	expect_fault("[reclaim]\ndepth = 4.5\n", 2, "depth", "whole number");
	expect_fault("[reclaim]\ndepth =\n", 2, "depth", "has no value");
}

static void names_broken_lines(void **state)
{
	(void)state;
	expect_fault("[reclaim\n", 1, "", "[name]");
	expect_fault("[reclaim] x\n", 1, "", "[name]");
	expect_fault("[reclaim]\nnonsense\n", 2, "", "key = value");
	expect_fault("[reclaim]\n= 4\n", 2, "", "no key");
	expect_fault("depth = 4\n", 1, "depth", "before any [section]");
	expect_fault("[reclaim]\ndepth = 4\ndepth = 5\n", 3, "depth",
		     "line 2 set it before");
}

static void tells_all_faults_in_the_order_of_lines(void **state)
{
	struct tandem_config *config = read_text("[reclaim]\ndepth = 0\n"
						 "oops\nbatch_pages = x\n",
						 -EINVAL);
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(tandem_config_fault(config, i)->line, i + 2);
	assert_null(tandem_config_fault(config, 3));
	tandem_config_free(config);
}

static void reads_from_a_file(void **state)
{
	struct tandem_config *config;
	struct tree tree;
	char path[128];

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/good", "[reclaim]\ndepth = 2\n");
	tree_bytes(&tree, "/zero", "[reclaim]\n\0", 11);
	snprintf(path, sizeof(path), "%s/good", tree.dir);
	assert_int_equal(tandem_config_read(&config, path), 0);
	tandem_config_free(config);
	snprintf(path, sizeof(path), "%s/zero", tree.dir);
	assert_int_equal(tandem_config_read(&config, path), -EILSEQ);
	assert_null(config);
	snprintf(path, sizeof(path), "%s/none", tree.dir);
	assert_int_equal(tandem_config_read(&config, path), -ENOENT);
	assert_int_equal(tandem_config_read(&config, tree.dir), -EISDIR);
	tree_remove(&tree);
}

static void guesses_names(void **state)
{
	static const char *const names[] = { "depth", "batch_pages" };

	(void)state;
	assert_string_equal(tandem_nearest("depht", names, 2), "depth");
	assert_string_equal(tandem_nearest("batch-pages", names, 2),
			    "batch_pages");
	assert_null(tandem_nearest("color", names, 2));
	assert_null(tandem_nearest("", names, 2));
}

static void knows_states_by_name(void **state)
{
	(void)state;
	assert_int_equal(tandem_state_parse("on"), TANDEM_ON);
	assert_int_equal(tandem_state_parse("displaced"), TANDEM_DISPLACED);
	assert_int_equal(tandem_state_parse("asleep"), TANDEM_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_good_file),
		cmocka_unit_test(takes_an_empty_file),
		cmocka_unit_test(takes_each_word_for_enabled),
		cmocka_unit_test(names_an_unknown_key),
		cmocka_unit_test(names_a_value_out_of_range),
		cmocka_unit_test(names_a_value_that_is_no_number),
		cmocka_unit_test(names_broken_lines),
		cmocka_unit_test(tells_all_faults_in_the_order_of_lines),
		cmocka_unit_test(reads_from_a_file),
		cmocka_unit_test(guesses_names),
		cmocka_unit_test(knows_states_by_name),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
