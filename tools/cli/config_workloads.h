/* SPDX-License-Identifier: GPL-2.0-only */
/* Workloads in the configuration file: cgroups with settings of their own. */
#ifndef TANDEM_CLI_CONFIG_WORKLOADS_H
#define TANDEM_CLI_CONFIG_WORKLOADS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tandem.h"

bool workloads_any(const struct tandem_config *config, const char *name);
int workloads_check(struct tandem *t, struct tandem_config *config,
		    const char *name);
int workloads_check_shares(struct tandem_config *config);
int workloads_apply(struct tandem *t, struct tandem_config *config,
		    uint64_t *set);
int workloads_save(struct tandem *t, const char *name, FILE *f);

#endif
