// SPDX-License-Identifier: GPL-2.0-only
/* Sets of memory nodes, and which nodes are fast. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes.h"

#define NODE_DIR "/sys/devices/system/node"
#define TIERS_DIR "/sys/devices/virtual/memory_tiering"
#define SLOW_NODES "/sys/kernel/tandem/tier/slow_nodes"
#define NO_TIER ULONG_MAX

static void add(struct nodes *nodes, unsigned long node)
{
	nodes->bits[node / NODES_BITS] |= 1UL << (node % NODES_BITS);
}

static int read_number(const char **text, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	*number = strtoul(*text, &end, 10);
	*text = end;
	return *number < NODES_MAX ? 0 : -ERANGE;
}

static int read_range(const char **text, struct nodes *nodes)
{
	unsigned long first, last;
	int err = read_number(text, &first);

	last = first;
	if (!err && **text == '-') {
		++*text;
		err = read_number(text, &last);
	}
	if (err || last < first)
		return err ? err : -EINVAL;
	for (; first <= last; first++)
		add(nodes, first);
	return 0;
}

/**
 * nodes_parse - read a list of nodes
 * @text: as the kernel writes it, "0-1,4"; empty for none
 * @nodes: gets the set
 *
 * Return: 0; -EINVAL when it is no such list; -ERANGE when a node is too high.
 */
int nodes_parse(const char *text, struct nodes *nodes)
{
	int err = 0;

	memset(nodes, 0, sizeof(*nodes));
	while (!err && *text) {
		err = read_range(&text, nodes);
		if (!err && *text == ',' && text[1])
			text++;
		else if (!err && *text)
			err = -EINVAL;
	}
	return err;
}

bool nodes_has(const struct nodes *nodes, unsigned int node)
{
	return node < NODES_MAX &&
	       nodes->bits[node / NODES_BITS] >> (node % NODES_BITS) & 1;
}

bool nodes_empty(const struct nodes *nodes)
{
	unsigned int i;

	for (i = 0; i < NODES_MAX / NODES_BITS; i++)
		if (nodes->bits[i])
			return false;
	return true;
}

static unsigned int last_of_range(const struct nodes *nodes, unsigned int node)
{
	while (nodes_has(nodes, node + 1))
		node++;
	return node;
}

/**
 * nodes_format - write a set of nodes as the kernel does
 * @nodes: the set
 * @text: gets it, cut when it is too long
 */
void nodes_format(const struct nodes *nodes, char text[NODES_TEXT])
{
	unsigned int node, last;
	size_t used = 0;

	*text = '\0';
	for (node = 0; node < NODES_MAX && used < NODES_TEXT; node++) {
		if (!nodes_has(nodes, node))
			continue;
		last = last_of_range(nodes, node);
		used += (size_t)snprintf(text + used, NODES_TEXT - used, "%s%u",
					 used ? "," : "", node);
		if (last > node && used < NODES_TEXT)
			used += (size_t)snprintf(text + used, NODES_TEXT - used,
						 "-%u", last);
		node = last;
	}
}

/**
 * nodes_read - read a list of nodes from a file
 * @root: the root
 * @path: the file
 * @nodes: gets the set
 *
 * Return: 0, or -errno.
 */
int nodes_read(const struct sysroot *root, const char *path,
	       struct nodes *nodes)
{
	char line[4096];
	int err = root_line(root, path, line, sizeof(line));

	return err ? err : nodes_parse(line, nodes);
}

static bool overlap(const struct nodes *a, const struct nodes *b)
{
	unsigned int i;

	for (i = 0; i < NODES_MAX / NODES_BITS; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

/* The nodes of the tier that a directory entry stands for. */
static unsigned long read_tier(const struct sysroot *root, const char *entry,
			       struct nodes *nodes)
{
	static const char prefix[] = "memory_tier";
	char path[320];

	if (strncmp(entry, prefix, strlen(prefix)) ||
	    !isdigit((unsigned char)entry[strlen(prefix)]))
		return NO_TIER;
	snprintf(path, sizeof(path), TIERS_DIR "/%s/nodelist", entry);
	if (nodes_read(root, path, nodes))
		return NO_TIER;
	return strtoul(entry + strlen(prefix), NULL, 10);
}

/*
 * A tier of a lower number is faster. The kernel demotes out of all tiers down to
 * the slowest that has CPUs: these are fast.
 */
static unsigned long slowest_with_cpus(const struct sysroot *root, DIR *dir)
{
	struct nodes cpus, nodes;
	unsigned long tier, slowest = 0;
	struct dirent *entry;

	if (nodes_read(root, NODE_DIR "/has_cpu", &cpus))
		return NO_TIER;
	while ((entry = readdir(dir))) {
		tier = read_tier(root, entry->d_name, &nodes);
		if (tier != NO_TIER && tier > slowest && overlap(&nodes, &cpus))
			slowest = tier;
	}
	rewinddir(dir);
	return slowest;
}

static void slow_by_kernel(const struct sysroot *root, struct nodes *slow)
{
	DIR *dir = root_opendir(root, TIERS_DIR);
	unsigned long tier, slowest;
	struct dirent *entry;
	struct nodes nodes;
	unsigned int i;

	if (!dir)
		return;
	slowest = slowest_with_cpus(root, dir);
	while ((entry = readdir(dir))) {
		tier = read_tier(root, entry->d_name, &nodes);
		if (tier == NO_TIER || tier <= slowest)
			continue;
		for (i = 0; i < NODES_MAX / NODES_BITS; i++)
			slow->bits[i] |= nodes.bits[i];
	}
	closedir(dir);
}

/**
 * tiers_find - put each node with memory into its tier
 * @root: the root
 * @tiers: filled in
 *
 * As the module does: the knob slow_nodes counts when it is set, and what the
 * kernel says otherwise.
 *
 * Return: 0, or -errno when the kernel does not say which nodes have memory.
 */
int tiers_find(const struct sysroot *root, struct tiers *tiers)
{
	struct nodes memory, slow = { { 0 } };
	uint64_t mask;
	unsigned int i;
	int err = nodes_read(root, NODE_DIR "/has_memory", &memory);

	if (err)
		return err;
	if (!root_u64(root, SLOW_NODES, &mask) && mask)
		slow.bits[0] = mask;
	else
		slow_by_kernel(root, &slow);
	for (i = 0; i < NODES_MAX / NODES_BITS; i++) {
		tiers->slow.bits[i] = memory.bits[i] & slow.bits[i];
		tiers->fast.bits[i] = memory.bits[i] & ~slow.bits[i];
	}
	return 0;
}
