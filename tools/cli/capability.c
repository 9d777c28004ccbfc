// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of a capability: show, set, enable, disable, stat. They are the
 * same for every capability; only its name differs.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "loop.h"

#define MAX_KNOBS 64
#define MAX_STATS 128

static const struct print_column knob_columns[] = {
	{ "name", "KNOB", false, false },
	{ "value", "VALUE", true, false },
	{ "unit", "UNIT", false, false },
	{ "min", "MIN", true, false },
	{ "max", "MAX", true, false },
	{ "default", "DEFAULT", true, false },
};

static const struct print_column stat_columns[] = {
	{ "name", "STATISTIC", false, false },
	{ "value", "VALUE", true, false },
	{ "meaning", "MEANING", false, false },
};

static const struct print_column rate_columns[] = {
	{ "name", "STATISTIC", false, false },
	{ "value", "VALUE", true, false },
	{ "change", "CHANGE", true, false },
	{ "per_second", "PER SECOND", true, false },
};

/* The capability is part of the command, so no option names it. */
static const char capability[] = "reclaim";

static int knob_row(const struct tandem_knob_info *knob, void *arg)
{
	struct printer *p = arg;

	print_cell_str(p, knob->name);
	print_cell_u64(p, knob->value);
	print_cell_str(p, knob->unit);
	print_cell_u64(p, knob->min);
	print_cell_u64(p, knob->max);
	print_cell_u64(p, knob->def);
	return 0;
}

/**
 * show_run - print the state and the knobs of a capability
 * @cli: context, ready to print
 * @name: of the capability
 *
 * Return: an exit code.
 */
int show_run(struct cli *cli, const char *name)
{
	struct tandem_capability_info info = { 0 };
	struct tandem *t;
	int err, code = cli_connect(&t, "cannot show the knobs");

	if (code)
		return code;
	err = tandem_capability_get(t, name, &info);
	if (!err) {
		print_str(cli->out, "capability", "capability", info.name);
		print_str(cli->out, "state", "state", info.state_name);
		if (*info.reason)
			print_str(cli->out, "reason", "reason", info.reason);
		print_u64(cli->out, "in_flight", "in flight", info.in_flight);
		print_note(cli->out, "%s", "");
		print_table(cli->out, "knobs", knob_columns,
			    ARRAY_SIZE(knob_columns));
		err = tandem_knobs(t, name, knob_row, cli->out);
		print_table_end(cli->out);
	}
	if (err)
		code = cli_lib_error(t, err, "cannot show the knobs");
	tandem_close(t);
	return code;
}

static int cmd_show(struct cli *cli, int argc, char **argv)
{
	static const struct cli_syntax syntax = {
		.doc = "Show the state and the knobs of page reclaim.",
	};
	int code = cli_read(cli, &syntax, argc, argv, NULL);

	return code ? code : show_run(cli, capability);
}

/**
 * struct settings - what is to be set
 * @values: knobs and values; the names lie in the words of the command line
 * @n: how many
 */
struct settings {
	struct tandem_knob_value values[MAX_KNOBS];
	size_t n;
};

static error_t add_setting(struct settings *s, char *word,
			   struct argp_state *state)
{
	char *equals = strchr(word, '='), *end;
	unsigned long long value;

	if (!equals || equals == word)
		argp_error(state, "\"%s\" is not KNOB=VALUE", word);
	if (s->n == MAX_KNOBS)
		argp_error(state, "more knobs than there are");
	*equals = '\0';
	errno = 0;
	value = strtoull(equals + 1, &end, 10);
	if (!isdigit((unsigned char)equals[1]) || *end || errno ||
	    value > UINT32_MAX)
		argp_error(state, "%s is a whole number from 0 to %u, not \"%s\"",
			   word, UINT32_MAX, equals + 1);
	s->values[s->n].name = word;
	s->values[s->n++].value = (uint32_t)value;
	return 0;
}

