# SPDX-License-Identifier: GPL-2.0-only
"""Debian's PV GRUB, unmodified, as a guest of our tools: a boot loader that
reads the guest's own disk, shows its menu on the guest's console, and replaces
itself by the kernel that is chosen there."""
import os
import re
import shutil

import pytest

from conftest import BUILD
from lib import assets, initramfs
from live import mkiso

# Entries of the menu, in order, and the first words of each kernel.
ENTRIES = {
    "x86_64": [("minios", "minios-x86_64 ip=192.168.77.9/24", None, r"minios x86_64 on xen-3.0-\S+, \d+ pages, ring 3\s"),
               ("Linux", "vmlinuz console=hvc0 quiet", "guest.gz", r"guest: disk says: hello from the disk that GRUB read\s")],
    "i386": [("minios", "minios-x86_32 ip=192.168.77.8/24", None, r"minios x86_32 on xen-3.0-\S+, \d+ pages, ring 1\s")],
}
XENOLINUX = os.path.join(BUILD, mkiso.XENOLINUX)
if os.path.exists(XENOLINUX):
    ENTRIES["i386"].append(("Linux", mkiso.XENOLINUX + " console=hvc0 quiet", "guest32.gz",
                            r"guest: disk says: hello from the disk that GRUB read\s"))
PROMPT = re.escape("dom0:~# ")
MEMORY = {"minios": 128, "Linux": 128}


def guest_disk(out, scratch, entries, files):
    """A file system without a partition table: kernels and grub.cfg under /boot."""
    root = os.path.join(scratch, "root")
    os.makedirs(os.path.join(root, "boot", "grub"))
    for path in files:
        shutil.copy(path, os.path.join(root, "boot"))
    with open(os.path.join(root, "boot", "grub", "grub.cfg"), "w") as menu:
        menu.write("set timeout=-1\n")
        for name, kernel, ramdisk, _ in entries:
            lines = [f"linux /boot/{kernel}"] + ([f"initrd /boot/{ramdisk}"] if ramdisk else [])
            menu.write(f"menuentry 'Start {name}' {{\n\t" + "\n\t".join(lines) + "\n}\n")
    with open(os.path.join(root, "hello"), "w") as text:
        text.write("hello from the disk that GRUB read\n")
    initramfs.ext4(out, 24, folder=root)
    shutil.rmtree(root)


# By its name, and as a kernel like any other.
LOADER = {"x86_64": "kernel = \"/usr/lib/grub-xen/grub-x86_64-xen.bin\"", "i386": "firmware = \"pvgrub32\""}


def config(out, name, arch, memory):
    with open(out, "w") as text:
        text.write(f'name = "{name}"\n{LOADER[arch]}\nmemory = {memory}\n'
                   f'disk = ["/root/{arch}.img,raw,xvda,w"]\n'
                   'vif = ["mac=00:16:3e:00:00:09,bridge=xenbr0"]\n')


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    scratch = str(tmp_path_factory.mktemp("pvgrub"))
    ramdisk = os.path.join(scratch, "guest.gz")
    initramfs.build(ramdisk, os.path.join(mkiso.HERE, "guest-init"), {"/bin/fetch": os.path.join(mkiso.HERE, "guest-fetch")},
                    module_names=mkiso.GUEST_MODULES)
    files = {"x86_64": [os.path.join(BUILD, "minios-x86_64"), os.path.join(assets.kernel(), "vmlinuz"), ramdisk],
             "i386": [os.path.join(BUILD, "minios-x86_32")]}
    if os.path.exists(XENOLINUX):
        ramdisk32 = os.path.join(scratch, "guest32.gz")
        initramfs.build(ramdisk32, os.path.join(mkiso.HERE, "guest-init"), busybox=assets.busybox_i386())
        files["i386"] += [XENOLINUX, ramdisk32]
    more = {}
    for arch, entries in ENTRIES.items():
        disk = os.path.join(scratch, arch + ".img")
        guest_disk(disk, scratch, entries, files[arch])
        more[f"/root/{arch}.img"] = disk
        more[f"/usr/lib/grub-xen/grub-{arch}-xen.bin"] = os.path.join(assets.pv_grub(), f"grub-{arch}-xen.bin")
        for name, *_ in entries:
            path = os.path.join(scratch, f"{arch}-{name}.cfg")
            config(path, f"{arch}-{name}", arch, MEMORY[name])
            more[f"/root/{arch}-{name}.cfg"] = path
    out = os.path.join(scratch, "dom0.gz")
    mkiso.dom0_image(out, scratch, more)
    return out


