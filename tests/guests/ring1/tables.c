// SPDX-License-Identifier: GPL-2.0-only
/* Page tables of a ring-1 guest: roots of four entries, and what may not be in them. */
#include "ring1.h"
#include <public/features.h>

#define HV_FIRST	((0xf5800000u >> 21) & 511)
#define TABLE		(PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

u64 *walk_l1(word va)
{
	return (u64 *)table_of((void *)va, 1) + (va >> 12 & 511);
}

CHECK(start_of_day)
{
	struct xen_feature_info features = { .submap_idx = 0 };

	EXPECT_EQ(boot_ds, FLAT_RING1_DS);
	/* A kernel that knows plain cr3 values alone has a root that one can name. */
	EXPECT_EQ(HYP(xen_version, XENVER_get_features, &features, 0, 0, 0), 0);
	if (is_dom0 && !(features.submap & 1u << XENFEAT_pae_pgdir_above_4gb))	/* (the library builds guests without a thought for it) */
		EXPECT(virt_to_mfn(ROOT) < 1u << 20);
	/* Only the last one must be there. */
	for (u32 i = is_dom0 ? 0 : 3; i < 4; i++)
		EXPECT(ROOT[i] & PTE_P);
	for (u32 i = 4; i < 512; i++)
		EXPECT_EQ(ROOT[i], 0);
}

/* A copy of the present root, with a kernel level-2 table of its own; both read-only. */
struct root { u64 *l3, *l2; };
static struct root new_root(void)
{
	struct root r = { alloc_page(), alloc_page() };

	memcpy(r.l3, ROOT, 32);
	memcpy(r.l2, TABLE_IN(3), HV_FIRST * 8);
	r.l3[3] = virt_to_mfn(r.l2) << 12 | PTE_P;
	return r;
}
static void seal(struct root *r)
{
	make_readonly(r->l3);
	make_readonly(r->l2);
}
static void unseal(struct root *r)
{
	make_writable(r->l3);
	make_writable(r->l2);
}

CHECK(roots)
{
	struct root r = new_root();
	u64 m;

	/* What stands in the hypervisor's slots is nobody's business, and gone afterwards. */
	r.l2[HV_FIRST] = 0x1234567000ull | TABLE;
	r.l2[511] = ~0ull;
	r.l3[4] = r.l3[100] = ~0ull;
	seal(&r);
	m = virt_to_mfn(r.l3);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, m, 0), 0);
	EXPECT_EQ(r.l3[4], 0);
	EXPECT_EQ(r.l3[100], 0);
	EXPECT(r.l2[HV_FIRST] & 0x80);
	EXPECT_EQ(r.l2[511], 0);
	EXPECT_EQ(set_pte(r.l3, PTE(virt_to_mfn(r.l3), PTE_RW)), -EBUSY);
	EXPECT_EQ(set_pte(r.l2, PTE(virt_to_mfn(r.l2), PTE_RW)), -EBUSY);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, m, 0), 0);
	EXPECT_EQ(M2P[virt_to_mfn(ROOT)], virt_to_pfn(ROOT));
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, m, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(ROOT), 0), 0);
	/* Slots: 0 to 2 can change, the last one cannot, and the others are not there. */
	EXPECT_EQ(mmu_update_one((m << 12) + 24, r.l3[3]), -EINVAL);
	EXPECT_EQ(mmu_update_one((m << 12) + 24, 0), -EINVAL);
	EXPECT_EQ(mmu_update_one((m << 12) + 32, r.l3[0]), -EINVAL);
	EXPECT_EQ(mmu_update_one(m << 12, 0), 0);
	EXPECT_EQ(mmu_update_one((virt_to_mfn(r.l2) << 12) + HV_FIRST * 8, 0), -EINVAL);
	EXPECT_EQ(mmu_update_one((virt_to_mfn(r.l2) << 12) + 511 * 8, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, m, 0), 0);
	EXPECT_EQ(r.l2[HV_FIRST], 0);
	unseal(&r);
}

CHECK(bad_roots)
{
	struct root r = new_root(), q = new_root();
	u64 keep = r.l3[3];

	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(r.l3), 0), -EINVAL);		/* writable */
	EXPECT_EQ(mmuext(MMUEXT_PIN_L4_TABLE, virt_to_mfn(r.l3), 0), -EINVAL);
	r.l3[3] = 0;
	seal(&r);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(r.l3), 0), -EINVAL);		/* no last slot */
	unseal(&r);
	r.l3[3] = ROOT[3];
	seal(&r);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(r.l3), 0), -EINVAL);		/* another root's */
	unseal(&r);
	r.l3[3] = keep;
	q.l3[3] = keep;
	seal(&r);
	seal(&q);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(r.l3), 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(q.l3), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(r.l3), 0), 0);
	unseal(&q);
	q.l3[0] = virt_to_mfn(r.l2) << 12 | PTE_P;					/* last table as an earlier one's too */
	q.l3[3] = keep;
	seal(&q);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(q.l3), 0), -EINVAL);
	unseal(&q);
	unseal(&r);
	/* A table that is a level-2 table already, but an ordinary one; every flag that hardware allows is set. */
	q.l3[0] = ROOT[0];
	q.l3[3] = keep | PTE_U;
	seal(&q);
	seal(&r);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(r.l2), 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(q.l3), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(r.l2), 0), 0);
	unseal(&r);
	unseal(&q);
	q.l3[3] = virt_to_mfn(q.l2) << 12 | PTE_P;
	/* Large pages, and the root in its own last slot. */
	r.l3[3] = keep;
	r.l2[0] = 0x200000 | TABLE | 0x80;
	seal(&r);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(r.l3), 0), -EINVAL);
	unseal(&r);
	r.l2[0] = 0;
	r.l3[3] = virt_to_mfn(r.l3) << 12 | PTE_P;
	seal(&r);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(r.l3), 0), -EINVAL);
	unseal(&r);
}

