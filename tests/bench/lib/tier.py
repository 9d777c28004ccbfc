# SPDX-License-Identifier: GPL-2.0-only
"""What make bench-tier measures: accesses by window, the oracle, the figures.

What the plugin writes is explained in tests/bench/plugin/access.c. A run is
made of windows; the oracle of a window is the best set of pages that the fast
node has room for, by what was accessed in that window, as if they had been
there when it began: no policy that has to learn can be as good, and it is the
same for all arms up to their timing. Nothing here runs anything.
"""

import array
import collections
import heapq
import math
import operator

from figures import Figure, divide, median

MAGIC = 0x54434341
FAST = 0                # the node that is the fast one
STEADY = 3              # the last third of the windows is the steady state
SHARE = 70              # percent: policy of the first of two workloads
LEAST = 95              # percent of the oracle's hits
BACK = 0.9              # of the steady state: it has caught up
UNSETTLED = 10          # scan periods in which two moves of a page are too many
# Of the kernel's own tiering; what the others are is said in the documents.
PEERS = ("none", "damon")
ARMS = (("none", "none"), ("stock", "balancing"), ("damon", "damon"),
        ("tandem", "tandem"))


class Window:
    """Accesses of one workload in one window, by page and node."""

    def __init__(self, head, pages, columns):
        _, self.run, self.workload, self.number = head[:4]
        self.pages = pages
        self.columns = columns

    def nodes(self):
        """For each page the node that most of its accesses went to."""
        rows = zip(*self.columns)
        return [max(range(len(row)), key=row.__getitem__) for row in rows]

    def totals(self):
        """Accesses to each page, wherever it was."""
        sums = self.columns[0]
        for column in self.columns[1:]:
            sums = list(map(operator.add, sums, column))
        return sums


def read_numbers(data, nr):
    numbers = array.array("I")
    numbers.frombytes(data.read(4 * nr))
    if len(numbers) != nr:
        raise ValueError("the counts end in the middle of a window")
    return numbers


def read_windows(path):
    """Each window in the file, in the order in which they ended."""
    with open(path, "rb") as data:
        while True:
            start = data.read(4)
            if not start:
                return
            head = array.array("I", start) + read_numbers(data, 5)
            if head[0] != MAGIC:
                raise ValueError("the counts have no window where one begins")
            nr, columns = head[4:6]
            pages = read_numbers(data, nr)
            yield Window(head, pages,
                         [read_numbers(data, nr) for _ in range(columns)])


def best(counts, room):
    """Accesses that the best set of so many pages would have served."""
    return sum(heapq.nlargest(room, counts))


