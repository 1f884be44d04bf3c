// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attacks on the types of frames: ways to get a writable mapping of a page
 * table, to make a table out of what is none, or to reach a frame that is
 * somebody else's. All must be refused, and leave everything as it was.
 */
#include "lib.h"

#define PIN(level) (MMUEXT_PIN_L1_TABLE + (level) - 1)
/* Levels at which a table may be empty: in three, a root must have its last slot. */
#define EMPTY_LEVELS	(PT_LEVELS == 4 ? 4 : 2)

static u64 *new_readonly(void)
{
	u64 *t = alloc_page();

	make_readonly(t);
	return t;
}

static long pin(void *page, unsigned int level)
{
	return mmuext(PIN(level), virt_to_mfn(page), 0);
}

static long unpin(void *page)
{
	return mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(page), 0);
}

/* Back to the allocator: proves that nothing holds its type any more. */
static void release(void *page)
{
	long rc = set_pte(page, PTE(virt_to_mfn(page), PTE_RW));

	if (rc)
		fail("%p cannot become writable again: %ld", page, rc);
	else
		free_page(page);
}

/* A page that is a pinned level-1 table. */
static u64 *new_table(void)
{
	u64 *t = new_readonly();

	EXPECT_EQ(pin(t, 1), 0);
	return t;
}

static void drop_table(u64 *t)
{
	EXPECT_EQ(unpin(t), 0);
	release(t);
}

/* --- pinning --- */

CHECK(pin_refuses_writable)
{
	u64 *t = alloc_page();

	for (unsigned int level = 1; level <= PT_LEVELS; level++)
		EXPECT_EQ_OF(pin(t, level), -EINVAL, "level %u", level);
	free_page(t);
}

CHECK(pin_each_level)
{
	u64 *t = new_readonly();

	for (unsigned int level = 1; level <= EMPTY_LEVELS; level++) {
		EXPECT_EQ_OF(pin(t, level), 0, "level %u", level);
		for (unsigned int other = 1; other <= PT_LEVELS; other++)
			EXPECT_EQ_OF(pin(t, other), -EINVAL, "level %u as %u", level, other);
		EXPECT_EQ_OF(set_pte(t, PTE(virt_to_mfn(t), PTE_RW)), -EBUSY, "level %u", level);
		EXPECT_EQ_OF(unpin(t), 0, "level %u", level);
		EXPECT_EQ_OF(unpin(t), -EINVAL, "level %u", level);
	}
	if (EMPTY_LEVELS < PT_LEVELS)
		EXPECT_EQ(pin(t, PT_LEVELS), -EINVAL);
	release(t);
}

CHECK(unpin_what_is_not_pinned)
{
	u64 *t = alloc_page();

	EXPECT_EQ(unpin(t), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(table_of(si, 1)), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, 0, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, ~0ul, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, ~0ul, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, ~0ul >> 8, 0), -EINVAL);
	free_page(t);
}

CHECK(pin_shared_info)
{
	for (unsigned int level = 1; level <= PT_LEVELS; level++)
		EXPECT_EQ_OF(mmuext(PIN(level), si->shared_info >> 12, 0), -EINVAL, "level %u", level);
}

CHECK(unpin_current_root)
{
	/* Dom0's root comes pinned, as a toolstack pins that of others. */
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, kernel_root, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, kernel_root, 0), -EINVAL);
	EXPECT_EQ(set_pte(window(0), PTE(kernel_root, PTE_RW)), -EBUSY);
	EXPECT_EQ(mmuext(PIN(PT_LEVELS - 1), kernel_root, 0), -EINVAL);
	EXPECT_EQ(mmuext(PIN_ROOT, kernel_root, 0), 0);
}

/* --- writable mappings of tables --- */

static u64 *level_tables(unsigned int level)
{
	return table_of(si, level);
}

CHECK(map_table_writable)
{
	for (unsigned int level = 1; level <= PT_LEVELS; level++) {
		u64 mfn = virt_to_mfn(level_tables(level)), at = pte_address(window(0), 1);

		EXPECT_EQ_OF(update_va(window(0), PTE(mfn, PTE_RW), 0), -EBUSY, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(mfn, PTE_RW)), -EBUSY, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at | MMU_PT_UPDATE_PRESERVE_AD, PTE(mfn, PTE_RW)), -EBUSY, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at | MMU_PT_UPDATE_NO_TRANSLATE, PTE(mfn, PTE_RW)), -EBUSY, "level %u", level);
		EXPECT_EQ_OF(update_va(window(0), PTE(mfn, PTE_RO), 0), 0, "level %u", level);
		/* From read-only to writable in place. */
		EXPECT_EQ_OF(update_va(window(0), PTE(mfn, PTE_RW), 0), -EBUSY, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(mfn, PTE_RW)), -EBUSY, "level %u", level);
		EXPECT_EQ_OF(PTE_FRAME(pte_of(window(0))), mfn, "level %u", level);
		EXPECT_EQ_OF(pte_of(window(0)) & PTE_W, 0, "level %u", level);
		EXPECT_EQ_OF(update_va(window(0), 0, UVMF_INVLPG), 0, "level %u", level);
	}
}

