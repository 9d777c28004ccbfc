// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of a line: an interrupt goes in where it comes, and its handler runs
 * where it is taken out.
 *
 * The helper CPU is called, as CPUs call functions on each other, and runs the
 * handler in its interrupt: no thread has to be woken and scheduled.  Only where one
 * call finds more than a few, or the administrator wants the helper to look for the
 * next one, a thread does it; it gives way to others as real-time threads do.
 *
 * The handler of a line never runs twice at a time, as on stock.  Three rules see
 * to it: the kernel calls irq_queue_handler() of a line on one CPU at a time;
 * who takes out of the queue sets @running and there is only one; and the
 * handler runs in place only when nothing waits and nothing is running, while
 * only irq_queue_handler() puts something in.
 *
 * An interrupt holds threads_active of its line from before it can be taken out
 * until its handler has returned.  That is what synchronize_irq(), disable_irq()
 * and free_irq() wait for, so what the owner requested is there as long as it is
 * needed here.
 */
#include <linux/cpumask.h>
#include <linux/hardirq.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/wait_bit.h>

#include <asm/irq_regs.h>

#include "irq.h"

#define CREATE_TRACE_POINTS
#include "irq_trace.h"

/* By how much of itself what is taken for the usual cost goes up or down. */
#define COST_STEP 16

/* Interrupts that the cost of handing over is measured with. */
#define MEASURED 64

/* Handlers that one call runs before it leaves the others to the thread. */
#define BURST 8

DEFINE_PER_CPU(struct irq_counters, irq_counters);

/* What handing over costs, in nanoseconds: of all lines, and when switched on. */
static u64 cost_ns;

/* ---- the interrupted CPU ---------------------------------------------------- */

static bool is_idle(const struct irq_line *line)
{
	return line->pushed == line->taken && !line->running;
}

/* The kernel marks a line while it calls; others who call are in a hurry. */
static bool in_flow(struct irq_line *line)
{
	return !line->desc || irqd_irq_inprogress(&line->desc->irq_data);
}

static void hold_description(struct irq_line *line)
{
	if (line->desc)
		atomic_inc(&line->desc->threads_active);
}

/* It may be gone as soon as the last has let go: RCU keeps it until then. */
static void drop_description(struct irq_line *line)
{
	struct irq_desc *desc = line->desc;

	if (!desc)
		return;
	rcu_read_lock();
	if (atomic_dec_and_test(&desc->threads_active) &&
	    /* A full barrier, whose partner is that of prepare_to_wait(). */
	    waitqueue_active(&desc->wait_for_threads))
		wake_up(&desc->wait_for_threads);
	rcu_read_unlock();
}

/**
 * enum push - what became of an interrupt
 * @PUSH_IN_PLACE: it has to be handled here
 * @PUSH_QUEUED: it waits, and the helper is about to look
 * @PUSH_CALL: it waits, and the helper has to be called
 * @PUSH_MERGED: one that waits does for it, too
 */
enum push {
	PUSH_IN_PLACE,
	PUSH_QUEUED,
	PUSH_CALL,
	PUSH_MERGED,
};

/*
 * One that waits begins after this one has come, and sees all that its device
 * has to say.  Of a level line one that runs is enough: the line is raised again.
 */
static bool can_merge(const struct irq_line *line)
{
	return line->level || line->pushed - line->taken >= IRQ_QUEUE;
}

static enum push push_locked(struct irq_line *line, u64 entered)
{
	bool idle = is_idle(line);

	if (idle && (!line->hand || line->tripped || !in_flow(line) ||
		     READ_ONCE(line->helper) == smp_processor_id()))
		return PUSH_IN_PLACE;
	if (!idle && can_merge(line))
		return PUSH_MERGED;
	hold_description(line);
	line->entered[line->pushed % IRQ_QUEUE] = entered;
	line->pushed++;
	if (line->awake || line->called)
		return PUSH_QUEUED;
	line->called = true;
	return PUSH_CALL;
}

/* It must not come again before its handler has run. */
static void keep_off(struct irq_desc *desc)
{
	tandem_call(__disable_irq)(desc);
	tandem_call(mask_irq)(desc);
}

static enum push push_level(struct irq_line *line, u64 entered)
{
	struct irq_desc *desc = line->desc;
	enum push push;

	raw_spin_lock(&desc->lock);
	raw_spin_lock(&line->lock);
	push = push_locked(line, entered);
	if (push == PUSH_QUEUED || push == PUSH_CALL)
		keep_off(desc);
	raw_spin_unlock(&line->lock);
	raw_spin_unlock(&desc->lock);
	return push;
}

