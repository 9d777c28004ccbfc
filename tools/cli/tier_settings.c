// SPDX-License-Identifier: GPL-2.0-only
/* What a replay is told on the command line, beyond plain numbers. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tier_settings.h"

#define MOST_PAGES (1ULL << 40)

/**
 * read_pages - read a number of pages
 * @text: "4096", or "25%" of @whole
 * @whole: pages
 * @pages: gets it
 *
 * Return: 0, or -EINVAL.
 */
int read_pages(const char *text, uint64_t whole, uint64_t *pages)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(text, &end);
	if (!isdigit((unsigned char)*text) || errno || !(value <= MOST_PAGES))
		return -EINVAL;
	if (!strcmp(end, "%") && value <= 100)
		value *= (double)whole / 100;
	else if (*end || strchr(text, '.'))
		return -EINVAL;
	*pages = (uint64_t)value;
	return 0;
}

/**
 * read_window - read how long windows are
 * @text: "auto", or milliseconds from 1 to 3600000
 * @config: gets it
 *
 * Return: 0, or -EINVAL.
 */
int read_window(const char *text, struct sim_config *config)
{
	unsigned long ms;
	char *end;

	if (!strcmp(text, "auto"))
		return 0;
	ms = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || ms < 1 || ms > 3600000)
		return -EINVAL;
	config->window_ms = (uint32_t)ms;
	config->min_ms = config->window_ms;
	config->max_ms = config->window_ms;
	return 0;
}

static int read_number(const char *text, unsigned long least,
		       unsigned long most, uint32_t *number)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || value < least ||
	    value > most)
		return -EINVAL;
	*number = (uint32_t)value;
	return 0;
}

static int read_setting(const char *word, uint64_t fast_pages,
			struct tier_limits *limits)
{
	if (!strncmp(word, "min=", 4))
		return read_pages(word + 4, fast_pages, &limits->fast_min);
	if (!strncmp(word, "max=", 4))
		return read_pages(word + 4, fast_pages, &limits->fast_max);
	if (!strncmp(word, "weight=", 7))
		return read_number(word + 7, 1, TIER_WEIGHT_MAX,
				   &limits->weight);
	if (!strncmp(word, "promote=", 8))
		return read_number(word + 8, 0, TIER_HISTORY,
				   &limits->promote_age);
	if (!strncmp(word, "demote=", 7))
		return read_number(word + 7, 0, TIER_HISTORY,
				   &limits->demote_age);
	return -EINVAL;
}

/* Moves on to one of @ends; false when what is before it is too long. */
static bool next_word(const char **text, const char *ends, char *word,
		      size_t size)
{
	size_t len = strcspn(*text, ends);

	if (len >= size)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return true;
}

/**
 * read_policy_name - read whose policy it is
 * @text: "NAME:min=PAGES:max=PAGES:weight=N:promote=N:demote=N", and after a
 *	comma the next one; is moved on to the first colon
 * @name: of SIM_NAME letters; gets it
 *
 * Return: 0, or -EINVAL.
 */
int read_policy_name(const char **text, char *name)
{
	return next_word(text, ":,", name, SIM_NAME) && *name &&
	       **text == ':' ? 0 : -EINVAL;
}

/**
 * read_policy_limits - read what the policy is
 * @text: from the first colon on; is moved on to the next name
 * @fast_pages: of which pages may be given in percent
 * @limits: get what is given
 *
 * Return: 0, -EINVAL, or -ERANGE when the least is more than the most.
 */
int read_policy_limits(const char **text, uint64_t fast_pages,
		       struct tier_limits *limits)
{
	char word[SIM_NAME];

	while (**text == ':') {
		++*text;
		if (!next_word(text, ":,", word, sizeof(word)) ||
		    read_setting(word, fast_pages, limits))
			return -EINVAL;
	}
	if (**text == ',')
		++*text;
	return limits->fast_min > limits->fast_max ? -ERANGE : 0;
}
