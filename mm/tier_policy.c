// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decisions of memory tiering: pure C, no kernel call.  See the header for the
 * facts each decision is made from, and Documentation/design/tier-policy.md
 * for the whole of it.
 */
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "tier_policy.h"

/* ---- heat and age --------------------------------------------------------- */

/* x * log2(x), in sixteenths of a bit. */
static const u16 x_log_x[TIER_HISTORY + 1] = {
	0, 0, 32, 76, 128, 186, 248, 314, 384,
	456, 532, 609, 688, 770, 853, 938, 1024, 1112,
	1201, 1291, 1383, 1476, 1570, 1665, 1761, 1858, 1955,
	2054, 2154, 2254, 2355, 2457, 2560,
};

/* Evidence, in sixteenths of a bit, that makes a change: one in 2^11. */
#define CHANGE (11 * 16)

/* A page seen in no more windows than this may just have been scanned. */
#define ONCE 1

/*
 * How well one rate explains that @ones of @windows were accessed: the
 * logarithm of the likelihood at the best rate, negative, in sixteenths of a
 * bit.
 */
static int fit(unsigned int ones, unsigned int windows)
{
	return x_log_x[ones] + x_log_x[windows - ones] - x_log_x[windows];
}

static u32 latest(u32 history, unsigned int windows)
{
	return windows < TIER_HISTORY ? history & (BIT(windows) - 1) : history;
}

/*
 * The number of latest windows, of @memory, since which the rate is another
 * one, or 0.  Two rates always explain a history at least as well as one; how
 * much better is the evidence for a change (generalised likelihood ratio).
 */
static unsigned int windows_since_change(u32 history, unsigned int memory)
{
	unsigned int ones = hweight32(history), since, found = 0;
	int one_rate = fit(ones, memory);
	int best = CHANGE;

	for (since = 2; since <= memory / 2; since *= 2) {
		unsigned int some = hweight32(latest(history, since));
		int gain = fit(some, since) +
			   fit(ones - some, memory - since) - one_rate;

		if (gain > best) {
			best = gain;
			found = since;
		}
	}
	return found;
}

/**
 * tier_policy_heat_of() - in how many of 32 windows a page is accessed
 * @history: of the page, bit 0 for the latest window
 * @memory: latest windows that count, 1..32, see tier_policy_memory()
 *
 * As long as a page is accessed at one rate, the best estimate of the rate is
 * the number of bits in all of its history.  When the latest windows are
 * better explained by a rate of their own, only they count, with the old rate
 * as one window more: the heat of a page that was always accessed is 12 after
 * three empty windows and 6 after four, that of a page that never was is 19 after
 * three accesses in a row and 25 after four.  A single access says that a page
 * exists, not how hot it is, however short the memory.
 *
 * Return: 0 for a page not accessed in @memory windows, 1 for one that was
 * once, to 32.
 */
u8 tier_policy_heat_of(u32 history, u8 memory)
{
	u32 ones, since, some, before;

	history = latest(history, memory);
	ones = hweight32(history);
	if (ones <= ONCE)
		return ones;
	since = ones < memory ? windows_since_change(history, memory) : 0;
	if (!since)
		return TIER_HISTORY * ones / memory;
	some = hweight32(latest(history, since));
	before = memory - since;
	return TIER_HISTORY * (some * before + ones - some) /
	       (before * (since + 1));
}

/**
 * tier_policy_heat() - the same, when all of the history counts
 * @history: of the page, bit 0 for the latest window
 *
 * Return: 0 for a page not accessed in 32 windows, to 32.
 */
u8 tier_policy_heat(u32 history)
{
	return tier_policy_heat_of(history, TIER_HISTORY);
}

/**
 * tier_policy_age() - windows since a page was accessed
 * @history: of the page, bit 0 for the latest window
 *
 * Return: 0 when it was in the latest window, 32 when in none of the history.
 */
u8 tier_policy_age(u32 history)
{
	return hweight32((history & -history) - 1);
}

/* ---- sizes ------------------------------------------------------------------ */

/* More pages than 64 bits can address. */
#define MAX_PAGES (U64_MAX >> 12)

/* Parts of a page, in which a level is given. */
#define LEVEL_SHIFT 10

