// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem unload: switches off, lets what is in flight end, takes the livepatch
 * out, and only then removes the modules. It never forces: when the time is
 * over the module stays loaded and off, and whoever held it up was named.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "loop.h"
#include "modules.h"
#include "progress.h"
#include "transition.h"

#define NAME_EVERY_NS (2 * NS_PER_S)
#define SAY_AFTER_NS NS_PER_S
#define SAY_EVERY_NS (10 * NS_PER_S)

/**
 * struct unloading - an unload under way
 * @cli: context
 * @loop: for waiting
 * @progress: shown meanwhile
 * @end_ns: when patience ends
 * @quit: the user has had enough
 * @name_ns: when the tasks that hold it up are named next
 * @say_ns: when what is waited for is said next
 * @child: process that asks the kernel to stop calls; 0 when there is none
 */
struct unloading {
	struct cli *cli;
	struct loop loop;
	struct progress progress;
	uint64_t end_ns;
	bool quit;
	uint64_t name_ns;
	uint64_t say_ns;
	pid_t child;
};

static void begin_wait(struct unloading *u)
{
	u->say_ns = now_ns() + SAY_AFTER_NS;
}

/* What the rest of the wait is for: a short wait needs no words. */
__attribute__((format(printf, 2, 3)))
static void say_waiting(struct unloading *u, const char *format, ...)
{
	uint64_t now = now_ns();
	char what[128];
	va_list args;

	if (u->cli->json || now < u->say_ns)
		return;
	u->say_ns = now + SAY_EVERY_NS;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	progress_end(&u->progress);
	print_note(u->cli->out, "  waiting for %s, %.0f s more at most", what,
		   now < u->end_ns ? (double)(u->end_ns - now) / 1e9 : 0);
	print_flush(u->cli->out);
}

/* Waits for a tick; false when time or patience is over. */
static bool still_waiting(struct unloading *u)
{
	if (loop_wait(&u->loop) & LOOP_QUIT)
		u->quit = true;
	return !u->quit && now_ns() < u->end_ns;
}

static int give_up(struct unloading *u, const struct suite_module *m,
		   const char *why)
{
	progress_end(&u->progress);
	print_str(u->cli->out, "held_up_by", NULL, why);
	cli_error("try again, with a longer --timeout", "%s: %s; %s stays loaded and off",
		  u->quit ? "stopped" : "the time is over", why, m->name);
	return CLI_TIMEOUT;
}

static void name_blocker(int pid, const char *comm, const char *where,
			 void *arg)
{
	struct unloading *u = arg;
	struct printer *p = u->cli->out;

	if (pid == u->child)
		return;
	print_open(p, NULL);
	print_u64(p, "pid", NULL, (uint64_t)pid);
	print_str(p, "comm", NULL, comm);
	print_str(p, "where", NULL, *where ? where : NULL);
	print_close(p);
	print_note(p, "  waiting for %s (%d)%s%s", comm, pid,
		   *where ? " in " : "", where);
	print_flush(p);
}

static void name_inside(struct unloading *u, const struct suite_module *m)
{
	u->name_ns = now_ns() + NAME_EVERY_NS;
	progress_end(&u->progress);
	print_open_list(u->cli->out, "inside");
	tasks_inside(&u->cli->root, m->name, name_blocker, u);
	print_close(u->cli->out);
}

/*
 * The kernel answers when no call is inside any more, and cannot be
 * interrupted until then. So a child asks, and who waits can stop waiting.
 */
static void ask_to_stop(const char *name, int result)
{
	struct tandem *t;
	int err, null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	err = tandem_open(&t);
	if (!err)
		err = tandem_capability_set(t, name, false);
	if (write(result, &err, sizeof(err)) != sizeof(err))
		_exit(1);
	_exit(0);
}

static int stopping_failed(int err)
{
	if (err == -EPERM)
		cli_error("run it as root, outside of containers",
			  "may not switch it off");
	else
		cli_error(NULL, "cannot switch it off: %s", strerror(-err));
	return err == -EPERM ? CLI_NOT_ALLOWED : CLI_FAILED;
}

static int wait_for_calls(struct unloading *u, const struct suite_module *m,
			  int result)
{
	int err = -EIO;
	ssize_t got;

	u->name_ns = now_ns() + NS_PER_S;
	begin_wait(u);
	for (;;) {
		bool waiting = still_waiting(u);

		got = read(result, &err, sizeof(err));
		if (got >= 0 || errno != EAGAIN)
			break;
		if (!waiting) {
			name_inside(u, m);
			return give_up(u, m, "calls are still inside it");
		}
		say_waiting(u, "calls that are inside %s to return", m->name);
		if (!u->cli->json && now_ns() >= u->name_ns)
			name_inside(u, m);
	}
	return got == sizeof(err) && !err ? CLI_OK : stopping_failed(err);
}

