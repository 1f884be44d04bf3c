# SPDX-License-Identifier: GPL-2.0-only
"""A Debian dom0 from disk: systemd, all services, the real hardware, and the
guest tools of either kind doing their whole job in it."""
import json
import re

import pytest

from dom0 import DEBIAN_XL, OWN_XL


def test_services_and_hardware(dom0):
    """systemd is content, no kernel warning speaks of Xen, and dom0 has the machine."""
    status, state = dom0.run("systemctl is-system-running --wait", timeout=120, check=False)
    assert state.strip() == "running", dom0.run("systemctl --failed --no-pager")
    log = dom0.run("dmesg")
    worse = [line for line in log.splitlines()
             if re.search(r"WARNING:|BUG:|Oops|Call Trace|xen.*(fail|error|not support)|(fail|error).*\bxen", line, re.I)]
    assert not worse, "\n".join(worse)
    assert dom0.run("nproc").strip() == "2"
    assert "sda1" in dom0.run("lsblk"), "AHCI disk"
    assert "vda" in dom0.run("lsblk"), "virtio disk"
    dom0.run("ping -c 2 -W 5 10.0.2.2", timeout=30)
    assert "USB Tablet" in dom0.run("cat /sys/bus/usb/devices/*/product")
    assert re.search(r"\d{4}-\d\d-\d\d", dom0.run("cat /sys/class/rtc/rtc0/date"))
    assert re.search(r"xen-pirq\s+-msi\s", dom0.run("cat /proc/interrupts"))
    assert re.search(r"xen-pirq\s+-msi-x\s", dom0.run("cat /proc/interrupts"))
    assert dom0.run("cat /sys/hypervisor/type").strip() == "xen"


READ_MCELOG = ("import os, select, struct; log = os.open('/dev/mcelog', os.O_RDONLY); waiting = select.poll(); "
               "waiting.register(log, select.POLLIN); assert waiting.poll(30000); seen = os.read(log, 8192); "
               "print('%x %x' % struct.unpack_from('<Q8xQ', seen), seen[65], seen[66])")


def test_corrected_errors(dom0):
    """An error that the memory controller corrected is found on its CPU, told to dom0's logger, and gone from its bank."""
    for cpu, bank, status, address in [(1, 2, 0x9400000000000151, 0x12345000), (1, 2, 0x940000000000009f, 0x3456000),
                                       (0, 9, 0x9400004000000179, 0x7777000)]:
        dom0.machine.corrupt(cpu, bank, status, address)
        assert dom0.run(f'python3 -c "{READ_MCELOG}"', timeout=60).split() == [f"{status:x}", f"{address:x}", str(bank), str(cpu)]


def test_console_login(dom0):
    """A person logs in on the serial console, through the hypervisor."""
    console = dom0.machine.console
    console.send("\r", slowly=True)
    console.expect("dom0 login: ", 60)
    console.send("root\r", slowly=True)
    console.expect(r"root@dom0:~# ", 60)
    console.send("echo $((41+1))$((1+2)) logged in\r", slowly=True)
    console.expect("423 logged in", 30)
    console.send("exit\r", slowly=True)
    console.expect("dom0 login: ", 60)


def test_information(dom0):
    """The commands that only look."""
    info = dict(line.split(":", 1) for line in dom0.run("xl info").splitlines() if ":" in line)
    info = {key.strip(): value.strip() for key, value in info.items()}
    assert info["nr_cpus"] == "2"
    assert "xen-3.0-x86_64" in info["xen_caps"]
    assert int(info["xen_major"]) == 4 and int(info["xen_minor"]) == 17
    assert 2000 <= int(info["total_memory"]) <= 2048
    assert int(info["free_memory"]) > 700
    assert re.search(r"Domain-0\s+0\s+1024\s+2\s+r", dom0.run("xl list"))
    assert len(re.findall("Domain-0", dom0.run("xl vcpu-list"))) == 2
    assert dom0.xl_dmesg().strip()
    dom0.run("xl debug-keys h")
    assert "Domain-0" in dom0.run("timeout 20 xl top -b -i 1", timeout=30) if dom0.kind == "own" else True


def layout(text):
    """The first line as it is, and where the words of each other line end:
    figures change from one look to the next, columns do not."""
    lines = text.splitlines()
    return lines[0], [[word.end() for word in re.finditer(r"\S+", line)] for line in lines[1:]]


