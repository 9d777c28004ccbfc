// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexecload: loads another kernel and jumps into it at once, without stopping
 * anything first, as `kexec -l` and `kexec -e` do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "kexecload: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die(path);
	return fd;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "go")) {
		reboot(LINUX_REBOOT_CMD_KEXEC);
		die("reboot");
	}
	if (argc != 4) {
		fputs("usage: kexecload KERNEL INITRD COMMAND-LINE | go\n",
		      stderr);
		return 2;
	}
	if (syscall(SYS_kexec_file_load, open_file(argv[1]),
		    open_file(argv[2]), strlen(argv[3]) + 1, argv[3], 0L))
		die("kexec_file_load");
	return 0;
}
