/* SPDX-License-Identifier: MIT */
/* A configuration, as the files that read and check it share it. */
#ifndef TANDEM_LIB_CONFIG_H
#define TANDEM_LIB_CONFIG_H

#include "tandem.h"

#define MAX_NAMES 64

/**
 * struct tandem_config - a configuration that was read
 * @entries: settings, in the order of the file
 * @nr_entries: how many
 * @subjects: those that have a section, in the order of the file
 * @nr_subjects: how many
 * @faults: what is wrong, in the order of lines
 * @nr_faults: how many
 */
struct tandem_config {
	struct tandem_config_entry *entries;
	size_t nr_entries;
	struct tandem_config_subject *subjects;
	size_t nr_subjects;
	struct tandem_config_fault *faults;
	size_t nr_faults;
};

int config_fault(struct tandem_config *c, unsigned int line, const char *key,
		 const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
