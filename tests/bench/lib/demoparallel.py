# SPDX-License-Identifier: GPL-2.0-only
"""The parts of make demo in which user code runs while it is served.

Interrupts whose handler takes 200 us, handled where they come and handed over; and
reads of pages in swap by one thread, which waits for each or runs other tasks. Short
forms of make bench-irq and make bench-apf, by whose figures they are judged.
"""

import types

import apf
import irq
from guestruns import counted, guest_runs, in_guest
from figures import table
from guest import TOP
from irqrun import measure

LATENCY = 1000
TASKS = 32
PAGES = 5000            # fewer, and the first and last ones weigh


class Act:
    """What both have in common: some rows of the figures of a bench."""

    heads = ("off", "on")
    rows = ()

    def __init__(self, opts, screen):
        self.opts = opts
        self.screen = screen
        self.runs = None

    def all_figures(self):
        raise NotImplementedError

    def figures(self):
        return [f for f in self.all_figures() if f.name in self.rows]

    def lines(self):
        return table(self.figures(), self.heads)

    def raw(self):
        return self.runs


class IrqAct(Act):
    """One guest, whose instructions a plugin counts."""

    title = "interrupts handed over: booting another guest"
    about = "Interrupts whose handler takes 200 us, one run each:"
    heads = ("stock", "tandem")
    rows = ("entry to user mode, handler of 200 us",
            "all instructions of the kernel, handler of 200 us",
            "interrupts lost or handled twice")

    def __init__(self, opts, screen):
        super().__init__(types.SimpleNamespace(
            interrupts=30, cpus=2, tandem=TOP, timeout=opts.timeout,
            name=f"{opts.name}-irq"), screen)

    def run(self):
        self.screen.say("      a program in user mode that a device interrupts; "
                        "the handler is run by")
        self.screen.say("      another CPU while the program goes on")
        self.runs = measure(self.opts, self.said,
                            ("--env", f"BENCH_ARMS={' '.join(irq.ARMS)}",
                             "--env", "BENCH_TIMES=0 200"))
        return self.runs is not None

    def said(self, line):
        words = line.split()
        run = dict(word.split("=") for word in words if "=" in word)
        self.screen.update(f"{run['arm']}, a handler of {run['us']} us: "
                           f"{run['handled']} of {run['raised']} handled"
                           if "handled" in run else line)

    def all_figures(self):
        return irq.figures(self.runs)

    def raw(self):
        return self.runs.runs

    @staticmethod
    def verdict():
        return ("Shown: how many instructions of the kernel a program is kept "
                "from its own by an interrupt, and that each interrupt was "
                "handled once. Not shown: time. An emulated CPU that helps takes "
                "its time from the same host.")


class ApfAct(Act):
    """One guest, in which an instruction is a nanosecond."""

    title = "page faults handed back: booting another guest"
    about = f"Reads of pages in swap that answers in {LATENCY} us, one run each:"
    heads = ("1 at a time", f"{TASKS} tasks")
    rows = (f"accesses at {LATENCY} us, {TASKS} tasks",
            f"entries at {LATENCY} us, {TASKS} tasks",
            f"CPU time at {LATENCY} us, {TASKS} tasks",
            f"idle time turned into work at {LATENCY} us")

    def __init__(self, opts, screen):
        super().__init__(types.SimpleNamespace(
            timeout=opts.timeout, name=f"{opts.name}-apf"), screen)

    def run(self):
        self.screen.say("      one thread that reads pages in random order, each "
                        "compared; while one is")
        self.screen.say("      read, its other tasks run")
        self.runs, _ = guest_runs(
            str(LATENCY), counted(*in_guest("bench-apf.sh", LATENCY, PAGES, 1,
                                            TASKS)), self.opts, self.screen)
        return self.runs is not None

    def all_figures(self):
        return apf.latency_figures(self.runs, LATENCY)

    @staticmethod
    def verdict():
        return ("Shown: how many pages one thread reads in a second when others "
                "of its tasks run meanwhile, and how much of the time that it "
                "would have waited a lone one works. An instruction is a "
                "nanosecond here. Not shown: a real device.")
