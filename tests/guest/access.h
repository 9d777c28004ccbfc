/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a workload in the guest tells the plugin that counts accesses
 * (tests/bench/plugin/access.c) which memory is its data, and when a window of
 * its work ends. Each workload has a page of marks (see mark.h) of its own, so
 * that two may speak at the same time and on any CPU.
 *
 * A mark is an address and no more, so a number is spelled in its hexadecimal
 * digits: sixteen marks, the highest digit first.
 */
#ifndef TANDEM_TESTS_ACCESS_H
#define TANDEM_TESTS_ACCESS_H

#include <stdint.h>

#include "mark.h"

#define ACCESS_ADDRESS		(MARK_ADDRESS + MARK_SIZE)
#define ACCESS_WORKLOADS	4U
#define ACCESS_DIGITS		16U
#define ACCESS_PAGE		4096UL

/**
 * enum access_mark - what a mark of a workload says
 * @ACCESS_DIGIT: this one and the fifteen that follow are digits
 * @ACCESS_RUN: the number told last names the run; nothing is announced yet
 * @ACCESS_FROM: the number told last is the address of a range of data
 * @ACCESS_TO: and this is its end: accesses to it count from now on
 * @ACCESS_WINDOW: a window ends and the next one begins
 * @ACCESS_END: the ranges are forgotten, and what was not written with them
 */
enum access_mark {
	ACCESS_DIGIT = 0,
	ACCESS_RUN = 16,
	ACCESS_FROM,
	ACCESS_TO,
	ACCESS_WINDOW,
	ACCESS_END,
};

static inline void access_mark(unsigned int workload, unsigned int what)
{
	unsigned long address = ACCESS_ADDRESS + workload * MARK_SIZE +
				what * MARK_STEP;
	void (*call)(void) = (void (*)(void))address;

	call();
}

/* Before anything else; @workload is below ACCESS_WORKLOADS. */
static inline void access_prepare(unsigned int workload)
{
	mark_page(ACCESS_ADDRESS + workload * MARK_SIZE);
}

static inline void access_tell(unsigned int workload, uint64_t number,
			       enum access_mark what)
{
	int shift;

	for (shift = 60; shift >= 0; shift -= 4)
		access_mark(workload, ACCESS_DIGIT + (number >> shift & 15));
	access_mark(workload, what);
}

/* Accesses to [@from, @end) count; both are multiples of a page. */
static inline void access_announce(unsigned int workload, const void *from,
				   const void *end)
{
	access_tell(workload, (uintptr_t)from, ACCESS_FROM);
	access_tell(workload, (uintptr_t)end, ACCESS_TO);
}

#endif
