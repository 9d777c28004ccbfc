// SPDX-License-Identifier: GPL-2.0-only
/*
 * Livepatches of the suite, and other people's livepatches over them.
 *
 * The kernel keeps, for each patched function, a stack of replacements whose
 * first entry runs.  Nobody is told when another livepatch pushes its own, and
 * an atomic replace takes ours out without a word.  So: when the module of
 * another livepatch is about to be initialised, every patch here is quiesced,
 * before it can push anything; when that module is live or gone, and from then
 * on once a second, the stacks tell whether ours are on top.
 *
 * No function is replaced or given back outside the load and the unload of its
 * module: that is the kernel's business, which this file only watches.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <tandem/borrow.h>
#include <tandem/patch.h>
#include "core.h"

#define FENTRY_SIZE	5
#define ENDBR_SIZE	4

/* How often the stacks are looked at while nothing is known to happen. */
#define WATCH_INTERVAL	HZ

enum patch_state {
	PATCH_OUT,		/* not enabled yet, or released */
	PATCH_ACTIVE,		/* replacements run */
	PATCH_QUIET,		/* told to stop, because another is coming */
	PATCH_DISPLACED,	/* told that the replacements do not run */
};

/**
 * struct coming_patch - a livepatch module between COMING and LIVE or GOING
 * @node: entry in coming_patches
 * @mod: the module
 */
struct coming_patch {
	struct list_head node;
	const struct module *mod;
};

/* Protects the two lists and the state of the patches in the first. */
static DEFINE_MUTEX(patches_lock);
static LIST_HEAD(patches);
static LIST_HEAD(coming_patches);

static struct mutex *klp_lock;
static struct klp_patch **klp_in_transition;

static void watch(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch_work, watch);

static const u8 insn_nop5[FENTRY_SIZE] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const u8 insn_endbr[ENDBR_SIZE] = { 0xf3, 0x0f, 0x1e, 0xfa };
static const u8 insn_sealed[ENDBR_SIZE] = { 0x66, 0x0f, 0x1f, 0x00 };

#define INSN_CALL	0xe8
#define INSN_INT3	0xcc

static bool site_ready(const u8 *site)
{
	return !memcmp(site, insn_nop5, FENTRY_SIZE) || site[0] == INSN_CALL;
}

/* Rewriting a site puts a breakpoint there for a moment. */
static bool site_settles(const u8 *site)
{
	int tries = 50;

	while (READ_ONCE(*site) == INSN_INT3 && tries--)
		msleep(20);
	return site_ready(site);
}

/* Where the code of a function begins behind its ftrace site, or NULL. */
static void *code_behind_site(u8 *start)
{
	u8 *site = (u8 *)tandem_call(ftrace_location)((unsigned long)start);

	if (!site)
		return NULL;
	if (site != start &&
	    (site != start + ENDBR_SIZE ||
	     (memcmp(start, insn_endbr, ENDBR_SIZE) &&
	      memcmp(start, insn_sealed, ENDBR_SIZE))))
		return NULL;
	return site_settles(site) ? site + FENTRY_SIZE : NULL;
}

/* Name of the livepatch that a replacement belongs to; klp_mutex is held. */
static const char *func_owner(const struct klp_func *func)
{
	const struct kobject *object = func->kobj.parent;

	if (!object || !object->parent)
		return "of unknown name";
	return kobject_name(object->parent);
}

static int refuse_patched(struct tandem_patch *patch, const char *name,
			  void *start)
{
	struct klp_ops *ops;
	struct klp_func *top;
	int ret = 0;

	mutex_lock(klp_lock);
	ops = tandem_call(klp_find_ops)(start);
	if (ops) {
		top = list_first_entry(&ops->func_stack, struct klp_func,
				       stack_node);
		pr_err("%s not loaded: %s is replaced by livepatch %s already\n",
		       patch->mod->name, name, func_owner(top));
		ret = -EBUSY;
	}
	mutex_unlock(klp_lock);
	return ret;
}

static int resolve_func(struct tandem_patch *patch, unsigned int i)
{
	struct tandem_patch_func *func = &patch->funcs[i];
	void *start, *code;
	int ret;

	start = tandem_borrow_address(func->name);
	if (!start) {
		pr_err("%s not loaded: it replaces %s, which this kernel does not have\n",
		       patch->mod->name, func->name);
		return -ENOENT;
	}
	code = code_behind_site(start);
	if (!code) {
		pr_err("%s not loaded: %s does not begin as a function that can be replaced: %*ph\n",
		       patch->mod->name, func->name,
		       ENDBR_SIZE + FENTRY_SIZE, start);
		return -EINVAL;
	}
	ret = refuse_patched(patch, func->name, start);
	if (ret)
		return ret;
	ret = tandem_borrow_set_original(func->name, code);
	if (ret) {
		pr_err("%s not loaded: %s is not declared as a hook\n",
		       patch->mod->name, func->name);
		return ret;
	}
	func->original = code;
	patch->klp_funcs[i].old_name = func->name;
	patch->klp_funcs[i].new_func = func->replacement;
	return 0;
}

