# SPDX-License-Identifier: GPL-2.0-only
"""Runs a script in a test guest and hands over its lines as they come."""

import fcntl
import os
import selectors
import subprocess

LIB = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(LIB)))
TRIES = 3               # only for faults of the emulator


def bed(*args):
    """The answer of tools/bed/bed, as text."""
    return subprocess.run([os.path.join(TOP, "tools/bed/bed"), *args],
                          check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def unpacked(programs):
    """Options that bring programs along, {name: package}, which stay uninstalled."""
    root = bed("unpack", *sorted(set(programs.values()))).split()[-1]
    return [o for name in programs
            for o in ("--file", f"{root}/usr/bin/{name}:/usr/bin/{name}")]


class Guest:
    """A guest that runs; arguments are those of tools/guest/run."""

    def __init__(self, *args):
        # Who reads its lines decides on a second try, and begins anew.
        env = {k: v for k, v in os.environ.items() if k != "TANDEM_TRIES"}
        self.process = subprocess.Popen(
            [os.path.join(TOP, "tools/guest/run"), *args], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.rest = b""

    def lines(self, patience=1.0):
        """Each line of output; None when none came for that many seconds."""
        fd = self.process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(fd, selectors.EVENT_READ)
            while True:
                if not selector.select(patience):
                    yield None
                    continue
                data = os.read(fd, 65536)
                if not data:
                    break
                *whole, self.rest = (self.rest + data).split(b"\n")
                for line in whole:
                    yield line.decode("ascii", "replace").rstrip("\r")
        if self.rest:
            yield self.rest.decode("ascii", "replace")

    def wait(self):
        """The exit status of the runner; it has said what was wrong."""
        return self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def only_one(path):
    """A lock that goes with the process; None when another one has it."""
    lock = open(path, "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return lock


def emulator_tripped(out):
    """True when the runner blames the emulated CPUs for what the log says."""
    return os.path.exists(os.path.join(out, "emulator"))


def tries(out, say):
    """Once; again when the guest that was run ended by a fault of the emulator."""
    for left in reversed(range(TRIES)):
        yield
        if not emulator_tripped(out):
            return
        if left:
            say("A fault of the emulator, not of the kernel. Once more.")


def fields(line):
    """The name=value pairs of a line, numbers as int."""
    pairs = {}
    for word in line.split():
        name, sep, value = word.partition("=")
        if sep:
            pairs[name] = int(value) if value.isdigit() else value
    return pairs
