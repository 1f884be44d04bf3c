// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/common/frame.c xen/common/frame_alloc.c xen/common/xmalloc.c xen/common/memory.c xen/common/memory_reservation.c xen/common/memory_exchange.c xen/common/memory_map.c xen/common/memory_resource.c xen/common/rangeset.c xen/pv/pgtype.c xen/pv/pgtype_entry.c xen/pv/pgtype_table.c xen/pv/mmu_update.c xen/pv/mmu_update_va.c xen/pv/mmuext.c xen/pv/mm.c xen/pv/walk.c xen/pv/descriptor.c xen/pv/perdomain.c xen/pv/grant_map.c xen/pv/teardown.c xen/pv/ptwr_emulate.c xen/pv/audit.c tests/unit/shim/world.c
// CFLAGS: -Itests/unit/shim -Ixen/include -Iinclude -D__XEN__ -DCONFIG_DEBUG -fno-strict-aliasing -ffreestanding -mno-red-zone -O2
/*
 * The page-typing core against hostile guests: named attacks first, then random
 * operations of three domains on three CPUs, preempted and abandoned at random.
 * After every so many operations all counts are recomputed from the page tables
 * and must agree exactly, no guest may be able to write what it must not, and no
 * CPU may hold a translation that should have been flushed.
 */
#include "world.h"

#define P	_PAGE_PRESENT
#define RW	_PAGE_RW
#define U	_PAGE_USER
#define PTE(frame, flags)	(((u64)(frame) << PAGE_SHIFT) | (flags))
#define ADDR(frame, index)	(((u64)(frame) << PAGE_SHIFT) + (index) * 8ull)
#define PG(frame)		mfn_to_page(MFN(frame))
#define TYPE(frame)		(PG(frame)->type_info & PGT_type_mask)
#define TYPES(frame)		(PG(frame)->type_info & PGT_count_mask)
#define REFS(frame)		(PG(frame)->count_info & PGC_count_mask)

static int failures;
static const char *test_name;

#define CHECK(cond) do {							\
	if (!(cond)) {								\
		printf("FAIL %s: line %d: %s\n", test_name, __LINE__, #cond);	\
		failures++;							\
		return;								\
	}									\
} while (0)

/* A frame of d's that nobody uses, zeroed. */
static u64 fresh(unsigned int id)
{
	for (;;) {
		u64 f = world_own_frame(id);

		if (REFS(f) == 1 && !TYPES(f) && !(PG(f)->count_info & PGC_xen_heap)) {
			memset(mfn_to_virt(MFN(f)), 0, PAGE_SIZE);
			return f;
		}
	}
}

/* A tree of one table a level that maps frame data at address 0: f[0] is level 1, f[3] the root. */
static void build_tree(unsigned int id, u64 f[4], u64 data)
{
	u64 below = data;

	for (unsigned int i = 0; i < 4; i++) {
		f[i] = fresh(id);
		guest_write_pte(ADDR(f[i], 0), PTE(below, P | RW | U));
		below = f[i];
	}
}

static void start(const char *name)
{
	test_name = name;
	world_preempt_percent = world_abandon_percent = 0;
	for (unsigned int id = 0; id < NR_DOMAINS; id++)
		if (!world_domain[id])
			world_create(id, 180);
	world_run(GUEST_A, 0);
}

static void finish(int before)
{
	fflush(NULL);
	for (unsigned int id = 0; id < NR_DOMAINS; id++)
		if (!world_domain[id])
			exit(1);
	if (!world_check())
		failures++;
	for (unsigned int id = 0; id < NR_DOMAINS; id++)
		if (audit_frames(world_domain[id])) {
			printf("FAIL %s: the hypervisor's own audit disagrees\n", test_name);
			failures++;
		}
	for (unsigned int id = 0; id < NR_DOMAINS; id++)
		world_destroy(id);
	if (!world_check())
		failures++;
	if (failures == before)
		printf("ok %s\n", test_name);
	fflush(NULL);
}

static void pin_and_unpin(void)
{
	u64 f[4], data = fresh(GUEST_A);

	build_tree(GUEST_A, f, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(TYPE(f[0]) == PGT_l1 && TYPE(f[3]) == PGT_l4);
	CHECK(TYPE(data) == PGT_writable && TYPES(data) == 1);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == -EINVAL);
	CHECK(TYPES(f[3]) == 1);
	CHECK(guest_mmuext1(MMUEXT_UNPIN_TABLE, f[3]) == 0);
	CHECK(guest_mmuext1(MMUEXT_UNPIN_TABLE, f[3]) == -EINVAL);
	for (unsigned int i = 0; i < 4; i++)
		CHECK(TYPES(f[i]) == 0 && REFS(f[i]) == 1);
	CHECK(REFS(data) == 1);
	/* What the hypervisor wrote into the root is gone. */
	for (unsigned int i = HYPERVISOR_FIRST_SLOT; i <= HYPERVISOR_LAST_SLOT; i++)
		CHECK(((u64 *)mfn_to_virt(MFN(f[3])))[i] == 0);
}

