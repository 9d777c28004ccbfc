/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calling functions of the kernel that it does not export.
 *
 * Each goes through a static call, which is a direct call in the text of the
 * caller: no indirect branch, so it needs no ENDBR at the target.  Which
 * functions there are stands in borrowed.h.
 */
#ifndef _TANDEM_BORROW_H
#define _TANDEM_BORROW_H

#include <linux/module.h>
#include <linux/static_call.h>
#include <tandem/kernel.h>

#define TANDEM_BORROW(ret, name, args) \
	ret tandem_proto_##name args; \
	DECLARE_STATIC_CALL(tandem_k_##name, tandem_proto_##name);
#define TANDEM_HOOK(ret, name, args) \
	ret tandem_proto_##name args; \
	DECLARE_STATIC_CALL(tandem_o_##name, tandem_proto_##name);
#include <tandem/borrowed.h>

/**
 * tandem_proto() - the type of a borrowed or hooked function
 * @name: name of the function in the kernel
 *
 * Good for ``static_assert(__same_type(my_pageout, tandem_proto(pageout)))``.
 */
#define tandem_proto(name)	typeof(tandem_proto_##name)

/**
 * tandem_call() - call a borrowed function
 * @name: name of the function in the kernel, a TANDEM_BORROW entry
 *
 * Used as ``tandem_call(folio_putback_lru)(folio)``.  A function that was not
 * found is a stub that returns -EOPNOTSUPP (int), NULL, false or 0, so a module
 * asks tandem_borrow_need() before it does anything else.
 * Context: that of the function called.
 */
#define tandem_call(name)	static_call(tandem_k_##name)

/**
 * tandem_original() - call the function that a livepatch of ours replaces
 * @name: name of the function in the kernel, a TANDEM_HOOK entry
 *
 * Runs the kernel's own code from behind its ftrace site, so it does not come
 * back to the replacement.  Valid from tandem_patch_resolve() to
 * tandem_patch_release(); before and after it is a stub as in tandem_call().
 * Context: that of the function called.
 */
#define tandem_original(name)	static_call(tandem_o_##name)

/**
 * tandem_borrow_need() - ask for borrowed functions and variables
 * @who: the module that needs them, for the message
 * @names: their names in the kernel, functions, hooks and variables mixed
 * @n: how many
 *
 * Call it first in module init.
 * Context: process context.
 * Return: 0, or -ENOENT after one line in the log that names the first that is
 * missing.
 */
int tandem_borrow_need(struct module *who, const char *const names[], size_t n);

/**
 * tandem_borrow_data() - address of a borrowed variable
 * @name: its name in the kernel, a TANDEM_DATA or TANDEM_PERCPU entry
 *
 * For a per-CPU variable the result is a per-CPU pointer and has to be cast:
 * ``(struct mthp_stat __percpu __force *)tandem_borrow_data("mthp_stats")``.
 * Context: any.
 * Return: the address, or NULL when the kernel has none or @name is not listed.
 */
void *tandem_borrow_data(const char *name);

#endif /* _TANDEM_BORROW_H */
