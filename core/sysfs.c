// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/tandem: one directory for each capability, one value in each
 * file.  Documentation/ABI/testing/sysfs-kernel-tandem has an entry for each.
 *
 * Nothing is decided here: a write to a file ends in the same function as the
 * netlink command that does the same.
 */
#include <linux/capability.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "core.h"

static struct kset *tandem_kset;

static struct tandem_capability_core *to_core(struct kobject *kobj)
{
	return container_of(kobj, struct tandem_capability_core, kobj);
}

static ssize_t file_show(struct kobject *kobj, struct attribute *attr,
			 char *buf)
{
	const struct tandem_attribute *file =
		container_of(attr, struct tandem_attribute, attr);

	return file->show(to_core(kobj), file->index, buf);
}

/* The mode keeps others out already, but root may lack the capability. */
static ssize_t file_store(struct kobject *kobj, struct attribute *attr,
			  const char *buf, size_t count)
{
	const struct tandem_attribute *file =
		container_of(attr, struct tandem_attribute, attr);

	if (!file->store)
		return -EIO;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return file->store(to_core(kobj), file->index, buf, count);
}

static const struct sysfs_ops file_ops = {
	.show = file_show,
	.store = file_store,
};

static ssize_t enabled_show(struct tandem_capability_core *core,
			    unsigned int index, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(core->wanted));
}

static ssize_t enabled_store(struct tandem_capability_core *core,
			     unsigned int index, const char *buf, size_t count)
{
	struct tandem_refusal refusal;
	u8 on;
	int ret;

	/* Not kstrtobool(): that takes whatever begins with a yes or a no. */
	ret = kstrtou8(buf, 10, &on);
	if (!ret && on > 1)
		ret = -EINVAL;
	if (!ret)
		ret = tandem_capability_set(core, on, &refusal);
	return ret ?: count;
}

static ssize_t state_show(struct tandem_capability_core *core,
			  unsigned int index, char *buf)
{
	struct tandem_state_view view;

	tandem_capability_view(core, &view);
	return sysfs_emit(buf, "%s\n", tandem_state_name(view.state));
}

static ssize_t reason_show(struct tandem_capability_core *core,
			   unsigned int index, char *buf)
{
	struct tandem_state_view view;

	tandem_capability_view(core, &view);
	return sysfs_emit(buf, "%s\n", view.reason);
}

static ssize_t since_show(struct tandem_capability_core *core,
			  unsigned int index, char *buf)
{
	struct tandem_state_view view;

	tandem_capability_view(core, &view);
	return sysfs_emit(buf, "%llu\n", view.since_ns);
}

static ssize_t in_flight_show(struct tandem_capability_core *core,
			      unsigned int index, char *buf)
{
	return sysfs_emit(buf, "%llu\n", tandem_capability_in_flight(core));
}

#define FILE_RO(_name) \
static struct tandem_attribute _name##_file = { \
	.attr = { .name = #_name, .mode = 0444 }, \
	.show = _name##_show, \
}

static struct tandem_attribute enabled_file = {
	.attr = { .name = "enabled", .mode = 0644 },
	.show = enabled_show,
	.store = enabled_store,
};

FILE_RO(state);
FILE_RO(reason);
FILE_RO(since);
FILE_RO(in_flight);

static struct attribute *common_attrs[] = {
	&enabled_file.attr,
	&state_file.attr,
	&reason_file.attr,
	&since_file.attr,
	&in_flight_file.attr,
	NULL
};
ATTRIBUTE_GROUPS(common);

static void release_core(struct kobject *kobj)
{
	complete(&to_core(kobj)->released);
}

static const struct kobj_type core_type = {
	.release = release_core,
	.sysfs_ops = &file_ops,
	.default_groups = common_groups,
};

static ssize_t knob_show(struct tandem_capability_core *core,
			 unsigned int index, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(core->cap->values[index]));
}

static ssize_t knob_store(struct tandem_capability_core *core,
			  unsigned int index, const char *buf, size_t count)
{
	struct tandem_knob_change change = {
		.name = core->cap->knobs[index].name,
	};
	struct tandem_refusal refusal;
	int ret;

	ret = kstrtou32(buf, 0, &change.value);
	if (!ret)
		ret = tandem_knobs_commit(core, &change, 1, &refusal);
	return ret ?: count;
}

static ssize_t stat_show(struct tandem_capability_core *core,
			 unsigned int index, char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  core->cap->ops->stat(core->cap, index));
}

static void init_file(struct tandem_attribute *file, const char *name,
		      unsigned int index)
{
	sysfs_attr_init(&file->attr);
	file->attr.name = name;
	file->index = index;
}

