// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel images: what is accepted, what is refused and with which sentence,
 * and thousands of damaged ones. Builds its images in memory.
 *
 * SOURCES: tools/libxen/image.c tools/libxen/elfview.c tools/libxen/decompress.c
 * CFLAGS: -D_GNU_SOURCE -D__XEN_TOOLS__ -Ibuild/include -Itools/libxen/include -Itools/libxen
 * LIBS: -llzma -lzstd -lz -llz4
 */
#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <xen/elfnote.h>

#include "private.h"

static int failures;

/* image.c says why through the connection only when it loads files by name. */
int hv_fail(struct hv *h, int err, const char *fmt, ...)
{
	(void)h;
	(void)fmt;
	return err;
}

static void check(bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	failures += !ok;
}

struct file {
	uint8_t bytes[65536];
	size_t size;
};

static void note(struct file *f, uint32_t type, const void *d, uint32_t n)
{
	uint32_t head[3] = { 4, n, type };

	memcpy(f->bytes + f->size, head, 12);
	memcpy(f->bytes + f->size + 12, "Xen", 4);
	memcpy(f->bytes + f->size + 16, d, n);
	f->size += 16 + ((n + 3) & ~3U);
}

static void note64(struct file *f, uint32_t type, uint64_t v)
{
	note(f, type, &v, 8);
}

#define BASE	0xffffffff80000000ULL

