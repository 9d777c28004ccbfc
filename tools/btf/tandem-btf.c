// SPDX-License-Identifier: GPL-2.0-only
/*
 * tandem-btf: write down, as C, what a kernel says about the functions and
 * structures that include/tandem/borrowed.h lists.
 *
 *	tandem-btf FILE >btf_facts.h
 *
 * FILE is a vmlinux with a .BTF section, or such a section itself, as
 * /sys/kernel/btf/vmlinux is.  core/facts.c includes the result and does not
 * compile when the source believes otherwise.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf_common.h>
#include <openssl/sha.h>

struct entry {
	const char *name;
	const char *member;
};

static const struct entry functions[] = {
#define TANDEM_BORROW(ret, sym, args)	{ .name = #sym },
#define TANDEM_HOOK(ret, sym, args)	{ .name = #sym },
#include <tandem/borrowed.h>
};

static const struct entry percpu[] = {
#define TANDEM_PERCPU(type, sym)	{ .name = #sym, .member = #type },
#include <tandem/borrowed.h>
	{ NULL, NULL }
};

static const struct entry structs[] = {
#define TANDEM_STRUCT(tag)		{ .name = #tag },
#include <tandem/borrowed.h>
	{ NULL, NULL }
};

static const struct entry members[] = {
#define TANDEM_MEMBER(tag, field)	{ .name = #tag, .member = #field },
#include <tandem/borrowed.h>
	{ NULL, NULL }
};

static const struct entry enums[] = {
#define TANDEM_ENUM(tag)		{ .name = #tag },
#include <tandem/borrowed.h>
	{ NULL, NULL }
};

static const struct entry values[] = {
#define TANDEM_VALUE(sym)		{ .name = #sym },
#include <tandem/borrowed.h>
	{ NULL, NULL }
};

static struct btf *btf;
static const char *source;
static struct btf_dump *dump;

static __attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...)
{
	va_list args;

	fputs("tandem-btf: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void dump_printf(void *ctx, const char *fmt, va_list args)
{
	(void)ctx;
	vprintf(fmt, args);
}

static const char *name_of(const struct btf_type *type)
{
	return btf__name_by_offset(btf, type->name_off);
}

static const struct btf_type *type_of(__u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	if (!type)
		die("%s: no type %u: damaged type information", source, id);
	return type;
}

/* The only type of that kind and name; two of them would be a guess. */
static __u32 find(const char *name, __u32 kind, const char *what)
{
	__u32 id, found = 0;

	for (id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = type_of(id);

		if (btf_kind(type) != kind || strcmp(name_of(type), name))
			continue;
		if (found)
			die("%s has two of %s %s: it cannot be borrowed",
			    source, what, name);
		found = id;
	}
	if (!found)
		die("%s has no %s %s: this kernel is not one that include/tandem/borrowed.h knows",
		    source, what, name);
	return found;
}

/* A structure that only appears by pointer need not be known otherwise. */
static void declare_tag(__u32 id)
{
	const struct btf_type *type = type_of(id);

	while (btf_is_ptr(type) || btf_is_const(type) || btf_is_volatile(type))
		type = type_of(type->type);
	if (btf_is_composite(type) && type->name_off)
		printf("%s %s;\n", btf_is_union(type) ? "union" : "struct",
		       name_of(type));
	else if (btf_is_fwd(type))
		printf("%s %s;\n", btf_kflag(type) ? "union" : "struct",
		       name_of(type));
}

static void emit(__u32 id, const char *name)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts,
		    .field_name = name);

	if (btf_dump__emit_type_decl(dump, id, &opts))
		die("cannot write the type of %s", name);
}

/* An empty list of parameters would agree with any; it has to say void. */
static void print_declaration(__u32 proto, const char *prefix, const char *name)
{
	const struct btf_type *type = type_of(proto);
	char ours[256];

	snprintf(ours, sizeof(ours), "%s%s%s", prefix, name,
		 btf_vlen(type) ? "" : "(void)");
	emit(btf_vlen(type) ? proto : type->type, ours);
}

static void print_function(const char *name)
{
	__u32 proto = type_of(find(name, BTF_KIND_FUNC, "function"))->type;
	const struct btf_type *type = type_of(proto);
	const struct btf_param *param = btf_params(type);
	unsigned int i;

	declare_tag(type->type);
	for (i = 0; i < btf_vlen(type); i++) {
		if (param[i].type)
			declare_tag(param[i].type);
	}
	print_declaration(proto, "tandem_btf_", name);
	printf(";\nFACT_FUNCTION(%s,\n\t\"", name);
	print_declaration(proto, "", name);
	printf("\");\n\n");
}

static long long size_of(__u32 id, const char *what)
{
	long long size = btf__resolve_size(btf, id);

	if (size < 0)
		die("no size for %s", what);
	return size;
}

static bool is_bit_field(const struct btf_type *parent, unsigned int i)
{
	return btf_member_bitfield_size(parent, i) != 0;
}

static bool is_unnamed(const struct btf_type *type)
{
	return btf_is_composite(type) && !type->name_off;
}

/**
 * walk() - the members of a structure, those of unnamed ones inside included
 * @tag: name of the outermost structure
 * @id: the structure
 * @prefix: how a member of it is reached from the outermost
 * @base: bit offset of it in the outermost
 * @bits: print bit-fields, else print the others
 * @only: print that member alone, NULL for all
 *
 * Return: how many were printed.
 */
