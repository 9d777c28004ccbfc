// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subjects: things with settings and statistics of their own that a capability
 * looks after.  Which there are is known to the capability alone; here requests
 * are checked before they reach it, one at a time.
 *
 * How subjects look from outside is none of this file's business.
 */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "core.h"

/* One for zero and one for each bit of a value. */
#define MAX_BUCKETS 65

static bool histograms_valid(const struct tandem_capability *cap)
{
	unsigned int i, n;

	for (i = 0; i < cap->nr_subject_histograms; i++) {
		n = cap->subject_histograms[i].nr_buckets;
		if (!n || n > MAX_BUCKETS)
			return false;
	}
	return true;
}

/**
 * tandem_subjects_valid() - does a capability say the same everywhere
 * @cap: the capability
 *
 * Context: any.
 * Return: false when it has some of the operations on subjects, or knobs of
 * subjects and no subjects, or a histogram of no bucket or of too many.
 */
bool tandem_subjects_valid(const struct tandem_capability *cap)
{
	const struct tandem_capability_ops *ops = cap->ops;

	if (!ops->subject_set)
		return !ops->subject_forget && !ops->subject_next &&
		       !cap->nr_subject_knobs && !cap->nr_subject_stats &&
		       !cap->nr_subject_histograms;
	return ops->subject_forget && ops->subject_next &&
	       histograms_valid(cap);
}

static size_t nr_words(const struct tandem_capability *cap)
{
	size_t n = cap->nr_subject_stats;
	unsigned int i;

	for (i = 0; i < cap->nr_subject_histograms; i++)
		n += cap->subject_histograms[i].nr_buckets;
	return n;
}

/* Statistics and buckets lie one behind the other. */
static void divide(const struct tandem_capability *cap,
		   struct tandem_subject *subject)
{
	u64 *next = subject->stats + cap->nr_subject_stats;
	unsigned int i;

	for (i = 0; i < cap->nr_subject_histograms; i++) {
		subject->buckets[i] = next;
		next += cap->subject_histograms[i].nr_buckets;
	}
}

/**
 * tandem_subject_alloc() - room for a subject of a capability
 * @cap: the capability
 *
 * Context: process context, may sleep.
 * Return: the room, for tandem_subject_free(), or NULL.
 */
struct tandem_subject *
tandem_subject_alloc(const struct tandem_capability *cap)
{
	struct tandem_subject *subject = kzalloc(sizeof(*subject), GFP_KERNEL);

	if (!subject)
		return NULL;
	subject->values = kcalloc(cap->nr_subject_knobs,
				  sizeof(*subject->values), GFP_KERNEL);
	subject->stats = kcalloc(nr_words(cap), sizeof(*subject->stats),
				 GFP_KERNEL);
	subject->buckets = kcalloc(cap->nr_subject_histograms,
				   sizeof(*subject->buckets), GFP_KERNEL);
	if (!subject->values || !subject->stats || !subject->buckets) {
		tandem_subject_free(subject);
		return NULL;
	}
	divide(cap, subject);
	return subject;
}

/**
 * tandem_subject_free() - give room back
 * @subject: from tandem_subject_alloc(), or NULL
 */
void tandem_subject_free(struct tandem_subject *subject)
{
	if (!subject)
		return;
	kfree(subject->buckets);
	kfree(subject->stats);
	kfree(subject->values);
	kfree(subject);
}

/* A name goes to terminals and into lines of text. */
static int check_name(const char *name, struct tandem_refusal *refusal)
{
	const char *c;

	for (c = name; *c && !iscntrl(*c); c++)
		;
	if (*name && !*c)
		return 0;
	tandem_refuse(refusal, TANDEM_REFUSED_SUBJECT,
		      *name ? "the name of a subject has a control character" :
			      "the name of a subject is empty");
	return -EINVAL;
}

static int set_checked(struct tandem_capability_core *core, const char *name,
		       const u32 *values, const unsigned long *given,
		       struct tandem_refusal *refusal)
{
	const char *why = "the values do not fit together";
	int ret = -ENODEV;

	mutex_lock(&core->lock);
	if (core->leaving)
		why = "its module is being unloaded";
	else
		ret = core->cap->ops->subject_set(core->cap, name, values,
						  given, &why);
	if (ret)
		tandem_refuse(refusal, TANDEM_REFUSED_WHOLE, "%s", why);
	else
		tandem_netlink_subject_event(core->cap, name, "set");
	mutex_unlock(&core->lock);
	return ret;
}

/**
 * tandem_subject_set() - make or change a subject
 * @core: the capability, which has subjects
 * @name: name of the subject
 * @changes: names and values of its knobs
 * @n: how many
 * @refusal: filled in on error
 *
 * All of it happens, or nothing.
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for a bad name, what tandem_knobs_apply() returns, -ENOMEM,
 * -ENODEV when the module is being unloaded, or the capability's own error.
 */
