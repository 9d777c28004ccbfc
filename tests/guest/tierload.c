// SPDX-License-Identifier: GPL-2.0-only
/*
 * tierload: uses memory in a known way, for the judge of memory tiering. What
 * it accesses follows from the seed alone; how its pages are placed is what a
 * policy decides. It tells the plugin outside which memory is its data and
 * when a window of its work ends (access.h), and at the end looks at every
 * line of every page.
 *
 * usage: tierload [OPTION]... KIND
 *   gups    nine of ten accesses to the hot pages, one to any page
 *   zipf    an array of 1 KiB values, asked for by Zipf 0.99, in random order
 *   phases  as gups, but half-way the hot pages are others
 *   scan    three of five accesses to the hot pages, beside a scan of the rest
 *   probe   a known number of accesses to each page on each node, then again
 *           with the pages moved to the other node: tries the plugin
 *   pulse   no memory: wakes every -t milliseconds until killed
 * options:
 *   -i N    number of the workload, from 0 (0)
 *   -r N    name of the run (1)
 *   -n N    pages (32768)
 *   -h N    of these the hot ones (8192)
 *   -f N    the coldest pages, which are on node 0 at the start; all others
 *           are on node 1 (0)
 *   -w N    windows (30)
 *   -a N    accesses in a window (400000)
 *   -t MS   a window takes at least so long, so that what looks at the memory
 *           in seconds sees the same on a slower host (500)
 *   -s N    seed (1)
 */
#define SLICES 50
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include "access.h"
#include "pace.h"
#include "zipf.h"

#define PAGE ACCESS_PAGE
#define LINE 64UL
#define LINES (PAGE / LINE)
#define VALUES 4		/* in a page, of zipf */
#define DATA_ADDRESS 0x746900000000UL	/* of workload 0 */
#define DATA_STEP (1UL << 36)
#define PERCENT_OF(n) ((uint32_t)((n) * 42949672ULL))

#define MPOL_DEFAULT 0
#define MPOL_BIND 2
#define MPOL_MF_MOVE 2

static struct {
	unsigned long id;
	unsigned long run;
	unsigned long pages;
	unsigned long hot;
	unsigned long fast;
	unsigned long windows;
	unsigned long accesses;
	unsigned long ms;
	unsigned long seed;
} opt = {
	.run = 1, .pages = 32768, .hot = 8192, .windows = 30,
	.accesses = 400000, .ms = 500, .seed = 1,
};

static char *data;
static uint64_t state;		/* of the random numbers */
static unsigned long updates, wrong;
static struct pace pace;

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "tierload: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- data ------------------------------------------------------------------ */

static volatile uint64_t *line_of(uint32_t page, uint32_t line)
{
	return (volatile uint64_t *)(data + page * PAGE + line * LINE);
}

static uint64_t pattern(uint32_t page, uint32_t line)
{
	return mix(opt.seed << 48 ^ (uint64_t)page << 8 ^ line);
}

/* Lines with an odd number are counted up, the others never change. */
static void touch(uint32_t page, uint32_t line)
{
	volatile uint64_t *p = line_of(page, line);

	if (line & 1) {
		(*p)++;
		updates++;
	} else if (*p != pattern(page, line)) {
		wrong++;
	}
}

static void fill(uint32_t page)
{
	uint32_t line;

	for (line = 0; line < LINES; line++)
		*line_of(page, line) = pattern(page, line);
}

/* A page that was lost shows in the sum of what was counted up. */
static void verify(void)
{
	uint64_t found = 0;
	uint32_t page, line;

	for (page = 0; page < opt.pages; page++) {
		for (line = 0; line < LINES; line += 2)
			wrong += *line_of(page, line) != pattern(page, line);
		for (line = 1; line < LINES; line += 2)
			found += *line_of(page, line) - pattern(page, line);
	}
	wrong += found != updates;
}

static void make_data(void)
{
	void *want = (void *)(DATA_ADDRESS + opt.id * DATA_STEP);

	data = mmap(want, opt.pages * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (data != want)
		die("mmap");
}

static void use_node(int node)
{
	unsigned long mask = 1UL << node;

	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 8 * sizeof(mask)))
		die("set_mempolicy");
}

