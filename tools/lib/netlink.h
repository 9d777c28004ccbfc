/* SPDX-License-Identifier: MIT */
/* What the files of libtandem share about the netlink socket. */
#ifndef LIBTANDEM_NETLINK_H
#define LIBTANDEM_NETLINK_H

#include <netlink/netlink.h>

#include "tandem.h"

/**
 * struct tandem - a context
 * @sock: for requests
 * @events: for events, NULL until tandem_events_open()
 * @family: number of the netlink family
 * @result: errno of the request under way
 * @done: the request under way was answered
 * @answer: the message being read, for attributes that come more than once
 * @error: words for the last failure
 */
struct tandem {
	struct nl_sock *sock;
	struct nl_sock *events;
	int family;
	int result;
	bool done;
	struct nlmsghdr *answer;
	char error[512];
};

/* Called for each answer; an error ends the request. */
typedef int (*answer_fn)(struct tandem *t, struct nlattr **attrs, void *arg);

/**
 * struct request - a request and how its answers are read
 * @cmd: command
 * @dump: ask for all there are
 * @max: highest attribute of the answers
 * @fn: called for each answer, may be NULL
 * @arg: for @fn
 */
struct request {
	int cmd;
	bool dump;
	int max;
	answer_fn fn;
	void *arg;
};

struct nl_msg *netlink_message(struct tandem *t, const struct request *rq);
int netlink_run(struct tandem *t, struct nl_msg *msg,
		const struct request *rq);
int tandem_fail(struct tandem *t, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
