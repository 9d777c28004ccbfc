// SPDX-License-Identifier: GPL-2.0-only
/*
 * tierredis: a client that asks a redis server for keys by Zipf 0.99, one in
 * ten of them written anew, for the judge of memory tiering. It speaks for the
 * server to the plugin outside (access.h): the server's data is all that it has
 * mapped for itself, and a window ends when it has answered. Every answer is
 * compared with what belongs to the key, and at the end those of all keys.
 *
 * The server starts with all of its data on node 1, the slow one.
 *
 * usage: tierredis -S SOCKET -p PID [OPTION]...
 *   -i N    number of the workload, from 0 (0)
 *   -r N    name of the run (1)
 *   -n N    keys, each with a value of 1000 bytes (30000)
 *   -w N    windows (30)
 *   -a N    requests in a window (3000)
 *   -t MS   a window takes at least so long (500)
 *   -s N    seed (1)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "access.h"
#include "pace.h"
#include "zipf.h"

#define VALUE 1000
#define AT_ONCE 16		/* requests that are sent together */

static struct {
	const char *socket;
	unsigned long pid;
	unsigned long id;
	unsigned long run;
	unsigned long keys;
	unsigned long windows;
	unsigned long requests;
	unsigned long ms;
	unsigned long seed;
} opt = {
	.run = 1, .keys = 30000, .windows = 30, .requests = 3000, .ms = 500,
	.seed = 1,
};

static FILE *server;
static unsigned long wrong, announced;
static uint64_t state;
static struct zipf ranks;
static uint32_t *key_of;	/* of a rank */

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "tierredis: %s: %s\n", what,
		errno ? strerror(errno) : "no such answer expected");
	exit(2);
}

/* ---- requests ------------------------------------------------------------------ */

static void reach_server(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(opt.socket) >= sizeof(name.sun_path))
		die(opt.socket);
	strcpy(name.sun_path, opt.socket);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)))
		die(opt.socket);
	server = fdopen(fd, "r+");
	if (!server)
		die("fdopen");
}

static void make_value(uint32_t key, char *value)
{
	uint64_t seed = opt.seed << 32 ^ key;
	int i;

	for (i = 0; i < VALUE; i += 8) {
		uint64_t word = next_random(&seed);

		memcpy(value + i, &word, 8);
	}
}

static void send_get(uint32_t key)
{
	fprintf(server, "*2\r\n$3\r\nGET\r\n$10\r\nk%09u\r\n", key);
}

static void send_set(uint32_t key)
{
	char value[VALUE];

	make_value(key, value);
	fprintf(server, "*3\r\n$3\r\nSET\r\n$10\r\nk%09u\r\n$%d\r\n", key,
		VALUE);
	fwrite(value, VALUE, 1, server);
	fputs("\r\n", server);
}

/* An answer that is none of ours is an error of the server. */
static void read_answer(uint32_t key, bool get)
{
	char line[256], got[VALUE + 2], want[VALUE];

	errno = 0;
	if (!fgets(line, sizeof(line), server))
		die("no answer");
	if (strcmp(line, get ? "$1000\r\n" : "+OK\r\n"))
		die(line);
	if (!get)
		return;
	if (fread(got, sizeof(got), 1, server) != 1)
		die("short answer");
	make_value(key, want);
	wrong += memcmp(got, want, VALUE) != 0;
}

/* Several requests at once, so that the server has something to do. */
static void exchange(const uint32_t *keys, const bool *get, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (get[i])
			send_get(keys[i]);
		else
			send_set(keys[i]);
	}
	fflush(server);
	for (i = 0; i < nr; i++)
		read_answer(keys[i], get[i]);
}

static void all_keys(bool get_all)
{
	uint32_t keys[AT_ONCE], next = 0;
	bool get[AT_ONCE];
	unsigned int nr;

	while (next < opt.keys) {
		for (nr = 0; nr < AT_ONCE && next < opt.keys; nr++) {
			keys[nr] = next++;
			get[nr] = get_all;
		}
		exchange(keys, get, nr);
	}
}

