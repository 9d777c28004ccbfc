// SPDX-License-Identifier: GPL-2.0-only
/* Samples of a made-up machine, and the rates between two of them. */
#include <math.h>
#include <string.h>

#include "rates.h"
#include "unit.h"

static void fill(const struct tree *tree)
{
	tree_file(tree, "/proc/interrupts",
		  "            CPU0       CPU1\n"
		  " 24:      100       200   PCI-MSI nvme0q1\n"
		  "CAL:       10        20   Function call interrupts\n"
		  "TLB:      300       400   TLB shootdowns\n");
	tree_file(tree, "/proc/vmstat",
		  "pgsteal_kswapd 1000\n"
		  "pgsteal_direct 200\n"
		  "pgscan_kswapd 2000\n"
		  "pgscan_direct 400\n"
		  "pgscan_direct_throttle 9999\n"
		  "pgscan_anon 2400\n"
		  "pgscan_file 6\n"
		  "pgsteal_anon 1200\n"
		  "pgsteal_file 3\n");
	tree_file(tree, "/proc/pressure/memory",
		  "some avg10=1.00 avg60=2.00 avg300=3.00 total=123456\n"
		  "full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n");
	tree_file(tree, "/proc/swaps",
		  "Filename Type Size Used Priority\n"
		  "/dev/nvme0n1p3 partition 8388604 0 -2\n"
		  "/dev/nvme0n1p3 partition 8388604 0 -2\n"
		  "/dev/vdb partition 8388604 0 -3\n");
	tree_file(tree, "/proc/diskstats",
		  " 259 0 nvme0n1 1 2 3 4 5 6 7 8 9 5000 11 0 0 0 0 0 0\n"
		  " 259 3 nvme0n1p3 1 2 3 4 5 6 7 8 9 4000 11 0 0 0 0 0 0\n"
		  " 254 16 vdb 1 2 3 4 5 6 7 8 9 100 11\n");
}

static void samples_the_machine(void **state)
{
	struct sysroot root;
	struct sample s;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	fill(&tree);
	assert_int_equal(root_open(&root, tree.dir), 0);
	sample_machine(&root, &s);
	root_close(&root);
	tree_remove(&tree);
	assert_int_equal(s.shootdowns, 700);
	assert_int_equal(s.stolen, 1203);
	assert_int_equal(s.scanned, 2406);
	assert_int_equal(s.pressure_us, 123456);
	assert_int_equal(s.nr_disks, 2);
	assert_string_equal(s.disks[0].name, "nvme0n1p3");
	assert_int_equal(s.disks[0].busy_ms, 4000);
	assert_int_equal(s.disks[1].busy_ms, 100);
}

static void samples_an_empty_machine(void **state)
{
	struct sysroot root;
	struct sample s;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	assert_int_equal(root_open(&root, tree.dir), 0);
	sample_machine(&root, &s);
	root_close(&root);
	tree_remove(&tree);
	assert_int_equal(s.shootdowns, 0);
	assert_int_equal(s.nr_disks, 0);
}

static void set(struct sample *s, const char *name, uint64_t value)
{
	strcpy(s->stats[s->nr_stats].name, name);
	s->stats[s->nr_stats++].value = value;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1 / 1e9;
}

static void works_out_rates(void **state)
{
	struct sample old = { .at_ns = 1000000000, .shootdowns = 10,
			      .scanned = 100, .stolen = 50,
			      .pressure_us = 1000, .nr_disks = 1 };
	struct sample now = { .at_ns = 3000000000, .shootdowns = 510,
			      .scanned = 1100, .stolen = 1050,
			      .pressure_us = 501000, .nr_disks = 1 };
	struct rates r;

	(void)state;
	strcpy(old.disks[0].name, "vdb");
	strcpy(now.disks[0].name, "vdb");
	old.disks[0].busy_ms = 100;
	now.disks[0].busy_ms = 1600;
	set(&old, "pages_freed", 0);
	set(&now, "pages_freed", 800);
	set(&now, "pages_sync", 200);
	set(&now, "batches", 4);
	set(&now, "pages_submitted", 1000);
	set(&now, "overlap_ns", 300);
	set(&now, "prepare_ns", 400);
	rates_between(&old, &now, &r);
	assert_true(near(r.seconds, 2));
	assert_true(near(r.freed_per_s, 500));
	assert_true(near(r.stolen_per_s, 500));
	assert_true(near(r.batches_per_s, 2));
	assert_true(near(r.batch_pages, 250));
	assert_true(near(r.overlap_pct, 75));
	assert_true(near(r.ipis_per_page, 0.5));
	assert_true(near(r.scans_per_page, 1));
	assert_true(near(r.busy_pct, 75));
	assert_string_equal(r.busy_disk, "vdb");
	assert_true(near(r.pressure_pct, 25));
}

static void has_no_ratio_without_pages(void **state)
{
	struct sample old = { .at_ns = 1 }, now = { .at_ns = 1 };
	struct rates r;

	(void)state;
	rates_between(&old, &now, &r);
	assert_true(isnan(r.batch_pages));
	assert_true(isnan(r.overlap_pct));
	assert_true(isnan(r.ipis_per_page));
	assert_true(isnan(r.scans_per_page));
	assert_true(isnan(r.busy_pct));
	assert_true(near(r.freed_per_s, 0));
}

static void begins_anew_when_a_counter_fell(void **state)
{
	struct sample old = { .at_ns = 0 }, now = { .at_ns = 1000000000 };
	struct rates r;

	(void)state;
	set(&old, "pages_freed", 5000);
	set(&now, "pages_freed", 70);
	rates_between(&old, &now, &r);
	assert_true(near(r.freed_per_s, 70));
}

static void never_shows_more_than_all(void **state)
{
	struct sample old = { .at_ns = 0, .nr_disks = 1 };
	struct sample now = { .at_ns = 1000000000, .nr_disks = 1,
			      .pressure_us = 1200000 };
	struct rates r;

	(void)state;
	strcpy(old.disks[0].name, "vdb");
	strcpy(now.disks[0].name, "vdb");
	now.disks[0].busy_ms = 1100;
	rates_between(&old, &now, &r);
	assert_true(near(r.busy_pct, 100));
	assert_true(near(r.pressure_pct, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_the_machine),
		cmocka_unit_test(samples_an_empty_machine),
		cmocka_unit_test(works_out_rates),
		cmocka_unit_test(has_no_ratio_without_pages),
		cmocka_unit_test(begins_anew_when_a_counter_fell),
		cmocka_unit_test(never_shows_more_than_all),
	};

	return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
