// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlcall: sends one message to the netlink family of tandem, right or wrong.
 *
 *   nlcall [-d] [-o|-u|-r] COMMAND [ATTRIBUTE...]
 *   nlcall -l SECONDS
 *
 *   -d   ask for a dump
 *   -o   open the socket as root, then send as an ordinary user
 *   -u   open the socket as an ordinary user, then send as root
 *   -r   send as root, then read the answer as an ordinary user
 *   -l   print the events of so many seconds
 *
 * COMMAND is a number of enum TANDEM_CMD_*.  An ATTRIBUTE is NUMBER=s:TEXT,
 * NUMBER=u8:N, NUMBER=u32:N, or NUMBER={ATTRIBUTE,...}.  Attributes of an answer
 * are printed as NUMBER=TEXT, NUMBER=0xHEX or NUMBER={ATTRIBUTE...}, a message a
 * line.  When the kernel refuses, the line is "refused: ERROR: REASON [attribute
 * N]", where N is the number of the attribute that the kernel points at, and the
 * exit status is 1.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tandem.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ORDINARY_USER 1000

static char request[8192] __attribute__((aligned(8)));
static char answer[65536] __attribute__((aligned(8)));

static void die(const char *what)
{
	fprintf(stderr, "nlcall: %s: %s\n", what, strerror(errno));
	exit(125);
}

static struct nlmsghdr *begin(int type, int flags, int command)
{
	struct nlmsghdr *head = (void *)request;
	struct genlmsghdr *genl = NLMSG_DATA(head);

	memset(request, 0, sizeof(request));
	head->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = command;
	genl->version = 1;
	return head;
}

static struct nlattr *put(struct nlmsghdr *head, int type, const void *data,
			  size_t len)
{
	struct nlattr *attr = (void *)(request + NLMSG_ALIGN(head->nlmsg_len));

	if ((char *)attr + NLA_HDRLEN + len > request + sizeof(request)) {
		errno = E2BIG;
		die("request");
	}
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	head->nlmsg_len = (char *)attr - request + NLA_ALIGN(attr->nla_len);
	return attr;
}

/* Reads one attribute of the command line; returns what follows it. */
static const char *put_text(struct nlmsghdr *head, const char *at)
{
	char *end;
	int type = strtol(at, &end, 0);
	const char *value = end + 1;
	struct nlattr *nest;
	size_t len;
	uint32_t n;

	if (*end != '=')
		goto wrong;
	len = strcspn(value, ",}");
	if (*value == '{') {
		nest = put(head, type | NLA_F_NESTED, NULL, 0);
		if (value[1] == '}')
			value++;
		while (*value == '{' || *value == ',')
			value = put_text(head, value + 1);
		if (*value != '}')
			goto wrong;
		nest->nla_len = request + head->nlmsg_len - (char *)nest;
		return value + 1;
	}
	if (!strncmp(value, "s:", 2)) {
		char *text = strndup(value + 2, len - 2);

		put(head, type, text, strlen(text) + 1);
		free(text);
	} else if (!strncmp(value, "u8:", 3)) {
		uint8_t byte = strtoul(value + 3, NULL, 0);

		put(head, type, &byte, 1);
	} else if (!strncmp(value, "u32:", 4)) {
		n = strtoul(value + 4, NULL, 0);
		put(head, type, &n, 4);
	} else {
		goto wrong;
	}
	return value + len;

wrong:
	fprintf(stderr, "nlcall: not an attribute: %s\n", at);
	exit(125);
}

static const struct nlattr *next_attribute(const struct nlattr *attr,
					   const char *end)
{
	const char *next = (const char *)attr + NLA_ALIGN(attr->nla_len);

	return attr->nla_len >= NLA_HDRLEN &&
	       next + NLA_HDRLEN <= end ? (const void *)next : NULL;
}

static void print_value(const struct nlattr *attr)
{
	const unsigned char *data = (const void *)(attr + 1);
	int len = attr->nla_len - NLA_HDRLEN;
	bool text = len > 1 && !data[len - 1];
	int i;

	for (i = 0; i < len - 1; i++)
		text = text && isprint(data[i]);
	if (text)
		printf("%s", data);
	else
		for (i = len - 1, printf("0x"); i >= 0; i--)
			printf("%02x", data[i]);
}

static void print_attribute(const struct nlattr *attr)
{
	const char *end = (const char *)attr + attr->nla_len;
	const struct nlattr *inner = attr + 1;

	printf(" %d=", attr->nla_type & NLA_TYPE_MASK);
	if (!(attr->nla_type & NLA_F_NESTED)) {
		print_value(attr);
		return;
	}
	putchar('{');
	if (attr->nla_len >= 2 * NLA_HDRLEN)
		for (; inner; inner = next_attribute(inner, end))
			print_attribute(inner);
	putchar('}');
}

static const struct nlattr *first_attribute(const struct nlmsghdr *head,
					    size_t before)
{
	return head->nlmsg_len >= NLMSG_LENGTH(before) + NLA_HDRLEN ?
	       (const void *)((char *)NLMSG_DATA(head) + NLA_ALIGN(before)) :
	       NULL;
}

static void print_message(const struct nlmsghdr *head)
{
	const char *end = (const char *)head + head->nlmsg_len;
	const struct nlattr *attr = first_attribute(head, GENL_HDRLEN);

	printf("message");
	for (; attr; attr = next_attribute(attr, end))
		print_attribute(attr);
	putchar('\n');
	fflush(stdout);
}

