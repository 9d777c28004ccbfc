// SPDX-License-Identifier: GPL-2.0-only
/* The advice: cases of the decision, and a made-up host that is watched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "cli.h"
#include "unit.h"
#include "watch.h"

/* A host that it helps: 1000 pages a second to a disk, an interrupt each. */
static const struct advice_facts busy = {
	.seconds = 30,
	.counted = true,
	.mglru = true,
	.cpus = 4,
	.swaps = 1,
	.async_swaps = 1,
	.scanned = 63000,
	.stolen_anon = 30000,
	.swapped = 30000,
	.swapped_before = 1,
	.shootdowns = 33000,
};

static bool has_reason(const struct advice *a, const char *text)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strstr(a->reasons[i], text))
			return true;
	return false;
}

static void expect(const struct advice_facts *f, enum advice_verdict verdict,
		   const char *reason)
{
	struct advice a;

	advise_on(f, &a);
	if (a.verdict != verdict || !has_reason(&a, reason))
		fail_msg("verdict %d, %zu reasons, first: %s", a.verdict, a.n,
			 a.n ? a.reasons[0] : "none");
}

static void helps_a_busy_host(void **state)
{
	struct advice a;

	(void)state;
	expect(&busy, ADVICE_HELPS, "1000 pages a second go to a disk, with 1.10");
	expect(&busy, ADVICE_HELPS, "looked at 2.1 times");
	advise_on(&busy, &a);
	assert_true(a.shootdowns == 1100);
	assert_true(a.avoidable == 1100);
	assert_int_equal(a.one_in, ADVICE_MGLRU);
	assert_true(has_reason(&a, "no more than one in 57 was left"));
}

static void knows_the_classic_lru(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.mglru = false;
	expect(&f, ADVICE_HELPS, "no more than one in 14 was left");
}

/* Two CPUs: a page can have cost one interrupt; the rest are of others. */
static void claims_no_interrupts_of_others(void **state)
{
	struct advice_facts f = busy;
	struct advice a;

	(void)state;
	f.cpus = 2;
	f.shootdowns = 90000;
	advise_on(&f, &a);
	assert_true(a.avoidable == 1000);
	assert_true(has_reason(&a, "up to 1000 of 3000"));
}

static void is_no_use_without_swap(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.swaps = 0;
	f.async_swaps = 0;
	expect(&f, ADVICE_NO_USE, "no swap is in use");
}

static void is_no_use_with_zram_only(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.async_swaps = 0;
	expect(&f, ADVICE_NO_USE, "all swap is memory");
	f.swaps = 2;
	f.async_swaps = 1;
	expect(&f, ADVICE_HELPS, "go to a disk");
}

static void is_no_use_on_one_cpu(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.cpus = 1;
	f.shootdowns = 0;
	expect(&f, ADVICE_NO_USE, "only one CPU");
}

static void is_no_use_on_another_kernel(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	strcpy(f.kernel_why, "the kernel is not supported: 5.10");
	expect(&f, ADVICE_NO_USE, "5.10");
}

static void says_all_that_is_against_it(void **state)
{
	struct advice_facts f = busy;
	struct advice a;

	(void)state;
	strcpy(f.kernel_why, "another kernel");
	f.cpus = 1;
	f.swaps = 0;
	advise_on(&f, &a);
	assert_int_equal(a.verdict, ADVICE_NO_USE);
	assert_int_equal(a.n, 3);
}

static void is_no_use_where_nothing_is_reclaimed(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.scanned = 0;
	f.stolen_anon = 0;
	f.swapped = 0;
	f.swapped_before = 0;
	expect(&f, ADVICE_NO_USE, "no reclaim was seen");
	f.swapped_before = 5;
	expect(&f, ADVICE_UNKNOWN, "watch for longer");
}

static void is_no_use_for_the_page_cache(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.stolen_anon = 100;
	f.swapped = 100;
	f.stolen_file = 90000;
	expect(&f, ADVICE_NO_USE, "frees the page cache (3000 pages");
}

static void is_no_use_for_a_trickle(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.stolen_anon = 599;
	f.swapped = 599;
	expect(&f, ADVICE_NO_USE, "too little goes to swap to matter: 20.0");
	f.swapped = 600;
	f.stolen_anon = 600;
	expect(&f, ADVICE_HELPS, "20 pages a second");
}

static void is_no_use_behind_zswap(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.zswap = true;
	f.compressed = 30000;
	f.swapped = 30;
	expect(&f, ADVICE_NO_USE, "zswap takes the pages (1000 a second)");
}

