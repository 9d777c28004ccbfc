// SPDX-License-Identifier: GPL-2.0-only
/* Trace lines, batches put together from them, and the rows drawn of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batches.h"
#include "unit.h"

#define PREPARE "  kswapd0-33  [001] .....  1.000234: batch_prepare: id=%d " \
	"stream=%d node=1 nr_pages=64 start_ns=%d end_ns=%d"
#define SUBMIT "  kswapd0-33  [001] d..1.  1.000244: batch_submit: id=%d " \
	"stream=%d nr_pages=64 nr_bios=2 submit_ns=%d"
#define COMPLETE "  kworker/0:1-9  [000] .....  1.000278: batch_complete: " \
	"id=%d stream=%d nr_pages=64 freed=62 requeued=2 errors=0 done_ns=%d"

static void reads_the_three_events(void **state)
{
	struct trace_event e;
	char line[256];

	(void)state;
	snprintf(line, sizeof(line), PREPARE, 12, 33, 100, 200);
	assert_true(trace_parse(line, &e));
	assert_int_equal(e.kind, TRACE_PREPARE);
	assert_int_equal(e.id, 12);
	assert_int_equal(e.stream, 33);
	assert_int_equal(e.node, 1);
	assert_int_equal(e.pages, 64);
	assert_int_equal(e.start_ns, 100);
	assert_int_equal(e.end_ns, 200);

	snprintf(line, sizeof(line), SUBMIT, 12, 33, 210);
	assert_true(trace_parse(line, &e));
	assert_int_equal(e.kind, TRACE_SUBMIT);
	assert_int_equal(e.bios, 2);
	assert_int_equal(e.end_ns, 210);

	snprintf(line, sizeof(line), COMPLETE, 12, 33, 900);
	assert_true(trace_parse(line, &e));
	assert_int_equal(e.kind, TRACE_COMPLETE);
	assert_int_equal(e.freed, 62);
	assert_int_equal(e.requeued, 2);
	assert_int_equal(e.errors, 0);
	assert_int_equal(e.end_ns, 900);
}

static void refuses_other_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"# tracer: nop",
		"  x-1 [000] ..... 1.0: sched_switch: id=1 stream=2 nr_pages=3",
		"  x-1 [000] ..... 1.0: batch_prepare: id=1",
		"  x-1 [000] ..... 1.0: batch_submit: id=x stream=2 nr_pages=3 nr_bios=1 submit_ns=1",
		"  x-1 [000] ..... 1.0: batch_submit: id=1 stream=2 nr_pages=3 nr_bios=1 submit_ns=1z",
		"  x-1 [000] ..... 1.0: batch_complete: id=1 stream=2 nr_pages=3 freed=1 requeued=-1 errors=0 done_ns=1",
		"  batch_prepare: id=1 stream=1 nr_pages=1 start_ns=1 end_ns=2",
		": batch_prepare:",
	};
	struct trace_event e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(trace_parse(lines[i], &e));
}

static void survives_every_cut_of_a_line(void **state)
{
	char line[256], cut[256];
	struct trace_event e;
	size_t i;

	(void)state;
	snprintf(line, sizeof(line), COMPLETE, 12, 33, 900);
	for (i = 0; i < strlen(line) - 3; i++) {
		memcpy(cut, line, i);
		cut[i] = '\0';
		assert_false(trace_parse(cut, &e));
	}
}

static void sees_lost_events(void **state)
{
	uint64_t lost = 0;

	(void)state;
	assert_true(trace_lost("CPU:1 [LOST 187 EVENTS]", &lost));
	assert_int_equal(lost, 187);
	assert_false(trace_lost("CPU:1 buffer 2", &lost));
}

/* Adds all events of a batch; returns it. */
static const struct batch *add(struct batch_ring *ring, int id, int stream,
			       int start, int end, int done)
{
	struct trace_event e;
	char line[256];

	snprintf(line, sizeof(line), PREPARE, id, stream, start, end);
	assert_true(trace_parse(line, &e));
	assert_null(batch_add(ring, &e));
	snprintf(line, sizeof(line), SUBMIT, id, stream, end);
	assert_true(trace_parse(line, &e));
	assert_null(batch_add(ring, &e));
	if (!done)
		return NULL;
	snprintf(line, sizeof(line), COMPLETE, id, stream, done);
	assert_true(trace_parse(line, &e));
	return batch_add(ring, &e);
}

static int make_ring(void **state)
{
	*state = calloc(1, sizeof(struct batch_ring));
	return 0;
}

static int free_ring(void **state)
{
	free(*state);
	return 0;
}

