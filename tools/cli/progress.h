/* SPDX-License-Identifier: GPL-2.0-only */
/* A progress bar on a terminal: at most twice a second, else nothing. */
#ifndef TANDEM_CLI_PROGRESS_H
#define TANDEM_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct progress - a progress bar
 * @active: there is a terminal to show it on
 * @drawn: something stands on the line
 * @next_ns: not to be drawn before
 */
struct progress {
	bool active;
	bool drawn;
	uint64_t next_ns;
};

void progress_begin(struct progress *p, bool quiet);
void progress_show(struct progress *p, const char *what, unsigned int done,
		   unsigned int all);
void progress_end(struct progress *p);

#endif
