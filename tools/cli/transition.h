/* SPDX-License-Identifier: GPL-2.0-only */
/* A livepatch transition: is it over, and who holds it up. */
#ifndef TANDEM_CLI_TRANSITION_H
#define TANDEM_CLI_TRANSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "root.h"

/* Called for each task that is not where the transition wants it. */
typedef void (*blocker_fn)(int pid, const char *comm, const char *where,
			   void *arg);

/**
 * struct transition - tasks counted during a transition
 * @tasks: tasks that take part
 * @waiting: of these, those that are not there yet
 */
struct transition {
	unsigned int tasks;
	unsigned int waiting;
};

bool patch_exists(const struct sysroot *root, const char *patch);
bool patch_enabled(const struct sysroot *root, const char *patch);
bool patch_in_transition(const struct sysroot *root, const char *patch);
int patch_write(const struct sysroot *root, const char *patch, bool enabled);
void tasks_inside(const struct sysroot *root, const char *module,
		  blocker_fn fn, void *arg);
void transition_scan(const struct sysroot *root, bool patching,
		     struct transition *result, blocker_fn fn, void *arg);

#endif
