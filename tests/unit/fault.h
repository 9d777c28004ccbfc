/* SPDX-License-Identifier: GPL-2.0-only */
/* What is expected of a configuration file that is wrong in one place. */
#ifndef TANDEM_TESTS_FAULT_H
#define TANDEM_TESTS_FAULT_H

#include <string.h>

#include "tandem.h"
#include "unit.h"

/* Frees the file. */
static inline void expect_only_fault(struct tandem_config *config,
				     unsigned int line, const char *key,
				     const char *words)
{
	const struct tandem_config_fault *fault;

	fault = tandem_config_fault(config, 0);
	assert_non_null(fault);
	assert_int_equal(fault->line, line);
	assert_string_equal(fault->key, key);
	if (!strstr(fault->text, words))
		fail_msg("\"%s\" does not say \"%s\"", fault->text, words);
	assert_null(tandem_config_fault(config, 1));
	tandem_config_free(config);
}

#endif
