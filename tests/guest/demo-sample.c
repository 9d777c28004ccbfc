// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print what a cgroup under memory pressure and the machine around it have
 * done so far, as one line of name=value pairs: once, or at each interval.
 * All values but "current" and "swap" are totals; a reader takes differences.
 *
 * A sampler must not disturb what it samples: it forks nothing, and a server
 * that is slow to answer does not hold it up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STATS_DIR	"/sys/kernel/tandem/reclaim/stats"
#define COMMANDS_FIELD	"total_commands_processed:"

/* Counters of the module that are worth a place in each line. */
static const char * const module_stats[] = {
	"batches", "flushes", "bios", "pages_submitted", "pages_completed",
	"pages_freed", "overlap_ns", "write_ns", "write_errors",
};

static char text[256 * 1024];

struct server {
	const char *path;
	int fd;
	size_t have;
	char reply[32 * 1024];
	uint64_t commands;
};

/* Reads a whole file into text; false when it is not there. */
static bool read_text(const char *dir, const char *name)
{
	char path[512];
	size_t have = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	text[have] = 0;
	return true;
}

/* The number after `name ` (or whatever ends name) at the start of a line. */
static uint64_t number_after(const char *name)
{
	size_t len = strlen(name);
	const char *p = text;

	for (; p; p = strchr(p, '\n')) {
		if (*p == '\n')
			p++;
		while (*p == ' ')
			p++;
		if (!strncmp(p, name, len))
			return strtoull(p + len, NULL, 10);
	}
	return 0;
}

/* The sum over all CPUs of one row of /proc/interrupts. */
static uint64_t interrupts(const char *row)
{
	uint64_t sum = 0;
	char *p = strstr(text, row);
	char *end;

	if (!p)
		return 0;
	for (p += strlen(row);; p = end) {
		uint64_t n = strtoull(p, &end, 10);

		if (end == p)
			return sum;
		sum += n;
	}
}

static void print_machine(void)
{
	if (read_text("/proc", "interrupts"))
		printf(" tlb=%" PRIu64 " cal=%" PRIu64, interrupts("TLB:"),
		       interrupts("CAL:"));
	if (read_text("/proc", "vmstat"))
		printf(" pswpin=%" PRIu64 " pswpout=%" PRIu64,
		       number_after("pswpin "), number_after("pswpout "));
}

static void print_cgroup(const char *dir)
{
	if (read_text(dir, "memory.stat"))
		printf(" pgscan=%" PRIu64 " pgsteal=%" PRIu64,
		       number_after("pgscan "), number_after("pgsteal "));
	if (read_text(dir, "memory.pressure")) {
		char *total = strstr(text, "total=");
		uint64_t us = total ? strtoull(total + 6, NULL, 10) : 0;

		printf(" psi_us=%" PRIu64, us);
	}
	if (read_text(dir, "memory.current"))
		printf(" current=%" PRIu64, number_after(""));
	if (read_text(dir, "memory.swap.current"))
		printf(" swap=%" PRIu64, number_after(""));
}

static void print_module(void)
{
	size_t i;

	for (i = 0; i < sizeof(module_stats) / sizeof(module_stats[0]); i++)
		if (read_text(STATS_DIR, module_stats[i]))
			printf(" %s=%" PRIu64, module_stats[i],
			       number_after(""));
}

static void server_open(struct server *s)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (s->fd >= 0 || !s->path || strlen(s->path) >= sizeof(addr.sun_path))
		return;
	strcpy(addr.sun_path, s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(s->fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(s->fd);
		s->fd = -1;
		return;
	}
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	s->have = 0;
}

/* Takes the answer to the last question, if it has come, and asks again. */
static void server_poll(struct server *s)
{
	static const char ask[] = "INFO stats\r\n";
	char *p;
	ssize_t n;

	server_open(s);
	if (s->fd < 0)
		return;
	if (s->have >= sizeof(s->reply) - 1)
		s->have = 0;
	n = read(s->fd, s->reply + s->have, sizeof(s->reply) - 1 - s->have);
	if (n > 0)
		s->have += n;
	s->reply[s->have] = 0;
	p = strstr(s->reply, COMMANDS_FIELD);
	if (p) {
		s->commands = strtoull(p + strlen(COMMANDS_FIELD), NULL, 10);
		s->have = 0;
	}
	n = send(s->fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN) {
		close(s->fd);
		s->fd = -1;
	}
}

static void print_sample(const char *mark, const char *dir, struct server *s)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	printf("@%s t_ms=%" PRIu64, mark,
	       (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
	print_machine();
	print_cgroup(dir);
	print_module();
	if (s->path)
		printf(" commands=%" PRIu64, s->commands);
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct server server = { .fd = -1 };
	useconds_t interval;

	if (argc < 3) {
		fputs("usage: demo-sample CGROUP MARK\n"
		      "       demo-sample CGROUP MARK SECONDS [SOCKET]\n",
		      stderr);
		return 2;
	}
	if (argc < 4) {
		print_sample(argv[2], argv[1], &server);
		return 0;
	}
	interval = strtod(argv[3], NULL) * 1e6;
	server.path = argc > 4 ? argv[4] : NULL;
	for (;;) {
		server_poll(&server);
		print_sample(argv[2], argv[1], &server);
		usleep(interval);
	}
}