CHECK(map_table_writable_by_emulation)
{
	u64 *slot = (u64 *)table_of(window(0), 1), mfn = virt_to_mfn(table_of(si, 1));

	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(TRY(write_new_entry(slot, PTE(mfn, PTE_RO))), NO_TRAP);
	EXPECT_EQ(PTE_FRAME(pte_of(window(0))), mfn);
	EXPECT_EQ(TRY(POKE(u64, slot, PTE(mfn, PTE_RW))), TRAP_PF);
	EXPECT_EQ(trap.error, 3);
	EXPECT_EQ(trap.cr2, (word)slot);
	EXPECT_EQ(TRY(asm volatile ("lock or" OF_WORD " $2, %0" : "+m" (*slot))), TRAP_PF);
	EXPECT_EQ(TRY(asm volatile ("lock bts" OF_WORD " $1, %0" : "+m" (*slot))), TRAP_PF);
	EXPECT_EQ(TRY(asm volatile ("lock add" OF_WORD " $2, %0" : "+m" (*slot))), TRAP_PF);
	EXPECT_EQ(TRY(asm volatile ("orb $2, %0" : "+m" (*slot))), TRAP_PF);
	EXPECT_EQ(TRY(POKE(u8, slot, PTE_RW & 0xff)), TRAP_PF);
	EXPECT_EQ(pte_of(window(0)) & PTE_W, 0);
	EXPECT_EQ(TRY(POKE(u64, slot, 0)), NO_TRAP);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(TRY(POKE(u64, slot, 0)), TRAP_PF);
}

CHECK(emulation_leaves_upper_tables)
{
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	for (unsigned int level = 2; level <= PT_LEVELS; level++)
		EXPECT_EQ_OF(TRY(POKE(u64, (u64 *)table_of(si, level) + 300, 0)), TRAP_PF, "level %u", level);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
}

/* Validation of a new table sees what it holds, itself included. */
CHECK(table_maps_table_writable)
{
	u64 *t = alloc_page();

	t[7] = PTE(virt_to_mfn(table_of(si, 2)), PTE_RW);
	make_readonly(t);
	EXPECT_EQ(pin(t, 1), -EBUSY);
	make_writable(t);
	t[7] = PTE(virt_to_mfn(t), PTE_RW);
	make_readonly(t);
	EXPECT_EQ(pin(t, 1), -EBUSY);
	make_writable(t);
	t[7] = PTE(virt_to_mfn(t), PTE_RO);
	make_readonly(t);
	EXPECT_EQ(pin(t, 1), 0);
	EXPECT_EQ(unpin(t), 0);
	release(t);
}

/* A frame that is mapped writable by one table cannot be a table in the same breath. */
CHECK(table_pins_its_target)
{
	u64 *t = alloc_page(), *data = alloc_page();

	t[0] = PTE(virt_to_mfn(data), PTE_RW);
	make_readonly(t);
	EXPECT_EQ(pin(t, 1), 0);
	EXPECT_EQ(set_pte(data, PTE(virt_to_mfn(data), PTE_RO)), 0);
	EXPECT_EQ(pin(data, 1), -EINVAL);		/* t maps it */
	EXPECT_EQ(mmu_update_one(virt_to_mfn(t) << 12, PTE(virt_to_mfn(data), PTE_RO)), 0);
	EXPECT_EQ(pin(data, 1), 0);
	EXPECT_EQ(mmu_update_one(virt_to_mfn(t) << 12, PTE(virt_to_mfn(data), PTE_RW)), -EBUSY);
	EXPECT_EQ(unpin(data), 0);
	EXPECT_EQ(unpin(t), 0);
	release(t);
	release(data);
}

/* A translation that a CPU remembers must be gone when the type changes. */
CHECK(no_stale_translation)
{
	u64 *t = alloc_page();

	t[1] = 0;
	EXPECT_EQ(update_va(t, PTE(virt_to_mfn(t), PTE_RO), UVMF_NONE), 0);	/* no flush by us */
	EXPECT_EQ(pin(t, 1), 0);
	EXPECT_EQ(TRY(POKE(u64, t + 1, PTE(kernel_root, PTE_RW))), TRAP_PF);
	EXPECT_EQ(t[1], 0);
	drop_table(t);
}

CHECK(write_table_by_other_ways)
{
	u64 *t = new_table(), *data = alloc_page(), mfn = virt_to_mfn(t);
	struct vcpu_register_vcpu_info info = { .mfn = mfn };
	struct physdev_pirq_eoi_gmfn eoi = { .gmfn = mfn };

	EXPECT_EQ(mmuext(MMUEXT_CLEAR_PAGE, mfn, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_COPY_PAGE, mfn, virt_to_mfn(data)), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(data), mfn), 0);
	EXPECT_EQ(update_descriptor(mfn << 12, 0), -EINVAL);
	EXPECT_EQ(vcpu_op(VCPUOP_register_vcpu_info, 0, &info), -EINVAL);
	EXPECT_EQ(physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &eoi), -EINVAL);
	EXPECT_EQ(TRY(asm volatile ("wrmsr" :: "c" (0x40000000), "a" ((u32)(mfn << 12)), "d" ((u32)(mfn >> 20)))), TRAP_GP);
	EXPECT(is_filled(t, 0, PAGE_BYTES));
	free_page(data);
	drop_table(t);
}

/* --- entries of upper levels --- */