static int alloc_files(struct tandem_capability_core *core)
{
	const struct tandem_capability *cap = core->cap;
	struct tandem_attribute *file;
	unsigned int i;

	file = kcalloc(cap->nr_knobs + cap->nr_stats, sizeof(*file),
		       GFP_KERNEL);
	core->attributes = file;
	core->knob_files = kcalloc(cap->nr_knobs + 1, sizeof(void *),
				   GFP_KERNEL);
	core->stat_files = kcalloc(cap->nr_stats + 1, sizeof(void *),
				   GFP_KERNEL);
	if (!core->attributes || !core->knob_files || !core->stat_files)
		return -ENOMEM;

	for (i = 0; i < cap->nr_knobs; i++, file++) {
		init_file(file, cap->knobs[i].name, i);
		file->attr.mode = 0644;
		file->show = knob_show;
		file->store = knob_store;
		core->knob_files[i] = &file->attr;
	}
	for (i = 0; i < cap->nr_stats; i++, file++) {
		init_file(file, cap->stats[i].name, i);
		file->attr.mode = 0444;
		file->show = stat_show;
		core->stat_files[i] = &file->attr;
	}
	return 0;
}

static void free_files(struct tandem_capability_core *core)
{
	kfree(core->attributes);
	kfree(core->knob_files);
	kfree(core->stat_files);
}

static int add_groups(struct tandem_capability_core *core)
{
	const struct attribute_group knobs = { .attrs = core->knob_files };
	const struct attribute_group stats = {
		.name = "stats",
		.attrs = core->stat_files,
	};
	int ret;

	ret = sysfs_create_group(&core->kobj, &knobs);
	if (!ret && core->cap->nr_stats)
		ret = sysfs_create_group(&core->kobj, &stats);
	return ret;
}

static void remove_directory(struct tandem_capability_core *core)
{
	/* Waits for whoever is inside a file, and takes the groups along. */
	kobject_del(&core->kobj);
	kobject_put(&core->kobj);
	wait_for_completion(&core->released);
}

/**
 * tandem_sysfs_add() - make the directory of a capability
 * @core: the capability
 *
 * Return: 0 or a negative error; then nothing is left behind.
 */
int tandem_sysfs_add(struct tandem_capability_core *core)
{
	int ret;

	ret = alloc_files(core);
	if (ret)
		goto free;
	core->kobj.kset = tandem_kset;
	ret = kobject_init_and_add(&core->kobj, &core_type, NULL, "%s",
				   core->cap->name);
	if (!ret)
		ret = add_groups(core);
	if (ret) {
		remove_directory(core);
		goto free;
	}
	kobject_uevent(&core->kobj, KOBJ_ADD);
	return 0;

free:
	free_files(core);
	return ret;
}

/**
 * tandem_sysfs_remove() - remove the directory of a capability
 * @core: the capability
 *
 * Returns when nobody is inside one of its files any more.
 */
void tandem_sysfs_remove(struct tandem_capability_core *core)
{
	remove_directory(core);
	free_files(core);
}

/**
 * tandem_sysfs_event() - tell user space by a uevent of a change of state
 * @core: the capability
 * @view: its new state
 *
 * The uevent is of action change and carries TANDEM_STATE and TANDEM_REASON.
 */
void tandem_sysfs_event(struct tandem_capability_core *core,
			const struct tandem_state_view *view)
{
	char state[32], reason[TANDEM_REASON_LEN + 16];
	char *env[3] = {};

	snprintf(state, sizeof(state), "TANDEM_STATE=%s",
		 tandem_state_name(view->state));
	snprintf(reason, sizeof(reason), "TANDEM_REASON=%s", view->reason);
	env[0] = state;
	env[1] = reason;
	kobject_uevent_env(&core->kobj, KOBJ_CHANGE, env);
	sysfs_notify(&core->kobj, NULL, "state");
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", TANDEM_VERSION);
}

static ssize_t kernel_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n", tandem_built_for);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);
static struct kobj_attribute kernel_attr = __ATTR_RO(kernel);

static const struct attribute *root_attrs[] = {
	&version_attr.attr,
	&kernel_attr.attr,
	NULL
};

/**
 * tandem_sysfs_init() - make /sys/kernel/tandem
 *
 * Return: 0 or a negative error.
 */
int tandem_sysfs_init(void)
{
	int ret;

	tandem_kset = kset_create_and_add("tandem", NULL, kernel_kobj);
	if (!tandem_kset)
		return -ENOMEM;
	ret = sysfs_create_files(&tandem_kset->kobj, root_attrs);
	if (ret)
		kset_unregister(tandem_kset);
	return ret;
}

/**
 * tandem_sysfs_exit() - remove /sys/kernel/tandem
 */
void tandem_sysfs_exit(void)
{
	sysfs_remove_files(&tandem_kset->kobj, root_attrs);
	kset_unregister(tandem_kset);
}
