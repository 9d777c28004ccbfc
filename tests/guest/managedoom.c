// SPDX-License-Identifier: GPL-2.0-only
/*
 * managedoom: stands in for systemd as PID 1 at the socket where systemd-oomd
 * asks which cgroups it has to look after, and for what.
 *
 *   managedoom SOCKET LIST...
 *
 * LIST is the JSON of "cgroups". The first that asks gets the first list, the
 * next one the second, and after the last the first again, for ever. One line
 * is printed when the socket is there, and one for each list handed out.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "managedoom: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	memcpy(address.sun_path, path, strlen(path));
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, 16))
		die(path);
	return fd;
}

/* Messages end with a zero byte. Only one kind is asked for here. */
static bool asked(int fd)
{
	char text[4096];
	size_t have = 0;
	ssize_t n;

	do {
		n = read(fd, text + have, sizeof(text) - have);
		if (n <= 0)
			return false;
		have += n;
	} while (text[have - 1] && have < sizeof(text));
	text[have - 1] = 0;
	return strstr(text, "ManagedOOM.SubscribeManagedOOMCGroups");
}

static bool answer(int fd, const char *list)
{
	FILE *f = fdopen(dup(fd), "w");

	if (!f)
		return false;
	fprintf(f, "{\"parameters\":{\"cgroups\":%s},\"continues\":true}%c",
		list, 0);
	return !fclose(f);
}

int main(int argc, char **argv)
{
	int next = 0, fd, client;

	if (argc < 3) {
		fputs("usage: managedoom SOCKET LIST...\n", stderr);
		return 2;
	}
	fd = listen_at(argv[1]);
	setlinebuf(stdout);
	puts("listening");
	/* Clients stay connected: who loses the line asks again. */
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		if (!asked(client) || !answer(client, argv[2 + next])) {
			close(client);
			continue;
		}
		printf("handed out %s\n", argv[2 + next]);
		next = (next + 1) % (argc - 2);
	}
	die("accept");
}
