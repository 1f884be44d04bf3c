#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Each file of the tree says on its first lines under which licence it stands: the
public headers and the reference kernel MIT, everything else the GPL, version 2."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIT = ('include/public/', 'guests/minios/')
UNASKED = ('COPYING',)


def files():
    """Those of a clone; without its history all that lie here."""
    if os.path.exists(os.path.join(ROOT, '.git')):
        return subprocess.run(['git', '-C', ROOT, 'ls-files'], check=True, text=True, stdout=subprocess.PIPE).stdout.split('\n')
    return [os.path.relpath(os.path.join(folder, name), ROOT) for folder, _, names in os.walk(ROOT)
            if not os.path.relpath(folder, ROOT).startswith('build') for name in names]


def main():
    bad = 0
    for path in sorted(files()):
        if path in UNASKED or not os.path.isfile(os.path.join(ROOT, path)):
            continue
        wanted = 'MIT' if path.startswith(MIT) else 'GPL-2.0-only'
        with open(os.path.join(ROOT, path), errors='replace') as text:
            head = [next(text, '') for _ in range(4)]
        if not any('SPDX-License-Identifier: ' + wanted in line for line in head):
            print('%s: does not begin with its licence, %s' % (path, wanted))
            bad += 1
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
