// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the out-of-memory killer must know of pages in flight.
 *
 * They are about to be free, but a task that fails to allocate can neither find
 * them on the LRU nor wait for their writes, as it would for writes of stock.
 * So before the kernel kills a process for the whole machine it asks here, and
 * is put off if memory has come free meanwhile.  For the limit of a cgroup nobody
 * is asked: there the function that kills is replaced by one that waits first and
 * then tries again.
 */
#include <linux/atomic.h>
#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/psi.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/wait.h>

#include "reclaim.h"

/* As long as the kernel tries by itself: 16 times, a tenth of a second each. */
#define OOM_WAIT_MS 1600
/* Nobody else waits meanwhile: a device that takes longer is taken as stuck. */
#define OOM_CGROUP_WAIT_MS 10000

/*
 * Runs under the kernel's oom_lock, which neither a write nor the worker that
 * ends it ever takes; other tasks that find no memory go on trying meanwhile.
 */
static int before_kill(struct notifier_block *nb, unsigned long unused,
		       void *freed)
{
	u64 nr = reclaim_io_wait_freed(msecs_to_jiffies(OOM_WAIT_MS));

	if (nr) {
		*(unsigned long *)freed += nr;
		reclaim_count(oom_deferred, 1);
	}
	return NOTIFY_OK;
}

static struct notifier_block oom_nb = {
	.notifier_call = before_kill,
};

/**
 * reclaim_oom_init() - have the kernel ask before it kills
 *
 * Context: may sleep.
 * Return: 0, or an error of the notifier chain.
 */
int reclaim_oom_init(void)
{
	return register_oom_notifier(&oom_nb);
}

/**
 * reclaim_oom_exit() - undo reclaim_oom_init(); nobody is inside afterwards
 *
 * Context: may sleep, for as long as one that was asked waits.
 */
void reclaim_oom_exit(void)
{
	unregister_oom_notifier(&oom_nb);
}

/* Lists that tasks have begun and ended to reclaim, since the module is there. */
static atomic64_t lists_begun = ATOMIC64_INIT(0);
static atomic64_t lists_ended = ATOMIC64_INIT(0);
/* Woken when one has ended. */
static DECLARE_WAIT_QUEUE_HEAD(list_wait);

/**
 * reclaim_oom_list_begin() - the current task reclaims a list
 *
 * Until it has ended, the folios of the list are on no LRU, nor in flight.
 */
void reclaim_oom_list_begin(void)
{
	atomic64_inc(&lists_begun);
}

/**
 * reclaim_oom_list_end() - they are gone, in flight or back on the LRU
 */
void reclaim_oom_list_end(void)
{
	atomic64_inc_return(&lists_ended);
	/* The change is ordered before this look, by a full barrier. */
	if (waitqueue_active(&list_wait))
		wake_up_all(&list_wait);
}

struct charge {
	struct mem_cgroup *memcg;
	unsigned long pages;
};

static bool has_margin(const void *arg)
{
	const struct charge *charge = arg;
	struct page_counter *memory = &charge->memcg->memory;

	return page_counter_read(memory) + charge->pages <=
	       READ_ONCE(memory->max);
}

/* No longer than until as many lists have ended as are being reclaimed now. */
static void wait_for_lists(const struct charge *charge)
{
	s64 goal = atomic64_read(&lists_begun);

	wait_event_killable_timeout(list_wait,
				    has_margin(charge) ||
				    atomic64_read(&lists_ended) >= goal,
				    msecs_to_jiffies(OOM_CGROUP_WAIT_MS));
}

/* Return: true if something was in flight. */
static bool wait_for_pages(const struct charge *charge)
{
	bool flying;

	wait_for_lists(charge);
	flying = reclaim_io_in_flight();
	reclaim_io_wait_for(has_margin, charge,
			    msecs_to_jiffies(OOM_CGROUP_WAIT_MS));
	return flying;
}

/*
 * What has come free may be taken again by others of the cgroup before anybody
 * looks; then it can be had from them.
 */
static bool finds_room(const struct charge *charge, gfp_t gfp)
{
	return has_margin(charge) ||
	       tandem_call(try_to_free_mem_cgroup_pages)(charge->memcg, 1, gfp,
							 MEMCG_RECLAIM_MAY_SWAP,
							 NULL);
}

/* There is none only if reclaim finds none while nothing is in flight. */
static bool finds_room_in_time(const struct charge *charge, gfp_t gfp)
{
	unsigned long end = jiffies + msecs_to_jiffies(OOM_CGROUP_WAIT_MS);
	bool flying, found;

	do {
		flying = wait_for_pages(charge);
		found = finds_room(charge, gfp);
	} while (!found && flying && !fatal_signal_pending(current) &&
		 time_before(jiffies, end));
	return found;
}

/**
 * reclaim_oom_cgroup() - try once more before a process of a cgroup is killed
 * @memcg: whose limit is met
 * @gfp: of the charge that fails
 * @order: of the pages that are to be charged
 *
 * Wait until there is room for them, or all has ended that is being reclaimed or
 * in flight: whose it is only its batch knows.  In version 1 of cgroups there may
 * be a limit of memory and swap together as well, which swapping does not help:
 * there the kernel itself is to look for room afterwards.
 *
 * Context: may sleep.
 * Return: true if there is room, or reclaim finds pages again: nobody need be
 * killed.
 */
bool reclaim_oom_cgroup(struct mem_cgroup *memcg, gfp_t gfp, int order)
{
	const struct charge charge = { memcg, 1UL << order };
	bool found = false;
	unsigned long psi;

	psi_memstall_enter(&psi);
	if (cgroup_subsys_on_dfl(memory_cgrp_subsys))
		found = finds_room_in_time(&charge, gfp);
	else
		wait_for_pages(&charge);
	psi_memstall_leave(&psi);
	if (found)
		reclaim_count(oom_deferred, 1);
	return found;
}
