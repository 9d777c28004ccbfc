// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmtable: makes and removes device-mapper devices of one target, for guests
 * that have no dmsetup. One that is suspended keeps what it is asked for until it
 * is resumed.
 *
 *   dmtable create NAME SECTORS TARGET "PARAMETERS"    prints /dev/dm-N
 *   dmtable suspend|resume|remove NAME
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static union {
	struct dm_ioctl head;
	char bytes[4096];
} request;

static void die(const char *what)
{
	fprintf(stderr, "dmtable: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void call(unsigned long cmd, const char *what)
{
	int fd = open("/dev/mapper/control", O_RDWR);

	if (fd < 0)
		die("/dev/mapper/control");
	if (ioctl(fd, cmd, &request))
		die(what);
	close(fd);
}

static void prepare(const char *name)
{
	memset(&request, 0, sizeof(request));
	request.head.version[0] = DM_VERSION_MAJOR;
	request.head.data_size = sizeof(request);
	request.head.data_start = sizeof(request.head);
	snprintf(request.head.name, sizeof(request.head.name), "%s", name);
}

static void load_table(const char *name, const char *sectors,
		       const char *target, const char *parameters)
{
	struct dm_target_spec *spec;
	size_t room = sizeof(request) - sizeof(request.head) - sizeof(*spec);

	prepare(name);
	request.head.target_count = 1;
	spec = (void *)(request.bytes + sizeof(request.head));
	spec->length = strtoull(sectors, NULL, 0);
	snprintf(spec->target_type, sizeof(spec->target_type), "%s", target);
	snprintf((char *)(spec + 1), room, "%s", parameters);
	call(DM_TABLE_LOAD, "table");
}

static void resume(const char *name)
{
	prepare(name);
	call(DM_DEV_SUSPEND, "resume");
}

/* What is under way is not waited for, and there is no file system. */
static void suspend(const char *name)
{
	prepare(name);
	request.head.flags = DM_SUSPEND_FLAG | DM_NOFLUSH_FLAG |
			     DM_SKIP_LOCKFS_FLAG;
	call(DM_DEV_SUSPEND, "suspend");
}

static void remove_device(const char *name)
{
	prepare(name);
	call(DM_DEV_REMOVE, "remove");
}

static void create(char **argv)
{
	prepare(argv[0]);
	call(DM_DEV_CREATE, "create");
	load_table(argv[0], argv[1], argv[2], argv[3]);
	resume(argv[0]);
	printf("/dev/dm-%u\n", minor(request.head.dev));
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "create")) {
		create(argv + 2);
	} else if (argc == 3 && !strcmp(argv[1], "suspend")) {
		suspend(argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "resume")) {
		resume(argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "remove")) {
		remove_device(argv[2]);
	} else {
		fputs("usage: dmtable create NAME SECTORS TARGET PARAMETERS | suspend|resume|remove NAME\n",
		      stderr);
		return 2;
	}
	return 0;
}
