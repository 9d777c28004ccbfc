// SPDX-License-Identifier: GPL-2.0-only
/* The swap devices and files of a machine: where they are, what kind. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "swaps.h"

static const struct {
	const char *prefix;
	const char *kind;
	bool synchronous;
} disks[] = {
	{ "zram", "compressed memory (zram)", true },
	{ "ram", "memory disk (brd)", true },
	{ "pmem", "persistent memory", true },
	{ "nvme", "NVMe", false },
	{ "vd", "virtio disk", false },
	{ "sd", "SCSI or SATA disk", false },
	{ "dm-", "device mapper", false },
	{ "md", "RAID", false },
	{ "nullb", "null device", false },
	{ "mmcblk", "memory card", false },
	{ "xvd", "Xen disk", false },
	{ "loop", "loop device", false },
};

static void classify(struct swap_info *swap, const char *where)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(disks); i++) {
		if (strncmp(swap->disk, disks[i].prefix,
			    strlen(disks[i].prefix)))
			continue;
		snprintf(swap->kind, sizeof(swap->kind), "%s %s", where,
			 disks[i].kind);
		swap->synchronous = disks[i].synchronous;
		return;
	}
	snprintf(swap->kind, sizeof(swap->kind), "%s %s", where,
		 *swap->disk ? swap->disk : "a device that is not known");
}

static void base_name(char *to, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(to, size, "%s", slash ? slash + 1 : path);
}

/*
 * The file system that holds a file is the mount point that is the longest
 * beginning of its path; field 5 of mountinfo is the mount point, and the
 * device follows the type after the lone dash.
 */
static void disk_of_file(const struct sysroot *root, const char *path,
			 char *disk, size_t size)
{
	char *text = root_slurp(root, "/proc/self/mountinfo", NULL);
	char *next = text, *line;
	size_t best = 0;

	*disk = '\0';
	while (text && (line = strsep(&next, "\n"))) {
		char mount[256], device[256], *dash = strstr(line, " - ");
		size_t len;

		if (!dash ||
		    sscanf(line, "%*s %*s %*s %*s %255s", mount) != 1 ||
		    sscanf(dash, " - %*s %255s", device) != 1)
			continue;
		len = strcmp(mount, "/") ? strlen(mount) : 0;
		if (strncmp(mount, path, len) || path[len] != '/' ||
		    (best && len < best))
			continue;
		best = len;
		base_name(disk, size, device);
	}
	free(text);
}

/**
 * swap_list - the swap devices and files in use
 * @root: the root
 * @list: gets them
 * @max: how many fit
 *
 * Return: how many there are in @list.
 */
size_t swap_list(const struct sysroot *root, struct swap_info *list,
		 size_t max)
{
	char *text = root_slurp(root, "/proc/swaps", NULL);
	char *next = text, *line, type[32];
	size_t n = 0;

	while (text && n < max && (line = strsep(&next, "\n"))) {
		struct swap_info *s = &list[n];

		memset(s, 0, sizeof(*s));
		if (sscanf(line, "%255s %31s %" SCNu64 " %*s %d", s->name,
			   type, &s->size_kib, &s->priority) != 4)
			continue;
		if (!strcmp(type, "file")) {
			disk_of_file(root, s->name, s->disk, sizeof(s->disk));
			classify(s, "file on");
		} else {
			base_name(s->disk, sizeof(s->disk), s->name);
			classify(s, "on");
		}
		n++;
	}
	free(text);
	return n;
}
