/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading of /proc and /sys, below a chosen root.
 *
 * Every file that the command line reads about the machine is read through
 * here, so that a test can hand in a made-up tree. Nothing here writes.
 */
#ifndef TANDEM_CLI_ROOT_H
#define TANDEM_CLI_ROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct sysroot - the directory that stands for "/"
 * @fd: open directory
 * @real: true when it is the machine's own root
 */
struct sysroot {
	int fd;
	bool real;
};

int root_open(struct sysroot *root, const char *dir);
void root_close(struct sysroot *root);

bool root_exists(const struct sysroot *root, const char *path);
int root_openfile(const struct sysroot *root, const char *path);
DIR *root_opendir(const struct sysroot *root, const char *path);
char *root_slurp(const struct sysroot *root, const char *path, size_t *len);
int root_line(const struct sysroot *root, const char *path, char *buf,
	      size_t size);
int root_u64(const struct sysroot *root, const char *path, uint64_t *value);

#endif
