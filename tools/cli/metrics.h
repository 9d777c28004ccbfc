/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics as metrics: their names, units and text. */
#ifndef TANDEM_CLI_METRICS_H
#define TANDEM_CLI_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "tandem.h"

#define MAX_METRICS 128

/**
 * struct metric_set - what is known of a capability at one moment
 * @info: its state
 * @stats: its statistics
 * @nr_stats: how many
 * @knobs: its knobs
 * @nr_knobs: how many
 */
struct metric_set {
	struct tandem_capability_info info;
	struct tandem_stat_info stats[MAX_METRICS];
	size_t nr_stats;
	struct tandem_knob_info knobs[MAX_METRICS];
	size_t nr_knobs;
};

/**
 * struct metric_name - what a statistic is called as a metric
 * @family: name of the metric family
 * @unit: unit, the end of the name; empty for none
 * @label: value of the label "cause", or empty
 * @nanoseconds: the value is to be divided by 1e9
 */
struct metric_name {
	char family[96];
	char unit[16];
	char label[32];
	bool nanoseconds;
};

void metric_name(const char *capability, const char *stat,
		 struct metric_name *name);
void metrics_write(FILE *f, const struct metric_set *sets, size_t n);

#endif
