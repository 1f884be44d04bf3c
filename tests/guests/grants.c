// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants of both versions: mapped, copied, transferred and replaced, to
 * oneself and to another domain; and that what was not granted, or not so, or
 * is in use, is refused. tests/guests/lifecycle.c has the deaths.
 */
#include "lib.h"

#define REF		8
#define SLOT(n)		((word)window(n))

static u8 *page;		/* granted */

static void begin(unsigned int version)
{
	grants_init(version);
	if (!page)
		page = alloc_page();
}

CHECK(sizes_and_versions)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	struct gnttab_get_version g = { .dom = DOMID_SELF };
	struct gnttab_set_version s = { .version = 3 };

	begin(1);
	EXPECT_EQ(grant_op(GNTTABOP_query_size, &q, 1), 0);
	EXPECT_EQ(q.status, GNTST_okay);
	EXPECT(q.nr_frames >= 1 && q.nr_frames <= q.max_nr_frames);
	EXPECT_EQ(grant_op(GNTTABOP_get_version, &g, 1), 0);
	EXPECT_EQ(g.version, 1);
	EXPECT_EQ(grant_op(GNTTABOP_set_version, &s, 1), -EINVAL);
	q.dom = 12345;
	EXPECT_EQ(grant_op(GNTTABOP_query_size, &q, 1), 0);
	EXPECT_EQ(q.status, GNTST_bad_domain);
}

CHECK(map_own)
{
	u32 h, h2;

	begin(1);
	grant_access(REF, own_id(), virt_to_mfn(page), 0);
	EXPECT_EQ(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h), GNTST_okay);
	POKE(u32, window(0), 0xabcd);
	EXPECT_EQ(PEEK(u32, page), 0xabcd);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_reading | GTF_writing);
	EXPECT_EQ(grant_end(REF), false);
	EXPECT_EQ(grant_map(own_id(), REF, SLOT(1), GNTMAP_host_map | GNTMAP_readonly, &h2), GNTST_okay);
	EXPECT_EQ(PEEK(u32, window(1)), 0xabcd);
	EXPECT_EQ(TRY(POKE(u32, window(1), 1)), TRAP_PF);
	EXPECT_EQ(grant_unmap(SLOT(0), h), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_reading);
	EXPECT_EQ(TRY(PEEK(u32, window(0))), TRAP_PF);
	EXPECT_EQ(grant_unmap(SLOT(0), h), GNTST_bad_handle);
	EXPECT_EQ(grant_unmap(SLOT(0), h2), GNTST_general_error);	/* not there */
	EXPECT_EQ(grant_unmap(SLOT(1), h2), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	EXPECT_EQ(grant_end(REF), true);
}

CHECK(map_refused)
{
	u32 h;

	begin(1);
	EXPECT(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h) < 0);
	grant_access(REF, own_id(), virt_to_mfn(page), GTF_readonly);
	EXPECT(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h) < 0);
	EXPECT_EQ(grant_map(own_id(), REF, SLOT(0), 0, &h), GNTST_bad_gntref);
	EXPECT_EQ(grant_map(12345, REF, SLOT(0), GNTMAP_host_map, &h), GNTST_bad_domain);
	EXPECT_EQ(grant_map(own_id(), 1u << 30, SLOT(0), GNTMAP_host_map, &h), GNTST_bad_gntref);
	EXPECT_EQ(grant_map(own_id(), REF, HYPERVISOR_LOW, GNTMAP_host_map | GNTMAP_readonly, &h), GNTST_general_error);
	EXPECT_EQ(grant_map(own_id(), REF, BAD_ADDRESS, GNTMAP_host_map | GNTMAP_readonly, &h), GNTST_general_error);
	EXPECT_EQ(grant_map(own_id(), REF, ~7ul, GNTMAP_host_map | GNTMAP_readonly | GNTMAP_contains_pte, &h),
		  GNTST_general_error);
	/* Granted to somebody else. */
	grant_access(REF, own_id() + 1, virt_to_mfn(page), 0);
	EXPECT(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h) < 0);
	/* A frame that is not its to give: the hypervisor's, a page table for writing. */
	grant_access(REF, own_id(), 0xfffffff, 0);
	EXPECT(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h) < 0);
	grant_access(REF, own_id(), kernel_root, 0);
	EXPECT(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h) < 0);
	EXPECT_EQ(grant_end(REF), true);
	EXPECT_EQ(grant_unmap(SLOT(0), 0xfffffff), GNTST_bad_handle);
	EXPECT_EQ(pte_of(window(0)), 0);
}