static void type_confusion(void)
{
	u64 f[4], data = fresh(GUEST_A), other;
	struct mmuext_op op = { .cmd = MMUEXT_CLEAR_PAGE };

	build_tree(GUEST_A, f, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	/* A table mapped writable, at every level; a writable frame made a table. */
	for (unsigned int i = 0; i < 4; i++) {
		CHECK(guest_write_pte(ADDR(f[0], 1), PTE(f[i], P | RW)) == -EBUSY);
		CHECK(guest_write_pte(ADDR(f[0], 1 + i), PTE(f[i], P)) == 0);
		/* ... and the right to write is not gained afterwards. */
		CHECK(guest_write_pte(ADDR(f[0], 1 + i), PTE(f[i], P | RW)) == -EBUSY);
		op.arg1.mfn = f[i];
		CHECK(guest_mmuext(&op, 1, DOMID_SELF) == -EINVAL);
	}
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, data) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[1], 1), PTE(data, P)) == -EINVAL);
	/* A table of one level as one of another. */
	CHECK(guest_mmuext1(MMUEXT_PIN_L2_TABLE, f[0]) == -EINVAL);
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, f[3]) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[2], 1), PTE(f[0], P)) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[3], 1), PTE(f[1], P | RW)) == -EINVAL);
	/* Large pages, cache bits and address bits that no CPU has. */
	CHECK(guest_write_pte(ADDR(f[1], 1), PTE(f[0], P | _PAGE_PSE)) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[2], 1), PTE(f[1], P | _PAGE_PCD)) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[0], 9), PTE(1ull << 39, P)) == -EPERM);
	/* The hypervisor's slots. */
	CHECK(guest_write_pte(ADDR(f[3], 256), PTE(f[2], P)) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[3], 260), 0) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[3], 271), 0) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[3], 272), PTE(f[2], P)) == 0);
	CHECK(guest_write_pte(ADDR(f[3], 255), PTE(f[2], P)) == 0);
	/* Unaligned, and no RAM at all. */
	CHECK(guest_write_pte(ADDR(f[0], 3) + 4, 0) == -ENOSYS);
	CHECK(guest_write_pte(ADDR(HOLE_FIRST, 0), 0) == -EINVAL);
	CHECK(guest_write_pte(ADDR(1ull << 38, 0), 0) == -EINVAL);
	/* A descriptor table is neither writable nor a page table, nor the reverse. */
	other = fresh(GUEST_A);
	CHECK(pv_set_gdt(current, &other, 512) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 12), PTE(other, P | RW)) == -EBUSY);
	CHECK(guest_write_pte(ADDR(f[0], 12), PTE(other, P)) == 0);
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, other) == -EINVAL);
	CHECK(pv_set_gdt(current, &f[0], 1) == -EINVAL);
	CHECK(pv_set_gdt(current, &data, 1) == -EINVAL);
	CHECK(TYPE(other) == PGT_seg_desc);
}

static void foreign_frames(void)
{
	u64 f[4], data = fresh(GUEST_A), theirs = fresh(GUEST_B);
	struct mmu_update req;

	build_tree(GUEST_A, f, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 1), PTE(theirs, P)) == -EBUSY);
	CHECK(guest_write_pte(ADDR(theirs, 1), 0) == -EINVAL);
	req = (struct mmu_update){ ADDR(f[0], 1), PTE(theirs, P) };
	CHECK(guest_mmu_update(&req, 1, GUEST_B) == -EPERM);
	CHECK(guest_mmu_update(&req, 1, (GUEST_B + 1) << 16 | DOMID_SELF) == -EPERM);
	CHECK(guest_mmu_update(&req, 1, 77) == -ESRCH);
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, theirs) == -EINVAL);
	/* Device frames: as the capability list says. */
	CHECK(guest_write_pte(ADDR(f[0], 2), PTE(HOLE_FIRST, P | RW)) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 3), PTE(HOLE_LAST, P)) == -EPERM);
	CHECK(guest_write_pte(ADDR(f[0], 3), PTE(HOLE_FIRST + 1, P | RW)) == 0);
	CHECK(!(((u64 *)mfn_to_virt(MFN(f[0])))[3] & RW));
	/* By the owner's grant; and a read-only grant stays read-only. */
	CHECK(world_hold(PG(theirs), world_domain[GUEST_B], false));
	CHECK(create_grant_pv_mapping(ADDR(f[0], 4), PTE(theirs, P | U), true) == 0);
	CHECK(REFS(theirs) == 3 && TYPES(theirs) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 4), PTE(theirs, P | RW | U)) == -EBUSY);
	/* Flags that give nothing away may change. */
	CHECK(guest_write_pte(ADDR(f[0], 4), PTE(theirs, P | U | _PAGE_ACCESSED)) == 0);
	/* One that a second grant makes writable is a foreign writer's like any other. */
	CHECK(create_grant_pv_mapping(ADDR(f[0], 4), PTE(theirs, P | RW | U), true) == 0);
	CHECK(TYPES(theirs) == 1 && (PG(theirs)->count_info & PGC_foreign));
	CHECK(create_grant_pv_mapping(ADDR(f[0], 4), PTE(theirs, P | U), true) == 0);
	CHECK(REFS(theirs) == 3 && TYPES(theirs) == 0);
	CHECK(create_grant_pv_mapping(ADDR(f[0], 5), PTE(theirs, P | RW | U), true) == 0);
	CHECK(TYPES(theirs) == 1);
	CHECK(replace_grant_pv_mapping(ADDR(f[0], 5), PTE(data, P | RW), 0, true) == -EINVAL);
	CHECK(replace_grant_pv_mapping(ADDR(f[0], 5), PTE(theirs, P), 0, true) == -EINVAL);
	CHECK(replace_grant_pv_mapping(ADDR(f[0], 5), PTE(theirs, P | RW), 0, true) == 0);
	/* Overwritten behind the grant table's back: nothing is dropped twice. */
	CHECK(guest_write_pte(ADDR(f[0], 4), 0) == 0);
	CHECK(REFS(theirs) == 2);
	CHECK(world_drop_one_hold() && REFS(theirs) == 1);
}

/* What was mapped uncached is looked at through memory, whoever owns it next. */
static u64 watched;
static unsigned int stamps, joinable, cache_flushes, late_shootdowns;

static void watch(enum world_moment what)
{
	const u64 x = PG(watched)->type_info;

	if (what == WORLD_STAMP) {
		stamps++;
		joinable += (x & PGT_validated) && (x & PGT_count_mask);
	} else if (what == WORLD_CACHE_FLUSH) {
		cache_flushes++;
	} else {
		late_shootdowns += cache_flushes;
	}
}

/*
 * Between the stamp of a frame's last writable mapping and the end of its count nobody
 * may map it again: the stamp would be older than that mapping's translations.
 */
static void nobody_joins_the_last(void)
{
	u64 f[4];

	watched = fresh(GUEST_A);
	build_tree(GUEST_A, f, watched);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	stamps = joinable = 0;
	world_watcher = watch;
	CHECK(guest_write_pte(ADDR(f[0], 0), 0) == 0);
	CHECK(stamps == 1 && !joinable && !TYPES(watched));
	CHECK(get_page_and_type(PG(watched), world_domain[GUEST_A], PGT_writable));
	put_page_and_type(PG(watched));
	CHECK(stamps == 2 && !joinable && !TYPES(watched));
	world_watcher = NULL;
}

