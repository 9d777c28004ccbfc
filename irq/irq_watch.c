// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking after the lines: timers see whether helpers answer, a worker brings
 * lines to their modes, and it hears of CPUs that go.
 *
 * The timers run in softirq context, so that a task which holds a CPU at a high
 * priority cannot keep them from running; and there are two, on two CPUs, of which
 * one may be the one that takes no interrupts.
 */
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/sched/clock.h>
#include <linux/sched/isolation.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "irq.h"

#define PERIOD_MS 100

static void look(struct work_struct *work)
{
	irq_lines_look();
}

static DECLARE_WORK(work, look);

static void look_at_helpers(struct timer_list *timer);

static struct timer_list watches[] = {
	__TIMER_INITIALIZER(look_at_helpers, TIMER_PINNED),
	__TIMER_INITIALIZER(look_at_helpers, TIMER_PINNED),
};

static enum cpuhp_state hotplug_state;

/* The first of those that are not isolated, and the last. */
static int cpu_of(const struct timer_list *watch)
{
	int cpu, found = raw_smp_processor_id();

	for_each_cpu_and(cpu, cpu_online_mask,
			 housekeeping_cpumask(HK_TYPE_TIMER)) {
		found = cpu;
		if (watch == &watches[0])
			break;
	}
	return found;
}

/* Preemption is off, or its CPU could go offline meanwhile. */
static void wind(struct timer_list *watch)
{
	watch->expires = jiffies + msecs_to_jiffies(PERIOD_MS);
	add_timer_on(watch, cpu_of(watch));
}

static void look_at_helpers(struct timer_list *timer)
{
	u64 limit_ns = (u64)irq_knob(IRQ_STUCK_MS) * NSEC_PER_MSEC;
	u64 now = local_clock();
	struct irq_line *line;
	unsigned long index;

	rcu_read_lock();
	xa_for_each(&irq_lines_by_number, index, line)
		irq_queue_rescue(line, now, limit_ns);
	rcu_read_unlock();
	queue_work(system_unbound_wq, &work);
	wind(timer);
}

/*
 * Runs on a CPU that still works, while its threads still do, but which is not active
 * any more and so chosen for nothing. One that comes is found by the next look.
 */
static int cpu_goes(unsigned int cpu)
{
	irq_lines_look();
	return 0;
}

/**
 * irq_watch_init() - hear of CPUs that go
 *
 * Context: module init.
 * Return: 0 or a negative error.
 */
int irq_watch_init(void)
{
	int state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					      "tandem/irq:online", NULL,
					      cpu_goes);

	if (state < 0)
		return state;
	hotplug_state = state;
	return 0;
}

/**
 * irq_watch_exit() - undo irq_watch_init()
 *
 * Context: module exit; nothing is watched.
 */
void irq_watch_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
	cancel_work_sync(&work);
}

/**
 * irq_watch_start() - begin to watch
 *
 * Context: process context.
 */
void irq_watch_start(void)
{
	preempt_disable();
	wind(&watches[0]);
	wind(&watches[1]);
	preempt_enable();
}

/**
 * irq_watch_stop() - end it
 *
 * Context: process context, sleeps.
 */
void irq_watch_stop(void)
{
	timer_delete_sync(&watches[0]);
	timer_delete_sync(&watches[1]);
	/* One that has wound itself on another CPU may be about to return. */
	synchronize_rcu();
	cancel_work_sync(&work);
}
