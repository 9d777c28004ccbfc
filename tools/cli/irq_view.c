// SPDX-License-Identifier: GPL-2.0-only
/* What the numbers of an interrupt line mean to people. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "irq_view.h"

/* As enum irq_mode of the module has them. */
const struct settings_word irq_words[] = {
	{ "mode", "stock", 0 },
	{ "mode", "watch", 1 },
	{ "mode", "pinned", 2 },
	{ "mode", "handoff", 3 },
	{ "mode", "auto", 4 },
	{ NULL, NULL, 0 },
};

/* As enum irq_refusal has them. */
static const char *const refusals[] = {
	"-", "absent", "per-CPU", "timer", "no thread allowed", "nested",
	"shared", "slow bus", "needed in suspend", "unknown flow",
	"has a thread", "no thread", "no helper", "stuck",
};

#define NR_REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

/**
 * irq_word - a setting or statistic of a line, in a word
 * @name: its name
 * @value: its value
 *
 * Return: the word, or NULL where the number says it.
 */
const char *irq_word(const char *name, uint64_t value)
{
	const struct settings_word *w;

	if (!strcmp(name, "refusal"))
		return value < NR_REFUSALS ? refusals[value] : NULL;
	if (strcmp(name, "mode") && strcmp(name, "mode_now"))
		return NULL;
	for (w = irq_words; w->word; w++)
		if (w->value == value)
			return w->word;
	return NULL;
}

static uint64_t stat(const struct tandem_subject_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->nr_stats; i++)
		if (!strcmp(info->stats[i].name, name))
			return info->stats[i].value;
	return 0;
}

/**
 * irq_show_why - how a line is handled, and why not as it was set
 * @p: printer
 * @info: the line
 */
void irq_show_why(struct printer *p, const struct tandem_subject_info *info)
{
	uint64_t interrupts = stat(info, "interrupts");
	uint64_t refusal = stat(info, "refusal");

	print_note(p, "%s", "");
	print_str(p, "handled", "handled",
		  irq_word("mode", stat(info, "mode_now")));
	if (refusal)
		print_str(p, "refused", "refused", irq_word("refusal", refusal));
	if (interrupts)
		print_u64(p, "lost_ns_per_interrupt", "lost, ns per interrupt",
			  stat(info, "lost_ns") / interrupts);
}

/* ---- /proc/interrupts ---------------------------------------------------------- */

static const struct print_column machine_columns[] = {
	{ "irq", "IRQ", true, false },
	{ "count", "COUNT", true, false },
	{ "name", "NAME", false, false },
};

/* What follows the counts: the controller, and the names, after two blanks. */
static const char *name_in(const char *rest)
{
	const char *at = rest + strlen(rest);

	while (at > rest && !(at[-1] == ' ' && at > rest + 1 && at[-2] == ' '))
		at--;
	return at;
}

static void machine_row(struct printer *p, char *line)
{
	char *at, *end;
	uint64_t irq = strtoull(line, &end, 10), count = 0;

	/* Those that each CPU has have a name instead of a number. */
	if (end == line || *end != ':')
		return;
	for (at = end + 1;; at = end) {
		uint64_t n = strtoull(at, &end, 10);

		if (end == at || !isspace((unsigned char)*end))
			break;
		count += n;
	}
	print_cell_u64(p, irq);
	print_cell_u64(p, count);
	print_cell_str(p, name_in(at));
}

/**
 * irq_show_machine - print the interrupts that the machine has
 * @p: printer
 * @root: where /proc is
 */
void irq_show_machine(struct printer *p, const struct sysroot *root)
{
	char *text = root_slurp(root, "/proc/interrupts", NULL);
	char *line, *rest = text;

	print_note(p, "%s", "");
	print_table(p, "machine", machine_columns,
		    sizeof(machine_columns) / sizeof(machine_columns[0]));
	while (rest && (line = strsep(&rest, "\n")))
		machine_row(p, line);
	print_table_end(p);
	free(text);
}

/* ---- live view ------------------------------------------------------------------ */

static void irq_facts_read(const struct tandem_subject_info *info, void *arg)
{
	struct irq_facts *facts = arg;

	snprintf(facts->name, sizeof(facts->name), "%s", info->name);
	facts->mode = stat(info, "mode_now");
	facts->helper = stat(info, "helper_cpu");
	facts->interrupts = stat(info, "interrupts");
	facts->lost_ns = stat(info, "lost_ns");
	facts->handled = stat(info, "in_place") + stat(info, "completed");
	facts->handler_ns = stat(info, "handler_ns");
	facts->helper_ns = stat(info, "helper_ns");
}

static const struct print_column top_columns[] = {
	{ "line", "IRQ", true, false },
	{ "mode", "MODE", false, false },
	{ "helper_cpu", "HELPER", true, false },
	{ "interrupts_per_second", "IRQ/S", true, false },
	{ "handler_us", "HANDLER US", true, false },
	{ "lost_us", "LOST US", true, false },
	{ "helper_percent", "HELPER %", true, false },
};

/* Of nothing there is no mean. */
static void cell_mean(struct printer *p, uint64_t ns, uint64_t n)
{
	if (n)
		print_cell_real(p, (double)ns / (double)n / 1e3, 1);
	else
		print_cell_none(p);
}

static bool has_helper(const struct irq_facts *facts)
{
	const char *mode = irq_word("mode", facts->mode);

	return mode && (!strcmp(mode, "pinned") || !strcmp(mode, "handoff"));
}

static void row(struct printer *p, const void *before, const void *after,
		double seconds)
{
	const struct irq_facts *old = before, *now = after;
	static const struct irq_facts none;

	/* One that was named again counts from the beginning. */
	if (!old || old->interrupts > now->interrupts)
		old = &none;
	print_cell_str(p, now->name);
	print_cell_str(p, irq_word("mode", now->mode));
	if (has_helper(now))
		print_cell_u64(p, now->helper);
	else
		print_cell_none(p);
	print_cell_real(p, (double)(now->interrupts - old->interrupts) /
			   seconds, 1);
	cell_mean(p, now->handler_ns - old->handler_ns,
		  now->handled - old->handled);
	cell_mean(p, now->lost_ns - old->lost_ns,
		  now->interrupts - old->interrupts);
	print_cell_real(p, (double)(now->helper_ns - old->helper_ns) / 1e7 /
			   seconds, 1);
}

const struct subject_view irq_view = {
	.capability = CAPABILITY_IRQ,
	.doc = "Watch interrupts live: how each is handled, how often it comes, how long its handler takes, what an interrupt costs the CPU that it interrupts, and what share of a CPU its helper uses. q quits.",
	.failure = "cannot watch the interrupts",
	.size = sizeof(struct irq_facts),
	.read = irq_facts_read,
	.table = "lines",
	.columns = top_columns,
	.nr_columns = sizeof(top_columns) / sizeof(top_columns[0]),
	.row = row,
	.none = "no interrupt is named: tandem irq set NUMBER mode=watch",
};
