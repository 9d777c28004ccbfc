// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process whose memory the bench pushes out.
 *
 * Its threads share the memory between them. While the memory is pushed out
 * all of them but one go on computing, as those of a busy server do: only an
 * address space that is in use on another CPU costs an interrupt there. The
 * process never pushes anything out itself.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench_work.h"

#define WORDS (WORK_PAGE / sizeof(uint64_t))

enum phase { PHASE_FILL, PHASE_BUSY, PHASE_VERIFY };

struct member;

/**
 * struct crew - the process as its threads see it
 * @memory: what is pushed out
 * @pages: of it
 * @sums: checksum of each page as it was filled
 * @threads: that share it
 * @members: one for each thread
 * @phase: what they do next
 * @seed: of the pattern
 * @wrong: pages that came back with another checksum
 * @calm: the threads that are busy may stop
 * @busy: threads have been started on something that is not over
 * @begin: all threads and the process
 * @end: the same
 */
struct crew {
	uint64_t *memory;
	uint64_t pages;
	uint64_t *sums;
	unsigned int threads;
	struct member *members;
	enum phase phase;
	uint64_t seed;
	atomic_ullong wrong;
	atomic_bool calm;
	bool busy;
	pthread_barrier_t begin;
	pthread_barrier_t end;
};

/**
 * struct member - a thread
 * @crew: of which
 * @number: from 0
 */
struct member {
	struct crew *crew;
	unsigned int number;
};

/* Multiplied and shifted until no bit of the input can be seen. */
static uint64_t scramble(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t checksum(const uint64_t *page)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < WORDS; i++)
		sum = (sum ^ page[i]) * 0x100000001b3ULL;
	return sum;
}

/* Nothing that a compressed or zero page would make smaller. */
static void fill(struct crew *crew, uint64_t page)
{
	uint64_t *words = crew->memory + page * WORDS;
	uint64_t x = scramble(crew->seed ^ (page << 16));
	size_t i;

	for (i = 0; i < WORDS; i++) {
		x = scramble(x);
		words[i] = x;
	}
	crew->sums[page] = checksum(words);
}

static void verify(struct crew *crew, uint64_t page)
{
	const uint64_t *words = crew->memory + page * WORDS;

	if (checksum(words) != crew->sums[page])
		atomic_fetch_add(&crew->wrong, 1);
}

static void each_page(struct crew *crew, unsigned int number,
		      void (*fn)(struct crew *crew, uint64_t page))
{
	uint64_t first = crew->pages * number / crew->threads;
	uint64_t end = crew->pages * (number + 1) / crew->threads;

	for (; first < end; first++)
		fn(crew, first);
}

static void compute(struct crew *crew)
{
	volatile uint64_t x = 1;

	while (!atomic_load_explicit(&crew->calm, memory_order_relaxed))
		x = scramble(x);
}

static void *member_run(void *arg)
{
	struct member *m = arg;
	struct crew *crew = m->crew;

	for (;;) {
		pthread_barrier_wait(&crew->begin);
		switch (crew->phase) {
		case PHASE_FILL:
			each_page(crew, m->number, fill);
			break;
		case PHASE_BUSY:
			if (m->number)
				compute(crew);
			break;
		case PHASE_VERIFY:
			each_page(crew, m->number, verify);
			break;
		}
		pthread_barrier_wait(&crew->end);
	}
	return NULL;
}

static void begin(struct crew *crew, enum phase phase)
{
	crew->phase = phase;
	atomic_store(&crew->calm, false);
	crew->busy = true;
	pthread_barrier_wait(&crew->begin);
}

static void end(struct crew *crew)
{
	if (!crew->busy)
		return;
	atomic_store(&crew->calm, true);
	pthread_barrier_wait(&crew->end);
	crew->busy = false;
}

static int64_t do_fill(struct crew *crew, uint64_t seed)
{
	end(crew);
	if (madvise(crew->memory, crew->pages * WORK_PAGE, MADV_DONTNEED))
		return -errno;
	crew->seed = seed;
	begin(crew, PHASE_FILL);
	end(crew);
	begin(crew, PHASE_BUSY);
	return (int64_t)(uintptr_t)crew->memory;
}

/* For memory of its own the kernel says here whether a page is in memory. */
static int64_t do_resident(const struct crew *crew)
{
	unsigned char map[4096];
	uint64_t page, n, i;
	int64_t count = 0;

	for (page = 0; page < crew->pages; page += n) {
		n = crew->pages - page < sizeof(map) ? crew->pages - page :
						       sizeof(map);
		if (mincore(crew->memory + page * WORDS, n * WORK_PAGE, map))
			return -errno;
		for (i = 0; i < n; i++)
			count += map[i] & 1;
	}
	return count;
}

