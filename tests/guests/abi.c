// SPDX-License-Identifier: GPL-2.0-only
/*
 * The basic ABI: what a guest finds when it starts, and what each hypercall
 * returns for numbers, pointers and sizes that are wrong.
 */
#include "lib.h"

/* --- start of day --- */

CHECK(start_info)
{
	EXPECT(!strcmp(si->magic, "xen-3.0-" ABI_NAME));
	EXPECT(nr_pfns > 1024);
	EXPECT_EQ(si->shared_info & 4095, 0);
	EXPECT(si->pt_base >= VIRT_BASE && !(si->pt_base & 4095));
	EXPECT(si->nr_pt_frames >= PT_LEVELS);
	EXPECT(si->mfn_list >= VIRT_BASE && si->mfn_list < (word)si);
	EXPECT_EQ((word)si + PAGE_BYTES, si->pt_base);
	EXPECT_EQ(!!(si->flags & SIF_PRIVILEGED), is_dom0);
	if (is_dom0)
		EXPECT_EQ(si->store_evtchn, 0);
}

CHECK(start_frames_are_ours_once)
{
	for (unsigned long i = 0; i < nr_pfns; i++)
		if (M2P[p2m[i]] != i) {
			fail("m2p of frame %#lx is %#lx, not %#lx", p2m[i], M2P[p2m[i]], i);
			return;
		}
}

CHECK(start_reservation)
{
	domid_t self = DOMID_SELF;

	EXPECT_EQ(memory_op(XENMEM_current_reservation, &self), nr_pfns);
	EXPECT(memory_op(XENMEM_maximum_reservation, &self) >= (long)nr_pfns || memory_op(XENMEM_maximum_reservation, &self) == -1);
	EXPECT(memory_op(XENMEM_maximum_ram_page, 0) > (long)nr_pfns);
}

CHECK(start_tables_readonly)
{
	for (unsigned long i = 0; i < si->nr_pt_frames; i++)
		EXPECT_EQ_OF(pte_of((void *)(si->pt_base + i * PAGE_BYTES)) & PTE_W, 0, "table %lu", i);
	EXPECT_EQ(TRY(POKE(u64, si->pt_base, 0)), TRAP_PF);
	EXPECT_EQ(trap.error, 3);
}

/* It runs on the page behind the tables, in the flat segments of its ring. */
CHECK(start_stack)
{
	u16 cs, ss;

	asm ("mov %%cs, %0; mov %%ss, %1" : "=r" (cs), "=r" (ss));
	EXPECT_EQ(cs, FLAT_CS);
	EXPECT_EQ(ss, FLAT_DS);
	EXPECT_EQ(boot_sp, si->pt_base + (si->nr_pt_frames + 1) * PAGE_BYTES);
}

/* 512 KiB of mapped room behind the boot stack, all the way to a 4 MiB boundary. */
CHECK(start_padding)
{
	word stack = si->pt_base + si->nr_pt_frames * PAGE_BYTES;

	for (word a = stack; a < stack + PAGE_BYTES + (512 << 10) || (a & 0x3fffff); a += PAGE_BYTES)
		if ((pte_of((void *)a) & (PTE_P | PTE_W)) != (PTE_P | PTE_W)) {
			fail("%#lx is not mapped", a);
			return;
		}
}

#if WORD_HAS_64_BITS
CHECK(start_entries_are_user)
{
	for (unsigned int level = 1; level <= PT_LEVELS; level++)
		EXPECT_EQ_OF(entry_of(si, level) & (PTE_P | PTE_U), PTE_P | PTE_U, "level %u", level);
}
#endif

CHECK(shared_info)
{
	u64 t = now();

	EXPECT(vcpu_info(0)->time.tsc_to_system_mul != 0);
	EXPECT(!(vcpu_info(0)->time.version & 1));
	for (int i = 0; i < 1000; i++) {
		u64 n = now();

		if (n < t) {
			fail("time goes back by %ld", (long)(t - n));
			return;
		}
		t = n;
	}
	EXPECT(shared->wc_sec > 1000000000u);
	EXPECT(!(shared->wc_version & 1));
}

/* --- what of the hypervisor is to be seen --- */

CHECK(m2p_readonly)
{
	EXPECT_EQ(TRY((void)PEEK(u64, HYPERVISOR_LOW)), NO_TRAP);
	EXPECT_EQ(TRY(POKE(u64, HYPERVISOR_LOW, 0)), TRAP_PF);
	EXPECT_EQ(trap.cr2, HYPERVISOR_LOW);
	EXPECT_EQ(trap.error & 6, 2);
	EXPECT_EQ(TRY(((void (*)(void))HYPERVISOR_LOW)()), TRAP_PF);
}

static word read_m2p(word at)
{
	return PEEK(word, at);
}

CHECK(m2p_from_user_mode)
{
	word value;

	use_user_root();
	EXPECT_EQ(run_user(read_m2p, HYPERVISOR_LOW + sizeof(word) * p2m[5], &value), VEC_SYSCALL);
	EXPECT_EQ(value, 5);
}

