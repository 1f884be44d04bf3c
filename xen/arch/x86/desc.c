/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables, task-state segments and entry stubs of the CPUs. Each
 * CPU's are written before it starts and by itself afterwards.
 */
#include <arch/asm_macros.h>
#include <arch/cpufeature.h>
#include <arch/desc.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/regs.h>
#include <arch/setup.h>
#include <arch/smp.h>
#include <arch/vectors.h>
#include <common/frame.h>
#include <lib/errno.h>
#include <lib/string.h>

struct tss cpu_tss[MAX_CPUS];
struct idt_entry idt[256] __section(".data.ro_after_init.page_aligned") __aligned(PAGE_SIZE);
mfn_t cpu_gdt_page[MAX_CPUS];
mfn_t cpu_compat_gdt_page[MAX_CPUS];

/* Flat segments: base 0, limit 4 GiB, accessed. The second word by kind. */
#define FLAT_CODE64(dpl)	0x00af9b000000ffffull | (u64)(dpl) << 45
#define FLAT_CODE32(dpl)	0x00cf9b000000ffffull | (u64)(dpl) << 45
#define FLAT_DATA32(dpl)	0x00cf93000000ffffull | (u64)(dpl) << 45

#define GDT_INDEX(sel)		(((sel) - RESERVED_GDT_BYTES) >> 3)
#define GDT_LIMIT		(RESERVED_GDT_BYTES + PAGE_SIZE - 1)

#define SYSCALL_CLEARS	(X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF | X86_EFLAGS_IOPL | \
			 X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_AC)

/* Offsets of the two entries within a stub's code page. */
#define STUB_SYSCALL		0x00
#define STUB_SYSCALL_COMPAT	0x40

void idt_set_gate(unsigned int vector, vaddr_t handler, unsigned int dpl, unsigned int ist)
{
	idt[vector] = (struct idt_entry){
		.a = (handler & 0xffff) | (u64)SEL_HYPERVISOR_CS << 16 | (u64)ist << 32 |
		     (u64)GATE_INTERRUPT << 40 | (u64)dpl << 45 | 1ull << 47 |
		     (handler >> 16 & 0xffff) << 48,
		.b = handler >> 32,
	};
}

void __init idt_init(void)
{
	for (unsigned int v = 0; v < ARRAY_SIZE(idt); v++) {
		unsigned int ist = v == TRAP_DF ? IST_DF : v == TRAP_NMI ? IST_NMI :
				   v == TRAP_MC ? IST_MC : v == TRAP_DB ? IST_DB : IST_NONE;
		/* What guests may raise by INT n goes through #GP, but for these. */
		unsigned int dpl = v == TRAP_BP || v == TRAP_OF ? 3 :
				   v == VECTOR_HYPERCALL_32 ? 1 :
				   v == VECTOR_LEGACY_SYSCALL ? 3 : 0;

		idt_set_gate(v, exception_entries[v], dpl, ist);
	}
}

