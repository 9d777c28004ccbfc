/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory nodes of the machine, as memory tiering sees them. */
#ifndef TANDEM_CLI_TIER_NODES_H
#define TANDEM_CLI_TIER_NODES_H

#include "print.h"
#include "root.h"

void tier_nodes_show(struct printer *p, const struct sysroot *root);

#endif