def test_same_tables(dom0, own_tree):
    """Our xl prints what Debian's does, column for column, for scripts read it,
    and ends with the same status."""
    assert own_tree, "our tools are not built"
    dom0.run("guest g vcpus=2 disk=1 vif=1 'on_reboot=\"rename-restart\"' 'on_crash=\"coredump-restart\"'; "
             "xl create -p g.cfg", timeout=120)
    # "all" is as long as a CPU's number only here and there: pin, so that rows are alike.
    dom0.run("xl vcpu-pin g all 0 1; xl vcpu-pin 0 all 0-1")
    for command in ["list", "list -v", "list -c", "list -n", "list -Z", "list g", "vcpu-list", "vcpu-list g",
                    "sched-credit2", "sched-credit2 -d g", "sched-credit2 -s", "uptime", "block-list g", "network-list g",
                    "vm-list", "claims", "cpupool-list", "cpupool-list -c", "cpupool-list Pool-0"]:
        theirs, ours = dom0.run(f"{DEBIAN_XL} {command}"), dom0.run(f"{OWN_XL} {command}")
        assert layout(theirs) == layout(ours), f"xl {command}\n{theirs}\n{ours}"
    for options in "", "-f", "-v -n -x -r":
        theirs, ours = dom0.run(f"xentop -b -i 1 {options}"), dom0.run(f"{OWN_XL} top -b -i 1 {options}")
        # In an order of its own: the busiest first.
        (header, rows), (our_header, our_rows) = layout(theirs), layout(ours)
        assert header == our_header and sorted(rows) == sorted(our_rows), f"top {options}\n{theirs}\n{ours}"
        assert re.search(r"^ +g ----p- ", theirs, re.M) and re.search(r"^ +g ----p- ", ours, re.M), f"{theirs}\n{ours}"
    for command in ["list nobody", "list 99", "list g g", "destroy", "destroy -x", "nonsense", "domid nobody",
                    "sched-credit2 -w 5", "sched-credit2 -d g -w 512 -s -r 1000", "vcpu-pin g 9 1",
                    "create /nowhere name=x", "block-list nobody",
                    "network-list nobody", "create g.cfg", "create g.cfg 'name=\"z\"' memory=1", "sysrq g zz", "sysrq g",
                    "vcpu-set g x", "vcpu-set g 0", "mem-set g x", "mem-set g 500m", "mem-max g x", "console -t junk g",
                    "domname x", "list -h", "-z list", "trigger g junk", "trigger g", "trigger nobody nmi",
                    "trigger g nmi", "cpupool-list nope", "config-update g", "config-update nobody g.cfg", "vm-list -z",
                    "create", "help nonsense", "shutdown", "reboot", "sched-credit2 -r 5", "debug-keys h h", "dump-core",
                    "dump-core g", "dump-core nobody /root/x", "dump-core g /nowhere/x"]:
        theirs, ours = (dom0.run(f"{xl} {command}", check=False)[0] for xl in (DEBIAN_XL, OWN_XL))
        assert theirs == ours, f"xl {command}: {theirs}, {ours}"
    keys = [line.split(":")[0] for line in dom0.run(f"{DEBIAN_XL} info -n").splitlines()]
    assert [line.split(":")[0] for line in dom0.run(f"{OWN_XL} info -n").splitlines()] == keys

    # The JSON of the xl that made a domain has what scripts look for.
    one, = json.loads(dom0.run("xl list -l g"))
    config = one["config"]
    assert one["domid"] == dom0.domains()["g"][0]
    assert config["c_info"]["name"] == "g" and len(config["c_info"]["uuid"]) == 36
    assert config["b_info"]["max_vcpus"] == 2 and config["b_info"]["target_memkb"] == 128 << 10
    assert config["b_info"]["kernel"] == "/mnt/job/vmlinuz" and config["disks"][0]["vdev"] == "xvda"
    assert config["on_reboot"] == "restart_rename" and config["on_crash"] == "coredump_restart"
    dom0.run("xl destroy g; gone g 20; forget g", timeout=60)