CHECK(upper_entries_refused)
{
	u64 *t = new_readonly(), *data = alloc_page();

	for (unsigned int level = 2; level <= EMPTY_LEVELS; level++) {
		u64 at = virt_to_mfn(t) << 12;

		EXPECT_EQ_OF(pin(t, level), 0, "level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(data), PTE_RW)), -EINVAL, "data at level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(data), PTE_RW | PTE_PSE)), -EINVAL, "large at level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(t), PTE_RW)), -EINVAL, "itself at level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(table_of(si, level)), PTE_RW)), -EINVAL, "same at level %u", level);
		if (level > 2)
			EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(table_of(si, level - 2)), PTE_RW)), -EINVAL, "two below %u", level);
		if (level < PT_LEVELS)
			EXPECT_EQ_OF(mmu_update_one(at, PTE(virt_to_mfn(table_of(si, level + 1)), PTE_RW)), -EINVAL, "one above %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(si->shared_info >> 12, PTE_RW)), -EINVAL, "shared_info at level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at, PTE(~0ull >> 12, PTE_RW)), -EINVAL, "no frame at level %u", level);
		EXPECT_EQ_OF(mmu_update_one(at + 4, 0), -ENOSYS, "level %u", level);
		EXPECT_EQ_OF(unpin(t), 0, "level %u", level);
	}
	free_page(data);
	release(t);
}

/* The same entries, found while a table is validated. */
CHECK(upper_tables_refused)
{
	u64 *t = alloc_page(), *data = alloc_page();

	for (unsigned int level = 2; level <= PT_LEVELS; level++) {
		const u64 bad[] = {
			PTE(virt_to_mfn(data), PTE_RW), PTE(virt_to_mfn(data), PTE_RW | PTE_PSE),
			PTE(virt_to_mfn(t), PTE_RW), PTE(virt_to_mfn(table_of(si, level)), PTE_RW),
			PTE(si->shared_info >> 12, PTE_RW), PTE_ADDR | PTE_RW, 1ull << 51 | PTE_RW,
		};

		for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
			make_writable(t);
			t[0] = t[511] = 0;
			t[level == 3 && PT_LEVELS == 3 ? 2 : 511] = bad[i];
			make_readonly(t);
			EXPECT_EQ_OF(pin(t, level), -EINVAL, "level %u case %u", level, i);
		}
	}
	free_page(data);
	make_writable(t);
	free_page(t);
}

/* Half of a table is good: the references of that half must be let go of. */
CHECK(failed_validation_undone)
{
	u64 *l2 = alloc_page(), *l1[8], *data = alloc_page();

	for (unsigned int i = 0; i < 8; i++) {
		l1[i] = alloc_page();
		l1[i][3] = PTE(virt_to_mfn(data), PTE_RW);
		make_readonly(l1[i]);
		l2[i * 10] = PTE(virt_to_mfn(l1[i]), PTE_RW);
	}
	l2[200] = PTE(virt_to_mfn(data), PTE_RW);	/* no table */
	make_readonly(l2);
	EXPECT_EQ(pin(l2, 2), -EINVAL);
	for (unsigned int i = 0; i < 8; i++)
		release(l1[i]);
	release(l2);
	make_readonly(data);
	EXPECT_EQ(pin(data, 1), 0);			/* nobody maps it writable */
	EXPECT_EQ(unpin(data), 0);
	release(data);
}

CHECK(reserved_bits)
{
	u64 *data = alloc_page(), mfn = virt_to_mfn(data);
	u64 at = pte_address(window(0), 1);

	EXPECT_EQ(mmu_update_one(at, PTE(mfn, PTE_RW) | 1ull << 51), -EPERM);
	EXPECT_EQ(mmu_update_one(at, PTE(mfn, PTE_RW) | 1ull << 50), -EPERM);
	EXPECT_EQ(mmu_update_one(at, PTE(mfn, PTE_RW) | PTE_PSE), 0);	/* PAT at this level */
	EXPECT_EQ(mmu_update_one(at, PTE(mfn, PTE_RW | 0xe00)), 0);	/* the guest's own bits */
	EXPECT_EQ(pte_of(window(0)) & 0xe00, 0xe00);
	/* Every entry of a 64-bit guest is for user mode, for its kernel is there. */
	EXPECT_EQ(mmu_update_one(at, PTE(mfn, PTE_P | PTE_W)), 0);
	EXPECT_EQ(pte_of(window(0)) & PTE_U, WORD_HAS_64_BITS ? PTE_U : 0);
	EXPECT_EQ(mmu_update_one(at, 0xdeadbeef000ull << 1), 0);	/* not present: anything */
	EXPECT_EQ(pte_of(window(0)), 0xdeadbeef000ull << 1);
	EXPECT_EQ(mmu_update_one(at, 0), 0);
	free_page(data);
}

