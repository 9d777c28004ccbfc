/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capability is what one module of the suite adds to the kernel.  core keeps
 * its state and shows it, its knobs and its statistics, in sysfs and by netlink,
 * and its subjects, which are things with settings of their own, by netlink.
 */
#ifndef _TANDEM_CAPABILITY_H
#define _TANDEM_CAPABILITY_H

#include <linux/module.h>
#include <linux/types.h>
#include <uapi/linux/tandem.h>

struct tandem_capability;
struct tandem_capability_core;

/**
 * struct tandem_knob - a setting of a capability
 * @name: name of its file and netlink attribute, at most 31 characters
 * @min: lowest value accepted
 * @max: highest value accepted
 * @def: value after loading
 * @unit: unit in words, such as "pages" or "ms"; "" for none
 */
struct tandem_knob {
	const char *name;
	u32 min;
	u32 max;
	u32 def;
	const char *unit;
};

/**
 * struct tandem_stat - a statistic of a capability
 * @name: name of its file and netlink attribute, at most 31 characters
 * @kind: TANDEM_STAT_KIND_COUNTER (0) or TANDEM_STAT_KIND_GAUGE
 */
struct tandem_stat {
	const char *name;
	enum tandem_stat_kind kind;
};

/**
 * struct tandem_histogram - a histogram of a subject
 * @name: name of its netlink attribute, at most 31 characters
 * @unit: unit of what is sorted into the buckets, such as "ms"; "" for none
 * @nr_buckets: how many; the first counts zeros, bucket n values from 2^(n-1)
 *	to 2^n-1, the last all that are larger besides.  At most 65.
 */
struct tandem_histogram {
	const char *name;
	const char *unit;
	unsigned int nr_buckets;
};

/**
 * struct tandem_subject - a subject of a capability at one moment
 * @name: its name
 * @values: one for each of &tandem_capability.subject_knobs
 * @stats: one for each of &tandem_capability.subject_stats
 * @buckets: for each of &tandem_capability.subject_histograms its buckets
 *
 * A subject is a thing that has settings and statistics of its own, such as a
 * workload or an interrupt line.
 */
struct tandem_subject {
	char name[TANDEM_SUBJECT_NAME_MAX];
	u32 *values;
	u64 *stats;
	u64 **buckets;
};

/**
 * struct tandem_capability_ops - what a capability does
 * @enable: start to take work.  0 or a negative error; then nothing is on.
 *	Required.
 * @disable: stop taking work.  Returns when no call is inside any more; I/O may
 *	still be in flight.  Required.
 * @in_flight: work begun and not completed, in the capability's own unit.
 *	Optional; without it there is never any.  Any context.
 * @stat: value of statistic @index.  Required when there are statistics.  May
 *	be called at any time between register and unregister.
 * @check: look at a whole set of knob values that are each within limits.  0,
 *	or a negative error and a static string in @why.  Optional.
 * @commit: values that passed @check are now in &tandem_capability.values; do
 *	what follows from it.  Cannot fail.  Optional.
 * @subject_set: make the subject @name, or change it, as a whole.  @values has
 *	a value within its limits for each knob of a subject and @given a bit
 *	for each that was named; the others of @values are the defaults, for a
 *	subject that is new, and one that is there keeps its own.  0, or a
 *	negative error and a static string in @why; then nothing has changed.
 * @subject_forget: take the subject @name away.  0, -ENOENT if there is none, or
 *	another negative error.
 * @subject_next: write to @out the subject whose name comes next after @after in
 *	the order of strcmp(); the first one when @after is "".  Everything in
 *	@out is there and zero before.  0, or -ENOENT when there is none.
 *
 * enable, disable, check, commit and those of subjects may sleep and are never
 * called two at a time for one capability.  The three of subjects come together
 * or not at all.  The name of a subject is not empty, is shorter than
 * TANDEM_SUBJECT_NAME_MAX and has no control character; what else it has to be
 * is up to the capability.
 */
struct tandem_capability_ops {
	int (*enable)(struct tandem_capability *cap);
	void (*disable)(struct tandem_capability *cap);
	u64 (*in_flight)(struct tandem_capability *cap);
	u64 (*stat)(struct tandem_capability *cap, unsigned int index);
	int (*check)(struct tandem_capability *cap, const u32 *values,
		     const char **why);
	void (*commit)(struct tandem_capability *cap, const u32 *values);
	int (*subject_set)(struct tandem_capability *cap, const char *name,
			   const u32 *values, const unsigned long *given,
			   const char **why);
	int (*subject_forget)(struct tandem_capability *cap, const char *name);
	int (*subject_next)(struct tandem_capability *cap, const char *after,
			    struct tandem_subject *out);
};

