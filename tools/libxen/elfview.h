/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounds-checked view of an ELF image of either width, for image.c and
 * build.c only. Every accessor answers from inside the file or says false.
 */
#ifndef LIBXEN_ELFVIEW_H
#define LIBXEN_ELFVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_view {
	const uint8_t *data;
	size_t size;
	bool is_64;
	uint64_t entry;
	uint64_t phoff, shoff;
	unsigned int phnum, shnum, phentsize, shentsize, shstrndx;
};

struct elf_segment {
	uint32_t type;
	uint64_t offset, vaddr, paddr, filesz, memsz;
};

struct elf_section {
	uint32_t type;
	const char *name;
	uint64_t offset, size;
};

/* NULL when it is an x86 ELF whose headers lie inside it; otherwise a sentence. */
const char *elf_open(struct elf_view *v, const uint8_t *data, size_t size);
bool elf_segment(const struct elf_view *v, unsigned int i, struct elf_segment *s);
bool elf_section(const struct elf_view *v, unsigned int i, struct elf_section *s);
/* True when [offset, offset + size) lies in the file. */
bool elf_inside(const struct elf_view *v, uint64_t offset, uint64_t size);
/*
 * The symbols as the BSDs look for them behind their kernel's image: the size, then an ELF file of the table
 * and its names alone. malloc'd; NULL: there are none, or they lie outside the file.
 */
uint8_t *elf_symbol_file(const struct elf_view *v, size_t *size);

#endif
