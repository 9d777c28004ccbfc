// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem reclaim bench: the same work with the module off and on, in turn, on
 * the machine that it is to serve. It lives in a cgroup of its own, takes only
 * memory that is free, and leaves everything as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define NAME "tandem-bench"

struct arguments {
	uint64_t size;
	unsigned long runs;
	unsigned long threads;
};

static int check_state(const struct tandem_capability_info *info)
{
	switch (info->state) {
	case TANDEM_OFF:
	case TANDEM_ON:
		return CLI_OK;
	case TANDEM_FAILED:
		cli_error("tandem report collects what a developer needs to know",
			  "no bench: the module has switched itself off: %s",
			  info->reason);
		return CLI_STATE_FAILED;
	case TANDEM_DISPLACED:
		cli_error("take the other livepatch out, or this one: tandem unload",
			  "no bench: the module is displaced: %s",
			  info->reason);
		return CLI_STATE_DISPLACED;
	default:
		cli_error("try again in a moment",
			  "no bench: the module is %s", info->state_name);
		return CLI_FAILED;
	}
}

static int check_rights(const struct cli *cli)
{
	if (!cli->root.real) {
		cli_error(NULL, "no bench: --root is another machine");
		return CLI_FAILED;
	}
	if (geteuid()) {
		cli_error("run it as root, outside of containers",
			  "no bench: it makes a cgroup and switches the module");
		return CLI_NOT_ALLOWED;
	}
	return CLI_OK;
}

static int check_cgroups(const struct cli *cli)
{
	char top[256];

	if (cgroup_top(&cli->root, top, sizeof(top))) {
		cli_error("mount them: mount -t cgroup2 none /sys/fs/cgroup",
			  "no bench: cgroups of version 2 are not mounted");
		return CLI_FAILED;
	}
	if (!cgroup_has_memory(&cli->root, top)) {
		cli_error("boot with systemd.unified_cgroup_hierarchy=1",
			  "no bench: %s has no memory controller; version 1 has it",
			  top);
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int check_room(struct bench *b, const struct arguments *a)
{
	struct bench_refusal refusal;
	struct bench_room room;

	bench_room_read(&b->cli->root, &room);
	if (bench_fit(&room, a->size, a->threads, &b->plan, &refusal))
		return CLI_OK;
	cli_error(refusal.remedy, "no bench: %s", refusal.why);
	return a->threads > room.cpus ? CLI_USAGE : CLI_FAILED;
}

static int cannot_begin(struct bench *b, int err)
{
	if (err == -EEXIST)
		cli_error("when none is running: rmdir /sys/fs/cgroup/" NAME,
			  "no bench: another one is running (%s is there)",
			  b->cg.path);
	else
		cli_error(NULL, "no bench: cannot prepare the cgroup %s: %s",
			  b->cg.path, strerror(-err));
	cgroup_remove(&b->cg);
	return CLI_FAILED;
}

/* Should the bench be wrong about anything, it cannot take more than this. */
static int limit(const struct bench *b)
{
	char text[32];
	int err;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)
		 (b->plan.bytes + b->plan.bytes / 16 + 16 * BENCH_MIB));
	err = cgroup_write(&b->cg, "memory.max", text);
	if (!err)
		err = cgroup_write(&b->cg, "memory.swap.max", text);
	return err;
}

static int start_work(struct bench *b)
{
	char path[384];
	int procs, err;

	snprintf(path, sizeof(path), "%s/cgroup.procs", b->cg.path);
	procs = open(path, O_WRONLY | O_CLOEXEC);
	if (procs < 0)
		return -errno;
	err = work_start(&b->work, procs, b->plan.bytes, b->plan.threads);
	close(procs);
	if (!err)
		err = bench_wait_answer(b);
	return err ? err : (int)work_answer(&b->work);
}

static int measure(struct bench *b)
{
	int err = limit(b);

	if (!err)
		err = start_work(b);
	while (!err && b->n < 2 * (size_t)b->rounds) {
		err = bench_run_once(b, b->n % 2, &b->runs[b->n]);
		b->n += !err;
	}
	return err;
}

