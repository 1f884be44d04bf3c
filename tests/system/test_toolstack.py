# SPDX-License-Identifier: GPL-2.0-only
"""Our xl when it is interrupted, or when two of them work at once: what is
left can be taken away, and then the host's memory is what it was."""
import re

import pytest

from dom0 import OWN_XL


def clear(dom0):
    for guest in dom0.domains().values():
        dom0.run(f"{OWN_XL} destroy {guest[0]}", timeout=60)
    dom0.wait_no_guests()


def left_of(dom0, pattern):
    """Nodes that match. What dom0's kernel notes of errors is not ours: a back end that
    was just connecting when its guest was killed says so, and nobody takes that away."""
    return dom0.run(f"xenstore-ls -f | grep -v ^/local/domain/0/error/ | grep -E '{pattern}'", check=False)[1]


def killed_at(dom0, command, seconds):
    dom0.run(f"{OWN_XL} {command} >/tmp/killed 2>&1 & sleep {seconds}; kill -KILL $! 2>/dev/null; wait $! 2>/dev/null; true",
             timeout=60)


def test_two_creates(dom0, own_tree):
    """Two of another name both succeed; of the same name only one does."""
    assert own_tree, "our tools are not built"
    before = dom0.free_pages()
    dom0.run("guest a; guest b")
    dom0.run(f"{OWN_XL} create -p a.cfg & one=$!; {OWN_XL} create -p b.cfg & two=$!; wait $one && wait $two", timeout=120)
    assert sorted(dom0.domains()) == ["a", "b"]
    clear(dom0)
    dom0.run(f"{OWN_XL} create -p a.cfg & one=$!; {OWN_XL} create -p a.cfg & two=$!; wait $one; first=$?; "
             "wait $two; [ $((first + $?)) = 3 ]", timeout=120)
    assert sorted(dom0.domains()) == ["a"]
    clear(dom0)
    assert dom0.free_pages() == before


def test_killed_in_the_midst(dom0, own_tree):
    """SIGKILL at some moments of create, save and restore."""
    assert own_tree, "our tools are not built"
    dom0.run("guest k vif=1 extra=mode=tick")
    before = dom0.free_pages()
    for seconds in (0.1, 0.4, 0.8):
        killed_at(dom0, "create -p k.cfg", seconds)
        clear(dom0)
    assert dom0.free_pages() == before, "create"

    dom0.run(f"start k {OWN_XL} && await k.console 'guest: ready' 90; unwatch", timeout=150)
    # Through a pipe, which is written as it is.
    dom0.run(f"{OWN_XL} save -c k /dev/stdout | cat >/root/k.save", timeout=120)
    killed_at(dom0, "save k /root/second.save", 1)
    assert "k" in dom0.domains() or dom0.run("ls /root/second.save")
    clear(dom0)
    dom0.run("rm -f /root/second.save*")
    assert dom0.free_pages() == before, "save"

    for seconds in (0.2, 0.6):
        killed_at(dom0, "restore -p /root/k.save", seconds)
        clear(dom0)
    # Whole, but not yet running: the first fork is for its card's script.
    status, text = dom0.run(f"/mnt/job/atfork 2 2 {OWN_XL} restore /root/k.save", timeout=120, check=False)
    assert status == 130 and "interrupted: 'k' is not created" in text, f"{status} {text}"
    dom0.wait_no_guests()
    assert dom0.free_pages() == before, "restore"
    dom0.run(f"{OWN_XL} restore /root/k.save", timeout=120)
    assert list(dom0.domains()) == ["k"]
    clear(dom0)
    assert dom0.free_pages() == before
    dom0.run("rm -f /root/k.save; forget k")


