// SPDX-License-Identifier: GPL-2.0-only
/* The statistics of a capability: once, or their changes every so often. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "follow.h"
#include "loop.h"

#define MAX_STATS 128

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

/**
 * struct changes - statistics that are followed
 * @name: of the capability
 * @old: the snapshot before
 * @now: the last one
 */
struct changes {
	const char *name;
	struct snapshot old;
	struct snapshot now;
};

static int take(struct tandem *t, void *arg)
{
	struct changes *c = arg;

	c->old = c->now;
	return take_snapshot(t, c->name, &c->now);
}

static void show(struct printer *p, void *arg)
{
	struct changes *c = arg;

	print_change(p, &c->old, &c->now);
}

static int run_follow(struct cli *cli, const struct follow_arguments *a,
		      bool screen)
{
	struct changes changes = { .name = cli->capability->name };
	const struct follow follow = {
		.what = "cannot read the statistics",
		.take = take,
		.show = show,
		.arg = &changes,
	};

	return follow_run(cli, &follow, a, screen);
}

int cmd_stat(struct cli *cli, int argc, char **argv)
{
	char doc[CAPABILITY_DOC];
	const struct cli_syntax syntax = { .options = follow_options,
					   .doc = doc };
	struct follow_arguments a = { .interval = 0 };
	int code;

	capability_doc(cli, doc, "Print the statistics of", ".");
	code = cli_words(cli, &syntax, argc, argv, &a);
	if (!code)
		code = cli_begin(cli, a.interval > 0);
	if (code)
		return code;
	return a.interval > 0 ? run_follow(cli, &a, false) :
				stat_run(cli, cli->capability->name);
}

/**
 * cmd_rates - the verb top of a capability that has no view of its own
 * @cli: context
 * @argc: number of words
 * @argv: words, the verb first
 *
 * Return: an exit code.
 */
int cmd_rates(struct cli *cli, int argc, char **argv)
{
	char doc[CAPABILITY_DOC];
	const struct cli_syntax syntax = { .options = follow_options,
					   .lines = true, .doc = doc };
	struct follow_arguments a = { .interval = 1 };
	int code;

	capability_doc(cli, doc, "Watch the statistics of",
		       " live. q quits.");
	code = cli_read(cli, &syntax, argc, argv, &a);
	return code ? code : run_follow(cli, &a, true);
}
