/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the plugins here use of the plugin interface of QEMU, versions 1 (7.2)
 * to 4 (10.0). Its header is not packaged, so it is declared here; nothing
 * else belongs here.
 */
#ifndef TANDEM_TESTS_PLUGIN_QEMU_H
#define TANDEM_TESTS_PLUGIN_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
struct qemu_info;

/* Each plugin defines it as PLUGIN_API, the version it is built for. */
extern EXPORT int qemu_plugin_version;

typedef void (*translation_cb)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*exec_cb)(unsigned int cpu, void *data);
typedef void (*access_cb)(unsigned int cpu, uint32_t info, uint64_t address,
			  void *data);
typedef void (*atexit_cb)(uint64_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, translation_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  exec_cb cb, int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      access_cb cb, int flags, int kind,
				      void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, atexit_cb cb, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info,
						  uint64_t address);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *address);
uint64_t
qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *address);
void qemu_plugin_outs(const char *text);

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info *info,
			       int argc, char **argv);

#define CB_NO_REGS 0
#define READS_AND_WRITES 3

#endif
