/* SPDX-License-Identifier: MIT */
/*
 * libtandem: talk to the tandem kernel modules.
 *
 * Everything hangs on one context, struct tandem; there are no globals, and
 * a context is used by one thread at a time. Functions return 0 or a negative
 * errno, and tandem_error() then says in words what went wrong.
 */
#ifndef LIBTANDEM_H
#define LIBTANDEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tandem;

#define TANDEM_NAME_LEN 32
#define TANDEM_SUBJECT_LEN 256

/* Where a capability stands; the names are those of the kernel. */
enum tandem_capability_state {
	TANDEM_OFF,
	TANDEM_ENABLING,
	TANDEM_ON,
	TANDEM_DRAINING,
	TANDEM_DISABLING,
	TANDEM_DISPLACED,
	TANDEM_FAILED,
	TANDEM_UNKNOWN,
};

/**
 * struct tandem_capability_info - a loaded capability
 * @name: what it is called, for example "reclaim"
 * @enabled: what the administrator asked for
 * @state: where it stands
 * @state_name: the same in the kernel's word
 * @reason: why it stands there; empty when there is nothing to say
 * @since_ns: nanoseconds of CLOCK_REALTIME at which it came to stand there
 * @in_flight: pages whose work is not complete
 * @version: of the modules
 * @built_for: kernel release that the modules were built for
 */
struct tandem_capability_info {
	char name[TANDEM_NAME_LEN];
	bool enabled;
	enum tandem_capability_state state;
	char state_name[TANDEM_NAME_LEN];
	char reason[256];
	uint64_t since_ns;
	uint64_t in_flight;
	char version[64];
	char built_for[128];
};

/**
 * struct tandem_knob_info - a tuning knob
 * @name: what it is called
 * @value: what it is set to
 * @min: smallest value that is accepted
 * @max: largest value that is accepted
 * @def: value after loading
 * @unit: of the four values; empty when it has none
 */
struct tandem_knob_info {
	char name[TANDEM_NAME_LEN];
	uint32_t value;
	uint32_t min;
	uint32_t max;
	uint32_t def;
	char unit[16];
};

/**
 * struct tandem_knob_value - a knob and what to set it to
 * @name: what it is called
 * @value: the new value
 */
struct tandem_knob_value {
	const char *name;
	uint32_t value;
};

/**
 * struct tandem_stat_info - a statistic
 * @name: what it is called
 * @value: what it stands at
 * @gauge: it may fall; otherwise it only grows
 */
struct tandem_stat_info {
	char name[TANDEM_NAME_LEN];
	uint64_t value;
	bool gauge;
};

/**
 * struct tandem_histogram_info - a histogram of a subject
 * @name: what it is called
 * @unit: of what was counted; empty when it has none
 * @buckets: how many fell into each; the first counts zeros, number n values
 *           from 2^(n-1) to 2^n-1, the last all that are larger besides
 * @nr_buckets: how many there are
 */
struct tandem_histogram_info {
	char name[TANDEM_NAME_LEN];
	char unit[16];
	const uint64_t *buckets;
	size_t nr_buckets;
};

/**
 * struct tandem_subject_info - a subject: what has settings of its own
 * @name: what it is called
 * @knobs: its settings
 * @nr_knobs: how many
 * @stats: its statistics
 * @nr_stats: how many
 * @histograms: its histograms
 * @nr_histograms: how many
 */
struct tandem_subject_info {
	char name[TANDEM_SUBJECT_LEN];
	const struct tandem_knob_info *knobs;
	size_t nr_knobs;
	const struct tandem_stat_info *stats;
	size_t nr_stats;
	const struct tandem_histogram_info *histograms;
	size_t nr_histograms;
};

/**
 * struct tandem_subject_event - what has happened to a subject
 * @capability: whose subject it is
 * @name: what it is called
 * @what: "set", "forgotten", or a word of the capability
 */
struct tandem_subject_event {
	char capability[TANDEM_NAME_LEN];
	char name[TANDEM_SUBJECT_LEN];
	char what[TANDEM_NAME_LEN];
};

typedef int (*tandem_capability_fn)(const struct tandem_capability_info *info,
				    void *arg);
typedef int (*tandem_knob_fn)(const struct tandem_knob_info *info, void *arg);
typedef int (*tandem_stat_fn)(const struct tandem_stat_info *info, void *arg);
typedef int (*tandem_subject_fn)(const struct tandem_subject_info *info,
				 void *arg);
typedef int (*tandem_subject_event_fn)(const struct tandem_subject_event *event,
				       void *arg);

int tandem_open(struct tandem **handle);
void tandem_close(struct tandem *handle);
const char *tandem_error(const struct tandem *handle);

