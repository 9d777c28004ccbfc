// SPDX-License-Identifier: GPL-2.0-only
/* The doctor, over made-up machines. */
#include <elf.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "doctor.h"
#include "unit.h"

#define RELEASE "6.12.117+deb12-amd64"
#define EFI "/sys/firmware/efi/efivars/" \
	"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/**
 * struct patient - a machine and what the doctor said of it
 * @tree: the machine
 * @code: exit code
 * @said: what the doctor said
 */
struct patient {
	struct tree tree;
	int code;
	json_t *said;
};

/*
 * A module with what the doctor reads of it: a section .modinfo, and the two
 * symbols that hold the digest and the size of the kernel's BTF.
 */
struct module {
	Elf64_Ehdr header;
	char info[64];
	uint8_t digest[SHA256_SIZE];
	uint64_t size;
	char strings[64];
	Elf64_Sym symbols[3];
	Elf64_Shdr sections[6];
};

static const char names[64] = "\0.modinfo\0.rodata\0tandem_btf_digest\0"
			      "tandem_btf_size";

static void section(struct module *m, int i, unsigned int name,
		    unsigned int type, void *start, size_t size)
{
	m->sections[i].sh_name = name;
	m->sections[i].sh_type = type;
	m->sections[i].sh_offset = (size_t)((char *)start - (char *)m);
	m->sections[i].sh_size = size;
}

static void symbol(struct module *m, int i, unsigned int name, size_t value,
		   size_t size)
{
	m->symbols[i].st_name = name;
	m->symbols[i].st_shndx = 2;
	m->symbols[i].st_value = value;
	m->symbols[i].st_size = size;
}

static void make_module(struct module *m, const char *release,
			const char *btf)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->header.e_ident, ELFMAG, SELFMAG);
	m->header.e_ident[EI_CLASS] = ELFCLASS64;
	m->header.e_shentsize = sizeof(Elf64_Shdr);
	m->header.e_shnum = 5;
	m->header.e_shstrndx = 4;
	m->header.e_shoff = offsetof(struct module, sections);
	snprintf(m->info, sizeof(m->info), "vermagic=%s SMP", release);
	sha256(btf, strlen(btf), m->digest);
	m->size = strlen(btf);
	memcpy(m->strings, names, sizeof(m->strings));
	symbol(m, 1, 18, 0, sizeof(m->digest));
	symbol(m, 2, 36, sizeof(m->digest), sizeof(m->size));
	section(m, 1, 1, SHT_PROGBITS, m->info, sizeof(m->info));
	section(m, 2, 10, SHT_PROGBITS, m->digest, sizeof(m->digest) + 8);
	section(m, 3, 0, SHT_SYMTAB, m->symbols, sizeof(m->symbols));
	m->sections[3].sh_link = 4;
	section(m, 4, 0, SHT_STRTAB, m->strings, sizeof(m->strings));
}

static void add_modules(struct patient *p, const char *release,
			const char *btf)
{
	struct module m;

	make_module(&m, release, btf);
	tree_bytes(&p->tree, "/lib/modules/" RELEASE "/updates/core/tandem.ko",
		   &m, sizeof(m));
	tree_bytes(&p->tree,
		   "/lib/modules/" RELEASE "/updates/mm/tandem_reclaim.ko",
		   &m, sizeof(m));
}

/* A machine without a fault. */
static int admit(void **state)
{
	struct patient *p = calloc(1, sizeof(*p));

	tree_make(&p->tree);
	tree_file(&p->tree, "/proc/sys/kernel/osrelease", RELEASE "\n");
	tree_file(&p->tree, "/proc/sys/kernel/arch", "x86_64\n");
	tree_file(&p->tree, "/proc/sys/kernel/tainted", "0\n");
	tree_file(&p->tree, "/proc/sys/kernel/ftrace_enabled", "1\n");
	tree_file(&p->tree, "/sys/kernel/btf/vmlinux", "types");
	tree_file(&p->tree, "/sys/kernel/livepatch/.keep", "");
	tree_file(&p->tree, "/sys/kernel/security/lockdown",
		  "[none] integrity confidentiality\n");
	tree_file(&p->tree, "/proc/swaps",
		  "Filename Type Size Used Priority\n"
		  "/dev/nvme0n1p3 partition 8388604 0 -2\n");
	add_modules(p, RELEASE, "types");
	*state = p;
	return 0;
}

static int discharge(void **state)
{
	struct patient *p = *state;

	json_decref(p->said);
	tree_remove(&p->tree);
	free(p);
	return 0;
}

