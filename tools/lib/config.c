// SPDX-License-Identifier: MIT
/*
 * The configuration file.
 *
 * The whole file is read and checked before anything acts on it, and every
 * fault is kept with its line, so that one run shows all of them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define CONFIG_MAX_SIZE (1 << 20)

/**
 * config_fault - keep what is wrong
 * @c: the configuration
 * @line: where it is wrong
 * @key: which key, or empty
 * @format: what is wrong, as for printf()
 *
 * Return: 0, or -ENOMEM.
 */
int config_fault(struct tandem_config *c, unsigned int line, const char *key,
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

/**
 * struct place - the section that a line stands in
 * @section: capability; NULL before the first section
 * @subject: of that; NULL in the section of the capability itself
 */
struct place {
	char *section;
	char *subject;
};

static void leave(struct place *at)
{
	free(at->section);
	free(at->subject);
	at->section = NULL;
	at->subject = NULL;
}

static int add_entry(struct tandem_config *c, const struct place *at,
		     const char *key, const char *value, unsigned int line)
{
	struct tandem_config_entry *more;

	more = realloc(c->entries, (c->nr_entries + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->entries = more;
	more += c->nr_entries;
	more->section = strdup(at->section);
	more->subject = at->subject ? strdup(at->subject) : NULL;
	more->key = strdup(key);
	more->value = strdup(value);
	more->number = 0;
	more->line = line;
	c->nr_entries++;
	return more->section && !more->subject == !at->subject && more->key &&
	       more->value ? 0 : -ENOMEM;
}

/* A section may be left and taken up again; its subject is listed once. */
static int add_subject(struct tandem_config *c, const struct place *at,
		       unsigned int line)
{
	struct tandem_config_subject *more;
	size_t i;

	for (i = 0; i < c->nr_subjects; i++)
		if (!strcmp(c->subjects[i].section, at->section) &&
		    !strcmp(c->subjects[i].name, at->subject))
			return 0;
	more = realloc(c->subjects, (c->nr_subjects + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->subjects = more;
	more += c->nr_subjects++;
	more->section = strdup(at->section);
	more->name = strdup(at->subject);
	more->line = line;
	return more->section && more->name ? 0 : -ENOMEM;
}

static const struct tandem_config_entry *
earlier(const struct tandem_config *c, const struct place *at, const char *key)
{
	const struct tandem_config_entry *e;
	size_t i;

	for (i = 0; (e = tandem_config_entry(c, i)); i++)
		if (!strcmp(e->key, key) &&
		    tandem_config_is_of(e, at->section, at->subject))
			return e;
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
		return config_fault(c, line, name,
				    "there is no section [%s]; did you mean [%s]?",
				    name, near);
	join(all, sizeof(all), names, n);
	return config_fault(c, line, name,
			    "there is no section [%s]; the sections are: %s",
			    name, all);
}

/* Only cgroups: the number of a process says nothing after the next boot. */
static int parse_subject(struct tandem_config *c, const struct place *at,
			 unsigned int line)
{
	const char *name = at->subject;
	size_t n;

	if (!tandem_known_subject_knobs(at->section, &n))
		return config_fault(c, line, at->section,
				    "[%s] has no workloads; write [%s] alone",
				    at->section, at->section);
	if (!strncmp(name, "pid:", 4))
		return config_fault(c, line, at->section,
				    "%.60s is a process, which does not outlive a boot; name its cgroup",
				    name);
	if (*name != '/')
		return config_fault(c, line, at->section,
				    "\"%.60s\" is not the path of a cgroup, which begins with /",
				    name);
	if (strlen(name) >= TANDEM_SUBJECT_LEN)
		return config_fault(c, line, at->section,
				    "%.60s... is longer than %d letters", name,
				    TANDEM_SUBJECT_LEN - 1);
	return add_subject(c, at, line);
}

/* Takes "reclaim" or "tier /db.slice" apart. */
static int enter(struct place *at, char *name)
{
	char *subject = name + strcspn(name, " \t");

	if (*subject) {
		*subject++ = '\0';
		at->subject = strdup(trim(subject));
		if (!at->subject)
			return -ENOMEM;
	}
	at->section = strdup(name);
	return at->section ? 0 : -ENOMEM;
}

/* The name of a cgroup may have a "]" in it. */
static int parse_section(struct tandem_config *c, char *text,
			 struct place *at, unsigned int line)
{
	char *close = strrchr(text, ']');
	size_t n;

	leave(at);
	if (!close || *trim(close + 1))
		return config_fault(c, line, "",
				    "a section is written [name] on a line of its own");
	*close = '\0';
	if (enter(at, trim(text + 1)))
		return -ENOMEM;
	if (!tandem_known_knobs(at->section, &n))
		return unknown_section(c, at->section, line);
	return at->subject ? parse_subject(c, at, line) : 0;
}

static int parse_pair(struct tandem_config *c, char *text,
		      const struct place *at, unsigned int line)
{
	const struct tandem_config_entry *first;
	char *equals = strchr(text, '=');
	char *key, *value;

	if (!equals)
		return config_fault(c, line, "",
				    "\"%.60s\" is not \"key = value\"",
				    text);
	*equals = '\0';
	key = trim(text);
	value = trim(equals + 1);
	if (!*key)
		return config_fault(c, line, "",
				    "there is no key before the \"=\"");
	if (!at->section)
		return config_fault(c, line, key,
				    "%.60s stands before any [section]; put [reclaim] above it",
				    key);
	if (!*value)
		return config_fault(c, line, key, "%.60s has no value", key);
	first = earlier(c, at, key);
	if (first)
		return config_fault(c, line, key,
				    "%.60s is set a second time; line %u set it before",
				    key, first->line);
	return add_entry(c, at, key, value, line);
}

static int parse_line(struct tandem_config *c, char *text, struct place *at,
		      unsigned int line)
{
	text = trim(text);
	if (!*text || *text == '#' || *text == ';')
		return 0;
	if (*text == '[')
		return parse_section(c, text, at, line);
	return parse_pair(c, text, at, line);
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
	char *copy = strdup(text), *next = copy, *line;
	struct place at = { NULL, NULL };
	unsigned int number = 0;
	int err = c && copy ? 0 : -ENOMEM;

	while (!err) {
		line = strsep(&next, "\n");
		if (!line)
			break;
		err = parse_line(c, line, &at, ++number);
	}
	leave(&at);
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
		free(config->entries[i].subject);
		free(config->entries[i].key);
		free(config->entries[i].value);
	}
	for (i = 0; i < config->nr_subjects; i++) {
		free(config->subjects[i].section);
		free(config->subjects[i].name);
	}
	free(config->entries);
	free(config->subjects);
	free(config->faults);
	free(config);
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
 * tandem_config_is_of - whether an entry is a setting of this
 * @entry: the entry
 * @section: capability
 * @subject: of it, or NULL for the capability itself
 *
 * Return: true when it is.
 */
bool tandem_config_is_of(const struct tandem_config_entry *entry,
			 const char *section, const char *subject)
{
	if (strcmp(entry->section, section) || !entry->subject != !subject)
		return false;
	return !subject || !strcmp(entry->subject, subject);
}

/**
 * tandem_config_subject - a subject by number
 * @config: the configuration
 * @index: counted from 0
 *
 * Return: the subject, or NULL past the last.
 */
const struct tandem_config_subject *
tandem_config_subject(const struct tandem_config *config, size_t index)
{
	return index < config->nr_subjects ? &config->subjects[index] : NULL;
}

/**
 * tandem_config_blame - keep what somebody else found wrong
 * @config: the configuration
 * @line: where, counted from 1
 * @key: which key; empty when no key is to blame
 * @text: what is wrong and what would be right
 *
 * Return: 0, or -ENOMEM.
 */
int tandem_config_blame(struct tandem_config *config, unsigned int line,
			const char *key, const char *text)
{
	return config_fault(config, line, key, "%s", text);
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
