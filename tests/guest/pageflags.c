// SPDX-License-Identifier: GPL-2.0-only
/*
 * pageflags: how many pages of a range of physical memory are being written,
 * for tests that need them to be in one place.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "pageflags: %s: %s\n", what, strerror(errno));
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned long pfn, end, writing = 0;
	uint64_t flags;
	int fd;

	if (argc != 3) {
		fputs("usage: pageflags FIRST-PAGE-FRAME COUNT\n", stderr);
		return 2;
	}
	fd = open("/proc/kpageflags", O_RDONLY);
	if (fd < 0)
		die("/proc/kpageflags");
	pfn = strtoul(argv[1], NULL, 0);
	end = pfn + strtoul(argv[2], NULL, 0);
	for (; pfn < end; pfn++) {
		if (pread(fd, &flags, 8, pfn * 8) != 8)
			die("read");
		writing += flags >> KPF_WRITEBACK & 1;
	}
	printf("%lu\n", writing);
	return 0;
}