int tandem_capabilities(struct tandem *handle, tandem_capability_fn fn,
			void *arg);
int tandem_capability_get(struct tandem *handle, const char *name,
			  struct tandem_capability_info *info);
int tandem_capability_set(struct tandem *handle, const char *name,
			  bool enabled);
int tandem_knobs(struct tandem *handle, const char *capability,
		 tandem_knob_fn fn, void *arg);
int tandem_knobs_set(struct tandem *handle, const char *capability,
		     const struct tandem_knob_value *values, size_t n);
int tandem_stats(struct tandem *handle, const char *capability,
		 tandem_stat_fn fn, void *arg);

int tandem_subjects(struct tandem *handle, const char *capability,
		    tandem_subject_fn fn, void *arg);
int tandem_subject_get(struct tandem *handle, const char *capability,
		       const char *name, tandem_subject_fn fn, void *arg);
int tandem_subject_set(struct tandem *handle, const char *capability,
		       const char *name,
		       const struct tandem_knob_value *values, size_t n);
int tandem_subject_forget(struct tandem *handle, const char *capability,
			  const char *name);

int tandem_events_open(struct tandem *handle);
int tandem_events_fd(const struct tandem *handle);
int tandem_events_read(struct tandem *handle, tandem_capability_fn fn,
		       void *arg);
int tandem_events_read_all(struct tandem *handle, tandem_capability_fn state,
			   tandem_subject_event_fn subject, void *arg);

enum tandem_capability_state tandem_state_parse(const char *name);

/*
 * What is known of the capabilities without asking the kernel, so that a
 * configuration can be checked and counters explained before anything loads.
 */

/**
 * struct tandem_stat_help - what a statistic means
 * @name: as in struct tandem_stat_info
 * @help: one sentence
 * @unit: what is counted: "pages", "ns" or empty
 */
struct tandem_stat_help {
	const char *name;
	const char *help;
	const char *unit;
};

const struct tandem_knob_info *tandem_known_knobs(const char *capability,
						  size_t *n);
const struct tandem_knob_info *
tandem_known_subject_knobs(const char *capability, size_t *n);
const struct tandem_stat_help *tandem_known_stat(const char *capability,
						 const char *name);
const char *tandem_known_capability(size_t index);
const char *tandem_nearest(const char *word, const char *const *names,
			   size_t n);

/*
 * The configuration file: sections named after capabilities, or after a
 * capability and a cgroup that is a subject of it, "key = value" lines, comments
 * from # or ; at the start of a line.
 */

struct tandem_config;

/**
 * struct tandem_config_entry - a line of the file
 * @section: capability
 * @subject: whose knob it is; NULL for the capability itself
 * @key: knob, or "enabled"
 * @value: as written
 * @number: the value; 0 or 1 for "enabled"
 * @line: counted from 1
 */
struct tandem_config_entry {
	char *section;
	char *subject;
	char *key;
	char *value;
	uint32_t number;
	unsigned int line;
};

/**
 * struct tandem_config_subject - a subject that the file has a section for
 * @section: capability
 * @name: of the subject
 * @line: where it is named first, counted from 1
 */
struct tandem_config_subject {
	char *section;
	char *name;
	unsigned int line;
};

/**
 * struct tandem_config_fault - something wrong in the file
 * @line: counted from 1; 0 when no line is to blame
 * @key: the key that is wrong; empty when no key is to blame
 * @text: what is wrong and what would be right
 */
struct tandem_config_fault {
	unsigned int line;
	char key[TANDEM_NAME_LEN];
	char text[384];
};

int tandem_config_read(struct tandem_config **config, const char *path);
int tandem_config_parse(struct tandem_config **config, const char *text);
void tandem_config_free(struct tandem_config *config);
int tandem_config_check(struct tandem_config *config, const char *capability,
			const struct tandem_knob_info *knobs, size_t n);
int tandem_config_check_subjects(struct tandem_config *config,
				 const char *capability,
				 const struct tandem_knob_info *knobs,
				 size_t n);
const struct tandem_config_entry *
tandem_config_entry(const struct tandem_config *config, size_t index);
bool tandem_config_is_of(const struct tandem_config_entry *entry,
			 const char *section, const char *subject);
const struct tandem_config_subject *
tandem_config_subject(const struct tandem_config *config, size_t index);
int tandem_config_blame(struct tandem_config *config, unsigned int line,
			const char *key, const char *text);
const struct tandem_config_fault *
tandem_config_fault(const struct tandem_config *config, size_t index);

#ifdef __cplusplus
}
#endif

#endif
