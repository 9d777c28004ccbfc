// SPDX-License-Identifier: GPL-2.0-only
/* The bench without a kernel: its size, its figures, what they look like. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "bench_work.h"
#include "machine.h"
#include "unit.h"

static const struct bench_room roomy = {
	.mem_free = 1000 * BENCH_MIB,
	.watermarks = 100 * BENCH_MIB,
	.swap = 4000 * BENCH_MIB,
	.swap_free = 4000 * BENCH_MIB,
	.cpus = 8,
};

static struct bench_plan plan;
static struct bench_refusal refusal;

static bool fits(const struct bench_room *room, uint64_t mib,
		 unsigned long threads)
{
	return bench_fit(room, mib * BENCH_MIB, threads, &plan, &refusal);
}

/* Wherever it was met: before an order, or with one on its way. */
static void says_that_its_process_was_killed(void **state)
{
	struct work work = { .pidfd = -1 };
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	work.socket = ends[0];
	assert_int_equal(work_ask(&work, 0, 0), 0);
	close(ends[1]);
	assert_int_equal(work_answer(&work), -ECHILD);
	assert_int_equal(work_answer(&work), -ECHILD);
	assert_int_equal(work_ask(&work, 0, 0), -ECHILD);
	work_end(&work);
}

static void takes_the_usual_size_where_there_is_room(void **state)
{
	(void)state;
	assert_true(fits(&roomy, 0, 0));
	assert_int_equal(plan.bytes, BENCH_USUAL);
	assert_int_equal(plan.threads, 4);
	assert_true(fits(&roomy, 512, 2));
	assert_int_equal(plan.bytes, 512 * BENCH_MIB);
	assert_int_equal(plan.threads, 2);
}

/* 1000 free, 100 below the watermarks, 16 spare, a sixteenth of the rest. */
static void never_takes_what_has_to_stay_free(void **state)
{
	struct bench_room room = roomy;

	(void)state;
	assert_int_equal(bench_most(&room), 828 * BENCH_MIB);
	assert_true(fits(&room, 828, 0));
	assert_false(fits(&room, 829, 0));
	assert_non_null(strstr(refusal.why, "too little free memory"));
	assert_string_equal(refusal.remedy, "give a smaller --size");
	room.mem_free = 200 * BENCH_MIB;
	assert_true(fits(&room, 0, 0));
	assert_int_equal(plan.bytes, 78 * BENCH_MIB);
	room.mem_free = 110 * BENCH_MIB;
	assert_int_equal(bench_most(&room), 0);
	assert_false(fits(&room, 0, 0));
	assert_non_null(strstr(refusal.remedy, "drop_caches"));
}

/* What is pushed to zram takes memory once more. */
static void takes_half_where_swap_is_memory(void **state)
{
	struct bench_room room = roomy;

	(void)state;
	room.swap_in_memory = true;
	assert_int_equal(bench_most(&room), 414 * BENCH_MIB);
}

static void leaves_swap_half_empty(void **state)
{
	struct bench_room room = roomy;

	(void)state;
	room.swap_free = 2100 * BENCH_MIB;
	assert_int_equal(bench_most(&room), 100 * BENCH_MIB);
	room.swap_free = 1900 * BENCH_MIB;
	assert_false(fits(&room, 0, 0));
	assert_non_null(strstr(refusal.why, "too little free swap"));
	room.swap = 90 * BENCH_MIB;
	room.swap_free = 90 * BENCH_MIB;
	assert_int_equal(bench_most(&room), 45 * BENCH_MIB);
}

static void refuses_without_swap(void **state)
{
	struct bench_room room = roomy;

	(void)state;
	room.swap = 0;
	room.swap_free = 0;
	assert_false(fits(&room, 0, 0));
	assert_non_null(strstr(refusal.why, "no swap is in use"));
}

static void refuses_more_threads_than_cpus(void **state)
{
	struct bench_room room = roomy;

	(void)state;
	assert_true(fits(&room, 0, 8));
	assert_false(fits(&room, 0, 9));
	assert_non_null(strstr(refusal.why, "from 1 to 8"));
	room.cpus = 2;
	assert_true(fits(&room, 0, 0));
	assert_int_equal(plan.threads, 2);
}