def test_create_while_another_saves(dom0, own_tree):
    """A guest is saved while another is made and taken away; both are whole."""
    assert own_tree, "our tools are not built"
    before = dom0.free_pages()
    dom0.run("guest s extra=mode=tick; guest t")
    dom0.run(f"start s {OWN_XL} && await s.console 'guest: ready' 90; unwatch", timeout=150)
    dom0.run(f"{OWN_XL} save s /root/s.save & saver=$!; {OWN_XL} create -p t.cfg && {OWN_XL} destroy t; r=$?; "
             "wait $saver && [ $r = 0 ]", timeout=180)
    dom0.wait_no_guests()
    assert dom0.free_pages() == before
    dom0.run(f"{OWN_XL} restore -p /root/s.save && watch s && {OWN_XL} unpause s && await s.console 'guest: tick' 60; "
             f"unwatch; {OWN_XL} destroy s", timeout=180)
    dom0.wait_no_guests()
    assert dom0.free_pages() == before
    dom0.run("rm -f /root/s.save; forget s; forget t")


def runs_on(dom0, name):
    """The guest counts on, nobody asks it for anything, and no file is left."""
    dom0.run(f"n=$(grep -c tick {name}.console); for i in $(seq 50); do [ $(grep -c tick {name}.console) -gt $((n + 2)) ] && "
             "break; sleep 0.3; done; [ $i -lt 50 ]", timeout=60)
    state = dom0.domains()[name][3]
    assert "s" not in state and "p" not in state, state
    assert dom0.run(f"xenstore-read /local/domain/$(xl domid {name})/control/shutdown").strip() == ""
    assert dom0.run("ls /root/i.save* /mnt/small/* 2>/dev/null", check=False)[1] == ""


def test_save_that_fails(dom0, own_tree):
    """Ctrl-C and other signals, a full disk, a reader that goes away: the guest
    goes on and no part of a file stays."""
    if dom0.kind != "own":
        pytest.skip("the daemons have no part in it: once is enough")
    assert own_tree, "our tools are not built"
    before = dom0.free_pages()
    dom0.run("guest i extra=mode=tick; mkdir -p /mnt/small; mount -t tmpfs -o size=20m none /mnt/small; "
             "mkfifo /tmp/slow", timeout=60)
    dom0.run(f"start i {OWN_XL} && await i.console 'guest: tick 1' 90", timeout=150)

    # A full disk, once the guest is suspended.
    status, text = dom0.run(f"{OWN_XL} save i /mnt/small/i.save", timeout=90, check=False)
    assert status == 1 and "No space left" in text, text
    runs_on(dom0, "i")
    status, text = dom0.run(f"({OWN_XL} save i /dev/stdout; echo \"status $?\" >&2) | head -c 1000000 >/dev/null",
                            timeout=90, check=False)
    assert "status 1" in text and "Broken pipe" in text, text
    runs_on(dom0, "i")
    # The reader of what xl says goes away with it.
    dom0.run(f"{OWN_XL} save i /dev/stdout 2>&1 | head -c 1000000 >/dev/null", timeout=90)
    runs_on(dom0, "i")

    # A reader that stalls keeps xl writing, and the guest suspended, until a signal ends it.
    for signal in ("INT", "TERM", "HUP"):
        dom0.run("(head -c 1000000; exec sleep 1000) </tmp/slow >/dev/null & reader=$!")
        status, text = dom0.run(f"timeout -s {signal} -k 60 15 {OWN_XL} save i /tmp/slow", timeout=120, check=False)
        assert status == 124 and "interrupted" in text, f"{status} {text}"
        dom0.run("kill $reader; wait $reader 2>/dev/null; true")
        runs_on(dom0, "i")

    # A guest that does not even hear the request; it is not to find it later.
    dom0.run(f"{OWN_XL} pause i")
    status, text = dom0.run(f"timeout -s INT -k 60 5 {OWN_XL} save i /root/i.save", timeout=90, check=False)
    assert status == 124 and "interrupted" in text, f"{status} {text}"
    dom0.run(f"{OWN_XL} unpause i")
    runs_on(dom0, "i")
    dom0.run("umount /mnt/small; rm /tmp/slow; unwatch")
    clear(dom0)
    dom0.run("forget i")
    assert dom0.free_pages() == before