/* A 64-bit kernel of two pages at 1 MiB with the notes that Linux has. */
static void make_64(struct file *f, bool notes)
{
	Elf64_Ehdr e = { .e_machine = EM_X86_64, .e_phoff = sizeof(e), .e_phnum = 2, .e_phentsize = sizeof(Elf64_Phdr), .e_entry = BASE + 0x100000 };
	Elf64_Phdr p[2] = {
		{ .p_type = PT_LOAD, .p_offset = 4096, .p_paddr = 0x100000, .p_vaddr = BASE + 0x100000, .p_filesz = 5000, .p_memsz = 9000 },
		{ .p_type = PT_NOTE, .p_offset = 512 },
	};

	memset(f, 0, sizeof(*f));
	f->size = 512;
	if (notes) {
		note64(f, XEN_ELFNOTE_VIRT_BASE, BASE);
		note64(f, XEN_ELFNOTE_ENTRY, BASE + 0x100000);
		note64(f, XEN_ELFNOTE_INIT_P2M, 0x8000000000ULL);
		note(f, XEN_ELFNOTE_MOD_START_PFN, &(uint32_t){ 1 }, 4);
		note(f, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
		note(f, XEN_ELFNOTE_GUEST_OS, "linux", 6);
		note(f, XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb", 42);
	}
	p[1].p_filesz = f->size - 512;
	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
	memcpy(f->bytes, &e, sizeof(e));
	memcpy(f->bytes + sizeof(e), p, sizeof(p));
	f->size = 4096 + 5000;
}

/* A 32-bit kernel of old: a __xen_guest section, paddr that is an address. */
static void make_32_legacy(struct file *f, const char *guest)
{
	Elf32_Ehdr e = {
		.e_machine = EM_386, .e_phoff = sizeof(e), .e_phnum = 1, .e_phentsize = sizeof(Elf32_Phdr), .e_entry = 0xc0100000,
		.e_shoff = 1024, .e_shnum = 3, .e_shentsize = sizeof(Elf32_Shdr), .e_shstrndx = 2,
	};
	Elf32_Phdr p = { .p_type = PT_LOAD, .p_offset = 4096, .p_paddr = 0xc0100000, .p_vaddr = 0xc0100000, .p_filesz = 100, .p_memsz = 8192 };
	Elf32_Shdr s[3] = {
		{ 0 },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = 512, .sh_size = strlen(guest) + 1 },
		{ .sh_name = 13, .sh_type = SHT_STRTAB, .sh_offset = 900, .sh_size = 24 },
	};

	memset(f, 0, sizeof(*f));
	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS32;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
	memcpy(f->bytes, &e, sizeof(e));
	memcpy(f->bytes + sizeof(e), &p, sizeof(p));
	strcpy((char *)f->bytes + 512, guest);
	memcpy(f->bytes + 900, "\0__xen_guest\0.shstrtab", 23);
	memcpy(f->bytes + 1024, s, sizeof(s));
	f->size = 4096 + 100;
}

static bool refused(const struct file *f, const char *part)
{
	struct hv_image img;
	char why[256] = "";
	int rc = hv_image_parse(&img, f->bytes, f->size, why, sizeof(why));

	if (!rc)
		hv_image_free(&img);
	if (!rc || !strstr(why, part))
		printf("# got %d: %s\n", rc, why);
	return rc && strstr(why, part);
}

static bool accepted(const uint8_t *p, size_t n)
{
	struct hv_image img;
	char why[256] = "";
	int rc = hv_image_parse(&img, p, n, why, sizeof(why));
	bool ok = !rc && img.is_64 && img.virt_base == BASE && img.virt_entry == BASE + 0x100000 && img.initrd_by_pfn &&
		img.init_p2m == 0x8000000000ULL && img.virt_hypercall == HV_INVALID_PFN &&
		img.virt_start == BASE + 0x100000 && img.virt_end == BASE + 0x100000 + 9000;

	if (rc)
		printf("# %s\n", why);
	else
		hv_image_free(&img);
	return ok;
}

/* Wraps a payload as a bzImage does, its plain length behind it. */
static void make_bz(struct file *out, const uint8_t *payload, size_t n, uint32_t plain, bool length)
{
	uint32_t off = 0x100, len = n + (length ? 4 : 0);

	memset(out, 0, sizeof(*out));
	out->bytes[0x1f1] = 1;
	memcpy(out->bytes + 0x202, "HdrS", 4);
	out->bytes[0x206] = 0x0f;
	out->bytes[0x207] = 2;
	memcpy(out->bytes + 0x248, &off, 4);
	memcpy(out->bytes + 0x24c, &len, 4);
	memcpy(out->bytes + 1024 + off, payload, n);
	memcpy(out->bytes + 1024 + off + n, &plain, 4);
	out->size = 1024 + off + len;
}

static void good(void)
{
	static struct file k, bz;
	uint8_t packed[65536];
	struct hv_image img;
	char why[256];
	z_stream z = { 0 };
	size_t n = 0;
	uint32_t block;

	make_64(&k, true);
	check(accepted(k.bytes, k.size), "plain ELF");
	deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	z.next_in = k.bytes;
	z.avail_in = k.size;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	check(accepted(packed, z.total_out), "gzip ELF");
	make_bz(&bz, packed, z.total_out, k.size, false);
	check(accepted(bz.bytes, bz.size), "bzImage with gzip");
	bz.size -= 40;
	check(refused(&bz, "cut short"), "bzImage cut short");
	lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, k.bytes, k.size, packed, &n, sizeof(packed));
	make_bz(&bz, packed, n, k.size, true);
	check(accepted(bz.bytes, bz.size), "bzImage with xz");
	bz.bytes[1024 + 0x100 + n / 2] ^= 0x55;
	check(refused(&bz, "corrupt"), "damaged xz");
	n = ZSTD_compress(packed, sizeof(packed), k.bytes, k.size, 3);
	make_bz(&bz, packed, n, k.size, true);
	check(accepted(bz.bytes, bz.size), "bzImage with zstd");
	make_bz(&bz, packed, n - 20, k.size, false);
	check(refused(&bz, "zstd stream is c"), "zstd cut short");
	block = LZ4_compress_default((char *)k.bytes, (char *)packed + 8, k.size, sizeof(packed) - 8);
	memcpy(packed, "\x02\x21\x4c\x18", 4);
	memcpy(packed + 4, &block, 4);
	make_bz(&bz, packed, block + 8, k.size, true);
	check(accepted(bz.bytes, bz.size), "bzImage with lz4");
	make_bz(&bz, packed, block, k.size, false);
	check(refused(&bz, "cut short"), "lz4 cut short");
	make_bz(&bz, (const uint8_t *)"BZh91AY&SY......", 16, 0, false);
	check(refused(&bz, "bzip2"), "bzip2 is named");
	make_32_legacy(&k, "GUEST_OS=linux,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,HYPERCALL_PAGE=0x101,PAE=yes[extended-cr3],LOADER=generic");
	check(!hv_image_parse(&img, k.bytes, k.size, why, sizeof(why)) && !img.is_64 && img.virt_start == 0xc0100000 &&
	      img.virt_entry == 0xc0100000 && img.virt_hypercall == 0xc0101000 && img.pae_extended, "__xen_guest section");
	hv_image_free(&img);
}

