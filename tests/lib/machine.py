# SPDX-License-Identifier: GPL-2.0-only
"""A PC under QEMU, with its serial ports as things to wait on and type into.

Owns the QEMU process and one reader thread per port. COM1 is the console: the
hypervisor's, GRUB's and (through hvc0) dom0's. COM2, where asked for, belongs
to dom0's own driver and carries a shell whose output no kernel message
disturbs. Everything seen on a port is kept and written to a log file; what a
wait did not see is shown with the end of the console.
"""
import ctypes
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

# TCG has trouble with SMAP and no use for LA57; see docs/testing.md.
CPU = os.environ.get("QEMU_CPU", "max,-la57,-smap")
# Patience with a slow or busy machine: every wait is multiplied by it.
PATIENCE = float(os.environ.get("PATIENCE", "1"))
OVMF = "/usr/share/OVMF/OVMF_CODE.fd"


PR_SET_PDEATHSIG = 1


def die_with_parent():
    """In the child, before exec: however the test program ends, QEMU ends too."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Unseen(AssertionError):
    """Something expected on a port did not appear."""


class Match:
    """What expect() saw: the groups, and all that came before."""

    def __init__(self, found, before):
        self.before = before
        self._groups = (found.group(0),) + found.groups()

    def group(self, number):
        return self._groups[number]


class Port:
    """One serial port: a thread appends what arrives, expect() consumes it."""

    def __init__(self, read, write, log):
        self._read, self._write = read, write
        self._log = open(log, "wb", buffering=0)
        self.log = log
        self.data = bytearray()
        self.position = 0
        self.closed = False
        self._changed = threading.Condition()
        threading.Thread(target=self._reader, daemon=True).start()

    def _reader(self):
        while True:
            try:
                piece = self._read()
            except OSError:
                piece = b""
            with self._changed:
                if piece:
                    self.data += piece
                    self._log.write(piece)
                else:
                    self.closed = True
                self._changed.notify_all()
            if not piece:
                return

    def expect(self, pattern, timeout, what=None):
        """Wait until the regular expression matches after the last match."""
        wanted = re.compile(pattern.encode() if isinstance(pattern, str) else pattern)
        deadline = time.monotonic() + timeout * PATIENCE
        with self._changed:
            scanned = self.position
            while True:
                found = wanted.search(self.data, max(self.position, scanned - 4096))
                if found:
                    before = bytes(self.data[self.position:found.start()])
                    self.position = found.end()
                    return Match(found, before)
                scanned = len(self.data)
                left = deadline - time.monotonic()
                if self.closed or left <= 0:
                    why = "the machine stopped" if self.closed else f"nothing for {timeout * PATIENCE:.0f} s"
                    raise Unseen(f"not seen: {what or pattern!r} ({why})")
                self._changed.wait(min(left, 1))

    def skip(self):
        """Forget what has arrived so far: what follows answers the next command."""
        with self._changed:
            self.position = len(self.data)

    def seen(self, pattern):
        """All matches so far, anywhere in the log."""
        return re.findall(pattern.encode() if isinstance(pattern, str) else pattern, bytes(self.data))

    def send(self, text, slowly=False):
        """Type text. slowly: one character at a time, as a person does, for
        receivers with a short input buffer (a hypervisor's console)."""
        raw = text.encode() if isinstance(text, str) else text
        if not slowly:
            self._write(raw)
            return
        for index in range(len(raw)):
            self._write(raw[index:index + 1])
            time.sleep(0.01)

    def tail(self, lines=60):
        text = bytes(self.data[-16384:]).decode("utf-8", "replace").replace("\r", "")
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        return "\n".join(text.splitlines()[-lines:])


def threads(smp, icount):
    """A thread for each CPU, as far as the host has processors for them. QEMU 7.2
    translates code without holding off others' stores to it: a thread that the host
    takes its processor from in the midst may leave a translation of what stood there
    before, for good. Linux patches its code with a breakpoint that stands there for a
    moment; where that stays in the translation, every CPU that comes by traps for ever."""
    if icount:
        return "tcg"
    return "tcg,thread=" + ("multi" if smp <= max(2, os.cpu_count() or 1) else "single")


class Machine:
    def __init__(self, name, logs, *, machine="pc", smp=1, memory=1024, kernel=None, append="", modules=(),
                 iso=None, stick=None, uefi=False, disks=(), net=None, shell=False, extra=(), icount=False,
                 reboot=False, limit=600):
        """Describe and start a machine.

        kernel, append, modules: a multiboot image for QEMU's own loader, its
            command line, and ["path arguments", ...]; or a Linux kernel with
            one module, its initramfs.
        iso: boot from this CD; stick: the same image as a USB stick.
        disks: [(path, format, "ahci", "virtio" or "virtio-ro"), ...] in order; what is only
        read may be in several machines.
        net: "e1000" or "virtio-net-pci": a card on QEMU's user network.
        shell: give COM2 a port of its own.
        reboot: let the machine restart itself (otherwise QEMU exits instead).
        limit: seconds after which QEMU is killed, whatever happens.
        """
        os.makedirs(logs, exist_ok=True)
        self.name = name
        self._scratch = tempfile.TemporaryDirectory()
        command = ["timeout", "-k", "5", str(int(limit * PATIENCE)), "qemu-system-x86_64",
                   "-accel", threads(smp, icount), "-machine", machine, "-cpu", CPU,
                   "-smp", str(smp), "-m", str(memory), "-display", "none", "-nodefaults",
                   "-device", "VGA", "-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1"]
        if icount:
            command += ["-icount", "shift=0,sleep=off"]
        if not reboot:
            command += ["-no-reboot"]
        com2 = os.path.join(self._scratch.name, "com2")
        if shell:
            command += ["-serial", f"unix:{com2},server=on,wait=off"]
        self._monitor_path = os.path.join(self._scratch.name, "monitor")
        command += ["-monitor", f"unix:{self._monitor_path},server=on,wait=off"]
        if uefi:
            command += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}"]
        if kernel:
            command += ["-kernel", kernel, "-append", append]
            if modules:
                command += ["-initrd", ",".join(module.replace(",", ",,") for module in modules)]
        if iso:
            command += ["-cdrom", iso]
        if stick or "usb-tablet" in extra:
            command += ["-device", "qemu-xhci,id=usb"]
        if stick:
            command += ["-drive", f"file={stick},format=raw,if=none,id=stick,snapshot=on",
                        "-device", "usb-storage,drive=stick,bootindex=0"]
        if any(kind == "ahci" for _, _, kind in disks):
            command += ["-device", "ahci,id=sata"]
        for index, (path, form, kind) in enumerate(disks):
            command += ["-drive", f"file={path},format={form},if=none,id=disk{index},cache=unsafe"
                        + (",readonly=on" if kind == "virtio-ro" else ""),
                        "-device", f"ide-hd,drive=disk{index},bus=sata.{index}" if kind == "ahci"
                        else f"virtio-blk-pci,drive=disk{index}"]
        if net:
            command += ["-netdev", "user,id=net", "-device", f"{net},netdev=net"]
        command += [word for word in extra if word != "usb-tablet"]
        if "usb-tablet" in extra:
            command += ["-device", "usb-tablet"]
        self.command = command
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True,
                                        preexec_fn=die_with_parent)
        self.console = Port(lambda: os.read(self.process.stdout.fileno(), 65536), self._type,
                            os.path.join(logs, f"{name}.console.log"))
        self.shell = None
        if shell:
            self.shell = self._connect(com2, os.path.join(logs, f"{name}.shell.log"))
        self._monitor = None
        self._monitor_log = os.path.join(logs, f"{name}.monitor.log")

    def _type(self, raw):
        self.process.stdin.write(raw)
        self.process.stdin.flush()

    def _connect(self, path, log):
        link = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            try:
                link.connect(path)
                return Port(lambda: link.recv(65536), link.sendall, log)
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise Unseen(f"QEMU did not start: {self.console.tail()}")

    def expect(self, pattern, timeout, what=None):
        return self.console.expect(pattern, timeout, what)

    def _ask_monitor(self, command):
        """What QEMU's monitor answers; it is connected to when first asked."""
        prompt = r"\(qemu\) "
        if not self._monitor:
            self._monitor = self._connect(self._monitor_path, self._monitor_log)
            self._monitor.expect(prompt, 20, "QEMU's monitor")
        self._monitor.send(command + "\n")
        return self._monitor.expect(prompt, 20, "the monitor's answer").before.decode("utf-8", "replace")

    def where(self):
        """General registers of each CPU, to see where a machine that has gone quiet is."""
        try:
            text = self._ask_monitor("info registers -a").replace("\r", "")
        except (AssertionError, OSError) as error:
            return str(error)
        return "\n".join(re.findall(r"^(?:CPU#\d+|(?:RAX|RSI|R8 |R12|RIP|CR0)=.*)", text, re.M))

    def registers(self):
        """(privilege level, code selector) of each CPU at this moment, as the
        emulator's monitor tells."""
        return self._registers(r"CPL=(\d).*?^CS =([0-9a-f]+)")

    def roots(self):
        """(privilege level, page-table root) of each CPU at this moment."""
        return self._registers(r"CPL=(\d).*?CR3=([0-9a-f]+)")

    def _registers(self, pattern):
        text = self._ask_monitor("info registers -a")
        return [(int(level), int(value, 16)) for level, value in re.findall(pattern, text, re.M | re.S)]

    def corrupt(self, cpu, bank, status, address):
        """Put an error into one of a CPU's machine-check banks, as the hardware does."""
        answer = self._ask_monitor(f"mce {cpu} {bank} {status:#x} 0 {address:#x} 0")
        assert len(answer.splitlines()) <= 1, answer

    def alive(self):
        return self.process.poll() is None

    def wait_exit(self, timeout):
        """Wait until the machine is off (or, without reboot, tried to restart)."""
        try:
            self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            raise Unseen(f"the machine is still on after {timeout * PATIENCE:.0f} s") from None
        for _ in range(100):
            if self.console.closed:
                break
            time.sleep(0.05)
        if self.process.returncode not in (0,):
            raise Unseen(f"QEMU ended with status {self.process.returncode}")

    def seconds(self):
        return time.monotonic() - self.started

    def stop(self):
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self._scratch.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