def test_interrupted_create(dom0, own_tree):
    """A signal while a script works: no domain is left, or none of the device
    where it was to come to a running domain; the back end closes, too."""
    assert own_tree, "our tools are not built"
    before = dom0.free_pages()
    dom0.run("printf '#!/bin/sh\\ntouch /tmp/began; [ $1 = offline ] || until [ -e /tmp/go ]; do sleep 0.2; done\\n"
             "[ $(cat /tmp/go) ] && exit 1; exec /etc/xen/scripts/vif-bridge $@\\n' >/root/slow-vif; chmod +x /root/slow-vif")
    dom0.run("guest c 'vif=[\"bridge=xenbr0,script=/root/slow-vif\"]'; guest n")

    def interrupted(command, script_fails=""):
        status, text = dom0.run(f"rm -f /tmp/go /tmp/began; {OWN_XL} {command} & xl=$!; "
                                "until [ -e /tmp/began ]; do sleep 0.2; done; kill $xl; "
                                f"sleep 1; echo {script_fails} >/tmp/go; wait $xl", timeout=120, check=False)
        assert status == 143 and "does not close" not in text, f"{status} {text}"
        assert left_of(dom0, "backend/vif/[0-9]+/|device/vif/") == ""
        return text

    assert "interrupted: 'c' is not created" in interrupted("create -p c.cfg")
    assert "slow-vif failed" in interrupted("create -p c.cfg", script_fails="yes")
    assert dom0.domains() == {}
    dom0.run(f"{OWN_XL} create -p n.cfg")
    assert "interrupted: vif 0 is not attached" in interrupted("network-attach n script=/root/slow-vif")
    clear(dom0)
    dom0.run("forget c; forget n")
    assert dom0.free_pages() == before


def test_interrupted_start(dom0, own_tree):
    """A signal when the domain is whole but does not run yet: it goes, too. The
    process that would have watched it is not bothered by later ones."""
    assert own_tree, "our tools are not built"
    before = dom0.free_pages()
    dom0.run("guest m 'kernel=\"/mnt/job/minios-x86_32\"' memory=32; sed -i '/^ramdisk/d; /^memory = 128/d' m.cfg")
    status, text = dom0.run(f"/mnt/job/atfork 15 1 {OWN_XL} create m.cfg", check=False)
    assert status == 143 and "interrupted: 'm' is not created" in text, f"{status} {text}"
    dom0.wait_no_guests()
    dom0.run(f"{OWN_XL} create m.cfg && grep -x 'SigCgt:.0*' /proc/$(pgrep -f 'create m.cfg')/status")
    clear(dom0)
    dom0.run("forget m")
    assert dom0.free_pages() == before


def test_disk_of_another(dom0, own_tree):
    """What one guest writes is not given to another, by whatever name, except by w!."""
    if dom0.kind != "own":
        pytest.skip("Debian's hotplug script is not ours to judge")
    before = dom0.free_pages()
    dom0.run(f"guest a disk=1; guest b; {OWN_XL} create -p a.cfg")
    for target in ("phy:$(cat a.loop),xvda,w", "/root/a.img,raw,xvda,w", "/root/a.img,raw,xvda,r"):
        status, text = dom0.run(f"{OWN_XL} create -p b.cfg \"disk=['{target}']\"", timeout=60, check=False)
        assert status == 3 and "in use by domain" in text, f"{target}: {status} {text}"
    assert sorted(dom0.domains()) == ["a"]
    dom0.run(f"{OWN_XL} create -p b.cfg \"disk=['/root/a.img,raw,xvda,w!']\"", timeout=60)
    clear(dom0)
    # And what dom0 has mounted.
    dom0.run("mount $(cat a.loop) /media")
    status, text = dom0.run(f"{OWN_XL} create -p b.cfg \"disk=['/root/a.img,raw,xvda,w']\"", timeout=60, check=False)
    dom0.run("umount /media")
    assert status == 3 and "mounted in dom0" in text, f"{status} {text}"
    # Two readers are welcome.
    dom0.run(f"sed -i s/xvda,w/xvda,r/ a.cfg; {OWN_XL} create -p a.cfg && "
             f"{OWN_XL} create -p b.cfg \"disk=['/root/a.img,raw,xvda,r']\"", timeout=90)
    assert sorted(dom0.domains()) == ["a", "b"]
    clear(dom0)
    dom0.run("forget a; forget b")
    assert dom0.free_pages() == before


