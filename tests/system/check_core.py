#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""check_core.py CORE KERNEL: reads a domain's core by the format's description
alone, holds its sections and notes against each other, and finds the parts of
the kernel's file that nothing writes to where the guest had them. Prints a line
of what it found; any contradiction ends it."""
import mmap
import struct
import sys

PAGE = 4096
NONE = 2 ** 64 - 1
# By e_machine: size of a vcpu's context, and where it has the registers that are printed.
CONTEXTS = {62: (5168, "<Q", {"ip": 648, "bx": 560}), 3: (2800, "<I", {"ip": 548, "bx": 516})}


def elf_sections(data):
    wide = data[4] == 2
    assert data[:4] == b"\x7fELF" and data[5] == 1, "no little-endian ELF file"
    at, size, count, names = (struct.unpack_from("<Q", data, 0x28) + struct.unpack_from("<HHH", data, 0x3a)) if wide else \
        (struct.unpack_from("<I", data, 0x20) + struct.unpack_from("<HHH", data, 0x2e))
    rows = [struct.unpack_from("<IIQQQQ" if wide else "<IIIIII", data, at + nr * size) for nr in range(count)]
    table = rows[names][4]
    return {bytes(data[table + row[0]:data.find(b"\0", table + row[0])]).decode(): row[1:] for row in rows}


def notes_of(data):
    """{type: descriptor}"""
    found, at = {}, 0
    while at < len(data):
        name, size, kind = struct.unpack_from("<III", data, at)
        assert name == 4 and data[at + 12:at + 16] == b"Xen\0", "a note that is not Xen's"
        found[kind] = data[at + 16:at + 16 + size]
        at += 16 + (size + 3) // 4 * 4
    assert at == len(data), "notes that do not fill their section"
    return found


def main(path, kernel_path):
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    kind, machine = struct.unpack_from("<HH", data, 16)
    assert data[4] == 2 and data[7] == 0 and kind == 4, "not a 64-bit core file"
    context, word, registers = CONTEXTS[machine]
    sections = elf_sections(data)
    places = sorted(row[3:5] for row in sections.values() if row[0])
    assert all(a[0] + a[1] <= b[0] for a, b in zip(places, places[1:])), "sections that overlap"
    assert sum(places[-1]) == len(data), "the file does not end where its last section does"

    def section(name, kind=1):
        assert sections[name][0] == kind, name
        start, size = sections[name][3:5]
        return start, size

    start, size = section(".note.Xen", 7)
    notes = notes_of(data[start:start + size])
    assert sorted(notes) == [0x2000000, 0x2000001, 0x2000002, 0x2000003] and notes[0x2000000] == b""
    magic, vcpus, pages, page_size = struct.unpack("<QQQQ", notes[0x2000001])
    assert (magic, page_size) == (0xf00febed, PAGE)
    assert struct.unpack_from("<QQ", notes[0x2000002]) == (4, 17) and b"xen-3.0-x86_64" in notes[0x2000002]
    assert len(notes[0x2000002]) == 1280 and struct.unpack_from("<Q", notes[0x2000002], 1272) == (PAGE,)
    assert struct.unpack("<Q", notes[0x2000003]) == (1,)

    vcpu, size = section(".xen_prstatus")
    assert vcpus and size == vcpus * context, "vcpus"
    assert section(".xen_shared_info")[1] == PAGE
    first, size = section(".xen_pages")
    assert size == pages * PAGE and first % PAGE == 0
    start, size = section(".xen_p2m")
    assert size == pages * 16
    p2m = [pair for pair in struct.iter_unpack("<QQ", data[start:start + size])]
    valid = [pair for pair in p2m if pair != (NONE, NONE)]
    assert p2m[:len(valid)] == valid, "absent frames before the end"
    assert all(a[0] < b[0] for a, b in zip(valid, valid[1:])), "guest frames out of order"
    assert len({mfn for _, mfn in valid}) == len(valid), "a machine frame twice"
    where = {pfn: first + nr * PAGE for nr, (pfn, _) in enumerate(valid)}

    with open(kernel_path, "rb") as file:
        kernel = file.read()
    wide = kernel[4] == 2
    segments, = struct.unpack_from("<Q", kernel, 0x20) if wide else struct.unpack_from("<I", kernel, 0x1c)
    segment = struct.unpack_from("<IIQQQ" if wide else "<IIIII", kernel, segments)
    shift = segment[3] - segment[4] if wide else segment[2] - segment[3]    # from virtual to physical address
    same = other = 0
    for kind, flags, address, at, size in (row for row in elf_sections(kernel).values() if row[0] == 1):
        if flags & 3 != 2:      # loaded, and not to be written
            continue
        end = address + size
        while address < end:
            n = min(PAGE - address % PAGE, end - address)
            place = where[(address - shift) // PAGE] + address % PAGE
            if data[place:place + n] == kernel[at:at + n]:
                same += n
            else:
                other += 1
            address, at = address + n, at + n
    assert same and other <= 1, f"{other} pages of the kernel differ: all but the hypercall page should be there"
    values = " ".join(f"{name}={struct.unpack_from(word, data, vcpu + place)[0]:x}" for name, place in registers.items())
    print(f"machine={machine} vcpus={vcpus} frames={len(valid)} absent={pages - len(valid)} kernel={same} {values}")


main(*sys.argv[1:])