def test_settings_and_commands(dom0):
    """Less usual settings of a configuration reach the hypervisor, the store and the guest, and
    less usual commands do what they say."""
    if dom0.kind != "own":
        pytest.skip("Debian's tools are not ours to judge")
    before = dom0.free_pages()
    dom0.run("guest g maxmem=160 vcpus=1 maxvcpus=3 cpu_weight=512 cap=150 localtime=1 max_event_channels=200 "
             "'vif=[\"mac=00:16:3e:00:00:02,bridge=xenbr0,vifname=card,mtu=1400,rate=10Mb/s@20ms,untrusted\"]'")
    dom0.run("xl -N create g.cfg | grep -q maxvcpus && ! xl list g")
    dom0.run("TZ=XST-9 xl create -e g.cfg && watch g && ! pgrep -f 'xl create'", timeout=120)
    dom0.run("await g.console 'guest: ready' 90 && ! xl -N destroy g && xl list g", timeout=120)
    guest = dom0.domains()["g"][0]
    node = {name: dom0.run(f"xenstore-read {path}".format(g=guest)).strip() for name, path in {
        "most": "/local/domain/{g}/memory/static-max", "third": "/local/domain/{g}/cpu/2/availability",
        "rate": "/local/domain/0/backend/vif/{g}/0/rate", "trusted": "/local/domain/{g}/device/vif/0/trusted"}.items()}
    assert node == {"most": str(160 << 10), "third": "offline", "rate": "25000,20000", "trusted": "0"}, node
    assert "rate" not in dom0.run("dmesg | grep -i 'failed to parse' || true")
    assert re.search(r"^g\s+%d\s+512\s+150$" % guest, dom0.run("xl sched-credit2 -d g"), re.M)
    assert " mtu 1400 " in dom0.run("ip link show card")
    assert len(re.findall(r"^g ", dom0.run("xl vcpu-list g"), re.M)) == 3
    # The guest takes its clock's local time for UTC; dom0's is nine hours behind.
    dom0.run("type_in 'echo guest: clock $(date +%s)!'; await g.console 'clock [0-9]+!' 30")
    guests = int(re.search(r"clock (\d+)!", dom0.run("cat g.console")).group(1))
    assert abs(int(dom0.run("date +%s")) + 9 * 3600 - guests) < 120, guests

    dom0.run("xl rename g other && xl list other && ! xl list g")
    dom0.run("xl mem-max other 200m")
    assert dom0.run(f"xenstore-read /local/domain/{guest}/memory/static-max").strip() == str(200 << 10)
    assert re.search(r"up +(\d+:)?\d+.*, other \(%d\)" % guest, dom0.run("xl uptime -s other"))
    dom0.run("xl vcpu-pin --force other 0 0 && ! xl network-detach other junk && xl network-list other | grep -q ^0")
    dom0.run("xl save -p other /root/other.save", timeout=120)
    assert dom0.domains()["other"][3][2] == "p"

    # Its console and who watches it, in one terminal: on the console it goes on, and when it stops it is taken away.
    dom0.run("unwatch; xl destroy other; mkfifo other.in; "
             "script -q -f -c \"$XL restore -c -F other.save\" other.console <other.in >/dev/null 2>&1 & watcher=$!; exec 5>other.in")
    dom0.run("until xl list g; do sleep 0.5; done; sleep 1; type_in 'echo guest: goes o''n'; await other.console 'guest: goes on' 60",
             timeout=90)
    dom0.run("xl shutdown -ww g", timeout=90)
    assert dom0.domains() == {}
    dom0.run("for n in $(seq 50); do kill -0 $watcher || break; sleep 0.2; done 2>/dev/null; ! kill -0 $watcher", timeout=30)
    dom0.run("unwatch; rm -f other.*; forget g")
    assert dom0.free_pages() == before


