// SPDX-License-Identifier: GPL-2.0-only
/* What leaves the machine: metrics, and the report without secrets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "metrics.h"
#include "redact.h"
#include "tar.h"
#include "transition.h"
#include "unit.h"

static void expect_redacted(const char *text, const char *expected)
{
	struct redactor r = { .n = 0 };
	char *out;

	redactor_add(&r, "db7.example.org", "<host>");
	redactor_add(&r, "db7", "<host>");
	redactor_add(&r, "alice", "<user>");
	redactor_add(&r, "al", "<user>");
	out = redact(&r, text);
	assert_string_equal(out, expected);
	free(out);
}

static void takes_names_out(void **state)
{
	(void)state;
	expect_redacted("db7 kernel: hello", "<host> kernel: hello");
	expect_redacted("on DB7.example.org.", "on <host>.");
	expect_redacted("/data/alice/swap", "/data/<user>/swap");
	expect_redacted("malice alices alice2", "malice alices alice2");
	expect_redacted("al", "al");
	expect_redacted("", "");
}

static void takes_addresses_out(void **state)
{
	(void)state;
	expect_redacted("from 192.168.0.17, to", "from <address>, to");
	expect_redacted("10.0.0.1:443", "<address>:443");
	expect_redacted("fe80::1 and 2001:db8:1:2:3:4:5:6.",
			"<address> and <address>.");
	expect_redacted("at 52:54:00:12:34:56!", "at <mac>!");
	expect_redacted("at 52-54-00-AB-CD-EF", "at <mac>");
}

static void leaves_the_rest(void **state)
{
	static const char *const texts[] = {
		"Linux 6.12.117+deb12-amd64",
		"version 1.2.3",
		"at 12:34:56 and 05:20",
		"nvme 0000:00:03.0",
		"[   12.345678] tandem: state=on",
		"batch_pages = 512",
		"12.1.117.1+deb",
		"ffffffff81234567",
		"a: b",
		"foo::bar",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_redacted(texts[i], texts[i]);
}

static void writes_an_archive_that_tar_reads(void **state)
{
	char path[128], command[384], line[64] = "";
	static char big[70000];
	struct tree tree;
	struct tar tar;
	FILE *f;

	(void)state;
	tree_make(&tree);
	memset(big, 'x', sizeof(big));
	snprintf(path, sizeof(path), "%s/a.tar.gz", tree.dir);
	assert_int_equal(tar_open(&tar, path), 0);
	tar_add(&tar, "d/one", "hello\n", 6);
	tar_add(&tar, "d/none", "", 0);
	tar_add(&tar, "d/big", big, sizeof(big));
	assert_int_equal(tar_close(&tar), 0);
	assert_int_equal(tar_open(&tar, path), -EEXIST);
	snprintf(command, sizeof(command),
		 "cd %s && tar xzf a.tar.gz && test ! -s d/none && test $(wc -c <d/big) = 70000 && cat d/one",
		 tree.dir);
	f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_int_equal(pclose(f), 0);
	assert_string_equal(line, "hello\n");
	tree_remove(&tree);
}

static void expect_name(const char *stat, const char *family,
			const char *unit, const char *label)
{
	struct metric_name name;

	metric_name("reclaim", stat, &name);
	assert_string_equal(name.family, family);
	assert_string_equal(name.unit, unit);
	assert_string_equal(name.label, label);
}

static void names_metrics_as_openmetrics_wants(void **state)
{
	(void)state;
	expect_name("batches", "tandem_reclaim_batches", "", "");
	expect_name("pages_freed", "tandem_reclaim_freed_pages", "pages", "");
	expect_name("write_ns", "tandem_reclaim_write_seconds", "seconds",
		    "");
	expect_name("fallback_noio", "tandem_reclaim_fallbacks", "", "noio");
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		text++;
		n++;
	}
	return n;
}

static void expect_in(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
}

static void writes_metrics(void **state)
{
	struct metric_set *set = calloc(1, sizeof(*set));
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	strcpy(set->info.name, "reclaim");
	strcpy(set->info.state_name, "on");
	strcpy(set->info.version, "0.1\"x");
	set->info.since_ns = 1500000000ULL;
	strcpy(set->stats[0].name, "write_ns");
	set->stats[0].value = 2000000003;
	strcpy(set->stats[1].name, "fallback_noio");
	strcpy(set->stats[2].name, "fallback_nomem");
	set->stats[2].value = 5;
	strcpy(set->stats[3].name, "level");
	set->stats[3].gauge = true;
	set->nr_stats = 4;
	metrics_write(f, set, 1);
	fclose(f);
	expect_in(text, "# UNIT tandem_reclaim_write_seconds seconds\n");
	expect_in(text, "tandem_reclaim_write_seconds_total 2.000000003\n");
	expect_in(text, "tandem_reclaim_fallbacks_total{cause=\"nomem\"} 5\n");
	expect_in(text, "tandem_reclaim_level 0\n");
	expect_in(text, "version=\"0.1\\\"x\"");
	expect_in(text, "state=\"on\"} 1\n");
	expect_in(text, "since_seconds{capability=\"reclaim\"} 1.500000000\n");
	assert_int_equal(count(text, "# TYPE tandem_reclaim_fallbacks "), 1);
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	free(text);
	free(set);
}

/* The statistics that the modules have, as their ABI entries name them. */
static void documented_stats(struct metric_set *set)
{
	static const char dir[] = "/sys/kernel/tandem/reclaim/stats/";
	FILE *f = fopen("Documentation/ABI/testing/sysfs-kernel-tandem-reclaim",
			"r");
	char *line = NULL, *name;
	size_t size = 0;

	assert_non_null(f);
	while (getline(&line, &size, f) > 0) {
		name = strstr(line, dir);
		if (!name || set->nr_stats == MAX_METRICS)
			continue;
		name += strlen(dir);
		name[strcspn(name, "\n")] = '\0';
		snprintf(set->stats[set->nr_stats++].name,
			 sizeof(set->stats[0].name), "%s", name);
	}
	free(line);
	fclose(f);
}

