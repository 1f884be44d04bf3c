# SPDX-License-Identifier: GPL-2.0-only
"""An installation as an administrator makes it: `make install` over a Debian
disk, Debian's own grub-install and update-grub, a boot from that disk through
its GRUB, our daemons started by systemd, and a guest."""
import gzip
import os
import shutil
import subprocess

import dom0 as dom0_module
from conftest import LOGS
from lib import assets, initramfs

GRUB = """GRUB_DEFAULT="Debian GNU/Linux, with Xen hypervisor"
GRUB_TIMEOUT=2
GRUB_DISTRIBUTOR=Debian
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_CMDLINE_LINUX="net.ifnames=0"
GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="console=hvc0"
GRUB_CMDLINE_XEN="console=com1 com1=115200,8n1 dom0_mem=1024M,max:1024M"
"""


def test_install_and_boot(boot, hypervisor, own_tree, job_disk, work):
    assert own_tree, "our tools are not built"
    disk = assets.debian_disk()
    overlay = os.path.join(work, "install.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", os.path.join(disk, "disk.img"), "-F", "raw",
                    overlay], check=True)
    extra = os.path.join(work, "install")
    os.makedirs(extra)
    with open(os.path.join(extra, "grub"), "w") as text:
        text.write(GRUB)
    with open(hypervisor, "rb") as plain, gzip.open(os.path.join(extra, "xen-4.17.0.gz"), "wb") as packed:
        shutil.copyfileobj(plain, packed)
    medium = os.path.join(work, "install.img")
    initramfs.ext4(medium, 32, label="extra", folder=extra)
    disks = [(overlay, "qcow2", "ahci"), (job_disk, "raw", "virtio-ro"), (medium, "raw", "virtio")]

    host = dom0_module.Host("own", hypervisor, job_disk, work, LOGS, [])
    host.xl = "/usr/sbin/xl"
    host.machine = boot("install", kernel=f"{disk}/vmlinuz", smp=2, memory=1024, disks=disks, shell=True, limit=400,
                        append="console=ttyS0 root=LABEL=dom0 rw net.ifnames=0", modules=[f"{disk}/initrd"])
    host.machine.shell.expect("@ready", 120, "Debian's shell, natively")
    host.run("mount -o ro LABEL=job /mnt/job && mount -o ro LABEL=extra /media")
    host.run("cp -a --remove-destination /mnt/job/own/. / && cp /media/xen-4.17.0.gz /boot/ && cp /media/grub /etc/default/grub")
    host.run("DEBIAN_FRONTEND=noninteractive grub-install --target=i386-pc /dev/sda && update-grub", timeout=180)
    host.run("grep -q 'Xen 4.17.0' /boot/grub/grub.cfg")
    host.run("umount /media /mnt/job; sync")
    host.machine.shell.send("poweroff\n")
    host.machine.wait_exit(90)

    host.machine = boot("installed", smp=2, memory=2048, disks=disks[:2], shell=True, net="e1000", limit=600)
    host.machine.expect("Xen hypervisor", 30, "GRUB's entry")
    host.machine.shell.expect("@ready", 180, "Debian's shell, as dom0")
    state = host.run("systemctl is-system-running --wait", timeout=150, check=False)[1].strip()
    assert state == "running", host.run("systemctl --failed --no-pager")
    for daemon in ("xenstored", "xenconsoled"):
        assert host.run(f"readlink /proc/$(pidof {daemon})/exe").strip() == f"/usr/sbin/{daemon}"
    assert "Domain-0" in host.run("xl list")
    host.run("mount -o ro LABEL=job /mnt/job && . /mnt/job/in-dom0.sh; XL=xl; modprobe -a xen-blkback xen-netback loop")
    host.run("guest g disk=1 vif=1")
    host.run("start g", timeout=120)
    host.run("await g.console 'guest: ready' 90", timeout=120)
    assert "hello from the disk" in host.run("cat g.console")
    host.run("ping -c 2 -W 5 192.168.77.2", timeout=30)
    host.run("xl destroy g; gone g 20; forget g", timeout=60)
    host.machine.shell.send("poweroff\n")
    host.machine.wait_exit(90)
