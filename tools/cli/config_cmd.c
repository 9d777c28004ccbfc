// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem config: checks, applies and saves the configuration file.
 *
 * A file is applied only when all of it is right. Should the kernel refuse a
 * part all the same, what was set before it is put back. Workloads come last,
 * each for itself: the cgroup of one may not be there yet.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "config_workloads.h"
#include "nodes.h"

#define MAX_KNOBS 64
#define MAX_SECTIONS 8
#define POSSIBLE_NODES "/sys/devices/system/node/possible"

/**
 * struct knobs - the knobs of a capability
 * @list: the knobs
 * @n: how many
 */
struct knobs {
	struct tandem_knob_info list[MAX_KNOBS];
	size_t n;
};

/**
 * struct section - a section of the file that has been applied
 * @name: capability
 * @before: knobs as they were
 * @enabled_before: what it was switched to
 */
struct section {
	const char *name;
	struct knobs before;
	bool enabled_before;
};

static int keep_knob(const struct tandem_knob_info *knob, void *arg)
{
	struct knobs *knobs = arg;

	if (knobs->n < MAX_KNOBS)
		knobs->list[knobs->n++] = *knob;
	return 0;
}

static int ask_knobs(struct tandem *t, const char *name, struct knobs *knobs)
{
	knobs->n = 0;
	return tandem_knobs(t, name, keep_knob, knobs);
}

/* The limits that count are the kernel's, and those known when it has none. */
static void limits_of(struct tandem *t, const char *name, struct knobs *knobs)
{
	const struct tandem_knob_info *known;
	size_t n;

	knobs->n = 0;
	if (t && !ask_knobs(t, name, knobs) && knobs->n)
		return;
	known = tandem_known_knobs(name, &n);
	knobs->n = n < MAX_KNOBS ? n : MAX_KNOBS;
	if (known)
		memcpy(knobs->list, known, knobs->n * sizeof(*known));
}

static void print_faults(struct cli *cli, const struct tandem_config *config,
			 const char *path)
{
	static const struct print_column columns[] = {
		{ "file", NULL, false, false },
		{ "line", NULL, false, false },
		{ "key", NULL, false, false },
		{ "message", NULL, false, false },
	};
	const struct tandem_config_fault *fault;
	size_t i;

	if (!printer_is_json(cli->out)) {
		for (i = 0; (fault = tandem_config_fault(config, i)); i++)
			fprintf(stderr, "%s:%u: %s\n", path, fault->line,
				fault->text);
		return;
	}
	print_table(cli->out, "errors", columns, ARRAY_SIZE(columns));
	for (i = 0; (fault = tandem_config_fault(config, i)); i++) {
		print_cell_str(cli->out, path);
		print_cell_u64(cli->out, fault->line);
		print_cell_str(cli->out, fault->key);
		print_cell_str(cli->out, fault->text);
	}
	print_table_end(cli->out);
}

static int unreadable(const char *path, int err)
{
	cli_error(err == -ENOENT ? "tandem config save writes one" : NULL,
		  "cannot read %s: %s", path, strerror(-err));
	return err == -EACCES ? CLI_NOT_ALLOWED : CLI_USAGE;
}

/* The kernel would take a mask with nodes that it will never have. */
static int check_mask(struct tandem_config *config,
		      const struct tandem_config_entry *e,
		      const struct nodes *possible)
{
	char text[NODES_TEXT], why[NODES_TEXT + 64];
	unsigned int node = 0;
	int err;

	while (node < 32 && (!(e->number >> node & 1) ||
			     nodes_has(possible, node)))
		node++;
	if (node == 32)
		return 0;
	nodes_format(possible, text);
	snprintf(why, sizeof(why),
		 "slow_nodes has node %u in it; this machine can have %s", node,
		 text);
	err = tandem_config_blame(config, e->line, e->key, why);
	return err ? err : -EINVAL;
}

static int check_nodes(const struct cli *cli, struct tandem_config *config)
{
	const struct tandem_config_entry *e;
	struct nodes possible;
	size_t i;

	if (nodes_read(&cli->root, POSSIBLE_NODES, &possible))
		return 0;
	for (i = 0; (e = tandem_config_entry(config, i)); i++)
		if (tandem_config_is_of(e, CAPABILITY_TIER, NULL) &&
		    !strcmp(e->key, "slow_nodes"))
			return check_mask(config, e, &possible);
	return 0;
}

static int check_together(const struct cli *cli, struct tandem_config *config)
{
	int err = workloads_check_shares(config);
	int nodes = err == -ENOMEM ? 0 : check_nodes(cli, config);

	return nodes ? nodes : err;
}

/* Reads and checks the whole file; @config is set whenever faults are. */
static int check_all(struct cli *cli, struct tandem *t, const char *path,
		     struct tandem_config **config)
{
	int err = tandem_config_read(config, path);
	struct knobs knobs;
	const char *name;
	size_t i;

