// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a paravirtualized domain's core: an ELF file without segments whose
 * sections hold the vcpus, the shared info page and every frame, in the format
 * that xen-doc describes (dump-core-format.txt). Which frames are the domain's
 * is asked of the hypervisor, and where the guest has them of the machine's own
 * table: a guest that died in its first steps, or ruined what it knew of its
 * memory, is dumped as well. Nothing stops a domain that runs meanwhile: frames
 * that it gives back are left out.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest32.h"
#include "private.h"
#include "stream.h"

#include <xen/elfnote.h>

#define CORE_MAGIC		0xf00febedULL
#define CORE_FORMAT		1ULL		/* (0, 1) */
#define BATCH			1024
#define TABLE_CHUNK		512		/* frames of the machine's table that come together */
#define FRAMES_PER_CHUNK	(TABLE_CHUNK * HV_PAGE_SIZE / sizeof(uint64_t))

enum { S_NULL, S_NAMES, S_NOTE, S_VCPUS, S_SHARED, S_PAGES, S_P2M, SECTIONS };

static const char names[] = "\0.shstrtab\0.note.Xen\0.xen_prstatus\0.xen_shared_info\0.xen_pages\0.xen_p2m";

struct frame {
	uint64_t pfn, mfn;
};

struct note {
	uint32_t name_size, size, type;
	char name[4];
};

struct notes {
	struct note none;
	struct note header;
	uint64_t magic, nr_vcpus, nr_pages, page_size;
	struct note version;
	uint64_t major, minor;
	xen_extraversion_t extra;
	xen_compile_info_t compiled;
	xen_capabilities_info_t capabilities;
	xen_changeset_info_t changeset;
	xen_platform_parameters_t platform;
	uint64_t xen_page_size;
	struct note format;
	uint64_t format_version;
};

#define NOTE_SIZE(first, next)	(offsetof(struct notes, next) - offsetof(struct notes, first) - sizeof(struct note))

_Static_assert(NOTE_SIZE(header, version) == 32 && NOTE_SIZE(version, format) == 1280 && sizeof(struct notes) == 1384,
	       "the notes have no holes");

struct core {
	struct hv *h;
	uint32_t domid;
	int fd;
	bool is_64;
	uint64_t at;			/* bytes written */
	uint8_t *vcpus;			/* contexts, one behind the other */
	size_t nr_vcpus, vcpu_size;
	struct frame *frames;
	size_t nr_frames, room;
	xen_pfn_t shared_mfn;
	Elf64_Shdr sections[SECTIONS];
	xen_pfn_t mfn[BATCH];
	int err[BATCH];
	uint64_t type[BATCH];
	struct frame asked[BATCH];
};

static int put(struct core *c, const void *data, size_t n)
{
	int rc = hv_write(c->h, c->fd, data, n);

	c->at += n;
	return rc;
}

static int put_zeros(struct core *c, uint64_t until)
{
	static const uint8_t zeros[HV_PAGE_SIZE];
	int rc = 0;

	while (!rc && c->at < until)
		rc = put(c, zeros, until - c->at < sizeof(zeros) ? until - c->at : sizeof(zeros));
	return rc;
}

/* --- what there is --- */

/* Of the first n that c->asked names, keeps those that are the domain's. */
static int keep_own(struct core *c, size_t n)
{
	size_t i;
	int rc;

	if (hv_stopped(c->h))
		return hv_fail(c->h, -EINTR, "interrupted");
	for (i = 0; i < n; i++)
		c->type[i] = c->asked[i].mfn;
	rc = hv_frame_types(c->h, c->domid, c->type, n);
	if (rc)
		return hv_fail(c->h, rc, "cannot ask which frames are the domain's: %s", strerror(-rc));
	if (c->room - c->nr_frames < n) {
		size_t room = c->room ? 2 * c->room : 16 * BATCH;
		struct frame *grown = realloc(c->frames, room * sizeof(*grown));

		if (!grown)
			return hv_fail(c->h, -ENOMEM, "out of memory in dom0");
		c->frames = grown;
		c->room = room;
	}
	for (i = 0; i < n; i++)
		if (ft_has_data((uint32_t)c->type[i] >> XEN_DOMCTL_PFINFO_LTAB_SHIFT))
			c->frames[c->nr_frames++] = c->asked[i];
	return 0;
}

