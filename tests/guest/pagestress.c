// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagestress: fills memory with patterns that can be verified, rewrites it
 * while the kernel takes it away, and reports every page that came back wrong.
 *
 * Each page carries its own index, a generation and an owner in all of its
 * words, so that a finding tells a torn page from a stale, a swapped or a
 * zeroed one. What a page should hold is kept beside the memory under test, in
 * locked pages that reclaim can not touch. Nothing here knows about tandem: it
 * passes or fails on any kernel.
 *
 * Exit status: 0 verified, 1 a page was wrong, 2 usage or set-up, 3 nothing
 * was verified.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGE		4096UL
#define WORDS		(PAGE / sizeof(uint64_t))
#define HUGE		(2UL << 20)
#define MAX_PROCS	32
#define MAX_REPORTS	10
#define MIX		0x9e3779b97f4a7c15ULL
/* The two words that a touch changes: near both ends of the page. */
#define TOUCH_HEAD	1
#define TOUCH_TAIL	510

enum kind { ANON, SHMEM, FILE_COW, HUGEPAGE, KSM };
static const char *const kind_names[] = {
	"anon", "shmem", "file", "huge", "ksm",
};

/**
 * struct page_state - what one page should hold
 * @seq: even when the page is stable, odd while its one writer changes it
 * @gen: generation of the whole pattern, the owner's number in the top byte
 * @touch: count of the two words that touches change
 */
struct page_state {
	atomic_uint seq;
	atomic_uint gen;
	atomic_uint touch;
};

/**
 * struct counts - results of one process, shared with its parent
 * @verified: pages found right
 * @rewritten: pages whose whole pattern was replaced
 * @touched: pages of which two words were changed
 * @pageouts: MADV_PAGEOUT calls made
 * @wrong: pages found wrong
 */
struct counts {
	atomic_ulong verified;
	atomic_ulong rewritten;
	atomic_ulong touched;
	atomic_ulong pageouts;
	atomic_ulong wrong;
};

static struct {
	enum kind kind;
	unsigned long pages;
	unsigned int threads;
	unsigned int spinners;
	unsigned int children;
	unsigned long seconds;
	unsigned long rounds;
	unsigned long pause_us;
	long pageout_ms;
	long bind_node;
	bool zero;
	bool hold;
	const char *damage;
	const char *ranges;
	const char *path;
	unsigned long seed;
} opt = { ANON, 1024, 2, 0, 0, 5, 0, 0, -1, -1, false, false, NULL, NULL, NULL, 1 };

static unsigned char *region;
static struct page_state *state;
static struct counts *all_counts;
static struct counts *counts;
static unsigned int owner;
static atomic_bool stop;
static volatile sig_atomic_t go;

