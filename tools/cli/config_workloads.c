// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workloads in the configuration file: cgroups with settings of their own.
 *
 * A cgroup comes and goes by the will of others, so one that is not there keeps
 * nothing from the rest of the file.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "config_workloads.h"

#define MAX_KNOBS 64

/**
 * struct limits - the knobs that each workload has
 * @list: the knobs
 * @n: how many
 */
struct limits {
	struct tandem_knob_info list[MAX_KNOBS];
	size_t n;
};

static int keep_limits(const struct tandem_subject_info *info, void *arg)
{
	struct limits *limits = arg;

	limits->n = info->nr_knobs < MAX_KNOBS ? info->nr_knobs : MAX_KNOBS;
	memcpy(limits->list, info->knobs, limits->n * sizeof(*info->knobs));
	return 1;
}

/* The limits that count are the kernel's; without a workload it names none. */
static void limits_of(struct tandem *t, const char *name,
		      struct limits *limits)
{
	const struct tandem_knob_info *known;

	limits->n = 0;
	if (t && tandem_subjects(t, name, keep_limits, limits) == 1)
		return;
	known = tandem_known_subject_knobs(name, &limits->n);
	if (limits->n > MAX_KNOBS)
		limits->n = MAX_KNOBS;
	if (known)
		memcpy(limits->list, known, limits->n * sizeof(*known));
}

/**
 * workloads_any - whether a file has workloads of a capability
 * @config: the file
 * @name: of the capability
 *
 * Return: true when it has.
 */
bool workloads_any(const struct tandem_config *config, const char *name)
{
	const struct tandem_config_subject *s;
	size_t i;

	for (i = 0; (s = tandem_config_subject(config, i)); i++)
		if (!strcmp(s->section, name))
			return true;
	return false;
}

/**
 * workloads_check - check each value that is set for a workload
 * @t: context of libtandem, or NULL
 * @config: the file; gets the faults
 * @name: of the capability
 *
 * Return: 0; -EINVAL when there are faults; -ENOMEM.
 */
int workloads_check(struct tandem *t, struct tandem_config *config,
		    const char *name)
{
	struct limits limits;

	if (!workloads_any(config, name))
		return tandem_config_fault(config, 0) ? -EINVAL : 0;
	limits_of(t, name, &limits);
	return tandem_config_check_subjects(config, name, limits.list,
					    limits.n);
}

static const struct tandem_config_entry *
setting(const struct tandem_config *config, const char *workload,
	const char *key)
{
	const struct tandem_config_entry *e;
	size_t i;

	for (i = 0; (e = tandem_config_entry(config, i)); i++)
		if (!strcmp(e->key, key) &&
		    tandem_config_is_of(e, CAPABILITY_TIER, workload))
			return e;
	return NULL;
}

static int check_order(struct tandem_config *config, const char *workload,
		       const char *least, const char *most)
{
	const struct tandem_config_entry *min, *max;
	char why[128];

	min = setting(config, workload, least);
	max = setting(config, workload, most);
	if (!min || !max || min->number <= max->number)
		return 0;
	snprintf(why, sizeof(why), "%s = %" PRIu32 " is above %s = %" PRIu32,
		 least, min->number, most, max->number);
	return tandem_config_blame(config, min->line, least, why);
}

/* In MiB, 0 says that the share counts. */
static int check_mib(struct tandem_config *config, const char *workload)
{
	const struct tandem_config_entry *max;

	max = setting(config, workload, "fast_max_mib");
	if (!max || !max->number)
		return 0;
	return check_order(config, workload, "fast_min_mib", "fast_max_mib");
}

static int check_promise(struct tandem_config *config,
			 const struct tandem_config_entry *min,
			 uint64_t *promised)
{
	bool before = *promised > 100;
	char why[128];

	*promised += min->number;
	if (before || *promised <= 100)
		return 0;
	snprintf(why, sizeof(why),
		 "fast_min of the workloads up to here is %" PRIu64
		 " percent together; no more than 100 can be promised",
		 *promised);
	return tandem_config_blame(config, min->line, "fast_min", why);
}

/**
 * workloads_check_shares - check what settings of tiering say together
 * @config: the file, whose values are right one by one; gets the faults
 *
 * Return: 0; -EINVAL when there are faults; -ENOMEM.
 */
