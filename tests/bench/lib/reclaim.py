# SPDX-License-Identifier: GPL-2.0-only
"""What make bench-reclaim measures: groups of runs, and their figures.

A group has a guest of its own, in which tests/guest/bench-reclaim.sh does the
same work off and on in turn; each line "@run" of it is one run. Here is how
runs become figures, and what each figure must reach. Nothing here runs
anything.
"""

from figures import Figure, divide, median

IPIS = "IPIs per page and remote CPU"
PAGE = 4096


def at_most(value, of="ratio"):
    return ("<=", value, of)


def at_least(value, of="tandem"):
    return (">=", value, of)


def ipis(run, remote=1):
    return divide(run["tlb"] / remote, run["pswpout"])


def scans(run):
    return divide(run["pgscan"], run["pgsteal"])


def pages_per_bio(run):
    return divide(run["sectors"] / 8, run["writes"])


def figure(name, unit, clock, bar, runs, value, better="less", digits=3):
    """A figure with the value of each run that has one."""
    made = Figure(name, unit, clock, better, bar, digits)
    for run in runs:
        made.add(run["arm"], value(run))
    return made


def chosen(runs, what):
    return [run for run in runs if run["what"] == what]


class Group:
    """Runs that share a guest.

    machine: arguments of tools/guest/run; settings: BENCH_* of the guest half;
    whats: what there is a run of in each arm and round; plugin: whether the
    instructions are counted; redis: whether that is needed in the guest.
    """

    name = ""
    title = ""
    part = ""                   # group of bench-reclaim.sh
    machine = ()
    settings = {}
    whats = ()
    plugin = False
    redis = False
    pages = 4096

    def figures(self, runs, facts):
        raise NotImplementedError


class Counts(Group):
    name = "counts"
    title = "interrupts, scans, writes: two CPUs, a virtio disk"
    part = "counts"
    machine = ("--mem", "400M", "--disk", "swap0=192M")
    whats = ("pageout", "reclaim-mglru", "reclaim-classic", "kswapd",
             "direct", "ask")
    suffix = ""

    def figures(self, runs, facts):
        made = self.ipi_figures(runs)
        for lru, name in ("mglru", "MGLRU"), ("classic", "classic LRU"):
            made.append(figure(
                f"LRU scans per reclaimed page, {name}", "", "count",
                at_most(1.05, "tandem"), chosen(runs, f"reclaim-{lru}"),
                scans))
        made += [
            figure("resident 2 s after MADV_PAGEOUT", "%", "count",
                   at_most(1, "tandem"), chosen(runs, "pageout"),
                   lambda r: divide(100 * r["resident"], r["pswpout"]),
                   digits=2),
            figure("pages per bio, unfragmented device", "", "count",
                   at_least(32), chosen(runs, "reclaim-mglru"),
                   pages_per_bio, "more", 1),
            self.overshoot(runs, facts)]
        return made

    def ipi_figures(self, runs):
        made = []
        for what, name, bar in (
                ("reclaim-mglru", "memory.reclaim, MGLRU", 48),
                ("kswapd", "kswapd, MGLRU", 48),
                ("reclaim-classic", "memory.reclaim, classic LRU", 24),
                ("direct-classic", "direct reclaim, classic LRU", 24),
                ("pageout", "MADV_PAGEOUT of 2 MiB ranges", 400)):
            made.append(figure(f"{IPIS}: {name}{self.suffix}", "", "count",
                               at_most(1 / bar), chosen(runs, what), ipis,
                               digits=4))
        return made

    def overshoot(self, runs, facts):
        made = figure("memory.reclaim: reclaimed beyond the request", "KiB",
                      "count", None, chosen(runs, "ask"),
                      lambda r: (r["pgsteal"] - self.pages) * PAGE / 1024,
                      digits=0)
        stock = made.value("stock")
        batch = facts.get("list_pages")
        if stock is None or batch is None:
            made.bar = at_most(None, "tandem")
        else:
            made.bar = at_most(stock + batch * PAGE / 1024, "tandem")
        return made


class Zram(Counts):
    name = "zram"
    title = "interrupts on zram: two CPUs"
    machine = ("--mem", "400M")
    settings = {"BENCH_DEVICE": "zram"}
    whats = ("pageout", "reclaim-mglru", "reclaim-classic", "kswapd", "direct")
    suffix = ", zram"

    def figures(self, runs, facts):
        return self.ipi_figures(runs)


class Fragmented(Group):
    """Free slots in runs: a bio cannot have more pages than a run has."""

    part = "fragmented"
    machine = ("--mem", "400M", "--disk", "swap0=96M")
    whats = ("reclaim-mglru",)
    pages = 2048

    def __init__(self, run):
        self.run = run
        self.name = f"fragmented-{run}"
        self.title = f"writes to a device whose free slots are runs of {run}"
        self.settings = {"BENCH_RUN": str(run)}

    def figures(self, runs, facts):
        return [figure(f"pages per bio, free slots in runs of {self.run}", "",
                       "count", None, runs, pages_per_bio, "more", 1)]


