// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes out of a text what tells whose machine it came from: the names of the
 * host and of its users, and network addresses.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "redact.h"

#define FIRST_USER 1000
#define NOBODY 65534
#define MAC_LEN 17

/**
 * redactor_add - have a word taken out
 * @r: redactor
 * @word: the word; one or two letters are left alone, they are in every text
 * @instead: what takes its place; must stay
 */
void redactor_add(struct redactor *r, const char *word, const char *instead)
{
	if (strlen(word) < 3 || r->n == MAX_SECRETS ||
	    strlen(word) >= sizeof(r->words[0].word))
		return;
	strcpy(r->words[r->n].word, word);
	r->words[r->n++].instead = instead;
}

/**
 * redactor_of_machine - have this machine's names taken out
 * @r: redactor
 */
void redactor_of_machine(struct redactor *r)
{
	const char *sudo = getenv("SUDO_USER");
	char host[65] = "";
	struct passwd *pw;

	gethostname(host, sizeof(host) - 1);
	if (strcmp(host, "localhost")) {
		redactor_add(r, host, "<host>");
		host[strcspn(host, ".")] = '\0';
		redactor_add(r, host, "<host>");
	}
	if (sudo)
		redactor_add(r, sudo, "<user>");
	setpwent();
	while ((pw = getpwent()))
		if (pw->pw_uid >= FIRST_USER && pw->pw_uid != NOBODY)
			redactor_add(r, pw->pw_name, "<user>");
	endpwent();
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Length of the secret word that begins here, or 0. */
static size_t match_word(const struct redactor *r, const char *at,
			 const char **instead)
{
	size_t best = 0, i, len;

	for (i = 0; i < r->n; i++) {
		len = strlen(r->words[i].word);
		if (len <= best || strncasecmp(at, r->words[i].word, len) ||
		    in_word(at[len]))
			continue;
		best = len;
		*instead = r->words[i].instead;
	}
	return best;
}

static size_t match_mac(const char *at)
{
	size_t i;

	for (i = 0; i < MAC_LEN; i++) {
		if (i % 3 == 2 ? at[i] != ':' && at[i] != '-' :
				 !isxdigit((unsigned char)at[i]))
			return 0;
	}
	return in_word(at[i]) || at[i] == ':' ? 0 : MAC_LEN;
}

/* Four numbers and three dots, and no version: nothing goes on after it. */
static size_t match_ipv4(const char *at)
{
	size_t len = strspn(at, "0123456789.");
	struct in_addr address;
	char text[16];

	while (len && at[len - 1] == '.')
		len--;
	if (len < 7 || len > 15 || in_word(at[len]) || at[len] == '+' ||
	    at[len] == '-')
		return 0;
	memcpy(text, at, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1 ? len : 0;
}

/* A time of day has colons too, but never eight groups nor two in a row. */
static size_t match_ipv6(const char *at)
{
	size_t len = strspn(at, "0123456789abcdefABCDEF:.");
	struct in6_addr address;
	char text[48];

	while (len && (at[len - 1] == '.' ||
		       (at[len - 1] == ':' && len > 1 && at[len - 2] != ':')))
		len--;
	if (len < 3 || len >= sizeof(text) || in_word(at[len]))
		return 0;
	memcpy(text, at, len);
	text[len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1 ? len : 0;
}

static size_t match(const struct redactor *r, const char *at,
		    const char **instead)
{
	size_t len = match_word(r, at, instead);

	if (len)
		return len;
	len = match_mac(at);
	*instead = "<mac>";
	if (len)
		return len;
	*instead = "<address>";
	len = match_ipv4(at);
	return len ? len : match_ipv6(at);
}

/**
 * redact - take secrets out of a text
 * @r: what is to be taken out, besides addresses
 * @text: the text
 *
 * Return: the text without them, to be freed; NULL without memory.
 */
char *redact(const struct redactor *r, const char *text)
{
	const char *at = text, *instead;
	char *out = NULL;
	size_t size, len;
	FILE *f = open_memstream(&out, &size);

	if (!f)
		return NULL;
	while (*at) {
		len = 0;
		if (at == text || !(in_word(at[-1]) || at[-1] == '.' ||
				    at[-1] == ':') ||
		    (at[-1] == ':' && (at - text < 2 || at[-2] != ':')))
			len = match(r, at, &instead);
		if (len) {
			fputs(instead, f);
			at += len;
		} else {
			fputc(*at++, f);
		}
	}
	fclose(f);
	return out;
}