#if PT_LEVELS == 4	/* of three, ring1/tables.c */
CHECK(hypervisor_slots)
{
	u64 *t = alloc_page(), *data = alloc_page();

	for (unsigned int i = HYPERVISOR_SLOT; i < HYPERVISOR_SLOT + 16; i++) {
		EXPECT_EQ_OF(mmu_update_one((kernel_root << 12) + i * 8, 0), -EINVAL, "slot %u", i);
		EXPECT_EQ_OF(mmu_update_one((kernel_root << 12) + i * 8, PTE(virt_to_mfn(table_of(si, 3)), PTE_RW)),
			     -EINVAL, "slot %u", i);
		EXPECT_EQ_OF(mmu_update_one(((kernel_root << 12) + i * 8) | MMU_PT_UPDATE_PRESERVE_AD, 0), -EINVAL, "slot %u", i);
		t[i] = PTE(virt_to_mfn(data), PTE_RW);
	}
	make_readonly(t);
	EXPECT_EQ(pin(t, 4), 0);
	for (unsigned int i = HYPERVISOR_SLOT; i < HYPERVISOR_SLOT + 16; i++)
		EXPECT_EQ_OF(PTE_FRAME(t[i]) == virt_to_mfn(data), 0, "slot %u", i);
	EXPECT_EQ(unpin(t), 0);
	/* What they held is not left for the guest to read. */
	for (unsigned int i = HYPERVISOR_SLOT; i < HYPERVISOR_SLOT + 16; i++)
		EXPECT_EQ_OF(t[i], 0, "slot %u", i);
	release(t);
	free_page(data);
}

/* A table may be seen through itself, but only read-only. */
CHECK(linear_tables)
{
	u64 *root = pfn_to_virt(M2P[kernel_root]), at = (kernel_root << 12) + 300 * 8;
	word linear = 0xffff000000000000 | 300ul << 39 | 300ul << 30 | 300ul << 21 | 300ul << 12;

	EXPECT_EQ(mmu_update_one(at, PTE(kernel_root, PTE_RW)), -EINVAL);
	EXPECT_EQ(mmu_update_one(at, PTE(kernel_root, PTE_RO)), 0);
	EXPECT_EQ(PEEK(u64, linear + 300 * 8), root[300]);
	EXPECT_EQ(TRY(POKE(u64, linear, 0)), TRAP_PF);
	EXPECT_EQ(update_va(linear, 0, 0), -EINVAL);
	EXPECT_EQ(mmu_update_one(at, PTE(kernel_root, PTE_RW)), -EINVAL);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(TRY(POKE(u64, linear, 0)), TRAP_PF);
	/* The entry of a level-1 table in its linear place is a level-1 entry like any other. */
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables, 0, 0, 0), 0);
	EXPECT_EQ(mmu_update_one(at, 0), 0);
}

/* Two roots that name each other would never go. */
CHECK(linear_tables_of_others)
{
	u64 *a = new_readonly(), *b = new_readonly();

	EXPECT_EQ(pin(a, 4), 0);
	EXPECT_EQ(pin(b, 4), 0);
	EXPECT_EQ(mmu_update_one(virt_to_mfn(a) << 12, PTE(virt_to_mfn(b), PTE_RO)), 0);
	EXPECT_EQ(mmu_update_one(virt_to_mfn(b) << 12, PTE(virt_to_mfn(a), PTE_RO)), -EINVAL);
	EXPECT_EQ(mmu_update_one((virt_to_mfn(b) << 12) + 8, PTE(virt_to_mfn(b), PTE_RO)), 0);
	EXPECT_EQ(unpin(b), 0);
	EXPECT_EQ(set_pte(b, PTE(virt_to_mfn(b), PTE_RW)), -EBUSY);	/* a names it */
	EXPECT_EQ(unpin(a), 0);
	release(a);
	release(b);
}
#endif

/* --- roots --- */

CHECK(new_root_refused)
{
	u64 *t = new_table(), *data = alloc_page();
	word cr3;

	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(data), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(table_of(si, PT_LEVELS - 1)), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, 0, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, ~0ul, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, ~0ul >> 4, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, si->shared_info >> 12, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(data), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(t), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, ~0ul, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, kernel_root, 0), 0);
	asm volatile ("mov %%cr3, %0" : "=r" (cr3));
	EXPECT_EQ(cr3, ROOT_TO_CR3(kernel_root));
	free_page(data);
	drop_table(t);
}

CHECK(root_in_use_stays_one)
{
	u64 *r = alloc_page(), *now_root = pfn_to_virt(M2P[kernel_root]);

#if PT_LEVELS == 4
	for (unsigned int i = 0; i < PT_ENTRIES; i++)
		if (i < HYPERVISOR_SLOT || i >= HYPERVISOR_SLOT + 16)
			r[i] = now_root[i];
#else
	/* The last slot's table is each root's own. */
	u64 *last = alloc_page();

	for (unsigned int i = 0; i < 4; i++)
		r[i] = now_root[i];
	make_readonly(r);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(r), 0), -EINVAL);
	make_writable(r);
	memcpy(last, table_of((void *)VIRT_BASE, 2), (HYPERVISOR_LOW - VIRT_BASE) >> 21 << 3);
	make_readonly(last);
	r[3] = PTE(virt_to_mfn(last), PTE_P);
#endif
	make_readonly(r);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(r), 0), 0);	/* not pinned */
	EXPECT_EQ(set_pte(r, PTE(virt_to_mfn(r), PTE_RW)), -EBUSY);
	EXPECT_EQ(unpin(r), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, kernel_root, 0), 0);
	release(r);
#if PT_LEVELS == 3
	release(last);
#else
	use_user_root();
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, user_root, 0), 0);
	EXPECT_EQ(set_pte(window(0), PTE(user_root, PTE_RW)), -EBUSY);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L4_TABLE, user_root, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
	use_user_root();
#endif
}

/* --- other people's frames --- */

#define MAX_FRAMES (1u << 18)
static u8 ours[MAX_FRAMES / 8];
static u8 ram[MAX_FRAMES / 8];