int tandem_subject_set(struct tandem_capability_core *core, const char *name,
		       const struct tandem_knob_change *changes,
		       unsigned int n, struct tandem_refusal *refusal)
{
	const struct tandem_capability *cap = core->cap;
	const struct tandem_knob_set set = { "a subject of ", cap->name,
					     cap->subject_knobs,
					     cap->nr_subject_knobs };
	unsigned long *given = bitmap_zalloc(set.n, GFP_KERNEL);
	u32 *values = kcalloc(set.n, sizeof(*values), GFP_KERNEL);
	unsigned int i;
	int ret = -ENOMEM;

	tandem_refuse(refusal, TANDEM_REFUSED_WHOLE, "out of memory");
	if (!values || !given)
		goto free;
	for (i = 0; i < set.n; i++)
		values[i] = set.knobs[i].def;
	ret = check_name(name, refusal);
	if (!ret)
		ret = tandem_knobs_apply(&set, values, given, changes, n,
					 refusal);
	if (!ret)
		ret = set_checked(core, name, values, given, refusal);
free:
	kfree(values);
	bitmap_free(given);
	return ret;
}

static void no_such(const char *name, struct tandem_refusal *refusal)
{
	tandem_refuse(refusal, TANDEM_REFUSED_SUBJECT,
		      "there is no subject %.50s", name);
}

/**
 * tandem_subject_forget() - take a subject away
 * @core: the capability, which has subjects
 * @name: name of the subject
 * @refusal: filled in on error
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOENT when there is none, or the capability's own error.
 */
int tandem_subject_forget(struct tandem_capability_core *core,
			  const char *name, struct tandem_refusal *refusal)
{
	int ret;

	mutex_lock(&core->lock);
	ret = core->cap->ops->subject_forget(core->cap, name);
	if (!ret)
		tandem_netlink_subject_event(core->cap, name, "forgotten");
	mutex_unlock(&core->lock);
	if (ret == -ENOENT)
		no_such(name, refusal);
	else if (ret)
		tandem_refuse(refusal, TANDEM_REFUSED_SUBJECT,
			      "it cannot be forgotten (error %d)", ret);
	return ret;
}

static void clear(const struct tandem_capability *cap,
		  struct tandem_subject *out)
{
	*out->name = '\0';
	memset(out->values, 0, cap->nr_subject_knobs * sizeof(*out->values));
	memset(out->stats, 0, nr_words(cap) * sizeof(*out->stats));
}

/**
 * tandem_subject_next() - read the subject that comes next
 * @core: the capability, which has subjects
 * @after: name of the subject before, "" for the first
 * @out: from tandem_subject_alloc() for this capability
 *
 * Subjects that are there all the time while one after the other is read are
 * read once each, whatever comes and goes meanwhile.
 * Context: process context, may sleep.
 * Return: 0; -ENOENT when there is none, -EINTR.
 */
int tandem_subject_next(struct tandem_capability_core *core,
			const char *after, struct tandem_subject *out)
{
	int ret;

	clear(core->cap, out);
	if (mutex_lock_interruptible(&core->lock))
		return -EINTR;
	ret = core->cap->ops->subject_next(core->cap, after, out);
	mutex_unlock(&core->lock);
	/* Whoever goes back would never come to an end. */
	if (!ret && WARN_ON_ONCE(strcmp(out->name, after) <= 0))
		return -EIO;
	return ret;
}

/*
 * The last name that comes before @name, which is not empty and whose last byte
 * is no control character: the one after it can be no other than @name.
 */
static void name_before(const char *name, char *before)
{
	size_t last = strlen(name) - 1;

	memset(before, 0xff, TANDEM_SUBJECT_NAME_MAX - 1);
	before[TANDEM_SUBJECT_NAME_MAX - 1] = '\0';
	memcpy(before, name, last);
	before[last] = name[last] - 1;
}

/**
 * tandem_subject_get() - read one subject
 * @core: the capability, which has subjects
 * @name: name of the subject
 * @out: from tandem_subject_alloc() for this capability
 * @refusal: filled in on error
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOENT when there is none, -EINVAL for a bad name, -EINTR.
 */
int tandem_subject_get(struct tandem_capability_core *core, const char *name,
		       struct tandem_subject *out,
		       struct tandem_refusal *refusal)
{
	char before[TANDEM_SUBJECT_NAME_MAX];
	int ret = check_name(name, refusal);

	if (ret)
		return ret;
	tandem_refuse(refusal, TANDEM_REFUSED_WHOLE, "it cannot be read");
	name_before(name, before);
	ret = tandem_subject_next(core, before, out);
	if (!ret && strcmp(out->name, name))
		ret = -ENOENT;
	if (ret == -ENOENT)
		no_such(name, refusal);
	return ret;
}
