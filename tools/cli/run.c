// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem run: starts a program with the memory of a tier.
 *
 * The memory policy of the process says where new pages go, and as a workload of
 * tiering it has them moved by use. Both outlive exec(), so the command takes the
 * place of this process, and its exit status and signals are its own.
 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli.h"
#include "nodes.h"
#include "settings.h"

/* As env(1) and others have it: what the command itself seldom ends with. */
#define RUN_FAILED 125
#define RUN_CANNOT 126
#define RUN_NOT_FOUND 127

/**
 * struct run - what to start, and how
 * @tier: name of the tier that new pages go to, or NULL
 * @bind: to that tier alone
 * @no_workload: name no workload
 * @dry: only say what would be done
 * @settings: of the workload
 * @command: the words of the command; NULL ends them
 * @nodes: of the tier
 * @module: state of the tiering module; empty when it is not loaded
 */
struct run {
	const char *tier;
	bool bind;
	bool no_workload;
	bool dry;
	struct settings settings;
	char **command;
	struct nodes nodes;
	char module[TANDEM_NAME_LEN];
};

static const struct argp_option options[] = {
	{ "tier", 't', "TIER", 0,
	  "New pages go to this tier as long as it has room: fast or slow", 0 },
	{ "bind", 'b', NULL, 0, "To that tier alone", 0 },
	{ "set", 's', "KNOB=VALUE", 0,
	  "A setting of the workload; may be given several times", 0 },
	{ "no-workload", 'w', NULL, 0,
	  "Set the memory policy only; needs no root", 0 },
	{ "dry-run", 'n', NULL, 0, "Say what would be done, and start nothing",
	  0 },
	{ 0 }
};

static void take_command(struct run *run, struct argp_state *state)
{
	run->command = &state->argv[state->next - 1];
	state->next = state->argc;
}

static void take_setting(struct run *run, char *arg, struct argp_state *state)
{
	char why[SETTINGS_WHY];

	if (settings_add(&run->settings, arg, false, why))
		argp_error(state, "%s", why);
}