static void mark(u8 *bits, u64 frame)
{
	if (frame < MAX_FRAMES)
		bits[frame / 8] |= 1u << frame % 8;
}

static bool marked(const u8 *bits, u64 frame)
{
	return bits[frame / 8] & 1u << frame % 8;
}

static bool read_machine_map(void)
{
	static struct { u64 start, size; u32 type; } __attribute__((packed)) e[64];
	struct xen_memory_map m = { .nr_entries = 64 };

	set_xen_guest_handle(m.buffer, (void *)e);
	if (memory_op(XENMEM_machine_memory_map, &m))
		return false;
	for (unsigned int i = 0; i < m.nr_entries; i++)
		if (e[i].type == 1)
			for (u64 f = (e[i].start + 4095) >> 12; f < (e[i].start + e[i].size) >> 12; f++)
				mark(ram, f);
	return true;
}

/*
 * Each frame of the machine: a guest maps its own, and of RAM nothing else. What
 * the firmware left below 1 MiB is dom0's to look at, and of no use to anyone.
 */
CHECK(foreign_frames_refused)
{
	u64 max = memory_op(XENMEM_maximum_ram_page, 0), at = pte_address(window(0), 1);
	unsigned long wrong = 0;

	if (max > MAX_FRAMES)
		max = MAX_FRAMES;
	for (unsigned long i = 0; i < nr_pfns; i++)
		mark(ours, p2m[i]);
	mark(ours, si->shared_info >> 12);
	if (is_dom0 && !read_machine_map()) {
		fail("no machine memory map");
		return;
	}
	for (u64 f = is_dom0 ? 0x100 : 0; f < max; f++) {
		long rc;

		if (marked(ours, f) || (is_dom0 && !marked(ram, f)))
			continue;
		rc = mmu_update_one(at, PTE(f, f & 1 ? PTE_RO : PTE_RW));
		if (!rc && wrong++ < 5)
			printk("   frame %#lx can be mapped\n", (word)f);
	}
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(mmu_update_one(at, 0), 0);
}

CHECK(device_memory)
{
	static const u64 frames[] = { 0xfee00, 0xfec00, 0xa0, 0xb8, 0xf0, 0xc0, 0xffffffffffull };
	u64 at = pte_address(window(0), 1);

	for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++) {
		long rc = mmu_update_one(at, PTE(frames[i], PTE_RW | PTE_PCD));

		/* The interrupt controllers are the hypervisor's alone. */
		if (!is_dom0 || i < 2 || i > 5)
			EXPECT_EQ_OF(rc == 0, 0, "frame %#lx", (word)frames[i]);
		else if (frames[i] == 0xb8)
			EXPECT_EQ(rc, 0);
		EXPECT_EQ(mmu_update_one(at, 0), 0);
	}
}

CHECK(foreign_domains_refused)
{
	struct mmu_update u = { pte_address(window(0), 1), PTE(p2m[20], PTE_RO) };
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
	long denied = is_dom0 ? -EBUSY : -EPERM;

	EXPECT_EQ(HYP(mmu_update, &u, 1, 0, 0x7000, 0), -ESRCH);
	EXPECT_EQ(HYP(mmu_update, &u, 1, 0, DOMID_XEN, 0), denied);
	EXPECT_EQ(HYP(mmu_update, &u, 1, 0, (0x6000u << 16) | DOMID_SELF, 0), -ESRCH);
	EXPECT_EQ(HYP(mmuext_op, &op, 1, 0, 0x7000, 0), -ESRCH);
	EXPECT_EQ(update_va_of(window(0), u.val, 0, 0x7000), -ESRCH);
	if (is_dom0)
		return;
	EXPECT_EQ(HYP(mmu_update, &u, 1, 0, 0, 0), -EPERM);
	EXPECT_EQ(HYP(mmu_update, &u, 1, 0, (1u << 16) | DOMID_SELF, 0), -EPERM);
	EXPECT_EQ(HYP(mmuext_op, &op, 1, 0, 0, 0), -EPERM);
	EXPECT_EQ(update_va_of(window(0), u.val, 0, 0), -EPERM);
}

CHECK(m2p_updates)
{
	u64 mfn = p2m[nr_pfns - 1], other = 0;

	EXPECT_EQ(mmu_update_one(mfn << 12 | MMU_MACHPHYS_UPDATE, 0x1234), 0);
	EXPECT_EQ(M2P[mfn], 0x1234);
	EXPECT_EQ(mmu_update_one(mfn << 12 | MMU_MACHPHYS_UPDATE, nr_pfns - 1), 0);
	/* The first frames of the machine are nobody's. */
	EXPECT_EQ(mmu_update_one(other << 12 | MMU_MACHPHYS_UPDATE, 1), -EINVAL);
	EXPECT_EQ(mmu_update_one(1ull << 51 | MMU_MACHPHYS_UPDATE, 1), -EINVAL);
	EXPECT_EQ(mmu_update_one(~0xfffull | MMU_MACHPHYS_UPDATE, 1), -EINVAL);
}

