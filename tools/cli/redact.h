/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes out of a text what tells whose machine it came from. */
#ifndef TANDEM_CLI_REDACT_H
#define TANDEM_CLI_REDACT_H

#include <stddef.h>

#define MAX_SECRETS 64

/**
 * struct redactor - what is to be taken out
 * @words: words, each with what takes its place
 * @n: how many
 */
struct redactor {
	struct {
		char word[72];
		const char *instead;
	} words[MAX_SECRETS];
	size_t n;
};

void redactor_add(struct redactor *r, const char *word, const char *instead);
void redactor_of_machine(struct redactor *r);
char *redact(const struct redactor *r, const char *text);

#endif
