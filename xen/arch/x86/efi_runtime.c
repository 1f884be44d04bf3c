// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calling UEFI's runtime services. The firmware was never told of virtual
 * addresses, so it runs at its physical ones: under a root whose lower half
 * maps what the memory map calls runtime, and the argument buffer, one to one.
 * No guest's root is like that, and no guest runs on this one. The vcpu's
 * extended state is saved around a call, for the firmware may use SSE.
 */
#include <arch/boot_info.h>
#include <arch/efi.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/regs.h>
#include <arch/setup.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/frame.h>
#include <lib/bug.h>
#include <lib/errno.h>

#define EFI_RUNTIME		(1ull << 63)
#define EFI_WRITE_BACK		(1ull << 3)
#define EFI_TYPE_MMIO		11
#define EFI_TABLE_SIGNATURE	0x5453595320494249ull	/* "IBI SYST" */
#define LOWER_HALF_END		(1ull << 47)
#define BUFFER_ORDER		5
#define DEFAULT_MXCSR		0x1f80

struct efi_header {
	u64 signature;
	u32 revision, bytes, crc, reserved;
};
struct efi_system_table {
	struct efi_header h;
	u64 vendor;
	u32 vendor_revision, pad;
	u64 console[6];
	u64 runtime, boot;
	u64 nr_tables, tables;
};
struct efi_runtime_table {
	struct efi_header h;
	u64 service[NR_EFI_SERVICES];
};
typedef u64 __attribute__((ms_abi)) (*efi_fn)(u64 a, u64 b, u64 c, u64 d, u64 e);

static struct efi_system_table system_table;	/* a copy; signature 0 until it is made */
static u32 runtime_revision;
static l4e_t *root;
static void *buffer;

bool efi_memory_entry(u32 index, struct efi_memory *m)
{
	u32 size = boot_info.efi_desc_bytes;

	if (size < sizeof(*m) || ((u64)index + 1) * size > boot_info.efi_memmap_bytes)
		return false;
	*m = *(const struct efi_memory *)((const char *)maddr_to_virt(boot_info.efi_memmap) + index * size);
	return true;
}

/* Once: the tables lie where we may not have them mapped. */
static bool read_tables(void)
{
	static bool tried;
	const struct efi_system_table *t;
	const struct efi_header *rt;

	if (tried || !boot_info.efi || !boot_info.efi_system_table || boot_info.efi_boot_services_live)
		return system_table.h.signature == EFI_TABLE_SIGNATURE;
	tried = true;
	t = map_firmware(boot_info.efi_system_table, sizeof(*t));
	if (t->h.signature != EFI_TABLE_SIGNATURE || !t->runtime)
		return false;
	rt = map_firmware(t->runtime, sizeof(*rt));
	runtime_revision = rt->revision;
	system_table = *t;
	return true;
}

bool efi_get_info(struct efi_info *info)
{
	if (!read_tables())
		return false;
	*info = (struct efi_info){
		.version = system_table.h.revision,
		.runtime_version = runtime_revision,
		.vendor = system_table.vendor,
		.vendor_revision = system_table.vendor_revision,
		.tables = system_table.tables,
		.nr_tables = system_table.nr_tables,
	};
	return true;
}

static int map_page(paddr_t pa, u64 flags)
{
	u64 *table = (u64 *)root;

	for (unsigned int shift = L4_SHIFT; shift > L1_SHIFT; shift -= 9) {
		u64 *entry = &table[(pa >> shift) & (PT_ENTRIES - 1)];

		if (!*entry) {
			void *new = alloc_xenheap_page();

			if (!new)
				return -ENOMEM;
			*entry = virt_to_maddr(new) | PAGE_HYPERVISOR_TABLE;
		}
		table = maddr_to_virt(*entry & PTE_ADDR_MASK);
	}
	table[(pa >> L1_SHIFT) & (PT_ENTRIES - 1)] = pa | flags;
	return 0;
}

static int map_one_to_one(paddr_t start, u64 pages, u64 flags)
{
	int rc = 0;

	if (start >= LOWER_HALF_END || pages > (LOWER_HALF_END - start) >> PAGE_SHIFT)
		return -EINVAL;
	for (u64 i = 0; i < pages && !rc; i++)
		rc = map_page(start + (i << PAGE_SHIFT), flags);
	return rc;
}

/* Some firmware writes to its code and runs its data: only devices are not executable. */
static u64 flags_of(const struct efi_memory *m)
{
	u64 flags = PAGE_HYPERVISOR_RW & ~(u64)_PAGE_GLOBAL;

	if (!(m->attributes & EFI_WRITE_BACK))
		flags |= _PAGE_PCD | _PAGE_PWT;
	if (m->type != EFI_TYPE_MMIO)
		flags &= ~_PAGE_NX;
	return flags;
}

/* A table that could not be filled is given up with its pages: it happens once. */
int efi_prepare(void)
{
	struct efi_memory m;
	l4e_t *new;
	int rc = 0;

	if (root)
		return buffer ? 0 : -ENOMEM;
	if (!read_tables())
		return -ENOSYS;
	new = alloc_xenheap_page();
	if (!new)
		return -ENOMEM;
	for (unsigned int i = HYPERVISOR_FIRST_SLOT; i <= HYPERVISOR_LAST_SLOT; i++)
		new[i] = idle_root[i];
	root = new;
	for (u32 i = 0; !rc && efi_memory_entry(i, &m); i++)
		if (m.attributes & EFI_RUNTIME)
			rc = map_one_to_one(m.start, m.pages, flags_of(&m));
	if (!rc)
		buffer = alloc_xenheap_pages(BUFFER_ORDER, MEMF_zero);
	BUILD_BUG_ON(PAGE_SIZE << BUFFER_ORDER != EFI_BUFFER_BYTES);
	if (buffer && map_one_to_one(virt_to_maddr(buffer), 1u << BUFFER_ORDER, PAGE_HYPERVISOR_RW & ~(u64)_PAGE_GLOBAL)) {
		free_xenheap_pages(buffer, BUFFER_ORDER);
		buffer = NULL;
	}
	if (!buffer)
		printk(XENLOG_WARNING "UEFI's runtime memory cannot be mapped: its services are not used\n");
	return buffer ? 0 : -ENOMEM;
}

void *efi_buffer(void)
{
	return buffer;
}

paddr_t efi_buffer_address(void)
{
	return virt_to_maddr(buffer);
}

u64 efi_call(enum efi_service service, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	const struct efi_runtime_table *rt = (const void *)system_table.runtime;
	static const u32 mxcsr = DEFAULT_MXCSR;
	struct vcpu *v = current;
	unsigned long flags, cr3;
	u64 status = EFI_UNSUPPORTED;

	local_irq_save(flags);
	clts();
	fpu_save(v->xsave_area);
	asm volatile ("fninit; ldmxcsr %0" :: "m" (mxcsr));
	/* The live GDT lies in the domain's own slot, and an NMI needs it. */
	root[PERDOMAIN_SLOT].v = v->domain->pv.perdomain_l4e;
	cr3 = read_cr3();
	write_cr3(virt_to_maddr(root));

	if (rt->h.bytes >= sizeof(rt->h) + (service + 1) * sizeof(rt->service[0]) && rt->service[service])
		status = ((efi_fn)rt->service[service])(a, b, c, d, e);

	write_cr3(cr3);
	/* It must leave interrupts as they were; not all do. */
	local_irq_disable();
	fpu_restore(v->xsave_area);
	fpu_set_xcr0(v->pv.xcr0);
	if (v->pv.flags & PV_GUEST_TS)
		stts();
	local_irq_restore(flags);
	return status;
}
