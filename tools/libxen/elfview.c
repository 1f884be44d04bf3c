// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads ELF headers of untrusted files, 32 and 64 bit, without ever looking
 * past their end. Pure functions over a buffer.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "elfview.h"

/* More headers than any kernel has; bounds the work on a hostile file. */
#define HEADERS_MAX	65535

bool elf_inside(const struct elf_view *v, uint64_t offset, uint64_t size)
{
	return offset <= v->size && size <= v->size - offset;
}

const char *elf_open(struct elf_view *v, const uint8_t *data, size_t size)
{
	memset(v, 0, sizeof(*v));
	v->data = data;
	v->size = size;
	if (size < sizeof(Elf32_Ehdr) || memcmp(data, ELFMAG, SELFMAG))
		return "it is not an ELF image";
	if (data[EI_DATA] != ELFDATA2LSB)
		return "it is a big-endian ELF image";
	if (data[EI_CLASS] == ELFCLASS64) {
		Elf64_Ehdr e;

		if (size < sizeof(e))
			return "its ELF header is cut short";
		memcpy(&e, data, sizeof(e));
		if (e.e_machine != EM_X86_64)
			return "it is for another processor, not x86_64";
		v->is_64 = true;
		v->entry = e.e_entry;
		v->phoff = e.e_phoff;
		v->shoff = e.e_shoff;
		v->phnum = e.e_phnum;
		v->shnum = e.e_shnum;
		v->phentsize = e.e_phentsize;
		v->shentsize = e.e_shentsize;
		v->shstrndx = e.e_shstrndx;
		if (v->phnum && v->phentsize < sizeof(Elf64_Phdr))
			return "its program headers have an impossible size";
		if (v->shnum && v->shentsize < sizeof(Elf64_Shdr))
			v->shnum = 0;
	} else if (data[EI_CLASS] == ELFCLASS32) {
		Elf32_Ehdr e;

		memcpy(&e, data, sizeof(e));
		if (e.e_machine != EM_386)
			return "it is for another processor, not x86";
		v->entry = e.e_entry;
		v->phoff = e.e_phoff;
		v->shoff = e.e_shoff;
		v->phnum = e.e_phnum;
		v->shnum = e.e_shnum;
		v->phentsize = e.e_phentsize;
		v->shentsize = e.e_shentsize;
		v->shstrndx = e.e_shstrndx;
		if (v->phnum && v->phentsize < sizeof(Elf32_Phdr))
			return "its program headers have an impossible size";
		if (v->shnum && v->shentsize < sizeof(Elf32_Shdr))
			v->shnum = 0;
	} else {
		return "its ELF class is neither 32 nor 64 bit";
	}
	if (!v->phnum)
		return "it has no program headers: nothing to load";
	if (!elf_inside(v, v->phoff, (uint64_t)v->phnum * v->phentsize))
		return "its program headers lie outside the file: is it cut short?";
	/* Section headers are optional; a stripped or cut table is no table. */
	if (v->shnum > HEADERS_MAX || !elf_inside(v, v->shoff, (uint64_t)v->shnum * v->shentsize))
		v->shnum = 0;
	return NULL;
}

bool elf_segment(const struct elf_view *v, unsigned int i, struct elf_segment *s)
{
	const uint8_t *p;

	if (i >= v->phnum)
		return false;
	p = v->data + v->phoff + (uint64_t)i * v->phentsize;
	if (v->is_64) {
		Elf64_Phdr h;

		memcpy(&h, p, sizeof(h));
		*s = (struct elf_segment){ h.p_type, h.p_offset, h.p_vaddr, h.p_paddr, h.p_filesz, h.p_memsz };
	} else {
		Elf32_Phdr h;

		memcpy(&h, p, sizeof(h));
		*s = (struct elf_segment){ h.p_type, h.p_offset, h.p_vaddr, h.p_paddr, h.p_filesz, h.p_memsz };
	}
	return true;
}

struct raw_section {
	uint32_t name, type, link;
	uint64_t offset, size;
};