def test_no_back_end(dom0, own_tree):
    """Without a driver for its card a guest is refused in bounded time, with the driver's name."""
    assert own_tree, "our tools are not built"
    before = dom0.free_pages()
    dom0.run("guest n vif=1; echo 'blacklist xen-netback' >/etc/modprobe.d/no.conf; rmmod xen-netback")
    status, text = dom0.run(f"timeout 60 {OWN_XL} create -p n.cfg", timeout=90, check=False)
    dom0.run("rm /etc/modprobe.d/no.conf; modprobe xen-netback")
    assert status == 3 and "is the driver xen-netback loaded" in text, f"{status} {text}"
    assert dom0.domains() == {}
    assert left_of(dom0, '/vif/|/name = "n"') == ""
    dom0.wait_no_guests()
    assert dom0.free_pages() == before


def test_dead_xenconsoled(dom0, own_tree):
    """A guest runs without the daemon; its console says what is missing, and
    is there, with all that was said, once the daemon is."""
    if dom0.kind != "own":
        pytest.skip("Debian's daemons are not ours to judge")
    dom0.run("guest q extra=mode=tick; kill $(pidof xenconsoled)")
    try:
        status, text = dom0.run(f"timeout 60 {OWN_XL} create -c q.cfg", timeout=90, check=False)
        assert status == 1 and "is xenconsoled running?" in text, f"{status} {text}"
        assert list(dom0.domains()) == ["q"]
    finally:
        dom0.run("/usr/sbin/xenconsoled")
    dom0.run("watch q; await q.console 'guest: tick' 60", timeout=90)
    dom0.run(f"unwatch; {OWN_XL} destroy q; forget q", timeout=60)


def test_core(dom0, own_tree):
    """Cores of running kernels of both ABIs, and of one that died at its first
    instruction, read back; a full disk or a signal leaves none."""
    if dom0.kind != "own":
        pytest.skip("the daemons have no part in it: once is enough")
    before = dom0.free_pages()
    dom0.run("mkdir -p /mnt/small; mount -t tmpfs -o size=20m none /mnt/small")
    for arch, machine in ("x86_32", 3), ("x86_64", 62):
        kernel = f"/mnt/job/minios-{arch}"
        dom0.run(f"guest m 'kernel=\"{kernel}\"' memory=32 vcpus=1; sed -i '/^ramdisk/d; /^memory = 128/d' m.cfg; "
                 f"{OWN_XL} create m.cfg && {OWN_XL} dump-core m /root/m.core", timeout=60)
        seen = dom0.run(f"python3 /mnt/job/check_core.py /root/m.core {kernel}")
        found = dict(word.split("=") for word in seen.split())
        assert (found["machine"], found["vcpus"], found["absent"]) == (str(machine), "1", "0"), seen
        assert 8150 <= int(found["frames"]) <= 8192 and int(found["kernel"]) > 100000, seen
        if arch == "x86_32":
            status, text = dom0.run(f"{OWN_XL} dump-core m /mnt/small/m.core", check=False)
            assert status == 1 and "No space left" in text, text
            dom0.run("mkfifo /tmp/slow; (head -c 1000000; exec sleep 1000) </tmp/slow >/dev/null & reader=$!")
            status, text = dom0.run(f"timeout -s INT -k 60 3 {OWN_XL} dump-core m /tmp/slow", check=False)
            assert status == 124 and "interrupted" in text, f"{status} {text}"
            dom0.run("kill $reader; wait $reader 2>/dev/null; rm /tmp/slow; [ -z \"$(ls /mnt/small)\" ]")
        clear(dom0)
    # What the configuration asks for.
    dom0.run("rm -rf /root/m.core /var/lib/xen/dump; "
             "guest c 'kernel=\"/mnt/job/crash\"' 'on_crash=\"coredump-destroy\"'; sed -i '/ramdisk/d; s/= 128/= 16/' c.cfg; "
             f"{OWN_XL} create c.cfg; gone c 30", timeout=60)
    seen = dom0.run("python3 /mnt/job/check_core.py /var/lib/xen/dump/c /mnt/job/crash")
    assert seen.endswith("kernel=14 ip=ffffffff8010000a bx=1badb002cafef00d\n"), seen
    dom0.run("sed -i s/coredump-destroy/coredump-restart/ c.cfg; rm -f /var/log/xen/xl-c.log; umount /mnt/small; "
             f"mount -t tmpfs -o size=1m none /var/lib/xen/dump; {OWN_XL} create c.cfg; "
             "await /var/log/xen/xl-c.log 'it is not started again' 60; gone c 20; "
             "[ $(grep -c 'No space left' /var/log/xen/xl-c.log) = 5 ] && [ -z \"$(ls /var/lib/xen/dump)\" ]; r=$?; "
             "umount /var/lib/xen/dump; [ $r = 0 ]", timeout=120)
    assert dom0.domains() == {}
    dom0.run("forget c; forget m; rm /var/lib/xen/dump/c")
    assert dom0.free_pages() == before


