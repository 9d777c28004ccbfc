/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the modules are loaded at the boot; decides, and reads nothing. */
#ifndef TANDEM_CLI_BOOT_POLICY_H
#define TANDEM_CLI_BOOT_POLICY_H

#include <stdbool.h>

#define BOOT_ID_LEN 40

/* A boot that has been good for so long counts as good. */
#define BOOT_SETTLE_SECONDS 600

/**
 * enum boot_decision - what to do at the boot
 * @BOOT_GO: load the modules and apply the configuration
 * @BOOT_OFF: the kernel command line keeps them off
 * @BOOT_STAY_OFF: the last boot with them did not end well
 * @BOOT_NOT_BUILT: there are none for this kernel
 */
enum boot_decision {
	BOOT_GO,
	BOOT_OFF,
	BOOT_STAY_OFF,
	BOOT_NOT_BUILT,
};

/**
 * struct boot_record - what is written down before the modules are loaded
 * @there: something is written down
 * @boot: the boot that wrote it; empty when that cannot be read
 * @started: when, in seconds since 1970
 * @monotonic: the same on the clock that only runs while the machine does
 */
struct boot_record {
	bool there;
	char boot[BOOT_ID_LEN];
	long long started;
	long long monotonic;
};

enum boot_decision boot_decide(const char *cmdline,
			       const struct boot_record *record,
			       const char *boot, bool built);
bool boot_line_says_off(const char *cmdline);
bool boot_record_parse(const char *text, struct boot_record *record);
long long boot_left(const struct boot_record *record, long long now,
		    long long seconds);

#endif