CHECK(map_by_entry)
{
	u64 at = pte_address(window(2), 1);
	u32 h;

	begin(1);
	grant_access(REF, own_id(), virt_to_mfn(page), 0);
	EXPECT_EQ(grant_map(own_id(), REF, at, GNTMAP_host_map | GNTMAP_contains_pte, &h), GNTST_okay);
	POKE(u32, window(2), 99);
	EXPECT_EQ(PEEK(u32, page), 99);
	EXPECT_EQ(grant_unmap(at + 8, h), GNTST_general_error);
	EXPECT_EQ(grant_unmap(at, h), GNTST_okay);
	EXPECT_EQ(grant_end(REF), true);
}

/* An entry that has been write-protected since does not stand for a grant to write; nothing is lost by trying. */
CHECK(unmap_write_protected)
{
	u32 h;

	begin(1);
	grant_access(REF, own_id(), virt_to_mfn(page), 0);
	EXPECT_EQ(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h), GNTST_okay);
	EXPECT_EQ(set_pte(window(0), PTE(virt_to_mfn(page), PTE_RO)), 0);
	EXPECT_EQ(grant_unmap(SLOT(0), h), GNTST_general_error);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access | GTF_reading | GTF_writing);
	EXPECT_EQ(set_pte(window(0), PTE(virt_to_mfn(page), PTE_RW)), 0);
	EXPECT_EQ(grant_unmap(SLOT(0), h), GNTST_okay);
	EXPECT_EQ(grants[REF].flags, GTF_permit_access);
	EXPECT_EQ(grant_end(REF), true);
	/* All references are gone: the page can be one that nobody may write. */
	memset(page, 0, PAGE_BYTES);
	make_readonly(page);
	EXPECT_EQ(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page), 0), 0);
	EXPECT_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(page), 0), 0);
	make_writable(page);
}

CHECK(replace)
{
	struct gnttab_unmap_and_replace r = { 0 };
	u8 *own = alloc_page();
	u32 h;

	begin(1);
	grant_access(REF, own_id(), virt_to_mfn(page), 0);
	EXPECT_EQ(grant_map(own_id(), REF, SLOT(3), GNTMAP_host_map, &h), GNTST_okay);
	EXPECT_EQ(set_pte(window(4), PTE(virt_to_mfn(own), PTE_RW)), 0);
	POKE(u32, own, 4711);
	r.host_addr = SLOT(3);
	r.new_addr = BAD_ADDRESS;
	r.handle = h;
	EXPECT_EQ(grant_op(GNTTABOP_unmap_and_replace, &r, 1), 0);
	EXPECT_EQ(r.status, GNTST_general_error);
	r.new_addr = SLOT(4);
	EXPECT_EQ(grant_op(GNTTABOP_unmap_and_replace, &r, 1), 0);
	EXPECT_EQ(r.status, GNTST_okay);
	EXPECT_EQ(PEEK(u32, window(3)), 4711);
	EXPECT_EQ(TRY(PEEK(u32, window(4))), TRAP_PF);
	EXPECT_EQ(grant_end(REF), true);
	EXPECT_EQ(set_pte(window(3), 0), 0);
	free_page(own);
}

static s16 copy_status(struct gnttab_copy *c)
{
	c->status = 77;
	EXPECT_EQ(grant_op(GNTTABOP_copy, c, 1), 0);
	return c->status;
}

