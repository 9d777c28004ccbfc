/* SPDX-License-Identifier: GPL-2.0-only */
/* What a replay is told on the command line, beyond plain numbers. */
#ifndef TANDEM_CLI_TIER_SETTINGS_H
#define TANDEM_CLI_TIER_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "tier_sim.h"

int read_pages(const char *text, uint64_t whole, uint64_t *pages);
int read_window(const char *text, struct sim_config *config);
int read_policy_name(const char **text, char *name);
int read_policy_limits(const char **text, uint64_t fast_pages,
		       struct tier_limits *limits);

#endif
