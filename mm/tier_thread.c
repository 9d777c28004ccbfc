// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that does all of it, window after window: see, decide, move.
 *
 * Monitoring keeps to its share of a CPU: when a look at all address spaces
 * takes long, windows do not follow on one another, but are opened by one look
 * and closed by the next.
 */
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "tier.h"
#define CREATE_TRACE_POINTS
#include "tier_trace.h"

u64 tier_counters[TIER_NR_STATS];

static struct task_struct *tier_thread;
static DECLARE_WAIT_QUEUE_HEAD(tier_wait);

/**
 * struct round - one window, from its beginning to the moves
 * @window: number
 * @nodes: which node is in which tier
 * @machine: how much there is of the fast tier
 * @n: workloads
 * @workloads: they, with a reference to each
 * @views: by workload
 * @plans: by workload
 * @t1: T1* of the decision, in windows
 */
struct round {
	u32 window;
	struct tier_nodes nodes;
	struct tier_machine machine;
	u32 n;
	struct tier_workload **workloads;
	struct tier_view *views;
	struct tier_plan *plans;
	u32 t1;
};

/* Return: false when the thread is to end. */
static bool sleep_ms(u32 ms)
{
	wait_event_freezable_timeout(tier_wait, kthread_should_stop(),
				     msecs_to_jiffies(ms));
	return !kthread_should_stop();
}

/* ---- who takes part -------------------------------------------------------- */

static u32 count_workloads(void)
{
	struct tier_workload *workload;
	u32 n = 0;

	list_for_each_entry(workload, &tier_workloads, list)
		n++;
	return n;
}

/*
 * By its settings pages are counted, sizes decided and pages moved: they are taken
 * together, and are the same for a round.
 */
static void enter(struct round *round, struct tier_workload *workload)
{
	u32 i = round->n++;
	struct tier_limits *limits = &round->views[i].limits;

	tier_workload_get(workload);
	round->workloads[i] = workload;
	workload->view = &round->views[i];
	workload->plan = &round->plans[i];
	memcpy(workload->taken, workload->settings, sizeof(workload->taken));
	limits->promote_age = workload->taken[TIER_PROMOTE_AGE];
	limits->demote_age = workload->taken[TIER_DEMOTE_AGE];
	limits->cool_down = workload->taken[TIER_COOLDOWN];
}

static void free_arrays(struct round *round)
{
	kvfree(round->workloads);
	kvfree(round->views);
	kvfree(round->plans);
}

static bool allocate(struct round *round, u32 n)
{
	round->workloads = kvcalloc(n, sizeof(*round->workloads), GFP_KERNEL);
	round->views = kvcalloc(n, sizeof(*round->views), GFP_KERNEL);
	round->plans = kvcalloc(n, sizeof(*round->plans), GFP_KERNEL);
	return round->workloads && round->views && round->plans;
}

/* Return: false without memory, or when there is nobody. */
static bool begin(struct round *round)
{
	struct tier_workload *workload;
	u32 n;

	mutex_lock(&tier_workloads_lock);
	n = count_workloads();
	if (!n || !allocate(round, n))
		goto nobody;
	list_for_each_entry(workload, &tier_workloads, list)
		enter(round, workload);
	mutex_unlock(&tier_workloads_lock);
	return true;
nobody:
	mutex_unlock(&tier_workloads_lock);
	free_arrays(round);
	return false;
}

static void end(struct round *round)
{
	u32 i;

	for (i = 0; i < round->n; i++) {
		round->workloads[i]->view = NULL;
		round->workloads[i]->plan = NULL;
		tier_workload_put(round->workloads[i]);
	}
	free_arrays(round);
}

/* ---- see ------------------------------------------------------------------- */

static void open_all(void)
{
	struct tier_space *space;

	list_for_each_entry(space, &tier_spaces, list)
		tier_scan_open(space);
}

/* A workload that was named since the round began is for the next. */
static u64 scan_all(struct round *round)
{
	struct tier_space *space;
	u64 accessed = 0;

	list_for_each_entry(space, &tier_spaces, list)
		if (space->workload->view)
			accessed += tier_scan(space, &round->nodes,
					      round->window,
					      space->workload->view);
	return accessed;
}

/* ---- decide ---------------------------------------------------------------- */

/**
 * tier_view_pages() - all pages of a workload in a tier
 * @view: what is known of it
 * @tier: the tier
 *
 * Context: any.
 * Return: pages, those that may not be moved too.
 */
