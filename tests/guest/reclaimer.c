// SPDX-License-Identifier: GPL-2.0-only
/*
 * reclaimer: has memory reclaimed in one of several ways, and says by how much
 * the kernel's counters moved. It counts by itself, since each program started
 * for it would move them too, and waits until all that it began has ended:
 * what a worker does later belongs to the work. It never looks at the data.
 *
 * usage: reclaimer [OPTION]... HOW [ARGUMENT]
 *   reclaim PAGES    memory.reclaim of the cgroup until so many have left
 *   ask BYTES        memory.reclaim of the cgroup, once
 *   each PAGES       the first of each group in the cgroup, all at once
 *   pageout RANGES   MADV_PAGEOUT of what pagestress -R wrote
 *   kswapd SCALE     kswapd, by this watermark_scale_factor
 *   grow MIB         memory of its own, written page by page
 *   churn MIB        the same, then all of it again in another order
 *   self MIB         memory of its own, then MADV_PAGEOUT of it
 *   fragment MIB     the same, gives every other page back and stays
 *   loop N           2 * N instructions, to see how well they are counted
 *   mark N           sets a mark and ends; 0 ends the measurement
 * options:
 *   -m N    mark for what is measured (see mark.h)
 *   -g DIR  folder of the cgroup that is reclaimed, or that is joined by grow,
 *           churn, self and fragment
 *   -b DEV  block device, as in /sys/block, whose writes are counted
 *   -w N    threads that spin in this address space, on CPUs 1 to N
 *   -s SEC  after the work, wait so long and say what is still resident
 *   -f N    fragment: gives N pages back and keeps N, in turn (1)
 *   -r SOCK count the requests that the redis server there answers meanwhile
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGE 4096UL
#define MIB (1UL << 20)
#define HUGE (2UL << 20)
#define WAKE (24UL << 20)	/* more than the smallest zone holds */
#define PORTION (4UL << 20)	/* asked of memory.reclaim at a time */
#define MAX_ASKS 1000
#define MAX_POLLS 100000
#define MAX_CPUS 16
#define IN_FLIGHT "/sys/kernel/tandem/reclaim/in_flight"
#define SCALE "/proc/sys/vm/watermark_scale_factor"

static struct {
	unsigned int mark;
	const char *cgroup;
	const char *block;
	unsigned int spinners;
	unsigned int settle;
	const char *redis;
	unsigned long run;
} opt = { .run = 1 };

static char text[64 * 1024];

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "reclaimer: %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}

static void sleep_ms(unsigned long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static bool read_text(const char *path)
{
	size_t have = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	text[have] = 0;
	return true;
}

static void write_text(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		die(path);
	close(fd);
}

/* The number behind @name at the start of a line of what was read. */
static unsigned long number_of(const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = text; p; p = strchr(p, '\n')) {
		if (*p == '\n')
			p++;
		if (!strncmp(p, name, n))
			return strtoul(p + n, NULL, 10);
	}
	return 0;
}

/* ---- counters ------------------------------------------------------------ */

static const char * const machine_names[] = {
	"pswpin", "pswpout", "pgscan_kswapd", "pgscan_direct",
	"pgsteal_kswapd", "pgsteal_direct", "oom_kill",
};

static const char * const cgroup_names[] = { "pgscan", "pgsteal" };

#define NR_MACHINE (sizeof(machine_names) / sizeof(machine_names[0]))
#define NR_CGROUP (sizeof(cgroup_names) / sizeof(cgroup_names[0]))

/**
 * struct sample - counters at one instant
 * @ns: when
 * @machine: of /proc/vmstat
 * @cgroup: of memory.stat
 * @tlb: shootdown interrupts of each CPU
 * @writes: writes that the block layer was asked for, merged ones too
 * @sectors: sectors written
 * @busy_ms: time that the device had something to do
 */