/**
 * struct tandem_capability - a capability, in static storage of its module
 * @name: name of its sysfs directory and in netlink, at most 15 characters
 * @owner: THIS_MODULE
 * @knobs: its settings
 * @nr_knobs: how many
 * @values: one value for each knob; set to the defaults by
 *	tandem_capability_register(), later written by core alone.  Read it with
 *	READ_ONCE() on the fast path.
 * @stats: its statistics
 * @nr_stats: how many
 * @subject_knobs: settings of each of its subjects
 * @nr_subject_knobs: how many; 0 without &tandem_capability_ops.subject_set
 * @subject_stats: statistics of each of its subjects
 * @nr_subject_stats: how many; 0 without &tandem_capability_ops.subject_set
 * @subject_histograms: histograms of each of its subjects
 * @nr_subject_histograms: how many; 0 without
 *	&tandem_capability_ops.subject_set
 * @ops: what it does
 */
struct tandem_capability {
	const char *name;
	struct module *owner;
	const struct tandem_knob *knobs;
	unsigned int nr_knobs;
	u32 *values;
	const struct tandem_stat *stats;
	unsigned int nr_stats;
	const struct tandem_knob *subject_knobs;
	unsigned int nr_subject_knobs;
	const struct tandem_stat *subject_stats;
	unsigned int nr_subject_stats;
	const struct tandem_histogram *subject_histograms;
	unsigned int nr_subject_histograms;
	const struct tandem_capability_ops *ops;
	/* private: */
	struct tandem_capability_core *core;
};

/**
 * tandem_capability_register() - show a capability to the world
 * @cap: the capability; it starts in state off
 *
 * Context: process context, module init, before tandem_patch_enable().
 * Return: 0 or a negative error; then nothing is left behind.
 */
int tandem_capability_register(struct tandem_capability *cap);

/**
 * tandem_capability_unregister() - take a capability away
 * @cap: a capability that was registered
 *
 * Switches it off, waits until nothing is in flight, then removes its sysfs
 * directory and hides it from netlink.
 * Context: process context, module exit, after tandem_patch_release(): the
 * watch over the patch reports to the capability.
 */
void tandem_capability_unregister(struct tandem_capability *cap);

/**
 * tandem_capability_fail() - an internal check of a capability found it broken
 * @cap: the capability
 * @fmt: what is wrong, one sentence without a newline
 *
 * The capability is switched off from a worker and stays off until an
 * administrator enables it again.  Only the first report after it was enabled
 * counts.
 * Context: any but NMI.  The module stops taking work by itself if it cannot
 * wait for the worker.
 */
__printf(2, 3)
void tandem_capability_fail(struct tandem_capability *cap, const char *fmt,
			    ...);

/**
 * tandem_capability_idle() - nothing is in flight any more
 * @cap: the capability
 *
 * Optional hint which ends the state draining at once.  Without it core looks
 * every 100 ms while it is draining.
 * Context: any but NMI.
 */
void tandem_capability_idle(struct tandem_capability *cap);

/**
 * tandem_capability_quiesce() - stop for a while on behalf of something else
 * @cap: the capability
 * @why: what is going on, one sentence
 *
 * Until tandem_capability_resume() it cannot be enabled.  What the administrator
 * asked for is remembered.  Independent of what core does for another livepatch
 * with &tandem_patch.cap: both have to resume before it goes on.
 * Context: process context, may sleep.
 */
void tandem_capability_quiesce(struct tandem_capability *cap, const char *why);

/**
 * tandem_capability_displaced() - the hooks of a capability do not run
 * @cap: the capability
 * @why: who took their place, one sentence
 *
 * Switches it off if it is on, and refuses to enable it until
 * tandem_capability_resume().  Not needed with &tandem_patch.cap.
 * Context: process context, may sleep.
 */
void tandem_capability_displaced(struct tandem_capability *cap,
				 const char *why);

/**
 * tandem_capability_resume() - end of a quiesce or of a displacement
 * @cap: the capability
 *
 * Goes on again if the administrator wants it on and nothing else holds it.
 * Context: process context, may sleep.
 */
void tandem_capability_resume(struct tandem_capability *cap);

/**
 * tandem_subject_event() - tell listeners what has happened to a subject
 * @cap: the capability
 * @name: name of the subject
 * @what: a short word, such as "gone" when what it stood for has ended
 *
 * core tells by itself of what was set and forgotten on request.  Heard by those
 * alone who may read subjects.
 * Context: process context, may sleep, also inside of any operation of @cap;
 * between register and unregister.
 */
void tandem_subject_event(struct tandem_capability *cap, const char *name,
			  const char *what);

#endif /* _TANDEM_CAPABILITY_H */
