# SPDX-License-Identifier: GPL-2.0-only
"""Stock parts from Debian's archive, fetched or built once into the cache.

Owns the cache folder ($CACHE, by default ~/.cache/pvxen). Each asset is a
folder named after a hash of all that went into it: the recipe's own text and
the package versions. A folder is moved into place when complete, so a build
that was interrupted leaves nothing that looks finished; a file lock keeps two
builders apart. Nothing here installs a package on the machine.

As a program: `assets.py NAME` prints the path of the asset.
"""
import fcntl
import getpass
import glob
import hashlib
import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile

CACHE = os.environ.get("CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pvxen")


def sh(command, cwd=None):
    """Run a command (a list); its output is shown only if it fails."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout[-4000:]}\nfailed: {' '.join(command)}")
    return done.stdout


def cached(name, ingredients, build):
    """The folder of an asset; calls build(folder) when it is not there yet."""
    text = inspect.getsource(build) + "\n".join(ingredients)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = os.path.join(CACHE, f"{name}-{key}")
    if os.path.exists(folder):
        return folder
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, f"{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(folder):
            print(f"building {name} in {CACHE}", file=sys.stderr, flush=True)
            work = folder + ".partial"
            shutil.rmtree(work, ignore_errors=True)
            os.makedirs(work)
            build(work)
            os.rename(work, folder)
    return folder


def candidate(package):
    """The version of a package that apt would fetch now."""
    for attempt in range(2):
        policy = subprocess.run(["apt-cache", "policy", package], stdout=subprocess.PIPE, text=True).stdout
        found = re.search(r"Candidate: (\S+)", policy)
        if found and found.group(1) != "(none)":
            return found.group(1)
        if attempt == 0:
            update_lists()
    raise SystemExit(f"apt knows no package {package}: is a Debian 12 mirror in /etc/apt/sources.list.d?")


def update_lists():
    if os.geteuid() != 0:
        raise SystemExit("apt's package lists are missing or out of date: run `apt-get update` as root")
    sh(["apt-get", "update"])


def fetch(package, folder):
    """Download one package and unpack it into folder."""
    debs = os.path.join(folder, "deb")
    os.makedirs(debs, exist_ok=True)
    os.chmod(debs, 0o777)  # apt downloads as a user of its own
    command = ["apt-get", "download", package]
    if subprocess.run(command, cwd=debs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        update_lists()
        sh(command, cwd=debs)
    for deb in glob.glob(os.path.join(debs, "*.deb")):
        sh(["dpkg-deb", "-x", deb, folder])
    shutil.rmtree(debs)


def fetch_foreign(package, arch, folder):
    """The same for a package of another architecture, of which this machine's
    apt need not know: on package lists of its own."""
    with tempfile.TemporaryDirectory() as own:
        os.chmod(own, 0o755)
        for sub in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(own, sub))
        options = ["-o", f"APT::Architecture={arch}", "-o", f"APT::Architectures::={arch}",
                   "-o", f"Dir::State::lists={own}/lists", "-o", f"Dir::Cache={own}/cache",
                   "-o", "Dir::State::status=/dev/null", "-o", f"APT::Sandbox::User={getpass.getuser()}"]
        # A list that cannot be had is no harm unless the package was in it.
        subprocess.run(["apt-get", *options, "update"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        sh(["apt-get", *options, "download", package], cwd=own)
        for deb in glob.glob(os.path.join(own, "*.deb")):
            sh(["dpkg-deb", "-x", deb, folder])


_release = None


def kernel_release():
    """The release of Debian's current stock amd64 kernel, say 6.1.0-56-amd64."""
    global _release
    if _release is None:
        candidate("linux-image-amd64")
        text = sh(["apt-cache", "show", "--no-all-versions", "linux-image-amd64"])
        _release = re.search(r"^Depends:.*linux-image-(\S+?-amd64)\b", text, re.M).group(1)
    return _release


def kernel():
    """Folder with vmlinuz and lib/modules/RELEASE of the stock kernel."""
    release = kernel_release()
    package = "linux-image-" + release

    def build(folder):
        fetch(package, folder)
        os.symlink(f"boot/vmlinuz-{release}", os.path.join(folder, "vmlinuz"))
        sh(["/sbin/depmod", "-b", folder, release])

    return cached("kernel", [candidate(package)], build)


def xen417():
    """Debian's own Xen 4.17 as a multiboot ELF: the peer that we compare with."""
    package = "xen-hypervisor-4.17-amd64"

    def build(folder):
        fetch(package, folder)
        image = glob.glob(os.path.join(folder, "boot/xen-4.17*.gz"))[0]
        with open(os.path.join(folder, "xen"), "wb") as out:
            subprocess.run(["gzip", "-dc", image], stdout=out, check=True)

    return os.path.join(cached("xen417", [candidate(package)], build), "xen")


def pv_grub():
    """Folder with Debian's boot loaders for paravirtual guests: grub-i386-xen.bin, grub-x86_64-xen.bin."""
    package = "grub-xen-host"

    def build(folder):
        fetch(package, folder)

    return os.path.join(cached("grub-xen", [candidate(package)], build), "usr/lib/grub-xen")


def busybox_i386():
    """A static busybox for 32-bit guests."""
    package = "busybox-static"

    def build(folder):
        fetch_foreign(package, "i386", folder)

    return os.path.join(cached("busybox-i386", [candidate(package)], build), "bin/busybox")


def debian_disk():
    """Folder with disk.img (bootable partition table, one ext4 file system
    labelled dom0), vmlinuz and initrd: a plain Debian 12 with systemd and
    Debian's Xen 4.17 tools, as a person would install it. A root shell listens
    on the second serial port, for the tests."""
    release = kernel_release()
    recipe = os.path.join(os.path.dirname(os.path.abspath(__file__)), "debian-disk.sh")

    def build(folder):
        if os.geteuid() != 0:
            raise SystemExit("building the Debian disk needs root (debootstrap); run `make test` as root once")
        sh([recipe, folder, release])

    with open(recipe) as text:
        return cached("debian", [candidate("linux-image-" + release), candidate("xen-utils-4.17"), text.read()], build)


def debian32_disk():
    """Path of an ext4 image: a plain 32-bit Debian 12 with systemd, without a kernel."""
    recipe = os.path.join(os.path.dirname(os.path.abspath(__file__)), "debian-disk32.sh")

    def build(folder):
        if os.geteuid() != 0:
            raise SystemExit("building the 32-bit Debian disk needs root (debootstrap); run `make test` as root once")
        sh([recipe, folder])

    with open(recipe) as text:
        return os.path.join(cached("debian32", [text.read()], build), "disk.img")


def modules(names):
    """Paths of the stock kernel's modules that loading all of names needs, in
    the order to load them; what is built in is left out."""
    folder = kernel()
    order = []
    for name in names:
        text = subprocess.run(["/sbin/modprobe", "-d", folder, "-S", kernel_release(), "--show-depends", name],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if text.returncode:
            raise SystemExit(f"kernel module {name}: {text.stderr.strip()}")
        for line in text.stdout.splitlines():
            word = line.split()
            if word[0] == "insmod" and word[1] not in order:
                order.append(word[1])
    return order


if __name__ == "__main__":
    print({"kernel": kernel, "xen417": xen417, "debian": debian_disk, "debian32": debian32_disk}[sys.argv[1]]())
