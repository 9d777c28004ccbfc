// SPDX-License-Identifier: GPL-2.0-only
/* Made-up trees of /proc and /sys for the unit tests. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

void tree_make(struct tree *tree)
{
	strcpy(tree->dir, "/tmp/tandem-unit-XXXXXX");
	assert_non_null(mkdtemp(tree->dir));
}

/* Makes the directories above the file too. */
void tree_bytes(const struct tree *tree, const char *path, const void *data,
		size_t len)
{
	char full[512], *slash;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", tree->dir, path);
	for (slash = full + strlen(tree->dir) + 1;
	     (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

void tree_file(const struct tree *tree, const char *path, const char *text)
{
	tree_bytes(tree, path, text, strlen(text));
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void tree_remove(struct tree *tree)
{
	nftw(tree->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
