// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of a boot that has loaded the modules, on disk.
 *
 * What was written has reached the disk, and so has its name, before the
 * modules can do any harm.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "boot_state.h"

#define NAME "boot"
#define NEW_NAME "boot.new"

/* This boot, as the kernel names it. */
void boot_id(const struct sysroot *root, char *id)
{
	root_line(root, "/proc/sys/kernel/random/boot_id", id, BOOT_ID_LEN);
}

/* What was written down, if anything. */
void boot_state_read(const struct sysroot *root, struct boot_record *record)
{
	char *text = root_slurp(root, BOOT_RECORD, NULL);

	boot_record_parse(text, record);
	free(text);
}

static int make_below(int above, const char *name)
{
	int fd;

	if (mkdirat(above, name, 0755) && errno != EEXIST)
		return -errno;
	fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int sync_and_close(int fd, int err)
{
	if (!err && fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

/* Our directory; the name of a new one is made to last. */
static int open_dir(const struct sysroot *root)
{
	int above, fd;

	above = openat(root->fd, "var/lib", O_RDONLY | O_DIRECTORY |
		       O_CLOEXEC);
	if (above < 0)
		return -errno;
	fd = make_below(above, "tandem");
	sync_and_close(above, fd < 0 ? fd : 0);
	return fd;
}

static int write_new(int dir, const char *text)
{
	size_t len = strlen(text);
	int fd = openat(dir, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC |
			O_CLOEXEC | O_NOFOLLOW, 0644);
	ssize_t done;

	if (fd < 0)
		return -errno;
	done = write(fd, text, len);
	return sync_and_close(fd, done == (ssize_t)len ? 0 :
				  done < 0 ? -errno : -ENOSPC);
}

static long long seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec;
}

/**
 * boot_state_write - write down that this boot loads the modules
 * @root: the root
 *
 * Return: 0 when it has reached the disk, or -errno.
 */
int boot_state_write(const struct sysroot *root)
{
	char text[128], id[BOOT_ID_LEN];
	int dir = open_dir(root), err;

	if (dir < 0)
		return dir;
	boot_id(root, id);
	snprintf(text, sizeof(text),
		 "boot=%s\nstarted=%lld\nmonotonic=%lld\n", id,
		 seconds(CLOCK_REALTIME), seconds(CLOCK_MONOTONIC));
	err = write_new(dir, text);
	if (!err && renameat(dir, NEW_NAME, dir, NAME))
		err = -errno;
	return sync_and_close(dir, err);
}

/**
 * boot_state_remove - remove what was written down
 * @root: the root
 *
 * Return: 0, also when there was nothing, or -errno.
 */
int boot_state_remove(const struct sysroot *root)
{
	int dir = openat(root->fd, &BOOT_DIR[1], O_RDONLY | O_DIRECTORY |
			 O_CLOEXEC);
	int err = 0;

	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	if (unlinkat(dir, NAME, 0) && errno != ENOENT)
		err = -errno;
	return sync_and_close(dir, err);
}
