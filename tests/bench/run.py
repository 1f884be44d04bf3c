# SPDX-License-Identifier: GPL-2.0-only
"""`make bench`: what the hypervisor costs, in instructions and in seconds.

Boots one stock kernel with one initramfs natively, as dom0 of Debian's own
Xen 4.17 (unpacked from its package, not installed) and as dom0 of ours, and
prints the columns side by side, with the figures to reach and the rows that
fall short of them. Under instruction counting a nanosecond of guest time is
one instruction, and a busy machine changes nothing; the time to user space is
real time, all three in turn on the same QEMU line, so run it on a quiet one.

A status other than 0 means that a machine did not do its part; a row that
falls short is only named.
"""
import concurrent.futures
import os
import re
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import ring1  # noqa: E402
from lib import assets, initramfs, machine  # noqa: E402

BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
XENOLINUX = os.path.join(BUILD, "vmlinuz-xenolinux-i386")
LOGS = os.path.join(BUILD, "tests", "bench")
# Instructions for one operation that we mean to reach.
TARGETS = {"null_call": 500, "page_fault": 8500, "ctx_2p_0k": 8000, "fork_exit": 550000}
BOOT_TARGET = 1.4  # times native
DOMU_TOLERANCE = 0.05
BOOTS = 3
STRETCH_TARGET = 500000  # instructions in the hypervisor without a preemption point
MODULES = ["xen-gntdev", "xen-gntalloc", "xen-evtchn", "xen-privcmd", "xenfs"]
GUEST_CONFIG = """name = "bench"
kernel = "/boot/vmlinuz"
ramdisk = "/boot/bench.gz"
extra = "console=hvc0 quiet bench=run"
memory = {memory}
vcpus = 1
on_poweroff = "destroy"
"""


def images(scratch, guest_kernel, bits, memory=512):
    """(initramfs of every column, initramfs of a 64-bit dom0 that starts a guest
    with that kernel, the former and memory MiB), user space of 64 or 32 bits."""
    ubench, plain, config, host = (os.path.join(scratch, f"{name}{bits}") for name in ("ubench", "bench", "cfg", "host"))
    subprocess.run(["gcc", f"-m{bits}", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O2", "-static", "-o", ubench,
                    os.path.join(HERE, "ubench.c")], check=True)
    busybox = {"busybox": assets.busybox_i386()} if bits == 32 else {}
    initramfs.build(plain, os.path.join(HERE, "init"), {"/bin/ubench": ubench}, **busybox)
    dist = os.path.join(BUILD, "dist")
    if not os.path.exists(os.path.join(dist, "usr/sbin/xl")):
        return plain, None
    with open(config, "w") as text:
        text.write(GUEST_CONFIG.format(memory=memory))
    initramfs.build(host, os.path.join(HERE, "init"),
                    {"/boot/vmlinuz": guest_kernel, "/boot/bench.gz": plain, "/boot/bench.cfg": config},
                    module_names=MODULES, trees=[dist])
    return plain, host


def kernel():
    return os.path.join(assets.kernel(), "vmlinuz")


def boot(name, hypervisor, initrd, words, image=None, dom0_mem="1024M", **shape):
    """A machine that boots a kernel, the stock one or image, natively (no hypervisor) or as dom0."""
    linux = f"quiet panic=-1 {words}"
    image = image or kernel()
    if hypervisor is None:
        return machine.Machine(name, LOGS, kernel=image, append=f"console=ttyS0 {linux}", modules=[initrd], **shape)
    return machine.Machine(name, LOGS, kernel=hypervisor,
                           append=f"console=com1 com1=115200,8n1 dom0_mem={dom0_mem}",
                           modules=[f"{image} console=hvc0 {linux}", initrd], **shape)


def measure(name, hypervisor, initrd, words, bound, icount=True, memory=2048, **shape):
    """{row: instructions} of one machine under instruction counting; without it, nanoseconds."""
    with boot(name, hypervisor, initrd, words, memory=memory, icount=icount, limit=bound + 30, **shape) as pc:
        try:
            pc.expect(r"UB done", bound, f"the last row of {name}")
        except machine.Unseen as why:
            print(f"--- {name}: {why}\n{pc.console.tail(25)}", flush=True)
            return {}
        rows = pc.console.seen(r"UB (\w+) ([0-9.]+)")
        return {row.decode(): float(value) for row, value in rows if row != b"done"}


def seconds_to_user_space(columns, initrd):
    """{column: median real time from QEMU's start to the first line of init},
    in turn, so that a slow minute of this machine is shared by all."""
    times = {name: [] for name in columns}
    for turn in range(BOOTS):
        for name, hypervisor in columns.items():
            with boot(f"{name}-boot-{turn}", hypervisor, initrd, "", limit=120, memory=2048) as pc:
                try:
                    pc.expect(r"UP cpus", 100, f"user space of {name}")
                    times[name].append(pc.seconds())
                except machine.Unseen as why:
                    print(f"--- {name}: {why}\n{pc.console.tail(25)}", flush=True)
    return {name: statistics.median(seen) if len(seen) == BOOTS else None for name, seen in times.items()}


