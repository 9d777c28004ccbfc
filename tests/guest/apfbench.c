// SPDX-License-Identifier: GPL-2.0-only
/*
 * apfbench stock|willneed|threads|tasks N PAGES: every page of a memory in swap is
 * read once, in random order, and verified: by one thread, by one that asks for
 * pages N ahead, by N threads, or by N tasks on one thread.
 *
 * Prints a line: accesses, nanoseconds of the clock and of CPU time of the process, and
 * times that a task was left.
 */
#include <pthread.h>
#include <time.h>

#include "apf_tasks.h"
#include "apfswap.h"

#define MOST 128
#define SEED 5

static size_t n, pages;
static uint64_t *memory;
static size_t *order;
static uint64_t left;

static void choose_order(void)
{
	uint64_t random = 17;
	size_t i, j, swapped;

	order = calloc(pages, sizeof(*order));
	for (i = 0; i < pages; i++)
		order[i] = i;
	for (i = pages - 1; i > 0; i--) {
		j = next_random(&random) % (i + 1);
		swapped = order[i];
		order[i] = order[j];
		order[j] = swapped;
	}
}

static void access_page(size_t page)
{
	if (memory[page * WORDS] != pattern(SEED, page, 0))
		fail("wrong data: page %zu", page);
}

static void stock(void)
{
	size_t i;

	for (i = 0; i < pages; i++)
		access_page(order[i]);
}

static void ask_for(size_t i)
{
	if (i < pages)
		madvise(&memory[order[i] * WORDS], PAGE, MADV_WILLNEED);
}

static void willneed(void)
{
	size_t i;

	for (i = 0; i < n; i++)
		ask_for(i);
	for (i = 0; i < pages; i++) {
		ask_for(i + n);
		access_page(order[i]);
	}
}

static void share(void *arg)
{
	size_t i;

	for (i = (size_t)(uintptr_t)arg; i < pages; i += n)
		access_page(order[i]);
}

static void *thread(void *arg)
{
	share(arg);
	return NULL;
}

static void threads(void)
{
	pthread_t ids[MOST];
	size_t i;

	for (i = 0; i < n; i++)
		if (pthread_create(&ids[i], NULL, thread, (void *)i))
			fail("no thread");
	for (i = 0; i < n; i++)
		pthread_join(ids[i], NULL);
}

static void tasks(void)
{
	struct tasks *all;
	size_t i;
	int err = tasks_new(&all, n);

	for (i = 0; i < n && !err; i++)
		err = tasks_spawn(all, share, (void *)i, 0);
	if (err)
		fail("cannot have tasks: %s", strerror(-err));
	tasks_run(all);
	left = tasks_counts(all).faults;
	tasks_free(all);
}

static const struct {
	const char *name;
	void (*run)(void);
} arms[] = {
	{ "stock", stock },
	{ "willneed", willneed },
	{ "threads", threads },
	{ "tasks", tasks },
};

static uint64_t now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void measure(void (*run)(void))
{
	uint64_t clock, cpu;

	memory = new_memory(pages);
	choose_order();
	fill(memory, pages, SEED);
	page_out(memory, pages);
	clock = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	run();
	clock = now(CLOCK_MONOTONIC) - clock;
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("accesses=%zu ns=%llu cpu_ns=%llu left=%llu\n", pages,
	       (unsigned long long)clock, (unsigned long long)cpu,
	       (unsigned long long)left);
}

int main(int argc, char **argv)
{
	size_t i;

	n = argc == 4 ? (size_t)atol(argv[2]) : 0;
	pages = argc == 4 ? (size_t)atol(argv[3]) : 0;
	if (!n || n > MOST || !pages)
		fail("usage: apfbench stock|willneed|threads|tasks N PAGES");
	for (i = 0; i < sizeof(arms) / sizeof(arms[0]); i++)
		if (!strcmp(argv[1], arms[i].name)) {
			measure(arms[i].run);
			return 0;
		}
	fail("no arm %s", argv[1]);
}
