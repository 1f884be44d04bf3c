// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that the hypervisor carries out for a guest kernel: writes to
 * page tables, control registers, MSRs, ports, CPUID; and what of the CPU must
 * stay a guest's own: its FPU and its segment bases.
 */
#include "lib.h"

#define MSR_TSC_AUX	0xc0000103
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101
#define MSR_KERNEL_GS	0xc0000102
#define MSR_EFER	0xc0000080
#define CR0_TS		(1ul << 3)
#define CR4_TSD		(1ul << 2)
#define CR4_PAE		(1ul << 5)
#define CR4_OSXSAVE	(1ul << 18)
#define PATTERN(n)	((u64)(n) * 0x0101010101010101ull)

#define read_cr(n) ({ word v_; asm volatile ("mov %%cr" #n ", %0" : "=r" (v_) : : "memory"); v_; })
#define write_cr(n, v) asm volatile ("mov %0, %%cr" #n : : "r" ((word)(v)) : "memory")

static u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile ("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return lo | (u64)hi << 32;
}

static void wrmsr(u32 msr, u64 v)
{
	asm volatile ("wrmsr" : : "c" (msr), "a" ((u32)v), "d" ((u32)(v >> 32)) : "memory");
}

static u8 inb(u16 port)
{
	u8 v;

	asm volatile ("inb %1, %0" : "=a" (v) : "d" (port));
	return v;
}

static void outb(u16 port, u8 v)
{
	asm volatile ("outb %0, %1" : : "a" (v), "d" (port));
}

/* --- what a domain starts with; first --- */

#if WORD_HAS_64_BITS
#define LAST_XMM	"15"
#else
#define LAST_XMM	"6"
#endif

static void get_xmm(u64 *to)
{
	asm volatile ("movups %%xmm0, (%0); movups %%xmm7, 16(%0); movups %%xmm" LAST_XMM ", 32(%0)" : : "r" (to) : "memory");
}

static void set_xmm(u64 pattern)
{
	u64 v[2] = { pattern, ~pattern };

	asm volatile ("movups (%0), %%xmm0; movups (%0), %%xmm7; movups (%0), %%xmm" LAST_XMM : : "r" (v) : "memory");
}

static bool has_xmm(u64 pattern)
{
	u64 v[6];

	get_xmm(v);
	for (unsigned int i = 0; i < 6; i += 2)
		if (v[i] != pattern || v[i + 1] != ~pattern)
			return false;
	return true;
}

CHECK(starts_clean)
{
	u64 v[6];
	u32 mxcsr;
	u16 fcw;

	get_xmm(v);
	EXPECT(is_filled(v, 0, sizeof(v)));
	asm volatile ("stmxcsr %0; fnstcw %1" : "=m" (mxcsr), "=m" (fcw));
	EXPECT_EQ(mxcsr, 0x1f80);
	EXPECT_EQ(fcw, 0x37f);
	/* What the next domain must not see. */
	set_xmm(PATTERN(0x55));
#if WORD_HAS_64_BITS
	EXPECT_EQ(rdmsr(MSR_FS_BASE), 0);
	EXPECT_EQ(rdmsr(MSR_KERNEL_GS), 0);
	wrmsr(MSR_FS_BASE, 0x123456789000);
	wrmsr(MSR_KERNEL_GS, 0x123456789000);
#endif
}

/* --- page tables by ordinary instructions --- */

static volatile u64 *slot;
static u64 pte;
static u8 *target;

static void ptwr_begin(void)
{
	HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables, 0, 0, 0);
	if (!target)
		target = alloc_page();
	pte = PTE(virt_to_mfn(target), PTE_RW);
	slot = (u64 *)table_of(window(10), 1) + 10;
	set_pte(window(10), 0);
}

#if WORD_HAS_64_BITS
static u64 compare_entry(volatile u64 *at, u64 old, u64 new, u8 *done)
{
	u64 seen;

	asm volatile ("lock cmpxchgq %2, %1; setz %3" : "=a" (seen), "+m" (*at), "+r" (new), "=q" (*done) : "0" (old));
	return seen;
}
static u64 exchange_entry(volatile u64 *at, u64 new)
{
	asm volatile ("xchgq %0, %1" : "+r" (new), "+m" (*at));
	return new;
}
#else
static u64 compare_entry(volatile u64 *at, u64 old, u64 new, u8 *done)
{
	asm volatile ("lock cmpxchg8b %1; setz %2" : "+A" (old), "+m" (*at), "=m" (*done)
		      : "b" ((u32)new), "c" ((u32)(new >> 32)));
	return old;
}
static u64 exchange_entry(volatile u64 *at, u64 new)
{
	u64 old = *at, seen;
	u8 done;

	do {
		seen = old;
		old = compare_entry(at, seen, new, &done);
	} while (!done);
	return old;
}
#endif