u64 tier_view_pages(const struct tier_view *view, enum tier tier)
{
	u64 pages = view->fixed[tier];
	int heat;

	for (heat = 0; heat < TIER_HEATS; heat++)
		pages += view->heat[tier][heat];
	return pages;
}

static u64 mib(u64 n)
{
	return n << (20 - PAGE_SHIFT);
}

/* What they hold and what is free: the rest belongs to others. */
static void measure_machine(struct round *round)
{
	struct tier_machine *machine = &round->machine;
	u32 i;

	machine->fast_free = tier_nodes_free(&round->nodes.in[TIER_FAST]);
	machine->headroom = mib(tier_knob(TIER_HEADROOM_MIB));
	machine->fast_pages = machine->fast_free;
	for (i = 0; i < round->n; i++)
		machine->fast_pages += tier_view_pages(&round->views[i],
						       TIER_FAST);
}

static u64 share(const struct round *round, u32 percent)
{
	return div_u64(round->machine.fast_pages * percent, 100);
}

static void set_limits(const struct round *round, const u32 *settings,
		       struct tier_limits *limits)
{
	limits->fast_min = share(round, settings[TIER_FAST_MIN]);
	limits->fast_max = share(round, settings[TIER_FAST_MAX]);
	if (settings[TIER_FAST_MIN_MIB])
		limits->fast_min = mib(settings[TIER_FAST_MIN_MIB]);
	if (settings[TIER_FAST_MAX_MIB])
		limits->fast_max = mib(settings[TIER_FAST_MAX_MIB]);
	limits->weight = settings[TIER_WEIGHT];
	limits->hysteresis = tier_knob(TIER_HYSTERESIS);
}

/* As much as its rate allows for the time since the last round, a second's worth
 * at the most.
 */
static void fill_tokens(struct tier_workload *workload, u32 rate_mib,
			u64 elapsed_ns)
{
	u64 most = mib(rate_mib);

	workload->tokens += div_u64(most * div_u64(elapsed_ns, NSEC_PER_MSEC),
				    MSEC_PER_SEC);
	workload->tokens = min(workload->tokens, most);
}

static void decide(struct round *round, u64 elapsed_ns)
{
	u32 i;

	measure_machine(round);
	for (i = 0; i < round->n; i++) {
		struct tier_workload *workload = round->workloads[i];
		const u32 *settings = workload->taken;
		struct tier_view *view = &round->views[i];

		set_limits(round, settings, &view->limits);
		fill_tokens(workload, settings[TIER_RATE_MIB], elapsed_ns);
		view->act = settings[TIER_ACT];
		view->budget = workload->tokens;
	}
	round->t1 = tier_policy_plan(&round->machine, round->views,
				     round->plans, round->n);
	trace_tier_decide(round->window, round->machine.fast_pages,
			  round->machine.fast_free, round->t1);
}

static void publish(struct round *round, u32 window_ms)
{
	u32 i;

	mutex_lock(&tier_workloads_lock);
	for (i = 0; i < round->n; i++) {
		struct tier_seen *seen = &round->workloads[i]->seen;

		seen->view = round->views[i];
		seen->plan = round->plans[i];
		seen->t1 = round->t1;
		seen->window_ms = window_ms;
	}
	mutex_unlock(&tier_workloads_lock);
}

/* ---- move ------------------------------------------------------------------ */

static void move_all(struct round *round)
{
	u64 start = ktime_get_ns();
	u32 i;

	for (i = 0; i < round->n && !kthread_should_stop(); i++)
		if (round->views[i].act)
			tier_move(round->workloads[i], &round->nodes,
				  round->window);
	tier_count(move_ns, ktime_get_ns() - start);
}

/* After the moves, which go by the heats that were decided by. */
static void remember(struct round *round)
{
	u32 i;

	for (i = 0; i < round->n; i++)
		round->workloads[i]->memory =
			tier_policy_memory(&round->views[i],
					   round->workloads[i]->memory);
}

/* ---- the thread ------------------------------------------------------------ */

/* How long to wait for somebody to watch, and between looks for processes. */
#define IDLE_MS 1000

/**
 * struct pace - what goes from one round to the next, mostly how long things take
 * @window_ms: length of the next window
 * @look_ns: what the last look at all address spaces took
 * @last_ns: when the last round was decided
 * @update: when processes are to be looked for again, in jiffies
 * @follows: the next window begins where the last one ended
 * @nodes: which node was in which tier in the last round
 * @gap_percent: how slow its slow tier was
 */
