// SPDX-License-Identifier: GPL-2.0-only
/* Recorded accesses in a file: the whole of it is read, or what is wrong. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tier_trace.h"

#define FIRST_LINE "# tandem tier trace 1"
#define BLANKS " \t\r\n"
#define MOST_US 1000000000000000ULL	/* 31 years */

/**
 * struct reader - a trace that is read
 * @trace: gets it
 * @error: gets what is wrong
 * @first_us: time of the first access
 * @last_us: time of the last one
 * @phase: another phase begins with the next access
 */
struct reader {
	struct tier_trace *trace;
	struct trace_error *error;
	uint64_t first_us;
	uint64_t last_us;
	bool phase;
};

static int __attribute__((format(printf, 2, 3)))
wrong(struct reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->error->text, sizeof(r->error->text), format, args);
	va_end(args);
	return -EINVAL;
}

static int out_of_memory(struct reader *r)
{
	wrong(r, "out of memory");
	return -ENOMEM;
}

static int number(struct reader *r, const char *what, const char *text,
		  uint64_t max, uint64_t *value)
{
	char *end;

	if (!text)
		return wrong(r, "no %s: a line is TIME WORKLOAD PAGE [COUNT]",
			     what);
	errno = 0;
	*value = strtoull(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	if (!isdigit((unsigned char)*text) || *end || errno)
		return wrong(r, "the %s is a whole number, not \"%.32s\"",
			     what, text);
	if (*value > max)
		return wrong(r, "the %s is at most %llu, not %.32s", what,
			     (unsigned long long)max, text);
	return 0;
}

static int workload(struct reader *r, const char *name, uint8_t *index)
{
	struct tier_trace *t = r->trace;
	unsigned int i;

	if (!name)
		return wrong(r, "no workload: a line is TIME WORKLOAD PAGE [COUNT]");
	if (strlen(name) >= SIM_NAME || strpbrk(name, ":,"))
		return wrong(r, "a workload has a name of up to %d letters, without : and ,",
			     SIM_NAME - 1);
	for (i = 0; i < t->nr_names && strcmp(t->names[i], name); i++)
		;
	if (i == SIM_WORKLOADS)
		return wrong(r, "more than %d workloads", SIM_WORKLOADS);
	if (i == t->nr_names)
		strcpy(t->names[t->nr_names++], name);
	*index = (uint8_t)i;
	return 0;
}

/* From the first access on: a trace may begin at any time. */
static int set_time(struct reader *r, uint64_t time, struct trace_access *a)
{
	uint64_t us = r->trace->counts_windows ?
			      time * TRACE_WINDOW_MS * 1000 : time;

	if (!r->trace->n) {
		r->first_us = us;
		r->last_us = us;
	}
	if (us < r->last_us)
		return wrong(r, "goes back in time, from %llu to %llu",
			     (unsigned long long)r->last_us,
			     (unsigned long long)us);
	if (us - r->first_us > MOST_US)
		return wrong(r, "more than %llu s after the first access",
			     MOST_US / 1000000);
	r->last_us = us;
	a->at_us = us - r->first_us;
	return 0;
}

static int add(struct reader *r, const struct trace_access *a)
{
	struct tier_trace *t = r->trace;

	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 4096;
		struct trace_access *list;

		list = reallocarray(t->list, room, sizeof(*list));
		if (!list)
			return out_of_memory(r);
		t->list = list;
		t->room = room;
	}
	t->list[t->n++] = *a;
	return 0;
}

