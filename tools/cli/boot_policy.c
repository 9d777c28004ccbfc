// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the modules are loaded at the boot.
 *
 * Before they are loaded it is written down which boot does so, and after ten
 * good minutes, or when they are taken out, that is removed. A record of
 * another boot thus means that this one ended within the ten minutes, and that
 * whoever reads it should rather not try again. Decides on text, and reads
 * nothing.
 */
#include <stdio.h>
#include <string.h>

#include "boot_policy.h"

#define WORD "tandem.off"

static bool is_no(const char *value, size_t len)
{
	return (len == 1 && strchr("0nN", *value)) ||
	       (len == 3 && !strncmp(value, "off", 3));
}

static bool word_says_off(const char *word, size_t len)
{
	const size_t name = strlen(WORD);

	if (len < name || strncmp(word, WORD, name))
		return false;
	if (len == name)
		return true;
	return word[name] == '=' &&
	       !is_no(word + name + 1, len - name - 1);
}

/**
 * boot_line_says_off - does the kernel command line keep the modules off?
 * @cmdline: the line
 *
 * As the kernel reads a switch: "tandem.off" alone, or with a value that is
 * not a no.
 *
 * Return: whether it does.
 */
bool boot_line_says_off(const char *cmdline)
{
	size_t len;

	for (; *cmdline; cmdline += len) {
		cmdline += strspn(cmdline, " \t\n");
		len = strcspn(cmdline, " \t\n");
		if (word_says_off(cmdline, len))
			return true;
	}
	return false;
}

/**
 * boot_decide - decide what to do at the boot
 * @cmdline: kernel command line
 * @record: what was written down
 * @boot: this boot
 * @built: there are modules for this kernel
 *
 * A record that cannot be read is one of a boot that did not end well.
 *
 * Return: what to do.
 */
enum boot_decision boot_decide(const char *cmdline,
			       const struct boot_record *record,
			       const char *boot, bool built)
{
	if (boot_line_says_off(cmdline))
		return BOOT_OFF;
	if (record->there && (!*record->boot || strcmp(record->boot, boot)))
		return BOOT_STAY_OFF;
	return built ? BOOT_GO : BOOT_NOT_BUILT;
}

/**
 * boot_record_parse - read a record
 * @text: the file, or NULL when there is none
 * @record: filled in
 *
 * Return: whether all of it could be read.
 */
bool boot_record_parse(const char *text, struct boot_record *record)
{
	memset(record, 0, sizeof(*record));
	if (!text)
		return false;
	record->there = true;
	if (sscanf(text, "boot=%39s started=%lld monotonic=%lld",
		   record->boot, &record->started, &record->monotonic) == 3)
		return true;
	record->boot[0] = '\0';
	return false;
}

/**
 * boot_left - how long it is until the boot counts as good
 * @record: of this boot
 * @now: seconds of the monotonic clock
 * @seconds: that it has to be good for
 *
 * Return: seconds; 0 when it does.
 */
long long boot_left(const struct boot_record *record, long long now,
		    long long seconds)
{
	long long left = record->monotonic + seconds - now;

	return left > 0 ? left : 0;
}