def hot_plug(dom0, xl):
    """A second disk and a second card come to the running guest, work and go."""
    dom0.run("cp --sparse=always /mnt/job/guest.img more.img; more=$(losetup -f --show more.img)")
    dom0.run(f"{xl} block-attach g phy:$more,xvdb,w", timeout=60)
    dom0.run("type_in 'for n in $(seq 50); do [ -b /dev/xvdb ] && break; sleep 0.2; done; mkdir /two; "
             "mount /dev/xvdb /two && cat /two/hello | sed s/^/guest:\\ more:/; umount /two'; "
             "await g.console 'guest: more:hello from the disk' 60", timeout=90)
    dom0.run(f"{xl} block-list g | grep -q ^51728 && {xl} block-detach g xvdb", timeout=60)
    dom0.run("type_in '[ -e /sys/block/xvdb ] || echo guest: xvdb go''ne'; await g.console 'guest: xvdb gone' 30; "
             f"! {xl} block-list g | grep 51728 && losetup -d $more && rm more.img", timeout=60)
    dom0.run(f"{xl} network-attach g bridge=xenbr0 mac=00:16:3e:00:00:09", timeout=60)
    dom0.run("type_in 'for n in $(seq 50); do ip link set eth1 up && break; sleep 0.2; done; "
             "ip addr add 192.168.77.9/24 dev eth1; ip link set eth0 down; echo guest: se''cond'; "
             "await g.console 'guest: second' 60; ping -c 2 -W 5 192.168.77.9", timeout=90)
    dom0.run("type_in 'ip link set eth0 up; echo guest: fi''rst'; await g.console 'guest: first' 30", timeout=60)
    if xl == OWN_XL:
        status, text = dom0.run(f"{xl} network-attach g devid=1 bridge=xenbr0", timeout=60, check=False)
        assert status != 0 and "has a vif 1 already" in text, text
    dom0.run(f"{xl} network-detach g 1", timeout=60)
    dom0.run("type_in '[ -e /sys/class/net/eth1 ] || echo guest: eth1 go''ne'; await g.console 'guest: eth1 gone' 30; "
             f"! {xl} network-list g | grep 00:16:3e:00:00:09 && [ ! -e /sys/class/net/vif*.1 ]", timeout=60)


def run_guest(dom0, xl):
    """The whole life of a guest with a disk and a network card, under one xl."""
    before = dom0.free_pages()
    dom0.run("guest g disk=1 vif=1 vcpus=2 extra=mode=tick")
    dom0.run(f"start g {xl}", timeout=120)
    dom0.run("await g.console 'guest: ready' 90", timeout=120)
    seen = dom0.run("cat g.console")
    assert "hello from the disk" in seen and "network up as 192.168.77.2" in seen, seen
    assert ", 2 CPU," in seen, seen
    listed = dom0.run(f"{xl} list")
    assert re.search(r"^g\s+\d+\s+128\s+2\s", listed, re.M), listed

    # Network: echo, then a stream each way, whole.
    dom0.run("ping -c 3 -W 5 192.168.77.2", timeout=40)
    dom0.run("head -c 500000 /dev/urandom >/tmp/stream; receive 5001 /tmp/back; "
             "busybox nc -l -p 5002 </tmp/stream & sleep 0.5")
    dom0.run("type_in 'fetch 192.168.77.1 5002 500000'")
    dom0.run("await g.console 'guest: got 500000' 60", timeout=90)
    dom0.run("type_in 'nc 192.168.77.1 5001 </tmp/stream; echo guest: se''nt'")
    dom0.run("await g.console 'guest: sent' 60", timeout=90)
    dom0.run("wait $receiver; cmp /tmp/stream /tmp/back", timeout=60)

    # Pause: the guest stands still, then goes on.
    dom0.run(f"{xl} pause g")
    dom0.run("sleep 0.5; wc -c <g.console >/tmp/a; sleep 3; wc -c <g.console | cmp - /tmp/a")
    assert re.search(r"^g\s.*\sp?-*p", dom0.run(f"{xl} list"), re.M)
    dom0.run(f"{xl} unpause g")
    dom0.run("n=$(grep -c tick g.console); sleep 3; [ $(grep -c tick g.console) -gt $n ]", timeout=20)

    hot_plug(dom0, xl)

    # Data that the guest wrote and flushed is on the disk, and found by the next life.
    dom0.run("type_in 'echo precious >/mnt/kept; sync; echo guest: fl''ushed'")
    dom0.run("await g.console 'guest: flushed' 60", timeout=90)
    dom0.run(f"{xl} vcpu-set g 1; {xl} vcpu-list g")
    dom0.run(f"{xl} mem-set g 100m; sleep 3")
    assert re.search(r"^g\s+\d+\s+100\s", dom0.run(f"{xl} list"), re.M)
    dom0.run(f"{xl} destroy g", timeout=60)
    dom0.run(f"gone g 20 {xl}", timeout=40)
    dom0.run("unwatch; sleep 1; mount -o ro $(cat g.loop) /mnt/ 2>/dev/null || mount $(cat g.loop) /mnt; "
             "r=$(cat /mnt/kept); umount /mnt; [ \"$r\" = precious ]")
    assert dom0.free_pages() == before
    dom0.run("forget g")


def test_guest_life(dom0):
    run_guest(dom0, dom0.xl)


