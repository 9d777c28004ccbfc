// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capabilities: which there are, and what each is doing.
 *
 *   off -> enabling -> on -> disabling -> draining -> off
 *
 * From any of them to failed, when an internal check found the capability
 * broken, and to displaced, when its hooks do not run; back from there through
 * enabling or to off.  What an administrator wants is kept apart from the state
 * and decides what happens at the end of a displacement.
 *
 * How state, knobs and statistics look from outside is none of this file's
 * business.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <tandem/patch.h>
#include "core.h"

/* How often to look whether what is in flight has completed. */
#define DRAIN_INTERVAL	(HZ / 10)

/* How often to say that an unload still waits, in looks. */
#define DRAIN_REPORT	100

static const char *const state_names[] = {
	[TANDEM_STATE_OFF] = "off",
	[TANDEM_STATE_ENABLING] = "enabling",
	[TANDEM_STATE_ON] = "on",
	[TANDEM_STATE_DRAINING] = "draining",
	[TANDEM_STATE_DISABLING] = "disabling",
	[TANDEM_STATE_DISPLACED] = "displaced",
	[TANDEM_STATE_FAILED] = "failed",
};

static_assert(ARRAY_SIZE(state_names) == __TANDEM_STATE_MAX);

/* Read while a capability is used, written while one comes or goes. */
static DECLARE_RWSEM(registry_lock);
static LIST_HEAD(registry);

/**
 * tandem_state_name() - a state in words
 * @state: the state
 *
 * Return: its name, as user space knows it.
 */
const char *tandem_state_name(enum tandem_state state)
{
	return state_names[state];
}

/**
 * tandem_registry_get() - find a capability and keep it from going away
 * @name: its name
 *
 * Context: process context.
 * Return: the capability, to be followed by tandem_registry_put(), or NULL.
 */
struct tandem_capability *tandem_registry_get(const char *name)
{
	struct tandem_capability_core *core;

	down_read(&registry_lock);
	list_for_each_entry(core, &registry, node) {
		if (!strcmp(core->cap->name, name))
			return core->cap;
	}
	up_read(&registry_lock);
	return NULL;
}

/**
 * tandem_registry_get_nth() - find a capability by its place in the registry
 * @n: its place, from 0
 *
 * Context: process context.
 * Return: the capability, to be followed by tandem_registry_put(), or NULL.
 */
struct tandem_capability *tandem_registry_get_nth(unsigned long n)
{
	struct tandem_capability_core *core;

	down_read(&registry_lock);
	list_for_each_entry(core, &registry, node) {
		if (!n--)
			return core->cap;
	}
	up_read(&registry_lock);
	return NULL;
}

/**
 * tandem_registry_put() - let a capability go away again
 *
 * Context: process context.
 */
void tandem_registry_put(void)
{
	up_read(&registry_lock);
}

/**
 * tandem_capability_view() - the state, its reason and its age, as they belong
 * together
 * @core: the capability
 * @view: where they go
 *
 * Context: any.
 */
void tandem_capability_view(struct tandem_capability_core *core,
			    struct tandem_state_view *view)
{
	unsigned long flags;

	spin_lock_irqsave(&core->state_lock, flags);
	view->state = core->state;
	view->since_ns = core->since_ns;
	strscpy(view->reason, core->reason);
	spin_unlock_irqrestore(&core->state_lock, flags);
}

static void set_state(struct tandem_capability_core *core,
		      enum tandem_state state, const char *reason)
{
	struct tandem_state_view view;
	unsigned long flags;

	lockdep_assert_held(&core->lock);
	spin_lock_irqsave(&core->state_lock, flags);
	core->state = state;
	core->since_ns = ktime_get_real_ns();
	strscpy(core->reason, reason);
	spin_unlock_irqrestore(&core->state_lock, flags);

	tandem_capability_view(core, &view);
	tandem_sysfs_event(core, &view);
	tandem_netlink_event(core);
}

static int start(struct tandem_capability_core *core)
{
	char why[TANDEM_REASON_LEN];
	int ret;

	set_state(core, TANDEM_STATE_ENABLING, "");
	ret = core->cap->ops->enable(core->cap);
	if (!ret) {
		set_state(core, TANDEM_STATE_ON, "");
		return 0;
	}
	core->wanted = false;
	snprintf(why, sizeof(why), "could not be enabled (error %d)", ret);
	set_state(core, TANDEM_STATE_OFF, why);
	return ret;
}

static void stop(struct tandem_capability_core *core)
{
	if (core->state != TANDEM_STATE_ON)
		return;
	set_state(core, TANDEM_STATE_DISABLING, "");
	core->cap->ops->disable(core->cap);
}

/* Off, by way of draining when there is something to drain. */
static void settle(struct tandem_capability_core *core)
{
	if (!tandem_capability_in_flight(core)) {
		set_state(core, TANDEM_STATE_OFF, "");
		return;
	}
	set_state(core, TANDEM_STATE_DRAINING, "");
	mod_delayed_work(system_wq, &core->drain, DRAIN_INTERVAL);
}

