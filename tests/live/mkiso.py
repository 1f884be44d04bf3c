# SPDX-License-Identifier: GPL-2.0-only
"""Makes build/live.iso: GRUB for BIOS and UEFI, the hypervisor, a stock dom0
kernel and an initramfs with our tools and the demo guests. Works from what
`make dist` laid down in build/dist and `make minios` in build, and takes
XenoLinux along if build has it; HYP names another hypervisor image."""
import gzip
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

from lib import assets, initramfs  # noqa: E402

BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
DOM0_MEM = "512M"
# What dom0 needs to serve guests and to be typed at; drivers for disks and
# network cards have no work in a system that lives in memory.
DOM0_MODULES = ["xen-blkback", "xen-netback", "xen-gntdev", "xen-gntalloc", "xen-evtchn", "xen-privcmd", "xenfs",
                "loop", "bridge", "ext4", "xhci-pci", "ehci-pci", "usbhid", "hid-generic"]
GUEST_MODULES = ["xen-blkfront", "xen-netfront", "ext4"]
DISK_MIB = 8
XENOLINUX = "vmlinuz-xenolinux-i386"


def linux_guest(scratch, name, ramdisk, **image):
    """A small system in memory and a disk; returns {path in dom0: path here}."""
    initrd, disk = os.path.join(scratch, ramdisk), os.path.join(scratch, name + ".img")
    initramfs.build(initrd, os.path.join(HERE, "guest-init"), {"/bin/fetch": os.path.join(HERE, "guest-fetch")}, **image)
    initramfs.ext4(disk, DISK_MIB, {"hello": f"hello from the disk of {name}\n"})
    return {f"/boot/{ramdisk}": initrd, f"/root/{name}.img": disk}


def demo_guests(scratch):
    """Kernels, disks and configurations: {path in dom0: path here}."""
    files = {"/boot/vmlinuz": os.path.join(assets.kernel(), "vmlinuz")}
    files.update(linux_guest(scratch, "demo", "guest.gz", module_names=GUEST_MODULES))
    names = ["demo", "minios", "minios64"]
    kernels = ["minios-x86_32", "minios-x86_64"]
    if os.path.exists(os.path.join(BUILD, XENOLINUX)):  # which has its drivers built in
        files.update(linux_guest(scratch, "xenolinux", "guest32.gz", busybox=assets.busybox_i386()))
        names.append("xenolinux")
        kernels.append(XENOLINUX)
    files.update({"/boot/" + kernel: os.path.join(BUILD, kernel) for kernel in kernels})
    for name in names:
        files[f"/root/{name}.cfg"] = files[f"/etc/xen/{name}.cfg"] = os.path.join(HERE, name + ".cfg")
    return files


def dom0_image(out, scratch, more=None):
    """dom0's initramfs: our tools, the demo guests, and more ({path inside: path here})."""
    tools = os.path.join(scratch, "tools")
    shutil.copytree(os.path.join(BUILD, "dist"), tools, symlinks=True,
                    ignore=shutil.ignore_patterns("include", "man", "boot", "systemd"))
    for folder, _, names in os.walk(tools):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                subprocess.run(["strip", "-g", path], stderr=subprocess.DEVNULL, check=False)
    initramfs.build(out, os.path.join(HERE, "dom0-init"), {**demo_guests(scratch), **(more or {})},
                    module_names=DOM0_MODULES, trees=[tools])


def main():
    hypervisor = os.environ.get("HYP")
    if hypervisor == "xen417":
        hypervisor = assets.xen417()
    kernel = os.path.join(assets.kernel(), "vmlinuz")
    with tempfile.TemporaryDirectory() as scratch:
        tree = os.path.join(scratch, "iso", "boot")
        os.makedirs(os.path.join(tree, "grub"))
        dom0_image(os.path.join(tree, "dom0.gz"), scratch)
        shutil.copy(kernel, os.path.join(tree, "vmlinuz"))
        if hypervisor:
            with open(hypervisor, "rb") as plain, gzip.open(os.path.join(tree, "xen.gz"), "wb") as packed:
                shutil.copyfileobj(plain, packed)
        else:
            shutil.copy(os.path.join(BUILD, "xen.gz"), tree)
        with open(os.path.join(HERE, "grub.cfg")) as menu, open(os.path.join(tree, "grub/grub.cfg"), "w") as out:
            out.write(menu.read().replace("@DOM0_MEM@", DOM0_MEM))
        image = os.path.join(BUILD, "live.iso")
        assets.sh(["grub-mkrescue", "-o", image + ".partial", os.path.join(scratch, "iso")])
        os.rename(image + ".partial", image)
    print(f"{image}: {os.path.getsize(image) >> 20} MiB")


if __name__ == "__main__":
    main()
