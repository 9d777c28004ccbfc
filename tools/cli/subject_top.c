// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tandem tier top and tandem irq top have in common: they look at all subjects
 * of a capability again and again, and show one look beside the one before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "follow.h"
#include "loop.h"
#include "subject_top.h"

/**
 * subject_list_add - add a subject
 * @list: subjects of this moment
 * @info: the subject
 *
 * Return: 0 or -ENOMEM.
 */
int subject_list_add(struct subject_list *list,
		     const struct tandem_subject_info *info)
{
	void *facts = realloc(list->facts, (list->n + 1) * list->view->size);

	if (!facts)
		return -ENOMEM;
	list->facts = facts;
	list->n++;
	list->view->read(info, subject_list_at(list, list->n - 1));
	return 0;
}

/**
 * subject_list_clear - forget all subjects
 * @list: list
 */
void subject_list_clear(struct subject_list *list)
{
	free(list->facts);
	*list = (struct subject_list){ .view = list->view };
}

/**
 * subject_list_at - what is known of a subject
 * @list: list
 * @i: its place, below @list->n
 *
 * Return: the facts.
 */
void *subject_list_at(const struct subject_list *list, size_t i)
{
	return (char *)list->facts + i * list->view->size;
}

/**
 * subject_list_find - find a subject by its name
 * @list: list
 * @name: name
 *
 * Return: the facts, or NULL when it is not there.
 */
void *subject_list_find(const struct subject_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(subject_list_at(list, i), name))
			return subject_list_at(list, i);
	return NULL;
}

/**
 * struct top - the last two looks
 * @info: state of the capability
 * @old: subjects at the look before
 * @now: at the last one
 */
struct top {
	struct tandem_capability_info info;
	struct subject_list old;
	struct subject_list now;
};

static int add(const struct tandem_subject_info *info, void *arg)
{
	return subject_list_add(arg, info);
}

static int take(struct tandem *t, void *arg)
{
	struct top *top = arg;
	const char *capability = top->now.view->capability;
	int err;

	subject_list_clear(&top->old);
	top->old = top->now;
	top->now = (struct subject_list){
		.view = top->old.view,
		.at_ns = now_ns(),
	};
	err = tandem_capability_get(t, capability, &top->info);
	return err ? err : tandem_subjects(t, capability, add, &top->now);
}

/**
 * subject_list_show - print what is so now, and what has changed since
 * @p: printer
 * @old: subjects at the moment before
 * @now: at this one
 */
void subject_list_show(struct printer *p, const struct subject_list *old,
		       const struct subject_list *now)
{
	const struct subject_view *view = now->view;
	double seconds = (double)(now->at_ns - old->at_ns) / 1e9;
	size_t i;

	print_real(p, "seconds", NULL, seconds, 3);
	print_table(p, view->table, view->columns, view->nr_columns);
	for (i = 0; i < now->n; i++) {
		const void *facts = subject_list_at(now, i);

		view->row(p, subject_list_find(old, facts), facts, seconds);
	}
	print_table_end(p);
	if (!now->n)
		print_note(p, "%s", view->none);
}

static void show(struct printer *p, void *arg)
{
	const struct top *top = arg;

	print_str(p, "state", "state", top->info.state_name);
	if (*top->info.reason)
		print_str(p, "reason", "reason", top->info.reason);
	subject_list_show(p, &top->old, &top->now);
}

/**
 * subject_top - watch subjects live, until somebody ends it
 * @cli: command line
 * @view: what is shown of them
 * @argc: number of arguments
 * @argv: arguments of the verb
 *
 * Return: an exit status.
 */
int subject_top(struct cli *cli, const struct subject_view *view, int argc,
		char **argv)
{
	const struct cli_syntax syntax = {
		.options = follow_options,
		.lines = true,
		.doc = view->doc,
	};
	struct follow_arguments a = { .interval = 1 };
	struct top top = { .old.view = view, .now.view = view };
	const struct follow follow = {
		.what = view->failure,
		.take = take,
		.show = show,
		.arg = &top,
	};
	int code = cli_read(cli, &syntax, argc, argv, &a);

	if (!code)
		code = follow_run(cli, &follow, &a, true);
	subject_list_clear(&top.old);
	subject_list_clear(&top.now);
	return code;
}
