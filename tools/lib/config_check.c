// SPDX-License-Identifier: MIT
/* Whether the values of a configuration are those that knobs can have. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

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
	return config_fault(c, e->line, e->key,
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
		return config_fault(c, e->line, e->key,
				    "%s is a whole number%s%s from %" PRIu32
				    " to %" PRIu32 ", not \"%.60s\"",
				    knob->name, *knob->unit ? " of " : "",
				    knob->unit, knob->min, knob->max, e->value);
	if (errno || value < knob->min || value > knob->max)
		return config_fault(c, e->line, e->key,
				    "%s must lie between %" PRIu32 " and %"
				    PRIu32 "%s%s; %.30s does not",
				    knob->name, knob->min, knob->max,
				    *knob->unit ? " " : "", knob->unit,
				    e->value);
	e->number = (uint32_t)value;
	return 0;
}

/* A subject cannot be switched on or off by itself. */
static int unknown_key(struct tandem_config *c,
		       const struct tandem_config_entry *e,
		       const struct tandem_knob_info *knobs, size_t n)
{
	const char *names[MAX_NAMES + 1], *near;
	const char *of = e->subject ? " WORKLOAD" : "";
	const char *verb = e->subject ? "show WORKLOAD" : "show";
	size_t i, all = 0;

	if (!e->subject)
		names[all++] = "enabled";
	for (i = 0; i < n && i < MAX_NAMES; i++)
		names[all++] = knobs[i].name;
	near = tandem_nearest(e->key, names, all);
	if (near)
		return config_fault(c, e->line, e->key,
				    "[%s%s] has no key %.60s; did you mean %s?",
				    e->section, of, e->key, near);
	return config_fault(c, e->line, e->key,
			    "[%s%s] has no key %.60s; \"tandem %s %s\" lists the keys",
			    e->section, of, e->key, e->section, verb);
}

static int check_entry(struct tandem_config *c,
		       struct tandem_config_entry *e,
		       const struct tandem_knob_info *knobs, size_t n)
{
	size_t i;

	if (!e->subject && !strcmp(e->key, "enabled"))
		return check_enabled(c, e);
	for (i = 0; i < n; i++)
		if (!strcmp(knobs[i].name, e->key))
			return check_number(c, e, &knobs[i]);
	return unknown_key(c, e, knobs, n);
}

static int check_those(struct tandem_config *c, const char *capability,
		       bool of_subjects, const struct tandem_knob_info *knobs,
		       size_t n)
{
	struct tandem_config_entry *e;
	size_t i;
	int err;

	for (i = 0; i < c->nr_entries; i++) {
		e = &c->entries[i];
		if (strcmp(e->section, capability) ||
		    !e->subject == of_subjects)
			continue;
		err = check_entry(c, e, knobs, n);
		if (err)
			return err;
	}
	return c->nr_faults ? -EINVAL : 0;
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
	return check_those(config, capability, false, knobs, n);
}

/**
 * tandem_config_check_subjects - check the values of all subjects
 * @config: a configuration that was read
 * @capability: whose subjects
 * @knobs: the knobs that a subject has, with their ranges
 * @n: how many
 *
 * Return: as tandem_config_check().
 */
int tandem_config_check_subjects(struct tandem_config *config,
				 const char *capability,
				 const struct tandem_knob_info *knobs,
				 size_t n)
{
	return check_those(config, capability, true, knobs, n);
}
