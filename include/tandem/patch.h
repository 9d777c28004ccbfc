/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replacing functions of the kernel by livepatch, and noticing when another
 * livepatch gets in the way.
 *
 * A transition happens only when the module is loaded and unloaded.  Everything
 * in between is switched by the module's own static key.
 */
#ifndef _TANDEM_PATCH_H
#define _TANDEM_PATCH_H

#include <linux/livepatch.h>
#include <linux/list.h>
#include <linux/module.h>

struct tandem_capability;

/** TANDEM_PATCH_FUNCS_MAX - functions that one patch can replace */
#define TANDEM_PATCH_FUNCS_MAX	16

/**
 * struct tandem_patch_func - one replaced function
 * @name: its name in the kernel, a TANDEM_HOOK entry of borrowed.h
 * @replacement: the function that runs in its place
 * @original: where the kernel's own code starts behind its ftrace site; set by
 *	tandem_patch_resolve(), and also what tandem_original() calls
 */
struct tandem_patch_func {
	const char *name;
	void *replacement;
	void *original;
};

/**
 * struct tandem_patch_ops - what the owner of a patch is told, all optional
 * @quiesce: another livepatch is about to be applied: stop deferring work and
 *	return when no call is inside a replacement any more.  May sleep.
 * @resume: the functions are on top again: go on as before @quiesce
 * @displaced: the functions are shadowed, or the patch is gone; @why is a
 *	sentence for people.  Follows @quiesce, and comes again when the
 *	sentence changes.
 *
 * Calls are serialised.  With &tandem_patch.cap set they come after core has
 * quiesced, resumed or displaced that capability itself.
 */
struct tandem_patch_ops {
	void (*quiesce)(void);
	void (*resume)(void);
	void (*displaced)(const char *why);
};

/**
 * struct tandem_patch - a set of functions that are replaced together
 * @name: short name for messages
 * @mod: the module that holds the replacements: THIS_MODULE; it carries
 *	MODULE_INFO(livepatch, "Y")
 * @funcs: the functions
 * @nr: how many, at most TANDEM_PATCH_FUNCS_MAX
 * @cap: the capability that works by these hooks, or NULL.  core then takes
 *	care of quiesce, resume and displaced, and refuses to enable the
 *	capability while the hooks are not in place.
 * @ops: called besides, may be NULL
 *
 * Lives in static storage of its module.
 */
struct tandem_patch {
	const char *name;
	struct module *mod;
	struct tandem_patch_func *funcs;
	unsigned int nr;
	struct tandem_capability *cap;
	const struct tandem_patch_ops *ops;
	/* private: */
	struct klp_patch klp;
	struct klp_object klp_objs[2];
	struct klp_func klp_funcs[TANDEM_PATCH_FUNCS_MAX + 1];
	struct list_head node;
	int state;
	char why[128];
};

/**
 * tandem_patch_resolve() - find the functions of a patch and check them
 * @patch: the patch
 *
 * Each must be unique in the kernel, have its ftrace site at its start (behind
 * an ENDBR or where one was sealed), and not be livepatched already.  Sets
 * &tandem_patch_func.original and what tandem_original() calls.
 * Context: process context, module init, before tandem_patch_enable().
 * Return: 0, or a negative error after one line in the log.
 */
int tandem_patch_resolve(struct tandem_patch *patch);

/**
 * tandem_patch_enable() - put the replacements in
 * @patch: a patch that was resolved
 *
 * Call it last in module init, when everything that the replacements use is
 * ready: some tasks run them before this returns.
 * Context: process context, module init.
 * Return: 0, or a negative error after one line in the log; then the patch is
 * out and tandem_patch_release() is still to be called.
 */
int tandem_patch_enable(struct tandem_patch *patch);

/**
 * tandem_patch_active() - do the replacements run?
 * @patch: the patch
 *
 * Context: process context, may sleep.
 * Return: true when the patch is enabled and every function of it is on top.
 */
bool tandem_patch_active(struct tandem_patch *patch);

/**
 * tandem_patch_release() - forget a patch
 * @patch: a patch that was resolved
 *
 * The livepatch itself must be out: user space has written 0 to
 * /sys/kernel/livepatch/MODULE/enabled, it was replaced, or it never got in.
 * The module loader sees to that, since an enabled livepatch pins its module.
 * Comes before tandem_capability_unregister() of &tandem_patch.cap.
 * Context: process context, module exit or a failed init.
 */
void tandem_patch_release(struct tandem_patch *patch);

#endif /* _TANDEM_PATCH_H */
