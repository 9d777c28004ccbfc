/* SPDX-License-Identifier: GPL-2.0-only */
/* What the numbers of an interrupt line mean to people. */
#ifndef TANDEM_CLI_IRQ_VIEW_H
#define TANDEM_CLI_IRQ_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "print.h"
#include "root.h"
#include "settings.h"
#include "subject_top.h"
#include "tandem.h"

/**
 * struct irq_facts - a line at one moment
 * @name: its number
 * @mode: how it is handled now
 * @helper: the CPU that helps, when one does
 * @interrupts: that came since it was named
 * @lost_ns: time that the interrupted CPUs lost to them
 * @handled: handlers that have run
 * @handler_ns: time that they took
 * @helper_ns: time of those on a helper
 */
struct irq_facts {
	char name[TANDEM_SUBJECT_LEN];
	uint64_t mode;
	uint64_t helper;
	uint64_t interrupts;
	uint64_t lost_ns;
	uint64_t handled;
	uint64_t handler_ns;
	uint64_t helper_ns;
};

extern const struct settings_word irq_words[];

const char *irq_word(const char *name, uint64_t value);
void irq_show_machine(struct printer *p, const struct sysroot *root);
void irq_show_why(struct printer *p, const struct tandem_subject_info *info);

extern const struct subject_view irq_view;

#endif
