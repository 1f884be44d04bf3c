# SPDX-License-Identifier: GPL-2.0-only
"""The stock kernel as dom0 on every shape of machine, each value at least
once: pc and q35; 1, 2, 8 and 64 CPUs; RAM below and above 4 GiB; every kernel
compression; and what happens when dom0 dies."""
import os
import re

import pytest

from lib import assets, initramfs, machine
import payloads
from conftest import BUILD

INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mount -t devtmpfs none /dev; $B mount -t proc none /proc; $B mount -t sysfs none /sys
echo "dom0: cpus $($B nproc) memory $($B awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo)"
for F in fsgsbase xsave avx fma avx2 rdrand rdseed; do $B grep -qw $F /proc/cpuinfo && HAS="$HAS $F"; done
echo "dom0: has$HAS."
$B dmesg | $B grep -iE 'WARNING:|BUG:|Oops|Call Trace|xen.*(fail|error)' | $B sed 's/^/dom0: bad: /'
case $($B cat /proc/cmdline) in
*finish=panic*) echo "dom0: panics"; echo c >/proc/sysrq-trigger ;;
*finish=reboot*) echo "dom0: reboots"; $B reboot -f ;;
esac
echo "dom0: off"
$B poweroff -f
"""


@pytest.fixture(scope="module")
def tiny(work):
    """An initramfs that says what dom0 has and ends as its command line tells."""
    init = os.path.join(work, "init")
    with open(init, "w") as script:
        script.write(INIT)
    out = os.path.join(work, "tiny.gz")
    initramfs.build(out, init)
    return out


def start(boot, hypervisor, tiny, name, kernel=None, xen="", linux="", dom0_mem="512M", **shape):
    kernel = kernel or os.path.join(assets.kernel(), "vmlinuz")
    return boot(name, kernel=hypervisor, limit=240,
                append=f"console=com1 com1=115200,8n1 dom0_mem={dom0_mem} {xen}",
                modules=[f"{kernel} console=hvc0 panic=-1 {linux}", tiny], **shape)


def up(pc, cpus, memory, timeout=60):
    found = pc.expect(rb"dom0: cpus (\d+) memory (\d+)\s", timeout, "dom0's first words")
    assert int(found.group(1)) == cpus
    assert memory * 0.5 <= int(found.group(2)) <= memory, found.group(0)
    pc.expect("dom0: off", 20)
    pc.wait_exit(30)
    assert not pc.console.seen(rb"dom0: bad: .*"), pc.console.seen(rb"dom0: bad: .*")


@pytest.mark.parametrize("shape,cpus,timeout", [
    (dict(machine="pc", smp=1), 1, 60),
    # A word that cannot be taken leaves things as they are without it.
    (dict(machine="q35", smp=2, xen="dom0_max_vcpus=junk"), 2, 60),
    (dict(machine="q35", smp=8, memory=16384), 8, 150),
], ids=["pc-1", "q35-2", "q35-8-16G"])
def test_stock_dom0(boot, hypervisor, tiny, shape, cpus, timeout):
    pc = start(boot, hypervisor, tiny, f"boot-{cpus}", **shape)
    up(pc, cpus, 512, timeout)


@pytest.mark.parametrize("xen,has", [("", " fsgsbase xsave avx fma avx2 rdrand( rdseed)?"),
                                         ("xsave=off fsgsbase=off cpuid=no-rdrand,no-rdseed", "")],
                         ids=["on", "off"])
def test_features_switched_off(boot, hypervisor, tiny, xen, has):
    """What the command line takes away is away for guests, with all that lives by it."""
    pc = start(boot, hypervisor, tiny, "features", xen=xen)
    pc.expect(rf"dom0: has{has}\.", 60, "dom0's features")
    pc.wait_exit(30)
    assert not pc.console.seen(rb"dom0: bad: .*"), pc.console.seen(rb"dom0: bad: .*")


def test_most_memory_to_dom0(boot, hypervisor, tiny):
    """Without dom0_mem, dom0 gets nearly all: here with RAM on both sides of 4 GiB."""
    kernel = os.path.join(assets.kernel(), "vmlinuz")
    pc = boot("all-memory", kernel=hypervisor, memory=5120, machine="q35", limit=240,
              append="console=com1 com1=115200,8n1", modules=[f"{kernel} console=hvc0 panic=-1", tiny])
    up(pc, 1, 5120, 120)


def test_64_cpus(boot, hypervisor, tiny):
    """All 64 are brought up; dom0 takes four."""
    pc = start(boot, hypervisor, tiny, "smp-64", machine="q35", smp=64, xen="dom0_max_vcpus=2-4")
    pc.expect("dom0: cpus 4 ", 200, "dom0's first words")
    pc.expect("dom0: off", 60)
    assert pc.console.seen(rb"(?i)brought up 64 CPUs"), "the boot log does not say 64"


def test_other_cpu_vendor(boot, hypervisor, tiny):
    vendor = "AuthenticAMD" if b"GenuineIntel" in open("/proc/cpuinfo", "rb").read() else "GenuineIntel"
    saved, machine.CPU = machine.CPU, machine.CPU + f",vendor={vendor}"
    try:
        pc = start(boot, hypervisor, tiny, "vendor", dom0_mem="-512M")	# all of 1 GiB but that
    finally:
        machine.CPU = saved
    up(pc, 1, 512)


@pytest.mark.parametrize("how", ["gzip", "zstd", "lz4", "elf"])
def test_kernel_payload(boot, hypervisor, tiny, work, how):
    image = os.path.join(work, "vmlinuz-" + how)
    payloads.repack(os.path.join(assets.kernel(), "vmlinuz"), how, image)
    pc = start(boot, hypervisor, tiny, "payload-" + how, kernel=image)
    up(pc, 1, 512)
    os.unlink(image)


EDD_INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mount -t devtmpfs none /dev; $B mount -t proc none /proc; $B mount -t sysfs none /sys
for M in $($B cat /modules/order); do $B insmod /modules/$M || echo "dom0: no $M"; done
cd /sys/firmware/edd
for D in *; do
    echo "dom0: $D signature $($B cat $D/mbr_signature) sectors $($B cat $D/sectors) version $($B cat $D/version)"
done
echo "dom0: off"
$B poweroff -f
"""


