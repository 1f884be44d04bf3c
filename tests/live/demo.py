# SPDX-License-Identifier: GPL-2.0-only
"""`make demo`: what `make run` offers, done and watched by a program.

Boots the live image through GRUB, creates the demo guests by hand, as it were,
on the console: a stock 64-bit Linux, XenoLinux and the reference kernel in ring
1, and the reference kernel as a 64-bit guest, beside each other. Exits with
status 0 only if each step was seen. Prints the steps with the time at which
they came; on failure the end of the console.
With --uefi the machine is a q35 with UEFI firmware; with --multiboot1 the
second entry of GRUB's menu is taken; with --usb the image is a USB stick.
"""
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

from lib import machine  # noqa: E402

BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
PROMPT = r"dom0:~# "
# Code selectors of the two kernels in ring 1: minios keeps the flat one that the
# hypervisor offers, Linux has a descriptor table of its own.
MINIOS_CS = 0xe019
XENOLINUX_CS = 0x61


class Demo:
    def __init__(self, pc):
        self.pc = pc

    def step(self, text):
        print(f"{self.pc.seconds():7.1f} s  {text}", flush=True)

    def command(self, line, timeout=60):
        """Type a command at dom0's prompt; returns what it printed."""
        self.pc.console.send(line + "\r", slowly=True)
        self.pc.expect(re.escape(line) + r"\s*\n", 30, f"the echo of: {line}")
        return self.pc.expect(PROMPT, timeout, f"the prompt after: {line}").before.decode("utf-8", "replace")

    def free_memory(self):
        """Free MiB of the host. It is asked for until it stands still, since
        a destroyed guest's last references go a moment after it."""
        last = None
        for _ in range(20):
            found = re.search(r"free_memory\s*:\s*(\d+)", self.command("xl info"))
            if not found:
                raise machine.Unseen("xl info shows no free_memory")
            if found.group(1) == last:
                break
            last = found.group(1)
        return int(last)

    def create(self, name):
        self.command(f"xl create {name}.cfg", 90)
        self.step(f"xl create {name}.cfg has returned")

    def linux(self, name, address, ring=None):
        """See a Linux guest work: its disk, the ring that its kernel is in, its network."""
        pc = self.pc
        self.create(name)
        pc.console.send(f"xl console {name}\r", slowly=True)
        if ring is not None:
            pc.expect(rf"guest: kernel code selector 0x[0-9a-f]+, ring {ring}\s", 90, f"{name} telling its ring")
            self.step(f"{name} says that its kernel runs in ring {ring}")
        pc.expect(rf"guest: disk says: hello from the disk of {name}\s", 90, f"{name} reading its disk")
        self.step(f"{name} has read its disk")
        pc.expect(r"guest: ready", 60, f"the last line of {name}")
        pc.console.send("\x1d", slowly=True)
        pc.expect(PROMPT, 30, "dom0's prompt again")
        if not re.search(r"[1-9]\d* (packets )?received", self.command(f"ping -c 3 {address}", 60)):
            raise machine.Unseen(f"{name} did not answer the ping")
        self.step(f"{name} answers a ping")

    def minios(self, name, address, ring):
        """See the reference kernel work: its web page, which names the ring it runs in."""
        self.create(name)
        # Whoever asks before it listens is told that there is no such host, or refused.
        self.command(f"log=/var/log/xen/console/guest-{name}.log")
        self.command("until grep -q 'httpd: ready' $log; do sleep 1; done", 60)
        page = self.command(f"wget -qO- http://{address}/", 60)
        if not re.search(rf"^minios web server\s+ring {ring}\s", page, re.M):
            told = "".join(self.command(line) for line in (
                "xl list", f"xl network-list {name}", "cat $log", "cat /sys/class/net/vif*/carrier",
                f"ping -c 2 {address}", "grep vif /proc/interrupts", "xl debug-keys e", "xl dmesg | tail -50"))
            raise machine.Unseen(f"{name} did not answer as a web server in ring {ring}:\n{page}\n{told}")
        self.step(f"{name} serves a web page and says in it that it runs in ring {ring}")

    def spin(self, name, selector, arguments):
        """See the processor in ring 1 while a guest's kernel spins there."""
        self.command(f"xl create {name}.cfg {arguments}", 90)
        for _ in range(int(100 * machine.PATIENCE)):
            if (selector & 3, selector) in self.pc.registers():
                self.step(f"the emulator's monitor shows CPL {selector & 3}, CS {selector:04x} while {name} spins")
                return
            time.sleep(0.1)
        raise machine.Unseen(f"no CPU was seen at CPL {selector & 3} with CS {selector:04x} while {name} spun")

    def destroy(self, names):
        for name in names:
            self.command(f"xl destroy {name}", 60)
        left = set(re.findall(r"^(\S+)", self.command("xl list"), re.M)) & set(names)
        if left:
            raise machine.Unseen(f"still listed after xl destroy: {' '.join(left)}")

    def play(self, multiboot1=False):
        pc = self.pc
        pc.expect(r"GNU GRUB", 60, "GRUB")
        self.step("GRUB shows its menu")
        if multiboot1:
            pc.expect("multiboot 1", 10)
            pc.console.send("\x1b[B")
            pc.console.send("\r", slowly=True)
        pc.expect(r"\(XEN\)|Xen (version )?4\.17", 60, "the hypervisor's first line")
        self.step("the hypervisor speaks")
        pc.expect(PROMPT, 120, "dom0's prompt")
        self.step("dom0 is at its prompt")

        before = self.free_memory()
        self.linux("demo", "192.168.77.2")
        self.linux("xenolinux", "192.168.77.3", ring=1)
        self.minios("minios", "192.168.77.4", ring=1)
        self.minios("minios64", "192.168.77.5", ring=3)
        guests = ["demo", "xenolinux", "minios", "minios64"]
        listed = self.command("xl list")
        for name, size in zip(guests, ("12[78]", "12[78]", "16", "16")):
            if not re.search(rf"^{name}\s+\d+\s+{size}\s+1\s", listed, re.M):
                raise machine.Unseen(f"xl list does not show {name}:\n{listed}")
        self.step("xl list shows all four")
        self.destroy(guests)
        self.step("xl destroy has taken them away")

        self.spin("minios", MINIOS_CS, "'extra=\"ip=192.168.77.4/24 spin\"'")
        self.spin("xenolinux", XENOLINUX_CS, "'extra=\"console=hvc0 quiet mode=kernel\"'")
        self.destroy(["minios", "xenolinux"])
        after = self.free_memory()
        if after != before:
            raise machine.Unseen(f"free memory was {before} MiB and is {after} MiB")
        self.step(f"all memory is back: {after} MiB free, as before")

        pc.console.send("poweroff\r", slowly=True)
        pc.wait_exit(60)
        self.step("the machine is off")


def main(arguments):
    uefi = "--uefi" in arguments
    iso = os.path.join(BUILD, "live.iso")
    name = "demo" + "".join(word.replace("--", "-") for word in arguments)
    if not os.path.exists(iso):
        print("there is no build/live.iso: run make iso")
        return 1
    if not os.path.exists(os.path.join(BUILD, "vmlinuz-xenolinux-i386")):
        print("XenoLinux is not built, and so not in the image: run make demo")
        return 1
    with machine.Machine(name, os.path.join(BUILD, "tests"), machine="q35" if uefi else "pc", smp=2, memory=1024,
                         uefi=uefi, limit=600, **{"stick" if "--usb" in arguments else "iso": iso}) as pc:
        try:
            Demo(pc).play("--multiboot1" in arguments)
        except AssertionError as why:
            print(f"\n--- the end of the console ({pc.console.log}) ---\n{pc.console.tail(80)}\n--- demo failed: {why}")
            return 1
    print("demo passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