static void finds_the_median(void **state)
{
	double odd[] = { 5, 1, 3 }, even[] = { 4, 1, 2, 3 };

	(void)state;
	assert_true(bench_median(odd, 3) == 3);
	assert_true(bench_median(even, 4) == 2.5);
	assert_true(isnan(bench_median(odd, 0)));
}

static size_t row_of(const char *name, const struct bench_run *runs, size_t n,
		     struct bench_figure *f)
{
	size_t i;

	for (i = 0; i < nr_bench_figures; i++) {
		bench_figure(i, runs, n, f);
		if (!strcmp(f->name, name))
			return i;
	}
	fail_msg("no figure %s", name);
	return 0;
}

/* Off: 100 interrupts for 100 pages; on: 2, and a page that came back wrong. */
static void make_runs(struct bench_run *runs, size_t n)
{
	size_t i;

	memset(runs, 0, n * sizeof(*runs));
	for (i = 0; i < n; i++) {
		runs[i].on = i % 2;
		runs[i].all_pages = 100;
		runs[i].reclaim.pages = 100;
		runs[i].reclaim.shootdowns = i % 2 ? 2 : 100;
		runs[i].reclaim.scanned = i % 2 ? 100 : 210;
		runs[i].reclaim.stolen = 100;
		runs[i].reclaim.seconds = i % 2 ? 2 : 1;
		runs[i].pageout.pages = 100;
		runs[i].pageout.resident = i % 2 ? 0 : 100;
		runs[i].verified = 200;
		runs[i].wrong = i == 3;
	}
}

static void makes_figures_of_runs(void **state)
{
	struct bench_run runs[6];
	struct bench_figure f;

	(void)state;
	make_runs(runs, 6);
	row_of("IPIs per page, memory.reclaim", runs, 6, &f);
	assert_true(f.stock == 1 && f.tandem == 0.02 && f.ratio == 0.02);
	assert_int_equal(bench_judge(&f, "tcg"), BENCH_MET);
	row_of("scans per page, memory.reclaim", runs, 6, &f);
	assert_true(fabs(f.stock - 2.1) < 0.001 && f.tandem == 1);
	row_of("still resident after MADV_PAGEOUT", runs, 6, &f);
	assert_true(f.stock == 100 && f.tandem == 0);
	assert_int_equal(bench_judge(&f, "kvm"), BENCH_MET);
}

/* A wall clock under emulation is not to be believed, elsewhere it is. */
static void judges_by_the_clock(void **state)
{
	struct bench_run runs[6];
	struct bench_figure f;

	(void)state;
	make_runs(runs, 6);
	row_of("time of memory.reclaim", runs, 6, &f);
	assert_true(f.ratio == 2);
	assert_int_equal(bench_judge(&f, "tcg"), BENCH_UNJUDGED);
	assert_int_equal(bench_judge(&f, "kvm"), BENCH_MISSED);
	row_of("all call IPIs per page, memory.reclaim", runs, 6, &f);
	assert_int_equal(bench_judge(&f, "kvm"), BENCH_UNJUDGED);
}

static void what_was_not_measured_is_not_met(void **state)
{
	struct bench_run runs[2];
	struct bench_figure f;

	(void)state;
	memset(runs, 0, sizeof(runs));
	runs[1].on = true;
	row_of("IPIs per page, memory.reclaim", runs, 2, &f);
	assert_true(isnan(f.stock) && isnan(f.tandem) && isnan(f.ratio));
	assert_int_equal(bench_judge(&f, "kvm"), BENCH_MISSED);
}

/* Also when two runs of three were right. */
static void asks_for_no_wrong_page(void **state)
{
	struct bench_run runs[6];
	struct bench_figure f;

	(void)state;
	make_runs(runs, 6);
	row_of("pages wrong or missing", runs, 6, &f);
	assert_true(f.stock == 0 && f.tandem == 1);
	assert_int_equal(bench_judge(&f, "tcg"), BENCH_MISSED);
}

