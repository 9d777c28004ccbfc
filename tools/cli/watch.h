/* SPDX-License-Identifier: GPL-2.0-only */
/* What a host reclaims, and which of its cgroups, between two moments. */
#ifndef TANDEM_CLI_WATCH_H
#define TANDEM_CLI_WATCH_H

#include "cgroup.h"

/**
 * struct watched - a cgroup that is watched
 * @path: below the topmost
 * @memory: what it had counted; after watch_end() what it has counted since
 * @pressure_us: for how long some of its tasks waited, likewise
 * @processes: in it, at the end
 * @threads: of these
 * @gone: it was removed meanwhile
 */
struct watched {
	char *path;
	struct cgroup_memory memory;
	uint64_t pressure_us;
	unsigned int processes;
	unsigned int threads;
	bool gone;
};

/**
 * struct host_counts - what the host counts
 * @readable: there are such counters
 * @scanned: pages that reclaim has looked at
 * @stolen_anon: anonymous and shared pages that it has freed
 * @stolen_file: pages of files that it has freed
 * @swapped: pages written to swap devices
 * @compressed: pages taken by zswap
 * @shootdowns: row TLB of /proc/interrupts
 * @calls: row CAL
 * @pressure_us: for how long some task waited for memory
 */
struct host_counts {
	bool readable;
	uint64_t scanned;
	uint64_t stolen_anon;
	uint64_t stolen_file;
	uint64_t swapped;
	uint64_t compressed;
	uint64_t shootdowns;
	uint64_t calls;
	uint64_t pressure_us;
};

/**
 * struct watch - a host that is watched
 * @root: where it is
 * @top: of its cgroups; empty when there are none with memory
 * @began_ns: when it began
 * @seconds: for how long, after watch_end()
 * @before: what the host had counted
 * @host: what it has counted since, after watch_end()
 * @list: its cgroups without cgroups below them; after watch_end() those that
 *        were reclaimed most come first
 * @n: how many
 */
struct watch {
	const struct sysroot *root;
	char top[256];
	uint64_t began_ns;
	double seconds;
	struct host_counts before;
	struct host_counts host;
	struct watched *list;
	size_t n;
};

int watch_begin(struct watch *watch, const struct sysroot *root);
void watch_end(struct watch *watch);
void watch_free(struct watch *watch);

#endif