static void forget_originals(struct tandem_patch *patch)
{
	unsigned int i;

	for (i = 0; i < patch->nr; i++) {
		if (!patch->funcs[i].original)
			continue;
		tandem_borrow_set_original(patch->funcs[i].name, NULL);
		patch->funcs[i].original = NULL;
	}
}

int tandem_patch_resolve(struct tandem_patch *patch)
{
	unsigned int i;
	int ret;

	if (!patch->nr || patch->nr > TANDEM_PATCH_FUNCS_MAX)
		return -EINVAL;
	INIT_LIST_HEAD(&patch->node);
	patch->state = PATCH_OUT;
	for (i = 0; i < patch->nr; i++) {
		ret = resolve_func(patch, i);
		if (ret) {
			forget_originals(patch);
			return ret;
		}
	}
	patch->klp_objs[0].funcs = patch->klp_funcs;
	patch->klp.mod = patch->mod;
	patch->klp.objs = patch->klp_objs;
	return 0;
}
EXPORT_SYMBOL_GPL(tandem_patch_resolve);

/* Does a replacement of ours run?  If not, say who has its place. */
static bool func_on_top(struct tandem_patch *patch, unsigned int i, char *why)
{
	struct klp_func *func = &patch->klp_funcs[i], *top;
	struct klp_ops *ops;

	ops = func->patched ? tandem_call(klp_find_ops)(func->old_func) : NULL;
	if (!ops) {
		snprintf(why, TANDEM_REASON_LEN, "%s is not replaced any more",
			 func->old_name);
		return false;
	}
	top = list_first_entry(&ops->func_stack, struct klp_func, stack_node);
	if (top == func)
		return true;
	snprintf(why, TANDEM_REASON_LEN, "livepatch %s %s %s", func_owner(top),
		 *klp_in_transition ? "is being put over or taken off" :
				      "has replaced",
		 func->old_name);
	return false;
}

/* The kernel's lock of livepatches is held. */
static bool patch_on_top(struct tandem_patch *patch, char *why)
{
	unsigned int i;

	if (!patch->klp.enabled) {
		snprintf(why, TANDEM_REASON_LEN,
			 "its livepatch was taken out: unload the module and load it again");
		return false;
	}
	for (i = 0; i < patch->nr; i++)
		if (!func_on_top(patch, i, why))
			return false;
	return true;
}

static void quiesce(struct tandem_patch *patch, const char *why)
{
	if (patch->state != PATCH_ACTIVE)
		return;
	WRITE_ONCE(patch->state, PATCH_QUIET);
	if (patch->cap)
		tandem_hold_quiesce(patch->cap->core, TANDEM_HOLD_PATCH, why);
	if (patch->ops && patch->ops->quiesce)
		patch->ops->quiesce();
}

static void displace(struct tandem_patch *patch, const char *why)
{
	if (patch->state == PATCH_DISPLACED && !strcmp(patch->why, why))
		return;
	if (patch->state != PATCH_DISPLACED)
		pr_notice("%s is displaced: %s\n", patch->name, why);
	WRITE_ONCE(patch->state, PATCH_DISPLACED);
	strscpy(patch->why, why);
	if (patch->cap)
		tandem_hold_displaced(patch->cap->core, TANDEM_HOLD_PATCH,
				      why);
	if (patch->ops && patch->ops->displaced)
		patch->ops->displaced(why);
}

static void resume(struct tandem_patch *patch)
{
	if (patch->state == PATCH_ACTIVE)
		return;
	if (patch->state == PATCH_DISPLACED)
		pr_notice("%s is in place again\n", patch->name);
	WRITE_ONCE(patch->state, PATCH_ACTIVE);
	if (patch->cap)
		tandem_hold_resume(patch->cap->core, TANDEM_HOLD_PATCH);
	if (patch->ops && patch->ops->resume)
		patch->ops->resume();
}

static void look_at(struct tandem_patch *patch)
{
	char why[TANDEM_REASON_LEN];
	bool top;

	/* Held while the kernel ends a transition, minutes long on a slow machine. */
	if (patch->state == PATCH_OUT || !mutex_trylock(klp_lock))
		return;
	top = patch_on_top(patch, why);
	mutex_unlock(klp_lock);
	if (!top) {
		quiesce(patch, why);
		displace(patch, why);
	} else if (list_empty(&coming_patches)) {
		resume(patch);
	}
}

