// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other domains, for a test guest that is dom0: building one from this
 * guest's own image (its ram disk), and driving it through a mailbox page.
 * The layout is the one that the ABI fixes. Only vcpu 0 uses this.
 */
#include "lib.h"

#define FIRST_SLOT	64		/* of the window; the lower ones are the checks' */
#define NR_SLOTS	400

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	word entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf_segment {
#if WORD_HAS_64_BITS
	u32 type, flags;
	word offset, vaddr, paddr, filesz, memsz, align;
#else
	u32 type;
	word offset, vaddr, paddr, filesz, memsz, flags, align;
#endif
};

long domctl(struct xen_domctl *op, unsigned int cmd, domid_t domain)
{
	op->cmd = cmd;
	op->domain = domain;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return HYP(domctl, op, 0, 0, 0, 0);
}

long sysctl(struct xen_sysctl *op, unsigned int cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return HYP(sysctl, op, 0, 0, 0, 0);
}

u64 free_pages(void)
{
	static struct xen_sysctl op;

	memset(&op, 0, sizeof(op));
	return sysctl(&op, XEN_SYSCTL_physinfo) ? 0 : op.u.physinfo.free_pages;
}

void audit(void)
{
	static struct xen_sysctl op;
	static char key = 'M';

	memset(&op, 0, sizeof(op));
	set_xen_guest_handle(op.u.debug_keys.keys, &key);
	op.u.debug_keys.nr_keys = 1;
	sysctl(&op, XEN_SYSCTL_debug_keys);
}

void wait_for_free_pages(u64 pages)
{
	for (unsigned int i = 0; i < 200 && free_pages() < pages; i++)
		sleep_ns(1000000);
}

/* --- mappings --- */

void *map_frame(domid_t id, u64 mfn, bool writable)
{
	for (unsigned int i = FIRST_SLOT; i < FIRST_SLOT + NR_SLOTS; i++) {
		void *at = window(i);

		if (pte_of(at) & PTE_P)
			continue;
		if (update_va_of(at, PTE(mfn, writable ? PTE_RW : PTE_RO), UVMF_INVLPG, id))
			return NULL;
		return at;
	}
	return NULL;
}

void unmap_frame(void *p)
{
	if (p)
		update_va(p, 0, UVMF_INVLPG | UVMF_ALL);
}

static unsigned long guest_pfn(word va)
{
	return virt_to_pfn((void *)va);
}

void guest_write(struct guest *g, word va, const void *src, size_t n)
{
	while (n) {
		size_t part = PAGE_BYTES - va % PAGE_BYTES;
		u8 *p = map_frame(g->id, g->mfns[guest_pfn(va)], true);

		if (part > n)
			part = n;
		if (!p) {
			fail("cannot write guest %u at %#lx", g->id, va);
			return;
		}
		memcpy(p + va % PAGE_BYTES, src, part);
		unmap_frame(p);
		va += part;
		src = (const u8 *)src + part;
		n -= part;
	}
}

void guest_read(struct guest *g, word va, void *dst, size_t n)
{
	while (n) {
		size_t part = PAGE_BYTES - va % PAGE_BYTES;
		u8 *p = map_frame(g->id, g->mfns[guest_pfn(va)], false);

		if (part > n)
			part = n;
		if (!p) {
			fail("cannot read guest %u at %#lx", g->id, va);
			return;
		}
		memcpy(dst, p + va % PAGE_BYTES, part);
		unmap_frame(p);
		va += part;
		dst = (u8 *)dst + part;
		n -= part;
	}
}

/* --- building --- */

#define MAX_GUESTS	4
#define MAX_GUEST_PAGES	4096
static xen_pfn_t frame_lists[MAX_GUESTS][MAX_GUEST_PAGES];
static u32 lists_used;

