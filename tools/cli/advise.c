// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem advise: watches a host for a while and says whether tandem_reclaim
 * would help it. Needs no module, and changes nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "cli.h"
#include "loop.h"
#include "machine.h"
#include "modules.h"
#include "progress.h"
#include "swaps.h"
#include "watch.h"

#define MAX_SWAPS 32
#define SOURCE "Documentation/design/reclaim.md"

struct arguments {
	double seconds;
	unsigned long top;
};

static const struct print_column columns[] = {
	{ "cgroup", "CGROUP", false, false },
	{ "reclaimed_per_second", "RECLAIMED/S", true, false },
	{ "scans_per_page", "SCANS/PAGE", true, false },
	{ "swapped_out_per_second", "TO SWAP/S", true, false },
	{ "stalled_percent", "STALLED %", true, false },
	{ "processes", "PROCESSES", true, false },
	{ "threads", "THREADS", true, false },
};

/* Whether the user let it watch for as long as it was told to. */
static bool wait_for(const struct cli *cli, double seconds)
{
	uint64_t began = now_ns();
	uint64_t end = began + (uint64_t)(seconds * 1e9);
	struct progress progress;
	struct loop loop;
	bool quit = loop_open(&loop, NS_PER_S / 4, true);

	progress_begin(&progress, cli->json);
	while (!quit && now_ns() < end) {
		progress_show(&progress, "seconds watched",
			      (unsigned int)((now_ns() - began) / NS_PER_S),
			      (unsigned int)ceil(seconds));
		quit = loop_wait(&loop) & LOOP_QUIT;
	}
	progress_end(&progress);
	loop_close(&loop);
	return !quit;
}

/* Of the cgroups that matter: has any program there a second thread? */
static bool single_threaded(const struct watch *w, size_t top)
{
	size_t i;

	for (i = 0; i < w->n && i < top; i++)
		if (w->list[i].memory.stolen &&
		    w->list[i].threads > w->list[i].processes)
			return false;
	return w->n && w->list[0].memory.stolen;
}

static bool mglru(const struct sysroot *root)
{
	uint64_t flags = 0;

	return !root_u64(root, "/sys/kernel/mm/lru_gen/enabled", &flags) &&
	       flags & 1;
}

static bool switched_on(const struct sysroot *root)
{
	char state[32];

	return !root_line(root, "/sys/kernel/tandem/reclaim/state", state,
			  sizeof(state)) && !strcmp(state, "on");
}

static void facts_of(const struct watch *w, size_t top,
		     struct advice_facts *f)
{
	struct swap_info swaps[MAX_SWAPS];
	const struct sysroot *root = w->root;
	size_t i;

	memset(f, 0, sizeof(*f));
	f->seconds = w->seconds;
	kernel_fits(root, f->kernel_why, sizeof(f->kernel_why));
	f->counted = w->host.readable;
	f->switched_on = switched_on(root);
	f->zswap = machine_zswap(root);
	f->mglru = mglru(root);
	f->cpus = machine_cpus(root);
	f->swaps = (unsigned int)swap_list(root, swaps, MAX_SWAPS);
	for (i = 0; i < f->swaps; i++)
		f->async_swaps += !swaps[i].synchronous;
	f->scanned = w->host.scanned;
	f->stolen_anon = w->host.stolen_anon;
	f->stolen_file = w->host.stolen_file;
	f->swapped = w->host.swapped;
	f->compressed = w->host.compressed;
	f->swapped_before = w->before.swapped;
	f->shootdowns = w->host.shootdowns;
	f->single = single_threaded(w, top);
}

static double rate(const struct watch *w, uint64_t value)
{
	return (double)value / w->seconds;
}

static double stalled_percent(const struct watch *w, uint64_t us)
{
	double percent = rate(w, us) / 1e4;

	return percent > 100 ? 100 : percent;
}

static void show_cgroups(struct printer *p, const struct watch *w, size_t top)
{
	size_t i;

	print_table(p, "cgroups", columns, ARRAY_SIZE(columns));
	for (i = 0; i < w->n && i < top; i++) {
		const struct watched *c = &w->list[i];

		if (!c->memory.stolen && !c->memory.scanned)
			break;
		print_cell_str(p, *c->path ? c->path : "/");
		print_cell_real(p, rate(w, c->memory.stolen), 1);
		print_cell_real(p, c->memory.stolen ?
				(double)c->memory.scanned /
				(double)c->memory.stolen : NAN, 2);
		print_cell_real(p, c->memory.counts_swap ?
				rate(w, c->memory.swapped_out) : NAN, 1);
		print_cell_real(p, stalled_percent(w, c->pressure_us), 1);
		print_cell_u64(p, c->processes);
		print_cell_u64(p, c->threads);
	}
	if (!i && w->n)
		print_note(p, "No cgroup was reclaimed.");
	print_table_end(p);
}

