// SPDX-License-Identifier: MIT
/*
 * A plain loop whose pages are asked for ahead: see apf_prefetch.h.
 *
 * Two faults at the same distance are a walk. Its distance is kept as long as faults
 * come at multiples of it, no further apart than what is asked for ahead: the pages
 * between them were there in time.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "apf_prefetch.h"
#include "tandem_apf.h"

#define PAGE ((intptr_t)4096)

struct prefetch {
	struct tandem_apf *apf;
	intptr_t start;
	intptr_t end;
	intptr_t most;
	intptr_t last;
	intptr_t distance;
	intptr_t asked;
	struct prefetch_counts counts;
};

static bool same_walk(const struct prefetch *prefetch, intptr_t page)
{
	intptr_t moved = page - prefetch->last;
	intptr_t distance = prefetch->distance;

	return distance && moved % distance == 0 && moved / distance >= 1 &&
	       moved / distance <= prefetch->most + 1;
}

/* From behind what was asked for, in the direction of the walk. */
static void ask_ahead(struct prefetch *prefetch, intptr_t page)
{
	intptr_t step = (prefetch->asked - page) / prefetch->distance;
	intptr_t next;

	for (step = step > 0 ? step + 1 : 1; step <= prefetch->most; step++) {
		next = page + step * prefetch->distance;
		if (next < prefetch->start || next >= prefetch->end)
			return;
		madvise((void *)next, (size_t)PAGE, MADV_WILLNEED);
		prefetch->asked = next;
		prefetch->counts.asked++;
	}
}

static void learn(struct prefetch *prefetch, intptr_t page)
{
	if (same_walk(prefetch, page)) {
		ask_ahead(prefetch, page);
	} else {
		prefetch->distance = page - prefetch->last;
		prefetch->asked = page;
	}
	prefetch->last = page;
}

static void on_fault(struct tandem_apf *apf,
		     const struct tandem_apf_fault *fault, void *arg)
{
	struct prefetch *prefetch = arg;
	intptr_t page = (intptr_t)fault->address & -PAGE;

	prefetch->counts.faults++;
	if (page >= prefetch->start && page < prefetch->end)
		learn(prefetch, page);
	while (tandem_apf_next(apf) != (int)fault->slot)
		tandem_apf_wait(apf);
}

/**
 * prefetch_new() - ask ahead for pages of a range when the calling thread walks over it
 * @prefetch: what to free later
 * @start: the range
 * @length: its length in bytes
 * @most: pages to be asked for ahead
 *
 * Return: 0 or a negative error.
 */
int prefetch_new(struct prefetch **prefetch, void *start, size_t length,
		 size_t most)
{
	struct prefetch *fresh = calloc(1, sizeof(*fresh));
	const struct tandem_apf_options options = {
		.handler = on_fault, .arg = fresh,
	};
	int err;

	if (!fresh)
		return -ENOMEM;
	fresh->start = (intptr_t)start & -PAGE;
	fresh->end = (intptr_t)start + (intptr_t)length;
	fresh->most = (intptr_t)most;
	err = tandem_apf_open(&fresh->apf, &options);
	if (err) {
		free(fresh);
		return err;
	}
	*prefetch = fresh;
	return 0;
}

/**
 * prefetch_counts() - what has happened so far
 * @prefetch: of the calling thread
 *
 * Return: the counts.
 */
struct prefetch_counts prefetch_counts(const struct prefetch *prefetch)
{
	return prefetch->counts;
}

/**
 * prefetch_free() - no longer ask ahead
 * @prefetch: of the calling thread
 */
void prefetch_free(struct prefetch *prefetch)
{
	tandem_apf_close(prefetch->apf);
	free(prefetch);
}
