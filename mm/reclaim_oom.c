// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the out-of-memory killer must know of pages in flight.
 *
 * They are about to be free, but a task that fails to allocate can neither find
 * them on the LRU nor wait for their writes, as it would for writes of stock.
 * So before the kernel kills a process for the whole machine it asks here, and
 * is put off if memory has come free meanwhile.  For the limit of a cgroup nobody
 * is asked: there the function that kills is replaced by one that waits first.
 */
#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/notifier.h>
#include <linux/oom.h>

#include "reclaim.h"

/* As long as the kernel tries by itself: 16 times, a tenth of a second each. */
#define OOM_WAIT_MS 1600

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

/**
 * reclaim_oom_cgroup() - wait before a process of a cgroup is killed
 * @memcg: whose limit is met
 * @order: of the pages that are to be charged
 *
 * Until there is room for them, while anything is in flight: whose it is only its
 * batch knows.  The kernel itself looks for room before it kills.
 *
 * Context: may sleep.
 */
void reclaim_oom_cgroup(struct mem_cgroup *memcg, int order)
{
	const struct charge charge = { memcg, 1UL << order };

	if (has_margin(&charge))
		return;
	reclaim_io_wait_for(has_margin, &charge,
			    msecs_to_jiffies(OOM_WAIT_MS));
	if (has_margin(&charge))
		reclaim_count(oom_deferred, 1);
}
