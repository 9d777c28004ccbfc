/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of memory nodes, and which nodes are fast. */
#ifndef TANDEM_CLI_NODES_H
#define TANDEM_CLI_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "root.h"

#define NODES_MAX 1024
#define NODES_BITS (8 * sizeof(unsigned long))
#define NODES_TEXT 128

/**
 * struct nodes - a set of memory nodes
 * @bits: as set_mempolicy() takes them
 */
struct nodes {
	unsigned long bits[NODES_MAX / NODES_BITS];
};

/**
 * struct tiers - the memory nodes of a machine
 * @fast: those in the fast tier
 * @slow: those in the slow one; may be empty
 */
struct tiers {
	struct nodes fast;
	struct nodes slow;
};

int nodes_parse(const char *text, struct nodes *nodes);
void nodes_format(const struct nodes *nodes, char text[NODES_TEXT]);
bool nodes_has(const struct nodes *nodes, unsigned int node);
bool nodes_empty(const struct nodes *nodes);
int nodes_read(const struct sysroot *root, const char *path,
	       struct nodes *nodes);
int tiers_find(const struct sysroot *root, struct tiers *tiers);

#endif