static error_t parse_set(int key, char *arg, struct argp_state *state)
{
	struct settings *s = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		return add_setting(s, arg, state);
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "say what to set, for example depth=4; tandem reclaim show lists the knobs");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run_set(struct cli *cli, const struct settings *s)
{
	struct tandem *t;
	int err, code = cli_connect(&t, "nothing was set");

	if (code)
		return code;
	err = tandem_knobs_set(t, capability, s->values, s->n);
	if (err == -EINVAL || err == -ERANGE || err == -ENOENT) {
		cli_error("tandem reclaim show lists the knobs and their limits",
			  "nothing was set: %s", tandem_error(t));
		code = CLI_USAGE;
	} else if (err) {
		code = cli_lib_error(t, err, "nothing was set");
	}
	tandem_close(t);
	if (!code)
		print_u64(cli->out, "set", NULL, s->n);
	return code;
}

static int cmd_set(struct cli *cli, int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_set,
		.args_doc = "KNOB=VALUE...",
		.doc = "Set knobs of page reclaim: all that are given, or none.\v"
		       "A change is lost when the module is unloaded; tandem config save keeps it.",
	};
	struct settings s = { .n = 0 };
	int code = cli_parse(cli, &argp, argc, argv, &s);

	if (!code)
		code = cli_begin(cli, false);
	return code ? code : run_set(cli, &s);
}

static int run_switch(struct cli *cli, bool on)
{
	const char *what = on ? "cannot switch it on" : "cannot switch it off";
	struct tandem_capability_info info = { 0 };
	struct tandem *t;
	int err, code = cli_connect(&t, what);

	if (code)
		return code;
	err = tandem_capability_set(t, capability, on);
	if (!err)
		err = tandem_capability_get(t, capability, &info);
	if (err)
		code = cli_lib_error(t, err, what);
	else
		print_str(cli->out, "state", capability, info.state_name);
	tandem_close(t);
	return code;
}

static int switch_to(struct cli *cli, int argc, char **argv, bool on)
{
	static const struct cli_syntax syntax_on = {
		.doc = "Switch pipelined page reclaim on.",
	};
	static const struct cli_syntax syntax_off = {
		.doc = "Switch pipelined page reclaim off: all new work goes the stock way at once.",
	};
	int code = cli_read(cli, on ? &syntax_on : &syntax_off, argc, argv,
			    NULL);

	return code ? code : run_switch(cli, on);
}

static int cmd_enable(struct cli *cli, int argc, char **argv)
{
	return switch_to(cli, argc, argv, true);
}

static int cmd_disable(struct cli *cli, int argc, char **argv)
{
	return switch_to(cli, argc, argv, false);
}

/**
 * struct snapshot - all statistics at one moment
 * @at_ns: the moment
 * @stats: the statistics
 * @n: how many
 */
struct snapshot {
	uint64_t at_ns;
	struct tandem_stat_info stats[MAX_STATS];
	size_t n;
};

static int keep_stat(const struct tandem_stat_info *stat, void *arg)
{
	struct snapshot *s = arg;

	if (s->n < MAX_STATS)
		s->stats[s->n++] = *stat;
	return 0;
}

static int take_snapshot(struct tandem *t, const char *name,
			 struct snapshot *s)
{
	s->n = 0;
	s->at_ns = now_ns();
	return tandem_stats(t, name, keep_stat, s);
}

static void print_snapshot(struct printer *p, const char *name,
			   const struct snapshot *s)
{
	const struct tandem_stat_help *help;
	size_t i;

	print_table(p, "stats", stat_columns, ARRAY_SIZE(stat_columns));
	for (i = 0; i < s->n; i++) {
		help = tandem_known_stat(name, s->stats[i].name);
		print_cell_str(p, s->stats[i].name);
		print_cell_u64(p, s->stats[i].value);
		print_cell_str(p, help ? help->help : "");
	}
	print_table_end(p);
}

static void print_change(struct printer *p, const struct snapshot *old,
			 const struct snapshot *now)
{
	double seconds = (double)(now->at_ns - old->at_ns) / 1e9;
	size_t i;

	print_real(p, "seconds", NULL, seconds, 3);
	print_table(p, "stats", rate_columns, ARRAY_SIZE(rate_columns));
	for (i = 0; i < now->n && i < old->n; i++) {
		double change = (double)now->stats[i].value -
				(double)old->stats[i].value;

		print_cell_str(p, now->stats[i].name);
		print_cell_u64(p, now->stats[i].value);
		print_cell_real(p, change, 0);
		print_cell_real(p, change / seconds, 1);
	}
	print_table_end(p);
	print_note(p, "%s", "");
	print_flush(p);
}

