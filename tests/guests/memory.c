// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory_op beyond the reservations that pgtype.c changes: maps of memory,
 * claims, the frames of the machine-to-physical table and of other domains'
 * resources; and flushes on other vcpus when a mapping changes.
 */
#include "lib.h"

#define POISON		0x5a
#define NOBODY		0x7000
#define GUEST_PAGES	2100

static struct guest guest;
static struct e820_entry { u64 start, size; u32 type; } __attribute__((packed)) map[130];
static struct xen_foreign_memory_map set;
static struct xen_memory_map get;

/* --- reservations --- */

CHECK(increase_and_decrease)
{
	domid_t self = DOMID_SELF;
	xen_pfn_t frames[3] = { 1, 1, 1 };
	struct xen_memory_reservation r = { .domid = DOMID_SELF, .nr_extents = 2 };
	long had = memory_op(XENMEM_current_reservation, &self), got;

	set_xen_guest_handle(r.extent_start, frames);
	got = memory_op(XENMEM_increase_reservation, &r);
	EXPECT_EQ(got, 2);
	EXPECT(frames[0] != frames[1] && frames[0] > 1 && frames[1] > 1);
	EXPECT_EQ(frames[2], 1);
	EXPECT_EQ(memory_op(XENMEM_current_reservation, &self), had + 2);
	/* They are zeroed, and ours to map. */
	EXPECT_EQ(set_pte(window(0), PTE(frames[0], PTE_RW)), 0);
	EXPECT(is_filled(window(0), 0, PAGE_BYTES));
	EXPECT_EQ(set_pte(window(0), 0), 0);
	EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), 2);
	EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), 0);
	EXPECT_EQ(memory_op(XENMEM_current_reservation, &self), had);

	/* Somebody else's reservation. */
	r.domid = NOBODY;
	EXPECT_EQ(memory_op(XENMEM_increase_reservation, &r), 0);
	r.domid = 0;
	if (!is_dom0)
		EXPECT_EQ(memory_op(XENMEM_increase_reservation, &r), -EPERM);
	/* An order, a width of addresses and a node that cannot be. */
	r.domid = DOMID_SELF;
	r.extent_order = 0xffffffff;
	EXPECT_EQ(memory_op(XENMEM_increase_reservation, &r), 0);
	r.extent_order = 0;
	r.mem_flags = XENMEMF_address_bits(5);
	EXPECT_EQ(memory_op(XENMEM_increase_reservation, &r), 0);
	EXPECT_EQ(memory_op(XENMEM_current_reservation, &self), had);
}

CHECK(highest_frame)
{
	domid_t self = DOMID_SELF, other = 0, none = NOBODY;
	unsigned long was = shared->arch.max_pfn;

	shared->arch.max_pfn = 0x1234;
	EXPECT_EQ(memory_op(XENMEM_maximum_gpfn, &self), 0x1233);
	shared->arch.max_pfn = 0;
	EXPECT(memory_op(XENMEM_maximum_gpfn, &self) <= 0);
	shared->arch.max_pfn = was;
	EXPECT_EQ(memory_op(XENMEM_maximum_gpfn, &none), -ESRCH);
	if (!is_dom0)
		EXPECT_EQ(memory_op(XENMEM_maximum_gpfn, &other), -EPERM);
}

/* --- the table of the machine's frames --- */

