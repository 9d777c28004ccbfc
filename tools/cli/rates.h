/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples of the counters that page reclaim moves, and rates between two. */
#ifndef TANDEM_CLI_RATES_H
#define TANDEM_CLI_RATES_H

#include <stddef.h>
#include <stdint.h>

#include "root.h"
#include "tandem.h"

#define MAX_SAMPLE_STATS 128
#define MAX_SAMPLE_DISKS 16

/**
 * struct disk_sample - how long a disk has been busy
 * @name: as in /proc/diskstats
 * @busy_ms: since it was there
 */
struct disk_sample {
	char name[64];
	uint64_t busy_ms;
};

/**
 * struct sample - the counters at one moment
 * @at_ns: the moment, monotonic
 * @stats: of the module
 * @nr_stats: how many
 * @shootdowns: TLB shootdown interrupts, all CPUs
 * @scanned: pages that reclaim has looked at
 * @stolen: pages that reclaim has freed
 * @pressure_us: time in which some task waited for memory
 * @disks: those below the swap devices
 * @nr_disks: how many
 */
struct sample {
	uint64_t at_ns;
	struct tandem_stat_info stats[MAX_SAMPLE_STATS];
	size_t nr_stats;
	uint64_t shootdowns;
	uint64_t scanned;
	uint64_t stolen;
	uint64_t pressure_us;
	struct disk_sample disks[MAX_SAMPLE_DISKS];
	size_t nr_disks;
};

/**
 * struct rates - what happened between two samples
 * @seconds: between them
 * @freed_per_s: pages that the module freed
 * @stolen_per_s: pages that all reclaim freed
 * @batches_per_s: batches
 * @batch_pages: pages per batch; NaN without a batch
 * @overlap_pct: share of preparation done beside a write; NaN without any
 * @ipis_per_page: shootdowns per page that reclaim freed; NaN without any
 * @scans_per_page: looks per page that reclaim freed; NaN without any
 * @busy_pct: of the busiest swap disk; NaN without a disk
 * @busy_disk: its name
 * @pressure_pct: share of time in which some task waited for memory
 */
struct rates {
	double seconds;
	double freed_per_s;
	double stolen_per_s;
	double batches_per_s;
	double batch_pages;
	double overlap_pct;
	double ipis_per_page;
	double scans_per_page;
	double busy_pct;
	char busy_disk[64];
	double pressure_pct;
};

int sample_take(const struct sysroot *root, struct tandem *t,
		const char *capability, struct sample *s);
void sample_machine(const struct sysroot *root, struct sample *s);
uint64_t sample_stat(const struct sample *s, const char *name);
void rates_between(const struct sample *old, const struct sample *now,
		   struct rates *rates);

#endif
