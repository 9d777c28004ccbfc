/* SPDX-License-Identifier: GPL-2.0-only */
/* What the unit tests share: cmocka, and made-up trees of /proc and /sys. */
#ifndef TANDEM_TESTS_UNIT_H
#define TANDEM_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/**
 * struct tree - a made-up tree in a temporary directory
 * @dir: the directory
 */
struct tree {
	char dir[64];
};

void tree_make(struct tree *tree);
void tree_file(const struct tree *tree, const char *path, const char *text);
void tree_bytes(const struct tree *tree, const char *path, const void *data,
		size_t len);
void tree_remove(struct tree *tree);

#endif