static void machine_table(unsigned int op, unsigned int bytes)
{
	xen_pfn_t frames[20];
	struct xen_machphys_mfn_list l = { .max_extents = 0 };
	unsigned long per_frame = PAGE_BYTES / bytes, per_extent = (2ul << 20) / bytes;
	unsigned long extents = (memory_op(XENMEM_maximum_ram_page, 0) + per_extent - 1) / per_extent;

	memset(frames, POISON, sizeof(frames));
	set_xen_guest_handle(l.extent_start, frames);
	EXPECT_EQ(memory_op(op, &l), 0);
	EXPECT_EQ(l.nr_extents, 0);
	EXPECT(is_filled(frames, POISON, sizeof(frames)));
	l.max_extents = ARRAY_SIZE(frames);
	EXPECT_EQ(memory_op(op, &l), 0);
	EXPECT_EQ(l.nr_extents, extents);
	EXPECT(frames[0] && is_filled(&frames[l.nr_extents], POISON, 8));
	l.max_extents = ~0u;
	set_xen_guest_handle(l.extent_start, (xen_pfn_t *)BAD_POINTER);
	EXPECT_EQ(memory_op(op, &l), -EFAULT);
	if (!is_dom0) {
		/* Their numbers are no secret; mapping them is another thing. */
		EXPECT(update_va(window(0), PTE(frames[0], PTE_RO), 0) < 0);
		return;
	}
	/* dom0 can map them, and only read. */
	unsigned long at = p2m[7] / per_frame;
	void *page = map_frame(DOMID_XEN, frames[0] + at, false);

	EXPECT(page != NULL);
	if (page)
		EXPECT_EQ(bytes == 8 ? ((u64 *)page)[p2m[7] % per_frame] : ((u32 *)page)[p2m[7] % per_frame], 7);
	unmap_frame(page);
	EXPECT(map_frame(DOMID_XEN, frames[0], true) == NULL);
}

CHECK(machine_table_frames)
{
	machine_table(XENMEM_machphys_mfn_list, sizeof(word));
}

CHECK(machine_table_frames_32)
{
	machine_table(XENMEM_machphys_compat_mfn_list, 4);
}

/* --- maps --- */

CHECK_DOMU(maps_are_the_toolstacks)
{
	xen_pfn_t frame;
	struct xen_memory_reservation claim = { .domid = DOMID_SELF, .nr_extents = 1 };
	struct xen_mem_acquire_resource r = { .domid = DOMID_SELF, .type = XENMEM_resource_grant_table, .nr_frames = 1 };
	struct xen_pod_target pod = { .domid = 0 };

	set.domid = DOMID_SELF;
	set.map.nr_entries = 1;
	set_xen_guest_handle(set.map.buffer, map);
	EXPECT_EQ(memory_op(XENMEM_set_memory_map, &set), -EPERM);
	get.nr_entries = 5;
	set_xen_guest_handle(get.buffer, map);
	EXPECT_EQ(memory_op(XENMEM_memory_map, &get), -ENOSYS);
	EXPECT_EQ(memory_op(XENMEM_machine_memory_map, &get), -EPERM);
	EXPECT_EQ(memory_op(XENMEM_claim_pages, &claim), -EPERM);
	set_xen_guest_handle(r.frame_list, &frame);
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EPERM);
	EXPECT_EQ(memory_op(XENMEM_get_pod_target, &pod), -EPERM);
	EXPECT_EQ(memory_op(XENMEM_set_pod_target, &pod), -EPERM);
}

CHECK_DOM0(another_domain)
{
	EXPECT_EQ(guest_create(&guest, "serve", GUEST_PAGES, 1), 0);
	EXPECT_EQ(guest_unpause(&guest), 0);
}

/* A call of the guest's whose argument is this image's variable at that address. */
static long remote_memory_op(unsigned int op, void *arg, size_t bytes)
{
	long rc;

	guest_write(&guest, (word)arg, arg, bytes);
	rc = remote(&guest, __HYPERVISOR_memory_op, op, (word)arg, 0, 0, 0);
	guest_read(&guest, (word)arg, arg, bytes);
	return rc;
}