CHECK(tables_are_not_writable)
{
	u64 *l1 = walk_l1(VIRT_BASE), m = virt_to_mfn(l1);
	u8 *p = alloc_page();

	EXPECT_EQ(set_pte(p, m << 12 | PTE_RW), -EBUSY);
	EXPECT_EQ(set_pte(p, m << 12 | PTE_P), 0);
	make_writable(p);
	/* Frames of nobody, and ones that do not exist. */
	EXPECT_EQ(set_pte(p, (u64)0xfffffffff << 12 | PTE_P) != 0, 1);
	EXPECT_EQ(set_pte(p, 1ull << 51 | PTE_P) != 0, 1);
	EXPECT_EQ(HYP(update_va_mapping, 0xf5800000, 0, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(update_va_mapping, 0xf6800000, 0, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(update_va_mapping, 0xfffff000, 0, 0, 0, 0), -EINVAL);
}

/* --- writes to tables that are emulated --- */

CHECK(written_tables)
{
	u8 *p = alloc_page();
	volatile u64 *e = walk_l1((u32)p);
	const u64 mine = virt_to_mfn(p) << 12 | PTE_RW;
	u32 lo = LO(mine), hi = HI(mine), b = 0, c = 0;
	u8 ok;

	EXPECT_EQ(TRY(*(volatile u32 *)e = 0), TRAP_PF);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	/* As a PAE kernel clears and sets an entry: halves, and the whole by cmpxchg8b. */
	EXPECT_EQ(TRY(*(volatile u32 *)e = 0), NO_TRAP);
	EXPECT_EQ((u32)*e, 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_LOCAL, (u32)p, 0), 0);
	EXPECT_EQ(TRY(*p = 1), TRAP_PF);
	EXPECT_EQ(TRY(((volatile u32 *)e)[1] = hi), NO_TRAP);
	EXPECT_EQ(TRY(*(volatile u32 *)e = lo), NO_TRAP);
	EXPECT_EQ(TRY(*p = 1), NO_TRAP);
	lo = *e;
	hi = *e >> 32;
	EXPECT_EQ(TRY(asm volatile ("lock cmpxchg8b %0; sete %1" : "+m" (*e), "=q" (ok), "+a" (lo), "+d" (hi)
				    : "b" (b), "c" (c))), NO_TRAP);
	EXPECT_EQ(ok, 1);
	EXPECT_EQ((u32)*e, 0);
	EXPECT_EQ(TRY(asm volatile ("lock cmpxchg8b %0; sete %1" : "+m" (*e), "=q" (ok), "+a" (lo), "+d" (hi)
				    : "b" (b), "c" (c))), NO_TRAP);
	EXPECT_EQ(ok, 0);
	b = LO(mine);
	lo = hi = 0;
	EXPECT_EQ(TRY(asm volatile ("lock cmpxchg8b %0; sete %1" : "+m" (*e), "=q" (ok), "+a" (lo), "+d" (hi)
				    : "b" (b), "c" (HI(mine)))), NO_TRAP);
	EXPECT_EQ(ok, 1);
	EXPECT_EQ(TRY(*p = 1), NO_TRAP);
	/* Not what is not allowed. */
	lo = LO(virt_to_mfn(ROOT) << 12 | PTE_RW);
	EXPECT_EQ(TRY(*(volatile u32 *)e = lo), TRAP_PF);
	EXPECT_EQ(TRY(asm volatile ("lock; btrl $1, %0" : "+m" (*e))), NO_TRAP);
	EXPECT_EQ(*e & PTE_W, 0);
	make_writable(p);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
}

/* --- memory, in 32-bit lists --- */

CHECK(reservations)
{
	u8 *p = alloc_page();
	u32 frame = virt_to_mfn(p), back;
	struct { u32 extents, nr, order, flags; domid_t domid; } r = { (u32)&frame, 1, 0, 0, DOMID_SELF };

	EXPECT_EQ(HYP(memory_op, XENMEM_decrease_reservation, &r, 0, 0, 0), 1);
	EXPECT_EQ(set_pte(p, 0), 0);
	back = virt_to_pfn(p);
	r.extents = (u32)&back;
	EXPECT_EQ(HYP(memory_op, XENMEM_populate_physmap, &r, 0, 0, 0), 1);
	EXPECT_EQ(M2P[back], virt_to_pfn(p));
	((u32 *)si->mfn_list)[virt_to_pfn(p)] = back;
	make_writable(p);
	EXPECT_EQ(TRY(*p = 1), NO_TRAP);
	EXPECT(HYP(memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0) > 1000);
}