/* Uncached mappings that a CPU still knows could go on writing behind a cache that was flushed too early. */
static void cache_is_flushed_last(void)
{
	u64 f[4];

	watched = fresh(GUEST_A);
	build_tree(GUEST_A, f, watched);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 0), PTE(watched, P | RW | U | _PAGE_PCD)) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 0), 0) == 0);
	cpumask_set_cpu(1, &world_domain[GUEST_A]->dirty_cpus);
	cache_flushes = late_shootdowns = 0;
	world_watcher = watch;
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, watched) == 0);
	world_watcher = NULL;
	CHECK(cache_flushes == 1 && !late_shootdowns);
}

static void uncached_changes_hands(void)
{
	u64 f[4], data = fresh(GUEST_A);

	build_tree(GUEST_A, f, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 0), PTE(data, P | RW | U | _PAGE_PCD)) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 0), 0) == 0);
	CHECK(PG(data)->count_info & PGC_uncached);
	CHECK(steal_page(world_domain[GUEST_A], PG(data), 0) == 0);
	CHECK(assign_page(PG(data), world_domain[GUEST_B], 0) == 0);
	CHECK(PG(data)->count_info & PGC_uncached);
}

static void control_domain_maps(void)
{
	u64 f[4], data = fresh(CONTROL), theirs = fresh(GUEST_A);
	struct mmu_update req;

	world_run(CONTROL, 0);
	build_tree(CONTROL, f, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	req = (struct mmu_update){ ADDR(f[0], 1), PTE(theirs, P | RW) };
	CHECK(guest_mmu_update(&req, 1, DOMID_SELF) == -EBUSY);
	CHECK(guest_mmu_update(&req, 1, GUEST_A) == 0);
	CHECK(TYPES(theirs) == 1 && REFS(theirs) == 2);
	/* While it is mapped here, it cannot become a table there. */
	world_run(GUEST_A, 0);
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, theirs) == -EINVAL);
	/* Its domain dies: the frame stays until we let go. */
	world_run(CONTROL, 0);
	world_destroy(GUEST_A);
	world_run(CONTROL, 0);
	CHECK(REFS(theirs) == 1);
	CHECK(world_check());
	req.val = 0;
	CHECK(guest_mmu_update(&req, 1, DOMID_SELF) == 0);
	CHECK((PG(theirs)->count_info & PGC_state_mask) == PGC_state_free);
	world_create(GUEST_A, 180);
	/* Tables of another, built and pinned for it. */
	build_tree(CONTROL, f, data);
	theirs = fresh(GUEST_A);
	req = (struct mmu_update){ ADDR(theirs, 0), PTE(fresh(GUEST_A), P | RW) };
	CHECK(guest_mmu_update(&req, 1, (GUEST_A + 1) << 16 | GUEST_A) == 0);
	CHECK(guest_mmuext(&(struct mmuext_op){ .cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = theirs }, 1, GUEST_A) == 0);
	CHECK(TYPE(theirs) == PGT_l1);
}

static void recursive_mappings(void)
{
	u64 f[4], g[4], data = fresh(GUEST_A);

	build_tree(GUEST_A, f, data);
	build_tree(GUEST_A, g, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, g[3]) == 0);
	/* Itself: read-only, and without holding itself. */
	CHECK(guest_write_pte(ADDR(f[3], 5), PTE(f[3], P | RW)) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[3], 5), PTE(f[3], P)) == 0);
	CHECK(TYPES(f[3]) == 1);
	CHECK(guest_write_pte(ADDR(f[3], 5), PTE(f[3], P | RW)) == -EINVAL);
	/* Another of its level: read-only, and no chain of them. */
	CHECK(guest_write_pte(ADDR(f[3], 6), PTE(g[3], P | RW)) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[3], 6), PTE(g[3], P)) == 0);
	CHECK(TYPES(g[3]) == 2);
	CHECK(guest_write_pte(ADDR(g[3], 6), PTE(f[3], P)) == -EINVAL);
	CHECK(world_check());
	/* Pins go, and nothing stays behind. */
	CHECK(guest_mmuext1(MMUEXT_UNPIN_TABLE, g[3]) == 0);
	CHECK(TYPES(g[3]) == 1);
	CHECK(guest_mmuext1(MMUEXT_UNPIN_TABLE, f[3]) == 0);
	CHECK(TYPES(g[3]) == 0 && TYPES(f[3]) == 0 && REFS(f[3]) == 1);
	/* The same at the level above the data. */
	CHECK(guest_mmuext1(MMUEXT_PIN_L2_TABLE, f[1]) == 0);
	CHECK(guest_write_pte(ADDR(f[1], 3), PTE(f[1], P)) == 0);
	CHECK(guest_mmuext1(MMUEXT_UNPIN_TABLE, f[1]) == 0);
	/* A self-map that stands in the table when it is validated. */
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(guest_mmuext1(MMUEXT_UNPIN_TABLE, f[3]) == 0);
}

/* Every way of failing half-way leaves every count as it was. */
static void failed_validation(void)
{
	u64 f[4], data = fresh(GUEST_A), bad = fresh(GUEST_B);

	for (unsigned int level = 0; level < 4; level++) {
		for (u32 preempt = 0; preempt <= 100; preempt += 50) {
			build_tree(GUEST_A, f, data);
			guest_write_pte(ADDR(f[0], 7), PTE(data, P));
			guest_write_pte(ADDR(f[level], 300), PTE(bad, P));
			world_preempt_percent = preempt;
			CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == (level ? -EINVAL : -EBUSY));
			/* What is left over is done by the next operation. */
			CHECK(guest_mmuext(NULL, 0, DOMID_SELF) == 0);
			world_preempt_percent = 0;
			for (unsigned int i = 0; i < 4; i++)
				CHECK(TYPES(f[i]) == 0 && REFS(f[i]) == 1);
			CHECK(REFS(data) == 1 && REFS(bad) == 1);
		}
	}
}

