# SPDX-License-Identifier: GPL-2.0-only
"""Runs a part of make bench-tier in a guest of its own, and keeps its runs.

opts has the attributes runs, arms, tandem, timeout, env and name, as
tests/bench/tier parses them.
"""

import os

from guest import TOP, Guest, bed, fields, tries
from plugin import BUILD, build, node_ranges
from tier import add_counts, wrong

REDIS = ("redis-server", "redis-cli")
NODE = 320              # MiB of each of the two nodes


class PartRun:
    """One guest: follows its lines and keeps its runs."""

    script = ""

    def __init__(self, part, opts, screen):
        self.what = part
        self.opts = opts
        self.screen = screen
        self.out = os.path.join(BUILD, f"{opts.name}.out", part.name)
        self.runs = []
        self.facts = {}
        self.skipped = {}
        self.part = 0.0         # how much has been done
        self.failure = None

    def machine(self):
        """Arguments of tools/guest/run, and the settings of the script."""
        raise NotImplementedError

    def wanted(self):
        """Runs until all is done."""
        raise NotImplementedError

    def group(self):
        """Argument of the script."""
        raise NotImplementedError

    def finish(self):
        """What is to be done with the runs; None or what is wrong."""

    def arguments(self):
        opts = self.opts
        args = ["--timeout", str(opts.timeout), "--tandem", opts.tandem,
                "--out", self.out, "--env", f"BENCH_RUNS={opts.runs}",
                *self.machine()]
        for setting in opts.env:
            args += ["--env", setting]
        return args + ["--", os.path.join(TOP, "tests/guest", self.script),
                       self.group()]

    def line(self, text):
        kind = text.partition(" ")[0]
        if kind == "@fail" or text.startswith("not ok"):
            self.failure = text
        elif kind == "@facts":
            self.facts = self.pairs(text)
        elif kind == "@skip":
            skip = self.pairs(text)
            self.skipped[skip["arm"]] = skip["reason"].replace("-", " ")
        elif kind == "@run":
            self.runs.append(self.pairs(text))
            self.part = min(1.0, len(self.runs) / self.wanted())
            self.screen.update(self.said(self.runs[-1]), self.part)

    @staticmethod
    def pairs(text):
        """The name=value pairs of a line of the guest."""
        return fields(text.partition(" ")[2])

    @staticmethod
    def said(run):
        return f"{run['what']}, {run['arm']}"

    def follow(self):
        """0 when the guest did all of it, else the runner's status."""
        os.makedirs(self.out, exist_ok=True)
        guest = Guest(*self.arguments())
        try:
            with open(os.path.join(self.out, "lines"), "w",
                      encoding="utf-8") as log:
                for text in guest.lines():
                    if text is None:
                        self.screen.update(part=self.part)
                        continue
                    print(text, file=log, flush=True)
                    self.line(text)
            return guest.wait()
        finally:
            guest.stop()

    def measure(self):
        """True when there are runs to make figures of."""
        for _ in tries(self.out, self.screen.say):
            self.runs, self.failure = [], None
            status = self.follow()
            if not status and not self.failure:
                self.failure = self.finish()
            if not status and not self.failure:
                return True
            self.screen.say(f"      failed: {self.failure or 'see above'} "
                            f"(guest status {status}, all is in "
                            f"{os.path.relpath(self.out)})")
        return False


class WorkloadRun(PartRun):
    """One workload under each arm, its accesses counted outside."""

    script = "bench-tier.sh"

    def machine(self):
        counts = os.path.join(self.out, "counts")
        args = ["--nodes", "2", "--hmat", "--mem", f"{2 * NODE}M", "--plugin",
                f"{build('access')},counts={counts},"
                f"nodes={node_ranges([NODE, NODE])}",
                "--env", f"BENCH_WHAT={self.what.name}",
                "--env", f"BENCH_ARMS={' '.join(self.opts.arms)}"]
        if self.what.redis:
            root = bed("unpack", "redis-server", "redis-tools")
            for name in REDIS:
                args += ["--file", f"{root}/usr/bin/{name}:/usr/bin/{name}"]
        for name, value in self.what.settings.items():
            args += ["--env", f"{name}={value}"]
        return args

    def wanted(self):
        return (len(self.opts.arms) - len(self.skipped)) * self.opts.runs

    def group(self):
        return "runs"

    @staticmethod
    def said(run):
        return f"{run['arm']}: {run['pgmigrate_success']} migrations"

    def finish(self):
        counts = os.path.join(self.out, "counts")
        add_counts(counts, self.runs)
        failure = wrong(self.runs)
        if not failure:
            pass
        return failure


class CostRun(PartRun):
    """What one kind of work costs."""

    script = "bench-tier-cost.sh"

    def machine(self):
        args = list(self.what.machine)
        for path in self.what.files:
            args += ["--file", f"{path}:{path}"]
        return args

    def wanted(self):
        return self.what.each_run * (self.what.rounds or self.opts.runs)

    def group(self):
        return self.what.name
