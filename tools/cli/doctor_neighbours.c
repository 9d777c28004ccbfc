// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor looks at who else has a hand in memory: livepatches and probes
 * on the same functions, and daemons that watch or move pages.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

#define LRU_GEN "/sys/kernel/mm/lru_gen/enabled"

const char *const hooked_functions[] = {
	"reclaim_pages",
	"isolate_lru_folios",
	"isolate_folios",
	"shrink_folio_list",
	"pageout",
	"try_to_unmap_flush_dirty",
	"__swap_writepage",
	"mem_cgroup_out_of_memory",
	"do_swap_page",
	"__do_fault",
};

const size_t nr_hooked_functions = ARRAY_SIZE(hooked_functions);

static bool is_hooked(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nr_hooked_functions; i++)
		if (strlen(hooked_functions[i]) == len &&
		    !strncmp(hooked_functions[i], name, len))
			return true;
	return false;
}

static void append(char *list, size_t size, const char *name, size_t len)
{
	size_t used = strlen(list);

	if (used < size)
		snprintf(list + used, size - used, "%s%.*s",
			 used ? ", " : "", (int)len, name);
}

/* The functions of a livepatch stand as directories "name,position". */
static unsigned int patched_functions(struct doctor *d, const char *patch,
				      char *all, char *ours, size_t size)
{
	char path[640];
	struct dirent *object, *function;
	unsigned int n = 0;
	DIR *objects, *functions;

	snprintf(path, sizeof(path), LIVEPATCH_DIR "/%.255s", patch);
	objects = root_opendir(d->root, path);
	while (objects && (object = readdir(objects))) {
		if (object->d_type != DT_DIR || object->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), LIVEPATCH_DIR "/%.255s/%.255s",
			 patch, object->d_name);
		functions = root_opendir(d->root, path);
		while (functions && (function = readdir(functions))) {
			size_t len = strcspn(function->d_name, ",");

			if (!function->d_name[len])
				continue;
			n++;
			append(all, size, function->d_name, len);
			if (is_hooked(function->d_name, len))
				append(ours, size, function->d_name, len);
		}
		if (functions)
			closedir(functions);
	}
	if (objects)
		closedir(objects);
	return n;
}

static bool replaces_all(struct doctor *d, const char *patch)
{
	char path[320], line[8];

	snprintf(path, sizeof(path), LIVEPATCH_DIR "/%.255s/replace", patch);
	return !root_line(d->root, path, line, sizeof(line)) &&
	       !strcmp(line, "1");
}

static void check_patch(struct doctor *d, const char *patch)
{
	char all[200] = "", ours[200] = "";

	patched_functions(d, patch, all, ours, sizeof(all));
	if (*ours)
		verdict(d, VERDICT_CONFLICT, "livepatch",
			"decide which of the two is to run: disable it, or do without tandem_reclaim",
			"%.80s replaces %s, which tandem_reclaim replaces too",
			patch, ours);
	else if (replaces_all(d, patch))
		verdict(d, VERDICT_WARN, "livepatch",
			"load tandem after it; tandem shows \"displaced\" when it is replaced",
			"%.80s (%s) replaces all other livepatches when it is loaded",
			patch, *all ? all : "functions not shown");
	else
		verdict(d, VERDICT_OK, "livepatch", NULL,
			"%.80s replaces other functions: %s", patch,
			*all ? all : "not shown");
}

static void check_patches(struct doctor *d)
{
	DIR *dir = root_opendir(d->root, LIVEPATCH_DIR);
	struct dirent *entry;
	unsigned int others = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    !strncmp(entry->d_name, "tandem_", 7))
			continue;
		check_patch(d, entry->d_name);
		others++;
	}
	if (dir)
		closedir(dir);
	if (dir && !others)
		verdict(d, VERDICT_OK, "other livepatches", NULL, "none");
}

static bool names_tandem_here(const char *line)
{
	return strstr(line, "tandem") || strstr(line, "klp");
}

/* "address kind function+offset [flags]" */
static void check_kprobes(struct doctor *d)
{
	char *text = root_slurp(d->root, "/sys/kernel/debug/kprobes/list",
				NULL);
	char *next = text, *line, kind, symbol[128], where[200] = "";
	char body[200] = "";

	if (!text) {
		verdict(d, VERDICT_OK, "probes", NULL,
			"not checked: the list can be read by root only, with debugfs mounted");
		return;
	}
	while ((line = strsep(&next, "\n"))) {
		size_t len;

		if (sscanf(line, "%*s %c %127s", &kind, symbol) != 2)
			continue;
		len = strcspn(symbol, "+");
		if (!is_hooked(symbol, len))
			continue;
		if (kind == 'r' || strcmp(symbol + len, "+0x0"))
			append(body, sizeof(body), symbol, strlen(symbol));
		else
			append(where, sizeof(where), symbol, len);
	}
	free(text);
	if (*body)
		verdict(d, VERDICT_WARN, "probes",
			"put the probe on the function's entry, or on another function",
			"kprobe inside or at the return of %s: it sees nothing while tandem_reclaim is loaded",
			body);
	else
		verdict(d, VERDICT_OK, "probes", NULL, "%s%s",
			*where ? "on the entry, which keeps working: " :
				 "none on functions that tandem replaces",
			where);
}