static void bad(void)
{
	static struct file k;
	Elf64_Phdr *p = (Elf64_Phdr *)(k.bytes + sizeof(Elf64_Ehdr));
	Elf64_Ehdr *e = (Elf64_Ehdr *)k.bytes;

	k.size = 0;
	check(refused(&k, "empty"), "empty file");
	memset(&k, 'x', sizeof(k.bytes));
	k.size = 1000;
	check(refused(&k, "not an ELF"), "no kernel at all");
	make_64(&k, false);
	check(refused(&k, "real hardware"), "kernel without notes");
	make_64(&k, true);
	k.size = 4096 + 2000;
	check(refused(&k, "past the end"), "segment cut short");
	make_64(&k, true);
	k.size = 70;
	check(refused(&k, "outside the file"), "headers cut short");
	make_64(&k, true);
	e->e_machine = EM_AARCH64;
	check(refused(&k, "another processor"), "another processor");
	make_64(&k, true);
	p->p_filesz = p->p_memsz + 1;
	check(refused(&k, "past the end"), "file larger than memory");
	make_64(&k, true);
	p->p_paddr = 0xfffffffffffff000ULL;
	check(refused(&k, "would lie at"), "segment that wraps");
	make_64(&k, true);
	p->p_memsz = 1ULL << 40;
	check(refused(&k, "would lie at"), "segment of a terabyte");
	make_64(&k, true);
	p->p_offset = ~0ULL - 10;
	check(refused(&k, "past the end"), "offset that wraps");
	make_64(&k, true);
	e->e_phnum = 0;
	check(refused(&k, "no program headers"), "no program headers");
	make_64(&k, true);
	k.size = 512;
	note64(&k, XEN_ELFNOTE_VIRT_BASE, BASE);
	note64(&k, XEN_ELFNOTE_ENTRY, 0x1234);
	k.size = 4096 + 5000;
	check(refused(&k, "entry point"), "entry outside");
	make_64(&k, true);
	k.size = 512;
	note64(&k, XEN_ELFNOTE_VIRT_BASE, 0xffff800000000000ULL);
	note64(&k, XEN_ELFNOTE_ENTRY, 0xffff800000100000ULL);
	k.size = 4096 + 5000;
	check(refused(&k, "the hypervisor is"), "kernel in the hypervisor's place");
	make_32_legacy(&k, "VIRT_BASE=0xC0000000,PAE=no,XEN_VER=xen-3.0");
	check(refused(&k, "without PAE"), "no PAE");
	make_32_legacy(&k, "VIRT_BASE=0xC0000000,PAE=yes,XEN_VER=xen-2.0");
	check(refused(&k, "only xen-3.0"), "older interface");
	make_32_legacy(&k, "VIRT_BASE=0xC0000000,PAE=yes,FEATURES=!auto_translated_physmap");
	check(refused(&k, "auto_translated"), "feature that is not offered");
}

/* Adds a symbol table of n bytes and its names behind what a 32- or 64-bit file holds. */
#define ADD_SYMBOLS(Ehdr, Shdr, f, n) do {						\
		Shdr s[4] = {								\
			{ 0 }, { .sh_type = SHT_PROGBITS },				\
			{ .sh_type = SHT_SYMTAB, .sh_link = 3, .sh_offset = (f)->size, .sh_size = (n), .sh_info = 5 },	\
			{ .sh_type = SHT_STRTAB, .sh_offset = (f)->size + (n), .sh_size = 5 },	\
		};									\
		Ehdr *e_ = (Ehdr *)(f)->bytes;						\
		memset((f)->bytes + (f)->size, 0x5a, n);				\
		memcpy((f)->bytes + (f)->size + (n), "\0abc", 5);			\
		(f)->size = ((f)->size + (n) + 5 + 7) & ~7ul;				\
		e_->e_shoff = (f)->size;						\
		e_->e_shnum = 4;							\
		e_->e_shentsize = sizeof(Shdr);						\
		memcpy((f)->bytes + (f)->size, s, sizeof(s));				\
		(f)->size += sizeof(s);							\
	} while (0)

