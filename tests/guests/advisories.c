// SPDX-License-Identifier: GPL-2.0-only
/*
 * What published advisories about paravirtual guests have in common with us:
 * each check does what one of them warned of and that no other test does. The
 * numbers are Xen's; docs/advisories.md lists them, with those covered elsewhere.
 */
#include "lib.h"

#define PIN(level)	(MMUEXT_PIN_L1_TABLE + (level) - 1)
#define POISON		0x5a
#define REF		20
#define SLOT(n)		((word)window(n))

static long pin(void *page, unsigned int level)
{
	return mmuext(PIN(level), virt_to_mfn(page), 0);
}

static u64 *readonly_page(void)
{
	u64 *t = alloc_page();

	make_readonly(t);
	return t;
}

/* --- before any grant table was asked for --- */

/* XSA-134, XSA-268: operations on a table that nobody has set up yet. */
CHECK(grants_with_no_table)
{
	struct gnttab_swap_grant_ref swap = { .ref_a = 1, .ref_b = 100000 };
	struct gnttab_copy copy = { .len = 1, .flags = GNTCOPY_source_gref | GNTCOPY_dest_gref };
	struct gnttab_get_status_frames status = { .nr_frames = 1, .dom = DOMID_SELF };
	u64 frame = 0x77;

	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &swap, 1), 0);
	EXPECT_EQ(swap.status, GNTST_bad_gntref);
	copy.source.domid = copy.dest.domid = own_id();
	copy.source.u.ref = copy.dest.u.ref = 8;
	EXPECT_EQ(grant_op(GNTTABOP_copy, &copy, 1), 0);
	EXPECT(copy.status < 0);
	set_xen_guest_handle(status.frame_list, &frame);
	EXPECT_EQ(grant_op(GNTTABOP_get_status_frames, &status, 1), 0);
	EXPECT_EQ(status.status, GNTST_general_error);
	EXPECT_EQ(frame, 0x77);
}

/* --- information --- */

/* A text in a field of n bytes: what follows its end is zero, or as it was. */
static bool clean_after_text(const char *field, size_t n)
{
	size_t end = 0;

	while (end < n && field[end])
		end++;
	return end < n && (is_filled(field + end, 0, n - end) || is_filled(field + end + 1, POISON, n - end - 1));
}

/* XSA-122: bytes of the hypervisor's stack behind the answers of xen_version. */
CHECK(texts_have_nothing_behind)
{
	static u8 page[PAGE_BYTES];
	struct xen_compile_info *c = (void *)page;
	static const struct { u8 cmd; u16 bytes; } t[] = {
		{ XENVER_extraversion, 16 }, { XENVER_capabilities, 1024 }, { XENVER_changeset, 64 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		memset(page, POISON, sizeof(page));
		EXPECT_EQ(HYP(xen_version, t[i].cmd, page, 0, 0, 0), 0);
		EXPECT(clean_after_text((char *)page, t[i].bytes));
		EXPECT(is_filled(page + t[i].bytes, POISON, sizeof(page) - t[i].bytes));
	}
	memset(page, POISON, sizeof(page));
	EXPECT_EQ(HYP(xen_version, XENVER_compile_info, page, 0, 0, 0), 0);
	EXPECT(clean_after_text(c->compiler, sizeof(c->compiler)));
	EXPECT(clean_after_text(c->compile_by, sizeof(c->compile_by)));
	EXPECT(clean_after_text(c->compile_domain, sizeof(c->compile_domain)));
	EXPECT(clean_after_text(c->compile_date, sizeof(c->compile_date)));
	EXPECT(is_filled(page + sizeof(*c), POISON, sizeof(page) - sizeof(*c)));
}

static u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile ("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return lo | (u64)hi << 32;
}
static void wrmsr(u32 msr, u64 value)
{
	asm volatile ("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

/*
 * XSA-269 and 456 (DEBUGCTL, branch records), 351 (energy counters), 289 (thread
 * control), 444 (masks of breakpoints), microcode, system management, the APIC's.
 */
CHECK(registers_that_tell_or_stall)
{
	static const u32 t[] = {
		0x34, 0x48, 0x49, 0x79, 0x9b, 0x9e, 0x122, 0x1b1, 0x1c8, 0x1d9,
		0x1db, 0x3f1, 0x48b, 0x560, 0x570, 0x600, 0x601, 0x606, 0x610, 0x611, 0x619, 0x639, 0x641,
		0x64d, 0x680, 0x6a0, 0x6a2, 0x6a8, 0x6e0, 0x802, 0x830, 0x832, 0xc80, 0xd90, 0xda0,
		0xc00000e7, 0xc00000e8, 0xc0010020, 0xc0010117, 0xc0010111, 0xc0010293, 0xc0010299, 0xc001029a,
		0xc001029b, 0xc0011019, 0xc001101a, 0xc001101b, 0xc0011027, 0xc0011030, 0xc0011033,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		u64 value = 0;

		EXPECT_EQ_OF(TRY(value = rdmsr(t[i])), TRAP_GP, "read of %#x: %#llx", t[i], (unsigned long long)value);
		EXPECT_EQ_OF(TRY(wrmsr(t[i], 1)), TRAP_GP, "write of %#x", t[i]);
	}
}

/* --- page tables --- */

/* XSA-148, 176, 182: changes of flags alone, which need no new reference, are checked as well. */
CHECK(flags_of_entries_in_place)
{
	u64 *below = readonly_page(), *t = readonly_page();

	/* A root of four entries is in ring1/tables.c. */
	for (unsigned int level = 2; level <= (PT_LEVELS == 3 ? 2 : PT_LEVELS); level++) {
		const u64 at = virt_to_mfn(t) << 12, e = PTE(virt_to_mfn(below), PTE_RW);

		EXPECT_EQ(pin(t, level), 0);
		EXPECT_EQ_OF(mmu_update_one(at, e), 0, "level %u", level);
		/* A large page, with or without other flags; dirty means nothing here. */
		EXPECT_EQ_OF(mmu_update_one(at, e | PTE_PSE), -EINVAL, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, (e | PTE_PSE) & ~PTE_W), -EINVAL, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, e | PTE_PSE | PTE_NX), -EINVAL, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at | MMU_PT_UPDATE_PRESERVE_AD, e | PTE_PSE), -EINVAL, "level %u", level);
		EXPECT_EQ_OF(t[0] & PTE_PSE, 0, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, e & ~PTE_W), 0, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, e & ~(PTE_A | PTE_D)), 0, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, e | PTE_NX), 0, "level %u", level);
		EXPECT_EQ_OF(t[0] >> 63, 1, "level %u", level);
		/* The user bit is ours. */
		EXPECT_EQ_OF(mmu_update_one(at, e & ~PTE_U), 0, "level %u", level);
		EXPECT_EQ_OF(t[0] & PTE_U, PTE_U, "level %u", level);
		/* The same frame, of another level or nothing: what holds it is what was there. */
		EXPECT_EQ_OF(mmu_update_one(at, 0), 0, "level %u", level);
		/* An entry that is not present is the guest's to use. */
		EXPECT_EQ_OF(mmu_update_one(at, (e | PTE_PSE) & ~PTE_P), 0, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, e | PTE_PSE), -EINVAL, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, 0), 0, "level %u", level);
		/* A view of itself: read-only, whatever was there. */
		EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(t), PTE_RO)), 0, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(t), PTE_RW)), -EINVAL, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at | MMU_PT_UPDATE_PRESERVE_AD, PTE(virt_to_mfn(t), PTE_RW)), -EINVAL,
			     "level %u", level);
		EXPECT_EQ_OF(t[0] & PTE_W, 0, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, 0), 0, "level %u", level);
		EXPECT_EQ_OF(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t), 0), 0, "level %u", level);
		make_writable(below);
		memset(below, 0, PAGE_BYTES);
		make_readonly(below);
	}
	make_writable(t);
	make_writable(below);
	free_page(t);
	free_page(below);
}