static void abandoned_work(void)
{
	u64 f[4], data = fresh(GUEST_A);

	/* Pinned half-way and never continued; then wanted for something else, by the other vcpu. */
	build_tree(GUEST_A, f, data);
	for (unsigned int i = 1; i < 20; i++) {
		guest_write_pte(ADDR(f[3], i), PTE(f[2], P));
		guest_write_pte(ADDR(f[2], i), PTE(f[1], P));
	}
	world_preempt_percent = world_abandon_percent = 100;
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == -EINTR);
	world_preempt_percent = world_abandon_percent = 0;
	CHECK(PG(f[3])->type_info & PGT_partial);
	CHECK(world_check());
	world_run(GUEST_A, 1);
	CHECK(guest_write_pte(ADDR(f[3], 0), 0) == -EINVAL);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(TYPES(f[3]) == 1 && REFS(f[3]) == 2);
	/* Unpinned half-way and never continued. */
	world_preempt_percent = world_abandon_percent = 100;
	guest_mmuext1(MMUEXT_UNPIN_TABLE, f[3]);
	world_preempt_percent = world_abandon_percent = 0;
	CHECK(world_check());
}

static void replaced_roots(void)
{
	u64 f[4], g[4], data = fresh(GUEST_A);

	build_tree(GUEST_A, f, data);
	build_tree(GUEST_A, g, data);
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, f[3]) == 0);
	CHECK(guest_mmuext1(MMUEXT_NEW_USER_BASEPTR, g[3]) == 0);
	CHECK(TYPES(f[3]) == 1 && TYPES(g[3]) == 1);
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, data) == -EINVAL);
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, f[2]) == -EINVAL);
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, f[3]) == 0);
	CHECK(TYPES(f[3]) == 1);
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, g[3]) == 0);
	CHECK(TYPES(g[3]) == 2 && TYPES(f[3]) == 0 && REFS(f[0]) == 1);
	CHECK(guest_mmuext1(MMUEXT_NEW_USER_BASEPTR, 0) == 0);
	CHECK(TYPES(g[3]) == 1);
}

/* The tree in use maps address 0; writes go through every instruction that Linux uses. */
static void emulated_writes(void)
{
	static const struct {
		u8 code[12];
		u8 length;
		u64 old_flags, new_flags;
		u64 rax, rcx, rdx;
	} c[] = {
		{ { 0x48, 0x89, 0x0f }, 3, P | RW, P, 0, P, 0 },			/* mov %rcx,(%rdi) */
		{ { 0x48, 0xc7, 0x07, 0, 0, 0, 0 }, 7, P | RW, 0, 0, 0, 0 },		/* movq $0,(%rdi) */
		{ { 0xf0, 0x80, 0x27, 0xfd }, 4, P | RW, P, 0, 0, 0 },			/* lock andb $~2,(%rdi) */
		{ { 0xf0, 0x48, 0x0f, 0xba, 0x37, 1 }, 6, P | RW, P, 0, 0, 0 },		/* lock btrq $1,(%rdi) */
		{ { 0xf0, 0x48, 0x0f, 0xb3, 0x0f }, 5, P | RW, P, 0, 1, 0 },		/* lock btr %rcx,(%rdi) */
		{ { 0xf0, 0x48, 0x0f, 0xb1, 0x0f }, 5, P | RW, P, ~0ull, P, 0 },	/* lock cmpxchg %rcx,(%rdi) */
		{ { 0x48, 0x87, 0x4c, 0x24, 0x08 }, 5, P | RW, 0, 0, 0, 0 },		/* xchg %rcx,8(%rsp) */
		{ { 0xf0, 0x48, 0x83, 0x0f, 0x20 }, 5, P, P | 0x20, 0, 0, 0 },		/* lock orq $0x20,(%rdi) */
		{ { 0xf0, 0x48, 0x81, 0xa7, 1, 2, 3, 4, 0xfd, 0xff, 0xff, 0xff }, 12, P | RW, P, 0, 0, 0 },
	};
	static u8 code[64];
	u64 f[4], data = fresh(GUEST_A), old, rip;
	struct vcpu *v = current;

	build_tree(GUEST_A, f, data);
	guest_write_pte(ADDR(f[0], 2), PTE(f[0], P));	/* the table itself, at address 0x2000 */
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, f[3]) == 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		struct cpu_regs regs = { .rip = (u64)code, .rax = c[i].rax, .rcx = c[i].rcx, .rflags = 0x202 };
		u64 *slot = (u64 *)mfn_to_virt(MFN(f[0])) + 9;

		if (regs.rcx == P)
			regs.rcx = PTE(data, P);
		CHECK(guest_write_pte(ADDR(f[0], 9), PTE(data, c[i].old_flags)) == 0);
		old = *slot;
		if (regs.rax == ~0ull)
			regs.rax = old;
		memset(code, 0x90, sizeof(code));
		memcpy(code, c[i].code, c[i].length);
		CHECK(ptwr_emulate_fault(v, &regs, 0x2000 + 9 * 8));
		CHECK(regs.rip == (u64)code + c[i].length);
		if (c[i].new_flags)
			CHECK(*slot == PTE(data, c[i].new_flags | U));
		else
			CHECK(*slot == 0);
		if (c[i].code[1] == 0x87)
			CHECK(regs.rcx == old);
		CHECK(world_check());
	}
	/* A write that makes a table writable is not carried out. */
	memset(code, 0x90, sizeof(code));
	memcpy(code, "\x48\x89\x0f", 3);
	{
		struct cpu_regs regs = { .rip = (u64)code, .rcx = PTE(f[0], P | RW), .rflags = 0x202 };

		rip = regs.rip;
		CHECK(!ptwr_emulate_fault(v, &regs, 0x2000 + 9 * 8) && regs.rip == rip);
		/* Not a page table, not mapped, not this instruction. */
		CHECK(!ptwr_emulate_fault(v, &regs, 0x0));
		CHECK(!ptwr_emulate_fault(v, &regs, 0x5000));
		CHECK(!ptwr_emulate_fault(v, &regs, 0x2001));
		code[1] = 0x05;
		CHECK(!ptwr_emulate_fault(v, &regs, 0x2000 + 9 * 8));
	}
}