static void examine(struct patient *p)
{
	struct cli cli = { .json = true };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(root_open(&cli.root, p->tree.dir), 0);
	cli.out = printer_new(f, PRINT_JSON, false);
	p->code = doctor_run(&cli, NULL);
	printer_finish(cli.out);
	printer_free(cli.out);
	root_close(&cli.root);
	fclose(f);
	json_decref(p->said);
	p->said = json_loads(text, 0, NULL);
	assert_non_null(p->said);
	free(text);
}

/* The worst verdict of a check must be this, and its text must say so. */
static void expect(struct patient *p, const char *check, const char *verdict,
		   const char *words)
{
	json_t *said;
	size_t i;

	json_array_foreach(json_object_get(p->said, "checks"), i, said) {
		const char *finding, *remedy;

		if (strcmp(json_string_value(json_object_get(said, "check")),
			   check) ||
		    strcmp(json_string_value(json_object_get(said, "verdict")),
			   verdict))
			continue;
		finding = json_string_value(json_object_get(said, "finding"));
		remedy = json_string_value(json_object_get(said, "remedy"));
		if (strstr(finding, words) || (remedy && strstr(remedy, words)))
			return;
	}
	json_dumpf(p->said, stderr, JSON_INDENT(1));
	fail_msg("%s is not %s with \"%s\"", check, verdict, words);
}

static void finds_a_good_machine_ready(void **state)
{
	struct patient *p = *state;

	examine(p);
	expect(p, "kernel", "ok", RELEASE);
	expect(p, "tandem", "ok", "matches this kernel and its BTF");
	expect(p, "tandem_reclaim", "ok", "matches this kernel");
	expect(p, "swap", "ok", "asynchronous");
	assert_int_equal(p->code, 0);
	assert_string_equal(json_string_value(json_object_get(p->said,
							      "result")),
			    "ready");
}

static void refuses_another_kernel(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/proc/sys/kernel/osrelease", "6.1.0-21-amd64\n");
	examine(p);
	expect(p, "kernel", "unusable", "made for Linux 6.12");
	expect(p, "kernel", "unusable", "linux-image-6.12-amd64");
	assert_int_equal(p->code, 2);
}

static void warns_of_a_kernel_not_tested(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/proc/sys/kernel/osrelease", "6.12.40-custom\n");
	examine(p);
	expect(p, "kernel", "warn", "not tested");
	expect(p, "tandem", "warn", "not built for this kernel");
	assert_int_equal(p->code, 1);
}

static void refuses_another_architecture(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/proc/sys/kernel/arch", "aarch64\n");
	examine(p);
	expect(p, "architecture", "unusable", "aarch64");
	assert_int_equal(p->code, 2);
}

static void sees_modules_of_another_release(void **state)
{
	struct patient *p = *state;

	add_modules(p, "6.12.95+deb12-amd64", "types");
	examine(p);
	expect(p, "tandem", "unusable", "was built for Linux 6.12.95");
	assert_int_equal(p->code, 2);
}

static void sees_a_rebuilt_kernel_by_its_btf(void **state)
{
	struct patient *p = *state;

	add_modules(p, RELEASE, "sorts");
	examine(p);
	expect(p, "tandem", "unusable", "BTF differs");
	add_modules(p, RELEASE, "types and more");
	examine(p);
	expect(p, "tandem", "unusable", "BTF differs");
	assert_int_equal(p->code, 2);
}

static void survives_broken_modules(void **state)
{
	struct patient *p = *state;
	struct module m;
	size_t len, at;

	make_module(&m, RELEASE, "types");
	for (len = 0; len <= sizeof(m); len += 7) {
		struct module_file file;

		memset(&file, 0, sizeof(file));
		module_parse(&m, len, &file);
	}
	for (at = 0; at < sizeof(m); at++) {
		struct module_file file;
		uint8_t old = ((uint8_t *)&m)[at];

		((uint8_t *)&m)[at] = 0xff;
		memset(&file, 0, sizeof(file));
		module_parse(&m, sizeof(m), &file);
		((uint8_t *)&m)[at] = old;
	}
	tree_file(&p->tree, "/lib/modules/" RELEASE "/updates/core/tandem.ko",
		  "this is no module");
	examine(p);
	expect(p, "tandem", "unusable", "no kernel module");
}

