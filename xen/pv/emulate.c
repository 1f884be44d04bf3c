/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Privileged instructions of guest kernels, which fault because the kernel is
 * not in ring 0. One instruction is fetched once and decoded; what is not
 * recognized, or not the guest's to do, stays the guest's own #GP.
 */
#include <arch/cpufeature.h>
#include <arch/desc.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/page.h>
#include <arch/time.h>
#include <arch/uaccess.h>
#include <common/domain.h>
#include <common/hypercall.h>
#include <common/shared.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <pv/cpu_ops.h>
#include <pv/mm.h>
#include <pv/walk.h>
#include <pv/traps.h>

struct insn {
	u8 byte[15];
	unsigned int have;	/* bytes fetched */
	unsigned int at;	/* next to decode */
	bool code64, opsize, addrsize, rep, lock;
	bool again;		/* a repeated one, with elements left */
	u8 rex;
	u8 segment;		/* override prefix, or 0 */
};

/* As much as is there: an instruction may end at the end of a page. */
static void fetch(struct vcpu *v, struct insn *i, const struct cpu_regs *regs)
{
	const vaddr_t at = guest_linear_ip(v, regs);
	unsigned long left;
	u64 desc;

	memset(i, 0, sizeof(*i));
	if (!(v->pv.flags & PV_RING1) && regs->cs == SEL_RING3_CS64) {
		i->code64 = true;
	} else if (guest_descriptor(v, regs->cs, &desc)) {
		/* A segment of the guest's own: of 64 bits (no ring-1 guest has such), 32 or 16. */
		i->code64 = desc >> 32 & DESC_L;
		i->opsize = i->addrsize = !i->code64 && !(desc >> 32 & DESC_DB);
	}
	if (!access_ok(at, sizeof(i->byte)))
		return;
	left = copy_from_guest_raw(i->byte, at, sizeof(i->byte));
	i->have = sizeof(i->byte) - left;
}

static int next_byte(struct insn *i)
{
	return i->at < i->have ? i->byte[i->at++] : -1;
}

static int decode_prefixes(struct insn *i)
{
	unsigned int opsize = 0, addrsize = 0;

	for (;;) {
		int b = next_byte(i);

		switch (b) {
		case 0x66: i->opsize ^= !opsize++; break;
		case 0x67: i->addrsize ^= !addrsize++; break;
		case 0xf2: case 0xf3: i->rep = true; break;
		case 0xf0: i->lock = true; break;
		case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
			i->segment = b;
			break;
		case 0x40 ... 0x4f:
			if (!i->code64)
				return b;
			i->rex = b;
			return next_byte(i);
		default:
			return b;
		}
	}
}

static u64 *gpr(struct cpu_regs *regs, unsigned int n)
{
	switch (n & 15) {
	case 0: return &regs->rax;
	case 1: return &regs->rcx;
	case 2: return &regs->rdx;
	case 3: return &regs->rbx;
	case 4: return &regs->rsp;
	case 5: return &regs->rbp;
	case 6: return &regs->rsi;
	case 7: return &regs->rdi;
	case 8: return &regs->r8;
	case 9: return &regs->r9;
	case 10: return &regs->r10;
	case 11: return &regs->r11;
	case 12: return &regs->r12;
	case 13: return &regs->r13;
	case 14: return &regs->r14;
	default: return &regs->r15;
	}
}

#define GUEST_CR4_BITS	(X86_CR4_TSD | X86_CR4_DE | X86_CR4_FSGSBASE | X86_CR4_OSXSAVE)

u64 guest_read_cr4(const struct vcpu *v)
{
	/* What the hypervisor has turned on shows, as far as a guest kernel looks for it. */
	return v->pv.guest_cr4 | X86_CR4_PAE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_MCE;
}

int guest_write_cr4(struct vcpu *v, u64 value)
{
	u64 may = GUEST_CR4_BITS;

	if (!cpu_has_fsgsbase || v->domain->is_32bit)
		may &= ~(u64)X86_CR4_FSGSBASE;
	if (!cpu_has_xsave)
		may &= ~(u64)X86_CR4_OSXSAVE;
	/* Bits that mean nothing to a PV guest are ignored, as on Xen. */
	v->pv.guest_cr4 = value & may;
	if (v == current)
		write_cr4(vcpu_real_cr4(v));
	return 0;
}

