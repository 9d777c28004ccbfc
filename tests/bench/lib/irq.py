# SPDX-License-Identifier: GPL-2.0-only
"""The figures of make bench-irq, from what the guest and the plugin have said."""

from figures import Figure, median
from guest import fields

PEERS = ("threaded", "rt", "moved", "work", "pinned", "poll", "auto")
ARMS = {"stock": "stock", "handoff": "tandem"}
COLUMNS = (("stock", "stock"), ("threaded", "threaded"), ("rt", "RT"),
           ("moved", "moved"),
           ("work", "work"), ("pinned", "pinned"), ("tandem", "handoff"),
           ("poll", "polling"), ("auto", "auto"))
TIMES = (10, 50, 200, 1000)     # of a handler, us
LONG = 50                       # from which on all instructions are judged
ENTRY = 5000                    # instructions above an empty handler
SPREAD = 1.05
ALL = 1.10
GAPS = 5
JUDGES = {"spins": "oslat: kept off for more than 150 us, in a second",
          "wakes": "cyclictest: woken more than 150 us late"}

RT = {"rt": "rt", "idle": "rt-idle"}
SOURCES = {"disk": "an NVMe disk", "wire": "a network card (virtio)"}


class Runs:
    """What the guest has said of each run, with what the plugin counted."""

    def __init__(self):
        self.runs = []
        self.facts = {}
        self.failure = None

    def take(self, line):
        kind, _, rest = line.partition(" ")
        if kind == "@facts":
            self.facts = fields(rest)
        elif kind == "@run":
            self.runs.append(fields(rest))
        elif kind == "@fail":
            self.failure = rest
        return kind == "@run"

    def add_counts(self, path):
        counted = {}
        with open(path, encoding="ascii") as lines:
            for line in lines:
                kind, number, *numbers = line.split()
                counted[kind, int(number)] = [int(n) for n in numbers]
        for run in self.runs:
            run["kernel"], *run["gaps_instructions"] = \
                counted.get(("gaps", run["mark"]), [None])
            run["ways"] = counted.get(("ways", run["mark"]), [])
            run["own"], *_ = counted.get(("own", run["mark"]), [None])

    def add_rt(self, other):
        """What a kernel with PREEMPT_RT did; it has an idle of its own."""
        self.facts["rt"] = other.facts["kernel"]
        for run in other.runs:
            self.runs.append({**run, "arm": RT[run["arm"]]})

    def of(self, what, arm, us=None):
        for run in self.runs:
            if (run["what"], run["arm"]) == (what, arm) and \
               us in (None, run["us"]):
                return run
        return None

    def entry(self, arm, us):
        """Median of the instructions from the interrupt to user mode again."""
        run = self.of("instructions", arm, us)
        return median(run["gaps_instructions"]) if run else None

    def way(self, arm, us):
        """Median of those of all CPUs until the handler has ended."""
        run = self.of("instructions", arm, us)
        return median(run["ways"]) if run else None

    def switches(self, arm, us):
        """Context switches of the machine, for each interrupt."""
        run = self.of("instructions", arm, us)
        return run["switches"] / run["raised"] if run else None

    def all(self, arm, us):
        """Instructions of the kernel on all CPUs, for each interrupt."""
        run = self.of("instructions", arm, us)
        return run["kernel"] / run["raised"] if run and run["kernel"] else None

    def gaps(self, arm):
        run = self.of("gaps", arm)
        return run["gaps"] if run else None

    def late(self, what, arm):
        """Times more than 150 us, as a program from outside counts them."""
        run = self.of(what, arm)
        return run["late"] if run else None

    def lost(self, what, arm):
        """Instructions of the kernel on the interrupted CPU, for each interrupt
        of a real device, without those that are there without it."""
        run = self.of(what, arm)
        idle = self.of(what, RT["idle"] if arm == "rt" else "idle")
        if not run or None in (run["own"], idle["own"]):
            return None
        return max(run["own"] - idle["own"], 0) / run["taken"]

    def wrong(self, arms):
        """Lost or handled twice, of all runs of these arms."""
        found = [r for r in self.runs
                 if r["arm"] in arms and r["what"] not in SOURCES]
        if not found:
            return None
        return sum(abs(r["raised"] - r["handled"]) + r["empty"] + r["twice"]
                   for r in found)


def figure(name, unit, clock, values, bar, digits=0):
    """values(arm of the guest) for each arm."""
    row = Figure(name, unit, clock, better="less", bar=bar, digits=digits,
                 peers=PEERS)
    for arm in (*ARMS, *PEERS):
        row.add(ARMS.get(arm, arm), values(arm))
    return row


def plus(a, b):
    return None if a is None else a + b


def spread(runs, arm):
    entries = [runs.entry(arm, us) for us in TIMES]
    return None if None in entries else max(entries) / min(entries)


def completion(runs):
    """How much later the handler has ended than in place, and why."""
    rows = []
    for us in (0, 200):
        rows.append(figure(f"to the end of the handler, of {us} us",
                           "instructions", "icount",
                           lambda arm, us=us: runs.way(arm, us),
                           ("<=", runs.way("pinned", us), "tandem")))
    rows.append(figure("the same, of 0 us, polling", "instructions", "icount",
                       lambda arm: runs.way(arm, 0),
                       ("<", runs.way("handoff", 0), "poll")))
    rows.append(figure("context switches, handler of 200 us", "per interrupt",
                       "count", lambda arm: runs.switches(arm, 200),
                       ("<=", runs.switches("pinned", 200), "tandem"),
                       digits=2))
    return rows


def figures(runs):
    limit = plus(runs.entry("stock", 0), ENTRY)
    rows = [figure(f"entry to user mode, handler of {us} us", "instructions",
                   "icount", lambda arm, us=us: runs.entry(arm, us),
                   ("<=", limit, "tandem"))
            for us in (0, *TIMES)]
    rows.append(figure("longest of these to shortest, 10 to 1000 us", "",
                       "icount", lambda arm: spread(runs, arm),
                       ("<=", SPREAD, "tandem"), digits=2))
    rows += [figure(f"all instructions of the kernel, handler of {us} us",
                    "per interrupt", "icount",
                    lambda arm, us=us: runs.all(arm, us),
                    ("<=", ALL, "ratio")) for us in TIMES if us >= LONG]
    rows += completion(runs)
    rows.append(figure("gaps over 150 us, handler of 200 us", "", "count",
                       runs.gaps, ("<=", plus(runs.gaps("idle"), GAPS),
                                   "tandem")))
    for what, name in JUDGES.items():
        rows.append(figure(name, "", "wall",
                           lambda arm, what=what: runs.late(what, arm), None))
    for what, name in SOURCES.items():
        rows.append(figure(f"on the interrupted CPU, {name}",
                           "instructions per interrupt", "icount",
                           lambda arm, what=what: runs.lost(what, arm), None))
    rows.append(figure("interrupts lost or handled twice", "", "count",
                       lambda arm: runs.wrong((arm,)), ("==", 0, "tandem")))
    return rows