/* The frames that one chunk of the machine's table speaks of, from first on. */
static int scan_chunk(struct core *c, xen_pfn_t chunk, uint64_t first, uint64_t end)
{
	uint64_t *table, i;
	size_t n = 0;
	int rc = 0;

	for (i = 0; i < TABLE_CHUNK; i++)
		c->mfn[i] = chunk + i;
	table = hv_map_frames(c->h, DOMID_XEN, c->mfn, TABLE_CHUNK, PROT_READ);
	if (!table)
		return hv_fail(c->h, -errno, "cannot map the machine's table of frames: %s", strerror(errno));
	for (i = 0; !rc && i < FRAMES_PER_CHUNK && first + i < end; i++) {
		uint64_t pfn = table[i];

		/* Other values mean none: the frame is shared with the hypervisor, or free. */
		if (pfn >= PFN_LIMIT)
			continue;
		c->asked[n++] = (struct frame) { pfn, first + i };
		if (n == BATCH) {
			rc = keep_own(c, n);
			n = 0;
		}
	}
	if (!rc && n)
		rc = keep_own(c, n);
	hv_unmap(table, TABLE_CHUNK);
	return rc;
}

static int by_pfn(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;

	return x->pfn != y->pfn ? (x->pfn > y->pfn) - (x->pfn < y->pfn) : (x->mfn > y->mfn) - (x->mfn < y->mfn);
}

static int find_frames(struct core *c)
{
	long top = hv_max_ram_frame(c->h), got;
	xen_pfn_t *chunks;
	size_t n, i;
	int rc = 0;

	if (top < 0)
		return top;
	n = top / FRAMES_PER_CHUNK + 1;
	chunks = calloc(n, sizeof(*chunks));
	if (!chunks)
		return hv_fail(c->h, -ENOMEM, "out of memory in dom0");
	got = hv_machine_table(c->h, chunks, n);
	if (got < 0)
		rc = hv_fail(c->h, got, "cannot find the machine's table of frames: %s", strerror(-got));
	for (i = 0; !rc && i < (size_t)got; i++)
		if (chunks[i])		/* else a hole in the machine's memory */
			rc = scan_chunk(c, chunks[i], i * FRAMES_PER_CHUNK, top + 1);
	free(chunks);
	if (!rc && c->nr_frames)
		qsort(c->frames, c->nr_frames, sizeof(*c->frames), by_pfn);
	return rc;
}

static int read_vcpus(struct core *c, uint32_t max_id)
{
	uint32_t v;
	int rc;

	if (max_id == XEN_INVALID_MAX_VCPU_ID)
		return 0;
	c->vcpus = calloc(max_id + 1UL, c->vcpu_size);
	if (!c->vcpus)
		return hv_fail(c->h, -ENOMEM, "out of memory in dom0");
	for (v = 0; v <= max_id; v++) {
		struct xen_domctl_getvcpuinfo info;

		rc = hv_vcpu_info(c->h, c->domid, v, &info);
		if (rc == -ESRCH || (!rc && !info.online))
			continue;
		if (!rc)
			rc = hv_vcpu_get_context(c->h, c->domid, v, c->vcpus + c->nr_vcpus * c->vcpu_size, c->vcpu_size);
		if (rc)
			return hv_fail(c->h, rc, "cannot read vcpu %u: %s", v, strerror(-rc));
		c->nr_vcpus++;
	}
	return 0;
}

