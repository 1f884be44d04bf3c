# SPDX-License-Identifier: GPL-2.0-only
"""`make run`: the live image on this terminal."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ISO = os.path.join(os.environ.get("BUILD") or os.path.join(TOP, "build"), "live.iso")

print("""
  Booting build/live.iso in QEMU, in software; dom0's prompt comes in half a minute.
  At the prompt:   xl create -c demo.cfg     (leave the guest's console with Ctrl-])
  To leave QEMU:   poweroff, or Ctrl-A and then X
""", flush=True)
sys.path.insert(0, os.path.dirname(HERE))
from lib.machine import CPU  # noqa: E402

os.execvp("qemu-system-x86_64", ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", CPU, "-smp", "2",
                                 "-m", "1024", "-nographic", "-no-reboot", "-cdrom", ISO])
