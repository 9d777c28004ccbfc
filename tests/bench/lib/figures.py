# SPDX-License-Identifier: GPL-2.0-only
"""Figures with a stock and a tandem value: medians, bars, table, JSON.

No figure is ever typed in: one that could not be measured is None, and is then
not met. A wall-clock figure is not judged when the CPU is emulated.
"""

import datetime
import json
import os
import statistics

OPS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}


def median(values):
    """The median of those that were measured, None when none was."""
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def divide(a, b):
    return a / b if a is not None and b else None


class Figure:
    """One row: what was measured, by which clock, and what is asked of it.

    better is "less", "more", or None for a row that is not about better;
    bar is (op, value, of) with of "ratio" or "tandem", or None; peers are
    names of other arms that do the same work.
    """

    # pylint: disable=too-many-arguments
    def __init__(self, name, unit, clock, better=None, bar=None, digits=2,
                 peers=()):
        self.name = name
        self.unit = unit
        self.clock = clock
        self.better = better
        self.bar = bar
        self.digits = digits
        self.peers = peers
        self.runs = {arm: [] for arm in ("stock", "tandem", *peers)}

    def add(self, arm, value):
        self.runs[arm].append(value)

    def value(self, arm):
        return median(self.runs[arm])

    def ratio(self):
        return divide(self.value("tandem"), self.value("stock"))

    def worse(self):
        """True when the suite made this row worse."""
        ratio = self.ratio()
        if ratio is None or self.better is None:
            return False
        return ratio > 1 if self.better == "less" else ratio < 1

    def met(self, accel):
        """True or False; None when there is no bar or no fit clock for it."""
        if not self.bar or (self.clock == "wall" and accel == "tcg"):
            return None
        op, limit, of = self.bar
        value = self.ratio() if of == "ratio" else self.value(of)
        return None not in (value, limit) and OPS[op](value, limit)

    def as_json(self, accel):
        bar = None
        if self.bar:
            bar = dict(zip(("op", "value", "of"), self.bar))
        return {
            "name": self.name,
            "unit": self.unit,
            "clock": self.clock,
            "stock": self.value("stock"),
            "tandem": self.value("tandem"),
            "ratio": self.ratio(),
            "peers": {peer: self.value(peer) for peer in self.peers},
            "bar": bar,
            "met": self.met(accel),
        }

    def show(self, arm):
        value = self.value(arm)
        return "-" if value is None else f"{value:,.{self.digits}f}"

    def show_ratio(self):
        ratio = self.ratio()
        if ratio is None:
            return "-"
        return f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def table(figures, heads=("off", "on")):
    """The rows as text, widths fitted, with a word on each judged row."""
    rows = [("", *heads, "ratio", "clock", "")]
    for f in figures:
        note = "worse" if f.worse() else ""
        rows.append((f"{f.name}, {f.unit}" if f.unit else f.name,
                     f.show("stock"), f.show("tandem"), f.show_ratio(),
                     f.clock, note))
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = []
    for r in rows:
        cells = [r[0].ljust(widths[0])]
        cells += [r[i].rjust(widths[i]) for i in (1, 2, 3)]
        cells += [r[4].ljust(widths[4]), r[5]]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(len(line) for line in lines))
    return lines


def show_bar(bar):
    """A bar in words, as "ratio <= 0.02"."""
    if not bar:
        return ""
    op, limit, of = bar
    shown = "?" if limit is None else f"{limit:,.4g}"
    if limit and limit < 0.05:
        shown = f"1/{1 / limit:.0f}"
    return f"{of} {op} {shown}"


def missed(figures, accel):
    """Those that are below their bars, each with what it says and the bar."""
    said = []
    for f in figures:
        if f.met(accel) is False:
            value = f.show_ratio() if f.bar[2] == "ratio" else f.show(f.bar[2])
            said.append(f"{f.name} is {value}, bar {show_bar(f.bar)}")
    return said


def judged(figures, accel, heads=("off", "on")):
    """The rows as text, each with its bar and whether it is reached."""
    words = {True: "met", False: "NOT MET", None: ""}
    rows = [("", *heads, "ratio", "clock", "bar", "")]
    for f in figures:
        rows.append((f"{f.name}, {f.unit}" if f.unit else f.name,
                     f.show("stock"), f.show("tandem"), f.show_ratio(),
                     f.clock, show_bar(f.bar), words[f.met(accel)]))
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = []
    for r in rows:
        cells = [r[0].ljust(widths[0])]
        cells += [r[i].rjust(widths[i]) for i in (1, 2, 3)]
        cells += [r[i].ljust(widths[i]) for i in (4, 5, 6)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(len(line) for line in lines))
    return lines


def compared(figures, arms, accel):
    """The rows as text, with a column for each of (arm, its head)."""
    words = {True: "met", False: "NOT MET", None: ""}
    rows = [("", *(head for _, head in arms), "ratio", "bar", "")]
    for f in figures:
        measured = f.value("tandem") is not None
        rows.append((f"{f.name}, {f.unit}" if f.unit else f.name,
                     *(f.show(arm) for arm, _ in arms), f.show_ratio(),
                     show_bar(f.bar), words[f.met(accel)] if measured else ""))
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = []
    for r in rows:
        cells = [r[0].ljust(widths[0])]
        cells += [r[i].rjust(widths[i]) for i in range(1, len(arms) + 2)]
        cells += [r[i].ljust(widths[i]) for i in (-2, -1)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(len(line) for line in lines))
    return lines


def write_json(path, bench, kernel, accel, runs, figures, raw):
    """Writes aside and renames: a reader never sees half a file."""
    now = datetime.datetime.now(datetime.timezone.utc)
    data = {
        "bench": bench,
        "kernel": kernel,
        "accel": accel,
        "runs": runs,
        "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "figures": [f.as_json(accel) for f in figures],
        "raw": raw,
    }
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="ascii") as out:
        json.dump(data, out, indent=1)
        out.write("\n")
    os.rename(path + ".new", path)
