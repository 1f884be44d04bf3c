// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain builder over a make-believe machine: frames are pages of a memory
 * file handed out in a scrambled order. The guest that comes out is examined as
 * its kernel would see it: by walking its page tables from its first cr3.
 *
 * SOURCES: tools/libxen/build.c tools/libxen/build_layout.c tools/libxen/build_memory.c tools/libxen/build_pt.c tools/libxen/build_start.c tools/libxen/elfview.c
 * CFLAGS: -D_GNU_SOURCE -D__XEN_TOOLS__ -Ibuild/include -Itools/libxen/include -Itools/libxen
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest32.h"
#include "private.h"

#define FRAMES		65536UL		/* 256 MiB of machine */
#define SHARED_MFN	7

static int failures, memory;
static struct {
	uint64_t pfn[FRAMES];		/* of each machine frame; HV_INVALID_PFN */
	uint64_t next, pinned, hypercall_mfn, map_bytes;
	unsigned int pin_cmd, bits;
	long short_of;			/* fails populating after so many frames */
	uint8_t context[sizeof(vcpu_guest_context_t)];
	size_t context_size;
	uint64_t console, store;
	char why[512];
} machine;

static void check(bool ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	failures += !ok;
}

/* --- the connection, made up --- */
int hv_fail(struct hv *h, int err, const char *fmt, ...)
{
	va_list ap;

	(void)h;
	va_start(ap, fmt);
	vsnprintf(machine.why, sizeof(machine.why), fmt, ap);
	va_end(ap);
	return err;
}

const char *hv_why(const struct hv *h)
{
	(void)h;
	return machine.why;
}

size_t hv_mark(struct hv *h) { (void)h; return 0; }
void hv_release(struct hv *h, size_t m) { (void)h; (void)m; }

void *hv_take(struct hv *h, size_t n)
{
	static uint8_t scratch[4096];

	(void)h;
	memset(scratch, 0, n);
	return scratch;
}

long hv_call(struct hv *h, unsigned int op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	const struct mmuext_op *m = (const void *)a1;

	(void)h; (void)a3; (void)a5;
	if (op != __HYPERVISOR_mmuext_op || a2 != 1 || a4 != 5)
		return -EINVAL;
	machine.pin_cmd = m->cmd;
	machine.pinned = m->arg1.mfn;
	return 0;
}

/* Machine frames come from all over, never twice. */
long hv_populate(struct hv *h, uint32_t domid, xen_pfn_t *e, size_t n, unsigned int order, unsigned int flags)
{
	size_t i, j;

	(void)h; (void)domid; (void)flags;
	if (order > 4)
		return 0;		/* no large extents on this machine */
	for (i = 0; i < n; i++) {
		uint64_t mfn;

		if (machine.short_of && machine.next + 16 >= (uint64_t)machine.short_of)
			return i;
		do
			mfn = machine.next++ * 40503 % FRAMES;
		while (machine.pfn[mfn] != HV_INVALID_PFN || mfn < 16);
		for (j = 0; j < 1UL << order; j++)
			machine.pfn[mfn + j] = e[i] + j;
		e[i] = mfn;
	}
	return n;
}

