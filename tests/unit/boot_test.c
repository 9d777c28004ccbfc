// SPDX-License-Identifier: GPL-2.0-only
/* The boot: when the modules are loaded, and what is written down of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boot_state.h"
#include "cli.h"
#include "unit.h"

#define THIS_BOOT "11111111-2222-3333-4444-555555555555"
#define OTHER_BOOT "99999999-2222-3333-4444-555555555555"

static const struct boot_record none;

static void starts_when_nothing_is_against_it(void **state)
{
	struct boot_record same = { .there = true, .boot = THIS_BOOT };

	(void)state;
	assert_int_equal(boot_decide("quiet", &none, THIS_BOOT, true),
			 BOOT_GO);
	assert_int_equal(boot_decide("quiet", &same, THIS_BOOT, true),
			 BOOT_GO);
}

static void stays_off_after_a_bad_boot(void **state)
{
	struct boot_record other = { .there = true, .boot = OTHER_BOOT };
	struct boot_record torn = { .there = true };

	(void)state;
	assert_int_equal(boot_decide("", &other, THIS_BOOT, true),
			 BOOT_STAY_OFF);
	assert_int_equal(boot_decide("", &torn, THIS_BOOT, true),
			 BOOT_STAY_OFF);
	assert_int_equal(boot_decide("", &other, THIS_BOOT, false),
			 BOOT_STAY_OFF);
}

static void is_not_built_for_a_new_kernel(void **state)
{
	(void)state;
	assert_int_equal(boot_decide("", &none, THIS_BOOT, false),
			 BOOT_NOT_BUILT);
}

static void the_command_line_comes_first(void **state)
{
	struct boot_record other = { .there = true, .boot = OTHER_BOOT };

	(void)state;
	assert_int_equal(boot_decide("a tandem.off b", &other, THIS_BOOT,
				     false), BOOT_OFF);
}

static void reads_the_command_line_as_the_kernel_does(void **state)
{
	static const char *const off[] = {
		"tandem.off", "tandem.off=1", "tandem.off=y", "tandem.off=on",
		"quiet tandem.off\n", "\ttandem.off  quiet", "tandem.off=",
	};
	static const char *const not_off[] = {
		"", "quiet", "tandem.offer", "xtandem.off", "tandem.off=0",
		"tandem.off=n", "tandem.off=N", "tandem.off=off", "tandem.of",
		"tandem_reclaim.off", "init=/tandem.off",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(off); i++)
		if (!boot_line_says_off(off[i]))
			fail_msg("not off: %s", off[i]);
	for (i = 0; i < ARRAY_SIZE(not_off); i++)
		if (boot_line_says_off(not_off[i]))
			fail_msg("off: %s", not_off[i]);
}

static void reads_a_record(void **state)
{
	struct boot_record r;

	(void)state;
	assert_true(boot_record_parse("boot=abc\nstarted=5\nmonotonic=7\n",
				      &r));
	assert_true(r.there);
	assert_string_equal(r.boot, "abc");
	assert_int_equal(r.started, 5);
	assert_int_equal(r.monotonic, 7);
	assert_false(boot_record_parse(NULL, &r));
	assert_false(r.there);
	assert_false(boot_record_parse("", &r));
	assert_true(r.there);
	assert_false(boot_record_parse("boot=abc\nstar", &r));
	assert_true(r.there);
	assert_string_equal(r.boot, "");
}

static void counts_ten_minutes_of_running(void **state)
{
	struct boot_record r = { .monotonic = 100 };

	(void)state;
	assert_int_equal(boot_left(&r, 100, BOOT_SETTLE_SECONDS), 600);
	assert_int_equal(boot_left(&r, 699, BOOT_SETTLE_SECONDS), 1);
	assert_int_equal(boot_left(&r, 700, BOOT_SETTLE_SECONDS), 0);
	assert_int_equal(boot_left(&r, 90000, BOOT_SETTLE_SECONDS), 0);
}

/**
 * struct machine - a machine that boots
 * @tree: its files
 * @root: the same, open
 * @said: what was printed
 */
struct machine {
	struct tree tree;
	struct sysroot root;
	char *said;
};

static int make_machine(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	tree_make(&m->tree);
	tree_file(&m->tree, "/proc/sys/kernel/random/boot_id",
		  THIS_BOOT "\n");
	tree_file(&m->tree, "/proc/sys/kernel/osrelease", "6.12.1-test\n");
	tree_file(&m->tree, "/proc/cmdline", "quiet\n");
	tree_file(&m->tree, "/var/lib/keep", "");
	assert_int_equal(root_open(&m->root, m->tree.dir), 0);
	*state = m;
	return 0;
}

static int free_machine(void **state)
{
	struct machine *m = *state;

	root_close(&m->root);
	tree_remove(&m->tree);
	free(m->said);
	free(m);
	return 0;
}

