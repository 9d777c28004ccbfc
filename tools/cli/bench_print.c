// SPDX-License-Identifier: GPL-2.0-only
/* The result of the bench: a table for people, the figures as JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "bench.h"
#include "machine.h"
#include "swaps.h"

#define MAX_SWAPS 32
/* Digits behind the point, so that a reader's ratio is the same. */
#define EXACT 15

static const struct print_column columns[] = {
	{ "name", "FIGURE", false, false },
	{ "unit", "UNIT", false, false },
	{ "stock", "OFF", true, false },
	{ "tandem", "ON", true, false },
	{ "ratio", "RATIO", true, false },
	{ "clock", "CLOCK", false, false },
	{ "bar", "BAR", false, false },
};

static void bar_text(char *text, size_t size, const struct bench_figure *f,
		     enum bench_met met)
{
	static const char *const words[] = {
		[BENCH_MISSED] = "missed", [BENCH_MET] = "met",
		[BENCH_UNJUDGED] = "indicative only",
	};

	*text = '\0';
	if (f->bar.op)
		snprintf(text, size, "%s %s %g: %s",
			 *f->bar.of == 'r' ? "ratio" : "on", f->bar.op,
			 f->bar.value, words[met]);
}

static void row(struct printer *p, const struct bench_figure *f,
		enum bench_met met)
{
	static const enum print_tone tones[] = {
		[BENCH_MISSED] = TONE_BAD, [BENCH_MET] = TONE_GOOD,
		[BENCH_UNJUDGED] = TONE_DIM,
	};
	char bar[64];

	bar_text(bar, sizeof(bar), f, met);
	print_cell_str(p, f->name);
	print_cell_str(p, f->unit);
	print_cell_real(p, f->stock, f->digits);
	print_cell_real(p, f->tandem, f->digits);
	print_cell_real(p, f->ratio, f->ratio < 0.1 ? 4 : 2);
	print_cell_str(p, f->clock);
	print_cell_tone(p, bar, tones[met]);
}

static void table(const struct bench *b, const char *accel)
{
	struct printer *p = b->cli->out;
	struct bench_figure f;
	char size[32];
	size_t i;

	format_bytes(size, sizeof(size), b->plan.bytes);
	print_note(p, "%s of memory, %u threads; medians of %u runs with the module off and %u with it on, in turn:\n",
		   size, b->plan.threads, b->rounds, b->rounds);
	print_table(p, NULL, columns, ARRAY_SIZE(columns));
	for (i = 0; i < nr_bench_figures; i++) {
		bench_figure(i, b->runs, b->n, &f);
		row(p, &f, bench_judge(&f, accel));
	}
	print_table_end(p);
	print_note(p, "\nInterrupts are those of the whole machine while this ran: on a busy one the counts\nhold those of others too.");
	if (b->plan.threads < 2)
		print_note(p, "With one thread no other CPU uses the memory, so there is nobody to interrupt.");
}

static void json_figure(struct printer *p, const struct bench_figure *f,
			enum bench_met met)
{
	print_open(p, NULL);
	print_str(p, "name", NULL, f->name);
	print_str(p, "unit", NULL, f->unit);
	print_str(p, "clock", NULL, f->clock);
	print_real(p, "stock", NULL, f->stock, EXACT);
	print_real(p, "tandem", NULL, f->tandem, EXACT);
	print_real(p, "ratio", NULL, f->ratio, EXACT);
	print_open(p, "peers");
	print_close(p);
	if (f->bar.op) {
		print_open(p, "bar");
		print_str(p, "op", NULL, f->bar.op);
		print_real(p, "value", NULL, f->bar.value, 6);
		print_str(p, "of", NULL, f->bar.of);
		print_close(p);
	} else {
		print_str(p, "bar", NULL, NULL);
	}
	if (met == BENCH_UNJUDGED)
		print_str(p, "met", NULL, NULL);
	else
		print_bool(p, "met", NULL, met == BENCH_MET);
	print_close(p);
}

static void json_push(struct printer *p, const char *key,
		      const struct bench_push *push)
{
	print_open(p, key);
	print_u64(p, "pages", NULL, push->pages);
	print_u64(p, "tlb_interrupts", NULL, push->shootdowns);
	print_u64(p, "call_interrupts", NULL, push->calls);
	print_u64(p, "pgscan", NULL, push->scanned);
	print_u64(p, "pgsteal", NULL, push->stolen);
	print_u64(p, "resident_pages", NULL, push->resident);
	print_real(p, "seconds", NULL, push->seconds, 6);
	print_real(p, "read_back_seconds", NULL, push->read_seconds, 6);
	print_real(p, "psi_some_seconds", NULL,
		   push->pressure_known ? push->pressure_seconds : NAN, 6);
	print_close(p);
}

static void json_run(struct printer *p, const struct bench_run *run)
{
	print_open(p, NULL);
	print_str(p, "arm", NULL, run->on ? "tandem" : "stock");
	json_push(p, "memory_reclaim", &run->reclaim);
	json_push(p, "madv_pageout", &run->pageout);
	print_u64(p, "verified_pages", NULL, run->verified);
	print_u64(p, "wrong_pages", NULL, run->wrong);
	print_close(p);
}

static int json_knob(const struct tandem_knob_info *knob, void *arg)
{
	print_u64(arg, knob->name, NULL, knob->value);
	return 0;
}

static void json_raw(const struct bench *b)
{
	struct swap_info list[MAX_SWAPS];
	size_t n = swap_list(&b->cli->root, list, MAX_SWAPS), i;
	struct printer *p = b->cli->out;

	print_open(p, "raw");
	print_u64(p, "bytes", NULL, b->plan.bytes);
	print_u64(p, "threads", NULL, b->plan.threads);
	print_u64(p, "cpus", NULL, machine_cpus(&b->cli->root));
	print_open(p, "knobs");
	if (b->t)
		tandem_knobs(b->t, CAPABILITY_RECLAIM, json_knob, p);
	print_close(p);
	print_open_list(p, "swap");
	for (i = 0; i < n; i++) {
		print_open(p, NULL);
		print_str(p, "kind", NULL, list[i].kind);
		print_u64(p, "size_kib", NULL, list[i].size_kib);
		print_bool(p, "synchronous", NULL, list[i].synchronous);
		print_close(p);
	}
	print_close(p);
	print_open_list(p, "runs");
	for (i = 0; i < b->n; i++)
		json_run(p, &b->runs[i]);
	print_close(p);
	print_close(p);
}

static void json(const struct bench *b, const char *accel)
{
	struct printer *p = b->cli->out;
	char release[128], date[32];
	struct bench_figure f;
	time_t now = time(NULL);
	struct tm tm;
	size_t i;

	root_line(&b->cli->root, "/proc/sys/kernel/osrelease", release,
		  sizeof(release));
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
		 gmtime_r(&now, &tm));
	print_str(p, "bench", NULL, "reclaim-bench");
	print_str(p, "kernel", NULL, release);
	print_str(p, "accel", NULL, accel);
	print_u64(p, "runs", NULL, b->rounds);
	print_str(p, "date", NULL, date);
	print_open_list(p, "figures");
	for (i = 0; i < nr_bench_figures; i++) {
		bench_figure(i, b->runs, b->n, &f);
		json_figure(p, &f, bench_judge(&f, accel));
	}
	print_close(p);
	json_raw(b);
}

/**
 * bench_print - print the result
 * @b: bench, all runs done
 */
void bench_print(const struct bench *b)
{
	const char *accel = machine_accel(&b->cli->root);

	if (printer_is_json(b->cli->out))
		json(b, accel);
	else
		table(b, accel);
}
