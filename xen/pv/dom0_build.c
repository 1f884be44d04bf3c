/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building the first domain: memory, the initial layout that the ABI fixes
 * (kernel, ram disk, p2m list, start info, page tables, stack, in this
 * order), and its right to the machine.
 *
 * Everything is written through the direct map before the page tables are
 * given their types; from then on dom0 is a guest like any other.
 */
#include <arch/acpi.h>
#include <arch/boot_info.h>
#include <arch/cpufeature.h>
#include <arch/page.h>
#include <arch/panic.h>
#include <arch/smp.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/frame.h>
#include <common/irq.h>
#include <common/rangeset.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/softirq.h>
#include <common/time.h>
#include <drivers/serial.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/domctl.h>
#include <public/xen.h>
#include <pv/cpu_ops.h>
#include <pv/dom0.h>
#include <pv/hypercall_page.h>
#include <pv/kernel_image.h>
#include <pv/mm.h>
#include "dom0_private.h"

#define LAYOUT_ALIGN	(4ul << 20)	/* the mapped area ends on this boundary */
#define LAYOUT_SLACK	(512ul << 10)	/* and has at least this much to spare */
#define L1_FLAGS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)

/* --- the command line's word on it --- */

struct dom0_memory {
	u64 size, min, max;
	bool less;		/* size is what dom0 shall not get */
};
static struct dom0_memory opt_memory;

static __init int parse_memory(const char *s)
{
	struct dom0_memory m = { 0 };	/* nothing is kept of a word that is not good to its end */

	if (!s)
		return -EINVAL;
	for (;;) {
		u64 *which = &m.size;
		const char *end;

		if (!strncmp(s, "min:", 4)) {
			which = &m.min;
			s += 4;
		} else if (!strncmp(s, "max:", 4)) {
			which = &m.max;
			s += 4;
		}
		if (which == &m.size) {
			m.less = *s == '-';
			s += m.less;
		}
		*which = parse_size(s, &end);
		if (end == s)
			return -EINVAL;
		if (!*end)
			break;
		if (*end != ',')
			return -EINVAL;
		s = end + 1;
	}
	opt_memory = m;
	return 0;
}
option_custom("dom0_mem", parse_memory);

static u32 opt_min_vcpus, opt_max_vcpus = MAX_VCPUS_PER_DOMAIN;

/* N, or MIN-MAX with either end left out. */
static __init int parse_vcpus(const char *s)
{
	u32 least = 0, most = MAX_VCPUS_PER_DOMAIN;
	const char *end = s;

	if (!s || !*s)
		return -EINVAL;
	if (*s != '-')
		least = most = strtoul(s, &end, 0);
	if (*end == '-') {
		s = end + 1;
		most = *s ? strtoul(s, &end, 0) : MAX_VCPUS_PER_DOMAIN;
		if (!*s)
			end = s;
	}
	if (*end)
		return -EINVAL;
	opt_min_vcpus = least;
	opt_max_vcpus = most;
	return 0;
}
option_custom("dom0_max_vcpus", parse_vcpus);

/* --- memory --- */

static struct dom0_builder b __initdata;

static __init unsigned long choose_memory(void)
{
	u64 avail = (u64)avail_heap_pages() << PAGE_SHIFT;
	/* What the hypervisor needs for itself and for other domains' book-keeping. */
	u64 reserve = min(avail / 16, (u64)128 << 20);
	u64 want = opt_memory.size;

	if (opt_memory.less)
		want = avail > want ? avail - want : 0;
	else if (!want)
		want = avail > reserve ? avail - reserve : 0;
	if (opt_memory.min && want < opt_memory.min)
		want = opt_memory.min;
	if (opt_memory.max && want > opt_memory.max)
		want = opt_memory.max;
	if (want > avail - reserve / 4) {
		printk(XENLOG_WARNING "dom0_mem: only %lu MiB are free, dom0 gets less than asked for\n",
		       (unsigned long)(avail >> 20));
		want = avail - reserve / 4;
	}
	return want >> PAGE_SHIFT;
}

