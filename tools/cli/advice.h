/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether tandem_reclaim would help a host; decides, and reads nothing. */
#ifndef TANDEM_CLI_ADVICE_H
#define TANDEM_CLI_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADVICE_REASONS 12

/**
 * enum advice_verdict - the outcome; the values are the exit codes
 * @ADVICE_HELPS: it should be tried
 * @ADVICE_NO_USE: do not load it here
 * @ADVICE_UNKNOWN: what was seen does not tell
 */
enum advice_verdict { ADVICE_HELPS, ADVICE_NO_USE, ADVICE_UNKNOWN };

/**
 * struct advice_facts - what was seen of a host
 * @seconds: for how long it was watched
 * @kernel_why: why the modules cannot run on its kernel; empty when they can
 * @counted: its counters could be read
 * @switched_on: the module is on already, so stock cannot be seen
 * @zswap: zswap is on
 * @mglru: the multi-generational LRU is on
 * @cpus: that are online
 * @swaps: swap devices and files
 * @async_swaps: of these, those whose writes go on after they were begun
 * @scanned: pages that reclaim has looked at
 * @stolen_anon: anonymous and shared pages that it has freed
 * @stolen_file: pages of files that it has freed
 * @swapped: pages written to swap devices
 * @compressed: pages taken by zswap
 * @swapped_before: pages written to swap since the boot, before that
 * @shootdowns: TLB shootdown interrupts of the host, whatever their cause
 * @single: all programs in the cgroups that were reclaimed most have one
 *          thread each
 */
struct advice_facts {
	double seconds;
	char kernel_why[160];
	bool counted;
	bool switched_on;
	bool zswap;
	bool mglru;
	unsigned int cpus;
	unsigned int swaps;
	unsigned int async_swaps;
	uint64_t scanned;
	uint64_t stolen_anon;
	uint64_t stolen_file;
	uint64_t swapped;
	uint64_t compressed;
	uint64_t swapped_before;
	uint64_t shootdowns;
	bool single;
};

/**
 * struct advice - what is made of it
 * @verdict: the outcome
 * @reasons: why, in words
 * @n: how many
 * @shootdowns: interrupts a second now
 * @avoidable: at most so many of them are due to writing pages to swap
 * @one_in: of these no more than one in so many would be left, as was measured
 *          elsewhere
 */
struct advice {
	enum advice_verdict verdict;
	char reasons[ADVICE_REASONS][200];
	size_t n;
	double shootdowns;
	double avoidable;
	unsigned int one_in;
};

/*
 * Interrupts per page, stock over tandem: no more than the table in
 * Documentation/design/reclaim.md gives, which a test holds.
 */
#define ADVICE_MGLRU 57
#define ADVICE_CLASSIC 14

void advise_on(const struct advice_facts *facts, struct advice *advice);

#endif
