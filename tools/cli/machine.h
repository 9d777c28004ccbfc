/* SPDX-License-Identifier: GPL-2.0-only */
/* Plain facts about a machine: memory, CPUs, interrupts, what it runs on. */
#ifndef TANDEM_CLI_MACHINE_H
#define TANDEM_CLI_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "root.h"

uint64_t machine_memory(const struct sysroot *root, const char *row);
uint64_t machine_watermarks(const struct sysroot *root);
unsigned int machine_cpus(const struct sysroot *root);
uint64_t machine_interrupts(const struct sysroot *root, const char *row);
bool machine_zswap(const struct sysroot *root);
const char *machine_accel(const struct sysroot *root);

#endif