static void use_any_node(void)
{
	if (syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0))
		die("set_mempolicy");
}

/* ---- kinds of work ----------------------------------------------------------- */

static struct zipf values;
static uint32_t *place;		/* of each rank of a value */
static uint32_t scanned;	/* lines so far */

static void any_line_of(uint32_t first, uint32_t pages)
{
	uint64_t r = next_random(&state);

	touch(first + scale(r >> 32, pages), r % LINES);
}

static bool chance(unsigned int percent)
{
	return (uint32_t)next_random(&state) < PERCENT_OF(percent);
}

static void gups_from(uint32_t first)
{
	if (chance(90))
		any_line_of(first, opt.hot);
	else
		any_line_of(0, opt.pages);
}

static void gups(unsigned int window)
{
	(void)window;
	gups_from(0);
}

static void phases(unsigned int window)
{
	gups_from(window < opt.windows / 2 ? 0 : opt.hot);
}

/* Every eighth line of a page, then of the next one. */
static void scan(unsigned int window)
{
	uint32_t page;

	(void)window;
	if (chance(60)) {
		any_line_of(0, opt.hot);
		return;
	}
	page = opt.hot + scanned / (LINES / 8) % (opt.pages - opt.hot);
	touch(page, scanned % (LINES / 8) * 8);
	scanned++;
}

static void zipf(unsigned int window)
{
	uint32_t value = place[zipf_draw(&values, next_random(&state))];
	uint32_t line = next_random(&state) % (LINES / VALUES);

	(void)window;
	touch(value / VALUES, value % VALUES * (LINES / VALUES) + line);
}

/* Heat is any number that is larger for a page that is used more at first. */
static double heat_of_first(uint32_t page)
{
	return page < opt.hot;
}

static double heat_of_values(uint32_t page)
{
	static double *heat;
	uint32_t rank;

	if (!heat) {
		heat = zipf_memory(opt.pages, sizeof(*heat));
		for (rank = 0; rank < values.nr; rank++)
			heat[place[rank] / VALUES] += 1.0 / (rank + 1);
	}
	return heat[page];
}

static void prepare_values(void)
{
	uint32_t nr = opt.pages * VALUES;

	zipf_make(&values, nr, 0.99);
	place = zipf_memory(nr, sizeof(*place));
	shuffle(place, nr, opt.seed);
}

static const struct kind {
	const char *name;
	void (*access)(unsigned int window);
	double (*heat)(uint32_t page);
	void (*prepare)(void);
} kinds[] = {
	{ "gups", gups, heat_of_first, NULL },
	{ "zipf", zipf, heat_of_values, prepare_values },
	{ "phases", phases, heat_of_first, NULL },
	{ "scan", scan, heat_of_first, NULL },
};

static const struct kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

/* ---- placement at the start ---------------------------------------------------- */

struct warm {
	double heat;
	uint32_t page;
};

/* Of pages alike the last ones first: phases' second hot set starts slow too. */
static int coldest_first(const void *a, const void *b)
{
	const struct warm *x = a, *y = b;

	if (x->heat != y->heat)
		return x->heat > y->heat ? 1 : -1;
	return x->page < y->page ? 1 : -1;
}

/* First touched under a policy of the task, which does not stay. */
static void place_pages(const struct kind *kind)
{
	struct warm *order = zipf_memory(opt.pages, sizeof(*order));
	uint32_t i;

	for (i = 0; i < opt.pages; i++)
		order[i] = (struct warm){ kind->heat(i), i };
	qsort(order, opt.pages, sizeof(*order), coldest_first);
	for (i = 0; i < opt.pages; i++) {
		if (!i || i == opt.fast)
			use_node(i >= opt.fast);
		fill(order[i].page);
	}
	use_any_node();
	free(order);
}

/* ---- windows ------------------------------------------------------------------- */

/*
 * Evenly, and not as a burst with a pause after it: who looks for a shorter time
 * than a window would see all or nothing.
 */
static void run_window(const struct kind *kind, unsigned int window)
{
	unsigned long slice, i;

	for (slice = 0; slice < SLICES; slice++) {
		pace_next(&pace, opt.ms / SLICES);
		for (i = 0; i < opt.accesses / SLICES; i++)
			kind->access(window);
		pace_wait(&pace);
	}
}

