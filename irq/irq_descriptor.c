// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines as the kernel describes them: who has requested one, and putting a
 * handler of ours in front of the owner's.
 *
 * What the owner requested may be freed and requested again at any time.  So it
 * is looked at under the kernel's lock of the line alone, and nothing here
 * believes what it saw there the time before.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>

#include "irq.h"

/*
 * with_line() - do something under the kernel's lock of a line
 *
 * The kernel frees a description after a grace period: RCU keeps it.  False when
 * there is no such line.
 */
static bool with_line(unsigned int irq,
		      void (*act)(struct irq_desc *desc, void *data),
		      void *data)
{
	struct irq_desc *desc;
	unsigned long flags;

	rcu_read_lock();
	desc = tandem_call(irq_to_desc)(irq);
	if (desc) {
		raw_spin_lock_irqsave(&desc->lock, flags);
		act(desc, data);
		raw_spin_unlock_irqrestore(&desc->lock, flags);
	}
	rcu_read_unlock();
	return desc;
}

static bool known_flow(const struct irq_desc *desc)
{
	return desc->handle_irq == handle_edge_irq ||
	       desc->handle_irq == handle_fasteoi_irq ||
	       desc->handle_irq == handle_level_irq;
}

static void find_facts(struct irq_desc *desc, struct irq_facts *facts)
{
	const struct irqaction *action = desc->action;
	const struct irq_chip *chip = desc->irq_data.chip;
	u32 settings = desc->status_use_accessors;

	facts->present = action;
	if (!action)
		return;
	facts->per_cpu = (settings & (IRQ_PER_CPU | IRQ_PER_CPU_DEVID)) ||
			 irqd_is_per_cpu(&desc->irq_data) ||
			 (action->flags & IRQF_PERCPU);
	facts->timer = action->flags & __IRQF_TIMER;
	facts->no_thread = (action->flags & IRQF_NO_THREAD) ||
			   (settings & IRQ_NOTHREAD);
	facts->nested = settings & IRQ_NESTED_THREAD;
	facts->shared = action->next;
	facts->slow_bus = chip->irq_bus_lock || chip->irq_bus_sync_unlock;
	facts->in_suspend = action->flags & IRQF_NO_SUSPEND;
	facts->known_flow = known_flow(desc);
	facts->has_thread = action->thread;
	facts->oneshot = tandem_irq_state(desc) & IRQS_ONESHOT;
	facts->managed = irqd_affinity_is_managed(&desc->irq_data);
}

/**
 * struct seen - what is to be seen of a line
 * @facts: about it
 * @owner: name under which it was requested
 */
struct seen {
	struct irq_facts facts;
	char *owner;
};

static void see(struct irq_desc *desc, void *data)
{
	struct seen *seen = data;

	find_facts(desc, &seen->facts);
	if (desc->action && desc->action->name)
		strscpy(seen->owner, desc->action->name, IRQ_OWNER_MAX);
}

/**
 * irq_descriptor_refusal() - may a line be handled in a mode
 * @irq: its number
 * @mode: the mode
 * @owner: gets the name under which it was requested, IRQ_OWNER_MAX bytes, "" if
 *	it was not
 *
 * Context: process context.
 * Return: IRQ_ALLOWED, or why not.
 */
enum irq_refusal irq_descriptor_refusal(unsigned int irq, enum irq_mode mode,
					char *owner)
{
	struct seen seen = { .owner = owner };

	*owner = '\0';
	with_line(irq, see, &seen);
	return irq_policy_refusal(&seen.facts, mode);
}

/**
 * struct place - where a line is handled
 * @cpus: CPUs that take its interrupts
 * @managed: the kernel alone says which
 */
struct place {
	struct cpumask *cpus;
	bool managed;
};

static void find_place(struct irq_desc *desc, void *data)
{
	struct place *place = data;

	cpumask_copy(place->cpus,
		     irq_data_get_effective_affinity_mask(&desc->irq_data));
	place->managed = irqd_affinity_is_managed(&desc->irq_data);
}

/**
 * irq_descriptor_cpus() - the CPUs that take the interrupts of a line
 * @irq: its number
 * @cpus: gets them
 * @managed: gets whether the kernel alone places it
 *
 * Context: process context.
 * Return: false when there is no such line.
 */
bool irq_descriptor_cpus(unsigned int irq, struct cpumask *cpus, bool *managed)
{
	struct place place = { .cpus = cpus };
	bool found = with_line(irq, find_place, &place);

	*managed = place.managed;
	return found;
}

/*
 * What the owner requested is still there, and our handler is in front.  Memory
 * that was freed and used for another request does not have our handler.
 */
static bool is_ours(const struct irq_line *line, const struct irq_desc *desc)
{
	const struct irqaction *action;

	if (desc != line->desc)
		return false;
	for (action = desc->action; action; action = action->next)
		if (action == line->action)
			return action->handler == irq_queue_handler;
	return false;
}

static void put_in_front(struct irq_line *line, struct irq_desc *desc)
{
	struct irqaction *action = desc->action;

	line->desc = desc;
	line->action = action;
	line->handler = action->handler;
	line->dev_id = action->dev_id;
	line->level = irqd_is_level_type(&desc->irq_data) ||
		      desc->handle_irq == handle_level_irq;
	line->result = IRQ_HANDLED;
	/* The kernel reads it without the lock, but marks the line before. */
	WRITE_ONCE(action->handler, irq_queue_handler);
}

