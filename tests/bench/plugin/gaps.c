// SPDX-License-Identifier: GPL-2.0-only
/*
 * gaps: a QEMU plugin that counts, in instructions, how long a CPU is kept away
 * from user mode by an interrupt, what the kernel executes on all CPUs until the
 * handler has ended, and in all.
 *
 * A program marks when a measurement begins and ends, and each moment before it
 * raises an interrupt (tests/guest/mark.h; GAP_RAISE). The instructions in the
 * kernel between the next two of its own are the gap of that interrupt. A driver
 * marks the end of a handler by instructions that nothing else has in a row
 * (tests/modules/tandem_edu.c): four times a NOP of nine bytes and one of one. What
 * the kernel has executed until then, on whichever CPU, is its way.
 *
 * It can not tell what belongs to what: a timer that comes between the mark and
 * the interrupt is taken for it, and one that comes on top of it is added. Both
 * are rare, so medians are meant to be taken.
 *
 * Arguments:
 *   counts=PATH   what is written, three lines for each measurement:
 *                 gaps NUMBER KERNEL-INSTRUCTIONS-OF-ALL-CPUS GAP...
 *                 ways NUMBER WAY...
 *                 own NUMBER KERNEL-INSTRUCTIONS-OF-THE-PROGRAM'S-CPU
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../guest/mark.h"
#include "qemu.h"

EXPORT int qemu_plugin_version = PLUGIN_API;

#define MAX_CPUS 64
#define MAX_GAPS 100000
#define GAP_RAISE MARK_LAST

/**
 * struct cpu - what one CPU has executed
 * @kernel: instructions in the kernel, in all
 * @away: of these, since the last instruction in user space
 */
struct cpu {
	uint64_t kernel;
	uint64_t away;
};

static struct cpu cpus[MAX_CPUS];
static uint64_t gaps[MAX_GAPS];
static unsigned int nr_gaps;
static uint64_t ways[MAX_GAPS];
static unsigned int nr_ways;
/* The measurement that is under way, 0 for none; and the CPU that is watched. */
static unsigned int measured;
static unsigned int watched;
static uint64_t kernel_before;
static uint64_t own_before;
/* An interrupt has been announced, and nothing has come yet. */
static bool raised;
/* It has not been handled yet; what the kernel had executed before. */
static bool on_its_way;
static uint64_t kernel_at_raise;
static FILE *counts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t kernel_of_all(void)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < MAX_CPUS; i++)
		sum += __atomic_load_n(&cpus[i].kernel, __ATOMIC_RELAXED);
	return sum;
}

static void write_numbers(const uint64_t *numbers, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		fprintf(counts, " %llu", (unsigned long long)numbers[i]);
	fputc('\n', counts);
}

static void write_measurement(void)
{
	fprintf(counts, "gaps %u %llu", measured,
		(unsigned long long)(kernel_of_all() - kernel_before));
	write_numbers(gaps, nr_gaps);
	fprintf(counts, "ways %u", measured);
	write_numbers(ways, nr_ways);
	fprintf(counts, "own %u %llu\n", measured,
		(unsigned long long)(cpus[watched].kernel - own_before));
	fflush(counts);
}

static void on_mark(unsigned int cpu, void *data)
{
	unsigned int number = (uintptr_t)data;

	pthread_mutex_lock(&lock);
	if (number == GAP_RAISE) {
		raised = measured;
		on_its_way = measured;
		kernel_at_raise = kernel_of_all();
	} else if (number == MARK_END) {
		if (measured)
			write_measurement();
		measured = 0;
	} else {
		measured = number;
		watched = cpu % MAX_CPUS;
		raised = false;
		on_its_way = false;
		nr_gaps = 0;
		nr_ways = 0;
		kernel_before = kernel_of_all();
		own_before = cpus[watched].kernel;
	}
	pthread_mutex_unlock(&lock);
}

static void on_handled(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	pthread_mutex_lock(&lock);
	if (on_its_way && nr_ways < MAX_GAPS)
		ways[nr_ways++] = kernel_of_all() - kernel_at_raise;
	on_its_way = false;
	pthread_mutex_unlock(&lock);
}

/* Each CPU counts for itself. */
static void on_kernel(unsigned int cpu, void *data)
{
	struct cpu *c = &cpus[cpu % MAX_CPUS];

	__atomic_store_n(&c->kernel, c->kernel + (uintptr_t)data,
			 __ATOMIC_RELAXED);
	c->away += (uintptr_t)data;
}

static void on_user(unsigned int cpu, void *data)
{
	struct cpu *c = &cpus[cpu % MAX_CPUS];

	(void)data;
	if (!c->away)
		return;
	if (raised && cpu % MAX_CPUS == watched) {
		if (nr_gaps < MAX_GAPS)
			gaps[nr_gaps++] = c->away;
		raised = false;
	}
	c->away = 0;
}

static bool in_kernel(uint64_t address)
{
	return address >> 63;
}

/* Nine bytes and one byte, so many times. */
#define HANDLED_LONG 9
#define HANDLED_TIMES 4

static bool is_handled(const struct qemu_plugin_tb *tb, size_t n)
{
	size_t i, size, next = 0;

	for (i = 0; i < n && next < 2 * HANDLED_TIMES; i++) {
		size = qemu_plugin_insn_size(qemu_plugin_tb_get_insn(tb, i));
		if (size == (next % 2 ? 1 : HANDLED_LONG))
			next++;
		else
			next = size == HANDLED_LONG;
	}
	return next == 2 * HANDLED_TIMES;
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (in_kernel(address)) {
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_kernel, CB_NO_REGS,
						     (void *)(uintptr_t)n);
		if (is_handled(tb, n))
			qemu_plugin_register_vcpu_tb_exec_cb(tb, on_handled,
							     CB_NO_REGS, NULL);
		return;
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_user, CB_NO_REGS, NULL);
	if (address - MARK_ADDRESS < MARK_SIZE) {
		uintptr_t number = (address - MARK_ADDRESS) / MARK_STEP;

		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_mark, CB_NO_REGS,
						     (void *)number);
	}
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info *info,
			       int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "counts=", 7))
			counts = fopen(argv[i] + 7, "w");
	if (!counts) {
		fprintf(stderr, "gaps: no file for the counts: %s\n",
			strerror(errno));
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