static enum push push(struct irq_line *line, u64 entered)
{
	enum push push;

	if (line->level)
		return push_level(line, entered);
	raw_spin_lock(&line->lock);
	push = push_locked(line, entered);
	raw_spin_unlock(&line->lock);
	return push;
}

/* Interrupts off: a CPU that is about to go offline waits until it is called. */
static void call_helper(struct irq_line *line)
{
	if (!smp_call_function_single_async(READ_ONCE(line->helper),
					    &line->call))
		return;
	/* There is none any more: the thread runs wherever it may. */
	raw_spin_lock(&line->lock);
	line->called = false;
	raw_spin_unlock(&line->lock);
	wake_up_process(line->thread);
}

/* The line may be gone as soon as it is seen to be disarmed. */
static void disarm(struct irq_line *line)
{
	atomic_t *armed = &line->again_armed;

	/* Pairs with the acquire of who arms it, and of who frees it. */
	atomic_set_release(armed, 0);
	/* Pairs with that of wait_var_event(): one of both sees the other. */
	smp_mb__after_atomic();
	wake_up_var(armed);
}

static void user_again(struct callback_head *head)
{
	struct irq_line *line = container_of(head, struct irq_line, again);

	trace_handoff_user_again(line->irq, line->again_number);
	disarm(line);
}

/* Costs something on the way back, so only where somebody looks. */
static void tell_user_again(struct irq_line *line, u64 number)
{
	struct pt_regs *regs = get_irq_regs();

	if (!trace_handoff_user_again_enabled() || !regs || !user_mode(regs))
		return;
	if (atomic_cmpxchg_acquire(&line->again_armed, 0, 1))
		return;
	line->again_number = number;
	if (task_work_add(current, &line->again, TWA_RESUME))
		disarm(line);
}

static void count_handler(struct irq_line *line, u64 ns)
{
	u64 *bucket = &line->buckets[min(fls64(ns), IRQ_BUCKETS - 1)];

	WRITE_ONCE(*bucket, *bucket + 1);
	irq_line_count(line, IRQ_SUBJECT_HANDLER, ns);
}

static irqreturn_t handle_in_place(struct irq_line *line, int irq,
				   void *dev_id, u64 entered)
{
	u64 start = local_clock(), end;
	irqreturn_t result;

	result = line->handler(irq, dev_id);
	end = local_clock();
	count_handler(line, end - start);
	irq_line_count(line, IRQ_SUBJECT_IN_PLACE, 1);
	irq_line_count(line, IRQ_SUBJECT_LOST, end - entered);
	irq_add(in_place, 1);
	irq_add(in_place_ns, end - start);
	return result;
}

/*
 * What is above as often as it is below: a CPU that was taken away in between
 * counts once, however long that was.
 */
static void follow(u64 *usual, u64 ns)
{
	u64 old = READ_ONCE(*usual) ?: cost_ns, step = max(old / COST_STEP, 1ull);

	WRITE_ONCE(*usual, ns > old ? old + step : old - step);
}

static void count_handed(struct irq_line *line, enum push push, u64 entered)
{
	u64 ns = local_clock() - entered;

	irq_line_count(line, IRQ_SUBJECT_LOST, ns);
	irq_add(entry_ns, ns);
	if (push == PUSH_MERGED) {
		irq_line_count(line, IRQ_SUBJECT_MERGED, 1);
		irq_add(merged, 1);
		return;
	}
	follow(&line->stats[IRQ_SUBJECT_COST], ns);
	follow(&cost_ns, ns);
	irq_line_count(line, IRQ_SUBJECT_HANDED, 1);
	irq_add(handed, 1);
}

/* Only the interrupted CPU changes @pushed. */
static void hand_over(struct irq_line *line, enum push push, u64 entered)
{
	u64 number = line->pushed;

	if (push != PUSH_MERGED)
		trace_handoff_enter(line->irq, number,
				    number - READ_ONCE(line->taken));
	if (push == PUSH_CALL)
		call_helper(line);
	count_handed(line, push, entered);
	tell_user_again(line, number);
}

/**
 * irq_queue_handler() - the handler that stands in front of the owner's
 * @irq: number of the line
 * @dev_id: the owner's argument
 *
 * The kernel learns of a handler that was not responsible one interrupt later, as
 * it does from handlers with a thread.
 *
 * Context: interrupt, called by the kernel.
 * Return: the result of the handler in place, or of the one that ran last.
 */