CHECK(copy)
{
	u8 *from = alloc_page(), *to = alloc_page();
	struct gnttab_copy c = { .len = 100, .flags = GNTCOPY_source_gref };

	begin(1);
	for (unsigned int i = 0; i < PAGE_BYTES; i++)
		from[i] = i;
	grant_access(REF, own_id(), virt_to_mfn(from), GTF_readonly);
	grant_access(REF + 1, own_id(), virt_to_mfn(to), 0);
	c.source.domid = own_id();
	c.source.u.ref = REF;
	c.source.offset = 3;
	c.dest.domid = DOMID_SELF;
	c.dest.u.gmfn = virt_to_mfn(to);
	c.dest.offset = 5;
	if (copy_status(&c) != GNTST_okay) {
		/* Frames of one's own are named as the guest names them. */
		c.dest.u.gmfn = virt_to_pfn(to);
	}
	EXPECT_EQ(copy_status(&c), GNTST_okay);
	EXPECT_EQ(to[4], 0);
	EXPECT_EQ(to[5], 3);
	EXPECT_EQ(to[104], 102);
	EXPECT_EQ(to[105], 0);
	c.flags |= GNTCOPY_dest_gref;
	c.dest.domid = own_id();
	c.dest.u.ref = REF + 1;
	c.dest.offset = 4000;
	c.len = 96;
	EXPECT_EQ(copy_status(&c), GNTST_okay);
	EXPECT_EQ(to[4095], 98);
	c.len = 97;
	EXPECT_EQ(copy_status(&c), GNTST_bad_copy_arg);
	c.len = 0xffff;
	EXPECT_EQ(copy_status(&c), GNTST_bad_copy_arg);
	c.len = 1;
	c.source.offset = 4096;
	EXPECT_EQ(copy_status(&c), GNTST_bad_copy_arg);
	c.source.offset = 0;
	c.dest.offset = 0;
	c.dest.u.ref = REF;		/* read-only */
	EXPECT(copy_status(&c) < 0);
	c.dest.u.ref = REF + 2;		/* not granted */
	EXPECT(copy_status(&c) < 0);
	c.dest.u.ref = 1u << 30;
	EXPECT_EQ(copy_status(&c), GNTST_bad_gntref);
	c.dest.domid = 12345;
	EXPECT_EQ(copy_status(&c), GNTST_bad_domain);
	EXPECT_EQ(grant_end(REF), true);
	EXPECT_EQ(grant_end(REF + 1), true);
	free_page(from);
	free_page(to);
}

CHECK(swap)
{
	struct gnttab_swap_grant_ref s = { .ref_a = REF, .ref_b = REF + 1 };
	u32 h;

	begin(1);
	grant_access(REF, own_id(), virt_to_mfn(page), 0);
	grants[REF + 1].flags = 0;
	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &s, 1), 0);
	EXPECT_EQ(s.status, GNTST_okay);
	EXPECT_EQ(grants[REF].flags, 0);
	EXPECT_EQ(grant_map(own_id(), REF + 1, SLOT(0), GNTMAP_host_map, &h), GNTST_okay);
	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &s, 1), 0);
	EXPECT_EQ(s.status, GNTST_eagain);
	EXPECT_EQ(grant_unmap(SLOT(0), h), GNTST_okay);
	EXPECT_EQ(grant_end(REF + 1), true);
	s.ref_a = 1u << 30;
	EXPECT_EQ(grant_op(GNTTABOP_swap_grant_ref, &s, 1), 0);
	EXPECT_EQ(s.status, GNTST_bad_gntref);
}

CHECK(version_2)
{
	struct gnttab_get_version g = { .dom = DOMID_SELF };
	struct gnttab_copy c = { .len = 16, .flags = GNTCOPY_source_gref };
	u8 *to = alloc_page();
	u32 h;

	begin(2);
	EXPECT_EQ(grant_op(GNTTABOP_get_version, &g, 1), 0);
	EXPECT_EQ(g.version, 2);
	grants2[REF].full_page.hdr.domid = own_id();
	grants2[REF].full_page.frame = virt_to_mfn(page);
	barrier();
	WRITE_ONCE(grants2[REF].full_page.hdr.flags, GTF_permit_access);
	EXPECT_EQ(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map, &h), GNTST_okay);
	EXPECT_EQ(grant_status[REF], GTF_reading | GTF_writing);
	EXPECT_EQ(grants2[REF].hdr.flags, GTF_permit_access);
	EXPECT_EQ(grant_unmap(SLOT(0), h), GNTST_okay);
	EXPECT_EQ(grant_status[REF], 0);
	/* A part of a page can be copied from, and not mapped. */
	for (unsigned int i = 0; i < PAGE_BYTES; i++)
		page[i] = i;
	grants2[REF].hdr.flags = 0;
	grants2[REF].sub_page.page_off = 100;
	grants2[REF].sub_page.length = 32;
	barrier();
	grants2[REF].hdr.flags = GTF_permit_access | GTF_sub_page | GTF_readonly;
	EXPECT(grant_map(own_id(), REF, SLOT(0), GNTMAP_host_map | GNTMAP_readonly, &h) < 0);
	c.source.domid = own_id();
	c.source.u.ref = REF;
	c.source.offset = 100;
	c.dest.domid = DOMID_SELF;
	c.dest.u.gmfn = virt_to_mfn(to);
	EXPECT_EQ(copy_status(&c), GNTST_okay);
	EXPECT_EQ(to[15], 115);
	c.source.offset = 117;
	EXPECT(copy_status(&c) < 0);
	c.source.offset = 99;
	EXPECT(copy_status(&c) < 0);
	grants2[REF].hdr.flags = 0;
	free_page(to);
	begin(1);
}

