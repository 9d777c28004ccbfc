/* SPDX-License-Identifier: GPL-2.0-only */
/* What the words after the verb set say. */
#ifndef TANDEM_CLI_SETTINGS_H
#define TANDEM_CLI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem.h"

#define SETTINGS_MAX 64
#define SETTINGS_WHY 512

/**
 * struct settings_word - a value that has a name
 * @knob: of which knob
 * @word: its name
 * @value: what it stands for
 */
struct settings_word {
	const char *knob;
	const char *word;
	uint32_t value;
};

/**
 * struct settings - what is to be set
 * @names: values that have names, up to one whose word is NULL; or NULL
 * @subject: of which subject; NULL for the capability itself
 * @values: knobs and values; the names lie in the words of the command line
 * @n: how many
 */
struct settings {
	const struct settings_word *names;
	const char *subject;
	struct tandem_knob_value values[SETTINGS_MAX];
	size_t n;
};

int settings_add(struct settings *s, char *word, bool subjects,
		 char why[SETTINGS_WHY]);

#endif