/* Random bytes at every opcode: nothing is written that was not checked, nothing crashes. */
static void emulator_fuzz(void)
{
	static u8 code[64];
	u64 f[4], data = fresh(GUEST_A);

	build_tree(GUEST_A, f, data);
	guest_write_pte(ADDR(f[0], 2), PTE(f[0], P));
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, f[3]) == 0);
	for (unsigned int i = 0; i < 200000; i++) {
		struct cpu_regs regs;

		for (unsigned int j = 0; j < sizeof(regs) / 8; j++)
			((u64 *)&regs)[j] = chance(50) ? PTE(world_own_frame(GUEST_A), pick(512)) : world_random();
		for (unsigned int j = 0; j < 16; j++)
			code[j] = world_random();
		if (chance(70)) {
			static const u8 start[] = { 0xf0, 0x48, 0x0f, 0x89, 0x87, 0xc7, 0x80, 0x81, 0x83, 0x21 };

			code[0] = start[pick(sizeof(start))];
			code[1] = start[pick(sizeof(start))];
			if (chance(50))
				code[2] = start[pick(sizeof(start))];
		}
		regs.rip = (u64)code;
		regs.rflags = (regs.rflags & 0x8d5) | 0x202;
		ptwr_emulate_fault(current, &regs, 0x2000 + (chance(90) ? pick(512) * 8 : pick(4096)));
		if (i % 5000 == 0)
			CHECK(world_check());
	}
}

static void descriptors(void)
{
	static const struct { u64 in, out; bool ok; } c[] = {
		{ 0, 0, true },
		{ 0x00af9b000000ffffull, 0x00affb000000ffffull, true },	/* 64-bit code, ring 0 -> 3 */
		{ 0x00cf93000000ffffull, 0x00cff3000000ffffull, true },	/* data */
		{ 0x00cf92000000ffffull, 0x00cff3000000ffffull, true },	/* accessed beforehand */
		{ 0x00008b000000ffffull, 0, false },			/* busy TSS */
		{ 0x000089000000ffffull, 0, false },			/* TSS */
		{ 0x000082000000ffffull, 0, false },			/* LDT */
		{ 0x0000ec0000000000ull, 0, false },			/* call gate */
		{ 0x0000ee0000000000ull, 0, false },			/* interrupt gate */
		{ 0x0000e50000000000ull, 0, false },			/* task gate */
		{ 0x00000b000000ffffull, 0x00000b000000ffffull, true },	/* not present: harmless */
	};
	u64 gdt = fresh(GUEST_A), plain = fresh(GUEST_A), many[14];
	u64 *page = mfn_to_virt(MFN(gdt));

	for (unsigned int i = 0; i < ARRAY_SIZE(c); i++) {
		u64 d = c[i].in;

		CHECK(check_descriptor(world_domain[GUEST_A], &d) == c[i].ok);
		CHECK(!c[i].ok || d == c[i].out);
		CHECK((do_update_descriptor(ADDR(gdt, i), c[i].in) == 0) == c[i].ok);
	}
	CHECK(page[1] == c[1].out);
	page[9] = 0x0000ee0000000000ull;
	CHECK(pv_set_gdt(current, &gdt, 512) == -EINVAL);
	page[9] = 0;
	CHECK(pv_set_gdt(current, &gdt, 512) == 0);
	CHECK(do_update_descriptor(ADDR(gdt, 9), 0x0000ee0000000000ull) == -EINVAL);
	CHECK(do_update_descriptor(ADDR(gdt, 9) + 4, 0) == -EINVAL);
	CHECK(do_update_descriptor(ADDR(fresh(GUEST_B), 0), 0) == -EINVAL);
	CHECK(pv_set_gdt(current, &gdt, 14 * 512 + 1) == -EINVAL);
	for (unsigned int i = 0; i < 14; i++)
		many[i] = i == 13 ? fresh(GUEST_B) : plain;
	CHECK(pv_set_gdt(current, many, 14 * 512) == -EINVAL);
	CHECK(TYPES(plain) == 0 && TYPES(gdt) == 1);
	pv_destroy_gdt(current);
	CHECK(TYPES(gdt) == 0);
}

static void local_descriptor_table(void)
{
	u64 f[4], data = fresh(GUEST_A);
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = 0x1000, .arg2.nr_ents = 512 };

	build_tree(GUEST_A, f, data);
	guest_write_pte(ADDR(f[0], 1), PTE(fresh(GUEST_A), P));
	CHECK(guest_mmuext1(MMUEXT_NEW_BASEPTR, f[3]) == 0);
	CHECK(guest_mmuext(&op, 1, DOMID_SELF) == 0);
	CHECK(pv_map_ldt_page(current, 0));
	CHECK(!pv_map_ldt_page(current, 0) && !pv_map_ldt_page(current, 1) && !pv_map_ldt_page(current, 16));
	CHECK(world_check());
	op.arg2.nr_ents = 8193;
	CHECK(guest_mmuext(&op, 1, DOMID_SELF) == -EINVAL);
	op.arg1.linear_addr = 0x1008;
	op.arg2.nr_ents = 1;
	CHECK(guest_mmuext(&op, 1, DOMID_SELF) == -EINVAL);
	/* A writable frame cannot be a descriptor table. */
	op.arg1.linear_addr = 0;
	CHECK(guest_mmuext(&op, 1, DOMID_SELF) == 0);
	CHECK(!pv_map_ldt_page(current, 0));
}

