// SPDX-License-Identifier: GPL-2.0-only
/*
 * apftasks [-t TASKS] [-n PAGES] [-a ACCESSES] [-m BYTES] [-s MICROSECONDS]
 * [-r SEED]: tasks on one thread access random pages of one memory, which is in swap
 * at first and, with -m, cannot all come back. They verify what they read and count in
 * a word of their own. With -s a timer sends signals, whose handler reads too. At the
 * end all of the memory is looked at.
 *
 * Prints a line: accesses, faults, times that no task could run, nanoseconds.
 */
#include <getopt.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "apf_tasks.h"
#include "apfswap.h"

#define TASKS_MAX 128
#define SEED 3

static size_t nr_tasks = 32, pages = 4096, accesses = 10000;
static uint64_t seed = 1;
static uint64_t *memory;
static uint64_t signals;

struct job {
	size_t index;
	size_t accesses;
	uint64_t random;
};

/* Words below TASKS_MAX are those in which tasks count. */
static void read_word(uint64_t *random)
{
	size_t page = next_random(random) % pages;
	size_t word = TASKS_MAX + next_random(random) % (WORDS - TASKS_MAX);

	if (memory[page * WORDS + word] != pattern(SEED, page, word))
		fail("wrong data: page %zu word %zu", page, word);
}

static void run_job(void *arg)
{
	struct job *job = arg;
	size_t i, page;

	for (i = 0; i < job->accesses; i++) {
		read_word(&job->random);
		page = next_random(&job->random) % pages;
		memory[page * WORDS + job->index]++;
	}
}

static void on_signal(int number)
{
	static uint64_t random = 99;

	(void)number;
	signals++;
	read_word(&random);
}

static void start_timer(long microseconds)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = {
		.it_interval = { .tv_usec = microseconds },
		.it_value = { .tv_usec = microseconds },
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void stop_timer(void)
{
	struct itimerval timer = { 0 };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void verify_all(void)
{
	uint64_t counts[TASKS_MAX] = { 0 };
	size_t page, word;

	for (page = 0; page < pages; page++) {
		for (word = 0; word < TASKS_MAX; word++)
			counts[word] += memory[page * WORDS + word];
		for (; word < WORDS; word++)
			if (memory[page * WORDS + word] !=
			    pattern(SEED, page, word))
				fail("wrong at the end: page %zu word %zu",
				     page, word);
	}
	for (word = 0; word < TASKS_MAX; word++)
		if (counts[word] != (word < nr_tasks ? accesses / nr_tasks : 0))
			fail("task %zu has counted %llu", word,
			     (unsigned long long)counts[word]);
}

static void make_memory(void)
{
	size_t page;

	memory = new_memory(pages);
	fill(memory, pages, SEED);
	for (page = 0; page < pages; page++)
		memset(&memory[page * WORDS], 0, TASKS_MAX * 8);
	page_out(memory, pages);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void report(const struct tasks *tasks, uint64_t ns)
{
	struct tasks_counts counts = tasks_counts(tasks);

	if (counts.lost)
		fail("%llu completions were for nobody",
		     (unsigned long long)counts.lost);
	printf("accesses %zu faults %llu waits %llu ns %llu signals %llu\n",
	       accesses, (unsigned long long)counts.faults,
	       (unsigned long long)counts.waits, (unsigned long long)ns,
	       (unsigned long long)signals);
}

static void run_tasks(const char *limit, long microseconds)
{
	static struct job jobs[TASKS_MAX];
	struct tasks *tasks;
	uint64_t begin;
	size_t i;
	int err = tasks_new(&tasks, nr_tasks);

	for (i = 0; i < nr_tasks && !err; i++) {
		jobs[i] = (struct job){ i, accesses / nr_tasks,
					seed * 1000 + i };
		err = tasks_spawn(tasks, run_job, &jobs[i], 0);
	}
	if (err)
		fail("cannot have tasks: %s", strerror(-err));
	if (limit)
		set_limit(limit);
	if (microseconds)
		start_timer(microseconds);
	begin = now();
	tasks_run(tasks);
	begin = now() - begin;
	stop_timer();
	/* All at once, or each page would be waited for. */
	set_limit("max");
	madvise(memory, pages * PAGE, MADV_WILLNEED);
	verify_all();
	report(tasks, begin);
	tasks_free(tasks);
}

static bool number_option(int option)
{
	size_t number = (size_t)atol(optarg ? optarg : "0");

	if (option == 't')
		nr_tasks = number;
	else if (option == 'n')
		pages = number;
	else if (option == 'a')
		accesses = number;
	else if (option == 'r')
		seed = number;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	const char *limit = NULL;
	long microseconds = 0;
	int option;

	while ((option = getopt(argc, argv, "t:n:a:m:s:r:")) != -1) {
		if (option == 'm')
			limit = optarg;
		else if (option == 's')
			microseconds = atol(optarg);
		else if (!number_option(option))
			fail("wrong option");
	}
	if (!nr_tasks || nr_tasks > TASKS_MAX || !pages)
		fail("wrong number");
	make_memory();
	run_tasks(limit, microseconds);
	return 0;
}