static void is_no_use_where_nobody_is_interrupted(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.shootdowns = 2999;
	expect(&f, ADVICE_NO_USE, "hardly any interrupts (0.10 each)");
	f.single = true;
	expect(&f, ADVICE_NO_USE, "one thread each");
	f.shootdowns = 3000;
	expect(&f, ADVICE_HELPS, "0.10 interrupts each");
}

static void cannot_tell_where_it_is_on(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.switched_on = true;
	f.shootdowns = 10;
	expect(&f, ADVICE_UNKNOWN, "on already");
	f.cpus = 1;
	expect(&f, ADVICE_NO_USE, "only one CPU");
}

static void cannot_tell_without_counters(void **state)
{
	struct advice_facts f = busy;

	(void)state;
	f.counted = false;
	f.stolen_anon = 0;
	f.swapped = 0;
	expect(&f, ADVICE_UNKNOWN, "could not be read");
}

/* The ratio that a row of the documentation's table gives; 0 for no such row. */
static unsigned int documented(const char *row)
{
	FILE *f = fopen("Documentation/design/reclaim.md", "r");
	unsigned int ratio = 0;
	char *line = NULL;
	size_t size = 0;

	assert_non_null(f);
	while (!ratio && getline(&line, &size, f) > 0)
		if (*line == '|' && strstr(line, row) && strstr(line, " 1/"))
			sscanf(strstr(line, " 1/"), " 1/%u |", &ratio);
	free(line);
	fclose(f);
	return ratio;
}

/* Nothing is claimed that the documentation does not say was measured. */
static void claims_no_more_than_the_documentation(void **state)
{
	(void)state;
	assert_true(documented("`memory.reclaim`, MGLRU |") >= ADVICE_MGLRU);
	assert_true(documented("`memory.reclaim`, classic LRU |") >=
		    ADVICE_CLASSIC);
}

/**
 * struct host - a host to be watched
 * @tree: its files
 * @root: the same, open
 */
struct host {
	struct tree tree;
	struct sysroot root;
};

static void write_counts(struct host *h, const char *vmstat, const char *a,
			 const char *b)
{
	tree_file(&h->tree, "/proc/vmstat", vmstat);
	tree_file(&h->tree, "/cg/slice/a/memory.stat", a);
	tree_file(&h->tree, "/cg/slice/b/memory.stat", b);
}

static int make_host(void **state)
{
	struct host *h = calloc(1, sizeof(*h));

	tree_make(&h->tree);
	tree_file(&h->tree, "/proc/self/mountinfo",
		  "30 20 0:30 / /cg rw - cgroup2 none rw\n");
	tree_file(&h->tree, "/proc/sys/kernel/osrelease", "6.12.1-test\n");
	tree_file(&h->tree, "/proc/stat", "cpu 1\ncpu0 1\ncpu1 1\n");
	tree_file(&h->tree, "/proc/swaps", "Filename\n");
	tree_file(&h->tree, "/proc/interrupts", "TLB: 5 5 words\n");
	tree_file(&h->tree, "/sys/kernel/btf/vmlinux", "btf");
	tree_file(&h->tree, "/sys/kernel/livepatch/x/enabled", "0\n");
	tree_file(&h->tree, "/sys/kernel/mm/lru_gen/enabled", "0x0007\n");
	tree_file(&h->tree, "/cg/slice/memory.stat", "pgsteal 99\n");
	tree_file(&h->tree, "/cg/slice/a/memory.pressure",
		  "some avg10=0.00 total=100\n");
	tree_file(&h->tree, "/cg/slice/a/cgroup.procs", "1\n2\n");
	tree_file(&h->tree, "/cg/slice/a/cgroup.threads", "1\n2\n3\n");
	write_counts(h, "pgsteal_anon 10\npgsteal_file 5\npswpout 7\n",
		     "pgscan 10\npgsteal 5\n",
		     "pgscan 20\npgsteal 10\npswpout 3\n");
	assert_int_equal(root_open(&h->root, h->tree.dir), 0);
	*state = h;
	return 0;
}

static int free_host(void **state)
{
	struct host *h = *state;

	root_close(&h->root);
	tree_remove(&h->tree);
	free(h);
	return 0;
}

