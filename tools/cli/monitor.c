// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verb monitor: follows changes of state and events of subjects as they come
 * by netlink, or, with --batches, the batches of page reclaim as the tracepoints
 * tell of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "batches.h"
#include "capability.h"
#include "loop.h"

/* Columns of a row beside the axis. */
#define ROW_TEXT 72

/**
 * struct monitor - a monitor under way
 * @cli: context
 * @t: context of libtandem
 * @batches: follow batches, not states
 * @count: end after so many; 0 until q
 * @shown: how many there were
 * @loop: for waiting
 * @pipe: the trace
 * @ring: batches of late
 * @timeline: where they are drawn
 * @lost: events that the trace lost
 */
struct monitor {
	struct cli *cli;
	struct tandem *t;
	bool batches;
	unsigned long count;
	unsigned long shown;
	struct loop loop;
	struct trace_pipe pipe;
	struct batch_ring ring;
	struct timeline timeline;
	uint64_t lost;
};

static bool enough(const struct monitor *m)
{
	return m->count && m->shown >= m->count;
}

static void format_time(char *buf, size_t size, time_t at)
{
	struct tm tm;

	strftime(buf, size, "%F %T", localtime_r(&at, &tm));
}

static int show_state(const struct tandem_capability_info *info, void *arg)
{
	struct monitor *m = arg;
	struct printer *p = m->cli->out;
	char text[32];

	if (strcmp(info->name, m->cli->capability->name) || enough(m))
		return 0;
	format_time(text, sizeof(text), (time_t)(info->since_ns / NS_PER_S));
	print_str(p, "capability", NULL, info->name);
	print_str(p, "state", NULL, info->state_name);
	print_str(p, "reason", NULL, info->reason);
	print_u64(p, "since_ns", NULL, info->since_ns);
	print_u64(p, "in_flight", NULL, info->in_flight);
	print_note(p, "%s  %s  %s%s%s", text, info->name, info->state_name,
		   *info->reason ? ": " : "", info->reason);
	print_flush(p);
	m->shown++;
	return 0;
}

static int show_subject(const struct tandem_subject_event *event, void *arg)
{
	struct monitor *m = arg;
	struct printer *p = m->cli->out;
	char text[32];

	if (strcmp(event->capability, m->cli->capability->name) || enough(m))
		return 0;
	format_time(text, sizeof(text), time(NULL));
	print_str(p, "capability", NULL, event->capability);
	print_str(p, "subject", NULL, event->name);
	print_str(p, "what", NULL, event->what);
	print_note(p, "%s  %s  %s: %s", text, event->capability, event->name,
		   event->what);
	print_flush(p);
	m->shown++;
	return 0;
}

static int follow_states(struct monitor *m)
{
	struct tandem_capability_info info = { 0 };
	unsigned int events;
	int err = tandem_events_open(m->t);

	if (!err)
		err = tandem_capability_get(m->t, m->cli->capability->name,
					    &info);
	if (err)
		return cli_lib_error(m->t, err, "cannot follow the state");
	show_state(&info, m);
	m->loop.watched = tandem_events_fd(m->t);
	while (!enough(m)) {
		events = loop_wait(&m->loop);
		if (events & LOOP_QUIT)
			break;
		if (!(events & LOOP_READABLE))
			continue;
		err = tandem_events_read_all(m->t, show_state, show_subject,
					     m);
		if (err == -ENOBUFS)
			cli_error(NULL, "changes came too fast; some are not shown");
		else if (err)
			return cli_lib_error(m->t, err,
					     "cannot follow the state");
	}
	return CLI_OK;
}

static void batch_json(struct monitor *m, const struct batch *b,
		       const struct overlap *o)
{
	const struct trace_event *prepare = &b->event[TRACE_PREPARE];
	const struct trace_event *submit = &b->event[TRACE_SUBMIT];
	const struct trace_event *done = &b->event[TRACE_COMPLETE];
	struct printer *p = m->cli->out;

	print_u64(p, "id", NULL, done->id);
	print_u64(p, "stream", NULL, done->stream);
	print_u64(p, "node", NULL, (uint64_t)prepare->node);
	print_u64(p, "pages", NULL, done->pages);
	print_u64(p, "bios", NULL, submit->bios);
	print_u64(p, "freed", NULL, done->freed);
	print_u64(p, "requeued", NULL, done->requeued);
	print_u64(p, "errors", NULL, done->errors);
	print_u64(p, "prepare_start_ns", NULL, prepare->start_ns);
	print_u64(p, "prepare_end_ns", NULL, prepare->end_ns);
	print_u64(p, "submit_ns", NULL, submit->end_ns);
	print_u64(p, "complete_ns", NULL, done->end_ns);
	print_u64(p, "overlap_ns", NULL, o->ns);
	if (o->with)
		print_u64(p, "overlap_with", NULL, o->with);
	else
		print_str(p, "overlap_with", NULL, NULL);
	print_flush(p);
}