int workloads_check_shares(struct tandem_config *config)
{
	const struct tandem_config_entry *min;
	const struct tandem_config_subject *s;
	uint64_t promised = 0;
	int err = 0;
	size_t i;

	for (i = 0; !err && (s = tandem_config_subject(config, i)); i++) {
		if (strcmp(s->section, CAPABILITY_TIER))
			continue;
		err = check_order(config, s->name, "fast_min", "fast_max");
		if (!err)
			err = check_mib(config, s->name);
		min = setting(config, s->name, "fast_min");
		if (!err && min)
			err = check_promise(config, min, &promised);
	}
	if (err)
		return err;
	return tandem_config_fault(config, 0) ? -EINVAL : 0;
}

static int set_one(struct tandem *t, const struct tandem_config *config,
		   const struct tandem_config_subject *s)
{
	struct tandem_knob_value values[MAX_KNOBS];
	const struct tandem_config_entry *e;
	size_t i, n = 0;

	for (i = 0; n < MAX_KNOBS && (e = tandem_config_entry(config, i)); i++) {
		if (!tandem_config_is_of(e, s->section, s->name))
			continue;
		values[n].name = e->key;
		values[n++].value = e->number;
	}
	return tandem_subject_set(t, s->section, s->name, values, n);
}

static int refused(struct tandem *t, struct tandem_config *config,
		   const struct tandem_config_subject *s)
{
	char why[384];

	snprintf(why, sizeof(why), "%s is not set: %s", s->name,
		 tandem_error(t));
	return tandem_config_blame(config, s->line, s->name, why);
}

static int second_try(struct tandem *t, struct tandem_config *config,
		      const bool *waits, uint64_t *set)
{
	const struct tandem_config_subject *s;
	int err = 0;
	size_t i;

	for (i = 0; !err && (s = tandem_config_subject(config, i)); i++) {
		if (!waits[i])
			continue;
		if (set_one(t, config, s))
			err = refused(t, config, s);
		else
			++*set;
	}
	return err;
}

/**
 * workloads_apply - set all workloads of a file
 * @t: context of libtandem
 * @config: the file, checked; gets a fault for each that the kernel refused
 * @set: gets how many were set
 *
 * One that is to have more may have to wait until another has less, so what was
 * refused is tried again behind the others.
 *
 * Return: 0, also when some were refused; -EPERM when none may be set; -ENOMEM.
 */
int workloads_apply(struct tandem *t, struct tandem_config *config,
		    uint64_t *set)
{
	const struct tandem_config_subject *s;
	size_t i, n = 0;
	bool *waits;
	int err = 0;

	*set = 0;
	while (tandem_config_subject(config, n))
		n++;
	waits = calloc(n + 1, sizeof(*waits));
	if (!waits)
		return -ENOMEM;
	for (i = 0; err != -EPERM && i < n; i++) {
		s = tandem_config_subject(config, i);
		err = set_one(t, config, s);
		waits[i] = err;
		*set += !err;
	}
	if (err != -EPERM)
		err = second_try(t, config, waits, set);
	free(waits);
	return err;
}

/* What parsing would not give back, or what would mean another process. */
static bool can_be_kept(const char *name)
{
	size_t len = strlen(name);

	return *name == '/' && !isspace((unsigned char)name[len - 1]);
}

/**
 * struct saving - workloads being written
 * @name: of their capability
 * @f: where to
 */
struct saving {
	const char *name;
	FILE *f;
};

static int write_one(const struct tandem_subject_info *info, void *arg)
{
	const struct saving *saving = arg;
	FILE *f = saving->f;
	size_t i;

	if (!can_be_kept(info->name)) {
		fprintf(f, "\n# %s has settings, too, but is no cgroup that can be named here.\n",
			info->name);
		return 0;
	}
	fprintf(f, "\n[%s %s]\n", saving->name, info->name);
	for (i = 0; i < info->nr_knobs; i++)
		fprintf(f, "%s = %" PRIu32 "\n", info->knobs[i].name,
			info->knobs[i].value);
	return 0;
}

/**
 * workloads_save - write the workloads that are set
 * @t: context of libtandem
 * @name: of a capability that is loaded
 * @f: gets a section for each
 *
 * Return: 0, also when the capability has none, or -errno.
 */
int workloads_save(struct tandem *t, const char *name, FILE *f)
{
	struct saving saving = { name, f };
	size_t n;

	if (!tandem_known_subject_knobs(name, &n))
		return 0;
	return tandem_subjects(t, name, write_one, &saving);
}
