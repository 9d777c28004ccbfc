// SPDX-License-Identifier: GPL-2.0-only
/* tandem status: what is loaded, how it is, since when and why. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "modules.h"

#define MAX_CAPABILITIES 32

/**
 * struct overview - all that the kernel said
 * @list: the capabilities
 * @n: how many
 */
struct overview {
	struct tandem_capability_info list[MAX_CAPABILITIES];
	size_t n;
};

static const struct print_column columns[] = {
	{ "module", "MODULE", false, false },
	{ "loaded", "LOADED", false, false },
	{ "state", "STATE", false, false },
	{ "since", "SINCE", false, false },
	{ "since_ns", NULL, false, false },
	{ "in_flight", "IN FLIGHT", true, false },
	{ "version", "VERSION", false, false },
	{ "reason", "REASON", false, false },
};

static int collect(const struct tandem_capability_info *info, void *arg)
{
	struct overview *all = arg;

	if (all->n < MAX_CAPABILITIES)
		all->list[all->n++] = *info;
	return 0;
}

static const struct tandem_capability_info *
capability_of(const struct overview *all, const struct suite_module *m)
{
	size_t i;

	for (i = 0; m->capability && i < all->n; i++)
		if (!strcmp(all->list[i].name, m->capability))
			return &all->list[i];
	return NULL;
}

static enum print_tone tone_of(enum tandem_capability_state state)
{
	switch (state) {
	case TANDEM_ON:
		return TONE_GOOD;
	case TANDEM_OFF:
		return TONE_PLAIN;
	case TANDEM_DISPLACED:
	case TANDEM_FAILED:
		return TONE_BAD;
	default:
		return TONE_WARN;
	}
}

static void since(char *buf, size_t size, uint64_t ns)
{
	struct timespec now;
	uint64_t now_real;

	clock_gettime(CLOCK_REALTIME, &now);
	now_real = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	format_ago(buf, size, now_real > ns ? now_real - ns : 0);
}

static void row_capability(struct printer *p,
			   const struct tandem_capability_info *info)
{
	char ago[64];

	since(ago, sizeof(ago), info->since_ns);
	print_cell_tone(p, info->state_name, tone_of(info->state));
	print_cell_str(p, ago);
	print_cell_u64(p, info->since_ns);
	print_cell_u64(p, info->in_flight);
	print_cell_str(p, info->version);
	print_cell_str(p, info->reason);
}

static void row_without(struct printer *p, const char *version,
			const char *reason)
{
	print_cell_none(p);
	print_cell_none(p);
	print_cell_none(p);
	print_cell_none(p);
	print_cell_str(p, version);
	print_cell_str(p, reason);
}

/* Why a module is not there: it is not built, or only not loaded. */
static const char *absent_reason(struct cli *cli, const char *modules_dir,
				 const char *name)
{
	struct module_file file;
	char release[128];

	root_line(&cli->root, "/proc/sys/kernel/osrelease", release,
		  sizeof(release));
	if (!module_find(&cli->root, modules_dir, release, name, &file) ||
	    (*file.release && strcmp(file.release, release)))
		return "not built for this kernel";
	return "not loaded: tandem load";
}

static void module_version(struct cli *cli, const char *name, char *version,
			   size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/version", name);
	root_line(&cli->root, path, version, size);
}

static void row(struct cli *cli, const struct suite_module *m,
		const struct overview *all, const char *modules_dir)
{
	const struct tandem_capability_info *info = capability_of(all, m);
	bool loaded = module_loaded(&cli->root, m->name);
	char version[64] = "";

	print_cell_str(cli->out, m->name);
	print_cell_bool(cli->out, loaded);
	if (info) {
		row_capability(cli->out, info);
		return;
	}
	if (loaded)
		module_version(cli, m->name, version, sizeof(version));
	row_without(cli->out, version, !loaded ?
		    absent_reason(cli, modules_dir, m->name) :
		    m->capability ? "starting or leaving" : "");
}

static int code_of(const struct overview *all, bool connected)
{
	int code = connected ? CLI_OK : CLI_NOT_LOADED;
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->list[i].state == TANDEM_FAILED)
			return CLI_STATE_FAILED;
		if (all->list[i].state == TANDEM_DISPLACED)
			code = CLI_STATE_DISPLACED;
	}
	return code;
}

static int ask(struct overview *all, bool *connected)
{
	struct tandem *t;
	int err = tandem_open(&t), code = CLI_OK;

	*connected = !err;
	if (!err)
		err = tandem_capabilities(t, collect, all);
	if (err && err != -ENOENT)
		code = cli_lib_error(t, err, "cannot ask for the state");
	tandem_close(t);
	return code;
}

/**
 * status_run - print the state of all modules
 * @cli: context, ready to print
 * @modules_dir: where to look for modules, or NULL
 *
 * Return: an exit code.
 */
int status_run(struct cli *cli, const char *modules_dir)
{
	struct overview all = { .n = 0 };
	bool connected;
	int code = ask(&all, &connected);
	size_t i;

	if (code)
		return code;
	print_table(cli->out, "modules", columns, ARRAY_SIZE(columns));
	for (i = 0; i < nr_suite_modules; i++)
		row(cli, &suite_modules[i], &all, modules_dir);
	print_table_end(cli->out);
	return code_of(&all, connected);
}

struct arguments {
	const char *modules_dir;
};

static const struct cli_option options[] = {
	{ "modules", 0, "DIR", "Look for built modules in DIR", CLI_TEXT,
	  offsetof(struct arguments, modules_dir), 0, 0 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.doc = "Say what is loaded, how it is, since when and why.\v"
	       "Exit codes: 0 all is well, 3 not loaded, 6 a module switched itself off, 7 another livepatch took the place of a module.",
};

int cmd_status(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { 0 };
	int code = cli_read(cli, &syntax, argc, argv, &a);

	return code ? code : status_run(cli, a.modules_dir);
}