/* XSA-113: a refused update of the machine-to-physical table holds on to no frame. */
CHECK(refused_m2p_updates_hold_nothing)
{
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	u8 *page = alloc_page();
	xen_pfn_t mfn = virt_to_mfn(page);
	long rc;

	for (unsigned int i = 0; i < 100; i++) {
		mmu_update_one((u64)mfn << 12 | MMU_MACHPHYS_UPDATE, ~0ull);
		mmu_update_one((u64)mfn << 12 | MMU_MACHPHYS_UPDATE, 1ull << 52);
		mmu_update_one((u64)mfn << 12 | 3, 0);
	}
	EXPECT_EQ(set_pte(page, 0), 0);
	set_xen_guest_handle(r.extent_start, &mfn);
	EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), 1);
	/* Nothing holds it: it is another's now, or the host's, and not to be had by its number. */
	EXPECT(set_pte(page, PTE(mfn, PTE_RW)) < 0);
	mfn = virt_to_pfn(page);
	rc = memory_op(XENMEM_populate_physmap, &r);
	EXPECT_EQ(rc, 1);
	if (rc == 1) {
		p2m[virt_to_pfn(page)] = mfn;
		EXPECT_EQ(mmu_update_one((u64)mfn << 12 | MMU_MACHPHYS_UPDATE, virt_to_pfn(page)), 0);
		make_writable(page);
		free_page(page);
	}
}

#if WORD_HAS_64_BITS	/* in ring 1, ring1/habits.c */
/* XSA-159, 212: exchanges whose lists lead elsewhere when the count of what is done is added. */
CHECK(exchanges_that_lead_away)
{
	u64 *page = alloc_page(), mfn = virt_to_mfn(page);
	static u64 two[2], out[2];
	struct xen_memory_exchange e = {
		.in = { .nr_extents = 2, .domid = DOMID_SELF }, .out = { .nr_extents = 2, .domid = DOMID_SELF },
	};
	const struct { u64 start; u64 done; } t[] = {
		{ HYPERVISOR_LOW - 8, 1 }, { HYPERVISOR_LOW, 0 }, { HYPERVISOR_LOW + (1ul << 42), 1 },
		{ (word)out + (1ul << 63), 1 }, { ~7ul, 1 }, { 0x00007ffffffffff8ul, 1 }, { HYPERVISOR_LOW - 16, 3 },
		{ HYPERVISOR_LOW - (1ul << 40), 1ul << 37 }, { (word)out, 1ul << 61 },
	};

	POKE(u64, page, 0x1234);
	two[0] = mfn;
	two[1] = ~0ul;
	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		long rc;

		set_xen_guest_handle(e.in.extent_start, two);
		set_xen_guest_handle(e.out.extent_start, (xen_pfn_t *)t[i].start);
		e.nr_exchanged = t[i].done;
		rc = memory_op(XENMEM_exchange, &e);
		EXPECT_EQ_OF(rc < 0, 1, "case %u: %ld", i, rc);
		set_xen_guest_handle(e.out.extent_start, out);
		set_xen_guest_handle(e.in.extent_start, (xen_pfn_t *)t[i].start);
		e.nr_exchanged = t[i].done;
		rc = memory_op(XENMEM_exchange, &e);
		EXPECT_EQ_OF(rc < 0, 1, "case %u, in: %ld", i, rc);
	}
	/* A mapped frame and one that is nobody's: both stay what they are. */
	set_xen_guest_handle(e.in.extent_start, two);
	e.nr_exchanged = 0;
	EXPECT(memory_op(XENMEM_exchange, &e) < 0);
	EXPECT_EQ(e.nr_exchanged, 0);
	EXPECT_EQ(PEEK(u64, page), 0x1234);
	EXPECT_EQ(set_pte(page, PTE(mfn, PTE_RW)), 0);
	free_page(page);
}

