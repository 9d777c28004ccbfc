// SPDX-License-Identifier: GPL-2.0-only
/*
 * tiercost: memory for measuring what tiering costs, and what it does to who is
 * only watched or may not be moved. What it accesses follows from the seed alone.
 *
 * usage: tiercost [OPTION]... KIND
 *   hold     its pages are there until it is killed; from SIGUSR1 to SIGUSR2
 *            the used ones are accessed, in turn and without a burst
 *   refaults accesses to private and file pages by Zipf 0.99, in random order
 *   move     its pages go to node 1 and back by move_pages(2)
 * options:
 *   -n N     private pages (16384)
 *   -u N     hold: of these the used ones (0)
 *   -c MS    hold: the used ones are all accessed once in so long (1000)
 *   -s NODE  the pages are on this node at first
 *   -b NODE  the process is bound to this node
 *   -v NODE  the mapping of the pages is bound to this node
 *   -R FILE  hold: written when all pages are there
 *   -F FILE  refaults: mapped as well
 *   -f N     refaults: pages of the file (8192)
 *   -w N     refaults: windows (40)
 *   -a N     refaults: accesses in a window (20000)
 *   -t MS    refaults: a window takes at least so long (500)
 *   -r N     refaults: seed (1)
 *   -l N     move: pages to each call (512)
 */
#define SLICES 50
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "pace.h"
#include "zipf.h"

#define PAGE 4096UL
#define NO_NODE (-1)
#define MPOL_DEFAULT 0
#define MPOL_BIND 2
#define MPOL_MF_MOVE 2

static struct {
	unsigned long pages;
	unsigned long used;
	unsigned long cycle_ms;
	int start;
	int bound;
	int mapping;
	const char *ready;
	const char *file;
	unsigned long file_pages;
	unsigned long windows;
	unsigned long accesses;
	unsigned long ms;
	unsigned long seed;
	unsigned long at_once;
} opt = {
	.pages = 16384, .cycle_ms = 1000, .start = NO_NODE, .bound = NO_NODE,
	.mapping = NO_NODE, .file_pages = 8192, .windows = 40,
	.accesses = 20000, .ms = 500, .seed = 1, .at_once = 512,
};

static char *data;
static volatile sig_atomic_t busy;
static unsigned long wrong;

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "tiercost: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- memory ------------------------------------------------------------------ */

static void policy(int mode, int node)
{
	unsigned long mask = node == NO_NODE ? 0 : 1UL << node;

	if (syscall(SYS_set_mempolicy, mode, mask ? &mask : NULL,
		    mask ? 8 * sizeof(mask) : 0))
		die("set_mempolicy");
}

static void bind_mapping(int node)
{
	unsigned long mask = 1UL << node;

	if (syscall(SYS_mbind, data, opt.pages * PAGE, MPOL_BIND, &mask,
		    8 * sizeof(mask), 0))
		die("mbind");
}

static uint64_t *word_of(unsigned long page)
{
	return (uint64_t *)(data + page * PAGE);
}

static void fill(void)
{
	unsigned long page;

	for (page = 0; page < opt.pages; page++)
		*word_of(page) = page;
}

/* A policy by which they only start does not stay. */
static void make_data(void)
{
	data = mmap(NULL, opt.pages * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		die("mmap");
	if (opt.mapping != NO_NODE)
		bind_mapping(opt.mapping);
	if (opt.start != NO_NODE)
		policy(MPOL_BIND, opt.start);
	if (opt.bound != NO_NODE)
		policy(MPOL_BIND, opt.bound);
	fill();
	if (opt.start != NO_NODE && opt.bound == NO_NODE)
		policy(MPOL_DEFAULT, NO_NODE);
}

static void verify(void)
{
	unsigned long page;

	for (page = 0; page < opt.pages; page++)
		wrong += *word_of(page) != page;
}

/* ---- hold -------------------------------------------------------------------- */

static void on_signal(int number)
{
	busy = number == SIGUSR1;
}

static void say_ready(void)
{
	FILE *f;

	if (!opt.ready)
		return;
	f = fopen(opt.ready, "w");
	if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f))
		die(opt.ready);
}

static void use(unsigned long first, unsigned long end)
{
	unsigned long page;

	for (page = first; page < end; page++)
		wrong += *(volatile uint64_t *)word_of(page) != page;
}

static void use_while_busy(void)
{
	struct pace pace;
	unsigned long slice;

	pace_start(&pace);
	for (slice = 0; busy; slice = (slice + 1) % SLICES) {
		pace_next(&pace, opt.cycle_ms / SLICES);
		use(opt.used * slice / SLICES,
		    opt.used * (slice + 1) / SLICES);
		if (wrong)
			die("a page is wrong");
		pace_wait(&pace);
	}
}

__attribute__((noreturn))
static void hold(void)
{
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	make_data();
	say_ready();
	for (;;) {
		use_while_busy();
		usleep(100000);
	}
}

/* ---- refaults ---------------------------------------------------------------- */

static const char *file_data;
static uint32_t *place;		/* of each rank; those behind the private ones are the file's */

