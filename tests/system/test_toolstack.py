# SPDX-License-Identifier: GPL-2.0-only
"""Our xl when it is interrupted, or when two of them work at once: what is
left can be taken away, and then the host's memory is what it was."""
from dom0 import OWN_XL


def clear(dom0):
    for guest in dom0.domains().values():
        dom0.run(f"{OWN_XL} destroy {guest[0]}", timeout=60)
    dom0.wait_no_guests()


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
             "wait $two; [ $((first + $?)) = 1 ]", timeout=120)
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
