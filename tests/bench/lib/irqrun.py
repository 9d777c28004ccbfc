# SPDX-License-Identifier: GPL-2.0-only
"""The guests of make bench-irq in which one device raises interrupts."""

import os
import shutil
import subprocess

from guest import TOP, Guest, bed, tries, unpacked
from irq import Runs
from plugin import BUILD, build

JUDGES = {"oslat": "rt-tests", "cyclictest": "rt-tests"}        # program: package
EDU = "tandem_edu"
IN_GUEST = "/usr/lib/tandem-tests/modules"


def with_judges():
    """Options of a guest in which oslat and cyclictest judge, too."""
    return ["--env", "BENCH_JUDGES=1", *unpacked(JUDGES)]


def with_sources():
    """Options of a guest in which a disk and a network card interrupt, too."""
    return ["--env", "BENCH_SOURCES=1", "--disk", "nvme=64M,nvme,queues=1",
            "--wire"]


def driver_for(kernel):
    """The driver of the device, built for another kernel; its path."""
    folder = os.path.join(BUILD, "rt-modules")
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(TOP, "tests/modules", EDU + ".c"), folder)
    with open(os.path.join(folder, "Kbuild"), "w", encoding="ascii") as file:
        file.write(f"obj-m := {EDU}.o\n")
    subprocess.run(["make", "-s", "-C", os.path.join(kernel, "build"),
                    f"M={folder}", "modules"], check=True)
    return os.path.join(folder, EDU + ".ko")


def runs_of_guest(opts, say, name, args):
    """All runs of one guest, None after a failure; say(line) for each of them."""
    out = os.path.join(BUILD, name + ".out")
    os.makedirs(out, exist_ok=True)
    for _ in tries(out, say):
        runs = one_guest(opts, say, out, args)
        if runs:
            return runs
    return None


def one_guest(opts, say, out, args):
    """The same, of a guest that is run once."""
    runs = Runs()
    counts = os.path.join(out, "counts")
    guest = Guest("--device", "edu", "--cpus", str(opts.cpus),
                  "--plugin", f"{build('gaps')},counts={counts}", "--out", out,
                  "--timeout", str(opts.timeout), "--tandem", opts.tandem,
                  "--env", f"BENCH_INTERRUPTS={opts.interrupts}", *args, "--",
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


def measure(opts, say, besides=()):
    """What the stock kernel does, without and with the module."""
    subprocess.run([os.path.join(TOP, "tests/modules/build")], check=True)
    return runs_of_guest(opts, say, opts.name, besides)


def measure_rt(opts, say, besides=()):
    """What a kernel with PREEMPT_RT does."""
    try:
        kernel = bed("rt-kernel")
    except subprocess.CalledProcessError:
        return None             # which has said why
    driver = driver_for(kernel)
    return runs_of_guest(opts, say, opts.name + "-rt",
                         ["--kernel", kernel, "--env", "BENCH_ARMS=rt",
                          "--file", f"{driver}:{IN_GUEST}/{EDU}.ko", *besides])
