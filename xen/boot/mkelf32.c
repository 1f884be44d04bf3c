/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Build tool: wraps the 64-bit image as a 32-bit ELF file whose segments are
 * at their physical addresses, because multiboot loaders refuse 64-bit files.
 *
 * mkelf32 IN OUT
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what)
{
	fprintf(stderr, "mkelf32: %s\n", what);
	exit(1);
}

static unsigned char *read_file(const char *name, size_t *bytes)
{
	FILE *f = fopen(name, "rb");
	unsigned char *p;
	long n;

	if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		die("cannot read the input");
	p = malloc(n ? n : 1);
	if (!p || fread(p, 1, n, f) != (size_t)n)
		die("cannot read the input");
	fclose(f);
	*bytes = n;
	return p;
}

int main(int argc, char **argv)
{
	static const char zeros[4096];
	size_t bytes, at;
	unsigned char *in;
	const Elf64_Ehdr *eh;
	const Elf64_Phdr *ph;
	Elf32_Phdr out_ph[16];
	Elf32_Ehdr out_eh = { 0 };
	unsigned int n = 0, entry = 0;
	FILE *f;

	if (argc != 3)
		die("usage: mkelf32 IN OUT");
	in = read_file(argv[1], &bytes);
	eh = (const void *)in;
	if (bytes < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_phnum > 16 ||
	    eh->e_phoff + eh->e_phnum * sizeof(*ph) > bytes)
		die("not a 64-bit ELF file of the expected form");
	ph = (const void *)(in + eh->e_phoff);

	/* The headers take the first page: multiboot headers must be near the start. */
	at = 4096;
	for (int i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD || !ph[i].p_memsz)
			continue;
		if (ph[i].p_offset + ph[i].p_filesz > bytes ||
		    ph[i].p_paddr + ph[i].p_memsz > 0xffffffff)
			die("segment out of bounds");
		out_ph[n] = (Elf32_Phdr){
			.p_type = PT_LOAD, .p_offset = at,
			.p_vaddr = ph[i].p_paddr, .p_paddr = ph[i].p_paddr,
			.p_filesz = ph[i].p_filesz, .p_memsz = ph[i].p_memsz,
			.p_flags = PF_R | PF_W | PF_X, .p_align = 4096,
		};
		if (eh->e_entry >= ph[i].p_vaddr && eh->e_entry < ph[i].p_vaddr + ph[i].p_memsz)
			entry = eh->e_entry - ph[i].p_vaddr + ph[i].p_paddr;
		at += (ph[i].p_filesz + 4095) & ~4095ul;
		n++;
	}
	if (!entry)
		die("no entry point");

	memcpy(out_eh.e_ident, ELFMAG, SELFMAG);
	out_eh.e_ident[EI_CLASS] = ELFCLASS32;
	out_eh.e_ident[EI_DATA] = ELFDATA2LSB;
	out_eh.e_ident[EI_VERSION] = EV_CURRENT;
	out_eh.e_type = ET_EXEC;
	out_eh.e_machine = EM_386;
	out_eh.e_version = EV_CURRENT;
	out_eh.e_entry = entry;
	out_eh.e_phoff = sizeof(out_eh);
	out_eh.e_ehsize = sizeof(out_eh);
	out_eh.e_phentsize = sizeof(Elf32_Phdr);
	out_eh.e_phnum = n;
	out_eh.e_shentsize = sizeof(Elf32_Shdr);

	f = fopen(argv[2], "wb");
	if (!f)
		die("cannot write the output");
	fwrite(&out_eh, sizeof(out_eh), 1, f);
	fwrite(out_ph, sizeof(out_ph[0]), n, f);
	fwrite(zeros, 4096 - sizeof(out_eh) - n * sizeof(out_ph[0]), 1, f);
	n = 0;
	for (int i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD || !ph[i].p_memsz)
			continue;
		fwrite(in + ph[i].p_offset, 1, ph[i].p_filesz, f);
		fwrite(zeros, 1, (4096 - ph[i].p_filesz % 4096) % 4096, f);
	}
	if (ferror(f) || fclose(f))
		die("cannot write the output");
	return 0;
}
