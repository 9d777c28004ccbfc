// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module files and loaded modules: where they are and what they say.
 *
 * A module file is only read here. What it claims comes from an untrusted
 * file, so every offset is checked against its length.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"

#define MAX_DEPTH 4
#define SIGNATURE "~Module signature appended~\n"

const struct suite_module suite_modules[] = {
	{ MODULE_CORE, NULL, false },
	{ "tandem_reclaim", "reclaim", true },
	{ "tandem_tier", "tier", false },
	{ "tandem_irq", "irq", false },
	{ "tandem_apf", "apf", true },
};

const size_t nr_suite_modules =
	sizeof(suite_modules) / sizeof(suite_modules[0]);

/**
 * suite_module_of - the module that brings a capability
 * @capability: its name
 *
 * Return: the module, or NULL.
 */
const struct suite_module *suite_module_of(const char *capability)
{
	size_t i;

	for (i = 0; i < nr_suite_modules; i++)
		if (suite_modules[i].capability &&
		    !strcmp(suite_modules[i].capability, capability))
			return &suite_modules[i];
	return NULL;
}

bool module_loaded(const struct sysroot *root, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return root_exists(root, path);
}

struct elf {
	const uint8_t *data;
	size_t len;
	Elf64_Ehdr header;
};

static bool inside(const struct elf *elf, uint64_t at, uint64_t len)
{
	return at <= elf->len && len <= elf->len - at;
}

static bool elf_open(struct elf *elf, const void *data, size_t len)
{
	elf->data = data;
	elf->len = len;
	if (len < sizeof(elf->header))
		return false;
	memcpy(&elf->header, data, sizeof(elf->header));
	return !memcmp(elf->header.e_ident, ELFMAG, SELFMAG) &&
	       elf->header.e_ident[EI_CLASS] == ELFCLASS64 &&
	       elf->header.e_shentsize == sizeof(Elf64_Shdr);
}

static bool elf_section(const struct elf *elf, unsigned int i,
			Elf64_Shdr *section)
{
	uint64_t at = elf->header.e_shoff + i * sizeof(*section);

	if (i >= elf->header.e_shnum || at < elf->header.e_shoff ||
	    !inside(elf, at, sizeof(*section)))
		return false;
	memcpy(section, elf->data + at, sizeof(*section));
	return section->sh_type == SHT_NOBITS ||
	       inside(elf, section->sh_offset, section->sh_size);
}

/* A string of a table, or NULL when it does not end inside. */
static const char *elf_string(const struct elf *elf, const Elf64_Shdr *table,
			      uint64_t at)
{
	const char *text;

	if (table->sh_type == SHT_NOBITS || at >= table->sh_size)
		return NULL;
	text = (const char *)elf->data + table->sh_offset + at;
	return memchr(text, '\0', table->sh_size - at) ? text : NULL;
}

static void take_info(struct module_file *file, const char *entry)
{
	if (!strncmp(entry, "vermagic=", 9))
		snprintf(file->release, sizeof(file->release), "%.*s",
			 (int)strcspn(entry + 9, " "), entry + 9);
	else if (!strncmp(entry, "version=", 8))
		snprintf(file->version, sizeof(file->version), "%s",
			 entry + 8);
}

static void read_modinfo(const struct elf *elf, const Elf64_Shdr *section,
			 struct module_file *file)
{
	uint64_t at = 0;
	const char *entry;

	while (at < section->sh_size) {
		entry = elf_string(elf, section, at);
		if (!entry)
			return;
		take_info(file, entry);
		at += strlen(entry) + 1;
	}
}

static bool symbol_bytes(const struct elf *elf, const Elf64_Sym *symbol,
			 void *to, size_t len)
{
	Elf64_Shdr section;

	if (symbol->st_size != len ||
	    !elf_section(elf, symbol->st_shndx, &section) ||
	    section.sh_type == SHT_NOBITS ||
	    symbol->st_value > section.sh_size ||
	    len > section.sh_size - symbol->st_value)
		return false;
	memcpy(to, elf->data + section.sh_offset + symbol->st_value, len);
	return true;
}

static void read_symbols(const struct elf *elf, const Elf64_Shdr *section,
			 struct module_file *file)
{
	bool digest = false, size = false;
	Elf64_Shdr names;
	Elf64_Sym symbol;
	const char *name;
	uint64_t at;

