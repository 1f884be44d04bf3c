# SPDX-License-Identifier: GPL-2.0-only
"""Makes the second disk of a Debian dom0: guest kernels, good and bad, guest
file systems, helper programs and our own tools. Read only in the guest, at
/mnt/job, as one ext4 image without a partition table."""
import fcntl
import glob
import os
import shutil
import subprocess

from lib import assets, initramfs
import payloads

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
GUEST_MODULES = ["xen-blkfront", "xen-netfront", "ext4"]


def program(out, sources, flags):
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-O2", "-static", *flags, "-o", out]
                   + [os.path.join(HERE, source) for source in sources], check=True)


XENOLINUX = os.path.join(BUILD, "vmlinuz-xenolinux-i386")
# What its configuration leaves to modules, in the order to load them.
XENOLINUX_MODULES = ["llc", "stp", "bridge", "dummy"]


def guest_initramfs(out, **image):
    live = os.path.join(HERE, "..", "live")
    initramfs.build(out, os.path.join(live, "guest-init"), {"/bin/fetch": os.path.join(live, "guest-fetch")}, **image)


def xenolinux_guest(folder):
    """The 32-bit kernel, if it is built, and the same guest around it in 32 bits."""
    if not os.path.exists(XENOLINUX):
        return
    shutil.copy(XENOLINUX, folder)
    tree = os.path.join(BUILD, "modules-xenolinux-i386")
    guest_initramfs(os.path.join(folder, "guest32.gz"), busybox=assets.busybox_i386(),
                    module_files=[glob.glob(f"{tree}/**/{name}.ko", recursive=True)[0] for name in XENOLINUX_MODULES])


def crash_kernel(out):
    subprocess.run(["gcc", "-c", "-o", out + ".o", os.path.join(HERE, "crash.S")], check=True)
    subprocess.run(["ld", "-T", os.path.join(HERE, "crash.lds"), "-o", out, out + ".o"], check=True)
    os.unlink(out + ".o")


def minios_kernels(folder):
    subprocess.run(["make", "-s", "-C", os.path.join(TOP, "guests", "minios"), f"BUILD={BUILD}", "all", "selftest", "libctest"],
                   check=True)
    for arch in ("x86_64", "x86_32"):
        shutil.copy(os.path.join(BUILD, f"minios-{arch}"), folder)
        shutil.copy(os.path.join(BUILD, "minios", arch, "selftest.elf"), os.path.join(folder, f"selftest-{arch}"))


# Kernels as there were, in ELF files: name here, file of the test guests.
OLD_KERNELS = {
    "notes": "x86_32/ring1", "old": "x86_32/old", "older": "x86_32/older", "oldest": "x86_32/oldest",
    "low": "x86_32/low", "extended": "x86_32/extended", "bare": "x86_32/bare", "bare64": "x86_64/bare",
}


def old_kernels(folder):
    subprocess.run(["make", "-s", "-C", os.path.join(TOP, "tests", "guests"), f"BUILD={BUILD}"], check=True)
    for name, source in OLD_KERNELS.items():
        shutil.copy(os.path.join(BUILD, "guests", f"{source}.elf"), os.path.join(folder, f"kernel-{name}"))


def make(folder, own_tree, run=None):
    """Returns the path of the image. run: of all that ask in the run of this name the first makes it."""
    image = folder + ".img"
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if not run or lock.read() != run:
            fill(folder, own_tree)
            size = int(subprocess.run(["du", "-sm", folder], stdout=subprocess.PIPE, check=True).stdout.split()[0])
            initramfs.ext4(image, size + size // 10 + 32, label="job", folder=folder)
            lock.truncate(0)
            lock.write(run or "")
    return image


def fill(folder, own_tree):
    """What tests find in the folder, and in build/ of the small kernels."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    kernel = os.path.join(assets.kernel(), "vmlinuz")
    shutil.copy(kernel, os.path.join(folder, "vmlinuz"))
    guest_initramfs(os.path.join(folder, "guest.gz"), module_names=GUEST_MODULES)
    xenolinux_guest(folder)
    initramfs.ext4(os.path.join(folder, "guest.img"), 32, {"hello": "hello from the disk\n"})
    program(os.path.join(folder, "freepages"), ["freepages.c"], ["-D__XEN_TOOLS__"])
    program(os.path.join(folder, "atfork"), ["atfork.c"], [])
    crash_kernel(os.path.join(folder, "crash"))
    minios_kernels(folder)
    old_kernels(folder)
    for arch in ("i386", "x86_64"):
        shutil.copy(os.path.join(assets.pv_grub(), f"grub-{arch}-xen.bin"), folder)
    payloads.write_bad(kernel, folder)
    for script in ("in-dom0.sh", "check_core.py"):
        shutil.copy(os.path.join(HERE, script), folder)
    if own_tree:
        subprocess.run(["cp", "-a", own_tree, os.path.join(folder, "own")], check=True)
