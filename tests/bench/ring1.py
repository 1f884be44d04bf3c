# SPDX-License-Identifier: GPL-2.0-only
"""The rows of `make bench` for ring 1: XenoLinux natively, as dom0 of ours, and
as a guest of a 64-bit dom0. Which of its memory is lowmem decides what some rows
cost: the first table has highmem in use in every column, as most machines do; the
second has lowmem only."""

SHAPE = {"memory": 1280, "dom0_mem": "1024M"}
GUEST_MEMORY = 1024  # MiB
HOST_MEMORY = 2560  # of the machine with the 64-bit dom0 and the guest
LOWMEM_SHAPE = {"memory": 704, "dom0_mem": "512M"}
# row: (what Xen 4.17 with PV32 and Linux 4.19 took, a measurement of former times; ours is to stay below)
ROWS = {
    "null_call": ("native + 250", lambda native: native + 100, "native + 100"),
    "page_fault": ("2.9 times", lambda native: 1.35 * native, "1.35 times"),
    "cow_fault": ("4.7 times", lambda native: 1.5 * native, "1.5 times"),
    "ctx_2p_0k": ("3.1 times", lambda native: 1.35 * native, "1.35 times"),
    "fork_exit": ("6.8 times", lambda native: 2 * native, "2 times"),
}
DOMU_TOLERANCE = 0.05
CALL_TIMES_NATIVE = 3
CALL_QUICKER_THAN_XEN = 5


def jobs(kernel, ours, plain, host):
    """{column: (arguments, named arguments of measure())}."""
    found = {
        "ring1-native": ((None, plain, "bench=run", 240), {"image": kernel, **SHAPE}),
        "ring1-dom0": ((ours, plain, "bench=run", 300), {"image": kernel, **SHAPE}),
        "ring1-low-native": ((None, plain, "bench=run", 240), {"image": kernel, **LOWMEM_SHAPE}),
        "ring1-low-dom0": ((ours, plain, "bench=run", 300), {"image": kernel, **LOWMEM_SHAPE}),
    }
    if host:
        found["ring1-domu"] = ((ours, host, "bench=guest", 420), {"memory": HOST_MEMORY})
    return found


def table(title, native, dom0, domu):
    """Print one table; returns the sentences about what falls short."""
    short = []
    print(f"instructions for one operation, XenoLinux, 32-bit user space, {title}\n")
    print(f"{'':14}{'native':>10}{'ring 1':>10}{'/native':>9}{'reach':>14}{'domU':>10}{'/dom0':>7}  "
          "Xen 4.17 PV32 (quoted, not measured here)")
    for name, (quoted, most, words) in ROWS.items():
        if name not in native or name not in dom0:
            print(f"{name:14} not measured")
            continue
        a, b, c = native[name], dom0[name], domu.get(name)
        print(f"{name:14}{a:10,.0f}{b:10,.0f}{b / a:9.2f}{words:>14}"
              + (f"{c:10,.0f}{c / b:7.2f}" if c else f"{'-':>10}{'-':>7}") + f"  {quoted}")
        if b > most(a):
            short.append(f"ring 1, {title}, {name}: {b:,.0f} instructions, natively {a:,.0f}, to reach {words}")
        if c and abs(c / b - 1) > DOMU_TOLERANCE:
            short.append(f"ring 1, {title}, {name}: a domU takes {c / b:.2f} times what dom0 takes, "
                         "to reach within 5 %")
    print()
    return short


def show(columns, calls):
    """Print the tables; returns the sentences about what falls short."""
    native, dom0, domu, low_native, low_dom0 = (
        columns.get(f"ring1-{name}", {}) for name in ("native", "dom0", "domu", "low-native", "low-dom0"))
    short = table("with highmem", native, dom0, domu)
    short += table("all memory lowmem", low_native, low_dom0, {})
    print("real time of a null system call, nanoseconds")
    own, bare, peer = (calls.get(name) for name in ("ring 1", "native", "Xen 4.17, 64-bit"))
    for name, value in calls.items():
        ratio = f"  {value / bare:.1f} times native" if value and bare else ""
        print(f"{name:22}" + (f"{value:10,.0f}" if value else f"{'-':>10}") + ratio)
    if own and bare and own > CALL_TIMES_NATIVE * bare:
        short.append(f"ring 1: a null call takes {own / bare:.1f} times native, to reach {CALL_TIMES_NATIVE}")
    if own and peer and peer < CALL_QUICKER_THAN_XEN * own:
        short.append(f"ring 1: a null call is {peer / own:.1f} times quicker than a 64-bit guest's of Xen 4.17, "
                     f"to reach {CALL_QUICKER_THAN_XEN}")
    print()
    return short
