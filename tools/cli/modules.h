/* SPDX-License-Identifier: GPL-2.0-only */
/* Module files and loaded modules: where they are and what they say. */
#ifndef TANDEM_CLI_MODULES_H
#define TANDEM_CLI_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "root.h"
#include "sha256.h"

#define MODULE_CORE "tandem"

/**
 * struct suite_module - a module of the suite
 * @name: of the module
 * @capability: what it brings; NULL for the core
 * @livepatch: it takes part in the kernel by a livepatch
 */
struct suite_module {
	const char *name;
	const char *capability;
	bool livepatch;
};

/**
 * struct module_file - a module file that was found
 * @path: where
 * @release: kernel release it was built for; empty when it cannot be read
 * @version: of the module
 * @compressed: its contents were not looked at
 * @signed_: a signature follows the file
 * @has_btf: @btf and @btf_size are known
 * @btf: digest of the type information of the kernel that it was built for
 * @btf_size: size of that type information
 */
struct module_file {
	char path[512];
	char release[128];
	char version[64];
	bool compressed;
	bool signed_;
	bool has_btf;
	uint8_t btf[SHA256_SIZE];
	uint64_t btf_size;
};

extern const struct suite_module suite_modules[];
extern const size_t nr_suite_modules;

const struct suite_module *suite_module_of(const char *capability);
bool kernel_fits(const struct sysroot *root, char *why, size_t size);
bool module_loaded(const struct sysroot *root, const char *name);
bool module_find(const struct sysroot *root, const char *dir,
		 const char *release, const char *name,
		 struct module_file *file);
bool module_parse(const void *data, size_t len, struct module_file *file);

#endif