struct pace {
	u32 window_ms;
	u64 look_ns;
	u64 last_ns;
	unsigned long update;
	bool follows;
	struct tier_nodes nodes;
	u32 gap_percent;
};

/* Processes come and go less often than windows, and there may be many. */
static void update_spaces(struct pace *pace)
{
	if (time_before(jiffies, pace->update))
		return;
	pace->update = jiffies + msecs_to_jiffies(IDLE_MS);
	tier_spaces_update();
}

/* From one look to the next, so that looking keeps to its share of a CPU. */
static u64 least_period_ms(const struct pace *pace)
{
	u64 ns = div_u64(pace->look_ns * 1000, tier_knob(TIER_CPU_PERMILLE));

	return div_u64(ns, NSEC_PER_MSEC);
}

/*
 * A window shorter than that cannot follow on the last: it is opened by a look of
 * its own, and a pause makes up for both.
 */
static bool wait_for_window(struct pace *pace)
{
	u64 period = least_period_ms(pace), start;

	pace->follows = period <= pace->window_ms;
	if (!pace->follows && !sleep_ms(2 * period - pace->window_ms))
		return false;
	if (!pace->follows) {
		update_spaces(pace);
		start = ktime_get_ns();
		open_all();
		tier_count(scan_ns, ktime_get_ns() - start);
	}
	return sleep_ms(pace->window_ms);
}

static u32 next_window_ms(const struct round *round, const struct pace *pace,
			  u64 accessed)
{
	struct tier_window_facts facts = {
		.window_ms = pace->window_ms,
		.min_ms = tier_knob(TIER_WINDOW_MIN_MS),
		.max_ms = tier_knob(TIER_WINDOW_MAX_MS),
		.cpu_percent = 100,
		.cost_ns = pace->look_ns,
		.seen = accessed,
		.fast_pages = round->machine.fast_pages,
	};

	return tier_policy_window_ms(&facts);
}

/* A node has come, gone or changed its tier: whatever is there has, too. */
static void find_nodes(struct round *round, struct pace *pace)
{
	tier_nodes_find(&round->nodes);
	if (memcmp(&pace->nodes, &round->nodes, sizeof(pace->nodes))) {
		tier_spaces_unsure();
		pace->gap_percent = tier_nodes_gap(&round->nodes);
		tier_set(gap_percent, pace->gap_percent);
	}
	pace->nodes = round->nodes;
	round->machine.gap_percent = pace->gap_percent;
}

static void see_decide_move(struct round *round, struct pace *pace)
{
	u64 start = ktime_get_ns(), accessed;

	find_nodes(round, pace);
	accessed = scan_all(round);
	pace->look_ns = ktime_get_ns() - start;
	tier_count(scan_ns, pace->look_ns);
	tier_count(windows, 1);
	decide(round, start - pace->last_ns);
	pace->last_ns = start;
	trace_tier_scan(round->window, pace->window_ms, pace->look_ns,
			accessed);
	publish(round, pace->window_ms);
	move_all(round);
	remember(round);
	pace->window_ms = next_window_ms(round, pace, accessed);
}

static int work(void *unused)
{
	struct pace pace = {
		.window_ms = tier_knob(TIER_WINDOW_MIN_MS),
		.last_ns = ktime_get_ns(),
		.update = jiffies,
	};
	u32 window = 0;

	set_freezable();
	while (wait_for_window(&pace)) {
		struct round round = { .window = ++window };

		tier_workloads_drop_gone();
		if (begin(&round)) {
			see_decide_move(&round, &pace);
			end(&round);
		} else {
			pace.window_ms = IDLE_MS;
		}
		update_spaces(&pace);
	}
	tier_spaces_drop();
	return 0;
}

/**
 * tier_thread_start() - begin to monitor
 *
 * Context: process context.
 * Return: 0 or a negative error.
 */
int tier_thread_start(void)
{
	struct task_struct *task = kthread_run(work, NULL, "tandem_tier");

	if (IS_ERR(task))
		return PTR_ERR(task);
	tier_thread = task;
	return 0;
}

/**
 * tier_thread_stop() - end it
 *
 * Returns when it has put everything back and forgotten what it knew.
 *
 * Context: may sleep.
 */
void tier_thread_stop(void)
{
	kthread_stop(tier_thread);
	tier_thread = NULL;
}