CHECK(update_va_addresses)
{
	u64 e = PTE(p2m[nr_pfns - 1], PTE_RO);

	EXPECT_EQ(update_va(HYPERVISOR_LOW, e, 0), -EINVAL);
	EXPECT_EQ(update_va(HYPERVISOR_HIGH - 4096, e, 0), -EINVAL);
	EXPECT_EQ(update_va(HYPERVISOR_HOLE, e, 0), -EINVAL);
	EXPECT_EQ(update_va(BAD_ADDRESS, e, 0), -EINVAL);
	EXPECT_EQ(update_va(0x1000, e, 0), -EINVAL);		/* no tables there */
	EXPECT_EQ(update_va(window(0), e, UVMF_TLB_FLUSH | UVMF_INVLPG), 0);
	EXPECT_EQ(update_va(window(0), e, UVMF_TLB_FLUSH | (BAD_POINTER & ~7ul)), -EFAULT);
	EXPECT_EQ(update_va(window(0), 0, UVMF_TLB_FLUSH), 0);
	EXPECT_EQ(update_va(window(0), 0, UVMF_TLB_FLUSH | UVMF_ALL), 0);
	EXPECT_EQ(update_va(window(0), 0, UVMF_INVLPG | UVMF_ALL), 0);
}

CHECK(mmu_update_counts)
{
	struct mmu_update u[4];
	u64 at = pte_address(window(0), 1);
	u32 done = 77;

	u[0] = u[1] = u[3] = (struct mmu_update){ at, 0 };
	u[2] = (struct mmu_update){ at, PTE(kernel_root, PTE_RW) };
	EXPECT_EQ(HYP(mmu_update, u, 4, &done, DOMID_SELF, 0), -EBUSY);
	EXPECT_EQ(done, 2);
	EXPECT_EQ(HYP(mmu_update, u, 0, &done, DOMID_SELF, 0), 0);
	EXPECT_EQ(done, 0);
	/* The mark of a continued call, made up by a guest: what it says was done is believed, no more. */
	done = 5;
	EXPECT_EQ(HYP(mmu_update, u, 2 | 1u << 31, &done, DOMID_SELF, 0), 0);
	EXPECT_EQ(done, 7);
}

CHECK(mmuext_counts)
{
	struct mmuext_op op[3] = { { .cmd = MMUEXT_TLB_FLUSH_LOCAL }, { .cmd = MMUEXT_UNPIN_TABLE }, { .cmd = 0 } };
	u32 done = 77;

	EXPECT_EQ(HYP(mmuext_op, op, 3, &done, DOMID_SELF, 0), -EINVAL);
	EXPECT_EQ(done, 1);
}

CHECK(mmuext_flushes)
{
	u64 mask = 1, all = ~0ull;

	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_LOCAL, (word)si, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_LOCAL, HYPERVISOR_LOW, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_LOCAL, BAD_ADDRESS, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_ALL, BAD_ADDRESS, 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_MULTI, 0, (word)&mask), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_MULTI, 0, (word)&all), 0);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_MULTI, (word)si, (word)&mask), 0);
	EXPECT_EQ(mmuext(MMUEXT_TLB_FLUSH_MULTI, 0, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_INVLPG_MULTI, (word)si, BAD_POINTER), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_FLUSH_CACHE, 0, 0), is_dom0 ? 0 : -EACCES);
	EXPECT_EQ(mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), is_dom0 ? 0 : -EACCES);
	EXPECT_EQ(mmuext(MMUEXT_MARK_SUPER, p2m[0], 0), -EOPNOTSUPP);
	EXPECT_EQ(mmuext(MMUEXT_UNMARK_SUPER, p2m[0], 0), -EOPNOTSUPP);
}

CHECK(mmuext_clear_and_copy)
{
	u8 *a = alloc_page(), *b = alloc_page();

	memset(a, 0x5a, PAGE_BYTES);
	EXPECT_EQ(mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(b), virt_to_mfn(a)), 0);
	EXPECT(is_filled(b, 0x5a, PAGE_BYTES));
	EXPECT_EQ(mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(b), 0), 0);
	EXPECT(is_filled(b, 0, PAGE_BYTES));
	EXPECT_EQ(mmuext(MMUEXT_CLEAR_PAGE, 0, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(b), 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_COPY_PAGE, 0, virt_to_mfn(b)), -EINVAL);
	free_page(a);
	free_page(b);
}

/* --- giving memory back and getting it --- */

static long decrease(xen_pfn_t mfn)
{
	struct xen_memory_reservation r = { .domid = DOMID_SELF, .nr_extents = 1 };

	set_xen_guest_handle(r.extent_start, &mfn);
	return memory_op(XENMEM_decrease_reservation, &r);
}

static long populate(unsigned long pfn, xen_pfn_t *mfn)
{
	struct xen_memory_reservation r = { .domid = DOMID_SELF, .nr_extents = 1 };

	*mfn = pfn;
	set_xen_guest_handle(r.extent_start, mfn);
	return memory_op(XENMEM_populate_physmap, &r);
}

static long reservation(void)
{
	domid_t self = DOMID_SELF;

	return memory_op(XENMEM_current_reservation, &self);
}

/* A page of ours goes, another comes in its place: new, empty, and at its pfn. */
static void replace_frame(void *page)
{
	unsigned long pfn = virt_to_pfn(page);
	xen_pfn_t mfn;

	EXPECT_EQ(populate(pfn, &mfn), 1);
	if (has_failed())
		return;
	EXPECT_EQ(M2P[mfn], pfn);
	p2m[pfn] = mfn;
	make_writable(page);
	EXPECT(is_filled(page, 0, PAGE_BYTES));
}

