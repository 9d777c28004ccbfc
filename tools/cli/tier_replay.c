// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem tier replay: what the tiering module would have done with a trace of
 * accesses, or with a load that is made up.  Needs no module and no rights.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "loop.h"
#include "progress.h"
#include "tier_load.h"
#include "tier_settings.h"
#include "tier_trace.h"

#define WINDOW_MS 1000
#define SHORTEST_MS 10
#define LONGEST_MS 60000
#define NOT_GIVEN (~0UL)

struct arguments {
	const char *file;
	const char *synthetic;
	const char *fast;
	const char *window;
	const char *policy;
	const char *rate;
	unsigned long hysteresis;
	unsigned long cool_down;
	unsigned long oracle;
	unsigned long warm_up;
	bool totals;
};

/**
 * struct kept - a window that is shown when all is over
 * @window: the window
 * @shares: of the workloads
 */
struct kept {
	struct sim_window window;
	struct sim_share *shares;
};

/**
 * struct replay - a replay
 * @cli: context
 * @a: what was asked for
 * @load: the load, or NULL
 * @trace: otherwise the trace
 * @config: of the simulation
 * @sim: the simulation
 * @list: its windows
 * @n: how many
 * @room: for how many there is room
 * @lost: there was no memory for a window
 * @counts: all windows behind the warm-up
 * @progress: shown when it takes long
 */
struct replay {
	const struct cli *cli;
	const struct arguments *a;
	const struct tier_load *load;
	struct tier_trace trace;
	struct sim_config config;
	struct tier_sim *sim;
	struct kept *list;
	size_t n, room;
	bool lost;
	struct sim_counts counts;
	struct progress progress;
};

/* ---- running ---------------------------------------------------------------- */

static bool keep_window(struct replay *r, const struct sim_window *w)
{
	struct kept *kept;

	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 256;

		kept = reallocarray(r->list, room, sizeof(*kept));
		if (!kept)
			return false;
		r->list = kept;
		r->room = room;
	}
	kept = &r->list[r->n];
	kept->window = *w;
	kept->shares = calloc(w->nr_shares + 1, sizeof(*kept->shares));
	if (!kept->shares)
		return false;
	memcpy(kept->shares, w->shares, w->nr_shares * sizeof(*w->shares));
	kept->window.shares = kept->shares;
	r->n++;
	return true;
}

static void report(const struct sim_window *w, void *arg)
{
	struct replay *r = arg;

	if (!keep_window(r, w))
		r->lost = true;
}

static void show_progress(uint64_t done, uint64_t all, void *arg)
{
	struct replay *r = arg;

	progress_show(&r->progress, "percent replayed",
		      (unsigned int)(all ? 100 * done / all : 100), 100);
}

static int run_trace(struct replay *r)
{
	const struct tier_trace *t = &r->trace;
	int err = 0;
	size_t i;

	for (i = 0; i < t->n && !err; i++) {
		const struct trace_access *a = &t->list[i];
		int64_t page = tier_sim_page(r->sim, a->workload, a->page);

		if (a->phase)
			tier_sim_phase(r->sim);
		err = page < 0 ? (int)page :
		      tier_sim_touch(r->sim, page, a->at_us, a->count);
		if (!(i % 65536))
			show_progress(i, t->n, r);
	}
	return err;
}

static int run(struct replay *r)
{
	int err;

	progress_begin(&r->progress, r->cli->json);
	r->progress.next_ns = now_ns() + 2 * NS_PER_S;
	err = r->load ? tier_load_run(r->load, r->sim, show_progress, r) :
			run_trace(r);
	if (!err)
		err = tier_sim_finish(r->sim, &r->counts);
	progress_end(&r->progress);
	return r->lost ? -ENOMEM : err;
}

/* ---- what came out ------------------------------------------------------------ */

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : NAN;
}

static void ideal_sizes(const struct kept *k, char *text, size_t size)
{
	unsigned int i;
	size_t at = 0;

	*text = '\0';
	for (i = 0; i < k->window.nr_shares && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%llu",
				       i ? " + " : "",
				       (unsigned long long)k->shares[i].ideal);
}

static void show_window(struct printer *p, const struct kept *k)
{
	const struct sim_counts *c = &k->window.counts;
	char sizes[64];

	ideal_sizes(k, sizes, sizeof(sizes));
	print_cell_u64(p, k->window.number);
	print_cell_real(p, (double)k->window.begin_us / 1e6, 3);
	print_cell_u64(p, k->window.length_ms);
	print_cell_u64(p, c->accesses);
	print_cell_u64(p, k->window.seen);
	print_cell_real(p, percent(c->hits, c->accesses), 2);
	print_cell_real(p, percent(c->oracle, c->accesses), 2);
	print_cell_real(p, percent(c->hits, c->oracle), 2);
	print_cell_u64(p, c->promoted);
	print_cell_u64(p, c->demoted);
	print_cell_u64(p, c->again);
	print_cell_u64(p, k->window.interval);
	print_cell_str(p, sizes);
}