static void balloon_and_exchange(void)
{
	unsigned long list[4], out[1] = { 0x77 };
	struct xen_memory_reservation r = { .nr_extents = 4, .domid = DOMID_SELF };
	struct xen_memory_exchange x = { 0 };
	const unsigned long before = world_domain[GUEST_A]->tot_pages;

	set_xen_guest_handle_raw(r.extent_start, list);
	for (unsigned int i = 0; i < 4; i++)
		do
			list[i] = fresh(GUEST_A);
		while ((i > 0 && list[i] == list[0]) || (i > 1 && list[i] == list[1]) || (i > 2 && list[i] == list[2]));
	x.in = r;
	x.out = r;
	x.out.nr_extents = 1;
	x.out.extent_order = 2;
	set_xen_guest_handle_raw(x.out.extent_start, out);
	CHECK(guest_memory_op(XENMEM_exchange, &x) == 0);
	CHECK(x.nr_exchanged == 4 && world_domain[GUEST_A]->tot_pages == before);
	CHECK((out[0] & 3) == 0 && get_gpfn_of(MFN(out[0] + 3)) == 0x77 + 3);
	/* One of them is in use: all are as before. */
	for (unsigned int i = 0; i < 4; i++)
		list[i] = out[0] + i;
	CHECK(world_hold(PG(list[2]), world_domain[GUEST_A], true));
	x.nr_exchanged = 0;
	CHECK(guest_memory_op(XENMEM_exchange, &x) == -EINVAL);
	CHECK(x.nr_exchanged == 0 && world_domain[GUEST_A]->tot_pages == before);
	for (unsigned int i = 0; i < 4; i++)
		CHECK(page_owner(PG(list[i])) == world_domain[GUEST_A]);
	CHECK(world_drop_one_hold());
	/* Impossible limits, sizes and owners. */
	x.out.mem_flags = XENMEMF_address_bits(13);
	CHECK(guest_memory_op(XENMEM_exchange, &x) == -ENOMEM);
	x.out.mem_flags = 0;
	x.out.nr_extents = 2;
	CHECK(guest_memory_op(XENMEM_exchange, &x) == -EINVAL);
	x.out.nr_extents = 1;
	x.in.extent_order = x.out.extent_order = 12;
	CHECK(guest_memory_op(XENMEM_exchange, &x) == -EPERM);
	x.in.extent_order = 0;
	x.out.extent_order = 2;
	x.in.domid = x.out.domid = GUEST_B;
	CHECK(guest_memory_op(XENMEM_exchange, &x) == -EPERM);
	list[0] = fresh(GUEST_B);
	x.in.domid = x.out.domid = DOMID_SELF;
	CHECK(guest_memory_op(XENMEM_exchange, &x) == -EINVAL);

	list[0] = out[0];
	CHECK(guest_memory_op(XENMEM_decrease_reservation, &r) == 4);
	CHECK(world_domain[GUEST_A]->tot_pages == before - 4);
	CHECK(guest_memory_op(XENMEM_decrease_reservation, &r) == 0);
	world_domain[GUEST_A]->max_pages = before - 1;
	for (unsigned int i = 0; i < 4; i++)
		list[i] = 100 + i;
	CHECK(guest_memory_op(XENMEM_populate_physmap, &r) == 3);
	CHECK(get_gpfn_of(MFN(list[1])) == 101 && list[3] == 103);
	r.domid = GUEST_B;
	CHECK(guest_memory_op(XENMEM_populate_physmap, &r) == -EPERM);
	r.domid = 99;
	CHECK(guest_memory_op(XENMEM_populate_physmap, &r) == 0);
	CHECK(guest_memory_op(XENMEM_maximum_ram_page, NULL) == WORLD_FRAMES);
	CHECK(guest_memory_op(8, NULL) == -ENOSYS);
	CHECK(guest_memory_op(XENMEM_exchange, NULL) == -EFAULT);
}

static void claims(void)
{
	struct domain *d = world_domain[GUEST_A];
	const unsigned long free_frames = avail_heap_pages();

	CHECK(domain_set_claim(d, d->tot_pages) == -EINVAL);
	CHECK(domain_set_claim(d, d->tot_pages + free_frames + 1) == -ENOMEM);
	CHECK(domain_set_claim(d, d->tot_pages + free_frames) == 0);
	CHECK(!alloc_domheap_pages(world_domain[GUEST_B], 0, 0));
	CHECK(alloc_domheap_pages(d, 0, 0));
	CHECK(outstanding_claims() == free_frames - 1);
	CHECK(domain_set_claim(d, 0) == 0 && outstanding_claims() == 0);
	/* Nobody would take it back from one that is going. */
	d->is_dying = true;
	CHECK(domain_set_claim(d, d->tot_pages + 1) == -EINVAL && outstanding_claims() == 0);
	d->is_dying = false;
}

static void no_data_leaks(void)
{
	u64 f = fresh(GUEST_A);
	unsigned long list[1] = { f };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle_raw(r.extent_start, list);
	memset(mfn_to_virt(MFN(f)), 0x5a, PAGE_SIZE);
	CHECK(guest_memory_op(XENMEM_decrease_reservation, &r) == 1);
	CHECK(PG(f)->count_info & PGC_need_scrub);
	for (unsigned int i = 0; i < 400; i++) {
		struct page_info *pg = alloc_domheap_pages(world_domain[GUEST_B], 0, 0);

		if (!pg)
			break;
		for (unsigned int j = 0; j < 512; j++)
			CHECK(((u64 *)page_to_virt(pg))[j] == 0);
	}
	while (scrub_free_pages(7))
		;
	for (u64 i = WORLD_FIRST; i < WORLD_FRAMES; i++)
		if ((PG(i)->count_info & PGC_state_mask) == PGC_state_free)
			for (unsigned int j = 0; j < 512; j++)
				CHECK(((u64 *)mfn_to_virt(MFN(i)))[j] == 0);
}

static void m2p_and_batches(void)
{
	struct mmu_update req[100];
	u64 f[4], data = fresh(GUEST_A);
	u32 done = 0;

	build_tree(GUEST_A, f, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	for (unsigned int i = 0; i < 100; i++)
		req[i] = (struct mmu_update){ ADDR(f[0], i), PTE(data, P | RW) };
	req[50] = (struct mmu_update){ ADDR(data, 0) | MMU_MACHPHYS_UPDATE, 0x1234 };
	CHECK(guest_mmu_update(req, 100, DOMID_SELF) == 0);
	CHECK(get_gpfn_of(MFN(data)) == 0x1234);
	CHECK(TYPES(data) == 99);
	req[70].val = PTE(f[2], P | RW);
	CHECK(do_mmu_update((u64)req, 100, (u64)&done, DOMID_SELF) == -EBUSY && done == 70);
	req[0] = (struct mmu_update){ ADDR(fresh(GUEST_B), 0) | MMU_MACHPHYS_UPDATE, 1 };
	CHECK(do_mmu_update((u64)req, 1, 0, DOMID_SELF) == -EINVAL);
	CHECK(do_mmu_update(16, 1, 0, DOMID_SELF) == -EFAULT);
	/* Accessed and dirty bits that the CPU set meanwhile are kept when that is asked for. */
	((u64 *)mfn_to_virt(MFN(f[0])))[3] |= _PAGE_ACCESSED | _PAGE_DIRTY;
	req[0] = (struct mmu_update){ ADDR(f[0], 3) | MMU_PT_UPDATE_PRESERVE_AD, PTE(data, P) };
	CHECK(guest_mmu_update(req, 1, DOMID_SELF) == 0);
	CHECK(((u64 *)mfn_to_virt(MFN(f[0])))[3] == PTE(data, P | U | _PAGE_ACCESSED | _PAGE_DIRTY));
	req[0].ptr = ADDR(f[0], 3);
	CHECK(guest_mmu_update(req, 1, DOMID_SELF) == 0);
	CHECK(((u64 *)mfn_to_virt(MFN(f[0])))[3] == PTE(data, P | U));
}

static void shared_hypervisor_frames(void)
{
	u64 f[4], data = fresh(GUEST_A);
	u64 shared = mfn_x(page_to_mfn(world_shared_frame(GUEST_A, true)));

	build_tree(GUEST_A, f, data);
	CHECK(guest_mmuext1(MMUEXT_PIN_L4_TABLE, f[3]) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 1), PTE(shared, P | RW)) == 0);
	CHECK(guest_write_pte(ADDR(f[0], 2), PTE(shared, P | _PAGE_PCD)) == -EBUSY);
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, shared) == -EINVAL);
	CHECK(guest_write_pte(ADDR(f[0], 1), 0) == 0);
	CHECK(guest_mmuext1(MMUEXT_PIN_L1_TABLE, shared) == -EINVAL);
	{
		unsigned long list[1] = { shared };
		struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

		set_xen_guest_handle_raw(r.extent_start, list);
		CHECK(guest_memory_op(XENMEM_decrease_reservation, &r) == 0);
	}
}

