#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""xl(1) against xl: each command of the table in main.c has an entry in the
page, and the options that its code takes are those of that entry and of the
line that `xl help COMMAND` prints."""
import glob
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
XL = os.path.join(TOP, "tools", "xl")


def read(path):
    with open(path) as text:
        return text.read()


def functions():
    """{name: (body, body of all that stands in its file)}"""
    found = {}
    for path in glob.glob(os.path.join(XL, "*.c")):
        text = read(path)
        bodies = dict(re.findall(r"^(?:static )?\w+ \*?(\w+)\([^;{]*\)\n\{\n(.*?)^\}", text, re.M | re.S))
        found.update({name: (body, bodies) for name, body in bodies.items()})
    return found


def taken(body, others):
    """Letters that the function's getopt takes, or that of the one which it passes argv on to."""
    letters = re.search(r'getopt(?:_long)?\(argc, argv, "\+?([^"]*)"', body)
    if letters:
        return set(letters.group(1).replace(":", ""))
    called = re.search(r"\b(\w+)\(argc, argv", body)
    if called and called.group(1) in others:
        return taken(others[called.group(1)], {})
    return set()


def entries(page):
    """{command: its part of the page}: what follows a .TP, and names it in bold at the start or after a comma."""
    found = {}
    for part in re.split(r"^\.(?:TP|S[SH].*)$", page, flags=re.M):
        part = part.strip("\n").replace("\\-", "-")
        head, _, text = part.partition("\n")
        for clause in re.split(r"(?:^|,) *\"? ?", re.sub(r"^\.B[RI]? ", "", head)):
            word = re.match(r"([a-z][a-z0-9-]+)", clause.strip('" '))
            if word:
                # Options after a comma belong to the command before it; what the text explains, to all of them.
                found[word.group(1)] = (clause, text)
    return found


def letters(text):
    return set("".join(re.findall(r"(?<![\w-])-(\w+)(?![\w-])", text)))


def main():
    table = re.findall(r'^\t\{ "([\w-]+)", (cmd_\w+), "([^"]*)", ".*" \},$', read(os.path.join(XL, "main.c")), re.M)
    page, code, wrong = entries(read(os.path.join(TOP, "tools", "man", "xl.1"))), functions(), []
    for name, function, arguments in table:
        if name not in page:
            wrong.append(f"{name}: xl(1) has no entry")
            continue
        takes = taken(*code[function])
        for where, shown in ("help", letters(arguments)), ("xl(1)", letters(page[name][0])):
            for option in sorted(takes - shown):
                wrong.append(f"{name}: -{option} is not in {where}")
            for option in sorted(shown - takes):
                wrong.append(f"{name}: -{option} is in {where}, and not taken")
    if not table:
        wrong.append("no table of commands in main.c")
    print("\n".join(wrong) or f"{len(table)} commands")
    return 1 if wrong else 0


sys.exit(main())
