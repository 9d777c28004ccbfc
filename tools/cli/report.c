// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem report: one tarball for a bug report, with what a developer asks for
 * first, and without what tells whose machine it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "redact.h"
#include "tar.h"

#define MAX_PARTS 16

/**
 * struct part - a file of the report
 * @name: in the archive
 * @what: it holds, for the list of contents
 * @text: its contents
 */
struct part {
	const char *name;
	const char *what;
	char *text;
};

/**
 * struct report - a report being put together
 * @cli: context
 * @modules_dir: where to look for modules, or NULL
 * @redactor: what is left out
 * @parts: the files
 * @n: how many
 */
struct report {
	struct cli *cli;
	const char *modules_dir;
	struct redactor redactor;
	struct part parts[MAX_PARTS];
	size_t n;
};

static void add(struct report *r, const char *name, const char *what,
		const char *text)
{
	char *clean = redact(&r->redactor, text);

	if (!clean || r->n == MAX_PARTS) {
		free(clean);
		return;
	}
	r->parts[r->n].name = name;
	r->parts[r->n].what = what;
	r->parts[r->n++].text = clean;
}

typedef int (*part_fn)(struct cli *cli, const char *arg);

/* What a command prints, as a file. */
static void add_output(struct report *r, const char *name, const char *what,
		       enum print_format format, part_fn fn, const char *arg)
{
	struct cli inner = *r->cli;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	inner.out = printer_new(f, format, false);
	if (inner.out) {
		fn(&inner, arg);
		printer_finish(inner.out);
		printer_free(inner.out);
	}
	fclose(f);
	add(r, name, what, text);
	free(text);
}

static void add_version(struct report *r)
{
	char *version = root_slurp(&r->cli->root, "/proc/version", NULL);
	char *distribution = root_slurp(&r->cli->root, "/etc/os-release",
					NULL);
	char *text = NULL;

	if (asprintf(&text, "tandem %s\n%s\n%s", TANDEM_VERSION,
		     version ? version : "kernel version not readable\n",
		     distribution ? distribution : "") >= 0)
		add(r, "version.txt", "versions of tandem, kernel, distribution",
		    text);
	free(text);
	free(version);
	free(distribution);
}

static bool concerns_us(const char *message)
{
	return strstr(message, "tandem") || strstr(message, "livepatch");
}

/* A record is "priority,number,microseconds,flags;message". */
static void one_record(FILE *f, const char *record)
{
	const char *message = strchr(record, ';');
	unsigned long long us = 0;

	if (!message || !concerns_us(message))
		return;
	if (sscanf(record, "%*[^,],%*[^,],%llu", &us) != 1)
		us = 0;
	fprintf(f, "[%5llu.%06llu] %.*s\n", us / 1000000, us % 1000000,
		(int)strcspn(message + 1, "\n"), message + 1);
}

static void read_records(FILE *f, int fd)
{
	char record[8192];
	ssize_t got;

	for (;;) {
		got = read(fd, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			return;
		record[got] = '\0';
		one_record(f, record);
	}
}

static void add_kernel_log(struct report *r)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f && fd >= 0)
		read_records(f, fd);
	else if (f)
		fprintf(f, "not readable: %s\n", strerror(errno));
	if (f) {
		fclose(f);
		add(r, "kernel-log.txt",
		    "kernel log lines about tandem and livepatches", text);
	}
	free(text);
	if (fd >= 0)
		close(fd);
}

static void add_config(struct report *r)
{
	char *text = root_slurp(&r->cli->root, CONFIG_PATH, NULL);

	add(r, "tandem.conf", "the configuration file",
	    text ? text : "# there is none\n");
	free(text);
}

static void add_counters(struct report *r)
{
	static const char absent[] = "the modules are not loaded\n";
	struct tandem *t;
	int err = tandem_open(&t);
	const char *name;
	size_t i;

	tandem_close(t);
	if (err) {
		add(r, "counters.txt", "statistics and knobs", absent);
		return;
	}
	for (i = 0; (name = tandem_known_capability(i)); i++) {
		add_output(r, "stats.json", "statistics", PRINT_JSON, stat_run,
			   name);
		add_output(r, "knobs.json", "state and knobs", PRINT_JSON,
			   show_run, name);
	}
}