static void watch(struct work_struct *work)
{
	struct tandem_patch *patch;

	mutex_lock(&patches_lock);
	list_for_each_entry(patch, &patches, node)
		look_at(patch);
	if (!list_empty(&patches))
		schedule_delayed_work(&watch_work, WATCH_INTERVAL);
	mutex_unlock(&patches_lock);
}

static void patch_coming(const struct module *mod)
{
	struct coming_patch *coming;
	struct tandem_patch *patch;
	char why[TANDEM_REASON_LEN];

	/* Not to know that it has gone would keep everything quiet for ever. */
	coming = kmalloc(sizeof(*coming), GFP_KERNEL | __GFP_NOFAIL);
	coming->mod = mod;
	snprintf(why, sizeof(why), "livepatch %s is being loaded", mod->name);

	mutex_lock(&patches_lock);
	list_add(&coming->node, &coming_patches);
	list_for_each_entry(patch, &patches, node)
		quiesce(patch, why);
	mutex_unlock(&patches_lock);
}

static void patch_came_or_went(const struct module *mod)
{
	struct coming_patch *coming, *next;

	mutex_lock(&patches_lock);
	list_for_each_entry_safe(coming, next, &coming_patches, node) {
		if (coming->mod != mod)
			continue;
		list_del(&coming->node);
		kfree(coming);
	}
	if (!list_empty(&patches))
		mod_delayed_work(system_wq, &watch_work, 0);
	mutex_unlock(&patches_lock);
}

static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct module *mod = data;

	if (!is_livepatch_module(mod))
		return NOTIFY_DONE;
	if (event == MODULE_STATE_COMING)
		patch_coming(mod);
	else if (event == MODULE_STATE_LIVE || event == MODULE_STATE_GOING)
		patch_came_or_went(mod);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

/* Is a livepatch being loaded, apart from the one whose init this is? */
static bool others_coming(const struct module *mod)
{
	const struct coming_patch *coming;

	list_for_each_entry(coming, &coming_patches, node) {
		if (coming->mod != mod)
			return true;
	}
	return false;
}

static void report_refused(const struct tandem_patch *patch, int error)
{
	const char *hint = "see the lines above";

	if (error == -EBUSY)
		hint = "another livepatch is in transition, or a tool redirects a function";
	pr_err("%s not loaded: the kernel refused its livepatch (error %d): %s\n",
	       patch->mod->name, error, hint);
}

int tandem_patch_enable(struct tandem_patch *patch)
{
	int ret;

	if (patch->cap)
		patch->cap->core->patch = patch;
	ret = klp_enable_patch(&patch->klp);
	if (ret) {
		report_refused(patch, ret);
		return ret;
	}
	mutex_lock(&patches_lock);
	WRITE_ONCE(patch->state, others_coming(patch->mod) ? PATCH_QUIET :
							     PATCH_ACTIVE);
	list_add_tail(&patch->node, &patches);
	mod_delayed_work(system_wq, &watch_work, WATCH_INTERVAL);
	mutex_unlock(&patches_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(tandem_patch_enable);

bool tandem_patch_active(struct tandem_patch *patch)
{
	char why[TANDEM_REASON_LEN];
	bool active;

	mutex_lock(klp_lock);
	active = READ_ONCE(patch->state) == PATCH_ACTIVE &&
		 patch_on_top(patch, why);
	mutex_unlock(klp_lock);
	return active;
}
EXPORT_SYMBOL_GPL(tandem_patch_active);

void tandem_patch_release(struct tandem_patch *patch)
{
	mutex_lock(&patches_lock);
	list_del_init(&patch->node);
	patch->state = PATCH_OUT;
	mutex_unlock(&patches_lock);
	WARN_ON_ONCE(patch->klp.enabled);
	forget_originals(patch);
}
EXPORT_SYMBOL_GPL(tandem_patch_release);

/**
 * tandem_patch_init() - watch for other livepatches
 *
 * Return: 0 or a negative error.
 */
int tandem_patch_init(void)
{
	klp_lock = tandem_borrow_data("klp_mutex");
	klp_in_transition = tandem_borrow_data("klp_transition_patch");
	return register_module_notifier(&module_notifier);
}

/**
 * tandem_patch_exit() - stop watching
 *
 * Every patch has been released: its module holds a reference to this one.
 */
void tandem_patch_exit(void)
{
	struct coming_patch *coming, *next;

	unregister_module_notifier(&module_notifier);
	cancel_delayed_work_sync(&watch_work);
	WARN_ON_ONCE(!list_empty(&patches));
	list_for_each_entry_safe(coming, next, &coming_patches, node)
		kfree(coming);
}