static void needs_btf_and_livepatch(void **state)
{
	struct patient *p = *state;
	char path[256];

	snprintf(path, sizeof(path), "%s/sys/kernel/btf/vmlinux",
		 p->tree.dir);
	remove(path);
	tree_file(&p->tree, "/proc/sys/kernel/ftrace_enabled", "0\n");
	examine(p);
	expect(p, "BTF", "unusable", "CONFIG_DEBUG_INFO_BTF");
	expect(p, "livepatch", "unusable", "sysctl kernel.ftrace_enabled=1");
}

static void prints_the_signing_commands(void **state)
{
	static const uint8_t on[] = { 6, 0, 0, 0, 1 };
	struct patient *p = *state;

	tree_bytes(&p->tree, EFI, on, sizeof(on));
	tree_file(&p->tree, "/sys/kernel/security/lockdown",
		  "none [integrity] confidentiality\n");
	tree_file(&p->tree, "/usr/lib/linux-kbuild-6.12/scripts/sign-file",
		  "");
	examine(p);
	expect(p, "Secure Boot", "ok", "on: modules must be signed");
	expect(p, "signing", "unusable", "openssl req -new -x509");
	expect(p, "signing", "unusable",
	       "/usr/lib/linux-kbuild-6.12/scripts/sign-file sha256");
	expect(p, "signing", "unusable", "updates/core/tandem.ko");
	expect(p, "signing", "unusable", "mokutil --import");
	assert_int_equal(p->code, 2);

	tree_file(&p->tree, "/var/lib/dkms/mok.pub", "");
	examine(p);
	expect(p, "signing", "unusable", "/var/lib/dkms/mok.key");
}

static void tells_secure_boot_off(void **state)
{
	static const uint8_t off[] = { 6, 0, 0, 0, 0 };
	struct patient *p = *state;

	tree_bytes(&p->tree, EFI, off, sizeof(off));
	examine(p);
	expect(p, "Secure Boot", "ok", "off");
	expect(p, "signing", "ok", "no signature");
}

static void refuses_full_lockdown(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/sys/kernel/security/lockdown",
		  "none integrity [confidentiality]\n");
	examine(p);
	expect(p, "lockdown", "unusable", "kprobes");
}

static void reads_taint(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/proc/sys/kernel/tainted", "12288\n");
	examine(p);
	expect(p, "taint", "ok", "module from outside the kernel, unsigned");
	tree_file(&p->tree, "/proc/sys/kernel/tainted", "640\n");
	examine(p);
	expect(p, "taint", "warn", "oops");
	expect(p, "taint", "warn", "kernel warning");
	assert_int_equal(p->code, 1);
}

static void judges_swap_devices(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/proc/self/mountinfo",
		  "20 1 254:1 / / rw - ext4 /dev/vda1 rw\n"
		  "21 20 259:0 / /srv rw - ext4 /dev/nvme0n1p1 rw\n");
	tree_file(&p->tree, "/proc/swaps",
		  "Filename Type Size Used Priority\n"
		  "/dev/zram0 partition 1000 0 100\n"
		  "/srv/swapfile file 2000 0 -2\n"
		  "/swapfile file 2000 0 -3\n");
	examine(p);
	expect(p, "swap", "warn", "/dev/zram0: on compressed memory (zram)");
	expect(p, "swap", "warn", "synchronous");
	expect(p, "swap", "ok", "/srv/swapfile: file on NVMe");
	expect(p, "swap", "ok", "/swapfile: file on virtio disk");
	tree_file(&p->tree, "/proc/swaps",
		  "Filename Type Size Used Priority\n");
	examine(p);
	expect(p, "swap", "warn", "none in use");
}

static void lists_tiers(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree,
		  "/sys/devices/virtual/memory_tiering/memory_tier4/nodelist",
		  "0\n");
	tree_file(&p->tree,
		  "/sys/devices/virtual/memory_tiering/memory_tier22/nodelist",
		  "1-2\n");
	examine(p);
	expect(p, "memory tiers", "ok", "2 (");
	expect(p, "memory tiers", "ok", "tier 22: node 1-2");
}

static void finds_other_livepatches(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree,
		  "/sys/kernel/livepatch/fix1/vmlinux/do_exit,1/.keep", "");
	tree_file(&p->tree, "/sys/kernel/livepatch/fix1/replace", "0\n");
	tree_file(&p->tree,
		  "/sys/kernel/livepatch/tandem_reclaim/vmlinux/pageout,1/.k",
		  "");
	examine(p);
	expect(p, "livepatch", "ok", "fix1 replaces other functions: do_exit");
	assert_int_equal(p->code, 0);

	tree_file(&p->tree, "/sys/kernel/livepatch/fix1/replace", "1\n");
	examine(p);
	expect(p, "livepatch", "warn", "replaces all other livepatches");

	tree_file(&p->tree,
		  "/sys/kernel/livepatch/fix2/vmlinux/pageout,1/.keep", "");
	examine(p);
	expect(p, "livepatch", "conflict", "fix2 replaces pageout");
	assert_int_equal(p->code, 2);
}

