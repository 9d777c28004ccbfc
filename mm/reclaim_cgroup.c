// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of a cgroup is in flight, while reclaim is for its limit.
 *
 * Such pages are charged to it until their write has ended, but cannot be found
 * on its LRU.  Who fails to charge a page and finds nothing to reclaim kills a
 * process of the cgroup, and does not know that memory is about to come free:
 * so reclaim waits in time, for some of the writes or, where swap runs out, for
 * all of them.
 */
#include <linux/hash.h>
#include <linux/memcontrol.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/timekeeping.h>

#include "reclaim.h"

/* Two cgroups that meet in one place wait for each other's writes, too. */
#define CGROUP_BITS 8
static atomic_t in_flight[1 << CGROUP_BITS];
/* Woken when some of any cgroup's writes have ended. */
static DECLARE_WAIT_QUEUE_HEAD(ended);

static atomic_t *in_flight_of(const struct mem_cgroup *target)
{
	return &in_flight[hash_ptr(target, CGROUP_BITS)];
}

/**
 * reclaim_cgroup_enter() - pages of a cgroup are put in flight
 * @target: whose limit they are reclaimed for, or NULL
 * @nr: how many
 */
void reclaim_cgroup_enter(const struct mem_cgroup *target, u32 nr)
{
	if (target)
		atomic_add(nr, in_flight_of(target));
}

/**
 * reclaim_cgroup_leave() - they have been freed, or are back on the LRU
 * @target: the same
 * @nr: how many
 */
void reclaim_cgroup_leave(const struct mem_cgroup *target, u32 nr)
{
	if (!target)
		return;
	atomic_sub_return(nr, in_flight_of(target));
	/* The change is ordered before this look, by a full barrier. */
	if (waitqueue_active(&ended))
		wake_up_all(&ended);
}

/* The machine has no limit of its own, and out_of_memory() counts on its own. */
static bool has_limit(struct mem_cgroup *target)
{
	return target && parent_mem_cgroup(target);
}

static bool has_room(struct mem_cgroup *target)
{
	return reclaim_policy_cgroup_room(atomic_read(in_flight_of(target)),
					  page_counter_read(&target->memory));
}

static bool settled(struct mem_cgroup *target)
{
	return !atomic_read(in_flight_of(target));
}

/* Bounded by the knob wait_ms; a killed task does not wait. */
static bool wait_until(bool (*condition)(struct mem_cgroup *target),
		       struct mem_cgroup *target)
{
	unsigned long timeout;
	u64 start_ns;
	long left;

	if (condition(target))
		return true;
	timeout = msecs_to_jiffies(reclaim_knob(RECLAIM_WAIT_MS));
	start_ns = ktime_get_ns();
	left = wait_event_killable_timeout(ended, condition(target), timeout);
	reclaim_count(wait_ns, ktime_get_ns() - start_ns);
	return left > 0;
}

/**
 * reclaim_cgroup_wait() - wait until more of a cgroup may be put in flight
 * @target: whose limit is reclaimed for, or NULL
 *
 * Context: may sleep.
 * Return: true if it may.
 */
bool reclaim_cgroup_wait(struct mem_cgroup *target)
{
	return !has_limit(target) || wait_until(has_room, target);
}

/* Pages that the cgroup can still have in swap. */
static u64 swap_room(struct mem_cgroup *target)
{
	long room = get_nr_swap_pages(), here;

	for (; target; target = parent_mem_cgroup(target)) {
		here = READ_ONCE(target->swap.max) -
		       page_counter_read(&target->swap);
		room = min(room, here);
	}
	return max(room, 0L);
}

/**
 * reclaim_cgroup_settle() - wait for the writes of a cgroup if swap runs out
 * @target: whose limit is reclaimed for, or NULL
 *
 * Context: may sleep.
 */
void reclaim_cgroup_settle(struct mem_cgroup *target)
{
	if (has_limit(target) && !settled(target) &&
	    reclaim_policy_must_settle(swap_room(target)))
		wait_until(settled, target);
}
