// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workloads: what the administrator named, and how it is to be treated.
 *
 * A cgroup stands for all processes in it and below it; of several that hold a
 * process the innermost counts, and a process that was named itself counts
 * before them.
 */
#include <linux/cgroup.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "tier.h"

/* The list of workloads, their settings and what is published of them. */
DEFINE_MUTEX(tier_workloads_lock);
LIST_HEAD(tier_workloads);

static const char pid_prefix[] = "pid:";

static void free_workload(struct kref *ref)
{
	struct tier_workload *workload = container_of(ref, struct tier_workload,
						      ref);

	if (workload->cgroup)
		cgroup_put(workload->cgroup);
	put_pid(workload->pid);
	kfree(workload->name);
	kfree(workload);
}

/**
 * tier_workload_get() - take a reference
 * @workload: held already, or on the list
 *
 * Context: any.
 */
void tier_workload_get(struct tier_workload *workload)
{
	kref_get(&workload->ref);
}

/**
 * tier_workload_put() - give a reference back
 * @workload: may be NULL
 *
 * Context: process context.
 */
void tier_workload_put(struct tier_workload *workload)
{
	if (workload)
		kref_put(&workload->ref, free_workload);
}

/* The first one whose name does not come before @name. */
static struct tier_workload *find_from(const char *name)
{
	struct tier_workload *workload;

	list_for_each_entry(workload, &tier_workloads, list)
		if (strcmp(workload->name, name) >= 0)
			return workload;
	return NULL;
}

static struct tier_workload *find(const char *name)
{
	struct tier_workload *workload = find_from(name);

	return workload && !strcmp(workload->name, name) ? workload : NULL;
}

static int find_process(struct tier_workload *workload, const char *number,
			const char **why)
{
	int nr;

	if (kstrtoint(number, 10, &nr) || nr <= 0) {
		*why = "not a process number after pid:";
		return -EINVAL;
	}
	workload->pid = find_get_pid(nr);
	rcu_read_lock();
	if (!pid_task(workload->pid, PIDTYPE_TGID)) {
		rcu_read_unlock();
		*why = "there is no such process";
		return -ESRCH;
	}
	rcu_read_unlock();
	return 0;
}

static int find_cgroup(struct tier_workload *workload, const char *path,
		       const char **why)
{
	struct cgroup *cgroup;

	if (*path != '/') {
		*why = "neither pid:NUMBER nor the path of a cgroup, which begins with /";
		return -EINVAL;
	}
	cgroup = cgroup_get_from_path(path);
	if (IS_ERR(cgroup)) {
		*why = "there is no such cgroup";
		return PTR_ERR(cgroup);
	}
	workload->cgroup = cgroup;
	return 0;
}

static int find_subject(struct tier_workload *workload, const char **why)
{
	const char *name = workload->name;

	if (str_has_prefix(name, pid_prefix))
		return find_process(workload, name + strlen(pid_prefix), why);
	return find_cgroup(workload, name, why);
}

/* Its own reference is the caller's. */
static struct tier_workload *new_workload(const char *name, const char **why)
{
	struct tier_workload *workload = kzalloc(sizeof(*workload), GFP_KERNEL);
	int err;

	if (!workload)
		return ERR_PTR(-ENOMEM);
	kref_init(&workload->ref);
	workload->memory = 1;
	INIT_LIST_HEAD(&workload->list);
	workload->name = kstrdup(name, GFP_KERNEL);
	err = workload->name ? find_subject(workload, why) : -ENOMEM;
	if (err) {
		tier_workload_put(workload);
		return ERR_PTR(err);
	}
	return workload;
}

static void insert(struct tier_workload *workload)
{
	struct tier_workload *next = find_from(workload->name);

	list_add_tail(&workload->list, next ? &next->list : &tier_workloads);
}

static int check_settings(const u32 *s, const char **why)
{
	if (s[TIER_FAST_MIN] > s[TIER_FAST_MAX])
		*why = "fast_min is above fast_max";
	else if (s[TIER_FAST_MIN_MIB] && s[TIER_FAST_MAX_MIB] &&
		 s[TIER_FAST_MIN_MIB] > s[TIER_FAST_MAX_MIB])
		*why = "fast_min_mib is above fast_max_mib";
	else
		return 0;
	return -EINVAL;
}

/* What is promised to all workloads together must be there. */
static int check_promises(const struct tier_workload *changed, const u32 *s,
			  const char **why)
{
	u32 promised = s[TIER_FAST_MIN];
	struct tier_workload *workload;

	list_for_each_entry(workload, &tier_workloads, list)
		if (workload != changed)
			promised += workload->settings[TIER_FAST_MIN];
	if (promised <= 100)
		return 0;
	*why = "fast_min of all workloads together is above 100 percent";
	return -EINVAL;
}

static int set_locked(const char *name, const u32 *values,
		      const unsigned long *given, const char **why)
{
	struct tier_workload *workload = find(name);
	u32 settings[TIER_NR_SETTINGS];
	int i, err;

	for (i = 0; i < TIER_NR_SETTINGS; i++)
		settings[i] = workload && !test_bit(i, given) ?
				      workload->settings[i] : values[i];
	err = check_settings(settings, why);
	if (!err)
		err = check_promises(workload, settings, why);
	if (err)
		return err;
	if (!workload) {
		workload = new_workload(name, why);
		if (IS_ERR(workload))
			return PTR_ERR(workload);
		insert(workload);
	}
	memcpy(workload->settings, settings, sizeof(settings));
	return 0;
}

/**
 * tier_workload_set() - name a workload, or change how it is treated
 * @cap: the capability
 * @name: path of a cgroup, or "pid:N"
 * @values: by enum tier_setting, within their limits
 * @given: which of them are meant; others keep their value
 * @why: why not
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative error; then nothing has changed.
 */
