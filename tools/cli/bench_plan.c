// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large the bench may be on a machine.
 *
 * The machine itself must not begin to reclaim because of it: only memory that
 * is free counts, not what the page cache could give, and the watermarks stay
 * free above that. Decides on numbers alone, and reads nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench_plan.h"

/* For page tables, the program itself, and what others take meanwhile. */
#define SPARE (16 * BENCH_MIB)
#define USUAL_THREADS 4

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t whole_mib(uint64_t bytes)
{
	return bytes / BENCH_MIB * BENCH_MIB;
}

static uint64_t most_by_memory(const struct bench_room *room)
{
	uint64_t bytes = less(room->mem_free, room->watermarks + SPARE);

	/* A copy in memory of each page; the sixteenth is for its keeping. */
	if (room->swap_in_memory)
		bytes /= 2;
	return whole_mib(bytes - bytes / 16);
}

/* Swap that is more than half full is used in another way by the kernel. */
static uint64_t most_by_swap(const struct bench_room *room)
{
	return whole_mib(least(less(room->swap_free, room->swap / 2),
			       room->swap_free / 3 * 2));
}

/**
 * bench_most - the largest bench that leaves the machine alone
 * @room: what the machine has
 *
 * Return: bytes, whole MiB; may be less than BENCH_LEAST.
 */
uint64_t bench_most(const struct bench_room *room)
{
	return least(most_by_memory(room), most_by_swap(room));
}

static bool refuse(struct bench_refusal *r, const char *remedy)
{
	snprintf(r->remedy, sizeof(r->remedy), "%s", remedy);
	return false;
}

static bool too_little(const struct bench_room *room, uint64_t need,
		       struct bench_refusal *r)
{
	uint64_t memory = most_by_memory(room), swap = most_by_swap(room);
	bool swap_is_short = swap < need;

	snprintf(r->why, sizeof(r->why),
		 "too little free %s: it would do for %" PRIu64 " MiB, and %" PRIu64 " MiB are needed",
		 swap_is_short ? "swap" : "memory",
		 (swap_is_short ? swap : memory) / BENCH_MIB,
		 need / BENCH_MIB);
	if (bench_most(room) >= BENCH_LEAST)
		return refuse(r, "give a smaller --size");
	return refuse(r, swap_is_short ?
		      "add swap: mkswap DEVICE && swapon DEVICE" :
		      "free some: echo 1 >/proc/sys/vm/drop_caches drops the page cache");
}

/**
 * bench_fit - decide how large the bench is going to be
 * @room: what the machine has
 * @bytes: wanted; 0 for the usual size, or less where that does not fit
 * @threads: wanted; 0 for the usual number
 * @plan: filled in when there can be one
 * @refusal: filled in when there cannot
 *
 * Return: whether there can be one.
 */
bool bench_fit(const struct bench_room *room, uint64_t bytes,
	       unsigned long threads, struct bench_plan *plan,
	       struct bench_refusal *refusal)
{
	uint64_t most = bench_most(room);

	memset(refusal, 0, sizeof(*refusal));
	if (!room->swap) {
		snprintf(refusal->why, sizeof(refusal->why),
			 "no swap is in use: there is nowhere to push memory to");
		return refuse(refusal,
			      "add swap: mkswap DEVICE && swapon DEVICE");
	}
	if (threads > room->cpus) {
		snprintf(refusal->why, sizeof(refusal->why),
			 "--threads is a number from 1 to %u, the CPUs of this machine, not %lu",
			 room->cpus, threads);
		return refuse(refusal, "give fewer --threads");
	}
	if (most < (bytes ? bytes : BENCH_LEAST))
		return too_little(room, bytes ? bytes : BENCH_LEAST, refusal);
	plan->bytes = whole_mib(bytes ? bytes : least(most, BENCH_USUAL));
	plan->threads = threads ? (unsigned int)threads :
				  (unsigned int)least(room->cpus,
						      USUAL_THREADS);
	return true;
}
