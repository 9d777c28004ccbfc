// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapstress: changes the mappings of memory while its pages are being taken
 * away, and reports every page that came back wrong. Each thread has tiles of
 * its own, so nothing here is locked: the races are those with reclaim.
 *
 *   remap  a tile moves to another address, with and without leaving its old
 *          mapping behind, or is cut to half and grown again
 *   lock   a tile is locked: all of its pages must be there until it is let go
 *   free   a tile is given up by MADV_FREE: each page holds what it held or
 *          only zeroes, and what is written afterwards must stay
 *   pipe   a tile that is on its way out is put in a pipe and unmapped: nobody
 *          but the pipe holds the pages that it gives back later
 *
 * Exit status: 0 verified, 1 a page was wrong, 2 usage or set-up, 3 what was
 * to be tested did not happen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

#define PAGE		4096UL
#define WORDS		(PAGE / sizeof(uint64_t))
#define TILE_PAGES	32UL
#define TILE		(TILE_PAGES * PAGE)
#define MAX_THREADS	8
#define MAX_TILES	256
#define MAX_REPORTS	5
#define MIX		0x9e3779b97f4a7c15ULL

enum way { REMAP, LOCK, FREE, PIPE };
static const char *const way_names[] = { "remap", "lock", "free", "pipe" };

/**
 * struct tile - some pages with a known pattern
 * @at: where they are mapped now
 * @gen: generation of the pattern
 */
struct tile {
	unsigned char *at;
	uint32_t gen;
};

/**
 * struct worker - a thread with the tiles it owns
 * @id: its number
 * @tiles: the tiles
 * @spare: an address range of the size of a tile, not in use
 * @pipe: its reading and its writing end, with room for a tile
 * @copy: what came out of the pipe
 * @x: state of its random numbers
 */
struct worker {
	unsigned int id;
	struct tile tiles[MAX_TILES];
	unsigned char *spare;
	int pipe[2];
	unsigned char copy[TILE];
	uint64_t x;
};

static struct {
	enum way way;
	unsigned int threads;
	unsigned long tiles;
	unsigned long seconds;
	bool damage;
} opt = { REMAP, 2, 48, 5, false };

static struct worker workers[MAX_THREADS];
static unsigned char *arena;
static size_t arena_size;
static int pagemap;
static atomic_bool stop;
static atomic_ulong verified, changed, dropped, kept, pageouts, wrong;

static void die(const char *what)
{
	fprintf(stderr, "mapstress: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void usage(void)
{
	fputs("usage: mapstress -o remap|lock|free|pipe [-t THREADS] [-n TILES]\n"
	      "  [-s SECONDS] [-X: damage a page, must be found]\n", stderr);
	exit(2);
}

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static uint64_t expected_word(const struct worker *w, const struct tile *t,
			      unsigned long page, unsigned int i)
{
	uint64_t tile = w->id * MAX_TILES + (t - w->tiles);
	uint64_t name = 0xa5ULL << 56 | tile << 40 | page << 32 | t->gen;

	return i % 8 ? name : name ^ (i + 1) * MIX;
}

static volatile uint64_t *words_of(const struct tile *t, unsigned long page)
{
	return (void *)(t->at + page * PAGE);
}

static void fill(const struct worker *w, struct tile *t)
{
	unsigned long page;
	unsigned int i;

	t->gen++;
	for (page = 0; page < TILE_PAGES; page++)
		for (i = 0; i < WORDS; i++)
			words_of(t, page)[i] = expected_word(w, t, page, i);
}

static void report(const struct worker *w, const struct tile *t,
		   unsigned long page, unsigned int i, uint64_t want,
		   uint64_t found)
{
	if (atomic_fetch_add(&wrong, 1) < MAX_REPORTS)
		fprintf(stderr,
			"mapstress: WRONG %s thread %u tile %td page %lu word %u generation %u: expected %#llx found %#llx\n",
			way_names[opt.way], w->id, t - w->tiles, page, i,
			t->gen, (unsigned long long)want,
			(unsigned long long)found);
	atomic_store(&stop, true);
}

/* Each word is read once: a page may be taken away between two of them. */
static void verify_page(const struct worker *w, const struct tile *t,
			unsigned long page)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		uint64_t want = expected_word(w, t, page, i);
		uint64_t found = words_of(t, page)[i];

		if (found != want) {
			report(w, t, page, i, want, found);
			return;
		}
	}
	atomic_fetch_add(&verified, 1);
}

static void verify(const struct worker *w, const struct tile *t)
{
	unsigned long page;

	for (page = 0; page < TILE_PAGES; page++)
		verify_page(w, t, page);
}