static __init void allocate_memory(void)
{
	unsigned long left = b.nr_pages, pfn = 0;
	unsigned int order = 9;

	while ((PAGE_SIZE << b.p2m_order) < b.nr_pages * sizeof(u64))
		b.p2m_order++;
	b.p2m = alloc_xenheap_pages(b.p2m_order, MEMF_zero);
	if (!b.p2m)
		panic("No memory for dom0's frame list");
	while (left) {
		struct page_info *pg;

		while ((1ul << order) > left)
			order--;
		/* No other guest has used this memory: what dom0 is shown of it is cleared below. */
		pg = alloc_domheap_pages(b.d, order, MEMF_no_scrub);
		if (!pg) {
			if (order-- > 0)
				continue;
			/* A 32-bit one may not have all that is free. */
			if (b.image.is_32bit && pfn >= b.layout_pages) {
				b.nr_pages = pfn;
				break;
			}
			panic("Not enough memory for dom0: %lu MiB of %lu MiB found",
			      pfn >> 8, b.nr_pages >> 8);
		}
		for (unsigned long i = 0; i < 1ul << order; i++, pfn++) {
			b.p2m[pfn] = mfn_x(page_to_mfn(pg)) + i;
			set_gpfn_of(MFN(b.p2m[pfn]), pfn);
		}
		left -= 1ul << order;
	}
}

static __init void *pfn_to_virt(unsigned long pfn)
{
	return dom0_pfn_to_virt(&b, pfn);
}

/* Write to the mapped area, or anywhere in pfn space when va is an offset from v_start. */
static __init void write_pfns(u64 offset, const void *src, u64 bytes)
{
	while (bytes) {
		u64 n = min(bytes, (u64)(PAGE_SIZE - (offset & (PAGE_SIZE - 1))));
		u8 *dst = (u8 *)pfn_to_virt(offset >> PAGE_SHIFT) + (offset & ~PAGE_MASK);

		if (n == PAGE_SIZE)
			copy_page(dst, src);
		else
			memcpy(dst, src, n);
		src = (const u8 *)src + n;
		offset += n;
		bytes -= n;
	}
}

/* --- layout --- */

static __init unsigned long tables_for(u64 start, u64 end, unsigned int shift)
{
	return ((end - 1) >> shift) - (start >> shift) + 1;
}

static __init void choose_layout(u64 initrd_bytes)
{
	const struct kernel_image *k = &b.image;
	u64 at = (k->virt_end + PAGE_SIZE - 1) & PAGE_MASK;
	u64 p2m_bytes = b.nr_pages * (k->is_32bit ? sizeof(u32) : sizeof(u64));

	b.v_start = k->virt_base;
	if (!k->unmapped_initrd) {
		b.v_initrd = at;
		at = (at + initrd_bytes + PAGE_SIZE - 1) & PAGE_MASK;
	}
	if (k->init_p2m == ~0ull) {
		b.v_p2m = at;
		at = (at + p2m_bytes + PAGE_SIZE - 1) & PAGE_MASK;
	} else {
		b.v_p2m = k->init_p2m;
	}
	b.v_start_info = at;
	at += PAGE_SIZE;
	b.v_tables = at;
	/* The tables map themselves: find the number that covers itself. */
	for (b.nr_tables = 4;; b.nr_tables++) {
		b.v_stack = b.v_tables + b.nr_tables * PAGE_SIZE;
		b.v_end = (b.v_stack + PAGE_SIZE + LAYOUT_SLACK + LAYOUT_ALIGN - 1) & ~(LAYOUT_ALIGN - 1);
		if (tables_for(b.v_start, b.v_end, L2_SHIFT) +
		    (k->is_32bit ? DOM0_UPPER_TABLES_32 :
		     1 + tables_for(b.v_start, b.v_end, L4_SHIFT) + tables_for(b.v_start, b.v_end, L3_SHIFT)) <=
		    b.nr_tables)
			break;
	}
	if (k->is_32bit && b.v_end > b.d->pv.hv_start_low)
		panic("dom0's kernel, ram disk and frame list do not fit below the hypervisor's address range");
	at = (b.v_end - b.v_start) >> PAGE_SHIFT;
	if (k->init_p2m != ~0ull) {
		u64 end = k->init_p2m + p2m_bytes;

		b.first_p2m_pfn = at;
		b.nr_p2m_frames = PFN_UP(p2m_bytes) + tables_for(k->init_p2m, end, L4_SHIFT) +
			tables_for(k->init_p2m, end, L3_SHIFT) + tables_for(k->init_p2m, end, L2_SHIFT);
		at += b.nr_p2m_frames;
	}
	if (k->unmapped_initrd) {
		b.initrd_pfn = at;
		at += PFN_UP(initrd_bytes);
	}
	b.layout_pages = at;
	if (at > b.nr_pages)
		panic("dom0 needs at least %lu MiB, and has %lu", (unsigned long)(at >> 8) + 1, b.nr_pages >> 8);
}