static bool raw_section(const struct elf_view *v, unsigned int i, struct raw_section *r)
{
	const uint8_t *p;

	if (i >= v->shnum)
		return false;
	p = v->data + v->shoff + (uint64_t)i * v->shentsize;
	if (v->is_64) {
		Elf64_Shdr h;

		memcpy(&h, p, sizeof(h));
		*r = (struct raw_section){ h.sh_name, h.sh_type, h.sh_link, h.sh_offset, h.sh_size };
	} else {
		Elf32_Shdr h;

		memcpy(&h, p, sizeof(h));
		*r = (struct raw_section){ h.sh_name, h.sh_type, h.sh_link, h.sh_offset, h.sh_size };
	}
	return true;
}

bool elf_section(const struct elf_view *v, unsigned int i, struct elf_section *s)
{
	struct raw_section r, names;
	const char *name = "";

	if (!raw_section(v, i, &r))
		return false;
	if (raw_section(v, v->shstrndx, &names) && names.type == SHT_STRTAB &&
	    elf_inside(v, names.offset, names.size) && r.name < names.size) {
		const char *at = (const char *)v->data + names.offset + r.name;

		if (memchr(at, 0, names.size - r.name))
			name = at;
	}
	s->type = r.type;
	s->name = name;
	s->offset = r.offset;
	s->size = r.type == SHT_NOBITS ? 0 : r.size;
	return true;
}

/* Its headers, of either width, after the four bytes of its size. */
#define SYMBOL_HEADERS(Ehdr, Shdr)							\
	do {										\
		Shdr s[3];								\
		Ehdr e;									\
											\
		memset(s, 0, sizeof(s));						\
		memcpy(&e, v->data, sizeof(e));						\
		memcpy(&s[1], v->data + v->shoff + (uint64_t)i * v->shentsize, sizeof(s[1]));		\
		memcpy(&s[2], v->data + v->shoff + (uint64_t)symbols.link * v->shentsize, sizeof(s[2]));	\
		e.e_phoff = e.e_phentsize = e.e_phnum = e.e_shstrndx = 0;		\
		e.e_shoff = sizeof(e);							\
		e.e_shentsize = sizeof(*s);						\
		e.e_shnum = 3;								\
		s[1].sh_offset = symbols_at;						\
		s[1].sh_link = 2;							\
		s[2].sh_offset = names_at;						\
		memcpy(file, &e, sizeof(e));						\
		memcpy(file + sizeof(e), s, sizeof(s));					\
	} while (0)

uint8_t *elf_symbol_file(const struct elf_view *v, size_t *size)
{
	const uint64_t word = v->is_64 ? 8 : 4;
	const uint64_t headers = v->is_64 ? sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Shdr) : sizeof(Elf32_Ehdr) + 3 * sizeof(Elf32_Shdr);
	struct raw_section symbols, names;
	uint64_t symbols_at, names_at;
	uint8_t *all, *file;
	unsigned int i;
	uint32_t bytes;

	for (i = 0; raw_section(v, i, &symbols); i++)
		if (symbols.type == SHT_SYMTAB)
			break;
	if (i == v->shnum || !raw_section(v, symbols.link, &names) || names.type != SHT_STRTAB ||
	    !elf_inside(v, symbols.offset, symbols.size) || !elf_inside(v, names.offset, names.size) ||
	    symbols.size + names.size > UINT32_MAX / 2)
		return NULL;
	/* Addresses are what is aligned; offsets count from behind the size. */
	symbols_at = ((4 + headers + word - 1) & ~(word - 1)) - 4;
	names_at = ((4 + symbols_at + symbols.size + word - 1) & ~(word - 1)) - 4;
	bytes = names_at + names.size;
	all = calloc(1, 4 + (size_t)bytes);
	if (!all)
		return NULL;
	file = all + 4;
	memcpy(all, &bytes, 4);
	if (v->is_64)
		SYMBOL_HEADERS(Elf64_Ehdr, Elf64_Shdr);
	else
		SYMBOL_HEADERS(Elf32_Ehdr, Elf32_Shdr);
	memcpy(file + symbols_at, v->data + symbols.offset, symbols.size);
	memcpy(file + names_at, v->data + names.offset, names.size);
	*size = 4 + (size_t)bytes;
	return all;
}
