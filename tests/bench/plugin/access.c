// SPDX-License-Identifier: GPL-2.0-only
/*
 * access: a QEMU plugin that counts a workload's accesses to its own data, by
 * virtual page and by the memory node that the page is on at that moment.
 *
 * The workload says by marks which memory is its data and when a window of its
 * work ends (tests/guest/access.h). What counts is a load or a store by an
 * instruction in user space, at an address announced. Neither the kernel's
 * accesses (copies from and to user space, page faults, migration) nor other
 * memory of the workload (its code, stack and tables) count. Address spaces
 * are not told apart: data must be at addresses that no other program uses.
 *
 * It can tell, to an access, which pages were used in a window and how many of
 * the accesses each node served; so the best set of pages that a fast node
 * could have held follows from the same counts.
 *
 * It cannot tell
 *  - misses: no cache is modelled, so what a real CPU would serve from its
 *    caches counts as much as what memory serves;
 *  - time: nodes run at the same speed here;
 *  - when within a window a page moved, beyond the counts of both nodes; where
 *    a page is that nobody accessed; that it went away and came back between
 *    two accesses.
 * An access across two pages counts for the first; each step of a string
 * instruction is an access.
 *
 * Arguments:
 *   counts=PATH        what is written
 *   nodes=FROM:END[:FROM:END]...  memory of node 0, 1 and so on, hexadecimal.
 *       QEMU 7.2 does not say guest-physical addresses, but offsets in RAM
 *       blocks plus where the block is mapped in its container.
 *
 * What is written is numbers of 32 bits, for each window of each workload:
 *   MAGIC RUN WORKLOAD WINDOW PAGES COLUMNS
 *   PAGES numbers of pages, from 0 in the order of what was announced, those
 *   that were accessed only; then for each column so many counts. A column is
 *   a node, the last one is memory of no node.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../guest/access.h"
#include "qemu.h"

EXPORT int qemu_plugin_version = PLUGIN_API;

#define MAGIC 0x54434341U	/* "ACCT" */
#define MAX_NODES 4
#define MAX_COLUMNS (MAX_NODES + 1)
#define MAX_RANGES 256
#define FIRST_KERNEL (1ULL << 63)

/**
 * struct range - data of a workload
 * @from: its first address
 * @end: the first one behind it; 0 when it is not in use
 * @workload: whose
 * @first: number of its first page
 * @room: pages that there are counts for
 * @counts: of each page, MAX_COLUMNS; never freed, since another CPU may be
 *          about to count
 */
struct range {
	uint64_t from;
	uint64_t end;
	unsigned int workload;
	uint32_t first;
	uint64_t room;
	uint32_t *counts;
};

/**
 * struct workload - what its marks have said
 * @number: the digits so far
 * @from: where the next range begins
 * @run: name of the run
 * @window: the one that is counted
 * @pages: announced
 */
struct workload {
	uint64_t number;
	uint64_t from;
	uint32_t run;
	uint32_t window;
	uint32_t pages;
};

static struct {
	uint64_t from;
	uint64_t end;
} nodes[MAX_NODES];

static unsigned int nr_nodes;
static struct range ranges[MAX_RANGES];
static unsigned int nr_ranges;
static struct workload workloads[ACCESS_WORKLOADS];
/* All ranges are within, so that other accesses cost little. */
static uint64_t lowest = UINT64_MAX, highest;
static FILE *counts_file;
/* Held while ranges change and while a window is written. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void complain(const char *what, const char *about)
{
	char text[512];

	snprintf(text, sizeof(text), "access: %s %s: %s\n", what, about,
		 strerror(errno));
	qemu_plugin_outs(text);
	fputs(text, stderr);
}

static void *need_memory(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- counting ------------------------------------------------------------ */

static struct range *find_range(uint64_t address)
{
	unsigned int i, nr = __atomic_load_n(&nr_ranges, __ATOMIC_ACQUIRE);