#endif

/* XSA-231: memory asked for from a node that is not there. */
CHECK(memory_of_no_node)
{
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	u8 *page = alloc_page();
	xen_pfn_t pfn;
	long rc;

	EXPECT_EQ(set_pte(page, 0), 0);
	pfn = virt_to_mfn(page);
	set_xen_guest_handle(r.extent_start, &pfn);
	EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), 1);
	pfn = virt_to_pfn(page);
	for (unsigned int node = 64; node < 255; node += 63) {
		r.mem_flags = XENMEMF_exact_node(node);
		rc = memory_op(XENMEM_populate_physmap, &r);
		EXPECT_EQ_OF(rc > 0, 0, "node %u: %ld", node, rc);
	}
	r.mem_flags = 0;
	rc = memory_op(XENMEM_populate_physmap, &r);
	EXPECT_EQ(rc, 1);
	if (rc == 1) {
		p2m[virt_to_pfn(page)] = pfn;
		EXPECT_EQ(mmu_update_one((u64)pfn << 12 | MMU_MACHPHYS_UPDATE, virt_to_pfn(page)), 0);
		make_writable(page);
		free_page(page);
	}
}

/* XSA-168, 279: an address to forget that is none, or the hypervisor's. */
CHECK(any_address_may_be_forgotten)
{
	static const word t[] = {
		0, BAD_ADDRESS, BAD_ADDRESS - 1, ~0ul, HYPERVISOR_LOW, HYPERVISOR_HIGH - 1, 0x1ffff000,
#if WORD_HAS_64_BITS
		0x8000000000000000ul, 0x0123456789abcdeful, 0xffff830000000000ul,
#endif
	};
	static word all = ~0ul;

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_EQ_OF(mmuext(MMUEXT_INVLPG_LOCAL, t[i], 0), 0, "%#lx", t[i]);
		EXPECT_EQ_OF(mmuext(MMUEXT_INVLPG_ALL, t[i], 0), 0, "%#lx", t[i]);
		EXPECT_EQ_OF(mmuext(MMUEXT_INVLPG_MULTI, t[i], (word)&all), 0, "%#lx", t[i]);
	}
}

/* XSA-286, 292: an upper entry that has changed is not walked any more after the flush that belongs to it. */
CHECK(changed_upper_entries_are_seen)
{
	u64 *a = alloc_page(), *b = alloc_page(), *t1 = alloc_page(), *t2 = alloc_page();
	u64 at = pte_address(window(512), 2), was = entry_of(window(512), 2);
	volatile u64 *p = window(512);

	a[0] = 1;
	b[0] = 2;
	t1[0] = PTE(virt_to_mfn(a), PTE_RW);
	t2[0] = PTE(virt_to_mfn(b), PTE_RW);
	make_readonly(t1);
	make_readonly(t2);
	EXPECT_EQ(was, 0);
	EXPECT_EQ(mmu_update_one(at, PTE(virt_to_mfn(t1), PTE_RW)), 0);
	EXPECT_EQ(*p, 1);
	EXPECT_EQ(mmu_update_one(at, PTE(virt_to_mfn(t2), PTE_RW)), 0);
	mmuext(MMUEXT_INVLPG_LOCAL, (word)p, 0);
	EXPECT_EQ(*p, 2);
	/* t1 is no table any more; what was reached through it is not written. */
	make_writable(t1);
	EXPECT_EQ(mmu_update_one(at, 0), 0);
	mmuext(MMUEXT_INVLPG_ALL, (word)p, 0);
	EXPECT_EQ(TRY(*p = 3), TRAP_PF);
	make_writable(t2);
	free_page(a);
	free_page(b);
	free_page(t1);
	free_page(t2);
}

#if WORD_HAS_64_BITS	/* in ring 1, ring1/fleet.c and ring1/tables.c have those of 32 bits */
/* --- emulation --- */

/* Unpin a table and have its page back, or say that something still holds it. */
static void give_back(u64 *t)
{
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t), 0), 0);
	make_writable(t);
	free_page(t);
}

static u64 *table;		/* level 1, hanging nowhere */

/* Puts an entry there, runs the code, returns what is there then. */
#define WRITTEN(before, code...) ({						\
	EXPECT_EQ(mmu_update_one(virt_to_mfn(table) << 12, before), 0);		\
	EXPECT_EQ(mmu_update_one((virt_to_mfn(table) << 12) + 8, 0), 0);	\
	how = TRY(code);							\
	table[0]; })

#define WRITE(name, code...) static void write_##name(u64 *t) { code; }
WRITE(word, asm volatile ("movw $0x3300, (%0)" : : "r" (t) : "memory"))
WRITE(word_above, asm volatile ("movw $0x33, 2(%0)" : : "r" (t) : "memory"))
WRITE(upper_half, asm volatile ("movl $1, 4(%0)" : : "r" (t) : "memory"))
WRITE(odd, asm volatile ("movl $0, 1(%0)" : : "r" (t) : "memory"))
WRITE(inc, asm volatile ("incl 4(%0)" : : "r" (t) : "memory", "cc"))
WRITE(dec, asm volatile ("decw 2(%0)" : : "r" (t) : "memory", "cc"))
WRITE(not, asm volatile ("notb 2(%0)" : : "r" (t) : "memory", "cc"))
WRITE(neg, asm volatile ("negq (%0)" : : "r" (t) : "memory", "cc"))
WRITE(stos, asm volatile ("stosq" : "+D" (t) : "a" (0x2000ul) : "memory"))
WRITE(rep_stos, u32 n = 4; asm volatile ("rep stosl" : "+D" (t), "+c" (n) : "a" (0x20000) : "memory"))
WRITE(rep_stos_down, u64 n = 2; t++; asm volatile ("std; rep stosq; cld" : "+D" (t), "+c" (n) : "a" (0x2000ul) : "memory"))
WRITE(movs, u64 from = 0x3000; u64 *s = &from; asm volatile ("movsq" : "+D" (t), "+S" (s) : : "memory"))
/* From there the source of a string is not read; it must not be read from elsewhere either. */
WRITE(movs_fs, u64 from = 0x3000; u64 *s = &from; asm volatile (".byte 0x64; movsq" : "+D" (t), "+S" (s) : : "memory"))
WRITE(rep_movs, static const u16 from[] = { 0x4000, 1, 0, 0, 0x5000 }; const u16 *s = from; u64 n = 5;
      asm volatile ("rep movsw" : "+D" (t), "+S" (s), "+c" (n) : : "memory"))
