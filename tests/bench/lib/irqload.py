# SPDX-License-Identifier: GPL-2.0-only
"""What other programs see of interrupts that are handed over: fio, hackbench."""

from figures import Figure
from guest import unpacked
from guestruns import counted, guest_runs, in_guest
from irq import PEERS

HACKBENCH = 1.02
TOOLS = {"fio": "fio", "hackbench": "rt-tests"}         # program: package
DISKS = ("blk=64M", "nvme=64M,nvme")


def measure_load(opts, screen):
    """The runs of one guest, None after a failure."""
    args = unpacked(TOOLS)
    for disk in DISKS:
        args += ["--disk", disk]
    # Two CPUs, so that one can help the other; the libraries of fio are large.
    machine = [*counted(*args), "--cpus", "2", "--mem", "1G"]
    runs, _ = guest_runs("load", [*machine, *in_guest("bench-irq-load.sh",
                                                      opts.rounds,
                                                      opts.messages)],
                         opts, screen)
    return runs


def row(runs, what, field, *args, scale=1, **kwargs):
    figure = Figure(*args, peers=PEERS, **kwargs)
    for run in runs:
        if run["what"] == what:
            figure.add(run["arm"], run[field] / scale)
    return figure


def load_figures(runs):
    """Two lines for fio, of which the second says that there was work, and one."""
    return [
        row(runs, "fio", "failed", "fio on both disks: wrong data or errors", "",
            "count", bar=("==", 0, "tandem"), digits=0),
        row(runs, "fio", "handed", "interrupts of disks handed over meanwhile",
            "", "count", bar=(">", 0, "tandem"), digits=0),
        row(runs, "hackbench", "us", "hackbench beside fio, all instructions",
            "millions", "icount", scale=1000, better="less",
            bar=("<=", HACKBENCH, "ratio"), digits=1),
    ]