static u64 read_cr(struct vcpu *v, unsigned int n)
{
	switch (n) {
	case 0:
		return X86_CR0_PG | X86_CR0_AM | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE |
		       (v->pv.flags & PV_GUEST_TS ? X86_CR0_TS : 0);
	case 2:
		return v->domain->is_32bit ? ((struct vcpu_info_32 *)v->info)->cr2 : v->info->arch.cr2;
	case 3: {
		u64 root = v->pv.kernel_root & PTE_ADDR_MASK;

		return v->domain->is_32bit ? mfn_to_cr3_32(maddr_to_mfn(root)) : root;
	}
	default:
		return guest_read_cr4(v);
	}
}

/* *again: interrupted, and to be done again from where it got to. */
static bool write_cr(struct vcpu *v, unsigned int n, u64 value, bool *again)
{
	switch (n) {
	case 0:
		if ((value ^ read_cr(v, 0)) & ~(u64)X86_CR0_TS)
			return false;
		do_fpu_taskswitch(!!(value & X86_CR0_TS));
		return true;
	case 2:
		if (v->domain->is_32bit)
			((struct vcpu_info_32 *)v->info)->cr2 = value;
		else
			v->info->arch.cr2 = value;
		return true;
	case 3: {
		int rc = set_vcpu_kernel_root(v, v->domain->is_32bit ? cr3_32_to_mfn(value) : MFN(value >> PAGE_SHIFT));

		*again = rc == -ERESTART;
		return !rc || *again;
	}
	case 4:
		return !guest_write_cr4(v, value);
	default:
		return false;
	}
}

/* 0f 20 to 0f 23: the operand is always a register, whatever mod says. */
static bool move_special(struct vcpu *v, struct cpu_regs *regs, struct insn *i, u8 op)
{
	int modrm = next_byte(i);
	unsigned int special = ((modrm >> 3) & 7) | (i->rex & 4 ? 8 : 0);
	bool again = false, done;
	u64 *reg;

	if (modrm < 0)
		return false;
	reg = gpr(regs, (modrm & 7) | (i->rex & 1 ? 8 : 0));
	switch (op) {
	case 0x20:
		if (special != 0 && special != 2 && special != 3 && special != 4)
			return false;
		*reg = read_cr(v, special);
		return true;
	case 0x22:
		if (special != 0 && special != 2 && special != 3 && special != 4)
			return false;
		done = write_cr(v, special, *reg, &again);
		if (again)
			i->at = 0;
		return done;
	case 0x21:
		if (special > 7)
			return false;
		*reg = pv_get_debugreg(v, special);
		return true;
	default:
		if (special > 7)
			return false;
		return pv_set_debugreg(v, special, *reg) == 0;
	}
}

static bool set_xcr0(struct vcpu *v, struct cpu_regs *regs)
{
	u64 value = (u32)regs->rax | regs->rdx << 32;

	if ((u32)regs->rcx != 0 || !cpu_has_xsave || !xcr0_valid(value))
		return false;
	v->pv.xcr0 = value;
	fpu_set_xcr0(value);
	return true;
}

static void do_cpuid(struct vcpu *v, struct cpu_regs *regs, bool kernel_view)
{
	struct cpuid_leaf l;

	guest_cpuid(v, regs->rax, regs->rcx, kernel_view, &l);
	regs->rax = l.a;
	regs->rbx = l.b;
	regs->rcx = l.c;
	regs->rdx = l.d;
}

/*
 * Kernels before Linux 4.15 read some MSRs of AMD's at boot before they have any
 * handler, sure to survive it. What the machine has and a guest has not reads as
 * zero until there is a handler for #GP.
 */
static bool early_rdmsr(const struct vcpu *v, u32 msr, u64 *value)
{
	if (v->pv.trap[TRAP_GP].cs || rdmsr_safe(msr, value))
		return false;
	*value = 0;
	return true;
}

