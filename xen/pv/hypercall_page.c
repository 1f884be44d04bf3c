/* SPDX-License-Identifier: GPL-2.0-only */
/* Stubs of 32 bytes, one a hypercall number, in the guest's word size. */
#include <common/domain.h>
#include <common/frame.h>
#include <common/hypercall_numbers.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/xen.h>
#include <pv/hypercall_page.h>
#include <pv/mm.h>

#define STUB_BYTES	32

static void put_stub_64(u8 *p, u32 nr)
{
	if (nr == __HYPERVISOR_iret) {
		/* push %rcx; push %r11; push %rax; mov $nr, %eax; syscall */
		static const u8 head[] = { 0x51, 0x41, 0x53, 0x50, 0xb8 };

		memcpy(p, head, sizeof(head));
		memcpy(p + 5, &nr, 4);
		p[9] = 0x0f;
		p[10] = 0x05;
		return;
	}
	/* push %rcx; push %r11; mov $nr, %eax; syscall; pop %r11; pop %rcx; ret */
	static const u8 head[] = { 0x51, 0x41, 0x53, 0xb8 };
	static const u8 tail[] = { 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };

	memcpy(p, head, sizeof(head));
	memcpy(p + 4, &nr, 4);
	memcpy(p + 8, tail, sizeof(tail));
}

static void put_stub_32(u8 *p, u32 nr)
{
	if (nr == __HYPERVISOR_iret) {
		/* push %eax; mov $nr, %eax; int $0x82 */
		p[0] = 0x50;
		p[1] = 0xb8;
		memcpy(p + 2, &nr, 4);
		p[6] = 0xcd;
		p[7] = 0x82;
		return;
	}
	/* mov $nr, %eax; int $0x82; ret */
	p[0] = 0xb8;
	memcpy(p + 1, &nr, 4);
	p[5] = 0xcd;
	p[6] = 0x82;
	p[7] = 0xc3;
}

void init_hypercall_page(struct domain *d, void *page)
{
	u8 *p = page;

	memset(p, 0xcc, PAGE_SIZE);
	for (u32 nr = 0; nr < PAGE_SIZE / STUB_BYTES; nr++, p += STUB_BYTES) {
		if (nr >= NR_HYPERCALLS)
			continue;
		if (d->is_32bit)
			put_stub_32(p, nr);
		else
			put_stub_64(p, nr);
	}
}

int hypercall_page_init_frame(struct domain *d, u64 gmfn)
{
	struct page_info *pg = get_page_from_mfn(MFN(gmfn), d);
	void *page;

	if (!pg)
		return -EACCES;
	/* Writing it is writing guest memory: never while it is a table the CPU trusts. */
	if (!get_page_type(pg, PGT_writable)) {
		put_page(pg);
		return -EACCES;
	}
	page = map_frame(MFN(gmfn));
	init_hypercall_page(d, page);
	unmap_frame(page);
	put_page_type(pg);
	put_page(pg);
	return 0;
}

int fill_hypercall_page(struct vcpu *v, u64 value)
{
	if (value & 0xfff)		/* page index: there is one page */
		return -1;
	return hypercall_page_init_frame(v->domain, value >> PAGE_SHIFT) ? -1 : 0;
}