static void some_keys(void)
{
	uint32_t keys[AT_ONCE];
	bool get[AT_ONCE];
	unsigned int i;

	for (i = 0; i < AT_ONCE; i++) {
		keys[i] = key_of[zipf_draw(&ranks, next_random(&state))];
		get[i] = next_random(&state) % 10;
	}
	exchange(keys, get, AT_ONCE);
}

/* ---- the server's memory ----------------------------------------------------------- */

static void move_to_slow_node(void)
{
	unsigned long from = 1, to = 2;

	if (syscall(SYS_migrate_pages, (pid_t)opt.pid, 8 * sizeof(from), &from, &to))
		die("migrate_pages");
}

/* "FROM-UPTO PERMISSIONS OFFSET DEVICE INODE NAME": private memory that is no
 * file's and no stack.
 */
static void announce_line(const char *line)
{
	unsigned long from, end, inode;
	char mode[5], name[64] = "";

	if (sscanf(line, "%lx-%lx %4s %*s %*s %lu %63s", &from, &end, mode,
		   &inode, name) < 4)
		return;
	if (strcmp(mode, "rw-p") || inode || (*name && strcmp(name, "[heap]")))
		return;
	access_announce(opt.id, (void *)from, (void *)end);
	announced += (end - from) / ACCESS_PAGE;
}

static void announce_server(void)
{
	char path[64], line[512];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%lu/maps", opt.pid);
	maps = fopen(path, "r");
	if (!maps)
		die(path);
	access_tell(opt.id, opt.run, ACCESS_RUN);
	while (fgets(line, sizeof(line), maps))
		announce_line(line);
	fclose(maps);
}

/* ---- the whole --------------------------------------------------------------------- */

static unsigned int run_windows(void)
{
	struct pace pace;
	unsigned long i;
	unsigned int w;

	pace_start(&pace);
	for (w = 0; w < opt.windows; w++) {
		pace_next(&pace, opt.ms);
		for (i = 0; i < opt.requests; i += AT_ONCE)
			some_keys();
		pace_wait(&pace);
		access_mark(opt.id, ACCESS_WINDOW);
	}
	return pace.late;
}

static int usage(void)
{
	fputs("usage: tierredis -S SOCKET -p PID [-i ID] [-r RUN] [-n KEYS]\n"
	      "       [-w WINDOWS] [-a REQUESTS] [-t MS] [-s SEED]\n", stderr);
	return 2;
}

/* Where the number of this option goes; NULL when there is no such option. */
static unsigned long *number_of(int option)
{
	switch (option) {
	case 'p':
		return &opt.pid;
	case 'i':
		return &opt.id;
	case 'r':
		return &opt.run;
	case 'n':
		return &opt.keys;
	case 'w':
		return &opt.windows;
	case 'a':
		return &opt.requests;
	case 't':
		return &opt.ms;
	case 's':
		return &opt.seed;
	}
	return NULL;
}

static bool parse(int argc, char **argv)
{
	unsigned long *number;
	int c;

	while ((c = getopt(argc, argv, "S:p:i:r:n:w:a:t:s:")) != -1) {
		number = number_of(c);
		if (number)
			*number = strtoul(optarg, NULL, 10);
		else if (c == 'S')
			opt.socket = optarg;
		else
			return false;
	}
	return optind == argc && opt.socket && opt.pid && opt.keys &&
	       opt.id < ACCESS_WORKLOADS;
}

int main(int argc, char **argv)
{
	unsigned int late;

	if (!parse(argc, argv))
		return usage();
	access_prepare(opt.id);
	reach_server();
	zipf_make(&ranks, opt.keys, 0.99);
	key_of = zipf_memory(opt.keys, sizeof(*key_of));
	shuffle(key_of, opt.keys, opt.seed);
	state = opt.seed << 32;
	all_keys(false);
	move_to_slow_node();
	announce_server();
	late = run_windows();
	access_mark(opt.id, ACCESS_END);
	all_keys(true);
	printf("tierredis: windows=%lu late=%u pages=%lu wrong=%lu\n",
	       opt.windows, late, announced, wrong);
	return wrong != 0;
}
