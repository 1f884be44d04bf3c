# SPDX-License-Identifier: GPL-2.0-only
"""`make demo`: what `make run` offers, done and watched by a program.

Boots the live image through GRUB, creates the demo guest by hand, as it were,
on the console, and exits with status 0 only if each step was seen. Prints the
steps with the time at which they came; on failure the end of the console.
With --uefi the machine is a q35 with UEFI firmware; with --multiboot1 the
second entry of GRUB's menu is taken; with --usb the image is a USB stick.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

from lib import machine  # noqa: E402

BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
PROMPT = r"dom0:~# "


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
        self.command("xl create demo.cfg", 90)
        self.step("xl create has returned")
        pc.console.send("xl console demo\r", slowly=True)
        pc.expect(r"guest: disk says: hello from the disk", 90, "the guest reading its disk")
        self.step("the guest has read its disk")
        pc.expect(r"guest: ready", 60, "the guest's last line")
        pc.console.send("\x1d", slowly=True)
        pc.expect(PROMPT, 30, "dom0's prompt again")
        if not re.search(r"[1-9]\d* (packets )?received", self.command("ping -c 3 192.168.77.2", 60)):
            raise machine.Unseen("the guest did not answer the ping")
        self.step("the guest answers a ping")
        if not re.search(r"^demo\s+\d+\s+12[78]\s+1\s", self.command("xl list"), re.M):
            raise machine.Unseen("xl list does not show the guest")
        self.step("xl list shows it")

        self.command("xl destroy demo", 60)
        if re.search(r"^demo\s", self.command("xl list"), re.M):
            raise machine.Unseen("the guest is still listed after xl destroy")
        self.step("xl destroy has taken it away")
        after = self.free_memory()
        if after != before:
            raise machine.Unseen(f"free memory was {before} MiB and is {after} MiB")
        self.step(f"its memory is back: {after} MiB free, as before")

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
    with machine.Machine(name, os.path.join(BUILD, "tests"), machine="q35" if uefi else "pc", smp=2, memory=1024,
                         uefi=uefi, limit=500, **{"stick" if "--usb" in arguments else "iso": iso}) as pc:
        try:
            Demo(pc).play("--multiboot1" in arguments)
        except AssertionError as why:
            print(f"\n--- the end of the console ({pc.console.log}) ---\n{pc.console.tail(80)}\n--- demo failed: {why}")
            return 1
    print("demo passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
