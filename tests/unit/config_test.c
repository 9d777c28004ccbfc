// SPDX-License-Identifier: GPL-2.0-only
/* The configuration file: what is read, and what is said of what is wrong. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "tandem.h"
#include "unit.h"

static struct tandem_config *read_text(const char *text, int expected)
{
	const struct tandem_knob_info *knobs;
	struct tandem_config *config;
	const char *name;
	size_t n, i;
	int err;

	err = tandem_config_parse(&config, text);
	assert_non_null(config);
	for (i = 0; (name = tandem_known_capability(i)); i++) {
		knobs = tandem_known_knobs(name, &n);
		assert_non_null(knobs);
		err = tandem_config_check(config, name, knobs, n);
		knobs = tandem_known_subject_knobs(name, &n);
		if (knobs)
			err = tandem_config_check_subjects(config, name, knobs,
							   n);
	}
	assert_int_equal(err, expected);
	return config;
}

static void expect_fault(const char *text, unsigned int line, const char *key,
			 const char *words)
{
	expect_only_fault(read_text(text, -EINVAL), line, key, words);
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
	expect_fault("[network]\n", 1, "network",
		     "the sections are: reclaim, tier, irq");
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

static void expect_subject(const struct tandem_config *config, size_t index,
			   const char *name, unsigned int line)
{
	const struct tandem_config_subject *subject;

	subject = tandem_config_subject(config, index);
	if (!name) {
		assert_null(subject);
		return;
	}
	assert_non_null(subject);
	assert_string_equal(subject->section, "tier");
	assert_string_equal(subject->name, name);
	assert_int_equal(subject->line, line);
}

/* The capability and each of its subjects have settings of their own. */
static void reads_workloads(void **state)
{
	struct tandem_config *config = read_text("[tier]\n"
						 "enabled = yes\n"
						 "[tier /db.slice]\n"
						 "act = 1\n"
						 "fast_min = 50\n"
						 "[ tier\t /a b]=1] ]\n"
						 "fast_min = 20\n"
						 "[tier /idle]\n"
						 "[tier /db.slice]\n"
						 "weight = 300\n", 0);
	const struct tandem_config_entry *e;

	(void)state;
	expect_subject(config, 0, "/db.slice", 3);
	expect_subject(config, 1, "/a b]=1]", 6);
	expect_subject(config, 2, "/idle", 8);
	expect_subject(config, 3, NULL, 0);
	e = tandem_config_entry(config, 0);
	assert_null(e->subject);
	assert_true(tandem_config_is_of(e, "tier", NULL));
	assert_false(tandem_config_is_of(e, "tier", "/db.slice"));
	e = tandem_config_entry(config, 3);
	assert_string_equal(e->subject, "/a b]=1]");
	assert_int_equal(e->number, 20);
	e = tandem_config_entry(config, 4);
	assert_string_equal(e->key, "weight");
	assert_true(tandem_config_is_of(e, "tier", "/db.slice"));
	assert_false(tandem_config_is_of(e, "tier", NULL));
	assert_false(tandem_config_is_of(e, "reclaim", "/db.slice"));
	tandem_config_free(config);
}

static void names_a_wrong_workload(void **state)
{
	char text[TANDEM_SUBJECT_LEN + 32];

	(void)state;
	expect_fault("[tier db.slice]\nact = 1\n", 1, "tier",
		     "\"db.slice\" is not the path of a cgroup");
	expect_fault("[tier pid:12]\nact = 1\n", 1, "tier",
		     "does not outlive a boot");
	expect_fault("[reclaim /db.slice]\n", 1, "reclaim",
		     "write [reclaim] alone");
	expect_fault("[teir /db.slice]\n", 1, "teir", "did you mean [tier]?");
	snprintf(text, sizeof(text), "[tier /%0*d]\n", TANDEM_SUBJECT_LEN - 1,
		 0);
	expect_fault(text, 1, "tier", "longer than 255 letters");
	snprintf(text, sizeof(text), "[tier /%0*d]\n", TANDEM_SUBJECT_LEN - 2,
		 0);
	tandem_config_free(read_text(text, 0));
}

static void names_a_wrong_setting_of_a_workload(void **state)
{
	(void)state;
	expect_fault("[tier /a]\n\nfast_mni = 4\n", 3, "fast_mni",
		     "[tier WORKLOAD] has no key fast_mni; did you mean fast_min?");
	expect_fault("[tier /a]\nenabled = yes\n", 2, "enabled",
		     "\"tandem tier show WORKLOAD\" lists the keys");
	expect_fault("[tier]\nfast_min = 4\n", 2, "fast_min",
		     "[tier] has no key fast_min");
	expect_fault("[tier /a]\nfast_max = 101\n", 2, "fast_max",
		     "between 0 and 100 percent");
	expect_fault("[tier /a]\nweight = x\n", 2, "weight",
		     "a whole number from 1 to 1000, not \"x\"");
	expect_fault("[tier /a]\nact=1\n[tier /b]\nact=1\n[tier /a]\nact=0\n",
		     6, "act", "line 2 set it before");
}

static void takes_faults_of_others(void **state)
{
	struct tandem_config *config = read_text("[tier /a]\n\nact = 2\n",
						 -EINVAL);

	(void)state;
	assert_int_equal(tandem_config_blame(config, 1, "/a", "%s is gone"), 0);
	assert_string_equal(tandem_config_fault(config, 0)->text,
			    "%s is gone");
	assert_string_equal(tandem_config_fault(config, 0)->key, "/a");
	assert_int_equal(tandem_config_fault(config, 1)->line, 3);
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
		cmocka_unit_test(reads_workloads),
		cmocka_unit_test(names_a_wrong_workload),
		cmocka_unit_test(names_a_wrong_setting_of_a_workload),
		cmocka_unit_test(takes_faults_of_others),
		cmocka_unit_test(reads_from_a_file),
		cmocka_unit_test(guesses_names),
		cmocka_unit_test(knows_states_by_name),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