irqreturn_t irq_queue_handler(int irq, void *dev_id)
{
	u64 entered = local_clock();
	struct irq_line *line = xa_load(&irq_lines_by_number, irq);
	enum push how;

	if (WARN_ON_ONCE(!line))
		return IRQ_NONE;
	irq_line_count(line, IRQ_SUBJECT_INTERRUPTS, 1);
	how = push(line, entered);
	if (how == PUSH_IN_PLACE)
		return handle_in_place(line, irq, dev_id, entered);
	hand_over(line, how, entered);
	return READ_ONCE(line->result);
}

/* ---- the helper --------------------------------------------------------------- */

/**
 * struct taken - an interrupt that was taken out of the queue
 * @number: of the interrupt on its line, the first is 1
 * @entered: when it came
 * @start: when it was taken out
 * @end: when that returned
 * @put_off: it is left to the kernel
 * @result: of the handler
 */
struct taken {
	u64 number;
	u64 entered;
	u64 start;
	u64 end;
	bool put_off;
	irqreturn_t result;
};

static bool take(struct irq_line *line, struct taken *taken)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&line->lock, flags);
	found = !line->running && line->pushed != line->taken;
	if (found) {
		taken->entered = line->entered[line->taken % IRQ_QUEUE];
		taken->number = ++line->taken;
		line->running = true;
		taken->start = local_clock();
		line->started = taken->start;
	}
	raw_spin_unlock_irqrestore(&line->lock, flags);
	return found;
}

static void count_taken(struct irq_line *line, const struct taken *taken)
{
	/* Those that were made up to measure. */
	if (!line->desc)
		return;
	if (taken->put_off) {
		irq_line_count(line, IRQ_SUBJECT_PUT_OFF, 1);
		irq_add(put_off, 1);
		return;
	}
	count_handler(line, taken->end - taken->start);
	irq_line_count(line, IRQ_SUBJECT_COMPLETED, 1);
	irq_line_count(line, IRQ_SUBJECT_HELPED, taken->end - taken->start);
	irq_line_count(line, IRQ_SUBJECT_WAIT, taken->start - taken->entered);
	irq_add(completed, 1);
	irq_add(helper_ns, taken->end - taken->start);
}

static void end(struct irq_line *line, const struct taken *taken)
{
	raw_spin_lock(&line->lock);
	count_taken(line, taken);
	if (!taken->put_off)
		WRITE_ONCE(line->result, taken->result);
	line->running = false;
	raw_spin_unlock(&line->lock);
}

static void call_handler(struct irq_line *line, struct taken *taken)
{
	taken->result = line->handler(line->irq, line->dev_id);
	if (WARN_ONCE(!irqs_disabled(), "the handler of irq %u enabled interrupts\n",
		      line->irq))
		local_irq_disable();
	taken->end = local_clock();
	trace_handoff_complete(line->irq, taken->number,
			       taken->start - taken->entered,
			       taken->end - taken->start, taken->result);
}

/* Interrupts are off. */
static void run(struct irq_line *line, struct taken *taken)
{
	taken->put_off = line->desc && irq_descriptor_disabled(line);
	if (!taken->put_off)
		call_handler(line, taken);
	end(line, taken);
	/* Not before: what came in between would be merged, and come again. */
	if (line->level)
		irq_descriptor_level_done(line);
	drop_description(line);
}

/*
 * Who waits has queued itself before it looks under the line's lock, which we have
 * held since: one of both sees the other.
 */
static void tell_idle(struct irq_line *line)
{
	/* No barrier is missing: see above. */
	if (waitqueue_active(&line->idle))
		wake_up(&line->idle);
}

/*
 * As the kernel runs handlers that it has forced into threads: softirqs off, so
 * that those which the handler raises come after it, and interrupts off.
 */
static unsigned int drain(struct irq_line *line)
{
	struct taken taken;
	unsigned int n = 0;

	while (take(line, &taken)) {
		local_bh_disable();
		local_irq_disable();
		run(line, &taken);
		local_irq_enable();
		local_bh_enable();
		n++;
		if (!in_interrupt())
			cond_resched_tasks_rcu_qs();
	}
	if (n)
		tell_idle(line);
	return n;
}

static bool is_waiting(const struct irq_line *line)
{
	return READ_ONCE(line->pushed) != READ_ONCE(line->taken);
}

/* Whether this call has to look; else somebody does already, and will again. */
static bool begin_call(struct irq_line *line)
{
	bool look;

	raw_spin_lock(&line->lock);
	line->called = false;
	look = !line->awake;
	WRITE_ONCE(line->awake, true);
	raw_spin_unlock(&line->lock);
	return look;
}