static void die(const char *what)
{
	fprintf(stderr, "pagestress: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void usage(void)
{
	fputs("usage: pagestress [-k anon|shmem|file|huge|ksm] [-n PAGES | -m MIB]\n"
	      "  [-t THREADS] [-w SPINNERS] [-f CHILDREN] [-s SECONDS | -r ROUNDS]\n"
	      "  [-p MS: MADV_PAGEOUT each MS] [-d US: pause after each page] [-z: some pages zero] [-F FILE]\n"
	      "  [-B NODE: the threads, but not the first, may use that node alone]\n"
	      "  [-R FILE: write \"pid start length\"] [-H: run until SIGUSR1] [-S SEED]\n"
	      "  [-X zero|torn|other|bit|stale|lost: damage a page, must be found]\n",
	      stderr);
	exit(2);
}

/* A thread-local xorshift generator: cheap, and its runs can be repeated. */
static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/*
 * KSM only merges equal pages: untouched ones of the same class of four are
 * equal there, everywhere else no two pages are.
 */
static uint64_t page_name(unsigned long page, uint32_t gen)
{
	if (opt.kind == KSM && (gen & 0xffffff) == 0)
		page %= 4;
	return 0xa5ULL << 56 | (page & 0xffffff) << 32 | gen;
}

static bool is_zero_page(unsigned long page, uint32_t gen)
{
	return opt.zero && page % 8 == 7 && gen % 2 == 0;
}

/* The word that page @page must hold at @i. Every 64th byte differs. */
static uint64_t expected_word(unsigned long page, uint32_t gen, uint32_t touch,
			      unsigned int i)
{
	uint64_t base = is_zero_page(page, gen) ? 0 : page_name(page, gen);

	if (i == TOUCH_HEAD || i == TOUCH_TAIL)
		return base ^ touch;
	if (base && i % 8 == 0)
		return base ^ (i + 1) * MIX;
	return base;
}

static void fill_page(unsigned long page, uint32_t gen, uint32_t touch)
{
	volatile uint64_t *words = (void *)(region + page * PAGE);
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		words[i] = expected_word(page, gen, touch, i);
}

static const char *diagnose(unsigned long page, uint32_t gen, uint64_t found)
{
	if (!found)
		return "zeroed";
	if (found >> 56 != 0xa5)
		return "not a pattern";
	if ((found >> 32 & 0xffffff) != (page & 0xffffff))
		return "another page's";
	if ((uint32_t)found >> 24 != gen >> 24)
		return "another process's";
	return (uint32_t)found < gen ? "stale" : "too new or torn";
}

static void report(unsigned long page, unsigned int i, uint32_t gen,
		   uint32_t touch, uint64_t found)
{
	const uint64_t *words = (void *)(region + page * PAGE);

	if (atomic_fetch_add(&counts->wrong, 1) >= MAX_REPORTS)
		return;
	fprintf(stderr,
		"pagestress: WRONG %s page %lu at %p word %u: expected %#llx found %#llx (generation %#x touch %u, word 2 is %#llx: %s)\n",
		kind_names[opt.kind], page, (void *)words, i,
		(unsigned long long)expected_word(page, gen, touch, i),
		(unsigned long long)found, gen, touch,
		(unsigned long long)words[2], diagnose(page, gen, words[2]));
}

/* Index of the first wrong word, or WORDS. */
static unsigned int compare(unsigned long page, uint32_t gen, uint32_t touch,
			    uint64_t *found)
{
	const volatile uint64_t *words = (void *)(region + page * PAGE);
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		*found = words[i];
		if (*found != expected_word(page, gen, touch, i))
			break;
	}
	return i;
}

/* For whoever holds the page as its writer, or knows that there is none. */
static bool verify_locked(unsigned long page)
{
	uint32_t gen = atomic_load(&state[page].gen);
	uint32_t touch = atomic_load(&state[page].touch);
	uint64_t found;
	unsigned int i = compare(page, gen, touch, &found);

	if (i < WORDS) {
		report(page, i, gen, touch, found);
		return false;
	}
	atomic_fetch_add(&counts->verified, 1);
	return true;
}

/* Reads beside a possible writer: only an unchanged sequence counts. */
static bool verify_racing(unsigned long page)
{
	struct page_state *s = &state[page];
	unsigned int seq = atomic_load(&s->seq);
	uint32_t gen = atomic_load(&s->gen);
	uint32_t touch = atomic_load(&s->touch);
	uint64_t found;
	unsigned int i;

	if (seq & 1)
		return true;
	i = compare(page, gen, touch, &found);
	if (atomic_load(&s->seq) != seq)
		return true;
	if (i < WORDS) {
		report(page, i, gen, touch, found);
		return false;
	}
	atomic_fetch_add(&counts->verified, 1);
	return true;
}

static bool become_writer(unsigned long page)
{
	unsigned int seq = atomic_load(&state[page].seq);

	return !(seq & 1) &&
	       atomic_compare_exchange_strong(&state[page].seq, &seq, seq + 1);
}

static void end_writer(unsigned long page)
{
	atomic_fetch_add(&state[page].seq, 1);
}

static bool rewrite(unsigned long page)
{
	struct page_state *s = &state[page];
	uint32_t gen;
	bool ok;

	if (!become_writer(page))
		return true;
	ok = verify_locked(page);
	gen = (atomic_load(&s->gen) + 1) & 0xffffff;
	if (!gen)
		gen = 1;
	gen |= owner << 24;
	atomic_store(&s->gen, gen);
	fill_page(page, gen, atomic_load(&s->touch));
	atomic_fetch_add(&counts->rewritten, 1);
	end_writer(page);
	return ok;
}

/* The write comes before the first read: a write fault on a page gone out. */
static bool touch(unsigned long page)
{
	struct page_state *s = &state[page];
	volatile uint64_t *words = (void *)(region + page * PAGE);
	uint32_t gen, count;
	bool ok;

	if (!become_writer(page))
		return true;
	gen = atomic_load(&s->gen);
	count = atomic_load(&s->touch) + 1;
	atomic_store(&s->touch, count);
	words[TOUCH_HEAD] = expected_word(page, gen, count, TOUCH_HEAD);
	words[TOUCH_TAIL] = expected_word(page, gen, count, TOUCH_TAIL);
	ok = verify_locked(page);
	atomic_fetch_add(&counts->touched, 1);
	end_writer(page);
	return ok;
}

/* The first thread of a process keeps the policy that it was started with. */
static void bind_memory(void)
{
	unsigned long nodes = 1UL << opt.bind_node;

	if (syscall(SYS_set_mempolicy, MPOL_BIND, &nodes, 8 * sizeof(nodes)))
		die("set_mempolicy");
}

static void *worker(void *arg)
{
	uint64_t x = opt.seed * MIX + (uintptr_t)arg * 7919 + owner + 1;
	unsigned long n;
	bool ok = true;

	if (opt.bind_node >= 0)
		bind_memory();
	for (n = 0; ok && !atomic_load(&stop); n++) {
		uint64_t r = next_random(&x);
		unsigned long page = (r >> 8) % opt.pages;

		if (opt.rounds && n >= opt.rounds)
			break;
		if (opt.pause_us)
			usleep(opt.pause_us);
		switch (r & 3) {
		case 0:
			ok = rewrite(page);
			break;
		case 1:
			ok = touch(page);
			break;
		default:
			ok = verify_racing(page);
		}
	}
	if (!ok)
		atomic_store(&stop, true);
	return NULL;
}

/* Keeps a CPU on this address space, which makes flushes need interrupts. */
static void *spinner(void *arg)
{
	while (!atomic_load(&stop))
		__builtin_ia32_pause();
	return arg;
}

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void *pageout_thread(void *arg)
{
	uint64_t x = opt.seed * MIX + 0x5bd1e995 + owner;
	unsigned long span = HUGE / PAGE;

	while (!atomic_load(&stop)) {
		unsigned long n = next_random(&x) % 8 ? span : opt.pages;
		unsigned long first = 0;

		if (n < opt.pages)
			first = (next_random(&x) >> 8) % (opt.pages - n);
		else
			n = opt.pages;
		if (madvise(region + first * PAGE, n * PAGE, MADV_PAGEOUT))
			die("MADV_PAGEOUT");
		atomic_fetch_add(&counts->pageouts, 1);
		if (opt.pageout_ms)
			sleep_ms(opt.pageout_ms);
	}
	return arg;
}

static void *map_or_die(size_t size, int flags, int fd)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void *map_file(size_t size)
{
	int fd = open(opt.path ? opt.path : "/tmp/pagestress.data",
		      O_RDWR | O_CREAT | O_TRUNC, 0600);
	void *p;

	if (fd < 0 || ftruncate(fd, size))
		die("backing file");
	p = map_or_die(size, MAP_PRIVATE, fd);
	close(fd);
	return p;
}

static void *map_aligned(size_t size, int advice)
{
	unsigned char *p = map_or_die(size + HUGE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1);

	p = (void *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	if (madvise(p, size, advice))
		die("madvise");
	return p;
}

static void map_region(void)
{
	size_t size = opt.pages * PAGE;

	switch (opt.kind) {
	case SHMEM:
		region = map_or_die(size, MAP_SHARED | MAP_ANONYMOUS, -1);
		break;
	case FILE_COW:
		region = map_file(size);
		break;
	case HUGEPAGE:
		region = map_aligned(size, MADV_HUGEPAGE);
		break;
	case KSM:
		region = map_aligned(size, MADV_MERGEABLE);
		break;
	default:
		region = map_aligned(size, MADV_NOHUGEPAGE);
	}
}

/*
 * Private memory gets private state, copied by fork as the pages are; shared
 * memory gets shared state, so that all processes agree on what a page holds.
 */
static void map_state(void)
{
	int flags = opt.kind == SHMEM ? MAP_SHARED : MAP_PRIVATE;
	size_t size = opt.pages * sizeof(*state);

	state = map_or_die(size, flags | MAP_ANONYMOUS, -1);
	if (mlock(state, size))
		die("mlock");
	all_counts = map_or_die(MAX_PROCS * sizeof(*all_counts),
				MAP_SHARED | MAP_ANONYMOUS, -1);
	counts = all_counts;
}

static void fill_region(void)
{
	unsigned long page;

	for (page = 0; page < opt.pages; page++)
		fill_page(page, 0, 0);
}

static void verify_region(void)
{
	unsigned long page;

	for (page = 0; page < opt.pages; page++)
		if (opt.kind == SHMEM)
			verify_racing(page);
		else
			verify_locked(page);
}

static void write_ranges(void)
{
	FILE *f;
	char tmp[256];

	if (!opt.ranges)
		return;
	snprintf(tmp, sizeof(tmp), "%s.new", opt.ranges);
	f = fopen(tmp, "w");
	if (!f)
		die(tmp);
	fprintf(f, "%d %lu %lu\n", getpid(), (unsigned long)region,
		opt.pages * PAGE);
	if (fclose(f) || rename(tmp, opt.ranges))
		die(opt.ranges);
}

static pthread_t start(void *(*fn)(void *), uintptr_t arg)
{
	pthread_t t;

	errno = pthread_create(&t, NULL, fn, (void *)arg);
	if (errno)
		die("pthread_create");
	return t;
}

static void on_signal(int sig)
{
	if (sig == SIGTERM)
		atomic_store(&stop, true);
	go = 1;
}

/* Threads run until their time or rounds are over, or a page was wrong. */
static void run_threads(void)
{
	pthread_t workers[64], others[64];
	unsigned int i, n = 0;
	unsigned long ms;

	for (i = 0; i < opt.spinners; i++)
		others[n++] = start(spinner, 0);
	if (opt.pageout_ms >= 0)
		others[n++] = start(pageout_thread, 0);
	for (i = 0; i < opt.threads; i++)
		workers[i] = start(worker, i);
	for (ms = 0; opt.hold ? !go : !opt.rounds && ms < opt.seconds * 1000;
	     ms += 50) {
		if (atomic_load(&stop))
			break;
		sleep_ms(50);
	}
	if (opt.hold || !opt.rounds)
		atomic_store(&stop, true);
	for (i = 0; i < opt.threads; i++)
		pthread_join(workers[i], NULL);
	atomic_store(&stop, true);
	while (n)
		pthread_join(others[--n], NULL);
}

/* The faults that a verifier must find, made on purpose: a test of the test. */
static void damage_page(const char *how)
{
	unsigned long page = opt.pages / 2;
	unsigned char *p = region + page * PAGE;
	uint32_t gen = atomic_load(&state[page].gen);

	if (!strcmp(how, "zero"))
		memset(p, 0, PAGE);
	else if (!strcmp(how, "torn"))
		memset(p + PAGE - 512, 0, 512);
	else if (!strcmp(how, "other"))
		memcpy(p, p + PAGE, PAGE);
	else if (!strcmp(how, "bit"))
		p[PAGE / 2 + 3] ^= 4;
	else if (!strcmp(how, "stale"))
		atomic_store(&state[page].gen, gen + 1);
	else if (!strcmp(how, "lost"))
		atomic_fetch_add(&state[page].touch, 1);
	else
		usage();
}

static int run_process(void)
{
	run_threads();
	if (opt.damage && !owner)
		damage_page(opt.damage);
	verify_region();
	return atomic_load(&counts->wrong) ? 1 : 0;
}

static void fork_children(pid_t *pids)
{
	unsigned int i;

	for (i = 0; i < opt.children; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i])
			continue;
		owner = i + 1;
		counts = &all_counts[owner];
		_exit(run_process());
	}
}

