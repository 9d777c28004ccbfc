// SPDX-License-Identifier: GPL-2.0-only
/*
 * gaps: a QEMU plugin that counts, in instructions, how long a CPU is kept away
 * from user mode by an interrupt, and what the kernel executes on all CPUs.
 *
 * A program marks when a measurement begins and ends, and each moment before it
 * raises an interrupt (tests/guest/mark.h; GAP_RAISE). The instructions in the
 * kernel between the next two of its own are the gap of that interrupt.
 *
 * It can not tell what belongs to what: a timer that comes between the mark and
 * the interrupt is taken for it, and one that comes on top of it is added. Both
 * are rare, so medians are meant to be taken.
 *
 * Arguments:
 *   counts=PATH   what is written, a line for each measurement:
 *                 NUMBER KERNEL-INSTRUCTIONS-OF-ALL-CPUS GAP...
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
/* The measurement that is under way, 0 for none; and the CPU that is watched. */
static unsigned int measured;
static unsigned int watched;
static uint64_t kernel_before;
/* An interrupt has been announced, and nothing has come yet. */
static bool raised;
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

static void write_measurement(void)
{
	unsigned int i;

	fprintf(counts, "%u %llu", measured,
		(unsigned long long)(kernel_of_all() - kernel_before));
	for (i = 0; i < nr_gaps; i++)
		fprintf(counts, " %llu", (unsigned long long)gaps[i]);
	fputc('\n', counts);
	fflush(counts);
}

static void on_mark(unsigned int cpu, void *data)
{
	unsigned int number = (uintptr_t)data;

	pthread_mutex_lock(&lock);
	if (number == GAP_RAISE) {
		raised = measured;
	} else if (number == MARK_END) {
		if (measured)
			write_measurement();
		measured = 0;
	} else {
		measured = number;
		watched = cpu;
		raised = false;
		nr_gaps = 0;
		kernel_before = kernel_of_all();
	}
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
	if (raised && cpu == watched) {
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

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (in_kernel(address)) {
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_kernel, CB_NO_REGS,
						     (void *)(uintptr_t)n);
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
