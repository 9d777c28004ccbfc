// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem load: loads the modules, the core first, and waits until every task
 * of the machine has taken the livepatch on. Nothing is switched on by it.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot_policy.h"
#include "cli.h"
#include "loop.h"
#include "modules.h"
#include "progress.h"
#include "transition.h"

struct arguments {
	const char *modules_dir;
	const char *capability;
	double timeout;
};

/*
 * The reason of a refusal stands in the kernel log only: the last line that
 * a module of the suite wrote there.
 */
static void kernel_words(char *words, size_t size)
{
	char record[2048];
	ssize_t got;
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	words[0] = '\0';
	while (fd >= 0) {
		got = read(fd, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			break;
		record[got] = '\0';
		char *text = strchr(record, ';');

		if (text && !strncmp(text + 1, "tandem", 6))
			snprintf(words, size, "%.*s",
				 (int)strcspn(text + 1, "\n"), text + 1);
	}
	if (fd >= 0)
		close(fd);
}

static const char *refusal_remedy(int err)
{
	switch (err) {
	case EPERM:
		return "run it as root; tandem doctor tells whether modules must be signed";
	case EKEYREJECTED:
	case ENOKEY:
		return "sign the modules: tandem doctor prints the commands";
	case ENOEXEC:
		return "build the modules again for this kernel: make modules";
	default:
		return "tandem doctor says what this machine lacks";
	}
}

static int refused(const char *name, int err)
{
	char words[400];

	kernel_words(words, sizeof(words));
	cli_error(refusal_remedy(err), "the kernel refused %s: %s%s%s", name,
		  strerror(err), *words ? "\n        it says: " : "", words);
	return err == EPERM ? CLI_NOT_ALLOWED : CLI_FAILED;
}

static int insert_file(const char *name, const struct module_file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0) {
		cli_error(NULL, "cannot open %s: %s", file->path,
			  strerror(errno));
		return CLI_FAILED;
	}
	if (syscall(SYS_finit_module, fd, "", 0))
		err = errno;
	close(fd);
	return err && err != EEXIST ? refused(name, err) : CLI_OK;
}

static int modprobe(const char *name)
{
	char *argv[] = { (char *)"modprobe", (char *)name, NULL };
	char *env[] = { (char *)"PATH=/usr/sbin:/sbin:/usr/bin:/bin", NULL };
	int status, err;
	pid_t pid;

	err = posix_spawnp(&pid, "modprobe", NULL, NULL, argv, env);
	if (err) {
		cli_error("install kmod, or name the place: tandem load --modules DIR",
			  "cannot run modprobe: %s", strerror(err));
		return CLI_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status) ?
		       CLI_OK : refused(name, geteuid() ? EPERM : EIO);
}

static int load_one(struct cli *cli, const struct suite_module *m,
		    const struct arguments *a)
{
	struct module_file file;
	char release[128];
	int code;

	if (module_loaded(&cli->root, m->name)) {
		print_note(cli->out, "%s is loaded already", m->name);
		return CLI_OK;
	}
	root_line(&cli->root, "/proc/sys/kernel/osrelease", release,
		  sizeof(release));
	if (!module_find(&cli->root, a->modules_dir, release, m->name,
			 &file)) {
		cli_error("build and install them: make modules, then make modules_install\n"
			  "or name their place: tandem load --modules DIR",
			  "%s.ko is not built for this kernel (Linux %s)",
			  m->name, release);
		return CLI_FAILED;
	}
	if (*file.release && strcmp(file.release, release)) {
		cli_error("build it for this kernel: make modules",
			  "%s was built for Linux %s, and this is %s",
			  file.path, file.release, release);
		return CLI_FAILED;
	}
	code = a->modules_dir ? insert_file(m->name, &file) :
				modprobe(m->name);
	if (!code)
		print_note(cli->out, "%s is loaded", m->name);
	return code;
}

static void stopped(const struct suite_module *m)
{
	cli_error("watch it go on: tandem status",
		  "stopped waiting; %s is loaded, and the kernel goes on putting it in",
		  m->name);
}

static int wait_for_tasks(struct cli *cli, const struct suite_module *m,
			  double timeout)
{
	uint64_t end = now_ns() + (uint64_t)(timeout * 1e9);
	struct progress progress;
	struct transition tasks = { 0 };
	int code = CLI_OK;
	struct loop loop;

	if (loop_open(&loop, NS_PER_S / 10, false))
		return CLI_FAILED;
	progress_begin(&progress, cli->json);
	while (patch_in_transition(&cli->root, m->name)) {
		unsigned int events;

		transition_scan(&cli->root, true, &tasks, NULL, NULL);
		progress_show(&progress, "tasks that have the patch",
			      tasks.tasks - tasks.waiting, tasks.tasks);
		events = loop_wait(&loop);
		if ((events & LOOP_QUIT) || now_ns() >= end) {
			stopped(m);
			code = CLI_TIMEOUT;
			break;
		}
	}
	progress_end(&progress);
	loop_close(&loop);
	return code;
}

/* modprobe would pass it on, but a module may also be loaded by its file. */
static int kept_off(struct cli *cli)
{
	char *line = root_slurp(&cli->root, "/proc/cmdline", NULL);
	bool off = line && boot_line_says_off(line);

	free(line);
	if (!off)
		return CLI_OK;
	cli_error("boot without it", "tandem.off is on the kernel command line: nothing is loaded");
	return CLI_FAILED;
}

static int load(struct cli *cli, const struct arguments *a)
{
	const struct suite_module *m;
	int code = kept_off(cli);
	size_t i;

	for (i = 0; i < nr_suite_modules && !code; i++) {
		m = &suite_modules[i];
		if (m->capability && a->capability &&
		    strcmp(m->capability, a->capability))
			continue;
		code = load_one(cli, m, a);
		if (!code && m->livepatch)
			code = wait_for_tasks(cli, m, a->timeout);
	}
	if (code)
		return code;
	print_bool(cli->out, "loaded", NULL, true);
	print_note(cli->out, "Nothing is switched on yet: tandem reclaim enable");
	return CLI_OK;
}

/**
 * load_run - load all modules from where they are installed
 * @cli: context, ready to print
 * @timeout: seconds to wait for all tasks
 *
 * Return: an exit code.
 */
int load_run(struct cli *cli, double timeout)
{
	const struct arguments a = { .timeout = timeout };

	return load(cli, &a);
}

static bool is_capability(const char *word)
{
	return suite_module_of(word);
}

static const struct cli_option options[] = {
	{ "modules", 0, "DIR",
	  "Take the modules from DIR instead of asking modprobe", CLI_TEXT,
	  offsetof(struct arguments, modules_dir), 0, 0 },
	{ "timeout", 0, "SECONDS",
	  "Wait at most this long for all tasks (120)", CLI_SECONDS,
	  offsetof(struct arguments, timeout), 0, 86400 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.words = "[CAPABILITY]",
	.takes = is_capability,
	.word = offsetof(struct arguments, capability),
	.doc = "Load the modules, the core first, and wait until every task has taken the livepatch on. Nothing is switched on by it.\v"
	       "Exit codes: 0 loaded, 1 refused, 4 needs root, 5 tasks were still to come when the time was over.",
};

int cmd_load(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { .timeout = 120 };
	int code = cli_read(cli, &syntax, argc, argv, &a);

	return code ? code : load(cli, &a);
}