CHECK(m2p_mapping)
{
	struct xen_machphys_mapping m = { 0 };

	EXPECT_EQ(memory_op(XENMEM_machphys_mapping, &m), 0);
	EXPECT_EQ(m.v_start, HYPERVISOR_LOW);
	EXPECT(m.v_end > m.v_start && m.max_mfn >= p2m[nr_pfns - 1]);
}

static const word in_hypervisor[] = {
#if !WORD_HAS_64_BITS
	0xff000000, 0xffc00000, 0xfffff000, 0xfffffffc,
#else
	0xffff804000000000, 0xffff810000000000, 0xffff818000000000, 0xffff81800000ffe0, 0xffff818010000000,
	0xffff820000000000, 0xffff82000000e000, 0xffff828000000000, 0xffff82d080000000, 0xffff82d080200000,
	0xffff82e000000000, 0xffff830000000000, 0xffff830000100000, 0xffff87fffffff000,
#endif
};

CHECK(hypervisor_is_hidden)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(in_hypervisor); i++) {
		EXPECT_EQ_OF(TRY((void)PEEK(u8, in_hypervisor[i])), TRAP_PF, "read %#lx", in_hypervisor[i]);
		EXPECT_EQ_OF(trap.error & 1, 0, "read %#lx", in_hypervisor[i]);
		EXPECT_EQ_OF(trap.cr2, in_hypervisor[i], "read %#lx", in_hypervisor[i]);
		EXPECT_EQ_OF(TRY(POKE(u8, in_hypervisor[i], 0)), TRAP_PF, "write %#lx", in_hypervisor[i]);
		EXPECT_EQ_OF(trap.error & 1, 0, "write %#lx", in_hypervisor[i]);
		EXPECT_EQ_OF(TRY(((void (*)(void))in_hypervisor[i])()), TRAP_PF, "jump %#lx", in_hypervisor[i]);
	}
}

CHECK(hypervisor_is_hidden_from_user_mode)
{
	use_user_root();
	for (unsigned int i = 0; i < ARRAY_SIZE(in_hypervisor); i++) {
		EXPECT_EQ_OF(run_user(read_m2p, in_hypervisor[i], NULL), TRAP_PF, "read %#lx", in_hypervisor[i]);
		EXPECT_EQ_OF(trap.error, 4, "read %#lx", in_hypervisor[i]);
	}
}

/* --- hypercall numbers --- */

CHECK(hypercall_page_works)
{
	long rc;

	asm volatile ("call *%1" : "=a" (rc) : "r" (hypercall_page + 32 * __HYPERVISOR_xen_version),
#if WORD_HAS_64_BITS
		      "D" (XENVER_version), "S" (0) : "rdx", "memory");
#else
		      "b" (XENVER_version), "c" (0) : "memory");
#endif
	EXPECT_EQ(rc, 4 << 16 | 17);
}

CHECK(hypercall_numbers_unknown)
{
	static const word numbers[] = {
		11, 43, 44, 45, 46, 47, 56, 57, 63, 64, 65, 127, 128, 255, 256, 1000, 0x7fffffff, 0x80000000,
#if WORD_HAS_64_BITS
		0x100000000, 0x100000000 + __HYPERVISOR_xen_version, 0x8000000000000000, ~0ul,
#endif
		0xffffffff,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		long rc;

#if WORD_HAS_64_BITS
		asm volatile ("syscall" : "=a" (rc) : "0" (numbers[i]), "D" (0), "S" (0), "d" (0)
			      : "rcx", "r11", "r8", "r9", "r10", "memory");
#else
		rc = hypercall(numbers[i], 0, 0, 0, 0, 0);
#endif
		EXPECT_EQ_OF(rc, -ENOSYS, "number %#lx", numbers[i]);
	}
}

enum kind { HYPERCALL, MEMORY_OP, DOMCTL, SYSCTL, PLATFORM_OP, MCA, PHYSDEV_OP, SCHED_OP, XEN_VERSION,
	    MMUEXT, GRANT_OP };
static const struct refused {
	enum kind kind;
	const char *name;
	unsigned int number, dom0, domu;
	u32 words[2];			/* of the argument: sub-operations */
} refused[] = {
#include "refused.h"
};

static domid_t target;		/* of domctls: empty, and somebody else */

static long call_refused(const struct refused *r, void *page)
{
	memset(page, 0, PAGE_BYTES);
	switch (r->kind) {
	case HYPERCALL:
		return hypercall(r->number, 0, 0, 0, 0, 0);
	case MEMORY_OP:
		memcpy(page, r->words, sizeof(r->words));
		return memory_op(r->number, page);
	case DOMCTL:
		memcpy(&((struct xen_domctl *)page)->u, r->words, sizeof(r->words));
		return domctl(page, r->number, target);
	case SYSCTL:
		memcpy(&((struct xen_sysctl *)page)->u, r->words, sizeof(r->words));
		return sysctl(page, r->number);
	case PLATFORM_OP: {
		struct xen_platform_op *op = page;

		memcpy(&op->u, r->words, sizeof(r->words));
		op->cmd = r->number;
		op->interface_version = XENPF_INTERFACE_VERSION;
		return HYP(platform_op, op, 0, 0, 0, 0);
	}
	case MCA: {
		struct xen_mc *op = page;

		op->cmd = r->number;
		op->interface_version = XEN_MCA_INTERFACE_VERSION;
		return HYP(mca, op, 0, 0, 0, 0);
	}
	case PHYSDEV_OP:
		memcpy(page, r->words, sizeof(r->words));
		return physdev_op(r->number, page);
	case SCHED_OP:
		return sched_op(r->number, page);
	case MMUEXT:
		return mmuext(r->number, 0, 0);
	case GRANT_OP:
		return grant_op(r->number, page, 1);
	default:
		return HYP(xen_version, r->number, page, 0, 0, 0);
	}
}