static u64 plus(u64 a, u64 b)
{
	return a + b < a ? U64_MAX : a + b;
}

static u64 minus(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

static u64 times(u64 a, u64 b)
{
	return a && b > div64_u64(U64_MAX, a) ? U64_MAX : a * b;
}

/* @whole * @part / @all, where @part is not more than @all. */
static u64 portion(u64 whole, u64 part, u64 all)
{
	u64 each, rest;

	while (all > U32_MAX) {
		all >>= 1;
		part >>= 1;
	}
	if (!all)
		return 0;
	each = div64_u64(whole, all);
	rest = whole - each * all;
	return each * part + div64_u64(rest * part, all);
}

/**
 * struct divider - gives out a whole in proportion, without a rest
 * @whole: what is given out, not more than @all
 * @all: sum of all parts
 * @seen: sum of the parts that have got theirs
 */
struct divider {
	u64 whole;
	u64 all;
	u64 seen;
};

static u64 divide(struct divider *d, u64 part)
{
	u64 before = portion(d->whole, d->seen, d->all);

	d->seen = plus(d->seen, part);
	return min(portion(d->whole, d->seen, d->all) - before, part);
}

static u64 sum(const u64 *counts, u32 n)
{
	u64 all = 0;
	u32 i;

	for (i = 0; i < n; i++)
		all = plus(all, counts[i]);
	return all;
}

static u64 movable(const struct tier_view *v, enum tier tier)
{
	return sum(v->heat[tier], TIER_HEATS);
}

static u64 held(const struct tier_view *v)
{
	return plus(movable(v, TIER_FAST), v->fixed[TIER_FAST]);
}

/* A_v(t): pages of @v accessed in its last @t windows. */
static u64 active(const struct tier_view *v, u32 t)
{
	return plus(sum(v->age[TIER_FAST], t), sum(v->age[TIER_SLOW], t));
}

/* Fast pages that @v can have at the most; those that cannot leave count. */
static u64 most(const struct tier_view *v)
{
	u64 all = plus(held(v), movable(v, TIER_SLOW));

	return min(max(v->limits.fast_max, v->fixed[TIER_FAST]), all);
}

/* A_v(@t) within its limits. */
static u64 size_at(const struct tier_view *v, const struct tier_plan *p, u32 t)
{
	return min(max(active(v, t), p->least), most(v));
}

static void set_bounds(const struct tier_view *v, struct tier_plan *p)
{
	*p = (struct tier_plan){ .promote_heat = TIER_HEATS };
	p->least = max(v->limits.fast_min, v->fixed[TIER_FAST]);
	p->least = min(p->least, most(v));
	p->want = size_at(v, p, TIER_HISTORY);
	p->target = held(v);
}

/* T1*: the longest interval whose pages of all workloads fit. */
static u32 longest_interval(u64 capacity, const struct tier_view *views, u32 n)
{
	u32 t, i;

	for (t = TIER_HISTORY; t > 0; t--) {
		u64 all = 0;

		for (i = 0; i < n; i++)
			all = plus(all, active(&views[i], t));
		if (all <= capacity)
			break;
	}
	return t;
}

/**
 * struct group - workloads that divide a part of the fast tier by working set
 * @views: all workloads
 * @plans: theirs
 * @n: how many
 * @weight: the group is those of this weight; 0: all that may be moved
 */
struct group {
	const struct tier_view *views;
	struct tier_plan *plans;
	u32 n;
	u32 weight;
};

static bool belongs(const struct group *g, u32 i)
{
	const struct tier_view *v = &g->views[i];

	return v->act && (!g->weight || v->limits.weight == g->weight);
}

static u64 group_size_at(const struct group *g, u32 t)
{
	u64 all = 0;
	u32 i;

	for (i = 0; i < g->n; i++)
		if (belongs(g, i))
			all = plus(all, size_at(&g->views[i], &g->plans[i], t));
	return all;
}

/*
 * The longest interval that fits, and of the pages accessed one window before
 * it as many of each workload as still fit, in proportion.
 */
static void fill(const struct group *g, u64 capacity)
{
	struct divider rest;
	u32 t = TIER_AGES, i;
	u64 now, next;

	while (t > 0 && group_size_at(g, t) > capacity)
		t--;
	now = group_size_at(g, t);
	next = t < TIER_AGES ? group_size_at(g, t + 1) : now;
	rest = (struct divider){ minus(capacity, now), next - now, 0 };
	if (rest.whole > rest.all)
		rest.whole = rest.all;
	for (i = 0; i < g->n; i++) {
		const struct tier_view *v = &g->views[i];
		struct tier_plan *p = &g->plans[i];

		if (!belongs(g, i))
			continue;
		p->target = size_at(v, p, t);
		if (t < TIER_AGES)
			p->target += divide(&rest, size_at(v, p, t + 1) -
						   p->target);
	}
}

/* Not even what is guaranteed fits: each gets as much of it as the others. */
static void fill_short(const struct group *g, u64 capacity, u64 least)
{
	struct divider d = { capacity, least, 0 };
	u32 i;

	for (i = 0; i < g->n; i++)
		if (belongs(g, i))
			g->plans[i].target = divide(&d, g->plans[i].least);
}

/**
 * struct claim - what the workloads of a weight have a claim to
 * @least: their guaranteed pages
 * @want: pages that they could use
 * @weight: sum of their weights
 */
struct claim {
	u64 least;
	u64 want;
	u64 weight;
};

static struct claim claim_of(const struct group *g)
{
	struct claim c = { 0 };
	u32 i;

	for (i = 0; i < g->n; i++) {
		if (!belongs(g, i))
			continue;
		c.least = plus(c.least, g->plans[i].least);
		c.want = plus(c.want, g->plans[i].want);
		c.weight += g->views[i].limits.weight;
	}
	return c;
}

/* Pages for a claim when each unit of weight brings @level / 1024 pages. */
static u64 share(const struct claim *c, u64 level)
{
	u64 pages = times(level, c->weight) >> LEVEL_SHIFT;

	return min(max(pages, c->least), c->want);
}

/* Is @i the first of its weight? */
static bool leads(const struct group *all, u32 i)
{
	struct group same = *all;
	u32 j;

	same.weight = all->views[i].limits.weight;
	for (j = 0; j < i; j++)
		if (belongs(&same, j))
			return false;
	return belongs(&same, i);
}

static struct claim claim_led_by(const struct group *all, u32 i)
{
	struct group same = *all;

	same.weight = all->views[i].limits.weight;
	return claim_of(&same);
}

static u64 shares_at(const struct group *all, u64 level)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < all->n; i++) {
		struct claim c;

		if (!leads(all, i))
			continue;
		c = claim_led_by(all, i);
		pages = plus(pages, share(&c, level));
	}
	return pages;
}