/* The symbols, where the BSDs look for them: the width's own alignment, counted from behind the size. */
static void symbols(void)
{
	static struct file f;
	struct hv_image img;
	char why[256];
	uint32_t size;
	Elf64_Shdr s[3];
	Elf32_Ehdr e;

	make_64(&f, true);
	ADD_SYMBOLS(Elf64_Ehdr, Elf64_Shdr, &f, 4);
	check(!hv_image_parse(&img, f.bytes, f.size, why, sizeof(why)) && !img.symbols, "symbols that nobody asked for stay in the file");
	hv_image_free(&img);
	make_64(&f, true);
	((Elf64_Phdr *)(f.bytes + sizeof(Elf64_Ehdr)))[1].p_filesz += 20;
	{
		const size_t end = f.size;

		f.size = 512 + ((Elf64_Phdr *)(f.bytes + sizeof(Elf64_Ehdr)))[1].p_filesz - 20;
		note(&f, XEN_ELFNOTE_BSD_SYMTAB, "yes", 4);
		f.size = end;
	}
	ADD_SYMBOLS(Elf64_Ehdr, Elf64_Shdr, &f, 24);
	check(!hv_image_parse(&img, f.bytes, f.size, why, sizeof(why)) && img.symbols, "symbols are found");
	if (img.symbols) {
		memcpy(&size, img.symbols, 4);
		memcpy(s, img.symbols + 4 + sizeof(Elf64_Ehdr), sizeof(s));
		check(img.virt_symbols == BASE + 0x100000 + 9000 && img.virt_end == img.virt_symbols + img.symbols_size &&
		      size + 4 == img.symbols_size && s[1].sh_offset == 0x104 && s[1].sh_size == 24 && s[1].sh_link == 2 &&
		      s[1].sh_info == 5 && s[2].sh_offset == 0x11c && s[2].sh_size == 5 && size == 0x121 &&
		      img.symbols[4 + 0x104] == 0x5a && !memcmp(img.symbols + 4 + 0x11c, "\0abc", 5), "symbols lie as libelf lays them");
	}
	hv_image_free(&img);
	((Elf64_Shdr *)(f.bytes + ((Elf64_Ehdr *)f.bytes)->e_shoff))[2].sh_size = 1 << 20;
	check(!hv_image_parse(&img, f.bytes, f.size, why, sizeof(why)) && !img.symbols, "symbols outside the file are none");
	hv_image_free(&img);

	make_32_legacy(&f, "GUEST_OS=netbsd,VIRT_BASE=0xc0000000,BSD_SYMTAB=yes,PAE=yes");
	{
		/* The names of sections are needed for the old form: one table more. */
		Elf32_Shdr t[5];
		Elf32_Ehdr *h = (Elf32_Ehdr *)f.bytes;

		memcpy(t, f.bytes + 1024, 3 * sizeof(*t));
		t[3] = (Elf32_Shdr){ .sh_type = SHT_SYMTAB, .sh_link = 4, .sh_offset = 2000, .sh_size = 18 };
		t[4] = (Elf32_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = 2020, .sh_size = 7 };
		memcpy(f.bytes + 1024, t, sizeof(t));
		h->e_shnum = 5;
	}
	check(!hv_image_parse(&img, f.bytes, f.size, why, sizeof(why)) && img.symbols, "symbols of a 32-bit kernel of old");
	if (img.symbols) {
		Elf32_Shdr q[3];

		memcpy(&size, img.symbols, 4);
		memcpy(&e, img.symbols + 4, sizeof(e));
		memcpy(q, img.symbols + 4 + sizeof(e), sizeof(q));
		check(e.e_shnum == 3 && e.e_shoff == sizeof(e) && q[1].sh_offset == 172 && q[2].sh_offset == 192 && size == 199,
		      "32-bit symbols lie as libelf lays them");
	}
	hv_image_free(&img);
}

static void fuzz(void)
{
	static struct file k;
	unsigned int i, j;

	srand(1);
	for (i = 0; i < 20000; i++) {
		struct hv_image img;
		char why[256];

		if (i & 1)
			make_64(&k, true);
		else
			make_32_legacy(&k, "GUEST_OS=x,VIRT_BASE=0xC0000000,HYPERCALL_PAGE=0x101,PAE=yes");
		for (j = rand() % 8; j; j--)
			k.bytes[rand() % 1200] = rand();
		if (rand() % 3 == 0)
			k.size = rand() % k.size;
		if (!hv_image_parse(&img, k.bytes, k.size, why, sizeof(why)))
			hv_image_free(&img);
	}
	check(true, "20000 damaged kernels");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	good();
	bad();
	symbols();
	fuzz();
	return failures != 0;
}