/* Every row of docs/hypercalls.md that says how an operation is refused. */
CHECK(refused_as_listed)
{
	static struct xen_domctl create;
	void *page = alloc_page();
	unsigned int wrong = 0;

	if (is_dom0) {
		create.u.createdomain.max_vcpus = 1;
		create.u.createdomain.max_grant_frames = 1;
		create.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
		EXPECT_EQ(domctl(&create, XEN_DOMCTL_createdomain, 0), 0);
		target = create.domain;
		create.u.max_vcpus.max = 1;
		EXPECT_EQ(domctl(&create, XEN_DOMCTL_max_vcpus, target), 0);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
		const struct refused *r = &refused[i];
		long want = -(long)(is_dom0 ? r->dom0 : r->domu), rc;

		if (!want)
			continue;
		/* The firmware's calls are 64-bit kernels' alone. */
		if (!WORD_HAS_64_BITS && is_dom0 && r->kind == PLATFORM_OP && r->number == XENPF_efi_runtime_call)
			want = -EOPNOTSUPP;
		rc = call_refused(r, page);
		/* What names a domain names dom0 here. */
		if (rc == want || (!is_dom0 && r->kind == MEMORY_OP && rc == -EPERM))
			continue;
		if (wrong++ < 60 || has_argument("verbose"))
			printk("   %s: %ld, not %ld\n", r->name, rc, want);
	}
	if (wrong)
		fail("%u operations are refused in other ways than docs/hypercalls.md says", wrong);
	if (is_dom0)
		EXPECT_EQ(domctl(&create, XEN_DOMCTL_destroydomain, target), 0);
	free_page(page);
}

/* --- pointers --- */

#define P	0xbadbadbul	/* stands for the pointer under test */

struct pointer_case {
	const char *name;
	unsigned int nr;
	word arg[4];
	long want;
	u8 flags;
};
#define NULL_IS_FINE	1
#define FOR_DOM0	2	/* others are refused before the pointer is looked at */
#define PCASE(n, a, b, c, d, want, flags)	{ #n " " #a " " #b, __HYPERVISOR_##n, { (word)(a), (word)(b), (word)(c), (word)(d) }, want, flags }

static u8 good[PAGE_BYTES] __attribute__((aligned(4096)));

