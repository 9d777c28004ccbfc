// SPDX-License-Identifier: GPL-2.0-only
/* The statistics of a capability: once, or their changes every so often. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capability.h"
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

/**
 * struct stat_arguments - how statistics are followed
 * @interval: seconds between two views; 0 to print them once
 * @count: how many views; 0 until q
 * @screen: views are drawn over one another
 */
struct stat_arguments {
	double interval;
	unsigned long count;
	bool screen;
};

static int follow(struct cli *cli, struct tandem *t, struct loop *loop,
		  const struct stat_arguments *a)
{
	const char *name = cli->capability->name;
	struct snapshot old, now;
	unsigned long done = 0;
	int err = take_snapshot(t, name, &old);

	while (!err && (!a->count || done < a->count)) {
		unsigned int events = loop_wait(loop);

		if (events & LOOP_QUIT)
			break;
		if (!(events & LOOP_TICK))
			continue;
		err = take_snapshot(t, name, &now);
		if (err)
			break;
		if (a->screen)
			fputs("\033[H\033[J", stdout);
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

static const struct cli_option options[] = {
	{ "interval", 'i', "SECONDS",
	  "Print changes every so often, until q", CLI_SECONDS,
	  offsetof(struct stat_arguments, interval), 0.1, 86400 },
	{ "count", 'n', "N", "End after N times", CLI_COUNT,
	  offsetof(struct stat_arguments, count), 1, 0 },
	{ 0 }
};

int cmd_stat(struct cli *cli, int argc, char **argv)
{
	char doc[CAPABILITY_DOC];
	const struct cli_syntax syntax = { .options = options, .doc = doc };
	struct stat_arguments a = { .interval = 0 };
	int code;

	capability_doc(cli, doc, "Print the statistics of", ".");
	code = cli_words(cli, &syntax, argc, argv, &a);
	if (!code)
		code = cli_begin(cli, a.interval > 0);
	if (code)
		return code;
	return a.interval > 0 ? run_follow(cli, &a) :
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
	const struct cli_syntax syntax = { .options = options, .lines = true,
					   .doc = doc };
	struct stat_arguments a = { .interval = 1 };
	int code;

	capability_doc(cli, doc, "Watch the statistics of",
		       " live. q quits.");
	code = cli_read(cli, &syntax, argc, argv, &a);
	if (code)
		return code;
	a.screen = !cli->json && isatty(STDOUT_FILENO);
	return run_follow(cli, &a);
}