static const char *words_for(int err)
{
	switch (err) {
	case -EINTR:
		return "stopped";
	case -ENOSPC:
		return "stopped, because the machine needs its memory for others";
	case -ECANCELED:
		return "stopped, because the module is no longer able to be on: see tandem status";
	case -ETIMEDOUT:
		return "stopped, because the module could not be switched in time";
	case -ECHILD:
		return "stopped, because its process was killed";
	default:
		return strerror(-err);
	}
}

static uint64_t wrong_pages(const struct bench *b)
{
	uint64_t wrong = 0;
	size_t i;

	for (i = 0; i < b->n; i++)
		wrong += b->runs[i].wrong;
	return wrong;
}

static int conclude(struct bench *b, int err, int restored)
{
	if (err) {
		cli_error(NULL, "%s; %s", words_for(err), restored ?
			  "not everything is as it was" :
			  "everything is as it was");
		return CLI_FAILED;
	}
	bench_print(b);
	if (wrong_pages(b)) {
		cli_error("switch the module off (tandem unload) and send a tandem report",
			  "pages came back WRONG");
		return CLI_FAILED;
	}
	return restored ? CLI_FAILED : CLI_OK;
}

/* From here on the guard puts everything back, whatever happens. */
static int guarded(struct bench *b, struct guard *guard)
{
	int err, restored;

	b->work.socket = -1;
	b->work.pidfd = -1;
	err = measure(b);
	progress_end(&b->progress);
	restored = guard_end(guard);
	work_end(&b->work);
	if (b->work.pid > 0)
		waitpid(b->work.pid, NULL, 0);
	return conclude(b, err, restored);
}

static int run(struct bench *b, bool enabled)
{
	struct guard guard;
	int err, code;

	if (loop_open(&b->loop, NS_PER_S / 4, true)) {
		cli_error(NULL, "cannot wait: %s", strerror(errno));
		loop_close(&b->loop);
		return CLI_FAILED;
	}
	progress_begin(&b->progress, false);
	err = cgroup_make(&b->cg, &b->cli->root, NAME);
	if (!err)
		err = guard_start(&guard, &b->cg, CAPABILITY_RECLAIM, enabled);
	code = err ? cannot_begin(b, err) : guarded(b, &guard);
	loop_close(&b->loop);
	return code;
}

static int bench(struct bench *b, const struct arguments *a)
{
	static const char what[] = "no bench";
	struct tandem_capability_info info = { 0 };
	int err, code = check_rights(b->cli);

	if (!code)
		code = cli_connect(&b->t, what);
	if (code)
		return code;
	err = tandem_capability_get(b->t, CAPABILITY_RECLAIM, &info);
	code = err ? cli_lib_error(b->t, err, what) : check_state(&info);
	if (!code)
		code = check_cgroups(b->cli);
	if (!code)
		code = check_room(b, a);
	if (!code)
		code = run(b, info.enabled);
	tandem_close(b->t);
	return code;
}

static const struct cli_option options[] = {
	{ "size", 's', "SIZE",
	  "Memory to push out (256M, or less where less is free)", CLI_SIZE,
	  offsetof(struct arguments, size), BENCH_LEAST, 1ULL << 40 },
	{ "runs", 'n', "N", "Runs with the module off, and as many on (5)",
	  CLI_COUNT, offsetof(struct arguments, runs), 3, BENCH_MAX_RUNS },
	{ "threads", 't', "N",
	  "Threads that share the memory (4, or as many as there are CPUs)",
	  CLI_COUNT, offsetof(struct arguments, threads), 1, 4096 },
	{ 0 }
};

static const struct cli_syntax syntax = {
	.options = options,
	.doc = "Compare this machine with the module off and on: the same memory is filled, pushed out, read back and verified, in turn. Takes only memory that is free, in a cgroup of its own; at the end, also when stopped, everything is as it was.\v"
	       "Exit codes: 0 measured, 1 it cannot be done here or was stopped, or data came back wrong, 3 not loaded, 4 needs root, 6 the module is failed, 7 displaced.",
};

int cmd_bench(struct cli *cli, int argc, char **argv)
{
	struct arguments a = { .runs = 5 };
	struct bench *b = calloc(1, sizeof(*b));
	int code = b ? cli_read(cli, &syntax, argc, argv, &a) : CLI_FAILED;

	if (!code) {
		b->cli = cli;
		b->rounds = (unsigned int)a.runs;
		code = bench(b, &a);
	}
	free(b);
	return code;
}