static const struct pointer_case pointer_cases[] = {
	PCASE(set_trap_table, P, 0, 0, 0, -EFAULT, NULL_IS_FINE),
	PCASE(mmu_update, P, 1, 0, DOMID_SELF, -EFAULT, 0),
	PCASE(mmu_update, good, 0, P, DOMID_SELF, -EFAULT, NULL_IS_FINE),
	PCASE(mmu_update, P, 0x7fffffff, 0, DOMID_SELF, -EFAULT, 0),
	PCASE(mmuext_op, P, 1, 0, DOMID_SELF, -EFAULT, 0),
	PCASE(mmuext_op, good, 0, P, DOMID_SELF, -EFAULT, NULL_IS_FINE),
	PCASE(mmuext_op, P, 0x7fffffff, 0, DOMID_SELF, -EFAULT, 0),
	PCASE(set_gdt, P, 1, 0, 0, -EFAULT, 0),
	PCASE(set_gdt, P, 7168, 0, 0, -EFAULT, 0),
	PCASE(multicall, P, 1, 0, 0, -EFAULT, 0),
	PCASE(multicall, P, 0x7fffffff, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_extraversion, P, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_compile_info, P, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_capabilities, P, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_changeset, P, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_platform_parameters, P, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_get_features, P, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_guest_handle, P, 0, 0, -EFAULT, 0),
	PCASE(xen_version, XENVER_commandline, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(console_io, CONSOLEIO_write, 2, P, 0, -EFAULT, 0),
	PCASE(console_io, CONSOLEIO_write, 0x7fffffff, P, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_increase_reservation, P, 0, 0, 0, 0),
	PCASE(memory_op, XENMEM_decrease_reservation, P, 0, 0, 0, 0),
	PCASE(memory_op, XENMEM_populate_physmap, P, 0, 0, 0, 0),
	PCASE(memory_op, XENMEM_exchange, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_current_reservation, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_maximum_reservation, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_maximum_gpfn, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_machphys_mfn_list, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_machphys_compat_mfn_list, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_machphys_mapping, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_memory_map, P, 0, 0, -EFAULT, 0),
	PCASE(memory_op, XENMEM_machine_memory_map, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(memory_op, XENMEM_set_memory_map, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(memory_op, XENMEM_claim_pages, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(memory_op, XENMEM_acquire_resource, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(event_channel_op, EVTCHNOP_alloc_unbound, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_bind_interdomain, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_bind_virq, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_bind_ipi, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_bind_pirq, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_close, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_send, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_status, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_bind_vcpu, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_unmask, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_reset, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_init_control, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_expand_array, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op, EVTCHNOP_set_priority, P, 0, 0, -EFAULT, 0),
	PCASE(event_channel_op_compat, P, 0, 0, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_map_grant_ref, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_unmap_grant_ref, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_unmap_and_replace, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_setup_table, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_transfer, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_copy, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_copy, P, 0x7fffffff, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_query_size, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_set_version, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_get_version, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_get_status_frames, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_swap_grant_ref, P, 1, 0, -EFAULT, 0),
	PCASE(grant_table_op, GNTTABOP_cache_flush, P, 1, 0, -EFAULT, 0),
	PCASE(vcpu_op, VCPUOP_get_runstate_info, 0, P, 0, -EFAULT, 0),
	PCASE(vcpu_op, VCPUOP_register_runstate_memory_area, 0, P, 0, -EFAULT, 0),
	PCASE(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, P, 0, -EFAULT, 0),
	PCASE(vcpu_op, VCPUOP_set_periodic_timer, 0, P, 0, -EFAULT, 0),
	PCASE(vcpu_op, VCPUOP_set_singleshot_timer, 0, P, 0, -EFAULT, 0),
	PCASE(vcpu_op, VCPUOP_register_vcpu_info, 0, P, 0, -EFAULT, 0),
	PCASE(sched_op, SCHEDOP_shutdown, P, 0, 0, -EFAULT, 0),
	PCASE(sched_op, SCHEDOP_poll, P, 0, 0, -EFAULT, 0),
	PCASE(sched_op, SCHEDOP_remote_shutdown, P, 0, 0, -EFAULT, 0),
	PCASE(sched_op, SCHEDOP_shutdown_code, P, 0, 0, -EFAULT, 0),
	PCASE(sched_op, SCHEDOP_watchdog, P, 0, 0, -EFAULT, 0),
	PCASE(sched_op, SCHEDOP_pin_override, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(callback_op, CALLBACKOP_register, P, 0, 0, -EFAULT, 0),
	PCASE(callback_op, CALLBACKOP_unregister, P, 0, 0, -EFAULT, 0),
	PCASE(nmi_op, XENNMI_register_callback, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_eoi, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_irq_status_query, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_set_iopl, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_set_iobitmap, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v1, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_pirq_eoi_gmfn_v2, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_get_free_pirq, P, 0, 0, -EFAULT, 0),
	PCASE(physdev_op, PHYSDEVOP_apic_read, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_apic_write, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_alloc_irq_vector, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_map_pirq, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_unmap_pirq, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_setup_gsi, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_manage_pci_add, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_manage_pci_remove, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_manage_pci_add_ext, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_pci_device_add, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_pci_device_remove, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_pci_mmcfg_reserved, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_restore_msi, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_restore_msi_ext, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_prepare_msix, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op, PHYSDEVOP_release_msix, P, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(physdev_op_compat, P, 0, 0, 0, -EFAULT, 0),
	PCASE(platform_op, P, 0, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(mca, P, 0, 0, 0, -EFAULT, FOR_DOM0),
	PCASE(domctl, P, 0, 0, 0, -EFAULT, 0),
	PCASE(sysctl, P, 0, 0, 0, -EFAULT, 0),
};

/* All of the first byte's page is there, none of the next. */
static word straddling(void)
{
	static bool mapped;

	if (!mapped) {
		set_pte(window(0), PTE(virt_to_mfn(alloc_page()), PTE_RW));
		mapped = true;
	}
	return (word)window(1) - 1;
}

CHECK(pointers_refused)
{
	const word bad[] = {
		0, BAD_POINTER, HYPERVISOR_HOLE,
#if WORD_HAS_64_BITS
		HYPERVISOR_LOW - 1, 0xffff830000000000, 0xffff818000000000, 0xffff82d080000000,
		HYPERVISOR_HIGH - 1, NON_CANONICAL, NON_CANONICAL - 1, 0x8000000000000000, 0xffff7fffffffffff,
#endif
		(word)window(2), straddling(), ~0ul, ~0ul - 3,
	};
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(pointer_cases); i++) {
		const struct pointer_case *c = &pointer_cases[i];

		if ((c->flags & FOR_DOM0) && !is_dom0)
			continue;
		for (unsigned int k = 0; k < ARRAY_SIZE(bad); k++) {
			word a[4];
			long rc;

			if (!bad[k] && (c->flags & NULL_IS_FINE))
				continue;
			for (unsigned int n = 0; n < 4; n++)
				a[n] = c->arg[n] == P ? bad[k] : c->arg[n];
			rc = hypercall(c->nr, a[0], a[1], a[2], a[3], 0);
			if (rc != c->want && wrong++ < 40)
				printk("   %s, pointer %#lx: %ld, not %ld\n", c->name, bad[k], rc, c->want);
		}
	}
	if (wrong)
		fail("%u pointers are not refused as they should be", wrong);
	default_traps();
}

/* Where the answer cannot be written, and nothing is left behind. */
CHECK(answers_need_writable_memory)
{
	u8 *page = alloc_page();
	struct evtchn_alloc_unbound *alloc = (void *)page, ok = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_ipi *ipi = (void *)page;
	struct evtchn_bind_virq *virq = (void *)page;
	unsigned int next;

	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, &ok), 0);
	next = ok.port;
	close_port(next);

	alloc->dom = alloc->remote_dom = DOMID_SELF;
	make_readonly(page);
	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, alloc), -EFAULT);
	EXPECT_EQ(HYP(xen_version, XENVER_extraversion, page, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(xen_version, XENVER_get_features, page, 0, 0, 0), -EINVAL);
	EXPECT_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, page), -EFAULT);
	EXPECT_EQ(memory_op(XENMEM_machphys_mapping, page), -EFAULT);
	make_writable(page);
	ipi->vcpu = 0;
	make_readonly(page);
	EXPECT_EQ(event_op(EVTCHNOP_bind_ipi, ipi), -EFAULT);
	make_writable(page);
	virq->virq = VIRQ_DEBUG;
	virq->vcpu = 0;
	make_readonly(page);
	EXPECT_EQ(event_op(EVTCHNOP_bind_virq, virq), -EFAULT);
	EXPECT_EQ(event_op(EVTCHNOP_bind_virq, virq), -EFAULT);
	make_writable(page);
	free_page(page);

	EXPECT_EQ(event_op(EVTCHNOP_alloc_unbound, &ok), 0);
	EXPECT_EQ(ok.port, next);
	close_port(next);
}

/* --- sub-operations that do not exist --- */

CHECK(suboperations_unknown)
{
	static const unsigned int numbers[] = { 0x3f, 0x7f, 0xff, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff };
	void *page = alloc_page();

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		word n = numbers[i];

		EXPECT_EQ_OF(HYP(xen_version, n, page, 0, 0, 0), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(sched_op(n, page), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(HYP(sched_op_compat, n, page, 0, 0, 0), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(event_op(n, page), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(vcpu_op(n, 0, page), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(HYP(callback_op, n, page, 0, 0, 0), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(HYP(nmi_op, n, page, 0, 0, 0), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(physdev_op(n, page), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(HYP(console_io, n, 1, page, 0, 0), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(HYP(vm_assist, n, VMASST_TYPE_writable_pagetables, 0, 0, 0), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(HYP(vm_assist, VMASST_CMD_enable, n, 0, 0, 0), -EINVAL, "%#lx", n);
		EXPECT_EQ_OF(HYP(set_segment_base, n, 0, 0, 0, 0), WORD_HAS_64_BITS ? -EINVAL : -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(mmuext(n, p2m[0], 0), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(HYP(set_debugreg, n, 0, 0, 0, 0), -ENODEV, "%#lx", n);
		EXPECT_EQ_OF(HYP(get_debugreg, n, 0, 0, 0, 0), -ENODEV, "%#lx", n);
		if (n & 0xfff)
			EXPECT_EQ_OF(grant_op(n & 0xfff, page, 1), -ENOSYS, "%#lx", n);
		EXPECT_EQ_OF(vcpu_op(VCPUOP_is_up, n, 0), -ENOENT, "%#lx", n);
		EXPECT_EQ_OF(vcpu_op(VCPUOP_up, n, 0), -ENOENT, "%#lx", n);
		if (is_dom0) {
			struct xen_domctl *d = page;
			struct xen_sysctl *s = page;

			if (n > XEN_DOMCTL_get_cpu_policy)
				EXPECT_EQ_OF(domctl(d, n, 0), -ENOSYS, "%#lx", n);
			EXPECT_EQ_OF(sysctl(s, n), -ENOSYS, "%#lx", n);
		}
	}
	EXPECT_EQ(memory_op(63, page), -ENOSYS);
	EXPECT_EQ(memory_op(62 | 1 << 6, page), -ENOSYS);
	EXPECT_EQ(mmuext(14, p2m[0], 0), -ENOSYS);
	EXPECT_EQ(mmuext(21, p2m[0], 0), -ENOSYS);
	free_page(page);
}

CHECK(compat_numbers)
{
	struct evtchn_op op = { .cmd = EVTCHNOP_alloc_unbound };
	struct physdev_op phys = { .cmd = PHYSDEVOP_set_iopl };

	op.u.alloc_unbound.dom = op.u.alloc_unbound.remote_dom = DOMID_SELF;
	EXPECT_EQ(HYP(event_channel_op_compat, &op, 0, 0, 0, 0), 0);
	EXPECT(op.u.alloc_unbound.port > 0);
	EXPECT_EQ(close_port(op.u.alloc_unbound.port), 0);
	op.cmd = EVTCHNOP_reset;
	EXPECT_EQ(HYP(event_channel_op_compat, &op, 0, 0, 0, 0), -ENOSYS);
	op.cmd = 0xffffffff;
	EXPECT_EQ(HYP(event_channel_op_compat, &op, 0, 0, 0, 0), -ENOSYS);
	EXPECT_EQ(HYP(sched_op_compat, SCHEDOP_yield, 0, 0, 0, 0), 0);
	phys.u.set_iopl.iopl = 1;
	EXPECT_EQ(HYP(physdev_op_compat, &phys, 0, 0, 0, 0), 0);
	phys.u.set_iopl.iopl = 4;
	EXPECT_EQ(HYP(physdev_op_compat, &phys, 0, 0, 0, 0), -EINVAL);
	phys.cmd = PHYSDEVOP_map_pirq;
	EXPECT_EQ(HYP(physdev_op_compat, &phys, 0, 0, 0, 0), -ENOSYS);
}

/* --- sizes --- */

CHECK(sizes_refused)
{
	struct physdev_set_iobitmap bitmap = { .nr_ports = 65537 };
	struct physdev_set_iopl iopl = { .iopl = 4 };
	struct sched_poll poll = { .nr_ports = 129 };
	struct xen_memory_reservation r = { .domid = DOMID_SELF, .nr_extents = 1, .extent_order = 64 };
	static xen_pfn_t list[8];

	EXPECT_EQ(HYP(set_gdt, list, 7169, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_gdt, list, 8192, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_gdt, list, 0xffffffff, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(console_io, CONSOLEIO_write, 0x80000000, good, 0, 0), -EINVAL);
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iobitmap, &bitmap), -EINVAL);
	bitmap.nr_ports = 65536;
	set_xen_guest_handle(bitmap.bitmap, (void *)(BAD_POINTER - 100));
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iobitmap, &bitmap), -EINVAL);
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iopl, &iopl), -EINVAL);
	EXPECT_EQ(sched_op(SCHEDOP_poll, &poll), -EINVAL);
	EXPECT_EQ(grant_op(GNTTABOP_copy, good, 0x80000000), -EINVAL);
	EXPECT_EQ(grant_op(GNTTABOP_map_grant_ref, good, 0xffffffff), -EINVAL);
	EXPECT_EQ(grant_op(GNTTABOP_setup_table, good, 2), -EINVAL);
	EXPECT_EQ(HYP(multicall, good, ~0ul >> 4, 0, 0, 0), -EFAULT);
	EXPECT_EQ(HYP(multicall, good, ~0ul, 0, 0, 0), -EFAULT);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (word)good, 8193), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (word)good + 8, 1), -EINVAL);
	if (WORD_HAS_64_BITS)
		EXPECT_EQ(mmuext(MMUEXT_SET_LDT, HYPERVISOR_LOW, 1), -EINVAL);
	EXPECT_EQ(mmuext(MMUEXT_SET_LDT, (BAD_POINTER & ~4095ul) - (WORD_HAS_64_BITS ? 4096 : 0), 8192), -EINVAL);

	set_xen_guest_handle(r.extent_start, list);
	EXPECT_EQ(memory_op(XENMEM_populate_physmap, &r), 0);
	EXPECT_EQ(memory_op(XENMEM_increase_reservation, &r), 0);
	EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), 0);
	r.extent_order = 0;
	r.nr_extents = ~0ul;
	EXPECT_EQ(memory_op(XENMEM_populate_physmap, &r), 0);
	EXPECT_EQ(memory_op(XENMEM_decrease_reservation, &r), 0);
	EXPECT_EQ(memory_op(XENMEM_current_reservation | 1 << 6, &r), -EINVAL);
}

#if WORD_HAS_64_BITS
CHECK(addresses_refused)
{
	static struct trap_info t[258];
	struct callback_register cb = { .type = CALLBACKTYPE_event, .address = NON_CANONICAL };

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++)
		t[i] = (struct trap_info){ .vector = 0x30, .cs = FLAT_CS, .address = (word)trap_stubs };
	EXPECT_EQ(HYP(set_trap_table, t, 0, 0, 0, 0), -EINVAL);
	t[1].address = 0;
	t[0].address = NON_CANONICAL;
	EXPECT_EQ(HYP(set_trap_table, t, 0, 0, 0, 0), -EINVAL);
	default_traps();

	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), -EINVAL);
	cb.type = CALLBACKTYPE_syscall;
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), -EINVAL);
	cb = (struct callback_register){ .type = 6, .address = 0x1000 };
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), -ENOSYS);
	cb.type = 0xffff;
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), -ENOSYS);
	cb.type = CALLBACKTYPE_sysenter_deprecated;
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_register, &cb, 0, 0, 0), -ENOSYS);
	cb.type = CALLBACKTYPE_event;
	EXPECT_EQ(HYP(callback_op, CALLBACKOP_unregister, &cb, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_callbacks, NON_CANONICAL, event_callback, event_callback, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_callbacks, event_callback, NON_CANONICAL, event_callback, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_callbacks, event_callback, event_callback, NON_CANONICAL, 0, 0), -EINVAL);

	EXPECT_EQ(HYP(stack_switch, FLAT_DS, HYPERVISOR_LOW + 4096, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(stack_switch, FLAT_DS, HYPERVISOR_HIGH + 64, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(stack_switch, FLAT_DS, NON_CANONICAL + 4096, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_FS, NON_CANONICAL, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_GS_USER, NON_CANONICAL, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_GS_KERNEL, 0x8000000000000000, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_FS, HYPERVISOR_LOW, 0, 0, 0), 0);
	EXPECT_EQ(HYP(set_segment_base, SEGBASE_FS, 0, 0, 0, 0), 0);
	default_traps();
}
#endif

/* A page table's bytes may not be written by way of a hypercall's answer. */
CHECK(answers_spare_tables)
{
	u64 *table = table_of(si, 1);

	EXPECT_EQ(HYP(xen_version, XENVER_extraversion, table, 0, 0, 0), -EFAULT);
	EXPECT_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, table), -EFAULT);
	EXPECT_EQ(HYP(mmu_update, good, 0, table, DOMID_SELF, 0), -EFAULT);
}