static void run_windows(const struct kind *kind)
{
	unsigned int window;

	pace_start(&pace);
	for (window = 0; window < opt.windows; window++) {
		run_window(kind, window);
		access_mark(opt.id, ACCESS_WINDOW);
	}
}

static void announce(void)
{
	access_tell(opt.id, opt.run, ACCESS_RUN);
	access_announce(opt.id, data, data + opt.pages * PAGE);
}

static int work(const struct kind *kind)
{
	access_prepare(opt.id);
	make_data();
	state = opt.seed << 32;
	if (kind->prepare)
		kind->prepare();
	place_pages(kind);
	announce();
	run_windows(kind);
	access_mark(opt.id, ACCESS_END);
	verify();
	printf("tierload: windows=%lu late=%u pages=%lu wrong=%lu\n",
	       opt.windows, pace.late, opt.pages, wrong);
	return wrong != 0;
}

/* ---- probe and pulse -------------------------------------------------------------- */

/* Page n is read n % 7 + 1 times and counted up once, which is a load and a
 * store; neither this loop's own memory nor what the kernel copies counts.
 */
static void touch_known(int zero)
{
	volatile uint64_t *p;
	uint32_t page, i;

	for (page = 0; page < opt.pages; page++) {
		p = line_of(page, 0);
		if (read(zero, data + page * PAGE + LINE, LINE) != LINE)
			die("/dev/zero");
		for (i = 0; i < page % 7 + 1; i++)
			(void)*p;
		(*p)++;
	}
	access_mark(opt.id, ACCESS_WINDOW);
}

/* The first half of the pages go to @node, the others to the other one. */
static void move_halves(int node)
{
	uint32_t page;

	for (page = 0; page < opt.pages; page++) {
		void *at = data + page * PAGE;
		int to = page < opt.pages / 2 ? node : !node, status = -1;

		if (syscall(SYS_move_pages, 0, 1UL, &at, &to, &status,
			    MPOL_MF_MOVE) || status != to)
			die("move_pages");
	}
}

static int probe(void)
{
	int zero = open("/dev/zero", O_RDONLY);
	uint32_t page;

	access_prepare(opt.id);
	make_data();
	for (page = 0; page < opt.pages; page++)
		fill(page);
	announce();
	move_halves(0);
	touch_known(zero);
	move_halves(1);
	touch_known(zero);
	access_mark(opt.id, ACCESS_END);
	touch_known(zero);
	printf("tierload: pages=%lu\n", opt.pages);
	return 0;
}

__attribute__((noreturn))
static void pulse(void)
{
	struct timespec t = { opt.ms / 1000, opt.ms % 1000 * 1000000L };

	for (;;)
		nanosleep(&t, NULL);
}

static int usage(void)
{
	fputs("usage: tierload [-i ID] [-r RUN] [-n PAGES] [-h HOT] [-f FAST]\n"
	      "       [-w WINDOWS] [-a ACCESSES] [-t MS] [-s SEED]\n"
	      "       gups|zipf|phases|scan|probe|pulse\n", stderr);
	return 2;
}

/* Where the number of this option goes; NULL when there is no such option. */
static unsigned long *number_of(int option)
{
	switch (option) {
	case 'i':
		return &opt.id;
	case 'r':
		return &opt.run;
	case 'n':
		return &opt.pages;
	case 'h':
		return &opt.hot;
	case 'f':
		return &opt.fast;
	case 'w':
		return &opt.windows;
	case 'a':
		return &opt.accesses;
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

	while ((c = getopt(argc, argv, "i:r:n:h:f:w:a:t:s:")) != -1) {
		number = number_of(c);
		if (!number)
			return false;
		*number = strtoul(optarg, NULL, 10);
	}
	return optind == argc - 1 && opt.id < ACCESS_WORKLOADS &&
	       opt.hot && opt.hot * 2 <= opt.pages && opt.fast <= opt.pages;
}

int main(int argc, char **argv)
{
	const struct kind *kind;

	if (!parse(argc, argv))
		return usage();
	if (!strcmp(argv[optind], "pulse"))
		pulse();
	if (!strcmp(argv[optind], "probe"))
		return probe();
	kind = find_kind(argv[optind]);
	return kind ? work(kind) : usage();
}
