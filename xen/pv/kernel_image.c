/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a kernel image: the wrapping (bzImage, compression), the ELF file,
 * its Xen notes, or the __xen_guest section of kernels older than notes. The
 * image is data from outside: every offset is checked before it is used.
 */
#include <common/decompress.h>
#include <common/frame.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/elfnote.h>
#include <public/features.h>
#include <pv/kernel_image.h>

struct elf_header_64 {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf_header_32 {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u32 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct segment_64 { u32 type, flags; u64 offset, vaddr, paddr, filesz, memsz, align; };
struct segment_32 { u32 type, offset, vaddr, paddr, filesz, memsz, flags, align; };
struct section_64 { u32 name, type; u64 flags, addr, offset, size; u32 link, info; u64 align, entsize; };
struct section_32 { u32 name, type, flags, addr, offset, size, link, info, align, entsize; };
struct note_header { u32 namesz, descsz, type; };

#define PT_LOAD		1
#define PT_NOTE		4
#define SHT_SYMTAB	2
#define SHT_STRTAB	3
#define SHT_NOTE	7
#define EM_386		3
#define EM_X86_64	62

struct view {
	const u8 *data;
	size_t bytes;
};

static const void *at(const struct view *v, u64 offset, u64 bytes)
{
	if (offset > v->bytes || bytes > v->bytes - offset)
		return NULL;
	return v->data + offset;
}

/* --- features by name --- */

static const char *const feature_names[] __initconst = {
	[XENFEAT_writable_page_tables] = "writable_page_tables",
	[XENFEAT_writable_descriptor_tables] = "writable_descriptor_tables",
	[XENFEAT_auto_translated_physmap] = "auto_translated_physmap",
	[XENFEAT_supervisor_mode_kernel] = "supervisor_mode_kernel",
	[XENFEAT_pae_pgdir_above_4gb] = "pae_pgdir_above_4gb",
	[XENFEAT_dom0] = "dom0",
};

static __init void parse_features(struct kernel_image *k)
{
	const char *s = k->features;

	while (*s) {
		bool required = *s == '!';
		size_t n = 0;

		s += required;
		while (s[n] && s[n] != '|')
			n++;
		for (unsigned int i = 0; i < ARRAY_SIZE(feature_names); i++) {
			if (!feature_names[i] || strlen(feature_names[i]) != n || memcmp(feature_names[i], s, n))
				continue;
			k->supported_features |= 1ull << i;
			if (required)
				k->required_features |= 1ull << i;
		}
		s += n;
		if (*s)
			s++;
	}
}

/* --- notes --- */

static __init u64 note_number(const u8 *desc, u32 bytes)
{
	u64 v = 0;

	memcpy(&v, desc, min(bytes, 8u));
	return v;
}

static __init void note_string(char *dst, size_t room, const u8 *desc, u32 bytes)
{
	size_t n = min((size_t)bytes, room - 1);

	memcpy(dst, desc, n);
	dst[n] = 0;
}

struct notes {
	bool any, has_base, has_entry, has_offset, has_hypercall_pfn;
	u64 base, entry, offset, hypercall_pfn;
};

/* Kernels that have notes are new enough to know the extended form of cr3. */
static __init void take_pae_mode(struct kernel_image *k, const char *mode, bool legacy)
{
	k->without_pae = !strcmp(mode, "no");
	k->extended_cr3 = legacy ? !strcmp(mode, "yes[extended-cr3]") : !k->without_pae;
}

static __init void take_note(struct kernel_image *k, struct notes *n, u32 type, const u8 *desc, u32 bytes)
{
	n->any = true;
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		n->has_entry = true;
		n->entry = note_number(desc, bytes);
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		k->hypercall_page = note_number(desc, bytes);
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		n->has_base = true;
		n->base = note_number(desc, bytes);
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		n->has_offset = true;
		n->offset = note_number(desc, bytes);
		break;
	case XEN_ELFNOTE_HV_START_LOW:
		k->hv_start_low = note_number(desc, bytes);
		break;
	case XEN_ELFNOTE_INIT_P2M:
		k->init_p2m = note_number(desc, bytes);
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		k->unmapped_initrd = note_number(desc, bytes) != 0;
		break;
	case XEN_ELFNOTE_BSD_SYMTAB:
		k->wants_symbols = bytes >= 3 && !memcmp(desc, "yes", 3);
		break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		k->features_known = true;
		k->supported_features |= note_number(desc, bytes);
		break;
	case XEN_ELFNOTE_FEATURES:
		note_string(k->features, sizeof(k->features), desc, bytes);
		parse_features(k);
		break;
	case XEN_ELFNOTE_GUEST_OS:
		note_string(k->guest_os, sizeof(k->guest_os), desc, bytes);
		break;
	case XEN_ELFNOTE_GUEST_VERSION:
		note_string(k->guest_version, sizeof(k->guest_version), desc, bytes);
		break;
	case XEN_ELFNOTE_LOADER:
		note_string(k->loader, sizeof(k->loader), desc, bytes);
		break;
	case XEN_ELFNOTE_PAE_MODE: {
		char mode[32];

		note_string(mode, sizeof(mode), desc, bytes);
		take_pae_mode(k, mode, false);
		break;
	}
	}
}

static __init void read_notes(struct kernel_image *k, struct notes *n, const struct view *v, u64 offset, u64 bytes)
{
	u64 end = offset + bytes;

	if (!at(v, offset, bytes))
		return;
	while (offset + sizeof(struct note_header) <= end) {
		struct note_header h;
		u64 name, desc;

		memcpy(&h, v->data + offset, sizeof(h));
		name = offset + sizeof(h);
		desc = name + (((u64)h.namesz + 3) & ~3ull);
		if (desc + h.descsz > end)
			return;
		if (h.namesz == 4 && !memcmp(v->data + name, "Xen", 4))
			take_note(k, n, h.type, v->data + desc, h.descsz);
		offset = desc + (((u64)h.descsz + 3) & ~3ull);
	}
}

/* NAME=VALUE,NAME=VALUE of the section that came before notes. */
static __init void read_guest_section(struct kernel_image *k, struct notes *n, const char *s, size_t bytes)
{
	const char *end = s + bytes;

	while (s < end && *s) {
		char item[200];
		char *value;
		size_t len = 0;

		while (s + len < end && s[len] && s[len] != ',')
			len++;
		memcpy(item, s, min(len, sizeof(item) - 1));
		item[min(len, sizeof(item) - 1)] = 0;
		s += len + (s + len < end && s[len] == ',');
		value = strchr(item, '=');
		if (!value)
			continue;
		*value++ = 0;
		n->any = true;
		if (!strcmp(item, "VIRT_BASE")) {
			n->has_base = true;
			n->base = strtou64(value, NULL, 0);
		} else if (!strcmp(item, "VIRT_ENTRY")) {
			n->has_entry = true;
			n->entry = strtou64(value, NULL, 0);
		} else if (!strcmp(item, "ELF_PADDR_OFFSET")) {
			n->has_offset = true;
			n->offset = strtou64(value, NULL, 0);
		} else if (!strcmp(item, "HYPERCALL_PAGE")) {
			/* The number of the page, from the kernel's base. */
			n->has_hypercall_pfn = true;
			n->hypercall_pfn = strtou64(value, NULL, 0);
		} else if (!strcmp(item, "GUEST_OS")) {
			note_string(k->guest_os, sizeof(k->guest_os), (u8 *)value, strlen(value));
		} else if (!strcmp(item, "FEATURES")) {
			note_string(k->features, sizeof(k->features), (u8 *)value, strlen(value));
			parse_features(k);
		} else if (!strcmp(item, "BSD_SYMTAB")) {
			k->wants_symbols = true;
		} else if (!strcmp(item, "PAE")) {
			take_pae_mode(k, value, true);
		}
	}
}

/* --- ELF --- */

static __init bool get_segment(const struct view *v, bool is_32, u64 phoff, u16 size, u32 i, struct segment_64 *s)
{
	const void *p = at(v, phoff + (u64)i * size, is_32 ? sizeof(struct segment_32) : sizeof(*s));

	if (!p)
		return false;
	if (is_32) {
		struct segment_32 t;

		memcpy(&t, p, sizeof(t));
		*s = (struct segment_64){ t.type, t.flags, t.offset, t.vaddr, t.paddr, t.filesz, t.memsz, t.align };
	} else {
		memcpy(s, p, sizeof(*s));
	}
	return true;
}

static __init bool get_section(const struct view *v, bool is_32, u64 shoff, u16 size, u32 i, struct section_64 *s)
{
	const void *p = at(v, shoff + (u64)i * size, is_32 ? sizeof(struct section_32) : sizeof(*s));

	if (!p)
		return false;
	if (is_32) {
		struct section_32 t;

		memcpy(&t, p, sizeof(t));
		*s = (struct section_64){ t.name, t.type, t.flags, t.addr, t.offset, t.size, t.link, t.info,
					  t.align, t.entsize };
	} else {
		memcpy(s, p, sizeof(*s));
	}
	return true;
}

static __init u64 round_up(u64 x, u64 to)
{
	return (x + to - 1) & ~(to - 1);
}

static __init void add_segment(struct kernel_image *k, u64 vaddr, const void *data, u64 bytes)
{
	k->segment[k->nr_segments++] = (struct kernel_segment){ vaddr, bytes, bytes, data };
}

/*
 * The BSDs look for their symbols behind the image: the size of what follows, then
 * an ELF file of a null section, the table and its names. Without a table, nothing.
 */
#define SYMBOL_HEADERS(header, section)							\
	do {										\
		struct section s[3] = { { 0 } };					\
		struct header e;							\
											\
		memcpy(&e, v->data, sizeof(e));						\
		memcpy(&s[1], v->data + h->shoff + (u64)i * h->shentsize, sizeof(*s));	\
		memcpy(&s[2], v->data + h->shoff + (u64)table.link * h->shentsize, sizeof(*s));	\
		e.phoff = e.phentsize = e.phnum = e.shstrndx = 0;			\
		e.shoff = sizeof(e);							\
		e.shentsize = sizeof(*s);						\
		e.shnum = 3;								\
		s[1].offset = table_at;							\
		s[1].link = 2;								\
		s[2].offset = names_at;							\
		memcpy(k->symbol_headers + 4, &e, sizeof(e));				\
		memcpy(k->symbol_headers + 4 + sizeof(e), s, sizeof(s));		\
	} while (0)

static __init void add_symbols(struct kernel_image *k, const struct view *v, const struct elf_header_64 *h)
{
	const u64 word = k->is_32bit ? 4 : 8, start = round_up(k->virt_end, word);
	const u64 headers = k->is_32bit ? sizeof(struct elf_header_32) + 3 * sizeof(struct section_32)
					: sizeof(struct elf_header_64) + 3 * sizeof(struct section_64);
	struct section_64 table = { 0 }, names;
	u64 table_at, names_at;
	u32 i, bytes;

	for (i = 0; i < h->shnum; i++)
		if (!get_section(v, k->is_32bit, h->shoff, h->shentsize, i, &table) || table.type == SHT_SYMTAB)
			break;
	if (i == h->shnum || table.type != SHT_SYMTAB || table.link >= h->shnum ||
	    !get_section(v, k->is_32bit, h->shoff, h->shentsize, table.link, &names) || names.type != SHT_STRTAB ||
	    !at(v, table.offset, table.size) || !at(v, names.offset, names.size) || table.size + names.size > 1u << 30)
		return;
	/* Addresses are what is aligned; offsets count from behind the size. */
	table_at = round_up(4 + headers, word) - 4;
	names_at = round_up(4 + table_at + table.size, word) - 4;
	bytes = names_at + names.size;
	memcpy(k->symbol_headers, &bytes, 4);
	if (k->is_32bit)
		SYMBOL_HEADERS(elf_header_32, section_32);
	else
		SYMBOL_HEADERS(elf_header_64, section_64);
	add_segment(k, start, k->symbol_headers, 4 + headers);
	add_segment(k, start + 4 + table_at, v->data + table.offset, table.size);
	add_segment(k, start + 4 + names_at, v->data + names.offset, names.size);
	k->virt_end = start + 4 + bytes;
}

static __init const char *parse_elf(struct kernel_image *k, const struct view *v)
{
	const u8 *ident = at(v, 0, 16);
	struct elf_header_64 h;
	struct notes n = { 0 };
	struct segment_64 s;
	struct section_64 sec, names;
	u64 lo = ~0ull, hi = 0;

	if (!ident || memcmp(ident, "\177ELF", 4) || ident[5] != 1)
		return "the kernel is not an ELF file, nor a bzImage that holds one";
	k->is_32bit = ident[4] == 1;
	if (k->is_32bit) {
		const struct elf_header_32 *p = at(v, 0, sizeof(*p));

		if (!p)
			return "the kernel image is truncated";
		h = (struct elf_header_64){ .machine = p->machine, .entry = p->entry, .phoff = p->phoff,
					    .shoff = p->shoff, .phentsize = p->phentsize, .phnum = p->phnum,
					    .shentsize = p->shentsize, .shnum = p->shnum, .shstrndx = p->shstrndx };
	} else {
		if (!at(v, 0, sizeof(h)))
			return "the kernel image is truncated";
		memcpy(&h, v->data, sizeof(h));
	}
	if (h.machine != (k->is_32bit ? EM_386 : EM_X86_64))
		return "the kernel is for another kind of CPU";

	for (u32 i = 0; i < h.phnum; i++) {
		if (!get_segment(v, k->is_32bit, h.phoff, h.phentsize, i, &s))
			return "the kernel image is truncated";
		if (s.type == PT_NOTE)
			read_notes(k, &n, v, s.offset, s.filesz);
	}
	if (!n.any) {
		for (u32 i = 0; i < h.shnum; i++)
			if (get_section(v, k->is_32bit, h.shoff, h.shentsize, i, &sec) && sec.type == SHT_NOTE)
				read_notes(k, &n, v, sec.offset, sec.size);
	}
	if (!n.any && get_section(v, k->is_32bit, h.shoff, h.shentsize, h.shstrndx, &names)) {
		for (u32 i = 0; i < h.shnum; i++) {
			const char *name;

			if (!get_section(v, k->is_32bit, h.shoff, h.shentsize, i, &sec) || sec.name > names.size)
				continue;
			name = at(v, names.offset + sec.name, sizeof("__xen_guest"));
			if (!name || memcmp(name, "__xen_guest", sizeof("__xen_guest")))
				continue;
			if (at(v, sec.offset, sec.size))
				read_guest_section(k, &n, (const char *)v->data + sec.offset, sec.size);
			/* Such a kernel's physical addresses are virtual ones unless it says otherwise. */
			if (!n.has_offset)
				n.offset = n.base;
		}
	}
	if (!n.any)
		return "the kernel has no Xen notes: it is built for real hardware only";

	for (u32 i = 0; i < h.phnum; i++) {
		struct kernel_segment *seg = &k->segment[k->nr_segments];

		if (!get_segment(v, k->is_32bit, h.phoff, h.phentsize, i, &s))
			return "the kernel image is truncated";
		if (s.type != PT_LOAD || !s.memsz)
			continue;
		if (k->nr_segments == KERNEL_MAX_SEGMENTS)
			return "the kernel has too many segments";
		seg->data = at(v, s.offset, s.filesz);
		if (!seg->data)
			return "the kernel image is truncated";
		if (s.filesz > s.memsz || s.memsz > (1ull << 31))
			return "the kernel has a segment of absurd size";
		seg->vaddr = (s.paddr - n.offset) + n.base;
		if (seg->vaddr < n.base || seg->vaddr + s.memsz < seg->vaddr)
			return "a segment of the kernel lies outside its own address range";
		seg->bytes = s.memsz;
		seg->file_bytes = s.filesz;
		lo = min(lo, seg->vaddr);
		hi = max(hi, seg->vaddr + s.memsz);
		k->nr_segments++;
	}
	if (!k->nr_segments)
		return "the kernel has nothing to load";
	k->virt_base = n.base;
	k->virt_start = lo;
	k->virt_end = hi;
	if (k->wants_symbols)
		add_symbols(k, v, &h);
	if (k->virt_end - n.base > (1ull << 31))
		return "the kernel spans more than 2 GiB";
	k->entry = n.has_entry ? n.entry : h.entry;
	if (k->entry < lo || k->entry >= hi)
		return "the kernel's entry point lies outside of it";
	if (n.has_hypercall_pfn)
		k->hypercall_page = n.base + (n.hypercall_pfn << PAGE_SHIFT);
	k->can_be_dom0 = !k->features_known || (k->supported_features & (1ull << XENFEAT_dom0));
	return NULL;
}

/* --- wrappings --- */

/* The setup header of a bzImage, from which the packed kernel is found. */
#define BZ_SETUP_SECTS		0x1f1
#define BZ_MAGIC		0x202
#define BZ_VERSION		0x206
#define BZ_PAYLOAD_OFFSET	0x248
#define BZ_PAYLOAD_LENGTH	0x24c

static __init const char *unwrap_bzimage(struct view *v)
{
	const u8 *p = at(v, 0, 0x250);
	u32 offset, length;
	u64 start;
	u16 version;

	if (!p || memcmp(p + BZ_MAGIC, "HdrS", 4))
		return NULL;
	memcpy(&version, p + BZ_VERSION, 2);
	if (version < 0x208)
		return "the kernel's bzImage is too old to hold an ELF file";
	memcpy(&offset, p + BZ_PAYLOAD_OFFSET, 4);
	memcpy(&length, p + BZ_PAYLOAD_LENGTH, 4);
	start = ((u64)(p[BZ_SETUP_SECTS] ? p[BZ_SETUP_SECTS] : 4) + 1) * 512 + offset;
	if (!at(v, start, length) || length < 8)
		return "the kernel image is truncated";
	v->data += start;
	v->bytes = length;
	return NULL;
}

/*
 * What is unpacked gets copied to dom0's memory, and some decoders copy it from a
 * window before, all of them on large boundaries as is whatever the heap hands
 * out in large pieces. It stands askew, for copying to an address that differs
 * in the high bits alone is slow where caches and TLBs (an emulator's is
 * direct-mapped) have little associativity.
 */
#define SKEW	(3 * PAGE_SIZE)

static __init const char *unpack(struct kernel_image *k, struct view *v)
{
	unsigned int order = 0;
	size_t room;
	u8 *image;
	u32 size;
	long n;

	if (!compression_format(v->data, v->bytes))
		return NULL;
	/* The kernel's build appends the unpacked size, as gzip does by itself. */
	memcpy(&size, v->data + v->bytes - 4, 4);
	if (size < v->bytes / 2 || size > (1u << 30))
		return "the kernel's packed image is truncated or of absurd size";
	while ((PAGE_SIZE << order) < size + SKEW)
		order++;
	k->unpacked = alloc_xenheap_pages(order, MEMF_no_scrub);
	if (!k->unpacked)
		return "there is no memory to unpack the kernel in";
	k->unpacked_order = order;
	image = (u8 *)k->unpacked + SKEW;
	room = (PAGE_SIZE << order) - SKEW;
	n = decompress(image, room, v->data, v->bytes);
	/* A length field behind the data is no part of an xz or zstd stream. */
	if (n == -EINVAL && v->bytes > 4)
		n = decompress(image, room, v->data, v->bytes - 4);
	if (n < 0)
		return n == -ENOMEM ? "there is no memory to unpack the kernel in" :
			"the kernel's packed image is corrupt";
	v->data = image;
	v->bytes = n;
	return NULL;
}

__init const char *kernel_image_parse(struct kernel_image *k, const void *data, size_t bytes)
{
	struct view v = { data, bytes };
	const char *why;

	memset(k, 0, sizeof(*k));
	k->init_p2m = ~0ull;
	why = unwrap_bzimage(&v);
	if (!why)
		why = unpack(k, &v);
	if (!why)
		why = parse_elf(k, &v);
	if (why)
		kernel_image_free(k);
	return why;
}

__init void kernel_image_free(struct kernel_image *k)
{
	if (k->unpacked)
		free_xenheap_pages(k->unpacked, k->unpacked_order);
	k->unpacked = NULL;
}