CHECK(balloon)
{
	u8 *page = alloc_page();
	u64 mfn = virt_to_mfn(page);
	long before = reservation();

	memset(page, 0xa5, PAGE_BYTES);
	EXPECT_EQ(set_pte(page, 0), 0);
	EXPECT_EQ(decrease(mfn), 1);
	EXPECT_EQ(reservation(), before - 1);
	EXPECT_EQ(decrease(mfn), 0);
	EXPECT_EQ(set_pte(page, PTE(mfn, PTE_RO)), -EBUSY);
	replace_frame(page);
	EXPECT_EQ(reservation(), before);
	free_page(page);
}

/* A frame that is still mapped goes when its last mapping does. */
CHECK(balloon_what_is_mapped)
{
	u8 *page = alloc_page();
	u64 mfn = virt_to_mfn(page);
	long before = reservation();

	EXPECT_EQ(decrease(mfn), 1);
	page[0] = 1;
	EXPECT_EQ(decrease(mfn), 1);	/* no reference of its own left to give, and nothing to tell */
	page[0] = 2;
	EXPECT_EQ(set_pte(page, 0), 0);
	EXPECT_EQ(set_pte(page, PTE(mfn, PTE_RO)), -EBUSY);
	EXPECT_EQ(reservation(), before - 1);
	replace_frame(page);
	free_page(page);
}

CHECK(balloon_a_pinned_table)
{
	u64 *t = new_table();
	u64 mfn = virt_to_mfn(t);
	long before = reservation();

	EXPECT_EQ(decrease(mfn), 1);
	EXPECT_EQ(unpin(t), -EINVAL);
	EXPECT_EQ(set_pte(t, 0), 0);
	EXPECT_EQ(reservation(), before - 1);
	replace_frame(t);
	free_page(t);
}

/* A table that others name stays one, whatever its owner gives back. */
CHECK(balloon_a_table_in_use)
{
	u64 *t = new_readonly(), mfn = virt_to_mfn(t);
	void *va = (void *)(WINDOW + (20ul << 21));
	u64 at = pte_address(va, 2);

	EXPECT_EQ(mmu_update_one(at, PTE(mfn, PTE_RW)), 0);
	EXPECT_EQ(decrease(mfn), 1);
	EXPECT_EQ(set_pte(window(0), PTE(mfn, PTE_RW)), -EBUSY);
	EXPECT_EQ(update_va(va, PTE(p2m[nr_pfns - 1], PTE_RO), 0), 0);
	(void)PEEK(u8, va);
	EXPECT_EQ(mmu_update_one(at, 0), 0);
	EXPECT_EQ(set_pte(t, 0), 0);
	replace_frame(t);
	free_page(t);
}

CHECK(balloon_the_root)
{
	EXPECT_EQ(set_pte(window(0), PTE(kernel_root, PTE_RO)), 0);
	EXPECT_EQ(set_pte(window(0), 0), 0);
	EXPECT_EQ(decrease(si->shared_info >> 12), 0);
	EXPECT_EQ(decrease(0), 0);
	EXPECT_EQ(decrease(~0ul), 0);
}

static long exchange(xen_pfn_t *in, word nr_in, xen_pfn_t *out, word nr_out, unsigned int out_order,
		     unsigned int bits, word *done)
{
	struct xen_memory_exchange x = {
		.in = { .domid = DOMID_SELF, .nr_extents = nr_in },
		.out = { .domid = DOMID_SELF, .nr_extents = nr_out, .extent_order = out_order,
			 .mem_flags = XENMEMF_address_bits(bits) },
	};
	long rc;

	set_xen_guest_handle(x.in.extent_start, in);
	set_xen_guest_handle(x.out.extent_start, out);
	rc = memory_op(XENMEM_exchange, &x);
	*done = x.nr_exchanged;
	return rc;
}

CHECK(exchange_for_contiguous)
{
	u8 *page[4];
	xen_pfn_t in[4], out, done;

	for (unsigned int i = 0; i < 4; i++) {
		page[i] = pfn_to_virt(nr_pfns - 8 + i);	/* the allocator is not there yet */
		memset(page[i], 0x77, PAGE_BYTES);
		in[i] = virt_to_mfn(page[i]);
		EXPECT_EQ(set_pte(page[i], 0), 0);
	}
	out = virt_to_pfn(page[0]);
	EXPECT_EQ(exchange(in, 4, &out, 1, 2, 0, &done), 0);
	EXPECT_EQ(done, 4);
	EXPECT_EQ(out & 3, 0);
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT_EQ(M2P[out + i], virt_to_pfn(page[0]) + i);
		p2m[virt_to_pfn(page[i])] = out + i;
		make_writable(page[i]);
		EXPECT(is_filled(page[i], 0, PAGE_BYTES));
	}
}