/* --- with another domain; its buffer for arguments is behind its mailbox --- */

#define THERE	((word)&mailbox + sizeof(mailbox))
#define HERE(g)	((void *)((u8 *)(g)->mailbox + sizeof(mailbox)))

static bool start(struct guest *g)
{
	long rc = guest_create(g, "serve", 1536, 1);

	if (rc) {
		fail("cannot be created: %ld", rc);
		return false;
	}
	guest_unpause(g);
	return true;
}

static void finish(struct guest *g)
{
	EXPECT_EQ(guest_destroy(g), 0);
	for (unsigned int i = 0; i < 200 && guest_exists(g, 0); i++)
		sleep_ns(1000000);
	EXPECT(!guest_exists(g, 0));
}

CHECK_DOM0(copied_by_another)
{
	struct gnttab_copy *c;
	struct guest g;

	begin(1);
	if (!start(&g))
		return;
	c = HERE(&g);
	for (unsigned int i = 0; i < PAGE_BYTES; i++)
		page[i] = i * 7;
	grant_access(REF, g.id, virt_to_mfn(page), 0);
	*c = (struct gnttab_copy){ .len = 64, .flags = GNTCOPY_source_gref };
	c->source.domid = 0;
	c->source.u.ref = REF;
	c->dest.domid = DOMID_SELF;
	c->dest.u.gmfn = g.mfns[virt_to_pfn(&mailbox)];
	c->dest.offset = 2048;
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_copy, THERE, 1, 0, 0), 0);
	EXPECT_EQ(c->status, GNTST_okay);
	EXPECT_EQ(memcmp((u8 *)g.mailbox - (word)g.mailbox % PAGE_BYTES + 2048, page, 64), 0);
	/* Not its own, and not granted to it. */
	c->dest.domid = 0;
	c->dest.u.gmfn = virt_to_mfn(page);
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_copy, THERE, 1, 0, 0), 0);
	EXPECT(c->status < 0);
	c->dest.domid = DOMID_SELF;
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_copy, THERE, 1, 0, 0), 0);
	EXPECT(c->status < 0);
	grant_access(REF, g.id + 1, virt_to_mfn(page), 0);
	c->dest.u.gmfn = g.mfns[virt_to_pfn(&mailbox)];
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_copy, THERE, 1, 0, 0), 0);
	EXPECT(c->status < 0);
	EXPECT_EQ(grant_end(REF), true);
	finish(&g);
}