static int64_t do_verify(struct crew *crew)
{
	end(crew);
	atomic_store(&crew->wrong, 0);
	begin(crew, PHASE_VERIFY);
	end(crew);
	return (int64_t)atomic_load(&crew->wrong);
}

static int64_t obey(struct crew *crew, const struct work_order *order)
{
	switch (order->verb) {
	case WORK_FILL:
		return do_fill(crew, order->seed);
	case WORK_RESIDENT:
		return do_resident(crew);
	case WORK_VERIFY:
		return do_verify(crew);
	default:
		return -EINVAL;
	}
}

static void *map(uint64_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* The checksums stay in memory, so that only the pattern is pushed out. */
static int muster(struct crew *crew, uint64_t bytes, unsigned int threads)
{
	uint64_t sums = bytes / WORK_PAGE * sizeof(*crew->sums);
	pthread_t thread;
	unsigned int i;

	crew->members = calloc(threads, sizeof(*crew->members));
	crew->pages = bytes / WORK_PAGE;
	crew->threads = threads;
	crew->memory = map(bytes);
	crew->sums = map(sums);
	if (!crew->members || !crew->memory || !crew->sums)
		return -ENOMEM;
	madvise(crew->memory, bytes, MADV_NOHUGEPAGE);
	if (mlock(crew->sums, sums))
		return -errno;
	pthread_barrier_init(&crew->begin, NULL, threads + 1);
	pthread_barrier_init(&crew->end, NULL, threads + 1);
	for (i = 0; i < threads; i++) {
		crew->members[i] = (struct member){ crew, i };
		if (pthread_create(&thread, NULL, member_run,
				   &crew->members[i]))
			return -EAGAIN;
	}
	return 0;
}

static bool answer(int socket, int64_t value)
{
	return send(socket, &value, sizeof(value), 0) == sizeof(value);
}

/* Enters the cgroup before it takes any memory; ends when its parent does. */
static void work_run(int socket, int procs, uint64_t bytes,
		     unsigned int threads)
{
	struct crew crew = { .memory = NULL };
	struct work_order order;
	int err = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(procs, "0", 1) != 1)
		err = -errno;
	if (!err)
		err = muster(&crew, bytes, threads);
	if (!answer(socket, err) || err)
		_exit(1);
	while (recv(socket, &order, sizeof(order), 0) == sizeof(order))
		if (!answer(socket, obey(&crew, &order)))
			break;
	_exit(0);
}

/**
 * work_start - start the process
 * @work: filled in; its first answer is 0 when it is ready
 * @procs: cgroup.procs of the cgroup that it enters
 * @bytes: of memory, whole pages
 * @threads: that share it
 *
 * Return: 0, or -errno.
 */
int work_start(struct work *work, int procs, uint64_t bytes,
	       unsigned int threads)
{
	int ends[2], err = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	work->bytes = bytes;
	work->socket = ends[0];
	work->pid = fork();
	if (!work->pid) {
		close(ends[0]);
		work_run(ends[1], procs, bytes, threads);
	}
	if (work->pid < 0)
		err = -errno;
	close(ends[1]);
	if (!err) {
		work->pidfd = (int)syscall(SYS_pidfd_open, work->pid, 0);
		err = work->pidfd < 0 ? -errno : 0;
	}
	return err;
}

/* The other end is closed, or was closed on what it had not read. */
static int gone_or(int err)
{
	return err == EPIPE || err == ECONNRESET ? -ECHILD : -err;
}

/* Orders it to do something; -ECHILD when the process has gone. */
int work_ask(const struct work *work, enum work_verb verb, uint64_t seed)
{
	const struct work_order order = { verb, seed };

	return send(work->socket, &order, sizeof(order), MSG_NOSIGNAL) ==
	       sizeof(order) ? 0 : gone_or(errno);
}

/* Waits for the answer; -ECHILD when the process has gone. */
int64_t work_answer(const struct work *work)
{
	int64_t value;
	ssize_t got = recv(work->socket, &value, sizeof(value), 0);

	if (got < 0)
		return gone_or(errno);
	return got == sizeof(value) ? value : -ECHILD;
}

/* It is ended by the removal of its cgroup; here its ends are let go of. */
void work_end(struct work *work)
{
	if (work->socket >= 0)
		close(work->socket);
	if (work->pidfd >= 0)
		close(work->pidfd);
	work->socket = -1;
	work->pidfd = -1;
}
