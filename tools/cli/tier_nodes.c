// SPDX-License-Identifier: GPL-2.0-only
/* The memory nodes of the machine, as memory tiering sees them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes.h"
#include "tier_nodes.h"

#define NODE_DIR "/sys/devices/system/node"

static const struct print_column columns[] = {
	{ "node", "NODE", true, false },
	{ "tier", "TIER", false, false },
	{ "total_bytes", "TOTAL", true, false },
	{ "free_bytes", "FREE", true, false },
	{ "cpus", "CPUS", false, false },
	{ "read_latency_ns", "LATENCY NS", true, false },
	{ "read_bandwidth_mb", "MB/S", true, false },
};

static void path_of(char *path, size_t size, unsigned int node,
		    const char *file)
{
	snprintf(path, size, NODE_DIR "/node%u/%s", node, file);
}

/* "Node 0 MemTotal:  123 kB" */
static void cell_memory(struct printer *p, const char *meminfo,
			const char *name)
{
	const char *at = meminfo ? strstr(meminfo, name) : NULL;

	if (at)
		print_cell_bytes(p, strtoull(at + strlen(name), NULL, 10) *
					    1024);
	else
		print_cell_none(p);
}

/* What firmware says (HMAT); 0 if it does not. */
static void cell_measure(struct printer *p, const struct sysroot *root,
			 unsigned int node, const char *name)
{
	char path[128];
	uint64_t value;

	path_of(path, sizeof(path), node, "access0/initiators/");
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s", name);
	if (root_u64(root, path, &value) || !value)
		print_cell_none(p);
	else
		print_cell_u64(p, value);
}

static void row(struct printer *p, const struct sysroot *root,
		const struct tiers *tiers, unsigned int node)
{
	char path[128], cpus[256];
	char *meminfo;

	print_cell_u64(p, node);
	print_cell_str(p, nodes_has(&tiers->fast, node) ? "fast" : "slow");
	path_of(path, sizeof(path), node, "meminfo");
	meminfo = root_slurp(root, path, NULL);
	cell_memory(p, meminfo, "MemTotal:");
	cell_memory(p, meminfo, "MemFree:");
	free(meminfo);
	path_of(path, sizeof(path), node, "cpulist");
	if (root_line(root, path, cpus, sizeof(cpus)))
		print_cell_none(p);
	else
		print_cell_str(p, *cpus ? cpus : "none");
	cell_measure(p, root, node, "read_latency");
	cell_measure(p, root, node, "read_bandwidth");
}

/**
 * tier_nodes_show - print which node is in which tier, and what it is like
 * @p: printer
 * @root: the root
 *
 * Latency and bandwidth are what firmware says of the nearest CPUs.
 */
void tier_nodes_show(struct printer *p, const struct sysroot *root)
{
	struct tiers tiers;
	unsigned int node;

	if (tiers_find(root, &tiers)) {
		print_str(p, "nodes", NULL, NULL);
		return;
	}
	print_note(p, "%s", "");
	print_table(p, "nodes", columns, sizeof(columns) / sizeof(columns[0]));
	for (node = 0; node < NODES_MAX; node++)
		if (nodes_has(&tiers.fast, node) || nodes_has(&tiers.slow, node))
			row(p, root, &tiers, node);
	print_table_end(p);
	if (nodes_empty(&tiers.slow))
		print_note(p, "no node is slow: there is nothing to move (the knob slow_nodes says which one is)");
}
