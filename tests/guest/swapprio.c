// SPDX-License-Identifier: GPL-2.0-only
/*
 * swapprio: swapon with a priority, which busybox's own may not offer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>

int main(int argc, char **argv)
{
	int flags;

	if (argc != 3) {
		fputs("usage: swapprio PRIORITY DEVICE\n", stderr);
		return 2;
	}
	flags = SWAP_FLAG_PREFER | (atoi(argv[1]) & SWAP_FLAG_PRIO_MASK);
	if (swapon(argv[2], flags)) {
		fprintf(stderr, "swapprio: %s: %s\n", argv[2],
			strerror(errno));
		return 1;
	}
	return 0;
}