struct sample {
	unsigned long ns;
	unsigned long machine[NR_MACHINE];
	unsigned long cgroup[NR_CGROUP];
	unsigned long tlb[MAX_CPUS];
	unsigned long writes;
	unsigned long sectors;
	unsigned long busy_ms;
};

static unsigned long named(const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "%s ", name);
	return number_of(line);
}

static void read_cgroup(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", opt.cgroup, name);
	if (!read_text(path))
		die(path);
}

static void sample_tlb(struct sample *s)
{
	unsigned int cpu;
	char *p, *end;

	if (!read_text("/proc/interrupts"))
		die("/proc/interrupts");
	p = strstr(text, "TLB:");
	if (!p)
		return;
	p += strlen("TLB:");
	for (cpu = 0; cpu < MAX_CPUS; cpu++, p = end) {
		s->tlb[cpu] = strtoul(p, &end, 10);
		if (end == p)
			break;
	}
}

static void sample_block(struct sample *s)
{
	unsigned long f[10] = { 0 };
	char path[256], *p = text;
	unsigned int i;

	if (!opt.block)
		return;
	snprintf(path, sizeof(path), "/sys/block/%s/stat", opt.block);
	if (!read_text(path))
		die(path);
	for (i = 0; i < 10; i++)
		f[i] = strtoul(p, &p, 10);
	s->writes = f[4] + f[5];
	s->sectors = f[6];
	s->busy_ms = f[9];
}

static void sample(struct sample *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	if (!read_text("/proc/vmstat"))
		die("/proc/vmstat");
	for (i = 0; i < NR_MACHINE; i++)
		s->machine[i] = named(machine_names[i]);
	if (opt.cgroup) {
		read_cgroup("memory.stat");
		for (i = 0; i < NR_CGROUP; i++)
			s->cgroup[i] = named(cgroup_names[i]);
	}
	sample_block(s);
	sample_tlb(s);
	s->ns = now_ns();
}

static void print_change(const struct sample *a, const struct sample *b)
{
	unsigned int i, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned long tlb = 0;

	printf(" ns=%lu", b->ns - a->ns);
	for (i = 0; i < NR_MACHINE; i++)
		printf(" %s=%lu", machine_names[i],
		       b->machine[i] - a->machine[i]);
	for (i = 0; opt.cgroup && i < NR_CGROUP; i++)
		printf(" %s=%lu", cgroup_names[i], b->cgroup[i] - a->cgroup[i]);
	if (opt.block)
		printf(" writes=%lu sectors=%lu busy_ms=%lu",
		       b->writes - a->writes, b->sectors - a->sectors,
		       b->busy_ms - a->busy_ms);
	for (i = 0; i < cpus && i < MAX_CPUS; i++) {
		printf(" tlb%u=%lu", i, b->tlb[i] - a->tlb[i]);
		tlb += b->tlb[i] - a->tlb[i];
	}
	printf(" tlb=%lu", tlb);
}

/* ---- redis --------------------------------------------------------------- */

static int redis_connect(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", opt.redis);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die(opt.redis);
	return fd;
}

/* Requests answered so far; the answer comes in one piece or several. */
static unsigned long redis_requests(void)
{
	static const char question[] = "INFO stats\r\n";
	static const char name[] = "total_commands_processed:";
	static int fd = -1;
	size_t have = 0;
	ssize_t n;
	char *p;

	if (!opt.redis)
		return 0;
	if (fd < 0)
		fd = redis_connect();
	if (write(fd, question, strlen(question)) < 0)
		die(opt.redis);
	do {
		n = read(fd, text + have, sizeof(text) - 1 - have);
		if (n <= 0)
			die(opt.redis);
		have += n;
		text[have] = 0;
		p = strstr(text, name);
	} while (!p || !strchr(p, '\n') || strcmp(text + have - 2, "\r\n"));
	return strtoul(p + strlen(name), NULL, 10);
}

/* ---- waiting ------------------------------------------------------------- */

static unsigned long resident(void)
{
	read_cgroup("memory.stat");
	return (named("inactive_anon") + named("active_anon")) / PAGE;
}

