// SPDX-License-Identifier: MIT
/*
 * The netlink socket: opening it, sending a request, reading its answers and
 * the kernel's words when it refuses. What the messages mean is elsewhere.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/tandem.h>

#include "netlink.h"

#define MAX_ATTRS 32

struct run {
	struct tandem *t;
	const struct request *rq;
};

/**
 * tandem_fail - keep the words for a failure
 * @t: context
 * @err: negative errno
 * @format: as for printf()
 *
 * Return: @err.
 */
int tandem_fail(struct tandem *t, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->error, sizeof(t->error), format, args);
	va_end(args);
	return err;
}

/**
 * tandem_error - the last failure in words
 * @handle: context
 *
 * Return: one line without a newline; it stays until the next call.
 */
const char *tandem_error(const struct tandem *handle)
{
	return handle ? handle->error : "out of memory";
}

static int from_libnl(int err)
{
	switch (-err) {
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_NOACCESS:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int join_family(struct tandem *t)
{
	int err;

	t->family = genl_ctrl_resolve(t->sock, TANDEM_FAMILY_NAME);
	if (t->family >= 0)
		return 0;
	err = from_libnl(t->family);
	if (err == -ENOENT)
		return tandem_fail(t, err,
				   "the tandem modules are not loaded");
	return tandem_fail(t, err, "cannot ask for the tandem family: %s",
			   nl_geterror(t->family));
}

/*
 * Asking for the kernel's words, and not to get the request sent back. Older
 * kernels know neither, and then errors are only numbers.
 */
static void ask_for_words(struct nl_sock *sock)
{
	int one = 1, fd = nl_socket_get_fd(sock);

	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
}

/**
 * tandem_open - make a context and find the kernel's side
 * @handle: gets the context; NULL only when there is no memory
 *
 * The context is there even after a failure, so that tandem_error() can say
 * what it was; close it all the same.
 *
 * Return: 0; -ENOENT when the modules are not loaded; another errno.
 */
int tandem_open(struct tandem **handle)
{
	struct tandem *t = calloc(1, sizeof(*t));
	int err;

	*handle = t;
	if (!t)
		return -ENOMEM;
	t->sock = nl_socket_alloc();
	if (!t->sock)
		return tandem_fail(t, -ENOMEM, "out of memory");
	err = genl_connect(t->sock);
	if (err < 0)
		return tandem_fail(t, from_libnl(err),
				   "cannot open a netlink socket: %s",
				   nl_geterror(err));
	ask_for_words(t->sock);
	return join_family(t);
}

/**
 * tandem_close - end a context
 * @handle: context, may be NULL
 */
void tandem_close(struct tandem *handle)
{
	if (!handle)
		return;
	if (handle->events)
		nl_socket_free(handle->events);
	if (handle->sock)
		nl_socket_free(handle->sock);
	free(handle);
}

/**
 * netlink_message - begin a request
 * @t: context
 * @rq: what it is
 *
 * Return: the message, to which attributes may be added; NULL when there is
 * no memory.
 */
struct nl_msg *netlink_message(struct tandem *t, const struct request *rq)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, t->family, 0,
				NLM_F_ACK | (rq->dump ? NLM_F_DUMP : 0),
				rq->cmd, TANDEM_FAMILY_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	if (!msg)
		tandem_fail(t, -ENOMEM, "out of memory");
	return msg;
}

/* The kernel's words, when it sent any, stand in attributes behind. */
static void keep_words(struct tandem *t, struct nlmsghdr *nlh, size_t skip)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	char *text;

	t->error[0] = '\0';
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlmsg_parse(nlh, (int)skip, attrs, NLMSGERR_ATTR_MAX, NULL) < 0)
		return;
	if (!attrs[NLMSGERR_ATTR_MSG])
		return;
	text = nla_data(attrs[NLMSGERR_ATTR_MSG]);
	snprintf(t->error, sizeof(t->error), "%.*s",
		 nla_len(attrs[NLMSGERR_ATTR_MSG]), text);
}

static void keep_result(struct tandem *t, int err)
{
	t->done = true;
	if (!t->result)
		t->result = err;
	if (err && !t->error[0])
		snprintf(t->error, sizeof(t->error), "%s", strerror(-err));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct run *run = arg;
	struct nlmsghdr *nlh;

	(void)from;
	nlh = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	keep_words(run->t, nlh, sizeof(*e));
	keep_result(run->t, e->error);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct run *run = arg;

	(void)msg;
	run->t->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct run *run = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int err = 0;

	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0)
		keep_words(run->t, nlh, sizeof(err));
	keep_result(run->t, err < 0 ? err : 0);
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[MAX_ATTRS];
	struct run *run = arg;
	int err;

	if (!run->rq->fn || run->t->result)
		return NL_OK;
	run->t->answer = nlmsg_hdr(msg);
	err = genlmsg_parse(run->t->answer, 0, attrs, run->rq->max, NULL);
	if (err < 0)
		err = tandem_fail(run->t, -EPROTO,
				  "the kernel's answer cannot be read");
	else
		err = run->rq->fn(run->t, attrs, run->rq->arg);
	if (err < 0 && !run->t->error[0])
		tandem_fail(run->t, err, "%s", strerror(-err));
	if (err)
		run->t->result = err;
	return NL_OK;
}

static struct nl_cb *callbacks(struct run *run)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, run);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, run);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, run);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, run);
	return cb;
}

/**
 * netlink_run - send a request and read its answers
 * @t: context
 * @msg: the request, which is freed; NULL is taken as no memory
 * @rq: what it is
 *
 * Return: 0, or what the kernel or the reader of the answers said.
 */
int netlink_run(struct tandem *t, struct nl_msg *msg,
		const struct request *rq)
{
	struct run run = { t, rq };
	struct nl_cb *cb = callbacks(&run);
	int err;

	if (!msg || !cb) {
		nlmsg_free(msg);
		if (cb)
			nl_cb_put(cb);
		return tandem_fail(t, -ENOMEM, "out of memory");
	}
	t->result = 0;
	t->done = false;
	t->error[0] = '\0';
	err = nl_send_auto(t->sock, msg);
	while (err >= 0 && !t->done)
		err = nl_recvmsgs(t->sock, cb);
	nlmsg_free(msg);
	nl_cb_put(cb);
	if (t->done)
		return t->result;
	return tandem_fail(t, from_libnl(err), "netlink: %s",
			   nl_geterror(err));
}