static int reap_children(const pid_t *pids)
{
	unsigned int i;
	int bad = 0, st;

	for (i = 0; i < opt.children; i++) {
		if (opt.hold)
			kill(pids[i], SIGUSR1);
		if (waitpid(pids[i], &st, 0) < 0)
			die("waitpid");
		if (WIFSIGNALED(st))
			fprintf(stderr, "pagestress: child %u: signal %d\n",
				i + 1, WTERMSIG(st));
		if (!WIFEXITED(st) || WEXITSTATUS(st))
			bad = 1;
		if (!atomic_load(&all_counts[i + 1].verified)) {
			fprintf(stderr,
				"pagestress: child %u verified nothing\n",
				i + 1);
			bad = 1;
		}
	}
	return bad;
}

static unsigned long sum(size_t offset)
{
	unsigned long total = 0;
	unsigned int i;

	for (i = 0; i <= opt.children; i++)
		total += *(unsigned long *)((char *)&all_counts[i] + offset);
	return total;
}

static unsigned long print_counts(void)
{
	unsigned long verified = sum(offsetof(struct counts, verified));

	printf("pagestress: kind=%s pages=%lu processes=%u verified=%lu rewritten=%lu touched=%lu pageouts=%lu wrong=%lu\n",
	       kind_names[opt.kind], opt.pages, opt.children + 1, verified,
	       sum(offsetof(struct counts, rewritten)),
	       sum(offsetof(struct counts, touched)),
	       sum(offsetof(struct counts, pageouts)),
	       sum(offsetof(struct counts, wrong)));
	return verified;
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end)
		usage();
	return n;
}