/* "function (count) FLAGS...": I means that the function was diverted. */
static void check_ftrace(struct doctor *d)
{
	static const char *const places[] = {
		"/sys/kernel/tracing/enabled_functions",
		"/sys/kernel/debug/tracing/enabled_functions",
	};
	char *text = root_slurp(d->root, places[0], NULL);
	char *next, *line, diverted[200] = "";

	if (!text)
		text = root_slurp(d->root, places[1], NULL);
	if (!text)
		return;
	next = text;
	while ((line = strsep(&next, "\n"))) {
		size_t len = strcspn(line, " ");
		const char *flags = strchr(line, ')');

		if (is_hooked(line, len) && flags && strstr(flags, " I") &&
		    !names_tandem_here(flags))
			append(diverted, sizeof(diverted), line, len);
	}
	free(text);
	if (*diverted)
		verdict(d, VERDICT_CONFLICT, "ftrace",
			"find and unload the module that does it (lsmod), then load tandem",
			"something other than a livepatch diverts %s: the kernel allows one only",
			diverted);
}

static bool says(struct doctor *d, const char *path, const char *words)
{
	char line[64];

	if (root_line(d->root, path, line, sizeof(line)) || !*line)
		return false;
	return strchr(words, line[0]);
}

static void check_zswap(struct doctor *d)
{
	if (says(d, "/sys/module/zswap/parameters/enabled", "Y1"))
		verdict(d, VERDICT_WARN, "zswap",
			"for the full gain: echo N >/sys/module/zswap/parameters/enabled",
			"on: pages that it takes are freed at once as on stock; only the rest is pipelined");
	else
		verdict(d, VERDICT_OK, "zswap", NULL, "off");
}

static bool kdamond_runs(struct doctor *d)
{
	char path[96], state[8];
	uint64_t n = 0, i;

	root_u64(d->root, "/sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds",
		 &n);
	for (i = 0; i < n && i < 64; i++) {
		snprintf(path, sizeof(path),
			 "/sys/kernel/mm/damon/admin/kdamonds/%u/state",
			 (unsigned int)i);
		if (!root_line(d->root, path, state, sizeof(state)) &&
		    !strcmp(state, "on"))
			return true;
	}
	return false;
}

static void check_damon(struct doctor *d)
{
	if (says(d, "/sys/module/damon_reclaim/parameters/enabled", "Y1"))
		verdict(d, VERDICT_OK, "DAMON", NULL,
			"damon_reclaim is on: what it reclaims is pipelined too");
	else if (says(d, "/sys/module/damon_lru_sort/parameters/enabled",
		      "Y1"))
		verdict(d, VERDICT_OK, "DAMON", NULL,
			"damon_lru_sort is on: it sorts pages, tandem reclaims them");
	else if (kdamond_runs(d))
		verdict(d, VERDICT_OK, "DAMON", NULL,
			"a kdamond is running: it shares page tables with reclaim as on stock");
	else
		verdict(d, VERDICT_OK, "DAMON", NULL, "off");
}

static void check_lru(struct doctor *d)
{
	char line[32];

	if (root_line(d->root, LRU_GEN, line, sizeof(line)))
		return;
	verdict(d, VERDICT_OK, "LRU", NULL, "%s",
		strtoul(line, NULL, 0) & 1 ?
		"multi-generational (MGLRU)" : "classic");
}

/* Processes, by the name that the kernel keeps: at most 15 characters. */
static const struct {
	const char *comm;
	const char *name;
	enum verdict verdict;
	const char *finding;
	const char *remedy;
} daemons[] = {
	{ "numad", "numad", VERDICT_WARN,
	  "is running: it moves whole processes between nodes, which costs reclaim its batches",
	  "systemctl stop numad, unless the workload needs it" },
	{ "irqbalance", "irqbalance", VERDICT_OK,
	  "is running: no effect on page reclaim", NULL },
	{ "tuned", "tuned", VERDICT_OK,
	  "is running: it may set vm.* and swap settings; tandem's own it does not know",
	  NULL },
	{ "systemd-oomd", "systemd-oomd", VERDICT_OK,
	  "is running: it decides by memory pressure, which tandem leaves true",
	  NULL },
	{ "earlyoom", "earlyoom", VERDICT_OK,
	  "is running: it decides by free memory and swap, which tandem leaves true",
	  NULL },
};

static void note_daemon(struct doctor *d, const char *pid, bool *running)
{
	char path[288], comm[32];
	size_t i;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if (root_line(d->root, path, comm, sizeof(comm)))
		return;
	for (i = 0; i < ARRAY_SIZE(daemons); i++)
		if (!strcmp(comm, daemons[i].comm))
			running[i] = true;
}

static void check_daemons(struct doctor *d)
{
	bool running[ARRAY_SIZE(daemons)] = { false };
	DIR *dir = root_opendir(d->root, "/proc");
	struct dirent *entry;
	size_t i;

	while (dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			note_daemon(d, entry->d_name, running);
	if (dir)
		closedir(dir);
	for (i = 0; i < ARRAY_SIZE(daemons); i++)
		verdict(d, running[i] ? daemons[i].verdict : VERDICT_OK,
			daemons[i].name,
			running[i] ? daemons[i].remedy : NULL, "%s",
			running[i] ? daemons[i].finding : "not running");
}

void doctor_neighbours(struct doctor *d)
{
	check_patches(d);
	check_kprobes(d);
	check_ftrace(d);
	check_lru(d);
	check_zswap(d);
	check_damon(d);
	check_daemons(d);
}