class Oom(Group):
    name = "oom"
    title = "out of memory: loads about as large as limit and swap"
    part = "oom"
    # The kernel shows where it was when it ran out; all else is trouble.
    machine = ("--icount", "--cpus", "1", "--mem", "400M", "--allow",
               "Call Trace:")
    settings = {"BENCH_DEVICE": "slow"}
    whats = ("13", "14", "15", "16")

    def figures(self, runs, facts):
        made = Figure("OOM kills, borderline loads", "", "count", "less",
                      None, 0)
        for arm in "stock", "tandem":
            mine = [r["kills"] for r in runs if r["arm"] == arm]
            if mine:
                made.add(arm, sum(mine))
        made.bar = at_most(made.value("stock"), "tandem")
        return [made]


class Stall(Group):
    name = "stall"
    title = "direct reclaim on a slow device (2 ms, four at a time)"
    part = "stall"
    machine = ("--icount", "--cpus", "1", "--mem", "1G")
    # Of fewer than some hundred portions the p99 would be the largest one.
    settings = {"BENCH_DEVICE": "slow", "BENCH_MIB": "384"}
    whats = ("stall",)

    @staticmethod
    def stall(run, percentile):
        """Seconds a GiB above what a MiB takes below the limit of 16 MiB."""
        chunks = [int(ns) for ns in str(run["chunk_ns"]).split(",")]
        base = median(chunks[1:12])
        stalls = sorted(max(0, ns - base) for ns in chunks[17:])
        if not stalls:
            return None
        place = min(len(stalls) - 1, int(len(stalls) * percentile / 100))
        return stalls[place] * 1024 / 1e9

    def figures(self, runs, facts):
        return [figure(f"stalled in direct reclaim, p{p}", "s per GiB",
                       "icount", at_most(0.7), runs,
                       lambda r, p=p: self.stall(r, p), digits=2)
                for p in (50, 99)]


class Share(Group):
    name = "share"
    title = "a device capped at 50 MiB/s, in guest time"
    part = "share"
    machine = ("--icount", "--cpus", "1", "--mem", "512M")
    settings = {"BENCH_DEVICE": "capped", "BENCH_MBPS": "50",
                "BENCH_DEPTHS": "1 8"}
    whats = ("share-1", "share-8")
    pages = 8192
    clock = "icount"
    suffix = ""

    @staticmethod
    def share(run):
        """Of the time until the last write ended, as the block layer saw it.

        Not bytes by cap: null_blk refuses a request that the rest of its tick
        has no room for, and so loses more of the cap to larger ones.
        """
        return divide(run["busy_ms"] * 100, run["ns"] / 1e6)

    def figures(self, runs, facts):
        return [figure(f"device kept busy, depth {d}{self.suffix}", "%",
                       self.clock, at_least(95), chosen(runs, f"share-{d}"),
                       self.share, "more", 1)
                for d in self.settings["BENCH_DEPTHS"].split()]


class QueueShare(Share):
    name = "share-queue"
    title = "the same, a device that takes one request at a time"
    settings = {"BENCH_DEVICE": "capped", "BENCH_MBPS": "50",
                "BENCH_QUEUE": "1", "BENCH_SECTORS": "64",
                "BENCH_DEPTHS": "8"}
    whats = ("share-8",)
    pages = 24576
    suffix = ", one request at a time"

    def figures(self, runs, facts):
        """Of the cap. It is not kept busy: a device that has used up its 20 ms
        is idle or waits for the next, and what is small enough takes all of it.
        """
        cap = int(self.settings["BENCH_MBPS"]) << 20
        return [figure("bandwidth used, depth 8, one request at a time", "%",
                       self.clock, at_least(95), runs,
                       lambda r: divide(r["sectors"] * 512 * 100,
                                        cap * r["ns"] / 1e9), "more", 1)]


class WallShare(Share):
    name = "share-wall"
    title = "the same by the clock on the wall, two CPUs"
    machine = ("--mem", "512M")
    clock = "wall"
    suffix = ", two CPUs"


class Instructions(Group):
    name = "instructions"
    title = "instructions: one CPU, a virtio disk"
    part = "instructions"
    machine = ("--icount", "--cpus", "1", "--mem", "512M", "--disk",
               "swap0=256M")
    whats = ("instructions",)
    plugin = True

    def figures(self, runs, facts):
        return [figure("instructions per page, mm, swap and workers", "",
                       "icount", at_most(0.9), runs,
                       lambda r: divide(r.get("work"), r["pgsteal"]),
                       digits=0)]


class ClassicInstructions(Instructions):
    name = "instructions-classic"
    title = "instructions: one CPU, a virtio disk, classic LRU"
    settings = {"BENCH_LRU": "classic"}

    def figures(self, runs, facts):
        made = super().figures(runs, facts)
        made[0].name += ", classic LRU"
        return made


