/* SPDX-License-Identifier: MIT */
/*
 * An example of what asynchronous page faults are for: a plain loop that walks over
 * memory at a distance that never changes, such as down the columns of a matrix. Its
 * first faults show the distance; from then on the pages to come are asked for
 * while the first is waited for. The loop itself knows nothing of it.
 */
#ifndef TANDEM_EXAMPLE_APF_PREFETCH_H
#define TANDEM_EXAMPLE_APF_PREFETCH_H

#include <stddef.h>
#include <stdint.h>

struct prefetch;

/**
 * struct prefetch_counts - what has happened
 * @faults: times that the handler was entered
 * @asked: pages that were asked for ahead
 */
struct prefetch_counts {
	uint64_t faults;
	uint64_t asked;
};

int prefetch_new(struct prefetch **prefetch, void *start, size_t length,
		 size_t most);
struct prefetch_counts prefetch_counts(const struct prefetch *prefetch);
void prefetch_free(struct prefetch *prefetch);

#endif