/**
 * stat_run - print the statistics of a capability
 * @cli: context, ready to print
 * @name: of the capability
 *
 * Return: an exit code.
 */
int stat_run(struct cli *cli, const char *name)
{
	struct snapshot now;
	struct tandem *t;
	int err, code = cli_connect(&t, "cannot read the statistics");

	if (code)
		return code;
	err = take_snapshot(t, name, &now);
	if (err)
		code = cli_lib_error(t, err, "cannot read the statistics");
	else
		print_snapshot(cli->out, name, &now);
	tandem_close(t);
	return code;
}

struct stat_arguments {
	double interval;
	unsigned long count;
};

static int follow(struct cli *cli, struct tandem *t, struct loop *loop,
		  const struct stat_arguments *a)
{
	struct snapshot old, now;
	unsigned long done = 0;
	int err = take_snapshot(t, capability, &old);

	while (!err && (!a->count || done < a->count)) {
		unsigned int events = loop_wait(loop);

		if (events & LOOP_QUIT)
			break;
		if (!(events & LOOP_TICK))
			continue;
		err = take_snapshot(t, capability, &now);
		if (err)
			break;
		print_change(cli->out, &old, &now);
		old = now;
		done++;
	}
	return err ? cli_lib_error(t, err, "cannot read the statistics") :
		     CLI_OK;
}

static int run_follow(struct cli *cli, const struct stat_arguments *a)
{
	struct loop loop;
	struct tandem *t;
	int code = cli_connect(&t, "cannot read the statistics");

	if (code)
		return code;
	if (loop_open(&loop, (uint64_t)(a->interval * 1e9), true)) {
		cli_error(NULL, "cannot wait: %s", strerror(errno));
		code = CLI_FAILED;
	} else {
		code = follow(cli, t, &loop, a);
	}
	loop_close(&loop);
	tandem_close(t);
	return code;
}

static int cmd_stat(struct cli *cli, int argc, char **argv)
{
	static const struct cli_option options[] = {
		{ "interval", 'i', "SECONDS",
		  "Print changes every so often, until q", CLI_SECONDS,
		  offsetof(struct stat_arguments, interval), 0.1, 86400 },
		{ "count", 'n', "N", "End after N times", CLI_COUNT,
		  offsetof(struct stat_arguments, count), 1, 0 },
		{ 0 }
	};
	static const struct cli_syntax syntax = {
		.options = options,
		.doc = "Print the statistics of page reclaim.",
	};
	struct stat_arguments a = { .interval = 0 };
	int code = cli_words(cli, &syntax, argc, argv, &a);

	if (!code)
		code = cli_begin(cli, a.interval > 0);
	if (code)
		return code;
	return a.interval > 0 ? run_follow(cli, &a) :
				stat_run(cli, capability);
}

static const struct command verbs[] = {
	{ "show", "the state and the knobs", cmd_show },
	{ "set", "set knobs, all or none", cmd_set },
	{ "enable", "switch on", cmd_enable },
	{ "disable", "switch off", cmd_disable },
	{ "stat", "the statistics", cmd_stat },
	{ "top", "live view of rates", cmd_top },
	{ "monitor", "changes of state, or batches", cmd_monitor },
	{ "bench", "compare off and on, on this machine", cmd_bench },
};

static void list_verbs(FILE *to)
{
	size_t i;

	fputs("Usage: tandem reclaim VERB [OPTION...]\n\nVerbs:\n", to);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(to, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n\"tandem reclaim VERB --help\" tells more of each; so does tandem-reclaim(8).\n",
	      to);
}

int cmd_reclaim(struct cli *cli, int argc, char **argv)
{
	/* Options that all commands have may stand before the verb. */
	while (argc > 1 && (!strcmp(argv[1], "-j") ||
			    !strcmp(argv[1], "--json"))) {
		cli->json = true;
		argc--;
		argv++;
	}
	if (argc < 2) {
		list_verbs(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?")) {
		list_verbs(stdout);
		return CLI_OK;
	}
	return cli_dispatch(cli, verbs, ARRAY_SIZE(verbs), "tandem reclaim",
			    argc - 1, argv + 1);
}
