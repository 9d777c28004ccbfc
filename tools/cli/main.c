// SPDX-License-Identifier: GPL-2.0-only
/* tandem, the command line: finds the command and runs it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define OPT_ROOT 2000

const char *argp_program_version = "tandem " TANDEM_VERSION;

static const struct command commands[] = {
	{ "doctor", "say whether this machine can run tandem", cmd_doctor },
	{ "advise", "say whether tandem would help this host", cmd_advise },
	{ "status", "say what is loaded and how it is", cmd_status },
	{ "load", "load the modules, switched off", cmd_load },
	{ "unload", "switch off and unload the modules", cmd_unload },
	{ CAPABILITY_RECLAIM, "page reclaim: show, set, watch", cmd_reclaim },
	{ CAPABILITY_TIER, "memory tiering: show, set, watch, replay",
	  cmd_tier },
	{ CAPABILITY_IRQ, "interrupts: show, set, watch", cmd_irq },
	{ CAPABILITY_APF, "asynchronous page faults: show, set, watch",
	  cmd_apf },
	{ "run", "start a program with the memory of a tier", cmd_run },
	{ "boot", "what tandem.service calls", cmd_boot },
	{ "config", "check, apply or save the configuration", cmd_config },
	{ "metrics", "print all counters as OpenMetrics text", cmd_metrics },
	{ "report", "make a tarball for a bug report", cmd_report },
};

/**
 * struct words - what stands before and after the command
 * @cli: context
 * @rest: the command and what follows it
 * @argc: how many words that is
 */
struct words {
	struct cli *cli;
	char **rest;
	int argc;
};

static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	switch (key) {
	case OPT_ROOT:
		words->cli->root_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		words->rest = &state->argv[state->next - 1];
		words->argc = state->argc - state->next + 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP &
					       ~ARGP_HELP_EXIT_OK);
		exit(CLI_USAGE);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *list_commands(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size, i;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&out, &size);
	if (!f)
		return (char *)text;
	fputs("Commands:\n", f);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n\"tandem COMMAND --help\" tells more of each; "
	      "so does tandem(8).", f);
	fclose(f);
	return out;
}

static const struct argp_option main_options[] = {
	{ "root", OPT_ROOT, "DIR", 0, "Read /proc and /sys below DIR", 0 },
	{ 0 }
};

static const struct argp main_argp = {
	.options = main_options,
	.parser = parse_main,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Look after the tandem kernel modules.\v",
	.help_filter = list_commands,
};

/* A capability that is loaded needs no command of its own. */
static int dispatch(struct cli *cli, const struct words *words)
{
	const char *name = words->rest[0];

	if (!cli_find(commands, ARRAY_SIZE(commands), name) &&
	    capability_loaded(name))
		return cmd_capability(cli, words->argc, words->rest);
	return cli_dispatch(cli, commands, ARRAY_SIZE(commands), "tandem",
			    words->argc, words->rest);
}

static int run(struct cli *cli, struct words *words)
{
	int code, err = root_open(&cli->root, cli->root_dir);

	if (err) {
		cli_error(NULL, "cannot open %s: %s", cli->root_dir,
			  strerror(-err));
		return CLI_FAILED;
	}
	code = dispatch(cli, words);
	if (cli->out && printer_finish(cli->out) && code == CLI_OK) {
		cli_error(NULL, "cannot write the result: %s",
			  strerror(errno));
		code = CLI_FAILED;
	}
	printer_free(cli->out);
	root_close(&cli->root);
	return code;
}

int main(int argc, char **argv)
{
	struct cli cli = { .root = { .fd = -1 } };
	struct words words = { .cli = &cli };

	argp_err_exit_status = CLI_USAGE;
	if (cli_parse_flags(&cli, &main_argp, argc, argv, ARGP_IN_ORDER, &words))
		return CLI_USAGE;
	return run(&cli, &words);
}
