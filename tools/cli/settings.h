/* SPDX-License-Identifier: GPL-2.0-only */
/* What the words after the verb set say. */
#ifndef TANDEM_CLI_SETTINGS_H
#define TANDEM_CLI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "tandem.h"

#define SETTINGS_MAX 64
#define SETTINGS_WHY 512

/**
 * struct settings - what is to be set
 * @subject: of which subject; NULL for the capability itself
 * @values: knobs and values; the names lie in the words of the command line
 * @n: how many
 */
struct settings {
	const char *subject;
	struct tandem_knob_value values[SETTINGS_MAX];
	size_t n;
};

int settings_add(struct settings *s, char *word, bool subjects,
		 char why[SETTINGS_WHY]);

#endif