/* Writes that the device has not ended, where that can be asked. */
static bool device_busy(void)
{
	char path[256], *p;

	if (!opt.block)
		return false;
	snprintf(path, sizeof(path), "/sys/block/%s/inflight", opt.block);
	if (!read_text(path))
		die(path);
	strtoul(text, &p, 10);
	return strtoul(p, NULL, 10);
}

/* To refresh the counters is work for every CPU: only when all seems done. */
static bool at_rest(void)
{
	if (read_text(IN_FLIGHT) && number_of(""))
		return false;
	if (device_busy())
		return false;
	read_text("/proc/sys/vm/stat_refresh");
	if (!read_text("/proc/vmstat"))
		die("/proc/vmstat");
	return !named("nr_writeback") && !named("nr_isolated_anon");
}

static void wait_for_rest(void)
{
	unsigned int polls = 0;

	while (!at_rest()) {
		if (polls++ == MAX_POLLS) {
			errno = ETIMEDOUT;
			die("writes never ended");
		}
		sleep_ms(1);
	}
}

/* ---- ways to reclaim ----------------------------------------------------- */

/* The kernel says EAGAIN when it has freed less than was asked for. */
static void ask(unsigned long bytes)
{
	char path[256], request[32];
	int fd, n;

	snprintf(path, sizeof(path), "%s/memory.reclaim", opt.cgroup);
	n = snprintf(request, sizeof(request), "%lu", bytes);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		die(path);
	if (write(fd, request, n) < 0 && errno != EAGAIN && errno != EINTR)
		die(path);
	close(fd);
}

/* Until @pages fewer are resident; the last request asks for the rest only. */
static void reclaim(unsigned long pages)
{
	unsigned long before = resident(), now = before;
	unsigned int asks = 0;

	while (before - now < pages && asks++ < MAX_ASKS) {
		unsigned long left = (pages - (before - now)) * PAGE;

		ask(left < PORTION ? left : PORTION);
		wait_for_rest();
		now = resident();
		if (now > before)
			before = now;
	}
}

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* On one of the first half of the CPUs: the owners are on the others. */
static pid_t start_reclaim(unsigned int nr, const char *group,
			   unsigned long pages)
{
	unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	pin(cpus > 1 ? nr % (cpus / 2) : 0);
	opt.cgroup = group;
	reclaim(pages);
	_exit(0);
}

/* One child for each group below ours. */
static void reclaim_each(unsigned long pages)
{
	pid_t pids[MAX_CPUS];
	unsigned int nr = 0;
	struct dirent *entry;
	char path[512];
	int status;
	DIR *dir;

	dir = opendir(opt.cgroup);
	if (!dir)
		die(opt.cgroup);
	while ((entry = readdir(dir)) && nr < MAX_CPUS) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", opt.cgroup,
			 entry->d_name);
		pids[nr] = start_reclaim(nr, path, pages);
		nr++;
	}
	closedir(dir);
	while (nr)
		if (waitpid(pids[--nr], &status, 0) < 0 || status)
			die("a child failed");
}

/* A call stops at a limit or a signal: go on from where it stopped. */
static void pageout(const char *ranges)
{
	unsigned long start, length;
	int pid, pidfd;
	FILE *f;

	f = fopen(ranges, "r");
	if (!f || fscanf(f, "%d %lu %lu", &pid, &start, &length) != 3)
		die(ranges);
	fclose(f);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		die("pidfd_open");
	while (length) {
		struct iovec iov = { (void *)start, length };
		long n = syscall(SYS_process_madvise, pidfd, &iov, 1,
				 MADV_PAGEOUT, 0);

		if (n <= 0)
			die("process_madvise");
		start += n;
		length -= n;
	}
	close(pidfd);
}

static unsigned long stolen_by_kswapd(void)
{
	if (!read_text("/proc/vmstat"))
		die("/proc/vmstat");
	return named("pgsteal_kswapd");
}