	if (!*config)
		return unreadable(path, err);
	for (i = 0; (name = tandem_known_capability(i)); i++) {
		limits_of(t, name, &knobs);
		err = tandem_config_check(*config, name, knobs.list, knobs.n);
		if (err != -ENOMEM)
			err = workloads_check(t, *config, name);
		if (err == -ENOMEM)
			return unreadable(path, err);
	}
	if (!err)
		err = check_together(cli, *config);
	print_str(cli->out, "file", NULL, path);
	print_bool(cli->out, "valid", NULL, !err);
	if (err)
		print_faults(cli, *config, path);
	return err ? CLI_USAGE : CLI_OK;
}

/**
 * config_check - check a configuration file and say what is wrong
 * @cli: context, ready to print
 * @path: the file
 *
 * Return: an exit code.
 */
int config_check(struct cli *cli, const char *path)
{
	struct tandem_config *config;
	struct tandem *t;
	int code;

	if (tandem_open(&t)) {
		tandem_close(t);
		t = NULL;
	}
	code = check_all(cli, t, path, &config);
	if (!code)
		print_note(cli->out, "%s is right", path);
	tandem_config_free(config);
	tandem_close(t);
	return code;
}

/* Returns the entry of a section's "enabled", or NULL. */
static const struct tandem_config_entry *
collect(const struct tandem_config *config, const char *name,
	struct tandem_knob_value *values, size_t *n)
{
	const struct tandem_config_entry *e, *enabled = NULL;
	size_t i;

	*n = 0;
	for (i = 0; (e = tandem_config_entry(config, i)); i++) {
		if (!tandem_config_is_of(e, name, NULL))
			continue;
		if (!strcmp(e->key, "enabled")) {
			enabled = e;
		} else if (*n < MAX_KNOBS) {
			values[*n].name = e->key;
			values[(*n)++].value = e->number;
		}
	}
	return enabled;
}

static void put_back(struct tandem *t, const struct section *s)
{
	struct tandem_knob_value values[MAX_KNOBS];
	size_t i;

	for (i = 0; i < s->before.n; i++) {
		values[i].name = s->before.list[i].name;
		values[i].value = s->before.list[i].value;
	}
	tandem_knobs_set(t, s->name, values, s->before.n);
	tandem_capability_set(t, s->name, s->enabled_before);
}

static int apply_section(struct tandem *t, const struct tandem_config *config,
			 struct section *s)
{
	const struct tandem_config_entry *enabled;
	struct tandem_knob_value values[MAX_KNOBS];
	struct tandem_capability_info info = { 0 };
	size_t n;
	int err;

	enabled = collect(config, s->name, values, &n);
	if (!enabled && !n && !workloads_any(config, s->name))
		return 0;
	err = tandem_capability_get(t, s->name, &info);
	if (!err)
		err = ask_knobs(t, s->name, &s->before);
	if (err)
		return err;
	s->enabled_before = info.enabled;
	if (n)
		err = tandem_knobs_set(t, s->name, values, n);
	if (!err && enabled && s->enabled_before != !!enabled->number)
		err = tandem_capability_set(t, s->name, enabled->number);
	return err;
}

/*
 * What failed half-way is put back too: its knobs may have been set before
 * it could not be switched on.
 */
static int apply(struct tandem *t, const struct tandem_config *config)
{
	struct section done[MAX_SECTIONS] = { 0 };
	char words[256];
	size_t n;
	int err = 0;

	for (n = 0; n < MAX_SECTIONS && !err; n++) {
		done[n].name = tandem_known_capability(n);
		if (!done[n].name)
			break;
		err = apply_section(t, config, &done[n]);
	}
	if (!err)
		return CLI_OK;
	snprintf(words, sizeof(words), "%s", tandem_error(t));
	while (n--)
		if (done[n].before.n)
			put_back(t, &done[n]);
	cli_error(err == -EPERM ? "run it as root, outside of containers" :
		  err == -ENOENT ? "load it first: tandem load" : NULL,
		  "nothing was applied: %s", words);
	return err == -EPERM ? CLI_NOT_ALLOWED :
	       err == -ENOENT ? CLI_NOT_LOADED : CLI_FAILED;
}

/* Those that can be set are, whatever becomes of the others. */
static int apply_workloads(struct cli *cli, struct tandem *t,
			   struct tandem_config *config, const char *path)
{
	uint64_t set;
	int err = workloads_apply(t, config, &set);

	if (err)
		return cli_lib_error(t, err, "the workloads are not set");
	print_bool(cli->out, "applied", NULL, true);
	print_u64(cli->out, "workloads", NULL, set);
	if (!tandem_config_fault(config, 0))
		return CLI_OK;
	print_faults(cli, config, path);
	return CLI_PARTLY;
}

