// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/lib/bitmap.c xen/common/grant_table.c xen/common/grant_entry.c xen/common/grant_map.c xen/common/grant_copy.c xen/common/grant_transfer.c xen/common/grant_version.c xen/common/grant_cache.c tests/unit/shim_evt/shim_evt.c tests/unit/shim_evt/stub_hypercalls.c
// CFLAGS: -Itests/unit/shim_evt -Ixen/include -Iinclude -Ixen/common -D__XEN__ -DCONFIG_DEBUG -fno-strict-aliasing -ffreestanding
/*
 * Grant tables: each operation's good and bad cases in both versions and both
 * layouts, deaths in any order, and random operations after which every count
 * is what it was.
 */
#include "shim_evt.h"

#include "grant_compat.h"
#include "grant_private.h"

static struct domain *A, *B, *C;	/* control, 64-bit; plain, 64-bit; plain, 32-bit */
static u32 base_frames, base_objects;

static void domain_final(struct domain *d)
{
	grant_table_destroy(d);
}
static struct domain *make(domid_t id, bool priv, bool is_32bit)
{
	struct domain *d = shim_domain(id, 1, priv, is_32bit);

	if (grant_table_init(d))
		abort();
	return d;
}
/* What domain_kill does with grants and frames. Entries of its page tables go by zap first. */
static void kill(struct domain *d)
{
	int rc;

	d->is_dying = true;
	do {
		shim_preempt_after = shim_preempt_each;
		rc = grant_table_release_mappings(d);
	} while (rc == -ERESTART);
	shim_preempt_after = 0;
	CHECK_EQ(rc, 0);
	for (u32 m = 1; m < SHIM_FRAMES - 16; m++) {
		struct page_info *pg = mfn_to_page(MFN(m));

		if (page_owner(pg) == d && (pg->count_info & PGC_allocated) && !(pg->count_info & PGC_xen_heap))
			shim_drop_frame(MFN(m));
	}
	put_domain(d);
}
static void set_up(void)
{
	base_frames = shim_free_frames();
	base_objects = shim_objects();
	A = dom0 = make(0, true, false);
	B = make(1, false, false);
	C = make(2, false, true);
	shim_run_as(A, 0);
}
static void tear_down(const char *name)
{
	shim_run_as(A, 0);
	kill(B);
	kill(C);
	kill(A);
	CHECK_EQ(shim_free_frames(), base_frames);
	CHECK_EQ(shim_objects(), base_objects);
	shim_result(name);
}

