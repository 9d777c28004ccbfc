// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem tier top: workload by workload, how much of what it uses is in the fast
 * tier, what it has, and what is moved.
 */
#include <string.h>

#include "capability.h"
#include "follow.h"
#include "loop.h"
#include "tier_view.h"

/**
 * struct tier_top - the last two looks
 * @info: state of the capability
 * @old: workloads at the look before
 * @now: at the last one
 */
struct tier_top {
	struct tandem_capability_info info;
	struct tier_list old;
	struct tier_list now;
};

static int add(const struct tandem_subject_info *info, void *arg)
{
	return tier_list_add(arg, info);
}

static int take(struct tandem *t, void *arg)
{
	struct tier_top *top = arg;
	int err;

	tier_list_clear(&top->old);
	top->old = top->now;
	memset(&top->now, 0, sizeof(top->now));
	top->now.at_ns = now_ns();
	err = tandem_capability_get(t, CAPABILITY_TIER, &top->info);
	return err ? err : tandem_subjects(t, CAPABILITY_TIER, add, &top->now);
}

static void show(struct printer *p, void *arg)
{
	const struct tier_top *top = arg;

	print_str(p, "state", "state", top->info.state_name);
	if (*top->info.reason)
		print_str(p, "reason", "reason", top->info.reason);
	tier_list_show(p, &top->old, &top->now);
}

int cmd_tier_top(struct cli *cli, int argc, char **argv)
{
	static const struct cli_syntax syntax = {
		.options = follow_options,
		.lines = true,
		.doc = "Watch the workloads of memory tiering live: which share of the pages that were used in the last window is in the fast tier, what they have in each tier, what they are steered to, and pages moved up and down per second. q quits.",
	};
	struct follow_arguments a = { .interval = 1 };
	struct tier_top top = { 0 };
	const struct follow follow = {
		.what = "cannot watch the workloads",
		.take = take,
		.show = show,
		.arg = &top,
	};
	int code = cli_read(cli, &syntax, argc, argv, &a);

	if (!code)
		code = follow_run(cli, &follow, &a, true);
	tier_list_clear(&top.old);
	tier_list_clear(&top.now);
	return code;
}
