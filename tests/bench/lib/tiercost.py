# SPDX-License-Identifier: GPL-2.0-only
"""What watching and moving cost: the other figures of make bench-tier.

Each cost has a guest of its own, which runs tests/guest/bench-tier-cost.sh; each
line "@run" of it is one run. With icount the guest's clock advances by a
nanosecond an instruction, and the only CPU does one thing after the other: so
nanoseconds are instructions. Nothing here runs anything.
"""

from figures import Figure, divide

SIZES = (1, 2, 4, 8)    # GiB
CASES = (
    ("cpuset_fast", "cpuset of the fast node"),
    ("task_fast", "process bound to the fast node"),
    ("mapping_fast", "mapping bound to the fast node"),
    ("cpuset_slow", "cpuset of the slow node"),
    ("task_slow", "process bound to the slow node"),
    ("mapping_slow", "mapping bound to the slow node"),
    ("narrowed_slow", "cpuset narrowed to the slow node"),
)


def at_most(value, of):
    return ("<=", value, of)


# pylint: disable=too-many-arguments
def figure(name, unit, clock, runs, value, bar=None, digits=2):
    made = Figure(name, unit, clock, "less", bar, digits)
    for run in runs:
        made.add(run["arm"], value(run))
    return made


def chosen(runs, what):
    return [run for run in runs if run["what"] == what]


class Cost:
    """Figures of one guest; name is that of a group of bench-tier-cost.sh.

    machine are arguments of tools/guest/run; each_run is how many runs the guest
    does in a round; rounds is 1 when another would be the same.
    """

    name = ""
    title = ""
    machine = ("--icount", "--cpus", "1")
    files = ()
    each_run = 1
    rounds = None

    def figures(self, runs):
        raise NotImplementedError


def percent_of_cpu(run):
    return divide(100 * run["cpu_ns"], 1e6 * run["clock_ms"])


def per_window(run):
    """Instructions of the thread between the ends of two windows."""
    return divide(run["cpu_ns"], run["windows"])


class Monitoring(Cost):
    name = "monitoring"
    title = "CPU time of watching 1 to 8 GiB"
    machine = ("--icount", "--cpus", "1", "--mem", "10G")
    each_run = 2 * len(SIZES)
    rounds = 1

    @staticmethod
    def percent(what, name, runs):
        """One for each size; only the smallest has a bar."""
        return [figure(f"watching {gib} GiB, {name}", "% of a CPU", "icount",
                       chosen(runs, f"{what}-{gib}"), percent_of_cpu,
                       at_most(1, "tandem") if gib == SIZES[0] else None, 3)
                for gib in SIZES]

    @staticmethod
    def per_gib(what, name, runs):
        return [figure(f"of these, a window and GiB of {gib}, {name}",
                       "million", "icount", chosen(runs, f"{what}-{gib}"),
                       lambda r, gib=gib: divide(per_window(r), gib * 1e6))
                for gib in SIZES]

    @staticmethod
    def growth(what, name, runs):
        """Of 1: a GiB costs the same beside others as alone."""
        least, most = SIZES[0], SIZES[-1]
        one = figure("", "", "icount", chosen(runs, f"{what}-{least}"),
                     per_window).value("tandem")
        return figure(f"a GiB of {most} by a GiB of {least}, {name}", "",
                      "icount", chosen(runs, f"{what}-{most}"),
                      lambda r: divide(per_window(r) * least / most, one))

    def figures(self, runs):
        made = []
        for what, name in ("idle", "idle"), ("used", "an eighth used"):
            made += self.percent(what, name, runs)
            made += self.per_gib(what, name, runs)
            made.append(self.growth(what, name, runs))
        return made


class Refaults(Cost):
    name = "refaults"
    title = "a workload short of memory that is only watched"
    machine = ("--icount", "--cpus", "1", "--mem", "640M")
    files = ("/sbin/mke2fs",)
    each_run = 4

    def figures(self, runs):
        return [figure(f"refaults, {name}", "", "count", chosen(runs, what),
                       lambda r: r["anon"] + r["file"],
                       at_most(1.02, "ratio"), 0)
                for what, name in (("mglru", "MGLRU"),
                                   ("classic", "classic LRU"))]


class Moves(Cost):
    """Stock is move_pages(2) with the array that costs it least."""

    name = "moves"
    title = "moving pages, beside move_pages(2)"
    machine = ("--icount", "--cpus", "1", "--mem", "640M", "--nodes", "2",
               "--hmat")
    each_run = 3

    def figures(self, runs):
        return [figure(f"moving a page {way}", "instructions", "icount", runs,
                       lambda r, way=way: divide(r[f"{way}_ns"], r[way]),
                       at_most(1, "ratio"), 0)
                for way in ("down", "up")]


def outside(run):
    """Pages on a node that is not allowed, by the suite.

    It says how many it has moved there; if the kernel knows of more there than
    its own demotion has moved, these count.
    """
    if run["arm"] == "stock":
        return None
    return max(run["moved"], run["there"] - run["kernel"])


class Outside(Cost):
    name = "outside"
    title = "workloads that may be on one node only"
    machine = ("--cpus", "2", "--mem", "640M", "--nodes", "2", "--hmat")
    each_run = len(CASES) + sum(w.endswith("fast") for w, _ in CASES)

    def figures(self, runs):
        made = []
        for what, name in CASES:
            mine = chosen(runs, what)
            made.append(figure(f"pages moved outside: {name}", "", "count",
                               mine, outside, ("<=", 0, "tandem"), 0))
            if what.endswith("fast"):
                made.append(figure(f"by the kernel's demotion: {name}", "",
                                   "count", mine, lambda r: r["kernel"], None,
                                   0))
        return made


COSTS = (Monitoring(), Refaults(), Moves(), Outside())