/* Allocating below the raised mark wakes kswapd; then it goes to the end. */
static void kswapd(const char *scale)
{
	unsigned long last, now;
	unsigned char *page;
	char before[32];

	if (!read_text(SCALE))
		die(SCALE);
	snprintf(before, sizeof(before), "%.31s", text);
	write_text(SCALE, scale);
	page = mmap(NULL, WAKE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	if (page == MAP_FAILED)
		die("mmap");
	now = stolen_by_kswapd();
	do {
		last = now;
		sleep_ms(400);
		now = stolen_by_kswapd();
	} while (now != last);
	munmap(page, WAKE);
	write_text(SCALE, before);
}

/* ---- memory of its own --------------------------------------------------- */

static unsigned char *region;
/* How long it took to write each MiB for the first time. */
static unsigned long *chunk_ns;
static unsigned long nr_chunks;

static void *spin(void *cpu)
{
	pin((uintptr_t)cpu);
	for (;;)
		__builtin_ia32_pause();
	return NULL;
}

static void start_spinners(void)
{
	unsigned int i;
	pthread_t t;

	for (i = 0; i < opt.spinners; i++) {
		errno = pthread_create(&t, NULL, spin,
				       (void *)(uintptr_t)(i + 1));
		if (errno)
			die("pthread_create");
	}
}

static void join_cgroup(void)
{
	char path[256];

	if (!opt.cgroup)
		return;
	snprintf(path, sizeof(path), "%s/cgroup.procs", opt.cgroup);
	write_text(path, "0");
}

static void map_region(unsigned long mib)
{
	unsigned char *p;

	p = mmap(NULL, mib * MIB + HUGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		die("mmap");
	region = (void *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	if (madvise(region, mib * MIB, MADV_NOHUGEPAGE))
		die("madvise");
	nr_chunks = mib;
	chunk_ns = calloc(mib, sizeof(*chunk_ns));
	if (!chunk_ns)
		die("calloc");
	/* Its own bookkeeping must not be what is reclaimed and waited for. */
	if (mlock(chunk_ns, mib * sizeof(*chunk_ns)) || mlock(text, sizeof(text)))
		die("mlock");
}

static void write_page(unsigned long page, unsigned long round)
{
	volatile unsigned long *words = (void *)(region + page * PAGE);

	words[0] = page + 1;
	words[PAGE / sizeof(*words) - 1] = round + 1;
}

static void grow(void)
{
	unsigned long chunk, i, began;

	for (chunk = 0; chunk < nr_chunks; chunk++) {
		began = now_ns();
		for (i = 0; i < MIB / PAGE; i++)
			write_page(chunk * MIB / PAGE + i, 0);
		chunk_ns[chunk] = now_ns() - began;
	}
}

/* A stride that has no divisor in common with any number of MiB's pages. */
static void churn(void)
{
	unsigned long pages = nr_chunks * MIB / PAGE, i, page = 0;

	grow();
	for (i = 0; i < pages; i++) {
		page = (page + 1048583) % pages;
		write_page(page, 1);
	}
}

static void self(void)
{
	if (madvise(region, nr_chunks * MIB, MADV_PAGEOUT))
		die("MADV_PAGEOUT");
}

static void give_half_back(void)
{
	unsigned long pages = nr_chunks * MIB / PAGE, page;

	self();
	wait_for_rest();
	for (page = 0; page + opt.run <= pages; page += 2 * opt.run)
		if (madvise(region + page * PAGE, opt.run * PAGE,
			    MADV_DONTNEED))
			die("MADV_DONTNEED");
	puts("reclaimer: how=fragment");
	fflush(stdout);
	pause();
}

static void print_chunks(void)
{
	unsigned long i;

	printf(" chunk_ns=");
	for (i = 0; i < nr_chunks; i++)
		printf("%s%lu", i ? "," : "", chunk_ns[i]);
}

static void loop(unsigned long n)
{
	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
}

/* ---- the front ----------------------------------------------------------- */

static int usage(void)
{
	fputs("usage: reclaimer [-m MARK] [-g CGROUP] [-b BLOCK] [-w SPINNERS] [-s SECONDS]\n"
	      "                 [-f RUN] [-r SOCKET]\n"
	      "  reclaim PAGES | ask BYTES | each PAGES | pageout RANGES |\n"
	      "  kswapd SCALE | grow MIB | churn MIB | self MIB | fragment MIB |\n"
	      "  loop N | mark N\n",
	      stderr);
	return 2;
}

static bool is_own(const char *how)
{
	return !strcmp(how, "grow") || !strcmp(how, "churn") ||
	       !strcmp(how, "self") || !strcmp(how, "fragment");
}

static bool prepare(const char *how, const char *argument)
{
	mark_prepare();
	if (!strcmp(how, "mark")) {
		mark(strtoul(argument, NULL, 0));
		exit(0);
	}
	if ((!strcmp(how, "reclaim") || !strcmp(how, "ask") ||
	     !strcmp(how, "each")) && !opt.cgroup)
		return false;
	if (!is_own(how))
		return true;
	join_cgroup();
	map_region(strtoul(argument, NULL, 0));
	pin(0);
	start_spinners();
	if (!strcmp(how, "self") || !strcmp(how, "fragment"))
		grow();
	return true;
}

static bool work(const char *how, const char *argument)
{
	if (!strcmp(how, "reclaim"))
		reclaim(strtoul(argument, NULL, 0));
	else if (!strcmp(how, "ask"))
		ask(strtoul(argument, NULL, 0));
	else if (!strcmp(how, "each"))
		reclaim_each(strtoul(argument, NULL, 0));
	else if (!strcmp(how, "pageout"))
		pageout(argument);
	else if (!strcmp(how, "kswapd"))
		kswapd(argument);
	else if (!strcmp(how, "grow"))
		grow();
	else if (!strcmp(how, "churn"))
		churn();
	else if (!strcmp(how, "self"))
		self();
	else if (!strcmp(how, "fragment"))
		give_half_back();
	else if (!strcmp(how, "loop"))
		loop(strtoul(argument, NULL, 0));
	else
		return false;
	return true;
}

static bool parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "m:g:b:w:s:f:r:")) != -1) {
		switch (c) {
		case 'm':
			opt.mark = strtoul(optarg, NULL, 0);
			break;
		case 'g':
			opt.cgroup = optarg;
			break;
		case 'b':
			opt.block = optarg;
			break;
		case 'w':
			opt.spinners = strtoul(optarg, NULL, 0);
			break;
		case 's':
			opt.settle = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			opt.run = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			opt.redis = optarg;
			break;
		default:
			return false;
		}
	}
	return argc == optind + 2 && opt.mark <= MARK_LAST &&
	       opt.spinners < MAX_CPUS && opt.run && (!opt.settle || opt.cgroup);
}

int main(int argc, char **argv)
{
	unsigned long requests;
	struct sample before, after;
	const char *how, *argument;

	if (!parse(argc, argv))
		return usage();
	how = argv[optind];
	argument = argv[optind + 1];
	if (!prepare(how, argument))
		return usage();
	sample(&before);
	requests = redis_requests();
	if (opt.mark)
		mark(opt.mark);
	if (!work(how, argument))
		return usage();
	after.ns = now_ns();
	if (opt.settle)
		sleep_ms(opt.settle * 1000);
	else
		wait_for_rest();
	if (opt.mark)
		mark(MARK_END);
	requests = redis_requests() - requests;
	printf("reclaimer: how=%s call_ns=%lu", how, after.ns - before.ns);
	if (opt.redis)
		printf(" requests=%lu", requests);
	if (opt.settle)
		printf(" resident=%lu", resident());
	sample(&after);
	print_change(&before, &after);
	if (is_own(how))
		print_chunks();
	putchar('\n');
	return 0;
}
