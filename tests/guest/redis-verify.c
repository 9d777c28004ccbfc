// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fill a redis server with values that can be checked, rewrite some of them
 * while the server is under load, and check every one of them.
 *
 * Two sets of keys. The "key:" set is the one redis-benchmark reads and writes:
 * a value there is either the one that was filled in or redis-benchmark's own,
 * which `learn` fetches once before there is any memory pressure. The "own:"
 * set belongs to this program alone; the generation of each key is kept in the
 * state file, so that an old value that comes back is found as well.
 *
 * Nothing here may depend on the state of the kernel modules.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BATCH		32	/* requests sent before their replies are read */
#define MAX_VALUE	(64 * 1024)
#define MAX_WRONG_SHOWN	8
#define STATE_MAGIC	0x7461766572696679ull

enum key_set { SET_BENCH, SET_OWN };

static const char * const set_prefix[] = { "key:", "own:" };

/* What is known about the data, shared by all runs of this program. */
struct state {
	uint64_t magic;
	uint64_t keys[2];	/* how many keys each set has */
	uint64_t size;		/* bytes in a value, a multiple of 8 */
	uint64_t reference;	/* checksum of redis-benchmark's own value */
	uint8_t generation[];	/* one for each key of SET_OWN */
};

/* The first words of each value; the last word is a checksum of the rest. */
struct value_head {
	uint64_t set;
	uint64_t key;
	uint64_t generation;
};

struct tally {
	uint64_t verified;
	uint64_t wrong;
	uint64_t missing;
	uint64_t written;
};

struct conn {
	int fd;
	size_t head, tail;
	char buf[256 * 1024];
	size_t queued;
	char queue[128 * 1024];
};

struct options {
	const char *socket;
	const char *file;
	uint64_t keys[2];
	uint64_t size;
	uint64_t count;		/* churn: rewrites; 0 is until a signal */
	uint64_t rate;		/* churn: rewrites per second; 0 is no limit */
	uint64_t shard, shards;	/* check: this part of so many */
	uint64_t seed;
};

static volatile sig_atomic_t stop;
static struct conn conn;
static uint64_t value_buf[MAX_VALUE / 8];

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	fputs("redis-verify: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x9e3779b97f4a7c15ull;
	x ^= x >> 29;
	return x;
}

static uint64_t checksum(const uint64_t *words, size_t nr)
{
	uint64_t sum = 0x243f6a8885a308d3ull;
	size_t i;

	for (i = 0; i < nr; i++)
		sum = mix(sum ^ words[i]) + i;
	return sum;
}

static void value_make(uint64_t *words, size_t size, enum key_set set,
		       uint64_t key, uint64_t generation)
{
	struct value_head head = { set, key, generation };
	size_t nr = size / 8, i = sizeof(head) / 8;
	uint64_t x = mix(key * 4 + set + 1) ^ mix(generation + 77);

	memcpy(words, &head, sizeof(head));
	for (; i < nr - 1; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		words[i] = x;
	}
	words[nr - 1] = checksum(words, nr - 1);
}

/* NULL when the value is right, else what is wrong with it. */
static const char *value_fault(const struct state *st, const uint64_t *words,
			       size_t size, enum key_set set, uint64_t key)
{
	uint64_t want = set == SET_OWN ? st->generation[key] : 0;
	struct value_head head;
	size_t nr = size / 8;

	if (size != st->size)
		return "has the wrong length";
	if (set == SET_BENCH && st->reference &&
	    checksum(words, nr) == st->reference)
		return NULL;
	if (words[nr - 1] != checksum(words, nr - 1))
		return "fails its checksum";
	memcpy(&head, words, sizeof(head));
	if (head.set != (uint64_t)set || head.key != key)
		return "is the value of another key";
	/* Only the low byte is kept: 256 rewrites come round again. */
	if ((uint8_t)head.generation != want)
		return "is an older value";
	return NULL;
}