WRITE(movnti, asm volatile ("movnti %1, (%0)" : : "r" (t), "r" (0x2000ul) : "memory"))
WRITE(repne, asm volatile (".byte 0xf2; movq $0x2000, (%0)" : : "r" (t) : "memory"))
WRITE(add_word, asm volatile ("addw $0x7000, (%0)" : : "r" (t) : "memory", "cc"))
WRITE(xadd_word, asm volatile ("xaddw %w1, (%0)" : "+r" (t) : "r" (0x6000) : "memory", "cc"))

static const struct { const char *name; void (*run)(u64 *t); u64 after, second; bool fault; } writes[] = {
	{ "word", write_word, 0x3300, 0, false }, { "word above", write_word_above, 0x331000, 0, false },
	{ "upper half", write_upper_half, 0x100001000, 0, false }, { "odd", write_odd, 0x1000, 0, true },
	{ "inc", write_inc, 0x100001000, 0, false }, { "dec", write_dec, 0xffff1000, 0, false },
	{ "not", write_not, 0xff1000, 0, false }, { "neg", write_neg, -0x1000ul, 0, false },
	{ "stos", write_stos, 0x2000, 0, false }, { "rep stos", write_rep_stos, 0x2000000020000, 0x2000000020000, false },
	{ "rep stos down", write_rep_stos_down, 0x2000, 0x2000, false }, { "movs", write_movs, 0x3000, 0, false },
	{ "movs by FS", write_movs_fs, 0x1000, 0, true }, { "rep movs", write_rep_movs, 0x14000, 0x5000, false }, { "movnti", write_movnti, 0x2000, 0, false },
	{ "repne", write_repne, 0x2000, 0, false }, { "add word", write_add_word, 0x8000, 0, false },
	{ "xadd word", write_xadd_word, 0x7000, 0, false },
};

/* Tables that show a page where 32 bits of an address reach; one for each level but the root. */
#define BELOW_4G	0x5000ul
static u64 *below[3];

static void show_below_4g(const void *page)
{
	u64 frame = virt_to_mfn(page), flags = PTE_RO;

	for (unsigned int i = 0; i < ARRAY_SIZE(below); i++) {
		below[i] = readonly_page();
		EXPECT_EQ(pin(below[i], i + 1), 0);
		EXPECT_EQ(mmu_update_one((virt_to_mfn(below[i]) << 12) + (i ? 0 : BELOW_4G >> 9), PTE(frame, flags)), 0);
		frame = virt_to_mfn(below[i]);
		flags = PTE_RW;
	}
	EXPECT_EQ(mmu_update_one(kernel_root << 12, PTE(frame, flags)), 0);
}

static void hide_below_4g(void)
{
	EXPECT_EQ(mmu_update_one(kernel_root << 12, 0), 0);
	for (unsigned int i = ARRAY_SIZE(below); i--;) {
		EXPECT_EQ(mmu_update_one((virt_to_mfn(below[i]) << 12) + (i ? 0 : BELOW_4G >> 9), 0), 0);
		give_back(below[i]);
	}
}