/* A 16-byte descriptor of a TSS (type 9) or an LDT (type 2). */
static void set_system_descriptor(u64 *at, vaddr_t base, u32 limit, unsigned int type)
{
	at[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | (u64)type << 40 | 1ull << 47 |
		(u64)(limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
	at[1] = base >> 32;
}

static void fill_gdt_page(u64 *gdt, u32 cpu, bool ring1)
{
	gdt[GDT_INDEX(SEL_HYPERVISOR_CS)] = FLAT_CODE64(0);
	gdt[GDT_INDEX(SEL_HYPERVISOR_DS)] = FLAT_DATA32(0);
	gdt[GDT_INDEX(SEL_HYPERVISOR_CS32)] = FLAT_CODE32(0);
	if (ring1) {
		gdt[GDT_INDEX(0xe018)] = FLAT_CODE32(1);
		gdt[GDT_INDEX(0xe020)] = FLAT_DATA32(1);
		gdt[GDT_INDEX(0xe028)] = FLAT_CODE32(3);
		gdt[GDT_INDEX(0xe030)] = FLAT_DATA32(3);
	} else {
		gdt[GDT_INDEX(0xe020)] = FLAT_CODE32(3);
		gdt[GDT_INDEX(0xe028)] = FLAT_DATA32(3);
		gdt[GDT_INDEX(0xe030)] = FLAT_CODE64(3);
	}
	set_system_descriptor(&gdt[GDT_INDEX(SEL_TSS)], (vaddr_t)&cpu_tss[cpu], TSS_LIMIT, 9);
	/* Byte limit = CPU number; data, read-only, never used for access. */
	gdt[GDT_INDEX(SEL_CPU)] = (cpu & 0xffff) | 0x0000910000000000ull;
}

static void put_bytes(u8 **p, const void *bytes, size_t n)
{
	memcpy(*p, bytes, n);
	*p += n;
}

/*
 *	mov %rsp, regs.rsp(%rip)	the alias of this CPU's cpu_info
 *	movabs $cpu_info, %rsp
 *	jmp *target(%rip)		the image is too far for a direct jump
 */
static void write_stub(u32 cpu, unsigned int offset, vaddr_t target)
{
	const struct cpu_info *info = cpu_info_of(cpu);
	u8 *p = (u8 *)stub_page(cpu) + offset;
	vaddr_t at = STUB_VIRT(cpu) + offset;
	vaddr_t alias = STUB_VIRT(cpu) + PAGE_SIZE +
			((vaddr_t)&info->regs.rsp & (PAGE_SIZE - 1));
	s32 displacement = alias - (at + 7);

	put_bytes(&p, "\x48\x89\x25", 3);
	put_bytes(&p, &displacement, 4);
	put_bytes(&p, "\x48\xbc", 2);
	put_bytes(&p, &info, 8);
	displacement = 0;
	put_bytes(&p, "\xff\x25", 2);
	put_bytes(&p, &displacement, 4);
	put_bytes(&p, &target, 8);
}

void desc_init_cpu(u32 cpu)
{
	struct tss *tss = &cpu_tss[cpu];
	vaddr_t stack = STACK_VIRT(cpu);

	fill_gdt_page(mfn_to_virt(cpu_gdt_page[cpu]), cpu, false);
	fill_gdt_page(mfn_to_virt(cpu_compat_gdt_page[cpu]), cpu, true);

	/* The stack starts right above the frame in cpu_info. */
	tss->rsp[0] = (vaddr_t)(&cpu_info_of(cpu)->regs + 1);
	/* Rings 1 and 2 are never entered by the CPU: a non-canonical stack. */
	tss->rsp[1] = tss->rsp[2] = 0x8600111111111111ull;
	tss->ist[IST_DF - 1] = stack + (STACK_PAGE_DF + 1) * PAGE_SIZE;
	tss->ist[IST_NMI - 1] = stack + (STACK_PAGE_NMI + 1) * PAGE_SIZE;
	tss->ist[IST_MC - 1] = stack + (STACK_PAGE_MC + 1) * PAGE_SIZE;
	tss->ist[IST_DB - 1] = stack + (STACK_PAGE_DB + 1) * PAGE_SIZE;
	tss->io_bitmap = sizeof(*tss);

	write_stub(cpu, STUB_SYSCALL, (vaddr_t)syscall_entry);
	write_stub(cpu, STUB_SYSCALL_COMPAT, (vaddr_t)syscall_compat_entry);
}

void load_gdt_at(vaddr_t base)
{
	const struct table_pointer p = { .limit = GDT_LIMIT, .base = base };

	lgdt(&p);
}

void load_host_gdt(void)
{
	load_gdt_at((vaddr_t)mfn_to_virt(cpu_gdt_page[smp_cpu()]) - RESERVED_GDT_BYTES);
}

void load_guest_ldt(vaddr_t base, unsigned int entries)
{
	u32 cpu = smp_cpu();

	if (!entries) {
		lldt(0);
		return;
	}
	set_system_descriptor(&((u64 *)mfn_to_virt(cpu_gdt_page[cpu]))[GDT_INDEX(SEL_LDT)],
			      base, entries * 8 - 1, 2);
	set_system_descriptor(&((u64 *)mfn_to_virt(cpu_compat_gdt_page[cpu]))[GDT_INDEX(SEL_LDT)],
			      base, entries * 8 - 1, 2);
	lldt(SEL_LDT);
}

static void load_code_segment(void)
{
	asm volatile (
		"pushq	%0\n\t"
		"leaq	1f(%%rip), %%rax\n\t"
		"pushq	%%rax\n\t"
		"lretq\n"
		"1:"
		: : "i" (SEL_HYPERVISOR_CS) : "rax", "memory");
}

void desc_load_cpu(void)
{
	const struct table_pointer idt_pointer = { .limit = sizeof(idt) - 1, .base = (vaddr_t)idt };
	u32 cpu = smp_cpu();
	u64 *gdt = mfn_to_virt(cpu_gdt_page[cpu]);

	load_host_gdt();
	load_code_segment();
	asm volatile ("mov %0, %%ss; mov %1, %%ds; mov %1, %%es; mov %1, %%fs; mov %1, %%gs"
		      : : "r" (SEL_HYPERVISOR_DS), "r" (0));
	/* LTR wants an available TSS; it marks it busy, in this version only. */
	set_system_descriptor(&gdt[GDT_INDEX(SEL_TSS)], (vaddr_t)&cpu_tss[cpu], TSS_LIMIT, 9);
	ltr(SEL_TSS);
	lldt(0);
	lidt(&idt_pointer);

	/* SYSRET's selectors end up at RING3_CS64 and RING3_DS32. */
	wrmsr(MSR_STAR, (u64)SEL_RING3_CS32 << 48 | (u64)SEL_HYPERVISOR_CS << 32);
	wrmsr(MSR_LSTAR, STUB_VIRT(cpu) + STUB_SYSCALL);
	wrmsr(MSR_CSTAR, STUB_VIRT(cpu) + STUB_SYSCALL_COMPAT);
	wrmsr(MSR_SYSCALL_MASK, SYSCALL_CLEARS);
	if (cpu_has_sep) {
		wrmsr(MSR_IA32_SYSENTER_CS, SEL_HYPERVISOR_CS);
		wrmsr(MSR_IA32_SYSENTER_ESP, (vaddr_t)cpu_info_of(cpu));
		wrmsr(MSR_IA32_SYSENTER_EIP, (vaddr_t)sysenter_entry);
	}
}

/* Loading a selector can fault in many ways; all of them mean: null it is. */
#define DEFINE_LOAD_SEGMENT(name, insn)					\
bool name(u16 sel)							\
{									\
	u32 bad = 0, s = sel;						\
									\
	asm volatile ("1:	" insn "\n"				\
		      "2:\n\t"						\
		      ".pushsection .text.fixup, \"ax\"\n"		\
		      "3:	movl	$1, %0\n\t"			\
		      "	xorl	%1, %1\n\t"				\
		      "	" insn "\n\t"					\
		      "	jmp	2b\n\t"					\
		      ".popsection\n\t"					\
		      _ASM_EXTABLE(1b, 3b)				\
		      : "+r" (bad), "+r" (s) : : "memory");		\
	return !bad;							\
}
DEFINE_LOAD_SEGMENT(load_ds, "movl %1, %%ds")
DEFINE_LOAD_SEGMENT(load_es, "movl %1, %%es")
DEFINE_LOAD_SEGMENT(load_fs, "movl %1, %%fs")
DEFINE_LOAD_SEGMENT(load_gs, "movl %1, %%gs")

bool load_gs_index(u16 sel)
{
	unsigned long flags = local_irq_save_flags();
	bool ok;

	asm volatile ("swapgs");
	ok = load_gs(sel);
	asm volatile ("swapgs");
	local_irq_restore(flags);
	return ok;
}
