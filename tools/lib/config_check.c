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
				    "%s is a whole number of %s from %" PRIu32
				    " to %" PRIu32 ", not \"%.60s\"",
				    knob->name, knob->unit, knob->min,
				    knob->max, e->value);
	if (errno || value < knob->min || value > knob->max)
		return config_fault(c, e->line, e->key,
				    "%s must lie between %" PRIu32 " and %"
				    PRIu32 " %s; %.30s does not",
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
		return config_fault(c, e->line, e->key,
				    "[%s] has no key %.60s; did you mean %s?",
				    e->section, e->key, near);
	return config_fault(c, e->line, e->key,
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
