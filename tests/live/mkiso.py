# SPDX-License-Identifier: GPL-2.0-only
"""Makes build/live.iso: GRUB for BIOS and UEFI, the hypervisor, a stock dom0
kernel and an initramfs with our tools and a demo guest. Works from what
`make dist` laid down in build/dist; HYP names another hypervisor image."""
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


def main():
    dist = os.path.join(BUILD, "dist")
    hypervisor = os.environ.get("HYP")
    if hypervisor == "xen417":
        hypervisor = assets.xen417()
    kernel = os.path.join(assets.kernel(), "vmlinuz")
    with tempfile.TemporaryDirectory() as scratch:
        guest = os.path.join(scratch, "guest.gz")
        initramfs.build(guest, os.path.join(HERE, "guest-init"), {"/bin/fetch": os.path.join(HERE, "guest-fetch")},
                        module_names=GUEST_MODULES)
        disk = os.path.join(scratch, "demo.img")
        initramfs.ext4(disk, 16, {"hello": "hello from the disk\n"})
        tools = os.path.join(scratch, "tools")
        shutil.copytree(dist, tools, symlinks=True, ignore=shutil.ignore_patterns("include", "man", "boot", "systemd"))
        for folder, _, names in os.walk(tools):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.islink(path):
                    subprocess.run(["strip", "-g", path], stderr=subprocess.DEVNULL, check=False)
        tree = os.path.join(scratch, "iso", "boot")
        os.makedirs(os.path.join(tree, "grub"))
        initramfs.build(os.path.join(tree, "dom0.gz"), os.path.join(HERE, "dom0-init"),
                        {"/boot/vmlinuz": kernel, "/boot/guest.gz": guest, "/root/demo.img": disk,
                         "/root/demo.cfg": os.path.join(HERE, "demo.cfg"),
                         "/etc/xen/demo.cfg": os.path.join(HERE, "demo.cfg")},
                        module_names=DOM0_MODULES, trees=[tools])
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