CHECK(ptwr_writes)
{
	u64 old, seen;
	u8 carry;

	ptwr_begin();
	write_new_entry(slot, pte);
	EXPECT_EQ(*slot, pte);
	POKE(u64, window(10), 42);
	EXPECT_EQ(PEEK(u64, target), 42);

	old = 0;
	old = exchange_entry(slot, old);
	EXPECT_EQ(old & ~(PTE_A | PTE_D), pte & ~(PTE_A | PTE_D));
	EXPECT_EQ(*slot, 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	EXPECT_EQ(TRY(PEEK(u64, window(10))), TRAP_PF);

	seen = compare_entry(slot, 1, pte, &carry);
	EXPECT_EQ(seen, 0);
	EXPECT_EQ(carry, 0);
	EXPECT_EQ(*slot, 0);
	seen = compare_entry(slot, 0, pte, &carry);
	EXPECT_EQ(carry, 1);
	EXPECT_EQ(*slot, pte);

	asm volatile ("lock btr" OF_WORD " $1, %0; setc %1" : "+m" (*slot), "=q" (carry));
	EXPECT_EQ(carry, 1);
	EXPECT_EQ(*slot & PTE_W, 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	EXPECT_EQ(TRY(POKE(u64, window(10), 43)), TRAP_PF);
	asm volatile ("lock or" OF_WORD " $2, %0" : "+m" (*slot));
	EXPECT_EQ(*slot & PTE_W, PTE_W);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	POKE(u64, window(10), 44);
	EXPECT_EQ(PEEK(u64, target), 44);
	asm volatile ("lock and" OF_WORD " $~2, %0" : "+m" (*slot));
	EXPECT_EQ(*slot & PTE_W, 0);
	*slot = 0;
	EXPECT_EQ(*slot, 0);
}

CHECK(ptwr_refused)
{
	u64 bad[] = { PTE(kernel_root, PTE_RW), PTE(0xfffffffff, PTE_RW), PTE(virt_to_mfn(table_of(si, 1)), PTE_RW) };
	u8 done;

	ptwr_begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ_OF(TRY(compare_entry(slot, 0, bad[i], &done)), TRAP_PF, "%u", i);
		EXPECT_EQ_OF(trap.cr2, (word)slot, "%u", i);
		EXPECT_EQ_OF(trap.error & 3, 3, "%u", i);
		EXPECT_EQ_OF(*slot, 0, "%u", i);
	}
	/* Across its parts. */
	EXPECT_EQ(TRY(POKE(u16, (u8 *)slot + 1, 1)), TRAP_PF);
	EXPECT_EQ(*slot, 0);
	/* Only level 1. */
	for (unsigned int level = 2; level <= PT_LEVELS; level++)
		EXPECT_EQ_OF(TRY(POKE(u64, table_of(window(0), level), 0)), TRAP_PF, "level %u", level);
}

/* --- control registers --- */

CHECK(cr0_and_fpu)
{
	word cr0 = read_cr(0);

	EXPECT_EQ(cr0 & CR0_TS, 0);
	EXPECT(cr0 & 1);
	EXPECT(cr0 >> 31 & 1);
	write_cr(0, cr0 | CR0_TS);
	EXPECT(read_cr(0) & CR0_TS);
	EXPECT_EQ(TRY(set_xmm(1)), TRAP_NM);
	asm volatile ("clts");
	EXPECT_EQ(TRY(set_xmm(1)), NO_TRAP);
	EXPECT_EQ(read_cr(0) & CR0_TS, 0);
	EXPECT_EQ(HYP(fpu_taskswitch, 1, 0, 0, 0, 0), 0);
	EXPECT_EQ(TRY(set_xmm(1)), TRAP_NM);
	sleep_ns(1000000);
	HYP(fpu_taskswitch, 0, 0, 0, 0, 0);
	EXPECT_EQ(TRY(write_cr(0, cr0 & ~1ul)), TRAP_GP);
	EXPECT_EQ(TRY(write_cr(0, cr0 & ~(1ul << 16))), TRAP_GP);
	EXPECT_EQ(read_cr(0), cr0);
}

CHECK(cr2_to_cr8)
{
	word cr4 = read_cr(4);

	write_cr(2, 0x1234000);
	EXPECT_EQ(read_cr(2), 0x1234000);
	EXPECT_EQ(read_cr(3), ROOT_TO_CR3(kernel_root));
	write_cr(3, ROOT_TO_CR3(kernel_root));
	EXPECT_EQ(TRY(write_cr(3, ROOT_TO_CR3(virt_to_mfn(shared_page)))), TRAP_GP);
	EXPECT_EQ(TRY(write_cr(3, ~0ul)), TRAP_GP);
	EXPECT_EQ(read_cr(3), ROOT_TO_CR3(kernel_root));
	EXPECT(cr4 & CR4_PAE);
	write_cr(4, cr4);
	EXPECT_EQ(read_cr(4), cr4);
#if WORD_HAS_64_BITS
	EXPECT_EQ(TRY((void)read_cr(8)), TRAP_GP);
	EXPECT_EQ(TRY(write_cr(8, 0)), TRAP_GP);
#endif
}

static word user_rdtsc(word unused)
{
	return rdtsc() + unused != 0;
}

CHECK(tsc_disabled_for_user)
{
	word cr4 = read_cr(4), result;

	use_user_root();
	EXPECT_EQ(run_user(user_rdtsc, 0, &result), VEC_SYSCALL);
	write_cr(4, cr4 | CR4_TSD);
	EXPECT(read_cr(4) & CR4_TSD);
	EXPECT_EQ(run_user(user_rdtsc, 0, &result), TRAP_GP);
	EXPECT_EQ(TRY((void)rdtsc()), NO_TRAP);
	write_cr(4, cr4 & ~CR4_TSD);
	EXPECT_EQ(run_user(user_rdtsc, 0, &result), VEC_SYSCALL);
}

static void xsetbv(u32 n, u64 v)
{
	asm volatile ("xsetbv" : : "c" (n), "a" ((u32)v), "d" ((u32)(v >> 32)));
}

CHECK(xcr0)
{
	word cr4 = read_cr(4);

	if (!(cpuid_pv(1, 0).c >> 26 & 1)) {
		EXPECT(TRY(xsetbv(0, 3)) != NO_TRAP);
		skip("no XSAVE");
		return;
	}
	write_cr(4, cr4 & ~CR4_OSXSAVE);
	EXPECT(!(read_cr(4) & CR4_OSXSAVE));
	EXPECT_EQ(TRY(xsetbv(0, 3)), TRAP_UD);
	EXPECT_EQ(TRY(xsetbv(0, 2)), TRAP_UD);
	write_cr(4, cr4 | CR4_OSXSAVE);
	EXPECT(read_cr(4) & CR4_OSXSAVE);
	EXPECT_EQ(TRY(xsetbv(0, 3)), NO_TRAP);
	EXPECT_EQ(TRY(xsetbv(0, 2)), TRAP_GP);
	EXPECT_EQ(TRY(xsetbv(0, 5)), TRAP_GP);
	EXPECT_EQ(TRY(xsetbv(0, ~0ull)), TRAP_GP);
	EXPECT_EQ(TRY(xsetbv(1, 3)), TRAP_GP);
	EXPECT_EQ(TRY(xsetbv(0, 1)), NO_TRAP);
	EXPECT_EQ(TRY(xsetbv(0, 3)), NO_TRAP);
}

/* --- MSRs and CPUID --- */

CHECK(msrs)
{
	EXPECT_EQ(TRY((void)rdmsr(0x12345)), TRAP_GP);
	EXPECT_EQ(TRY(wrmsr(0x12345, 0)), TRAP_GP);
	EXPECT_EQ(rdmsr(MSR_EFER) >> 8 & 1, WORD_HAS_64_BITS);
#if WORD_HAS_64_BITS
	wrmsr(MSR_FS_BASE, 0x7000);
	EXPECT_EQ(rdmsr(MSR_FS_BASE), 0x7000);
	EXPECT_EQ(TRY(wrmsr(MSR_FS_BASE, NON_CANONICAL)), TRAP_GP);
	EXPECT_EQ(rdmsr(MSR_FS_BASE), 0x7000);
	wrmsr(MSR_KERNEL_GS, 0x8000);
	EXPECT_EQ(rdmsr(MSR_KERNEL_GS), 0x8000);
	wrmsr(MSR_FS_BASE, 0);
#else
	for (u32 msr = MSR_FS_BASE; msr <= MSR_KERNEL_GS; msr++)
		EXPECT_EQ_OF(TRY((void)rdmsr(msr)), TRAP_GP, "%#x", msr);
#endif
	/* The hypervisor's own entry points are nobody's to move. */
	for (u32 msr = 0xc0000081; msr <= 0xc0000084; msr++)
		TRY(wrmsr(msr, 0));
	for (u32 msr = 0x174; msr <= 0x176; msr++)
		TRY(wrmsr(msr, 0));
	TRY(wrmsr(MSR_EFER, 0));
	EXPECT_EQ(HYP(xen_version, XENVER_version, 0, 0, 0, 0), 4 << 16 | 17);
}

CHECK(cpuid)
{
	struct cpuid x = cpuid_pv(0x40000000, 0), f = cpuid_pv(1, 0);

	EXPECT_EQ(x.b, 0x566e6558);
	EXPECT_EQ(x.c, 0x65584d4d);
	EXPECT_EQ(x.d, 0x4d4d566e);
	EXPECT(x.a >= 0x40000002);
	EXPECT_EQ(cpuid_pv(0x40000001, 0).a, 4 << 16 | 17);
	EXPECT(f.d & 1);			/* FPU */
	EXPECT_EQ(f.c >> 5 & 1, 0);		/* no VMX */
	EXPECT_EQ(cpuid_pv(0x80000001, 0).c >> 2 & 1, 0);	/* no SVM */
	EXPECT_EQ(cpuid_pv(0x80000001, 0).d >> 29 & 1, WORD_HAS_64_BITS);	/* long mode */
}

/* Which registers there are, and which take back what they read: seen on Xen 4.17, on both makes of CPU. */
CHECK(msrs_that_exist)
{
	enum { NONE, READ, WRITE };
	static const struct { u32 msr; u8 amd, intel; } t[] = {
		{ 0xc1, NONE, WRITE }, { 0x186, NONE, WRITE }, { 0x187, NONE, WRITE }, { 0x38d, NONE, WRITE },
		{ 0x390, NONE, WRITE }, { 0x391, NONE, NONE }, { 0x10a, NONE, READ }, { 0x19c, NONE, READ },
		{ 0xc001001a, READ, NONE }, { 0xc001001d, READ, NONE }, { 0x1b, READ, READ }, { 0x8b, READ, READ }, { 0x17, NONE, READ }, { 0x3a, NONE, READ },
		{ 0xce, READ, READ }, { 0x140, WRITE, WRITE }, { 0x174, NONE, NONE }, { 0x176, NONE, NONE },
		{ 0x179, WRITE, WRITE }, { 0x17a, WRITE, WRITE }, { 0x1a0, WRITE, WRITE }, { 0x1d9, NONE, NONE },
		{ 0x200, NONE, NONE }, { 0x277, READ, READ }, { 0x2ff, NONE, NONE }, { 0x345, READ, READ },
		{ 0x480, NONE, NONE }, { 0x606, NONE, NONE }, { 0xc0000080, WRITE, WRITE },
		{ 0xc0000081, NONE, NONE }, { 0xc0000082, NONE, NONE }, { 0xc0000084, NONE, NONE },
		{ 0xc0010000, WRITE, NONE }, { 0xc0010015, WRITE, NONE },
		{ 0xc0010114, NONE, NONE }, { 0xc0011029, WRITE, NONE }, { 0x40000000, READ, READ },
	};
	const bool intel = cpuid_pv(0, 0).b == 0x756e6547;	/* "Genu" */

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		const u8 want = intel ? t[i].intel : t[i].amd;
		u64 v = 0;
		int read = TRY(v = rdmsr(t[i].msr)), write = TRY(wrmsr(t[i].msr, v));

		EXPECT_EQ_OF(read, want == NONE ? TRAP_GP : NO_TRAP, "read of %#x", t[i].msr);
		EXPECT_EQ_OF(write, want == WRITE ? NO_TRAP : TRAP_GP, "write of %#x", t[i].msr);
	}
	EXPECT_EQ(TRY(wrmsr(0x140, 1)), TRAP_GP);
	EXPECT_EQ(TRY(wrmsr(0x8b, 0)), intel ? NO_TRAP : TRAP_GP);	/* an Intel kernel does, to read the revision */
}

