# SPDX-License-Identifier: GPL-2.0-only
"""XenoLinux in ring 1: as dom0, with a 32-bit Debian from a disk, and as a guest."""
import os
import re
import subprocess
import time

import pytest

import jobdisk
from conftest import BUILD
from lib import assets, machine

KERNEL = os.path.join(BUILD, "vmlinuz-xenolinux-i386")


needs_kernel = pytest.mark.skipif(not os.path.exists(KERNEL), reason="XenoLinux is not built: make xenolinux")


def run(pc, command, timeout=60):
    """The output of one line in the shell on the second serial port."""
    pc.shell.skip()
    pc.shell.send(f"{{ {command}; }} </dev/null 2>&1; echo \"@@$?@@\"\n")
    found = pc.shell.expect(rb"@@(\d+)@@\r?\n", timeout, f"the end of: {command}")
    output = found.before.decode("utf-8", "replace")
    assert found.group(1) == b"0", output
    return output


@pytest.fixture(scope="module")
def guest32(work):
    """An initramfs of 32-bit programs, ours, that say what they see and open a shell."""
    jobdisk.xenolinux_guest(work)
    return os.path.join(work, "guest32.gz")


@needs_kernel
@pytest.mark.parametrize("vendor", ["AuthenticAMD", "GenuineIntel"])
def test_dom0_by_vendor(boot, hypervisor, guest32, monkeypatch, vendor):
    """System calls as the vDSO makes them on CPUs of each vendor; page-table roots above 4 GiB."""
    monkeypatch.setattr(machine, "CPU", f"{machine.CPU},vendor={vendor}")
    pc = boot("xenolinux-" + vendor, smp=2, memory=6144, kernel=hypervisor, limit=240,
              append="console=com1 com1=115200,8n1 dom0_mem=1024M",
              modules=[f"{KERNEL} console=hvc0 panic=-1 mode=kernel", guest32])
    pc.expect("guest: ready", 120)
    seen = []
    for _ in range(int(200 * machine.PATIENCE)):
        seen += [root for level, root in pc.roots() if level]
        if len(seen) >= 10:
            break
        time.sleep(0.05)
    assert seen and min(seen) >= 1 << 32, seen
    pc.console.send("dmesg | grep -E 'WARNING|BUG:|Call Trace|unchecked' | grep -vc clockevents_switch_state; /sbin/poweroff\n",
                    slowly=True)
    pc.expect(r"\n0\r", 30, "a boot log without warnings")
    pc.wait_exit(40)


@needs_kernel
def test_dom0_debian_i386(boot, hypervisor, work):
    """Two processors, highmem in use, a balloon that goes down and up, power off."""
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


def inside(dom0, command, answer):
    """A line typed into the guest's shell prints what it should."""
    dom0.run(f"""type_in "echo guest: an''swer \\$({command})"; await x.console 'guest: answer {answer}' 40""", timeout=60)


@needs_kernel
def test_guest(dom0):
    """Disk, card, modules, highmem; a processor and memory go and come back; saved, restored, started anew, shut down."""
    before = dom0.free_pages()
    dom0.run("xl dmesg -c >/dev/null")
    dom0.run("guest x disk=1 vif=1 vcpus=2 'kernel=\"/mnt/job/vmlinuz-xenolinux-i386\"' "
             "'ramdisk=\"/mnt/job/guest32.gz\"' 'extra=highmem=24m mode=tick' && start x", timeout=120)
    dom0.run("await x.console 'guest: ready' 90", timeout=120)
    seen = dom0.run("cat x.console")
    for line in ("-xenolinux, 2 CPU,", "ring 1", "hello from the disk", "network up as 192.168.77.2"):
        assert line in seen, seen
    dom0.run("ping -c 2 -W 5 192.168.77.2", timeout=40)
    inside(dom0, "cut -d ' ' -f 1 /proc/modules | xargs", "dummy bridge stp llc")
    inside(dom0, "awk '/HighTotal/ { print \\$2 }' /proc/meminfo", "24576")
    dom0.run("type_in 'mount -t tmpfs none /tmp; dd if=/dev/urandom of=/tmp/a bs=1M count=40; md5sum </tmp/a >/tmp/sum'")
    inside(dom0, "awk '/HighFree/ { print \\$2 < 8192 }' /proc/meminfo", "1")

    dom0.run("xl vcpu-set x 1")
    inside(dom0, "while [ \\$(nproc) != 1 ]; do sleep 0.2; done; nproc", "1")
    # Nobody in this guest does what udev does elsewhere.
    dom0.run("xl vcpu-set x 2")
    inside(dom0, "cd /sys/devices/system/cpu/cpu1; until echo 1 >online; do sleep 0.2; done 2>/dev/null; nproc", "2")
    dom0.run("xl mem-set x 100m")
    total = "awk '/MemTotal/ { print int(\\$2 / 1024) }' /proc/meminfo"
    inside(dom0, f"while [ \\$({total}) -gt 95 ]; do sleep 0.2; done; echo less", "less")
    dom0.run("xl mem-set x 128m")
    inside(dom0, f"while [ \\$({total}) -lt 110 ]; do sleep 0.2; done; echo more", "more")

    dom0.run("xl save x /root/x.save", timeout=180)
    dom0.run("unwatch; gone x 20; xl restore -p /root/x.save && watch x && xl unpause x", timeout=180)
    dom0.run("await x.console 'guest: tick' 60", timeout=90)
    inside(dom0, "md5sum </tmp/a | cmp - /tmp/sum && nproc", "2")
    inside(dom0, "echo 3 >/proc/sys/vm/drop_caches; cat /mnt/hello", "hello from the disk")
    dom0.run("ping -c 2 -W 5 192.168.77.2", timeout=40)
    # Linux warns now and then of a CPU that leaves idle when its tick is suspended already: not the port's doing.
    inside(dom0, "dmesg | grep -E 'WARNING|BUG:|Firmware Bug|unchecked' | grep -vc clockevents_switch_state", "0")

    first = dom0.domains()["x"][0]
    dom0.run("unwatch; xl reboot x", timeout=60)
    dom0.run(f"for n in $(seq 100); do i=$(xl domid x 2>/dev/null); [ \"$i\" ] && [ \"$i\" != {first} ] && break; "
             f"sleep 0.3; done; [ \"$i\" != {first} ]", timeout=60)
    # Its console is there a little later than the domain.
    dom0.run("for n in 1 2 3 4; do sleep 1; watch x; await x.console 'guest: tick' 30 && break; done", timeout=140)
    dom0.run("unwatch; xl shutdown -w x; gone x 30", timeout=120)
    assert not re.search(r"^\(XEN\) d[1-9]", dom0.xl_dmesg(), re.M), dom0.xl_dmesg()
    dom0.run("forget x; rm -f x.save")
    assert dom0.free_pages() == before
