# SPDX-License-Identifier: GPL-2.0-only
"""XenoLinux in ring 1 as dom0, with a 32-bit Debian from a disk."""
import os
import re
import subprocess

import pytest

from conftest import BUILD
from lib import assets

KERNEL = os.path.join(BUILD, "vmlinuz-xenolinux-i386")


def run(pc, command, timeout=60):
    """The output of one line in the shell on the second serial port."""
    pc.shell.skip()
    pc.shell.send(f"{{ {command}; }} </dev/null 2>&1; echo \"@@$?@@\"\n")
    found = pc.shell.expect(rb"@@(\d+)@@\r?\n", timeout, f"the end of: {command}")
    output = found.before.decode("utf-8", "replace")
    assert found.group(1) == b"0", output
    return output


def test_dom0_debian_i386(boot, hypervisor, work):
    """Two processors, highmem in use, a balloon that goes down and up, power off."""
    if not os.path.exists(KERNEL):
        pytest.skip("XenoLinux is not built: make xenolinux")
    disk = os.path.join(work, "debian32.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", assets.debian32_disk(), "-F", "raw", disk],
                   check=True)
    pc = boot("xenolinux-dom0", smp=2, memory=2048, kernel=hypervisor, shell=True, limit=400,
              append="console=com1 com1=115200,8n1 dom0_mem=1536M",
              modules=[f"{KERNEL} console=hvc0 root=/dev/sda rw systemd.wants=test-shell@ttyS1.service"],
              disks=[(disk, "qcow2", "ahci")])
    pc.shell.expect("@ready", 240, "Debian's shell on the second serial port")
    assert run(pc, "uname -m; nproc; dpkg --print-architecture").split() == ["i686", "2", "i386"]
    assert re.search(rb"ring 1\b", bytes(pc.console.data)) or "ring 1" in run(pc, "dmesg | grep 'code selector'")
    memory = {name: int(kib) for name, kib in re.findall(r"(\w+):\s+(\d+) kB", run(pc, "cat /proc/meminfo"))}
    assert memory["HighTotal"] > 600 << 10 and memory["LowTotal"] < 720 << 10, memory
    # More than lowmem holds, written and read back.
    run(pc, "mount -t tmpfs -o size=1200m none /mnt && seq 1 2000000 >/tmp/part && "
            "for n in $(seq 56); do cat /tmp/part; done >/mnt/all", timeout=240)
    free = int(re.search(r"HighFree:\s+(\d+)", run(pc, "cat /proc/meminfo")).group(1))
    assert free < memory["HighTotal"] // 2, free
    run(pc, "for n in $(seq 56); do cat /tmp/part; done | cmp - /mnt/all && umount /mnt", timeout=240)
    target = "/sys/devices/system/xen_memory/xen_memory0/target_kb"
    total = "awk '/MemTotal/ { print $2 }' /proc/meminfo"
    before = int(run(pc, total))
    run(pc, f"t=$(cat {target}); echo $((t - 200000)) >{target}; "
            f"for n in $(seq 100); do [ $({total}) -le $(({before} - 190000)) ] && break; sleep 0.2; done; "
            f"[ $({total}) -le $(({before} - 190000)) ]")
    run(pc, f"echo $t >{target}; for n in $(seq 100); do [ $({total}) -ge {before} ] && break; sleep 0.2; done; "
            f"[ $({total}) -ge {before} ]")
    assert "Call Trace" not in run(pc, "dmesg")
    pc.shell.send("poweroff\n")
    pc.wait_exit(90)