/* --- ports and interrupts --- */

static void set_iopl(u32 iopl)
{
	struct physdev_set_iopl op = { .iopl = iopl };

	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iopl, &op), 0);
}

static word user_in(word port)
{
	return inb(port);
}

static word user_cli(word unused)
{
	asm volatile ("cli; sti");
	return unused;
}

CHECK(ports_by_iopl)
{
	struct physdev_set_iopl bad = { .iopl = 4 };
	word result;

	use_user_root();
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iopl, &bad), -EINVAL);
	set_iopl(0);
	EXPECT_EQ(TRY((void)inb(0x61)), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("cli")), TRAP_GP);
	set_iopl(1);
	EXPECT_EQ(TRY((void)inb(0x61)), NO_TRAP);
	EXPECT_EQ(TRY(outb(0x80, 0)), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("cli; sti")), NO_TRAP);
	EXPECT_EQ(run_user(user_in, 0x61, &result), TRAP_GP);
	EXPECT_EQ(run_user(user_cli, 0, &result), TRAP_GP);
	set_iopl(3);
	EXPECT_EQ(run_user(user_in, 0x61, &result), VEC_SYSCALL);
	EXPECT_EQ(run_user(user_cli, 0, &result), VEC_SYSCALL);
	/* A domain without devices reads what nobody answers. */
	if (!is_dom0) {
		EXPECT_EQ(inb(0x61), 0xff);
		EXPECT_EQ(inb(0x71), 0xff);
	}
	/* The interrupt controllers are the hypervisor's. */
	EXPECT_EQ(inb(0x21), 0xff);
	outb(0x21, 0);
	set_iopl(0);
}