	for (i = 0; i < nr; i++)
		if (address >= ranges[i].from &&
		    address < __atomic_load_n(&ranges[i].end,
					      __ATOMIC_ACQUIRE))
			return &ranges[i];
	return NULL;
}

static unsigned int column_of(uint32_t info, uint64_t address)
{
	struct qemu_plugin_hwaddr *where;
	unsigned int node;
	uint64_t physical;

	where = qemu_plugin_get_hwaddr(info, address);
	if (!where || qemu_plugin_hwaddr_is_io(where))
		return nr_nodes;
	physical = qemu_plugin_hwaddr_phys_addr(where);
	for (node = 0; node < nr_nodes; node++)
		if (physical >= nodes[node].from && physical < nodes[node].end)
			break;
	return node;
}

static void on_access(unsigned int cpu, uint32_t info, uint64_t address,
		      void *data)
{
	struct range *r;
	uint32_t *count;

	(void)cpu;
	(void)data;
	if (address < lowest || address >= highest)
		return;
	r = find_range(address);
	if (!r)
		return;
	count = r->counts + (address - r->from) / ACCESS_PAGE * MAX_COLUMNS;
	__atomic_fetch_add(count + column_of(info, address), 1,
			   __ATOMIC_RELAXED);
}

/* ---- marks ----------------------------------------------------------------- */

static struct range *unused_range(uint64_t pages)
{
	struct range *r;

	for (r = ranges; r < ranges + nr_ranges; r++)
		if (!r->end && r->room >= pages)
			return r;
	if (nr_ranges == MAX_RANGES)
		return NULL;
	r->counts = need_memory(calloc(pages * MAX_COLUMNS,
				       sizeof(*r->counts)));
	r->room = pages;
	return r;
}

static void add_range(unsigned int id, uint64_t from, uint64_t end)
{
	struct workload *w = &workloads[id];
	uint64_t pages = (end - from) / ACCESS_PAGE;
	struct range *r;

	r = end > from ? unused_range(pages) : NULL;
	if (!r) {
		errno = end > from ? ENOSPC : EINVAL;
		complain("range of workload", "refused");
		return;
	}
	r->from = from;
	r->workload = id;
	r->first = w->pages;
	w->pages += pages;
	if (from < lowest)
		lowest = from;
	if (end > highest)
		highest = end;
	__atomic_store_n(&r->end, end, __ATOMIC_RELEASE);
	if (r == ranges + nr_ranges)
		__atomic_store_n(&nr_ranges, nr_ranges + 1, __ATOMIC_RELEASE);
}

/* Rows of the window so far: the number of the page, then its counts. */
struct rows {
	uint32_t *row;
	uint32_t nr;
};

#define ROW (1 + MAX_COLUMNS)

static void take_page(struct rows *rows, uint32_t page, uint32_t *counts)
{
	uint32_t *row = rows->row + (size_t)rows->nr * ROW, any = 0;
	unsigned int i;

	row[0] = page;
	for (i = 0; i <= nr_nodes; i++) {
		row[1 + i] = __atomic_exchange_n(counts + i, 0,
						 __ATOMIC_RELAXED);
		any |= row[1 + i];
	}
	if (any)
		rows->nr++;
}

static void take_range(struct rows *rows, struct range *r)
{
	uint32_t i, pages = (r->end - r->from) / ACCESS_PAGE;

	for (i = 0; i < pages; i++)
		take_page(rows, r->first + i,
			  r->counts + (size_t)i * MAX_COLUMNS);
}

static void take_rows(struct rows *rows, unsigned int id)
{
	struct range *r;

	rows->nr = 0;
	rows->row = need_memory(calloc(workloads[id].pages + 1ULL,
				       ROW * sizeof(*rows->row)));
	for (r = ranges; r < ranges + nr_ranges; r++)
		if (r->end && r->workload == id)
			take_range(rows, r);
}

