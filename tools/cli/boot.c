// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem boot: what tandem.service calls. Loads the modules and applies the
 * configuration, unless the last boot that did so went down soon after.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "boot_state.h"
#include "cli.h"
#include "loop.h"
#include "modules.h"

#define LOAD_SECONDS 120
#define UNLOAD_SECONDS 20

struct arguments {
	const char *verb;
	double seconds;
};

static bool built(const struct sysroot *root)
{
	struct module_file file;
	char release[128];
	size_t i;

	root_line(root, "/proc/sys/kernel/osrelease", release,
		  sizeof(release));
	for (i = 0; i < nr_suite_modules; i++)
		if (!module_find(root, NULL, release, suite_modules[i].name,
				 &file) ||
		    (*file.release && strcmp(file.release, release)))
			return false;
	return true;
}

static int not_built(const struct sysroot *root)
{
	char release[128];

	root_line(root, "/proc/sys/kernel/osrelease", release,
		  sizeof(release));
	cli_error("build and install them: make modules, then make modules_install",
		  "the modules are not built for this kernel (Linux %s); the machine runs without them",
		  release);
	return CLI_FAILED;
}

static int stays_off(const struct boot_record *record)
{
	time_t at = (time_t)record->started;
	char when[32] = "an unknown time";
	struct tm tm;

	if (*record->boot)
		strftime(when, sizeof(when), "%F %T",
			 localtime_r(&at, &tm));
	cli_error("clear it: tandem boot clear && systemctl start tandem",
		  "stays off: the machine went down within %d minutes after the modules were loaded (%s)",
		  BOOT_SETTLE_SECONDS / 60, when);
	return CLI_FAILED;
}

/* Nobody should find a half of it at the next boot. */
static int undo(struct cli *cli, int code)
{
	unload_run(cli, "all", UNLOAD_SECONDS);
	boot_state_remove(&cli->root);
	cli_error(NULL, "the modules are not in use");
	return code;
}

static int bring_up(struct cli *cli)
{
	bool configured = root_exists(&cli->root, CONFIG_PATH);
	int err, code = configured ? config_check(cli, CONFIG_PATH) : CLI_OK;

	if (code)
		return code;
	err = boot_state_write(&cli->root);
	if (err) {
		cli_error(geteuid() ? "run it as root" : NULL,
			  "nothing was loaded: cannot write %s, so that a crash would not be noticed: %s",
			  BOOT_RECORD, strerror(-err));
		return err == -EACCES || err == -EPERM ? CLI_NOT_ALLOWED :
							 CLI_FAILED;
	}
	code = load_run(cli, LOAD_SECONDS);
	if (!code && configured)
		code = config_apply(cli, CONFIG_PATH);
	/* The cgroup of a workload may come later in the boot. */
	if (code && code != CLI_PARTLY)
		return undo(cli, code);
	if (!configured)
		print_note(cli->out, "%s is not there: the modules stay switched off",
			   CONFIG_PATH);
	print_str(cli->out, "boot", NULL, "started");
	return CLI_OK;
}

static int run_start(struct cli *cli, const void *arguments)
{
	char *cmdline = root_slurp(&cli->root, "/proc/cmdline", NULL);
	struct boot_record record;
	enum boot_decision decision;
	char boot[BOOT_ID_LEN];

	(void)arguments;
	boot_id(&cli->root, boot);
	boot_state_read(&cli->root, &record);
	decision = boot_decide(cmdline ? cmdline : "", &record, boot,
			       built(&cli->root));
	free(cmdline);
	switch (decision) {
	case BOOT_OFF:
		print_str(cli->out, "boot", NULL, "off");
		print_note(cli->out, "tandem.off is on the kernel command line: nothing is loaded");
		return CLI_OK;
	case BOOT_STAY_OFF:
		print_str(cli->out, "boot", NULL, "stays off");
		return stays_off(&record);
	case BOOT_NOT_BUILT:
		print_str(cli->out, "boot", NULL, "not built");
		return not_built(&cli->root);
	default:
		return bring_up(cli);
	}
}

