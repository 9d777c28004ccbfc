// SPDX-License-Identifier: GPL-2.0-only
/*
 * overlap: reads a trace with the tandem events (trace_clock mono) and says
 * of how many batches the preparation ran while the batch before it, of the
 * same stream, was being written.
 *
 * A batch is prepared from start_ns to end_ns of its batch_prepare, and
 * written from submit_ns of its batch_submit to done_ns of its batch_complete.
 * Batch n+1 overlaps batch n when the two spans have time in common. The proof
 * is in the order of events, so it does not depend on how fast the machine is.
 *
 * Exit status: 0 at least the wanted share overlaps, 1 less, 2 usage, 3 the
 * trace breaks a rule (a batch submitted before it was prepared, a count that
 * does not add up, no batches, ...).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BATCHES 200000

enum { PREPARED = 1, SUBMITTED = 2, COMPLETED = 4 };

/**
 * struct batch - what the three events said of one batch
 * @id: its number, never 0
 * @stream: the reclaiming task's stream
 * @start: begin of preparation, ns
 * @prepared: end of preparation, ns
 * @submitted: first write handed to the device, ns
 * @completed: last write completed, ns
 * @pages: nr_pages of batch_submit
 * @seen: which events there were
 */
struct batch {
	unsigned long long id;
	char stream[32];
	unsigned long long start;
	unsigned long long prepared;
	unsigned long long submitted;
	unsigned long long completed;
	unsigned long long pages;
	unsigned int seen;
};

static struct batch batches[MAX_BATCHES];
static unsigned long nr_batches;
static bool broken;

static void complain(unsigned long long id, const char *what)
{
	fprintf(stderr, "overlap: batch %llu: %s\n", id, what);
	broken = true;
}

/* The value of "name=" in @line as text, or NULL. */
static const char *field(const char *line, const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = strstr(line, name); p; p = strstr(p + 1, name))
		if ((p[-1] == ' ' || p[-1] == ':') && p[n] == '=')
			return p + n + 1;
	return NULL;
}

static unsigned long long value(const char *line, const char *name)
{
	const char *text = field(line, name);

	if (!text) {
		fprintf(stderr, "overlap: no %s in: %s", name, line);
		broken = true;
		return 0;
	}
	return strtoull(text, NULL, 0);
}

/* "  task-pid [cpu] flags seconds.micros: event: fields": ns of the stamp. */
static unsigned long long stamp(const char *line, const char *event)
{
	const char *end = event - 2;
	const char *p = end;
	unsigned long long sec, frac;
	int digits;

	while (p > line && p[-1] != ' ')
		p--;
	if (sscanf(p, "%llu.%llu%n", &sec, &frac, &digits) != 2) {
		fprintf(stderr, "overlap: no time stamp in: %s", line);
		broken = true;
		return 0;
	}
	return sec * 1000000000ULL + frac * 1000ULL;
}

/* A batch has not been there before its event said so. */
static unsigned long long moment(const char *line, const char *event,
				 const char *name)
{
	unsigned long long ns = value(line, name);

	/* Stamps are in microseconds, rounded down: allow for that. */
	if (ns > stamp(line, event) + 1000) {
		fprintf(stderr, "overlap: %s lies after the event: %s", name,
			line);
		broken = true;
	}
	return ns;
}

static struct batch *find(unsigned long long id)
{
	unsigned long i;

	for (i = nr_batches; i-- > 0;)
		if (batches[i].id == id)
			return &batches[i];
	return NULL;
}

static void on_prepare(const char *line, const char *event)
{
	struct batch *b = &batches[nr_batches];
	const char *stream = field(line, "stream");
	size_t n;

	if (nr_batches == MAX_BATCHES) {
		complain(0, "too many batches");
		return;
	}
	if (!stream) {
		complain(0, "batch_prepare without a stream");
		return;
	}
	b->id = value(line, "id");
	if (find(b->id))
		complain(b->id, "prepared twice");
	n = strcspn(stream, " \n");
	if (n >= sizeof(b->stream))
		n = sizeof(b->stream) - 1;
	memcpy(b->stream, stream, n);
	b->start = moment(line, event, "start_ns");
	b->prepared = moment(line, event, "end_ns");
	b->seen = PREPARED;
	if (b->start > b->prepared)
		complain(b->id, "prepared before its preparation began");
	nr_batches++;
}

