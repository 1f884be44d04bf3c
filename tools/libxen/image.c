// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns a kernel file into a checked struct hv_image: finds the ELF (plain,
 * compressed, or inside a bzImage), reads what it says about running under
 * Xen (ELF notes, or the older __xen_guest section) and refuses, with a
 * sentence, what cannot be started as a paravirtualized guest.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xen/elfnote.h>
#include <xen/features.h>

#include "elfview.h"
#include "private.h"

#define KERNEL_FILE_MAX		(256UL << 20)
#define KERNEL_SPAN_MAX		(512UL << 20)
#define NOT_SAID		(~(uint64_t)0)
#define HV_HOLE_START_64	0xffff800000000000ULL
#define HV_HOLE_END_64		0xffff880000000000ULL
#define HV_HOLE_START_32	0xf5800000ULL

/* Fields of the boot protocol of Linux's bzImage. */
#define BZ_SETUP_SECTS		0x1f1
#define BZ_HEADER		0x202
#define BZ_VERSION		0x206
#define BZ_PAYLOAD_OFFSET	0x248
#define BZ_PAYLOAD_LENGTH	0x24c

struct notes {
	bool any, entry_seen, legacy, phys32, symbols;
	uint64_t entry, hypercall, virt_base, paddr_offset;
	uint64_t hypercall_pfn;		/* legacy form */
	char loader[16], xen_version[16], pae[32], features[256];
	uint32_t supported;
};

int hv_read_file(const char *path, uint8_t **data, size_t *size, size_t limit)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t have = 0;
	uint8_t *p;
	int err;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		err = -errno;
		goto fail;
	}
	err = -EISDIR;
	if (S_ISDIR(st.st_mode))
		goto fail;
	err = -EINVAL;
	if (!S_ISREG(st.st_mode))
		goto fail;
	err = -EFBIG;
	if ((uint64_t)st.st_size > limit)
		goto fail;
	err = -ENOMEM;
	p = malloc(st.st_size ? st.st_size : 1);
	if (!p)
		goto fail;
	while (have < (size_t)st.st_size) {
		ssize_t n = read(fd, p + have, st.st_size - have);

		if (n < 0) {
			err = -errno;
			free(p);
			goto fail;
		}
		if (!n)
			break;
		have += n;
	}
	close(fd);
	*data = p;
	*size = have;
	return 0;
fail:
	close(fd);
	return err;
}

