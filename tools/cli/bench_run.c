// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run of the bench: the same memory is filled, pushed out and read back,
 * once by memory.reclaim and once by MADV_PAGEOUT, and what that took is
 * counted.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "machine.h"
#include "swaps.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define STEPS 6
#define CHUNK (4 * BENCH_MIB)
#define SETTLE_NS (20 * NS_PER_S)
#define SWITCH_NS (30 * NS_PER_S)
#define MAX_SWAPS 32

/**
 * struct count - what is counted, at one moment
 * @at_ns: the moment
 * @shootdowns: row TLB of /proc/interrupts
 * @calls: row CAL
 * @swapped: pages of the cgroup that have a place in swap
 * @memory: of the cgroup
 */
struct count {
	uint64_t at_ns;
	uint64_t shootdowns;
	uint64_t calls;
	uint64_t swapped;
	struct cgroup_memory memory;
};

/**
 * bench_room_read - look at what the machine has to give
 * @root: the root
 * @room: filled in
 */
void bench_room_read(const struct sysroot *root, struct bench_room *room)
{
	struct swap_info list[MAX_SWAPS];
	size_t n = swap_list(root, list, MAX_SWAPS), i;

	room->mem_free = machine_memory(root, "MemFree:");
	room->watermarks = machine_watermarks(root);
	room->swap = machine_memory(root, "SwapTotal:");
	room->swap_free = machine_memory(root, "SwapFree:");
	room->swap_in_memory = machine_zswap(root);
	for (i = 0; i < n; i++)
		if (list[i].synchronous)
			room->swap_in_memory = true;
	room->cpus = machine_cpus(root);
}

static void read_memory(const struct bench *b, struct cgroup_memory *m)
{
	cgroup_flush(&b->cg);
	cgroup_memory_read(b->cg.root, b->cg.path, m);
}

static void count(const struct bench *b, struct count *c)
{
	const struct sysroot *root = &b->cli->root;

	c->at_ns = now_ns();
	c->shootdowns = machine_interrupts(root, "TLB:");
	c->calls = machine_interrupts(root, "CAL:");
	c->swapped = cgroup_u64(&b->cg, "memory.swap.current") / WORK_PAGE;
	read_memory(b, &c->memory);
}

static uint64_t more(uint64_t old, uint64_t now)
{
	return now > old ? now - old : 0;
}

static void between(const struct count *old, const struct count *now,
		    struct bench_push *push)
{
	push->pages = more(old->swapped, now->swapped);
	push->shootdowns = more(old->shootdowns, now->shootdowns);
	push->calls = more(old->calls, now->calls);
	push->scanned = more(old->memory.scanned, now->memory.scanned);
	push->stolen = more(old->memory.stolen, now->memory.stolen);
	push->seconds = (double)(now->at_ns - old->at_ns) / 1e9;
}

static void show(struct bench *b)
{
	char what[64];

	snprintf(what, sizeof(what), "steps; run %zu of %u, module %s",
		 b->n + 1, 2 * b->rounds, b->n % 2 ? "on" : "off");
	progress_show(&b->progress, what, b->done, 2 * b->rounds * STEPS);
}

static int heed(struct bench *b, unsigned int events)
{
	if (events & LOOP_QUIT)
		b->quit = true;
	if (events & LOOP_TICK)
		show(b);
	return b->quit ? -EINTR : 0;
}

/* For loops that do not wait: has the user had enough? */
static int check(struct bench *b)
{
	return heed(b, loop_check(&b->loop));
}

/* For what the kernel tells nobody about: a look every few milliseconds. */
static int pause_a_little(struct bench *b)
{
	const struct timespec ts = { 0, 2000000 };

	nanosleep(&ts, NULL);
	return check(b);
}

/**
 * bench_wait_answer - wait for an answer of the process
 * @b: bench
 *
 * Return: the answer, or -errno.
 */
int bench_wait_answer(struct bench *b)
{
	unsigned int events = 0;
	int err = 0;

	b->loop.watched = b->work.socket;
	while (!err && !(events & LOOP_READABLE)) {
		events = loop_wait(&b->loop);
		err = heed(b, events);
	}
	b->loop.watched = -1;
	return err;
}

static int ask(struct bench *b, enum work_verb verb, uint64_t seed,
	       int64_t *value)
{
	int err = work_ask(&b->work, verb, seed);

	if (!err)
		err = bench_wait_answer(b);
	if (err)
		return err;
	*value = work_answer(&b->work);
	b->done += verb != WORK_RESIDENT;
	return *value < 0 ? (int)*value : 0;
}

static bool arrived(const struct tandem_capability_info *info, bool on)
{
	return on ? info->state == TANDEM_ON :
		    info->state == TANDEM_OFF && !info->in_flight;
}

static int switch_to(struct bench *b, bool on)
{
	uint64_t end = now_ns() + SWITCH_NS;
	struct tandem_capability_info info = { 0 };
	int err = tandem_capability_set(b->t, CAPABILITY_RECLAIM, on);

	while (!err) {
		err = tandem_capability_get(b->t, CAPABILITY_RECLAIM, &info);
		if (err || arrived(&info, on))
			break;
		if (info.state == TANDEM_FAILED ||
		    info.state == TANDEM_DISPLACED)
			return -ECANCELED;
		err = now_ns() > end ? -ETIMEDOUT : pause_a_little(b);
	}
	return err;
}