CHECK_DOM0(transferred_by_another)
{
	struct gnttab_transfer *t;
	struct guest g;
	unsigned long pfn = 1400;	/* one that its allocator has not reached */
	xen_pfn_t mfn;
	u64 *mapped;

	begin(1);
	if (!start(&g))
		return;
	t = HERE(&g);
	mfn = g.mfns[pfn];
	/* It has the frame mapped by its own map of everything: refused while that is so. */
	EXPECT_EQ(remote(&g, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0), 4 << 16 | 17);
	grants[REF].domid = g.id;
	grants[REF].frame = 0;
	barrier();
	grants[REF].flags = GTF_accept_transfer;
	*t = (struct gnttab_transfer){ .mfn = mfn, .domid = 0, .ref = REF };
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, THERE, 1, 0, 0), 0);
	EXPECT_EQ(t->status, GNTST_bad_page);
	EXPECT_EQ(grants[REF].flags, GTF_accept_transfer);
	EXPECT_EQ(remote_update_va(&g, DIRECT_MAP + pfn * PAGE_BYTES, 0, UVMF_INVLPG), 0);
	/* Dom0 has room for it, or it is lost. */
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, THERE, 1, 0, 0), 0);
	if (t->status == GNTST_okay) {
		EXPECT_EQ(grants[REF].flags, GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
		EXPECT_EQ(grants[REF].frame, mfn);
		mapped = window(5);
		EXPECT_EQ(set_pte(mapped, PTE(mfn, PTE_RW)), 0);
		EXPECT_EQ(*mapped, 0);
		*mapped = 1;
		EXPECT_EQ(set_pte(mapped, 0), 0);
		/* Dom0 gives it back to the host. */
		struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

		set_xen_guest_handle(r.extent_start, &mfn);
		EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), 1);
	} else {
		fail("not transferred: %d", t->status);
	}
	grants[REF].flags = 0;
	/* Nobody accepts: the frame is lost to its owner, and to nobody's gain. */
	EXPECT_EQ(remote_update_va(&g, DIRECT_MAP + (pfn + 1) * PAGE_BYTES, 0, UVMF_INVLPG), 0);
	t->mfn = g.mfns[pfn + 1];
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, THERE, 1, 0, 0), 0);
	EXPECT(t->status < 0);
	t->mfn = ~0ul;
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, THERE, 1, 0, 0), 0);
	EXPECT_EQ(t->status, GNTST_bad_page);
	t->mfn = virt_to_mfn(page);
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, THERE, 1, 0, 0), 0);
	EXPECT_EQ(t->status, GNTST_bad_page);
	finish(&g);
}

CHECK_DOM0(tables_of_others)
{
	struct gnttab_query_size *q;
	struct guest g;

	if (!start(&g))
		return;
	q = HERE(&g);
	q->dom = 0;
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_query_size, THERE, 1, 0, 0), 0);
	EXPECT_EQ(q->status, GNTST_permission_denied);
	q->dom = DOMID_SELF;
	EXPECT_EQ(remote(&g, __HYPERVISOR_grant_table_op, GNTTABOP_query_size, THERE, 1, 0, 0), 0);
	EXPECT_EQ(q->status, GNTST_okay);
	EXPECT_EQ(q->max_nr_frames, 8);
	finish(&g);
}

/* --- what is for the log and for the cache --- */

/* A guest may not fill the host's log; dom0 has a debug key for it. */
CHECK(dump_refused)
{
	struct gnttab_dump_table d = { .dom = DOMID_SELF, .status = 77 };

	EXPECT_EQ(grant_op(GNTTABOP_dump_table, &d, 1), -ENOSYS);
	EXPECT_EQ(d.status, 77);
}

static long flush(u64 address, unsigned int offset, unsigned int length, unsigned int what)
{
	struct gnttab_cache_flush f = {
		.a.dev_bus_addr = address, .offset = offset, .length = length, .op = what,
	};

	return grant_op(GNTTABOP_cache_flush, &f, 1);
}

CHECK(cache_flush)
{
	u8 *page = alloc_page();
	u64 at = virt_to_mfn(page) << 12;

	EXPECT_EQ(flush(at, 0, PAGE_BYTES, GNTTAB_CACHE_CLEAN), 0);
	EXPECT_EQ(flush(at, 0, PAGE_BYTES, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL), 0);
	EXPECT_EQ(flush(at, 4095, 1, GNTTAB_CACHE_CLEAN), 0);
	EXPECT_EQ(flush(at, 0, 0, GNTTAB_CACHE_CLEAN), 0);
	EXPECT_EQ(flush(at, 4095, 2, GNTTAB_CACHE_CLEAN), -EINVAL);
	EXPECT_EQ(flush(at, 0xffff, 0xffff, GNTTAB_CACHE_CLEAN), -EINVAL);
	EXPECT_EQ(flush(at, 0, 1, 0), -EINVAL);
	EXPECT_EQ(flush(at, 0, 1, 0x80), -EINVAL);
	/* Memory that is nobody's, the hypervisor's and beyond all. */
	EXPECT(flush(0xfee00000, 0, 1, GNTTAB_CACHE_CLEAN) < 0);
	EXPECT(flush(0x100000, 0, 1, GNTTAB_CACHE_CLEAN) < 0);
	EXPECT(flush(~0xfffull, 0, 1, GNTTAB_CACHE_CLEAN) < 0);
	EXPECT_EQ(grant_op(GNTTABOP_cache_flush, (void *)(HYPERVISOR_HOLE), 1), -EFAULT);
	free_page(page);
}