static int read_access(struct reader *r, char *line)
{
	struct trace_access a = { .phase = r->phase };
	char *rest, *text = strtok_r(line, BLANKS, &rest);
	uint64_t most = r->trace->counts_windows ?
				UINT64_MAX / 1000 / TRACE_WINDOW_MS : UINT64_MAX;
	uint64_t time, count = 1;
	int err = number(r, r->trace->counts_windows ? "window" : "time",
			 text, most, &time);

	if (!err)
		err = workload(r, strtok_r(NULL, BLANKS, &rest), &a.workload);
	if (!err)
		err = number(r, "page", strtok_r(NULL, BLANKS, &rest),
			     UINT64_MAX, &a.page);
	text = err ? NULL : strtok_r(NULL, BLANKS, &rest);
	if (text)
		err = number(r, "count", text, UINT32_MAX, &count);
	if (!err && !count)
		return wrong(r, "the count is at least 1");
	text = err ? NULL : strtok_r(NULL, BLANKS, &rest);
	if (text)
		return wrong(r, "\"%.32s\" is too much behind the count",
			     text);
	a.count = (uint32_t)count;
	if (!err)
		err = set_time(r, time, &a);
	if (!err)
		err = add(r, &a);
	r->phase = false;
	return err;
}

static int read_unit(struct reader *r, const char *unit)
{
	if (r->trace->n)
		return wrong(r, "the unit has to stand before the accesses");
	if (unit && !strcmp(unit, "window"))
		r->trace->counts_windows = true;
	else if (!unit || strcmp(unit, "us"))
		return wrong(r, "the unit is us or window, not \"%.32s\"",
			     unit ? unit : "");
	return 0;
}

/* Lines with a # are remarks, but for the few that mean something. */
static int read_remark(struct reader *r, char *line)
{
	char *rest, *word = strtok_r(line + 1, BLANKS, &rest);

	if (word && !strcmp(word, "unit"))
		return read_unit(r, strtok_r(NULL, BLANKS, &rest));
	if (word && !strcmp(word, "phase"))
		r->phase = r->trace->n;
	return 0;
}

static int read_line(struct reader *r, char *line, size_t len)
{
	r->error->line++;
	if (strlen(line) != len)
		return wrong(r, "not a line of text");
	line[strcspn(line, "\r\n")] = '\0';
	if (r->error->line == 1)
		return strcmp(line, FIRST_LINE) ?
		       wrong(r, "no trace: the first line is not \"%s\"",
			     FIRST_LINE) : 0;
	if (line[strspn(line, BLANKS)] == '\0')
		return 0;
	return *line == '#' ? read_remark(r, line) : read_access(r, line);
}

/**
 * tier_trace_read - read a trace
 * @f: where from
 * @trace: gets it; to be freed also after a failure
 * @error: gets what is wrong, and where
 *
 * Return: 0, -EINVAL, -EIO or -ENOMEM.
 */
int tier_trace_read(FILE *f, struct tier_trace *trace,
		    struct trace_error *error)
{
	struct reader r = { .trace = trace, .error = error };
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int err = 0;

	memset(trace, 0, sizeof(*trace));
	memset(error, 0, sizeof(*error));
	while (!err && (len = getline(&line, &room, f)) >= 0)
		err = read_line(&r, line, (size_t)len);
	free(line);
	if (!err && ferror(f)) {
		error->line = 0;
		wrong(&r, "cannot be read: %s", strerror(errno));
		return -EIO;
	}
	if (!err && !trace->n)
		err = wrong(&r, error->line ? "no access in it" :
			    "no trace: it is empty");
	return err;
}

/**
 * tier_trace_pages - count the pages of a trace
 * @trace: trace
 *
 * Return: how many, or -ENOMEM.
 */
int64_t tier_trace_pages(const struct tier_trace *trace)
{
	const struct sim_config none = { .window_ms = 1 };
	struct tier_sim *sim = tier_sim_new(&none);
	int64_t most = -1, page = 0;
	size_t i;

	if (!sim)
		return -ENOMEM;
	for (i = 0; i < trace->n && page >= 0; i++) {
		page = tier_sim_page(sim, trace->list[i].workload,
				     trace->list[i].page);
		if (page > most)
			most = page;
	}
	tier_sim_free(sim);
	return page < 0 ? page : most + 1;
}

void tier_trace_free(struct tier_trace *trace)
{
	free(trace->list);
	trace->list = NULL;
}