/* The highest level at which the shares of all weights fit. */
static u64 highest_level(const struct group *all, u64 capacity)
{
	u64 low = 0, high = min(capacity, MAX_PAGES) << LEVEL_SHIFT;

	while (low < high) {
		u64 middle = high - (high - low) / 2;

		if (shares_at(all, middle) <= capacity)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Each weight gets its share, and divides it by working sets. */
static void fill_by_weight(const struct group *all, u64 capacity)
{
	u64 level = highest_level(all, capacity);
	u64 rest = minus(capacity, shares_at(all, level));
	u32 i;

	for (i = 0; i < all->n; i++) {
		struct group same = *all;
		struct claim c;
		u64 pages, more;

		if (!leads(all, i))
			continue;
		same.weight = all->views[i].limits.weight;
		c = claim_of(&same);
		pages = share(&c, level);
		more = min(rest, c.want - pages);
		rest -= more;
		fill(&same, pages + more);
	}
}

static void set_targets(const struct group *all, u64 capacity)
{
	struct claim c = claim_of(all);

	if (c.least > capacity)
		fill_short(all, capacity, c.least);
	else if (c.want <= capacity)
		fill(all, capacity);
	else
		fill_by_weight(all, capacity);
}

/* ---- moves -------------------------------------------------------------------- */

/* An excess of no more than a 64th is within the noise of the histograms. */
#define EXCESS_SHIFT 6

/* No more heats than this are asked to take the place of an idle page. */
#define COLD_GAP 4

/*
 * Pages that @v may grow by now: those seen more than once, since a page that
 * was merely scanned is not worth its copy.
 */
static u64 wish(const struct tier_view *v, const struct tier_plan *p)
{
	const u64 *heat = v->heat[TIER_SLOW];
	u64 hot = sum(heat + ONCE + 1, TIER_HEATS - ONCE - 1);

	return min(min(minus(p->target, held(v)), hot), v->budget);
}

/* Pages that @v can give to others, and those that it has no right to. */
static u64 spare(const struct tier_view *v, const struct tier_plan *p,
		 bool short_of_room)
{
	u64 excess = minus(held(v), p->target);

	if (!short_of_room && held(v) <= v->limits.fast_max &&
	    excess <= p->target >> EXCESS_SHIFT)
		return 0;
	return min(min(excess, movable(v, TIER_FAST)), v->budget);
}

static u64 above_max(const struct tier_view *v, const struct tier_plan *p)
{
	return min(minus(held(v), v->limits.fast_max), p->demote);
}

/* Who is over its target gives as much as the others need. */
static u64 make_room(const struct group *all, u64 needed, u64 spares)
{
	struct divider d = { min(needed, spares), spares, 0 };
	u64 given = 0;
	u32 i;

	for (i = 0; i < all->n; i++) {
		struct tier_plan *p = &all->plans[i];

		p->demote = max(divide(&d, p->demote),
				above_max(&all->views[i], p));
		given = plus(given, p->demote);
	}
	return given;
}

static void give_room(const struct group *all, u64 room, u64 wishes)
{
	struct divider d = { min(room, wishes), wishes, 0 };
	u32 i;

	for (i = 0; i < all->n; i++)
		all->plans[i].promote = divide(&d, all->plans[i].promote);
}

/* Moves that change how much each has: into free room, or from one to others. */
static void set_transfers(const struct group *all, const struct tier_machine *m)
{
	u64 room = minus(m->fast_free, m->headroom);
	u64 lack = minus(m->headroom, m->fast_free);
	u64 wishes = 0, spares = 0, given;
	u32 i;

	for (i = 0; i < all->n; i++) {
		struct tier_plan *p = &all->plans[i];

		if (!belongs(all, i))
			continue;
		p->promote = wish(&all->views[i], p);
		p->demote = spare(&all->views[i], p, lack);
		wishes = plus(wishes, p->promote);
		spares = plus(spares, p->demote);
	}
	given = make_room(all, plus(minus(wishes, room), lack), spares);
	give_room(all, minus(plus(room, given), lack), wishes);
}

/**
 * struct pointer - how far a histogram of heats is used up, from one end
 * @heats: the histogram
 * @at: heat that is being used up
 * @step: 1 or -1
 * @used: pages used at @at
 */
struct pointer {
	const u64 *heats;
	int at;
	int step;
	u64 used;
};

/* Pages left at the next heat that has some; 0 when none has. */
static u64 left_at(struct pointer *p)
{
	while (p->at >= 0 && p->at < TIER_HEATS &&
	       p->used >= p->heats[p->at]) {
		p->at += p->step;
		p->used = 0;
	}
	return p->at >= 0 && p->at < TIER_HEATS ? p->heats[p->at] - p->used : 0;
}

/* Returns the heat of the last page. */
static u8 use_up(struct pointer *p, u64 pages)
{
	u8 last = p->at;

	while (pages) {
		u64 some = min(left_at(p), pages);

		if (!some)
			break;
		last = p->at;
		p->used += some;
		pages -= some;
	}
	return last;
}

/*
 * A hit in the fast tier saves what the slow one takes longer; a copy costs the
 * same whatever that is.  So where the slow tier is less than twice as slow, more
 * hits are asked for in proportion.
 */
static int worth_a_copy(const struct tier_machine *m, int heats)
{
	u32 saved = m->gap_percent > 100 ? m->gap_percent - 100 : 100;

	return min(heats * 100U / min(saved, 100U), (u32)TIER_HEATS);
}

/*
 * Heats by which a page must be hotter than one of heat @cold.  A heat is the
 * more certain the nearer it is to zero, so less is asked there.
 */
static int gap_above(const struct tier_machine *m, const struct tier_view *v,
		     int cold)
{
	int gap = min_t(u32, max(v->limits.hysteresis, 1U), TIER_HEATS);

	return worth_a_copy(m, min(gap, COLD_GAP + cold));
}

/*
 * The hottest slow page takes the place of the coldest fast one as long as it
 * is hotter by the hysteresis.  This begins behind the pages that move anyway,
 * so that the lists pay as a whole: whoever is promoted at the end of it is
 * hotter by the hysteresis than everybody who is demoted.
 */
static void swap_pages(const struct tier_machine *m, const struct tier_view *v,
		       struct tier_plan *p)
{
	struct pointer hot = { v->heat[TIER_SLOW], TIER_HEATS - 1, -1, 0 };
	struct pointer cold = { v->heat[TIER_FAST], 0, 1, 0 };
	u64 pages, budget;

	if (p->promote)
		p->promote_heat = use_up(&hot, p->promote);
	if (p->demote)
		p->demote_heat = use_up(&cold, p->demote);
	budget = v->budget - max(p->promote, p->demote);
	while (budget) {
		pages = min(min(left_at(&hot), left_at(&cold)), budget);
		if (!pages || hot.at <= ONCE ||
		    hot.at < cold.at + gap_above(m, v, cold.at))
			break;
		p->promote_heat = use_up(&hot, pages);
		p->demote_heat = use_up(&cold, pages);
		p->promote += pages;
		p->demote += pages;
		budget -= pages;
	}
}

/* Fast pages that the workloads can have: less where others have taken them. */
static u64 capacity_of(const struct tier_machine *m,
		       const struct tier_view *views, u32 n)
{
	u64 pages = m->fast_free;
	u32 i;

	for (i = 0; i < n; i++)
		pages = plus(pages, held(&views[i]));
	return minus(min(pages, m->fast_pages), m->headroom);
}

/**
 * tier_policy_plan() - how much of the fast tier each workload gets, and what
 *	moves now
 * @m: the fast tier
 * @views: the workloads, after a window
 * @plans: gets what is decided for each
 * @n: how many
 *
 * After Denning's working sets: A_v(t) is the number of pages of v accessed in
 * its last t windows, T1* the longest interval for which those of all fit, and
 * A_v(T1*) the size that is ideal for v.  So that the fast tier is full, pages
 * accessed one window earlier fill what is left, in proportion.
 *
 * A target differs from this ideal only where workloads want more than there
 * is.  Then the fast tier is divided between the weights first: in proportion
 * to them, as far as a guarantee or a want does not decide.  Workloads of the
 * same weight divide theirs by their working sets.  With equal weights, which
 * is the default, there is one such division, and T1* is the same for all.
 *
 * Three things move pages: free room or another's excess goes to who is below
 * its target; headroom that is missing is made by who is above it; and the
 * hottest slow pages of a workload take the places of its coldest fast pages.
 *
 * The caller demotes first.  Any choice of pages within promote_heat and
 * demote_heat does what was decided.
 *
 * Return: T1*, in windows.
 */
u32 tier_policy_plan(const struct tier_machine *m,
		     const struct tier_view *views, struct tier_plan *plans,
		     u32 n)
{
	struct group all = { views, plans, n, 0 };
	u64 capacity = capacity_of(m, views, n), observed = 0;
	u32 t = longest_interval(capacity, views, n), i;

	for (i = 0; i < n; i++) {
		set_bounds(&views[i], &plans[i]);
		plans[i].ideal = size_at(&views[i], &plans[i], t);
		if (!views[i].act)
			observed = plus(observed, held(&views[i]));
	}
	set_targets(&all, minus(capacity, observed));
	set_transfers(&all, m);
	for (i = 0; i < n; i++)
		if (views[i].act)
			swap_pages(m, &views[i], &plans[i]);
	return t;
}

/* ---- phases --------------------------------------------------------------------- */

/* Fast pages missed at the least, and windows counted, when a phase ends. */
#define LEAST_CHANGE 32
#define SETTLED (TIER_RECENT + 2)

/**
 * tier_policy_stays() - do the ages of a policy forbid that a page is moved?
 * @limits: policy of its workload
 * @tier: where it is
 * @history: of the page
 *
 * Return: true if it stays where it is, however hot or cold.
 */
bool tier_policy_stays(const struct tier_limits *limits, enum tier tier,
		       u32 history)
{
	u8 age = tier_policy_age(history);

	if (tier == TIER_FAST)
		return age < limits->demote_age;
	return limits->promote_age && age >= limits->promote_age;
}

/**
 * tier_policy_count() - count pages after a window
 * @v: their workload, with the ages of its policy
 * @tier: where they are
 * @history: of the pages, bit 0 for the window that ended
 * @memory: of the workload, see tier_policy_memory()
 * @fixed: they may not be moved
 * @pages: how many: 1, or those of a large folio
 */
void tier_policy_count(struct tier_view *v, enum tier tier, u32 history,
		       u8 memory, bool fixed, u64 pages)
{
	u32 recent = hweight32(latest(history >> 1, TIER_RECENT));

	v->age[tier][tier_policy_age(history)] += pages;
	if (fixed) {
		v->fixed[tier] += pages;
		return;
	}
	v->seen[tier] += history & 1 ? pages : 0;
	v->recent[tier] += recent * pages;
	if (tier_policy_stays(&v->limits, tier, history))
		v->fixed[tier] += pages;
	else
		v->heat[tier][tier_policy_heat_of(history, memory)] += pages;
}

/*
 * Fewer fast pages were seen than in the windows before, by a quarter, and more
 * slow ones, by a half.  A load that becomes lighter or heavier, or a window of
 * another length, changes both in the same direction.  Pages moved a short time
 * ago do not count: they were chosen by what was seen of them.
 */
static bool other_pages_are_hot(const struct tier_view *v)
{
	u64 fast = v->recent[TIER_FAST] / TIER_RECENT;
	u64 slow = v->recent[TIER_SLOW] / TIER_RECENT;
	u64 noise = LEAST_CHANGE + plus(v->seen[TIER_FAST],
					v->seen[TIER_SLOW]) / 16;

	return v->seen[TIER_FAST] < fast - fast / 4 &&
	       fast - v->seen[TIER_FAST] > noise &&
	       v->seen[TIER_SLOW] > plus(slow, slow / 2);
}

/**
 * tier_policy_memory() - how many windows of the histories count from now on
 * @v: a workload, after a window
 * @memory: windows that its heats were made from
 *
 * A page alone takes many windows to show that it is not what it was.  When a
 * workload turns to other pages, all of them show it at once: what was before
 * is then forgotten, and the memory grows again from the present window.
 *
 * Return: windows for tier_policy_heat_of() after the next window, 2 to 32;
 * the first time that is 2.
 */
u8 tier_policy_memory(const struct tier_view *v, u8 memory)
{
	if (memory >= SETTLED && other_pages_are_hot(v))
		return 2;
	return memory < TIER_HISTORY ? memory + 1 : TIER_HISTORY;
}

/* ---- windows -------------------------------------------------------------------- */

/* Seen pages for which a window is left as it is: a third to two thirds. */
static bool about_half(u64 seen, u64 fast_pages)
{
	u64 third = div64_u64(fast_pages, 3);

	return seen >= third && seen <= fast_pages - third;
}

/**
 * tier_policy_window_ms() - how long the next window is to be
 * @f: facts about the last one
 *
 * In a window that is too long every page looks accessed, in one that is too
 * short the hot ones look idle.  With half as many pages seen as the fast tier
 * holds, pages around the boundary between the tiers are accessed in some
 * windows and not in others, which is what their heats are told apart by.
 *
 * A window is at most twice or half as long as the last; within the knobs,
 * unless monitoring would then take more CPU time than it may.
 *
 * Return: its length in milliseconds, 1 at the least.
 */
u32 tier_policy_window_ms(const struct tier_window_facts *f)
{
	u64 min_ms = f->min_ms, max_ms = f->max_ms, most_ms = U32_MAX;
	u64 now = max(f->window_ms, 1U), goal = now, least;

	if (!about_half(f->seen, f->fast_pages))
		goal = div64_u64(times(now, f->fast_pages),
				 max(times(f->seen, 2), 1ULL));
	/* A pass may take cpu_percent of a window. */
	least = div64_u64(f->cost_ns, 10000ULL * max(f->cpu_percent, 1U));
	goal = max(max(min(goal, max_ms), min_ms), least);
	goal = min(max(goal, now / 2), 2 * now);
	return max(min(goal, most_ms), 1ULL);
}