/* One structure in guest memory. */
#define OP1(type, cmd, ...) ({						\
	static struct gnttab_##type *g_;				\
	if (!g_)							\
		g_ = shim_guest(sizeof(*g_));				\
	*g_ = (struct gnttab_##type){ __VA_ARGS__ };			\
	last_arg = g_;							\
	shim_grant_op(GNTTABOP_##cmd, g_, 1); })
static void *last_arg;
#define RES(type) ((struct gnttab_##type *)last_arg)

static int map(domid_t dom, u32 ref, u32 flags, u64 addr)
{
	CHECK_EQ(OP1(map_grant_ref, map_grant_ref, .host_addr = addr, .flags = flags, .ref = ref, .dom = dom), 0);
	return RES(map_grant_ref)->status ? RES(map_grant_ref)->status : (int)RES(map_grant_ref)->handle;
}
static int unmap(u32 handle, u64 addr, u64 bus)
{
	CHECK_EQ(OP1(unmap_grant_ref, unmap_grant_ref, .host_addr = addr, .dev_bus_addr = bus, .handle = handle), 0);
	return RES(unmap_grant_ref)->status;
}
#define HOST GNTMAP_host_map
#define DEV GNTMAP_device_map
#define RO GNTMAP_readonly

static int set_up_frames(struct domain *d, u32 n)
{
	static u64 *list;
	struct vcpu *was = current;
	int status;

	if (!list)
		list = shim_guest(64 * sizeof(*list));
	shim_run_as(d, 0);
	if (d->is_32bit) {
		static struct gnttab_setup_table_32 *g;

		if (!g)
			g = shim_guest(sizeof(*g));
		*g = (struct gnttab_setup_table_32){ .dom = DOMID_SELF, .nr_frames = n,
						     .frame_list = (u32)(u64)list };
		CHECK_EQ(shim_grant_op(GNTTABOP_setup_table, g, 1), 0);
		status = g->status;
		for (u32 i = 0; !status && i < n; i++)
			CHECK_EQ(((u32 *)list)[i], mfn_x(virt_to_mfn(d->grant_table->shared[i])));
	} else {
		CHECK_EQ(OP1(setup_table, setup_table, .dom = DOMID_SELF, .nr_frames = n, .frame_list.p = list), 0);
		status = RES(setup_table)->status;
		for (u32 i = 0; !status && i < n; i++)
			CHECK_EQ(list[i], mfn_x(virt_to_mfn(d->grant_table->shared[i])));
	}
	shim_current = was;
	return status;
}
static grant_entry_v1_t *v1(struct domain *d, u32 ref) { return entry_v1(d->grant_table, ref); }
static grant_entry_v2_t *v2(struct domain *d, u32 ref) { return entry_v2(d->grant_table, ref); }
static void grant1(struct domain *d, u32 ref, domid_t to, mfn_t m, u32 flags)
{
	*v1(d, ref) = (grant_entry_v1_t){ GTF_permit_access | flags, to, mfn_x(m) };
}
static long version(struct domain *d, u32 v)
{
	struct vcpu *was = current;
	long rc;

	shim_run_as(d, 0);
	rc = OP1(set_version, set_version, .version = v);
	if (!rc)
		CHECK_EQ(d->grant_table->version, v);
	shim_current = was;
	return rc;
}

/* What takes the longer the larger a table is, is refused or can be interrupted. */
static void test_large_table(void)
{
	struct domain *d;
	u32 restarts = 0;

	set_up();
	d = shim_domain(3, 1, false, false);
	d->max_grant_frames = 300;
	CHECK_EQ(grant_table_init(d), 0);
	while (d->grant_table->nr_frames < 256)
		CHECK_EQ(grant_grow(d), 0);
	CHECK_EQ(version(d, 2), 0);
	CHECK_EQ(version(d, 1), 0);
	CHECK_EQ(grant_grow(d), 0);
	CHECK_EQ(version(d, 2), -EBUSY);
	d->is_dying = true;
	shim_preempt_after = 1;
	while (grant_table_release_mappings(d) == -ERESTART)
		restarts++;
	shim_preempt_after = 0;
	CHECK_EQ(restarts, 4);
	CHECK_EQ(grant_table_release_mappings(d), 0);
	put_domain(d);
	tear_down("grant_large_table");
}

static void test_table(void)
{
	static u64 *list;

	set_up();
	list = shim_guest(64 * 8);
	for (u32 op = 0; op <= GNTTABOP_cache_flush; op++)
		CHECK_EQ(shim_grant_op(op, NULL, 1), op == GNTTABOP_dump_table ? -ENOSYS : -EFAULT);
	CHECK_EQ(shim_grant_op(13, list, 1), -ENOSYS);
	CHECK_EQ(shim_grant_op(0xfff, list, 1), -ENOSYS);
	CHECK_EQ(shim_grant_op(GNTTABOP_map_grant_ref, list, 0x80000000u), -EINVAL);
	CHECK_EQ(shim_grant_op(GNTTABOP_map_grant_ref | 1 << 12, list, 1), -EINVAL);
	CHECK_EQ(shim_grant_op(GNTTABOP_map_grant_ref, NULL, 0), 0);
	CHECK_EQ(shim_grant_op(GNTTABOP_setup_table, list, 2), -EINVAL);
	CHECK_EQ(shim_grant_op(GNTTABOP_query_size, list, 0), -EINVAL);
	CHECK_EQ(shim_grant_op(GNTTABOP_get_status_frames, list, 2), -EINVAL);

	CHECK_EQ(set_up_frames(A, 9), GNTST_general_error);
	CHECK_EQ(set_up_frames(A, ~0u), GNTST_general_error);
	CHECK_EQ(A->grant_table->nr_frames, 0);
	shim_preempt_each = 1;
	shim_continuations = 0;
	CHECK_EQ(set_up_frames(A, 3), 0);
	CHECK_EQ(shim_continuations, 3);
	shim_preempt_each = 0;
	CHECK_EQ(set_up_frames(A, 2), 0);
	CHECK_EQ(set_up_frames(C, 4), 0);
	for (u32 n = 1; n <= 5; n++) {
		shim_fail_alloc = n;
		CHECK_EQ(set_up_frames(A, 4), GNTST_general_error);
		CHECK_EQ(A->grant_table->nr_frames, 3);
		shim_fail_alloc = 0;
		/* What it made is kept for the next try, so the fifth allocation of that is the first of this. */
		if (n == 1)
			break;
	}
	CHECK_EQ(set_up_frames(A, 4), 0);
	CHECK_EQ(OP1(setup_table, setup_table, .dom = 1, .nr_frames = 1, .frame_list.p = list), 0);
	CHECK_EQ(RES(setup_table)->status, 0);
	CHECK_EQ(OP1(setup_table, setup_table, .dom = 9, .nr_frames = 1, .frame_list.p = list), 0);
	CHECK_EQ(RES(setup_table)->status, GNTST_bad_domain);
	CHECK_EQ(OP1(setup_table, setup_table, .dom = 1, .nr_frames = 1, .frame_list.p = NULL), -EFAULT);
	CHECK_EQ(OP1(query_size, query_size, .dom = DOMID_SELF), 0);
	CHECK_EQ(RES(query_size)->nr_frames, 4);
	CHECK_EQ(RES(query_size)->max_nr_frames, 8);
	CHECK_EQ(OP1(query_size, query_size, .dom = 9), 0);
	CHECK_EQ(RES(query_size)->status, GNTST_bad_domain);
	CHECK_EQ(OP1(get_version, get_version, .dom = DOMID_SELF), 0);
	CHECK_EQ(RES(get_version)->version, 1);
	CHECK_EQ(OP1(get_version, get_version, .dom = 9), -ESRCH);

	shim_run_as(B, 0);
	CHECK_EQ(OP1(setup_table, setup_table, .dom = 0, .nr_frames = 1, .frame_list.p = list), 0);
	CHECK_EQ(RES(setup_table)->status, GNTST_permission_denied);
	CHECK_EQ(OP1(query_size, query_size, .dom = 0), 0);
	CHECK_EQ(RES(query_size)->status, GNTST_permission_denied);
	CHECK_EQ(OP1(get_version, get_version, .dom = 0), -EPERM);
	CHECK_EQ(OP1(get_status_frames, get_status_frames, .dom = 0), 0);
	CHECK_EQ(RES(get_status_frames)->status, GNTST_permission_denied);

	/* The interfaces for XENMEM. */
	mfn_t m[8];
	CHECK_EQ(grant_table_acquire_resource(B, 0, 0, 8, m), 0);
	CHECK_EQ(B->grant_table->nr_frames, 8);
	CHECK_EQ(mfn_x(m[7]), mfn_x(virt_to_mfn(B->grant_table->shared[7])));
	CHECK_EQ(grant_table_acquire_resource(B, 0, 7, 2, m), -EINVAL);
	CHECK_EQ(grant_table_acquire_resource(B, 0, ~0u, 2, m), -EINVAL);
	CHECK_EQ(grant_table_acquire_resource(B, 0, 0, 0, m), -EINVAL);
	CHECK_EQ(grant_table_acquire_resource(B, 1, 0, 1, m), -EINVAL);	/* version 1 */
	CHECK_EQ(grant_table_acquire_resource(B, 2, 0, 1, m), -EINVAL);
	CHECK_EQ(grant_table_frame(B, false, 8, m), -EINVAL);
	tear_down("grant_table");
}

static void test_map(void)
{
	mfn_t f, pt;
	int h, h2;
	u64 pte;

	set_up();
	set_up_frames(B, 1);
	f = shim_frame(B, 1);
	pt = shim_frame(B, 2);
	mfn_to_page(pt)->type_info = PGT_l1 | PGT_validated | 1;
	grant1(B, 8, 0, f, 0);
	grant1(B, 9, 0, f, GTF_readonly);
	grant1(B, 10, 2, f, 0);			/* for C */
	grant1(B, 11, 0, pt, 0);
	grant1(B, 12, 0, MFN(SHIM_FRAMES - 1), 0);
	grant1(B, 13, 0, f, GTF_sub_page);
	*v1(B, 14) = (grant_entry_v1_t){ GTF_accept_transfer, 0, 0 };
	grant1(B, 15, 0, virt_to_mfn(A->shared_info), 0);	/* not B's */

	CHECK_EQ(map(9, 8, HOST, 0x1000), GNTST_bad_domain);
	CHECK_EQ(map(DOMID_SELF, 8, HOST, 0x1000), GNTST_bad_domain);
	CHECK_EQ(map(1, 8, RO, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(map(1, 512, HOST, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(map(1, ~0u, HOST, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(map(2, 8, HOST, 0x1000), GNTST_bad_gntref);	/* C has no table yet */
	CHECK_EQ(map(1, 7, HOST, 0x1000), GNTST_bad_gntref);	/* empty */
	CHECK_EQ(map(1, 9, HOST, 0x1000), GNTST_bad_gntref);	/* read-only */
	CHECK_EQ(map(1, 10, HOST, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(map(1, 11, HOST, 0x1000), GNTST_general_error);	/* a page table, writable */
	CHECK_EQ(map(1, 12, HOST, 0x1000), GNTST_bad_page);
	CHECK_EQ(map(1, 13, HOST | RO, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(map(1, 14, HOST | RO, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(map(1, 15, HOST | RO, 0x1000), GNTST_bad_page);
	CHECK_EQ(map(1, 8, HOST, HYPERVISOR_START), GNTST_general_error);
	for (u32 i = 7; i < 16; i++)
		CHECK(!(v1(B, i)->flags & (GTF_reading | GTF_writing)));
	CHECK_EQ(B->grant_table->pinned, 0);
	CHECK_EQ(B->refcount, 2);		/* its own, and its frames' */

	/* A page table may be looked at. */
	h = map(1, 11, HOST | RO, 0x1000);
	CHECK(h >= 0);
	CHECK_EQ(unmap(h, 0x1000, 0), 0);

	h = map(1, 8, HOST | GNTMAP_application_map | 5 << _GNTMAP_guest_avail0, 0x1000);
	CHECK(h >= 0);
	CHECK_EQ(RES(map_grant_ref)->dev_bus_addr, mfn_to_maddr(f));
	pte = shim_pte(0x1000);
	CHECK_EQ(pte, mfn_to_maddr(f) | _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED |
		      _PAGE_DIRTY | _PAGE_NX | _PAGE_AVAIL0 | _PAGE_AVAIL2);
	CHECK_EQ(v1(B, 8)->flags, GTF_permit_access | GTF_reading | GTF_writing);
	CHECK_EQ(shim_refs(f), 3);
	CHECK_EQ(shim_type_refs(f), 2);
	/* The granter changes its mind: what is pinned stays what it was. */
	v1(B, 8)->frame = 1;
	h2 = map(1, 8, HOST | RO | DEV, 0x2000);
	CHECK(h2 >= 0 && h2 != h);
	pte = shim_pte(0x2000);
	CHECK_EQ(pte, mfn_to_maddr(f) | _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX);
	CHECK_EQ(B->grant_table->pinned, 1);

	shim_key['g']('g');

	/* Somebody else, while it is in use. */
	v1(B, 8)->domid = 2;
	shim_run_as(C, 0);
	CHECK_EQ(map(1, 8, HOST | RO, 0x3000), GNTST_general_error);
	shim_run_as(A, 0);
	v1(B, 8)->domid = 0;

	CHECK_EQ(unmap(h, 0x5000, 0), GNTST_general_error);	/* not where it is */
	CHECK_EQ(unmap(h, 0x2000, 0), GNTST_general_error);	/* the same frame, but read-only */
	CHECK_EQ(unmap(h, 0x1000, 0), 0);
	CHECK_EQ(v1(B, 8)->flags, GTF_permit_access | GTF_reading);
	CHECK_EQ(unmap(h, 0x1000, 0), GNTST_bad_handle);
	CHECK_EQ(unmap(~0u, 0x1000, 0), GNTST_bad_handle);
	CHECK_EQ(unmap(300, 0x1000, 0), GNTST_bad_handle);
	CHECK_EQ(unmap(h2, 0, 0), 0);				/* nothing asked */
	CHECK_EQ(unmap(h2, 0, mfn_to_maddr(f) + 4096), GNTST_bad_dev_addr);
	CHECK_EQ(unmap(h2, 0, mfn_to_maddr(f)), 0);
	CHECK(v1(B, 8)->flags & GTF_reading);
	u32 flushes = shim_flushes;
	CHECK_EQ(unmap(h2, 0x2000, mfn_to_maddr(f)), 0);
	CHECK_EQ(shim_flushes, flushes + 1);
	CHECK_EQ(v1(B, 8)->flags, GTF_permit_access);
	CHECK_EQ(shim_refs(f), 1);
	CHECK_EQ(shim_type_refs(f), 0);
	CHECK_EQ(B->grant_table->pinned, 0);
	CHECK_EQ(shim_ptes(), 0);

	/* Read first, then write, of one entry. */
	v1(B, 8)->frame = mfn_x(f);
	h = map(1, 8, HOST | RO, 0x1000);
	v1(B, 8)->flags |= GTF_readonly;
	CHECK_EQ(map(1, 8, HOST, 0x2000), GNTST_bad_gntref);
	v1(B, 8)->flags &= ~GTF_readonly;
	h2 = map(1, 8, HOST, 0x2000);
	CHECK(h2 >= 0);
	CHECK_EQ(v1(B, 8)->flags, GTF_permit_access | GTF_reading | GTF_writing);
	CHECK_EQ(unmap(h, 0x1000, 0), 0);
	CHECK_EQ(v1(B, 8)->flags, GTF_permit_access | GTF_reading | GTF_writing);

	/* Its entry overwritten behind our back: the handle stays until the end. */
	shim_zap_pte(0x2000);
	CHECK_EQ(unmap(h2, 0x2000, 0), GNTST_general_error);
	CHECK_EQ(shim_refs(f), 2);

	/* By the address of a page-table entry; and a mapping moved over it. */
	h = map(1, 9, HOST | RO | GNTMAP_contains_pte, 0x7000008);
	CHECK(h >= 0);
	CHECK_EQ(map(1, 9, HOST | RO | GNTMAP_contains_pte, 0x7000004), GNTST_general_error);
	CHECK_EQ(unmap(h, 0x7000008, 0), 0);
	h = map(1, 9, HOST | RO, 0x8000);
	mfn_t own = shim_frame(A, 3);
	get_page(mfn_to_page(own), A);
	shim_set_pte(0x9000, mfn_to_maddr(own) | _PAGE_PRESENT);
	CHECK_EQ(OP1(unmap_and_replace, unmap_and_replace, .host_addr = 0x8000, .new_addr = 0x9000, .handle = h), 0);
	CHECK_EQ(RES(unmap_and_replace)->status, 0);
	CHECK_EQ(shim_pte(0x8000), mfn_to_maddr(own) | _PAGE_PRESENT);
	CHECK_EQ(shim_pte(0x9000), 0);
	shim_zap_pte(0x8000);

	/* A 32-bit guest's kernel is not ring 3. */
	shim_run_as(C, 0);
	h = map(1, 10, HOST, 0x3000);
	CHECK(h >= 0 && !(shim_pte(0x3000) & _PAGE_USER));
	CHECK_EQ(unmap(h, 0x3000, 0), 0);

	/* Handles run out. */
	shim_run_as(A, 0);
	u32 n, frames = shim_free_frames();
	for (n = 0; (h = map(1, 9, DEV | RO, 0)) >= 0; n++)
		;
	CHECK_EQ(h, GNTST_no_space);
	CHECK_EQ(n, 2 * 256 - 1);		/* one is still held */
	CHECK_EQ(shim_free_frames(), frames);	/* dom0's handles, which outlast its guests, take no memory */
	shim_run_as(C, 0);
	for (n = 0; (h = map(1, 10, DEV | RO, 0)) >= 0; n++)
		;
	CHECK_EQ(h, GNTST_no_space);
	CHECK_EQ(n, 2 * 256);
	CHECK_EQ(shim_free_frames(), frames - 1);	/* another's are made as it needs them: the first page is there */
	mfn_to_page(pt)->type_info = PGT_writable | PGT_validated;
	tear_down("grant_map");
}

static void test_batches(void)
{
	struct gnttab_map_grant_ref *m = shim_guest(100 * sizeof(*m));
	struct gnttab_unmap_grant_ref *u = shim_guest(100 * sizeof(*u));
	mfn_t f;

	set_up();
	set_up_frames(B, 1);
	f = shim_frame(B, 0);
	for (u32 i = 0; i < 100; i++)
		grant1(B, 100 + i, 0, f, i & 1 ? GTF_readonly : 0);
	for (u32 each = 0; each < 4; each++) {
		shim_preempt_each = each;
		shim_continuations = 0;
		for (u32 i = 0; i < 100; i++)
			m[i] = (struct gnttab_map_grant_ref){ .host_addr = 0x10000 + i * 0x1000,
				.flags = HOST | (i & 1 ? RO : 0), .ref = 100 + i, .dom = i == 50 ? 9 : 1 };
		CHECK_EQ(shim_grant_op(GNTTABOP_map_grant_ref, m, 100), 0);
		if (each)
			CHECK(shim_continuations > 0);
		for (u32 i = 0; i < 100; i++) {
			CHECK_EQ(m[i].status, i == 50 ? GNTST_bad_domain : 0);
			u[i] = (struct gnttab_unmap_grant_ref){ .host_addr = m[i].host_addr,
				.handle = i == 50 ? ~0u : m[i].handle };
		}
		CHECK_EQ(shim_refs(f), 1 + 2 * 99);
		shim_flushes = 0;
		CHECK_EQ(shim_grant_op(GNTTABOP_unmap_grant_ref, u, 100), 0);
		CHECK_EQ(shim_flushes, 4);	/* groups of 32 */
		for (u32 i = 0; i < 100; i++)
			CHECK_EQ(u[i].status, i == 50 ? GNTST_bad_handle : 0);
		CHECK_EQ(shim_refs(f), 1);
	}
	shim_preempt_each = 0;

	/* A fault in the middle: what came before is done, wholly. */
	for (u32 i = 0; i < 10; i++)
		m[i] = (struct gnttab_map_grant_ref){ .host_addr = 0x10000 + i * 0x1000,
			.flags = HOST | RO, .ref = 100 + i, .dom = 1 };
	CHECK_EQ(shim_grant_op(GNTTABOP_map_grant_ref, m, 10), 0);
	for (u32 i = 0; i < 10; i++)
		u[i] = (struct gnttab_unmap_grant_ref){ .host_addr = m[i].host_addr, .handle = m[i].handle };
	shim_fail_copy = 9;
	CHECK_EQ(shim_grant_op(GNTTABOP_unmap_grant_ref, u, 10), -EFAULT);
	CHECK_EQ(shim_refs(f), 1 + 2 * 6);
	shim_fail_copy = 2;
	CHECK_EQ(shim_grant_op(GNTTABOP_unmap_grant_ref, u + 4, 1), -EFAULT);
	CHECK_EQ(shim_refs(f), 1 + 2 * 5);
	CHECK_EQ(shim_grant_op(GNTTABOP_unmap_grant_ref, u + 5, 5), 0);
	CHECK_EQ(shim_refs(f), 1);
	tear_down("grant_batches");
}

static int copy(struct gnttab_copy op)
{
	static struct gnttab_copy *g;

	if (!g)
		g = shim_guest(sizeof(*g));
	*g = op;
	CHECK_EQ(shim_grant_op(GNTTABOP_copy, g, 1), 0);
	return g->status;
}
#define FROM_REF(d, r, o) .source = { .u.ref = (r), .domid = (d), .offset = (o) }
#define TO_REF(d, r, o) .dest = { .u.ref = (r), .domid = (d), .offset = (o) }
#define FROM_OWN(m, o) .source = { .u.gmfn = mfn_x(m), .domid = DOMID_SELF, .offset = (o) }
#define TO_OWN(m, o) .dest = { .u.gmfn = mfn_x(m), .domid = DOMID_SELF, .offset = (o) }
#define SRC GNTCOPY_source_gref
#define DST GNTCOPY_dest_gref
#define COPY(...) copy((struct gnttab_copy){ __VA_ARGS__ })
static u8 *at(mfn_t m, u32 offset) { return (u8 *)mfn_to_virt(m) + offset; }

static void test_copy(void)
{
	mfn_t b, a, pt;

	set_up();
	set_up_frames(A, 1);
	set_up_frames(B, 1);
	a = shim_frame(A, 0xaa);
	b = shim_frame(B, 0xbb);
	pt = shim_frame(A, 0);
	mfn_to_page(pt)->type_info = PGT_l1 | PGT_validated | 1;
	grant1(B, 20, 0, b, 0);
	grant1(B, 21, 0, b, GTF_readonly);
	grant1(B, 22, 2, b, 0);

	CHECK_EQ(COPY(FROM_REF(1, 20, 0), TO_OWN(a, 100), .len = 50, .flags = SRC), 0);
	CHECK(*at(a, 99) == 0xaa && *at(a, 100) == 0xbb && *at(a, 149) == 0xbb && *at(a, 150) == 0xaa);
	CHECK_EQ(COPY(FROM_OWN(a, 0), TO_REF(1, 20, 4095), .len = 1, .flags = DST), 0);
	CHECK_EQ(*at(b, 4095), 0xaa);
	CHECK_EQ(COPY(FROM_OWN(a, 0), TO_OWN(a, 1), .len = 4095), 0);	/* overlapping */
	CHECK_EQ(COPY(FROM_OWN(a, 0), TO_OWN(a, 0), .len = 0), 0);
	CHECK_EQ(COPY(FROM_OWN(a, 1), TO_OWN(a, 0), .len = 4096), GNTST_bad_copy_arg);
	CHECK_EQ(COPY(FROM_OWN(a, 0), TO_OWN(a, 0xffff), .len = 0xffff), GNTST_bad_copy_arg);
	CHECK_EQ(COPY(.source = { .domid = 1 }, TO_OWN(a, 0), .len = 1), GNTST_permission_denied);
	CHECK_EQ(COPY(FROM_OWN(a, 0), .dest = { .domid = 0 }, .len = 1), GNTST_permission_denied);
	CHECK_EQ(COPY(FROM_REF(9, 20, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_bad_domain);
	CHECK_EQ(COPY(FROM_REF(1, 512, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_bad_gntref);
	CHECK_EQ(COPY(FROM_REF(1, 22, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_bad_gntref);
	CHECK_EQ(COPY(FROM_OWN(a, 0), TO_REF(1, 21, 0), .len = 1, .flags = DST), GNTST_bad_gntref);
	CHECK_EQ(COPY(FROM_REF(1, 21, 0), TO_OWN(pt, 0), .len = 1, .flags = SRC), GNTST_general_error);
	CHECK_EQ(COPY(FROM_REF(1, 21, 0), TO_OWN(b, 0), .len = 1, .flags = SRC), GNTST_bad_page);
	CHECK_EQ(COPY(FROM_OWN(MFN(~0ul), 0), TO_OWN(a, 0), .len = 1), GNTST_bad_page);
	/* One's own grant, to oneself. */
	grant1(A, 30, 0, a, 0);
	CHECK_EQ(COPY(FROM_REF(DOMID_SELF, 30, 0), TO_REF(0, 30, 8), .len = 8, .flags = SRC | DST), 0);

	/* Many, of the same ends, preempted and not: one pin each while it lasts. */
	struct gnttab_copy *g = shim_guest(64 * sizeof(*g));

	for (u32 each = 0; each < 3; each++) {
		shim_preempt_each = each;
		for (u32 i = 0; i < 64; i++) {
			g[i] = (struct gnttab_copy){ FROM_REF(1, 20, i), TO_OWN(a, i * 64), .len = 64, .flags = SRC };
			if (i % 8 == 7)
				g[i].source.u.ref = 21;
			if (i == 40)
				g[i].source.u.ref = 600;
		}
		CHECK_EQ(shim_grant_op(GNTTABOP_copy, g, 64), 0);
		for (u32 i = 0; i < 64; i++)
			CHECK_EQ(g[i].status, i == 40 ? GNTST_bad_gntref : 0);
	}
	shim_preempt_each = 0;
	shim_fail_copy = 4;
	CHECK_EQ(shim_grant_op(GNTTABOP_copy, g, 64), -EFAULT);

	/* The 32-bit layout. */
	struct gnttab_copy_32 *g32 = shim_guest(2 * sizeof(*g32));
	mfn_t c = shim_frame(C, 0xcc);

	shim_run_as(C, 0);
	for (u32 i = 0; i < 2; i++)
		g32[i] = (struct gnttab_copy_32){ { 22, 1, 0 }, { mfn_x(c), DOMID_SELF, 10 + i * 20 }, 10, SRC, 77 };
	CHECK_EQ(shim_grant_op(GNTTABOP_copy, g32, 2), 0);
	CHECK(!g32[0].status && !g32[1].status);
	CHECK(*at(c, 10) == 0xbb && *at(c, 9) == 0xcc && *at(c, 39) == 0xbb && *at(c, 40) == 0xcc);

	CHECK_EQ(shim_refs(a), 1);
	CHECK_EQ(shim_refs(b), 1);
	CHECK_EQ(shim_type_refs(b), 0);
	CHECK_EQ(B->grant_table->pinned, 0);
	for (u32 i = 20; i < 23; i++)
		CHECK(!(v1(B, i)->flags & (GTF_reading | GTF_writing)));
	mfn_to_page(pt)->type_info = PGT_writable | PGT_validated;
	tear_down("grant_copy");
}

static void full2(struct domain *d, u32 ref, domid_t to, mfn_t m, u32 flags)
{
	*v2(d, ref) = (grant_entry_v2_t){ .full_page = { { GTF_permit_access | flags, to }, 0, mfn_x(m) } };
}
static u16 *status2(struct domain *d, u32 ref) { return entry_status(d->grant_table, ref); }

static void test_version2(void)
{
	u64 *list = shim_guest(16 * 8);
	mfn_t a, b, c;
	int h, h2;

	set_up();
	set_up_frames(B, 2);
	a = shim_frame(A, 0xaa);
	b = shim_frame(B, 0xbb);
	grant1(B, 1, 0, b, 0);			/* reserved, and in use */
	grant1(B, 2, 0, b, GTF_readonly);
	*v1(B, 3) = (grant_entry_v1_t){ GTF_accept_transfer, 0, 5 };
	grant1(B, 8, 0, b, 0);
	h = map(1, 1, HOST, 0x1000);
	h2 = map(1, 8, HOST, 0x2000);
	CHECK_EQ(version(B, 2), -EBUSY);
	CHECK_EQ(version(B, 3), -EINVAL);
	CHECK_EQ(version(B, 0), -EINVAL);
	CHECK_EQ(unmap(h2, 0x2000, 0), 0);
	shim_fail_alloc = 1;
	CHECK_EQ(version(B, 2), -ENOMEM);
	CHECK_EQ(version(B, 2), 0);
	CHECK_EQ(v2(B, 1)->full_page.frame, mfn_x(b));
	CHECK_EQ(v2(B, 1)->hdr.flags, GTF_permit_access);
	CHECK_EQ(*status2(B, 1), GTF_reading | GTF_writing);
	CHECK_EQ(v2(B, 2)->hdr.flags, GTF_permit_access | GTF_readonly);
	CHECK_EQ(v2(B, 3)->hdr.flags, 0);
	CHECK_EQ(v2(B, 8)->hdr.flags, 0);
	CHECK_EQ(unmap(h, 0x1000, 0), 0);
	CHECK_EQ(*status2(B, 1), 0);
	B->max_grant_version = 1;
	CHECK_EQ(version(B, 2), -ENOSYS);
	B->max_grant_version = 2;

	/* Status frames. */
	shim_run_as(B, 0);
	CHECK_EQ(OP1(get_status_frames, get_status_frames, .dom = DOMID_SELF, .nr_frames = 1, .frame_list.p = list), 0);
	CHECK_EQ(RES(get_status_frames)->status, 0);
	CHECK_EQ(list[0], mfn_x(virt_to_mfn(B->grant_table->status[0])));
	CHECK_EQ(OP1(get_status_frames, get_status_frames, .dom = DOMID_SELF, .nr_frames = 2, .frame_list.p = list), 0);
	CHECK_EQ(RES(get_status_frames)->status, GNTST_general_error);
	CHECK_EQ(OP1(get_status_frames, get_status_frames, .dom = 9, .nr_frames = 1, .frame_list.p = list), 0);
	CHECK_EQ(RES(get_status_frames)->status, GNTST_bad_domain);
	CHECK_EQ(OP1(get_status_frames, get_status_frames, .dom = DOMID_SELF, .nr_frames = 1), -EFAULT);
	shim_run_as(A, 0);

	/* Mapping and copying whole frames and parts. */
	full2(B, 100, 0, b, 0);
	*v2(B, 101) = (grant_entry_v2_t){ .sub_page = { { GTF_permit_access | GTF_sub_page, 0 }, 100, 200, mfn_x(b) } };
	*v2(B, 102) = (grant_entry_v2_t){ .full_page = { { GTF_permit_access, 0 }, 0, 1ull << 40 } };
	h = map(1, 100, HOST, 0x1000);
	CHECK(h >= 0);
	CHECK_EQ(*status2(B, 100), GTF_reading | GTF_writing);
	CHECK_EQ(unmap(h, 0x1000, 0), 0);
	CHECK_EQ(*status2(B, 100), 0);
	CHECK_EQ(map(1, 101, HOST | RO, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(map(1, 102, HOST | RO, 0x1000), GNTST_bad_page);
	CHECK_EQ(map(1, 512, HOST | RO, 0x1000), GNTST_bad_gntref);	/* entries are larger now */
	CHECK_EQ(COPY(FROM_REF(1, 101, 100), TO_OWN(a, 0), .len = 200, .flags = SRC), 0);
	CHECK(*at(a, 199) == 0xbb && *at(a, 200) == 0xaa);
	CHECK_EQ(COPY(FROM_REF(1, 101, 99), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_general_error);
	CHECK_EQ(COPY(FROM_REF(1, 101, 299), TO_OWN(a, 0), .len = 2, .flags = SRC), GNTST_general_error);
	v2(B, 101)->sub_page.page_off = 0xffff;
	v2(B, 101)->sub_page.length = 0xffff;
	CHECK_EQ(COPY(FROM_REF(1, 101, 0), TO_OWN(a, 0), .len = 2, .flags = SRC), GNTST_general_error);
	v2(B, 101)->sub_page.page_off = 0;	/* longer than a page: still a page */
	CHECK_EQ(COPY(FROM_REF(1, 101, 0), TO_OWN(a, 0), .len = 4096, .flags = SRC), 0);
	CHECK_EQ(*status2(B, 101), 0);

	/* Transitive: C grants to B, B passes it on to A. */
	c = shim_frame(C, 0xcc);
	set_up_frames(C, 1);
	grant1(C, 40, 1, c, 0);
	grant1(C, 41, 1, c, GTF_readonly);
	*v2(B, 110) = (grant_entry_v2_t){ .transitive = { { GTF_transitive, 0 }, 2, 0, 40 } };
	*v2(B, 111) = (grant_entry_v2_t){ .transitive = { { GTF_transitive, 0 }, 2, 0, 41 } };
	*v2(B, 112) = (grant_entry_v2_t){ .transitive = { { GTF_transitive, 0 }, 1, 0, 100 } };	/* to itself */
	*v2(B, 113) = (grant_entry_v2_t){ .transitive = { { GTF_transitive, 0 }, 9, 0, 100 } };
	*v2(B, 114) = (grant_entry_v2_t){ .transitive = { { GTF_transitive, 0 }, 2, 0, 999 } };
	CHECK_EQ(map(1, 110, HOST | RO, 0x1000), GNTST_bad_gntref);
	CHECK_EQ(COPY(FROM_REF(1, 110, 0), TO_OWN(a, 0), .len = 4096, .flags = SRC), 0);
	CHECK_EQ(*at(a, 4095), 0xcc);
	CHECK_EQ(COPY(FROM_OWN(a, 0), TO_REF(1, 110, 0), .len = 4096, .flags = DST), 0);
	CHECK_EQ(COPY(FROM_OWN(a, 0), TO_REF(1, 111, 0), .len = 4096, .flags = DST), GNTST_bad_gntref);
	CHECK_EQ(COPY(FROM_REF(1, 111, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), 0);
	CHECK_EQ(COPY(FROM_REF(1, 112, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_general_error);
	CHECK_EQ(COPY(FROM_REF(1, 113, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_general_error);
	CHECK_EQ(COPY(FROM_REF(1, 114, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_bad_gntref);
	/* Two steps are one too many. */
	CHECK_EQ(version(C, 2), 0);
	full2(C, 40, 1, c, 0);
	*v2(C, 42) = (grant_entry_v2_t){ .transitive = { { GTF_transitive, 1 }, 0, 0, 8 } };
	v2(B, 110)->transitive.gref = 42;
	CHECK_EQ(COPY(FROM_REF(1, 110, 0), TO_OWN(a, 0), .len = 1, .flags = SRC), GNTST_general_error);
	for (u32 i = 0; i < 256; i++) {
		CHECK_EQ(*status2(B, i), 0);
		CHECK_EQ(*status2(C, i), 0);
	}
	CHECK_EQ(B->grant_table->pinned, 0);
	CHECK_EQ(C->grant_table->pinned, 0);

	/* And back. */
	CHECK_EQ(version(B, 1), 0);
	CHECK_EQ(v1(B, 1)->flags, GTF_permit_access);
	CHECK_EQ(v1(B, 1)->frame, mfn_x(b));
	CHECK_EQ(v1(B, 100)->flags, 0);
	CHECK_EQ(version(B, 2), 0);
	set_up_frames(B, 8);
	CHECK_EQ(shim_refs(a), 1);
	CHECK_EQ(shim_refs(b), 1);
	CHECK_EQ(shim_refs(c), 1);
	tear_down("grant_version2");
}

static int transfer(mfn_t m, domid_t to, u32 ref)
{
	CHECK_EQ(OP1(transfer, transfer, .mfn = mfn_x(m), .domid = to, .ref = ref), 0);
	return RES(transfer)->status;
}

static void test_transfer(void)
{
	mfn_t f;

	set_up();
	set_up_frames(B, 1);
	*v1(B, 8) = (grant_entry_v1_t){ GTF_accept_transfer, 0, 0x123 };
	*v1(B, 9) = (grant_entry_v1_t){ GTF_accept_transfer, 2, 0 };
	grant1(B, 10, 0, MFN(5), 0);

	CHECK_EQ(transfer(MFN(~0ul), 1, 8), GNTST_bad_page);
	f = shim_frame(B, 0);
	CHECK_EQ(transfer(f, 1, 8), GNTST_bad_page);		/* not the caller's */
	f = shim_frame(A, 0x77);
	get_page(mfn_to_page(f), A);
	CHECK_EQ(transfer(f, 1, 8), GNTST_bad_page);		/* in use */
	CHECK(page_owner(mfn_to_page(f)) == A);
	put_page(mfn_to_page(f));
	shim_flushes = 0;
	CHECK_EQ(transfer(f, 1, 8), 0);
	CHECK_EQ(shim_flushes, 1);
	CHECK(page_owner(mfn_to_page(f)) == B);
	CHECK_EQ(v1(B, 8)->frame, mfn_x(f));
	CHECK_EQ(v1(B, 8)->flags, GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
	CHECK_EQ(get_gpfn_of(f), 0x123);
	CHECK_EQ(*at(f, 0), 0x77);

	/* Any other failure loses the frame. */
	u32 before = shim_free_frames();

	CHECK_EQ(transfer(shim_frame(A, 0), 1, 8), GNTST_bad_gntref);	/* used up */
	CHECK_EQ(transfer(shim_frame(A, 0), 1, 9), GNTST_bad_gntref);
	CHECK_EQ(transfer(shim_frame(A, 0), 1, 10), GNTST_bad_gntref);
	CHECK_EQ(transfer(shim_frame(A, 0), 1, ~0u), GNTST_bad_gntref);
	CHECK_EQ(transfer(shim_frame(A, 0), 9, 8), GNTST_bad_domain);
	*v1(B, 8) = (grant_entry_v1_t){ GTF_accept_transfer, 0, 0 };
	B->max_pages = B->tot_pages;
	CHECK_EQ(transfer(shim_frame(A, 0), 1, 8), GNTST_general_error);
	B->max_pages = SHIM_FRAMES;
	CHECK_EQ(shim_free_frames(), before);

	/* A 32-bit guest with a short window. */
	set_up_frames(C, 1);
	*v1(C, 8) = (grant_entry_v1_t){ GTF_accept_transfer, 0, 0 };
	C->pv.hv_start_low = 0xf6800000u - 4;
	CHECK_EQ(transfer(shim_frame(A, 0), 2, 8), GNTST_address_too_big);
	C->pv.hv_start_low = 0;
	CHECK_EQ(transfer(shim_frame(A, 0), 2, 8), 0);

	/* From one, in its layout, to a table of version 2. */
	CHECK_EQ(version(B, 2), 0);
	*v2(B, 50) = (grant_entry_v2_t){ .full_page = { { GTF_accept_transfer, 2 }, 0, 0x99 } };
	struct gnttab_transfer_32 *t = shim_guest(sizeof(*t));

	f = shim_frame(C, 1);
	shim_run_as(C, 0);
	*t = (struct gnttab_transfer_32){ mfn_x(f), 1, 50, 77 };
	CHECK_EQ(shim_grant_op(GNTTABOP_transfer, t, 1), 0);
	CHECK_EQ(t->status, 0);
	CHECK_EQ(v2(B, 50)->full_page.frame, mfn_x(f));
	tear_down("grant_transfer");
}

static void test_swap_and_flush(void)
{
	mfn_t b;
	int h;

	set_up();
	set_up_frames(A, 1);
	set_up_frames(B, 1);
	b = shim_frame(B, 0);
	shim_run_as(B, 0);
	grant1(B, 8, 0, b, 0);
	CHECK_EQ(OP1(swap_grant_ref, swap_grant_ref, .ref_a = 8, .ref_b = 9), 0);
	CHECK_EQ(RES(swap_grant_ref)->status, 0);
	CHECK(v1(B, 8)->flags == 0 && v1(B, 9)->frame == mfn_x(b));
	CHECK_EQ(OP1(swap_grant_ref, swap_grant_ref, .ref_a = 9, .ref_b = 9), 0);
	CHECK_EQ(RES(swap_grant_ref)->status, 0);
	CHECK_EQ(OP1(swap_grant_ref, swap_grant_ref, .ref_a = 9, .ref_b = 512), 0);
	CHECK_EQ(RES(swap_grant_ref)->status, GNTST_bad_gntref);
	CHECK_EQ(OP1(swap_grant_ref, swap_grant_ref, .ref_a = ~0u, .ref_b = 9), 0);
	CHECK_EQ(RES(swap_grant_ref)->status, GNTST_bad_gntref);
	shim_run_as(A, 0);

	/* Flushing what is not mapped, then what is. */
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = mfn_to_maddr(b), .length = 8, .op = 1), -EINVAL);
	h = map(1, 9, HOST, 0x1000);
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = mfn_to_maddr(b), .length = 8, .op = 1), 0);
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = mfn_to_maddr(b), .length = 8, .op = 3), 0);
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = mfn_to_maddr(b), .length = 8, .op = 2), -EOPNOTSUPP);
	CHECK_EQ(OP1(cache_flush, cache_flush, .length = 8, .op = 1u << 31 | 1), -EOPNOTSUPP);
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = mfn_to_maddr(b), .length = 8, .op = 0), -EINVAL);
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = mfn_to_maddr(b), .length = 8, .op = 4), -EINVAL);
	CHECK_EQ(OP1(cache_flush, cache_flush, .offset = 4096, .length = 0, .op = 1), -EINVAL);
	CHECK_EQ(OP1(cache_flush, cache_flush, .offset = 4095, .length = 2, .op = 1), -EINVAL);
	CHECK_EQ(OP1(cache_flush, cache_flush, .length = 0, .op = 1), 0);
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = ~0ull, .length = 8, .op = 1), -EINVAL);
	/* A search that is preempted goes on where it was. */
	shim_preempt_each = 1;
	shim_continuations = 0;
	mfn_t other = shim_frame(B, 0);
	CHECK_EQ(OP1(cache_flush, cache_flush, .a.dev_bus_addr = mfn_to_maddr(other), .length = 8, .op = 1), -EINVAL);
	CHECK_EQ(shim_continuations, A->grant_table->max_maptrack_frames);
	shim_preempt_each = 0;

	shim_run_as(B, 0);
	CHECK_EQ(OP1(swap_grant_ref, swap_grant_ref, .ref_a = 8, .ref_b = 9), 0);
	CHECK_EQ(RES(swap_grant_ref)->status, GNTST_eagain);
	shim_run_as(A, 0);
	CHECK_EQ(unmap(h, 0x1000, 0), 0);
	CHECK_EQ(shim_refs(b), 1);
	tear_down("grant_swap_and_flush");
}

/* Granter first, mapper first, both dying, mappings of every kind left open. */
static void test_death(void)
{
	for (u32 round = 0; round < 4; round++) {
		mfn_t f[4];
		int h[8];

		set_up();
		set_up_frames(B, 1);
		for (u32 i = 0; i < 4; i++) {
			f[i] = shim_frame(B, i);
			grant1(B, 8 + i, i & 2 ? 2 : 0, f[i], i & 1 ? GTF_readonly : 0);
		}
		if (round & 1)
			shim_preempt_each = 1;
		for (u32 i = 0; i < 4; i++) {
			shim_run_as(i & 2 ? C : A, 0);
			h[i] = map(1, 8 + i, HOST | (i & 1 ? RO : 0), 0x1000 * (i + 1));
			h[i + 4] = map(1, 8 + i, HOST | DEV | RO, 0x10000 * (i + 1));
			CHECK(h[i] >= 0 && h[i + 4] >= 0);
		}
		shim_run_as(A, 0);
		if (round & 2) {
			/* The granter: nobody gets in any more, but what is mapped stays theirs. */
			get_domain(B);
			kill(B);
			CHECK_EQ(map(1, 8, HOST, 0x9000), GNTST_bad_domain);
			CHECK_EQ(set_up_frames(A, 1), 0);
			CHECK_EQ(*at(f[1], 0), 1);
			for (u32 i = 0; i < 2; i++) {
				CHECK_EQ(unmap(h[i], 0x1000 * (i + 1), 0), 0);
				CHECK_EQ(unmap(h[i + 4], 0x10000 * (i + 1), mfn_to_maddr(f[i])), 0);
			}
			CHECK(!page_owner(mfn_to_page(f[0])) && page_owner(mfn_to_page(f[2])) == B);
			/* The last to let go frees it all. */
			kill(C);
			for (u32 i = 2; i < 4; i++) {
				shim_zap_pte(0x1000 * (i + 1));
				shim_zap_pte(0x10000 * (i + 1));
			}
			CHECK_EQ(B->refcount, 1);
			put_domain(B);
		} else {
			/* A mapper, whose page tables go after; the granter sees its marks go. */
			kill(C);
			CHECK(!(v1(B, 10)->flags & (GTF_reading | GTF_writing)));
			CHECK(v1(B, 8)->flags & GTF_writing);
			CHECK_EQ(shim_refs(f[2]), 3);
			for (u32 i = 2; i < 4; i++) {
				shim_zap_pte(0x1000 * (i + 1));
				shim_zap_pte(0x10000 * (i + 1));
			}
			CHECK_EQ(shim_refs(f[2]), 1);
			for (u32 i = 0; i < 2; i++) {
				shim_zap_pte(0x1000 * (i + 1));
				shim_zap_pte(0x10000 * (i + 1));
			}
			/* A keeps its handles; B goes, then A. */
			kill(B);
		}
		shim_preempt_each = 0;
		kill(A);
		CHECK_EQ(shim_ptes(), 0);
		CHECK_EQ(shim_free_frames(), base_frames);
		CHECK_EQ(shim_objects(), base_objects);
	}
	shim_result("grant_death");
}

/* Random maps, unmaps, copies, changes by granters, version changes; counts against a model. */
#define N_MAPS 128
static void test_random(void)
{
	static struct { bool used; u32 by, dom, ref, handle, flags; u64 addr; mfn_t mfn; } maps[N_MAPS];
	struct domain *dom[3];
	mfn_t f[3][16];
	u32 mapped = 0, copied = 0, changed = 0;

	set_up();
	dom[0] = A;
	dom[1] = B;
	dom[2] = C;
	for (u32 d = 0; d < 3; d++) {
		set_up_frames(dom[d], 1);
		for (u32 i = 0; i < 16; i++)
			f[d][i] = shim_frame(dom[d], d);
	}
	for (u32 n = 0; n < 300000 && !shim_failures; n++) {
		u32 me = shim_random() % 3, other = shim_random() % 3, ref = shim_random() % 40, s = shim_random() % N_MAPS;
		u32 x = shim_random();

		shim_run_as(dom[me], 0);
		switch (shim_random() % 8) {
		case 0: {
			u32 flags = x % 3 ? GTF_permit_access | (x & 8 ? GTF_readonly : 0) : (x >> 4) & 0x1ff;

			/* As its owner may, at any time, in use or not: flags must keep the marks. */
			if (dom[me]->grant_table->version == 1) {
				v1(dom[me], ref)->domid = other;
				v1(dom[me], ref)->frame = mfn_x(f[me][x % 16]);
				v1(dom[me], ref)->flags = flags;
			} else {
				full2(dom[me], ref, other, f[me][x % 16], 0);
				v2(dom[me], ref)->hdr.flags = flags;
			}
			break;
		}
		case 1:
		case 2:
		case 3: {
			u32 flags = (x & 1 ? HOST : 0) | (x & 2 ? DEV : 0) | (x & 4 ? RO : 0);
			u64 addr = 0x100000 + s * 0x1000;
			int h;

			if (maps[s].used)
				break;
			h = map(other, ref, flags, addr);
			if (h < 0)
				break;
			maps[s].used = true;
			maps[s].by = me;
			maps[s].dom = other;
			maps[s].ref = ref;
			maps[s].handle = h;
			maps[s].flags = flags;
			maps[s].addr = addr;
			maps[s].mfn = maddr_to_mfn(RES(map_grant_ref)->dev_bus_addr);
			mapped++;
			break;
		}
		case 4:
		case 5:
			if (!maps[s].used)
				break;
			shim_run_as(dom[maps[s].by], 0);
			CHECK_EQ(unmap(maps[s].handle, maps[s].flags & HOST ? maps[s].addr : 0,
				       maps[s].flags & DEV ? mfn_to_maddr(maps[s].mfn) : 0), 0);
			maps[s].used = false;
			break;
		case 6:
			if (dom[me]->is_32bit)
				break;
			copied += !COPY(FROM_REF(other, ref, x % 5000), TO_OWN(f[me][x % 16], x % 3000),
					.len = x % 4000, .flags = SRC);
			copied += !COPY(FROM_OWN(f[me][x % 16], 0), TO_REF(other, ref, 0), .len = 64, .flags = DST);
			break;
		case 7:
			if (x % 16 == 0)
				changed += !version(dom[me], 1 + ((x >> 8) & 1));
			else
				unmap(x, 0x100000 + s * 0x1000, x & 1 ? 0 : ~0ull);
			break;
		}
		/* What a hostile handle may have undone is found out here. */
		for (u32 i = 0; (n % 64 == 0) && i < N_MAPS; i++)
			if (maps[i].used && !(maptrack_entry(dom[maps[i].by]->grant_table, maps[i].handle)->ref_flags &
					      MAPTRACK_MAPPED))
				maps[i].used = false;
		if (n % 1024)
			continue;
		for (u32 d = 0; d < 3; d++) {
			u32 pinned = 0;

			for (u32 r = 0; r < 40; r++) {
				u32 readers = 0, writers = 0;
				struct active_grant *act = active_entry(dom[d]->grant_table, r);

				for (u32 i = 0; i < N_MAPS; i++) {
					if (!maps[i].used || maps[i].dom != d || maps[i].ref != r)
						continue;
					if (maps[i].flags & RO)
						readers++;
					else
						writers++;
				}
				CHECK_EQ(act->readers, readers);
				CHECK_EQ(act->writers, writers);
				pinned += r >= 8 && (readers || writers);
			}
			CHECK_EQ(dom[d]->grant_table->pinned, pinned);
			for (u32 i = 0; i < 16; i++) {
				u32 refs = 1, types = 0;

				for (u32 k = 0; k < N_MAPS; k++) {
					u32 one = 1 + !!(maps[k].flags & HOST);

					if (!maps[k].used || !mfn_eq(maps[k].mfn, f[d][i]))
						continue;
					refs += one;
					types += maps[k].flags & RO ? 0 : one;
				}
				CHECK_EQ(shim_refs(f[d][i]), refs);
				CHECK_EQ(shim_type_refs(f[d][i]), types);
			}
		}
	}
	CHECK(mapped > 1000);
	CHECK(copied > 1000);
	CHECK(changed > 10);
	for (u32 d = 0; d < 3; d++)
		get_domain(dom[d]);
	kill(A);
	kill(B);
	kill(C);
	for (u32 i = 0; i < N_MAPS; i++)
		shim_zap_pte(0x100000 + i * 0x1000);
	for (u32 d = 0; d < 3; d++) {
		CHECK_EQ(dom[d]->refcount, 1);
		put_domain(dom[d]);
	}
	CHECK_EQ(shim_ptes(), 0);
	CHECK_EQ(shim_free_frames(), base_frames);
	CHECK_EQ(shim_objects(), base_objects);
	shim_result("grant_random");
}

int main(void)
{
	shim_init();
	shim_domain_final = domain_final;
	grant_tables_init();
	test_table();
	test_large_table();
	test_map();
	test_batches();
	test_copy();
	test_version2();
	test_transfer();
	test_swap_and_flush();
	test_death();
	test_random();
	return shim_exit();
}
