// SPDX-License-Identifier: GPL-2.0-only
/*
 * pageout: asks the kernel to page out a range of another process, given by
 * the file that pagestress -R wrote, and says how much of it is still mapped.
 * It never looks at the data: verifying is the owner's work.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGE 4096UL

static void die(const char *what)
{
	fprintf(stderr, "pageout: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static unsigned long count_present(int pid, unsigned long start,
				   unsigned long pages)
{
	unsigned long i, present = 0;
	uint64_t entry;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(path);
	for (i = 0; i < pages; i++) {
		if (pread(fd, &entry, 8, (start / PAGE + i) * 8) != 8)
			die("pagemap");
		present += entry >> 63;
	}
	close(fd);
	return present;
}

/* A call stops at a limit or a signal: go on from where it stopped. */
static void page_out(int pidfd, unsigned long start, unsigned long length)
{
	while (length) {
		struct iovec iov = { (void *)start, length };
		long n = syscall(SYS_process_madvise, pidfd, &iov, 1,
				 MADV_PAGEOUT, 0);

		if (n <= 0)
			die("process_madvise");
		start += n;
		length -= n;
	}
}

int main(int argc, char **argv)
{
	unsigned long start, length, rounds = 1;
	int pid = 0, pidfd;
	double began;
	FILE *f;

	if (argc < 2 || argc > 3) {
		fputs("usage: pageout RANGES-FILE [ROUNDS]\n", stderr);
		return 2;
	}
	if (argc == 3)
		rounds = strtoul(argv[2], NULL, 0);
	f = fopen(argv[1], "r");
	if (!f || fscanf(f, "%d %lu %lu", &pid, &start, &length) != 3)
		die(argv[1]);
	fclose(f);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		die("pidfd_open");
	began = seconds();
	while (rounds--)
		page_out(pidfd, start, length);
	printf("pageout: pid=%d pages=%lu ms=%.0f present=%lu\n", pid,
	       length / PAGE, (seconds() - began) * 1000,
	       count_present(pid, start, length / PAGE));
	return 0;
}