static void watches_cgroups_with_none_below(void **state)
{
	struct host *h = *state;
	struct watch w;

	assert_int_equal(watch_begin(&w, &h->root), 0);
	assert_int_equal(w.n, 2);
	write_counts(h, "pgsteal_anon 110\npgsteal_file 5\npswpout 57\n",
		     "pgscan 310\npgsteal 105\n",
		     "pgscan 30\npgsteal 20\npswpout 13\n");
	tree_file(&h->tree, "/cg/slice/a/memory.pressure",
		  "some avg10=0.00 total=350\n");
	tree_file(&h->tree, "/proc/interrupts", "TLB: 6 24 words\n");
	watch_end(&w);
	assert_true(w.host.readable);
	assert_int_equal(w.host.stolen_anon, 100);
	assert_int_equal(w.host.stolen_file, 0);
	assert_int_equal(w.host.swapped, 50);
	assert_int_equal(w.before.swapped, 7);
	assert_int_equal(w.host.shootdowns, 20);
	assert_string_equal(w.list[0].path, "/slice/a");
	assert_int_equal(w.list[0].memory.stolen, 100);
	assert_int_equal(w.list[0].memory.scanned, 300);
	assert_int_equal(w.list[0].pressure_us, 250);
	assert_int_equal(w.list[0].processes, 2);
	assert_int_equal(w.list[0].threads, 3);
	assert_false(w.list[0].memory.counts_swap);
	assert_string_equal(w.list[1].path, "/slice/b");
	assert_int_equal(w.list[1].memory.swapped_out, 10);
	watch_free(&w);
}

static void bears_a_cgroup_that_goes(void **state)
{
	struct host *h = *state;
	struct watch w;
	char path[128];

	assert_int_equal(watch_begin(&w, &h->root), 0);
	snprintf(path, sizeof(path), "%s/cg/slice/b/memory.stat", h->tree.dir);
	remove(path);
	watch_end(&w);
	assert_int_equal(w.n, 2);
	assert_true(w.list[0].gone || w.list[1].gone);
	watch_free(&w);
}

static char *run_advise(struct host *h, enum print_format format, int *code)
{
	char *argv[] = { (char *)"tandem advise", (char *)"--seconds=0.5",
			 NULL };
	struct cli cli = { .json = format != PRINT_TEXT, .root = h->root };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	cli.out = printer_new(f, format, false);
	*code = cmd_advise(&cli, 2, argv);
	printer_finish(cli.out);
	printer_free(cli.out);
	fclose(f);
	return text;
}

static void advises_a_host_without_swap(void **state)
{
	int code;
	char *text = run_advise(*state, PRINT_TEXT, &code);

	assert_int_equal(code, ADVICE_NO_USE);
	assert_non_null(strstr(text, "do not load this here"));
	assert_non_null(strstr(text, "- no swap is in use"));
	free(text);
}

static void cannot_advise_an_idle_host(void **state)
{
	struct host *h = *state;
	char *text;
	int code;

	tree_file(&h->tree, "/proc/swaps",
		  "Filename Type Size Used Priority\n/dev/sda2 partition 800 0 5\n");
	text = run_advise(h, PRINT_JSON, &code);
	assert_int_equal(code, ADVICE_UNKNOWN);
	assert_non_null(strstr(text, "\"verdict\": \"could not tell\""));
	assert_non_null(strstr(text, "\"kernel_supported\": true"));
	assert_non_null(strstr(text, "\"mglru\": true"));
	assert_non_null(strstr(text, "\"synchronous\": false"));
	free(text);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, make_host, free_host)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helps_a_busy_host),
		cmocka_unit_test(knows_the_classic_lru),
		cmocka_unit_test(claims_no_interrupts_of_others),
		cmocka_unit_test(is_no_use_without_swap),
		cmocka_unit_test(is_no_use_with_zram_only),
		cmocka_unit_test(is_no_use_on_one_cpu),
		cmocka_unit_test(is_no_use_on_another_kernel),
		cmocka_unit_test(says_all_that_is_against_it),
		cmocka_unit_test(is_no_use_where_nothing_is_reclaimed),
		cmocka_unit_test(is_no_use_for_the_page_cache),
		cmocka_unit_test(is_no_use_for_a_trickle),
		cmocka_unit_test(is_no_use_behind_zswap),
		cmocka_unit_test(is_no_use_where_nobody_is_interrupted),
		cmocka_unit_test(cannot_tell_where_it_is_on),
		cmocka_unit_test(cannot_tell_without_counters),
		cmocka_unit_test(claims_no_more_than_the_documentation),
		CASE(watches_cgroups_with_none_below),
		CASE(bears_a_cgroup_that_goes),
		CASE(advises_a_host_without_swap),
		CASE(cannot_advise_an_idle_host),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
