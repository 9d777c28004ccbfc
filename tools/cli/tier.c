// SPDX-License-Identifier: GPL-2.0-only
/* tandem tier: the verbs of memory tiering. */
#include <string.h>

#include "cli.h"

static const struct command verbs[] = {
	{ "replay", "run the policy over a trace of accesses",
	  cmd_tier_replay },
};

static void list_verbs(FILE *to)
{
	size_t i;

	fputs("Usage: tandem tier VERB [OPTION...]\n\nVerbs:\n", to);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(to, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n\"tandem tier VERB --help\" tells more of each.\n", to);
}

int cmd_tier(struct cli *cli, int argc, char **argv)
{
	/* Options that all commands have may stand before the verb. */
	while (argc > 1 && (!strcmp(argv[1], "-j") ||
			    !strcmp(argv[1], "--json"))) {
		cli->json = true;
		argc--;
		argv++;
	}
	if (argc < 2) {
		list_verbs(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?")) {
		list_verbs(stdout);
		return CLI_OK;
	}
	return cli_dispatch(cli, verbs, ARRAY_SIZE(verbs), "tandem tier",
			    argc - 1, argv + 1);
}
