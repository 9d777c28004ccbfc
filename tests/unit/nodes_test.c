// SPDX-License-Identifier: GPL-2.0-only
/* Lists of nodes as the kernel writes them, and which of them are fast. */
#include <errno.h>
#include <string.h>

#include "nodes.h"
#include "unit.h"

#define NODE "/sys/devices/system/node"
#define TIERS "/sys/devices/virtual/memory_tiering"

static void reads_and_writes_lists(void **state)
{
	static const char *const lists[] = {
		"", "0", "0-1", "0,2", "0-3,5,7-8", "63-64", "1023", "0-1023",
	};
	char text[NODES_TEXT];
	struct nodes nodes;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_int_equal(nodes_parse(lists[i], &nodes), 0);
		nodes_format(&nodes, text);
		assert_string_equal(text, lists[i]);
		assert_int_equal(nodes_empty(&nodes), !*lists[i]);
	}
	assert_true(nodes_has(&nodes, 1023));
	assert_false(nodes_has(&nodes, 1024));
}

static void refuses_what_is_no_list(void **state)
{
	static const char *const wrong[] = {
		"x", "0,", ",0", "1-0", "1-", "-1", "0 1", "0-1-2", "0,,1",
	};
	struct nodes nodes;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(nodes_parse(wrong[i], &nodes), -EINVAL);
	assert_int_equal(nodes_parse("1024", &nodes), -ERANGE);
	assert_int_equal(nodes_parse("0-99999999999999999999", &nodes),
			 -ERANGE);
}

static void cuts_a_long_list(void **state)
{
	char text[NODES_TEXT];
	struct nodes nodes;

	(void)state;
	memset(&nodes, 0x55, sizeof(nodes));
	nodes_format(&nodes, text);
	assert_int_equal(strlen(text), NODES_TEXT - 1);
}

static void expect_tiers(const struct tree *tree, const char *fast,
			 const char *slow)
{
	struct sysroot root;
	struct tiers tiers;
	char text[NODES_TEXT];

	assert_int_equal(root_open(&root, tree->dir), 0);
	assert_int_equal(tiers_find(&root, &tiers), 0);
	nodes_format(&tiers.fast, text);
	assert_string_equal(text, fast);
	nodes_format(&tiers.slow, text);
	assert_string_equal(text, slow);
	root_close(&root);
}

static void finds_tiers(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/has_memory", "0-3\n");
	expect_tiers(&tree, "0-3", "");
	tree_file(&tree, NODE "/has_cpu", "0-1\n");
	tree_file(&tree, TIERS "/memory_tier4/nodelist", "0-1\n");
	expect_tiers(&tree, "0-3", "");
	tree_file(&tree, TIERS "/memory_tier22/nodelist", "2-3\n");
	tree_file(&tree, TIERS "/memory_tierless/nodelist", "0\n");
	expect_tiers(&tree, "0-1", "2-3");
	/* Fast memory without CPUs stands above those that have some. */
	tree_file(&tree, TIERS "/memory_tier2/nodelist", "3\n");
	tree_file(&tree, TIERS "/memory_tier22/nodelist", "2\n");
	expect_tiers(&tree, "0-1,3", "2");
	/* With CPUs in the slowest tier there is none that counts as slow. */
	tree_file(&tree, NODE "/has_cpu", "0,2\n");
	expect_tiers(&tree, "0-3", "");
	tree_remove(&tree);
}

static void the_administrator_counts_first(void **state)
{
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_file(&tree, NODE "/has_memory", "0-1\n");
	tree_file(&tree, NODE "/has_cpu", "0\n");
	tree_file(&tree, TIERS "/memory_tier4/nodelist", "0\n");
	tree_file(&tree, TIERS "/memory_tier22/nodelist", "1\n");
	tree_file(&tree, "/sys/kernel/tandem/tier/slow_nodes", "0\n");
	expect_tiers(&tree, "0", "1");
	tree_file(&tree, "/sys/kernel/tandem/tier/slow_nodes", "9\n");
	expect_tiers(&tree, "1", "0");
	tree_remove(&tree);
}

static void no_nodes_at_all(void **state)
{
	struct sysroot root;
	struct tiers tiers;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	assert_int_equal(root_open(&root, tree.dir), 0);
	assert_int_equal(tiers_find(&root, &tiers), -ENOENT);
	root_close(&root);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_lists),
		cmocka_unit_test(refuses_what_is_no_list),
		cmocka_unit_test(cuts_a_long_list),
		cmocka_unit_test(finds_tiers),
		cmocka_unit_test(the_administrator_counts_first),
		cmocka_unit_test(no_nodes_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
