/* SPDX-License-Identifier: GPL-2.0-only */
/* Batches put together from their events, and drawn on a common time axis. */
#ifndef TANDEM_CLI_BATCHES_H
#define TANDEM_CLI_BATCHES_H

#include <stdio.h>

#include "trace.h"

#define BATCH_RING 1024

/**
 * struct batch - what is known of a batch
 * @event: the three events
 * @seen: a bit for each event that was seen
 */
struct batch {
	struct trace_event event[3];
	unsigned int seen;
};

/**
 * struct batch_ring - the batches of late, by number
 * @batches: the batches
 */
struct batch_ring {
	struct batch batches[BATCH_RING];
};

/**
 * struct overlap - the write that a preparation ran beside
 * @with: number of the batch that was being written; 0 for none
 * @ns: how long the two ran at once
 */
struct overlap {
	uint64_t with;
	uint64_t ns;
};

/**
 * struct timeline - rows of batches below one another
 * @out: drawn here
 * @width: columns of the axis
 * @base_ns: time of the first column
 * @column_ns: time of one column; 0 before the first row
 * @rows: since the last heading
 */
struct timeline {
	FILE *out;
	unsigned int width;
	uint64_t base_ns;
	uint64_t column_ns;
	unsigned int rows;
};

const struct batch *batch_add(struct batch_ring *ring,
			      const struct trace_event *event);
void batch_overlap(const struct batch_ring *ring, const struct batch *batch,
		   struct overlap *overlap);
void timeline_row(struct timeline *t, const struct batch *batch,
		  const struct overlap *overlap);

#endif
