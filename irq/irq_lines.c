// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines: which interrupts an administrator has named, and bringing each from the
 * mode that it has to the one that it is to have.
 *
 * A line belongs to who had requested it when it was named.  When its number
 * goes to somebody else it is forgotten; when it is freed and requested again
 * under the same name it is looked after again.
 */
#include <linux/cpumask.h>
#include <linux/kstrtox.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait_bit.h>

#include "irq.h"

/* The list of lines, their settings, and every change of mode. */
DEFINE_MUTEX(irq_lines_lock);
LIST_HEAD(irq_lines);
/* Read by interrupts; a line is in it as long as it exists. */
DEFINE_XARRAY(irq_lines_by_number);

/* The capability is switched on; irq_lines_lock. */
static bool is_on;

/* ---- pinned threads ----------------------------------------------------------- */

static void unpin(struct irq_line *line)
{
	cpumask_var_t cpus;
	bool managed;

	if (!line->pinned)
		return;
	/*
	 * Where the kernel would have it: with the interrupt. If that is about to
	 * leave its CPU, the kernel moves both.
	 */
	if (alloc_cpumask_var(&cpus, GFP_KERNEL)) {
		if (irq_descriptor_cpus(line->irq, cpus, &managed) &&
		    cpumask_and(cpus, cpus, cpu_active_mask))
			set_cpus_allowed_ptr(line->pinned, cpus);
		free_cpumask_var(cpus);
	}
	put_task_struct(line->pinned);
	line->pinned = NULL;
}

/* The kernel moves it whenever the interrupt is moved, so this comes again. */
static bool pin(struct irq_line *line)
{
	struct task_struct *thread = irq_descriptor_thread(line->irq);

	if (line->pinned)
		put_task_struct(line->pinned);
	line->pinned = thread;
	if (thread)
		irq_helpers_move(thread, line->helper);
	return thread;
}

/* ---- from one mode to another ---------------------------------------------------- */

static bool is_wrapped_mode(enum irq_mode mode)
{
	return mode == IRQ_WATCH || mode == IRQ_HANDOFF;
}

/* In this order, or the owner's handler could run twice at a time. */
static void unwrap(struct irq_line *line)
{
	irq_queue_hand(line, false);
	irq_descriptor_hold(line);
	irq_descriptor_release(line, true);
	irq_queue_stop(line);
}

static void hand_back(struct irq_line *line)
{
	irq_queue_hand(line, false);
	irq_descriptor_hold(line);
	irq_descriptor_release(line, false);
}

/* Owners come and go: what was wrapped may not be any more. */
static bool wrap(struct irq_line *line)
{
	if (irq_queue_start(line))
		return false;
	if (irq_descriptor_wrapped(line))
		return true;
	/* Of a line that was freed nothing waits: its owner has waited. */
	irq_queue_hand(line, false);
	wait_event(line->idle, irq_queue_idle(line));
	return irq_descriptor_wrap(line);
}

static void become_wrapped(struct irq_line *line, enum irq_mode mode)
{
	if (!wrap(line)) {
		irq_queue_stop(line);
		line->now = IRQ_STOCK;
		return;
	}
	if (mode == IRQ_HANDOFF) {
		irq_helpers_move(line->thread, line->helper);
		irq_queue_hand(line, true);
	} else if (line->now == IRQ_HANDOFF) {
		hand_back(line);
	}
	line->now = mode;
}

static void become(struct irq_line *line, enum irq_mode mode)
{
	if (is_wrapped_mode(line->now) && !is_wrapped_mode(mode))
		unwrap(line);
	if (line->now == IRQ_PINNED && mode != IRQ_PINNED)
		unpin(line);
	if (is_wrapped_mode(mode))
		become_wrapped(line, mode);
	else if (mode == IRQ_PINNED)
		line->now = pin(line) ? IRQ_PINNED : IRQ_STOCK;
	else
		line->now = IRQ_STOCK;
}

/* ---- which mode ------------------------------------------------------------------ */