/* --- multicalls --- */

CHECK(multicall_results)
{
	static struct multicall_entry m[4];

	memset(m, 0, sizeof(m));
	m[0].op = __HYPERVISOR_xen_version;
	m[1].op = 1000;
	m[2].op = __HYPERVISOR_vm_assist;
	m[2].args[1] = 1000;
	m[3].op = __HYPERVISOR_xen_version;
	m[3].args[0] = XENVER_pagesize;
	EXPECT_EQ(HYP(multicall, m, 4, 0, 0, 0), 0);
	EXPECT_EQ(m[0].result, 4 << 16 | 17);
	EXPECT_EQ(m[1].result, -ENOSYS);
	EXPECT_EQ(m[2].result, -EINVAL);
	EXPECT_EQ(m[3].result, 4096);
	EXPECT_EQ(HYP(multicall, m, 0, 0, 0, 0), 0);
}

CHECK(multicall_nested)
{
	static struct multicall_entry m[1], inner;

	memset(m, 0, sizeof(m));
	inner.op = __HYPERVISOR_xen_version;
	m[0].op = __HYPERVISOR_multicall;
	m[0].args[0] = (word)&inner;
	m[0].args[1] = 1;
	EXPECT_EQ(HYP(multicall, m, 1, 0, 0, 0), 0);
	EXPECT_EQ(m[0].result, -EINVAL);
	EXPECT_EQ(inner.result, 0);
	/* And the next one is not taken for nested. */
	EXPECT_EQ(HYP(multicall, &inner, 1, 0, 0, 0), 0);
	EXPECT_EQ(inner.result, 4 << 16 | 17);
}