static bool two_byte(struct vcpu *v, struct cpu_regs *regs, struct insn *i, bool kernel)
{
	int op = next_byte(i);
	u64 value;

	/* User space reaches only these two, and only when the guest or the host made them fault. */
	if (op == 0xa2) {
		do_cpuid(v, regs, kernel);
		return true;
	}
	if (!kernel)
		return false;

	switch (op) {
	case 0x01:
		switch (next_byte(i)) {
		case 0xd1:
			if (v->pv.guest_cr4 & X86_CR4_OSXSAVE)
				return set_xcr0(v, regs);
			/* There is no such instruction then; the CPU, where it is turned on, looked at the ring first. */
			inject_trap(regs, TRAP_UD, 0);
			i->at = 0;
			return true;
		case 0xf9:			/* rdtscp under CR4.TSD */
			value = rdtsc();
			regs->rax = (u32)value;
			regs->rdx = value >> 32;
			regs->rcx = v->pv.tsc_aux;
			return true;
		default:
			return false;
		}
	case 0x06:				/* clts */
		do_fpu_taskswitch(0);
		return true;
	case 0x08:				/* invd, wbinvd: only for who may own devices */
	case 0x09:
		if (is_control_domain(v->domain))
			wbinvd();
		return true;
	case 0x20 ... 0x23:
		return move_special(v, regs, i, op);
	case 0x30:
		return !guest_wrmsr(v, regs->rcx, (u32)regs->rax | regs->rdx << 32);
	case 0x31:				/* rdtsc under CR4.TSD */
		value = rdtsc();
		regs->rax = (u32)value;
		regs->rdx = value >> 32;
		return true;
	case 0x32:
		if (guest_rdmsr(v, regs->rcx, &value) && !early_rdmsr(v, regs->rcx, &value))
			return false;
		regs->rax = (u32)value;
		regs->rdx = value >> 32;
		return true;
	default:
		return false;
	}
}

static void set_low(u64 *reg, unsigned int bytes, u32 value)
{
	switch (bytes) {
	case 1: *reg = (*reg & ~0xffull) | (value & 0xff); break;
	case 2: *reg = (*reg & ~0xffffull) | (value & 0xffff); break;
	default: *reg = value; break;
	}
}

/*
 * Kernel and user space of a ring-1 guest differ by the user bit alone, and we are
 * the supervisor: user space's accesses are checked for it here.
 */
static bool user_may_access(struct vcpu *v, const struct cpu_regs *regs, vaddr_t at, unsigned int bytes, bool write)
{
	const u64 need = _PAGE_USER | (write ? _PAGE_RW : 0);

	if (!(v->pv.flags & PV_RING1) || guest_kernel_mode(v, regs))
		return true;
	for (vaddr_t page = at & PAGE_MASK; page <= ((at + bytes - 1) & PAGE_MASK); page += PAGE_SIZE) {
		u64 l1e, flags;
		mfn_t table;

		if (!guest_walk(v, page, &l1e, &table, &flags) || !(l1e & _PAGE_PRESENT) || (flags & need) != need)
			return false;
	}
	return true;
}

/* What the CPU checks of a segment that is not flat before it is used; offset is of the first byte. */
static bool segment_allows(struct vcpu *v, u16 sel, u32 offset, unsigned int bytes, bool write)
{
	const u32 last = offset + bytes - 1;
	u32 limit, b;
	u64 desc;

	if (!(sel & ~3u))
		return false;
	if (!guest_descriptor(v, sel, &desc))
		return true;			/* one of the hypervisor's */
	b = desc >> 32;
	/* Bit 1 of the type: data that is writable, or code that is readable. */
	if (b & DESC_CODE ? write || !(b & (1u << 9)) : write && !(b & (1u << 9)))
		return false;
	limit = (desc & 0xffff) | (b & 0xf0000);
	if (b & DESC_G)
		limit = limit << 12 | 0xfff;
	if (!(b & DESC_CODE) && (b & (1u << 10)))	/* expands down */
		return offset > limit && last >= offset && (last <= 0xffff || (b & DESC_DB));
	return last <= limit && last >= offset;
}

