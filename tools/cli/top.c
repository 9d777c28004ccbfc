// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem reclaim top: what page reclaim does, second by second.
 *
 * On a terminal a screen that is drawn over; elsewhere one line per second;
 * with -j one JSON document per line.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capability.h"
#include "loop.h"
#include "rates.h"

#define BAR 30
#define FALLBACK "fallback_"
#define LINES_PER_HEAD 20

/**
 * struct top - a live view under way
 * @cli: context
 * @t: context of libtandem
 * @interval: seconds between two views
 * @count: how many views; 0 until q
 * @screen: views are drawn over one another
 * @shown: how many there were
 * @info: state of the capability
 * @old: the sample before
 * @now: the last sample
 * @rates: between the two
 */
struct top {
	struct cli *cli;
	struct tandem *t;
	double interval;
	unsigned long count;
	bool screen;
	unsigned long shown;
	struct tandem_capability_info info;
	struct sample old;
	struct sample now;
	struct rates rates;
};

/* How often the stock way was taken, by cause; calls @fn for each cause. */
static void each_fallback(const struct top *top,
			  void (*fn)(const struct top *top, const char *cause,
				     double per_second))
{
	const struct sample *now = &top->now;
	size_t i;

	for (i = 0; i < now->nr_stats; i++) {
		const struct tandem_stat_info *s = &now->stats[i];
		uint64_t before;

		if (strncmp(s->name, FALLBACK, strlen(FALLBACK)))
			continue;
		before = sample_stat(&top->old, s->name);
		fn(top, s->name + strlen(FALLBACK),
		   before <= s->value ?
		   (double)(s->value - before) / top->rates.seconds : 0);
	}
}

static void json_fallback(const struct top *top, const char *cause,
			  double per_second)
{
	print_real(top->cli->out, cause, NULL, per_second, 1);
}

static void show_json(const struct top *top)
{
	const struct rates *r = &top->rates;
	struct printer *p = top->cli->out;

	print_real(p, "seconds", NULL, r->seconds, 3);
	print_str(p, "state", NULL, top->info.state_name);
	print_u64(p, "in_flight", NULL, top->info.in_flight);
	print_real(p, "pages_per_second", NULL, r->freed_per_s, 1);
	print_real(p, "reclaimed_per_second", NULL, r->stolen_per_s, 1);
	print_real(p, "batches_per_second", NULL, r->batches_per_s, 1);
	print_real(p, "batch_pages", NULL, r->batch_pages, 1);
	print_real(p, "overlap_percent", NULL, r->overlap_pct, 1);
	print_real(p, "ipis_per_page", NULL, r->ipis_per_page, 4);
	print_real(p, "scans_per_page", NULL, r->scans_per_page, 3);
	print_real(p, "device_busy_percent", NULL, r->busy_pct, 1);
	print_str(p, "device", NULL, *r->busy_disk ? r->busy_disk : NULL);
	print_real(p, "psi_some_percent", NULL, r->pressure_pct, 1);
	print_open(p, "fallbacks_per_second");
	each_fallback(top, json_fallback);
	print_close(p);
	print_flush(p);
}

static const char *number(char *buf, size_t size, double value, int decimals)
{
	if (isnan(value))
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%.*f", decimals, value);
	return buf;
}

static void show_line(const struct top *top)
{
	const struct rates *r = &top->rates;
	char n[9][32];

	if (top->shown % LINES_PER_HEAD == 0)
		printf("%-9s %9s %9s %7s %8s %9s %10s %6s %6s\n", "state",
		       "pages/s", "batches/s", "batch", "overlap%",
		       "IPIs/page", "scans/page", "busy%", "PSI%");
	printf("%-9s %9s %9s %7s %8s %9s %10s %6s %6s\n",
	       top->info.state_name,
	       number(n[0], 32, r->freed_per_s, 0),
	       number(n[1], 32, r->batches_per_s, 0),
	       number(n[2], 32, r->batch_pages, 0),
	       number(n[3], 32, r->overlap_pct, 0),
	       number(n[4], 32, r->ipis_per_page, 3),
	       number(n[5], 32, r->scans_per_page, 2),
	       number(n[6], 32, r->busy_pct, 0),
	       number(n[7], 32, r->pressure_pct, 1));
	fflush(stdout);
}

