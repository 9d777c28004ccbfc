/* SPDX-License-Identifier: GPL-2.0-only */
/* The process whose memory the bench pushes out: it fills, waits and verifies. */
#ifndef TANDEM_CLI_BENCH_WORK_H
#define TANDEM_CLI_BENCH_WORK_H

#include <stdint.h>
#include <sys/types.h>

#define WORK_PAGE 4096UL

/**
 * enum work_verb - what the process can be asked for
 * @WORK_FILL: new memory with a pattern of this seed; all threads but one are
 *             busy from then on; answers with the address
 * @WORK_RESIDENT: answers with the number of pages that are in memory
 * @WORK_VERIFY: read all of it back; answers with the number of wrong pages
 */
enum work_verb { WORK_FILL, WORK_RESIDENT, WORK_VERIFY };

/**
 * struct work_order - what the process is asked for
 * @verb: from enum work_verb
 * @seed: of the pattern
 */
struct work_order {
	uint64_t verb;
	uint64_t seed;
};

/**
 * struct work - the process as its parent sees it
 * @pid: of the process
 * @pidfd: for process_madvise()
 * @socket: orders go out, an int64_t comes back for each, < 0 for -errno
 * @bytes: of memory
 */
struct work {
	pid_t pid;
	int pidfd;
	int socket;
	uint64_t bytes;
};

int work_start(struct work *work, int procs, uint64_t bytes,
	       unsigned int threads);
int work_ask(const struct work *work, enum work_verb verb, uint64_t seed);
int64_t work_answer(const struct work *work);
void work_end(struct work *work);

#endif