static void show_windows(struct printer *p, const struct replay *r)
{
	static const struct print_column columns[] = {
		{ "window", "WINDOW", true, false },
		{ "begin_seconds", "AT S", true, false },
		{ "length_ms", "MS", true, false },
		{ "accesses", "ACCESSES", true, false },
		{ "pages_seen", "SEEN", true, false },
		{ "hit_percent", "HIT %", true, false },
		{ "oracle_percent", "ORACLE %", true, false },
		{ "share_percent", "SHARE %", true, false },
		{ "promoted", "PROMOTED", true, false },
		{ "demoted", "DEMOTED", true, false },
		{ "moved_again", "AGAIN", true, false },
		{ "interval_windows", "T1*", true, false },
		{ "ideal_text", "IDEAL", true, false },
	};
	size_t i;

	print_table(p, "windows", columns, ARRAY_SIZE(columns));
	for (i = 0; i < r->n; i++)
		show_window(p, &r->list[i]);
	print_table_end(p);
	print_note(p, "%s", "");
}

/* For programs: what stands in one column of the table above. */
static void list_sizes(struct printer *p, const struct replay *r)
{
	static const struct print_column columns[] = {
		{ "window", NULL, false, false },
		{ "workload", NULL, false, false },
		{ "ideal_pages", NULL, false, false },
		{ "target_pages", NULL, false, false },
		{ "fast_pages", NULL, false, false },
	};
	unsigned int j;
	size_t i;

	print_table(p, "sizes", columns, ARRAY_SIZE(columns));
	for (i = 0; i < r->n; i++)
		for (j = 0; j < r->list[i].window.nr_shares; j++) {
			const struct sim_share *s = &r->list[i].shares[j];

			print_cell_u64(p, r->list[i].window.number);
			print_cell_str(p, tier_sim_name(r->sim, j));
			print_cell_u64(p, s->ideal);
			print_cell_u64(p, s->target);
			print_cell_u64(p, s->fast);
		}
	print_table_end(p);
}

/* Mean sizes of workload @j behind the warm-up. */
static void mean_sizes(const struct replay *r, unsigned int j,
		       double *ideal, double *target, double *fast)
{
	double n = 0;
	size_t i;

	*ideal = 0;
	*target = 0;
	*fast = 0;
	for (i = 0; i < r->n; i++) {
		const struct sim_window *w = &r->list[i].window;

		if (w->number < r->config.warm_up || j >= w->nr_shares)
			continue;
		*ideal += (double)w->shares[j].ideal;
		*target += (double)w->shares[j].target;
		*fast += (double)w->shares[j].fast;
		n++;
	}
	*ideal /= n;
	*target /= n;
	*fast /= n;
}

static void show_workloads(struct printer *p, const struct replay *r)
{
	static const struct print_column columns[] = {
		{ "workload", "WORKLOAD", false, false },
		{ "ideal_pages", "IDEAL", true, false },
		{ "target_pages", "TARGET", true, false },
		{ "fast_pages", "FAST", true, false },
		{ "fast_percent", "FAST %", true, false },
	};
	double ideal, target, fast;
	unsigned int j;

	print_table(p, "workloads", columns, ARRAY_SIZE(columns));
	for (j = 0; r->n && j < r->list[r->n - 1].window.nr_shares; j++) {
		mean_sizes(r, j, &ideal, &target, &fast);
		print_cell_str(p, tier_sim_name(r->sim, j));
		print_cell_real(p, ideal, 0);
		print_cell_real(p, target, 0);
		print_cell_real(p, fast, 0);
		print_cell_real(p, 100 * fast / (double)r->config.fast_pages,
				1);
	}
	print_table_end(p);
	print_note(p, "%s", "");
}

static void show_totals(struct printer *p, const struct replay *r)
{
	const struct sim_counts *c = &r->counts;
	uint64_t windows = r->n > r->config.warm_up ?
				   r->n - r->config.warm_up : 0;

	print_open(p, "total");
	print_u64(p, "windows", "windows counted", windows);
	print_u64(p, "accesses", "accesses", c->accesses);
	print_real(p, "hit_percent", "hit %", percent(c->hits, c->accesses),
		   2);
	print_real(p, "oracle_percent", "oracle %",
		   percent(c->oracle, c->accesses), 2);
	print_real(p, "share_percent", "share of oracle %",
		   percent(c->hits, c->oracle), 2);
	print_u64(p, "promoted", "promoted", c->promoted);
	print_u64(p, "demoted", "demoted", c->demoted);
	print_u64(p, "moved_again", "moved again", c->again);
	print_real(p, "moved_again_percent", "moved again %",
		   percent(c->again, c->promoted + c->demoted), 2);
	print_close(p);
}