/* --- random operations --- */

static u64 random_entry(unsigned int id)
{
	u64 e = PTE(world_any_frame(id), 0);

	if (chance(85))
		e |= P;
	if (chance(45))
		e |= RW;
	if (chance(50))
		e |= U;
	if (chance(4))
		e |= 1ull << pick(12);
	if (chance(2))
		e |= 1ull << (52 + pick(12));
	return e;
}

/* A frame that is some table of the domain's, when there is one. */
static u64 some_table(unsigned int id)
{
	u64 f = world_own_frame(id);

	for (unsigned int i = 0; i < 20 && !(is_table_type(PG(f)->type_info) && TYPES(f)); i++)
		f = world_own_frame(id);
	return f;
}

static void random_updates(unsigned int id)
{
	struct mmu_update req[12];
	const u32 n = 1 + pick(ARRAY_SIZE(req));
	u64 table = some_table(id);
	u32 foreign = DOMID_SELF;

	for (u32 i = 0; i < n; i++) {
		if (chance(20))
			table = chance(80) ? some_table(id) : world_any_frame(id);
		req[i].ptr = ADDR(table, chance(70) ? pick(16) : pick(512)) + (chance(10) ? pick(8) : 0);
		req[i].val = chance(25) ? 0 : random_entry(id);
	}
	if (chance(10))
		foreign = chance(50) ? pick(NR_DOMAINS) : chance(50) ? DOMID_IO : pick(8) << 16 | DOMID_SELF;
	guest_mmu_update(req, n, foreign);
}

/* Plain data becomes a tree that can be pinned, often enough for deep structures to exist. */
static void random_tree(unsigned int id)
{
	u64 below[6];
	const unsigned int levels = 1 + pick(4);

	for (unsigned int i = 0; i < ARRAY_SIZE(below); i++)
		below[i] = world_own_frame(id);
	for (unsigned int level = 1; level <= levels; level++) {
		u64 f = world_own_frame(id);
		const unsigned int n = 1 + pick(8);

		if (TYPES(f))
			return;
		for (unsigned int i = 0; i < n; i++)
			guest_write_pte(ADDR(f, chance(80) ? pick(16) : pick(512)),
					PTE(below[pick(ARRAY_SIZE(below))], P | U | (chance(60) ? RW : 0)));
		for (unsigned int i = 0; i < ARRAY_SIZE(below); i++)
			if (chance(60) || level == 1)
				below[i] = f;
		if (chance(30))
			guest_mmuext1(MMUEXT_PIN_L1_TABLE + level - 1, f);
		if (level == 4 && chance(50))
			guest_mmuext1(chance(70) ? MMUEXT_NEW_BASEPTR : MMUEXT_NEW_USER_BASEPTR, f);
	}
}

static void random_mmuext(unsigned int id)
{
	struct mmuext_op op[3];
	const u32 n = 1 + pick(ARRAY_SIZE(op));

	for (u32 i = 0; i < n; i++) {
		op[i].cmd = pick(100) < 60 ? (u32[]){ MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE,
						      MMUEXT_PIN_L4_TABLE, MMUEXT_UNPIN_TABLE, MMUEXT_UNPIN_TABLE,
						      MMUEXT_UNPIN_TABLE }[pick(7)]
					   : pick(22);
		op[i].arg1.mfn = chance(60) ? some_table(id) : world_any_frame(id);
		op[i].arg2.src_mfn = world_any_frame(id);
		if (op[i].cmd == MMUEXT_SET_LDT) {
			op[i].arg1.linear_addr = (u64)pick(8) << PAGE_SHIFT;
			op[i].arg2.nr_ents = pick(600);
		}
		if (op[i].cmd == MMUEXT_TLB_FLUSH_MULTI || op[i].cmd == MMUEXT_INVLPG_MULTI)
			op[i].arg2.src_mfn = 0;
	}
	guest_mmuext(op, n, chance(90) ? DOMID_SELF : pick(4));
}

static void random_memory(unsigned int id)
{
	unsigned long list[4], out[4];
	struct xen_memory_reservation r = { .nr_extents = 1 + pick(4), .domid = DOMID_SELF };
	struct xen_memory_exchange x = { 0 };

	for (unsigned int i = 0; i < 4; i++) {
		list[i] = world_any_frame(id);
		out[i] = pick(1000);
	}
	set_xen_guest_handle_raw(r.extent_start, list);
	switch (pick(3)) {
	case 0:
		guest_memory_op(XENMEM_decrease_reservation, &r);
		break;
	case 1:
		if (world_domain[id]->tot_pages < 200)
			guest_memory_op(XENMEM_populate_physmap, &r);
		break;
	default:
		x.in = x.out = r;
		x.in.nr_extents = 4;
		x.out.nr_extents = chance(50) ? 4 : 1;
		x.out.extent_order = x.out.nr_extents == 1 ? 2 : 0;
		set_xen_guest_handle_raw(x.out.extent_start, out);
		guest_memory_op(XENMEM_exchange, &x);
		break;
	}
}