/*
 * Whether the thread has to go on.  If so nobody is called before it sleeps again: a
 * call for what has come meanwhile would keep the thread from its CPU for as long as
 * interrupts come faster than they are handled.
 */
static bool end_call(struct irq_line *line)
{
	bool more;

	raw_spin_lock(&line->lock);
	more = is_waiting(line) || READ_ONCE(line->settings[IRQ_POLL_US]);
	WRITE_ONCE(line->awake, more);
	raw_spin_unlock(&line->lock);
	return more;
}

static void handle_some(struct irq_line *line)
{
	bool look = begin_call(line);
	struct taken taken;
	unsigned int n = 0;

	while (look && n++ < BURST && take(line, &taken))
		run(line, &taken);
	/* Who waits for the queue to rest waits for this call, too. */
	tell_idle(line);
	if (look && end_call(line))
		wake_up_process(line->thread);
}

/* The context that the handler was written for: the kernel calls us in it. */
static void on_helper(void *line)
{
	bool idle = !in_hardirq();

	/* An idle CPU may look for calls itself, and is not interrupted by them. */
	if (idle)
		__irq_enter_raw();
	handle_some(line);
	if (idle)
		__irq_exit_raw();
}

static void set_awake(struct irq_line *line, bool awake)
{
	raw_spin_lock_irq(&line->lock);
	WRITE_ONCE(line->awake, awake);
	raw_spin_unlock_irq(&line->lock);
}

/* So many times it looks for the next one before it looks whether it still should. */
#define LOOKS 32

static bool comes_soon(const struct irq_line *line)
{
	int i;

	for (i = 0; i < LOOKS; i++) {
		if (is_waiting(line))
			return true;
		cpu_relax();
	}
	return false;
}

/* Looks for the next one without being called, if an administrator wants that. */
static void poll(struct irq_line *line)
{
	u64 until = READ_ONCE(line->settings[IRQ_POLL_US]) * NSEC_PER_USEC;

	if (!until)
		return;
	until += local_clock();
	while (!comes_soon(line) && !need_resched() &&
	       !kthread_should_stop() && local_clock() < until)
		;
}

/* A call that leaves the rest to the thread says so first, and wakes it then. */
static void wait(struct irq_line *line)
{
	set_current_state(TASK_INTERRUPTIBLE);
	if (!is_waiting(line) && !READ_ONCE(line->awake) &&
	    !kthread_should_stop())
		schedule();
	__set_current_state(TASK_RUNNING);
}

static int help(void *data)
{
	struct irq_line *line = data;

	sched_set_fifo(current);
	/* Where it runs is for this module to say. */
	current->flags |= PF_NO_SETAFFINITY;
	while (!kthread_should_stop()) {
		set_awake(line, true);
		drain(line);
		poll(line);
		set_awake(line, false);
		if (!is_waiting(line))
			wait(line);
	}
	return 0;
}

/* ---- start and end ------------------------------------------------------------ */

/**
 * irq_queue_init() - make an empty queue
 * @line: a new line
 */
void irq_queue_init(struct irq_line *line)
{
	raw_spin_lock_init(&line->lock);
	init_waitqueue_head(&line->idle);
	init_task_work(&line->again, user_again);
	INIT_CSD(&line->call, on_helper, line);
	line->result = IRQ_HANDLED;
}

/**
 * irq_queue_start() - start the thread of a line, if there is none
 * @line: the line
 *
 * Context: process context, irq_lines_lock held.
 * Return: 0 or a negative error.
 */
int irq_queue_start(struct irq_line *line)
{
	struct task_struct *thread;

	if (line->thread)
		return 0;
	thread = kthread_run(help, line, "tandem_irq/%u", line->irq);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	line->thread = thread;
	return 0;
}

/**
 * irq_queue_stop() - end the thread of a line
 * @line: not wrapped and idle
 *
 * Context: process context, irq_lines_lock held.
 */
void irq_queue_stop(struct irq_line *line)
{
	if (!line->thread)
		return;
	/* A call that is on its way comes, and may wake the thread. */
	wait_event(line->idle, irq_queue_at_rest(line));
	synchronize_rcu();
	/* Its CPU may belong to somebody who does not let go. */
	set_cpus_allowed_ptr(line->thread, cpu_possible_mask);
	kthread_stop(line->thread);
	line->thread = NULL;
}

/**
 * irq_queue_hand() - hand over what comes from now on, or do not
 * @line: the line
 * @hand: whether
 *
 * Context: process context.
 */