/* The end of a dump carries less than an acknowledgment; both may refuse. */
static int print_error(const struct nlmsghdr *head)
{
	const struct nlmsgerr *error = NLMSG_DATA(head);
	const char *end = (const char *)head + head->nlmsg_len;
	const struct nlattr *attr = NULL;
	const char *why = "";
	uint32_t at = 0;

	if (!error->error)
		return 0;
	if (head->nlmsg_flags & NLM_F_ACK_TLVS)
		attr = first_attribute(head, head->nlmsg_type == NLMSG_DONE ?
				       sizeof(int) : sizeof(*error));
	for (; attr; attr = next_attribute(attr, end)) {
		if (attr->nla_type == NLMSGERR_ATTR_MSG)
			why = (const char *)(attr + 1);
		else if (attr->nla_type == NLMSGERR_ATTR_OFFS)
			memcpy(&at, attr + 1, sizeof(at));
	}
	printf("refused: %s: %s", strerror(-error->error), why);
	if (at)
		printf(" [attribute %d]",
		       ((struct nlattr *)(request + at))->nla_type &
		       NLA_TYPE_MASK);
	putchar('\n');
	return 1;
}

static int open_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int one = 1;

	if (fd < 0 || bind(fd, (void *)&address, sizeof(address)))
		die("socket");
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return fd;
}

static void transmit(int fd, const struct nlmsghdr *head)
{
	if (send(fd, head, head->nlmsg_len, 0) < 0)
		die("send");
}

/* Reads answers until the last; calls seen() with each message. */
static int receive(int fd, void (*seen)(const struct nlmsghdr *))
{
	for (;;) {
		ssize_t len = recv(fd, answer, sizeof(answer), 0);
		struct nlmsghdr *head = (void *)answer;

		if (len < 0)
			die("recv");
		for (; NLMSG_OK(head, len); head = NLMSG_NEXT(head, len)) {
			if (head->nlmsg_type == NLMSG_ERROR ||
			    head->nlmsg_type == NLMSG_DONE)
				return print_error(head);
			seen(head);
		}
	}
}

static int family, group;

static void find_group(const struct nlattr *groups)
{
	const char *end = (const char *)groups + groups->nla_len;
	const struct nlattr *one = groups + 1, *attr;

	for (; one; one = next_attribute(one, end)) {
		const char *stop = (const char *)one + one->nla_len;

		for (attr = one + 1; attr; attr = next_attribute(attr, stop))
			if (attr->nla_type == CTRL_ATTR_MCAST_GRP_ID)
				memcpy(&group, attr + 1, sizeof(group));
	}
}

static void seen_family(const struct nlmsghdr *head)
{
	const char *end = (const char *)head + head->nlmsg_len;
	const struct nlattr *attr = first_attribute(head, GENL_HDRLEN);

	for (; attr; attr = next_attribute(attr, end)) {
		int type = attr->nla_type & NLA_TYPE_MASK;

		if (type == CTRL_ATTR_FAMILY_ID)
			family = *(uint16_t *)(attr + 1);
		else if (type == CTRL_ATTR_MCAST_GROUPS)
			find_group(attr);
	}
}

static void find_family(int fd)
{
	struct nlmsghdr *head = begin(GENL_ID_CTRL, NLM_F_ACK,
				      CTRL_CMD_GETFAMILY);

	put(head, CTRL_ATTR_FAMILY_NAME, TANDEM_FAMILY_NAME,
	    sizeof(TANDEM_FAMILY_NAME));
	transmit(fd, head);
	if (receive(fd, seen_family) || !family)
		exit(1);
}

static int listen_for(int fd, int seconds)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	time_t end = time(NULL) + seconds;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		die("group");
	puts("listening");
	fflush(stdout);
	while (time(NULL) < end) {
		if (poll(&poller, 1, 200) <= 0)
			continue;
		if (recv(fd, answer, sizeof(answer), 0) < 0)
			die("recv");
		print_message((void *)answer);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int flags = NLM_F_ACK, seconds = 0, fd, opt;
	bool open_low = false, send_low = false, read_low = false;
	struct nlmsghdr *head;

	while ((opt = getopt(argc, argv, "dourl:")) != -1) {
		if (opt == 'd')
			flags = NLM_F_DUMP;
		else if (opt == 'o')
			send_low = true;
		else if (opt == 'u')
			open_low = true;
		else if (opt == 'r')
			read_low = true;
		else if (opt == 'l')
			seconds = atoi(optarg);
		else
			return 125;
	}
	if (open_low && seteuid(ORDINARY_USER))
		die("seteuid");
	fd = open_socket();
	if (open_low && seteuid(0))
		die("seteuid");
	find_family(fd);
	if (seconds)
		return listen_for(fd, seconds);
	if (optind == argc)
		return 125;
	if (send_low && seteuid(ORDINARY_USER))
		die("seteuid");

	head = begin(family, flags, atoi(argv[optind++]));
	for (; optind < argc; optind++)
		put_text(head, argv[optind]);
	transmit(fd, head);
	if (read_low && seteuid(ORDINARY_USER))
		die("seteuid");
	return receive(fd, print_message);
}
