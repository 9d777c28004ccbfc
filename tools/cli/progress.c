// SPDX-License-Identifier: GPL-2.0-only
/* A progress bar on a terminal: at most twice a second, else nothing. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "progress.h"

#define BAR 24

void progress_begin(struct progress *p, bool quiet)
{
	p->active = !quiet && isatty(STDERR_FILENO);
	p->drawn = false;
	p->next_ns = 0;
}

/**
 * progress_show - draw how far something is
 * @p: bar
 * @what: what is counted
 * @done: how many are done
 * @all: of how many
 */
void progress_show(struct progress *p, const char *what, unsigned int done,
		   unsigned int all)
{
	char bar[BAR + 1];
	unsigned int full;

	if (!p->active || !all || now_ns() < p->next_ns)
		return;
	p->next_ns = now_ns() + NS_PER_S / 2;
	full = (unsigned int)((uint64_t)done * BAR / all);
	memset(bar, ' ', BAR);
	memset(bar, '=', full);
	bar[BAR] = '\0';
	fprintf(stderr, "\r[%s] %u of %u %s\033[K", bar, done, all, what);
	fflush(stderr);
	p->drawn = true;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
