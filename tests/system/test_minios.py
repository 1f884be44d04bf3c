# SPDX-License-Identifier: GPL-2.0-only
"""The reference guest kernel, in both ABIs from one source: alone as dom0, and as
a guest of either toolstack, checking itself and serving the web."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, TOP
from lib import assets
from live import mkiso

ARCHS = {"x86_64": 3, "x86_32": 1}	# and the ring that its kernel runs in
both = pytest.mark.parametrize("arch", ARCHS)


def test_builds_on_installed_headers_alone(tmp_path):
    """A copy of the kernel and the public headers are enough, nothing else of the tree."""
    shutil.copytree(os.path.join(TOP, "guests", "minios"), tmp_path / "minios")
    shutil.copytree(os.path.join(TOP, "include", "public"), tmp_path / "usr" / "include" / "xen")
    subprocess.run(["make", "-s", "-C", tmp_path / "minios", f"BUILD={tmp_path}/build",
                    f"XEN_HEADERS={tmp_path}/usr/include", "all", "hello", "selftest", "libctest"], check=True)
    for arch in ARCHS:
        with open(tmp_path / "build" / "minios" / arch / "kernel" / "start.d") as text:
            used = [os.path.realpath(name) for name in text.read().replace("\\\n", " ").split() if name.startswith("/")]
        compiler = os.path.realpath(subprocess.run(["gcc", "-print-file-name=include"], stdout=subprocess.PIPE,
                                                   text=True, check=True).stdout.strip())
        alien = [name for name in used if not name.startswith((str(tmp_path), compiler))]
        assert used and not alien, alien


@both
@pytest.mark.parametrize("program", ["selftest", "libctest"])
def test_alone(arch, program, boot, hypervisor, job_disk):
    """As dom0 it needs no toolstack: the kernel checks itself from the first
    instruction on, and an ordinary C program its C library and sockets."""
    made = boot(f"minios-{program}-{arch}", memory=256, kernel=hypervisor,
                append="console=com1 com1=115200,8n1 dom0_mem=64M loglvl=all guest_loglvl=all",
                modules=[os.path.join(BUILD, "minios", arch, f"{program}.elf")])
    made.console.expect(rf"minios {arch} on xen-3.0-\S+, 16384 pages, ring {ARCHS[arch]}\r?\n", 60)
    made.console.expect(r"\d+ passed, 0 failed", 60)


@both
def test_guest_checks_itself(arch, dom0):
    """As a guest, with xenstore and a disk of its own to write to."""
    dom0.run("guest m disk=1 vcpus=1")
    dom0.run(f"sed -i 's|^kernel = .*|kernel = \"/mnt/job/selftest-{arch}\"|; /^ramdisk/d' m.cfg; "
             "echo 'on_poweroff = \"preserve\"' >>m.cfg; echo 'on_crash = \"preserve\"' >>m.cfg")
    dom0.run("start m", timeout=120)
    dom0.run("await m.console '[0-9]+ passed, [0-9]+ failed' 60", timeout=90)
    seen = dom0.run("cat m.console")
    assert "ok disk: what was written is read" in seen and " passed, 0 failed" in seen, seen


@both
def test_web_server(arch, dom0):
    """An ordinary C program on newlib and lwIP, answering dom0."""
    dom0.run("guest m vif=1 vcpus=1 extra=ip=192.168.77.2/24")
    dom0.run(f"sed -i 's|^kernel = .*|kernel = \"/mnt/job/minios-{arch}\"|; /^ramdisk/d; s/^memory = .*/memory = 32/' m.cfg")
    dom0.run("start m", timeout=120)
    dom0.run("await m.console 'httpd: ready' 60", timeout=90)
    dom0.run("ping -c 2 -W 5 192.168.77.2", timeout=30)
    fetch = ("import urllib.request as u\\nfor i in range({}):\\n "
             "print(u.urlopen(\"http://192.168.77.2/\", timeout=10).read().decode())\\n")
    page = dom0.run(f"printf '{fetch.format(1)}' | python3", timeout=40)
    assert f"ring {ARCHS[arch]}\n" in page and f"word size {arch[-2:]}\n" in page, page
    assert re.search(r"^date 20\d\d-", page, re.M), page
    assert "request 31\n" in dom0.run(f"printf '{fetch.format(30)}' | python3", timeout=120)
    ready = re.search(r"httpd: ready (\S+) s", dom0.run("cat m.console"))
    assert float(ready.group(1)) < 2, "from the first instruction to listening, on a machine of unknown speed"
    first = dom0.domains()["m"][0]
    dom0.run("xl reboot m")
    dom0.run(f"for n in $(seq 150); do i=$(xl domid m 2>/dev/null) && [ $i != {first} ] && break; sleep 0.2; done; "
             f"[ $(xl domid m) != {first} ]", timeout=60)
    dom0.run("for n in $(seq 30); do ping -c 1 -W 1 192.168.77.2 && break; done; ping -c 1 -W 5 192.168.77.2", timeout=90)
    assert "request 1\n" in dom0.run(f"printf '{fetch.format(1)}' | python3", timeout=40)
    dom0.run("xl shutdown -w m; gone m 30", timeout=90)


def curl():
    """{path: path} of this machine's curl with the libraries that it needs."""
    listed = subprocess.run(["ldd", "/usr/bin/curl"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {path: path for path in ["/usr/bin/curl", *re.findall(r"(/\S+) \(0x", listed)]}


@both
def test_curl_is_answered_within_300_ms(arch, boot, hypervisor, tmp_path):
    """Counted from the guest's first instruction on, at one instruction of any CPU
    per nanosecond, so that the speed of the machine that runs this is left out."""
    name, address = {"x86_64": ("minios64", "192.168.77.5"), "x86_32": ("minios", "192.168.77.4")}[arch]
    image = os.path.join(tmp_path, "dom0.gz")
    mkiso.dom0_image(image, str(tmp_path), curl())
    pc = boot(f"minios-curl-{arch}", smp=2, memory=1024, kernel=hypervisor, icount=True, limit=400,
              append="console=com1 com1=115200,8n1 dom0_mem=512M",
              modules=[os.path.join(assets.kernel(), "vmlinuz") + " console=hvc0 quiet", image])
    pc.expect("dom0:~# ", 200, "dom0's prompt")
    pc.console.send(f"xl create {name}.cfg; curl -sS http://{address}/; "
                    f"grep -a 'first answer' /var/log/xen/console/guest-{name}.log\r", slowly=True)
    pc.expect(rf"minios web server\s+ring {ARCHS[arch]}\s", 120, "the page")
    seconds = float(pc.expect(r"httpd: first answer (\S+) s after the start", 30).group(1))
    assert seconds <= 0.3
