// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host reclaims, and which of its cgroups, between two moments.
 *
 * A cgroup counts for those below it too, so only those with none below are
 * looked at: that is where programs live.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "machine.h"
#include "watch.h"

#define MAX_CGROUPS 8192
#define MAX_DEPTH 16

static void read_host(const struct sysroot *root, struct host_counts *c)
{
	const struct {
		const char *name;
		uint64_t *to;
	} rows[] = {
		{ "pgscan_anon", &c->scanned }, { "pgscan_file", &c->scanned },
		{ "pgsteal_anon", &c->stolen_anon },
		{ "pgsteal_file", &c->stolen_file },
		{ "pswpout", &c->swapped }, { "zswpout", &c->compressed },
	};
	char *text = root_slurp(root, "/proc/vmstat", NULL);
	char *next = text, *line, name[64];
	uint64_t value;
	bool known;
	size_t i;

	memset(c, 0, sizeof(*c));
	while (text && (line = strsep(&next, "\n"))) {
		if (sscanf(line, "%63s %" SCNu64, name, &value) != 2)
			continue;
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (!strcmp(name, rows[i].name))
				*rows[i].to += value;
		if (!strcmp(name, "pgsteal_anon"))
			c->readable = true;
	}
	free(text);
	c->shootdowns = machine_interrupts(root, "TLB:");
	c->calls = machine_interrupts(root, "CAL:");
	c->pressure_us = pressure_read(root, "/proc/pressure/memory", &known);
}

static uint64_t more(uint64_t old, uint64_t now)
{
	return now > old ? now - old : 0;
}

static void host_between(const struct host_counts *old,
			 struct host_counts *now)
{
	now->scanned = more(old->scanned, now->scanned);
	now->stolen_anon = more(old->stolen_anon, now->stolen_anon);
	now->stolen_file = more(old->stolen_file, now->stolen_file);
	now->swapped = more(old->swapped, now->swapped);
	now->compressed = more(old->compressed, now->compressed);
	now->shootdowns = more(old->shootdowns, now->shootdowns);
	now->calls = more(old->calls, now->calls);
	now->pressure_us = more(old->pressure_us, now->pressure_us);
}

static uint64_t stalled(const struct watch *w, const char *path)
{
	char full[512];
	bool known;

	snprintf(full, sizeof(full), "%s%s/memory.pressure", w->top, path);
	return pressure_read(w->root, full, &known);
}

static int read_cgroup(const struct watch *w, const char *path,
		       struct cgroup_memory *memory)
{
	char full[512];

	if (snprintf(full, sizeof(full), "%s%s", w->top, path) >=
	    (int)sizeof(full))
		return -ENAMETOOLONG;
	return cgroup_memory_read(w->root, full, memory);
}

static void add(struct watch *w, const char *path,
		const struct cgroup_memory *memory)
{
	struct watched *more_room, *c;

	if (w->n == MAX_CGROUPS)
		return;
	/* Room is made whenever the number is a power of two. */
	if (!(w->n & (w->n - 1))) {
		more_room = realloc(w->list, (w->n ? 2 * w->n : 1) *
				    sizeof(*w->list));
		if (!more_room)
			return;
		w->list = more_room;
	}
	c = &w->list[w->n];
	memset(c, 0, sizeof(*c));
	c->path = strdup(path);
	if (!c->path)
		return;
	c->memory = *memory;
	c->pressure_us = stalled(w, path);
	w->n++;
}

/* Whether the cgroup counts memory; it is added when none below does. */
static bool walk(struct watch *w, const char *path, int depth)
{
	struct cgroup_memory memory;
	bool counts, parent = false;
	struct dirent *entry;
	char below[512];
	DIR *dir;

	counts = !read_cgroup(w, path, &memory);
	snprintf(below, sizeof(below), "%s%s", w->top, path);
	dir = depth ? root_opendir(w->root, below) : NULL;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    snprintf(below, sizeof(below), "%s/%s", path,
			     entry->d_name) >= (int)sizeof(below))
			continue;
		parent |= walk(w, below, depth - 1);
	}
	if (dir)
		closedir(dir);
	if (counts && !parent)
		add(w, path, &memory);
	return counts;
}

/**
 * watch_begin - begin to watch a host
 * @watch: filled in; watch_free() is due
 * @root: where it is
 *
 * Return: 0, or -errno when it has no cgroups that count memory; the host is
 * watched all the same.
 */
int watch_begin(struct watch *watch, const struct sysroot *root)
{
	int err;

	memset(watch, 0, sizeof(*watch));
	watch->root = root;
	err = cgroup_top(root, watch->top, sizeof(watch->top));
	if (!err)
		walk(watch, "", MAX_DEPTH);
	read_host(root, &watch->before);
	watch->began_ns = now_ns();
	return err ? err : watch->n ? 0 : -ENOENT;
}

static unsigned int lines_of(const struct watch *w, const char *path,
			     const char *file)
{
	unsigned int n = 0;
	char full[512], *text, *c;

	snprintf(full, sizeof(full), "%s%s/%s", w->top, path, file);
	text = root_slurp(w->root, full, NULL);
	for (c = text; c && *c; c++)
		n += *c == '\n';
	free(text);
	return n;
}

static void look_again(const struct watch *w, struct watched *c)
{
	struct cgroup_memory now;

	c->gone = read_cgroup(w, c->path, &now);
	if (c->gone) {
		memset(&c->memory, 0, sizeof(c->memory));
		c->pressure_us = 0;
		return;
	}
	now.scanned = more(c->memory.scanned, now.scanned);
	now.stolen = more(c->memory.stolen, now.stolen);
	now.swapped_out = more(c->memory.swapped_out, now.swapped_out);
	c->memory = now;
	c->pressure_us = more(c->pressure_us, stalled(w, c->path));
	if (!now.stolen && !now.scanned)
		return;
	c->processes = lines_of(w, c->path, "cgroup.procs");
	c->threads = lines_of(w, c->path, "cgroup.threads");
}

static int by_reclaim(const void *a, const void *b)
{
	const struct watched *x = a, *y = b;

	if (x->memory.stolen != y->memory.stolen)
		return x->memory.stolen < y->memory.stolen ? 1 : -1;
	return (x->memory.scanned < y->memory.scanned) -
	       (x->memory.scanned > y->memory.scanned);
}

/* Looks again, and keeps what has been counted since watch_begin(). */
void watch_end(struct watch *watch)
{
	size_t i;

	watch->seconds = (double)(now_ns() - watch->began_ns) / 1e9;
	read_host(watch->root, &watch->host);
	host_between(&watch->before, &watch->host);
	for (i = 0; i < watch->n; i++)
		look_again(watch, &watch->list[i]);
	if (watch->n)
		qsort(watch->list, watch->n, sizeof(*watch->list),
		      by_reclaim);
}

void watch_free(struct watch *watch)
{
	while (watch->n)
		free(watch->list[--watch->n].path);
	free(watch->list);
	watch->list = NULL;
}