static void wrap(struct irq_desc *desc, void *data)
{
	struct irq_line *line = data;
	struct irq_facts facts = {};

	find_facts(desc, &facts);
	line->refusal = irq_policy_refusal(&facts, IRQ_WATCH);
	if (!line->refusal)
		put_in_front(line, desc);
}

/**
 * irq_descriptor_wrap() - put our handler in front of the owner's
 * @line: not wrapped, nothing of it waits or runs, and its number leads to it
 *
 * Context: process context, irq_lines_lock held.
 * Return: whether it is wrapped; if not, why is in &irq_line.refusal.
 */
bool irq_descriptor_wrap(struct irq_line *line)
{
	if (!with_line(line->irq, wrap, line))
		line->refusal = IRQ_ABSENT;
	return !line->refusal;
}

/**
 * struct wrapped - is a line wrapped
 * @line: the line
 * @ours: whether our handler is in front
 */
struct wrapped {
	const struct irq_line *line;
	bool ours;
};

static void look(struct irq_desc *desc, void *data)
{
	struct wrapped *wrapped = data;

	wrapped->ours = is_ours(wrapped->line, desc);
}

/**
 * irq_descriptor_wrapped() - is our handler in front of the owner's
 * @line: the line
 *
 * Context: process context, irq_lines_lock held.
 * Return: false when it never was, or when the owner has freed the line.
 */
bool irq_descriptor_wrapped(const struct irq_line *line)
{
	struct wrapped wrapped = { .line = line };

	with_line(line->irq, look, &wrapped);
	return wrapped.ours;
}

/* Only spins while a handler runs on another CPU, so it may hold RCU. */
static void wait_for_handler(unsigned int irq)
{
	rcu_read_lock();
	synchronize_hardirq(irq);
	rcu_read_unlock();
}

static void hold(struct irq_desc *desc, void *data)
{
	struct irq_line *line = data;

	line->held = is_ours(line, desc);
	if (line->held)
		tandem_call(__disable_irq)(desc);
}

/* What was freed meanwhile is no longer disabled, whoever has it now. */
static void release(struct irq_desc *desc, void *data)
{
	struct irq_line *line = data;

	if (line->held && is_ours(line, desc))
		tandem_call(__enable_irq)(desc);
	line->held = false;
}

static void put_back(struct irq_desc *desc, void *data)
{
	struct irq_line *line = data;
	bool held = line->held;

	line->held = false;
	if (!is_ours(line, desc))
		return;
	WRITE_ONCE(line->action->handler, line->handler);
	if (held)
		tandem_call(__enable_irq)(desc);
}

/**
 * irq_descriptor_hold() - stop a line and wait until it is idle
 * @line: a line that was wrapped
 *
 * Interrupts that come meanwhile are kept by the kernel, as for disable_irq().
 * When this returns, neither our handler nor the owner's runs.
 *
 * Context: process context, irq_lines_lock held; sleeps.
 */
void irq_descriptor_hold(struct irq_line *line)
{
	with_line(line->irq, hold, line);
	wait_for_handler(line->irq);
	wait_event(line->idle, irq_queue_idle(line));
}

/**
 * irq_descriptor_release() - let a line go on
 * @line: that was stopped by irq_descriptor_hold()
 * @unwrap: put the owner's handler back
 *
 * Context: process context, irq_lines_lock held.
 */
void irq_descriptor_release(struct irq_line *line, bool unwrap)
{
	if (!with_line(line->irq, unwrap ? put_back : release, line))
		line->held = false;
	if (unwrap)
		wait_for_handler(line->irq);
}

/**
 * irq_descriptor_disabled() - has somebody disabled a line whose turn has come
 * @line: of which an interrupt was taken out of the queue
 *
 * If so the kernel is told to raise it again later, as it does for an interrupt
 * that comes while the line is disabled; a level interrupt comes by itself.  A
 * line that is being freed is no such case: who frees it waits for what has come
 * before.
 *
 * Context: interrupts disabled; the line holds threads_active, which keeps the
 * description.
 * Return: whether its handler must not run now.
 */
bool irq_descriptor_disabled(struct irq_line *line)
{
	struct irq_desc *desc = line->desc;
	unsigned int ours;
	bool disabled;

	raw_spin_lock(&desc->lock);
	ours = line->level + line->held;
	disabled = is_ours(line, desc) && desc->depth > ours;
	if (disabled && !line->level)
		tandem_irq_state(desc) |= IRQS_PENDING;
	raw_spin_unlock(&desc->lock);
	return disabled;
}

/**
 * irq_descriptor_level_done() - let a level interrupt come again
 * @line: whose handler has run
 *
 * Context: as irq_descriptor_disabled().
 */
void irq_descriptor_level_done(struct irq_line *line)
{
	struct irq_desc *desc = line->desc;

	raw_spin_lock(&desc->lock);
	if (is_ours(line, desc))
		tandem_call(__enable_irq)(desc);
	raw_spin_unlock(&desc->lock);
}

static void get_thread(struct irq_desc *desc, void *data)
{
	struct task_struct **thread = data;

	if (desc->action && desc->action->thread)
		*thread = get_task_struct(desc->action->thread);
}

/**
 * irq_descriptor_thread() - the thread of a line
 * @irq: its number
 *
 * Context: process context.
 * Return: the task with a reference for put_task_struct(), or NULL.
 */
struct task_struct *irq_descriptor_thread(unsigned int irq)
{
	struct task_struct *thread = NULL;

	with_line(irq, get_thread, &thread);
	return thread;
}
