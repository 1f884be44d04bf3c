// SPDX-License-Identifier: MIT
/*
 * Grant table, version 1: an array of entries shared with the hypervisor. A grant
 * is given by filling an entry in, no hypercall needed. References are handed out
 * from a list of free ones; threads only, so it needs no lock.
 */
#include <minios/hypercall.h>
#include <minios/grant.h>
#include <minios/kernel.h>
#include <minios/mm.h>

#define TABLE_FRAMES	4
#define ENTRIES		(TABLE_FRAMES * PAGE_SIZE / sizeof(struct grant_entry_v1))

/* Pages that give up their frames to show those of the table. */
static char table_pages[TABLE_FRAMES * PAGE_SIZE] __attribute__((aligned(4096)));
static volatile struct grant_entry_v1 *const table = (struct grant_entry_v1 *)table_pages;

static uint16_t free_refs[ENTRIES];
static unsigned int free_count;

void grant_init(void)
{
	xen_pfn_t frames[TABLE_FRAMES];
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = TABLE_FRAMES };
	unsigned int i;

	set_xen_guest_handle(setup.frame_list, frames);
	if (hypercall_grant_table(GNTTABOP_setup_table, &setup, 1) || setup.status != GNTST_okay)
		panic("no grant table: status %d", setup.status);
	for (i = 0; i < TABLE_FRAMES; i++) {
		if (map_frame(table_pages + i * PAGE_SIZE, frames[i], MAP_WRITE))
			panic("the grant table cannot be mapped");
	}

	/* The first few are the tools': console and xenstore rings. */
	for (i = ENTRIES - 1; i >= GNTTAB_NR_RESERVED_ENTRIES; i--)
		free_refs[free_count++] = i;
}

/* The entry becomes valid with its flags: they come last. */
grant_ref_t grant_page(domid_t domain, const void *page, bool readonly)
{
	grant_ref_t ref;

	if (!free_count)
		return GRANT_NONE;
	ref = free_refs[--free_count];
	table[ref].domid = domain;
	table[ref].frame = virt_to_mfn(page);
	xen_wmb();
	table[ref].flags = GTF_permit_access | (readonly ? GTF_readonly : 0);
	return ref;
}

/*
 * The hypervisor notes in the same flags that the page is in use, at any moment:
 * hence compare and exchange.
 */
bool grant_end(grant_ref_t ref)
{
	uint16_t flags = table[ref].flags;

	do {
		if (flags & (GTF_reading | GTF_writing))
			return false;
	} while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	free_refs[free_count++] = ref;
	return true;
}