/**
 * struct machine - a machine for what reads it
 * @tree: its files
 * @root: the same, open
 */
struct machine {
	struct tree tree;
	struct sysroot root;
};

static int make_machine(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	tree_make(&m->tree);
	tree_file(&m->tree, "/proc/meminfo",
		  "MemTotal:  1000 kB\nMemFree:  500 kB\nSwapTotal: 800 kB\nSwapFree: 700 kB\n");
	tree_file(&m->tree, "/proc/zoneinfo",
		  "Node 0, zone DMA\n  pages free 3\n        high     4\nNode 0, zone Normal\n        high     6\n  pagesets\n              high:  378\n");
	tree_file(&m->tree, "/proc/stat", "cpu 1 2\ncpu0 1\ncpu1 1\nctxt 4\n");
	tree_file(&m->tree, "/proc/interrupts",
		  "     CPU0 CPU1\nTLB:  10  20  TLB shootdowns\nCAL:  3  4  Function call interrupts\n");
	tree_file(&m->tree, "/proc/swaps",
		  "Filename Type Size Used Priority\n/dev/zram0 partition 800 0 5\n");
	tree_file(&m->tree, "/proc/self/mountinfo",
		  "20 1 0:20 / / rw - ext4 /dev/sda1 rw\n30 20 0:30 / /cg rw - cgroup2 none rw\n");
	tree_file(&m->tree, "/cg/cgroup.controllers", "cpu memory pids\n");
	tree_file(&m->tree, "/cg/a/memory.stat",
		  "anon 1\ninactive_anon 4096\nactive_anon 8192\nfile_writeback 5\npgscan 7\npgsteal 6\npgscan_kswapd 5\npswpout 40\nzswpout 2\n");
	tree_file(&m->tree, "/cg/a/memory.pressure",
		  "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\n");
	tree_file(&m->tree, "/proc/sys/kernel/osrelease", "6.12.1-test\n");
	assert_int_equal(root_open(&m->root, m->tree.dir), 0);
	*state = m;
	return 0;
}

static int free_machine(void **state)
{
	struct machine *m = *state;

	root_close(&m->root);
	tree_remove(&m->tree);
	free(m);
	return 0;
}

static void reads_what_the_machine_has(void **state)
{
	struct machine *m = *state;
	struct bench_room room;

	bench_room_read(&m->root, &room);
	assert_int_equal(room.mem_free, 500 * 1024);
	assert_int_equal(room.watermarks, 10 * 4096);
	assert_int_equal(room.swap, 800 * 1024);
	assert_int_equal(room.swap_free, 700 * 1024);
	assert_true(room.swap_in_memory);
	assert_int_equal(room.cpus, 2);
	assert_int_equal(machine_interrupts(&m->root, "TLB:"), 30);
	assert_int_equal(machine_interrupts(&m->root, "CAL:"), 7);
	assert_int_equal(machine_interrupts(&m->root, "NONE:"), 0);
}

static void finds_zswap(void **state)
{
	struct machine *m = *state;
	struct bench_room room;

	tree_file(&m->tree, "/proc/swaps", "");
	bench_room_read(&m->root, &room);
	assert_false(room.swap_in_memory);
	tree_file(&m->tree, "/sys/module/zswap/parameters/enabled", "Y\n");
	bench_room_read(&m->root, &room);
	assert_true(room.swap_in_memory);
}