static void finds_the_write_beside_a_preparation(void **state)
{
	struct batch_ring *ring = *state;
	const struct batch *b;
	struct overlap o;

	b = add(ring, 1, 33, 0, 100, 500);
	assert_non_null(b);
	batch_overlap(ring, b, &o);
	assert_int_equal(o.with, 0);
	b = add(ring, 2, 33, 100, 300, 900);
	batch_overlap(ring, b, &o);
	assert_int_equal(o.with, 1);
	assert_int_equal(o.ns, 200);
	/* Another task's write is not the same pipeline. */
	b = add(ring, 3, 77, 100, 300, 900);
	batch_overlap(ring, b, &o);
	assert_int_equal(o.with, 0);
	/* After all writes have ended. */
	b = add(ring, 4, 33, 900, 950, 999);
	batch_overlap(ring, b, &o);
	assert_int_equal(o.with, 0);
	assert_int_equal(o.ns, 0);
}

static void counts_a_write_that_has_not_ended(void **state)
{
	struct batch_ring *ring = *state;
	const struct batch *b;
	struct overlap o;

	assert_null(add(ring, 1, 33, 0, 100, 0));
	b = add(ring, 2, 33, 150, 300, 400);
	batch_overlap(ring, b, &o);
	assert_int_equal(o.with, 1);
	assert_int_equal(o.ns, 150);
	/* But not when it is so far behind that its end was lost. */
	b = add(ring, 200, 33, 400, 500, 600);
	batch_overlap(ring, b, &o);
	assert_int_equal(o.with, 0);
}

static void takes_events_in_any_order(void **state)
{
	struct batch_ring *ring = *state;
	struct trace_event e;
	char line[256];

	snprintf(line, sizeof(line), COMPLETE, 5, 33, 900);
	trace_parse(line, &e);
	assert_null(batch_add(ring, &e));
	snprintf(line, sizeof(line), PREPARE, 5, 33, 100, 200);
	trace_parse(line, &e);
	assert_null(batch_add(ring, &e));
	snprintf(line, sizeof(line), SUBMIT, 5, 33, 200);
	trace_parse(line, &e);
	assert_non_null(batch_add(ring, &e));
	/* The place of batch 5 is free for batch 5 + BATCH_RING. */
	snprintf(line, sizeof(line), PREPARE, 5 + BATCH_RING, 33, 1, 2);
	trace_parse(line, &e);
	assert_null(batch_add(ring, &e));
}

static void draws_rows_on_one_axis(void **state)
{
	struct batch_ring *ring = *state;
	struct timeline t = { .width = 50 };
	const struct batch *b;
	struct overlap o;
	char *text = NULL, *first, *second;
	size_t size;

	t.out = open_memstream(&text, &size);
	b = add(ring, 1, 33, 0, 1000, 3000);
	batch_overlap(ring, b, &o);
	timeline_row(&t, b, &o);
	b = add(ring, 2, 33, 1000, 2000, 5000);
	batch_overlap(ring, b, &o);
	timeline_row(&t, b, &o);
	fclose(t.out);

	first = strchr(strstr(text, "#1 "), '|') + 1;
	second = strchr(strstr(text, "#2 "), '|') + 1;
	/* Prepared, then written, with nothing between. */
	assert_int_equal(first[0], '-');
	assert_null(memchr(first, '=', 6));
	assert_non_null(strstr(text, "--======"));
	/* The second is prepared where the first is written. */
	assert_true(first[strcspn(second, "-")] == '=');
	assert_non_null(strstr(text, "1.0 us beside #1"));
	free(text);
}

static void draws_a_batch_of_no_length(void **state)
{
	struct batch_ring *ring = *state;
	struct timeline t = { .width = 5000 };
	struct overlap o = { 0, 0 };
	char *text = NULL;
	size_t size;

	t.out = open_memstream(&text, &size);
	timeline_row(&t, add(ring, 1, 33, 7, 7, 7), &o);
	timeline_row(&t, add(ring, 2, 33, 1000000, 1000000, 1000000), &o);
	timeline_row(&t, add(ring, 3, 33, 5, 6, 2000000000), &o);
	fclose(t.out);
	assert_non_null(strstr(text, "#3"));
	free(text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_ring, free_ring)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_three_events),
		cmocka_unit_test(refuses_other_lines),
		cmocka_unit_test(survives_every_cut_of_a_line),
		cmocka_unit_test(sees_lost_events),
		CASE(finds_the_write_beside_a_preparation),
		CASE(counts_a_write_that_has_not_ended),
		CASE(takes_events_in_any_order),
		CASE(draws_rows_on_one_axis),
		CASE(draws_a_batch_of_no_length),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