def best_by_policy(windows, room):
    """The same for all of these windows, each of two workloads in its share."""
    counts = collections.defaultdict(collections.Counter)
    for window in windows:
        counts[window.workload].update(dict(zip(window.pages,
                                                window.totals())))
    return sum(best(pages.values(), room * share // 100)
               for (_, pages), share in zip(sorted(counts.items()),
                                            (SHARE, 100 - SHARE)))


class Moves:
    """Which node each page was seen on, window by window.

    A page that is not accessed is not seen; it is taken to be where it was.
    """

    def __init__(self):
        self.node = {}                  # (workload, page) -> node
        self.when = collections.defaultdict(list)
        self.promoted = 0
        self.demoted = 0

    def see(self, window):
        for page, node in zip(window.pages, window.nodes()):
            key = window.workload, page
            was = self.node.get(key, node)
            self.node[key] = node
            if was == node:
                continue
            self.when[key].append(window.number)
            if node == FAST:
                self.promoted += 1
            elif was == FAST:
                self.demoted += 1

    def unsettled(self, within, change=None):
        """Pages that moved twice or more within so many windows.

        From one side of a change of the hot set to the other does not count.
        """
        def restless(first, second):
            across = change is not None and first < change <= second
            return second - first < within and not across

        return sum(any(map(restless, when, when[1:]))
                   for when in self.when.values())

    def since(self, first):
        """Moves that were seen in that window or later."""
        return sum(number >= first for when in self.when.values()
                   for number in when)

    def fast_pages(self):
        """Pages on the fast node at the end, by workload."""
        nr = collections.Counter(workload for (workload, _), node in
                                 self.node.items() if node == FAST)
        return [nr[w] for w in sorted({w for w, _ in self.node})]


def steady_part(values):
    return values[-(len(values) // STEADY):]


def summary(windows, run, period):
    """What is kept of the windows of one run.

    period: windows that a scan period of the suite takes.
    """
    made = {"hits": [], "all": [], "best": [], "lost": 0}
    room = run.get("capacity", 0)
    moves = Moves()
    by_number = collections.defaultdict(list)
    for window in windows:
        by_number[window.number].append(window)
    for _, together in sorted(by_number.items()):
        totals = [n for w in together for n in w.totals()]
        made["hits"].append(sum(sum(w.columns[FAST]) for w in together))
        made["all"].append(sum(totals))
        made["best"].append(best(totals, room))
        for window in together:
            made["lost"] += sum(window.columns[-1])
            moves.see(window)
    total = len(by_number)
    if run.get("what") == "pair":
        late = steady_part(sorted(by_number))
        made["by_policy"] = best_by_policy(
            [window for number in late for window in by_number[number]], room)
    change = total // 2 if run.get("what") == "phases" else None
    made.update(promoted=moves.promoted, demoted=moves.demoted,
                moved=len(moves.when), period=period,
                unsettled=moves.unsettled(UNSETTLED * period, change),
                moves_late=moves.since(total - total // STEADY),
                fast_pages=moves.fast_pages())
    return made


def scan_period(runs):
    """Windows of the bench in a scan period of the suite.

    The same for all arms; 1 where the suite was left out.
    """
    return median([run["scan_ms"] / run["window_ms"]
                   for run in runs if run.get("scan_ms")]) or 1


def add_counts(path, runs):
    """Puts what was counted to the runs, by their numbers."""
    windows = collections.defaultdict(list)
    known = {run["number"]: run for run in runs}
    period = scan_period(runs)
    made = {}
    last = None

    def end(number):
        made[number] = summary(windows.pop(number), known.get(number, {}),
                               period)

    for window in read_windows(path):
        # A run is over when the next one begins; not all fit in memory.
        if last not in (None, window.run):
            end(last)
        last = window.run
        windows[last].append(window)
    if last is not None:
        end(last)
    for run in runs:
        run.update(made.get(run["number"]) or summary([], run, period))


def wrong(runs):
    """What is wrong with the counts of these runs, or None."""
    for run in runs:
        if not run["all"]:
            return f"nothing was counted of run {run['number']}"
        if run["lost"]:
            return (f"{run['lost']} accesses of run {run['number']} went to "
                    "no node: the plugin is told wrong addresses")
    return None


def steady(run, what):
    """Sum over the windows of the steady state."""
    return sum(steady_part(run[what]))


def hit_ratio(run):
    return divide(100 * steady(run, "hits"), steady(run, "all"))


def of_oracle(run):
    return divide(100 * steady(run, "hits"), steady(run, "best"))


def of_best_by_policy(run):
    return divide(100 * steady(run, "hits"), run.get("by_policy"))


def best_by_policy_ratio(run):
    return divide(100 * run.get("by_policy", 0), steady(run, "all"))


def oracle_ratio(run):
    return divide(100 * steady(run, "best"), steady(run, "all"))


def windows_allowed(runs):
    """Windows in which an arm may follow a hot set that has moved.

    That is two of the suite's own scan periods and the time that its rate
    limit gives the copies; the others are looked at in the same window.
    """
    allowed = [math.ceil(run["allowed_ms"] / run["window_ms"])
               for run in runs if run.get("allowed_ms")]
    return max(allowed, default=1)


def after_move(run, windows):
    """Of the oracle's hits, so many windows after the hot set has moved."""
    at = len(run["all"]) // 2 + windows
    if at >= len(run["all"]):
        return None
    return divide(100 * run["hits"][at], run["best"][at])


def windows_to_catch_up(run):
    """Until the hit ratio is near what it ends at; the rest if it never is."""
    first = len(run["all"]) // 2
    wanted = BACK * (hit_ratio(run) or 0) / 100
    for i in range(first, len(run["all"])):
        if run["hits"][i] >= wanted * run["all"][i]:
            return i - first
    return len(run["all"]) - first


def unsettled(run):
    """Of the pages that were moved, those moved twice too soon."""
    return divide(100 * run.get("unsettled", 0), run.get("moved"))


def restless(run):
    """Of the room, what is moved in a scan period of the steady state."""
    windows = len(run["all"]) // STEADY
    return divide(100 * run.get("moves_late", 0) * run.get("period", 1),
                  windows * run.get("capacity", 0))


def share_of_first(run):
    pages = run["fast_pages"]
    return divide(100 * pages[0], sum(pages))


def off_policy(run):
    share = share_of_first(run)
    return None if share is None else abs(share - SHARE)


def figure(name, unit, runs, value, better=None, bar=None, digits=1):
    made = Figure(name, unit, "count", better, bar, digits, PEERS)
    for run in runs:
        arm = "stock" if run["arm"] == "balancing" else run["arm"]
        made.add(arm, value(run))
    return made


def of_arm(runs, arm, value):
    return median([value(run) for run in runs if run["arm"] == arm])


def at_least_others(runs):
    """The bar of a hit ratio: the better of balancing and DAMON.

    From 95 % of the oracle on they need only be reached within a hundredth.
    None when neither was measured.
    """
    bars = []
    for arm in ("balancing", "damon"):
        hits = of_arm(runs, arm, hit_ratio)
        if hits is not None:
            near = of_arm(runs, arm, of_oracle) > LEAST
            bars.append(hits * 0.99 if near else hits)
    return (">=", max(bars), "tandem") if bars else None



class Workload:
    """One kind of work; name is that of tests/guest/bench-tier.sh.

    settings are BENCH_* of that script; redis says whether that is needed in
    the guest, near whether its hits are to be near the oracle's.
    """

    def __init__(self, name, title, redis=False, near=False, **settings):
        self.name = name
        self.title = title
        self.redis = redis
        self.near = near
        self.settings = settings

    def own_figures(self, runs):
        """What only this kind has."""
        name = self.name
        if name == "phases":
            late = windows_allowed(runs)
            return [figure("of what the oracle has, after the move", "%",
                           runs, lambda run: after_move(run, late), "more",
                           (">=", 90, "tandem")),
                    figure(f"windows to {BACK:.0%} of the steady state", "",
                           runs, windows_to_catch_up, "less", None, 0)]
        if name == "pair":
            return [figure("share of the first of two in the fast node", "%",
                           runs, share_of_first),
                    figure(f"off the policy, which says {SHARE}", "points",
                           runs, off_policy, "less", ("<=", 2, "tandem")),
                    figure("hit ratio of the best pages that the policy allows",
                           "%", runs, best_by_policy_ratio),
                    figure("of what these have", "%", runs,
                           of_best_by_policy)]
        return []

    def figures(self, runs):
        name = self.name

        def count(what, key, better="less", bar=None):
            return figure(f"{what}: {name}", "", runs,
                          lambda run: run.get(key), better, bar, 0)

        return [
            figure(f"hit ratio, steady: {name}", "%", runs, hit_ratio, "more",
                   at_least_others(runs)),
            figure(f"of what the oracle has: {name}", "%", runs, of_oracle,
                   "more", (">=", LEAST, "tandem") if self.near else None),
            *self.own_figures(runs),
            count("pages promoted", "promoted", None),
            count("pages demoted", "demoted", None),
            figure(f"moved twice in {UNSETTLED} scan periods: {name}", "%",
                   runs, unsettled, "less", ("<=", 1, "tandem"), 2),
            figure(f"of the room, moved in a scan period, steady: {name}", "%",
                   runs, restless, "less", None, 2),
            count("hint faults", "numa_hint_faults", "less",
                  ("==", 0, "tandem")),
            count("migrations by the kernel's count", "pgmigrate_success"),
        ]


WORKLOADS = (
    Workload("gups", "random accesses, most of them to a hot set", near=True),
    Workload("zipf", "values asked for by Zipf 0.99", near=True),
    Workload("phases", "a hot set that moves half-way"),
    Workload("scan", "a hot set beside a scan of all the rest"),
    Workload("pair", "two workloads that want more than there is"),
    Workload("redis", "a redis server, keys by Zipf 0.99", redis=True,
             BENCH_KEYS=60000),
)
