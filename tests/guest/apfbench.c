// SPDX-License-Identifier: GPL-2.0-only
/*
 * apfbench stock|willneed|threads|tasks|work N PAGES: every page of a memory in swap is
 * read once, in random order, and verified: by one thread, by one that asks for
 * pages N ahead, by N threads, by N tasks on one thread, or by one thread that works in
 * its handler until the page has come.
 *
 * apfbench walk|prefetch N PAGES: every page is read once at a distance of eight pages,
 * by a plain loop, or by one for which N pages are asked for ahead.
 *
 * apfbench touch N PAGES: every page of a new memory is written for the first time.
 *
 * Prints a line: accesses, nanoseconds of the clock and of CPU time of the process,
 * times that a task was left or the handler entered, pages asked for ahead by prefetch,
 * and nanoseconds of work.
 */
#include <pthread.h>
#include <time.h>

#include "apf_prefetch.h"
#include "apf_tasks.h"
#include "apfswap.h"
#include "tandem_apf.h"

#define MOST 128
#define SEED 5
#define DISTANCE 8

static size_t n, pages;
static uint64_t *memory;
static size_t *order;
static uint64_t left;
static uint64_t asked;
static uint64_t worked;

/* It stays in memory: all tasks would wait for its pages, beside those they access. */
static void choose_order(void)
{
	uint64_t random = 17;
	size_t i, j, swapped;

	order = calloc(pages, sizeof(*order));
	if (!order || mlock(order, pages * sizeof(*order)))
		fail("no memory");
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

static uint64_t now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What there is to do besides: about a microsecond of it. */
static void round_of_work(void)
{
	static uint64_t sum;
	int i;

	for (i = 0; i < 300; i++)
		sum = sum * 31 + (uint64_t)i;
	__asm__ volatile("" : : "m" (sum));
}

/* In nanoseconds, when nothing else is done. */
static double cost_of_round(void)
{
	uint64_t begin = now(CLOCK_PROCESS_CPUTIME_ID);
	int i;

	for (i = 0; i < 2000; i++)
		round_of_work();
	return (double)(now(CLOCK_PROCESS_CPUTIME_ID) - begin) / 2000;
}

static void work_meanwhile(struct tandem_apf *apf,
			   const struct tandem_apf_fault *fault, void *rounds)
{
	int slot;

	while ((slot = tandem_apf_next(apf)) < 0) {
		round_of_work();
		++*(uint64_t *)rounds;
	}
	if ((uint32_t)slot != fault->slot)
		fail("slot %d instead of %u", slot, fault->slot);
}

static void work(void)
{
	uint64_t rounds = 0;
	const struct tandem_apf_options options = {
		.handler = work_meanwhile, .arg = &rounds,
	};
	double each = cost_of_round();
	struct tandem_apf *apf;
	int err = tandem_apf_open(&apf, &options);

	if (err)
		fail("cannot opt in: %s", strerror(-err));
	stock();
	left = tandem_apf_entries(apf);
	worked = (uint64_t)((double)rounds * each);
	tandem_apf_close(apf);
}

static void walk(void)
{
	size_t first, page;

	for (first = 0; first < DISTANCE; first++)
		for (page = first; page < pages; page += DISTANCE)
			access_page(page);
}

static void prefetch(void)
{
	struct prefetch *ahead;
	int err = prefetch_new(&ahead, memory, pages * PAGE, n);

	if (err)
		fail("cannot opt in: %s", strerror(-err));
	walk();
	left = prefetch_counts(ahead).faults;
	asked = prefetch_counts(ahead).asked;
	prefetch_free(ahead);
}

/* For the first time: its pages come from the kernel, and from nowhere else. */
static void touch(void)
{
	size_t i;

	munmap(memory, pages * PAGE);
	memory = new_memory(pages);
	for (i = 0; i < pages; i++)
		memory[order[i] * WORDS] = 1;
}

static const struct {
	const char *name;
	void (*run)(void);
} arms[] = {
	{ "stock", stock },
	{ "willneed", willneed },
	{ "threads", threads },
	{ "tasks", tasks },
	{ "work", work },
	{ "walk", walk },
	{ "prefetch", prefetch },
	{ "touch", touch },
};

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
	printf("accesses=%zu ns=%llu cpu_ns=%llu left=%llu asked=%llu worked_ns=%llu\n",
	       pages, (unsigned long long)clock, (unsigned long long)cpu,
	       (unsigned long long)left, (unsigned long long)asked,
	       (unsigned long long)worked);
}

int main(int argc, char **argv)
{
	size_t i;

	n = argc == 4 ? (size_t)atol(argv[2]) : 0;
	pages = argc == 4 ? (size_t)atol(argv[3]) : 0;
	if (!n || n > MOST || !pages)
		fail("usage: apfbench stock|willneed|threads|tasks|work|walk|prefetch|touch N PAGES");
	for (i = 0; i < sizeof(arms) / sizeof(arms[0]); i++)
		if (!strcmp(argv[1], arms[i].name)) {
			measure(arms[i].run);
			return 0;
		}
	fail("no arm %s", argv[1]);
}
