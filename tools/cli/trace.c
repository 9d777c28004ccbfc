// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of the kernel's trace, as events of batches.
 *
 * The trace is followed through an instance of its own, so that nobody else's
 * tracing is disturbed. It bears the number of this process and goes away
 * with it; one that a killed process left behind is removed at the next start.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace.h"

#define INSTANCE "tandem-"

static const char *const event_names[] = {
	[TRACE_PREPARE] = "batch_prepare",
	[TRACE_SUBMIT] = "batch_submit",
	[TRACE_COMPLETE] = "batch_complete",
};

#define NR_EVENTS (sizeof(event_names) / sizeof(event_names[0]))

/* Finds " name=" or ": name=" in a line; NULL when it is not there. */
static const char *field(const char *line, const char *name)
{
	size_t len = strlen(name);
	const char *at = line;

	while ((at = strstr(at, name))) {
		if (at > line && at[-1] == ' ' && at[len] == '=')
			return at + len + 1;
		at += len;
	}
	return NULL;
}

static bool number(const char *line, const char *name, uint64_t *value)
{
	const char *text = field(line, name);
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	*value = strtoull(text, &end, 10);
	return !*end || isspace((unsigned char)*end);
}

static const char *find_event(const char *line, struct trace_event *event)
{
	char mark[40];
	const char *at;
	size_t i;

	for (i = 0; i < NR_EVENTS; i++) {
		snprintf(mark, sizeof(mark), ": %s: ", event_names[i]);
		at = strstr(line, mark);
		if (!at)
			continue;
		event->kind = (enum trace_kind)i;
		return at + strlen(mark) - 1;
	}
	return NULL;
}

static bool parse_rest(const char *fields, struct trace_event *e)
{
	uint64_t node = 0;

	switch (e->kind) {
	case TRACE_PREPARE:
		if (number(fields, "node", &node))
			e->node = (int)node;
		return number(fields, "start_ns", &e->start_ns) &&
		       number(fields, "end_ns", &e->end_ns);
	case TRACE_SUBMIT:
		return number(fields, "nr_bios", &e->bios) &&
		       number(fields, "submit_ns", &e->end_ns);
	case TRACE_COMPLETE:
		return number(fields, "freed", &e->freed) &&
		       number(fields, "requeued", &e->requeued) &&
		       number(fields, "errors", &e->errors) &&
		       number(fields, "done_ns", &e->end_ns);
	}
	return false;
}

/**
 * trace_parse - read a line of the trace
 * @line: the line
 * @event: filled in
 *
 * Return: false when it is not an event of a batch, or a broken one.
 */
bool trace_parse(const char *line, struct trace_event *event)
{
	const char *fields;

	memset(event, 0, sizeof(*event));
	fields = find_event(line, event);
	return fields && number(fields, "id", &event->id) &&
	       number(fields, "stream", &event->stream) &&
	       number(fields, "nr_pages", &event->pages) &&
	       parse_rest(fields, event);
}

/**
 * trace_lost - does a line say that events were lost
 * @line: the line
 * @lost: gets how many
 *
 * Return: true when it does.
 */
bool trace_lost(const char *line, uint64_t *lost)
{
	const char *at = strstr(line, "[LOST ");

	return at && sscanf(at, "[LOST %" SCNu64 " EVENTS]", lost) == 1;
}

static int write_at(const char *dir, const char *file, const char *text)
{
	char path[192];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static void remove_stale(const char *instances)
{
	char path[352];
	struct dirent *entry;
	DIR *dir = opendir(instances);
	pid_t pid;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, INSTANCE, strlen(INSTANCE)))
			continue;
		pid = atoi(entry->d_name + strlen(INSTANCE));
		if (pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), "%s/%s", instances,
			 entry->d_name);
		rmdir(path);
	}
	if (dir)
		closedir(dir);
}

static int make_instance(struct trace_pipe *pipe)
{
	static const char *const places[] = {
		"/sys/kernel/tracing/instances",
		"/sys/kernel/debug/tracing/instances",
	};
	int err = -ENOENT;
	size_t i;

	for (i = 0; i < 2; i++) {
		remove_stale(places[i]);
		snprintf(pipe->dir, sizeof(pipe->dir), "%s/" INSTANCE "%d",
			 places[i], (int)getpid());
		if (!mkdir(pipe->dir, 0700))
			return 0;
		if (errno != ENOENT)
			err = -errno;
	}
	pipe->dir[0] = '\0';
	return err;
}

static int switch_on(struct trace_pipe *pipe)
{
	char file[64];
	int err = 0;
	size_t i;

	write_at(pipe->dir, "trace_clock", "mono");
	/* Task names are not shown: spare every context switch a probe. */
	write_at(pipe->dir, "options/record-cmd", "0");
	/* Else poll() waits until the buffer is half full. */
	write_at(pipe->dir, "buffer_percent", "0");
	for (i = 0; i < NR_EVENTS && !err; i++) {
		snprintf(file, sizeof(file), "events/tandem/%s/enable",
			 event_names[i]);
		err = write_at(pipe->dir, file, "1");
	}
	return err;
}

/**
 * trace_open - begin to follow the trace
 * @pipe: filled in
 *
 * Return: 0; -ENOENT without tracefs or without the tracepoints; another
 * errno. trace_close() is due in every case.
 */
int trace_open(struct trace_pipe *pipe)
{
	char path[160];
	int err;

	memset(pipe, 0, sizeof(*pipe));
	pipe->fd = -1;
	err = make_instance(pipe);
	if (!err)
		err = switch_on(pipe);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/trace_pipe", pipe->dir);
	pipe->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return pipe->fd < 0 ? -errno : 0;
}

static void take_lines(struct trace_pipe *pipe, trace_line_fn fn, void *arg)
{
	char *line = pipe->buf, *end;

	pipe->buf[pipe->used] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		fn(line, arg);
		line = end + 1;
	}
	pipe->used -= (size_t)(line - pipe->buf);
	memmove(pipe->buf, line, pipe->used);
	/* A line that fills the whole buffer is no line of ours. */
	if (pipe->used == sizeof(pipe->buf) - 1)
		pipe->used = 0;
}

/**
 * trace_read - read the lines that have come
 * @pipe: the pipe
 * @fn: called for each line
 * @arg: for @fn
 *
 * Return: 0, or -errno.
 */
int trace_read(struct trace_pipe *pipe, trace_line_fn fn, void *arg)
{
	ssize_t got;

	for (;;) {
		got = read(pipe->fd, pipe->buf + pipe->used,
			   sizeof(pipe->buf) - 1 - pipe->used);
		if (got <= 0)
			break;
		pipe->used += (size_t)got;
		take_lines(pipe, fn, arg);
	}
	return got < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

void trace_close(struct trace_pipe *pipe)
{
	if (pipe->fd >= 0)
		close(pipe->fd);
	pipe->fd = -1;
	if (!*pipe->dir)
		return;
	write_at(pipe->dir, "events/enable", "0");
	rmdir(pipe->dir);
	pipe->dir[0] = '\0';
}