/* --- page tables --- */

static __init u64 *new_table(u64 *slot)
{
	unsigned long pfn = b.next_table++;
	u64 *t = pfn_to_virt(pfn);

	clear_page(t);
	*slot = (b.p2m[pfn] << PAGE_SHIFT) | PAGE_TABLE_FLAGS;
	return t;
}

static __init u64 *lower_table(u64 *table, unsigned int index)
{
	if (table[index] & _PAGE_PRESENT)
		return maddr_to_virt(table[index] & PTE_ADDR_MASK);
	return new_table(&table[index]);
}

static __init void map_page(u64 va, unsigned long pfn, u64 flags)
{
	u64 *l3 = lower_table(b.root, l4_index(va));
	u64 *l2 = lower_table(l3, l3_index(va));
	u64 *l1 = lower_table(l2, l2_index(va));

	l1[l1_index(va)] = (b.p2m[pfn] << PAGE_SHIFT) | flags;
}

static __init void build_tables(void)
{
	unsigned long first = (b.v_tables - b.v_start) >> PAGE_SHIFT;

	b.next_table = first;
	b.root = pfn_to_virt(b.next_table++);
	clear_page(b.root);
	for (u64 va = b.v_start; va < b.v_end; va += PAGE_SIZE)
		map_page(va, (va - b.v_start) >> PAGE_SHIFT, L1_FLAGS);
	BUG_ON(b.next_table > first + b.nr_tables);

	/* Page tables are mapped, but never writable. */
	for (unsigned long i = 0; i < b.nr_tables; i++)
		map_page(b.v_tables + i * PAGE_SIZE, first + i, L1_FLAGS & ~_PAGE_RW);

	if (b.image.init_p2m != ~0ull) {
		unsigned long frames = PFN_UP(b.nr_pages * sizeof(u64));

		b.next_table = b.first_p2m_pfn + frames;
		for (unsigned long i = 0; i < frames; i++)
			map_page(b.image.init_p2m + i * PAGE_SIZE, b.first_p2m_pfn + i, L1_FLAGS);
		BUG_ON(b.next_table > b.first_p2m_pfn + b.nr_p2m_frames);
	}
	init_root_table(b.root, b.d);
}

/* --- start of day --- */