static long populate(struct guest *g)
{
	struct xen_memory_reservation r = { .domid = g->id, .nr_extents = g->nr_pages };
	static struct mmu_update m[128];

	while (g->list < MAX_GUESTS && (lists_used & (1u << g->list)))
		g->list++;
	if (g->list == MAX_GUESTS || g->nr_pages > MAX_GUEST_PAGES)
		return -ENOMEM;
	lists_used |= 1u << g->list;
	g->mfns = frame_lists[g->list];
	for (unsigned long i = 0; i < g->nr_pages; i++)
		g->mfns[i] = i;
	set_xen_guest_handle(r.extent_start, g->mfns);
	if ((unsigned long)memory_op(XENMEM_populate_physmap, &r) != g->nr_pages)
		return -ENOMEM;
	for (unsigned long i = 0; i < g->nr_pages; ) {
		unsigned int n = 0;
		long rc;

		for (; n < ARRAY_SIZE(m) && i < g->nr_pages; n++, i++)
			m[n] = (struct mmu_update){ (u64)g->mfns[i] << 12 | MMU_MACHPHYS_UPDATE, i };
		rc = HYP(mmu_update, m, n, 0, g->id, 0);
		if (rc)
			return rc;
	}
	return 0;
}

/* One table of a guest under construction: n entries from the base's on name consecutive frames of its list. */
static void fill_table(struct guest *g, unsigned long table_pfn, unsigned int level, unsigned int n,
		       unsigned long pfn, unsigned long ro_first, unsigned long ro_last)
{
	u64 *t = map_frame(g->id, g->mfns[table_pfn], true);
	unsigned int first = (VIRT_BASE >> (3 + 9 * level)) % PT_ENTRIES;

	if (!t) {
		fail("cannot map a table of guest %u", g->id);
		return;
	}
	for (unsigned int i = 0; i < n; i++, pfn++)
		t[first + i] = PTE(g->mfns[pfn], level > 1 ? TABLE_FLAGS(level) :
						 pfn >= ro_first && pfn < ro_last ? PTE_RO : PTE_RW);
	unmap_frame(t);
}

static long load_image(struct guest *g, word *entry, word *end)
{
	const u8 *file = (const u8 *)si->mod_start;
	const struct elf_header *h = (const void *)file;

	if (!si->mod_len || memcmp(h->ident, "\177ELF", 4))
		return -ENOENT;
	*end = 0;
	for (unsigned int i = 0; i < h->phnum; i++) {
		const struct elf_segment *s = (const void *)(file + h->phoff + i * h->phentsize);

		if (s->type != 1)
			continue;
		guest_write(g, s->vaddr, file + s->offset, s->filesz);
		if (*end < s->vaddr + s->memsz)
			*end = s->vaddr + s->memsz;
	}
	*entry = h->entry;
	return 0;
}

