# SPDX-License-Identifier: GPL-2.0-only
"""The figures of make bench-apf, from what the guests have said."""

from figures import Figure, divide, median

PEERS = ("willneed", "threads")
SAME = ("<", 1.005, "ratio")        # 1.00, in hundredths
ALMOST = ("<=", 1.01, "ratio")
KINDS = (("first_touch", "first touch of a page", SAME),
         ("first_touch_shared", "first touch of a shared page", SAME),
         ("swap", "page from swap", ALMOST),
         ("swap_shared", "shared page from swap", ALMOST),
         ("file", "page from a file", ALMOST))
STATES = (("off", "stock"), ("on", "tandem"))


def per_access(runs, key, arm, n=None):
    """Of each run of an arm."""
    return [r[key] / r["accesses"] for r in runs
            if r["arm"] == arm and n in (None, r["n"])]


def rate_figure(runs, latency, n):
    """Accesses in a second, against what n tasks could do at the most."""
    stock = median(per_access(runs, "ns", "stock"))
    cpu = median(per_access(runs, "cpu_ns", "stock"))
    most = divide(stock, cpu)
    bar = None if most is None else (">=", 0.8 * min(n, most), "ratio")
    if latency >= 1000 and n >= 32 and bar:
        bar = (">=", max(8, bar[1]), "ratio")
    figure = Figure(f"accesses at {latency} us, {n} tasks", "1/s", "icount",
                    better="more", bar=bar, digits=0, peers=PEERS)
    for arm in ("stock", "tasks", *PEERS):
        for ns in per_access(runs, "ns", arm, None if arm == "stock" else n):
            figure.add({"tasks": "tandem"}.get(arm, arm), 1e9 / ns)
    return figure


def entries_figure(runs, latency, n):
    """Times that a task was left, for each page that was read."""
    figure = Figure(f"entries at {latency} us, {n} tasks", "per fault",
                    "count", bar=("<=", 1.2, "tandem"))
    for entries in per_access(runs, "left", "tasks", n):
        figure.add("tandem", entries)
    return figure


def cost_figure(runs, latency, n):
    """Instructions of an access, beside those by n kernel threads."""
    figure = Figure(f"CPU time at {latency} us, {n} tasks", "ns an access",
                    "icount", better="less", digits=0, peers=PEERS)
    threads = median(per_access(runs, "cpu_ns", "threads", n))
    if n == 32:
        figure.bar = ("<", threads, "tandem")
    for arm in ("stock", "tasks", *PEERS):
        for ns in per_access(runs, "cpu_ns", arm,
                             None if arm == "stock" else n):
            figure.add({"tasks": "tandem"}.get(arm, arm), ns)
    return figure


def idle_figure(runs, latency):
    """Of the time that a lone thread idles, how much its handler works."""
    bar = (">=", 90, "tandem") if latency >= 1000 else None
    figure = Figure(f"idle time turned into work at {latency} us", "%",
                    "icount", better="more", bar=bar, digits=1)
    idle = [ns - cpu for ns, cpu in zip(per_access(runs, "ns", "stock"),
                                        per_access(runs, "cpu_ns", "stock"))]
    for ns in per_access(runs, "worked_ns", "work"):
        figure.add("tandem", 100 * ns / median(idle))
    return figure


def walk_figure(runs, latency):
    """A plain loop, and one for which pages are asked for ahead."""
    figure = Figure(f"plain loop at {latency} us, 32 pages ahead", "1/s",
                    "icount", better="more", digits=0)
    for what, arm in (("walk", "stock"), ("prefetch", "tandem")):
        for ns in per_access(runs, "ns", what):
            figure.add(arm, 1e9 / ns)
    return figure


def bystander_figures(runs):
    """Faults of a program that has not opted in, without the module and with."""
    made = []
    for what, name, bar in KINDS:
        figure = Figure(f"not opted in: {name}", "ns", "icount",
                        better="less", bar=bar, digits=0)
        for state, arm in STATES:
            for run in runs:
                if (run["what"], run["state"]) == (what, state):
                    figure.add(arm, run["cpu_ns"] / run["accesses"])
        made.append(figure)
    return made


def many_figures(runs):
    """Of many faults, the ones that did not end as they should have."""
    last = runs[-1]
    figure = Figure("lost, doubled or wrong of all faults", "", "count",
                    bar=("==", 0, "tandem"), digits=0)
    figure.add("tandem", abs(last["faults"] - last["told"]) + last["bad"])
    count = Figure("faults handed back", "", "count", digits=0)
    count.add("tandem", last["faults"])
    return [figure, count]


def latency_figures(runs, latency):
    """All figures of one latency."""
    made = []
    for n in sorted({r["n"] for r in runs if r["arm"] == "tasks"}):
        made += [make(runs, latency, n) for make in
                 (rate_figure, entries_figure, cost_figure)]
    return made + [idle_figure(runs, latency), walk_figure(runs, latency)]


def figures_of(raw):
    """All figures: of all latencies, of bystanders, of many faults."""
    made = []
    for latency, runs in raw["latencies"].items():
        made += latency_figures(runs, int(latency))
    if raw["cost"]:
        made += bystander_figures(raw["cost"])
    if raw["many"]:
        made += many_figures(raw["many"])
    return made
