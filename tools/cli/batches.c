// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches put together from their events, and drawn on a common time axis.
 *
 * A row shows when a batch was prepared and when it was written. Rows share
 * the axis until it is full, so a preparation that stands above the write of
 * the row before it is one that ran beside it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "batches.h"
#include "print.h"

#define ALL_SEEN 7
/* A new scale is made for about so many batches one after another. */
#define BATCHES_PER_PAGE 5
/* A batch may be drawn over so many columns before the scale is changed. */
#define MIN_COLUMNS 4
#define ROWS_PER_HEAD 24
/* A batch that is so far behind and not complete was lost from the trace. */
#define MAX_BEHIND 64

/**
 * batch_add - take an event in
 * @ring: the batches of late
 * @event: the event
 *
 * The events of a batch may come in any order, since CPUs have traces of their
 * own.
 *
 * Return: the batch when it is complete with this event, else NULL.
 */
const struct batch *batch_add(struct batch_ring *ring,
			      const struct trace_event *event)
{
	struct batch *b = &ring->batches[event->id % BATCH_RING];
	unsigned int i, bit = 1U << event->kind;

	for (i = 0; i < 3; i++)
		if ((b->seen >> i & 1) && b->event[i].id != event->id)
			b->seen = 0;
	b->event[event->kind] = *event;
	b->seen |= bit;
	return b->seen == ALL_SEEN ? b : NULL;
}

static uint64_t common(uint64_t a_start, uint64_t a_end, uint64_t b_start,
		       uint64_t b_end)
{
	uint64_t start = a_start > b_start ? a_start : b_start;
	uint64_t end = a_end < b_end ? a_end : b_end;

	return end > start ? end - start : 0;
}

/**
 * batch_overlap - find the write that a preparation ran beside longest
 * @ring: the batches of late
 * @batch: whose preparation
 * @overlap: filled in
 *
 * Only batches of the same reclaiming task count, the latest of equals. A write
 * that has not ended yet counts up to the end of the preparation.
 */
void batch_overlap(const struct batch_ring *ring, const struct batch *batch,
		   struct overlap *overlap)
{
	const struct trace_event *mine = &batch->event[TRACE_PREPARE];
	unsigned int i;

	memset(overlap, 0, sizeof(*overlap));
	for (i = 0; i < BATCH_RING; i++) {
		const struct batch *b = &ring->batches[i];
		const struct trace_event *submit = &b->event[TRACE_SUBMIT];
		bool done = b->seen >> TRACE_COMPLETE & 1;
		uint64_t ns;

		if (!(b->seen >> TRACE_SUBMIT & 1) ||
		    submit->stream != mine->stream || submit->id >= mine->id ||
		    (!done && submit->id + MAX_BEHIND < mine->id))
			continue;
		ns = common(mine->start_ns, mine->end_ns, submit->end_ns,
			    done ? b->event[TRACE_COMPLETE].end_ns :
			    mine->end_ns);
		if (!ns || ns < overlap->ns ||
		    (ns == overlap->ns && submit->id < overlap->with))
			continue;
		overlap->ns = ns;
		overlap->with = submit->id;
	}
}

static void head(struct timeline *t)
{
	char column[32];

	format_duration_ns(column, sizeof(column), t->column_ns);
	fprintf(t->out, "%10s %7s %5s %8s %8s  %-*s one column = %s\n",
		"batch", "task", "pages", "prepare", "write",
		(int)t->width + 2, "--- prepared  === written", column);
	t->rows = 0;
}

/* Begins at the left again, with the same scale as long as it will do. */
static void new_page(struct timeline *t, const struct batch *b)
{
	uint64_t start = b->event[TRACE_PREPARE].start_ns;
	uint64_t span = b->event[TRACE_COMPLETE].end_ns - start;
	bool fits = t->column_ns && span >= t->column_ns * MIN_COLUMNS &&
		    span < t->column_ns * t->width;

	t->base_ns = start;
	if (fits && t->rows < ROWS_PER_HEAD)
		return;
	if (!fits)
		t->column_ns = span * BATCHES_PER_PAGE / 2 / t->width;
	if (!t->column_ns)
		t->column_ns = 1;
	head(t);
}

static unsigned int column_of(const struct timeline *t, uint64_t ns)
{
	uint64_t column;

	if (ns < t->base_ns)
		return 0;
	column = (ns - t->base_ns) / t->column_ns;
	return column < t->width ? (unsigned int)column : t->width - 1;
}

static void draw(const struct timeline *t, char *axis, uint64_t from,
		 uint64_t to, char c)
{
	unsigned int a = column_of(t, from), b = column_of(t, to);

	if (b == a && b < t->width)
		b++;
	memset(axis + a, c, b - a);
}

static bool fits(const struct timeline *t, const struct batch *b)
{
	uint64_t end = b->event[TRACE_COMPLETE].end_ns;

	return t->column_ns && end >= t->base_ns &&
	       (end - t->base_ns) / t->column_ns < t->width;
}

/**
 * timeline_row - draw a batch
 * @t: timeline; @out and @width are set, the rest begins as 0
 * @batch: a complete batch
 * @overlap: the write that its preparation ran beside
 */
void timeline_row(struct timeline *t, const struct batch *batch,
		  const struct overlap *overlap)
{
	const struct trace_event *prepare = &batch->event[TRACE_PREPARE];
	const struct trace_event *submit = &batch->event[TRACE_SUBMIT];
	const struct trace_event *done = &batch->event[TRACE_COMPLETE];
	char axis[512], p[32], w[32], o[32];

	if (t->width > sizeof(axis) - 1)
		t->width = sizeof(axis) - 1;
	if (!fits(t, batch))
		new_page(t, batch);
	memset(axis, ' ', t->width);
	axis[t->width] = '\0';
	draw(t, axis, submit->end_ns, done->end_ns, '=');
	draw(t, axis, prepare->start_ns, prepare->end_ns, '-');
	format_duration_ns(p, sizeof(p), prepare->end_ns - prepare->start_ns);
	format_duration_ns(w, sizeof(w), done->end_ns - submit->end_ns);
	fprintf(t->out, "%*s%-*" PRIu64 " %7" PRIu64 " %5" PRIu64
		" %8s %8s  |%s|", 3, "#", 7, done->id, done->stream,
		done->pages, p, w, axis);
	if (overlap->with) {
		format_duration_ns(o, sizeof(o), overlap->ns);
		fprintf(t->out, " %s beside #%" PRIu64, o, overlap->with);
	}
	if (done->errors)
		fprintf(t->out, " %" PRIu64 " failed", done->errors);
	fputc('\n', t->out);
	t->rows++;
}