static bool needs_helper(enum irq_mode mode)
{
	return mode == IRQ_PINNED || mode == IRQ_HANDOFF || mode == IRQ_AUTO;
}

static bool auto_hands_over(struct irq_line *line)
{
	u64 handler_ns = READ_ONCE(line->stats[IRQ_SUBJECT_HANDLER]);
	u64 cost = READ_ONCE(line->stats[IRQ_SUBJECT_COST]);
	u64 events = READ_ONCE(line->stats[IRQ_SUBJECT_IN_PLACE]) +
		     READ_ONCE(line->stats[IRQ_SUBJECT_COMPLETED]);
	u64 new_events = events - line->seen_events;
	u64 new_ns = handler_ns - line->seen_ns;

	line->seen_events = events;
	line->seen_ns = handler_ns;
	return irq_policy_auto(&line->automatic, new_events, new_ns,
			       cost ?: irq_queue_cost(), irq_knob(IRQ_MARGIN));
}

static enum irq_refusal find_refusal(struct irq_line *line, enum irq_mode mode,
				     char *owner)
{
	enum irq_refusal refusal;

	refusal = irq_descriptor_refusal(line->irq, mode, owner);
	if (refusal || !needs_helper(mode))
		return refusal;
	if (READ_ONCE(line->tripped) && mode != IRQ_PINNED)
		return IRQ_STUCK;
	/* Read by interrupts, which find none instead of a wrong one. */
	WRITE_ONCE(line->helper, irq_helpers_choose(line));
	return line->helper < 0 ? IRQ_NO_HELPER : IRQ_ALLOWED;
}

/* The mode that a line is to have, and in @refusal why it is another. */
static enum irq_mode wanted(struct irq_line *line, char *owner)
{
	enum irq_mode mode = line->settings[IRQ_MODE];

	line->refusal = find_refusal(line, mode, owner);
	if (!is_on || line->refusal)
		return IRQ_STOCK;
	if (mode != IRQ_AUTO)
		return mode;
	return auto_hands_over(line) ? IRQ_HANDOFF : IRQ_WATCH;
}

static const char *const events[IRQ_NR_MODES] = {
	[IRQ_STOCK] = "stock",
	[IRQ_WATCH] = "in place",
	[IRQ_PINNED] = "pinned",
	[IRQ_HANDOFF] = "handed over",
};

static void tell(struct irq_line *line, enum irq_mode before)
{
	if (line->now != before)
		tandem_subject_event(&irq_capability, line->name,
				     events[line->now]);
	if (!READ_ONCE(line->tripped) || line->reported)
		return;
	line->reported = true;
	pr_warn("tandem_irq: irq %u (%s): its helper on CPU %d did not answer within %u ms; it is back to stock until it is set again\n",
		line->irq, line->owner, line->helper, irq_knob(IRQ_STUCK_MS));
	tandem_subject_event(&irq_capability, line->name, "stuck");
}

/*
 * A handler that never returns, or a CPU that takes no calls, keeps its own line
 * alone, unless all are to be stopped: then there is nothing but to wait for it.
 */
static bool has_to_wait(struct irq_line *line)
{
	return is_on && READ_ONCE(line->tripped) && !irq_queue_at_rest(line);
}

/* False when the number has gone to somebody else. */
static bool look(struct irq_line *line)
{
	enum irq_mode before = line->now, mode;
	char owner[IRQ_OWNER_MAX];

	mode = wanted(line, owner);
	if (*owner && strcmp(owner, line->owner))
		return false;
	if (!has_to_wait(line))
		become(line, mode);
	tell(line, before);
	return true;
}

/* ---- the list -------------------------------------------------------------------- */

/* The first one whose name does not come before @name. */
static struct irq_line *find_from(const char *name)
{
	struct irq_line *line;

	list_for_each_entry(line, &irq_lines, list)
		if (strcmp(line->name, name) >= 0)
			return line;
	return NULL;
}

static struct irq_line *find(const char *name)
{
	struct irq_line *line = find_from(name);

	return line && !strcmp(line->name, name) ? line : NULL;
}