/* The pages from @first on were never written since they were mapped. */
static void verify_empty(const struct worker *w, const struct tile *t,
			 unsigned long first)
{
	unsigned long page;
	unsigned int i;

	for (page = first; page < TILE_PAGES; page++)
		for (i = 0; i < WORDS; i++) {
			uint64_t found = words_of(t, page)[i];

			if (found) {
				report(w, t, page, i, 0, found);
				return;
			}
		}
}

static void *reserve(void *at)
{
	void *p = mmap(at, TILE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* The spare range becomes the tile's, the range it leaves the spare one. */
static void move(struct worker *w, struct tile *t, int flags)
{
	struct tile old = *t;

	t->at = mremap(old.at, TILE, TILE,
		       MREMAP_MAYMOVE | MREMAP_FIXED | flags, w->spare);
	if (t->at == MAP_FAILED)
		die("mremap");
	if (flags & MREMAP_DONTUNMAP)
		verify_empty(w, &old, 0);
	w->spare = reserve(old.at);
}

static void cut_and_grow(const struct worker *w, struct tile *t)
{
	if (mremap(t->at, TILE, TILE / 2, 0) != t->at ||
	    mremap(t->at, TILE / 2, TILE, 0) != t->at)
		die("mremap");
	verify_empty(w, t, TILE_PAGES / 2);
	fill(w, t);
}

static void remap(struct worker *w, struct tile *t)
{
	switch (next_random(&w->x) >> 20 & 3) {
	case 0:
		move(w, t, MREMAP_DONTUNMAP);
		break;
	case 1:
		cut_and_grow(w, t);
		break;
	default:
		move(w, t, 0);
	}
	verify(w, t);
}

/* How many pages are mapped; asking must not bring one back. */
static unsigned int present(const struct tile *t)
{
	uint64_t entries[TILE_PAGES];
	unsigned int i, n = 0;

	if (pread(pagemap, entries, sizeof(entries),
		  (uintptr_t)t->at / PAGE * sizeof(uint64_t)) !=
	    sizeof(entries))
		die("pagemap");
	for (i = 0; i < TILE_PAGES; i++)
		n += entries[i] >> 63;
	return n;
}

/* A page that is moved in memory is not mapped for a moment, so look again. */
static void lock(struct worker *w, struct tile *t)
{
	unsigned int tries = 0;

	if (mlock(t->at, TILE))
		die("mlock");
	verify(w, t);
	while (present(t) < TILE_PAGES && ++tries < 20)
		usleep(10000);
	if (tries == 20)
		report(w, t, 0, 0, TILE_PAGES, present(t));
	if (munlock(t->at, TILE))
		die("munlock");
}

/* All old or all zero, and which of the two may change to zero meanwhile. */
static void verify_given_up(const struct worker *w, const struct tile *t,
			    unsigned long page)
{
	bool gone = false;
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		uint64_t want = expected_word(w, t, page, i);
		uint64_t found = words_of(t, page)[i];

		if (!found) {
			gone = true;
		} else if (found != want || gone) {
			report(w, t, page, i, gone ? 0 : want, found);
			return;
		}
	}
	atomic_fetch_add(gone ? &dropped : &kept, 1);
}

static void give_up(struct worker *w, struct tile *t)
{
	unsigned long page;

	if (madvise(t->at, TILE, MADV_FREE))
		die("MADV_FREE");
	usleep(next_random(&w->x) >> 20 & 8191);
	for (page = 0; page < TILE_PAGES; page++)
		verify_given_up(w, t, page);
	fill(w, t);
	verify(w, t);
}

static void into_pipe(const struct worker *w, const struct tile *t)
{
	struct iovec v = { t->at, TILE };

	while (v.iov_len) {
		ssize_t n = vmsplice(w->pipe[1], &v, 1, 0);

		if (n <= 0)
			die("vmsplice");
		v.iov_base = (char *)v.iov_base + n;
		v.iov_len -= n;
	}
}

static void out_of_pipe(struct worker *w)
{
	size_t at;
	ssize_t n;

	for (at = 0; at < TILE; at += n) {
		n = read(w->pipe[0], w->copy + at, TILE - at);
		if (n <= 0)
			die("read");
	}
}

/* The pages come back by a fault while they are written, for vmsplice only. */
static void through_pipe(struct worker *w, struct tile *t)
{
	unsigned char *at = t->at;

	fill(w, t);
	if (madvise(t->at, TILE, MADV_PAGEOUT))
		die("MADV_PAGEOUT");
	into_pipe(w, t);
	if (madvise(t->at, TILE, MADV_DONTNEED))
		die("MADV_DONTNEED");
	usleep(next_random(&w->x) >> 20 & 16383);
	out_of_pipe(w);
	t->at = w->copy;
	verify(w, t);
	t->at = at;
	fill(w, t);
}

static void change(struct worker *w, struct tile *t)
{
	switch (opt.way) {
	case REMAP:
		remap(w, t);
		break;
	case LOCK:
		lock(w, t);
		break;
	case FREE:
		give_up(w, t);
		break;
	case PIPE:
		through_pipe(w, t);
	}
	atomic_fetch_add(&changed, 1);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&stop)) {
		uint64_t r = next_random(&w->x);
		struct tile *t = &w->tiles[(r >> 8) % opt.tiles];

		verify(w, t);
		if (r & 1)
			fill(w, t);
		change(w, t);
	}
	return NULL;
}

