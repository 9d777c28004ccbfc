// SPDX-License-Identifier: GPL-2.0-only
/*
 * asuser: runs a command with fewer rights, without needing login tools.
 *
 *   asuser plain CMD...      an ordinary user: uid 1000, no capabilities
 *   asuser netadmin CMD...   uid 1000 with CAP_NET_ADMIN alone
 *   asuser rootnet CMD...    uid 0 with CAP_NET_ADMIN alone (a container)
 *   asuser userns CMD...     uid 1000, then root of an own user namespace
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USER 1000

static void die(const char *what)
{
	fprintf(stderr, "asuser: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void set_capabilities(unsigned int mask)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = mask, .permitted = mask, .inheritable = mask },
	};

	if (syscall(SYS_capset, &head, data))
		die("capset");
}

/* Without this, exec as uid 0 would bring every capability back. */
static void drop_bounding_set(unsigned int keep)
{
	unsigned int cap;

	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if ((cap > 31 || !(keep >> cap & 1)) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EINVAL)
			die("bounding set");
}

static void become(int uid, unsigned int caps)
{
	unsigned int cap;

	drop_bounding_set(caps);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		die("keepcaps");
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die("setresuid");
	set_capabilities(caps);
	for (cap = 0; cap < 32; cap++)
		if (caps >> cap & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			die("ambient set");
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void enter_user_namespace(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		die("setresuid");
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		die("dumpable");
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		die("unshare");
	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", "0 1000 1");
	write_text("/proc/self/gid_map", "0 1000 1");
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: asuser plain|netadmin|rootnet|userns CMD...\n",
		      stderr);
		return 125;
	}
	if (!strcmp(argv[1], "plain"))
		become(USER, 0);
	else if (!strcmp(argv[1], "netadmin"))
		become(USER, 1 << CAP_NET_ADMIN);
	else if (!strcmp(argv[1], "rootnet"))
		become(0, 1 << CAP_NET_ADMIN);
	else if (!strcmp(argv[1], "userns"))
		enter_user_namespace();
	else
		die(argv[1]);
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