class SyncInstructions(Instructions):
    device = ""

    def figures(self, runs, facts):
        return [figure(f"instructions per page, {self.device}", "", "icount",
                       at_most(1.02), runs,
                       lambda r: divide(r.get("all"), r["pgsteal"]),
                       digits=0)]


class ZramInstructions(SyncInstructions):
    name = "instructions-zram"
    title = "instructions: one CPU, zram"
    machine = ("--icount", "--cpus", "1", "--mem", "512M")
    settings = {"BENCH_DEVICE": "zram"}
    device = "zram"


class BrdInstructions(SyncInstructions):
    name = "instructions-brd"
    title = "instructions: one CPU, brd"
    machine = ("--icount", "--cpus", "1", "--mem", "512M")
    settings = {"BENCH_DEVICE": "brd"}
    device = "brd"


class Bystander(Group):
    name = "bystander"
    title = "MADV_PAGEOUT beside another thread of the process"
    part = "bystander"
    machine = ("--icount", "--cpus", "2", "--mem", "512M", "--disk",
               "swap0=256M")
    whats = ("bystander",)
    plugin = True

    def figures(self, runs, facts):
        return [
            figure("IPIs on a bystander's CPU, MADV_PAGEOUT", "", "count",
                   at_most(0.05), runs, lambda r: r["tlb1"], digits=0),
            figure("kernel instructions on a bystander's CPU", "thousand",
                   "icount", at_most(0.05), runs,
                   lambda r: divide(r.get("kernel1"), 1000), digits=0)]


class Redis(Group):
    """Its CPUs run beside the others: no icount, but the plugin counts.

    It is asked without a pause, and what is measured is the time in which it is
    being reclaimed: the instructions of its CPUs by the requests answered. The
    I/O threads spin while they wait, so instructions in user space depend on
    how fast the machine is. Those of the kernel are shown beside the sum; stock
    reclaims so slowly under emulation that few interrupts fall on each request.
    """

    name = "redis"
    title = "redis with I/O threads, reclaimed from another CPU"
    part = "redis"
    machine = ("--cpus", "4", "--mem", "512M", "--disk", "swap0=256M")
    whats = ("redis",)
    pages = 4096
    plugin = True
    redis = True

    def figures(self, runs, facts):
        return [
            figure("redis: IPIs on its two CPUs per page", "", "count",
                   at_most(1 / 48), runs,
                   lambda r: divide(r["tlb0"] + r["tlb1"], r["pswpout"]),
                   digits=4),
            figure("redis: instructions per request on its CPUs", "",
                   "icount", at_most(0.9), runs,
                   lambda r: divide(r.get("on01"), r["requests"]), digits=0),
            figure("redis: of these, in the kernel", "", "icount", None, runs,
                   lambda r: divide(r.get("kernel01"), r["requests"]),
                   digits=0)]


class Cpus(Group):
    """One guest for each number of CPUs."""

    part = "cpus"
    pages = 512

    def __init__(self, cpus):
        self.cpus = cpus
        self.name = f"cpus-{cpus}"
        self.many = f"{cpus} CPU" + "s" * (cpus > 1)
        self.title = f"memory.reclaim with {self.many} in the address space"
        self.machine = ("--cpus", str(cpus), "--mem", "512M", "--disk",
                        "swap0=192M")
        self.whats = (self.name,)

    def figures(self, runs, facts):
        made = [figure(f"scans per page, {self.many}", "", "count", None,
                       runs, scans)]
        if self.cpus > 1:
            made.append(figure(f"{IPIS}, {self.many}", "", "count", None,
                               runs, lambda r: ipis(r, self.cpus - 1),
                               digits=4))
        return made


class Cgroups(Group):
    name = "cgroups"
    title = "cgroups reclaimed at once, four CPUs"
    part = "groups"
    machine = ("--cpus", "4", "--mem", "512M", "--disk", "swap0=192M")
    numbers = (1, 2, 4, 8)
    settings = {"BENCH_GROUPS": " ".join(map(str, numbers))}
    whats = tuple(f"cgroups-{n}" for n in numbers)
    pages = 512

    def figures(self, runs, facts):
        made = []
        for n in self.numbers:
            mine = chosen(runs, f"cgroups-{n}")
            many = f"{n} cgroups at once" if n > 1 else "1 cgroup"
            made += [figure(f"IPIs per page, {many}", "", "count", None, mine,
                            ipis, digits=4),
                     figure(f"scans per page, {many}", "", "count", None,
                            mine, scans)]
        return made


GROUPS = (Counts(), Zram(), Fragmented(1), Fragmented(16),
          Instructions(), ZramInstructions(),
          BrdInstructions(), ClassicInstructions(), Bystander(), Redis(),
          Stall(), Share(), QueueShare(), WallShare(), Oom(), Cpus(1), Cpus(2), Cpus(4),
          Cpus(8), Cgroups())
