/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory with a pattern in it, and getting it out to where it is kept: what the tests
 * of asynchronous page faults share.
 */
#ifndef TANDEM_TESTS_APFSWAP_H
#define TANDEM_TESTS_APFSWAP_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u
#define WORDS (PAGE / sizeof(uint64_t))

/* Where the cgroup of the test is told to give memory back. */
#define RECLAIM_FILE "/sys/fs/cgroup/apf/memory.reclaim"
#define LIMIT_FILE "/sys/fs/cgroup/apf/memory.max"

__attribute__((noreturn, unused, format(printf, 1, 2)))
static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

/* Different for each page, word and seed. */
static inline uint64_t pattern(uint64_t seed, size_t page, size_t word)
{
	uint64_t x = seed + page * WORDS + word + 1;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static inline uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static int open_file(const char *path, size_t pages)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)))
		fail("%s: %s", path, strerror(errno));
	return fd;
}

/*
 * Memory of the kind that TANDEM_MEMORY names: "shared", the path of a file, or, when
 * it names none, anonymous. Of a file a page at a time is read, unless
 * TANDEM_READ_AHEAD is set.
 */
__attribute__((unused))
static uint64_t *new_memory(size_t pages)
{
	const char *kind = getenv("TANDEM_MEMORY");
	int flags = kind && *kind ? MAP_SHARED : MAP_PRIVATE;
	int fd = -1;
	void *at;

	if (flags == MAP_PRIVATE || !strcmp(kind, "shared"))
		flags |= MAP_ANONYMOUS;
	else
		fd = open_file(kind, pages);
	at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (at == MAP_FAILED)
		fail("no memory: %s", strerror(errno));
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	if (!getenv("TANDEM_READ_AHEAD"))
		madvise(at, pages * PAGE, MADV_RANDOM);
	if (fd >= 0)
		close(fd);
	return at;
}

__attribute__((unused))
static void fill(uint64_t *at, size_t pages, uint64_t seed)
{
	size_t page, word;

	for (page = 0; page < pages; page++)
		for (word = 0; word < WORDS; word++)
			at[page * WORDS + word] = pattern(seed, page, word);
}

__attribute__((unused))
static void verify_page(const uint64_t *at, size_t page, uint64_t seed)
{
	size_t word;

	for (word = 0; word < WORDS; word++)
		if (at[page * WORDS + word] != pattern(seed, page, word))
			fail("wrong data: page %zu word %zu", page, word);
}

/* Neither mapped nor in the swap cache. */
static size_t resident(void *at, size_t pages)
{
	unsigned char *there = malloc(pages);
	size_t i, n = 0;

	if (!there || mincore(at, pages * PAGE, there))
		fail("mincore: %s", strerror(errno));
	for (i = 0; i < pages; i++)
		n += there[i] & 1;
	free(there);
	return n;
}

static void reclaim(void)
{
	int fd = open(RECLAIM_FILE, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		fail("%s: %s", RECLAIM_FILE, strerror(errno));
	if (write(fd, "256M", 4) < 0 && errno != EAGAIN && errno != EINTR)
		fail("%s: %s", RECLAIM_FILE, strerror(errno));
	close(fd);
}

__attribute__((unused))
static void set_limit(const char *bytes)
{
	int fd = open(LIMIT_FILE, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, bytes, strlen(bytes)) < 0)
		fail("%s: %s", LIMIT_FILE, strerror(errno));
	close(fd);
}

/* A page that is being written cannot go: the kernel is asked again. */
__attribute__((unused))
static void page_out(void *at, size_t pages)
{
	int tries;

	if (msync(at, pages * PAGE, MS_SYNC))
		fail("msync: %s", strerror(errno));
	for (tries = 0; resident(at, pages); tries++) {
		if (tries == 2000)
			fail("%zu of %zu pages do not leave memory",
			     resident(at, pages), pages);
		madvise(at, pages * PAGE, MADV_PAGEOUT);
		reclaim();
	}
}

#endif
