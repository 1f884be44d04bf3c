# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures of the whole-system tests, and the console shown with a failure.

What a run tests is chosen by the environment, so that the same tests hold
Debian's hypervisor and ours to the same behaviour:
    HYP     multiboot ELF of the hypervisor (build/xen), or "xen417"
    OWN     tree that `make install` filled with our tools (build/dist)
    PATIENCE  factor on every time limit, for a busy machine
"""
import fnmatch
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)

from lib import assets, machine  # noqa: E402
import dom0 as dom0_module  # noqa: E402
import jobdisk  # noqa: E402

BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
LOGS = os.path.join(BUILD, "tests", "system")

_machines = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """What shares a Debian dom0 stays together where several programs run the tests,
    and what ends it comes last.
    Tests that held-back.txt names run only when asked for (HELD_BACK=1):
    those that have not yet been seen to pass on this hypervisor."""
    for item in items:
        if "dom0_host" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(item.callspec.params["dom0_host"]))
    items.sort(key=lambda item: item.get_closest_marker("last_of_dom0") is not None)
    if os.environ.get("HELD_BACK"):
        return
    with open(os.path.join(HERE, "held-back.txt")) as text:
        patterns = [line.split("#")[0].strip() for line in text]
    patterns = [pattern for pattern in patterns if pattern]
    held = [item for item in items
            if any(fnmatch.fnmatchcase(os.path.basename(item.nodeid).replace("[", "("), pattern.replace("[", "("))
                   for pattern in patterns)]
    if held:
        config.hook.pytest_deselected(items=held)
        items[:] = [item for item in items if item not in held]


@pytest.fixture(scope="session")
def hypervisor():
    path = os.environ.get("HYP") or os.path.join(BUILD, "xen")
    if path == "xen417":
        path = assets.xen417()
    assert os.path.exists(path), f"no hypervisor at {path}: run make"
    return path


@pytest.fixture(scope="session")
def own_tree():
    path = os.environ.get("OWN") or os.path.join(BUILD, "dist")
    return path if os.path.exists(os.path.join(path, "usr/sbin/xl")) else None


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    return str(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="session")
def job_disk(own_tree):
    return jobdisk.make(os.path.join(BUILD, "tests", "job"), own_tree, os.environ.get("PYTEST_XDIST_TESTRUNUID"))


@pytest.fixture
def boot(request):
    """boot(name, **what) starts a machine that ends with the test."""
    started = []

    def start(name, **what):
        made = machine.Machine(name, LOGS, **what)
        started.append(made)
        _machines.append(made)
        return made

    yield start
    for made in started:
        made.stop()
        _machines.remove(made)


@pytest.fixture(scope="session", params=["debian", "own"])
def dom0_host(request, hypervisor, own_tree, job_disk, work):
    """A Debian dom0 with Debian's daemons or with ours; one at a time."""
    host = dom0_module.Host(request.param, hypervisor, job_disk, work, LOGS, _machines)
    if request.param == "own" and own_tree is None:
        pytest.fail("our tools are not built: run `make install DESTDIR=build/dist`", pytrace=False)
    yield host
    host.shutdown()


@pytest.fixture
def dom0(dom0_host):
    """The running dom0, started anew if the last test left it dead, and with
    no guest in it when the test begins."""
    dom0_host.ensure_running()
    dom0_host.destroy_guests()
    yield dom0_host
    if dom0_host.running():
        dom0_host.destroy_guests()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for made in _machines:
            report.sections.append((f"console of {made.name} ({made.console.log})", made.console.tail()))
            if made.alive():
                report.sections.append((f"CPUs of {made.name}", made.where()))
            if made.shell:
                report.sections.append((f"shell of {made.name}", made.shell.tail(30)))