static void conn_open(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		die("%s: path too long", path);
	strcpy(addr.sun_path, path);
	conn.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (conn.fd < 0 ||
	    connect(conn.fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("%s: %s", path, strerror(errno));
}

static void conn_flush(void)
{
	const char *p = conn.queue;

	while (conn.queued) {
		ssize_t n = write(conn.fd, p, conn.queued);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("write: %s", strerror(errno));
		p += n;
		conn.queued -= n;
	}
}

/* Queued until a reply is waited for: a batch of requests is one write. */
static void conn_send(const void *data, size_t len)
{
	if (conn.queued + len > sizeof(conn.queue))
		conn_flush();
	memcpy(conn.queue + conn.queued, data, len);
	conn.queued += len;
}

static void conn_fill(void)
{
	ssize_t n;

	conn_flush();
	if (conn.head) {
		memmove(conn.buf, conn.buf + conn.head, conn.tail - conn.head);
		conn.tail -= conn.head;
		conn.head = 0;
	}
	if (conn.tail == sizeof(conn.buf))
		die("reply too long");
	do {
		n = read(conn.fd, conn.buf + conn.tail,
			 sizeof(conn.buf) - conn.tail);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		die("read: %s", n ? strerror(errno) : "server closed");
	conn.tail += n;
}

/* One line of a reply, without its line end; good until the next call. */
static char *conn_line(void)
{
	size_t from = 0;

	for (;;) {
		char *start = conn.buf + conn.head, *end;
		size_t have = conn.tail - conn.head;

		end = memmem(start + from, have - from, "\r\n", 2);
		if (end) {
			*end = 0;
			conn.head += end - start + 2;
			return start;
		}
		from = have ? have - 1 : 0;
		conn_fill();
	}
}

/* The value of a GET, aligned, or -1 when there is no such key. */
static ssize_t conn_value(uint64_t *words)
{
	char *line = conn_line();
	size_t len;

	if (line[0] != '$')
		die("unexpected reply: %.80s", line);
	if (line[1] == '-')
		return -1;
	len = strtoul(line + 1, NULL, 10);
	if (len > MAX_VALUE)
		die("value of %zu bytes", len);
	while (conn.tail - conn.head < len + 2)
		conn_fill();
	memcpy(words, conn.buf + conn.head, len);
	conn.head += len + 2;
	return len;
}

static void conn_expect_ok(void)
{
	char *line = conn_line();

	if (strcmp(line, "+OK"))
		die("unexpected reply: %.80s", line);
}

static size_t key_name(char *name, size_t size, enum key_set set, uint64_t key)
{
	return snprintf(name, size, "%s%012" PRIu64, set_prefix[set], key);
}

static void send_get(enum key_set set, uint64_t key)
{
	char name[64], cmd[128];
	size_t len = key_name(name, sizeof(name), set, key);

	len = snprintf(cmd, sizeof(cmd), "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n",
		       len, name);
	conn_send(cmd, len);
}

static void send_set(const struct state *st, enum key_set set, uint64_t key,
		     uint64_t generation)
{
	static char cmd[MAX_VALUE + 256];
	char name[64];
	size_t len = key_name(name, sizeof(name), set, key);

	len = snprintf(cmd, sizeof(cmd),
		       "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%" PRIu64 "\r\n",
		       len, name, st->size);
	value_make(value_buf, st->size, set, key, generation);
	memcpy(cmd + len, value_buf, st->size);
	memcpy(cmd + len + st->size, "\r\n", 2);
	conn_send(cmd, len + st->size + 2);
}

static struct state *state_open(const struct options *opt, bool create)
{
	size_t len = sizeof(struct state) + opt->keys[SET_OWN];
	int fd = open(opt->file, create ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR,
		      0600);
	struct state *st;
	struct stat sb;

	if (fd < 0 || (create && ftruncate(fd, len)) || fstat(fd, &sb))
		die("%s: %s", opt->file, strerror(errno));
	st = mmap(NULL, sb.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (st == MAP_FAILED)
		die("%s: %s", opt->file, strerror(errno));
	if (create) {
		st->magic = STATE_MAGIC;
		memcpy(st->keys, opt->keys, sizeof(st->keys));
		st->size = opt->size;
	}
	if (st->magic != STATE_MAGIC)
		die("%s: not a state file", opt->file);
	return st;
}

static void show_progress(const char *what, uint64_t done, uint64_t of)
{
	static double last;
	double t = now();

	if (t - last < 1)
		return;
	last = t;
	printf("@progress what=%s done=%" PRIu64 " of=%" PRIu64 "\n", what,
	       done, of);
	fflush(stdout);
}

static void check_one(const struct state *st, enum key_set set, uint64_t key,
		      struct tally *tally)
{
	ssize_t len = conn_value(value_buf);
	const char *fault;

	if (len < 0) {
		tally->missing++;
		return;
	}
	fault = value_fault(st, value_buf, len, set, key);
	if (!fault) {
		tally->verified++;
		return;
	}
	if (tally->wrong++ < MAX_WRONG_SHOWN)
		printf("wrong: %s%012" PRIu64 " %s\n", set_prefix[set], key,
		       fault);
}

static uint64_t batch_end(uint64_t from, uint64_t limit)
{
	return limit - from < BATCH ? limit : from + BATCH;
}

/* Writes every key as the state file has it. */
static void fill(const struct state *st, struct tally *tally)
{
	uint64_t total = st->keys[SET_BENCH] + st->keys[SET_OWN];
	uint64_t key, from, end;
	int set;

	for (set = SET_BENCH; set <= SET_OWN; set++) {
		for (from = 0; from < st->keys[set]; from = end) {
			end = batch_end(from, st->keys[set]);
			for (key = from; key < end; key++)
				send_set(st, set, key, set == SET_OWN ?
					 st->generation[key] : 0);
			for (key = from; key < end; key++)
				conn_expect_ok();
			tally->written += end - from;
			show_progress("fill", tally->written, total);
		}
	}
}

static void check(const struct state *st, const struct options *opt,
		  struct tally *tally)
{
	uint64_t done = 0, total = 0;
	uint64_t key, from, end, last;
	int set;

	for (set = SET_BENCH; set <= SET_OWN; set++) {
		from = st->keys[set] * opt->shard / opt->shards;
		last = st->keys[set] * (opt->shard + 1) / opt->shards;
		total = (st->keys[SET_BENCH] + st->keys[SET_OWN]) / opt->shards;
		for (; from < last; from = end) {
			end = batch_end(from, last);
			for (key = from; key < end; key++)
				send_get(set, key);
			for (key = from; key < end; key++)
				check_one(st, set, key, tally);
			done += end - from;
			show_progress("check", done, total);
		}
	}
}

/* Reads a random key, checks it, and writes its next generation. */
static void churn_one(struct state *st, uint64_t *random, struct tally *tally)
{
	uint64_t key;

	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	key = (*random >> 20) % st->keys[SET_OWN];
	send_get(SET_OWN, key);
	check_one(st, SET_OWN, key, tally);
	send_set(st, SET_OWN, key, (uint8_t)(st->generation[key] + 1));
	conn_expect_ok();
	st->generation[key]++;
	tally->written++;
}

static void churn(struct state *st, const struct options *opt,
		  struct tally *tally)
{
	uint64_t random = mix(opt->seed + 1);
	double start = now(), ahead;

	if (!st->keys[SET_OWN])
		die("no key of its own to rewrite");
	while (!stop && (!opt->count || tally->written < opt->count)) {
		churn_one(st, &random, tally);
		if (!opt->rate)
			continue;
		ahead = tally->written / (double)opt->rate - (now() - start);
		if (ahead > 0.001)
			usleep(ahead * 1e6);
	}
}

/* The value that redis-benchmark wrote to key 0 is what it writes anywhere. */
static void learn(struct state *st)
{
	ssize_t len;

	send_get(SET_BENCH, 0);
	len = conn_value(value_buf);
	if (len < 0 || (uint64_t)len != st->size)
		die("key 0 holds %zd bytes, expected %" PRIu64, len, st->size);
	if (value_buf[st->size / 8 - 1] ==
	    checksum(value_buf, st->size / 8 - 1))
		die("key 0 was not written by redis-benchmark");
	st->reference = checksum(value_buf, st->size / 8);
}

static uint64_t parse_number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || end == text || *end)
		die("not a number: %s", text);
	return n;
}

static void parse_shard(struct options *opt, const char *text)
{
	if (sscanf(text, "%" SCNu64 "/%" SCNu64, &opt->shard,
		   &opt->shards) != 2 || opt->shard >= opt->shards)
		die("not a shard (0/3, 1/3 ...): %s", text);
}

static void usage(void)
{
	fputs("usage: redis-verify fill|refill|learn|check|churn\n"
	      "       [-s SOCKET] [-f STATE] [-b BENCH-KEYS] [-o OWN-KEYS] [-d SIZE]\n"
	      "       [-c COUNT] [-r RATE] [-S SHARD/SHARDS] [-e SEED]\n",
	      stderr);
	exit(2);
}

static void parse_options(struct options *opt, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "s:f:b:o:d:c:r:S:e:")) != -1) {
		switch (c) {
		case 's':
			opt->socket = optarg;
			break;
		case 'f':
			opt->file = optarg;
			break;
		case 'b':
			opt->keys[SET_BENCH] = parse_number(optarg);
			break;
		case 'o':
			opt->keys[SET_OWN] = parse_number(optarg);
			break;
		case 'd':
			opt->size = parse_number(optarg);
			break;
		case 'c':
			opt->count = parse_number(optarg);
			break;
		case 'r':
			opt->rate = parse_number(optarg);
			break;
		case 'S':
			parse_shard(opt, optarg);
			break;
		case 'e':
			opt->seed = parse_number(optarg);
			break;
		default:
			usage();
		}
	}
	if (opt->size % 8 || opt->size < 64 || opt->size > MAX_VALUE)
		die("size must be a multiple of 8 from 64 to %d", MAX_VALUE);
}

int main(int argc, char **argv)
{
	struct options opt = {
		.socket = "/tmp/redis.sock", .file = "/tmp/redis-verify.state",
		.keys = { 10000, 2000 }, .size = 2000, .shards = 1,
	};
	struct sigaction action = { .sa_handler = on_signal };
	struct tally tally = { 0 };
	const char *verb = argc > 1 ? argv[1] : "";
	struct state *st;
	double start = now();

	if (argc < 2)
		usage();
	parse_options(&opt, argc - 1, argv + 1);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	st = state_open(&opt, !strcmp(verb, "fill"));
	conn_open(opt.socket);
	if (!strcmp(verb, "fill") || !strcmp(verb, "refill"))
		fill(st, &tally);
	else if (!strcmp(verb, "learn"))
		learn(st);
	else if (!strcmp(verb, "check"))
		check(st, &opt, &tally);
	else if (!strcmp(verb, "churn"))
		churn(st, &opt, &tally);
	else
		usage();
	printf("verified=%" PRIu64 " wrong=%" PRIu64 " missing=%" PRIu64
	       " written=%" PRIu64 " seconds=%.1f\n", tally.verified,
	       tally.wrong, tally.missing, tally.written, now() - start);
	return tally.wrong || tally.missing;
}
