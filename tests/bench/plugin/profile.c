// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile: a QEMU plugin that counts the guest's instructions by function.
 *
 * It counts only between two marks, which a guest program sets by calling an
 * address that nothing else uses (see tests/guest/mark.h), so neither the boot
 * nor the preparation of a measurement is in the counts. It knows addresses and
 * names, and no kernel: which name belongs to which part is the reader's work.
 *
 * Arguments, each NAME=PATH:
 *   symbols  /proc/kallsyms of the guest; read at the first mark after a change
 *   helpers  names of functions that work for whoever calls them
 *   counts   what is written: for each measurement
 *              begin NUMBER
 *              count CPU FUNCTION MODULE OWN HELPERS
 *              helper CPU FUNCTION MODULE HELPER INSTRUCTIONS
 *              end NUMBER TOTAL
 *
 * OWN are the instructions of the function itself, HELPERS those of helpers
 * that ran before the next function that is none: a lock or a copy belongs to
 * who asked for it. The lines "helper" say which these were. User space is the
 * function "[user]".
 *
 * A block of instructions is counted when it is entered; one that an exception
 * leaves half-way counts as a whole.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../guest/mark.h"
#include "qemu.h"

EXPORT int qemu_plugin_version = PLUGIN_API;

/* ---- functions ----------------------------------------------------------- */

#define MAX_CPUS 16
#define MAX_NAMES (1U << 18)	/* twice what there are */
#define MAX_FUNCTIONS (1U << 19)
#define FIRST_KERNEL (1ULL << 63)

struct function {
	uint64_t address;
	size_t order;
	char *name;
	char *module;
	bool helper;
};

/**
 * struct count - instructions of one function on one CPU
 * @own: its own
 * @helpers: of helpers that worked for it
 */
struct count {
	uint64_t own;
	uint64_t helpers;
};

/* Number 0 is user space, 1 is what has no name; then by address, and in the
 * order of the file, whose last name for an address counts.
 */
enum { USER, UNKNOWN, FIRST_NAMED };

static struct function *functions;
static size_t nr_functions;
static char *helpers[MAX_NAMES];
/* Which reading of the symbols a block's function number is of. */
static unsigned int generation;
static struct timespec symbols_time;

static const char *symbols_path, *helpers_path;
static FILE *counts_file;