static int cannot_remove(int err)
{
	cli_error(geteuid() ? "run it as root" : NULL,
		  "cannot remove %s: %s", BOOT_RECORD, strerror(-err));
	return err == -EACCES || err == -EPERM ? CLI_NOT_ALLOWED : CLI_FAILED;
}

/*
 * Only when the modules have gone, or are at rest, was it a good end: a crash
 * on the way out is one, too.
 */
static int run_stop(struct cli *cli, const void *arguments)
{
	struct boot_record record;
	char boot[BOOT_ID_LEN];
	int err, code = unload_run(cli, "all", UNLOAD_SECONDS);

	(void)arguments;
	boot_id(&cli->root, boot);
	boot_state_read(&cli->root, &record);
	if ((code && code != CLI_TIMEOUT) || strcmp(record.boot, boot))
		return code;
	err = boot_state_remove(&cli->root);
	return err ? cannot_remove(err) : code;
}

static int settle(struct cli *cli)
{
	int err = boot_state_remove(&cli->root);

	if (err)
		return cannot_remove(err);
	print_str(cli->out, "boot", NULL, "settled");
	print_note(cli->out, "this boot counts as good");
	return CLI_OK;
}

static int wait_and_settle(struct cli *cli, long long left)
{
	struct loop loop;
	unsigned int events = 0;
	int err = loop_open(&loop, (uint64_t)left * NS_PER_S, false);

	while (!err && !(events & (LOOP_TICK | LOOP_QUIT)))
		events = loop_wait(&loop);
	loop_close(&loop);
	if (err) {
		cli_error(NULL, "cannot wait: %s", strerror(-err));
		return CLI_FAILED;
	}
	if (events & LOOP_TICK)
		return settle(cli);
	print_note(cli->out, "stopped before this boot counted as good");
	return CLI_OK;
}

static int run_settled(struct cli *cli, const void *arguments)
{
	const struct arguments *a = arguments;
	struct boot_record record;
	char boot[BOOT_ID_LEN];
	struct timespec now;
	long long left;

	boot_id(&cli->root, boot);
	boot_state_read(&cli->root, &record);
	if (!record.there) {
		print_note(cli->out, "there is nothing to settle");
		return CLI_OK;
	}
	if (strcmp(record.boot, boot))
		return stays_off(&record);
	clock_gettime(CLOCK_MONOTONIC, &now);
	left = boot_left(&record, now.tv_sec, (long long)a->seconds);
	return left ? wait_and_settle(cli, left) : settle(cli);
}

static int run_clear(struct cli *cli, const void *arguments)
{
	int err = boot_state_remove(&cli->root);

	(void)arguments;
	if (err)
		return cannot_remove(err);
	print_note(cli->out, "the next start will load the modules again");
	return CLI_OK;
}

static const struct cli_verb verbs[] = {
	{ "start", run_start },
	{ "stop", run_stop },
	{ "settled", run_settled },
	{ "clear", run_clear },
	{ 0 }
};

static const struct cli_option options[] = {
	{ "seconds", 's', "N",
	  "settled: a boot is good after so many seconds (600)", CLI_SECONDS,
	  offsetof(struct arguments, seconds), 1, 86400 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.words = "start|stop|settled|clear",
	.verbs = verbs,
	.word = offsetof(struct arguments, verb),
	.required = true,
	.doc = "What tandem.service calls: start loads the modules and applies the configuration, unless the machine went down soon after that the last time; stop takes them out; settled waits until this boot counts as good; clear has the next start try again.\v"
	       "Exit codes: 0 done, or kept off by tandem.off on the kernel command line; 1 stays off, not built, or refused; 2 the configuration is wrong; 4 needs root; 5 of stop: the modules are off, but stay loaded.",
};

int cmd_boot(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { .seconds = BOOT_SETTLE_SECONDS };

	return cli_run(cli, &syntax, argc, argv, &a);
}
