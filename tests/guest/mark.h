/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks: how a program in the guest says where a measurement begins and ends.
 *
 * A mark is a call of an address in a page that nothing else maps there and
 * that holds nothing but return instructions. The plugin outside watches that
 * page (tests/bench/plugin/profile.c); without it a mark does nothing.
 */
#ifndef TANDEM_TESTS_MARK_H
#define TANDEM_TESTS_MARK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MARK_ADDRESS	0x6d61726b0000UL	/* "mark" */
#define MARK_SIZE	4096UL
#define MARK_STEP	16UL
#define MARK_END	0U
#define MARK_LAST	(MARK_SIZE / MARK_STEP - 1)
#define MARK_RETURN	0xc3			/* of x86 */

/* Measurement @number begins, or ends with MARK_END; 1 to MARK_LAST. */
static inline void mark(unsigned int number)
{
	unsigned long address = MARK_ADDRESS + number * MARK_STEP;
	void (*call)(void) = (void (*)(void))address;

	call();
}

/* A page at @address in which every call returns at once. */
static inline void mark_page(unsigned long address)
{
	void *page = mmap((void *)address, MARK_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			  -1, 0);

	if (page != (void *)address) {
		fprintf(stderr, "mark: mmap: %s\n", strerror(errno));
		exit(2);
	}
	memset(page, MARK_RETURN, MARK_SIZE);
	if (mprotect(page, MARK_SIZE, PROT_READ | PROT_EXEC)) {
		fprintf(stderr, "mark: mprotect: %s\n", strerror(errno));
		exit(2);
	}
}

/* Before the first mark of a program. */
static inline void mark_prepare(void)
{
	mark_page(MARK_ADDRESS);
}

#endif