static void show(struct printer *p, const struct replay *r)
{
	print_str(p, "load", "load", r->load ? r->load->name : r->a->file);
	print_u64(p, "fast_pages", "fast tier, pages", r->config.fast_pages);
	print_u64(p, "rate_pages_per_second", "rate, pages/s",
		  r->config.rate);
	print_note(p, "%s", "");
	if (!r->a->totals) {
		show_windows(p, r);
		list_sizes(p, r);
	}
	show_workloads(p, r);
	show_totals(p, r);
}

/* ---- what is asked for ---------------------------------------------------------- */

static int usage(const char *option, const char *text, const char *is)
{
	cli_error("tandem tier replay --help", "%s is %s, not \"%s\"", option,
		  is, text);
	return CLI_USAGE;
}

static int memory_error(void)
{
	cli_error(NULL, "out of memory");
	return CLI_FAILED;
}

static int read_trace(struct replay *r)
{
	bool standard = !strcmp(r->a->file, "-");
	const char *name = standard ? "standard input" : r->a->file;
	FILE *f = standard ? stdin : fopen(name, "re");
	struct trace_error error;
	int err;

	if (!f) {
		cli_error(NULL, "cannot open %s: %s", name, strerror(errno));
		return CLI_USAGE;
	}
	err = tier_trace_read(f, &r->trace, &error);
	if (!standard)
		fclose(f);
	if (!err)
		return CLI_OK;
	if (error.line)
		cli_error(NULL, "%s:%lu: %s", name, error.line, error.text);
	else
		cli_error(NULL, "%s: %s", name, error.text);
	return err == -EINVAL ? CLI_USAGE : CLI_FAILED;
}

static int find_load(struct replay *r)
{
	const char *names[16], *near;
	char remedy[64] = "tandem tier replay --help";
	unsigned int n;

	r->load = tier_load_find(r->a->synthetic);
	if (r->load)
		return CLI_OK;
	for (n = 0; n < ARRAY_SIZE(names) && tier_load_nth(n); n++)
		names[n] = tier_load_nth(n)->name;
	near = tandem_nearest(r->a->synthetic, names, n);
	if (near)
		snprintf(remedy, sizeof(remedy), "did you mean: %s", near);
	cli_error(remedy, "there is no load \"%s\"", r->a->synthetic);
	return CLI_USAGE;
}

static int find_accesses(struct replay *r)
{
	if (!r->a->file == !r->a->synthetic) {
		cli_error("tandem tier replay --help",
			  "say what to replay: a file, - or --synthetic=NAME");
		return CLI_USAGE;
	}
	return r->a->synthetic ? find_load(r) : read_trace(r);
}

static int set_fast(struct replay *r)
{
	const char *text = r->a->fast ? r->a->fast : "25%";
	int64_t pages;

	if (r->load && !r->a->fast) {
		r->config.fast_pages = r->load->fast_pages;
		return CLI_OK;
	}
	pages = r->load ? (int64_t)r->load->pages * r->load->workloads :
			  tier_trace_pages(&r->trace);
	if (pages < 0)
		return memory_error();
	if (read_pages(text, (uint64_t)pages, &r->config.fast_pages))
		return usage("--fast", text, "a number of pages, or N% of all");
	if (!r->config.fast_pages)
		r->config.fast_pages = 1;
	return CLI_OK;
}

static int configure(struct replay *r)
{
	const struct arguments *a = r->a;
	int code = set_fast(r);

	if (code)
		return code;
	r->config.warm_up = a->warm_up;
	if (a->warm_up == NOT_GIVEN)
		r->config.warm_up = r->load ? r->load->warm_up : 0;
	if (read_pages(a->rate, r->config.fast_pages, &r->config.rate))
		return usage("--rate", a->rate,
			     "a number of pages a second, or N% of the fast tier");
	if (!r->config.rate)
		r->config.rate = 1;
	if (read_window(a->window, &r->config))
		return usage("--window", a->window,
			     "auto, or milliseconds from 1 to 3600000");
	if (r->trace.counts_windows) {
		if (strcmp(a->window, "auto"))
			return usage("--window", a->window,
				     "given by this trace, which counts windows");
		read_window("1000", &r->config);
	}
	return CLI_OK;
}

static int index_of(const struct replay *r, const char *name)
{
	unsigned int i, n = r->load ? r->load->workloads : r->trace.nr_names;

	for (i = 0; i < n; i++)
		if (!strcmp(tier_sim_name(r->sim, i), name))
			return (int)i;
	return -1;
}