/**
 * config_apply - apply a configuration file
 * @cli: context, ready to print
 * @path: the file
 *
 * The settings of capabilities are applied all or none, and then the workloads
 * one by one.
 *
 * Return: an exit code; CLI_PARTLY when only workloads were refused.
 */
int config_apply(struct cli *cli, const char *path)
{
	struct tandem_config *config = NULL;
	struct tandem *t;
	int err = tandem_open(&t), code;

	code = check_all(cli, err ? NULL : t, path, &config);
	if (!code && err)
		code = cli_lib_error(t, err, "nothing was applied");
	if (!code)
		code = apply(t, config);
	if (!code)
		code = apply_workloads(cli, t, config, path);
	if (!code)
		print_note(cli->out, "%s is applied", path);
	else if (code == CLI_PARTLY)
		print_note(cli->out, "the rest of %s is applied", path);
	tandem_config_free(config);
	tandem_close(t);
	return code;
}

static int write_section(struct tandem *t, const char *name, FILE *f)
{
	struct tandem_capability_info info = { 0 };
	struct knobs knobs;
	size_t i;
	int err = tandem_capability_get(t, name, &info);

	if (err == -ENOENT)
		return 0;
	if (!err)
		err = ask_knobs(t, name, &knobs);
	if (err)
		return err;
	fprintf(f, "\n[%s]\nenabled = %s\n", name,
		info.enabled ? "yes" : "no");
	for (i = 0; i < knobs.n; i++) {
		const struct tandem_knob_info *k = &knobs.list[i];

		fprintf(f, "# %" PRIu32 " to %" PRIu32 " %s, %" PRIu32
			" after loading\n%s = %" PRIu32 "\n", k->min, k->max,
			k->unit, k->def, k->name, k->value);
	}
	return workloads_save(t, name, f);
}

static int write_all(struct tandem *t, FILE *f)
{
	const char *name;
	int err = 0;
	size_t i;

	fputs("# Settings of tandem, as \"tandem config save\" found them; see tandem.conf(5).\n",
	      f);
	for (i = 0; !err && (name = tandem_known_capability(i)); i++)
		err = write_section(t, name, f);
	return err;
}

static int make_directory(const char *path)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
	int err = 0;

	if (slash && slash != copy) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			err = -errno;
	}
	free(copy);
	return err;
}

/* The new file takes the place of the old one only when it is complete. */
static int save_to(struct tandem *t, const char *path)
{
	char temporary[4096];
	int fd, err = make_directory(path);
	FILE *f;

	if (err)
		return err;
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return -errno;
	err = write_all(t, f);
	if (!err && (fflush(f) || fsync(fd) || fchmod(fd, 0644)))
		err = -errno;
	fclose(f);
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

static int config_save(struct cli *cli, const char *path)
{
	struct tandem *t;
	int err, code = cli_connect(&t, "there is nothing to save");

	if (code)
		return code;
	if (!strcmp(path, "-")) {
		err = write_all(t, stdout);
	} else {
		err = save_to(t, path);
		print_str(cli->out, "file", NULL, path);
	}
	if (err) {
		bool rights = err == -EACCES || err == -EPERM;

		cli_error(rights ? "run it as root" : NULL,
			  "cannot save %s: %s", path, strerror(-err));
		code = rights ? CLI_NOT_ALLOWED : CLI_FAILED;
	} else if (strcmp(path, "-")) {
		print_note(cli->out, "%s is written", path);
	}
	tandem_close(t);
	return code;
}

struct arguments {
	const char *verb;
	const char *path;
};

static int run_check(struct cli *cli, const void *arguments)
{
	return config_check(cli, ((const struct arguments *)arguments)->path);
}

static int run_apply(struct cli *cli, const void *arguments)
{
	return config_apply(cli, ((const struct arguments *)arguments)->path);
}

static int run_save(struct cli *cli, const void *arguments)
{
	return config_save(cli, ((const struct arguments *)arguments)->path);
}

static const struct cli_verb verbs[] = {
	{ "check", run_check },
	{ "apply", run_apply },
	{ "save", run_save },
	{ 0 }
};

static const struct cli_option options[] = {
	{ "file", 'f', "FILE",
	  "Use FILE instead of " CONFIG_PATH "; save takes - for standard output",
	  CLI_TEXT, offsetof(struct arguments, path), 0, 0 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.words = "check|apply|save",
	.verbs = verbs,
	.word = offsetof(struct arguments, verb),
	.required = true,
	.doc = "Check the configuration file, apply it, or save the present settings to it. A file is applied as a whole or not at all, but for workloads that are not there.\v"
	       "Exit codes: 0 done, 2 the file is wrong, 3 not loaded, 4 needs root, 8 applied, but for some workloads.",
};

int cmd_config(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { .path = CONFIG_PATH };

	return cli_run(cli, &syntax, argc, argv, &a);
}
