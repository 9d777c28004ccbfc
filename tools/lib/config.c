// SPDX-License-Identifier: MIT
/*
 * The configuration file.
 *
 * The whole file is read and checked before anything acts on it, and every
 * fault is kept with its line, so that one run shows all of them.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tandem.h"

#define CONFIG_MAX_SIZE (1 << 20)
#define MAX_NAMES 64

struct tandem_config {
	struct tandem_config_entry *entries;
	size_t nr_entries;
	struct tandem_config_fault *faults;
	size_t nr_faults;
};

static int fault(struct tandem_config *c, unsigned int line, const char *key,
		 const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int fault(struct tandem_config *c, unsigned int line, const char *key,
		 const char *format, ...)
{
	struct tandem_config_fault *more;
	va_list args;
	size_t at;

	more = realloc(c->faults, (c->nr_faults + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->faults = more;
	/* Kept in the order of lines, which is that of reading. */
	for (at = c->nr_faults++; at && more[at - 1].line > line; at--)
		more[at] = more[at - 1];
	more += at;
	more->line = line;
	snprintf(more->key, sizeof(more->key), "%s", key);
	va_start(args, format);
	vsnprintf(more->text, sizeof(more->text), format, args);
	va_end(args);
	return 0;
}

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

static int add_entry(struct tandem_config *c, const char *section,
		     const char *key, const char *value, unsigned int line)
{
	struct tandem_config_entry *more;

	more = realloc(c->entries, (c->nr_entries + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->entries = more;
	more += c->nr_entries;
	more->section = strdup(section);
	more->key = strdup(key);
	more->value = strdup(value);
	more->number = 0;
	more->line = line;
	c->nr_entries++;
	return more->section && more->key && more->value ? 0 : -ENOMEM;
}

static const struct tandem_config_entry *
earlier(const struct tandem_config *c, const char *section, const char *key)
{
	size_t i;

	for (i = 0; i < c->nr_entries; i++)
		if (!strcmp(c->entries[i].section, section) &&
		    !strcmp(c->entries[i].key, key))
			return &c->entries[i];
	return NULL;
}

static void join(char *out, size_t size, const char *const *names, size_t n)
{
	size_t i, at = 0;

	*out = '\0';
	for (i = 0; i < n && at < size; i++)
		at += snprintf(out + at, size - at, "%s%s", i ? ", " : "",
			       names[i]);
}

static int unknown_section(struct tandem_config *c, const char *name,
			   unsigned int line)
{
	const char *names[MAX_NAMES] = { NULL };
	char all[MAX_NAMES * (TANDEM_NAME_LEN + 2)];
	const char *near;
	size_t n = 0;

	while (n < MAX_NAMES && tandem_known_capability(n)) {
		names[n] = tandem_known_capability(n);
		n++;
	}
	near = tandem_nearest(name, names, n);
	if (near)
		return fault(c, line, name,
			     "there is no section [%s]; did you mean [%s]?",
			     name, near);
	join(all, sizeof(all), names, n);
	return fault(c, line, name,
		     "there is no section [%s]; the sections are: %s", name,
		     all);
}

static int parse_section(struct tandem_config *c, char *text,
			 char **section, unsigned int line)
{
	char *close = strchr(text, ']');
	size_t n;

	free(*section);
	*section = NULL;
	if (!close || *trim(close + 1))
		return fault(c, line, "",
			     "a section is written [name] on a line of its own");
	*close = '\0';
	*section = strdup(trim(text + 1));
	if (!*section)
		return -ENOMEM;
	if (tandem_known_knobs(*section, &n))
		return 0;
	return unknown_section(c, *section, line);
}

static int parse_pair(struct tandem_config *c, char *text, const char *section,
		      unsigned int line)
{
	const struct tandem_config_entry *first;
	char *equals = strchr(text, '=');
	char *key, *value;

	if (!equals)
		return fault(c, line, "", "\"%.60s\" is not \"key = value\"",
			     text);
	*equals = '\0';
	key = trim(text);
	value = trim(equals + 1);
	if (!*key)
		return fault(c, line, "", "there is no key before the \"=\"");
	if (!section)
		return fault(c, line, key,
			     "%.60s stands before any [section]; put [reclaim] above it",
			     key);
	if (!*value)
		return fault(c, line, key, "%.60s has no value", key);
	first = earlier(c, section, key);
	if (first)
		return fault(c, line, key,
			     "%.60s is set a second time; line %u set it before",
			     key, first->line);
	return add_entry(c, section, key, value, line);
}

static int parse_line(struct tandem_config *c, char *text, char **section,
		      unsigned int line)
{
	text = trim(text);
	if (!*text || *text == '#' || *text == ';')
		return 0;
	if (*text == '[')
		return parse_section(c, text, section, line);
	return parse_pair(c, text, *section, line);
}

/**
 * tandem_config_parse - parse the text of a configuration file
 * @config: gets the configuration, also when it has faults
 * @text: contents of the file
 *
 * Return: 0; -EINVAL when faults were found; -ENOMEM.
 */
int tandem_config_parse(struct tandem_config **config, const char *text)
{
	struct tandem_config *c = calloc(1, sizeof(*c));
	char *copy = strdup(text), *section = NULL, *next = copy, *line;
	unsigned int number = 0;
	int err = c && copy ? 0 : -ENOMEM;

	while (!err) {
		line = strsep(&next, "\n");
		if (!line)
			break;
		err = parse_line(c, line, &section, ++number);
	}
	free(section);
	free(copy);
	if (err) {
		tandem_config_free(c);
		c = NULL;
	}
	*config = c;
	if (err)
		return err;
	return c->nr_faults ? -EINVAL : 0;
}

/**
 * tandem_config_read - read a configuration file
 * @config: gets the configuration, also when it has faults; NULL when the
 *          file could not be read
 * @path: the file
 *
 * Return: 0; -EINVAL when faults were found; -E2BIG over 1 MiB; or the errno
 * of the failed open or read.
 */
int tandem_config_read(struct tandem_config **config, const char *path)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;
	int err;

	*config = NULL;
	if (!file)
		return -errno;
	text = malloc(CONFIG_MAX_SIZE + 1);
	if (!text) {
		fclose(file);
		return -ENOMEM;
	}
	errno = 0;
	len = fread(text, 1, CONFIG_MAX_SIZE, file);
	if (ferror(file))
		err = errno ? -errno : -EIO;
	else if (len == CONFIG_MAX_SIZE)
		err = -E2BIG;
	else
		err = 0;
	fclose(file);
	text[len] = '\0';
	if (!err && memchr(text, '\0', len))
		err = -EILSEQ;
	if (!err)
		err = tandem_config_parse(config, text);
	free(text);
	return err;
}

void tandem_config_free(struct tandem_config *config)
{
	size_t i;

	if (!config)
		return;
	for (i = 0; i < config->nr_entries; i++) {
		free(config->entries[i].section);
		free(config->entries[i].key);
		free(config->entries[i].value);
	}
	free(config->entries);
	free(config->faults);
	free(config);
}

static int check_enabled(struct tandem_config *c,
			 struct tandem_config_entry *e)
{
	static const char *const yes[] = { "1", "yes", "on", "true" };
	static const char *const no[] = { "0", "no", "off", "false" };
	size_t i;

	for (i = 0; i < 4; i++) {
		if (!strcmp(e->value, yes[i])) {
			e->number = 1;
			return 0;
		}
		if (!strcmp(e->value, no[i])) {
			e->number = 0;
			return 0;
		}
	}
	return fault(c, e->line, e->key,
		     "enabled is yes or no, not \"%.60s\"", e->value);
}

static int check_number(struct tandem_config *c,
			struct tandem_config_entry *e,
			const struct tandem_knob_info *knob)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(e->value, &end, 10);
	if (!isdigit((unsigned char)*e->value) || *end)
		return fault(c, e->line, e->key,
			     "%s is a whole number of %s from %" PRIu32
			     " to %" PRIu32 ", not \"%.60s\"",
			     knob->name, knob->unit, knob->min, knob->max,
			     e->value);
	if (errno || value < knob->min || value > knob->max)
		return fault(c, e->line, e->key,
			     "%s must lie between %" PRIu32 " and %" PRIu32
			     " %s; %.30s does not",
			     knob->name, knob->min, knob->max, knob->unit,
			     e->value);
	e->number = (uint32_t)value;
	return 0;
}