/* An iret ends the list: what comes after it would be another context's call. */
#if WORD_HAS_64_BITS
CHECK(multicall_iret)
{
	static struct multicall_entry m[3], next;
	word rax, rcx;

	memset(m, 0, sizeof(m));
	m[0].op = m[2].op = __HYPERVISOR_xen_version;
	m[1].op = __HYPERVISOR_iret;
	asm volatile ("movq %%rsp, %%rdx; pushq %[ss]; pushq %%rdx; pushq $0x202; pushq %[cs]; leaq 1f(%%rip), %%rdx\n\t"
		      "pushq %%rdx; pushq $0; pushq $0xc; pushq $0xb; pushq $0xa\n\t"
		      "movl %[nr], %%eax; syscall; ud2; 1:"
		      : "=&a" (rax), "=&c" (rcx) : [ss] "i" (FLAT_DS), [cs] "i" (FLAT_CS & ~3), [nr] "i" (__HYPERVISOR_multicall),
			"D" (m), "S" (3ul) : "rdx", "r11", "memory");
	EXPECT_EQ(rax, 0xa);
	EXPECT_EQ(rcx, 0xc);
	EXPECT_EQ(m[0].result, 4 << 16 | 17);
	EXPECT_EQ(m[2].result, 0);
	/* And the next list is not taken for a nested one. */
	next.op = __HYPERVISOR_xen_version;
	EXPECT_EQ(HYP(multicall, &next, 1, 0, 0, 0), 0);
	EXPECT_EQ(next.result, 4 << 16 | 17);
}
#endif

