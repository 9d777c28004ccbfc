// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem doctor: says whether this machine can run tandem, and what to do
 * where it cannot. It needs no rights and no modules, and changes nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

static const struct {
	const char *word;
	enum print_tone tone;
} verdicts[] = {
	[VERDICT_OK] = { "ok", TONE_GOOD },
	[VERDICT_WARN] = { "warn", TONE_WARN },
	[VERDICT_CONFLICT] = { "conflict", TONE_BAD },
	[VERDICT_UNUSABLE] = { "unusable", TONE_BAD },
};

/**
 * verdict - say and count the outcome of a check
 * @d: examination
 * @v: the outcome
 * @check: name of the check
 * @remedy: what to do, one step a line, or NULL
 * @format: what was found, as for printf()
 */
void verdict(struct doctor *d, enum verdict v, const char *check,
	     const char *remedy, const char *format, ...)
{
	char finding[512];
	va_list args;

	va_start(args, format);
	vsnprintf(finding, sizeof(finding), format, args);
	va_end(args);
	d->count[v]++;
	print_verdict(d->cli->out, verdicts[v].word, verdicts[v].tone, check,
		      finding, remedy);
}

static void find_modules(struct doctor *d)
{
	d->core_found = module_find(d->root, d->modules_dir, d->release,
				    "tandem", &d->core);
	d->reclaim_found = module_find(d->root, d->modules_dir, d->release,
				       "tandem_reclaim", &d->reclaim);
}

static int conclude(struct doctor *d)
{
	struct printer *p = d->cli->out;
	unsigned int bad = d->count[VERDICT_CONFLICT] +
			   d->count[VERDICT_UNUSABLE];

	print_str(p, "result", NULL, bad ? "unusable" :
		  d->count[VERDICT_WARN] ? "warnings" : "ready");
	if (bad)
		print_note(p, "\nNot usable as it stands: %u to repair, %u to look at.",
			   bad, d->count[VERDICT_WARN]);
	else if (d->count[VERDICT_WARN])
		print_note(p, "\nUsable, with %u to look at.",
			   d->count[VERDICT_WARN]);
	else
		print_note(p, "\nReady.");
	if (bad)
		return CLI_USAGE;
	return d->count[VERDICT_WARN] ? CLI_FAILED : CLI_OK;
}

/**
 * doctor_run - examine the machine
 * @cli: context, ready to print
 * @modules_dir: where to look for modules, or NULL
 *
 * Return: 0 ready, 1 with warnings, 2 unusable.
 */
int doctor_run(struct cli *cli, const char *modules_dir)
{
	struct doctor d = { .cli = cli, .root = &cli->root,
			    .modules_dir = modules_dir };

	root_line(d.root, "/proc/sys/kernel/osrelease", d.release,
		  sizeof(d.release));
	find_modules(&d);
	print_str(cli->out, "release", NULL, d.release);
	print_open_list(cli->out, "checks");
	doctor_kernel(&d);
	doctor_modules(&d);
	doctor_security(&d);
	doctor_swap(&d);
	doctor_tiers(&d);
	doctor_neighbours(&d);
	print_close(cli->out);
	return conclude(&d);
}

struct arguments {
	const char *modules_dir;
	const char *root_dir;
};

static const struct cli_option options[] = {
	{ "modules", 0, "DIR", "Look for built modules in DIR", CLI_TEXT,
	  offsetof(struct arguments, modules_dir), 0, 0 },
	{ "root", 0, "DIR", "Read /proc and /sys below DIR", CLI_TEXT,
	  offsetof(struct arguments, root_dir), 0, 0 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.doc = "Say whether this machine can run tandem, and what to do where it cannot. Needs no rights and no modules, and changes nothing.\v"
	       "Exit codes: 0 ready, 1 usable with warnings, 2 unusable.",
};

static int change_root(struct cli *cli, const char *dir)
{
	int err;

	root_close(&cli->root);
	err = root_open(&cli->root, dir);
	if (!err)
		return CLI_OK;
	cli_error(NULL, "cannot open %s: %s", dir, strerror(-err));
	return CLI_USAGE;
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { 0 };
	int code = cli_read(cli, &syntax, argc, argv, &a);

	if (!code && a.root_dir)
		code = change_root(cli, a.root_dir);
	return code ? code : doctor_run(cli, a.modules_dir);
}