/* The hypercall page, start info and page tables; *root_pfn and *stack for the context. */
static long build_layout(struct guest *g, const char *cmdline, word *entry, u64 *root_pfn, word *stack)
{
	static struct start_info s;
	static struct xen_domctl op;
	struct mmuext_op pin = { .cmd = PIN_ROOT };
	word at, v_tables, v_end;
	unsigned long nr_l1, pt, nr_tables;
	long rc = load_image(g, entry, &at);

	if (rc)
		return rc;
	memset(&op, 0, sizeof(op));
	op.u.hypercall_init.gmfn = g->mfns[guest_pfn((word)hypercall_page)];
	rc = domctl(&op, XEN_DOMCTL_hypercall_init, g->id);
	if (rc)
		return rc;
	at = (at + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	memset(&s, 0, sizeof(s));
	s.mfn_list = at;
	guest_write(g, at, g->mfns, g->nr_pages * sizeof(word));
	at = (at + g->nr_pages * sizeof(word) + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	g->start_info = at;
	v_tables = at + PAGE_BYTES;
	for (nr_l1 = 1; ; nr_l1++) {
		v_end = (v_tables + (PT_LEVELS - 1 + nr_l1 + 1) * PAGE_BYTES + (512ul << 10) + (4ul << 20) - 1) & ~((4ul << 20) - 1);
		if ((v_end - VIRT_BASE) >> 21 <= nr_l1)
			break;
	}
	nr_tables = PT_LEVELS - 1 + nr_l1;
	if (guest_pfn(v_end - 1) >= g->nr_pages)
		return -ENOMEM;
	*stack = v_tables + (nr_tables + 1) * PAGE_BYTES;

	memcpy(s.magic, "xen-3.0-" ABI_NAME, sizeof("xen-3.0-" ABI_NAME));
	s.nr_pages = g->nr_pages;
	s.shared_info = g->shared_mfn << 12;
	s.pt_base = v_tables;
	s.nr_pt_frames = nr_tables;
	memcpy(s.cmd_line, cmdline, strlen(cmdline) + 1);
	guest_write(g, g->start_info, &s, sizeof(s));

	/* One table of each upper level, the root first, and the level-1 tables behind one another. */
	pt = guest_pfn(v_tables);
	for (unsigned int level = PT_LEVELS; level > 1; level--)
		fill_table(g, pt + PT_LEVELS - level, level, level == 2 ? nr_l1 : 1, pt + PT_LEVELS - level + 1, 0, 0);
	for (unsigned long i = 0; i < nr_l1; i++)
		fill_table(g, pt + PT_LEVELS - 1 + i, 1, PT_ENTRIES, i * PT_ENTRIES, pt, pt + nr_tables);
	pin.arg1.mfn = g->mfns[pt];
	*root_pfn = pt;
	return HYP(mmuext_op, &pin, 1, 0, g->id, 0);
}

static long set_context(struct guest *g, word entry, word start_info, u64 root_pfn, word stack)
{
	static struct vcpu_guest_context c;
	static struct xen_domctl op;

	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.R(ip) = entry;
	c.user_regs.R(si) = start_info;
	c.user_regs.R(sp) = stack;
	c.user_regs.R(flags) = EFLAGS_IF;
	c.user_regs.cs = FLAT_CS;
	c.user_regs.ss = c.user_regs.ds = c.user_regs.es = FLAT_DS;
	c.kernel_ss = FLAT_DS;
	c.kernel_sp = stack;
	#if !WORD_HAS_64_BITS
	c.event_callback_cs = c.failsafe_callback_cs = FLAT_CS;
#endif
	c.ctrlreg[3] = ROOT_TO_CR3(g->mfns[root_pfn]);
	memset(&op, 0, sizeof(op));
	op.u.vcpucontext.vcpu = 0;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &c);
	return domctl(&op, XEN_DOMCTL_setvcpucontext, g->id);
}

static long build(struct guest *g, const char *cmdline, unsigned int vcpus)
{
	static struct xen_domctl op;
	word entry, stack;
	u64 root_pfn;
	long rc;

	memset(&op, 0, sizeof(op));
	op.u.address_size.size = WORD_BITS;
	rc = domctl(&op, XEN_DOMCTL_set_address_size, g->id);
	if (rc)
		return rc;
	memset(&op, 0, sizeof(op));
	op.u.max_vcpus.max = vcpus;
	rc = domctl(&op, XEN_DOMCTL_max_vcpus, g->id);
	if (rc)
		return rc;
	memset(&op, 0, sizeof(op));
	op.u.max_mem.max_memkb = (g->nr_pages + 1024) * 4;
	rc = domctl(&op, XEN_DOMCTL_max_mem, g->id);
	if (!rc)
		rc = domctl(&op, XEN_DOMCTL_getdomaininfo, g->id);
	if (rc)
		return rc;
	g->shared_mfn = op.u.getdomaininfo.shared_info_frame;
	g->shared = map_frame(g->id, g->shared_mfn, true);
	if (!g->shared)
		return -EFAULT;
	/* As every toolstack does: upcalls of all vcpus masked. */
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		g->shared->vcpu_info[i].evtchn_upcall_mask = 1;
	rc = populate(g);
	if (!rc)
		rc = build_layout(g, cmdline, &entry, &root_pfn, &stack);
	if (!rc)
		rc = set_context(g, entry, g->start_info, root_pfn, stack);
	if (rc)
		return rc;
	g->mailbox = map_frame(g->id, g->mfns[guest_pfn((word)&mailbox)], true);
	return g->mailbox ? 0 : -EFAULT;
}

long guest_create(struct guest *g, const char *cmdline, unsigned long nr_pages, unsigned int vcpus)
{
	static struct xen_domctl op;
	long rc;

	memset(g, 0, sizeof(*g));
	memset(&op, 0, sizeof(op));
	op.u.createdomain.max_vcpus = vcpus;
	op.u.createdomain.max_evtchn_port = 1023;
	op.u.createdomain.max_grant_frames = 8;
	op.u.createdomain.max_maptrack_frames = 8;
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(2);
	rc = domctl(&op, XEN_DOMCTL_createdomain, 0);
	if (rc)
		return rc;
	g->id = op.domain;
	g->nr_pages = nr_pages;
	rc = build(g, cmdline, vcpus);
	if (rc)
		guest_destroy(g);
	return rc;
}

void guest_set_cmdline(struct guest *g, const char *cmdline)
{
	guest_write(g, g->start_info + offsetof(struct start_info, cmd_line), cmdline, strlen(cmdline) + 1);
}

long guest_unpause(struct guest *g)
{
	struct xen_domctl op = { 0 };

	return domctl(&op, XEN_DOMCTL_unpausedomain, g->id);
}

int guest_wait(struct guest *g, u64 ns)
{
	u64 end = now() + ns;
	struct xen_domctl op;

	do {
		memset(&op, 0, sizeof(op));
		if (domctl(&op, XEN_DOMCTL_getdomaininfo, g->id) || op.domain != g->id)
			return -1;
		if (op.u.getdomaininfo.flags & XEN_DOMINF_shutdown)
			return (op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
		sleep_ns(500000);
	} while (now() < end);
	return -1;
}

bool guest_exists(const struct guest *g, unsigned int flags)
{
	struct xen_domctl op;

	memset(&op, 0, sizeof(op));
	if (domctl(&op, XEN_DOMCTL_getdomaininfo, g->id) || op.domain != g->id)
		return false;
	return (op.u.getdomaininfo.flags & flags) == flags;
}

void guest_unmap(struct guest *g)
{
	unmap_frame(g->mailbox);
	unmap_frame(g->shared);
	g->mailbox = NULL;
	g->shared = NULL;
}

long guest_destroy(struct guest *g)
{
	struct xen_domctl op = { 0 };

	guest_unmap(g);
	if (g->mfns)
		lists_used &= ~(1u << g->list);
	g->mfns = NULL;
	return domctl(&op, XEN_DOMCTL_destroydomain, g->id);
}

/* --- hypercalls by another domain --- */

long remote(struct guest *g, unsigned int nr, word a, word b, word c, word d, word e)
{
	struct mailbox *m = g->mailbox;
	u64 end = now() + 2000000000ull;

	m->nr = nr;
	m->arg[0] = a;
	m->arg[1] = b;
	m->arg[2] = c;
	m->arg[3] = d;
	m->arg[4] = e;
	barrier();
	m->request++;
	while (m->done != m->request) {
		if (now() > end) {
			fail("guest %u does not answer", g->id);
			return -ETIME;
		}
		yield();
	}
	return m->result;
}

long remote_update_va(struct guest *g, word va, u64 pte, word flags)
{
#if WORD_HAS_64_BITS
	return remote(g, __HYPERVISOR_update_va_mapping, va, pte, flags, 0, 0);
#else
	return remote(g, __HYPERVISOR_update_va_mapping, va, U64_ARGS(pte), flags, 0);
#endif
}

void serve(void)
{
	for (;;) {
		while (mailbox.done == mailbox.request)
			yield();
		mailbox.result = hypercall(mailbox.nr, mailbox.arg[0], mailbox.arg[1], mailbox.arg[2],
					   mailbox.arg[3], mailbox.arg[4]);
		barrier();
		mailbox.done = mailbox.request;
	}
}