/* XSA-195, 200: bits far from their operand, a short compare-and-exchange of eight bytes. And sizes there are. */
CHECK(emulated_operands)
{
	u64 *page = alloc_page(), e = PTE(virt_to_mfn(page), PTE_RO) & ~PTE_P, rax, rdx, rdi, rsi, rcx, flags;
	int how;

	table = readonly_page();
	EXPECT_EQ(pin(table, 1), 0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);

	/* Bit 65 is bit 1 of the next entry; the first is as it was. */
	EXPECT_EQ(WRITTEN(e, asm volatile ("lock btsq %1, %0" : "+m" (table[0]) : "r" (65ul) : "memory", "cc")), e);
	EXPECT_EQ(how, NO_TRAP);
	EXPECT_EQ(table[1], 2);
	EXPECT_EQ(WRITTEN(e, asm volatile ("btsl %1, %0" : "+m" (table[1]) : "r" (-55) : "memory", "cc")), e | 1 << 9);
	EXPECT_EQ(how, NO_TRAP);
	EXPECT_EQ(WRITTEN(e, asm volatile ("btcq $73, %0" : "+m" (table[0]) : : "memory", "cc")), e | 1 << 9);
	EXPECT_EQ(how, NO_TRAP);

	/* The prefix for 16 bits changes nothing of it: edx:eax is what was there. */
	rax = rdx = 0x1111111111111111;
	EXPECT_EQ(WRITTEN(e, asm volatile (".byte 0x66, 0xf0, 0x0f, 0xc7, 0x0f; pushfq; popq %2"
			  : "+a" (rax), "+d" (rdx), "=r" (flags) : "D" (table), "b" (0ul), "c" (0ul) : "memory")), e);
	EXPECT_EQ(how, NO_TRAP);
	EXPECT_EQ(rax, (u32)e);
	EXPECT_EQ(rdx, e >> 32);
	EXPECT_EQ(flags & EFLAGS_ZF, 0);
	EXPECT_EQ(WRITTEN(e, asm volatile (".byte 0x66, 0xf0, 0x0f, 0xc7, 0x0f; pushfq; popq %2"
			  : "+a" (rax), "+d" (rdx), "=r" (flags)
			  : "D" (table), "b" (0x00ull), "c" (0x1ull) : "memory")), 1ul << 32);
	EXPECT_EQ(how, NO_TRAP);
	EXPECT_EQ(flags & EFLAGS_ZF, EFLAGS_ZF);
	/* Sixteen bytes are more than an entry. */
	rax = e;
	rdx = 0;
	EXPECT_EQ(WRITTEN(e, asm volatile ("lock cmpxchg16b %2" : "+a" (rax), "+d" (rdx), "+m" (*(__int128 *)table)
			  : "b" (0ul), "c" (0ul) : "memory", "cc")), e);
	EXPECT_EQ(how, TRAP_PF);

	/* And the other ways there are to write an entry. */
	for (unsigned int i = 0; i < ARRAY_SIZE(writes); i++) {
		u64 got = WRITTEN(0x1000, writes[i].run(table));

		EXPECT_EQ_OF(how, writes[i].fault ? TRAP_PF : NO_TRAP, "%s", writes[i].name);
		EXPECT_EQ_OF(got, writes[i].after, "%s", writes[i].name);
		EXPECT_EQ_OF(table[1], writes[i].second, "%s", writes[i].name);
	}
	rax = 0x1122;
	/* The carry flag is none of theirs; nor is memory that is nobody's. */
	EXPECT_EQ(WRITTEN(0x10fe, asm volatile ("stc; decl 4(%1); pushfq; popq %0" : "=r" (flags) : "r" (table) : "memory", "cc")),
		  0xffffffff000010fe);
	EXPECT_EQ(flags & EFLAGS_CF, EFLAGS_CF);
	EXPECT_EQ(WRITTEN(0xffffffffff0fe, asm volatile ("incq (%0)" : : "r" (table) : "memory", "cc")), 0xffffffffff0fe);
	EXPECT_EQ(how, TRAP_PF);

	/* String instructions with 32-bit addresses: of rdi, rsi and rcx the lower halves count, and the upper go. */
	show_below_4g(table);
	rdi = 0x7700000000ul | BELOW_4G;
	rcx = 0x7700000002ul;
	EXPECT_EQ(WRITTEN(0x1000, asm volatile ("addr32 rep stosq" : "+D" (rdi), "+c" (rcx) : "a" (0x2000ul) : "memory")), 0x2000);
	EXPECT_EQ(how, NO_TRAP);
	EXPECT_EQ(table[1], 0x2000);
	EXPECT_EQ(rdi, BELOW_4G + 16);
	EXPECT_EQ(rcx, 0);
	rdi = 0x7700000000ul | BELOW_4G;
	rsi = 0x7700000000ul | (BELOW_4G + 8);
	EXPECT_EQ(WRITTEN(0x1000, asm volatile ("addr32 movsq" : "+D" (rdi), "+S" (rsi) : : "memory")), 0);
	EXPECT_EQ(how, NO_TRAP);
	EXPECT_EQ(rdi, BELOW_4G + 8);
	EXPECT_EQ(rsi, BELOW_4G + 16);
	hide_below_4g();

	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(mmu_update_one(virt_to_mfn(table) << 12, 0), 0);
	EXPECT_EQ(mmu_update_one((virt_to_mfn(table) << 12) + 8, 0), 0);
	give_back(table);
	free_page(page);
}

#endif

/* --- instructions --- */

/* XSA-123: a segment override in front of an instruction that has no memory operand means nothing. */
CHECK(overrides_that_mean_nothing)
{
	const word cr0 = ({ word v; asm volatile ("mov %%cr0, %0" : "=r" (v)); v; });
	word v = 0;

	/* Into another register than the first: r9, where there is one. */
#if WORD_HAS_64_BITS
#define A_REGISTER "rax"
#define OTHER_REGISTER ".byte 0x49, 0x0f, 0x20, 0xc1; movq %%r9, %0" : "=r" (v) : : "r9"
#else
#define A_REGISTER "eax"
#define OTHER_REGISTER "movl %%cr0, %%ecx; movl %%ecx, %0" : "=r" (v) : : "ecx"
#endif

#define PREFIXED(prefix) do {								\
		v = 0;									\
		EXPECT_EQ(TRY(asm volatile (".byte " prefix "; mov %%cr0, %%" A_REGISTER : "=a" (v))), NO_TRAP);	\
		EXPECT_EQ(v, cr0);							\
		v = 0;									\
		EXPECT_EQ(TRY(asm volatile (".byte " prefix "; " OTHER_REGISTER)), NO_TRAP); \
		EXPECT_EQ(v, cr0);							\
		EXPECT_EQ(TRY(asm volatile (".byte " prefix "; rdmsr" : "=a" (v) : "c" (0xc0000080) : "edx")), NO_TRAP); \
		EXPECT_EQ(v >> 8 & 1, WORD_HAS_64_BITS);						\
		EXPECT_EQ(TRY(asm volatile (".byte " prefix "; inb $0xed, %%al" : "=a" (v))), NO_TRAP); \
	} while (0)
	EXPECT_EQ(HYP(physdev_op, PHYSDEVOP_set_iopl, &(struct physdev_set_iopl){ .iopl = 1 }, 0, 0, 0), 0);
	PREFIXED("0x26");
	PREFIXED("0x2e");
	PREFIXED("0x36");
	PREFIXED("0x3e");
	PREFIXED("0x64");
	PREFIXED("0x65");
	PREFIXED("0x65, 0x2e, 0x64");
	PREFIXED("0xf3");
	PREFIXED("0x67");
	/* LOCK and MOV from CR0 is CR8 on some, and nothing else's. */
	/* Longer than an instruction can be. */
	EXPECT_EQ(TRY(asm volatile (".fill 13, 1, 0x2e; mov %%cr0, %%" A_REGISTER : "=a" (v))), TRAP_GP);
}