/* Each metric that an alert rule names begins a line of what is printed. */
static size_t expect_printed(char *rule, const char *text)
{
	size_t len, found = 0;
	char want[96];

	for (; (rule = strstr(rule, "tandem_")); rule += len) {
		len = strspn(rule, "abcdefghijklmnopqrstuvwxyz_");
		snprintf(want, sizeof(want), "\n%.*s", (int)len, rule);
		expect_in(text, want);
		found++;
	}
	return found;
}

static void alerts_name_metrics(void **state)
{
	FILE *rules = fopen("Documentation/admin-guide/tandem.rules.yml", "r");
	struct metric_set *set = calloc(2, sizeof(*set));
	char *text = NULL, *line = NULL;
	size_t size, room = 0, found = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(rules);
	strcpy(set->info.name, "reclaim");
	strcpy(set->info.state_name, "on");
	documented_stats(set);
	strcpy(set[1].info.name, "irq");
	strcpy(set[1].info.state_name, "on");
	strcpy(set[1].stats[0].name, "stuck");
	set[1].nr_stats = 1;
	metrics_write(f, set, 2);
	fclose(f);
	/* Interrupts are not pages. */
	assert_null(strstr(text, "in_flight_pages{capability=\"irq\""));
	assert_non_null(strstr(text, "\ntandem_irq_in_flight 0\n"));
	while (getline(&line, &room, rules) > 0)
		if (strstr(line, "expr:"))
			found += expect_printed(line, text);
	assert_int_equal(found, 8);
	free(line);
	fclose(rules);
	free(text);
	free(set);
}

static void writes_metrics_of_nothing(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	metrics_write(f, NULL, 0);
	fclose(f);
	assert_non_null(strstr(text, "tandem_up 0\n# EOF\n"));
	free(text);
}

struct seen {
	unsigned int n;
	int pid;
	char comm[32];
	char where[64];
};

static void note_blocker(int pid, const char *comm, const char *where,
			 void *arg)
{
	struct seen *seen = arg;

	seen->n++;
	seen->pid = pid;
	snprintf(seen->comm, sizeof(seen->comm), "%s", comm);
	snprintf(seen->where, sizeof(seen->where), "%s", where);
}

static void names_who_holds_a_transition_up(void **state)
{
	struct seen seen = { .n = 0 };
	struct transition tasks = { 0, 0 };
	struct sysroot root;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, "/proc/1/task/1/patch_state", "0\n");
	tree_file(&tree, "/proc/42/task/42/patch_state", "0\n");
	tree_file(&tree, "/proc/42/task/43/patch_state", "1\n");
	tree_file(&tree, "/proc/42/task/43/comm", "redis-io\n");
	tree_file(&tree, "/proc/42/task/43/stack",
		  "[<0>] blk_mq_get_tag+0x11a/0x2a0\n"
		  "[<0>] tandem_pageout+0x10/0x20 [tandem_reclaim]\n");
	tree_file(&tree, "/proc/self/task/9/patch_state", "1\n");
	assert_int_equal(root_open(&root, tree.dir), 0);
	transition_scan(&root, false, &tasks, note_blocker, &seen);
	assert_int_equal(tasks.tasks, 3);
	assert_int_equal(tasks.waiting, 1);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.pid, 43);
	assert_string_equal(seen.comm, "redis-io");
	assert_string_equal(seen.where, "blk_mq_get_tag");
	transition_scan(&root, true, &tasks, NULL, NULL);
	assert_int_equal(tasks.waiting, 2);
	memset(&seen, 0, sizeof(seen));
	tasks_inside(&root, "tandem_reclaim", note_blocker, &seen);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.pid, 43);
	root_close(&root);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_names_out),
		cmocka_unit_test(takes_addresses_out),
		cmocka_unit_test(leaves_the_rest),
		cmocka_unit_test(writes_an_archive_that_tar_reads),
		cmocka_unit_test(names_metrics_as_openmetrics_wants),
		cmocka_unit_test(writes_metrics),
		cmocka_unit_test(alerts_name_metrics),
		cmocka_unit_test(writes_metrics_of_nothing),
		cmocka_unit_test(names_who_holds_a_transition_up),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