static int stop_calls(struct unloading *u, const struct suite_module *m)
{
	int ends[2], code;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return stopping_failed(-errno);
	fflush(NULL);
	u->child = fork();
	if (!u->child)
		ask_to_stop(m->capability, ends[1]);
	close(ends[1]);
	code = u->child < 0 ? stopping_failed(-errno) :
			 wait_for_calls(u, m, ends[0]);
	close(ends[0]);
	if (u->child > 0)
		waitpid(u->child, NULL, WNOHANG);
	u->child = 0;
	return code;
}

static int switch_off(struct unloading *u, const struct suite_module *m,
		      struct tandem *t)
{
	struct tandem_capability_info info = { 0 };
	int err = tandem_capability_get(t, m->capability, &info);
	int code;

	if (err == -ENOENT)
		return CLI_OK;
	code = err ? CLI_OK : stop_calls(u, m);
	if (code)
		return code;
	begin_wait(u);
	while (!err) {
		err = tandem_capability_get(t, m->capability, &info);
		if (err || (!info.in_flight && info.state != TANDEM_DRAINING &&
			    info.state != TANDEM_DISABLING))
			break;
		progress_show(&u->progress, "pages still in flight", 0,
			      (unsigned int)info.in_flight);
		say_waiting(u, "%" PRIu64 " pages in flight to be written",
			    info.in_flight);
		if (!still_waiting(u))
			return give_up(u, m, "pages are still in flight");
	}
	progress_end(&u->progress);
	if (err)
		return cli_lib_error(t, err, "cannot switch it off");
	print_note(u->cli->out, "%s is off, nothing is in flight", m->name);
	return CLI_OK;
}

static void watch_tasks(struct unloading *u)
{
	bool name = !u->cli->json && now_ns() >= u->name_ns;
	struct transition tasks = { 0 };

	if (name) {
		u->name_ns = now_ns() + NAME_EVERY_NS;
		progress_end(&u->progress);
	}
	transition_scan(&u->cli->root, false, &tasks,
			name ? name_blocker : NULL, u);
	say_waiting(u, "the transition of the livepatch: %u of %u tasks have not left it",
		    tasks.waiting, tasks.tasks);
	progress_show(&u->progress, "tasks have left the patch",
		      tasks.tasks - tasks.waiting, tasks.tasks);
}

/* The tasks are named once more, and the transition is turned round. */
static int reverse(struct unloading *u, const struct suite_module *m)
{
	struct transition tasks = { 0 };
	int err;

	progress_end(&u->progress);
	print_open_list(u->cli->out, "waiting_for");
	transition_scan(&u->cli->root, false, &tasks, name_blocker, u);
	print_close(u->cli->out);
	err = patch_write(&u->cli->root, m->name, true);
	if (err)
		cli_error(NULL, "cannot turn the transition round: %s",
			  strerror(-err));
	else
		print_note(u->cli->out, "the livepatch is put back, switched off");
	return give_up(u, m, "tasks are still in the patch");
}

static int take_out(struct unloading *u, const struct suite_module *m)
{
	const struct sysroot *root = &u->cli->root;
	int err;

	print_note(u->cli->out, "taking the livepatch out");
	if (!u->cli->json)
		print_flush(u->cli->out);
	if (patch_enabled(root, m->name)) {
		err = patch_write(root, m->name, false);
		/* Another patch may be on its way in or out. */
		begin_wait(u);
		while (err == -EBUSY) {
			say_waiting(u, "the transition of another livepatch");
			if (!still_waiting(u))
				return give_up(u, m, "another livepatch is in transition");
			err = patch_write(root, m->name, false);
		}
		if (err) {
			cli_error(err == -EACCES ? "run it as root" : NULL,
				  "cannot take the livepatch out: %s",
				  strerror(-err));
			return err == -EACCES ? CLI_NOT_ALLOWED : CLI_FAILED;
		}
	}
	u->name_ns = now_ns() + NS_PER_S;
	begin_wait(u);
	while (patch_exists(root, m->name)) {
		bool waiting = still_waiting(u);

		if (!patch_exists(root, m->name))
			break;
		if (!waiting)
			return reverse(u, m);
		watch_tasks(u);
	}
	progress_end(&u->progress);
	return CLI_OK;
}

/* References to a module, but for that of its own livepatch. */
static uint64_t users_of(const struct sysroot *root, const char *name)
{
	char path[128];
	uint64_t n = 0;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	if (root_u64(root, path, &n))
		return 0;
	return n && patch_enabled(root, name) ? n - 1 : n;
}

/*
 * A program that has a device of the module open keeps it. To take the livepatch
 * out all the same would leave a module that can neither work nor go.
 */