static void on_line(const char *line, void *arg)
{
	struct monitor *m = arg;
	const struct batch *batch;
	struct trace_event event;
	struct overlap overlap;
	uint64_t lost;

	if (trace_lost(line, &lost))
		m->lost += lost;
	if (!trace_parse(line, &event))
		return;
	batch = batch_add(&m->ring, &event);
	if (!batch || enough(m))
		return;
	batch_overlap(&m->ring, batch, &overlap);
	if (m->cli->json)
		batch_json(m, batch, &overlap);
	else
		timeline_row(&m->timeline, batch, &overlap);
	m->shown++;
}

static void fit_to_terminal(struct monitor *m)
{
	struct winsize size;

	m->timeline.width = 60;
	if (isatty(STDOUT_FILENO) &&
	    !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) &&
	    size.ws_col > ROW_TEXT + 20)
		m->timeline.width = size.ws_col - ROW_TEXT;
	m->timeline.column_ns = 0;
}

static int no_trace(int err)
{
	switch (err) {
	case -ENOENT:
		cli_error("load the module (tandem load), and mount tracefs:\n"
			  "mount -t tracefs nodev /sys/kernel/tracing",
			  "there are no tracepoints of tandem to follow");
		return CLI_NOT_LOADED;
	case -EACCES:
	case -EPERM:
		cli_error("run it as root", "may not follow the trace");
		return CLI_NOT_ALLOWED;
	default:
		cli_error(NULL, "cannot follow the trace: %s", strerror(-err));
		return CLI_FAILED;
	}
}

static int follow_trace(struct monitor *m)
{
	unsigned int events;
	int err = 0;

	m->loop.watched = m->pipe.fd;
	while (!err && !enough(m)) {
		events = loop_wait(&m->loop);
		if (events & LOOP_QUIT)
			break;
		if (events & LOOP_RESIZED)
			fit_to_terminal(m);
		if (events & (LOOP_READABLE | LOOP_TICK))
			err = trace_read(&m->pipe, on_line, m);
		fflush(stdout);
	}
	if (m->lost)
		cli_error(NULL, "the trace lost %" PRIu64 " events: some batches are not shown",
			  m->lost);
	return err ? no_trace(err) : CLI_OK;
}

static int follow_batches(struct monitor *m)
{
	int err, code;

	m->timeline.out = stdout;
	fit_to_terminal(m);
	err = trace_open(&m->pipe);
	code = err ? no_trace(err) : follow_trace(m);
	trace_close(&m->pipe);
	return code;
}

static int run(struct monitor *m)
{
	int code = m->batches ? CLI_OK :
				cli_connect(&m->t, "cannot follow the state");

	if (code)
		return code;
	if (loop_open(&m->loop, NS_PER_S / 5, true)) {
		cli_error(NULL, "cannot wait: %s", strerror(errno));
		code = CLI_FAILED;
	} else if (m->batches) {
		code = follow_batches(m);
	} else {
		code = follow_states(m);
	}
	loop_close(&m->loop);
	tandem_close(m->t);
	return code;
}

/* The first is for those that have batches. */
static const struct cli_option options[] = {
	{ "batches", 'b', NULL,
	  "Follow batches instead of states (needs root)", CLI_FLAG,
	  offsetof(struct monitor, batches), 0, 0 },
	{ "count", 'n', "N", "End after N of them", CLI_COUNT,
	  offsetof(struct monitor, count), 1, 0 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options + 1,
	.lines = true,
	.doc = "Follow changes of state, and for root also what happens to subjects. q quits.",
};

static const struct cli_syntax batches_syntax = {
	.options = options,
	.lines = true,
	.doc = "Follow changes of state. With --batches follow the batches instead: each row shows when a batch was prepared and when it was written, so that a preparation beside the write of the batch before can be seen. q quits.",
};

int cmd_monitor(struct cli *cli, int argc, char **argv)
{
	struct monitor *m = calloc(1, sizeof(*m));
	int code = m ? CLI_OK : CLI_FAILED;

	if (m) {
		m->cli = cli;
		code = cli_read(cli, cli->capability->batches ?
				&batches_syntax : &syntax, argc, argv, m);
	}
	if (!code)
		code = run(m);
	free(m);
	return code;
}