CHECK_DOM0(maps)
{
	get.nr_entries = ARRAY_SIZE(map);
	set_xen_guest_handle(get.buffer, map);
	EXPECT_EQ(memory_op(XENMEM_memory_map, &get), -ENOSYS);		/* dom0 has the machine's */
	EXPECT_EQ(remote_memory_op(XENMEM_memory_map, &get, sizeof(get)), -ENOSYS);

	map[0] = (struct e820_entry){ 0, GUEST_PAGES * PAGE_BYTES, 1 };
	map[1] = (struct e820_entry){ 0xfee00000, 4096, 2 };
	set.domid = guest.id;
	set.map.nr_entries = 2;
	set_xen_guest_handle(set.map.buffer, map);
	EXPECT_EQ(memory_op(XENMEM_set_memory_map, &set), 0);
	memset(map, 0, sizeof(map));
	get.nr_entries = ARRAY_SIZE(map);
	EXPECT_EQ(remote_memory_op(XENMEM_memory_map, &get, sizeof(get)), 0);
	EXPECT_EQ(get.nr_entries, 2);
	guest_read(&guest, (word)map, map, sizeof(map));
	EXPECT_EQ(map[0].size, GUEST_PAGES * PAGE_BYTES);
	EXPECT_EQ(map[1].start, 0xfee00000ull);
	EXPECT_EQ(map[1].type, 2);
	/* Less room. */
	get.nr_entries = 1;
	EXPECT_EQ(remote_memory_op(XENMEM_memory_map, &get, sizeof(get)), 0);
	EXPECT_EQ(get.nr_entries, 1);

	/* What is refused leaves it as it is. */
	set.map.nr_entries = 1000;
	EXPECT_EQ(memory_op(XENMEM_set_memory_map, &set), -EINVAL);
	set.map.nr_entries = ~0u;
	EXPECT_EQ(memory_op(XENMEM_set_memory_map, &set), -EINVAL);
	set.map.nr_entries = 1;
	set_xen_guest_handle(set.map.buffer, (void *)HYPERVISOR_HOLE);
	EXPECT_EQ(memory_op(XENMEM_set_memory_map, &set), -EFAULT);
	set_xen_guest_handle(set.map.buffer, map);
	set.domid = NOBODY;
	EXPECT_EQ(memory_op(XENMEM_set_memory_map, &set), -ESRCH);
	get.nr_entries = ARRAY_SIZE(map);
	EXPECT_EQ(remote_memory_op(XENMEM_memory_map, &get, sizeof(get)), 0);
	EXPECT_EQ(get.nr_entries, 2);
}

CHECK_DOM0(devices_reserve_nothing)
{
	struct xen_reserved_device_memory_map r = { .flags = XENMEM_RDM_ALL, .nr_entries = 0 };

	EXPECT_EQ(memory_op(XENMEM_reserved_device_memory_map, &r), 0);
	EXPECT_EQ(r.nr_entries, 0);
	r.nr_entries = ~0u;
	set_xen_guest_handle(r.buffer, (void *)BAD_POINTER);
	EXPECT_EQ(memory_op(XENMEM_reserved_device_memory_map, &r), 0);
	EXPECT_EQ(r.nr_entries, 0);
	r.flags = 2;
	EXPECT_EQ(memory_op(XENMEM_reserved_device_memory_map, &r), -EINVAL);
	EXPECT_EQ(memory_op(XENMEM_reserved_device_memory_map, BAD_POINTER), -EFAULT);
}

/* --- claims --- */

static u64 outstanding(void)
{
	static struct xen_sysctl s;

	memset(&s, 0, sizeof(s));
	EXPECT_EQ(sysctl(&s, XEN_SYSCTL_physinfo), 0);
	return s.u.physinfo.outstanding_pages;
}

static long claim(domid_t id, u64 pages)
{
	struct xen_memory_reservation r = { .domid = id, .nr_extents = pages };

	return memory_op(XENMEM_claim_pages, &r);
}