/*
 * Locked ranges and ranges that are being moved refuse: on to the next. A
 * pause now and then, so that pages are found elsewhere too.
 */
static void *page_out(void *arg)
{
	uint64_t x = MIX;
	size_t at;

	while (!atomic_load(&stop)) {
		for (at = 0; at < arena_size; at += TILE)
			if (!madvise(arena + at, TILE, MADV_PAGEOUT))
				atomic_fetch_add(&pageouts, 1);
		usleep(next_random(&x) >> 20 & 16383);
	}
	return arg;
}

static void set_up(struct worker *w, unsigned int id)
{
	unsigned char *at = arena + id * (opt.tiles + 1) * TILE;
	unsigned long i;

	w->id = id;
	w->x = (id + 1) * MIX;
	if (pipe(w->pipe) || fcntl(w->pipe[1], F_SETPIPE_SZ, TILE) < 0)
		die("pipe");
	for (i = 0; i < opt.tiles; i++) {
		w->tiles[i].at = at + i * TILE;
		if (mprotect(w->tiles[i].at, TILE, PROT_READ | PROT_WRITE))
			die("mprotect");
		fill(w, &w->tiles[i]);
	}
	w->spare = at + opt.tiles * TILE;
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	errno = pthread_create(&t, NULL, fn, arg);
	if (errno)
		die("pthread_create");
	return t;
}

static void map_arena(void)
{
	unsigned int i;

	arena_size = opt.threads * (opt.tiles + 1) * TILE;
	arena = mmap(NULL, arena_size, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		die("mmap");
	for (i = 0; i < opt.threads; i++)
		set_up(&workers[i], i);
}

static void run(void)
{
	pthread_t threads[MAX_THREADS], pager;
	unsigned long ms;
	unsigned int i;

	for (i = 0; i < opt.threads; i++)
		threads[i] = start(work, &workers[i]);
	pager = start(page_out, NULL);
	for (ms = 0; ms < opt.seconds * 1000 && !atomic_load(&stop); ms += 50)
		usleep(50000);
	atomic_store(&stop, true);
	for (i = 0; i < opt.threads; i++)
		pthread_join(threads[i], NULL);
	pthread_join(pager, NULL);
}

/* What the threads have left must be right too, all of it. */
static void verify_all(void)
{
	unsigned long t;
	unsigned int i;

	for (i = 0; i < opt.threads; i++)
		for (t = 0; t < opt.tiles; t++)
			verify(&workers[i], &workers[i].tiles[t]);
}

static unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end || !n || n > max)
		usage();
	return n;
}

static void parse_way(const char *text)
{
	unsigned int i;

	for (i = 0; i < sizeof(way_names) / sizeof(way_names[0]); i++)
		if (!strcmp(text, way_names[i])) {
			opt.way = i;
			return;
		}
	usage();
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "o:t:n:s:X")) != -1) {
		switch (c) {
		case 'o':
			parse_way(optarg);
			break;
		case 't':
			opt.threads = number(optarg, MAX_THREADS);
			break;
		case 'n':
			opt.tiles = number(optarg, MAX_TILES);
			break;
		case 's':
			opt.seconds = number(optarg, 1000000);
			break;
		case 'X':
			opt.damage = true;
			break;
		default:
			usage();
		}
	}
	if (optind < argc)
		usage();
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (pagemap < 0)
		die("pagemap");
	map_arena();
	run();
	if (opt.damage)
		workers[0].tiles[opt.tiles / 2].at[PAGE + 3] ^= 4;
	verify_all();
	printf("mapstress: way=%s verified=%lu changed=%lu dropped=%lu kept=%lu pageouts=%lu wrong=%lu\n",
	       way_names[opt.way], atomic_load(&verified),
	       atomic_load(&changed), atomic_load(&dropped),
	       atomic_load(&kept), atomic_load(&pageouts),
	       atomic_load(&wrong));
	if (atomic_load(&wrong))
		return 1;
	return atomic_load(&changed) && atomic_load(&pageouts) ? 0 : 3;
}