static int bad_policy(const char *name, int err)
{
	if (err == -ERANGE)
		cli_error(NULL, "--policy of %s: min is more than max", name);
	else
		cli_error("tandem tier replay --help",
			  "--policy of %s: a setting is min=PAGES, max=PAGES, weight=N with N from 1 to %d, promote=N or demote=N with N from 0 to %d; pages also as N%%",
			  name, TIER_WEIGHT_MAX, TIER_HISTORY);
	return CLI_USAGE;
}

static int set_policies(struct replay *r)
{
	const char *text = r->a->policy;
	char name[SIM_NAME];
	int index, err;

	while (text && *text) {
		if (read_policy_name(&text, name))
			return usage("--policy", r->a->policy,
				     "NAME:SETTING=N[:...][,...]");
		index = index_of(r, name);
		if (index < 0) {
			cli_error(NULL, "--policy: there is no workload \"%s\"",
				  name);
			return CLI_USAGE;
		}
		err = read_policy_limits(&text, r->config.fast_pages,
					 tier_sim_limits(r->sim,
							 (unsigned int)index));
		if (err)
			return bad_policy(name, err);
	}
	return CLI_OK;
}

static int add_workloads(struct replay *r)
{
	size_t i;

	if (r->load)
		return tier_load_prepare(r->load, r->sim);
	for (i = 0; i < r->trace.nr_names; i++)
		tier_sim_workload(r->sim, r->trace.names[i]);
	return 0;
}

static int replay(struct replay *r, struct printer *out)
{
	int code = find_accesses(r);

	if (!code)
		code = configure(r);
	if (code)
		return code;
	r->sim = tier_sim_new(&r->config);
	if (!r->sim || add_workloads(r))
		return memory_error();
	code = set_policies(r);
	if (code)
		return code;
	if (run(r))
		return memory_error();
	show(out, r);
	return CLI_OK;
}

static void clean(struct replay *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->list[i].shares);
	free(r->list);
	tier_sim_free(r->sim);
	tier_trace_free(&r->trace);
}

static bool any_word(const char *word)
{
	return *word;
}

#define FIELD(name) offsetof(struct arguments, name)

static const struct cli_option options[] = {
	{ "synthetic", 's', "NAME",
	  "Replay a made-up load: hotset, zipf, phases, scan, two", CLI_TEXT,
	  FIELD(synthetic), 0, 0 },
	{ "fast", 'f', "PAGES|N%", "Size of the fast tier (25% of the pages)",
	  CLI_TEXT, FIELD(fast), 0, 0 },
	{ "window", 'w', "MS|auto", "Length of windows (auto)", CLI_TEXT,
	  FIELD(window), 0, 0 },
	{ "policy", 'p', "NAME:SETTING=N[:...][,...]",
	  "Policy of workloads; pages also as N% of the fast tier", CLI_TEXT,
	  FIELD(policy), 0, 0 },
	{ "rate", 'r', "PAGES|N%",
	  "Pages a second in each direction, also of the fast tier (10%)",
	  CLI_TEXT, FIELD(rate), 0, 0 },
	{ "hysteresis", 0, "HEATS", "How much hotter a page has to be (6)",
	  CLI_COUNT, FIELD(hysteresis), 0, TIER_HISTORY },
	{ "cool-down", 0, "WINDOWS", "How long a moved page stays (12)",
	  CLI_COUNT, FIELD(cool_down), 0, 1000 },
	{ "oracle", 0, "WINDOWS", "How long the oracle's pages stay (256)",
	  CLI_COUNT, FIELD(oracle), 1, 1000000 },
	{ "warm-up", 0, "WINDOWS", "Windows left out of the totals",
	  CLI_COUNT, FIELD(warm_up), 0, 0 },
	{ "totals", 't', NULL, "Do not print the windows", CLI_FLAG,
	  FIELD(totals), 0, 0 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.words = "[FILE]",
	.takes = any_word,
	.word = FIELD(file),
	.doc = "Replay a trace of accesses with the policy of the tiering module, and say which of them the fast tier would have served. Reads standard input when the file is -. Needs no module and no rights.",
};

int cmd_tier_replay(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { .window = "auto", .rate = "10%",
			       .hysteresis = 6, .cool_down = TIER_COOL_DOWN,
			       .oracle = 256, .warm_up = NOT_GIVEN };
	struct replay r = { .cli = cli, .a = &a };
	int code = cli_read(cli, &syntax, argc, argv, &a);

	if (code)
		return code;
	r.config = (struct sim_config){
		.window_ms = WINDOW_MS,
		.min_ms = SHORTEST_MS,
		.max_ms = LONGEST_MS,
		.cool_down = (uint32_t)a.cool_down,
		.oracle_windows = (uint32_t)a.oracle,
		.limits = {
			.fast_max = UINT64_MAX,
			.weight = 100,
			.hysteresis = (uint32_t)a.hysteresis,
		},
		.report = report,
		.arg = &r,
	};
	code = replay(&r, cli->out);
	clean(&r);
	return code;
}