static int run_boot(struct machine *m, const char *verb)
{
	char *argv[] = { (char *)"tandem boot", (char *)verb,
			 (char *)"--seconds=1", NULL };
	struct cli cli = { .root = m->root };
	size_t size;
	FILE *f;
	int code;

	free(m->said);
	f = open_memstream(&m->said, &size);
	cli.out = printer_new(f, PRINT_TEXT, false);
	code = cmd_boot(&cli, 3, argv);
	printer_finish(cli.out);
	printer_free(cli.out);
	fclose(f);
	return code;
}

static void writes_and_removes_the_record(void **state)
{
	struct machine *m = *state;
	struct boot_record r;

	boot_state_read(&m->root, &r);
	assert_false(r.there);
	assert_int_equal(boot_state_remove(&m->root), 0);
	assert_int_equal(boot_state_write(&m->root), 0);
	boot_state_read(&m->root, &r);
	assert_true(r.there);
	assert_string_equal(r.boot, THIS_BOOT);
	assert_true(r.started > 1700000000);
	assert_false(root_exists(&m->root, BOOT_DIR "/boot.new"));
	assert_int_equal(boot_state_write(&m->root), 0);
	assert_int_equal(boot_state_remove(&m->root), 0);
	boot_state_read(&m->root, &r);
	assert_false(r.there);
}

static void writes_no_record_where_it_cannot(void **state)
{
	struct machine *m = *state;

	tree_file(&m->tree, BOOT_DIR, "a file");
	assert_int_not_equal(boot_state_write(&m->root), 0);
}

/* Nothing is written down, since nothing is loaded. */
static void leaves_a_new_kernel_alone(void **state)
{
	struct machine *m = *state;

	assert_int_equal(run_boot(m, "start"), CLI_FAILED);
	assert_false(root_exists(&m->root, BOOT_RECORD));
}

static void is_kept_off_by_the_command_line(void **state)
{
	struct machine *m = *state;

	tree_file(&m->tree, "/proc/cmdline", "quiet tandem.off\n");
	assert_int_equal(run_boot(m, "start"), CLI_OK);
	assert_non_null(strstr(m->said, "nothing is loaded"));
	assert_false(root_exists(&m->root, BOOT_RECORD));
}

static void stays_off_until_it_is_cleared(void **state)
{
	struct machine *m = *state;

	tree_file(&m->tree, BOOT_RECORD,
		  "boot=" OTHER_BOOT "\nstarted=5\nmonotonic=7\n");
	assert_int_equal(run_boot(m, "start"), CLI_FAILED);
	assert_int_equal(run_boot(m, "settled"), CLI_FAILED);
	assert_int_equal(run_boot(m, "stop"), CLI_OK);
	assert_true(root_exists(&m->root, BOOT_RECORD));
	assert_int_equal(run_boot(m, "clear"), CLI_OK);
	assert_false(root_exists(&m->root, BOOT_RECORD));
}

static void settles_when_the_time_is_over(void **state)
{
	struct machine *m = *state;

	assert_int_equal(run_boot(m, "settled"), CLI_OK);
	assert_non_null(strstr(m->said, "nothing to settle"));
	assert_int_equal(boot_state_write(&m->root), 0);
	assert_int_equal(run_boot(m, "settled"), CLI_OK);
	assert_non_null(strstr(m->said, "counts as good"));
	assert_false(root_exists(&m->root, BOOT_RECORD));
}

static void a_good_stop_removes_the_record(void **state)
{
	struct machine *m = *state;

	assert_int_equal(boot_state_write(&m->root), 0);
	assert_int_equal(run_boot(m, "stop"), CLI_OK);
	assert_false(root_exists(&m->root, BOOT_RECORD));
}

/* It could not be unloaded, as it is another machine: not a good end. */
static void a_bad_stop_keeps_the_record(void **state)
{
	struct machine *m = *state;

	tree_file(&m->tree, "/sys/module/tandem/initstate", "live\n");
	assert_int_equal(boot_state_write(&m->root), 0);
	assert_int_equal(run_boot(m, "stop"), CLI_FAILED);
	assert_true(root_exists(&m->root, BOOT_RECORD));
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, make_machine, free_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_when_nothing_is_against_it),
		cmocka_unit_test(stays_off_after_a_bad_boot),
		cmocka_unit_test(is_not_built_for_a_new_kernel),
		cmocka_unit_test(the_command_line_comes_first),
		cmocka_unit_test(reads_the_command_line_as_the_kernel_does),
		cmocka_unit_test(reads_a_record),
		cmocka_unit_test(counts_ten_minutes_of_running),
		CASE(writes_and_removes_the_record),
		CASE(writes_no_record_where_it_cannot),
		CASE(leaves_a_new_kernel_alone),
		CASE(is_kept_off_by_the_command_line),
		CASE(stays_off_until_it_is_cleared),
		CASE(settles_when_the_time_is_over),
		CASE(a_good_stop_removes_the_record),
		CASE(a_bad_stop_keeps_the_record),
	};

	return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
