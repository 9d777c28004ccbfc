/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of the kernel's trace, as events of batches. */
#ifndef TANDEM_CLI_TRACE_H
#define TANDEM_CLI_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trace_kind { TRACE_PREPARE, TRACE_SUBMIT, TRACE_COMPLETE };

/**
 * struct trace_event - an event of a batch
 * @kind: which of the three
 * @id: of the batch
 * @stream: the reclaiming task
 * @pages: in the batch
 * @node: memory node, of prepare
 * @start_ns: preparation began, of prepare
 * @end_ns: it ended, of prepare; the write was handed over, of submit; all is
 *          done, of complete
 * @bios: writes, of submit
 * @freed: pages freed, of complete
 * @requeued: pages kept because they were used, of complete
 * @errors: pages kept because their write failed, of complete
 */
struct trace_event {
	enum trace_kind kind;
	uint64_t id;
	uint64_t stream;
	uint64_t pages;
	int node;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t bios;
	uint64_t freed;
	uint64_t requeued;
	uint64_t errors;
};

bool trace_parse(const char *line, struct trace_event *event);
bool trace_lost(const char *line, uint64_t *lost);

/**
 * struct trace_pipe - an own instance of the kernel's trace
 * @dir: its directory; empty when there is none
 * @fd: its pipe, or -1
 * @buf: what was read and is no whole line yet
 * @used: bytes in @buf
 */
struct trace_pipe {
	char dir[96];
	int fd;
	char buf[16384];
	size_t used;
};

typedef void (*trace_line_fn)(const char *line, void *arg);

int trace_open(struct trace_pipe *pipe);
int trace_read(struct trace_pipe *pipe, trace_line_fn fn, void *arg);
void trace_close(struct trace_pipe *pipe);

#endif