static unsigned int walk(const char *tag, __u32 id, const char *prefix,
			 __u32 base, bool bits, const char *only)
{
	const struct btf_type *type = type_of(id);
	const struct btf_member *member = btf_members(type);
	unsigned int i, printed = 0;

	for (i = 0; i < btf_vlen(type); i++, member++) {
		const char *name = btf__name_by_offset(btf, member->name_off);
		__u32 bit = base + btf_member_bit_offset(type, i);
		const struct btf_type *inner = type_of(member->type);
		char path[256];

		snprintf(path, sizeof(path), "%s%s%s", prefix,
			 *prefix && *name ? "." : "", name);
		if (is_unnamed(inner))
			printed += walk(tag, member->type, path, bit, bits,
					only);
		if (!*name || is_bit_field(type, i) != bits ||
		    (only && strcmp(only, path)))
			continue;
		printed++;
		if (bits)
			printf("\tFACT_BITS(struct %s, %s, %u, %u); \\\n", tag,
			       path, bit, btf_member_bitfield_size(type, i));
		else
			printf("FACT_MEMBER(struct %s, %s, %u, %lld);\n", tag,
			       path, bit / 8, size_of(member->type, path));
	}
	return printed;
}

static void print_struct(const char *tag)
{
	__u32 id = find(tag, BTF_KIND_STRUCT, "structure");

	printf("FACT_SIZE(struct %s, %u);\n", tag, type_of(id)->size);
	walk(tag, id, "", 0, false, NULL);
	putchar('\n');
}

static void print_member(const struct entry *entry)
{
	__u32 id = find(entry->name, BTF_KIND_STRUCT, "structure");

	if (!walk(entry->name, id, "", 0, false, entry->member))
		die("%s: struct %s has no member %s", source, entry->name,
		    entry->member);
}

static void print_bit_fields(void)
{
	const struct entry *entry;

	puts("#define TANDEM_BTF_BIT_FIELDS \\");
	for (entry = structs; entry->name; entry++)
		walk(entry->name, find(entry->name, BTF_KIND_STRUCT,
				       "structure"), "", 0, true, NULL);
	puts("\t/* end of list */\n");
}

static void print_enum(const char *name)
{
	__s32 id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	const struct btf_type *type;
	const struct btf_enum *value;
	unsigned int i;

	if (id > 0)
		id = type_of(id)->type;
	else
		id = find(name, BTF_KIND_ENUM, "enumeration");
	type = type_of(id);
	if (!btf_is_enum(type))
		die("%s: %s is not an enumeration", source, name);
	value = btf_enum(type);
	for (i = 0; i < btf_vlen(type); i++)
		printf("FACT_VALUE(%s, %d);\n",
		       btf__name_by_offset(btf, value[i].name_off),
		       value[i].val);
	putchar('\n');
}

/* Prints the value if the enumeration has it. */
static bool print_value_of(const struct btf_type *type, const char *name)
{
	const struct btf_enum *value = btf_enum(type);
	unsigned int i;

	for (i = 0; i < btf_vlen(type); i++) {
		if (strcmp(btf__name_by_offset(btf, value[i].name_off), name))
			continue;
		printf("FACT_VALUE(%s, %d);\n", name, value[i].val);
		return true;
	}
	return false;
}

/* Where two enumerations have the name, both must agree. */
static void print_value(const char *name)
{
	unsigned int found = 0;
	__u32 id;

	for (id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = type_of(id);

		if (btf_is_enum(type) && print_value_of(type, name))
			found++;
	}
	if (!found)
		die("%s: no enumeration has a value %s", source, name);
}

static void print_percpu(const struct entry *entry)
{
	__u32 id = find(entry->name, BTF_KIND_VAR, "per-CPU variable");
	const struct btf_type *type = type_of(type_of(id)->type);
	char wanted[128];

	if (btf_is_struct(type)) {
		snprintf(wanted, sizeof(wanted), "struct %s", name_of(type));
		if (strcmp(wanted, entry->member))
			die("%s: %s is a %s, not a %s", source, entry->name,
			    wanted, entry->member);
	}
	printf("FACT_SIZE(%s, %lld);\n", entry->member,
	       size_of(type_of(id)->type, entry->name));
}

static void print_digest(void)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	const void *data;
	unsigned int i;
	__u32 size;

	data = btf__raw_data(btf, &size);
	if (!data)
		die("%s: cannot be read as a whole", source);
	SHA256(data, size, digest);
	printf("#define TANDEM_BTF_SIZE %u\n#define TANDEM_BTF_DIGEST { \\\n",
	       size);
	for (i = 0; i < sizeof(digest); i++)
		printf("%s0x%02x,%s", i % 8 ? " " : "\t", digest[i],
		       i % 8 == 7 ? " \\\n" : "");
	puts("}\n");
}

int main(int argc, char **argv)
{
	const struct entry *entry;
	size_t i;

	if (argc != 2) {
		fputs("usage: tandem-btf VMLINUX\n", stderr);
		return 2;
	}
	source = argv[1];
	btf = btf__parse(source, NULL);
	if (!btf)
		die("%s: no type information (BTF): %s", source,
		    strerror(errno));
	dump = btf_dump__new(btf, dump_printf, NULL, NULL);
	if (!dump)
		die("out of memory");

	puts("/* Made by tandem-btf: what the kernel says of itself. */\n");
	print_digest();
	for (i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		print_function(functions[i].name);
	for (entry = structs; entry->name; entry++)
		print_struct(entry->name);
	for (entry = members; entry->name; entry++)
		print_member(entry);
	for (entry = enums; entry->name; entry++)
		print_enum(entry->name);
	for (entry = values; entry->name; entry++)
		print_value(entry->name);
	for (entry = percpu; entry->name; entry++)
		print_percpu(entry);
	print_bit_fields();

	btf_dump__free(dump);
	btf__free(btf);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write: %s", strerror(errno));
	return 0;
}
