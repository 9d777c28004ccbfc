// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading on a made-up machine: who holds the livepatch up is named, and
 * when the time is over the livepatch is put back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "unit.h"

#define PATCH "/sys/kernel/livepatch/tandem_reclaim"

/**
 * struct machine - a machine and what was said of it
 * @tree: its files
 * @code: exit code
 * @said: what was printed
 */
struct machine {
	struct tree tree;
	int code;
	char *said;
};

static int make_machine(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	tree_make(&m->tree);
	tree_file(&m->tree, "/sys/module/tandem/initstate", "live\n");
	tree_file(&m->tree, "/sys/module/tandem_reclaim/initstate", "live\n");
	tree_file(&m->tree, PATCH "/enabled", "1\n");
	tree_file(&m->tree, PATCH "/transition", "0\n");
	tree_file(&m->tree, "/proc/42/task/43/patch_state", "1\n");
	tree_file(&m->tree, "/proc/42/task/43/comm", "redis-io\n");
	tree_file(&m->tree, "/proc/42/task/43/wchan", "io_schedule\n");
	*state = m;
	return 0;
}

static int free_machine(void **state)
{
	struct machine *m = *state;

	tree_remove(&m->tree);
	free(m->said);
	free(m);
	return 0;
}

static void run_unload(struct machine *m, enum print_format format,
		       const char *timeout)
{
	char *argv[] = { (char *)"tandem unload", (char *)"reclaim",
			 (char *)timeout, NULL };
	struct cli cli = { .json = format != PRINT_TEXT };
	size_t size;
	FILE *f = open_memstream(&m->said, &size);

	assert_int_equal(root_open(&cli.root, m->tree.dir), 0);
	cli.out = printer_new(f, format, false);
	m->code = cmd_unload(&cli, 3, argv);
	printer_finish(cli.out);
	printer_free(cli.out);
	root_close(&cli.root);
	fclose(f);
}

static void expect_enabled(struct machine *m, const char *value)
{
	struct sysroot root;
	char line[8];

	assert_int_equal(root_open(&root, m->tree.dir), 0);
	assert_int_equal(root_line(&root, PATCH "/enabled", line,
				   sizeof(line)), 0);
	root_close(&root);
	assert_string_equal(line, value);
}

static void puts_the_patch_back_when_the_time_is_over(void **state)
{
	struct machine *m = *state;

	run_unload(m, PRINT_TEXT, "--timeout=0.3");
	assert_int_equal(m->code, CLI_TIMEOUT);
	assert_non_null(strstr(m->said,
			       "waiting for redis-io (43) in io_schedule"));
	assert_non_null(strstr(m->said, "put back, switched off"));
	expect_enabled(m, "1");
}

static void names_the_tasks_in_json(void **state)
{
	struct machine *m = *state;

	run_unload(m, PRINT_JSON, "--timeout=0.3");
	assert_int_equal(m->code, CLI_TIMEOUT);
	assert_non_null(strstr(m->said, "\"comm\": \"redis-io\""));
	assert_non_null(strstr(m->said, "\"unloaded\": false"));
	assert_non_null(strstr(m->said,
			       "\"held_up_by\": \"tasks are still in the patch\""));
}

static void says_what_the_wait_is_for(void **state)
{
	struct machine *m = *state;

	tree_file(&m->tree, "/proc/42/task/44/patch_state", "0\n");
	run_unload(m, PRINT_TEXT, "--timeout=1.5");
	assert_int_equal(m->code, CLI_TIMEOUT);
	assert_non_null(strstr(m->said,
			       "waiting for the transition of the livepatch"));
	assert_non_null(strstr(m->said, ": 1 of 2 tasks have not left it, "));
}

/* A short wait is over before anybody wonders. */
static void says_nothing_of_a_short_wait(void **state)
{
	struct machine *m = *state;

	run_unload(m, PRINT_TEXT, "--timeout=0.3");
	assert_null(strstr(m->said, "waiting for the transition"));
}

static void unloads_nothing_of_another_machine(void **state)
{
	struct machine *m = *state;
	char path[256];

	snprintf(path, sizeof(path), "%s" PATCH "/enabled", m->tree.dir);
	remove(path);
	run_unload(m, PRINT_TEXT, "--timeout=0.3");
	assert_int_equal(m->code, CLI_FAILED);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, make_machine, free_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(puts_the_patch_back_when_the_time_is_over),
		CASE(names_the_tasks_in_json),
		CASE(says_what_the_wait_is_for),
		CASE(says_nothing_of_a_short_wait),
		CASE(unloads_nothing_of_another_machine),
	};

	return cmocka_run_group_tests_name("unload", tests, NULL, NULL);
}
