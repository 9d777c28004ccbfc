// SPDX-License-Identifier: GPL-2.0-only
/* Reading of /proc and /sys, below a chosen root. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "root.h"

static const char *relative(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

/**
 * root_open - choose the directory that stands for "/"
 * @root: filled in
 * @dir: the directory, or NULL for the machine's own root
 *
 * Return: 0, or -errno.
 */
int root_open(struct sysroot *root, const char *dir)
{
	root->real = !dir;
	root->fd = open(dir ? dir : "/", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	return root->fd < 0 ? -errno : 0;
}

void root_close(struct sysroot *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

bool root_exists(const struct sysroot *root, const char *path)
{
	return !faccessat(root->fd, relative(path), F_OK, 0);
}

/**
 * root_openfile - open a file for reading
 * @root: the root
 * @path: absolute path below it
 *
 * Return: a descriptor, or -errno.
 */
int root_openfile(const struct sysroot *root, const char *path)
{
	int fd = openat(root->fd, relative(path), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

DIR *root_opendir(const struct sysroot *root, const char *path)
{
	int fd = openat(root->fd, relative(path),
			O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

static char *slurp_fd(int fd, size_t *len)
{
	size_t size = 4096, used = 0;
	char *buf = malloc(size), *more;
	ssize_t got;

	while (buf) {
		got = read(fd, buf + used, size - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		used += got;
		if (!got) {
			buf[used] = '\0';
			if (len)
				*len = used;
			return buf;
		}
		if (size - used > 1)
			continue;
		size *= 2;
		more = realloc(buf, size);
		if (!more)
			break;
		buf = more;
	}
	free(buf);
	return NULL;
}

/**
 * root_slurp - read a whole file
 * @root: the root
 * @path: absolute path below it
 * @len: when not NULL, gets the length
 *
 * Return: the contents with a NUL after them, to be freed by the caller, or
 * NULL with errno set.
 */
char *root_slurp(const struct sysroot *root, const char *path, size_t *len)
{
	int fd = root_openfile(root, path);
	char *text;
	int saved;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	text = slurp_fd(fd, len);
	saved = errno;
	close(fd);
	errno = saved;
	return text;
}

/**
 * root_line - read the first line of a file
 * @root: the root
 * @path: absolute path below it
 * @buf: gets the line without its newline, cut at @size
 * @size: of @buf
 *
 * Return: 0, or -errno; @buf is then an empty string.
 */
int root_line(const struct sysroot *root, const char *path, char *buf,
	      size_t size)
{
	int fd = root_openfile(root, path);
	ssize_t got;
	int err;

	buf[0] = '\0';
	if (fd < 0)
		return fd;
	got = read(fd, buf, size - 1);
	err = got < 0 ? -errno : 0;
	close(fd);
	buf[got > 0 ? got : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return err;
}

int root_u64(const struct sysroot *root, const char *path, uint64_t *value)
{
	char buf[64], *end;
	int err = root_line(root, path, buf, sizeof(buf));

	if (err)
		return err;
	errno = 0;
	*value = strtoull(buf, &end, 0);
	return errno || end == buf ? -EINVAL : 0;
}