static void show_swaps(struct printer *p, const struct sysroot *root)
{
	struct swap_info list[MAX_SWAPS];
	size_t n = swap_list(root, list, MAX_SWAPS), i;

	print_open_list(p, "swap");
	for (i = 0; i < n; i++) {
		print_open(p, NULL);
		print_str(p, "name", NULL, list[i].name);
		print_str(p, "kind", NULL, list[i].kind);
		print_bool(p, "synchronous", NULL, list[i].synchronous);
		print_close(p);
		print_note(p, "%-18s %s: %s, %s", "swap", list[i].name,
			   list[i].kind, list[i].synchronous ?
			   "synchronous" : "asynchronous");
	}
	print_close(p);
	if (!n)
		print_note(p, "%-18s none", "swap");
}

static void show_host(struct printer *p, const struct watch *w,
		      const struct advice_facts *f)
{
	const struct host_counts *h = &w->host;
	char release[128];

	root_line(w->root, "/proc/sys/kernel/osrelease", release,
		  sizeof(release));
	print_str(p, "kernel", "kernel", release);
	print_real(p, "seconds", "seconds", w->seconds, 1);
	print_u64(p, "cpus", "CPUs", f->cpus);
	print_bool(p, "kernel_supported", NULL, !*f->kernel_why);
	print_bool(p, "mglru", NULL, f->mglru);
	print_bool(p, "zswap", "zswap", f->zswap);
	show_swaps(p, w->root);
	print_open(p, "host");
	print_real(p, "reclaimed_anon_per_second", "anon reclaimed/s",
		   rate(w, h->stolen_anon), 1);
	print_real(p, "reclaimed_file_per_second", "file reclaimed/s",
		   rate(w, h->stolen_file), 1);
	print_real(p, "swapped_out_per_second", "to swap/s",
		   rate(w, h->swapped), 1);
	print_real(p, "zswapped_per_second", NULL, rate(w, h->compressed), 1);
	print_real(p, "tlb_interrupts_per_second", "shootdowns/s",
		   rate(w, h->shootdowns), 1);
	print_real(p, "call_interrupts_per_second", NULL, rate(w, h->calls),
		   1);
	print_real(p, "stalled_percent", "stalled %",
		   stalled_percent(w, h->pressure_us), 1);
	print_close(p);
	print_note(p, "%s", "");
}

static void show_advice(struct printer *p, const struct advice *a)
{
	static const struct {
		const char *word;
		const char *text;
		enum print_tone tone;
	} verdicts[] = {
		[ADVICE_HELPS] = { "helps", "it should help: try it",
				   TONE_GOOD },
		[ADVICE_NO_USE] = { "no use", "do not load this here",
				    TONE_BAD },
		[ADVICE_UNKNOWN] = { "could not tell", "could not tell",
				     TONE_WARN },
	};
	static const struct print_column text[] = {
		{ "text", NULL, false, false },
	};
	size_t i;

	print_note(p, "%s", "");
	if (printer_is_json(p))
		print_str(p, "verdict", NULL, verdicts[a->verdict].word);
	else
		print_tone(p, "verdict", "verdict", verdicts[a->verdict].text,
			   verdicts[a->verdict].tone);
	print_table(p, "reasons", text, 1);
	for (i = 0; i < a->n; i++)
		print_cell_str(p, a->reasons[i]);
	print_table_end(p);
	for (i = 0; i < a->n; i++)
		print_note(p, "  - %s", a->reasons[i]);
	if (a->verdict == ADVICE_HELPS)
		print_note(p, "\nSee for yourself: tandem doctor; tandem load; tandem reclaim bench");
	print_open(p, "estimate");
	print_real(p, "tlb_interrupts_per_second", NULL, a->shootdowns, 1);
	print_real(p, "avoidable_at_most_per_second", NULL, a->avoidable, 1);
	print_u64(p, "one_is_left_in", NULL, a->one_in);
	print_str(p, "measured_in", NULL, SOURCE);
	print_close(p);
}

static int advise(struct cli *cli, const struct arguments *a)
{
	struct advice_facts facts;
	struct advice advice;
	struct watch watch;

	if (watch_begin(&watch, &cli->root))
		print_note(cli->out, "No cgroups of version 2 count memory here: only the whole host is looked at.\n");
	print_flush(cli->out);
	if (!wait_for(cli, a->seconds)) {
		watch_free(&watch);
		cli_error(NULL, "stopped before the time was over: could not tell");
		return ADVICE_UNKNOWN;
	}
	watch_end(&watch);
	facts_of(&watch, a->top, &facts);
	advise_on(&facts, &advice);
	show_host(cli->out, &watch, &facts);
	show_cgroups(cli->out, &watch, a->top);
	show_advice(cli->out, &advice);
	watch_free(&watch);
	return (int)advice.verdict;
}

static const struct cli_option options[] = {
	{ "seconds", 's', "N", "Watch for so long (30)", CLI_SECONDS,
	  offsetof(struct arguments, seconds), 0.5, 86400 },
	{ "top", 't', "N", "Show the N cgroups that are reclaimed most (5)",
	  CLI_COUNT, offsetof(struct arguments, top), 1, 1000 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.doc = "Watch this host for a while and say whether tandem_reclaim would help it, and why, or why not. Needs no module and no rights, and changes nothing.\v"
	       "Exit codes: 0 it helps, 1 it is of no use here, 2 could not tell.",
};

int cmd_advise(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { .seconds = 30, .top = 5 };
	int code = cli_read(cli, &syntax, argc, argv, &a);

	return code ? code : advise(cli, &a);
}
