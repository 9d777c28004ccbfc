// SPDX-License-Identifier: MIT
/*
 * Subjects by netlink. A message about one has as many knobs, statistics and
 * histograms as there are, so they are counted before they are read.
 */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tandem.h>

#include "messages.h"

/**
 * struct parts - a subject being read from its message
 * @info: what is handed on; points to the rest
 * @knobs: room for its knobs
 * @stats: room for its statistics
 * @histograms: room for its histograms
 * @buckets: for each histogram a copy of its buckets, which lie in the message
 *           wherever they like
 */
struct parts {
	struct tandem_subject_info info;
	struct tandem_knob_info *knobs;
	struct tandem_stat_info *stats;
	struct tandem_histogram_info *histograms;
	uint64_t **buckets;
};

struct subject_call {
	tandem_subject_fn fn;
	void *arg;
};

static size_t count(struct nlmsghdr *nlh, int type)
{
	struct nlattr *attr;
	size_t n = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		n += nla_type(attr) == type;
	return n;
}

/* One more than needed, since no room at all may be no memory. */
static int make_room(struct parts *p, struct nlmsghdr *nlh)
{
	size_t histograms = count(nlh, TANDEM_A_SUBJECT_HISTOGRAM) + 1;

	p->knobs = calloc(count(nlh, TANDEM_A_SUBJECT_KNOB) + 1,
			  sizeof(*p->knobs));
	p->stats = calloc(count(nlh, TANDEM_A_SUBJECT_STAT) + 1,
			  sizeof(*p->stats));
	p->histograms = calloc(histograms, sizeof(*p->histograms));
	p->buckets = calloc(histograms, sizeof(*p->buckets));
	p->info.knobs = p->knobs;
	p->info.stats = p->stats;
	p->info.histograms = p->histograms;
	return p->knobs && p->stats && p->histograms && p->buckets ? 0 :
								      -ENOMEM;
}

static void free_room(struct parts *p)
{
	size_t i;

	for (i = 0; i < p->info.nr_histograms; i++)
		free(p->buckets[i]);
	free(p->buckets);
	free(p->histograms);
	free(p->stats);
	free(p->knobs);
}

static int read_stat(struct nlattr *nest, struct tandem_stat_info *info)
{
	struct nlattr *attrs[TANDEM_A_SUBJECT_STAT_MAX + 1];

	if (nla_parse_nested(attrs, TANDEM_A_SUBJECT_STAT_MAX, nest, NULL) < 0)
		return -EPROTO;
	message_text(info->name, sizeof(info->name),
		     attrs[TANDEM_A_SUBJECT_STAT_NAME]);
	info->value = message_u64(attrs[TANDEM_A_SUBJECT_STAT_VALUE]);
	info->gauge = message_u32(attrs[TANDEM_A_SUBJECT_STAT_KIND]) ==
		      TANDEM_STAT_KIND_GAUGE;
	return 0;
}

static int read_buckets(struct nlattr *attr,
			struct tandem_histogram_info *info, uint64_t **copy)
{
	size_t n = attr ? (size_t)nla_len(attr) / sizeof(**copy) : 0;

	*copy = calloc(n + 1, sizeof(**copy));
	if (!*copy)
		return -ENOMEM;
	if (n)
		memcpy(*copy, nla_data(attr), n * sizeof(**copy));
	info->buckets = *copy;
	info->nr_buckets = n;
	return 0;
}

static int read_histogram(struct nlattr *nest,
			  struct tandem_histogram_info *info, uint64_t **copy)
{
	struct nlattr *attrs[TANDEM_A_HISTOGRAM_MAX + 1];

	if (nla_parse_nested(attrs, TANDEM_A_HISTOGRAM_MAX, nest, NULL) < 0)
		return -EPROTO;
	message_text(info->name, sizeof(info->name),
		     attrs[TANDEM_A_HISTOGRAM_NAME]);
	message_text(info->unit, sizeof(info->unit),
		     attrs[TANDEM_A_HISTOGRAM_UNIT]);
	return read_buckets(attrs[TANDEM_A_HISTOGRAM_BUCKETS], info, copy);
}

static int read_part(struct tandem *t, struct nlattr *attr, struct parts *p)
{
	struct tandem_subject_info *info = &p->info;
	size_t n;

	switch (nla_type(attr)) {
	case TANDEM_A_SUBJECT_NAME:
		message_text(info->name, sizeof(info->name), attr);
		return 0;
	case TANDEM_A_SUBJECT_KNOB:
		return message_knob(t, attr, &p->knobs[info->nr_knobs++]);
	case TANDEM_A_SUBJECT_STAT:
		return read_stat(attr, &p->stats[info->nr_stats++]);
	case TANDEM_A_SUBJECT_HISTOGRAM:
		n = info->nr_histograms++;
		return read_histogram(attr, &p->histograms[n], &p->buckets[n]);
	default:
		return 0;
	}
}