/* Until what was begun is written: only then is the work done. */
static int settle(struct bench *b)
{
	struct tandem_capability_info info = { 0 };
	uint64_t end = now_ns() + SETTLE_NS;
	struct cgroup_memory m;
	int err;

	for (;;) {
		read_memory(b, &m);
		err = tandem_capability_get(b->t, CAPABILITY_RECLAIM, &info);
		if (err || (!m.writeback && !info.in_flight) ||
		    now_ns() > end)
			return err;
		err = pause_a_little(b);
		if (err)
			return err;
	}
}

/* Forgets that filling the memory was a use of it. */
static int make_cold(const struct bench *b)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)b->work.pid);
	f = fopen(path, "w");
	if (!f)
		return -errno;
	fputs("1\n", f);
	return fclose(f) ? -errno : 0;
}

/*
 * Whatever vm.swappiness is, for the work is to be the same on any machine.
 * -EAGAIN says that less was reclaimed than was asked for.
 */
static int reclaim(const struct bench *b, uint64_t bytes)
{
	char text[64];
	int err;

	snprintf(text, sizeof(text), "%" PRIu64 " swappiness=60", bytes);
	err = cgroup_write(&b->cg, "memory.reclaim", text);
	return err == -EAGAIN || err == -EINTR ? 0 : err;
}

/* Three quarters are asked for: the last pages are nobody's usual case. */
static int push_by_reclaim(struct bench *b)
{
	const uint64_t target = b->plan.bytes / 4;
	uint64_t tries = 40 + 8 * b->plan.bytes / CHUNK, left;
	struct cgroup_memory m;
	int err = 0;

	while (!err && tries--) {
		read_memory(b, &m);
		if (m.resident <= target + CHUNK / 16)
			break;
		left = m.resident - target;
		err = reclaim(b, left < CHUNK ? left : CHUNK);
		if (!err)
			err = check(b);
	}
	return err ? err : settle(b);
}

static int push_by_pageout(struct bench *b, uint64_t address)
{
	uint64_t end = address + b->plan.bytes;
	int err = 0;

	while (!err && address < end) {
		uint64_t left = end - address;
		struct iovec range = { (void *)(uintptr_t)address,
				       left < CHUNK ? left : CHUNK };
		long done = syscall(SYS_process_madvise, b->work.pidfd,
				    &range, 1, MADV_PAGEOUT, 0);

		if (done <= 0)
			return done ? -errno : -EIO;
		address += (uint64_t)done;
		err = check(b);
	}
	return err ? err : settle(b);
}

static int push(struct bench *b, bool pageout, uint64_t address,
		struct bench_push *push)
{
	struct count before, after;
	int64_t resident = 0;
	int err = make_cold(b);

	if (err)
		return err;
	count(b, &before);
	err = pageout ? push_by_pageout(b, address) : push_by_reclaim(b);
	if (err)
		return err;
	count(b, &after);
	between(&before, &after, push);
	b->done++;
	err = ask(b, WORK_RESIDENT, 0, &resident);
	push->resident = (uint64_t)resident;
	return err;
}

static int read_back(struct bench *b, struct bench_run *run,
		     struct bench_push *push)
{
	uint64_t began = now_ns();
	int64_t bad = 0;
	int err = ask(b, WORK_VERIFY, 0, &bad);

	push->read_seconds = (double)(now_ns() - began) / 1e9;
	run->verified += b->plan.bytes / WORK_PAGE;
	run->wrong += (uint64_t)bad;
	return err;
}

static uint64_t pressure_us(const struct bench *b, bool *known)
{
	char path[384];

	snprintf(path, sizeof(path), "%s/memory.pressure", b->cg.path);
	return pressure_read(&b->cli->root, path, known);
}

static int one_way(struct bench *b, bool pageout, struct bench_run *run)
{
	struct bench_push *to = pageout ? &run->pageout : &run->reclaim;
	int64_t address = 0;
	uint64_t before;
	int err = ask(b, WORK_FILL, 2 * b->n + pageout, &address);

	before = pressure_us(b, &to->pressure_known);
	if (!err)
		err = push(b, pageout, (uint64_t)address, to);
	if (!err)
		err = read_back(b, run, to);
	to->pressure_seconds =
		(double)more(before, pressure_us(b, &to->pressure_known)) / 1e6;
	return err;
}

/* What others have taken since is theirs: then the bench has to end. */
static bool has_room(const struct bench *b)
{
	struct bench_room room;

	bench_room_read(&b->cli->root, &room);
	room.mem_free += cgroup_u64(&b->cg, "memory.current");
	return room.mem_free > room.watermarks + b->plan.bytes;
}

/**
 * bench_run_once - do the work once
 * @b: bench
 * @on: with the module switched on
 * @run: filled in
 *
 * Return: 0, or -errno: -EINTR when the user had enough, -ENOSPC when the
 * machine needs its memory.
 */
int bench_run_once(struct bench *b, bool on, struct bench_run *run)
{
	int err;

	memset(run, 0, sizeof(*run));
	run->on = on;
	run->all_pages = b->plan.bytes / WORK_PAGE;
	show(b);
	if (!has_room(b))
		return -ENOSPC;
	err = switch_to(b, on);
	if (!err)
		err = one_way(b, false, run);
	if (!err)
		err = one_way(b, true, run);
	return err;
}
