# SPDX-License-Identifier: GPL-2.0-only
"""Where it begins to pay: curves over what a bench was varied by, as SVG.

Both scales are logarithmic. What was not measured has no point.
"""

import math
from xml.sax.saxutils import escape

from apf import per_access
from figures import median
from irq import TIMES, Runs

WIDTH = 720
HEIGHT = 420
LEFT, RIGHT, TOP, BOTTOM = 80, 190, 50, 50
COLOURS = ("#9a9a9a", "#2a6fb0", "#c0722b", "#3d8f4f", "#7d4fa0", "#333333")


def irq_curves(raw):
    """Instructions that a program is kept off, by the time of the handler."""
    runs = Runs()
    runs.runs = raw["runs"]
    series = {}
    for arm, name in (("stock", "stock"), ("pinned", "thread, pinned"),
                      ("handoff", "handed over"), ("auto", "auto")):
        series[name] = [(us, runs.entry(arm, us)) for us in TIMES]
    return ("a handler of so many microseconds",
            "instructions until user mode again", series)


def apf_curves(raw):
    """Reads in a second, by how many tasks there are."""
    series = {}
    for latency, runs in sorted(raw["latencies"].items(),
                                key=lambda item: int(item[0])):
        for arm, name in (("threads", "threads"), ("tasks", "tasks")):
            points = []
            for n in sorted({r["n"] for r in runs if r["arm"] == arm}):
                ns = median(per_access(runs, "ns", arm, n))
                points.append((n, 1e9 / ns if ns else None))
            series[f"{name}, {latency} us"] = points
    return "tasks, or kernel threads", "pages read in a second", series


CURVES = {"irq": irq_curves, "apf": apf_curves}


class Scale:
    """Logarithmic, from the smallest value to the largest."""

    def __init__(self, values, begin, end):
        self.low = math.log10(min(values))
        self.high = math.log10(max(values))
        self.begin, self.end = begin, end

    def at(self, value):
        span = self.high - self.low or 1
        return self.begin + (self.end - self.begin) * (
            math.log10(value) - self.low) / span

    def marks(self):
        return [10 ** power for power in range(math.ceil(self.low - 1e-9),
                                               math.floor(self.high + 1e-9) + 1)]


def text(x, y, words, anchor="start", colour="#222", size=12):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>')


def axes(across, up, x_name, y_name):
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<path d="M{LEFT},{TOP}V{bottom}H{right}" fill="none" '
             'stroke="#777"/>',
             text((LEFT + right) / 2, HEIGHT - 12, x_name, "middle"),
             text(LEFT - 60, TOP - 12, y_name)]
    for value in across.marks():
        parts.append(text(across.at(value), bottom + 16, f"{value:,.0f}",
                          "middle", "#777", 11))
    for value in up.marks():
        parts.append(text(LEFT - 6, up.at(value) + 4, f"{value:,.0f}", "end",
                          "#777", 11))
    return parts


def curve(points, across, up, colour):
    places = [f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in points]
    return [f'<polyline points="{" ".join(places)}" fill="none" '
            f'stroke="{colour}" stroke-width="2"/>'] + [
        f'<circle cx="{place.split(",")[0]}" cy="{place.split(",")[1]}" r="3" '
        f'fill="{colour}"/>' for place in places]


def picture(data):
    """The SVG of a bench that has curves; None when there is nothing to draw."""
    if data["bench"] not in CURVES:
        return None
    x_name, y_name, series = CURVES[data["bench"]](data["raw"])
    series = {name: [(x, y) for x, y in points if x and y]
              for name, points in series.items()}
    series = {name: points for name, points in series.items() if points}
    if not series:
        return None
    across = Scale([x for points in series.values() for x, _ in points],
                   LEFT, WIDTH - RIGHT)
    up = Scale([y for points in series.values() for _, y in points],
               HEIGHT - BOTTOM, TOP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
             f'height="{HEIGHT}" font-family="sans-serif">',
             '<rect width="100%" height="100%" fill="white"/>',
             text(LEFT, 20, f"{data['bench']}: Linux {data['kernel']}, "
                  f"{data['accel']}, {data['date']}", colour="#777", size=11),
             *axes(across, up, x_name, y_name)]
    for place, (name, points) in enumerate(series.items()):
        colour = COLOURS[place % len(COLOURS)]
        parts += curve(points, across, up, colour)
        parts.append(text(WIDTH - RIGHT + 20, TOP + 18 * place, name,
                          colour=colour))
    return "\n".join(parts + ["</svg>", ""])
