/* SPDX-License-Identifier: GPL-2.0-only */
/* Live views of the subjects of a capability: its workloads, its interrupts. */
#ifndef TANDEM_CLI_SUBJECT_TOP_H
#define TANDEM_CLI_SUBJECT_TOP_H

#include <stddef.h>
#include <stdint.h>

#include "print.h"
#include "tandem.h"

struct cli;
struct subject_view;

/**
 * struct subject_list - subjects at one moment
 * @view: what is to be known of them
 * @at_ns: the moment, monotonic
 * @facts: of each, @view->size bytes
 * @n: how many
 */
struct subject_list {
	const struct subject_view *view;
	uint64_t at_ns;
	void *facts;
	size_t n;
};

/**
 * struct subject_view - what is shown of subjects
 * @capability: whose subjects they are
 * @doc: what --help says
 * @failure: what it says when there is nothing to be had
 * @size: bytes of the facts about one subject, which begin with its name
 * @read: finds these
 * @table: name of the table
 * @columns: its columns
 * @nr_columns: how many
 * @row: prints the cells of one subject, of which @old is NULL when it was not there
 *	the moment before, @seconds ago
 * @none: what is said when there is no subject
 */
struct subject_view {
	const char *capability;
	const char *doc;
	const char *failure;
	size_t size;
	void (*read)(const struct tandem_subject_info *info, void *facts);
	const char *table;
	const struct print_column *columns;
	size_t nr_columns;
	void (*row)(struct printer *p, const void *old, const void *now,
		    double seconds);
	const char *none;
};

int subject_list_add(struct subject_list *list,
		     const struct tandem_subject_info *info);
void subject_list_clear(struct subject_list *list);
void *subject_list_at(const struct subject_list *list, size_t i);
void *subject_list_find(const struct subject_list *list, const char *name);
void subject_list_show(struct printer *p, const struct subject_list *old,
		       const struct subject_list *now);
int subject_top(struct cli *cli, const struct subject_view *view, int argc,
		char **argv);

#endif