static void add_machine(struct report *r)
{
	static const struct {
		const char *path;
		const char *name;
	} files[] = {
		{ "/proc/meminfo", "meminfo.txt" },
		{ "/proc/swaps", "swaps.txt" },
		{ "/proc/pressure/memory", "pressure.txt" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		char *text = root_slurp(&r->cli->root, files[i].path, NULL);

		if (text)
			add(r, files[i].name, files[i].path, text);
		free(text);
	}
}

static void collect(struct report *r)
{
	redactor_of_machine(&r->redactor);
	add_version(r);
	add_output(r, "doctor.txt", "what tandem doctor says", PRINT_TEXT,
		   doctor_run, r->modules_dir);
	add_output(r, "doctor.json", "the same as JSON", PRINT_JSON,
		   doctor_run, r->modules_dir);
	add_output(r, "status.json", "what tandem status says", PRINT_JSON,
		   status_run, r->modules_dir);
	add_counters(r);
	add_machine(r);
	add_kernel_log(r);
	add_config(r);
}

static char *contents(const struct report *r)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fputs("A report for the developers of tandem. Left out: names of the host and of\n"
	      "users, IP and MAC addresses, command lines. Please look through it all the\n"
	      "same before you send it.\n\n", f);
	for (i = 0; i < r->n; i++)
		fprintf(f, "%-16s %6zu bytes  %s\n", r->parts[i].name,
			strlen(r->parts[i].text), r->parts[i].what);
	fclose(f);
	return text;
}

static int pack(struct report *r, const char *path)
{
	char name[99], *list = contents(r);
	struct tar tar;
	int err;
	size_t i;

	err = list ? tar_open(&tar, path) : -ENOMEM;
	if (!err) {
		tar_add(&tar, "tandem-report/CONTENTS", list, strlen(list));
		for (i = 0; i < r->n; i++) {
			snprintf(name, sizeof(name), "tandem-report/%s",
				 r->parts[i].name);
			tar_add(&tar, name, r->parts[i].text,
				strlen(r->parts[i].text));
		}
		err = tar_close(&tar);
	}
	free(list);
	return err;
}

static const struct print_column columns[] = {
	{ "name", "FILE", false, false },
	{ "bytes", "BYTES", true, false },
	{ "what", "WHAT IT IS", false, false },
};

static void show(struct report *r, const char *path)
{
	struct printer *p = r->cli->out;
	size_t i;

	print_str(p, "file", NULL, path);
	print_note(p, "%s holds:\n", path);
	print_table(p, "contents", columns, ARRAY_SIZE(columns));
	for (i = 0; i < r->n; i++) {
		print_cell_str(p, r->parts[i].name);
		print_cell_u64(p, strlen(r->parts[i].text));
		print_cell_str(p, r->parts[i].what);
	}
	print_table_end(p);
	print_note(p, "\nLeft out: names of the host and of users, IP and MAC addresses, command lines.\nPlease look through it before you send it.");
}

static int make_report(struct report *r, const char *path)
{
	int err, code = CLI_OK;
	char name[64];
	time_t now = time(NULL);
	struct tm tm;
	size_t i;

	strftime(name, sizeof(name), "tandem-report-%Y%m%d-%H%M%S.tar.gz",
		 localtime_r(&now, &tm));
	path = path ? path : name;
	collect(r);
	err = pack(r, path);
	if (err) {
		cli_error(err == -EEXIST ? "name another with --output" : NULL,
			  "cannot write %s: %s", path, strerror(-err));
		code = CLI_FAILED;
	} else {
		show(r, path);
	}
	for (i = 0; i < r->n; i++)
		free(r->parts[i].text);
	return code;
}

struct arguments {
	const char *path;
	const char *modules_dir;
};

static const struct cli_option options[] = {
	{ "output", 'o', "FILE",
	  "Write FILE instead of tandem-report-DATE.tar.gz here", CLI_TEXT,
	  offsetof(struct arguments, path), 0, 0 },
	{ "modules", 0, "DIR", "Look for built modules in DIR", CLI_TEXT,
	  offsetof(struct arguments, modules_dir), 0, 0 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.doc = "Make one tarball for a bug report: doctor, status, statistics, knobs, kernel log lines of tandem, configuration and versions. Names of the host and of users, IP and MAC addresses are left out.",
};

int cmd_report(struct cli *cli, int argc, char **argv)
{
	struct report *r = calloc(1, sizeof(*r));
	struct arguments a = { 0 };
	int code = r ? cli_read(cli, &syntax, argc, argv, &a) : CLI_FAILED;

	if (!code) {
		r->cli = cli;
		r->modules_dir = a.modules_dir;
		code = make_report(r, a.path);
	}
	free(r);
	return code;
}
