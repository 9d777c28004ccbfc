// SPDX-License-Identifier: GPL-2.0-only
/* The table of memory nodes: tier, sizes, CPUs and what firmware says. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tier_nodes.h"
#include "unit.h"

#define NODE "/sys/devices/system/node"
#define TIERS "/sys/devices/virtual/memory_tiering"

static void two_nodes(struct tree *tree)
{
	tree_make(tree);
	tree_file(tree, NODE "/has_memory", "0-1\n");
	tree_file(tree, NODE "/has_cpu", "0\n");
	tree_file(tree, TIERS "/memory_tier4/nodelist", "0\n");
	tree_file(tree, TIERS "/memory_tier22/nodelist", "1\n");
	tree_file(tree, NODE "/node0/cpulist", "0-3\n");
	tree_file(tree, NODE "/node1/cpulist", "\n");
	tree_file(tree, NODE "/node0/meminfo",
		  "Node 0 MemTotal:       524288 kB\n"
		  "Node 0 MemFree:        1024 kB\n");
	tree_file(tree, NODE "/node1/access0/initiators/read_latency",
		  "250\n");
	tree_file(tree, NODE "/node1/access0/initiators/read_bandwidth",
		  "0\n");
}

static char *print(const struct tree *tree, enum print_format format)
{
	struct sysroot root;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct printer *p = printer_new(f, format, false);

	assert_int_equal(root_open(&root, tree->dir), 0);
	tier_nodes_show(p, &root);
	root_close(&root);
	assert_int_equal(printer_finish(p), 0);
	printer_free(p);
	fclose(f);
	return text;
}

static void machines_read_it(void **state)
{
	struct tree tree;
	json_t *json, *fast, *slow;
	char *text;

	(void)state;
	two_nodes(&tree);
	text = print(&tree, PRINT_JSON);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	fast = json_array_get(json_object_get(json, "nodes"), 0);
	slow = json_array_get(json_object_get(json, "nodes"), 1);
	assert_string_equal(json_string_value(json_object_get(fast, "tier")),
			    "fast");
	assert_int_equal(json_integer_value(json_object_get(fast,
							    "total_bytes")),
			 512 << 20);
	assert_int_equal(json_integer_value(json_object_get(fast,
							    "free_bytes")),
			 1 << 20);
	assert_string_equal(json_string_value(json_object_get(fast, "cpus")),
			    "0-3");
	assert_true(json_is_null(json_object_get(fast, "read_latency_ns")));
	assert_string_equal(json_string_value(json_object_get(slow, "tier")),
			    "slow");
	assert_true(json_is_null(json_object_get(slow, "total_bytes")));
	assert_int_equal(json_integer_value(json_object_get(slow,
							    "read_latency_ns")),
			 250);
	/* Firmware that does not know says 0. */
	assert_true(json_is_null(json_object_get(slow, "read_bandwidth_mb")));
	json_decref(json);
	free(text);
	tree_remove(&tree);
}

static void people_read_it(void **state)
{
	struct tree tree;
	char *text;

	(void)state;
	two_nodes(&tree);
	text = print(&tree, PRINT_TEXT);
	assert_non_null(strstr(text, "512 MiB"));
	assert_non_null(strstr(text, "none"));
	assert_null(strstr(text, "no node is slow"));
	free(text);
	tree_file(&tree, TIERS "/memory_tier22/nodelist", "\n");
	text = print(&tree, PRINT_TEXT);
	assert_non_null(strstr(text, "no node is slow"));
	free(text);
	tree_remove(&tree);
}

static void nothing_is_known(void **state)
{
	struct tree tree;
	char *text;

	(void)state;
	tree_make(&tree);
	text = print(&tree, PRINT_JSON);
	assert_non_null(strstr(text, "\"nodes\": null"));
	free(text);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_read_it),
		cmocka_unit_test(people_read_it),
		cmocka_unit_test(nothing_is_known),
	};

	return cmocka_run_group_tests_name("tier_nodes", tests, NULL, NULL);
}