static __init void fill_video(struct dom0_vga_console_info *c, const struct boot_video *v)
{
	switch (v->kind) {
	case CONSOLE_TEXT:
		c->video_type = XEN_VGATYPE_TEXT_MODE_3;
		c->u.text_mode_3.font_height = 16;
		c->u.text_mode_3.rows = v->height ? v->height : 25;
		c->u.text_mode_3.columns = v->width ? v->width : 80;
		c->u.text_mode_3.cursor_y = c->u.text_mode_3.rows - 1;
		break;
	case CONSOLE_FRAMEBUFFER:
		c->video_type = v->is_efi ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB;
		c->u.vesa_lfb.width = v->width;
		c->u.vesa_lfb.height = v->height;
		c->u.vesa_lfb.bytes_per_line = v->pitch;
		c->u.vesa_lfb.bits_per_pixel = v->bpp;
		c->u.vesa_lfb.lfb_base = v->base;
		c->u.vesa_lfb.ext_lfb_base = v->base >> 32;
		c->u.vesa_lfb.lfb_size = ((u64)v->pitch * v->height + 0xffff) >> 16;
		c->u.vesa_lfb.red_pos = v->red_pos;
		c->u.vesa_lfb.red_size = v->red_size;
		c->u.vesa_lfb.green_pos = v->green_pos;
		c->u.vesa_lfb.green_size = v->green_size;
		c->u.vesa_lfb.blue_pos = v->blue_pos;
		c->u.vesa_lfb.blue_size = v->blue_size;
		break;
	default:
		break;
	}
}

static __init void write_start_info(const struct boot_info *boot, const char *cmdline, u64 initrd_bytes)
{
	struct start_info *si = pfn_to_virt((b.v_start_info - b.v_start) >> PAGE_SHIFT);
	struct dom0_vga_console_info *video;
	u32 size = sizeof(*si);

	clear_page(si);
	strlcpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = b.nr_pages;
	si->shared_info = virt_to_maddr(b.d->shared_info);
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = b.v_tables;
	si->nr_pt_frames = b.nr_tables;
	si->mfn_list = b.v_p2m;
	si->first_p2m_pfn = b.first_p2m_pfn;
	si->nr_p2m_frames = b.nr_p2m_frames;
	if (initrd_bytes) {
		si->mod_len = initrd_bytes;
		if (b.image.unmapped_initrd) {
			si->mod_start = b.initrd_pfn;
			si->flags |= SIF_MOD_START_PFN;
		} else {
			si->mod_start = b.v_initrd;
		}
	}
	strlcpy((char *)si->cmd_line, cmdline, sizeof(si->cmd_line));

	if (b.image.is_32bit)
		size = dom0_narrow_start_info(si);
	video = (void *)((u8 *)si + size);
	BUILD_BUG_ON(sizeof(*si) + sizeof(*video) > PAGE_SIZE);
	fill_video(video, &boot->video);
	if (boot->video.kind != CONSOLE_NONE) {
		u32 where[] = { size, sizeof(*video) };

		memcpy((u8 *)si + (b.image.is_32bit ? CONSOLE_AT_32 : offsetof(struct start_info, console)),
		       where, sizeof(where));
	}
}

static __init void load_kernel(void)
{
	for (u32 i = 0; i < b.image.nr_segments; i++) {
		const struct kernel_segment *s = &b.image.segment[i];

		write_pfns(s->vaddr - b.v_start, s->data, s->file_bytes);	/* the rest is zero already */
	}
	if (b.image.hypercall_page) {
		u64 at = b.image.hypercall_page - b.v_start;

		if ((at & ~PAGE_MASK) || at >= b.v_end - b.v_start)
			panic("dom0's hypercall page lies outside of its kernel");
		init_hypercall_page(b.d, pfn_to_virt(at >> PAGE_SHIFT));
	}
}

