// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding what the kernel does not export, and the static calls to it.
 *
 * This is the only file that looks a symbol up.  A symbol that the kernel has
 * twice counts as missing, since nothing tells which of them is meant.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>
#include <tandem/borrow.h>
#include "core.h"

static char *hide;
module_param(hide, charp, 0444);
MODULE_PARM_DESC(hide, "symbols to treat as missing, separated by commas (for tests)");

/* What a function returns that was not found. */
#define BORROW_REFUSAL(ret) \
	__builtin_choose_expr(__same_type(ret, int), -EOPNOTSUPP, 0)

#define BORROW_STUB(ret, name, args, key) \
	static ret name args { return (ret)BORROW_REFUSAL(ret); } \
	DEFINE_STATIC_CALL(key, name); \
	EXPORT_STATIC_CALL_GPL(key);

#define TANDEM_BORROW(ret, name, args) \
	BORROW_STUB(ret, refuse_k_##name, args, tandem_k_##name)
#define TANDEM_HOOK(ret, name, args) \
	BORROW_STUB(ret, refuse_o_##name, args, tandem_o_##name)
#include <tandem/borrowed.h>

/**
 * struct borrow_symbol - an entry of borrowed.h
 * @name: its name in the kernel
 * @hook: a function that is replaced, not called: its key is set when a module
 *	replaces it
 * @key: static call key, NULL for a variable
 * @tramp: trampoline of @key
 * @stub: what @key calls when there is nothing to call
 * @found: the kernel has it, once
 * @address: where
 */
struct borrow_symbol {
	const char *name;
	bool hook;
	struct static_call_key *key;
	void *tramp;
	void *stub;
	bool found;
	void *address;
};

#define BORROW_ENTRY(_name, _hook, _key, _stub) { \
	.name = #_name, \
	.hook = _hook, \
	.key = &STATIC_CALL_KEY(_key), \
	.tramp = STATIC_CALL_TRAMP_ADDR(_key), \
	.stub = _stub, \
},

static struct borrow_symbol symbols[] = {
#define TANDEM_BORROW(ret, name, args) \
	BORROW_ENTRY(name, false, tandem_k_##name, refuse_k_##name)
#define TANDEM_HOOK(ret, name, args) \
	BORROW_ENTRY(name, true, tandem_o_##name, refuse_o_##name)
#define TANDEM_DATA(type, sym)		{ .name = #sym },
#define TANDEM_PERCPU(type, sym)	{ .name = #sym },
#include <tandem/borrowed.h>
};

DEFINE_STATIC_CALL_NULL(borrow_lookup, kallsyms_lookup_name);
DEFINE_STATIC_CALL_NULL(borrow_match, kallsyms_on_each_match_symbol);

static bool symbol_hidden(const char *name)
{
	size_t len = strlen(name);
	const char *at = hide;

	while (at && *at) {
		size_t n = strcspn(at, ",");

		if (n == len && !strncmp(at, name, len))
			return true;
		at += n;
		if (*at == ',')
			at++;
	}
	return false;
}

/**
 * struct borrow_match - matches of a name in the symbol table
 * @address: the last of them
 * @count: how many
 */
struct borrow_match {
	unsigned long address;
	unsigned int count;
};

static int count_match(void *data, unsigned long address)
{
	struct borrow_match *match = data;

	match->address = address;
	match->count++;
	return 0;
}

static bool symbol_find(const char *name, void **address)
{
	struct borrow_match match = {};

	if (symbol_hidden(name))
		return false;
	static_call(borrow_match)(count_match, name, &match);
	if (match.count != 1)
		return false;
	*address = (void *)match.address;
	return true;
}

/* A probe that is registered and taken away again tells one address. */
static int find_lookup(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long address;
	int ret;

	ret = symbol_hidden(probe.symbol_name) ? -ENOENT :
						 register_kprobe(&probe);
	if (ret) {
		pr_err("not loaded: cannot find kallsyms_lookup_name by a kprobe (error %d)\n",
		       ret);
		return ret;
	}
	unregister_kprobe(&probe);
	static_call_update(borrow_lookup, (void *)probe.addr);

	/* The probe may sit behind the ENDBR; the symbol is what counts. */
	address = static_call(borrow_lookup)("kallsyms_lookup_name");
	if (address)
		static_call_update(borrow_lookup, (void *)address);

	address = static_call(borrow_lookup)("kallsyms_on_each_match_symbol");
	if (!address || symbol_hidden("kallsyms_on_each_match_symbol")) {
		pr_err("not loaded: this kernel has no kallsyms_on_each_match_symbol\n");
		return -ENOENT;
	}
	static_call_update(borrow_match, (void *)address);
	return 0;
}

/**
 * tandem_borrow_init() - find everything in borrowed.h
 *
 * What is missing stays a stub; it is for tandem_borrow_need() to complain.
 * Nothing of the kernel is called yet but its symbol table.
 * Return: 0, or a negative error after one line in the log.
 */
int tandem_borrow_init(void)
{
	struct borrow_symbol *sym;
	int ret;

	ret = find_lookup();
	if (ret)
		return ret;
	for (sym = symbols; sym < symbols + ARRAY_SIZE(symbols); sym++)
		sym->found = symbol_find(sym->name, &sym->address);
	return 0;
}

/**
 * tandem_borrow_apply() - let the static calls go where they are meant to
 *
 * Called when the kernel is known to be the one that was built for.
 */
void tandem_borrow_apply(void)
{
	struct borrow_symbol *sym;

	for (sym = symbols; sym < symbols + ARRAY_SIZE(symbols); sym++) {
		if (sym->found && sym->key && !sym->hook)
			__static_call_update(sym->key, sym->tramp,
					     sym->address);
	}
}

static struct borrow_symbol *symbol_entry(const char *name)
{
	struct borrow_symbol *sym;

	for (sym = symbols; sym < symbols + ARRAY_SIZE(symbols); sym++) {
		if (!strcmp(sym->name, name))
			return sym;
	}
	return NULL;
}

/**
 * tandem_borrow_address() - address of any symbol of the kernel
 * @name: its name, listed in borrowed.h or not
 *
 * Context: process context.
 * Return: the address, or NULL when it is missing, ambiguous or hidden.
 */
void *tandem_borrow_address(const char *name)
{
	void *address;

	return symbol_find(name, &address) ? address : NULL;
}

/**
 * tandem_borrow_set_original() - say what tandem_original() calls
 * @name: name of a TANDEM_HOOK entry
 * @original: where its own code starts, or NULL for the stub
 *
 * Context: process context.
 * Return: 0, or -EINVAL when there is no such entry.
 */
int tandem_borrow_set_original(const char *name, void *original)
{
	struct borrow_symbol *sym;

	for (sym = symbols; sym < symbols + ARRAY_SIZE(symbols); sym++) {
		if (!sym->hook || strcmp(sym->name, name))
			continue;
		__static_call_update(sym->key, sym->tramp,
				     original ?: sym->stub);
		return 0;
	}
	return -EINVAL;
}

int tandem_borrow_need(struct module *who, const char *const names[], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct borrow_symbol *sym = symbol_entry(names[i]);

		if (sym && sym->found)
			continue;
		pr_err("%s not loaded: it needs %s, which this kernel does not have\n",
		       who->name, names[i]);
		return -ENOENT;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(tandem_borrow_need);

void *tandem_borrow_data(const char *name)
{
	const struct borrow_symbol *sym = symbol_entry(name);

	return sym && sym->found && !sym->key ? sym->address : NULL;
}
EXPORT_SYMBOL_GPL(tandem_borrow_data);