def test_bios_disks(boot, hypervisor, work):
    """What the BIOS says of each disk is where Linux shows it on the bare machine."""
    init, image = os.path.join(work, "edd-init"), os.path.join(work, "edd.gz")
    with open(init, "w") as script:
        script.write(EDD_INIT)
    initramfs.build(image, init, module_names=["edd"])
    disks = []
    for index, (kind, signature) in enumerate([("ahci", 0x8badf00d), ("virtio", 0x0000cafe)]):
        path = os.path.join(work, f"edd{index}.img")
        with open(path, "wb") as disk:
            disk.write(bytes(440) + signature.to_bytes(4, "little") + bytes(66) + b"\x55\xaa")
            disk.truncate((20 + index) << 20)
        disks.append((path, "raw", kind))
    pc = start(boot, hypervisor, image, "edd", machine="q35", disks=disks)
    pc.expect("dom0: int13_dev80 signature 0x8badf00d sectors 40960 version 0x30", 60, "the first disk")
    pc.expect("dom0: int13_dev81 signature 0x0000cafe sectors 43008 version 0x30", 5, "the second disk")
    pc.expect("dom0: off", 20)
    assert not pc.console.seen(rb"int13_dev82"), "a disk that there is not"
    pc.wait_exit(30)


def test_reboot(boot, hypervisor, tiny):
    """dom0's reboot restarts the machine: the hypervisor's first line comes twice."""
    pc = start(boot, hypervisor, tiny, "reboot", linux="finish=reboot", reboot=True)
    pc.expect("dom0: reboots", 60)
    pc.expect("dom0: reboots", 90, "the second boot")


def test_dom0_panic(boot, hypervisor, tiny):
    """The console says that dom0 crashed, and the machine restarts."""
    pc = start(boot, hypervisor, tiny, "panic", linux="finish=panic")
    pc.expect("dom0: panics", 60)
    pc.expect(r"(?i)dom(ain)? ?0 crashed", 30)
    pc.wait_exit(30)


def test_dom0_panic_noreboot(boot, hypervisor, tiny):
    pc = start(boot, hypervisor, tiny, "noreboot", linux="finish=panic", xen="noreboot")
    pc.expect("dom0: panics", 60)
    pc.expect(r"(?i)dom(ain)? ?0 crashed", 30)
    with pytest.raises(machine.Unseen, match="still on"):
        pc.wait_exit(5)


@pytest.mark.parametrize("name", ["text", "cut-payload", "broken-payload", "far-payload", "no-notes"])
def test_bad_dom0_kernel(boot, hypervisor, tiny, job_disk, name):
    """A dom0 image that cannot be one is refused with a sentence, not a fault.
    (Xen 4.17 itself dies of a page fault on two of these.)"""
    pc = start(boot, hypervisor, tiny, "bad-" + name, kernel=os.path.join(BUILD, "tests", "job", "bad-" + name))
    pc.expect(r"(?i)(dom(ain)? ?0|kernel|image|elf)[^\n]*", 60)
    pc.wait_exit(60)
    text = bytes(pc.console.data)
    assert re.search(rb"(?i)(could not|cannot|not|bad|invalid|corrupt)[^\n]*(dom(ain)? ?0|kernel|image|elf)|"
                     rb"(dom(ain)? ?0|kernel|image|elf)[^\n]*(could not|cannot|not|bad|invalid|corrupt|fail)", text)
    assert not re.search(rb"(?i)#PF|page fault|double fault|dom0: cpus", text)