static int unknown_key(struct tandem_config *c,
		       const struct tandem_config_entry *e,
		       const struct tandem_knob_info *knobs, size_t n)
{
	const char *names[MAX_NAMES + 1], *near;
	size_t i;

	names[0] = "enabled";
	for (i = 0; i < n && i < MAX_NAMES; i++)
		names[i + 1] = knobs[i].name;
	near = tandem_nearest(e->key, names, i + 1);
	if (near)
		return fault(c, e->line, e->key,
			     "[%s] has no key %.60s; did you mean %s?",
			     e->section, e->key, near);
	return fault(c, e->line, e->key,
		     "[%s] has no key %.60s; \"tandem %s show\" lists the keys",
		     e->section, e->key, e->section);
}

static int check_entry(struct tandem_config *c,
		       struct tandem_config_entry *e,
		       const struct tandem_knob_info *knobs, size_t n)
{
	size_t i;

	if (!strcmp(e->key, "enabled"))
		return check_enabled(c, e);
	for (i = 0; i < n; i++)
		if (!strcmp(knobs[i].name, e->key))
			return check_number(c, e, &knobs[i]);
	return unknown_key(c, e, knobs, n);
}

/**
 * tandem_config_check - check the values of one section
 * @config: a configuration that was read
 * @capability: name of the section
 * @knobs: the knobs that exist, with their ranges
 * @n: how many
 *
 * Return: 0; -EINVAL when the configuration has faults, from now or from
 * reading it; -ENOMEM.
 */
int tandem_config_check(struct tandem_config *config, const char *capability,
			const struct tandem_knob_info *knobs, size_t n)
{
	size_t i;
	int err;

	for (i = 0; i < config->nr_entries; i++) {
		if (strcmp(config->entries[i].section, capability))
			continue;
		err = check_entry(config, &config->entries[i], knobs, n);
		if (err)
			return err;
	}
	return config->nr_faults ? -EINVAL : 0;
}

/**
 * tandem_config_entry - an entry by number
 * @config: the configuration
 * @index: counted from 0
 *
 * Return: the entry, or NULL past the last.
 */
const struct tandem_config_entry *
tandem_config_entry(const struct tandem_config *config, size_t index)
{
	return index < config->nr_entries ? &config->entries[index] : NULL;
}

/**
 * tandem_config_fault - a fault by number
 * @config: the configuration
 * @index: counted from 0
 *
 * Return: the fault, or NULL past the last.
 */
const struct tandem_config_fault *
tandem_config_fault(const struct tandem_config *config, size_t index)
{
	return index < config->nr_faults ? &config->faults[index] : NULL;
}
