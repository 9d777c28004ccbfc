// SPDX-License-Identifier: GPL-2.0-only
/* Memory cgroups of version 2: where they are, what they count, one of our own. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"

#define EMPTY_WAIT_MS 30000

static const char *below(const char *path)
{
	return *path == '/' ? path + 1 : path;
}

/**
 * cgroup_top - find where cgroups of version 2 are mounted
 * @root: the root
 * @path: gets the mount point
 * @size: of @path
 *
 * Field 5 of mountinfo is the mount point; the type follows the lone dash.
 *
 * Return: 0, or -ENOENT.
 */
int cgroup_top(const struct sysroot *root, char *path, size_t size)
{
	char *text = root_slurp(root, "/proc/self/mountinfo", NULL);
	char *next = text, *line, mount[256], type[32];
	int err = -ENOENT;

	while (err && text && (line = strsep(&next, "\n"))) {
		const char *dash = strstr(line, " - ");

		if (!dash || sscanf(dash, " - %31s", type) != 1 ||
		    strcmp(type, "cgroup2") ||
		    sscanf(line, "%*s %*s %*s %*s %255s", mount) != 1)
			continue;
		snprintf(path, size, "%s", mount);
		err = 0;
	}
	free(text);
	return err;
}

static bool has_word(const struct sysroot *root, const char *path,
		     const char *file, const char *word)
{
	char full[384], line[512], *next = line, *w;

	snprintf(full, sizeof(full), "%s/%s", path, file);
	if (root_line(root, full, line, sizeof(line)))
		return false;
	while ((w = strsep(&next, " ")))
		if (!strcmp(w, word))
			return true;
	return false;
}

/* A machine may have version 2 mounted and memory still in version 1. */
bool cgroup_has_memory(const struct sysroot *root, const char *path)
{
	return has_word(root, path, "cgroup.controllers", "memory");
}

static void take_stat(struct cgroup_memory *m, const char *name,
		      uint64_t value)
{
	if (!strcmp(name, "active_anon") || !strcmp(name, "inactive_anon")) {
		m->resident += value;
	} else if (!strcmp(name, "file_writeback")) {
		m->writeback = value;
	} else if (!strcmp(name, "pgscan")) {
		m->scanned = value;
	} else if (!strcmp(name, "pgsteal")) {
		m->stolen = value;
	} else if (!strcmp(name, "pswpout") || !strcmp(name, "zswpout")) {
		m->swapped_out += value;
		m->counts_swap = m->counts_swap || *name == 'p';
	}
}

/**
 * cgroup_memory_read - read what a memory cgroup counts
 * @root: the root
 * @path: of the cgroup
 * @m: filled in
 *
 * Return: 0, or -errno.
 */
int cgroup_memory_read(const struct sysroot *root, const char *path,
		       struct cgroup_memory *m)
{
	char full[512], *text, *next, *line, name[64];
	uint64_t value;

	memset(m, 0, sizeof(*m));
	snprintf(full, sizeof(full), "%s/memory.stat", path);
	text = root_slurp(root, full, NULL);
	if (!text)
		return -errno;
	next = text;
	while ((line = strsep(&next, "\n")))
		if (sscanf(line, "%63s %" SCNu64, name, &value) == 2)
			take_stat(m, name, value);
	free(text);
	return 0;
}

/**
 * pressure_read - read for how long some task has waited
 * @root: the root
 * @path: of the pressure file
 * @known: gets false when the kernel does not tell
 *
 * Return: microseconds.
 */
uint64_t pressure_read(const struct sysroot *root, const char *path,
		       bool *known)
{
	char line[128], *total;

	total = root_line(root, path, line, sizeof(line)) ?
			NULL : strstr(line, "total=");
	*known = total;
	return total ? strtoull(total + 6, NULL, 10) : 0;
}

static void path_of(const struct cgroup *cg, const char *file, char *path,
		    size_t size)
{
	snprintf(path, size, "%s/%s", cg->path, file);
}

/* A number in a file of our cgroup; 0 when there is none. */
uint64_t cgroup_u64(const struct cgroup *cg, const char *file)
{
	uint64_t value = 0;
	char path[384];

	path_of(cg, file, path, sizeof(path));
	return root_u64(cg->root, path, &value) ? 0 : value;
}

/**
 * cgroup_flush - make memory.stat exact
 * @cg: our cgroup
 *
 * The kernel lets the counts of the CPUs run ahead of memory.stat by some
 * pages each. A look at cpu.stat adds all of them up, those of memory too.
 */
void cgroup_flush(const struct cgroup *cg)
{
	char path[384], line[64];

	path_of(cg, "cpu.stat", path, sizeof(path));
	root_line(cg->root, path, line, sizeof(line));
}

static int write_file(const struct sysroot *root, const char *path,
		      const char *text)
{
	int fd = openat(root->fd, below(path), O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Writes to a file of our cgroup. */
int cgroup_write(const struct cgroup *cg, const char *file, const char *text)
{
	char path[384];

	path_of(cg, file, path, sizeof(path));
	return write_file(cg->root, path, text);
}

static int control(const struct cgroup *cg, const char *word)
{
	char path[384];

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", cg->top);
	return write_file(cg->root, path, word);
}

/**
 * cgroup_make - make a memory cgroup of our own
 * @cg: filled in, also after a failure
 * @root: the machine
 * @name: of the cgroup, below the topmost
 *
 * Return: 0, or -errno; -EEXIST when somebody else has made it.
 */
int cgroup_make(struct cgroup *cg, const struct sysroot *root,
		const char *name)
{
	int err;

	memset(cg, 0, sizeof(*cg));
	cg->root = root;
	err = cgroup_top(root, cg->top, sizeof(cg->top));
	if (err)
		return err;
	snprintf(cg->path, sizeof(cg->path), "%s/%s", cg->top, name);
	if (mkdirat(root->fd, below(cg->path), 0755))
		return -errno;
	cg->made = true;
	if (has_word(root, cg->top, "cgroup.subtree_control", "memory"))
		return 0;
	err = control(cg, "+memory");
	cg->controlled = !err;
	return err;
}

static bool populated(int fd)
{
	char text[128] = "";
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	return got > 0 && strstr(text, "populated 1");
}

/* The kernel wakes who polls cgroup.events when the last task has left. */
static void wait_until_empty(const struct cgroup *cg)
{
	struct pollfd events = { .events = POLLPRI };
	char path[384];

	path_of(cg, "cgroup.events", path, sizeof(path));
	events.fd = root_openfile(cg->root, path);
	if (events.fd < 0)
		return;
	while (populated(events.fd) && poll(&events, 1, EMPTY_WAIT_MS) > 0)
		;
	close(events.fd);
}

/**
 * cgroup_remove - end all that runs in our cgroup, and remove it
 * @cg: what cgroup_make() has filled in
 *
 * Return: 0, or -errno.
 */
int cgroup_remove(struct cgroup *cg)
{
	int err = 0;

	if (!cg->made)
		return 0;
	cgroup_write(cg, "cgroup.kill", "1");
	wait_until_empty(cg);
	if (unlinkat(cg->root->fd, below(cg->path), AT_REMOVEDIR) &&
	    errno != ENOENT)
		err = -errno;
	if (cg->controlled)
		control(cg, "-memory");
	cg->made = false;
	return err;
}