CHECK(multicall_readonly_list)
{
	struct multicall_entry *m = alloc_page();

	m->op = __HYPERVISOR_xen_version;
	make_readonly(m);
	EXPECT_EQ(HYP(multicall, m, 1, 0, 0, 0), -EFAULT);
	make_writable(m);
	EXPECT_EQ(HYP(multicall, m, 1, 0, 0, 0), 0);
	free_page(m);
}

/* Long enough to be interrupted on its way: each entry is done once, in order. */
CHECK(multicall_continues)
{
	enum { N = 8192 };
	static struct multicall_entry m[64];

	for (unsigned int round = 0; round < N / 64; round++) {
		for (unsigned int i = 0; i < 64; i++) {
			memset(&m[i], 0, sizeof(m[i]));
			m[i].op = __HYPERVISOR_memory_op;
			m[i].args[0] = XENMEM_maximum_ram_page;
		}
		if (HYP(multicall, m, 64, 0, 0, 0)) {
			fail("round %u", round);
			return;
		}
		for (unsigned int i = 0; i < 64; i++)
			if (m[i].result != m[0].result || !m[i].result) {
				fail("entry %u of round %u: %ld", i, round, (long)m[i].result);
				return;
			}
	}
}

/* --- small ones --- */

CHECK(version_texts)
{
	char text[1024];
	struct xen_feature_info f = { .submap_idx = 0 };
	u64 start = 0;

	EXPECT_EQ(HYP(xen_version, XENVER_version, 0, 0, 0, 0), 4 << 16 | 17);
	EXPECT_EQ(HYP(xen_version, XENVER_extraversion, text, 0, 0, 0), 0);
	EXPECT(strlen(text) < 16);
	EXPECT_EQ(HYP(xen_version, XENVER_capabilities, text, 0, 0, 0), 0);
	EXPECT(!strncmp(text, "xen-3.0-x86_64 xen-3.0-x86_32p", 30));
	EXPECT_EQ(HYP(xen_version, XENVER_platform_parameters, &start, 0, 0, 0), 0);
	EXPECT_EQ(start, (u64)HYPERVISOR_LOW);
	EXPECT_EQ(HYP(xen_version, XENVER_get_features, &f, 0, 0, 0), 0);
	EXPECT(f.submap & 1u << XENFEAT_mmu_pt_update_preserve_ad);
	EXPECT_EQ(!!(f.submap & 1u << XENFEAT_dom0), is_dom0);
	EXPECT(!(f.submap & 1u << XENFEAT_auto_translated_physmap));
	f.submap_idx = 1;
	EXPECT_EQ(HYP(xen_version, XENVER_get_features, &f, 0, 0, 0), -EINVAL);
	EXPECT_EQ(HYP(xen_version, XENVER_pagesize, 0, 0, 0, 0), 4096);
	EXPECT_EQ(HYP(xen_version, XENVER_guest_handle, text, 0, 0, 0), 0);
	EXPECT_EQ(HYP(xen_version, XENVER_compile_info, text, 0, 0, 0), 0);
	EXPECT_EQ(HYP(xen_version, XENVER_changeset, text, 0, 0, 0), 0);
	EXPECT_EQ(HYP(xen_version, XENVER_commandline, text, 0, 0, 0), 0);
	if (!is_dom0)
		EXPECT(!strncmp(text, "<denied>", 9));
	EXPECT_EQ(HYP(xen_version, XENVER_build_id, 0, 0, 0, 0), is_dom0 ? -ENODATA : -EPERM);
}

