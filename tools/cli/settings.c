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

/* The value may be said by its name, too. */
static const struct settings_word *named(const struct settings *s,
					 const char *word, const char *equals)
{
	const struct settings_word *w = s->names;

	for (; w && w->word; w++)
		if (strlen(w->knob) == (size_t)(equals - word) &&
		    !strncmp(w->knob, word, (size_t)(equals - word)) &&
		    !strcmp(w->word, equals + 1))
			return w;
	return NULL;
}

/* "stock, watch or a number", for the knob that the word begins with. */
static void list_names(const struct settings *s, const char *word,
		       const char *equals, char *to, size_t size)
{
	const struct settings_word *w = s->names;
	size_t len = (size_t)(equals - word);

	*to = '\0';
	for (; w && w->word; w++)
		if (strlen(w->knob) == len && !strncmp(w->knob, word, len))
			snprintf(to + strlen(to), size - strlen(to), "%s, ",
				 w->word);
	if (*to)
		snprintf(to + strlen(to) - 2, size - strlen(to) + 2, " or ");
}

static int add_value(struct settings *s, char *word, char *equals, char *why)
{
	const struct settings_word *name = named(s, word, equals);
	unsigned long long value;
	char *end;

	if (name) {
		*equals = '\0';
		s->values[s->n].name = word;
		s->values[s->n++].value = name->value;
		return 0;
	}
	errno = 0;
	value = strtoull(equals + 1, &end, 10);
	if (!isdigit((unsigned char)equals[1]) || *end || errno ||
	    value > UINT32_MAX) {
		char names[128];

		list_names(s, word, equals, names, sizeof(names));
		snprintf(why, SETTINGS_WHY,
			 "%.*s is %sa whole number from 0 to %u, not \"%s\"",
			 (int)(equals - word), word, names, UINT32_MAX,
			 equals + 1);
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