static void drain(struct work_struct *work)
{
	struct tandem_capability_core *core =
		container_of(to_delayed_work(work),
			     struct tandem_capability_core, drain);

	mutex_lock(&core->lock);
	if (core->state != TANDEM_STATE_DRAINING)
		goto unlock;
	if (tandem_capability_in_flight(core))
		schedule_delayed_work(&core->drain, DRAIN_INTERVAL);
	else
		set_state(core, TANDEM_STATE_OFF, "");
unlock:
	mutex_unlock(&core->lock);
}

void tandem_capability_idle(struct tandem_capability *cap)
{
	struct tandem_capability_core *core = cap->core;

	if (READ_ONCE(core->state) == TANDEM_STATE_DRAINING)
		mod_delayed_work(system_wq, &core->drain, 0);
}
EXPORT_SYMBOL_GPL(tandem_capability_idle);

/* Why it may not be on for now, or NULL. */
static const char *held_because(const struct tandem_capability_core *core)
{
	unsigned int i;

	for (i = 0; i < TANDEM_HOLDS; i++) {
		if (*core->held[i])
			return core->held[i];
	}
	return NULL;
}

static int may_start(struct tandem_capability_core *core,
		     struct tandem_refusal *refusal)
{
	const char *why = held_because(core);

	refusal->index = -1;
	if (core->leaving) {
		strscpy(refusal->text, "its module is being unloaded");
		return -ENODEV;
	}
	if (why) {
		strscpy(refusal->text, why);
		return -EBUSY;
	}
	if (core->patch && !tandem_patch_active(core->patch)) {
		strscpy(refusal->text, "its hooks are not in place");
		return -EBUSY;
	}
	return 0;
}

/**
 * tandem_capability_set() - what an administrator wants of a capability
 * @core: the capability
 * @on: on or off
 * @refusal: filled in on error
 *
 * Returns when it is on, or takes no work and no call is inside any more.
 * Context: process context, may sleep.
 * Return: 0; -EBUSY when its hooks are not in place, -ENODEV when its module is
 * being unloaded, or the error of the capability itself.
 */
int tandem_capability_set(struct tandem_capability_core *core, bool on,
			  struct tandem_refusal *refusal)
{
	int ret = 0;

	mutex_lock(&core->lock);
	if (on && core->state != TANDEM_STATE_ON) {
		ret = may_start(core, refusal);
		if (ret)
			goto unlock;
		core->wanted = true;
		ret = start(core);
		if (ret)
			snprintf(refusal->text, sizeof(refusal->text),
				 "%s could not be enabled (error %d)",
				 core->cap->name, ret);
	} else if (!on) {
		core->wanted = false;
		if (core->state == TANDEM_STATE_ON) {
			stop(core);
			settle(core);
		}
	}
unlock:
	mutex_unlock(&core->lock);
	return ret;
}

/**
 * tandem_hold_quiesce() - keep a capability from being on
 * @core: the capability
 * @hold: on whose behalf
 * @why: what is going on
 *
 * Each holder has to resume before it goes on.
 * Context: process context, may sleep.
 */
void tandem_hold_quiesce(struct tandem_capability_core *core,
			 enum tandem_hold hold, const char *why)
{
	mutex_lock(&core->lock);
	strscpy(core->held[hold], why);
	if (core->state == TANDEM_STATE_ON) {
		stop(core);
		set_state(core, TANDEM_STATE_DISPLACED, why);
	}
	mutex_unlock(&core->lock);
}

/**
 * tandem_hold_displaced() - keep a capability from being on, and show it even
 * when nobody wants it on
 * @core: the capability
 * @hold: on whose behalf
 * @why: who took its place
 *
 * Context: process context, may sleep.
 */
void tandem_hold_displaced(struct tandem_capability_core *core,
			   enum tandem_hold hold, const char *why)
{
	mutex_lock(&core->lock);
	strscpy(core->held[hold], why);
	stop(core);
	if (core->state != TANDEM_STATE_FAILED && !core->leaving)
		set_state(core, TANDEM_STATE_DISPLACED, why);
	mutex_unlock(&core->lock);
}

/**
 * tandem_hold_resume() - end of a hold
 * @core: the capability
 * @hold: on whose behalf it was
 *
 * The last to resume sets it going, if the administrator wants that.
 * Context: process context, may sleep.
 */
void tandem_hold_resume(struct tandem_capability_core *core,
			enum tandem_hold hold)
{
	const char *why;

	mutex_lock(&core->lock);
	*core->held[hold] = '\0';
	why = held_because(core);
	if (core->state == TANDEM_STATE_DISPLACED && !core->leaving) {
		if (why)
			set_state(core, TANDEM_STATE_DISPLACED, why);
		else if (core->wanted)
			start(core);
		else
			settle(core);
	}
	mutex_unlock(&core->lock);
}