static void complain(const char *what, const char *path)
{
	char text[512];

	snprintf(text, sizeof(text), "profile: %s %s: %s\n", what, path,
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

static size_t hash(const char *name)
{
	size_t h = 5381;

	while (*name)
		h = h * 33 + (unsigned char)*name++;
	return h % MAX_NAMES;
}

static char **helper_slot(const char *name)
{
	size_t i = hash(name);

	while (helpers[i] && strcmp(helpers[i], name))
		i = (i + 1) % MAX_NAMES;
	return &helpers[i];
}

static bool read_helpers(void)
{
	unsigned int nr = 0;
	char line[512];
	FILE *f;

	f = fopen(helpers_path, "r");
	if (!f) {
		complain("cannot read", helpers_path);
		return false;
	}
	while (fgets(line, sizeof(line), f) && nr++ < MAX_NAMES / 2) {
		char **slot;

		line[strcspn(line, "\n")] = 0;
		slot = helper_slot(line);
		if (!*slot)
			*slot = need_memory(strdup(line));
	}
	fclose(f);
	return true;
}

/* A compiler's copies and parts of a function bear its name and a suffix. */
static bool is_helper(const char *name)
{
	char plain[256];

	snprintf(plain, sizeof(plain), "%s", name);
	plain[strcspn(plain, ".")] = 0;
	return *helper_slot(plain);
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->address != y->address)
		return x->address > y->address ? 1 : -1;
	return x->order > y->order ? 1 : -1;
}

/* Room for twice as many whenever their number is a power of two. */
static void make_room(void)
{
	size_t nr = nr_functions ? nr_functions * 2 : 1;

	if (nr_functions & (nr_functions - 1))
		return;
	functions = need_memory(realloc(functions, nr * sizeof(*functions)));
}

static void add_function(uint64_t address, const char *name,
			 const char *module)
{
	struct function *f;

	make_room();
	f = &functions[nr_functions];
	f->order = nr_functions++;
	f->address = address;
	f->name = need_memory(strdup(name));
	f->module = need_memory(strdup(module));
	f->helper = address && is_helper(name);
}

static void forget_functions(void)
{
	while (nr_functions) {
		nr_functions--;
		free(functions[nr_functions].name);
		free(functions[nr_functions].module);
	}
	free(functions);
	functions = NULL;
}

/* A name that says where a section ends stands at what follows it. */
static bool ends_section(const char *name)
{
	const char *end = strstr(name, "_text_end");

	return end && !end[strlen("_text_end")];
}

static void add_symbol(const char *line)
{
	char name[256], module[80] = "-";
	unsigned long long address;
	char type;

	if (sscanf(line, "%llx %c %255s [%79[^]]", &address, &type, name,
		   module) < 3)
		return;
	if (strchr("tTwW", type) && address >= FIRST_KERNEL &&
	    nr_functions < MAX_FUNCTIONS && !ends_section(name))
		add_function(address, name, module);
}

/* Again whenever the guest has written it again: modules come and go. */
static void read_symbols(void)
{
	char line[512];
	struct stat st;
	FILE *f;

	f = fopen(symbols_path, "r");
	if (!f || fstat(fileno(f), &st)) {
		complain("cannot read", symbols_path);
		return;
	}
	if (memcmp(&st.st_mtim, &symbols_time, sizeof(symbols_time))) {
		symbols_time = st.st_mtim;
		forget_functions();
		add_function(0, "[user]", "-");
		add_function(0, "[unknown]", "-");
		while (fgets(line, sizeof(line), f))
			add_symbol(line);
		qsort(functions + FIRST_NAMED, nr_functions - FIRST_NAMED,
		      sizeof(*functions), by_address);
		generation++;
	}
	fclose(f);
}

static uint32_t find_function(uint64_t address)
{
	size_t low = FIRST_NAMED, high = nr_functions;

	if (address < FIRST_KERNEL)
		return USER;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (functions[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low == FIRST_NAMED ? UNKNOWN : low - 1;
}

/* ---- counting ------------------------------------------------------------ */

/**
 * struct block - instructions that are entered at their first only
 * @address: of the first
 * @nr: how many
 * @function: number of the function that it is in, of this @generation
 * @generation: of the symbols
 */
struct block {
	uint64_t address;
	uint32_t nr;
	uint32_t function;
	unsigned int generation;
};

/**
 * struct help - instructions of one helper for one function on one CPU
 * @owner: number of the function
 * @helper: number of the helper
 * @nr: instructions; 0 means that the entry is free
 */
struct help {
	uint32_t owner;
	uint32_t helper;
	uint64_t nr;
};

#define MAX_HELPS (1U << 15)	/* of one CPU */

/* What a CPU counts is its own: CPUs may run at the same time. */
static struct help *helps[MAX_CPUS];
static unsigned int nr_helps[MAX_CPUS];
static struct count *counts[MAX_CPUS];
static uint32_t owner[MAX_CPUS];
static volatile unsigned int measurement;	/* 0 between them */

/* What does not fit is still in the sum of its owner. */
static void count_help(unsigned int cpu, uint32_t helper, uint32_t nr)
{
	uint32_t i = owner[cpu] * 2654435761U + helper * 40503U;
	struct help *h;

	for (;; i++) {
		h = &helps[cpu][i % MAX_HELPS];
		if (!h->nr || (h->owner == owner[cpu] && h->helper == helper))
			break;
	}
	if (!h->nr) {
		if (nr_helps[cpu] == MAX_HELPS / 2)
			return;
		nr_helps[cpu]++;
		h->owner = owner[cpu];
		h->helper = helper;
	}
	h->nr += nr;
}

static void on_block(unsigned int cpu, void *data)
{
	struct block *b = data;

	if (!measurement || cpu >= MAX_CPUS)
		return;
	if (b->generation != generation) {
		b->function = find_function(b->address);
		b->generation = generation;
	}
	if (functions[b->function].helper) {
		counts[cpu][owner[cpu]].helpers += b->nr;
		count_help(cpu, b->function, b->nr);
	} else {
		counts[cpu][b->function].own += b->nr;
		owner[cpu] = b->function;
	}
}

/* The room is kept: a CPU may be about to count when a measurement ends. */
static void make_counts(unsigned int cpu)
{
	if (!counts[cpu]) {
		counts[cpu] = need_memory(calloc(MAX_FUNCTIONS,
						 sizeof(*counts[cpu])));
		helps[cpu] = need_memory(calloc(MAX_HELPS,
						sizeof(*helps[cpu])));
	}
	memset(counts[cpu], 0, nr_functions * sizeof(*counts[cpu]));
	memset(helps[cpu], 0, MAX_HELPS * sizeof(*helps[cpu]));
	nr_helps[cpu] = 0;
	owner[cpu] = UNKNOWN;
}

static void begin(unsigned int number)
{
	unsigned int cpu;

	read_symbols();
	if (!functions)
		return;
	for (cpu = 0; cpu < MAX_CPUS; cpu++)
		make_counts(cpu);
	measurement = number;
}

static void write_helps(unsigned int cpu)
{
	const struct help *h;

	for (h = helps[cpu]; h < helps[cpu] + MAX_HELPS; h++)
		if (h->nr)
			fprintf(counts_file, "helper %u %s %s %s %llu\n", cpu,
				functions[h->owner].name,
				functions[h->owner].module,
				functions[h->helper].name,
				(unsigned long long)h->nr);
}

static void end(void)
{
	unsigned int cpu, number = measurement;
	uint64_t total = 0;
	size_t i;

	if (!number)
		return;
	measurement = 0;
	fprintf(counts_file, "begin %u\n", number);
	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		for (i = 0; i < nr_functions; i++) {
			const struct count *c = &counts[cpu][i];

			if (!c->own && !c->helpers)
				continue;
			total += c->own + c->helpers;
			fprintf(counts_file, "count %u %s %s %llu %llu\n", cpu,
				functions[i].name, functions[i].module,
				(unsigned long long)c->own,
				(unsigned long long)c->helpers);
		}
		write_helps(cpu);
	}
	fprintf(counts_file, "end %u %llu\n", number,
		(unsigned long long)total);
	fflush(counts_file);
}

static void on_mark(unsigned int cpu, void *data)
{
	unsigned int number = (uintptr_t)data;

	(void)cpu;
	end();
	if (number != MARK_END)
		begin(number);
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	struct block *b;

	(void)id;
	if (address >= MARK_ADDRESS && address < MARK_ADDRESS + MARK_SIZE) {
		uintptr_t number = (address - MARK_ADDRESS) / MARK_STEP;

		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_mark, CB_NO_REGS,
						     (void *)number);
		return;
	}
	/* Lives as long as the translation may, which is nowhere told. */
	b = need_memory(calloc(1, sizeof(*b)));
	b->address = address;
	b->nr = qemu_plugin_tb_n_insns(tb);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, CB_NO_REGS, b);
}

static void on_exit_of_qemu(uint64_t id, void *data)
{
	(void)id;
	(void)data;
	fclose(counts_file);
}

static bool read_argument(const char *argument)
{
	const char *value = strchr(argument, '=');
	size_t n = value ? value++ - argument : 0;

	if (n == 7 && !strncmp(argument, "symbols", n))
		symbols_path = strdup(value);
	else if (n == 7 && !strncmp(argument, "helpers", n))
		helpers_path = strdup(value);
	else if (n == 6 && !strncmp(argument, "counts", n))
		counts_file = fopen(value, "w");
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
			complain("unknown argument", argv[i]);
			return -1;
		}
	}
	if (!symbols_path || !helpers_path || !counts_file) {
		complain("needs", "symbols, helpers and a writable counts");
		return -1;
	}
	if (!read_helpers())
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
