# SPDX-License-Identifier: GPL-2.0-only
"""The part of make demo that is about tiering.

Two workloads, each of which wants more fast memory than there is, under the
kernel's own tiering and under the suite's with a policy of 70:30, with a view
of what each of them has. A short form of one workload of make bench-tier, by
whose figures it is judged.
"""

import types

from figures import table
from guest import TOP
from tier import SHARE, WORKLOADS
from tierrun import WorkloadRun

NAME = "pair"
ARMS = ["balancing", "tandem"]
NAMES = {"balancing": "kernel", "tandem": "tandem"}
ROWS = ("hit ratio, steady", "share of the first", "off the policy", "hint faults")


class LiveRun(WorkloadRun):
    """Shows what the two have of the fast node while they run."""

    ticks = 0

    def line(self, text):
        if text.startswith("@tick "):
            self.tick(self.pairs(text))
        else:
            super().line(text)

    def tick(self, now):
        self.ticks += 1
        fast = now["a_fast"] + now["b_fast"]
        share = 100 * now["a_fast"] / fast if fast else 0
        # As long as a run that is over took, or half a minute.
        each = self.ticks / len(self.runs) if self.runs else 30
        self.part = max(self.part, min(self.ticks / each / self.wanted(),
                                       (len(self.runs) + 0.9) / self.wanted()))
        self.screen.update(
            f"{NAMES[now['arm']]}: of the fast node {fast >> 20:3} MiB in use, "
            f"the first has {share:3.0f} %, the second {100 - share:3.0f} %",
            self.part)

    @staticmethod
    def said(run):
        return f"{NAMES[run['arm']]}: done"


class TierAct:
    """Runs in one guest; figures are there when run() says so."""

    title = "two tiers of memory: booting another guest"
    about = "Two workloads and two tiers of memory, one run each:"

    def __init__(self, opts, screen):
        self.workload = next(w for w in WORKLOADS if w.name == NAME)
        self.screen = screen
        self.guest = LiveRun(self.workload, types.SimpleNamespace(
            runs=1, arms=ARMS, tandem=TOP, timeout=opts.timeout,
            env=[f"BENCH_WINDOWS={opts.windows}", "BENCH_TICKS=1"],
            name=f"{opts.name}-tier"), screen)

    def run(self):
        self.screen.say("      two like workloads, a fast and a slow memory "
                        "node; each wants more of the fast")
        self.screen.say("      one than there is; policy: "
                        f"{SHARE} % of it for the first")
        return self.guest.measure()

    def figures(self):
        return [f for f in self.workload.figures(self.guest.runs)
                if f.name.startswith(ROWS)]

    def lines(self):
        return table(self.figures(), ("kernel", "tandem"))

    def raw(self):
        return self.guest.runs

    @staticmethod
    def verdict():
        return ("Shown: of all accesses, counted outside of the guest, how many "
                "went to the fast node, under the kernel's own tiering "
                "(numa_balancing=2, with demotion) and under the suite's; and "
                "how near the parts of it that each got are to the policy, of "
                "which the kernel cannot be told. Not shown: time. Both nodes "
                "are equally fast here.")