void tandem_capability_quiesce(struct tandem_capability *cap, const char *why)
{
	tandem_hold_quiesce(cap->core, TANDEM_HOLD_MODULE, why);
}
EXPORT_SYMBOL_GPL(tandem_capability_quiesce);

void tandem_capability_displaced(struct tandem_capability *cap, const char *why)
{
	tandem_hold_displaced(cap->core, TANDEM_HOLD_MODULE, why);
}
EXPORT_SYMBOL_GPL(tandem_capability_displaced);

void tandem_capability_resume(struct tandem_capability *cap)
{
	tandem_hold_resume(cap->core, TANDEM_HOLD_MODULE);
}
EXPORT_SYMBOL_GPL(tandem_capability_resume);

void tandem_capability_fail(struct tandem_capability *cap, const char *fmt, ...)
{
	struct tandem_capability_core *core = cap->core;
	va_list args;

	/* Who sets it owns fail_reason until fail() has cleared it again. */
	if (atomic_cmpxchg(&core->failing, 0, 1))
		return;
	va_start(args, fmt);
	vsnprintf(core->fail_reason, sizeof(core->fail_reason), fmt, args);
	va_end(args);
	irq_work_queue(&core->fail_irq);
}
EXPORT_SYMBOL_GPL(tandem_capability_fail);

static void fail_irq(struct irq_work *work)
{
	struct tandem_capability_core *core =
		container_of(work, struct tandem_capability_core, fail_irq);

	schedule_work(&core->fail_work);
}

static void fail(struct work_struct *work)
{
	struct tandem_capability_core *core =
		container_of(work, struct tandem_capability_core, fail_work);

	mutex_lock(&core->lock);
	if (core->state != TANDEM_STATE_FAILED && !core->leaving) {
		stop(core);
		core->wanted = false;
		pr_err("%s switched itself off: %s\n", core->cap->name,
		       core->fail_reason);
		set_state(core, TANDEM_STATE_FAILED, core->fail_reason);
	}
	/* Pairs with the cmpxchg of the next report: fail_reason is free. */
	atomic_set_release(&core->failing, 0);
	mutex_unlock(&core->lock);
}

static struct tandem_capability_core *
new_core(struct tandem_capability *cap)
{
	struct tandem_capability_core *core;

	core = kzalloc(sizeof(*core), GFP_KERNEL);
	if (!core)
		return NULL;
	core->cap = cap;
	init_completion(&core->released);
	mutex_init(&core->lock);
	spin_lock_init(&core->state_lock);
	core->state = TANDEM_STATE_OFF;
	core->since_ns = ktime_get_real_ns();
	INIT_DELAYED_WORK(&core->drain, drain);
	init_irq_work(&core->fail_irq, fail_irq);
	INIT_WORK(&core->fail_work, fail);
	return core;
}

int tandem_capability_register(struct tandem_capability *cap)
{
	struct tandem_capability_core *core;
	unsigned int i;
	int ret;

	if (WARN_ON(!tandem_subjects_valid(cap)))
		return -EINVAL;
	core = new_core(cap);
	if (!core)
		return -ENOMEM;
	for (i = 0; i < cap->nr_knobs; i++)
		cap->values[i] = cap->knobs[i].def;
	cap->core = core;

	ret = tandem_sysfs_add(core);
	if (ret)
		goto free;

	down_write(&registry_lock);
	list_add_tail(&core->node, &registry);
	up_write(&registry_lock);
	return 0;

free:
	cap->core = NULL;
	kfree(core);
	return ret;
}
EXPORT_SYMBOL_GPL(tandem_capability_register);

static void wait_until_idle(struct tandem_capability_core *core)
{
	unsigned int looks = 0;
	u64 left;

	while ((left = tandem_capability_in_flight(core))) {
		if (++looks % DRAIN_REPORT == 0)
			pr_warn("%s: unloading waits for %llu in flight\n",
				core->cap->name, left);
		schedule_timeout_uninterruptible(DRAIN_INTERVAL);
	}
}

void tandem_capability_unregister(struct tandem_capability *cap)
{
	struct tandem_capability_core *core = cap->core;

	mutex_lock(&core->lock);
	core->leaving = true;
	core->wanted = false;
	stop(core);
	if (core->state == TANDEM_STATE_DISABLING)
		settle(core);
	mutex_unlock(&core->lock);
	wait_until_idle(core);

	/* From here on tandem_capability_idle() finds nothing to start. */
	mutex_lock(&core->lock);
	if (core->state == TANDEM_STATE_DRAINING)
		set_state(core, TANDEM_STATE_OFF, "");
	mutex_unlock(&core->lock);

	irq_work_sync(&core->fail_irq);
	cancel_work_sync(&core->fail_work);
	cancel_delayed_work_sync(&core->drain);

	down_write(&registry_lock);
	list_del(&core->node);
	up_write(&registry_lock);
	tandem_sysfs_remove(core);
	cap->core = NULL;
	kfree(core);
}
EXPORT_SYMBOL_GPL(tandem_capability_unregister);
