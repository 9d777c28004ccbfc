// SPDX-License-Identifier: GPL-2.0-only
/* The doctor looks at memory: swap devices, and tiers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

#define MAX_SWAPS 32
#define TIERS_DIR "/sys/devices/virtual/memory_tiering"

static void check_swap(struct doctor *d, const struct swap_info *swap)
{
	char size[32];

	format_bytes(size, sizeof(size), swap->size_kib * 1024);
	if (swap->synchronous)
		verdict(d, VERDICT_WARN, "swap",
			"swap to an NVMe or other disk to gain from overlap",
			"%s: %s, %s, priority %d, synchronous: flushes are batched, writes cannot overlap",
			swap->name, swap->kind, size, swap->priority);
	else
		verdict(d, VERDICT_OK, "swap", NULL,
			"%s: %s, %s, priority %d, asynchronous", swap->name,
			swap->kind, size, swap->priority);
}

void doctor_swap(struct doctor *d)
{
	struct swap_info list[MAX_SWAPS];
	size_t n = swap_list(d->root, list, MAX_SWAPS), i;

	for (i = 0; i < n; i++)
		check_swap(d, &list[i]);
	if (!n)
		verdict(d, VERDICT_WARN, "swap",
			"add swap: mkswap DEVICE && swapon DEVICE",
			"none in use: page reclaim has nothing to pipeline");
}

void doctor_tiers(struct doctor *d)
{
	DIR *dir = root_opendir(d->root, TIERS_DIR);
	struct dirent *entry;
	char path[320], nodes[64], text[256] = "";
	size_t used = 0;
	unsigned int n = 0;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "memory_tier", 11))
			continue;
		snprintf(path, sizeof(path), TIERS_DIR "/%s/nodelist",
			 entry->d_name);
		if (root_line(d->root, path, nodes, sizeof(nodes)))
			continue;
		n++;
		if (used < sizeof(text))
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used,
						 "%stier %s: node %s",
						 used ? "; " : "",
						 entry->d_name + 11, nodes);
	}
	if (dir)
		closedir(dir);
	if (n)
		verdict(d, VERDICT_OK, "memory tiers", NULL, "%u (%s)%s", n,
			text, n == 1 ? ": all memory is equally fast" : "");
	else
		verdict(d, VERDICT_OK, "memory tiers", NULL,
			"the kernel shows none");
}