#if WORD_HAS_64_BITS
#define DESC_CODE64	0x00affb000000ffffull
#define DESC_CODE32	0x00cffb000000ffffull
#define DESC_DATA	0x00cff3000000ffffull
#define BASE(b)		(((u64)(b) & 0xffffff) << 16 | ((u64)(b) & 0xff000000) << 32)

static u64 *gdt;
static void use_gdt(void)
{
	u64 mfn;

	if (!gdt)
		gdt = readonly_page();
	mfn = virt_to_mfn(gdt);
	EXPECT_EQ(HYP(set_gdt, &mfn, 512, 0, 0, 0), 0);
}
static long descriptor(unsigned int n, u64 desc)
{
	return HYP(update_descriptor, (virt_to_mfn(gdt) << 12) + n * 8, desc, 0, 0, 0);
}

/* What is privileged is emulated for a kernel in a 64-bit code segment of its own as well. */
CHECK(emulation_in_a_segment_of_ones_own)
{
	static u64 r9, cs;
	static u32 efer;

	use_gdt();
	EXPECT_EQ(descriptor(1, DESC_CODE64), 0);
	EXPECT_EQ(TRY(asm volatile (
		"pushq $0x0b; leaq 1f(%%rip), %%rax; pushq %%rax; lretq\n"
		"1: movl %%cs, %%eax; movq %%rax, %1\n"
		"movq %%cr0, %%r9; movq %%r9, %0\n"
		"movl $0xc0000080, %%ecx; rdmsr; movl %%eax, %2\n"
		"pushq $0xe033; leaq 2f(%%rip), %%rax; pushq %%rax; lretq\n"
		"2:" : "=m" (r9), "=m" (cs), "=m" (efer) : : "rax", "rcx", "rdx", "r9", "memory")), NO_TRAP);
	EXPECT_EQ(cs, 0x0b);
	EXPECT(r9 & 1);
	EXPECT(efer & 0x400);
}

#endif

/* --- entries --- */

static word int_80(word unused)
{
	asm volatile ("int $0x80" : : : "memory");
	return unused;
}
static word int_21(word unused)
{
	asm volatile ("int $0x21" : : : "memory");
	return unused;
}

/* XSA-259: INT through an entry that nobody has filled in, in both modes. */
CHECK(interrupts_without_an_entry)
{
	word r;

	use_user_root();
	EXPECT_EQ(HYP(set_trap_table, 0, 0, 0, 0, 0), 0);
	set_trap(TRAP_GP, 0, (word)trap_stubs + TRAP_GP * 16);
	EXPECT_EQ(TRY(int_80(0)), TRAP_GP);
	EXPECT_EQ(trap.error, 0x80 << 3 | 2);
	EXPECT_EQ(*(u8 *)trap.regs.R(ip), 0xcd);
	EXPECT_EQ(run_user(int_80, 0, &r), TRAP_GP);
	EXPECT_EQ(trap.error, 0x80 << 3 | 2);
	EXPECT_EQ(*(u8 *)trap.regs.R(ip), 0xcd);
	/* (Xen shows the error code as it comes, and this emulator's is wrong.) */
	EXPECT_EQ(TRY(int_21(0)), TRAP_GP);
	EXPECT_EQ(trap.error, 0x21 << 3 | 2);
	EXPECT_EQ(run_user(int_21, 0, &r), TRAP_GP);
	EXPECT_EQ(trap.error, 0x21 << 3 | 2);
	default_traps();
}

/* --- grants --- */

static u8 *granted;

static void granting(unsigned int version)
{
	grants_init(version);
	if (!granted)
		granted = alloc_page();
}

/* XSA-218, 224: mappings for a device and for the host are counted apart, and unmapped apart. */
CHECK(device_and_host_mappings)
{
	static const u32 ways[] = {
		GNTMAP_host_map | GNTMAP_device_map, GNTMAP_device_map,
		GNTMAP_host_map | GNTMAP_device_map | GNTMAP_readonly, GNTMAP_device_map | GNTMAP_readonly,
	};
	struct gnttab_map_grant_ref map;
	struct gnttab_unmap_grant_ref unmap;

	granting(1);
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		const u16 in_use = ways[i] & GNTMAP_readonly ? GTF_reading : GTF_reading | GTF_writing;

		grant_access(REF, own_id(), virt_to_mfn(granted), 0);
		map = (struct gnttab_map_grant_ref){ .host_addr = SLOT(0), .flags = ways[i], .ref = REF, .dom = own_id() };
		EXPECT_EQ(grant_op(GNTTABOP_map_grant_ref, &map, 1), 0);
		EXPECT_EQ_OF(map.status, GNTST_okay, "way %u", i);
		EXPECT_EQ_OF(map.dev_bus_addr, virt_to_mfn(granted) << 12, "way %u", i);
		EXPECT_EQ_OF(grants[REF].flags, GTF_permit_access | in_use, "way %u", i);
		/* The host's alone, where there is one: the device's keeps it busy. */
		unmap = (struct gnttab_unmap_grant_ref){ .host_addr = SLOT(0), .handle = map.handle };
		if (ways[i] & GNTMAP_host_map) {
			EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
			EXPECT_EQ_OF(unmap.status, GNTST_okay, "way %u", i);
			EXPECT_EQ_OF(grants[REF].flags, GTF_permit_access | in_use, "way %u", i);
			/* Again: it is not there. */
			EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
			EXPECT_EQ_OF(unmap.status, GNTST_okay, "way %u", i);
			EXPECT_EQ_OF(grants[REF].flags, GTF_permit_access | in_use, "way %u", i);
		}
		/* Of another frame. */
		unmap.host_addr = 0;
		unmap.dev_bus_addr = map.dev_bus_addr + PAGE_BYTES;
		EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
		EXPECT_EQ_OF(unmap.status, GNTST_bad_dev_addr, "way %u", i);
		EXPECT_EQ_OF(grants[REF].flags, GTF_permit_access | in_use, "way %u", i);
		unmap.dev_bus_addr = map.dev_bus_addr;
		EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
		EXPECT_EQ_OF(unmap.status, GNTST_okay, "way %u", i);
		EXPECT_EQ_OF(grants[REF].flags, GTF_permit_access, "way %u", i);
		EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
		EXPECT_EQ_OF(unmap.status, GNTST_bad_handle, "way %u", i);
		EXPECT(grant_end(REF));
	}
	/* Both at once. */
	grant_access(REF, own_id(), virt_to_mfn(granted), 0);
	map = (struct gnttab_map_grant_ref){ .host_addr = SLOT(0), .flags = ways[0], .ref = REF, .dom = own_id() };
	EXPECT_EQ(grant_op(GNTTABOP_map_grant_ref, &map, 1), 0);
	unmap = (struct gnttab_unmap_grant_ref){ .host_addr = SLOT(0), .dev_bus_addr = map.dev_bus_addr, .handle = map.handle };
	EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
	EXPECT_EQ(unmap.status, GNTST_okay);
	EXPECT(grant_end(REF));
	/* Of neither kind: nothing is done, and the handle stays. */
	EXPECT_EQ(set_pte(granted, PTE(virt_to_mfn(granted), PTE_RW)), 0);
}

