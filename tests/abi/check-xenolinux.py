#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds docs/xenolinux.md against guests/xenolinux/patches.

Every patch must have its row, and the lines added and removed by area must be those
of the patches: a file belongs to the area that names the longest beginning of its
path in `...` ("asm/" stands for arch/x86/include/asm/). Prints the sums.
"""
import collections
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATCHES = os.path.join(ROOT, "guests", "xenolinux", "patches")
COLUMNS = ("added", "removed")


def changed(patch):
    """{file: [lines added, lines removed]} of a patch."""
    lines, counts, left = iter(patch.splitlines()), {}, [0, 0]
    for line in lines:
        if left != [0, 0]:
            sign = line[:1]
            for column, other in enumerate("-+"):
                left[column] -= sign != other and sign != "\\"
            if sign in "+-":
                counts[name]["+-".index(sign)] += 1
        elif line.startswith("--- "):
            old, new = line[4:], next(lines)[4:]
            name = (old if new == "/dev/null" else new).split("\t")[0].partition("/")[2]
            counts.setdefault(name, [0, 0])
        else:
            hunk = re.match(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", line)
            if hunk:
                left = [int(count or 1) for count in reversed(hunk.groups())]
    return counts


def main():
    with open(os.path.join(ROOT, "docs", "xenolinux.md"), encoding="utf-8") as text:
        text = text.read()
    faults = []
    patches = {os.path.basename(path)[:4]: path for path in sorted(glob.glob(os.path.join(PATCHES, "*.patch")))}
    rows = re.findall(r"^\| (\d{4}) ", text, re.M)
    if rows != list(patches):
        faults.append(f"rows for the patches {' '.join(rows)}; there are {' '.join(patches)}")

    said, areas = {}, {}
    for area, *counts in re.findall(r"^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|$", text, re.M):
        said[area] = [int(count.replace(",", "")) for count in counts]
        for beginning in re.findall(r"`([^`]+)`", area):
            areas[re.sub("^asm/", "arch/x86/include/asm/", beginning)] = area
    found, unnamed = collections.defaultdict(lambda: [0, 0]), set()
    for path in patches.values():
        with open(path, encoding="utf-8") as patch:
            for name, counts in changed(patch.read()).items():
                of = max((beginning for beginning in areas if name.startswith(beginning)), key=len, default=None)
                if of is None:
                    unnamed.add(name)
                for area in (areas.get(of), "total"):
                    found[area] = [sum(pair) for pair in zip(found[area], counts)]
    faults += [f"{name} belongs to no area" for name in sorted(unnamed)]
    for area in said:
        for column, is_said, is_so in zip(COLUMNS, said[area], found[area]):
            if is_said != is_so:
                faults.append(f"{area}: {is_said} lines {column}; it is {is_so}")
    if "total" not in said:
        faults.append("no total")
    print(f"{len(patches)} patches, {len(said)} areas, {found['total'][0]} lines added, {found['total'][1]} removed, "
          f"{len(faults)} faults")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
