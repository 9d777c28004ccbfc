// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check that the running kernel is the one of the build, with type
 * information that the test makes up: what stands for the kernel's is found
 * through the function below instead of the one that looks up symbols.
 */
#include <crypto/sha2.h>
#include <kunit/test.h>

#include "core/core.h"

#define FAKE_SIZE 5000

static u8 *fake_start, *fake_stop;
/* What the build knows of it; written by each test before it asks. */
static u8 digest[SHA256_DIGEST_SIZE];

extern const u8 tandem_btf_digest[SHA256_DIGEST_SIZE] __alias(digest);
const size_t tandem_btf_size = FAKE_SIZE;
const char tandem_built_for[] = "a test";

void *tandem_borrow_address(const char *name)
{
	if (!strcmp(name, "__start_BTF"))
		return fake_start;
	if (!strcmp(name, "__stop_BTF"))
		return fake_stop;
	return NULL;
}

static int btf_init(struct kunit *test)
{
	fake_start = kunit_kzalloc(test, FAKE_SIZE + 1, GFP_KERNEL);
	if (!fake_start)
		return -ENOMEM;
	memset(fake_start, 0x5a, FAKE_SIZE + 1);
	fake_stop = fake_start + FAKE_SIZE;
	sha256(fake_start, FAKE_SIZE, digest);
	return 0;
}

static void btf_same_is_accepted(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, tandem_btf_check());
}

static void btf_one_bit_is_refused(struct kunit *test)
{
	fake_start[FAKE_SIZE - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, -ENOEXEC, tandem_btf_check());
}

static void btf_longer_is_refused(struct kunit *test)
{
	fake_stop++;
	KUNIT_EXPECT_EQ(test, -ENOEXEC, tandem_btf_check());
}

static void btf_shorter_is_refused(struct kunit *test)
{
	fake_stop--;
	KUNIT_EXPECT_EQ(test, -ENOEXEC, tandem_btf_check());
}

static void btf_missing_is_refused(struct kunit *test)
{
	fake_stop = fake_start;
	KUNIT_EXPECT_EQ(test, -ENOEXEC, tandem_btf_check());
	fake_start = NULL;
	KUNIT_EXPECT_EQ(test, -ENOEXEC, tandem_btf_check());
}

static struct kunit_case core_btf_cases[] = {
	KUNIT_CASE(btf_same_is_accepted),
	KUNIT_CASE(btf_one_bit_is_refused),
	KUNIT_CASE(btf_longer_is_refused),
	KUNIT_CASE(btf_shorter_is_refused),
	KUNIT_CASE(btf_missing_is_refused),
	{}
};

static struct kunit_suite core_btf_suite = {
	.name = "core_btf",
	.init = btf_init,
	.test_cases = core_btf_cases,
};

kunit_test_suites(&core_btf_suite);

MODULE_DESCRIPTION("KUnit tests of the check of the running kernel");
MODULE_LICENSE("GPL");