static __init void start_vcpu(void)
{
	struct vcpu *v = b.d->vcpu[0];
	struct page_info *root = mfn_to_page(virt_to_mfn(b.root));
	const u64 type = b.image.is_32bit ? PGT_l3 : PGT_l4;
	int rc;

	/* As its tools would have pinned it: the kernel will unpin it when it has a root of its own. */
	if (!get_page(root, b.d))
		panic("dom0's page tables are not its own");
	do
		do_softirq();		/* what a preempted validation waits for */
	while ((rc = get_page_type_preemptible(root, type)) == -ERESTART || rc == -EINTR);
	if (rc)
		panic("dom0's page tables are not valid");
	__atomic_or_fetch(&root->type_info, PGT_pinned, __ATOMIC_SEQ_CST);
	if (set_vcpu_kernel_root(v, page_to_mfn(root)))
		panic("dom0's page tables cannot be loaded");

	if (b.image.is_32bit) {
		dom0_set_registers_32(&b, v);
	} else {
		v->regs = (struct cpu_regs){
			.rip = b.image.entry,
			.cs = SEL_RING3_CS64,
			.ss = SEL_RING3_DS32,
			.rsp = b.v_stack + PAGE_SIZE,
			.rsi = b.v_start_info,
			.rflags = 0x202,
		};
		v->pv.flags |= PV_KERNEL_MODE;
		v->pv.kernel_ss = SEL_RING3_DS32;
		v->pv.kernel_sp = b.v_stack + PAGE_SIZE;
		v->pv.ds = v->pv.es = 0;
	}
	*vcpu_upcall_mask(v) = 1;
	v->initialised = true;
	__atomic_and_fetch(&v->pause_flags, ~(1ul << VPF_DOWN), __ATOMIC_SEQ_CST);
}

/* --- what dom0 may touch --- */

static __init void give_ports(struct rangeset *r)
{
	static const struct { u16 first, last; } ours[] __initconst = {
		{ 0x20, 0x21 }, { 0xa0, 0xa1 },		/* interrupt controllers */
		{ 0x40, 0x43 },				/* interval timer */
		{ 0x70, 0x71 },				/* clock: shared, emulated */
		{ 0xcf8, 0xcfb },			/* PCI configuration: emulated */
	};

	rangeset_add_range(r, 0, 0xffff);
	for (unsigned int i = 0; i < ARRAY_SIZE(ours); i++)
		rangeset_remove_range(r, ours[i].first, ours[i].last);
	for (unsigned int port = 0; port < 2; port++)
		if (serial_io_base(port))
			rangeset_remove_range(r, serial_io_base(port), serial_io_base(port) + 7);
}

static __init void give_machine(struct domain *d)
{
	give_ports(d->ioport_caps);
	rangeset_add_range(d->iomem_caps, 0, (1ul << (boot_cpu.phys_bits - PAGE_SHIFT)) - 1);
	rangeset_remove_singleton(d->iomem_caps, acpi_info.lapic_address >> PAGE_SHIFT);
	for (u32 i = 0; i < acpi_info.nr_ioapics; i++)
		rangeset_remove_singleton(d->iomem_caps, acpi_info.ioapic[i].address >> PAGE_SHIFT);
	/* The clock the hypervisor reads: ACPI code of dom0 looks at it too. */
	if (acpi_info.hpet)
		rangeset_add_singleton(mmio_readonly, acpi_info.hpet >> PAGE_SHIFT);
	rangeset_add_range(d->irq_caps, 0, nr_pirqs() - 1);
}

static __init void create_vcpus(struct domain *d)
{
	for (u32 i = 0; i < d->max_vcpus; i++)
		if (!vcpu_create(d, i))
			panic("No memory for dom0's vcpu %u", i);
}

/*
 * Unpacking takes most of the time until dom0 runs, and keeps one CPU busy:
 * done while there is only one, it does not share its core with idle ones.
 */