int tier_workload_set(struct tandem_capability *cap, const char *name,
		      const u32 *values, const unsigned long *given,
		      const char **why)
{
	int err;

	mutex_lock(&tier_workloads_lock);
	err = set_locked(name, values, given, why);
	mutex_unlock(&tier_workloads_lock);
	return err;
}

static void forget(struct tier_workload *workload)
{
	list_del_init(&workload->list);
	tier_workload_put(workload);
}

/**
 * tier_workload_forget() - treat a workload as if it had not been named
 * @cap: the capability
 * @name: its name
 *
 * Its pages stay where they are.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOENT.
 */
int tier_workload_forget(struct tandem_capability *cap, const char *name)
{
	struct tier_workload *workload;

	mutex_lock(&tier_workloads_lock);
	workload = find(name);
	if (workload)
		forget(workload);
	mutex_unlock(&tier_workloads_lock);
	return workload ? 0 : -ENOENT;
}

static bool is_gone(const struct tier_workload *workload)
{
	bool gone;

	if (workload->cgroup)
		return !(workload->cgroup->self.flags & CSS_ONLINE);
	rcu_read_lock();
	gone = !pid_task(workload->pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return gone;
}

/**
 * tier_workloads_drop_gone() - forget cgroups and processes that have ended
 *
 * Each is told to who listens, with no lock held: who sets one holds core's and
 * then ours.
 *
 * Context: the thread.
 */
void tier_workloads_drop_gone(void)
{
	struct tier_workload *workload, *next;
	LIST_HEAD(gone);

	mutex_lock(&tier_workloads_lock);
	list_for_each_entry_safe(workload, next, &tier_workloads, list)
		if (is_gone(workload))
			list_move_tail(&workload->list, &gone);
	mutex_unlock(&tier_workloads_lock);
	list_for_each_entry_safe(workload, next, &gone, list) {
		tandem_subject_event(&tier_capability, workload->name, "gone");
		forget(workload);
	}
}

/* How well a workload fits a task: 0 not at all, more is nearer. */
static int nearness(const struct tier_workload *workload,
		    struct task_struct *task)
{
	struct cgroup *cgroup = workload->cgroup;

	if (!cgroup)
		return task_tgid(task) == workload->pid ? INT_MAX : 0;
	if (!cgroup_is_descendant(task_dfl_cgroup(task), cgroup))
		return 0;
	return cgroup->level + 1;
}

/**
 * tier_workload_of() - the workload that a process belongs to
 * @task: leader of the process
 *
 * Context: holds tier_workloads_lock and the RCU read lock.
 * Return: the innermost, or NULL.
 */
struct tier_workload *tier_workload_of(struct task_struct *task)
{
	struct tier_workload *workload, *best = NULL;
	int near, nearest = 0;

	list_for_each_entry(workload, &tier_workloads, list) {
		near = nearness(workload, task);
		if (near > nearest) {
			nearest = near;
			best = workload;
		}
	}
	return best;
}

/* Ages are kept one by one and shown in powers of two. */
static void show_ages(const u64 *ages, u64 *buckets)
{
	unsigned int age;

	for (age = 0; age < TIER_AGES; age++)
		buckets[fls(age)] += ages[age];
}

static void show(const struct tier_workload *workload,
		 struct tandem_subject *out)
{
	const struct tier_seen *seen = &workload->seen;
	u64 *stats = out->stats;

	strscpy(out->name, workload->name, sizeof(out->name));
	memcpy(out->values, workload->settings, sizeof(workload->settings));
	stats[TIER_SUBJECT_FAST_PAGES] = tier_view_pages(&seen->view, TIER_FAST);
	stats[TIER_SUBJECT_SLOW_PAGES] = tier_view_pages(&seen->view, TIER_SLOW);
	stats[TIER_SUBJECT_FIXED_FAST] = seen->view.fixed[TIER_FAST];
	stats[TIER_SUBJECT_FIXED_SLOW] = seen->view.fixed[TIER_SLOW];
	stats[TIER_SUBJECT_IDEAL] = seen->plan.ideal;
	stats[TIER_SUBJECT_TARGET] = seen->plan.target;
	stats[TIER_SUBJECT_PROMOTED] = seen->promoted;
	stats[TIER_SUBJECT_DEMOTED] = seen->demoted;
	stats[TIER_SUBJECT_T1] = seen->t1;
	stats[TIER_SUBJECT_WINDOW] = seen->window_ms;
	show_ages(seen->view.age[TIER_FAST], out->buckets[TIER_FAST]);
	show_ages(seen->view.age[TIER_SLOW], out->buckets[TIER_SLOW]);
}

/**
 * tier_workload_next() - what is known of a workload
 * @cap: the capability
 * @after: name of the one before; "" for the first
 * @out: filled in
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT after the last one.
 */
int tier_workload_next(struct tandem_capability *cap, const char *after,
		       struct tandem_subject *out)
{
	struct tier_workload *workload;
	int err = -ENOENT;

	mutex_lock(&tier_workloads_lock);
	list_for_each_entry(workload, &tier_workloads, list)
		if (strcmp(workload->name, after) > 0) {
			show(workload, out);
			err = 0;
			break;
		}
	mutex_unlock(&tier_workloads_lock);
	return err;
}

/**
 * tier_workloads_exit() - forget all workloads
 *
 * Context: nobody sets, reads or watches any more.
 */
void tier_workloads_exit(void)
{
	struct tier_workload *workload, *next;

	list_for_each_entry_safe(workload, next, &tier_workloads, list)
		forget(workload);
}