CHECK_DOM0(claims)
{
	struct xen_memory_reservation r = { .domid = guest.id };
	static xen_pfn_t frames[20];
	static struct xen_domctl d;

	memset(&d, 0, sizeof(d));
	d.u.max_mem.max_memkb = 1u << 30;	/* more than there is */
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_max_mem, guest.id), 0);
	EXPECT_EQ(outstanding(), 0);
	/* A claim counts what the domain has already; a smaller one is none. */
	EXPECT_EQ(claim(guest.id, 10), -EINVAL);
	EXPECT_EQ(claim(guest.id, GUEST_PAGES + 100), 0);
	EXPECT_EQ(outstanding(), 100);
	EXPECT_EQ(claim(guest.id, GUEST_PAGES + 200), -EINVAL);		/* there is one */
	r.nr_extents = ARRAY_SIZE(frames);
	set_xen_guest_handle(r.extent_start, frames);
	EXPECT_EQ(memory_op(XENMEM_increase_reservation, &r), ARRAY_SIZE(frames));
	EXPECT_EQ(outstanding(), 80);
	EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), ARRAY_SIZE(frames));
	EXPECT_EQ(outstanding(), 80);
	EXPECT_EQ(claim(guest.id, 0), 0);
	EXPECT_EQ(outstanding(), 0);
	EXPECT_EQ(claim(guest.id, GUEST_PAGES + free_pages() + 1), -ENOMEM);
	EXPECT(claim(guest.id, ~0ull) < 0);
	if (WORD_HAS_64_BITS)	/* the number is a word */
		EXPECT(claim(guest.id, 1ull << 32) < 0);
	EXPECT_EQ(outstanding(), 0);
	EXPECT(claim(NOBODY, 1) < 0);
	r.nr_extents = 1;
	EXPECT_EQ(memory_op(XENMEM_claim_pages, &r), -EINVAL);		/* has a list */
	r = (struct xen_memory_reservation){ .domid = guest.id, .nr_extents = 1, .extent_order = 1 };
	EXPECT_EQ(memory_op(XENMEM_claim_pages, &r), -EINVAL);
	r = (struct xen_memory_reservation){ .domid = guest.id, .nr_extents = 1, .mem_flags = 1 };
	EXPECT_EQ(memory_op(XENMEM_claim_pages, &r), -EINVAL);
}

/* Populating on demand is for guests that do not see machine frames. */
CHECK_DOM0(populate_on_demand)
{
	struct xen_pod_target t = { .target_pages = 100, .domid = guest.id };

	EXPECT_EQ(memory_op(XENMEM_set_pod_target, &t), -EINVAL);
	EXPECT_EQ(memory_op(XENMEM_get_pod_target, &t), -EINVAL);
	t.domid = NOBODY;
	EXPECT_EQ(memory_op(XENMEM_set_pod_target, &t), -ESRCH);
	EXPECT_EQ(memory_op(XENMEM_get_pod_target, &t), -ESRCH);
}

/* A guest that sees machine frames has no address space of the hypervisor's making. */
CHECK(spaces)
{
	xen_ulong_t idx = 0;
	xen_pfn_t gpfn = 0;
	int err = 0;

	for (unsigned int space = 0; space < 8; space++) {
		struct xen_add_to_physmap one = { .domid = DOMID_SELF, .space = space };
		struct xen_add_to_physmap_batch b = { .domid = DOMID_SELF, .space = space, .size = 1 };

		EXPECT_EQ_OF(memory_op(XENMEM_add_to_physmap, &one),
			     space == XENMAPSPACE_gmfn_foreign ? -ENOSYS : -EACCES, "space %u", space);
		set_xen_guest_handle(b.idxs, &idx);
		set_xen_guest_handle(b.gpfns, &gpfn);
		set_xen_guest_handle(b.errs, &err);
		EXPECT_EQ_OF(memory_op(XENMEM_add_to_physmap_batch, &b), -EACCES, "space %u", space);
	}
}

/* --- other domains' resources --- */

