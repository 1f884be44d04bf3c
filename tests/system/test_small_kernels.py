# SPDX-License-Identifier: GPL-2.0-only
"""A kernel that does not live long, as a guest of our xl: a packed ELF file that
looks for its symbols, in the ways to create one: in the foreground until it ends,
and paused, quietly, then let go. And kernels as they were told to loaders in former
times, which live by what former kernels lived by, as guests of both toolstacks."""
import gzip
import os
import re
import shutil

import pytest

from conftest import BUILD
import dom0 as dom0_module
import jobdisk
from lib import assets
from live import mkiso

GUESTS = {"symbols": "symbols.gz"}
PROMPT = re.escape("dom0:~# ")


@pytest.fixture(scope="module")
def image(tmp_path_factory, job_disk):
    scratch = str(tmp_path_factory.mktemp("small"))
    with open(os.path.join(BUILD, "guests", "x86_64", "symbols.elf"), "rb") as plain, \
            gzip.open(os.path.join(scratch, "symbols.gz"), "wb") as packed:
        shutil.copyfileobj(plain, packed)
    more = {"/boot/symbols.gz": os.path.join(scratch, "symbols.gz")}
    for name, kernel in GUESTS.items():
        path = os.path.join(scratch, f"{name}.cfg")
        with open(path, "w") as text:		# as people wrote them for other systems' kernels
            text.write(f'name = "{name}"\nbuilder = "generic"\nkernel = "/boot/{kernel}"\nmemory = 16\nvcpus = 1\n'
                       'extra = "verbose"\nnomigrate = 1\non_poweroff = "destroy"\n')
        more[f"/root/{name}.cfg"] = path
    out = os.path.join(scratch, "dom0.gz")
    mkiso.dom0_image(out, scratch, more)
    return out


def command(pc, line, end, seconds):
    """Types it; what its last word says, which is echoed apart from the typing."""
    pc.console.send(f"{line}; echo {end[0]}''{end[1:]} $?\r", slowly=True)
    return int(pc.expect(end + r" (\d+)\s", seconds, line).group(1))


def test_created_in_each_way(boot, hypervisor, image):
    pc = boot("small", smp=2, memory=1024, kernel=hypervisor, limit=900,
              append="console=com1 com1=115200,8n1 dom0_mem=512M loglvl=all guest_loglvl=all",
              modules=[os.path.join(assets.kernel(), "vmlinuz") + " console=hvc0 quiet", image])
    pc.expect(PROMPT, 120, "dom0's prompt")
    for name in GUESTS:
        # What a guest writes by console_io comes before xl ends, on the host's console.
        pc.console.send(f"xl create -F {name}.cfg; echo e''nded $?\r", slowly=True)
        pc.expect(r"\(d\d+\) \d+ passed, 0 failed", 60, f"the results of {name}")
        assert int(pc.expect(r"ended (\d+)\s", 60, f"the end of xl create -F {name}").group(1)) == 0
        assert command(pc, f"xl list {name} 2>/dev/null", "listed", 30) != 0
        assert command(pc, f"xl create -q -p {name}.cfg 2>&1 | grep Parsing", "quiet", 60) == 1
        assert command(pc, f"xl list {name} | grep -- '--p---'", "paused", 30) == 0
        pc.console.send(f"xl unpause {name}\r", slowly=True)
        pc.expect(r"\(d\d+\) \d+ passed, 0 failed", 60, f"the results of {name}, paused at first")
        assert command(pc, f"for i in $(seq 50); do xl list {name} >/dev/null 2>&1 || break; sleep 0.2; done; "
                       f"xl list {name} 2>/dev/null", "gone", 60) != 0


@pytest.mark.parametrize("name", jobdisk.OLD_KERNELS)
def test_kernels_of_old(name, dom0):
    """Each says by console_io, on the host's console, what it found; then it is gone, and all of its memory."""
    dom0.run(f"printf '%s\\n' 'name = \"old\"' 'kernel = \"/mnt/job/kernel-{name}\"' 'memory = 16' 'vcpus = 1' "
             "'extra = \"domu\"' 'on_poweroff = \"destroy\"' 'on_reboot = \"destroy\"' >old.cfg")
    for xl in (dom0.xl, dom0.other_xl):
        if name == "extended" and xl == dom0_module.DEBIAN_XL:
            continue		# which does not know that word in a note
        console = dom0.machine.console
        console.skip()
        free = dom0.free_pages()
        dom0.run(f"{xl} create old.cfg", timeout=90)
        found = console.expect(r"\(d\d+\) (\d+) passed, (\d+) failed", 60, f"the results of {name}, created by {xl}")
        assert int(found.group(1)) >= (1 if name.startswith("bare") else 40) and found.group(2) == b"0", found.group(0)
        dom0.run("gone old 30", timeout=60)
        assert dom0.free_pages() >= free