def show(columns, boots):
    """Print the tables; returns the sentences about what falls short."""
    short = []
    native, peer, ours, domu = (columns[name] for name in ("native", "xen417", "ours", "domu"))
    print("\ninstructions for one operation, 64-bit user space of one stock kernel\n")
    print(f"{'':22}{'native':>10}{'Xen 4.17':>10}{'ours':>10}{'/native':>9}{'/Xen':>7}{'reach':>9}"
          f"{'domU':>10}{'/dom0':>7}")

    def cell(value, width, form):
        return (format(value, form) if value is not None else "-").rjust(width)

    for name in native or peer or ours:
        a, b, c, d = (column.get(name) for column in (native, peer, ours, domu))
        target = TARGETS.get(name)
        print(f"{name:22}{cell(a, 10, ',.0f')}{cell(b, 10, ',.0f')}{cell(c, 10, ',.0f')}"
              f"{cell(c / a if a and c else None, 9, '.2f')}{cell(c / b if b and c else None, 7, '.2f')}"
              f"{cell(target, 9, ',')}{cell(d, 10, ',.0f')}{cell(d / c if c and d else None, 7, '.2f')}")
        if target and c and c > target:
            short.append(f"{name}: {c:,.0f} instructions, to reach {target:,}")
        if c and d and abs(d / c - 1) > DOMU_TOLERANCE:
            short.append(f"{name}: a domU takes {d / c:.2f} times what dom0 takes, to reach within 5 %")
    print("\nreal time to user space as dom0, seconds (median of", f"{BOOTS})")
    for name, title in (("native", "native"), ("xen417", "Xen 4.17"), ("ours", "ours")):
        if boots.get(name):
            ratio = f"  {boots[name] / boots['native']:.2f} times native" if boots.get("native") else ""
            print(f"{title:22}{boots[name]:10.1f}{ratio}")
    if boots.get("ours") and boots.get("native") and boots["ours"] / boots["native"] > BOOT_TARGET:
        short.append(f"time to user space: {boots['ours'] / boots['native']:.2f} times native, to reach {BOOT_TARGET}")
    print()
    return short


def longest_stretch(hypervisor):
    """Most instructions that hostile guests kept the hypervisor from a preemption point; None: not measured."""
    runner = os.path.join(TOP, "tests", "guests", "run")
    path = os.path.join(BUILD, "guests", "preempt.log")
    if os.path.exists(path):
        os.unlink(path)  # of another run
    subprocess.run([runner, "--xen", hypervisor, "preempt"], stdout=subprocess.DEVNULL, check=False)
    try:
        with open(path, errors="replace") as log:
            found = re.findall(r"longest (.+): (\d+) instructions", log.read())
    except OSError:
        found = []
    if not found:
        print("\nlongest stretch without a preemption point: not measured")
        return None
    what, count = max(found, key=lambda row: int(row[1]))
    print(f"\nlongest stretch without a preemption point, of {len(found)} hostile operations: "
          f"{int(count):,} instructions ({what}); to stay below {STRETCH_TARGET:,}")
    return int(count)


def main():
    ours = os.environ.get("HYP") or os.path.join(BUILD, "xen")
    peer = assets.xen417()
    if ours == "xen417":
        ours = peer
    with tempfile.TemporaryDirectory() as scratch:
        plain, host = images(scratch, kernel(), 64)
        jobs = {
            "native": (None, plain, "bench=run", 180),
            "xen417": (peer, plain, "bench=run", 300),
            "ours": (ours, plain, "bench=run", 300),
            "domu": (ours, host, "bench=guest", 420),
        }
        ring1_jobs = {}
        if os.path.exists(XENOLINUX):
            plain32, host32 = images(scratch, XENOLINUX, 32, ring1.GUEST_MEMORY)
            ring1_jobs = ring1.jobs(XENOLINUX, ours, plain32, host32)
        if host is None:
            print("no tools in build/dist: no domU column")
            del jobs["domu"]
        # Instruction counts do not depend on what else runs: two at a time.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            started = {name: pool.submit(measure, name, *job) for name, job in jobs.items()}
            started |= {name: pool.submit(measure, name, *job, **shape) for name, (job, shape) in ring1_jobs.items()}
            columns = {name: job.result() for name, job in started.items()}
        columns.setdefault("domu", {})
        calls = {}
        if ring1_jobs:
            for name, job in {"native": (None, plain32, XENOLINUX), "ring 1": (ours, plain32, XENOLINUX),
                              "Xen 4.17, 64-bit": (peer, plain, None)}.items():
                calls[name] = measure("null-" + name.replace(" ", "-"), *job[:2], "bench=null", 120, icount=False,
                                      image=job[2], **ring1.SHAPE).get("null_call")
        boots = seconds_to_user_space({"native": None, "xen417": peer, "ours": ours}, plain)
    short = show(columns, boots)
    if ring1_jobs:
        short += ring1.show(columns, calls)
    else:
        print("no ring-1 rows: XenoLinux is not built (make xenolinux)")
    stretch = longest_stretch(ours)
    if stretch is not None and stretch >= STRETCH_TARGET:
        short.append(f"{stretch:,} instructions without a preemption point")
    for sentence in short:
        print("falls short:", sentence)
    broken = [name for name in columns if not columns[name]] + [name for name in boots if not boots[name]]
    broken += [f"null call, {name}" for name in calls if not calls[name]]
    broken += ["longest stretch"] if stretch is None else []
    if broken:
        print("did not finish:", ", ".join(sorted(set(broken))))
        return 1
    if not short:
        print("every figure is reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