def free_memory(pc):
    """Free MiB of the host, once the last destroyed guest has given back all."""
    pc.console.send("sleep 2; xl info | grep free_memory\r", slowly=True)
    free = int(pc.expect(r"free_memory +: (\d+)\s", 30).group(1))
    pc.expect(PROMPT, 30, "dom0's prompt")
    return free


def test_from_the_menu_to_a_kernel(boot, hypervisor, image):
    """Both boot loaders, each kernel of their menus, on the console of `xl create -c`."""
    pc = boot("pvgrub", smp=2, memory=1024, kernel=hypervisor, limit=400,
              append="console=com1 com1=115200,8n1 dom0_mem=512M loglvl=all guest_loglvl=all",
              modules=[os.path.join(assets.kernel(), "vmlinuz") + " console=hvc0 quiet", image])
    pc.expect(PROMPT, 120, "dom0's prompt")
    free = free_memory(pc)
    for arch, entries in ENTRIES.items():
        for place, (name, _, _, first_words) in enumerate(entries):
            guest = f"{arch}-{name}"
            pc.console.send(f"xl create -c {guest}.cfg\r", slowly=True)
            pc.expect(r"GNU GRUB +version 2", 60, f"the boot loader of {guest}")
            for entry, *_ in entries:
                pc.expect(f"Start {entry}", 30, f"the menu of {guest}")
            pc.console.send("\x1b[B" * place + "\r", slowly=True)
            pc.expect(first_words, 90, f"the kernel of {guest}")
            pc.console.send("\x1d", slowly=True)
            pc.expect(PROMPT, 30, "dom0's prompt again")
            pc.console.send(f"xl destroy {guest}; echo gone: $?\r", slowly=True)
            pc.expect(r"gone: 0\s", 60, f"the end of {guest}")
            pc.expect(PROMPT, 30)
    assert free_memory(pc) == free


@pytest.mark.parametrize("arch,kernel", [("i386", "minios-x86_32"), ("x86_64", "minios-x86_64")])
def test_under_debians_tools(arch, kernel, dom0):
    """The same boot loaders, created by Debian's xl: the menu, and the kernel chosen there."""
    if dom0.kind != "debian":
        pytest.skip("our xl is what the test above has")
    before = dom0.free_pages()
    dom0.run(f"mkdir -p /tmp/g && truncate -s 16M g.img && mkfs.ext4 -q g.img && mount -o loop g.img /tmp/g && "
             f"mkdir -p /tmp/g/boot/grub && cp /mnt/job/{kernel} /tmp/g/boot/ && "
             f"printf '%s\\n' 'set timeout=-1' 'menuentry \"Start it\" {{' 'linux /boot/{kernel}' '}}' >/tmp/g/boot/grub/grub.cfg && "
             "umount /tmp/g")
    dom0.run("guest g disk=1 vif=1 vcpus=1")
    dom0.run(f"sed -i 's|^kernel = .*|kernel = \"/mnt/job/grub-{arch}-xen.bin\"|; /^ramdisk/d; /^extra/d' g.cfg")
    dom0.run("start g", timeout=120)
    dom0.run("await g.console 'Start it' 60", timeout=90)
    dom0.run("type_in ''; await g.console 'minios .* ring' 60", timeout=90)
    dom0.run("xl destroy g; gone g 20; forget g", timeout=60)
    assert dom0.free_pages() == before
