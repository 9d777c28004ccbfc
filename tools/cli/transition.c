// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch transition: is it over, and who holds it up.
 *
 * Each task has a file patch_state: -1 when no transition is going on, else
 * 0 for unpatched and 1 for patched. Only root can read it.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "transition.h"

static void patch_path(char *path, size_t size, const char *patch,
		       const char *file)
{
	snprintf(path, size, LIVEPATCH_DIR "/%s/%s", patch, file);
}

static bool patch_flag(const struct sysroot *root, const char *patch,
		       const char *file)
{
	char path[256];
	uint64_t value = 0;

	patch_path(path, sizeof(path), patch, file);
	return !root_u64(root, path, &value) && value == 1;
}

bool patch_exists(const struct sysroot *root, const char *patch)
{
	char path[256];

	patch_path(path, sizeof(path), patch, "enabled");
	return root_exists(root, path);
}

bool patch_enabled(const struct sysroot *root, const char *patch)
{
	return patch_flag(root, patch, "enabled");
}

bool patch_in_transition(const struct sysroot *root, const char *patch)
{
	return patch_flag(root, patch, "transition");
}

/**
 * patch_write - ask the kernel to put a livepatch in or take it out
 * @root: the root
 * @patch: name of the livepatch
 * @enabled: in or out
 *
 * During a transition the other direction reverses it.
 *
 * Return: 0, or -errno.
 */
int patch_write(const struct sysroot *root, const char *patch, bool enabled)
{
	char path[256];
	int fd, err = 0;

	patch_path(path, sizeof(path), patch, "enabled");
	fd = openat(root->fd, path + 1, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, enabled ? "1" : "0", 1) != 1)
		err = -errno;
	close(fd);
	return err;
}

static void first_stack_line(const struct sysroot *root, const char *task,
			     char *where, size_t size)
{
	char path[96], line[160], *function;

	snprintf(path, sizeof(path), "%s/stack", task);
	root_line(root, path, line, sizeof(line));
	function = strstr(line, "] ");
	if (function) {
		snprintf(where, size, "%.*s", (int)strcspn(function + 2, "+/"),
			 function + 2);
		return;
	}
	snprintf(path, sizeof(path), "%s/wchan", task);
	root_line(root, path, where, size);
	if (!strcmp(where, "0"))
		snprintf(where, size, "running");
}

static void scan_task(const struct sysroot *root, const char *task, int tid,
		      bool patching, struct transition *result, blocker_fn fn,
		      void *arg)
{
	char path[96], state[16], comm[32], where[128];

	snprintf(path, sizeof(path), "%s/patch_state", task);
	if (root_line(root, path, state, sizeof(state)))
		return;
	result->tasks++;
	if (strcmp(state, patching ? "0" : "1"))
		return;
	result->waiting++;
	if (!fn)
		return;
	snprintf(path, sizeof(path), "%s/comm", task);
	root_line(root, path, comm, sizeof(comm));
	first_stack_line(root, task, where, sizeof(where));
	fn(tid, comm, where, arg);
}

/**
 * transition_scan - look at every task
 * @root: the root
 * @patching: the transition puts the patch in; false when it takes it out
 * @result: gets the counts; both are 0 when the files cannot be read
 * @fn: called for each task that is not there yet, may be NULL
 * @arg: for @fn
 */
void transition_scan(const struct sysroot *root, bool patching,
		     struct transition *result, blocker_fn fn, void *arg)
{
	DIR *processes = root_opendir(root, "/proc"), *tasks;
	struct dirent *process, *task;
	char path[64];

	memset(result, 0, sizeof(*result));
	while (processes && (process = readdir(processes))) {
		if (!isdigit((unsigned char)process->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/task",
			 process->d_name);
		tasks = root_opendir(root, path);
		while (tasks && (task = readdir(tasks))) {
			if (!isdigit((unsigned char)task->d_name[0]))
				continue;
			snprintf(path, sizeof(path), "/proc/%.16s/task/%.16s",
				 process->d_name, task->d_name);
			scan_task(root, path, atoi(task->d_name), patching,
				  result, fn, arg);
		}
		if (tasks)
			closedir(tasks);
	}
	if (processes)
		closedir(processes);
}
