/* SPDX-License-Identifier: GPL-2.0-only */
/* How large the bench may be on a machine; decides, and reads nothing. */
#ifndef TANDEM_CLI_BENCH_PLAN_H
#define TANDEM_CLI_BENCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_MIB ((uint64_t)1 << 20)
#define BENCH_LEAST (16 * BENCH_MIB)
#define BENCH_USUAL (256 * BENCH_MIB)

/**
 * struct bench_room - what a machine has to give, in bytes
 * @mem_free: memory that nobody uses
 * @watermarks: what of it has to stay free, or the kernel begins to reclaim
 * @swap: of all swap
 * @swap_free: swap that nobody uses
 * @swap_in_memory: what is pushed out stays in memory: zram, brd, zswap
 * @cpus: that are online
 */
struct bench_room {
	uint64_t mem_free;
	uint64_t watermarks;
	uint64_t swap;
	uint64_t swap_free;
	bool swap_in_memory;
	unsigned int cpus;
};

/**
 * struct bench_plan - how the bench is going to be
 * @bytes: of memory, whole MiB
 * @threads: that share it
 */
struct bench_plan {
	uint64_t bytes;
	unsigned int threads;
};

/**
 * struct bench_refusal - why there can be no bench
 * @why: in words; empty when there can be one
 * @remedy: what to do about it
 */
struct bench_refusal {
	char why[160];
	char remedy[160];
};

uint64_t bench_most(const struct bench_room *room);
bool bench_fit(const struct bench_room *room, uint64_t bytes,
	       unsigned long threads, struct bench_plan *plan,
	       struct bench_refusal *refusal);

#endif