static void on_submit(const char *line, const char *event)
{
	struct batch *b = find(value(line, "id"));

	if (!b) {
		complain(value(line, "id"), "submitted, never prepared");
		return;
	}
	b->submitted = moment(line, event, "submit_ns");
	b->pages = value(line, "nr_pages");
	if (b->seen & SUBMITTED)
		complain(b->id, "submitted twice");
	b->seen |= SUBMITTED;
	if (!b->pages)
		complain(b->id, "submitted without a page");
}

static void on_complete(const char *line, const char *event)
{
	struct batch *b = find(value(line, "id"));
	unsigned long long pages;

	if (!b) {
		complain(value(line, "id"), "completed, never prepared");
		return;
	}
	b->completed = moment(line, event, "done_ns");
	pages = value(line, "freed") + value(line, "requeued") +
		value(line, "errors");
	if (b->seen & COMPLETED)
		complain(b->id, "completed twice");
	b->seen |= COMPLETED;
	if (pages != value(line, "nr_pages"))
		complain(b->id, "freed, requeued and errors do not add up");
}

static void read_trace(FILE *f)
{
	char line[1024];
	const char *e;

	while (fgets(line, sizeof(line), f)) {
		if ((e = strstr(line, "batch_prepare: ")))
			on_prepare(line, e);
		else if ((e = strstr(line, "batch_submit: ")))
			on_submit(line, e);
		else if ((e = strstr(line, "batch_complete: ")))
			on_complete(line, e);
		else if (strstr(line, "LOST") && strstr(line, "EVENTS"))
			complain(0, "the trace lost events");
	}
}

static bool is_whole(const struct batch *b)
{
	return b->seen == (PREPARED | SUBMITTED | COMPLETED);
}

static void check_order(const struct batch *b)
{
	if (b->seen & SUBMITTED && b->submitted < b->prepared)
		complain(b->id, "submitted before it was prepared");
	if (b->seen & COMPLETED && !(b->seen & SUBMITTED))
		complain(b->id, "completed, never submitted");
	else if (b->seen & COMPLETED && b->completed < b->submitted)
		complain(b->id, "completed before it was submitted");
	if (b->seen & SUBMITTED && !(b->seen & COMPLETED))
		complain(b->id, "submitted, never completed");
}

/* The batch before @i in the same stream, as far as it is whole. */
static const struct batch *previous(unsigned long i)
{
	unsigned long j;

	for (j = i; j-- > 0;)
		if (!strcmp(batches[j].stream, batches[i].stream))
			return is_whole(&batches[j]) ? &batches[j] : NULL;
	return NULL;
}

static unsigned long long common(const struct batch *writing,
				 const struct batch *preparing)
{
	unsigned long long from = preparing->start;
	unsigned long long to = preparing->prepared;

	if (from < writing->submitted)
		from = writing->submitted;
	if (to > writing->completed)
		to = writing->completed;
	return to > from ? to - from : 0;
}

int main(int argc, char **argv)
{
	unsigned long pairs = 0, overlapped = 0, i;
	unsigned long long ns = 0;
	unsigned int wanted;
	FILE *f;

	f = argc == 3 ? fopen(argv[1], "r") : NULL;
	if (!f) {
		fputs("usage: overlap TRACE WANTED-PERCENT\n", stderr);
		return 2;
	}
	wanted = strtoul(argv[2], NULL, 0);
	read_trace(f);
	fclose(f);
	for (i = 0; i < nr_batches; i++) {
		const struct batch *before = previous(i);
		unsigned long long t;

		check_order(&batches[i]);
		if (!before || !(batches[i].seen & SUBMITTED))
			continue;
		t = common(before, &batches[i]);
		pairs++;
		overlapped += t > 0;
		ns += t;
	}
	printf("overlap: batches=%lu pairs=%lu overlapped=%lu percent=%lu overlap_us=%llu\n",
	       nr_batches, pairs, overlapped,
	       pairs ? overlapped * 100 / pairs : 0, ns / 1000);
	if (!pairs) {
		fputs("overlap: no two batches of one stream\n", stderr);
		return 3;
	}
	if (broken)
		return 3;
	return overlapped && overlapped * 100 >= pairs * wanted ? 0 : 1;
}
