// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statistics as OpenMetrics text.
 *
 * Only the types counter and gauge are used: node_exporter's textfile
 * collector knows no others and would refuse the whole file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "metrics.h"

#define CAUSE "fallback_"

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a > b && !strcmp(text + a - b, end);
}

/**
 * metric_name - what a statistic is called as a metric
 * @capability: its capability
 * @stat: its name
 * @name: filled in
 *
 * The unit goes to the end: pages_freed becomes freed_pages, write_ns becomes
 * write_seconds. Fallbacks are one family with the cause as a label.
 */
void metric_name(const char *capability, const char *stat,
		 struct metric_name *name)
{
	memset(name, 0, sizeof(*name));
	if (!strncmp(stat, CAUSE, strlen(CAUSE))) {
		snprintf(name->family, sizeof(name->family),
			 "tandem_%.20s_fallbacks", capability);
		snprintf(name->label, sizeof(name->label), "%s",
			 stat + strlen(CAUSE));
	} else if (ends_with(stat, "_ns")) {
		snprintf(name->family, sizeof(name->family),
			 "tandem_%.20s_%.*s_seconds", capability,
			 (int)strlen(stat) - 3, stat);
		strcpy(name->unit, "seconds");
		name->nanoseconds = true;
	} else if (!strncmp(stat, "pages_", 6)) {
		snprintf(name->family, sizeof(name->family),
			 "tandem_%.20s_%.32s_pages", capability, stat + 6);
		strcpy(name->unit, "pages");
	} else {
		snprintf(name->family, sizeof(name->family),
			 "tandem_%.20s_%.32s", capability, stat);
	}
}

static void head(FILE *f, const char *family, const char *type,
		 const char *unit, const char *help)
{
	fprintf(f, "# TYPE %s %s\n", family, type);
	if (*unit)
		fprintf(f, "# UNIT %s %s\n", family, unit);
	fprintf(f, "# HELP %s %s\n", family, help);
}

static void value_of(FILE *f, const struct metric_name *name, uint64_t value)
{
	if (name->nanoseconds)
		fprintf(f, "%" PRIu64 ".%09" PRIu64 "\n", value / 1000000000,
			value % 1000000000);
	else
		fprintf(f, "%" PRIu64 "\n", value);
}

static void write_stat(FILE *f, const char *capability,
		       const struct tandem_stat_info *stat, char *last,
		       size_t size)
{
	const struct tandem_stat_help *help;
	struct metric_name name;

	metric_name(capability, stat->name, &name);
	help = tandem_known_stat(capability, stat->name);
	if (strcmp(last, name.family))
		head(f, name.family, stat->gauge ? "gauge" : "counter",
		     name.unit, *name.label ?
		     "Lists and pages that went the stock way, by cause." :
		     help ? help->help : "Statistic of the kernel module.");
	snprintf(last, size, "%s", name.family);
	fprintf(f, "%s%s", name.family, stat->gauge ? "" : "_total");
	if (*name.label)
		fprintf(f, "{cause=\"%s\"}", name.label);
	fputc(' ', f);
	value_of(f, &name, stat->value);
}

/* The label takes any byte but these three as it is. */
static void write_label(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", f);
		else if (*text == '"' || *text == '\\')
			fprintf(f, "\\%c", *text);
		else
			fputc(*text, f);
	}
}

/* What is in flight is pages, except where it is interrupts. */
static void write_in_flight(FILE *f, const struct metric_set *sets, size_t n)
{
	size_t i;

	head(f, "tandem_in_flight_pages", "gauge", "pages",
	     "Pages whose work is not complete.");
	for (i = 0; i < n; i++)
		if (strcmp(sets[i].info.name, "irq"))
			fprintf(f, "tandem_in_flight_pages{capability=\"%s\"} %" PRIu64 "\n",
				sets[i].info.name, sets[i].info.in_flight);
	for (i = 0; i < n; i++) {
		if (strcmp(sets[i].info.name, "irq"))
			continue;
		head(f, "tandem_irq_in_flight", "gauge", "",
		     "Interrupts that were handed over and are not handled.");
		fprintf(f, "tandem_irq_in_flight %" PRIu64 "\n",
			sets[i].info.in_flight);
	}
}

static void write_states(FILE *f, const struct metric_set *sets, size_t n)
{
	static const char *const states[] = {
		"off", "enabling", "on", "draining", "disabling", "displaced",
		"failed",
	};
	size_t i, s;

	head(f, "tandem_capability_state", "gauge", "",
	     "1 for the state that the capability is in.");
	for (i = 0; i < n; i++)
		for (s = 0; s < sizeof(states) / sizeof(states[0]); s++)
			fprintf(f, "%s{capability=\"%s\",state=\"%s\"} %d\n",
				"tandem_capability_state", sets[i].info.name,
				states[s],
				!strcmp(sets[i].info.state_name, states[s]));
	head(f, "tandem_capability_since_seconds", "gauge", "seconds",
	     "When it came into that state, in seconds since 1970.");
	for (i = 0; i < n; i++)
		fprintf(f, "%s{capability=\"%s\"} %" PRIu64 ".%09" PRIu64 "\n",
			"tandem_capability_since_seconds", sets[i].info.name,
			sets[i].info.since_ns / 1000000000,
			sets[i].info.since_ns % 1000000000);
	write_in_flight(f, sets, n);
}

static void write_knobs(FILE *f, const struct metric_set *sets, size_t n)
{
	size_t i, k;

	head(f, "tandem_knob", "gauge", "", "What a knob is set to.");
	for (i = 0; i < n; i++)
		for (k = 0; k < sets[i].nr_knobs; k++)
			fprintf(f, "tandem_knob{capability=\"%s\",knob=\"%s\"} %" PRIu32 "\n",
				sets[i].info.name, sets[i].knobs[k].name,
				sets[i].knobs[k].value);
}

/**
 * metrics_write - write everything as OpenMetrics text
 * @f: where to
 * @sets: the capabilities; none when nothing is loaded
 * @n: how many
 */
void metrics_write(FILE *f, const struct metric_set *sets, size_t n)
{
	char last[96];
	size_t i, s;

	head(f, "tandem_up", "gauge", "", "1 when the modules are loaded.");
	fprintf(f, "tandem_up %d\n", n > 0);
	if (n) {
		head(f, "tandem_build", "gauge", "",
		     "Always 1; the labels say what is loaded.");
		for (i = 0; i < n; i++) {
			fprintf(f, "tandem_build{capability=\"%s\",version=\"",
				sets[i].info.name);
			write_label(f, sets[i].info.version);
			fputs("\",kernel=\"", f);
			write_label(f, sets[i].info.built_for);
			fputs("\"} 1\n", f);
		}
		write_states(f, sets, n);
		write_knobs(f, sets, n);
	}
	for (i = 0; i < n; i++) {
		last[0] = '\0';
		for (s = 0; s < sets[i].nr_stats; s++)
			write_stat(f, sets[i].info.name, &sets[i].stats[s],
				   last, sizeof(last));
	}
	fputs("# EOF\n", f);
}