CHECK(vm_assists)
{
	static const struct { unsigned int type; long want; } t[] = {
		{ VMASST_TYPE_4gb_segments, 0 }, { VMASST_TYPE_4gb_segments_notify, 0 },
		{ VMASST_TYPE_writable_pagetables, 0 }, { VMASST_TYPE_pae_extended_cr3, 0 },
		{ VMASST_TYPE_architectural_iopl, 0 }, { VMASST_TYPE_runstate_update_flag, 0 },
		{ VMASST_TYPE_m2p_strict, WORD_HAS_64_BITS ? 0 : -EINVAL }, { 6, -EINVAL }, { 31, -EINVAL }, { 33, -EINVAL }, { 63, -EINVAL },
		{ 64, -EINVAL },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_EQ_OF(HYP(vm_assist, VMASST_CMD_enable, t[i].type, 0, 0, 0), t[i].want, "type %u", t[i].type);
		EXPECT_EQ_OF(HYP(vm_assist, VMASST_CMD_disable, t[i].type, 0, 0, 0), t[i].want, "type %u", t[i].type);
	}
}

CHECK(console_write_and_read)
{
	static const char text[] = "   (a line by console_io)\n";
	char buf[16];

	EXPECT_EQ(HYP(console_io, CONSOLEIO_write, sizeof(text) - 1, text, 0, 0), 0);
	EXPECT_EQ(HYP(console_io, CONSOLEIO_write, 0, 0, 0, 0), 0);
	EXPECT_EQ(HYP(console_io, CONSOLEIO_read, sizeof(buf), buf, 0, 0), is_dom0 ? 0 : -EPERM);
}

CHECK(interface_versions)
{
	static struct xen_domctl d;
	static struct xen_sysctl s;
	static struct xen_platform_op p;

	d.cmd = XEN_DOMCTL_getdomaininfo;
	s.cmd = XEN_SYSCTL_physinfo;
	p.cmd = XENPF_getidletime;
	for (unsigned int v = 0; v < 200; v++) {
		d.interface_version = s.interface_version = v;
		p.interface_version = v;
		if (v != XEN_DOMCTL_INTERFACE_VERSION)
			EXPECT_EQ_OF(HYP(domctl, &d, 0, 0, 0, 0), -EACCES, "version %u", v);
		if (v != XEN_SYSCTL_INTERFACE_VERSION)
			EXPECT_EQ_OF(HYP(sysctl, &s, 0, 0, 0, 0), -EACCES, "version %u", v);
		if (is_dom0)
			EXPECT_EQ_OF(HYP(platform_op, &p, 0, 0, 0, 0), -EACCES, "version %u", v);
	}
}

CHECK_DOM0(control_of_nobody)
{
	static struct xen_domctl d;

	memset(&d, 0, sizeof(d));
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_pausedomain, 0x7000), -ESRCH);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_destroydomain, 0x7000), -ESRCH);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_destroydomain, 0), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_pausedomain, 0), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_setvcpucontext, 0), -EINVAL);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_getdomaininfo, 0x7000), -ESRCH);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_pausedomain, DOMID_IO), -ESRCH);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_pausedomain, DOMID_XEN), -ESRCH);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_destroydomain, DOMID_XEN), -ESRCH);
	EXPECT_EQ(domctl(&d, XEN_DOMCTL_pausedomain, DOMID_SELF), -ESRCH);
}