/* The assist by which IOPL is as on a CPU: set by iret, shown in frames, and the kernel is level 0. */
CHECK(architectural_iopl)
{
	word result;

	use_user_root();
	set_iopl(0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl, 0, 0, 0), 0);
	EXPECT_EQ(TRY((void)inb(0x61)), NO_TRAP);
	EXPECT_EQ(TRY(asm volatile ("cli; sti")), NO_TRAP);
	for (word iopl = 0; iopl < 4; iopl++) {
		const word flags = EFLAGS_IF | 2 | iopl << 12;

		EXPECT_EQ_OF(run_user_flags(user_in, 0x61, flags, &result), iopl == 3 ? VEC_SYSCALL : TRAP_GP,
			     "iopl %lu", iopl);
		EXPECT_EQ_OF(run_user_flags(user_cli, 0, flags, &result), iopl == 3 ? VEC_SYSCALL : TRAP_GP,
			     "iopl %lu", iopl);
		if (iopl < 3)
			EXPECT_EQ_OF((trap.regs.R(flags) & EFLAGS_IOPL) >> 12, iopl, "iopl %lu", iopl);
	}
	/* What was set before shows when the assist comes, and no longer when it has gone. */
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_architectural_iopl, 0, 0, 0), 0);
	set_iopl(2);
	EXPECT_EQ(TRY(asm volatile ("ud2")), TRAP_UD);
	EXPECT_EQ(trap.regs.R(flags) & EFLAGS_IOPL, 0);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl, 0, 0, 0), 0);
	EXPECT_EQ(TRY(asm volatile ("ud2")), TRAP_UD);
	EXPECT_EQ((trap.regs.R(flags) & EFLAGS_IOPL) >> 12, 2);
	EXPECT_EQ(HYP(vm_assist, VMASST_CMD_disable, VMASST_TYPE_architectural_iopl, 0, 0, 0), 0);
	/* Without it a frame's IOPL means nothing. */
	set_iopl(0);
	EXPECT_EQ(run_user_flags(user_cli, 0, EFLAGS_IF | 2 | EFLAGS_IOPL, &result), TRAP_GP);
}

