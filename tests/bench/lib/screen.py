# SPDX-License-Identifier: GPL-2.0-only
"""What a bench shows while it runs.

On a terminal one line at the bottom is rewritten; elsewhere that line is
printed once a second. Everything else scrolls above it. Writes to standard
output only, and knows nothing of what is measured.
"""

import os
import shutil
import sys
import time


class Screen:
    """A line of progress under lines that stay.

    total is the number of steps that make up the whole bar.
    """

    BAR = 20
    PLAIN_INTERVAL = 1.0        # seconds between lines when not a terminal
    TERMINAL_INTERVAL = 0.5

    def __init__(self, out=sys.stdout):
        self.out = out
        self.terminal = out.isatty() and os.environ.get("TERM") != "dumb"
        self.start = time.monotonic()
        self.total = 1
        self.done = 0.0
        self.step = ""
        self.text = ""
        self.shown = 0.0
        self.dirty = False

    def elapsed(self):
        return time.monotonic() - self.start

    def say(self, line=""):
        """A line that stays."""
        self._wipe()
        print(line, file=self.out, flush=True)

    def begin_step(self, done, step):
        """`done` steps of the whole are over, `step` begins."""
        self.done = done
        self.step = step
        self.text = ""
        self.say(f"{self._clock()}  {step}")

    def update(self, text=None, part=0.0):
        """New figures for the line; part is how much of the step is done."""
        if text is not None:
            self.text = text
        interval = (self.TERMINAL_INTERVAL if self.terminal
                    else self.PLAIN_INTERVAL)
        now = time.monotonic()
        if now - self.shown < interval * 0.95:
            return
        self.shown = now
        self._draw(min(self.done + part, self.total))

    def close(self):
        self._wipe()

    def _clock(self):
        seconds = int(self.elapsed())
        return f"{seconds // 60}:{seconds % 60:02d}"

    def _draw(self, done):
        share = done / self.total
        if not self.terminal:
            print(f"{self._clock()} {share:4.0%}  {self.text or self.step}",
                  file=self.out, flush=True)
            return
        filled = int(share * self.BAR)
        bar = "#" * filled + "." * (self.BAR - filled)
        line = f"[{bar}] {share:4.0%} {self._clock()} {self.text or self.step}"
        width = shutil.get_terminal_size().columns - 1
        self.out.write("\r\033[K" + line[:width])
        self.out.flush()
        self.dirty = True

    def _wipe(self):
        if self.dirty:
            self.out.write("\r\033[K")
            self.dirty = False