/**
 * message_subject - read a message about a subject
 * @t: context
 * @nlh: the message
 * @fn: called with the subject
 * @arg: for @fn
 *
 * Return: -ENOMEM, -EPROTO, or what @fn returned.
 */
int message_subject(struct tandem *t, struct nlmsghdr *nlh,
		    tandem_subject_fn fn, void *arg)
{
	struct parts parts = { .info = { .nr_knobs = 0 } };
	struct nlattr *attr;
	int rem, err = make_room(&parts, nlh);

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (err)
			break;
		err = read_part(t, attr, &parts);
	}
	if (err == -ENOMEM)
		tandem_fail(t, err, "out of memory");
	else if (err)
		tandem_fail(t, err, "the kernel's answer cannot be read");
	else
		err = fn(&parts.info, arg);
	free_room(&parts);
	return err;
}

static int on_subject(struct tandem *t, struct nlattr **attrs, void *arg)
{
	struct subject_call *call = arg;

	(void)attrs;
	return message_subject(t, t->answer, call->fn, call->arg);
}

/**
 * tandem_subjects - ask for the subjects of a capability
 * @handle: context
 * @capability: which
 * @fn: called for each, in the order of the bytes of their names; an answer
 *      other than 0 ends the asking
 * @arg: for @fn
 *
 * Return: 0; -EPERM without CAP_SYS_ADMIN; -EOPNOTSUPP when the capability has
 * no subjects; another errno, or what @fn returned.
 */
int tandem_subjects(struct tandem *handle, const char *capability,
		    tandem_subject_fn fn, void *arg)
{
	struct subject_call call = { fn, arg };
	const struct request rq = { TANDEM_CMD_SUBJECT_GET, true,
				    TANDEM_A_SUBJECT_MAX, on_subject, &call };
	struct nl_msg *msg = netlink_message(handle, &rq);

	if (msg)
		nla_put_string(msg, TANDEM_A_SUBJECT_CAPABILITY, capability);
	return netlink_run(handle, msg, &rq);
}

static struct nl_msg *about(struct tandem *t, const struct request *rq,
			    const char *capability, const char *name)
{
	struct nl_msg *msg = netlink_message(t, rq);

	if (msg) {
		nla_put_string(msg, TANDEM_A_SUBJECT_CAPABILITY, capability);
		nla_put_string(msg, TANDEM_A_SUBJECT_NAME, name);
	}
	return msg;
}

/**
 * tandem_subject_get - ask for one subject of a capability
 * @handle: context
 * @capability: which capability
 * @name: which subject
 * @fn: called with it
 * @arg: for @fn
 *
 * Return: 0; -ENOENT when there is none; as tandem_subjects() otherwise.
 */
int tandem_subject_get(struct tandem *handle, const char *capability,
		       const char *name, tandem_subject_fn fn, void *arg)
{
	struct subject_call call = { fn, arg };
	const struct request rq = { TANDEM_CMD_SUBJECT_GET, false,
				    TANDEM_A_SUBJECT_MAX, on_subject, &call };

	return netlink_run(handle, about(handle, &rq, capability, name), &rq);
}

/**
 * tandem_subject_set - make a subject, or set knobs of it, all or none
 * @handle: context
 * @capability: which capability
 * @name: which subject
 * @values: the knobs and their new values
 * @n: how many; 0 makes a subject with the defaults
 *
 * Return: 0; -EINVAL, -ERANGE or -ENOENT when a knob or the name is wrong, which
 * tandem_error() says; -EPERM without CAP_SYS_ADMIN; -EOPNOTSUPP when the
 * capability has no subjects; another errno.
 */
int tandem_subject_set(struct tandem *handle, const char *capability,
		       const char *name,
		       const struct tandem_knob_value *values, size_t n)
{
	const struct request rq = { .cmd = TANDEM_CMD_SUBJECT_SET };
	struct nl_msg *msg = about(handle, &rq, capability, name);
	int err;

	if (!msg)
		return -ENOMEM;
	err = message_put_knobs(handle, msg, TANDEM_A_SUBJECT_KNOB, values, n);
	return err ? err : netlink_run(handle, msg, &rq);
}

/**
 * tandem_subject_forget - take a subject away
 * @handle: context
 * @capability: which capability
 * @name: which subject
 *
 * Return: 0; -ENOENT when there is none; -EPERM without CAP_SYS_ADMIN;
 * -EOPNOTSUPP when the capability has no subjects; another errno.
 */
int tandem_subject_forget(struct tandem *handle, const char *capability,
			  const char *name)
{
	const struct request rq = { .cmd = TANDEM_CMD_SUBJECT_FORGET };

	return netlink_run(handle, about(handle, &rq, capability, name), &rq);
}
