// SPDX-License-Identifier: GPL-2.0-only
/*
 * A capability with subjects, for the tests of core: they have knobs,
 * statistics and a histogram, and stand for nothing.
 */
#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <tandem/capability.h>

enum { KNOB_LOW, KNOB_HIGH, KNOB_WEIGHT, NR_KNOBS };
enum { STAT_CHANGES, STAT_SPAN, NR_STATS };
enum { HISTOGRAM_VALUES, NR_HISTOGRAMS };

#define NR_BUCKETS 8

static const struct tandem_knob sample_knobs[] = {
	[KNOB_LOW] = { "low", 0, 1000, 0, "pages" },
	[KNOB_HIGH] = { "high", 0, 1000, 1000, "pages" },
	[KNOB_WEIGHT] = { "weight", 1, 100, 10, "" },
};

static const struct tandem_stat sample_stats[] = {
	[STAT_CHANGES] = { "changes", TANDEM_STAT_KIND_COUNTER },
	[STAT_SPAN] = { "span", TANDEM_STAT_KIND_GAUGE },
};

static const struct tandem_histogram sample_histograms[] = {
	[HISTOGRAM_VALUES] = { "values", "pages", NR_BUCKETS },
};

struct sample {
	struct list_head node;
	char *name;
	u32 values[NR_KNOBS];
	u64 changes;
};

/* In the order of their names; the lock also keeps out the parameter. */
static LIST_HEAD(samples);
static DEFINE_MUTEX(samples_lock);

/* The first sample that is not before @name, or the head of the list. */
static struct sample *find_place(const char *name)
{
	struct sample *s;

	list_for_each_entry(s, &samples, node) {
		if (strcmp(s->name, name) >= 0)
			break;
	}
	return s;
}

static struct sample *find(const char *name)
{
	struct sample *s = find_place(name);

	return list_entry_is_head(s, &samples, node) || strcmp(s->name, name) ?
	       NULL : s;
}

static struct sample *new_sample(const char *name)
{
	struct sample *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->name = kstrdup(name, GFP_KERNEL);
	if (!s->name) {
		kfree(s);
		return NULL;
	}
	return s;
}

static void drop(struct sample *s)
{
	kfree(s->name);
	kfree(s);
}

static int change(const char *name, const u32 *values)
{
	struct sample *s = find(name);

	if (!s) {
		s = new_sample(name);
		if (!s)
			return -ENOMEM;
		list_add_tail(&s->node, &find_place(name)->node);
	}
	memcpy(s->values, values, sizeof(s->values));
	s->changes++;
	return 0;
}

static int sample_set(struct tandem_capability *cap, const char *name,
		      const u32 *values, const unsigned long *given,
		      const char **why)
{
	u32 whole[NR_KNOBS];
	const struct sample *s;
	unsigned int i;
	int ret = -EINVAL;

	if (!strncmp(name, "not", 3)) {
		*why = "nothing is called so";
		return ret;
	}
	mutex_lock(&samples_lock);
	s = find(name);
	for (i = 0; i < NR_KNOBS; i++)
		whole[i] = s && !test_bit(i, given) ? s->values[i] : values[i];
	*why = "low is above high";
	if (whole[KNOB_LOW] <= whole[KNOB_HIGH])
		ret = change(name, whole);
	mutex_unlock(&samples_lock);
	return ret;
}

static int sample_forget(struct tandem_capability *cap, const char *name)
{
	struct sample *s;

	mutex_lock(&samples_lock);
	s = find(name);
	if (s)
		list_del(&s->node);
	mutex_unlock(&samples_lock);
	if (!s)
		return -ENOENT;
	drop(s);
	return 0;
}

static void fill(const struct sample *s, struct tandem_subject *out)
{
	u64 *buckets = out->buckets[HISTOGRAM_VALUES];
	unsigned int i;

	strscpy(out->name, s->name);
	memcpy(out->values, s->values, sizeof(s->values));
	out->stats[STAT_CHANGES] = s->changes;
	out->stats[STAT_SPAN] = s->values[KNOB_HIGH] - s->values[KNOB_LOW];
	for (i = 0; i < NR_KNOBS; i++)
		buckets[min_t(u32, fls(s->values[i]), NR_BUCKETS - 1)]++;
}

static int sample_next(struct tandem_capability *cap, const char *after,
		       struct tandem_subject *out)
{
	struct sample *s;
	int ret = -ENOENT;

	mutex_lock(&samples_lock);
	list_for_each_entry(s, &samples, node) {
		if (strcmp(s->name, after) <= 0)
			continue;
		fill(s, out);
		ret = 0;
		break;
	}
	mutex_unlock(&samples_lock);
	return ret;
}

static bool on;

static int sample_enable(struct tandem_capability *cap)
{
	on = true;
	return 0;
}

static void sample_disable(struct tandem_capability *cap)
{
	on = false;
}

static u64 sample_stat(struct tandem_capability *cap, unsigned int index)
{
	return on;
}

static const struct tandem_stat whole_stats[] = {
	{ "on", TANDEM_STAT_KIND_GAUGE },
};

static const struct tandem_capability_ops sample_ops = {
	.enable = sample_enable,
	.disable = sample_disable,
	.stat = sample_stat,
	.subject_set = sample_set,
	.subject_forget = sample_forget,
	.subject_next = sample_next,
};

static struct tandem_capability sample_capability = {
	.name = "sample",
	.owner = THIS_MODULE,
	.stats = whole_stats,
	.nr_stats = ARRAY_SIZE(whole_stats),
	.subject_knobs = sample_knobs,
	.nr_subject_knobs = ARRAY_SIZE(sample_knobs),
	.subject_stats = sample_stats,
	.nr_subject_stats = ARRAY_SIZE(sample_stats),
	.subject_histograms = sample_histograms,
	.nr_subject_histograms = ARRAY_SIZE(sample_histograms),
	.ops = &sample_ops,
};

/* What a subject stands for ends by itself. */
static int set_gone(const char *val, const struct kernel_param *kp)
{
	char text[TANDEM_SUBJECT_NAME_MAX + 1], *name;
	int ret;

	if (strscpy(text, val) < 0)
		return -EINVAL;
	name = strim(text);
	ret = sample_forget(&sample_capability, name);
	if (!ret)
		tandem_subject_event(&sample_capability, name, "gone");
	return ret;
}

static const struct kernel_param_ops gone_ops = { .set = set_gone };
module_param_cb(gone, &gone_ops, NULL, 0200);
MODULE_PARM_DESC(gone, "write the name of a subject that is gone");

static int __init tandem_sample_init(void)
{
	return tandem_capability_register(&sample_capability);
}

static void __exit tandem_sample_exit(void)
{
	struct sample *s, *next;

	tandem_capability_unregister(&sample_capability);
	list_for_each_entry_safe(s, next, &samples, node) {
		list_del(&s->node);
		drop(s);
	}
}

module_init(tandem_sample_init);
module_exit(tandem_sample_exit);

MODULE_DESCRIPTION("A capability with subjects for the tests of tandem's core");
MODULE_VERSION("test");
MODULE_LICENSE("GPL");