CHECK(exchange_refused)
{
	u64 *t = new_table(), *data = alloc_page();
	xen_pfn_t in, out = 0, done = 99;

	in = virt_to_mfn(t);
	EXPECT_EQ(exchange(&in, 1, &out, 1, 0, 0, &done), -EINVAL);
	EXPECT_EQ(done, 0);
	in = virt_to_mfn(data);			/* mapped */
	EXPECT_EQ(exchange(&in, 1, &out, 1, 0, 0, &done), -EINVAL);
	EXPECT_EQ(done, 0);
	in = si->shared_info >> 12;
	EXPECT_EQ(exchange(&in, 1, &out, 1, 0, 0, &done), -EINVAL);
	in = ~0ul;
	EXPECT_EQ(exchange(&in, 1, &out, 1, 0, 0, &done), -EINVAL);
	in = virt_to_mfn(data);
	EXPECT_EQ(set_pte(data, 0), 0);
	EXPECT_EQ(exchange(&in, 1, &out, 2, 0, 0, &done), -EINVAL);	/* not as much out as in */
	EXPECT_EQ(exchange(&in, 1, &out, 1, 64, 0, &done), -EPERM);
	EXPECT_EQ(exchange(&in, 1, &out, 1, 0, 5, &done), -ENOMEM);
	in = virt_to_mfn(t);
	EXPECT_EQ(exchange(&in, ~0ul >> 1, &out, ~0ul >> 1, 0, 0, &done), -EFAULT);
	EXPECT_EQ(done, 0);
	make_writable(data);
	free_page(data);
	drop_table(t);
}

/* The hypervisor's own shared pages are no memory of the guest's. */
CHECK(grant_frames_are_no_tables)
{
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 1 };
	xen_pfn_t frame = 0;

	set_xen_guest_handle(op.frame_list, &frame);
	EXPECT_EQ(grant_op(GNTTABOP_setup_table, &op, 1), 0);
	EXPECT_EQ(op.status, GNTST_okay);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, frame, 0), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_NEW_BASEPTR, frame, 0), -EINVAL);
	EXPECT_EQ(decrease(frame), 0);
	EXPECT_EQ(set_pte(window(0), PTE(frame, PTE_RW)), 0);
	EXPECT_EQ(set_pte(window(0), PTE(frame, PTE_RW | PTE_PCD)), -EBUSY);	/* the hypervisor reads it cached */
	EXPECT_EQ(set_pte(window(0), 0), 0);
}

/* A self-grant is no way around it. */
CHECK(grant_map_of_a_table)
{
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct gnttab_map_grant_ref map = { .flags = GNTMAP_host_map, .ref = 20, .host_addr = (word)window(1) };
	xen_pfn_t frame = 0;
	grant_entry_v1_t *table = window(0);
	u64 *t = new_table();

	map.dom = is_dom0 ? 0 : number_argument("id=", 1);
	set_xen_guest_handle(op.frame_list, &frame);
	EXPECT_EQ(grant_op(GNTTABOP_setup_table, &op, 1), 0);
	EXPECT_EQ(set_pte(table, PTE(frame, PTE_RW)), 0);
	table[20].domid = map.dom;
	table[20].frame = virt_to_mfn(t);
	barrier();
	table[20].flags = GTF_permit_access;
	EXPECT_EQ(set_pte(window(1), 0), 0);
	EXPECT_EQ(grant_op(GNTTABOP_map_grant_ref, &map, 1), 0);
	EXPECT(map.status < 0);
	EXPECT_EQ(pte_of(window(1)), 0);
	EXPECT_EQ(table[20].flags, GTF_permit_access);
	table[20].flags = 0;
	EXPECT_EQ(set_pte(table, 0), 0);
	drop_table(t);
}

/* --- descriptor tables are typed frames too --- */

CHECK(gdt_frames)
{
	u64 *g = alloc_page(), *t = new_table();
	word frame = virt_to_mfn(g);

	EXPECT_EQ(HYP(set_gdt, &frame, 512, 0, 0, 0), -EINVAL);	/* mapped writable */
	make_readonly(g);
	EXPECT_EQ(HYP(set_gdt, &frame, 512, 0, 0, 0), 0);
	EXPECT_EQ(set_pte(g, PTE(frame, PTE_RW)), -EBUSY);
	EXPECT_EQ(pin(g, 1), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_CLEAR_PAGE, frame, 0), -EINVAL);
	EXPECT_EQ(mmu_update_one((u64)frame << 12, ~0ull), -EINVAL);
	frame = virt_to_mfn(t);
	EXPECT_EQ(HYP(set_gdt, &frame, 512, 0, 0, 0), -EINVAL);
	frame = kernel_root;
	EXPECT_EQ(HYP(set_gdt, &frame, 1, 0, 0, 0), -EINVAL);
	frame = ~0ul;
	EXPECT_EQ(HYP(set_gdt, &frame, 1, 0, 0, 0), -EINVAL);
	EXPECT_EQ(set_pte(g, PTE(virt_to_mfn(g), PTE_RW)), -EBUSY);	/* the old one is still in force */
	EXPECT_EQ(HYP(set_gdt, &frame, 0, 0, 0, 0), 0);
	release(g);
	drop_table(t);
}

CHECK(ldt_frames)
{
	u64 *l = alloc_page();
	u32 limit;
	bool ok;

	l[1] = 0x00cff3000000ffffull;		/* flat data for ring 3 */
	make_readonly(l);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (word)l, 512), 0);
	asm volatile ("lsl %2, %0; setz %1" : "=r" (limit), "=q" (ok) : "r" (0xf) : "cc");
	EXPECT(ok && limit == 0xffffffff);
	EXPECT_EQ(set_pte(l, PTE(virt_to_mfn(l), PTE_RW)), -EBUSY);	/* it has been looked at */
	EXPECT_EQ(pin(l, 1), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
	release(l);
}
