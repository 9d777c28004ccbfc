// SPDX-License-Identifier: GPL-2.0-only
/* tandem metrics: prints all counters as OpenMetrics text, or as JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "metrics.h"

#define MAX_SETS 8

struct collection {
	struct metric_set sets[MAX_SETS];
	size_t n;
};

static int keep_capability(const struct tandem_capability_info *info,
			   void *arg)
{
	struct collection *c = arg;

	if (c->n < MAX_SETS)
		c->sets[c->n++].info = *info;
	return 0;
}

static int keep_stat(const struct tandem_stat_info *stat, void *arg)
{
	struct metric_set *set = arg;

	if (set->nr_stats < MAX_METRICS)
		set->stats[set->nr_stats++] = *stat;
	return 0;
}

static int keep_knob(const struct tandem_knob_info *knob, void *arg)
{
	struct metric_set *set = arg;

	if (set->nr_knobs < MAX_METRICS)
		set->knobs[set->nr_knobs++] = *knob;
	return 0;
}

static int collect(struct tandem *t, struct collection *c)
{
	int err = tandem_capabilities(t, keep_capability, c);
	size_t i;

	for (i = 0; !err && i < c->n; i++) {
		err = tandem_stats(t, c->sets[i].info.name, keep_stat,
				   &c->sets[i]);
		if (!err)
			err = tandem_knobs(t, c->sets[i].info.name, keep_knob,
					   &c->sets[i]);
	}
	return err;
}

static void print_json(struct printer *p, const struct collection *c)
{
	size_t i, s;

	print_bool(p, "up", NULL, c->n > 0);
	print_open(p, "capabilities");
	for (i = 0; i < c->n; i++) {
		const struct metric_set *set = &c->sets[i];

		print_open(p, set->info.name);
		print_str(p, "state", NULL, set->info.state_name);
		print_u64(p, "since_ns", NULL, set->info.since_ns);
		print_u64(p, "in_flight", NULL, set->info.in_flight);
		print_str(p, "version", NULL, set->info.version);
		print_str(p, "built_for", NULL, set->info.built_for);
		print_open(p, "stats");
		for (s = 0; s < set->nr_stats; s++)
			print_u64(p, set->stats[s].name, NULL,
				  set->stats[s].value);
		print_close(p);
		print_open(p, "knobs");
		for (s = 0; s < set->nr_knobs; s++)
			print_u64(p, set->knobs[s].name, NULL,
				  set->knobs[s].value);
		print_close(p);
		print_close(p);
	}
	print_close(p);
}

/* A collector never sees half a file: the new one takes the old one's place. */
static int write_file(const char *path, const struct collection *c)
{
	char temporary[4096];
	int fd, err = 0;
	FILE *f;

	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return -errno;
	metrics_write(f, c->sets, c->n);
	if (fflush(f) || fchmod(fd, 0644))
		err = -errno;
	fclose(f);
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

static int output(struct cli *cli, const char *path,
		  const struct collection *c)
{
	int err;

	if (cli->json) {
		print_json(cli->out, c);
		return CLI_OK;
	}
	if (!path) {
		metrics_write(stdout, c->sets, c->n);
		return CLI_OK;
	}
	err = write_file(path, c);
	if (!err)
		return CLI_OK;
	cli_error(NULL, "cannot write %s: %s", path, strerror(-err));
	return CLI_FAILED;
}

static int metrics(struct cli *cli, const char *path)
{
	struct collection *c = calloc(1, sizeof(*c));
	struct tandem *t;
	int err = tandem_open(&t), code;

	if (!c) {
		tandem_close(t);
		return CLI_FAILED;
	}
	if (!err)
		err = collect(t, c);
	/* Not loaded is a fact worth a metric, and no failure. */
	if (err == -ENOENT) {
		c->n = 0;
		err = 0;
	}
	code = err ? cli_lib_error(t, err, "cannot read the statistics") :
		     output(cli, path, c);
	tandem_close(t);
	free(c);
	return code;
}

struct arguments {
	const char *path;
};

static const struct cli_option options[] = {
	{ "output", 'o', "FILE", "Write FILE, which is replaced as a whole",
	  CLI_TEXT, offsetof(struct arguments, path), 0, 0 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.doc = "Print all counters as OpenMetrics text, as node_exporter's textfile collector takes it.",
};

int cmd_metrics(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { 0 };
	int code = cli_read(cli, &syntax, argc, argv, &a);

	return code ? code : metrics(cli, a.path);
}