static void reads_a_cgroup(void **state)
{
	struct machine *m = *state;
	struct cgroup_memory memory;
	char top[64];
	bool known;

	assert_int_equal(cgroup_top(&m->root, top, sizeof(top)), 0);
	assert_string_equal(top, "/cg");
	assert_true(cgroup_has_memory(&m->root, "/cg"));
	assert_false(cgroup_has_memory(&m->root, "/cg/a"));
	assert_int_equal(cgroup_memory_read(&m->root, "/cg/a", &memory), 0);
	assert_int_equal(memory.resident, 12288);
	assert_int_equal(memory.writeback, 5);
	assert_int_equal(memory.scanned, 7);
	assert_int_equal(memory.stolen, 6);
	assert_int_equal(memory.swapped_out, 42);
	assert_true(memory.counts_swap);
	assert_int_equal(pressure_read(&m->root, "/cg/a/memory.pressure",
				       &known), 1234);
	assert_true(known);
	assert_int_equal(pressure_read(&m->root, "/cg/b", &known), 0);
	assert_false(known);
	tree_file(&m->tree, "/proc/self/mountinfo",
		  "20 1 0:20 / / rw - ext4 /dev/sda1 rw\n");
	assert_int_not_equal(cgroup_top(&m->root, top, sizeof(top)), 0);
}

static char *print(struct machine *m, enum print_format format)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct cli cli = { .root = m->root };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	b->cli = &cli;
	b->plan.bytes = 16 * BENCH_MIB;
	b->plan.threads = 1;
	b->rounds = 3;
	b->n = 6;
	make_runs(b->runs, 6);
	cli.out = printer_new(f, format, false);
	bench_print(b);
	printer_finish(cli.out);
	printer_free(cli.out);
	fclose(f);
	free(b);
	return text;
}

static void prints_the_format_of_all_benches(void **state)
{
	char *text = print(*state, PRINT_JSON);

	assert_non_null(strstr(text, "\"bench\": \"reclaim-bench\""));
	assert_non_null(strstr(text, "\"kernel\": \"6.12.1-test\""));
	assert_non_null(strstr(text, "\"runs\": 3"));
	assert_non_null(strstr(text, "\"stock\": 1.0"));
	assert_non_null(strstr(text, "\"op\": \"<=\""));
	assert_non_null(strstr(text, "\"met\": true"));
	assert_non_null(strstr(text, "\"met\": null"));
	assert_non_null(strstr(text, "\"arm\": \"tandem\""));
	assert_non_null(strstr(text, "\"psi_some_seconds\": null"));
	free(text);
}

static void prints_a_table(void **state)
{
	char *text = print(*state, PRINT_TEXT);

	assert_non_null(strstr(text, "medians of 3 runs"));
	assert_non_null(strstr(text, "ratio <= 0.2: met"));
	assert_non_null(strstr(text, "ratio <= 1: missed"));
	assert_non_null(strstr(text, "With one thread"));
	free(text);
}

static void reads_sizes(void **state)
{
	static const char *const wrong[] = {
		"", "64", "M", "-1M", "64MB", "64 M", "18446744073709551616K",
		"17179869184G", "1X", " 1M",
	};
	uint64_t bytes;
	size_t i;

	(void)state;
	assert_int_equal(parse_size("64M", &bytes), 0);
	assert_int_equal(bytes, 64 * BENCH_MIB);
	assert_int_equal(parse_size("1K", &bytes), 0);
	assert_int_equal(bytes, 1024);
	assert_int_equal(parse_size("2T", &bytes), 0);
	assert_int_equal(bytes, (uint64_t)2 << 40);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_not_equal(parse_size(wrong[i], &bytes), 0);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, make_machine, free_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_usual_size_where_there_is_room),
		cmocka_unit_test(never_takes_what_has_to_stay_free),
		cmocka_unit_test(takes_half_where_swap_is_memory),
		cmocka_unit_test(leaves_swap_half_empty),
		cmocka_unit_test(refuses_without_swap),
		cmocka_unit_test(refuses_more_threads_than_cpus),
		cmocka_unit_test(finds_the_median),
		cmocka_unit_test(makes_figures_of_runs),
		cmocka_unit_test(judges_by_the_clock),
		cmocka_unit_test(what_was_not_measured_is_not_met),
		cmocka_unit_test(asks_for_no_wrong_page),
		cmocka_unit_test(says_that_its_process_was_killed),
		CASE(reads_what_the_machine_has),
		CASE(finds_zswap),
		CASE(reads_a_cgroup),
		CASE(prints_the_format_of_all_benches),
		CASE(prints_a_table),
		cmocka_unit_test(reads_sizes),
	};

	return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