static void map_file(void)
{
	int fd = open(opt.file, O_RDONLY);

	if (fd < 0)
		die(opt.file);
	file_data = mmap(NULL, opt.file_pages * PAGE, PROT_READ, MAP_SHARED, fd,
			 0);
	if (file_data == MAP_FAILED)
		die(opt.file);
	close(fd);
}

static void access_one(uint32_t page)
{
	if (page < opt.pages)
		wrong += *(volatile uint64_t *)word_of(page) != page;
	else
		(void)*(volatile const char *)(file_data +
					       (page - opt.pages) * PAGE);
}

static int refaults(void)
{
	uint32_t nr = opt.pages + opt.file_pages;
	uint64_t state = opt.seed << 32;
	unsigned long slice, i;
	struct pace pace;
	struct zipf zipf;

	map_file();
	zipf_make(&zipf, nr, 0.99);
	place = zipf_memory(nr, sizeof(*place));
	shuffle(place, nr, opt.seed);
	make_data();
	pace_start(&pace);
	for (slice = 0; slice < opt.windows * SLICES; slice++) {
		pace_next(&pace, opt.ms / SLICES);
		for (i = 0; i < opt.accesses / SLICES; i++)
			access_one(place[zipf_draw(&zipf,
						   next_random(&state))]);
		pace_wait(&pace);
	}
	printf("tiercost: late=%u wrong=%lu\n", pace.late, wrong);
	return wrong != 0;
}

/* ---- move -------------------------------------------------------------------- */

static unsigned long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}

static unsigned long moved_to(const int *status, unsigned long nr, int node)
{
	unsigned long i, moved = 0;

	for (i = 0; i < nr; i++)
		moved += status[i] == node;
	return moved;
}

/* Nanoseconds in the calls alone; nothing is put together between them. */
static void move_all(const char *name, int node)
{
	void **at = zipf_memory(opt.pages, sizeof(*at));
	int *to = zipf_memory(opt.pages, sizeof(*to));
	int *status = zipf_memory(opt.pages, sizeof(*status));
	unsigned long i, nr, start;

	for (i = 0; i < opt.pages; i++) {
		at[i] = word_of(i);
		to[i] = node;
		status[i] = NO_NODE;
	}
	start = now_ns();
	for (i = 0; i < opt.pages; i += nr) {
		nr = opt.pages - i < opt.at_once ? opt.pages - i : opt.at_once;
		if (syscall(SYS_move_pages, 0, nr, at + i, to + i, status + i,
			    MPOL_MF_MOVE) < 0)
			die("move_pages");
	}
	printf(" %s_ns=%lu", name, now_ns() - start);
	printf(" %s=%lu", name, moved_to(status, opt.pages, node));
	free(at);
	free(to);
	free(status);
}

/* Accessed in between, as what moves has been. */
static int move(void)
{
	make_data();
	use(0, opt.pages);
	printf("tiercost: pages=%lu", opt.pages);
	move_all("down", 1);
	use(0, opt.pages);
	move_all("up", 0);
	verify();
	printf(" wrong=%lu\n", wrong);
	return wrong != 0;
}

/* ---- options ----------------------------------------------------------------- */

static int usage(void)
{
	fputs("usage: tiercost [OPTION]... hold|refaults|move\n"
	      "       (the options are at the head of its source)\n", stderr);
	return 2;
}

static bool set_path(int option, const char *value)
{
	if (option == 'R')
		opt.ready = value;
	else if (option == 'F')
		opt.file = value;
	else
		return false;
	return true;
}

static bool set_node(int option, int node)
{
	if (option == 's')
		opt.start = node;
	else if (option == 'b')
		opt.bound = node;
	else if (option == 'v')
		opt.mapping = node;
	else
		return false;
	return true;
}

static unsigned long *number_of(int option)
{
	switch (option) {
	case 'n':
		return &opt.pages;
	case 'u':
		return &opt.used;
	case 'c':
		return &opt.cycle_ms;
	case 'f':
		return &opt.file_pages;
	case 'w':
		return &opt.windows;
	case 'a':
		return &opt.accesses;
	case 't':
		return &opt.ms;
	case 'r':
		return &opt.seed;
	case 'l':
		return &opt.at_once;
	}
	return NULL;
}

static bool parse(int argc, char **argv)
{
	unsigned long *number;
	int c;

	while ((c = getopt(argc, argv, "n:u:c:s:b:v:R:F:f:w:a:t:r:l:")) != -1) {
		if (set_path(c, optarg) || set_node(c, optarg ? atoi(optarg) : 0))
			continue;
		number = number_of(c);
		if (!number)
			return false;
		*number = strtoul(optarg, NULL, 10);
	}
	return optind == argc - 1 && opt.pages && opt.at_once &&
	       opt.used <= opt.pages;
}

int main(int argc, char **argv)
{
	if (!parse(argc, argv))
		return usage();
	if (!strcmp(argv[optind], "hold"))
		hold();
	if (!strcmp(argv[optind], "refaults") && opt.file)
		return refaults();
	if (!strcmp(argv[optind], "move"))
		return move();
	return usage();
}
