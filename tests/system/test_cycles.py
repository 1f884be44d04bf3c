# SPDX-License-Identifier: GPL-2.0-only
"""Create and destroy, again and again: the host's free memory stays exactly
what it was. CYCLES and IO_CYCLES say how often."""
import os
import random
import time

CYCLES = int(os.environ.get("CYCLES", "100"))
IO_CYCLES = int(os.environ.get("IO_CYCLES", "10"))


def test_create_destroy(dom0):
    """Guests without devices, killed right after their first instructions: one
    in ten with the stock kernel, whose unpacking takes most of the time, the
    others small and with a kernel in ring 1. The slower toolstack does a tenth
    of the cycles."""
    cycles = CYCLES if dom0.kind == "own" else max(CYCLES // 10, 3)
    dom0.run("guest g; guest m")
    dom0.run("sed -i 's|^kernel = .*|kernel = \"/mnt/job/minios-x86_32\"|; /^ramdisk/d; s/^memory = .*/memory = 32/' m.cfg")
    for name in "g", "m":
        dom0.run(f"xl create {name}.cfg && xl destroy {name} && gone {name} 20", timeout=90)
    before = dom0.free_pages()
    for cycle in range(cycles):
        name = "m" if cycle % 10 else "g"
        dom0.run(f"xl create {name}.cfg >/dev/null && xl destroy {name}", timeout=60)
    dom0.run("gone g 20; gone m 20", timeout=60)
    assert dom0.free_pages() == before


def test_killed_with_io_in_flight(dom0):
    """Guests killed at random moments, with grants mapped, requests queued and
    packets on their way."""
    seed = int(os.environ.get("SEED", time.time()))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    dom0.run("guest g disk=1 vif=1 extra=mode=io")
    dom0.run("start g && await g.console 'guest: ready' 60; unwatch; xl destroy g; gone g 20", timeout=150)
    before = dom0.free_pages()
    for cycle in range(IO_CYCLES if dom0.kind == "own" else max(IO_CYCLES // 3, 2)):
        dom0.run("start g", timeout=90)
        if cycle % 2:  # half of them in full swing, half somewhere in their start
            dom0.run("await g.console 'guest: ready' 60", timeout=90)
            dom0.run("(ping -f -w 3 192.168.77.2 >/dev/null 2>&1 &)")
        time.sleep(chance.uniform(0.2, 3))
        dom0.run("unwatch; xl destroy g; gone g 20", timeout=60)
    dom0.run("sleep 3")
    assert dom0.free_pages() == before
