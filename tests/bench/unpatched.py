# SPDX-License-Identifier: GPL-2.0-only
"""`make bench-unpatched`: XenoLinux natively against the tree that it is made of.

Builds Debian's tree without our patches by XenoLinux's own script and from its i386
configuration (minutes; the cache keeps it), boots both natively under instruction
counting, with highmem in use and without, and prints their rows side by side. Also
compares XenoLinux's options with those of the unpatched kernel and of upstream's
i386_defconfig, so that it can be seen what is measured.

The status is 0 if each row is within 3 %, and no option is on that is for debugging,
tracing or hardening and off in i386_defconfig.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

import ring1
import run
from lib import assets

GUESTS = os.path.join(run.TOP, "guests")
TOLERANCE = 0.03
SHAPES = {"with highmem": ring1.SHAPE, "all memory lowmem": ring1.LOWMEM_SHAPE}
# Where Linux declares options for debugging, tracing and hardening, and what those elsewhere are called.
AFFECTED_FILES = r"Kconfig\.(debug|hardening|k?[ackmu]san|kfence|kgdb)|kernel/(trace|gcov|kcsan)/|security/\w+/|samples/"
AFFECTED_NAMES = (r"^SECURITY$|DEBUG|TRAC(E|ING)|PROFIL|HARDEN|FORTIFY|RANDOM|STACKPROTECTOR|STACKLEAK|INIT_ON_|INIT_STACK|"
                  r"STRICT_|VMAP_STACK|RETPOLINE|RETHUNK|MITIGATION|SANITIZE|SELFTEST|_TEST$|LOCKDEP|VERBOSE|_STATS?$")


def unpatched(scratch):
    """The kernel of a folder like guests/xenolinux whose only patch changes nothing."""
    folder, out = os.path.join(scratch, "xenolinux"), os.path.join(run.BUILD, "unpatched")
    os.makedirs(os.path.join(folder, "patches"))
    open(os.path.join(folder, "patches", "none.patch"), "w").close()
    for name in ("build", "config-i386", "config-x86_64"):
        shutil.copy(os.path.join(GUESTS, "xenolinux", name), folder)
    os.symlink(os.path.join(GUESTS, "minios"), os.path.join(scratch, "minios"))
    subprocess.run(["nice", "-n", "5", os.path.join(folder, "build"), "i386"], check=True,
                   env={**os.environ, "BUILD": out})
    return os.path.join(out, "vmlinuz-xenolinux-i386")


def options(text):
    """{option: value} of those in a configuration that are not off."""
    return dict(re.findall(r"^CONFIG_(\w+)=(.*)$", text, re.M))


def built_with(image):
    """The options of a kernel, which CONFIG_IKCONFIG leaves in its image."""
    with open(image, "rb") as file:
        data = file.read()
    data = zlib.decompressobj(31).decompress(data[data.index(b"\x1f\x8b\x08"):])
    return options(zlib.decompress(data[data.index(b"IKCFG_ST") + 8:], 31).decode())


def defconfig(scratch):
    """(the options of upstream's i386_defconfig, {option: files of the tree that declare it})."""
    package = "linux-source-6.1"
    archive = os.path.join(assets.CACHE, f"{package}_{assets.candidate(package)}", "usr/src", package + ".tar.xz")
    wanted = ("Kconfig*", "scripts/*", "arch/x86/configs/*", "Makefile", "arch/x86/Makefile*")
    subprocess.run(["tar", "-C", scratch, "-xf", archive, "--wildcards", *(f"*/{name}" for name in wanted)], check=True)
    tree = os.path.join(scratch, package)
    subprocess.run(["make", "-s", "-C", tree, "ARCH=i386", "i386_defconfig"], check=True, stdout=subprocess.DEVNULL,
                   env={name: value for name, value in os.environ.items() if "MAKE" not in name and name != "MFLAGS"})
    declared = {}
    for path in glob.glob(os.path.join(tree, "**", "Kconfig*"), recursive=True):
        with open(path, errors="replace") as text:
            for name in re.findall(r"^\s*(?:menu)?config (\w+)", text.read(), re.M):
                declared.setdefault(name, []).append(os.path.relpath(path, tree))
    with open(os.path.join(tree, ".config")) as text:
        return options(text.read()), declared


def compare_options(ours, theirs, upstream, declared):
    """Print in which options the kernels differ; returns the sentences about what is on that should not be."""
    for title, more, less in (("the unpatched kernel", theirs, ours), ("XenoLinux", ours, theirs)):
        differ = sorted(name for name, value in more.items() if less.get(name) != value)
        print(f"options of {title} that the other lacks: {' '.join(differ) or 'none'}")
    extra = sorted(name for name, value in ours.items() if value in ("y", "m") and name not in upstream)
    print(f"options on in XenoLinux, off in i386_defconfig: {' '.join(extra)}\n")
    return [f"{name} ({', '.join(declared.get(name, ['?']))}) is on, and i386_defconfig lacks it" for name in extra
            if re.search(AFFECTED_NAMES, name)
            or any(re.search(AFFECTED_FILES, path) for path in declared.get(name, ()))]


def compare_rows(title, unpatched_rows, rows):
    """Print one table; returns the sentences about what is beyond the tolerance."""
    short = []
    print(f"instructions for one operation, natively, {title}\n")
    print(f"{'':14}{'unpatched':>10}{'XenoLinux':>11}{'ratio':>8}")
    for name in ring1.ROWS:
        a, b = unpatched_rows.get(name), rows.get(name)
        if not a or not b:
            short.append(f"{title}, {name}: not measured")
            continue
        print(f"{name:14}{a:10,.0f}{b:11,.0f}{b / a:8.3f}")
        if abs(b / a - 1) > TOLERANCE:
            short.append(f"{title}, {name}: {b / a:.3f} times the unpatched tree's, to stay within 3 %")
    print()
    return short


def main():
    with tempfile.TemporaryDirectory() as scratch:
        kernels = {"unpatched": unpatched(scratch), "xenolinux": run.XENOLINUX}
        short = compare_options(built_with(kernels["xenolinux"]), built_with(kernels["unpatched"]), *defconfig(scratch))
        plain, _ = run.images(scratch, run.XENOLINUX, 32)
        for title, shape in SHAPES.items():
            rows = [run.measure(f"{name}-native-{shape['memory']}", None, plain, "bench=run", 240, image=image, **shape)
                    for name, image in kernels.items()]
            short += compare_rows(title, *rows)
    for sentence in short:
        print("falls short:", sentence)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
