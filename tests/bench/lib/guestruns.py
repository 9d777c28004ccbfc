# SPDX-License-Identifier: GPL-2.0-only
"""Guests that say what they have measured, a line for each run."""

import os

from guest import TOP, Guest, fields, tries

BUILD = os.path.join(TOP, "build", "bench")


def guest_runs(name, args, opts, screen):
    """The runs of one guest and its kernel; None after a failure."""
    out = os.path.join(BUILD, f"{opts.name}.out", name)
    os.makedirs(out, exist_ok=True)
    for _ in tries(out, screen.say):
        runs, kernel = [], None
        guest = Guest("--out", out, "--timeout", str(opts.timeout), *args)
        try:
            for text in guest.lines():
                kind, _, rest = (text or "").partition(" ")
                if kind == "@run":
                    runs.append(fields(rest))
                    screen.update(rest.split(" accesses")[0].replace("=", " "))
                elif kind == "@facts":
                    kernel = fields(rest)["kernel"]
                elif kind in ("#", "not", "@fail"):
                    screen.say("      " + text)
            if not guest.wait():
                return runs, kernel
        finally:
            guest.stop()
    return None, None


def in_guest(script, *args):
    return ["--", os.path.join(TOP, "tests/guest", script), *map(str, args)]


def counted(*args):
    """For a guest in which an instruction is a nanosecond."""
    return ["--icount", "--cpus", "1", "--mem", "400M", *args]