static int look(struct core *c)
{
	struct xen_domctl_getdomaininfo info;
	unsigned int bits;
	int rc = hv_domain_info(c->h, c->domid, &info);

	if (!rc)
		rc = hv_domain_address_size(c->h, c->domid, &bits);
	if (rc)
		return hv_fail(c->h, rc, "domain %u: %s", c->domid, strerror(-rc));
	if (info.flags & XEN_DOMINF_hvm_guest)
		return hv_fail(c->h, -EOPNOTSUPP, "domain %u is not paravirtualized", c->domid);
	c->is_64 = bits == 64;
	c->vcpu_size = c->is_64 ? sizeof(vcpu_guest_context_t) : sizeof(struct vcpu_context_32);
	c->shared_mfn = info.shared_info_frame;
	rc = read_vcpus(c, info.max_vcpu_id);
	return rc ? rc : find_frames(c);
}

/* --- the file --- */

static void section(struct core *c, unsigned int nr, uint32_t type, uint64_t size, uint64_t unit, uint64_t align)
{
	const Elf64_Shdr *last = &c->sections[nr - 1];
	const char *name = names;
	unsigned int i;

	for (i = 0; i < nr; i++)
		name += strlen(name) + 1;
	c->sections[nr] = (Elf64_Shdr) {
		.sh_name = name - names, .sh_type = type, .sh_size = size, .sh_entsize = unit, .sh_addralign = align,
		.sh_offset = round_up(nr == S_NAMES ? sizeof(Elf64_Ehdr) + sizeof(c->sections) : last->sh_offset + last->sh_size, align),
	};
}

static int put_headers(struct core *c)
{
	Elf64_Ehdr e = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT, ELFOSABI_SYSV },
		.e_type = ET_CORE, .e_machine = c->is_64 ? EM_X86_64 : EM_386, .e_version = EV_CURRENT,
		.e_ehsize = sizeof(e), .e_shoff = sizeof(e), .e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = SECTIONS, .e_shstrndx = S_NAMES,
	};
	int rc;

	section(c, S_NAMES, SHT_STRTAB, sizeof(names), 0, 1);
	section(c, S_NOTE, SHT_NOTE, sizeof(struct notes), 0, 8);
	section(c, S_VCPUS, SHT_PROGBITS, c->nr_vcpus * c->vcpu_size, c->vcpu_size, 8);
	section(c, S_SHARED, SHT_PROGBITS, HV_PAGE_SIZE, HV_PAGE_SIZE, 8);
	section(c, S_PAGES, SHT_PROGBITS, c->nr_frames * HV_PAGE_SIZE, HV_PAGE_SIZE, HV_PAGE_SIZE);
	section(c, S_P2M, SHT_PROGBITS, c->nr_frames * sizeof(struct frame), sizeof(struct frame), 8);
	rc = put(c, &e, sizeof(e));
	if (!rc)
		rc = put(c, c->sections, sizeof(c->sections));
	return rc ? rc : put(c, names, sizeof(names));
}

static struct note note(uint32_t type, uint32_t size)
{
	return (struct note) { .name_size = 4, .size = size, .type = type, .name = "Xen" };
}