CHECK(ports_by_bitmap)
{
	static u8 bitmap[8192];
	struct physdev_set_iobitmap op = { .nr_ports = 65536 };
	word result;

	use_user_root();
	memset(bitmap, 0xff, sizeof(bitmap));
	bitmap[0x61 / 8] &= ~(1u << 0x61 % 8);
	set_xen_guest_handle(op.bitmap, bitmap);
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
	EXPECT_EQ(run_user(user_in, 0x61, &result), VEC_SYSCALL);
	EXPECT_EQ(run_user(user_in, 0x62, &result), TRAP_GP);
	/* It is the kernel's, which user space's page tables need not have. */
#if PT_LEVELS == 4
	{
		const unsigned int slot = DIRECT_MAP >> 39 & (PT_ENTRIES - 1);
		u8 *page = alloc_page();
		u64 entry = user_root * PAGE_BYTES + slot * 8;

		memcpy(page, bitmap, PAGE_BYTES);
		set_xen_guest_handle(op.bitmap, page);
		op.nr_ports = 0x7f8;
		EXPECT_EQ(physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
		EXPECT_EQ(mmu_update_one(entry, 0), 0);
		EXPECT_EQ(run_user(user_in, 0x61, &result), VEC_SYSCALL);
		EXPECT_EQ(run_user(user_in, 0x62, &result), TRAP_GP);
		EXPECT_EQ(mmu_update_one(entry, ((u64 *)table_of(0, PT_LEVELS))[slot]), 0);
		free_page(page);
	}
#endif
	op.nr_ports = 0x61;
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
	EXPECT_EQ(run_user(user_in, 0x61, &result), TRAP_GP);
	op.nr_ports = 65537;
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iobitmap, &op), -EINVAL);
	op.nr_ports = 0;
	EXPECT_EQ(physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
}

