# SPDX-License-Identifier: GPL-2.0-only
"""Builds the plugins for QEMU, and reads what one of them counts.

Profile is about instructions by function; what that plugin writes is explained
in tests/bench/plugin/profile.c.
"""

import collections
import os
import re
import subprocess

from functions import Classes, exported, index
from guest import TOP, bed

BUILD = os.path.join(TOP, "build", "bench")


def interface():
    """Version of the plugin interface of this QEMU: 1 up to 8, then 2."""
    said = subprocess.run(["qemu-system-x86_64", "--version"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    major = int(re.search(r"version (\d+)", said).group(1))
    return 1 if major < 9 else 2


def build(name):
    """Builds the plugin of that name if need be; the path of its library."""
    folder = os.path.join(BUILD, f"plugin-{interface()}")
    library = os.path.join(folder, name + ".so")
    subprocess.run(["make", "-s", "-f", os.path.join(TOP, "tests/tests.mk"),
                    f"PLUGIN_DIR={folder}", f"PLUGIN_API={interface()}",
                    library], check=True)
    return library


def node_ranges(sizes):
    """Argument "nodes" of the plugin access, for nodes of so many MiB.

    From version 2 of the interface on QEMU says guest-physical addresses.
    Before, an address is the offset in all RAM and that in the container, so
    all but the first node are twice as far off. The probe shows whether that
    holds for the QEMU at hand.
    """
    words, base = [], 0
    for size in sizes:
        at = base * 2 if interface() == 1 else base
        words += [f"{at << 20:x}", f"{(at + size) << 20:x}"]
        base += size
    return ":".join(words)


class Measurement:
    """Between two marks: functions, and the helpers that worked for them."""

    def __init__(self):
        self.functions = collections.Counter()  # (cpu, name, module)
        self.helpers = collections.Counter()    # (cpu, name, module, helper)
        self.total = 0


class Profile:
    """Counts the instructions of guests whose output folder is `out`."""

    def __init__(self, out):
        self.out = out
        self.names = os.path.join(BUILD, "helpers")
        self.counts = os.path.join(out, "counts")
        self.classes = None

    def prepare(self):
        """Builds what is missing; the arguments for tools/guest/run."""
        os.makedirs(self.out, exist_ok=True)
        library = build("profile")
        where = index(bed("source"), os.path.join(BUILD, "functions.json"))
        self.classes = Classes(where)
        with open(self.names, "w", encoding="ascii") as out:
            out.writelines(f"{name}\n" for name in
                           self.classes.helpers(exported(bed("kdir"))))
        for old in ("counts", "kallsyms"):
            path = os.path.join(self.out, old)
            if os.path.exists(path):
                os.unlink(path)
        return ["--plugin", f"{library},helpers={self.names},"
                f"symbols={self.out}/kallsyms,counts={self.counts}"]

    def read(self):
        """Number of a measurement -> Measurement."""
        found = {}
        with open(self.counts, encoding="ascii", errors="replace") as lines:
            for line in lines:
                kind, *rest = line.split()
                if kind == "begin":
                    this = Measurement()
                elif kind == "count":
                    cpu, name, module, own, helpers = rest
                    this.functions[int(cpu), name, module] += (int(own) +
                                                               int(helpers))
                elif kind == "helper":
                    cpu, name, module, helper, own = rest
                    this.helpers[int(cpu), name, module, helper] += int(own)
                elif kind == "end":
                    this.total = int(rest[1])
                    found[int(rest[0])] = this
        return found

    @staticmethod
    def check(found, loop, icount=True):
        """What is wrong with the counts, by a loop of known length; or None.

        With icount the guest's clock advances by a nanosecond an instruction,
        so it is a second witness; it also ran while counters were read.
        """
        if not loop or loop["mark"] not in found:
            return "the plugin did not count the loop that tries it"
        m = found[loop["mark"]]
        user = sum(nr for (_, name, _), nr in m.functions.items()
                   if name == "[user]")
        if not loop["instructions"] <= user <= loop["instructions"] * 1.02:
            return (f"the plugin counted {user} instructions of a loop of "
                    f"{loop['instructions']}")
        if icount and not 0.9 * loop["ns"] <= m.total <= 1.02 * loop["ns"]:
            return (f"the plugin counted {m.total} instructions in "
                    f"{loop['ns']} ns of the guest's clock")
        return None

    def by_class(self, measurement, cpu=None):
        """Class -> instructions, of one CPU or all."""
        sums = collections.Counter()
        for (where, name, module), nr in measurement.functions.items():
            if cpu is None or cpu == where:
                sums[self.classes.of(name, module)] += nr
        return sums

    def by_function(self, measurement):
        """(class, name) -> instructions, those of its helpers included."""
        sums = collections.Counter()
        for (_, name, module), nr in measurement.functions.items():
            sums[self.classes.of(name, module), name.split(".")[0]] += nr
        return sums

    def by_helper(self, measurement):
        """(class of whom it helped, helper) -> instructions."""
        sums = collections.Counter()
        for (_, name, module, helper), nr in measurement.helpers.items():
            sums[self.classes.of(name, module), helper.split(".")[0]] += nr
        return sums

    def work(self, measurement, arm):
        """Instructions of reclaim itself, as tests/bench/classes has it.

        A kernel without the modules has no hook either: off, what the loaded
        modules cost is left out, so that stock is not made to look worse.
        """
        sums = self.by_class(measurement)
        kinds = self.classes.counted
        if arm == "tandem":
            kinds += self.classes.added
        return sum(sums[kind] for kind in kinds)
