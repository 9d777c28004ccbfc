// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a capability is set to and does: its state and knobs, its subjects in a
 * table, one subject with all there is to say of it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "histogram.h"

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
};

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

/**
 * struct listing - the table of subjects
 * @p: printer
 * @brief: as in struct capability
 * @word: likewise
 * @columns: the name, the knobs, the statistics; NULL until there is a subject
 * @heads: what stands above them
 * @keys: what they are called in JSON
 * @nr_knobs: how many of them are knobs
 * @nr_stats: how many are statistics
 */
struct listing {
	struct printer *p;
	const char *brief;
	const char *(*word)(const char *name, uint64_t value);
	struct print_column *columns;
	char (*heads)[TANDEM_NAME_LEN];
	char (*keys)[TANDEM_NAME_LEN];
	size_t nr_knobs;
	size_t nr_stats;
};

static void add_column(struct listing *l, size_t i, const char *name,
		       bool shown)
{
	char *c;

	snprintf(l->keys[i], sizeof(l->keys[i]), "%s", name);
	snprintf(l->heads[i], sizeof(l->heads[i]), "%s", name);
	for (c = l->heads[i]; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	l->columns[i].key = l->keys[i];
	l->columns[i].head = shown ? l->heads[i] : NULL;
	l->columns[i].right = i > 0;
}

/* Is the column in the list that people get? */
static bool in_brief(const char *brief, const char *name)
{
	char word[TANDEM_NAME_LEN + 2];

	snprintf(word, sizeof(word), " %s ", name);
	return !brief || strstr(brief, word);
}

/*
 * Text has what is true now; counters, which only grow, are for JSON alone, which
 * has all.
 */
static int begin_listing(struct listing *l,
			 const struct tandem_subject_info *info)
{
	size_t n = 1 + info->nr_knobs + info->nr_stats, i;

	l->heads = calloc(n, sizeof(*l->heads));
	l->keys = calloc(n, sizeof(*l->keys));
	if (l->heads && l->keys)
		l->columns = calloc(n, sizeof(*l->columns));
	if (!l->columns)
		return -ENOMEM;
	l->nr_knobs = info->nr_knobs;
	l->nr_stats = info->nr_stats;
	add_column(l, 0, "name", true);
	snprintf(l->heads[0], sizeof(l->heads[0]), "SUBJECT");
	for (i = 0; i < info->nr_knobs; i++)
		add_column(l, 1 + i, info->knobs[i].name,
			   in_brief(l->brief, info->knobs[i].name));
	for (i = 0; i < info->nr_stats; i++)
		add_column(l, 1 + info->nr_knobs + i, info->stats[i].name,
			   info->stats[i].gauge &&
			   in_brief(l->brief, info->stats[i].name));
	print_note(l->p, "%s", "");
	print_table(l->p, "subjects", l->columns, n);
	return 0;
}

static void value_cell(const struct listing *l, const char *name,
		       uint64_t value)
{
	const char *word = l->word ? l->word(name, value) : NULL;

	if (word)
		print_cell_str(l->p, word);
	else
		print_cell_u64(l->p, value);
}

static int list_subject(const struct tandem_subject_info *info, void *arg)
{
	struct listing *l = arg;
	int err = l->columns ? 0 : begin_listing(l, info);
	size_t i;

	if (err)
		return err;
	/* The module was exchanged for another one meanwhile. */
	if (info->nr_knobs != l->nr_knobs || info->nr_stats != l->nr_stats)
		return -EAGAIN;
	print_cell_str(l->p, info->name);
	for (i = 0; i < info->nr_knobs; i++)
		value_cell(l, info->knobs[i].name, info->knobs[i].value);
	for (i = 0; i < info->nr_stats; i++)
		value_cell(l, info->stats[i].name, info->stats[i].value);
	return 0;
}

static void end_listing(struct listing *l, bool listed)
{
	if (l->columns) {
		print_table_end(l->p);
	} else if (listed) {
		print_open_list(l->p, "subjects");
		print_close(l->p);
		print_note(l->p, "\nno subjects");
	}
	free(l->columns);
	free(l->heads);
	free(l->keys);
}

/* Who may not read subjects may look at the rest all the same. */
static int show_subjects(struct cli *cli)
{
	static const char what[] = "cannot show the subjects";
	struct listing listing = {
		.p = cli->out, .brief = cli->capability->brief,
		.word = cli->capability->word,
	};
	struct tandem *t;
	int err, code = cli_connect(&t, what);

	if (code)
		return code;
	err = tandem_subjects(t, cli->capability->name, list_subject,
			      &listing);
	end_listing(&listing, !err);
	if (err == -EPERM) {
		print_str(cli->out, "subjects", NULL, NULL);
		print_note(cli->out, "\nits subjects are shown to root only");
	} else if (err && err != -EOPNOTSUPP) {
		code = cli_lib_error(t, err, what);
	}
	tandem_close(t);
	return code;
}

static void print_stats(struct printer *p,
			const struct tandem_subject_info *info)
{
	size_t i;

	print_note(p, "%s", "");
	print_table(p, "stats", stat_columns, ARRAY_SIZE(stat_columns));
	for (i = 0; i < info->nr_stats; i++) {
		print_cell_str(p, info->stats[i].name);
		print_cell_u64(p, info->stats[i].value);
	}
	print_table_end(p);
}

static int print_subject(const struct tandem_subject_info *info, void *arg)
{
	struct cli *cli = arg;
	struct printer *p = cli->out;
	size_t i;

	print_str(p, "subject", "subject", info->name);
	print_note(p, "%s", "");
	print_table(p, "knobs", knob_columns, ARRAY_SIZE(knob_columns));
	for (i = 0; i < info->nr_knobs; i++)
		knob_row(&info->knobs[i], p);
	print_table_end(p);
	if (info->nr_stats)
		print_stats(p, info);
	print_open_list(p, "histograms");
	for (i = 0; i < info->nr_histograms; i++)
		histogram_print(p, &info->histograms[i]);
	print_close(p);
	if (cli->capability->show_more)
		cli->capability->show_more(p, info);
	return 0;
}

static int show_subject(struct cli *cli, const char *subject)
{
	static const char what[] = "cannot show it";
	const char *name = cli->capability->name;
	struct tandem *t;
	int err, code = capability_connect(cli, &t, what);

	if (code)
		return code;
	print_str(cli->out, "capability", "capability", name);
	err = tandem_subject_get(t, name, subject, print_subject, cli);
	if (err)
		code = capability_refused(cli, t, err, what);
	tandem_close(t);
	return code;
}

static bool any_word(const char *word)
{
	return *word;
}

int cmd_show(struct cli *cli, int argc, char **argv)
{
	char doc[CAPABILITY_DOC];
	const char *subject = NULL;
	bool subjects = cli->capability->subjects;
	const struct cli_syntax syntax = {
		.words = subjects ? "[SUBJECT]" : NULL,
		.takes = any_word,
		.doc = doc,
	};
	int code;

	if (subjects)
		capability_doc(cli, doc,
			       "Show the state, the knobs and the subjects of",
			       ", or all that is known of one subject.");
	else
		capability_doc(cli, doc, "Show the state and the knobs of",
			       ".");
	code = cli_read(cli, &syntax, argc, argv, &subject);
	if (code)
		return code;
	if (subject)
		return show_subject(cli, subject);
	code = show_run(cli, cli->capability->name);
	if (!code && cli->capability->show_machine)
		cli->capability->show_machine(cli->out, &cli->root);
	return code || !subjects ? code : show_subjects(cli);
}
