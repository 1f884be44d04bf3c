#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds docs/porting.md against guests/minios.

Every step must point at a file there; a file that is named must exist; a name
that is said to be in a file must be in it (in each of them, for arch/*); and any
other name in the text must be one of minios, of the public headers, or a word of
the machine or of the command line (WORDS). Prints how many references there are.
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MINIOS = os.path.join(ROOT, "guests", "minios")
FILE = r"(?:arch|kernel|include/minios|newlib|lwip-port|apps)/[\w*./-]*|minios\.lds"
WORDS = set("cli sti lgdt mov iret syscall xl".split())


def words(path):
    with open(path, encoding="utf-8") as text:
        return set(re.findall(r"\w+", text.read()))


def main():
    with open(os.path.join(ROOT, "docs", "porting.md"), encoding="utf-8") as text:
        text = text.read()
    known = set(WORDS)
    for tree in (MINIOS, os.path.join(ROOT, "include", "public")):
        for folder, _, names in os.walk(tree):
            for name in names:
                known |= words(os.path.join(folder, name))
    faults, count = [], 0
    for step in re.split(r"^## ", text, flags=re.M)[1:]:
        title = step.split("\n", 1)[0]
        prose = re.sub(r"^\t.*\n", "", step, flags=re.M)
        files = re.findall(rf"`({FILE})`", prose)
        if title[0].isdigit() and not files:
            faults.append(f"{title}: points at no file of guests/minios")
        for name in files:
            count += 1
            if not glob.glob(os.path.join(MINIOS, name)):
                faults.append(f"{title}: there is no {name}")
        for name, where in re.findall(rf"`(\w+)`(?:,? \(| in )`({FILE})`", prose):
            count += 1
            faults += [f"{title}: {name} is not in {os.path.relpath(path, MINIOS)}"
                       for path in glob.glob(os.path.join(MINIOS, where)) if name not in words(path)]
        for name in re.findall(r"`([A-Za-z_]\w*)`", prose):
            count += 1
            if not known & {name, "__HYPERVISOR_" + name}:
                faults.append(f"{title}: nothing is called {name}")
    print(f"{count} references, {len(faults)} faults")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