const char *hv_file_error(int rc)
{
	if (rc == -EINVAL)
		return "it is not a regular file";
	return rc == -EFBIG ? "it is far too large for what it is to be" : strerror(-rc);
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Finds the payload of a bzImage; false when the file is not one. */
static bool bz_payload(const uint8_t *f, size_t size, const uint8_t **p, size_t *n, const char **bad)
{
	uint64_t off, len, sects;

	if (size < 0x250 || memcmp(f + BZ_HEADER, "HdrS", 4))
		return false;
	if ((f[BZ_VERSION] | f[BZ_VERSION + 1] << 8) < 0x208) {
		*bad = "it is a bzImage too old to hold an ELF payload (boot protocol before 2.08)";
		return true;
	}
	sects = f[BZ_SETUP_SECTS] ? f[BZ_SETUP_SECTS] : 4;
	off = (sects + 1) * 512 + le32(f + BZ_PAYLOAD_OFFSET);
	len = le32(f + BZ_PAYLOAD_LENGTH);
	if (!len || off > size || len > size - off) {
		*bad = "it is a bzImage cut short: its payload lies past the end of the file";
		return true;
	}
	*p = f + off;
	*n = len;
	return true;
}

static uint64_t note_number(const uint8_t *d, uint32_t n)
{
	uint64_t v = 0;

	if (n == 4)
		return le32(d);
	if (n == 8) {
		memcpy(&v, d, 8);
		return v;
	}
	return NOT_SAID;
}

static void note_string(char *to, size_t room, const uint8_t *d, uint32_t n)
{
	size_t len = strnlen((const char *)d, n);

	if (len >= room)
		len = room - 1;
	memcpy(to, d, len);
	to[len] = 0;
}

static void one_note(struct hv_image *img, struct notes *t, uint32_t type, const uint8_t *d, uint32_t n)
{
	char word[16] = "";

	t->any = true;
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		t->entry = note_number(d, n);
		t->entry_seen = t->entry != NOT_SAID;
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE: t->hypercall = note_number(d, n); break;
	case XEN_ELFNOTE_VIRT_BASE: t->virt_base = note_number(d, n); break;
	case XEN_ELFNOTE_PADDR_OFFSET: t->paddr_offset = note_number(d, n); break;
	case XEN_ELFNOTE_XEN_VERSION: note_string(t->xen_version, sizeof(t->xen_version), d, n); break;
	case XEN_ELFNOTE_GUEST_OS: note_string(img->guest_os, sizeof(img->guest_os), d, n); break;
	case XEN_ELFNOTE_LOADER: note_string(t->loader, sizeof(t->loader), d, n); break;
	case XEN_ELFNOTE_PAE_MODE: note_string(t->pae, sizeof(t->pae), d, n); break;
	case XEN_ELFNOTE_FEATURES: note_string(t->features, sizeof(t->features), d, n); break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES: t->supported = note_number(d, n); break;
	case XEN_ELFNOTE_HV_START_LOW: img->hv_start_low = note_number(d, n); break;
	case XEN_ELFNOTE_INIT_P2M: img->init_p2m = note_number(d, n); break;
	case XEN_ELFNOTE_BSD_SYMTAB:
		note_string(word, sizeof(word), d, n);
		t->symbols = !strcmp(word, "yes");
		break;
	case XEN_ELFNOTE_PHYS32_ENTRY: t->phys32 = true; break;
	case XEN_ELFNOTE_SUSPEND_CANCEL:
		img->suspend_cancel = n == 4 ? le32(d) != 0 : note_number(d, n) == 1;
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		if (n == 4 || n == 8) {
			img->initrd_by_pfn = note_number(d, n) != 0;
		} else {
			note_string(word, sizeof(word), d, n);
			img->initrd_by_pfn = !strcmp(word, "yes");
		}
		break;
	}
}

static void walk_notes(struct hv_image *img, struct notes *t, const uint8_t *p, uint64_t n)
{
	while (n >= 12) {
		uint32_t namesz = le32(p), descsz = le32(p + 4), type = le32(p + 8);
		uint64_t name_room = round_up(namesz, 4), desc_room = round_up(descsz, 4);

		p += 12;
		n -= 12;
		if (name_room > n || descsz > n - name_room)
			return;
		if (namesz == 4 && !memcmp(p, "Xen", 4))
			one_note(img, t, type, p + name_room, descsz);
		if (desc_room > n - name_room)
			desc_room = n - name_room;
		p += name_room + desc_room;
		n -= name_room + desc_room;
	}
}

/* The older form: one string of KEY=value pairs separated by commas. */
static void legacy_pair(struct hv_image *img, struct notes *t, char *key)
{
	char *val = strchr(key, '=');
	uint64_t num;

	if (val)
		*val++ = 0;
	else
		val = key + strlen(key);
	num = strtoull(val, NULL, 0);
	if (!strcmp(key, "VIRT_BASE"))
		t->virt_base = num;
	else if (!strcmp(key, "VIRT_ENTRY"))
		t->entry = num, t->entry_seen = true;
	else if (!strcmp(key, "ELF_PADDR_OFFSET"))
		t->paddr_offset = num;
	else if (!strcmp(key, "HYPERCALL_PAGE"))
		t->hypercall_pfn = strtoull(val, NULL, 0);
	else if (!strcmp(key, "GUEST_OS"))
		snprintf(img->guest_os, sizeof(img->guest_os), "%.31s", val);
	else if (!strcmp(key, "XEN_VER"))
		snprintf(t->xen_version, sizeof(t->xen_version), "%.15s", val);
	else if (!strcmp(key, "LOADER"))
		snprintf(t->loader, sizeof(t->loader), "%.15s", val);
	else if (!strcmp(key, "PAE"))
		snprintf(t->pae, sizeof(t->pae), "%.31s", *val ? val : "yes");
	else if (!strcmp(key, "BSD_SYMTAB"))
		t->symbols = true;
	else if (!strcmp(key, "FEATURES"))
		snprintf(t->features, sizeof(t->features), "%.255s", val);
}

