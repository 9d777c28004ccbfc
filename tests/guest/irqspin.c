// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqspin: raise interrupts of QEMU's "edu" device from user mode and see what
 * they cost who is interrupted.
 *
 *	irqspin [-n N] [-i US] [-g US] [-l FILE] [-f] [-q] RESOURCE
 *
 *   -n N     interrupts (300); 0: until SIGTERM
 *   -i US    time from one to the next (1000)
 *   -g US    gaps that count: times in which this program did not run (150)
 *   -l FILE  write the times of the turns of the loop, nanoseconds of the
 *            monotonic clock, a line each
 *   -f       do not wait: raise the next as soon as the last is acknowledged
 *   -m N     mark this as measurement N, and each interrupt, for the plugin
 *            tests/bench/plugin/gaps.c
 *   -q       raise nothing, just spin as long
 *   -R       take the CPU for itself, at the highest priority, until killed
 *
 * RESOURCE is resource0 of the device.  The last line that is printed has the
 * figures.  An interrupt that nobody acknowledges within ten seconds is lost, and
 * the status is 1 then.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define EDU_LIVENESS	0x04
#define EDU_RAISED	0x24
#define EDU_RAISE	0x60

#define NS_PER_US 1000ull
#define PATIENCE_NS 10000000000ull
/* Turns are logged this far apart. */
#define LOG_NS 5000ull
#define LOG_MAX 2000000u

struct spin {
	unsigned int n;
	uint64_t interval_ns;
	uint64_t gap_ns;
	const char *log_name;
	bool fast;
	bool quiet;
	unsigned int mark;
	volatile uint32_t *registers;
	uint64_t last;
	uint64_t turns;
	uint64_t gaps;
	uint64_t gap_sum;
	uint64_t logged_at;
	uint64_t *log;
	unsigned int logged;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* One turn: notes the time, and how long it has been since the last. */
static uint64_t turn(struct spin *spin)
{
	uint64_t now = now_ns();

	spin->turns++;
	if (now - spin->last > spin->gap_ns) {
		spin->gaps++;
		spin->gap_sum += now - spin->last;
	}
	spin->last = now;
	if (spin->log && now - spin->logged_at >= LOG_NS &&
	    spin->logged < LOG_MAX) {
		spin->log[spin->logged++] = now;
		spin->logged_at = now;
	}
	return now;
}

static bool acknowledged(struct spin *spin)
{
	return !spin->registers[EDU_RAISED / 4];
}

static bool wait_acknowledged(struct spin *spin)
{
	uint64_t until = now_ns() + PATIENCE_NS;

	while (!acknowledged(spin))
		/* It may have been kept off itself since it looked. */
		if (now_ns() > until)
			return acknowledged(spin);
	return true;
}

/* Of all CPUs since the start, as the kernel counts them. */
static unsigned long long context_switches(void)
{
	unsigned long long n = 0;
	FILE *from = fopen("/proc/stat", "r");
	char line[4096];

	if (!from)
		return 0;
	while (fgets(line, sizeof(line), from))
		if (sscanf(line, "ctxt %llu", &n) == 1)
			break;
	fclose(from);
	return n;
}

static bool spin_all(struct spin *spin)
{
	uint64_t next = now_ns();
	unsigned int i;

	spin->last = next;
	for (i = 0; !stopped && (!spin->n || i < spin->n); i++) {
		if (spin->mark)
			mark(MARK_LAST);
		if (!spin->quiet)
			spin->registers[EDU_RAISE / 4] = 1;
		next += spin->interval_ns;
		if (!spin->fast)
			while (turn(spin) < next)
				;
		if (!spin->quiet && !wait_acknowledged(spin)) {
			printf("interrupt %u was lost\n", i + 1);
			return false;
		}
		/* Looking at the device is slow, and no interrupt's fault. */
		spin->last = now_ns();
		if (spin->last > next)
			next = spin->last;
	}
	spin->n = i;
	return true;
}

static void write_log(const struct spin *spin)
{
	FILE *to = fopen(spin->log_name, "w");
	unsigned int i;

	if (!to) {
		perror(spin->log_name);
		exit(2);
	}
	for (i = 0; i < spin->logged; i++)
		fprintf(to, "%llu.%09llu\n",
			(unsigned long long)spin->log[i] / 1000000000,
			(unsigned long long)spin->log[i] % 1000000000);
	fclose(to);
}

static void map(struct spin *spin, const char *resource)
{
	int fd = open(resource, O_RDWR | O_SYNC);

	if (fd >= 0)
		spin->registers = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				       MAP_SHARED, fd, 0);
	if (fd < 0 || spin->registers == MAP_FAILED) {
		perror(resource);
		exit(2);
	}
}

static void hog(void)
{
	const struct sched_param highest = { .sched_priority = 99 };

	if (sched_setscheduler(0, SCHED_FIFO, &highest)) {
		perror("sched_setscheduler");
		exit(2);
	}
	for (;;)
		;
}

static uint64_t microseconds(const char *text)
{
	return strtoul(text, NULL, 10) * NS_PER_US;
}

static void parse(struct spin *spin, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:i:g:l:m:fqR")) != -1) {
		if (c == 'n')
			spin->n = strtoul(optarg, NULL, 10);
		else if (c == 'i')
			spin->interval_ns = microseconds(optarg);
		else if (c == 'g')
			spin->gap_ns = microseconds(optarg);
		else if (c == 'l')
			spin->log_name = optarg;
		else if (c == 'm')
			spin->mark = strtoul(optarg, NULL, 10);
		else if (c == 'f')
			spin->fast = true;
		else if (c == 'q')
			spin->quiet = true;
		else if (c == 'R')
			hog();
		else
			exit(2);
	}
	if (optind + 1 != argc) {
		fputs("usage: irqspin [OPTION]... RESOURCE\n", stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct spin spin = {
		.n = 300,
		.interval_ns = 1000 * NS_PER_US,
		.gap_ns = 150 * NS_PER_US,
	};
	unsigned long long switches;
	bool all;

	parse(&spin, argc, argv);
	map(&spin, argv[optind]);
	/* Touched now, not while time counts. */
	if (spin.log_name) {
		spin.log = malloc(LOG_MAX * sizeof(*spin.log));
		if (!spin.log)
			return 2;
		memset(spin.log, 1, LOG_MAX * sizeof(*spin.log));
	}
	mlockall(MCL_CURRENT);
	signal(SIGTERM, stop);
	switches = context_switches();
	if (spin.mark) {
		mark_prepare();
		mark(spin.mark);
	}
	all = spin_all(&spin);
	if (spin.mark)
		mark(MARK_END);
	switches = context_switches() - switches;
	if (spin.log_name)
		write_log(&spin);
	printf("raised=%u switches=%llu gaps=%llu gap_us=%llu turns=%llu\n",
	       spin.n, switches, (unsigned long long)spin.gaps,
	       (unsigned long long)spin.gap_sum / NS_PER_US,
	       (unsigned long long)spin.turns);
	return all ? 0 : 1;
}