__init void unpack_dom0_kernel(const struct boot_info *boot)
{
	const struct boot_module *kernel = &boot->module[0];
	const char *why;

	if (!boot->nr_modules)
		panic("No dom0 kernel: the boot loader passed no module");
	why = kernel_image_parse(&b.image, mfn_to_virt(kernel->start), kernel->bytes);
	if (why)
		panic("dom0's kernel cannot be used: %s", why);
	printk(XENLOG_INFO "dom0 kernel: %s %s %s, entry %#lx, %s\n", b.image.guest_os, b.image.guest_version,
	       b.image.is_32bit ? "32-bit" : "64-bit", (unsigned long)b.image.entry,
	       b.image.unmapped_initrd ? "ram disk by frame" : "ram disk mapped");
	why = b.image.is_32bit ? dom0_unfit_32(&b.image) : NULL;
	if (why)
		panic("dom0's kernel cannot be used: %s", why);
	if (!b.image.can_be_dom0)
		panic("dom0's kernel cannot be used: it was built without dom0 support");
	if (b.image.required_features & ((1ull << 2) | (1ull << 3)))
		panic("dom0's kernel cannot be used: it requires features that paravirtual guests do not have");
}

__init void construct_dom0(const struct boot_info *boot)
{
	struct xen_domctl_createdomain config = {
		.max_evtchn_port = ~0u,
		.max_grant_frames = 64,
		.max_maptrack_frames = 1024,
		.grant_opts = 2,
	};
	const struct boot_module *kernel = &boot->module[0], *initrd = NULL;
	u64 initrd_bytes = 0;

	config.max_vcpus = min(max(num_online_cpus(), opt_min_vcpus), min(opt_max_vcpus, (u32)MAX_VCPUS_PER_DOMAIN));
	config.max_vcpus = max(config.max_vcpus, 1u);

	if (boot->nr_modules > 1) {
		initrd = &boot->module[1];
		initrd_bytes = initrd->bytes;
	}

	m2p_32_init();
	if (domain_create(0, &config, true, &b.d))
		panic("dom0 cannot be created");
	dom0 = b.d;
	b.d->max_pages = ~0ul;
	create_vcpus(b.d);

	b.nr_pages = choose_memory();
	if (b.image.is_32bit) {
		dom0_make_32(&b);
		b.nr_pages = min(b.nr_pages, (unsigned long)(M2P_32_END - b.d->pv.hv_start_low) / sizeof(u32));
	}
	choose_layout(initrd_bytes);
	allocate_memory();
	if (opt_memory.max)
		b.d->max_pages = max((unsigned long)(opt_memory.max >> PAGE_SHIFT), (unsigned long)b.d->tot_pages);
	printk(XENLOG_INFO "dom0: %lu MiB, %u vcpus; virtual layout %#lx to %#lx\n", b.nr_pages >> 8, b.d->max_vcpus,
	       (unsigned long)b.v_start, (unsigned long)b.v_end);

	for (unsigned long pfn = 0; pfn < b.layout_pages; pfn++)
		clear_page(pfn_to_virt(pfn));
	load_kernel();
	if (initrd)
		write_pfns(b.image.unmapped_initrd ? (u64)b.initrd_pfn << PAGE_SHIFT : b.v_initrd - b.v_start,
			   mfn_to_virt(initrd->start), initrd_bytes);
	write_start_info(boot, kernel->cmdline, initrd_bytes);
	if (b.image.is_32bit) {
		dom0_build_tables_32(&b);
		dom0_write_p2m_32(&b);
	} else {
		write_pfns(b.image.init_p2m != ~0ull ? (u64)b.first_p2m_pfn << PAGE_SHIFT : b.v_p2m - b.v_start,
			   b.p2m, b.nr_pages * sizeof(u64));
		build_tables();
	}
	give_machine(b.d);
	start_vcpu();
	update_domain_wallclock(b.d);

	free_xenheap_pages(b.p2m, b.p2m_order);
	kernel_image_free(&b.image);
	/* The loader's modules have been copied. */
	for (u32 i = 0; i < boot->nr_modules; i++) {
		paddr_t start = mfn_to_maddr(boot->module[i].start);

		frame_add_ram(start, start + boot->module[i].bytes);
	}
}
