/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a compressed tar archive of files that are in memory. */
#ifndef TANDEM_CLI_TAR_H
#define TANDEM_CLI_TAR_H

#include <stddef.h>
#include <zlib.h>

/**
 * struct tar - an archive being written
 * @gz: compressed file
 * @failed: something could not be written
 */
struct tar {
	gzFile gz;
	int failed;
};

int tar_open(struct tar *tar, const char *path);
void tar_add(struct tar *tar, const char *name, const void *data, size_t len);
int tar_close(struct tar *tar);

#endif
