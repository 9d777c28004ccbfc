// SPDX-License-Identifier: GPL-2.0-only
/* The doctor looks at the kernel: version, parts it needs, built modules. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "doctor.h"

#define SUPPORTED_MAJOR 6
#define SUPPORTED_MINOR 12
#define BTF_PATH "/sys/kernel/btf/vmlinux"

#define GET_KERNEL \
	"Debian 13: its own kernel is a 6.12\n" \
	"Debian 12: apt install linux-image-6.12-amd64 (security suite), reboot"

static void check_release(struct doctor *d)
{
	unsigned int major = 0, minor = 0;

	if (sscanf(d->release, "%u.%u", &major, &minor) != 2) {
		verdict(d, VERDICT_UNUSABLE, "kernel",
			"mount /proc and look again",
			"cannot read the kernel release");
		return;
	}
	if (major != SUPPORTED_MAJOR || minor != SUPPORTED_MINOR)
		verdict(d, VERDICT_UNUSABLE, "kernel", GET_KERNEL,
			"Linux %s; tandem is made for Linux %d.%d",
			d->release, SUPPORTED_MAJOR, SUPPORTED_MINOR);
	else if (!strstr(d->release, "+deb") && !strstr(d->release, "-amd64"))
		verdict(d, VERDICT_WARN, "kernel",
			"try it on a machine that may crash first",
			"Linux %s is in the range, but no Debian kernel: not tested",
			d->release);
	else if (strstr(d->release, "-rt"))
		verdict(d, VERDICT_WARN, "kernel",
			"take the kernel without -rt for tested ground",
			"Linux %s is a real-time kernel: not tested",
			d->release);
	else
		verdict(d, VERDICT_OK, "kernel", NULL,
			"Linux %s is supported", d->release);
}

static void read_architecture(const struct sysroot *root, char *machine,
			      size_t size)
{
	struct utsname uts;

	if (root->real && !uname(&uts))
		snprintf(machine, size, "%s", uts.machine);
	else
		root_line(root, "/proc/sys/kernel/arch", machine, size);
}

static void check_architecture(struct doctor *d)
{
	char machine[65] = "";

	read_architecture(d->root, machine, sizeof(machine));
	if (!*machine)
		return;
	if (strcmp(machine, "x86_64"))
		verdict(d, VERDICT_UNUSABLE, "architecture",
			"use a machine with 64-bit x86",
			"%s; tandem is made for x86_64", machine);
	else
		verdict(d, VERDICT_OK, "architecture", NULL, "%s", machine);
}

/**
 * kernel_fits - can modules of the suite be built for a kernel at all?
 * @root: where it runs
 * @why: gets why they cannot; else it is empty
 * @size: of @why
 *
 * Return: whether they can.
 */
bool kernel_fits(const struct sysroot *root, char *why, size_t size)
{
	unsigned int major = 0, minor = 0;
	char release[128], machine[65] = "";

	*why = '\0';
	root_line(root, "/proc/sys/kernel/osrelease", release,
		  sizeof(release));
	read_architecture(root, machine, sizeof(machine));
	if (sscanf(release, "%u.%u", &major, &minor) != 2 ||
	    major != SUPPORTED_MAJOR || minor != SUPPORTED_MINOR)
		snprintf(why, size, "the kernel is not supported: this is Linux %s, tandem is made for Linux %d.%d",
			 release, SUPPORTED_MAJOR, SUPPORTED_MINOR);
	else if (*machine && strcmp(machine, "x86_64"))
		snprintf(why, size, "the architecture is not supported: this is %s, tandem is made for x86_64",
			 machine);
	else if (!root_exists(root, BTF_PATH) ||
		 !root_exists(root, LIVEPATCH_DIR))
		snprintf(why, size, "the kernel is not supported: it lacks %s",
			 root_exists(root, BTF_PATH) ? "livepatches" : "BTF");
	return !*why;
}

static void check_btf(struct doctor *d)
{
	if (root_exists(d->root, BTF_PATH))
		verdict(d, VERDICT_OK, "BTF", NULL,
			"the kernel describes its types (%s)", BTF_PATH);
	else
		verdict(d, VERDICT_UNUSABLE, "BTF",
			"boot a kernel with CONFIG_DEBUG_INFO_BTF=y, as Debian's are",
			"%s is missing: modules cannot be matched to this kernel",
			BTF_PATH);
}

static void check_livepatch(struct doctor *d)
{
	char line[16];

	if (!root_exists(d->root, LIVEPATCH_DIR)) {
		verdict(d, VERDICT_UNUSABLE, "livepatch",
			"boot a kernel with CONFIG_LIVEPATCH=y, as Debian's are",
			"the kernel cannot be patched while it runs (%s is missing)",
			LIVEPATCH_DIR);
		return;
	}
	if (!root_line(d->root, "/proc/sys/kernel/ftrace_enabled", line,
		       sizeof(line)) && !strcmp(line, "0"))
		verdict(d, VERDICT_UNUSABLE, "livepatch",
			"sysctl kernel.ftrace_enabled=1",
			"function tracing is switched off, and livepatch needs it");
	else
		verdict(d, VERDICT_OK, "livepatch", NULL,
			"the kernel can be patched while it runs");
}

void doctor_kernel(struct doctor *d)
{
	check_release(d);
	check_architecture(d);
	check_btf(d);
	check_livepatch(d);
}

static bool same_kernel(struct doctor *d, const struct module_file *file)
{
	uint8_t digest[SHA256_SIZE];
	size_t len = 0;
	char *btf = root_slurp(d->root, BTF_PATH, &len);
	bool same;

	if (!btf)
		return false;
	sha256(btf, len, digest);
	same = len == file->btf_size &&
	       !memcmp(digest, file->btf, sizeof(digest));
	free(btf);
	return same;
}

static void check_file(struct doctor *d, const char *name,
		       const struct module_file *file)
{
	static const char *const build =
		"build and install them: make modules, then make modules_install\n"
		"or name their place: tandem doctor --modules DIR";
	const char *rebuild =
		"build it again with the headers of this kernel: make modules";

	if (!file) {
		verdict(d, VERDICT_WARN, name, build,
			"not built for this kernel: no %s.ko below /lib/modules/%s",
			name, d->release);
		return;
	}
	if (file->compressed)
		verdict(d, VERDICT_OK, name, NULL,
			"%s is there (compressed; not looked into)",
			file->path);
	else if (!*file->release)
		verdict(d, VERDICT_UNUSABLE, name, rebuild,
			"%s is no kernel module", file->path);
	else if (strcmp(file->release, d->release))
		verdict(d, VERDICT_UNUSABLE, name, rebuild,
			"%s was built for Linux %s", file->path,
			file->release);
	else if (file->has_btf && root_exists(d->root, BTF_PATH) &&
		 !same_kernel(d, file))
		verdict(d, VERDICT_UNUSABLE, name, rebuild,
			"%s was built for another build of Linux %s (its BTF differs)",
			file->path, d->release);
	else
		verdict(d, VERDICT_OK, name, NULL, "%s %s", file->path,
			file->has_btf ? "matches this kernel and its BTF" :
					"matches this kernel");
}

void doctor_modules(struct doctor *d)
{
	check_file(d, "tandem", d->core_found ? &d->core : NULL);
	check_file(d, "tandem_reclaim",
		   d->reclaim_found ? &d->reclaim : NULL);
}