static int wait_for_users(struct unloading *u, const struct suite_module *m)
{
	uint64_t users;

	begin_wait(u);
	while ((users = users_of(&u->cli->root, m->name))) {
		say_waiting(u, "%" PRIu64 " users of %s to let go of it",
			    users, m->name);
		if (!still_waiting(u))
			return give_up(u, m, "programs have its device open");
	}
	progress_end(&u->progress);
	return CLI_OK;
}

/* A module that was just let go of may still be busy for a moment. */
static int remove_module(struct unloading *u, const struct suite_module *m)
{
	if (!u->cli->root.real) {
		cli_error(NULL, "%s is not unloaded: --root is another machine",
			  m->name);
		return CLI_FAILED;
	}
	begin_wait(u);
	while (syscall(SYS_delete_module, m->name, O_NONBLOCK)) {
		if (errno == ENOENT)
			break;
		if (errno == EPERM) {
			cli_error("run it as root", "cannot unload %s: %s",
				  m->name, strerror(errno));
			return CLI_NOT_ALLOWED;
		}
		if (errno != EAGAIN && errno != EBUSY && errno != EWOULDBLOCK) {
			cli_error(NULL, "cannot unload %s: %s", m->name,
				  strerror(errno));
			return CLI_FAILED;
		}
		say_waiting(u, "users of %s to let go of it", m->name);
		if (!still_waiting(u))
			return give_up(u, m, "the module is in use");
	}
	print_note(u->cli->out, "%s is unloaded", m->name);
	return CLI_OK;
}

static int unload_one(struct unloading *u, const struct suite_module *m,
		      struct tandem *t)
{
	int code = CLI_OK;

	if (!module_loaded(&u->cli->root, m->name)) {
		print_note(u->cli->out, "%s is not loaded", m->name);
		return CLI_OK;
	}
	if (m->capability && t)
		code = switch_off(u, m, t);
	if (!code && m->livepatch)
		code = wait_for_users(u, m);
	if (!code && m->livepatch)
		code = take_out(u, m);
	return code ? code : remove_module(u, m);
}

static bool wanted(const struct suite_module *m, const char *which)
{
	return !strcmp(which, "all") ||
	       (m->capability && !strcmp(m->capability, which));
}

static int unload(struct unloading *u, const char *which)
{
	struct tandem *t = NULL;
	int code = CLI_OK;
	size_t i;

	/* Without the family there is nothing to switch off. */
	if (tandem_open(&t)) {
		tandem_close(t);
		t = NULL;
	}
	for (i = nr_suite_modules; i-- && !code;) {
		const struct suite_module *m = &suite_modules[i];

		if (!wanted(m, which))
			continue;
		/* The core goes last, and an open socket would keep it. */
		if (!m->capability) {
			tandem_close(t);
			t = NULL;
		}
		code = unload_one(u, m, t);
	}
	tandem_close(t);
	print_bool(u->cli->out, "unloaded", NULL, !code);
	return code;
}

/**
 * unload_run - switch off and unload
 * @cli: context, ready to print
 * @which: a capability, or "all"
 * @timeout: seconds to wait at most
 *
 * Return: an exit code.
 */
int unload_run(struct cli *cli, const char *which, double timeout)
{
	struct unloading u = { .cli = cli };
	int code;

	u.end_ns = now_ns() + (uint64_t)(timeout * 1e9);
	progress_begin(&u.progress, cli->json);
	if (loop_open(&u.loop, NS_PER_S / 10, false)) {
		cli_error(NULL, "cannot wait: %s", strerror(errno));
		code = CLI_FAILED;
	} else {
		code = unload(&u, which);
	}
	loop_close(&u.loop);
	return code;
}

struct arguments {
	const char *which;
	double timeout;
};

static bool can_go(const char *word)
{
	return !strcmp(word, "all") || suite_module_of(word);
}

static const struct cli_option options[] = {
	{ "timeout", 0, "SECONDS", "Wait at most this long (60)",
	  CLI_SECONDS, offsetof(struct arguments, timeout), 0, 86400 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.words = "[CAPABILITY|all]",
	.takes = can_go,
	.word = offsetof(struct arguments, which),
	.doc = "Switch off, let what is in flight end, take the livepatch out and unload. Without a name all modules go. What the wait is for is said, and tasks that hold it up are named; nothing is ever forced.\v"
	       "Exit codes: 0 unloaded, 1 refused, 4 needs root, 5 the time was over: loaded and off.",
};

int cmd_unload(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { .timeout = 60 };
	int code = cli_read(cli, &syntax, argc, argv, &a);

	return code ? code : unload_run(cli, a.which ? a.which : "all",
					a.timeout);
}