static void legacy_section(struct hv_image *img, struct notes *t, const uint8_t *p, uint64_t n)
{
	size_t len = strnlen((const char *)p, n > 4096 ? 4096 : n);
	char *text = strndup((const char *)p, len), *save = NULL, *key;

	if (!text)
		return;
	t->any = t->legacy = true;
	for (key = strtok_r(text, ",", &save); key; key = strtok_r(NULL, ",", &save))
		legacy_pair(img, t, key);
	free(text);
}

static void find_notes(struct hv_image *img, struct notes *t, const struct elf_view *v)
{
	struct elf_segment seg;
	struct elf_section sec;
	unsigned int i;

	for (i = 0; elf_segment(v, i, &seg); i++)
		if (seg.type == PT_NOTE && elf_inside(v, seg.offset, seg.filesz))
			walk_notes(img, t, v->data + seg.offset, seg.filesz);
	for (i = 0; !t->any && elf_section(v, i, &sec); i++)
		if (sec.type == SHT_NOTE && elf_inside(v, sec.offset, sec.size))
			walk_notes(img, t, v->data + sec.offset, sec.size);
	for (i = 0; !t->any && elf_section(v, i, &sec); i++)
		if (!strcmp(sec.name, "__xen_guest") && elf_inside(v, sec.offset, sec.size))
			legacy_section(img, t, v->data + sec.offset, sec.size);
}

/* What a direct-paging, unprivileged guest can never be given. */
static const char *check_features(const char *list)
{
	static const char *const never[] = {
		"auto_translated_physmap", "supervisor_mode_kernel", "hvm_callback_vector",
		"hvm_safe_pvclock", "hvm_pirqs", "dom0",
	};
	char copy[256], *save = NULL, *f;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", list);
	for (f = strtok_r(copy, "| \t", &save); f; f = strtok_r(NULL, "| \t", &save)) {
		if (*f != '!')
			continue;
		for (i = 0; i < sizeof(never) / sizeof(*never); i++)
			if (!strcmp(f + 1, never[i]))
				return never[i];
	}
	return NULL;
}

static int place_segments(struct hv_image *img, const struct elf_view *v, bool symbols, char *why, size_t room)
{
	uint64_t lo = NOT_SAID, hi = 0;
	struct elf_segment s;
	unsigned int i, loads = 0;

	for (i = 0; elf_segment(v, i, &s); i++) {
		uint64_t start;

		if (s.type != PT_LOAD || !s.memsz)
			continue;
		if (s.filesz > s.memsz || !elf_inside(v, s.offset, s.filesz)) {
			snprintf(why, room, "segment %u lies past the end of the file: is it cut short?", i);
			return -ENOEXEC;
		}
		start = s.paddr - img->paddr_offset + img->virt_base;
		if (!img->is_64)
			start = (uint32_t)start;
		if (start < img->virt_base || start + s.memsz < start ||
		    start + s.memsz - img->virt_base > KERNEL_SPAN_MAX) {
			snprintf(why, room, "segment %u would lie at %#llx, outside what starts at %#llx", i,
				 (unsigned long long)start, (unsigned long long)img->virt_base);
			return -ENOEXEC;
		}
		if (start < lo)
			lo = start;
		if (start + s.memsz > hi)
			hi = start + s.memsz;
		loads++;
	}
	if (!loads) {
		snprintf(why, room, "it has no segment to load");
		return -ENOEXEC;
	}
	img->virt_start = lo;
	img->virt_end = hi;
	if (symbols) {
		img->symbols = elf_symbol_file(v, &img->symbols_size);
		if (img->symbols) {
			img->virt_symbols = round_up(hi, img->is_64 ? 8 : 4);
			img->virt_end = img->virt_symbols + img->symbols_size;
		}
		if (img->virt_end < hi || img->virt_end - img->virt_base > KERNEL_SPAN_MAX) {
			snprintf(why, room, "its symbols would end at %#llx, outside what starts at %#llx",
				 (unsigned long long)img->virt_end, (unsigned long long)img->virt_base);
			return -ENOEXEC;
		}
	}
	return 0;
}

