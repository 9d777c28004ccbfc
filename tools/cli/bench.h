/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the bench share. */
#ifndef TANDEM_CLI_BENCH_H
#define TANDEM_CLI_BENCH_H

#include "bench_figures.h"
#include "bench_guard.h"
#include "bench_plan.h"
#include "bench_work.h"
#include "cgroup.h"
#include "cli.h"
#include "loop.h"
#include "progress.h"

/**
 * struct bench - a bench under way
 * @cli: context
 * @t: context of libtandem
 * @loop: for waiting
 * @progress: shown meanwhile
 * @plan: how large it is
 * @rounds: how often off and on
 * @cg: the cgroup of the process
 * @work: the process
 * @runs: what was measured
 * @n: how many runs there were
 * @done: steps, for the progress
 * @quit: the user has had enough
 */
struct bench {
	struct cli *cli;
	struct tandem *t;
	struct loop loop;
	struct progress progress;
	struct bench_plan plan;
	unsigned int rounds;
	struct cgroup cg;
	struct work work;
	struct bench_run runs[2 * BENCH_MAX_RUNS];
	size_t n;
	unsigned int done;
	bool quit;
};

void bench_room_read(const struct sysroot *root, struct bench_room *room);
int bench_run_once(struct bench *b, bool on, struct bench_run *run);
int bench_wait_answer(struct bench *b);
void bench_print(const struct bench *b);

#endif
