/* SPDX-License-Identifier: GPL-2.0-only */
/* The record of a boot that has loaded the modules, on disk. */
#ifndef TANDEM_CLI_BOOT_STATE_H
#define TANDEM_CLI_BOOT_STATE_H

#include "boot_policy.h"
#include "root.h"

#define BOOT_DIR "/var/lib/tandem"
#define BOOT_RECORD BOOT_DIR "/boot"

void boot_id(const struct sysroot *root, char *id);
void boot_state_read(const struct sysroot *root, struct boot_record *record);
int boot_state_write(const struct sysroot *root);
int boot_state_remove(const struct sysroot *root);

#endif
