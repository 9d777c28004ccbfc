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

/**
 * struct scan - a walk over all tasks
 * @root: the root
 * @patching: see transition_scan()
 * @result: see transition_scan(); NULL when tasks inside a module are sought
 * @module: the module, in brackets as in a stack
 * @fn: called for each task that is found, may be NULL
 * @arg: for @fn
 */
struct scan {
	const struct sysroot *root;
	bool patching;
	struct transition *result;
	char module[64];
	blocker_fn fn;
	void *arg;
};

static void report_task(const struct scan *scan, const char *task, int tid)
{
	char path[96], comm[32], where[128];

	if (!scan->fn)
		return;
	snprintf(path, sizeof(path), "%s/comm", task);
	root_line(scan->root, path, comm, sizeof(comm));
	first_stack_line(scan->root, task, where, sizeof(where));
	scan->fn(tid, comm, where, scan->arg);
}

static void look_at_state(const struct scan *scan, const char *task, int tid)
{
	char path[96], state[16];

	snprintf(path, sizeof(path), "%s/patch_state", task);
	if (root_line(scan->root, path, state, sizeof(state)))
		return;
	scan->result->tasks++;
	if (strcmp(state, scan->patching ? "0" : "1"))
		return;
	scan->result->waiting++;
	report_task(scan, task, tid);
}

static void look_at_stack(const struct scan *scan, const char *task, int tid)
{
	char path[96], *stack;

	snprintf(path, sizeof(path), "%s/stack", task);
	stack = root_slurp(scan->root, path, NULL);
	if (stack && strstr(stack, scan->module))
		report_task(scan, task, tid);
	free(stack);
}

static void walk_tasks(const struct scan *scan, const char *pid)
{
	struct dirent *task;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%.16s/task", pid);
	tasks = root_opendir(scan->root, path);
	while (tasks && (task = readdir(tasks))) {
		if (!isdigit((unsigned char)task->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/task/%.16s", pid,
			 task->d_name);
		if (scan->result)
			look_at_state(scan, path, atoi(task->d_name));
		else
			look_at_stack(scan, path, atoi(task->d_name));
	}
	if (tasks)
		closedir(tasks);
}

static void walk_processes(const struct scan *scan)
{
	DIR *processes = root_opendir(scan->root, "/proc");
	struct dirent *process;

	while (processes && (process = readdir(processes)))
		if (isdigit((unsigned char)process->d_name[0]))
			walk_tasks(scan, process->d_name);
	if (processes)
		closedir(processes);
}

/**
 * tasks_inside - find the tasks that are inside a module
 * @root: the root
 * @module: its name
 * @fn: called for each
 * @arg: for @fn
 *
 * Only root can read the stacks that tell.
 */
void tasks_inside(const struct sysroot *root, const char *module,
		  blocker_fn fn, void *arg)
{
	struct scan scan = { .root = root, .fn = fn, .arg = arg };

	snprintf(scan.module, sizeof(scan.module), "[%s]", module);
	walk_processes(&scan);
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
	const struct scan scan = { root, patching, result, "", fn, arg };

	memset(result, 0, sizeof(*result));
	walk_processes(&scan);
}
