/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts the machine back as it was, whatever ends the bench. */
#ifndef TANDEM_CLI_BENCH_GUARD_H
#define TANDEM_CLI_BENCH_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

#include "cgroup.h"

/**
 * struct guard - a process that waits for the end of the bench
 * @pid: of it
 * @pipe: it acts when this is closed
 */
struct guard {
	pid_t pid;
	int pipe;
};

int guard_start(struct guard *guard, const struct cgroup *cg,
		const char *capability, bool enabled);
int guard_end(struct guard *guard);

#endif