static void random_grants(unsigned int id)
{
	unsigned int other = pick(NR_DOMAINS);
	u64 frame = world_own_frame(other);
	bool writable = chance(50);
	u64 table = some_table(id);

	if (chance(40)) {
		world_drop_one_hold();
		return;
	}
	if (!world_hold(PG(frame), world_domain[other], writable))
		return;
	if (chance(70))
		create_grant_pv_mapping(chance(80) ? ADDR(table, pick(16)) : (u64)pick(32) << PAGE_SHIFT,
					PTE(frame, P | U | (writable ? RW : 0)), chance(80));
	if (chance(50))
		replace_grant_pv_mapping(ADDR(table, pick(16)), PTE(frame, P | (writable ? RW : 0)), 0, true);
	if (chance(20))
		replace_grant_pv_mapping((u64)pick(32) << PAGE_SHIFT, PTE(frame, P | (writable ? RW : 0)),
					 (u64)pick(32) << PAGE_SHIFT, false);
}

static void random_descriptors(unsigned int id)
{
	u64 frames[3] = { world_own_frame(id), world_any_frame(id), world_own_frame(id) };

	switch (pick(4)) {
	case 0:
		pv_set_gdt(current, frames, pick(3 * 512));
		break;
	case 1:
		do_update_descriptor(ADDR(world_any_frame(id), pick(512)), chance(50) ? 0x00cf93000000ffffull : world_random());
		break;
	case 2:
		pv_map_ldt_page(current, pick(17));
		break;
	default:
		pv_destroy_gdt(current);
		break;
	}
}

static void random_emulation(void)
{
	static u8 code[32];
	struct cpu_regs regs = { .rip = (u64)code, .rflags = 0x202 };
	static const u8 forms[][6] = {
		{ 0x48, 0x89, 0x0f }, { 0x48, 0x87, 0x0f }, { 0xf0, 0x80, 0x27, 0xfd }, { 0x48, 0x09, 0x0f },
		{ 0xf0, 0x48, 0x0f, 0xb1, 0x0f }, { 0x48, 0x0f, 0xab, 0x0f }, { 0x48, 0xc7, 0x07, 0, 0, 0 },
	};

	memset(code, 0, sizeof(code));
	memcpy(code, forms[pick(ARRAY_SIZE(forms))], 6);
	regs.rcx = chance(30) ? world_random() & 63 : random_entry(current->domain->id);
	ptwr_emulate_fault(current, &regs, (u64)pick(16) << PAGE_SHIFT | pick(512) * 8);
}

static void random_operation(void)
{
	unsigned int id;

	/* CPUs keep running what they run for a while, or every switch would flush what should be stale. */
	if (chance(10) || current->is_idle)
		world_run(pick(NR_DOMAINS), pick(WORLD_VCPUS));
	else
		world_run_any();
	id = current->domain->id;
	if (chance(30))
		current->pv.flags ^= PV_KERNEL_MODE;
	switch (pick(100)) {
	case 0 ... 39:
		random_updates(id);
		break;
	case 40 ... 49:
		random_tree(id);
		break;
	case 50 ... 69:
		random_mmuext(id);
		break;
	case 70 ... 77:
		do_update_va_mapping((u64)pick(chance(80) ? 16 : 4096) << PAGE_SHIFT, random_entry(id), pick(7));
		break;
	case 78 ... 83:
		random_emulation();
		break;
	case 84 ... 89:
		random_grants(id);
		break;
	case 90 ... 94:
		random_descriptors(id);
		break;
	case 95 ... 98:
		random_memory(id);
		break;
	default:
		scrub_free_pages(pick(10));
		break;
	}
}

static unsigned long all_free;

/* One domain dies, or all of them: then every frame must have come back. */
static bool end_some_domains(void)
{
	const bool all = chance(50);

	for (unsigned int id = 0; id < NR_DOMAINS; id++) {
		while (all && world_drop_one_hold())
			;
		if (all || id == GUEST_A)
			world_destroy(id);
	}
	if (all && (!world_check() || avail_heap_pages() != all_free)) {
		printf("FAIL %lu frames are free, %lu were\n", avail_heap_pages(), all_free);
		return false;
	}
	for (unsigned int id = 0; id < NR_DOMAINS; id++)
		if (!world_domain[id])
			world_create(id, 120 + pick(80));
	return true;
}

static void random_run(u32 operations)
{
	static const u32 preempt[] = { 0, 2, 20, 80 };

	for (u32 i = 0; i < operations; i++) {
		if (i % 5000 == 0) {
			world_preempt_percent = preempt[pick(4)];
			world_abandon_percent = chance(50) ? 0 : 20;
		}
		if (i % 20000 == 19999 && !end_some_domains()) {
			printf("FAIL %s: at operation %u\n", test_name, i);
			failures++;
			return;
		}
		random_operation();
		if (!world_check_tlbs() || (i % 2000 == 0 && !world_check())) {
			printf("FAIL %s: after operation %u\n", test_name, i);
			failures++;
			return;
		}
		world_walk_some();
	}
	world_preempt_percent = world_abandon_percent = 0;
	while (world_drop_one_hold())
		;
}

static void one_million_random_operations(void)
{
	random_run(1000000);
}

int main(void)
{
	static const struct { const char *name; void (*run)(void); } tests[] = {
#define T(name) { #name, name }
		T(pin_and_unpin), T(type_confusion), T(foreign_frames), T(control_domain_maps),
		T(recursive_mappings), T(failed_validation), T(abandoned_work), T(replaced_roots),
		T(emulated_writes), T(emulator_fuzz), T(descriptors), T(local_descriptor_table),
		T(nobody_joins_the_last), T(cache_is_flushed_last), T(uncached_changes_hands), T(balloon_and_exchange), T(claims), T(no_data_leaks), T(m2p_and_batches),
		T(shared_hypervisor_frames), T(one_million_random_operations),
	};

	world_init(20);
	rangeset_add_range(mmio_readonly, HOLE_FIRST + 1, HOLE_FIRST + 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		int before = failures;

		if (i == 1)
			all_free = avail_heap_pages();
		start(tests[i].name);
		tests[i].run();
		finish(before);
		if (i && avail_heap_pages() != all_free) {
			printf("FAIL %s: %lu frames are free, %lu were\n", tests[i].name, avail_heap_pages(), all_free);
			failures++;
			all_free = avail_heap_pages();
		}
	}
	return failures ? 1 : 0;
}