/* INS and OUTS, one element a time: a repeated one faults again for the next. */
static bool string_io(struct vcpu *v, struct cpu_regs *regs, struct insn *i, u8 op)
{
	unsigned int bytes = op & 1 ? (i->opsize ? 2 : 4) : 1;
	u64 mask = i->code64 && !i->addrsize ? ~0ull : 0xffffffffull;
	bool to_memory = op < 0x6e;
	u16 port = regs->rdx;
	s64 step = regs->rflags & X86_EFLAGS_DF ? -(s64)bytes : (s64)bytes;
	u64 *index = to_memory ? &regs->rdi : &regs->rsi;
	vaddr_t at = *index & mask;
	bool allowed = true;
	u32 value = 0;
	u16 sel;

	if (i->segment && i->segment != 0x3e && i->segment != 0x26)
		return false;			/* an FS or GS base: nobody does this */
	if (!i->code64) {
		if (i->addrsize)
			return false;		/* nor 16-bit addresses */
		sel = to_memory || i->segment == 0x26 ? read_es() : read_ds();
		allowed = segment_allows(v, sel, at, bytes, to_memory);
		at = (u32)(at + guest_segment_base(v, sel));
	}
	if (i->rep && !(regs->rcx & mask))
		return true;
	if (!allowed || !guest_io_allowed(v, regs, port, bytes))
		return false;
	if (!access_ok(at, bytes) || !user_may_access(v, regs, at, bytes, to_memory)) {
		inject_page_fault(regs, at, to_memory ? PFEC_WRITE : 0);
		i->at = 0;
		return true;
	}
	if (to_memory) {
		value = guest_io_read(v, port, bytes);
		if (copy_to_guest_raw(at, &value, bytes)) {
			inject_page_fault(regs, at, PFEC_WRITE);
			i->at = 0;
			return true;
		}
	} else {
		if (copy_from_guest_raw(&value, at, bytes)) {
			inject_page_fault(regs, at, 0);
			i->at = 0;
			return true;
		}
		guest_io_write(v, port, bytes, value);
	}
	*index = (*index & ~mask) | ((*index + step) & mask);
	if (i->rep) {
		regs->rcx = (regs->rcx & ~mask) | ((regs->rcx - 1) & mask);
		i->again = regs->rcx & mask;
	}
	return true;
}

static bool port_io(struct vcpu *v, struct cpu_regs *regs, struct insn *i, u8 op)
{
	unsigned int bytes = op & 1 ? (i->opsize ? 2 : 4) : 1;
	int port = op & 8 ? (int)(u16)regs->rdx : next_byte(i);

	if (port < 0 || !guest_io_allowed(v, regs, port, bytes))
		return false;
	if (op & 2)
		guest_io_write(v, port, bytes, bytes == 4 ? regs->rax : regs->rax & ((1u << bytes * 8) - 1));
	else
		set_low(&regs->rax, bytes, guest_io_read(v, port, bytes));
	return true;
}

void retire_insn(struct cpu_regs *regs, unsigned int length, bool code64)
{
	regs->rip += length;
	if (!code64)
		regs->rip = (u32)regs->rip;
	regs->rflags &= ~(u64)X86_EFLAGS_RF;
	regs->entry_vector = 0;
	if (unlikely(regs->rflags & X86_EFLAGS_TF)) {
		current->pv.dr6 |= 0xffff4ff0ul;
		inject_trap(regs, TRAP_DB, 0);
	}
}

bool emulate_privileged(struct cpu_regs *regs)
{
	struct vcpu *v = current;
	bool kernel = guest_kernel_mode(v, regs);
	struct insn i;
	bool done;
	int op;

	fetch(v, &i, regs);
	op = decode_prefixes(&i);
	if (op < 0 || i.lock)
		return false;

	switch (op) {
	case 0x6c ... 0x6f:
		done = string_io(v, regs, &i, op);
		break;
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		done = port_io(v, regs, &i, op);
		break;
	case 0xfa:				/* cli, sti: silent where the virtual IOPL allows them */
	case 0xfb:
		done = pv_iopl_allows(v, regs);
		break;
	case 0x0f:
		done = two_byte(v, regs, &i, kernel);
		break;
	default:
		return false;
	}
	if (!done)
		return false;
	if (i.at)
		retire_insn(regs, i.again ? 0 : i.at, i.code64);
	return true;
}

bool emulate_forced_cpuid(struct cpu_regs *regs)
{
	static const u8 pattern[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	const vaddr_t at = guest_linear_ip(current, regs);
	u8 insn[sizeof(pattern)];

	if (!access_ok(at, sizeof(insn)) || copy_from_guest_raw(insn, at, sizeof(insn)) ||
	    memcmp(insn, pattern, sizeof(insn)))
		return false;
	do_cpuid(current, regs, guest_kernel_mode(current, regs));
	retire_insn(regs, sizeof(pattern), !current->domain->is_32bit);
	return true;
}
