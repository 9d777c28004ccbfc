# SPDX-License-Identifier: GPL-2.0-only
"""The guest of make bench-irq."""

import os
import subprocess

from guest import TOP, Guest, unpacked
from irq import Runs
from plugin import BUILD, build

JUDGES = {"oslat": "rt-tests", "cyclictest": "rt-tests"}        # program: package


def with_judges():
    """Options of a guest in which oslat and cyclictest judge, too."""
    return ["--env", "BENCH_JUDGES=1", *unpacked(JUDGES)]


def measure(opts, say, besides=()):
    """All runs of one guest, None after a failure; say(line) for each of them."""
    runs = Runs()
    out = os.path.join(BUILD, opts.name + ".out")
    os.makedirs(out, exist_ok=True)
    counts = os.path.join(out, "counts")
    library = build("gaps")
    subprocess.run([os.path.join(TOP, "tests/modules/build")], check=True)
    guest = Guest(*besides, "--device", "edu", "--cpus", str(opts.cpus),
                  "--plugin", f"{library},counts={counts}", "--out", out,
                  "--timeout", str(opts.timeout), "--tandem", opts.tandem,
                  "--env", f"BENCH_INTERRUPTS={opts.interrupts}", "--",
                  os.path.join(TOP, "tests/guest/bench-irq.sh"), "on")
    try:
        for line in guest.lines():
            if line and runs.take(line):
                say(line[5:])
    finally:
        status = guest.wait()
    if status or runs.failure:
        say(f"not measured: {runs.failure or f'status {status}'}")
        return None
    runs.add_counts(counts)
    return runs
