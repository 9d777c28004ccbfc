// SPDX-License-Identifier: GPL-2.0-only
/*
 * pinstress: direct I/O to and from memory that is paged out while the I/O is
 * in flight. A page that a device writes into must not leave memory before the
 * device is done, nor be written to swap with what it held before.
 *
 * Each area of memory has a place on the disk. It is written there, filled with
 * something else, and read back; during both MADV_PAGEOUT is tried on it, so
 * that I/O and reclaim meet on the same pages.
 *
 *   thread  pread and pwrite by another thread
 *   uring   io_uring, pages pinned for the length of one I/O
 *   fixed   io_uring with registered buffers, pinned for good
 *
 * Exit status: 0 verified, 1 a page was wrong, 2 usage or set-up, 3 no I/O was
 * in flight while pages were asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGE		4096UL
#define WORDS		(PAGE / sizeof(uint64_t))
#define AREA_PAGES	32UL
#define AREA		(AREA_PAGES * PAGE)
#define AREAS		16
#define MAX_REPORTS	5
#define MIX		0x9e3779b97f4a7c15ULL

enum engine { THREAD, URING, FIXED };
static const char *const engine_names[] = { "thread", "uring", "fixed" };

static enum engine engine = URING;
static unsigned long seconds = 5;
static bool damage;
static int disk;
static unsigned char *memory;
static struct io_uring ring;
static unsigned long ios, beside, verified, wrong;
static atomic_bool thread_done;

static void die(const char *what)
{
	fprintf(stderr, "pinstress: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void usage(void)
{
	fputs("usage: pinstress [-e thread|uring|fixed] [-s SECONDS]\n"
	      "  [-X: damage a page, must be found] DISK\n", stderr);
	exit(2);
}

static uint64_t expected_word(unsigned int area, uint32_t gen, size_t i)
{
	return (0xa5ULL << 56 | (uint64_t)area << 40 | gen) + i * MIX;
}

static volatile uint64_t *words_of(unsigned int area)
{
	return (void *)(memory + area * AREA);
}

static void fill(unsigned int area, uint32_t gen)
{
	size_t i;

	for (i = 0; i < AREA_PAGES * WORDS; i++)
		words_of(area)[i] = expected_word(area, gen, i);
}

static void verify(unsigned int area, uint32_t gen, const char *when)
{
	size_t i;

	for (i = 0; i < AREA_PAGES * WORDS; i++) {
		uint64_t want = expected_word(area, gen, i);
		uint64_t found = words_of(area)[i];

		if (found == want)
			continue;
		if (wrong++ < MAX_REPORTS)
			fprintf(stderr,
				"pinstress: WRONG %s %s area %u page %zu word %zu: expected %#llx found %#llx\n",
				engine_names[engine], when, area, i / WORDS,
				i % WORDS, (unsigned long long)want,
				(unsigned long long)found);
		return;
	}
	verified += AREA_PAGES;
}

static void page_out(unsigned int area)
{
	if (madvise(memory + area * AREA, AREA, MADV_PAGEOUT))
		die("MADV_PAGEOUT");
}

/**
 * struct io - one read or write of an area
 * @area: which
 * @write: to the disk
 */
struct io {
	unsigned int area;
	bool write;
};

static void *blocking_io(void *arg)
{
	const struct io *io = arg;
	unsigned char *at = memory + io->area * AREA;
	ssize_t n = io->write ? pwrite(disk, at, AREA, io->area * AREA) :
				pread(disk, at, AREA, io->area * AREA);

	if (n != (ssize_t)AREA)
		die("direct I/O");
	atomic_store(&thread_done, true);
	return NULL;
}

static void thread_io(struct io *io)
{
	pthread_t thread;

	atomic_store(&thread_done, false);
	errno = pthread_create(&thread, NULL, blocking_io, io);
	if (errno)
		die("pthread_create");
	do {
		page_out(io->area);
		beside += !atomic_load(&thread_done);
	} while (!atomic_load(&thread_done));
	pthread_join(thread, NULL);
}

static void prepare(const struct io *io)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
	unsigned char *at = memory + io->area * AREA;
	uint64_t offset = io->area * AREA;

	if (engine == FIXED && io->write)
		io_uring_prep_write_fixed(sqe, disk, at, AREA, offset,
					  io->area);
	else if (engine == FIXED)
		io_uring_prep_read_fixed(sqe, disk, at, AREA, offset,
					 io->area);
	else if (io->write)
		io_uring_prep_write(sqe, disk, at, AREA, offset);
	else
		io_uring_prep_read(sqe, disk, at, AREA, offset);
}

/* With no completion to be seen after it, a call ran beside the I/O. */
static void ring_io(struct io *io)
{
	struct io_uring_cqe *cqe;
	int err;

	prepare(io);
	if (io_uring_submit(&ring) != 1)
		die("io_uring_submit");
	do {
		page_out(io->area);
		err = io_uring_peek_cqe(&ring, &cqe);
		beside += err == -EAGAIN;
	} while (err == -EAGAIN);
	if (err || cqe->res != (int)AREA) {
		errno = err ? -err : -cqe->res;
		die("io_uring");
	}
	io_uring_cqe_seen(&ring, cqe);
}

static void run_io(unsigned int area, bool write)
{
	struct io io = { area, write };

	if (engine == THREAD)
		thread_io(&io);
	else
		ring_io(&io);
	ios++;
}

/* Out before the I/O, so that pinning has to bring pages back; then across. */
static void cycle(unsigned int area, uint32_t gen)
{
	fill(area, gen);
	page_out(area);
	run_io(area, true);
	verify(area, gen, "written");
	fill(area, ~gen);
	page_out(area);
	run_io(area, false);
	if (damage)
		memory[area * AREA + PAGE + 3] ^= 4;
	verify(area, gen, "read");
	page_out(area);
	verify(area, gen, "read and paged out");
}

static void register_areas(void)
{
	struct iovec iov[AREAS];
	unsigned int i;

	for (i = 0; i < AREAS; i++) {
		iov[i].iov_base = memory + i * AREA;
		iov[i].iov_len = AREA;
	}
	errno = -io_uring_register_buffers(&ring, iov, AREAS);
	if (errno)
		die("io_uring_register_buffers");
}

static void set_up(const char *path)
{
	disk = open(path, O_RDWR | O_DIRECT);
	if (disk < 0)
		die(path);
	memory = mmap(NULL, AREAS * AREA, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	errno = -io_uring_queue_init(4, &ring, 0);
	if (errno)
		die("io_uring_queue_init");
	if (engine == FIXED)
		register_areas();
}

static void parse_engine(const char *text)
{
	unsigned int i;

	for (i = 0; i < sizeof(engine_names) / sizeof(engine_names[0]); i++)
		if (!strcmp(text, engine_names[i])) {
			engine = i;
			return;
		}
	usage();
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "e:s:X")) != -1) {
		switch (c) {
		case 'e':
			parse_engine(optarg);
			break;
		case 's':
			seconds = strtoul(optarg, NULL, 0);
			break;
		case 'X':
			damage = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc - 1)
		usage();
}

int main(int argc, char **argv)
{
	time_t end;
	uint32_t gen;

	parse(argc, argv);
	set_up(argv[optind]);
	end = time(NULL) + seconds;
	for (gen = 1; !wrong && time(NULL) <= end; gen++)
		cycle(gen % AREAS, gen);
	printf("pinstress: engine=%s ios=%lu beside=%lu verified=%lu wrong=%lu\n",
	       engine_names[engine], ios, beside, verified, wrong);
	if (wrong)
		return 1;
	return beside ? 0 : 3;
}