CHECK_DOM0(resources)
{
	static xen_pfn_t frames[4];
	struct xen_mem_acquire_resource r = { .domid = guest.id, .type = XENMEM_resource_grant_table };
	struct grant_entry_v1 *table;

	/* How many there may be: as the domain was created. */
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), 0);
	EXPECT_EQ(r.nr_frames, 8);
	r.nr_frames = 1;
	set_xen_guest_handle(r.frame_list, frames);
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), 0);
	EXPECT(frames[0] && !frames[1]);
	table = map_frame(guest.id, frames[0], true);
	EXPECT(table != NULL);
	if (table) {
		EXPECT(is_filled(table, 0, PAGE_BYTES));
		table[1] = (struct grant_entry_v1){ .flags = 0, .domid = 5 };
	}
	unmap_frame(table);

	/* Not that many, in no order that wraps around, of no such kind. */
	r.nr_frames = 9;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.nr_frames = ~0u;
	EXPECT(memory_op(XENMEM_acquire_resource, &r) < 0);
	r.nr_frames = 1;
	r.frame = 8;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.frame = ~0ull;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.frame = 1ull << 32;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.frame = 0;
	r.id = 2;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.id = 0;
	r.pad = 1;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.pad = 0;
	r.type = 77;
	EXPECT(memory_op(XENMEM_acquire_resource, &r) < 0);
	r.type = XENMEM_resource_ioreq_server;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.type = XENMEM_resource_vmtrace_buf;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.type = XENMEM_resource_grant_table;
	r.domid = NOBODY;
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -ESRCH);
	r.domid = guest.id;
	set_xen_guest_handle(r.frame_list, (xen_pfn_t *)HYPERVISOR_HOLE);
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EFAULT);
	/* A question for the size asks for nothing else. */
	r = (struct xen_mem_acquire_resource){ .domid = guest.id, .type = XENMEM_resource_grant_table, .nr_frames = 1 };
	EXPECT_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
}

CHECK_DOM0(another_domains_end)
{
	EXPECT_EQ(guest_destroy(&guest), 0);
}

/* --- flushes with a change of a mapping --- */

static volatile u32 seen, stop;

static void look(unsigned int vcpu)
{
	(void)vcpu;
	while (!stop)
		seen = PEEK(u32, window(1));
	vcpu_op(VCPUOP_down, 1, 0);
}

static bool sees(u32 value)
{
	u64 end = now() + 100000000;

	while (seen != value && now() < end)
		yield();
	return seen == value;
}

CHECK(flush_on_other_vcpus)
{
	static u64 vcpus[2] = { 1, 0 };
	static const unsigned long kinds[] = { UVMF_TLB_FLUSH, UVMF_INVLPG };
	u32 *page[2] = { alloc_page(), alloc_page() };
	bool two = nr_vcpus() > 1;

	*page[0] = 100;
	*page[1] = 101;
	EXPECT_EQ(set_pte(window(1), PTE(virt_to_mfn(page[0]), PTE_RO)), 0);
	if (two) {
		vcpus[0] |= 2;
		EXPECT_EQ(vcpu_up(1, look), 0);
	}
	for (unsigned int i = 0; i < 8; i++) {
		unsigned long kind = kinds[i / 2 % 2];
		u64 pte = PTE(virt_to_mfn(page[i % 2]), PTE_RO);

		/* By a bitmap of vcpus: those of the other word count, too. */
		vcpus[1] = i;
		EXPECT_EQ(update_va(window(1), pte, kind | UVMF_MULTI | (word)vcpus), 0);
		EXPECT_EQ(PEEK(u32, window(1)), 100 + i % 2);
		if (two)
			EXPECT(sees(100 + i % 2));
	}
	for (unsigned int i = 0; i < 4; i++) {
		/* Here only. */
		EXPECT_EQ(update_va(window(1), PTE(virt_to_mfn(page[i % 2]), PTE_RO), kinds[i / 2] | UVMF_LOCAL), 0);
		EXPECT_EQ(PEEK(u32, window(1)), 100 + i % 2);
	}
	EXPECT_EQ(update_va(window(1), PTE(virt_to_mfn(page[0]), PTE_RO), UVMF_INVLPG | UVMF_ALL), 0);
	if (two)
		EXPECT(sees(100));
	stop = true;
	while (two && vcpu_op(VCPUOP_is_up, 1, 0) > 0)
		yield();
	EXPECT_EQ(update_va(window(1), 0, UVMF_INVLPG | UVMF_MULTI | HYPERVISOR_HOLE), -EFAULT);
	EXPECT_EQ(set_pte(window(1), 0), 0);
	free_page(page[0]);
	free_page(page[1]);
}