void irq_queue_hand(struct irq_line *line, bool hand)
{
	raw_spin_lock_irq(&line->lock);
	line->hand = hand;
	raw_spin_unlock_irq(&line->lock);
}

/**
 * irq_queue_idle() - does nothing wait and nothing run
 * @line: the line
 *
 * Context: any.
 * Return: whether.
 */
bool irq_queue_idle(struct irq_line *line)
{
	unsigned long flags;
	bool idle;

	raw_spin_lock_irqsave(&line->lock, flags);
	idle = is_idle(line);
	raw_spin_unlock_irqrestore(&line->lock, flags);
	return idle;
}

/**
 * irq_queue_at_rest() - is the queue idle, and no call on its way to the helper
 * @line: the line
 *
 * Then the function that is called may be about to return; RCU waits for it.
 *
 * Context: any.
 * Return: whether.
 */
bool irq_queue_at_rest(struct irq_line *line)
{
	unsigned long flags;
	bool rest;

	raw_spin_lock_irqsave(&line->lock, flags);
	rest = is_idle(line) && !READ_ONCE(line->called);
	raw_spin_unlock_irqrestore(&line->lock, flags);
	return rest;
}

/* How long the oldest that is not done has been there. */
static u64 oldest_ns(const struct irq_line *line, u64 now)
{
	u64 since = now;

	if (line->running)
		since = line->started;
	else if (line->pushed != line->taken)
		since = line->entered[line->taken % IRQ_QUEUE];
	return now > since ? now - since : 0;
}

/**
 * irq_queue_rescue() - look whether the helper of a line answers
 * @line: the line
 * @now: local_clock()
 * @limit_ns: how long it may take
 *
 * If it does not, nothing more is handed over, and what waits is handled here.  A
 * handler that has begun is waited for as long as it takes, as on stock.
 *
 * Context: softirq.
 */
void irq_queue_rescue(struct irq_line *line, u64 now, u64 limit_ns)
{
	unsigned long flags;
	bool late, first;
	unsigned int n;

	raw_spin_lock_irqsave(&line->lock, flags);
	late = oldest_ns(line, now) > limit_ns;
	first = late && !line->tripped;
	if (late)
		line->tripped = true;
	raw_spin_unlock_irqrestore(&line->lock, flags);
	if (!late)
		return;
	if (first)
		irq_add(stuck, 1);
	n = drain(line);
	raw_spin_lock_irqsave(&line->lock, flags);
	irq_line_count(line, IRQ_SUBJECT_RESCUED, n);
	raw_spin_unlock_irqrestore(&line->lock, flags);
	irq_add(rescued, n);
}

/* ---- what it costs ------------------------------------------------------------- */

/**
 * irq_queue_cost() - what handing over costs the interrupted CPU
 *
 * Context: any.
 * Return: nanoseconds.
 */
u64 irq_queue_cost(void)
{
	return READ_ONCE(cost_ns);
}

static irqreturn_t nothing(int irq, void *dev_id)
{
	return IRQ_HANDLED;
}

/* As irq_queue_handler() does it, for a line that no device has. */
static u64 measure_one(struct irq_line *line)
{
	u64 entered, ns;

	local_irq_disable();
	entered = local_clock();
	if (push(line, entered) == PUSH_CALL)
		call_helper(line);
	ns = local_clock() - entered;
	local_irq_enable();
	wait_event(line->idle, irq_queue_idle(line));
	return ns;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* From one CPU to another, if there are two. */
static void measure(struct irq_line *line)
{
	u64 ns[MEASURED];
	unsigned int i;
	int helper;

	migrate_disable();
	helper = cpumask_any_but(cpu_online_mask, smp_processor_id());
	if (helper < nr_cpu_ids)
		line->helper = helper;
	for (i = 0; i < MEASURED; i++)
		ns[i] = measure_one(line);
	migrate_enable();
	sort(ns, MEASURED, sizeof(*ns), compare, NULL);
	WRITE_ONCE(cost_ns, ns[MEASURED / 2]);
}

/**
 * irq_queue_measure() - find out what handing over costs
 *
 * The median of a number of trials.  Lines that are handed over correct it later.
 *
 * Context: process context, sleeps.
 */
void irq_queue_measure(void)
{
	struct irq_line *line = kzalloc(sizeof(*line), GFP_KERNEL);

	if (!line)
		return;
	line->handler = nothing;
	line->helper = -1;
	line->hand = true;
	irq_queue_init(line);
	if (!irq_queue_start(line)) {
		measure(line);
		irq_queue_stop(line);
	}
	kfree(line);
}
