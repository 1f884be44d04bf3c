// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's own grant table, one frame of it, and mapping what others
 * granted. Only vcpu 0 uses this, but for ending grants.
 */
#include "lib.h"

#define TABLE_SLOT	56		/* of the window; status frames of version 2 behind it */

struct grant_entry_v1 *grants;
union grant_entry_v2 *grants2;
volatile u16 *grant_status;

static u64 setup(unsigned int frames, xen_pfn_t *list)
{
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = frames };

	set_xen_guest_handle(op.frame_list, list);
	if (grant_op(GNTTABOP_setup_table, &op, 1) || op.status)
		fail("no grant table: %d", op.status);
	return list[0];
}

void grants_init(unsigned int version)
{
	struct gnttab_set_version v = { .version = version };
	struct gnttab_get_status_frames s = { .nr_frames = 1, .dom = DOMID_SELF };
	static xen_pfn_t list[8];
	static u64 status_list[8];
	long rc;

	if (pte_of(window(TABLE_SLOT)) & PTE_P) {
		set_pte(window(TABLE_SLOT), 0);
		set_pte(window(TABLE_SLOT + 1), 0);
	}
	rc = grant_op(GNTTABOP_set_version, &v, 1);
	if (rc)
		fail("grant table of version %u: %ld", version, rc);
	if (set_pte(window(TABLE_SLOT), PTE(setup(1, list), PTE_RW)))
		fail("the grant table cannot be mapped");
	grants = window(TABLE_SLOT);
	grants2 = window(TABLE_SLOT);
	if (version == 2) {
		set_xen_guest_handle(s.frame_list, status_list);
		if (grant_op(GNTTABOP_get_status_frames, &s, 1) || s.status ||
		    set_pte(window(TABLE_SLOT + 1), PTE(status_list[0], PTE_RW)))
			fail("no status frames: %d", s.status);
		grant_status = window(TABLE_SLOT + 1);
	}
}

void grant_access(u32 ref, domid_t to, u64 mfn, u16 flags)
{
	grants[ref].domid = to;
	grants[ref].frame = mfn;
	barrier();
	WRITE_ONCE(grants[ref].flags, GTF_permit_access | flags);
}

bool grant_end(u32 ref)
{
	u16 flags = READ_ONCE(grants[ref].flags);

	if (flags & (GTF_reading | GTF_writing))
		return false;
	return __atomic_compare_exchange_n(&grants[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

int grant_map(domid_t from, u32 ref, u64 at, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref op = { .host_addr = at, .flags = flags, .ref = ref, .dom = from };
	long rc = grant_op(GNTTABOP_map_grant_ref, &op, 1);

	if (rc)
		return rc;
	if (!op.status && handle)
		*handle = op.handle;
	return op.status;
}

int grant_unmap(u64 at, u32 handle)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = at, .handle = handle };
	long rc = grant_op(GNTTABOP_unmap_grant_ref, &op, 1);

	return rc ? rc : op.status;
}

domid_t own_id(void)
{
	static domid_t id = DOMID_SELF;
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_status s = { .dom = DOMID_SELF };

	if (id == DOMID_SELF) {
		event_op(EVTCHNOP_alloc_unbound, &a);
		s.port = a.port;
		event_op(EVTCHNOP_status, &s);
		id = s.u.unbound.dom;
		close_port(a.port);
	}
	return id;
}