	if (!elf_section(elf, section->sh_link, &names))
		return;
	for (at = 0; at + sizeof(symbol) <= section->sh_size;
	     at += sizeof(symbol)) {
		memcpy(&symbol, elf->data + section->sh_offset + at,
		       sizeof(symbol));
		name = elf_string(elf, &names, symbol.st_name);
		if (!name)
			continue;
		if (!strcmp(name, "tandem_btf_digest"))
			digest = symbol_bytes(elf, &symbol, file->btf,
					      sizeof(file->btf));
		else if (!strcmp(name, "tandem_btf_size"))
			size = symbol_bytes(elf, &symbol, &file->btf_size,
					    sizeof(file->btf_size));
	}
	file->has_btf = digest && size;
}

/**
 * module_parse - read what a module file says of itself
 * @data: the file
 * @len: its length
 * @file: filled in, except for its path
 *
 * Return: false when it is no module.
 */
bool module_parse(const void *data, size_t len, struct module_file *file)
{
	const size_t mark = sizeof(SIGNATURE) - 1;
	Elf64_Shdr section, names;
	struct elf elf;
	const char *name;
	unsigned int i;

	if (!elf_open(&elf, data, len) ||
	    !elf_section(&elf, elf.header.e_shstrndx, &names))
		return false;
	file->signed_ = len > mark &&
			!memcmp(elf.data + len - mark, SIGNATURE, mark);
	for (i = 0; elf_section(&elf, i, &section); i++) {
		name = elf_string(&elf, &names, section.sh_name);
		if (section.sh_type == SHT_SYMTAB)
			read_symbols(&elf, &section, file);
		else if (name && !strcmp(name, ".modinfo"))
			read_modinfo(&elf, &section, file);
	}
	return true;
}

static bool try_file(const struct sysroot *root, const char *dir,
		     const char *name, struct module_file *file)
{
	static const char *const ends[] = { "", ".xz", ".zst", ".gz" };
	size_t i, len;
	char *data;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(file->path, sizeof(file->path), "%s/%s.ko%s", dir,
			 name, ends[i]);
		if (!root_exists(root, file->path))
			continue;
		file->compressed = i > 0;
		data = i ? NULL : root_slurp(root, file->path, &len);
		if (data)
			module_parse(data, len, file);
		free(data);
		return true;
	}
	return false;
}

static bool search(const struct sysroot *root, const char *dir,
		   const char *name, int depth, struct module_file *file)
{
	struct dirent *entry;
	char below[512];
	bool found;
	DIR *d;

	if (try_file(root, dir, name, file))
		return true;
	d = depth ? root_opendir(root, dir) : NULL;
	if (!d)
		return false;
	found = false;
	while (!found && (entry = readdir(d))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    snprintf(below, sizeof(below), "%s/%s", dir,
			     entry->d_name) >= (int)sizeof(below))
			continue;
		found = search(root, below, name, depth - 1, file);
	}
	closedir(d);
	return found;
}

/* A directory given by hand is on this machine, whatever --root says. */
static bool find_given(const char *dir, const char *name,
		       struct module_file *file)
{
	static const char *const below[] = { "", "/core", "/mm", "/irq" };
	struct sysroot here;
	char path[480], *real;
	bool found = false;
	size_t i;

	real = realpath(dir, NULL);
	if (!real)
		return false;
	if (root_open(&here, NULL)) {
		free(real);
		return false;
	}
	for (i = 0; i < sizeof(below) / sizeof(below[0]) && !found; i++) {
		if (snprintf(path, sizeof(path), "%s%s", real, below[i]) >=
		    (int)sizeof(path))
			break;
		found = try_file(&here, path, name, file);
	}
	root_close(&here);
	free(real);
	return found;
}

/**
 * module_find - find the file of a module
 * @root: the root
 * @dir: where to look, with core/, mm/ and irq/ below it; NULL for the places of
 *       modules that do not come with the kernel
 * @release: kernel release
 * @name: of the module
 * @file: filled in
 *
 * Return: true when there is one.
 */
bool module_find(const struct sysroot *root, const char *dir,
		 const char *release, const char *name,
		 struct module_file *file)
{
	static const char *const places[] = { "updates", "extra" };
	char path[256];
	size_t i;

	memset(file, 0, sizeof(*file));
	if (dir)
		return find_given(dir, name, file);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/lib/modules/%s/%s", release,
			 places[i]);
		if (search(root, path, name, MAX_DEPTH, file))
			return true;
	}
	memset(file, 0, sizeof(*file));
	return false;
}