static void insert(struct irq_line *line)
{
	struct irq_line *next = find_from(line->name);

	list_add_tail(&line->list, next ? &next->list : &irq_lines);
}

/* Nobody may be on the way back to user mode with it, or look at it. */
static void drop(struct irq_line *line)
{
	become(line, IRQ_STOCK);
	list_del(&line->list);
	xa_erase(&irq_lines_by_number, line->irq);
	wait_var_event(&line->again_armed,
		       !atomic_read_acquire(&line->again_armed));
	synchronize_rcu();
	kfree(line);
}

static int parse(const char *name, unsigned int *irq, const char **why)
{
	char again[12];

	if (!kstrtouint(name, 10, irq)) {
		snprintf(again, sizeof(again), "%u", *irq);
		if (!strcmp(name, again))
			return 0;
	}
	*why = "not the number of an interrupt, as in /proc/interrupts";
	return -EINVAL;
}

static int refuse(enum irq_refusal refusal, const char **why)
{
	*why = irq_policy_why(refusal);
	return refusal == IRQ_ABSENT ? -ENOENT : -EOPNOTSUPP;
}

/* What cannot be done now is refused, and the owner's name noted. */
static int check(struct irq_line *line, const u32 *settings, const char **why)
{
	enum irq_mode mode = settings[IRQ_MODE];
	enum irq_refusal refusal;
	char owner[IRQ_OWNER_MAX];

	refusal = irq_descriptor_refusal(line->irq, IRQ_WATCH, owner);
	if (refusal != IRQ_ABSENT)
		refusal = irq_descriptor_refusal(line->irq, mode, owner);
	if (!refusal && needs_helper(mode) && irq_helpers_choose(line) < 0)
		refusal = IRQ_NO_HELPER;
	if (refusal)
		return refuse(refusal, why);
	strscpy(line->owner, owner, sizeof(line->owner));
	return 0;
}

static struct irq_line *new_line(unsigned int irq)
{
	struct irq_line *line = kzalloc(sizeof(*line), GFP_KERNEL);

	if (!line)
		return NULL;
	line->irq = irq;
	line->helper = -1;
	snprintf(line->name, sizeof(line->name), "%u", irq);
	irq_queue_init(line);
	return line;
}

static void change(struct irq_line *line, const u32 *settings)
{
	memcpy(line->settings, settings, sizeof(line->settings));
	WRITE_ONCE(line->tripped, false);
	line->reported = false;
	look(line);
}

static int add(unsigned int irq, const u32 *settings, const char **why)
{
	struct irq_line *line = new_line(irq);
	int err;

	if (!line)
		return -ENOMEM;
	err = check(line, settings, why);
	if (!err)
		err = xa_err(xa_store(&irq_lines_by_number, irq, line,
				      GFP_KERNEL));
	if (err) {
		kfree(line);
		return err;
	}
	insert(line);
	change(line, settings);
	return 0;
}

static int set_locked(const char *name, unsigned int irq, const u32 *values,
		      const unsigned long *given, const char **why)
{
	struct irq_line *line = find(name);
	u32 settings[IRQ_NR_SETTINGS];
	int i, err;

	if (!line)
		return add(irq, values, why);
	for (i = 0; i < IRQ_NR_SETTINGS; i++)
		settings[i] = test_bit(i, given) ? values[i] :
						   line->settings[i];
	err = check(line, settings, why);
	if (!err)
		change(line, settings);
	return err;
}

/**
 * irq_lines_set() - name a line, or change how it is handled
 * @cap: the capability
 * @name: its number
 * @values: by enum irq_setting, within their limits
 * @given: which of them are meant; others keep their value
 * @why: why not
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative error; then nothing has changed.
 */
int irq_lines_set(struct tandem_capability *cap, const char *name,
		  const u32 *values, const unsigned long *given,
		  const char **why)
{
	unsigned int irq;
	int err = parse(name, &irq, why);

	if (err)
		return err;
	mutex_lock(&irq_lines_lock);
	err = set_locked(name, irq, values, given, why);
	mutex_unlock(&irq_lines_lock);
	return err;
}

