# SPDX-License-Identifier: GPL-2.0-only
"""Builds initramfs images: busybox, kernel modules, an init script and files.

Callers: the live image, the system tests and the benches. The images are
small and quick to make, so they are made anew each time and never cached.
"""
import os
import shutil
import subprocess
import tempfile

from lib import assets

BUSYBOX = "/bin/busybox"


def build(out, init, files=None, module_names=(), trees=(), links=None, busybox=BUSYBOX,
          module_files=()):
    """Write a gzip'ed initramfs to out.

    init: path of the script that becomes /init.
    files: {path inside: path outside}, modes kept.
    module_names: stock kernel modules; they land with all that they need in
        /modules, and /modules/order lists them in loading order.
    trees: folders whose content is laid over the root.
    links: {path inside: target}.
    busybox: the static busybox that becomes /bin/busybox.
    module_files: paths of modules for another kernel than the stock one, in the order to load them.
    """
    with tempfile.TemporaryDirectory() as root:
        for folder in ("bin", "sbin", "dev", "proc", "sys", "tmp", "mnt", "run", "var", "etc", "root", "modules"):
            os.mkdir(os.path.join(root, folder))
        shutil.copy(busybox, os.path.join(root, "bin/busybox"))
        for tree in trees:
            subprocess.run(["cp", "-a", os.path.join(tree, "."), root], check=True)
        shutil.copy(init, os.path.join(root, "init"))
        os.chmod(os.path.join(root, "init"), 0o755)
        for inside, outside in (files or {}).items():
            path = os.path.join(root, inside.lstrip("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(outside, path)
        for inside, target in (links or {}).items():
            path = os.path.join(root, inside.lstrip("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if not os.path.lexists(path):
                os.symlink(target, path)
        order = []
        for path in [*assets.modules(module_names), *module_files]:
            shutil.copy(path, os.path.join(root, "modules"))
            order.append(os.path.basename(path))
        with open(os.path.join(root, "modules/order"), "w") as text:
            text.write("".join(name + "\n" for name in order))
        names = sorted(os.path.relpath(os.path.join(where, name), root)
                       for where, folders, plain in os.walk(root) for name in folders + plain)
        os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
        with open(out + ".partial", "wb") as image:
            cpio = subprocess.Popen(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=root,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            gzip = subprocess.Popen(["gzip", "-1n"], stdin=cpio.stdout, stdout=image)
            cpio.stdout.close()
            cpio.stdin.write("\n".join(names).encode() + b"\n")
            cpio.stdin.close()
            if cpio.wait() or gzip.wait():
                raise SystemExit(f"{out}: cpio or gzip failed")
        os.rename(out + ".partial", out)


def ext4(out, size_mib, files=None, label="", folder=None):
    """Write an ext4 file system image holding files ({name: text}) or a copy of folder."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in (files or {}).items():
            with open(os.path.join(root, name), "w") as out_file:
                out_file.write(text)
        if os.path.exists(out):
            os.unlink(out)
        with open(out, "wb") as image:
            image.truncate(size_mib << 20)
        command = ["/sbin/mke2fs", "-q", "-t", "ext4", "-d", folder or root] + (["-L", label] if label else []) + [out]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