static void finds_probes(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/sys/kernel/debug/kprobes/list",
		  "ffffffff81234560  k  shrink_folio_list+0x0    [FTRACE]\n"
		  "ffffffff81234560  k  do_exit+0x10\n");
	examine(p);
	expect(p, "probes", "ok", "on the entry, which keeps working: shrink_folio_list");
	tree_file(&p->tree, "/sys/kernel/debug/kprobes/list",
		  "ffffffff81234560  r  pageout+0x0    [FTRACE]\n"
		  "ffffffff81234565  k  shrink_folio_list+0x45\n");
	examine(p);
	expect(p, "probes", "warn", "pageout+0x0, shrink_folio_list+0x45");
}

static void finds_a_diverted_function(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/sys/kernel/tracing/enabled_functions",
		  "pageout (1) R I   \ttramp: 0xf (klp_ftrace_handler+0x0/0x1)\n");
	examine(p);
	assert_int_equal(p->code, 0);
	tree_file(&p->tree, "/sys/kernel/tracing/enabled_functions",
		  "pageout (1) R I   \ttramp: 0xf (foreign+0x0/0x1)\n");
	examine(p);
	expect(p, "ftrace", "conflict", "diverts pageout");
}

static void knows_the_neighbours(void **state)
{
	struct patient *p = *state;

	tree_file(&p->tree, "/proc/7/comm", "numad\n");
	tree_file(&p->tree, "/proc/8/comm", "irqbalance\n");
	tree_file(&p->tree, "/proc/9/comm", "systemd-oomd\n");
	tree_file(&p->tree, "/sys/module/zswap/parameters/enabled", "Y\n");
	tree_file(&p->tree,
		  "/sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds", "1\n");
	tree_file(&p->tree, "/sys/kernel/mm/damon/admin/kdamonds/0/state",
		  "on\n");
	tree_file(&p->tree, "/sys/kernel/mm/lru_gen/enabled", "0x0007\n");
	examine(p);
	expect(p, "numad", "warn", "is running");
	expect(p, "irqbalance", "ok", "is running");
	expect(p, "systemd-oomd", "ok", "is running");
	expect(p, "earlyoom", "ok", "not running");
	expect(p, "zswap", "warn", "freed at once");
	expect(p, "DAMON", "ok", "kdamond is running");
	expect(p, "LRU", "ok", "MGLRU");
	assert_int_equal(p->code, 1);
}

static void works_on_an_empty_root(void **state)
{
	struct patient *p = *state;

	tree_remove(&p->tree);
	tree_make(&p->tree);
	examine(p);
	expect(p, "kernel", "unusable", "cannot read the kernel release");
	assert_int_equal(p->code, 2);
}

static void sha256_is_right(void **state)
{
	static const uint8_t abc[] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	static const uint8_t two_blocks[] = { 0x24, 0x8d, 0x6a, 0x61 };
	const char *long_text =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t digest[SHA256_SIZE];

	(void)state;
	sha256("abc", 3, digest);
	assert_memory_equal(digest, abc, sizeof(abc));
	sha256(long_text, strlen(long_text), digest);
	assert_memory_equal(digest, two_blocks, sizeof(two_blocks));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, admit, discharge)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(finds_a_good_machine_ready),
		CASE(refuses_another_kernel),
		CASE(warns_of_a_kernel_not_tested),
		CASE(refuses_another_architecture),
		CASE(sees_modules_of_another_release),
		CASE(sees_a_rebuilt_kernel_by_its_btf),
		CASE(survives_broken_modules),
		CASE(needs_btf_and_livepatch),
		CASE(prints_the_signing_commands),
		CASE(tells_secure_boot_off),
		CASE(refuses_full_lockdown),
		CASE(reads_taint),
		CASE(judges_swap_devices),
		CASE(lists_tiers),
		CASE(finds_other_livepatches),
		CASE(finds_probes),
		CASE(finds_a_diverted_function),
		CASE(knows_the_neighbours),
		CASE(works_on_an_empty_root),
		cmocka_unit_test(sha256_is_right),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