/**
 * irq_lines_forget() - handle a line as if it had not been named
 * @cap: the capability
 * @name: its number
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOENT.
 */
int irq_lines_forget(struct tandem_capability *cap, const char *name)
{
	struct irq_line *line;

	mutex_lock(&irq_lines_lock);
	line = find(name);
	if (line)
		drop(line);
	mutex_unlock(&irq_lines_lock);
	return line ? 0 : -ENOENT;
}

static void show(const struct irq_line *line, struct tandem_subject *out)
{
	int i;

	strscpy(out->name, line->name, sizeof(out->name));
	memcpy(out->values, line->settings, sizeof(line->settings));
	for (i = 0; i < IRQ_NR_SUBJECT_STATS; i++)
		out->stats[i] = READ_ONCE(line->stats[i]);
	out->stats[IRQ_SUBJECT_MODE] = line->now;
	out->stats[IRQ_SUBJECT_REFUSAL] = line->refusal;
	out->stats[IRQ_SUBJECT_HELPER] = max(line->helper, 0);
	for (i = 0; i < IRQ_BUCKETS; i++)
		out->buckets[0][i] = READ_ONCE(line->buckets[i]);
}

/**
 * irq_lines_next() - the line whose name comes next
 * @cap: the capability
 * @after: name of the one before
 * @out: filled in
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT when it was the last one.
 */
int irq_lines_next(struct tandem_capability *cap, const char *after,
		   struct tandem_subject *out)
{
	struct irq_line *line;
	int err = -ENOENT;

	mutex_lock(&irq_lines_lock);
	list_for_each_entry(line, &irq_lines, list)
		if (strcmp(line->name, after) > 0) {
			show(line, out);
			err = 0;
			break;
		}
	mutex_unlock(&irq_lines_lock);
	return err;
}

/**
 * irq_lines_look() - bring every line to the mode that it is to have
 *
 * Context: process context, may sleep.
 */
void irq_lines_look(void)
{
	struct irq_line *line, *next;

	mutex_lock(&irq_lines_lock);
	list_for_each_entry_safe(line, next, &irq_lines, list)
		if (!look(line)) {
			tandem_subject_event(&irq_capability, line->name,
					     "gone");
			drop(line);
		}
	mutex_unlock(&irq_lines_lock);
}

/**
 * irq_lines_start() - begin to look after lines
 *
 * Context: process context, may sleep.
 */
void irq_lines_start(void)
{
	struct irq_line *line;

	mutex_lock(&irq_lines_lock);
	list_for_each_entry(line, &irq_lines, list) {
		WRITE_ONCE(line->tripped, false);
		line->reported = false;
	}
	is_on = true;
	mutex_unlock(&irq_lines_lock);
	irq_lines_look();
}

/**
 * irq_lines_stop() - bring every line back to stock
 *
 * Returns when nothing waits and nothing of ours is in front of any handler.
 *
 * Context: process context, may sleep.
 */
void irq_lines_stop(void)
{
	mutex_lock(&irq_lines_lock);
	is_on = false;
	mutex_unlock(&irq_lines_lock);
	irq_lines_look();
}

/**
 * irq_lines_waiting() - interrupts handed over whose handler has not run
 *
 * Context: any.
 * Return: how many, of all lines.
 */
u64 irq_lines_waiting(void)
{
	struct irq_line *line;
	unsigned long index;
	u64 n = 0;

	rcu_read_lock();
	xa_for_each(&irq_lines_by_number, index, line)
		n += READ_ONCE(line->pushed) - READ_ONCE(line->taken) +
		     READ_ONCE(line->running);
	rcu_read_unlock();
	return n;
}

/**
 * irq_lines_exit() - forget all lines
 *
 * Context: nobody sets, reads or watches any more.
 */
void irq_lines_exit(void)
{
	struct irq_line *line, *next;

	mutex_lock(&irq_lines_lock);
	list_for_each_entry_safe(line, next, &irq_lines, list)
		drop(line);
	mutex_unlock(&irq_lines_lock);
	xa_destroy(&irq_lines_by_number);
}