static int check_image(struct hv_image *img, char *why, size_t room)
{
	if (img->virt_entry < img->virt_start || img->virt_entry >= img->virt_end) {
		snprintf(why, room, "its entry point %#llx lies outside the kernel", (unsigned long long)img->virt_entry);
		return -ENOEXEC;
	}
	if (img->virt_hypercall != NOT_SAID &&
	    (img->virt_hypercall & (HV_PAGE_SIZE - 1) || img->virt_hypercall < img->virt_start ||
	     img->virt_hypercall - img->virt_start + HV_PAGE_SIZE > round_up(img->virt_end - img->virt_start, HV_PAGE_SIZE))) {
		snprintf(why, room, "its hypercall page %#llx lies outside the kernel", (unsigned long long)img->virt_hypercall);
		return -ENOEXEC;
	}
	if (img->virt_base & (HV_PAGE_SIZE - 1)) {
		snprintf(why, room, "its virtual base %#llx is not page-aligned", (unsigned long long)img->virt_base);
		return -ENOEXEC;
	}
	if (img->is_64 && img->virt_end > HV_HOLE_START_64 && img->virt_start < HV_HOLE_END_64) {
		snprintf(why, room, "it wants to live at %#llx, where the hypervisor is", (unsigned long long)img->virt_start);
		return -ENOEXEC;
	}
	if (!img->is_64 && img->virt_end > HV_HOLE_START_32) {
		snprintf(why, room, "it reaches %#llx, into the hypervisor's part of the address space", (unsigned long long)img->virt_end);
		return -ENOEXEC;
	}
	if (img->is_64 && img->init_p2m != NOT_SAID &&
	    (img->init_p2m & (HV_PAGE_SIZE - 1) || (img->init_p2m >= 0x800000000000ULL && img->init_p2m < HV_HOLE_END_64) ||
	     img->init_p2m >> 39 == img->virt_base >> 39)) {
		snprintf(why, room, "it wants its frame list at the impossible address %#llx", (unsigned long long)img->init_p2m);
		return -ENOEXEC;
	}
	return 0;
}