static int put_notes(struct core *c)
{
	long v = hv_version(c->h, XENVER_version, NULL, 0);
	struct notes n = {
		.none = note(XEN_ELFNOTE_DUMPCORE_NONE, 0),
		.header = note(XEN_ELFNOTE_DUMPCORE_HEADER, NOTE_SIZE(header, version)),
		.magic = CORE_MAGIC, .nr_vcpus = c->nr_vcpus, .nr_pages = c->nr_frames, .page_size = HV_PAGE_SIZE,
		.version = note(XEN_ELFNOTE_DUMPCORE_XEN_VERSION, NOTE_SIZE(version, format)),
		.format = note(XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, sizeof(uint64_t)),
		.format_version = CORE_FORMAT,
	};
	const struct {
		unsigned int which;
		void *to;
		size_t size;
	} parts[] = {
		{ XENVER_extraversion, n.extra, sizeof(n.extra) },
		{ XENVER_compile_info, &n.compiled, sizeof(n.compiled) },
		{ XENVER_capabilities, n.capabilities, sizeof(n.capabilities) },
		{ XENVER_changeset, n.changeset, sizeof(n.changeset) },
		{ XENVER_platform_parameters, &n.platform, sizeof(n.platform) },
	};
	size_t i;

	for (i = 0; v >= 0 && i < sizeof(parts) / sizeof(*parts); i++) {
		long rc = hv_version(c->h, parts[i].which, parts[i].to, parts[i].size);

		v = rc < 0 ? rc : v;
	}
	if (v < 0)
		return hv_fail(c->h, v, "cannot ask the hypervisor who it is: %s", strerror(-v));
	n.major = v >> 16;
	n.minor = v & 0xffff;
	n.xen_page_size = HV_PAGE_SIZE;
	return put(c, &n, sizeof(n));
}

static int put_shared(struct core *c)
{
	void *page = hv_map_frames(c->h, c->domid, &c->shared_mfn, 1, PROT_READ);
	int rc;

	if (!page)
		return hv_fail(c->h, -errno, "cannot map the guest's shared info page: %s", strerror(errno));
	rc = put(c, page, HV_PAGE_SIZE);
	hv_unmap(page, 1);
	return rc;
}

/* Writes n frames; those that went meanwhile are struck from the list. */
static int put_batch(struct core *c, size_t first, size_t n, size_t *kept)
{
	uint8_t *pages;
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++)
		c->mfn[i] = c->frames[first + i].mfn;
	pages = hv_map_some(c->h, c->domid, c->mfn, n, PROT_READ, c->err);
	if (!pages)
		return hv_fail(c->h, -errno, "cannot map the guest's frames: %s", strerror(errno));
	for (i = 0; !rc && i < n; i++) {
		if (c->err[i])
			continue;
		c->frames[(*kept)++] = c->frames[first + i];
		rc = put(c, pages + i * HV_PAGE_SIZE, HV_PAGE_SIZE);
	}
	hv_unmap(pages, n);
	return rc;
}

static int put_pages(struct core *c)
{
	size_t i, kept = 0;
	int rc = 0;

	for (i = 0; !rc && i < c->nr_frames; i += BATCH)
		rc = put_batch(c, i, c->nr_frames - i < BATCH ? c->nr_frames - i : BATCH, &kept);
	/* What was promised and is not there is at the end, empty, as the format has it. */
	if (!rc)
		rc = put_zeros(c, c->sections[S_PAGES].sh_offset + c->sections[S_PAGES].sh_size);
	for (; kept < c->nr_frames; kept++)
		c->frames[kept] = (struct frame) { HV_INVALID_PFN, HV_INVALID_PFN };
	return rc;
}

static int write_core(struct core *c)
{
	int rc = put_headers(c);

	if (!rc && !(rc = put_zeros(c, c->sections[S_NOTE].sh_offset)))
		rc = put_notes(c);
	if (!rc && !(rc = put_zeros(c, c->sections[S_VCPUS].sh_offset)))
		rc = put(c, c->vcpus, c->sections[S_VCPUS].sh_size);
	if (!rc && !(rc = put_zeros(c, c->sections[S_SHARED].sh_offset)))
		rc = put_shared(c);
	if (!rc && !(rc = put_zeros(c, c->sections[S_PAGES].sh_offset)))
		rc = put_pages(c);
	return rc ? rc : put(c, c->frames, c->sections[S_P2M].sh_size);
}

int hv_dump_pv(struct hv *h, uint32_t domid, int fd)
{
	struct core *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	c->h = h;
	c->domid = domid;
	c->fd = fd;
	rc = look(c);
	if (!rc)
		rc = write_core(c);
	free(c->vcpus);
	free(c->frames);
	free(c);
	return rc;
}
