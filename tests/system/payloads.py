# SPDX-License-Identifier: GPL-2.0-only
"""Kernel images made from the stock one: the same kernel under each
compression that distributions use, plain, and broken in several ways.

A bzImage is a real-mode header that says where the compressed payload lies;
a loader of paravirtual guests reads that and nothing else of the image.
Layout: the Linux boot protocol document (setup_sects at 0x1f1, "HdrS" at
0x202, payload_offset and payload_length at 0x248 and 0x24c)."""
import lzma
import os
import struct
import subprocess


def parts(bzimage):
    """(header and code before the payload, payload, offset of the protected-mode code)."""
    with open(bzimage, "rb") as image:
        raw = image.read()
    assert raw[0x202:0x206] == b"HdrS"
    start = ((raw[0x1f1] or 4) + 1) * 512
    offset, length = struct.unpack_from("<II", raw, 0x248)
    return raw[:start + offset], raw[start + offset:start + offset + length], start


def elf(bzimage):
    """The kernel proper, out of a stock xz image (which appends its size)."""
    _, payload, _ = parts(bzimage)
    assert payload[:6] == b"\xfd7zXZ\0", "Debian's kernel is xz-compressed"
    return lzma.LZMADecompressor().decompress(payload)


COMPRESSORS = {
    "gzip": ["gzip", "-1nc"],
    "zstd": ["zstd", "-1", "-q", "-c", "--no-check"],
    "lz4": ["lz4", "-1", "-l", "-q", "-c"],
}


def repack(bzimage, how, out):
    """Write the kernel to out as a bzImage with another payload ("gzip",
    "zstd", "lz4"), or as a plain ELF file ("elf")."""
    plain = elf(bzimage)
    if how == "elf":
        data = plain
    else:
        packed = subprocess.run(COMPRESSORS[how], input=plain, stdout=subprocess.PIPE, check=True).stdout
        if how != "gzip":  # gzip's own trailer already is the size
            packed += struct.pack("<I", len(plain))
        head, _, start = parts(bzimage)
        head = bytearray(head)
        struct.pack_into("<II", head, 0x248, len(head) - start, len(packed))
        data = bytes(head) + packed
    with open(out, "wb") as image:
        image.write(data)


def write_bad(bzimage, folder):
    """Images that a domain builder has to refuse with a sentence."""
    with open(bzimage, "rb") as image:
        raw = image.read()
    head, payload, _ = parts(bzimage)
    broken = bytearray(raw)
    middle = len(head) + len(payload) // 2
    broken[middle:middle + 4096] = b"\xa5" * 4096
    far = bytearray(raw)
    struct.pack_into("<II", far, 0x248, 0xfffffff0, 0x7fffffff)
    bad = {
        "empty": b"",
        "text": b"this is no kernel\n" * 100,
        "cut-header": raw[:0x220],
        "cut-payload": raw[:len(raw) // 3],
        "broken-payload": bytes(broken),
        "far-payload": bytes(far),
    }
    for name, data in bad.items():
        with open(os.path.join(folder, "bad-" + name), "wb") as out:
            out.write(data)
    # A well-formed program that is no guest kernel: it has no Xen notes.
    subprocess.run(["cp", "/bin/busybox", os.path.join(folder, "bad-no-notes")], check=True)
