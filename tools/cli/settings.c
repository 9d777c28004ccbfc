// SPDX-License-Identifier: GPL-2.0-only
/* What the words after the verb set say; nothing is asked of the kernel. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

/* The path of a cgroup may have a "=" in it; the name of a knob has no slash. */
static bool names_subject(const char *word)
{
	return *word == '/' || !strchr(word, '=');
}

static int add_value(struct settings *s, char *word, char *equals, char *why)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(equals + 1, &end, 10);
	if (!isdigit((unsigned char)equals[1]) || *end || errno ||
	    value > UINT32_MAX) {
		snprintf(why, SETTINGS_WHY,
			 "%.*s is a whole number from 0 to %u, not \"%s\"",
			 (int)(equals - word), word, UINT32_MAX, equals + 1);
		return -EINVAL;
	}
	*equals = '\0';
	s->values[s->n].name = word;
	s->values[s->n++].value = (uint32_t)value;
	return 0;
}

/**
 * settings_add - take a word more
 * @s: what the words before it have said
 * @word: the word, which is changed and has to stay
 * @subjects: the first word may name a subject: it does when it has no "=" or
 *            begins with "/"
 * @why: gets what is wrong
 *
 * Return: 0, or -EINVAL.
 */
int settings_add(struct settings *s, char *word, bool subjects,
		 char why[SETTINGS_WHY])
{
	char *equals = strchr(word, '=');

	if (subjects && *word && names_subject(word)) {
		if (!s->subject && !s->n) {
			s->subject = word;
			return 0;
		}
		snprintf(why, SETTINGS_WHY,
			 "\"%s\" is not KNOB=VALUE; one subject may come first",
			 word);
	} else if (!equals || equals == word) {
		snprintf(why, SETTINGS_WHY, "\"%s\" is not KNOB=VALUE", word);
	} else if (s->n == SETTINGS_MAX) {
		snprintf(why, SETTINGS_WHY, "more knobs than there are");
	} else {
		return add_value(s, word, equals, why);
	}
	return -EINVAL;
}
