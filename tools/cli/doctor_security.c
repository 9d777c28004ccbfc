// SPDX-License-Identifier: GPL-2.0-only
/* The doctor looks at what may forbid modules: Secure Boot, lockdown, taint. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

#define SECURE_BOOT "/sys/firmware/efi/efivars/" \
	"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define KEY_DIR "/var/lib/tandem"

static bool secure_boot(struct doctor *d)
{
	size_t len = 0;
	char *data = root_slurp(d->root, SECURE_BOOT, &len);
	bool on = data && len >= 5 && data[4] == 1;

	free(data);
	return on;
}

static bool file_says(struct doctor *d, const char *path, const char *word)
{
	char line[128];

	return !root_line(d->root, path, line, sizeof(line)) &&
	       strstr(line, word);
}

/* Where a distribution puts the program that signs a module. */
static void find_sign_file(struct doctor *d, char *path, size_t size)
{
	static const char *const places[] = {
		"/lib/modules/%s/build/scripts/sign-file",
		"/usr/src/linux-headers-%s/scripts/sign-file",
		"/usr/src/kernels/%s/scripts/sign-file",
	};
	unsigned int major = 0, minor = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		/* The formats are the constants above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path, size, places[i], d->release);
#pragma GCC diagnostic pop
		if (root_exists(d->root, path))
			return;
	}
	sscanf(d->release, "%u.%u", &major, &minor);
	snprintf(path, size, "/usr/lib/linux-kbuild-%u.%u/scripts/sign-file",
		 major, minor);
	if (!root_exists(d->root, path))
		snprintf(path, size,
			 "/lib/modules/%s/build/scripts/sign-file",
			 d->release);
}

static void sign_one(FILE *f, const char *sign_file, const char *key,
		     const char *certificate, const char *path)
{
	fprintf(f, "%s sha256 %s %s \\\n    %s\n", sign_file, key,
		certificate, path);
}

/* The exact commands, with the paths of this machine. */
static char *signing_commands(struct doctor *d)
{
	const char *key = "/var/lib/dkms/mok.key";
	const char *certificate = "/var/lib/dkms/mok.pub";
	char sign_file[256], *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	find_sign_file(d, sign_file, sizeof(sign_file));
	if (!root_exists(d->root, certificate)) {
		key = KEY_DIR "/mok.key";
		certificate = KEY_DIR "/mok.der";
		fprintf(f, "mkdir -p -m 700 " KEY_DIR "\n"
			"openssl req -new -x509 -newkey rsa:2048 -nodes -days 3650 \\\n"
			"    -subj \"/CN=tandem modules/\" -outform DER \\\n"
			"    -keyout %s -out %s\n", key, certificate);
	}
	sign_one(f, sign_file, key, certificate, d->core_found ?
		 d->core.path : "core/tandem.ko");
	sign_one(f, sign_file, key, certificate, d->reclaim_found ?
		 d->reclaim.path : "mm/tandem_reclaim.ko");
	fprintf(f, "mokutil --import %s\n"
		"reboot, and choose \"Enroll MOK\" in the blue screen",
		certificate);
	fclose(f);
	return text;
}

static bool are_signed(struct doctor *d)
{
	return d->core_found && d->reclaim_found && d->core.signed_ &&
	       d->reclaim.signed_;
}

static void check_signing(struct doctor *d, bool needed)
{
	char *commands;

	if (!needed) {
		verdict(d, VERDICT_OK, "signing", NULL,
			"modules need no signature here%s",
			are_signed(d) ? "; these have one" : "");
		return;
	}
	if (are_signed(d)) {
		verdict(d, VERDICT_OK, "signing", NULL,
			"needed, and the modules are signed; the key must be enrolled (mokutil --list-enrolled)");
		return;
	}
	commands = signing_commands(d);
	verdict(d, VERDICT_UNUSABLE, "signing", commands,
		d->core_found ?
		"the kernel takes signed modules only, and these are not signed" :
		"the kernel takes signed modules only");
	free(commands);
}

static bool check_secure_boot(struct doctor *d)
{
	bool on = secure_boot(d);

	verdict(d, VERDICT_OK, "Secure Boot", NULL, "%s",
		on ? "on: modules must be signed (see signing)" :
		root_exists(d->root, "/sys/firmware/efi") ? "off" :
		"not there: the machine was not booted by UEFI");
	return on;
}

static bool check_lockdown(struct doctor *d)
{
	const char *path = "/sys/kernel/security/lockdown";

	if (file_says(d, path, "[confidentiality]")) {
		verdict(d, VERDICT_UNUSABLE, "lockdown",
			"boot without lockdown=confidentiality",
			"confidentiality: the kernel forbids kprobes, and with them finding its functions");
		return true;
	}
	if (file_says(d, path, "[integrity]")) {
		verdict(d, VERDICT_OK, "lockdown", NULL,
			"integrity: modules must be signed (see signing)");
		return true;
	}
	verdict(d, VERDICT_OK, "lockdown", NULL, "%s",
		root_exists(d->root, path) ? "off" : "not in use");
	return false;
}

static const struct {
	unsigned int bit;
	const char *what;
	bool serious;
} taints[] = {
	{ 0, "proprietary module", false },
	{ 1, "module loaded by force", true },
	{ 4, "machine check", true },
	{ 5, "bad page", true },
	{ 7, "the kernel has crashed once (oops)", true },
	{ 9, "kernel warning", true },
	{ 10, "staging driver", false },
	{ 12, "module from outside the kernel", false },
	{ 13, "unsigned module", false },
	{ 14, "soft lockup", true },
	{ 15, "livepatch", false },
};

static void check_taint(struct doctor *d)
{
	uint64_t mask = 0;
	char text[400] = "";
	bool serious = false;
	size_t i, used = 0;

	if (root_u64(d->root, "/proc/sys/kernel/tainted", &mask))
		return;
	for (i = 0; i < ARRAY_SIZE(taints); i++) {
		if (!(mask >> taints[i].bit & 1))
			continue;
		serious |= taints[i].serious;
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s", used ? ", " : "",
					 taints[i].what);
	}
	if (serious)
		verdict(d, VERDICT_WARN, "taint",
			"read the kernel log (dmesg), and reboot before loading",
			"the kernel is marked: %s", text);
	else
		verdict(d, VERDICT_OK, "taint", NULL, "%s%s",
			used ? "harmless marks: " : "none",
			text);
}

void doctor_security(struct doctor *d)
{
	bool enforced, locked;

	enforced = check_secure_boot(d);
	locked = check_lockdown(d);
	check_taint(d);
	if (file_says(d, "/sys/module/module/parameters/sig_enforce", "Y"))
		locked = true;
	/*
	 * Debian and Ubuntu turn Secure Boot into lockdown; on a kernel that
	 * does not, unsigned modules load.
	 */
	if (enforced && !root_exists(d->root, "/sys/kernel/security/lockdown"))
		locked = true;
	check_signing(d, locked);
}
