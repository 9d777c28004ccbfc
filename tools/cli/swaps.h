/* SPDX-License-Identifier: GPL-2.0-only */
/* The swap devices and files of a machine. */
#ifndef TANDEM_CLI_SWAPS_H
#define TANDEM_CLI_SWAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "root.h"

/**
 * struct swap_info - a swap device or file
 * @name: as in /proc/swaps
 * @kind: in a few words
 * @disk: the disk below it, as in /proc/diskstats; empty when not known
 * @priority: the higher the sooner it is used
 * @size_kib: its size
 * @synchronous: its writes end before they return, so nothing can overlap
 */
struct swap_info {
	char name[256];
	char kind[48];
	char disk[64];
	int priority;
	uint64_t size_kib;
	bool synchronous;
};

size_t swap_list(const struct sysroot *root, struct swap_info *list,
		 size_t max);

#endif
