// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing knobs: the new values are built aside, checked as a whole, and only
 * then take the place of the old ones.  sysfs and netlink both come here.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "core.h"

static __printf(3, 4)
void refuse(struct tandem_refusal *refusal, int index, const char *fmt, ...)
{
	va_list args;

	refusal->index = index;
	va_start(args, fmt);
	vsnprintf(refusal->text, sizeof(refusal->text), fmt, args);
	va_end(args);
}

static int find_knob(const struct tandem_capability *cap, const char *name)
{
	unsigned int i;

	for (i = 0; i < cap->nr_knobs; i++) {
		if (!strcmp(cap->knobs[i].name, name))
			return i;
	}
	return -ENOENT;
}

static bool changed_before(const struct tandem_knob_change *changes,
			   unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!strcmp(changes[i].name, changes[n].name))
			return true;
	}
	return false;
}

static int apply_one(const struct tandem_capability *cap, u32 *values,
		     const struct tandem_knob_change *changes, unsigned int n,
		     struct tandem_refusal *refusal)
{
	const struct tandem_knob *knob;
	u32 value = changes[n].value;
	int i = find_knob(cap, changes[n].name);

	if (i < 0) {
		refuse(refusal, n, "%s has no knob %.31s", cap->name,
		       changes[n].name);
		return -ENOENT;
	}
	if (changed_before(changes, n)) {
		refuse(refusal, n, "%.31s is given twice", changes[n].name);
		return -EINVAL;
	}
	knob = &cap->knobs[i];
	if (value < knob->min || value > knob->max) {
		refuse(refusal, n, "%.31s: %u is not from %u to %u",
		       knob->name, value, knob->min, knob->max);
		return -ERANGE;
	}
	values[i] = value;
	return 0;
}

static int check_whole(struct tandem_capability *cap, const u32 *values,
		       struct tandem_refusal *refusal)
{
	const char *why = "the values do not fit together";
	int ret;

	if (!cap->ops->check)
		return 0;
	ret = cap->ops->check(cap, values, &why);
	if (ret)
		refuse(refusal, -1, "%s", why);
	return ret;
}

static void commit(struct tandem_capability *cap, const u32 *values)
{
	unsigned int i;

	/* Fast paths read single values without a lock. */
	for (i = 0; i < cap->nr_knobs; i++)
		WRITE_ONCE(cap->values[i], values[i]);
	if (cap->ops->commit)
		cap->ops->commit(cap, cap->values);
}

/**
 * tandem_knobs_commit() - change some knobs of a capability together
 * @core: the capability
 * @changes: names and values
 * @n: how many
 * @refusal: filled in on error
 *
 * Either all of them change or none.
 * Context: process context, may sleep.
 * Return: 0; -ENOENT for a name that is not known, -ERANGE for a value out of
 * its limits, -EINVAL for a name given twice, -ENOMEM, or the error of the
 * capability's own check.
 */
int tandem_knobs_commit(struct tandem_capability_core *core,
			const struct tandem_knob_change *changes,
			unsigned int n, struct tandem_refusal *refusal)
{
	struct tandem_capability *cap = core->cap;
	unsigned int i;
	u32 *values;
	int ret = 0;

	refuse(refusal, -1, "out of memory");
	values = kcalloc(cap->nr_knobs, sizeof(*values), GFP_KERNEL);
	if (!values)
		return -ENOMEM;

	mutex_lock(&core->lock);
	for (i = 0; i < cap->nr_knobs; i++)
		values[i] = cap->values[i];
	for (i = 0; !ret && i < n; i++)
		ret = apply_one(cap, values, changes, i, refusal);
	if (!ret)
		ret = check_whole(cap, values, refusal);
	if (!ret)
		commit(cap, values);
	mutex_unlock(&core->lock);

	kfree(values);
	return ret;
}