def test_guest_that_only_crashes(dom0, own_tree):
    """It is started again, but not for ever; with rename-restart each that died is kept."""
    assert own_tree, "our tools are not built"
    before = dom0.free_pages()
    dom0.run("guest c 'kernel=\"/mnt/job/crash\"' 'on_crash=\"restart\"'; sed -i /ramdisk/d c.cfg; rm -f /var/log/xen/xl-c.log; "
             f"{OWN_XL} create c.cfg", timeout=60)
    dom0.run("await /var/log/xen/xl-c.log 'it is not started again' 90; gone c 20", timeout=150)
    assert dom0.domains() == {}
    dom0.run(f"sed -i s/restart/rename-restart/ c.cfg; rm /var/log/xen/xl-c.log; {OWN_XL} create c.cfg", timeout=60)
    dom0.run("await /var/log/xen/xl-c.log 'it is not started again' 90; gone c 20", timeout=150)
    assert sorted(dom0.domains()) == ["c-1", "c-2", "c-3", "c-4"]
    clear(dom0)
    assert dom0.free_pages() == before


@pytest.mark.last_of_dom0
def test_xenstored_killed(dom0):
    """A store that dies takes all that it knew along. xl still lists the host's domains and says in a sentence what
    it cannot do, a guest can be ended by its number, and dom0 powers off as ever."""
    if dom0.kind != "own":
        pytest.skip("Debian's tools are not ours to judge")
    before = dom0.free_pages()
    dom0.run("guest g; guest h; xl create g.cfg", timeout=120)
    guest = dom0.domains()["g"][0]
    dom0.run("kill -KILL $(pidof xenstored); sleep 1; ! pidof xenstored")
    assert re.search(rf"^Domain-0 +0 .*\n\S+ +{guest} ", dom0.run("xl list"), re.M)
    for command in "create h.cfg", "destroy g", "destroy -f g", f"destroy {guest}":
        status, text = dom0.run(f"timeout 60 xl {command}", timeout=90, check=False)
        assert status == 1 and "cannot reach xenstored" in text, f"xl {command}: {status} {text}"
    dom0.run(f"timeout 60 xl destroy -f {guest}", timeout=90)
    dom0.run(f"for n in $(seq 50); do xl list {guest} || break; sleep 0.2; done; ! xl list | grep -E ' {guest} +[0-9]+ +[0-9]+ '", timeout=30)
    assert dom0.free_pages() == before
    dom0.shutdown()