CHECK(not_for_guests)
{
	EXPECT_EQ(TRY(asm volatile ("hlt")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lgdt %0" : : "m" (*boot_stack))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lidt %0" : : "m" (*boot_stack))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("ltr %w0" : : "r" (0))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lldt %w0" : : "r" (0))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("invlpg %0" : : "m" (*boot_stack))), TRAP_GP);
#if WORD_HAS_64_BITS
	EXPECT_EQ(TRY(asm volatile ("swapgs")), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("sysretq")), TRAP_GP);
#endif
	EXPECT_EQ(TRY(asm volatile ("mov %0, %%cr0" : : "r" (0ul))), TRAP_GP);
	EXPECT_EQ(TRY(asm volatile ("lmsw %w0" : : "r" (0))), TRAP_GP);
}

/* --- the CPU's state, shared with another domain that uses it too --- */

static bool has_rdtscp(void)
{
	return cpuid_pv(0x80000001, 0).d >> 27 & 1;
}

static u32 rdtscp_aux(void)
{
	u32 aux;

	asm volatile ("rdtscp" : "=c" (aux) : : "eax", "edx");
	return aux;
}

static void set_state(u64 n)
{
	if (has_rdtscp())
		wrmsr(MSR_TSC_AUX, n);
	set_xmm(PATTERN(n));
#if WORD_HAS_64_BITS
	wrmsr(MSR_FS_BASE, 0x10000 * n);
	wrmsr(MSR_KERNEL_GS, 0x20000 * n);
#endif
}

static bool has_state(u64 n)
{
	if (has_rdtscp() && (rdtscp_aux() != n || rdmsr(MSR_TSC_AUX) != n))
		return false;
#if WORD_HAS_64_BITS
	if (rdmsr(MSR_FS_BASE) != 0x10000 * n || rdmsr(MSR_KERNEL_GS) != 0x20000 * n)
		return false;
#endif
	return has_xmm(PATTERN(n));
}

void guest_main(void)
{
	set_state(0x33);
	for (;;) {
		if (!has_state(0x33))
			mailbox.failed = 1;
		yield();
		mailbox.counter++;
	}
}

CHECK_DOM0(state_of_two_domains)
{
	struct guest g;
	u64 end = now() + 3000000000ull;

	set_state(0x77);
	EXPECT_EQ(guest_create(&g, "main", 1536, 1), 0);
	guest_unpause(&g);
	while (g.mailbox->counter < 200 && now() < end) {
		if (!has_state(0x77))
			fail("dom0's registers have changed");
		yield();
	}
	EXPECT(g.mailbox->counter >= 200);
	EXPECT_EQ(g.mailbox->failed, 0);
	EXPECT(has_state(0x77));
	EXPECT_EQ(guest_destroy(&g), 0);
	EXPECT(has_state(0x77));
	set_state(0);
}

CHECK(fpu_kept_through_events)
{
	struct vcpu_set_periodic_timer p = { .period_ns = 1000000 };
	long port = bind_virq(VIRQ_TIMER, 0);
	u64 end = now() + 20000000;

	unmask_port(port);
	event_count[port] = 0;
	events_on();
	vcpu_op(VCPUOP_set_periodic_timer, 0, &p);
	set_xmm(PATTERN(0x99));
	while ((now() < end || event_count[port] < 3) && now() < end + 2000000000ull)
		if (!has_xmm(PATTERN(0x99)))
			fail("changed after %u events", event_count[port]);
	EXPECT(event_count[port] >= 3);
	vcpu_op(VCPUOP_stop_periodic_timer, 0, 0);
	events_off();
	close_port(port);
}
