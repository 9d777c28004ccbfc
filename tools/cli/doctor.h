/* SPDX-License-Identifier: GPL-2.0-only */
/* What the checks of the doctor share. */
#ifndef TANDEM_CLI_DOCTOR_H
#define TANDEM_CLI_DOCTOR_H

#include "cli.h"
#include "modules.h"
#include "swaps.h"

/**
 * enum verdict - outcome of a check, the worse the higher
 * @VERDICT_OK: as it should be
 * @VERDICT_WARN: works, but look at it
 * @VERDICT_CONFLICT: gets in the way of tandem, or tandem in its way
 * @VERDICT_UNUSABLE: tandem cannot run here as it stands
 */
enum verdict {
	VERDICT_OK,
	VERDICT_WARN,
	VERDICT_CONFLICT,
	VERDICT_UNUSABLE,
};

/**
 * struct doctor - an examination under way
 * @cli: context
 * @root: where the machine is looked at
 * @release: of the running kernel
 * @modules_dir: where to look for modules, or NULL
 * @core: the file of the core module
 * @core_found: @core is there
 * @reclaim: the file of the reclaim module
 * @reclaim_found: @reclaim is there
 * @count: verdicts so far, by kind
 */
struct doctor {
	struct cli *cli;
	const struct sysroot *root;
	char release[128];
	const char *modules_dir;
	struct module_file core;
	bool core_found;
	struct module_file reclaim;
	bool reclaim_found;
	unsigned int count[VERDICT_UNUSABLE + 1];
};

void verdict(struct doctor *d, enum verdict v, const char *check,
	     const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

void doctor_kernel(struct doctor *d);
void doctor_modules(struct doctor *d);
void doctor_security(struct doctor *d);
void doctor_swap(struct doctor *d);
void doctor_tiers(struct doctor *d);
void doctor_neighbours(struct doctor *d);

/* Kernel functions that the modules replace. */
extern const char *const hooked_functions[];
extern const size_t nr_hooked_functions;

#endif
