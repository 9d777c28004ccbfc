/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory cgroups of version 2: where they are, what they count, one of our own. */
#ifndef TANDEM_CLI_CGROUP_H
#define TANDEM_CLI_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "root.h"

/**
 * struct cgroup - a memory cgroup of our own
 * @root: where the machine is
 * @top: path of the topmost cgroup
 * @path: path of ours
 * @made: it is there
 * @controlled: the memory controller was given to the children of @top
 */
struct cgroup {
	const struct sysroot *root;
	char top[256];
	char path[320];
	bool made;
	bool controlled;
};

/**
 * struct cgroup_memory - what a memory cgroup counts
 * @resident: bytes of anonymous memory on the LRU lists
 * @writeback: bytes being written
 * @scanned: pages that reclaim has looked at
 * @stolen: pages that reclaim has freed
 * @swapped_out: pages written to swap; where @counts_swap
 * @counts_swap: this kernel counts them for each cgroup
 */
struct cgroup_memory {
	uint64_t resident;
	uint64_t writeback;
	uint64_t scanned;
	uint64_t stolen;
	uint64_t swapped_out;
	bool counts_swap;
};

int cgroup_top(const struct sysroot *root, char *path, size_t size);
bool cgroup_has_memory(const struct sysroot *root, const char *path);
int cgroup_memory_read(const struct sysroot *root, const char *path,
		       struct cgroup_memory *m);
uint64_t pressure_read(const struct sysroot *root, const char *path,
		       bool *known);
uint64_t cgroup_u64(const struct cgroup *cg, const char *file);
void cgroup_flush(const struct cgroup *cg);
int cgroup_write(const struct cgroup *cg, const char *file, const char *text);
int cgroup_make(struct cgroup *cg, const struct sysroot *root,
		const char *name);
int cgroup_remove(struct cgroup *cg);

#endif
