# SPDX-License-Identifier: GPL-2.0-only
"""Which part of the kernel a function belongs to.

tests/bench/classes says it by the file that defines the function, so the
kernel's source is read for where that is. Static functions may share a name:
the first folder of FOLDERS that has one counts.
"""

import json
import os
import re

FOLDERS = ("mm", "block", "kernel", "arch/x86", "lib", "fs", "include",
           "security", "init", "drivers/block", "drivers/virtio",
           "drivers/nvme", "drivers/base", "drivers/clocksource",
           "drivers/cpuidle", "drivers/char", "drivers/tty", "drivers/md")
# Code that never runs in the kernel itself.
ELSEWHERE = ("boot", "tools", "um", "purgatory", "tests", "realmode")
CLASSES = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "classes")

# A definition begins in the first column; see is_definition().
BEGINS = re.compile(r"^(?:[A-Za-z_][\w \t*]*?[ \t*])?([A-Za-z_]\w+)\(", re.M)
MACRO = re.compile(r"^(SYSCALL_DEFINE\d|SYM_(?:TYPED_)?(?:FUNC|CODE)_START\w*|"
                   r"DEFINE_IDTENTRY\w*)\((\w+)", re.M)
NOT_NAMES = {"if", "for", "while", "switch", "return", "sizeof", "defined",
             "define", "typeof", "static_assert", "__attribute__"}
LONGEST_HEAD = 2000     # characters from a function's name to its body


def is_definition(text, at):
    """True if the bracket at this place ends, and a body follows it."""
    depth = 0
    for place in range(at, min(at + LONGEST_HEAD, len(text))):
        char = text[place]
        depth += (char == "(") - (char == ")")
        if depth == 0 and char == ";":
            return False
        if depth == 0 and char == "{":
            return True
    return False


def names_in(text):
    """The functions that a source file defines."""
    for macro, name in MACRO.findall(text):
        if macro.startswith("SYSCALL"):
            yield from (f"__x64_sys_{name}", f"__do_sys_{name}",
                        f"__se_sys_{name}")
        else:
            yield name
    for found in BEGINS.finditer(text):
        name = found.group(1)
        if name not in NOT_NAMES and is_definition(text, found.end() - 1):
            yield name


def files_below(top, ends):
    for path, folders, files in os.walk(top):
        folders[:] = sorted(f for f in folders if f not in ELSEWHERE)
        for name in sorted(files):
            if name.endswith(ends):
                yield os.path.join(path, name)


def read_source(source):
    """Name of a function -> file that defines it."""
    where = {}
    for folder in FOLDERS:
        # A header may hold what a function is without an option.
        for ends in (".c", ".S"), (".h",):
            for path in files_below(os.path.join(source, folder), ends):
                with open(path, encoding="utf-8", errors="replace") as text:
                    for name in names_in(text.read()):
                        where.setdefault(name, os.path.relpath(path, source))
    return where


def exported(kdir):
    """Functions that modules may use; some are made by macros only."""
    with open(os.path.join(kdir, "Module.symvers"), encoding="ascii") as lines:
        return [line.split("\t")[1] for line in lines]


def index(source, cache):
    """The same, kept in a file: reading the source takes some seconds."""
    key = f"{source} {os.path.getmtime(os.path.abspath(__file__))}"
    try:
        with open(cache, encoding="ascii") as kept:
            data = json.load(kept)
        if data["key"] == key:
            return data["where"]
    except (OSError, ValueError, KeyError):
        pass
    where = read_source(source)
    os.makedirs(os.path.dirname(cache), exist_ok=True)
    with open(cache + ".new", "w", encoding="ascii") as out:
        json.dump({"key": key, "where": where}, out)
    os.rename(cache + ".new", cache)
    return where


class Classes:
    """The rules of tests/bench/classes, on the functions of one kernel."""

    HELPER = "helper"

    def __init__(self, where, path=CLASSES):
        self.where = where
        self.names = []         # (regex, class), in order
        self.modules = []
        self.paths = []         # (prefix, class), longest first
        self.counted = ()       # classes that are the work of reclaim
        self.added = ()         # the same, of the modules
        with open(path, encoding="ascii") as rules:
            for line in rules:
                self._rule(line)
        self.paths.sort(key=lambda rule: -len(rule[0]))
        self.known = {}

    def _rule(self, line):
        if line.startswith("# counted:"):
            self.counted = tuple(line.split(":")[1].split())
        if line.startswith("# added:"):
            self.added = tuple(line.split(":")[1].split())
        if line.startswith("#") or not line.strip():
            return
        kind, by, what = line.split()
        if by == "path":
            self.paths.append((what, kind))
        elif by in ("name", "module"):
            rules = self.names if by == "name" else self.modules
            rules.append((re.compile(what + r"\Z"), kind))
        else:
            raise ValueError(f"tests/bench/classes: what is {by}?")

    def _find(self, name, module):
        plain = name.split(".")[0]
        if name.startswith("["):
            return name.strip("[]")
        if module != "-":
            for regex, kind in self.modules:
                if regex.match(module):
                    return kind
        for regex, kind in self.names:
            if regex.match(plain):
                return kind
        path = self.where.get(plain, "")
        for prefix, kind in self.paths:
            if path.startswith(prefix):
                return kind
        return "other"

    def of(self, name, module):
        key = name, module
        if key not in self.known:
            self.known[key] = self._find(name, module)
        return self.known[key]

    def helpers(self, more=()):
        """Names of functions that work for whoever calls them."""
        return sorted(n for n in {*self.where, *more}
                      if self.of(n, "-") == self.HELPER)
