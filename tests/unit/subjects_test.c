// SPDX-License-Identifier: GPL-2.0-only
/* A message about a subject, whole and broken, as libtandem reads it. */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <string.h>

#include <linux/tandem.h>

#include "messages.h"
#include "unit.h"

static const uint64_t counts[] = { 3, 0, 1ULL << 40 };

static struct nl_msg *begin(const char *name)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, 20, 0, 0,
				    TANDEM_CMD_SUBJECT_GET, 1));
	nla_put_string(msg, TANDEM_A_SUBJECT_CAPABILITY, "sample");
	nla_put_string(msg, TANDEM_A_SUBJECT_NAME, name);
	return msg;
}

static void put_knob(struct nl_msg *msg, const char *name, uint32_t value)
{
	struct nlattr *nest = nla_nest_start(msg, TANDEM_A_SUBJECT_KNOB);

	nla_put_string(msg, TANDEM_A_KNOB_NAME, name);
	nla_put_u32(msg, TANDEM_A_KNOB_VALUE, value);
	nla_put_u32(msg, TANDEM_A_KNOB_MAXIMUM, 9);
	nla_put_string(msg, TANDEM_A_KNOB_UNIT, "pages");
	nla_nest_end(msg, nest);
}

static void put_stat(struct nl_msg *msg, const char *name, uint64_t value)
{
	struct nlattr *nest = nla_nest_start(msg, TANDEM_A_SUBJECT_STAT);

	nla_put_string(msg, TANDEM_A_SUBJECT_STAT_NAME, name);
	nla_put_u64(msg, TANDEM_A_SUBJECT_STAT_VALUE, value);
	nla_put_u32(msg, TANDEM_A_SUBJECT_STAT_KIND, TANDEM_STAT_KIND_GAUGE);
	nla_nest_end(msg, nest);
}

static void put_histogram(struct nl_msg *msg, const char *name, size_t bytes)
{
	struct nlattr *nest = nla_nest_start(msg, TANDEM_A_SUBJECT_HISTOGRAM);

	nla_put_string(msg, TANDEM_A_HISTOGRAM_NAME, name);
	nla_put_string(msg, TANDEM_A_HISTOGRAM_UNIT, "ms");
	nla_put(msg, TANDEM_A_HISTOGRAM_BUCKETS, (int)bytes, counts);
	nla_nest_end(msg, nest);
}

static int check_whole(const struct tandem_subject_info *info, void *arg)
{
	assert_string_equal(info->name, "/a");
	assert_int_equal(info->nr_knobs, 2);
	assert_string_equal(info->knobs[1].name, "high");
	assert_int_equal(info->knobs[1].value, 5);
	assert_int_equal(info->knobs[1].max, 9);
	assert_string_equal(info->knobs[1].unit, "pages");
	assert_int_equal(info->nr_stats, 1);
	assert_int_equal(info->stats[0].value, 1ULL << 33);
	assert_true(info->stats[0].gauge);
	assert_int_equal(info->nr_histograms, 2);
	assert_int_equal(info->histograms[0].nr_buckets, 3);
	assert_int_equal(info->histograms[0].buckets[2], 1ULL << 40);
	assert_string_equal(info->histograms[1].name, "sizes");
	assert_int_equal(info->histograms[1].nr_buckets, 1);
	*(bool *)arg = true;
	return 7;
}

static void whole(void **state)
{
	struct nl_msg *msg = begin("/a");
	struct tandem t = { .error = "" };
	bool seen = false;

	(void)state;
	/* In any order; what is not known is passed over. */
	put_histogram(msg, "ages", sizeof(counts));
	put_knob(msg, "low", 1);
	nla_put_u32(msg, 60, 1);
	put_stat(msg, "span", 1ULL << 33);
	put_knob(msg, "high", 5);
	put_histogram(msg, "sizes", sizeof(counts[0]));
	assert_int_equal(message_subject(&t, nlmsg_hdr(msg), check_whole,
					 &seen), 7);
	assert_true(seen);
	nlmsg_free(msg);
}

static int check_bare(const struct tandem_subject_info *info, void *arg)
{
	const size_t *buckets = arg;

	assert_int_equal(info->nr_knobs, 0);
	assert_int_equal(info->nr_stats, 0);
	if (!buckets) {
		assert_int_equal(info->nr_histograms, 0);
		return 0;
	}
	assert_int_equal(info->nr_histograms, 1);
	assert_int_equal(info->histograms[0].nr_buckets, *buckets);
	return 0;
}

static void bare(void **state)
{
	struct nl_msg *msg = begin("/a");
	struct tandem t = { .error = "" };
	size_t buckets = 1;

	(void)state;
	assert_int_equal(message_subject(&t, nlmsg_hdr(msg), check_bare, NULL),
			 0);
	/* A bucket and a half is one bucket. */
	put_histogram(msg, "ages", 12);
	assert_int_equal(message_subject(&t, nlmsg_hdr(msg), check_bare,
					 &buckets), 0);
	nlmsg_free(msg);
}

static int check_nameless(const struct tandem_subject_info *info, void *arg)
{
	(void)arg;
	if (info->nr_knobs)
		assert_string_equal(info->knobs[0].name, "");
	if (info->nr_stats)
		assert_int_equal(info->stats[0].value, 0);
	if (info->nr_histograms)
		assert_int_equal(info->histograms[0].nr_buckets, 0);
	assert_int_equal(info->nr_knobs + info->nr_stats +
			 info->nr_histograms, 1);
	return 0;
}

static void read_broken(int type, const void *inside, int len)
{
	struct nl_msg *msg = begin("/a");
	struct tandem t = { .error = "" };

	nla_put(msg, type, len, inside);
	assert_int_equal(message_subject(&t, nlmsg_hdr(msg), check_nameless,
					 NULL), 0);
	nlmsg_free(msg);
}

/* Nothing behind the end is read, whatever a part says of its length. */
static void broken_parts(void **state)
{
	static const struct nlattr endless = { .nla_len = 400, .nla_type = 1 };
	static const int types[] = {
		TANDEM_A_SUBJECT_KNOB, TANDEM_A_SUBJECT_STAT,
		TANDEM_A_SUBJECT_HISTOGRAM,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		read_broken(types[i], &endless, sizeof(endless));
		read_broken(types[i], &endless, 1);
		read_broken(types[i], &endless, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(bare),
		cmocka_unit_test(broken_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
