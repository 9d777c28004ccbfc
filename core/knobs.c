// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing knobs: the new values are built aside, checked as a whole, and only
 * then take the place of the old ones.  sysfs and netlink both come here, and
 * subjects.c for the knobs of subjects.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "core.h"

/**
 * tandem_refuse() - say why a request is refused
 * @refusal: where that goes
 * @index: which of the knobs given, or one of enum tandem_refused
 * @fmt: one sentence
 */
void tandem_refuse(struct tandem_refusal *refusal, int index, const char *fmt,
		   ...)
{
	va_list args;

	refusal->index = index;
	va_start(args, fmt);
	vsnprintf(refusal->text, sizeof(refusal->text), fmt, args);
	va_end(args);
}

static int find_knob(const struct tandem_knob_set *set, const char *name)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		if (!strcmp(set->knobs[i].name, name))
			return i;
	}
	return -ENOENT;
}

static int apply_one(const struct tandem_knob_set *set, u32 *values,
		     unsigned long *given,
		     const struct tandem_knob_change *changes, unsigned int n,
		     struct tandem_refusal *refusal)
{
	const struct tandem_knob *knob;
	u32 value = changes[n].value;
	int i = find_knob(set, changes[n].name);

	if (i < 0) {
		tandem_refuse(refusal, n, "%s%s has no knob %.31s", set->what,
			      set->of, changes[n].name);
		return -ENOENT;
	}
	if (__test_and_set_bit(i, given)) {
		tandem_refuse(refusal, n, "%.31s is given twice",
			      changes[n].name);
		return -EINVAL;
	}
	knob = &set->knobs[i];
	if (value < knob->min || value > knob->max) {
		tandem_refuse(refusal, n, "%.31s: %u is not from %u to %u",
			      knob->name, value, knob->min, knob->max);
		return -ERANGE;
	}
	values[i] = value;
	return 0;
}

/**
 * tandem_knobs_apply() - put changes into a set of values, each within limits
 * @set: the knobs there are
 * @values: one for each of them; part of it is changed on error
 * @given: a bit for each of them, all clear; those that are changed get set
 * @changes: names and values
 * @n: how many
 * @refusal: filled in on error
 *
 * Context: any.
 * Return: 0; -ENOENT for a name that is not known, -ERANGE for a value out of
 * its limits, -EINVAL for a name given twice.
 */
int tandem_knobs_apply(const struct tandem_knob_set *set, u32 *values,
		       unsigned long *given,
		       const struct tandem_knob_change *changes,
		       unsigned int n, struct tandem_refusal *refusal)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = apply_one(set, values, given, changes, i, refusal);
	return ret;
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
		tandem_refuse(refusal, TANDEM_REFUSED_WHOLE, "%s", why);
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
	const struct tandem_knob_set set = { "", cap->name, cap->knobs,
					     cap->nr_knobs };
	unsigned long *given = bitmap_zalloc(cap->nr_knobs, GFP_KERNEL);
	u32 *values = kcalloc(cap->nr_knobs, sizeof(*values), GFP_KERNEL);
	int ret = -ENOMEM;

	tandem_refuse(refusal, TANDEM_REFUSED_WHOLE, "out of memory");
	if (!values || !given)
		goto free;

	mutex_lock(&core->lock);
	memcpy(values, cap->values, cap->nr_knobs * sizeof(*values));
	ret = tandem_knobs_apply(&set, values, given, changes, n, refusal);
	if (!ret)
		ret = check_whole(cap, values, refusal);
	if (!ret)
		commit(cap, values);
	mutex_unlock(&core->lock);
free:
	kfree(values);
	bitmap_free(given);
	return ret;
}
