# SPDX-License-Identifier: GPL-2.0-only
"""The rows of `make bench` for ring 1: XenoLinux natively, as dom0 of ours, and
as a guest of a 64-bit dom0. Which of its memory is lowmem decides what some rows
cost; here all of it is, in every column."""

SHAPE = {"memory": 704, "dom0_mem": "512M"}
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
    }
    if host:
        found["ring1-domu"] = ((ours, host, "bench=guest", 420), {})
    return found


def show(columns, calls):
    """Print the tables; returns the sentences about what falls short."""
    short = []
    native, dom0, domu = (columns.get(name, {}) for name in ("ring1-native", "ring1-dom0", "ring1-domu"))
    print("instructions for one operation, XenoLinux, 32-bit user space\n")
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
            short.append(f"ring 1, {name}: {b:,.0f} instructions, natively {a:,.0f}, to reach {words}")
        if c and abs(c / b - 1) > DOMU_TOLERANCE:
            short.append(f"ring 1, {name}: a domU takes {c / b:.2f} times what dom0 takes, to reach within 5 %")
    print("\nreal time of a null system call, nanoseconds")
    for name, value in calls.items():
        print(f"{name:22}" + (f"{value:10,.0f}" if value else f"{'-':>10}"))
    own, bare, peer = (calls.get(name) for name in ("ring 1", "native", "Xen 4.17, 64-bit"))
    if own and bare and own > CALL_TIMES_NATIVE * bare:
        short.append(f"ring 1: a null call takes {own / bare:.1f} times native, to reach {CALL_TIMES_NATIVE}")
    if own and peer and peer < CALL_QUICKER_THAN_XEN * own:
        short.append(f"ring 1: a null call is {peer / own:.1f} times quicker than a 64-bit guest's of Xen 4.17, "
                     f"to reach {CALL_QUICKER_THAN_XEN}")
    print()
    return short