static void check_words(const struct run *run, struct argp_state *state)
{
	if (!run->command)
		argp_error(state, "say what to start, for example: tandem run --tier fast -- redis-server");
	if (run->bind && !run->tier)
		argp_error(state, "--bind needs --tier");
	if (run->no_workload && !run->tier)
		argp_error(state, "--no-workload without --tier leaves nothing to do");
	if (run->no_workload && run->settings.n)
		argp_error(state, "--set is for a workload, and --no-workload names none");
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
	struct run *run = state->input;

	switch (key) {
	case 't':
		run->tier = arg;
		return 0;
	case 'b':
		run->bind = true;
		return 0;
	case 's':
		take_setting(run, arg, state);
		return 0;
	case 'w':
		run->no_workload = true;
		return 0;
	case 'n':
		run->dry = true;
		return 0;
	case ARGP_KEY_ARG:
		take_command(run, state);
		return 0;
	case ARGP_KEY_END:
		check_words(run, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp run_argp = {
	.options = options,
	.parser = parse_run,
	.args_doc = "[--] COMMAND [ARG...]",
	.doc = "Start a command whose new pages go to one tier of memory, and whose pages tiering moves by use.\v"
	       "Exit codes: that of the command; 125 it was not started, 126 it cannot be, 127 it is not there.",
};

static int unknown_tier(const char *name)
{
	static const char *const names[] = { "fast", "slow" };
	const char *near = tandem_nearest(name, names, ARRAY_SIZE(names));
	char remedy[64] = "";

	if (near)
		snprintf(remedy, sizeof(remedy), "did you mean: --tier %s",
			 near);
	cli_error(remedy, "there is no tier \"%s\"; there is: fast, slow",
		  name);
	return RUN_FAILED;
}

static int find_nodes(const struct cli *cli, struct run *run)
{
	struct tiers tiers;
	int err;

	if (!run->tier)
		return 0;
	if (strcmp(run->tier, "fast") && strcmp(run->tier, "slow"))
		return unknown_tier(run->tier);
	err = tiers_find(&cli->root, &tiers);
	if (err) {
		cli_error(NULL, "cannot tell which memory is fast: %s",
			  strerror(-err));
		return RUN_FAILED;
	}
	run->nodes = *run->tier == 'f' ? tiers.fast : tiers.slow;
	if (!nodes_empty(&run->nodes))
		return 0;
	cli_error("tandem doctor shows the tiers; the knob slow_nodes of tandem tier names slow nodes by hand",
		  "this machine has no %s memory", run->tier);
	return RUN_FAILED;
}

/* Pages that are bound cannot be moved to the other tier: they are watched. */
static void default_act(struct run *run)
{
	struct settings *s = &run->settings;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!strcmp(s->values[i].name, "act"))
			return;
	if (s->n == SETTINGS_MAX)
		return;
	s->values[s->n].name = "act";
	s->values[s->n++].value = !run->bind;
}

static void say_what_is_missing(const struct run *run)
{
	if (!*run->module)
		fprintf(stderr, "tandem: tiering is not loaded: only the memory policy is set\n");
	else if (strcmp(run->module, "on"))
		fprintf(stderr, "tandem: tiering is %s: pages are not moved before tandem tier enable\n",
			run->module);
}

/* Without the module there may be a memory policy to set all the same. */
static int find_module(struct tandem *t, int err, struct run *run)
{
	struct tandem_capability_info info = { 0 };

	if (!err)
		err = tandem_capability_get(t, CAPABILITY_TIER, &info);
	snprintf(run->module, sizeof(run->module), "%s", info.state_name);
	if (!err || (err == -ENOENT && run->tier))
		return 0;
	cli_lib_error(t, err, "the command was not started");
	return RUN_FAILED;
}

static int name_workload(struct tandem *t, struct run *run)
{
	const char *remedy = "tandem-tier(8) lists the knobs of a workload";
	char name[32];
	int err;

	if (!*run->module)
		return 0;
	snprintf(name, sizeof(name), "pid:%d", getpid());
	default_act(run);
	err = tandem_subject_set(t, CAPABILITY_TIER, name,
				 run->settings.values, run->settings.n);
	if (!err)
		return 0;
	if (err == -EPERM)
		remedy = "run it as root, or with --no-workload for the memory policy alone";
	cli_error(remedy, "the command was not started: %s", tandem_error(t));
	return RUN_FAILED;
}

static int set_policy(const struct run *run)
{
	const char *remedy = NULL;
	char text[NODES_TEXT];
	int err;

	/* The kernel takes one bit less than it is told of. */
	if (!run->tier ||
	    !syscall(SYS_set_mempolicy,
		     run->bind ? MPOL_BIND : MPOL_PREFERRED_MANY,
		     run->nodes.bits, NODES_MAX + 1))
		return 0;
	err = errno;
	nodes_format(&run->nodes, text);
	if (err == EINVAL)
		remedy = "its cpuset has none of them: see Mems_allowed_list in /proc/self/status";
	cli_error(remedy, "cannot have memory of node %s: %s", text,
		  strerror(err));
	return RUN_FAILED;
}

static int start(const struct run *run)
{
	int err;

	execvp(run->command[0], run->command);
	err = errno;
	cli_error(NULL, "cannot start %s: %s", run->command[0], strerror(err));
	return err == ENOENT ? RUN_NOT_FOUND : RUN_CANNOT;
}

static const char *policy_name(const struct run *run)
{
	if (!run->tier)
		return "unchanged";
	return run->bind ? "bind" : "preferred";
}

static int say(struct cli *cli, const struct run *run)
{
	const char *module = *run->module ? run->module : "not loaded";
	char text[NODES_TEXT];

	if (cli_begin(cli, false))
		return RUN_FAILED;
	nodes_format(&run->nodes, text);
	print_str(cli->out, "command", "command", run->command[0]);
	print_str(cli->out, "tier", "tier", run->tier ? run->tier : "any");
	print_str(cli->out, "nodes", "nodes", *text ? text : "any");
	print_str(cli->out, "policy", "memory policy", policy_name(run));
	print_bool(cli->out, "workload", "workload",
		   !run->no_workload && *run->module);
	if (!run->no_workload)
		print_str(cli->out, "module", "tiering", module);
	return CLI_OK;
}

static int prepare(struct run *run, struct tandem *t)
{
	int code = run->no_workload ? 0 : name_workload(t, run);

	if (!code)
		code = set_policy(run);
	if (!code && !run->no_workload)
		say_what_is_missing(run);
	return code;
}

static int run_command(struct cli *cli, struct run *run)
{
	struct tandem *t = NULL;
	int err, code = find_nodes(cli, run);

	if (!code && !run->no_workload) {
		err = tandem_open(&t);
		code = find_module(t, err, run);
	}
	if (!code)
		code = run->dry ? say(cli, run) : prepare(run, t);
	tandem_close(t);
	return code || run->dry ? code : start(run);
}

/**
 * cmd_run - start a program with the memory of a tier
 * @cli: context
 * @argc: number of words
 * @argv: words, the command first
 *
 * Return: an exit code, when the program was not started.
 */
int cmd_run(struct cli *cli, int argc, char **argv)
{
	struct run run = { .tier = NULL };

	argp_err_exit_status = RUN_FAILED;
	if (cli_parse_flags(cli, &run_argp, argc, argv, ARGP_IN_ORDER, &run))
		return RUN_FAILED;
	if (!run.dry && (cli->json || !cli->root.real)) {
		cli_error("add --dry-run to see what would be done",
			  cli->json ? "the output is that of the command, and no JSON" :
				      "a copy of a machine starts nothing");
		return RUN_FAILED;
	}
	return run_command(cli, &run);
}
