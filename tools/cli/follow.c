// SPDX-License-Identifier: GPL-2.0-only
/* Views that follow one another: on a terminal one is drawn over the other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "follow.h"
#include "loop.h"

const struct cli_option follow_options[] = {
	{ "interval", 'i', "SECONDS",
	  "Print changes every so often, until q", CLI_SECONDS,
	  offsetof(struct follow_arguments, interval), 0.1, 86400 },
	{ "count", 'n', "N", "End after N times", CLI_COUNT,
	  offsetof(struct follow_arguments, count), 1, 0 },
	{ 0 }
};

static void view(struct cli *cli, const struct follow *follow, bool screen)
{
	if (screen)
		fputs("\033[H\033[J", stdout);
	follow->show(cli->out, follow->arg);
	print_note(cli->out, "%s", "");
	print_flush(cli->out);
}

static int follow_loop(struct cli *cli, const struct follow *follow,
		       const struct follow_arguments *a, bool screen,
		       struct tandem *t, struct loop *loop)
{
	unsigned long done = 0;
	int err = follow->take(t, follow->arg);

	while (!err && (!a->count || done < a->count)) {
		unsigned int events = loop_wait(loop);

		if (events & LOOP_QUIT)
			break;
		if (!(events & LOOP_TICK))
			continue;
		err = follow->take(t, follow->arg);
		if (err)
			break;
		view(cli, follow, screen);
		done++;
	}
	return err ? cli_lib_error(t, err, follow->what) : CLI_OK;
}

/**
 * follow_run - look at something again and again
 * @cli: context, ready to print
 * @follow: what, and how
 * @a: how often
 * @screen: on a terminal, draw views over one another
 *
 * Return: an exit code.
 */
int follow_run(struct cli *cli, const struct follow *follow,
	       const struct follow_arguments *a, bool screen)
{
	struct loop loop;
	struct tandem *t;
	int code = cli_connect(&t, follow->what);

	if (code)
		return code;
	screen = screen && !cli->json && isatty(STDOUT_FILENO);
	if (loop_open(&loop, (uint64_t)(a->interval * 1e9), true)) {
		cli_error(NULL, "cannot wait: %s", strerror(errno));
		code = CLI_FAILED;
	} else {
		code = follow_loop(cli, follow, a, screen, t, &loop);
	}
	loop_close(&loop);
	tandem_close(t);
	return code;
}
