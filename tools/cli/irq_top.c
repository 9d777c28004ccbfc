// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem irq top: interrupt by interrupt, how often it comes, how long its handler
 * takes, and what that costs the CPU that is interrupted.
 */
#include <string.h>

#include "capability.h"
#include "follow.h"
#include "irq_view.h"
#include "loop.h"

/**
 * struct irq_top - the last two looks
 * @info: state of the capability
 * @old: lines at the look before
 * @now: at the last one
 */
struct irq_top {
	struct tandem_capability_info info;
	struct irq_list old;
	struct irq_list now;
};

static int add(const struct tandem_subject_info *info, void *arg)
{
	return irq_list_add(arg, info);
}

static int take(struct tandem *t, void *arg)
{
	struct irq_top *top = arg;
	int err;

	irq_list_clear(&top->old);
	top->old = top->now;
	memset(&top->now, 0, sizeof(top->now));
	top->now.at_ns = now_ns();
	err = tandem_capability_get(t, CAPABILITY_IRQ, &top->info);
	return err ? err : tandem_subjects(t, CAPABILITY_IRQ, add, &top->now);
}

static void show(struct printer *p, void *arg)
{
	const struct irq_top *top = arg;

	print_str(p, "state", "state", top->info.state_name);
	if (*top->info.reason)
		print_str(p, "reason", "reason", top->info.reason);
	irq_list_show(p, &top->old, &top->now);
}

int cmd_irq_top(struct cli *cli, int argc, char **argv)
{
	static const struct cli_syntax syntax = {
		.options = follow_options,
		.lines = true,
		.doc = "Watch interrupts live: how each is handled, how often it comes, how long its handler takes, what an interrupt costs the CPU that it interrupts, and what share of a CPU its helper uses. q quits.",
	};
	struct follow_arguments a = { .interval = 1 };
	struct irq_top top = { 0 };
	const struct follow follow = {
		.what = "cannot watch the interrupts",
		.take = take,
		.show = show,
		.arg = &top,
	};
	int code = cli_read(cli, &syntax, argc, argv, &a);

	if (!code)
		code = follow_run(cli, &follow, &a, true);
	irq_list_clear(&top.old);
	irq_list_clear(&top.now);
	return code;
}
