/* SPDX-License-Identifier: MIT */
/*
 * An example of what asynchronous page faults are for: many tasks on one thread.
 * When one of them needs a page that has to be read, the others run.
 *
 * Tasks switch only where they fault, yield or end; they must not share a lock, and
 * what is not reentrant, such as malloc() or printf(), goes between tasks_mask()
 * and tasks_unmask().
 */
#ifndef TANDEM_EXAMPLE_APF_TASKS_H
#define TANDEM_EXAMPLE_APF_TASKS_H

#include <stddef.h>
#include <stdint.h>

struct tasks;

/**
 * struct tasks_counts - what has happened
 * @faults: times that a task was left at a fault
 * @waits: times that none could run
 * @lost: completions that no task waited for
 */
struct tasks_counts {
	uint64_t faults;
	uint64_t waits;
	uint64_t lost;
};

int tasks_new(struct tasks **tasks, size_t most);
int tasks_spawn(struct tasks *tasks, void (*run)(void *arg), void *arg,
		size_t stack_size);
void tasks_run(struct tasks *tasks);
void tasks_yield(struct tasks *tasks);
void tasks_mask(struct tasks *tasks);
void tasks_unmask(struct tasks *tasks);
struct tasks_counts tasks_counts(const struct tasks *tasks);
void tasks_free(struct tasks *tasks);

#endif
