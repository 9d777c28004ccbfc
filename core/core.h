/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of tandem.ko share among themselves.  Modules of the suite see
 * include/tandem/ only.
 *
 * Lock order: registry_lock (capability.c), patches_lock (patch.c),
 * tandem_capability_core.lock, the kernel's klp_mutex,
 * tandem_capability_core.state_lock.
 */
#ifndef _TANDEM_CORE_H
#define _TANDEM_CORE_H

#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include <tandem/capability.h>
#include <tandem/version.h>

struct tandem_patch;

/** TANDEM_REASON_LEN - longest sentence that a state carries, with its NUL */
#define TANDEM_REASON_LEN	128

/* borrow.c */
int tandem_borrow_init(void);
void tandem_borrow_apply(void);
void *tandem_borrow_address(const char *name);
int tandem_borrow_set_original(const char *name, void *original);

/* btf.c */
int tandem_btf_check(void);

/* facts.c */
extern const u8 tandem_btf_digest[];
extern const size_t tandem_btf_size;
extern const char tandem_built_for[];

/* patch.c */
int tandem_patch_init(void);
void tandem_patch_exit(void);

/**
 * enum tandem_hold - who may keep a capability from being on for a while
 * @TANDEM_HOLD_MODULE: its own module, for instance before a suspend
 * @TANDEM_HOLD_PATCH: patch.c, because of another livepatch
 * @TANDEM_HOLDS: how many there are
 */
enum tandem_hold {
	TANDEM_HOLD_MODULE,
	TANDEM_HOLD_PATCH,
	TANDEM_HOLDS,
};

/**
 * struct tandem_attribute - a file in the directory of a capability
 * @attr: what sysfs wants
 * @index: which knob or statistic
 * @show: write the value
 * @store: take a value, or NULL
 */
struct tandem_attribute {
	struct attribute attr;
	unsigned int index;
	ssize_t (*show)(struct tandem_capability_core *core,
			unsigned int index, char *buf);
	ssize_t (*store)(struct tandem_capability_core *core,
			 unsigned int index, const char *buf, size_t count);
};

/**
 * struct tandem_capability_core - core's side of a capability
 * @cap: the module's side
 * @node: entry in the registry
 * @kobj: its directory
 * @released: completed when the last reference to @kobj is gone
 * @attributes: the files made for knobs and statistics
 * @knob_files: the knobs, ended by NULL
 * @stat_files: the statistics, ended by NULL
 * @lock: one transition, change of knobs or use of subjects at a time
 * @wanted: the administrator asked for it; protected by @lock
 * @leaving: the module is being unloaded; protected by @lock
 * @held: why it may not be on for now, for each enum tandem_hold, "" if it may;
 *	protected by @lock
 * @patch: its hooks, or NULL; set before it can be enabled
 * @state_lock: protects @state, @reason and @since_ns, which are written under
 *	@lock besides
 * @state: what it is doing
 * @reason: why
 * @since_ns: when it entered @state, nanoseconds since the epoch
 * @drain: looks whether what is in flight has completed
 * @failing: a report is on its way to @fail_work
 * @fail_reason: what the report says; written by who set @failing
 * @fail_irq: takes the report out of whatever context it was made in
 * @fail_work: acts on the report
 */
struct tandem_capability_core {
	struct tandem_capability *cap;
	struct list_head node;
	struct kobject kobj;
	struct completion released;
	struct tandem_attribute *attributes;
	struct attribute **knob_files;
	struct attribute **stat_files;

	struct mutex lock;	/* transitions, knobs and subjects */
	bool wanted;
	bool leaving;
	char held[TANDEM_HOLDS][TANDEM_REASON_LEN];
	struct tandem_patch *patch;

	spinlock_t state_lock;	/* what is shown of the state */
	enum tandem_state state;
	char reason[TANDEM_REASON_LEN];
	u64 since_ns;

	struct delayed_work drain;
	atomic_t failing;
	char fail_reason[TANDEM_REASON_LEN];
	struct irq_work fail_irq;
	struct work_struct fail_work;
};

/**
 * enum tandem_refused - what is wrong with a request when it is not a knob
 * @TANDEM_REFUSED_WHOLE: nothing that could be pointed at
 * @TANDEM_REFUSED_SUBJECT: the subject that it names
 */