static void write_column(const struct rows *rows, unsigned int column)
{
	uint32_t i;

	for (i = 0; i < rows->nr; i++)
		fwrite(rows->row + (size_t)i * ROW + column,
		       sizeof(*rows->row), 1, counts_file);
}

static void end_window(unsigned int id)
{
	struct workload *w = &workloads[id];
	uint32_t head[] = { MAGIC, w->run, id, w->window, 0, nr_nodes + 1 };
	struct rows rows;
	unsigned int i;

	take_rows(&rows, id);
	head[4] = rows.nr;
	fwrite(head, sizeof(head), 1, counts_file);
	for (i = 0; i <= nr_nodes + 1; i++)
		write_column(&rows, i);
	fflush(counts_file);
	free(rows.row);
	w->window++;
}

static void end_run(unsigned int id)
{
	struct rows rows;
	struct range *r;

	take_rows(&rows, id);
	free(rows.row);
	for (r = ranges; r < ranges + nr_ranges; r++)
		if (r->workload == id)
			__atomic_store_n(&r->end, 0, __ATOMIC_RELEASE);
	workloads[id].pages = 0;
}

static void obey(unsigned int id, unsigned int what)
{
	struct workload *w = &workloads[id];

	switch (what) {
	case ACCESS_RUN:
		end_run(id);
		w->run = w->number;
		w->window = 0;
		break;
	case ACCESS_FROM:
		w->from = w->number;
		break;
	case ACCESS_TO:
		add_range(id, w->from, w->number);
		break;
	case ACCESS_WINDOW:
		end_window(id);
		break;
	case ACCESS_END:
		end_run(id);
		break;
	}
}

static void on_mark(unsigned int cpu, void *data)
{
	unsigned int place = (uintptr_t)data;
	unsigned int id = place / (MARK_SIZE / MARK_STEP);
	unsigned int what = place % (MARK_SIZE / MARK_STEP);

	(void)cpu;
	pthread_mutex_lock(&lock);
	if (what < ACCESS_DIGITS)
		workloads[id].number = workloads[id].number << 4 | what;
	else
		obey(id, what);
	pthread_mutex_unlock(&lock);
}

/* ---- what QEMU calls ------------------------------------------------------- */

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	size_t i, nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (address >= FIRST_KERNEL)
		return;
	if (address >= ACCESS_ADDRESS &&
	    address < ACCESS_ADDRESS + ACCESS_WORKLOADS * MARK_SIZE) {
		uintptr_t place = (address - ACCESS_ADDRESS) / MARK_STEP;

		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_mark, CB_NO_REGS,
						     (void *)place);
		return;
	}
	for (i = 0; i < nr; i++)
		qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i),
						 on_access, CB_NO_REGS,
						 READS_AND_WRITES, NULL);
}

static void on_exit_of_qemu(uint64_t id, void *data)
{
	(void)id;
	(void)data;
	fclose(counts_file);
}

static bool read_nodes(const char *text)
{
	char *end;

	while (nr_nodes < MAX_NODES) {
		nodes[nr_nodes].from = strtoull(text, &end, 16);
		if (*end != ':')
			return false;
		nodes[nr_nodes].end = strtoull(end + 1, &end, 16);
		nr_nodes++;
		if (*end != ':')
			return !*end;
		text = end + 1;
	}
	return false;
}

static bool read_argument(const char *argument)
{
	const char *value = strchr(argument, '=');

	if (!value++)
		return false;
	if (!strncmp(argument, "counts=", value - argument))
		counts_file = fopen(value, "wb");
	else if (!strncmp(argument, "nodes=", value - argument))
		return read_nodes(value);
	else
		return false;
	return true;
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!read_argument(argv[i])) {
			errno = EINVAL;
			complain("wrong argument", argv[i]);
			return -1;
		}
	}
	if (!nr_nodes || !counts_file) {
		complain("needs", "nodes and a writable counts");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