static void bar_row(const char *label, double pct, const char *note)
{
	char bar[BAR + 1];
	int full = isnan(pct) ? 0 : (int)lround(pct * BAR / 100);

	full = full < 0 ? 0 : full > BAR ? BAR : full;
	memset(bar, ' ', BAR);
	memset(bar, '=', (size_t)full);
	bar[BAR] = '\0';
	if (isnan(pct))
		printf("  %-20s        -    [%s] %s\033[K\n", label, bar, note);
	else
		printf("  %-20s %8.0f %%  [%s] %s\033[K\n", label, pct, bar,
		       note);
}

static void pair_row(const char *label, double a, int decimals,
		     const char *second, double b)
{
	char one[32], two[32];

	printf("  %-20s %8s    %-20s %8s\033[K\n", label,
	       number(one, sizeof(one), a, decimals), second,
	       number(two, sizeof(two), b, decimals));
}

static void screen_fallback(const struct top *top, const char *cause,
			    double per_second)
{
	(void)top;
	if (per_second > 0)
		printf("    %-18s %8.0f\033[K\n", cause, per_second);
}

static void show_screen(const struct top *top)
{
	const struct rates *r = &top->rates;

	printf("\033[Htandem reclaim: %s, %" PRIu64 " pages in flight%s%s"
	       "     (q quits)\033[K\n\033[K\n", top->info.state_name,
	       top->info.in_flight, *top->info.reason ? ": " : "",
	       top->info.reason);
	pair_row("pages freed per s", r->freed_per_s, 0,
		 "all reclaim per s", r->stolen_per_s);
	pair_row("pages per batch", r->batch_pages, 0,
		 "batches per s", r->batches_per_s);
	pair_row("IPIs per page", r->ipis_per_page, 3,
		 "scans per page", r->scans_per_page);
	printf("\033[K\n");
	bar_row("overlap", r->overlap_pct,
		"of preparation beside a write");
	bar_row("device busy", r->busy_pct, r->busy_disk);
	bar_row("memory pressure", r->pressure_pct,
		"of time some task waits (PSI)");
	printf("\033[K\n  the stock way, per s\033[K\n");
	each_fallback(top, screen_fallback);
	printf("\033[J");
	fflush(stdout);
}

static void show(struct top *top)
{
	if (top->cli->json)
		show_json(top);
	else if (top->screen)
		show_screen(top);
	else
		show_line(top);
	top->shown++;
}

static int measure(struct top *top)
{
	const char *name = top->cli->capability->name;
	int err = sample_take(&top->cli->root, top->t, name, &top->now);

	if (!err)
		err = tandem_capability_get(top->t, name, &top->info);
	if (err)
		return err;
	rates_between(&top->old, &top->now, &top->rates);
	show(top);
	top->old = top->now;
	return 0;
}

static int follow(struct top *top, struct loop *loop)
{
	int err = sample_take(&top->cli->root, top->t,
			      top->cli->capability->name, &top->old);

	while (!err && (!top->count || top->shown < top->count)) {
		unsigned int events = loop_wait(loop);

		if (events & LOOP_QUIT)
			break;
		if (events & LOOP_TICK)
			err = measure(top);
	}
	return err;
}

static int run(struct top *top)
{
	struct loop loop;
	int err, code = cli_connect(&top->t, "cannot watch page reclaim");

	if (code)
		return code;
	top->screen = !top->cli->json && isatty(STDOUT_FILENO);
	err = loop_open(&loop, (uint64_t)(top->interval * 1e9), true);
	if (top->screen)
		fputs("\033[?1049h\033[?25l\033[H\033[J", stdout);
	if (!err)
		err = follow(top, &loop);
	if (top->screen) {
		fputs("\033[?25h\033[?1049l", stdout);
		fflush(stdout);
	}
	loop_close(&loop);
	if (err)
		code = cli_lib_error(top->t, err, "cannot watch page reclaim");
	tandem_close(top->t);
	return code;
}

static const struct cli_option options[] = {
	{ "count", 'n', "N", "End after N views", CLI_COUNT,
	  offsetof(struct top, count), 1, 0 },
	{ "interval", 'i', "SECONDS", "Time between two views (1)",
	  CLI_SECONDS, offsetof(struct top, interval), 0.1, 3600 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.lines = true,
	.doc = "Watch page reclaim live: pages, batches, overlap, interrupts and scans per page, how busy the swap device is, memory pressure, and what went the stock way. q quits.",
};

int cmd_top(struct cli *cli, int argc, char **argv)
{
	struct top *top = calloc(1, sizeof(*top));
	int code = top ? CLI_OK : CLI_FAILED;

	if (top) {
		top->cli = cli;
		top->interval = 1;
		code = cli_read(cli, &syntax, argc, argv, top);
	}
	if (!code)
		code = run(top);
	free(top);
	return code;
}
