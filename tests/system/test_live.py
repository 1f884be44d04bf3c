# SPDX-License-Identifier: GPL-2.0-only
"""The live image, as people will boot it: the whole of `make demo` on each
firmware and medium."""
import os
import subprocess
import sys

import pytest

from conftest import BUILD, TOP
from lib import machine


@pytest.mark.parametrize("way", [(), ("--uefi",), ("--multiboot1",), ("--uefi", "--usb")],
                         ids=["bios", "uefi", "multiboot1", "uefi-usb"])
def test_demo(way):
    assert os.path.exists(os.path.join(BUILD, "live.iso")), "no build/live.iso: run make iso"
    done = subprocess.run([sys.executable, os.path.join(TOP, "tests/live/demo.py"), *way], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=520 * machine.PATIENCE, check=False)
    assert done.returncode == 0, done.stdout
