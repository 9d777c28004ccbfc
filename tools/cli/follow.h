/* SPDX-License-Identifier: GPL-2.0-only */
/* Views that follow one another: on a terminal one is drawn over the other. */
#ifndef TANDEM_CLI_FOLLOW_H
#define TANDEM_CLI_FOLLOW_H

#include "cli.h"

/**
 * struct follow - how something is followed
 * @what: why it matters that it fails, "cannot ..."
 * @take: look at it now; 0 or a negative error of libtandem
 * @show: print what has changed between the last two looks, which become one
 * @arg: for both
 */
struct follow {
	const char *what;
	int (*take)(struct tandem *t, void *arg);
	void (*show)(struct printer *p, void *arg);
	void *arg;
};

/**
 * struct follow_arguments - how often
 * @interval: seconds between two views
 * @count: how many views; 0 until q
 */
struct follow_arguments {
	double interval;
	unsigned long count;
};

extern const struct cli_option follow_options[];

int follow_run(struct cli *cli, const struct follow *follow,
	       const struct follow_arguments *a, bool screen);

#endif