/* XSA-227: the entry to map into is not where an entry can be, or not in a table of level 1. */
CHECK(entries_that_are_none)
{
	const u64 at = pte_address(window(2), 1);
	const u64 bad[] = {
		at + 1, at + 4, at + 7, virt_to_mfn(granted) << 12, pte_address(window(2), 2), pte_address(window(2), 3),
		kernel_root << 12, si->shared_info, 1ull << 51, ~7ull, 0xb8000,
	};
	struct gnttab_unmap_grant_ref unmap;
	u32 h;

	granting(1);
	grant_access(REF, own_id(), virt_to_mfn(granted), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ_OF(grant_map(own_id(), REF, bad[i], GNTMAP_host_map | GNTMAP_contains_pte, &h),
			     GNTST_general_error, "case %u", i);
		EXPECT_EQ_OF(grants[REF].flags, GTF_permit_access, "case %u", i);
	}
	EXPECT_EQ(grant_map(own_id(), REF, at, GNTMAP_host_map | GNTMAP_contains_pte, &h), GNTST_okay);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		unmap = (struct gnttab_unmap_grant_ref){ .host_addr = bad[i], .handle = h };
		EXPECT_EQ(grant_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
		EXPECT_EQ_OF(unmap.status, GNTST_general_error, "case %u", i);
	}
	EXPECT_EQ(grant_unmap(at, h), GNTST_okay);
	EXPECT(grant_end(REF));
	/* By address it is the page that counts. */
	grant_access(REF, own_id(), virt_to_mfn(granted), 0);
	EXPECT_EQ(grant_map(own_id(), REF, SLOT(2) + 8, GNTMAP_host_map, &h), GNTST_okay);
	EXPECT_EQ(grant_unmap(SLOT(2) + 16, h), GNTST_okay);
	EXPECT_EQ(pte_of(window(2)), 0);
	EXPECT(grant_end(REF));
}

/* XSA-226: grants that name grants, in a ring; the second is not followed. */
CHECK(transitive_rings)
{
	struct gnttab_copy c = { .len = 16, .flags = GNTCOPY_source_gref };
	u8 *to = alloc_page();

	granting(2);
	for (unsigned int i = 0; i < 2; i++) {
		grants2[REF + i].transitive.hdr.domid = own_id();
		grants2[REF + i].transitive.trans_domid = own_id();
		grants2[REF + i].transitive.gref = REF + 1 - i;
		barrier();
		grants2[REF + i].hdr.flags = GTF_transitive;
	}
	c.source.domid = own_id();
	c.source.u.ref = REF;
	c.dest.domid = DOMID_SELF;
	c.dest.u.gmfn = virt_to_mfn(to);
	EXPECT_EQ(grant_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status < 0);
	grants2[REF].transitive.gref = REF;
	EXPECT_EQ(grant_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status < 0);
	/* Nor one that leads to the granter itself. */
	grants2[REF + 1].hdr.flags = 0;
	grants2[REF + 1].full_page.frame = virt_to_mfn(granted);
	barrier();
	grants2[REF + 1].hdr.flags = GTF_permit_access;
	grants2[REF].transitive.gref = REF + 1;
	granted[3] = 77;
	EXPECT_EQ(grant_op(GNTTABOP_copy, &c, 1), 0);
	EXPECT(c.status < 0);
	EXPECT_EQ(grant_status[REF], 0);
	EXPECT_EQ(grant_status[REF + 1], 0);
	grants2[REF].hdr.flags = grants2[REF + 1].hdr.flags = 0;
	free_page(to);
	granting(1);
}

