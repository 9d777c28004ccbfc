// SPDX-License-Identifier: GPL-2.0-only
/* Writes a compressed tar archive (POSIX ustar) of files that are in memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tar.h"

#define BLOCK 512

/* The header of a file, as POSIX has it: numbers are octal text. */
struct header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char pad[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header fills a block");

static void put(struct tar *tar, const void *data, size_t len)
{
	if (!tar->failed && len &&
	    gzwrite(tar->gz, data, (unsigned int)len) != (int)len)
		tar->failed = EIO;
}

/**
 * tar_open - begin an archive
 * @tar: filled in
 * @path: file, which must not be there yet; only its owner may read it
 *
 * Return: 0, or -errno.
 */
int tar_open(struct tar *tar, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	tar->failed = 0;
	tar->gz = gzdopen(fd, "wb9");
	if (tar->gz)
		return 0;
	close(fd);
	return -ENOMEM;
}

/**
 * tar_add - add a file
 * @tar: archive
 * @name: of the file, at most 99 bytes
 * @data: its contents
 * @len: their length
 */
void tar_add(struct tar *tar, const char *name, const void *data, size_t len)
{
	static const char zeros[BLOCK];
	struct header h = { .type = '0' };
	unsigned int sum = 0;
	size_t i;

	snprintf(h.name, sizeof(h.name), "%s", name);
	strcpy(h.mode, "0000644");
	strcpy(h.uid, "0000000");
	strcpy(h.gid, "0000000");
	snprintf(h.size, sizeof(h.size), "%011lo", (unsigned long)len);
	snprintf(h.mtime, sizeof(h.mtime), "%011lo",
		 (unsigned long)time(NULL));
	memcpy(h.magic, "ustar", 6);
	memcpy(h.version, "00", 2);
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (i = 0; i < sizeof(h); i++)
		sum += ((unsigned char *)&h)[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	put(tar, &h, sizeof(h));
	put(tar, data, len);
	if (len % BLOCK)
		put(tar, zeros, BLOCK - len % BLOCK);
}

/**
 * tar_close - end an archive
 * @tar: archive
 *
 * Return: 0, or -errno when any of it could not be written.
 */
int tar_close(struct tar *tar)
{
	static const char zeros[2 * BLOCK];

	put(tar, zeros, sizeof(zeros));
	if (gzclose(tar->gz) != Z_OK && !tar->failed)
		tar->failed = EIO;
	return -tar->failed;
}