void *hv_map_frames(struct hv *h, uint32_t domid, const xen_pfn_t *mfns, size_t n, int prot)
{
	uint8_t *va = mmap(NULL, n * HV_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	(void)h; (void)domid;
	for (i = 0; i < n; i++) {
		if (mfns[i] >= FRAMES || (machine.pfn[mfns[i]] == HV_INVALID_PFN && mfns[i] != SHARED_MFN)) {
			munmap(va, n * HV_PAGE_SIZE);
			errno = EINVAL;
			return NULL;
		}
		mmap(va + i * HV_PAGE_SIZE, HV_PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, memory, mfns[i] * HV_PAGE_SIZE);
	}
	return va;
}

void hv_unmap(void *va, size_t n)
{
	if (va)
		munmap(va, n * HV_PAGE_SIZE);
}

int hv_domain_info(struct hv *h, uint32_t domid, struct xen_domctl_getdomaininfo *out)
{
	(void)h; (void)domid;
	memset(out, 0, sizeof(*out));
	out->shared_info_frame = SHARED_MFN;
	return 0;
}

int hv_domain_set_address_size(struct hv *h, uint32_t d, unsigned int bits) { (void)h; (void)d; machine.bits = bits; return 0; }
int hv_set_memory_map(struct hv *h, uint32_t d, uint64_t bytes) { (void)h; (void)d; machine.map_bytes = bytes; return 0; }
int hv_claim_pages(struct hv *h, uint32_t d, uint64_t pages) { (void)h; (void)d; (void)pages; return 0; }
int hv_domain_hypercall_page(struct hv *h, uint32_t d, xen_pfn_t mfn) { (void)h; (void)d; machine.hypercall_mfn = mfn; return 0; }

int hv_grant_seed(struct hv *h, uint32_t d, xen_pfn_t console, xen_pfn_t store, uint32_t cd, uint32_t sd)
{
	(void)h; (void)d; (void)cd; (void)sd;
	machine.console = console;
	machine.store = store;
	return 0;
}

int hv_vcpu_set_context(struct hv *h, uint32_t d, uint32_t vcpu, const void *c, size_t n)
{
	(void)h; (void)d; (void)vcpu;
	memcpy(machine.context, c, n);
	machine.context_size = n;
	return 0;
}

/* --- looking at what came out --- */
static uint64_t word(uint64_t mfn, unsigned int i)
{
	uint64_t v = 0;

	if (pread(memory, &v, 8, mfn * HV_PAGE_SIZE + i * 8) != 8)
		abort();
	return v;
}

/* The entry that maps va, 0 when none does. */
static uint64_t walk(bool is_64, uint64_t root, uint64_t va)
{
	unsigned int level = is_64 ? 4 : 3;
	uint64_t e, mfn = root;

	for (;; level--) {
		unsigned int i = level == 3 && !is_64 ? va >> 30 & 3 : va >> (12 + 9 * (level - 1)) & 511;

		e = word(mfn, i);
		if (!(e & 1) || level == 1)
			return e & 1 ? e : 0;
		mfn = (e & 0xffffffffff000ULL) >> 12;
	}
}

static void read_va(bool is_64, uint64_t root, uint64_t va, void *to, size_t n)
{
	uint8_t *p = to;

	while (n) {
		uint64_t e = walk(is_64, root, va);
		size_t off = va & 4095, some = 4096 - off < n ? 4096 - off : n;

		if (!e || pread(memory, p, some, (e & 0xffffffffff000ULL) + off) != (ssize_t)some) {
			memset(p, 0xee, n);
			return;
		}
		p += some;
		va += some;
		n -= some;
	}
}

struct kernel {
	struct hv_image img;
	uint8_t elf[4096 + 6000];
};

static void make_kernel(struct kernel *k, bool is_64, uint64_t base, uint64_t bytes)
{
	memset(k, 0, sizeof(*k));
	k->img = (struct hv_image){
		.elf = k->elf, .elf_size = sizeof(k->elf), .is_64 = is_64, .virt_base = base, .virt_entry = base + 0x100010,
		.virt_hypercall = base + 0x101000, .virt_start = base + 0x100000, .virt_end = base + 0x100000 + bytes,
		.init_p2m = HV_INVALID_PFN, .pae_extended = !is_64,
	};
	memset(k->elf + 4096, 0x5a, 6000);
	memcpy(k->elf, ELFMAG, SELFMAG);
	k->elf[EI_DATA] = ELFDATA2LSB;
	if (is_64) {
		Elf64_Ehdr e = { .e_machine = EM_X86_64, .e_phoff = 64, .e_phnum = 1, .e_phentsize = sizeof(Elf64_Phdr) };
		Elf64_Phdr p = { .p_type = PT_LOAD, .p_offset = 4096, .p_paddr = 0x100000, .p_filesz = 6000, .p_memsz = bytes };

		memcpy(e.e_ident, k->elf, EI_NIDENT);
		e.e_ident[EI_CLASS] = ELFCLASS64;
		memcpy(k->elf, &e, sizeof(e));
		memcpy(k->elf + 64, &p, sizeof(p));
	} else {
		Elf32_Ehdr e = { .e_machine = EM_386, .e_phoff = 64, .e_phnum = 1, .e_phentsize = sizeof(Elf32_Phdr) };
		Elf32_Phdr p = { .p_type = PT_LOAD, .p_offset = 4096, .p_paddr = 0x100000, .p_filesz = 6000, .p_memsz = bytes };

		memcpy(e.e_ident, k->elf, EI_NIDENT);
		e.e_ident[EI_CLASS] = ELFCLASS32;
		memcpy(k->elf, &e, sizeof(e));
		memcpy(k->elf + 64, &p, sizeof(p));
	}
}

static int build(struct kernel *k, uint64_t pages, const uint8_t *initrd, size_t initrd_size)
{
	struct hv_build b = {
		.domid = 5, .image = &k->img, .initrd = initrd, .initrd_size = initrd_size, .cmdline = "hello there",
		.nr_pages = pages, .max_pages = pages * 2, .console_port = 3, .store_port = 4, .claim = true,
	};
	uint64_t i;
	long keep = machine.short_of;

	memset(&machine, 0, sizeof(machine));
	machine.short_of = keep;
	for (i = 0; i < FRAMES; i++)
		machine.pfn[i] = HV_INVALID_PFN;
	return hv_build_pv((struct hv *)1, &b);
}

/* What both layouts of start_info say. */
struct seen {
	uint64_t nr_pages, shared, pt_base, nr_pt, list, mod_start, mod_len, first_list, nr_list, store, console;
	uint32_t flags, store_port, console_port;
	char magic[33], cmd[64];
};

static void look(bool is_64, uint64_t root, uint64_t si, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	if (is_64) {
		start_info_t i;

		read_va(true, root, si, &i, sizeof(i));
		*s = (struct seen){ i.nr_pages, i.shared_info, i.pt_base, i.nr_pt_frames, i.mfn_list, i.mod_start, i.mod_len,
			i.first_p2m_pfn, i.nr_p2m_frames, i.store_mfn, i.console.domU.mfn, i.flags, i.store_evtchn, i.console.domU.evtchn, "", "" };
		memcpy(s->magic, i.magic, 32);
		snprintf(s->cmd, sizeof(s->cmd), "%.60s", (char *)i.cmd_line);
	} else {
		struct start_info_32 i;

		read_va(false, root, si, &i, sizeof(i));
		*s = (struct seen){ i.nr_pages, i.shared_info, i.pt_base, i.nr_pt_frames, i.mfn_list, i.mod_start, i.mod_len,
			i.first_p2m_pfn, i.nr_p2m_frames, i.store_mfn, i.console_mfn, i.flags, i.store_evtchn, i.console_evtchn, "", "" };
		memcpy(s->magic, i.magic, 32);
		snprintf(s->cmd, sizeof(s->cmd), "%.60s", (char *)i.cmd_line);
	}
}

static void examine(const char *what, struct kernel *k, uint64_t pages, const uint8_t *initrd, size_t initrd_size)
{
	bool w = k->img.is_64, mapped = true, listed = true, readonly = true, content = true;
	const vcpu_guest_context_t *c64 = (const void *)machine.context;
	const struct vcpu_context_32 *c32 = (const void *)machine.context;
	uint64_t root = w ? c64->ctrlreg[3] >> 12 : cr3_32_to_frame(c32->ctrlreg[3]);
	uint64_t si = w ? c64->user_regs.rsi : c32->regs.esi, sp = w ? c64->user_regs.rsp : c32->regs.esp;
	uint64_t base = k->img.virt_base, end = (sp + (512 << 10) + (4 << 20) - 1) & ~((4ULL << 20) - 1), va, pfn;
	uint8_t byte, *back = malloc(initrd_size + 1);
	struct seen s;
	char name[128];

	look(w, root, si, &s);
	for (va = base, pfn = 0; va < end; va += 4096, pfn++) {
		uint64_t e = walk(w, root, va);
		bool pt = va >= s.pt_base && va < s.pt_base + s.nr_pt * 4096;

		mapped &= e && machine.pfn[(e & 0xffffffffff000ULL) >> 12] == pfn && !(e & 0x100);
		readonly &= pt == !(e & 2);
		mapped &= !w || e & 4;
	}
	mapped &= !walk(w, root, end) || !w;
	for (pfn = 0; pfn < pages; pfn++) {
		uint64_t mfn = 0;

		read_va(w, root, s.list + pfn * (w ? 8 : 4), &mfn, w ? 8 : 4);
		listed &= mfn < FRAMES && machine.pfn[mfn] == pfn;
	}
	for (va = k->img.virt_start; va < k->img.virt_end; va++) {
		read_va(w, root, va, &byte, 1);
		content &= byte == (va - k->img.virt_start < 6000 ? 0x5a : 0);
	}
	snprintf(name, sizeof(name), "%s: the region maps frame after frame", what);
	check(mapped, name);
	snprintf(name, sizeof(name), "%s: page tables and only they are read-only", what);
	check(readonly && s.pt_base + s.nr_pt * 4096 == sp - 4096, name);
	snprintf(name, sizeof(name), "%s: root first, pinned, in cr3", what);
	check((walk(w, root, s.pt_base) & 0xffffffffff000ULL) >> 12 == root && machine.pinned == root &&
	      machine.pin_cmd == (w ? MMUEXT_PIN_L4_TABLE : MMUEXT_PIN_L3_TABLE), name);
	snprintf(name, sizeof(name), "%s: the frame list", what);
	check(listed, name);
	snprintf(name, sizeof(name), "%s: the kernel, its tail cleared", what);
	check(content, name);
	snprintf(name, sizeof(name), "%s: start_info", what);
	check(s.nr_pages == pages && s.shared == SHARED_MFN << 12 && !strcmp(s.cmd, "hello there") && s.store_port == 4 &&
	      s.console_port == 3 && !strcmp(s.magic, w ? "xen-3.0-x86_64" : "xen-3.0-x86_32p") && s.mod_len == initrd_size &&
	      machine.map_bytes == pages * 2 << 12 && machine.bits == (w ? 0 : 32), name);
	snprintf(name, sizeof(name), "%s: the order of the pieces", what);
	check((walk(w, root, si + 4096) & 0xffffffffff000ULL) >> 12 == s.store && (walk(w, root, si + 8192) & 0xffffffffff000ULL) >> 12 == s.console &&
	      s.pt_base == si + 3 * 4096 && machine.console == s.console && machine.store == s.store, name);
	if (initrd_size && s.flags & SIF_MOD_START_PFN) {
		uint64_t i;

		for (i = 0; i < initrd_size; i++) {
			uint64_t p = s.mod_start + i / 4096, mfn = 0;

			read_va(w, root, s.list + p * 8, &mfn, 8);
			if (pread(memory, back + i, 1, mfn * 4096 + i % 4096) != 1)
				abort();
		}
	} else if (initrd_size) {
		read_va(w, root, s.mod_start, back, initrd_size);
	}
	snprintf(name, sizeof(name), "%s: the ramdisk", what);
	check(!initrd_size || !memcmp(back, initrd, initrd_size), name);
	snprintf(name, sizeof(name), "%s: where the list may lie", what);
	check(k->img.init_p2m == HV_INVALID_PFN ? s.list < si && s.list > base && !s.nr_list :
	      s.list == k->img.init_p2m && s.nr_list > pages * 8 / 4096 && s.first_list >= (end - base) >> 12, name);
	free(back);
}

static bool refused(struct kernel *k, uint64_t pages, size_t initrd_size, const char *part)
{
	static uint8_t big[64 << 20];
	int rc = build(k, pages, big, initrd_size);

	if (!rc || !strstr(machine.why, part))
		printf("# got %d: %s\n", rc, machine.why);
	return rc && strstr(machine.why, part);
}

int main(void)
{
	static struct kernel k;
	static uint8_t initrd[3 << 20];
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	memory = memfd_create("machine", 0);
	if (memory < 0 || ftruncate(memory, FRAMES * HV_PAGE_SIZE))
		return 1;
	for (i = 0; i < sizeof(initrd); i++)
		initrd[i] = i * 7 + i / 4096;

	make_kernel(&k, true, 0xffffffff80000000ULL, 50000);
	check(!build(&k, 8192, initrd, sizeof(initrd) - 5), "a 64-bit guest is built");
	examine("64-bit, all inside", &k, 8192, initrd, sizeof(initrd) - 5);
	k.img.init_p2m = 0x8000000000ULL;
	k.img.initrd_by_pfn = true;
	check(!build(&k, 16384, initrd, sizeof(initrd)), "one as Linux wants it is built");
	examine("64-bit, list and ramdisk apart", &k, 16384, initrd, sizeof(initrd));
	make_kernel(&k, true, 0, 20000);
	check(!build(&k, 4096, NULL, 0), "a 64-bit guest based at 0 is built");
	examine("64-bit at 0", &k, 4096, NULL, 0);
	make_kernel(&k, false, 0xc0000000, 50000);
	check(!build(&k, 8192, initrd, sizeof(initrd)), "a 32-bit guest is built");
	examine("32-bit", &k, 8192, initrd, sizeof(initrd));
	make_kernel(&k, false, 0, 50000);
	check(!build(&k, 8192, initrd, 100), "a 32-bit guest based at 0 is built");
	examine("32-bit at 0", &k, 8192, initrd, 100);
	k.img.pae_extended = false;
	check(!build(&k, 4096, NULL, 0), "a guest with an old PAE root is built");

	make_kernel(&k, true, 0xffffffff80000000ULL, 50000);
	check(refused(&k, 512, 100, "too little memory"), "too little memory");
	check(refused(&k, 512, 32 << 20, "ramdisk alone"), "a ramdisk larger than memory");
	make_kernel(&k, true, 0xffffffffff000000ULL, 50000);
	check(refused(&k, 16384, 32 << 20, "end of the address space"), "no room before the end of the address space");
	make_kernel(&k, false, 0xf4000000, 50000);
	check(refused(&k, 16384, 32 << 20, "hypervisor's part"), "no room below the hypervisor");
	make_kernel(&k, true, 0xffffffff80000000ULL, 50000);
	machine.short_of = 3000;
	check(refused(&k, 8192, 100, "ran out of memory"), "a host that runs out of memory");
	return failures != 0;
}