enum tandem_refused {
	TANDEM_REFUSED_WHOLE = -1,
	TANDEM_REFUSED_SUBJECT = -2,
};

/**
 * struct tandem_refusal - why a request was refused, for the one who made it
 * @index: which of the knobs given, or one of enum tandem_refused
 * @text: one sentence
 */
struct tandem_refusal {
	int index;
	char text[80];
};

/**
 * struct tandem_state_view - the state of a capability at one moment
 * @state: what it is doing
 * @reason: why
 * @since_ns: since when
 */
struct tandem_state_view {
	enum tandem_state state;
	char reason[TANDEM_REASON_LEN];
	u64 since_ns;
};

/* capability.c */
struct tandem_capability *tandem_registry_get(const char *name);
struct tandem_capability *tandem_registry_get_nth(unsigned long n);
void tandem_registry_put(void);
void tandem_capability_view(struct tandem_capability_core *core,
			    struct tandem_state_view *view);
int tandem_capability_set(struct tandem_capability_core *core, bool on,
			  struct tandem_refusal *refusal);
const char *tandem_state_name(enum tandem_state state);
void tandem_hold_quiesce(struct tandem_capability_core *core,
			 enum tandem_hold hold, const char *why);
void tandem_hold_displaced(struct tandem_capability_core *core,
			   enum tandem_hold hold, const char *why);
void tandem_hold_resume(struct tandem_capability_core *core,
			enum tandem_hold hold);

static inline u64
tandem_capability_in_flight(const struct tandem_capability_core *core)
{
	const struct tandem_capability_ops *ops = core->cap->ops;

	return ops->in_flight ? ops->in_flight(core->cap) : 0;
}

/* knobs.c */

/**
 * struct tandem_knob_change - one knob to be changed
 * @name: which
 * @value: to what
 */
struct tandem_knob_change {
	const char *name;
	u32 value;
};

/**
 * struct tandem_knob_set - knobs that are changed together
 * @what: for messages, what of the capability has them: "" for itself
 * @of: name of the capability
 * @knobs: the knobs
 * @n: how many
 */
struct tandem_knob_set {
	const char *what;
	const char *of;
	const struct tandem_knob *knobs;
	unsigned int n;
};

__printf(3, 4)
void tandem_refuse(struct tandem_refusal *refusal, int index, const char *fmt,
		   ...);
int tandem_knobs_apply(const struct tandem_knob_set *set, u32 *values,
		       unsigned long *given,
		       const struct tandem_knob_change *changes,
		       unsigned int n, struct tandem_refusal *refusal);
int tandem_knobs_commit(struct tandem_capability_core *core,
			const struct tandem_knob_change *changes,
			unsigned int n, struct tandem_refusal *refusal);

/* subjects.c */
static inline bool
tandem_subjects_supported(const struct tandem_capability *cap)
{
	return cap->ops->subject_set;
}

bool tandem_subjects_valid(const struct tandem_capability *cap);
struct tandem_subject *
tandem_subject_alloc(const struct tandem_capability *cap);
void tandem_subject_free(struct tandem_subject *subject);
int tandem_subject_set(struct tandem_capability_core *core, const char *name,
		       const struct tandem_knob_change *changes,
		       unsigned int n, struct tandem_refusal *refusal);
int tandem_subject_forget(struct tandem_capability_core *core,
			  const char *name, struct tandem_refusal *refusal);
int tandem_subject_next(struct tandem_capability_core *core,
			const char *after, struct tandem_subject *out);
int tandem_subject_get(struct tandem_capability_core *core, const char *name,
		       struct tandem_subject *out,
		       struct tandem_refusal *refusal);

/* sysfs.c */
int tandem_sysfs_init(void);
void tandem_sysfs_exit(void);
int tandem_sysfs_add(struct tandem_capability_core *core);
void tandem_sysfs_remove(struct tandem_capability_core *core);
void tandem_sysfs_event(struct tandem_capability_core *core,
			const struct tandem_state_view *view);

/* netlink.c */
int tandem_netlink_init(void);
void tandem_netlink_exit(void);
void tandem_netlink_event(struct tandem_capability_core *core);

/* netlink_subjects.c */
void tandem_netlink_subject_event(const struct tandem_capability *cap,
				  const char *name, const char *what);

#endif /* _TANDEM_CORE_H */
