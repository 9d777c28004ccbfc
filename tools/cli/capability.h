/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verbs of a capability share. */
#ifndef TANDEM_CLI_CAPABILITY_H
#define TANDEM_CLI_CAPABILITY_H

#include "cli.h"
#include "settings.h"

/* Room for a sentence of the help. */
#define CAPABILITY_DOC 384

/**
 * struct capability - a capability as the command line knows it
 * @name: in the kernel, and the command
 * @title: what it is about, in the middle of a sentence
 * @example: a setting, for the help
 * @verbs: what it can be told to do
 * @nr_verbs: how many
 * @subjects: it may have subjects
 * @brief: the columns that people get of a list of subjects, in one string with a
 *	blank around each; NULL: all settings and what is true now
 * @words: values of its settings that have names, up to one whose word is NULL;
 *	or NULL
 * @word: the name of a value in the list of subjects; NULL where there is none
 * @batches: its batches can be followed in the trace
 * @show_machine: what else there is to say of the machine, or NULL
 * @show_more: what else there is to say of a subject, or NULL
 */
struct capability {
	const char *name;
	const char *title;
	const char *example;
	const struct command *verbs;
	size_t nr_verbs;
	bool subjects;
	const char *brief;
	const struct settings_word *words;
	const char *(*word)(const char *name, uint64_t value);
	bool batches;
	void (*show_machine)(struct printer *p, const struct sysroot *root);
	void (*show_more)(struct printer *p,
			  const struct tandem_subject_info *info);
};

void capability_doc(const struct cli *cli, char doc[CAPABILITY_DOC],
		    const char *before, const char *after);
int capability_connect(struct cli *cli, struct tandem **t, const char *what);
int capability_refused(struct cli *cli, const struct tandem *t, int err,
		       const char *what);

int cmd_rates(struct cli *cli, int argc, char **argv);
int cmd_show(struct cli *cli, int argc, char **argv);
int cmd_stat(struct cli *cli, int argc, char **argv);

#endif