static enum kind parse_kind(const char *text)
{
	unsigned int i;

	for (i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
		if (!strcmp(text, kind_names[i]))
			return i;
	usage();
	return ANON;
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "k:n:m:t:w:f:s:r:p:d:zF:R:HS:X:B:")) != -1) {
		switch (c) {
		case 'k':
			opt.kind = parse_kind(optarg);
			break;
		case 'n':
			opt.pages = number(optarg);
			break;
		case 'm':
			opt.pages = number(optarg) << 8;
			break;
		case 't':
			opt.threads = number(optarg);
			break;
		case 'w':
			opt.spinners = number(optarg);
			break;
		case 'f':
			opt.children = number(optarg);
			break;
		case 's':
			opt.seconds = number(optarg);
			break;
		case 'r':
			opt.rounds = number(optarg);
			break;
		case 'p':
			opt.pageout_ms = number(optarg);
			break;
		case 'B':
			opt.bind_node = number(optarg) % 64;
			break;
		case 'd':
			opt.pause_us = number(optarg);
			break;
		case 'z':
			opt.zero = true;
			break;
		case 'F':
			opt.path = optarg;
			break;
		case 'R':
			opt.ranges = optarg;
			break;
		case 'H':
			opt.hold = true;
			break;
		case 'X':
			opt.damage = optarg;
			break;
		case 'S':
			opt.seed = number(optarg);
			break;
		default:
			usage();
		}
	}
	if (optind < argc || !opt.pages || opt.pages > 1UL << 24 ||
	    opt.threads > 32 || opt.spinners > 32 ||
	    opt.children >= MAX_PROCS || !opt.seed)
		usage();
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pid_t pids[MAX_PROCS];
	int bad;

	parse(argc, argv);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	map_region();
	map_state();
	fill_region();
	fork_children(pids);
	write_ranges();
	bad = run_process();
	bad |= reap_children(pids);
	if (opt.kind == SHMEM)
		verify_region();
	bad |= atomic_load(&counts->wrong) != 0;
	if (!print_counts())
		return 3;
	return bad;
}
