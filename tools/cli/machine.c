// SPDX-License-Identifier: GPL-2.0-only
/* Plain facts about a machine: memory, CPUs, interrupts, what it runs on. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "machine.h"

#define PAGE 4096ULL

/**
 * machine_memory - a row of /proc/meminfo
 * @root: the root
 * @row: with its colon, "MemFree:"
 *
 * Return: bytes; 0 when there is no such row.
 */
uint64_t machine_memory(const struct sysroot *root, const char *row)
{
	char *text = root_slurp(root, "/proc/meminfo", NULL);
	char *next = text, *line, name[64];
	uint64_t kib, found = 0;

	while (text && (line = strsep(&next, "\n")))
		if (sscanf(line, "%63s %" SCNu64, name, &kib) == 2 &&
		    !strcmp(name, row))
			found = kib * 1024;
	free(text);
	return found;
}

/**
 * machine_watermarks - free memory below which the kernel reclaims
 * @root: the root
 *
 * Each zone has a line "high N"; kswapd stops above it.
 *
 * Return: bytes, all zones.
 */
uint64_t machine_watermarks(const struct sysroot *root)
{
	char *text = root_slurp(root, "/proc/zoneinfo", NULL);
	char *next = text, *line, name[64];
	uint64_t pages, sum = 0;

	while (text && (line = strsep(&next, "\n")))
		if (sscanf(line, "%63s %" SCNu64, name, &pages) == 2 &&
		    !strcmp(name, "high"))
			sum += pages;
	free(text);
	return sum * PAGE;
}

/**
 * machine_cpus - CPUs that are online
 * @root: the root
 *
 * Return: how many; 0 when it cannot be read.
 */
unsigned int machine_cpus(const struct sysroot *root)
{
	char *text = root_slurp(root, "/proc/stat", NULL);
	char *next = text, *line;
	unsigned int n = 0;

	while (text && (line = strsep(&next, "\n")))
		n += !strncmp(line, "cpu", 3) &&
		     isdigit((unsigned char)line[3]);
	free(text);
	return n;
}

static uint64_t sum_of_numbers(const char *text)
{
	uint64_t sum = 0, value;
	char *end;

	for (;;) {
		value = strtoull(text, &end, 10);
		if (end == text)
			return sum;
		sum += value;
		text = end;
	}
}

/**
 * machine_interrupts - a row of /proc/interrupts
 * @root: the root
 * @row: with its colon, "TLB:"; it has a number for each CPU and then words
 *
 * Return: the sum over all CPUs; 0 when there is no such row.
 */
uint64_t machine_interrupts(const struct sysroot *root, const char *row)
{
	char *text = root_slurp(root, "/proc/interrupts", NULL);
	const char *found = text ? strstr(text, row) : NULL;
	uint64_t sum = found ? sum_of_numbers(found + strlen(row)) : 0;

	free(text);
	return sum;
}

/* Whether pages that leave memory are kept compressed in memory. */
bool machine_zswap(const struct sysroot *root)
{
	char line[8];

	return !root_line(root, "/sys/module/zswap/parameters/enabled", line,
			  sizeof(line)) && *line == 'Y';
}

#if defined(__x86_64__)
static const struct {
	const char *signature;
	const char *name;
} accels[] = {
	{ "TCGTCGTCGTCG", "tcg" },
	{ "KVMKVMKVM", "kvm" },
	{ "Microsoft Hv", "hyperv" },
	{ "VMwareVMware", "vmware" },
	{ "XenVMMXenVMM", "xen" },
};

static const char *ask_cpu(void)
{
	unsigned int a, b, c, d;
	char text[13] = "";
	size_t i;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1U << 31)))
		return "hardware";
	__cpuid(0x40000000, a, b, c, d);
	memcpy(text, &b, 4);
	memcpy(text + 4, &c, 4);
	memcpy(text + 8, &d, 4);
	for (i = 0; i < sizeof(accels) / sizeof(accels[0]); i++)
		if (!strcmp(text, accels[i].signature))
			return accels[i].name;
	return "virtual";
}
#else
static const char *ask_cpu(void)
{
	return "unknown";
}
#endif

/**
 * machine_accel - what the machine runs on
 * @root: the root
 *
 * Return: "hardware", or what stands between: "tcg" has no wall clock to be
 * believed.
 */
const char *machine_accel(const struct sysroot *root)
{
	return root->real ? ask_cpu() : "unknown";
}