def test_guest_life_by_the_other_xl(dom0, own_tree):
    """Our xl over Debian's daemons, Debian's xl over ours."""
    assert own_tree, "our tools are not built"
    run_guest(dom0, dom0.other_xl)


def test_shutdown_and_reboot(dom0):
    """A guest follows a polite request, and comes back from a reboot under a new id."""
    dom0.run("guest g 'on_reboot=\"restart\"'")
    dom0.run("start g", timeout=120)
    dom0.run("await g.console 'guest: ready' 60", timeout=90)
    first = dom0.domains()["g"][0]
    dom0.run("unwatch")
    if dom0.kind == "own":
        # What it is to be next time can be changed while it runs.
        dom0.run("xl config-update g g.cfg memory=100")
        assert dom0.domains()["g"][1] == 128
    dom0.run("xl reboot g", timeout=60)
    dom0.run(f"for n in $(seq 100); do i=$(xl domid g 2>/dev/null); [ \"$i\" ] && [ \"$i\" != {first} ] && break; "
             f"sleep 0.3; done; [ \"$i\" != {first} ]", timeout=90)
    # Its name comes before its console does.
    dom0.run("for n in $(seq 100); do xenstore-exists /local/domain/$i/console/tty && break; sleep 0.3; done", timeout=60)
    dom0.run("watch g; await g.console 'guest: ready' 60", timeout=90)
    assert dom0.domains()["g"][1] == (100 if dom0.kind == "own" else 128)
    if dom0.kind == "own":
        # One that does not take the request is not left with it.
        assert "does not answer" in dom0.run("xl pause g; ! xl shutdown -w g 2>&1 || echo it went", timeout=120)
        assert not dom0.run("xl unpause g; xenstore-read /local/domain/$i/control/shutdown").strip()
    dom0.run("xl shutdown -w g", timeout=90)
    dom0.run("gone g 30", timeout=60)


def save_restore(dom0, xl, memory, vcpus):
    dom0.run(f"guest g disk=1 vif=1 vcpus={vcpus} memory={memory} extra=mode=tick")
    dom0.run(f"start g {xl}", timeout=120)
    dom0.run("await g.console 'guest: tick 5' 90", timeout=120)
    dom0.run(f"type_in 'echo before >/mnt/kept; sync; echo guest: fl''ushed'; await g.console 'guest: flushed' 60",
             timeout=90)
    dom0.run(f"{xl} save g /root/g.save", timeout=180)
    dom0.run(f"unwatch; gone g 20 {xl}; grep -ao 'tick [0-9]*' g.console | tail -n 1 | cut -d ' ' -f 2 >/tmp/n",
             timeout=40)
    dom0.run(f"{xl} restore -p /root/g.save && watch g {xl} && {xl} unpause g", timeout=180)
    dom0.run("await g.console 'guest: tick' 60", timeout=90)
    dom0.run("sleep 2; m=$(grep -ao 'tick [0-9]*' g.console | tail -n 1 | cut -d ' ' -f 2); echo $m after $(cat /tmp/n); "
             "[ $m -gt $(cat /tmp/n) ]")
    dom0.run("type_in 'echo 3 >/proc/sys/vm/drop_caches; echo guest: ke''pt $(cat /mnt/kept)'; "
             "await g.console 'guest: kept before' 60", timeout=90)
    dom0.run("ping -c 3 -W 5 192.168.77.2", timeout=40)
    dom0.run(f"{xl} destroy g; gone g 20 {xl}", timeout=60)


def test_save_and_restore(dom0):
    """A guest with disk and network goes on where it was, twice as old."""
    before = dom0.free_pages()
    save_restore(dom0, dom0.xl, 128, 2)
    dom0.run("forget g")
    assert dom0.free_pages() == before


def test_raw_file_disk(dom0):
    """Our xl takes an image file as it is, without a loop device made by hand."""
    if dom0.kind != "own":
        pytest.skip("Debian's xl needs QEMU for image files")
    dom0.run("guest g vif=1; cp /mnt/job/guest.img /root/f.img; echo 'disk = [\"/root/f.img,raw,xvda,w\"]' >>g.cfg")
    dom0.run("start g", timeout=120)
    dom0.run("await g.console 'hello from the disk' 90", timeout=120)
    dom0.run("xl destroy g; gone g 20; for n in $(seq 30); do losetup -a | grep -q f.img || break; sleep 0.2; done; "
             "! losetup -a | grep f.img", timeout=60)
