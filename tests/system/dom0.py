# SPDX-License-Identifier: GPL-2.0-only
"""A Debian dom0 that tests give shell commands to.

Owns one machine at a time. Two kinds: "debian" runs Debian's own daemons, as
its packages start them; "own" has those kept from starting and runs the
xenstored and xenconsoled of this tree in their place. Either way both xl
programs are at hand: `xl` is the one that belongs to the daemons.
"""
import os
import re
import subprocess
import time

from lib import assets, machine

DEBIAN_XL = "/usr/lib/xen-4.17/bin/xl"
OWN_XL = "/opt/own/usr/sbin/xl"


class CommandFailed(AssertionError):
    pass


class Host:
    def __init__(self, kind, hypervisor, job_disk, work, logs, machines):
        self.kind = kind
        self.hypervisor = hypervisor
        self.job_disk = job_disk
        self.work = work
        self.logs = logs
        self._machines = machines
        self._count = 0
        self._commands = 0
        self.machine = None
        # "debian" is a plain old PC, "own" a newer one with other cards.
        self.shape = {"debian": dict(machine="pc", net="e1000"), "own": dict(machine="q35", net="virtio-net-pci")}[kind]
        self.xl = DEBIAN_XL if kind == "debian" else OWN_XL
        self.other_xl = OWN_XL if kind == "debian" else DEBIAN_XL

    def running(self):
        return self.machine is not None and self.machine.alive()

    def ensure_running(self):
        if self.running():
            try:
                self.run("true", timeout=20)
                return
            except AssertionError:
                pass
        self.stop()
        self.start()

    def start(self, hypervisor_args="", linux_args=""):
        disk = assets.debian_disk()
        self._count += 1
        name = f"{self.kind}-{self._count}"
        overlay = os.path.join(self.work, f"{name}.qcow2")
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", os.path.join(disk, "disk.img"),
                        "-F", "raw", overlay], check=True)
        if self.kind == "own":
            linux_args += " systemd.mask=xen.service systemd.mask=xendomains.service"
        self.machine = machine.Machine(
            name, self.logs, smp=2, memory=2048, kernel=self.hypervisor, shell=True, limit=2400,
            append="console=com1 com1=115200,8n1 dom0_mem=1024M,max:1024M loglvl=all guest_loglvl=all "
                   + hypervisor_args,
            modules=[f"{disk}/vmlinuz console=hvc0 root=LABEL=dom0 rw net.ifnames=0 {linux_args}", f"{disk}/initrd"],
            disks=[(overlay, "qcow2", "ahci"), (self.job_disk, "raw", "virtio-ro")], extra=["usb-tablet"], **self.shape)
        self._machines.append(self.machine)
        self.machine.shell.expect("@ready", 180, "Debian's shell on the second serial port")
        self.run("systemctl is-system-running --wait", timeout=150, check=False)
        self.boot_seconds = self.machine.seconds()
        self.run("mount -o ro LABEL=job /mnt/job && . /mnt/job/in-dom0.sh")
        if self.kind == "own":
            self.run("modprobe -a xen-gntdev xen-evtchn xen-gntalloc; mount -t xenfs none /proc/xen; mkdir -p /opt/own")
        self.run("[ ! -d /mnt/job/own ] || cp -a /mnt/job/own /opt/")
        if self.kind == "own":
            self.start_own_daemons()
        self.run(f"XL={self.xl}; xl() {{ $XL \"$@\"; }}; modprobe -a xen-blkback xen-netback loop")
        self.warm_up()

    def warm_up(self):
        """One guest with a disk and a card, once: it loads what dom0 loads only
        then, and lets the tables grow that Debian's Xen keeps for dom0, so that
        free memory is compared from here on."""
        self.run("guest warm disk=1 vif=1 vcpus=2 extra=mode=tick && start warm", timeout=120)
        self.run("await warm.console 'guest: ready' 90", timeout=120)
        self.run("unwatch; xl destroy warm; gone warm 20; forget warm", timeout=60)

    def start_own_daemons(self):
        """Lay our tools over the root, as `make install` would, and start them."""
        self.run("cp -a --remove-destination /opt/own/. / && mkdir -p /run/xenstored /run/xen /var/lib/xenstored /var/log/xen/console")
        self.run("/usr/sbin/xenstored && /usr/lib/xen/bin/init-dom0 && /usr/sbin/xenconsoled", timeout=60)

    def run(self, command, timeout=60, check=True):
        """Run one line in dom0's shell; returns its output (with check) or (status, output)."""
        shell = self.machine.shell
        shell.skip()
        # Numbered, so that the end of a command that took too long is not taken for this one's.
        self._commands += 1
        end = f"; echo \"@@{self._commands}:$?@@\"\n"
        shell.send((f"{{ {command}\n}} </dev/null 2>&1" if "\n" in command else f"{{ {command}; }} </dev/null 2>&1") + end)
        found = shell.expect(rb"@@%d:(\d+)@@\r?\n" % self._commands, timeout, f"the end of: {command}")
        output = re.split(r"@@\d+:\d+@@\n", found.before.decode("utf-8", "replace").replace("\r", ""))[-1]
        status = int(found.group(1))
        if not check:
            return status, output
        if status:
            raise CommandFailed(f"{command}\nended with status {status}:\n{output}")
        return output

    def free_pages(self):
        return int(self.run("/mnt/job/freepages", timeout=40).split()[-1])

    def domains(self):
        """{name: (id, MiB, vcpus, state, seconds)} of all but dom0."""
        found = {}
        for line in self.run(f"{self.xl} list").splitlines()[1:]:
            word = line.split()
            if word[1] != "0":
                found[word[0]] = (int(word[1]), int(word[2]), int(word[3]), word[4], float(word[5]))
        return found

    def cpu_seconds(self, name):
        return self.domains()[name][4]

    def destroy_guests(self):
        self.run("unwatch", check=False)
        for name, fields in self.domains().items():
            self.run(f"{self.xl} destroy {fields[0]}", check=False)
        self.run("cd /root; for c in *.cfg; do [ -e $c ] && forget ${c%.cfg}; done; rm -f /root/*.save", check=False)

    def wait_no_guests(self, seconds=30):
        deadline = time.monotonic() + seconds * machine.PATIENCE
        while self.domains():
            assert time.monotonic() < deadline, f"still there: {self.domains()}"
            time.sleep(0.5)

    def xl_dmesg(self):
        return self.run(f"{self.xl} dmesg")

    def shutdown(self):
        """Power off as a person would, and see the machine go off."""
        if not self.running():
            self.stop()
            return
        try:
            self.machine.shell.send("poweroff\n")
            self.machine.wait_exit(90)
        finally:
            self.stop()

    def stop(self):
        if self.machine:
            self.machine.stop()
            self._machines.remove(self.machine)
            self.machine = None


def seconds_of(pattern, text):
    return [float(found) for found in re.findall(pattern, text)]
