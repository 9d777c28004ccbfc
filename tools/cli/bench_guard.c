// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts the machine back as it was, whatever ends the bench.
 *
 * A process of its own holds the reading end of a pipe that only the bench can
 * write to. When the bench ends, by itself, by an error or killed, the kernel
 * closes the pipe, and there is this one way in which everything is undone.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_guard.h"
#include "cli.h"

static void wait_for_end(int pipe)
{
	char byte;

	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
}

/* A module that has been unloaded meanwhile needs no switch. */
static int restore_switch(const char *capability, bool enabled)
{
	struct tandem *t;
	int err = tandem_open(&t);

	if (!err)
		err = tandem_capability_set(t, capability, enabled);
	if (err && err != -ENOENT)
		cli_error(NULL, "cannot switch %s %s again: %s", capability,
			  enabled ? "on" : "off", tandem_error(t));
	tandem_close(t);
	return err == -ENOENT ? 0 : err;
}

static int restore(const struct cgroup *cg, const char *capability,
		   bool enabled)
{
	struct cgroup ours = *cg;
	int err = cgroup_remove(&ours), also;

	if (err)
		cli_error(NULL, "cannot remove %s: %s", cg->path,
			  strerror(-err));
	also = restore_switch(capability, enabled);
	return err ? err : also;
}

/**
 * guard_start - have everything undone at the end
 * @guard: filled in
 * @cg: the cgroup that is to go
 * @capability: the one that is switched off and on
 * @enabled: how it was
 *
 * To be called while the signals that end the bench are blocked: the guard
 * inherits that, so that what ends the bench leaves it alone.
 *
 * Return: 0, or -errno.
 */
int guard_start(struct guard *guard, const struct cgroup *cg,
		const char *capability, bool enabled)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	guard->pid = fork();
	if (!guard->pid) {
		close(ends[1]);
		wait_for_end(ends[0]);
		_exit(restore(cg, capability, enabled) ? 1 : 0);
	}
	close(ends[0]);
	guard->pipe = ends[1];
	if (guard->pid > 0)
		return 0;
	close(guard->pipe);
	return -EAGAIN;
}

/**
 * guard_end - have it undone now
 * @guard: the guard
 *
 * Return: 0, or -EIO when something could not be undone, which has been said.
 */
int guard_end(struct guard *guard)
{
	ssize_t told = write(guard->pipe, "", 1);
	int status;

	/* The process that works has inherited the pipe and keeps it open. */
	(void)told;
	close(guard->pipe);
	while (waitpid(guard->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -EIO;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}
