// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the out-of-memory killer must know of pages in flight.
 *
 * They are about to be free, but a task that fails to allocate can neither find
 * them on the LRU nor wait for their writes, as it would for writes of stock.
 * So before the kernel kills a process for the whole machine it asks here, and
 * is put off if memory has come free meanwhile.  For the limit of a cgroup nobody
 * is asked: there the function that kills is replaced by one that waits first and
 * then tries once more.
 */
#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/psi.h>
#include <linux/swap.h>

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

/*
 * What has come free may be taken again by others of the cgroup before anybody
 * looks; then it can be had from them.
 */
static bool reclaims(struct mem_cgroup *memcg, gfp_t gfp)
{
	return tandem_call(try_to_free_mem_cgroup_pages)(memcg, 1, gfp,
							 MEMCG_RECLAIM_MAY_SWAP,
							 NULL);
}

/**
 * reclaim_oom_cgroup() - try once more before a process of a cgroup is killed
 * @memcg: whose limit is met
 * @gfp: of the charge that fails
 * @order: of the pages that are to be charged
 *
 * Wait until there is room for them, or all has ended that is in flight: whose
 * it is only its batch knows.  In version 1 of cgroups there may be a limit of
 * memory and swap together as well, which swapping does not help: there the
 * kernel itself is to look for room afterwards.
 *
 * Context: may sleep.
 * Return: true if there is room, or reclaim finds pages again: nobody need be
 * killed.
 */
bool reclaim_oom_cgroup(struct mem_cgroup *memcg, gfp_t gfp, int order)
{
	const struct charge charge = { memcg, 1UL << order };
	unsigned long psi;
	bool found;

	psi_memstall_enter(&psi);
	reclaim_io_wait_for(has_margin, &charge,
			    msecs_to_jiffies(OOM_CGROUP_WAIT_MS));
	found = cgroup_subsys_on_dfl(memory_cgrp_subsys) &&
		(has_margin(&charge) || reclaims(memcg, gfp));
	psi_memstall_leave(&psi);
	if (found)
		reclaim_count(oom_deferred, 1);
	return found;
}