static int read_elf(struct hv_image *img, char *why, size_t room)
{
	struct notes t = {
		.hypercall = NOT_SAID, .virt_base = NOT_SAID, .paddr_offset = NOT_SAID, .hypercall_pfn = NOT_SAID,
	};
	struct elf_view v;
	const char *bad = elf_open(&v, img->elf, img->elf_size);
	int rc;

	if (bad) {
		snprintf(why, room, "%s", bad);
		return -ENOEXEC;
	}
	img->is_64 = v.is_64;
	img->init_p2m = NOT_SAID;
	find_notes(img, &t, &v);
	if (!t.any || (!t.entry_seen && t.phys32 && t.virt_base == NOT_SAID)) {
		snprintf(why, room, "it is a kernel for real hardware%s: it was not built to run as a paravirtualized guest",
			 t.phys32 ? " and PVH" : " only");
		return -ENOEXEC;
	}
	if (t.xen_version[0] && strcmp(t.xen_version, "xen-3.0")) {
		snprintf(why, room, "it wants the interface '%s', only xen-3.0 is offered", t.xen_version);
		return -ENOEXEC;
	}
	if (t.loader[0] && strncmp(t.loader, "generic", 7)) {
		snprintf(why, room, "it wants the loader '%s', only generic is offered", t.loader);
		return -ENOEXEC;
	}
	if (!img->is_64 && t.pae[0] && strncmp(t.pae, "yes", 3) && strcmp(t.pae, "bimodal")) {
		snprintf(why, room, "it is a 32-bit kernel without PAE");
		return -ENOEXEC;
	}
	bad = check_features(t.features);
	if (bad) {
		snprintf(why, room, "it requires the feature %s, which such a guest does not get", bad);
		return -ENOEXEC;
	}
	/* Defaults differ between the two forms; see public/elfnote.h. */
	if (t.virt_base == NOT_SAID)
		t.virt_base = 0;
	if (t.paddr_offset == NOT_SAID)
		t.paddr_offset = t.legacy ? t.virt_base : 0;
	img->virt_base = t.virt_base;
	img->paddr_offset = t.paddr_offset;
	img->virt_entry = t.entry_seen ? t.entry : v.entry;
	img->virt_hypercall = t.hypercall;
	if (t.hypercall_pfn != NOT_SAID && t.hypercall_pfn < KERNEL_SPAN_MAX >> HV_PAGE_SHIFT)
		img->virt_hypercall = t.virt_base + (t.hypercall_pfn << HV_PAGE_SHIFT);
	/* ELF notes came with the extended cr3 form, so "yes" there implies it. */
	img->pae_extended = !img->is_64 && (!t.legacy || strstr(t.pae, "extended-cr3"));
	if (!img->is_64)
		img->init_p2m = NOT_SAID;
	rc = place_segments(img, &v, t.symbols, why, room);
	return rc ? rc : check_image(img, why, room);
}

int hv_image_parse(struct hv_image *img, const uint8_t *file, size_t size, char *why, size_t why_size)
{
	const uint8_t *p = file;
	const char *bad = NULL;
	size_t n = size;
	int rc = -ENOEXEC;

	memset(img, 0, sizeof(*img));
	if (!size) {
		snprintf(why, why_size, "the file is empty");
		return -ENOEXEC;
	}
	if (bz_payload(file, size, &p, &n, &bad) && bad) {
		snprintf(why, why_size, "%s", bad);
		return -ENOEXEC;
	}
	rc = hv_decompress(p, n, &img->elf, &img->elf_size, why, why_size);
	if (rc == -ENOEXEC) {
		img->elf = malloc(n);
		if (!img->elf) {
			snprintf(why, why_size, "out of memory");
			return -ENOMEM;
		}
		memcpy(img->elf, p, n);
		img->elf_size = n;
		rc = 0;
	}
	if (!rc)
		rc = read_elf(img, why, why_size);
	if (rc)
		hv_image_free(img);
	return rc;
}

int hv_image_load(struct hv *h, struct hv_image *img, const char *path)
{
	uint8_t *file = NULL;
	char why[256] = "";
	size_t size;
	int rc = hv_read_file(path, &file, &size, KERNEL_FILE_MAX);

	memset(img, 0, sizeof(*img));
	if (rc)
		return hv_fail(h, rc, "kernel %s: %s", path, hv_file_error(rc));
	rc = hv_image_parse(img, file, size, why, sizeof(why));
	free(file);
	if (rc)
		return hv_fail(h, rc, "kernel %s cannot be started: %s", path, why);
	return 0;
}

void hv_image_free(struct hv_image *img)
{
	free(img->elf);
	free(img->symbols);
	memset(img, 0, sizeof(*img));
}
