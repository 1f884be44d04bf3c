/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is mapped between VMAP_START and VMAP_END: the CPUs' stacks and entry
 * stubs at fixed places, device memory from a window that only grows.
 */
#include <arch/boot_info.h>
#include <arch/io.h>
#include <arch/page.h>
#include <arch/regs.h>
#include <arch/setup.h>
#include <arch/smp.h>
#include <common/console.h>
#include <common/frame.h>
#include <common/spinlock.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/minmax.h>

static DEFINE_SPINLOCK(ioremap_lock);
static vaddr_t ioremap_next = IOREMAP_START;
static mfn_t stub_mfn[MAX_CPUS];

static const u8 stack_pages[] = {
	STACK_PAGE_DF, STACK_PAGE_NMI, STACK_PAGE_MC, STACK_PAGE_DB,
	9, 10, 11, 12, 13, 14, 15,
};
static_assert(STACK_PAGE_MAIN == 9 && STACK_SIZE == 16 * PAGE_SIZE, "stack_pages lists them");

static mfn_t stack_frame(bool heap)
{
	void *v;

	if (!heap)
		return maddr_to_mfn(boot_alloc_high(PAGE_SIZE, PAGE_SIZE));
	v = alloc_xenheap_page();
	return v ? virt_to_mfn(v) : INVALID_MFN;
}

int map_cpu_stacks(u32 cpu, bool heap)
{
	mfn_t m = INVALID_MFN;

	for (unsigned int i = 0; i < ARRAY_SIZE(stack_pages); i++) {
		m = stack_frame(heap);
		if (!mfn_valid_number(m) ||
		    map_vmap_pages(STACK_VIRT(cpu) + stack_pages[i] * PAGE_SIZE, m, 1,
				   PAGE_HYPERVISOR_RW))
			return -ENOMEM;
	}
	/*
	 * The stub's data page is the top page of the ordinary stack under
	 * another address: the stub stores where entry code reads.
	 */
	if (map_vmap_pages(STUB_VIRT(cpu) + PAGE_SIZE, m, 1, PAGE_HYPERVISOR_RW))
		return -ENOMEM;
	stub_mfn[cpu] = stack_frame(heap);
	if (!mfn_valid_number(stub_mfn[cpu]) ||
	    map_vmap_pages(STUB_VIRT(cpu), stub_mfn[cpu], 1, PAGE_HYPERVISOR_RX))
		return -ENOMEM;
	return 0;
}

void *stub_page(u32 cpu)
{
	return mfn_to_virt(stub_mfn[cpu]);
}

static void *map_window(paddr_t pa, size_t bytes, u64 flags)
{
	unsigned int offset = pa & (PAGE_SIZE - 1);
	unsigned long pages = PFN_UP(offset + bytes), irq;
	vaddr_t va;

	spin_lock_irqsave(&ioremap_lock, irq);
	va = ioremap_next;
	if (pages > (IOREMAP_END - va) >> PAGE_SHIFT)
		panic("ioremap: the window is used up\n");
	ioremap_next += pages * PAGE_SIZE;
	spin_unlock_irqrestore(&ioremap_lock, irq);
	if (map_vmap_pages(va, maddr_to_mfn(pa), pages, flags))
		panic("ioremap: no memory for page tables\n");
	return (char *)va + offset;
}

void *ioremap(paddr_t pa, size_t bytes)
{
	return map_window(pa, bytes, PAGE_HYPERVISOR_UC);
}

void iounmap(void *va, size_t bytes)
{
	vaddr_t start = (vaddr_t)va & PAGE_MASK;

	unmap_vmap_pages(start, PFN_UP((vaddr_t)va - start + bytes));
}

const void *map_firmware(paddr_t pa, size_t bytes)
{
	if (pa + bytes <= 1 << 20 || memory_range_is(pa, bytes, MEMORY_RAM) ||
	    memory_range_is(pa, bytes, MEMORY_ACPI) || memory_range_is(pa, bytes, MEMORY_NVS))
		return maddr_to_virt(pa);
	return map_window(pa, bytes, PAGE_HYPERVISOR_RO);
}