/* XSA-255, 379, 382: status frames are not had beyond their number, nor kept beyond version 2. */
CHECK(status_frames)
{
	struct gnttab_get_status_frames s = { .dom = DOMID_SELF };
	struct gnttab_set_version v = { .version = 1 };
	static u64 list[64];
	u64 frame;

	granting(2);
	set_xen_guest_handle(s.frame_list, list);
	memset(list, POISON, sizeof(list));
	s.nr_frames = 64;
	EXPECT_EQ(grant_op(GNTTABOP_get_status_frames, &s, 1), 0);
	EXPECT_EQ(s.status, GNTST_general_error);
	EXPECT(is_filled(list + 8, POISON, sizeof(list) - 64));
	s.nr_frames = 1;
	EXPECT_EQ(grant_op(GNTTABOP_get_status_frames, &s, 1), 0);
	EXPECT_EQ(s.status, GNTST_okay);
	frame = list[0];
	/* Mapped: version 2 stays, or the mapping would be of a frame that is the hypervisor's again. */
	EXPECT_EQ(grant_op(GNTTABOP_set_version, &v, 1), -EBUSY);
	EXPECT_EQ(v.version, 2);
	EXPECT_EQ(set_pte((void *)grant_status, 0), 0);
	v.version = 1;
	EXPECT_EQ(grant_op(GNTTABOP_set_version, &v, 1), 0);
	EXPECT_EQ(v.version, 1);
	EXPECT(set_pte(window(3), PTE(frame, PTE_RO)) < 0);
	EXPECT_EQ(pte_of(window(3)), 0);
	list[0] = 0;
	EXPECT_EQ(grant_op(GNTTABOP_get_status_frames, &s, 1), 0);
	EXPECT_EQ(s.status, GNTST_general_error);
	EXPECT_EQ(list[0], 0);
	set_pte(window(3), 0);
	granting(1);
}

/* --- events --- */

/* XSA-221: lists of ports that are not there, or too long. */
CHECK(polls_of_nothing)
{
	struct sched_poll p = { .timeout = 1 };
	static const struct { word list; u32 nr; int rc; } t[] = {
		{ 0, 1, -EFAULT }, { 0, 0, 0 }, { HYPERVISOR_HOLE, 1, -EFAULT }, { BAD_ADDRESS, 1, -EFAULT },
		{ ~3ul, 1, -EFAULT }, { ~1ul, 1, -EFAULT }, { 0, 129, -EINVAL }, { 0, ~0u, -EINVAL },
	};
	u32 port = ~0u;

	events_off();
	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		set_xen_guest_handle(p.ports, (u32 *)t[i].list);
		p.nr_ports = t[i].nr;
		EXPECT_EQ_OF(sched_op(SCHEDOP_poll, &p), t[i].rc, "case %u", i);
	}
	set_xen_guest_handle(p.ports, &port);
	p.nr_ports = 1;
	EXPECT_EQ(sched_op(SCHEDOP_poll, &p), -EINVAL);
}

/* XSA-317, 342: refused allocations use up nothing, and no port is beyond the bitmaps. */
CHECK(ports_to_the_last)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain b = { .remote_dom = 0x7000 };
	struct evtchn_bind_virq virq = { .virq = 1000 };
	unsigned int had[2];
	long rc;

	for (unsigned int round = 0; round < 2; round++) {
		unsigned int highest = 0, first = 0;

		for (unsigned int i = 0; i < 5000; i++) {
			rc = event_op(EVTCHNOP_alloc_unbound, &a);
			if (rc)
				break;
			if (!first)
				first = a.port;
			if (a.port > highest)
				highest = a.port;
		}
		EXPECT_EQ(rc, -ENOSPC);
		EXPECT(highest < WORD_BITS * WORD_BITS);
		had[round] = highest - first;
		for (unsigned int port = first; port <= highest; port++)
			close_port(port);
		for (unsigned int i = 0; i < 5000 && !round; i++) {
			event_op(EVTCHNOP_bind_interdomain, &b);
			event_op(EVTCHNOP_bind_virq, &virq);
		}
	}
	EXPECT_EQ(had[0], had[1]);
}

/* --- vcpus --- */

/* XSA-193, 296: a vcpu that cannot be made is not half made, and may be made afterwards. */
CHECK(contexts_refused)
{
	static struct vcpu_guest_context c, bad;
	u64 *data;

	/* Before anything else: is there such a vcpu, is it made already, can the context be read? */
	EXPECT_EQ(vcpu_op(VCPUOP_initialise, 0, 0), -EFAULT);
	EXPECT_EQ(vcpu_op(VCPUOP_initialise, 7777, 0), -ENOENT);
	if (nr_vcpus() < 2) {
		skip("one vcpu");
		return;
	}
	data = alloc_page();
	fill_context(&c, 1, NULL);
	EXPECT_EQ(vcpu_op(VCPUOP_initialise, 1, 0), -EFAULT);
	EXPECT_EQ(vcpu_op(VCPUOP_initialise, 1, HYPERVISOR_HOLE), -EFAULT);
#define REFUSED(change) do { bad = c; bad.change; EXPECT_EQ_OF(vcpu_op(VCPUOP_initialise, 1, &bad), -EINVAL, "%s", #change); } while (0)
#if WORD_HAS_64_BITS
	REFUSED(fs_base = NON_CANONICAL);
	REFUSED(gs_base_kernel = NON_CANONICAL);
	REFUSED(gs_base_user = 1ul << 62);
	REFUSED(user_regs.rip = NON_CANONICAL);
	REFUSED(event_callback_eip = NON_CANONICAL);
	REFUSED(failsafe_callback_eip = NON_CANONICAL);
	REFUSED(syscall_callback_eip = NON_CANONICAL);
	REFUSED(ctrlreg[1] = virt_to_mfn(data) << 12);
	REFUSED(flags = 0);
#endif
	REFUSED(ctrlreg[3] = 0);
	REFUSED(ctrlreg[3] = ROOT_TO_CR3(virt_to_mfn(data)));
	REFUSED(ctrlreg[3] = ROOT_TO_CR3(si->shared_info >> 12));
	REFUSED(gdt_ents = 0x10000);
	REFUSED(gdt_ents = 512);
	REFUSED(ldt_base = 8);
	REFUSED(ldt_ents = 8193);
	/* Nobody holds that page. */
	make_readonly(data);
	make_writable(data);
	free_page(data);
	EXPECT_EQ(vcpu_op(VCPUOP_is_up, 1, 0), 0);
	EXPECT_EQ(vcpu_op(VCPUOP_initialise, 1, &c), 0);
	EXPECT_EQ(vcpu_op(VCPUOP_initialise, 1, &c), -EEXIST);
}
