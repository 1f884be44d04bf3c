// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writable page tables: a guest kernel with that assist writes its page-table
 * entries by ordinary instructions. They are mapped read-only, so each write
 * faults, is decoded here, and is carried out as a checked update.
 *
 * Only the length of the memory operand is decoded, never its address: the
 * faulting address says where the write goes. Should the guest have changed the
 * instruction in between, it gets another update of the same entry, just as
 * checked.
 */
#include <arch/desc.h>
#include <arch/irqflags.h>
#include <arch/uaccess.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <pv/pgtype.h>
#include <pv/traps.h>
#include <pv/walk.h>

#define MAX_INSN_BYTES	15
#define FLAGS_ARITH	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | \
			 X86_EFLAGS_SF | X86_EFLAGS_OF)

/* In the order of the opcode's and ModRM's three-bit field. */
enum operation {
	OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_CMP,
	OP_BT, OP_BTS, OP_BTR, OP_BTC,
	OP_INC, OP_DEC, OP_NOT, OP_NEG, OP_MOV, OP_STOS, OP_MOVS, OP_XCHG, OP_XADD, OP_CMPXCHG, OP_CMPXCHG8B
};

struct insn {
	u8 op;			/* enum operation */
	u8 bytes;		/* operand size: 1, 2, 4 or 8 */
	u8 length;		/* of the whole instruction */
	u8 high_byte;		/* a one-byte register that is ah, ch, dh or bh */
	bool rep;		/* of stos and movs */
	u64 address_mask;	/* theirs, of what is used of rdi, rsi and rcx */
	u64 *reg;		/* register operand; NULL: immediate */
	u64 imm;		/* sign-extended; of movs, what is copied */
};

static u64 *reg_slot(struct cpu_regs *r, unsigned int n)
{
	static const u8 offset[16] = {
		offsetof(struct cpu_regs, rax), offsetof(struct cpu_regs, rcx),
		offsetof(struct cpu_regs, rdx), offsetof(struct cpu_regs, rbx),
		offsetof(struct cpu_regs, rsp), offsetof(struct cpu_regs, rbp),
		offsetof(struct cpu_regs, rsi), offsetof(struct cpu_regs, rdi),
		offsetof(struct cpu_regs, r8), offsetof(struct cpu_regs, r9),
		offsetof(struct cpu_regs, r10), offsetof(struct cpu_regs, r11),
		offsetof(struct cpu_regs, r12), offsetof(struct cpu_regs, r13),
		offsetof(struct cpu_regs, r14), offsetof(struct cpu_regs, r15),
	};

	return (u64 *)((char *)r + offset[n & 15]);
}

/* Bytes of ModRM, SIB and displacement of a memory operand with 32- or 64-bit addressing; 0: a register. */
static unsigned int modrm_bytes(const u8 *p)
{
	const u8 mod = p[0] >> 6, rm = p[0] & 7;
	unsigned int n = 1;

	if (mod == 3)
		return 0;
	if (rm == 4) {
		n++;
		if (mod == 0 && (p[1] & 7) == 5)
			return n + 4;
	} else if (mod == 0 && rm == 5) {
		return n + 4;
	}
	return n + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static s64 read_imm(const u8 *p, unsigned int bytes)
{
	s32 v;

	memcpy(&v, p, sizeof(v));
	return bytes == 1 ? (s8)v : bytes == 2 ? (s16)v : v;
}

/*
 * buf holds MAX_INSN_BYTES and enough zeros after them that no operand length
 * leads out of it. False: not an instruction that is emulated.
 */
static bool decode(struct insn *in, const u8 *buf, struct cpu_regs *regs, bool is_32bit)
{
	unsigned int at = 0, imm_bytes = 0, n;
	bool byte_op = false, wide = false, word = false, two_byte = false, override = false;
	u8 rex = 0, opcode, modrm;

	in->rep = false;
	in->address_mask = is_32bit ? 0xffffffff : ~0ull;
	for (;; at++) {
		opcode = buf[at];
		/* lock, segment overrides and, but for 16-bit addresses, the size of an address: the fault has settled it. */
		if (opcode != 0xf0 && (opcode & 0xe7) != 0x26 && (opcode & 0xfc) != 0x64 && (opcode & 0xfe) != 0xf2)
			break;
		if (at == 4 || (opcode == 0x67 && is_32bit))
			return false;
		word |= opcode == 0x66;
		in->rep |= (opcode & 0xfe) == 0xf2;
		/* Of these only FS and GS mean anything in 64-bit code. */
		override |= (opcode & 0xfe) == 0x64 || (is_32bit && (opcode & 0xe7) == 0x26 && opcode != 0x3e);
		in->address_mask = opcode == 0x67 ? 0xffffffff : in->address_mask;
	}
	if (!is_32bit && (opcode & 0xf0) == 0x40) {
		rex = opcode;
		wide = rex & 8;
		opcode = buf[++at];
	}
	if (opcode == 0x0f) {
		two_byte = true;
		opcode = buf[++at];
	}
	at++;
	if (!two_byte && ((opcode & 0xfe) == 0xa4 || (opcode & 0xfe) == 0xaa)) {
		in->op = opcode < 0xaa ? OP_MOVS : OP_STOS;
		/* The source alone would be elsewhere; where, is not worked out here. */
		if (in->op == OP_MOVS && override)
			return false;
		in->bytes = !(opcode & 1) ? 1 : wide ? 8 : word ? 2 : 4;
		in->high_byte = 0;
		in->reg = &regs->rax;
		in->length = at;
		return true;
	}
	modrm = buf[at];
	n = modrm_bytes(buf + at);
	if (!n)
		return false;
	at += n;
	n = (modrm >> 3) & 7;		/* register operand, or part of the opcode */
	in->reg = reg_slot(regs, n | (rex & 4) << 1);

	if (!two_byte) {
		if (opcode < 0x40 && (opcode & 6) == 0) {	/* add .. cmp with a register */
			in->op = opcode >> 3;
			byte_op = !(opcode & 1);
		} else {
			byte_op = !(opcode & 1);
			switch (opcode) {
			case 0x80: case 0x81: case 0x83:
				in->op = n;
				imm_bytes = opcode != 0x81 ? 1 : word && !wide ? 2 : 4;
				break;
			case 0x86: case 0x87:
				in->op = OP_XCHG;
				break;
			case 0x88: case 0x89:
				in->op = OP_MOV;
				break;
			case 0xc6: case 0xc7:
				if (n != 0)
					return false;
				in->op = OP_MOV;
				imm_bytes = byte_op ? 1 : word && !wide ? 2 : 4;
				break;
			case 0xf6: case 0xf7:
				if (n != 2 && n != 3)
					return false;
				in->op = OP_NOT + n - 2;
				break;
			case 0xfe: case 0xff:
				if (n > 1)
					return false;
				in->op = OP_INC + n;
				break;
			default:
				return false;
			}
		}
		if (in->op == OP_CMP)
			return false;
	} else {
		switch (opcode) {
		case 0xab:
			in->op = OP_BTS;
			break;
		case 0xb3:
			in->op = OP_BTR;
			break;
		case 0xbb:
			in->op = OP_BTC;
			break;
		case 0xba:
			if (n < 5)
				return false;
			in->op = OP_BT + (n - 4);
			imm_bytes = 1;
			break;
		case 0xb0: case 0xb1:
			in->op = OP_CMPXCHG;
			byte_op = opcode == 0xb0;
			break;
		case 0xc3:				/* movnti */
			in->op = OP_MOV;
			break;
		case 0xc0: case 0xc1:
			in->op = OP_XADD;
			byte_op = opcode == 0xc0;
			break;
		case 0xc7:
			if (n != 1 || wide)
				return false;
			in->op = OP_CMPXCHG8B;
			wide = true;
			break;
		default:
			return false;
		}
	}
	in->bytes = byte_op ? 1 : wide ? 8 : word ? 2 : 4;
	in->high_byte = 0;
	in->imm = 0;
	if (byte_op && !rex && n >= 4 && !imm_bytes) {
		in->reg = reg_slot(regs, n - 4);
		in->high_byte = 8;
	}
	if (imm_bytes) {
		in->reg = NULL;
		in->imm = read_imm(buf + at, imm_bytes);
		at += imm_bytes;
	}
	in->length = at;
	return at <= MAX_INSN_BYTES;
}

#define ARITH(insn, dst, src, flags)						\
	asm volatile ("pushq %1; popfq; " insn " %2, %0; pushfq; popq %1"	\
		      : "+r" (dst), "+r" (flags) : "r" (src) : "cc", "memory")
#define ARITH_SIZED(name)							\
static u64 name##_sized(u64 dst, u64 src, unsigned int bytes, u64 *flags)	\
{										\
	u64 f = (*flags & FLAGS_ARITH) | X86_EFLAGS_MBS | X86_EFLAGS_IF;	\
	u8 d1 = dst;								\
	u16 d2 = dst;								\
	u32 d4 = dst;								\
										\
	switch (bytes) {							\
	case 1:									\
		ARITH(#name "b", d1, (u8)src, f);				\
		dst = d1;							\
		break;								\
	case 2:									\
		ARITH(#name "w", d2, (u16)src, f);				\
		dst = d2;							\
		break;								\
	case 4:									\
		ARITH(#name "l", d4, (u32)src, f);				\
		dst = d4;							\
		break;								\
	default:								\
		ARITH(#name "q", dst, src, f);					\
		break;								\
	}									\
	*flags = (*flags & ~(u64)FLAGS_ARITH) | (f & FLAGS_ARITH);		\
	return dst;								\
}
ARITH_SIZED(add)
ARITH_SIZED(or)
ARITH_SIZED(adc)
ARITH_SIZED(sbb)
ARITH_SIZED(and)
ARITH_SIZED(sub)
ARITH_SIZED(xor)

static u64 low_bytes(u64 v, unsigned int bytes)
{
	return bytes == 8 ? v : v & ((1ull << (bytes * 8)) - 1);
}

/* A register's new value when an operand of that size is written to it. */
static void write_reg(u64 *reg, u64 v, const struct insn *in)
{
	if (in->bytes == 8)
		*reg = v;
	else if (in->bytes == 4)
		*reg = (u32)v;
	else if (in->bytes == 2)
		*reg = (*reg & ~0xffffull) | (u16)v;
	else
		*reg = (*reg & ~(0xffull << in->high_byte)) | (v & 0xff) << in->high_byte;
}

static u64 bit_operation(const struct insn *in, u64 old, u64 src, u64 *flags)
{
	const u64 bit = 1ull << (src & (in->bytes * 8 - 1));

	*flags = (*flags & ~(u64)X86_EFLAGS_CF) | (old & bit ? X86_EFLAGS_CF : 0);
	if (in->op == OP_BTS)
		return old | bit;
	if (in->op == OP_BTR)
		return old & ~bit;
	return old ^ bit;
}

/*
 * What the instruction makes of old. The guest's registers and flags as they
 * will be are left in *out, to be taken over once the update is done.
 */
struct outcome {
	u64 value, flags;
	u64 reg, rax, rdx;
	bool write;		/* false: a compare failed, memory keeps its value */
	bool writes_reg, writes_rax;
};

static void execute(const struct insn *in, u64 old, const struct cpu_regs *regs, struct outcome *out)
{
	const u64 src = low_bytes(in->reg ? *in->reg >> in->high_byte : in->imm, in->bytes);
	u64 expected;

	out->flags = regs->rflags;
	out->write = true;
	out->writes_reg = out->writes_rax = false;
	switch (in->op) {
	case OP_MOVS:
		out->value = in->imm;
		break;
	case OP_MOV:
	case OP_STOS:
		out->value = src;
		break;
	case OP_INC:
	case OP_DEC:
		out->value = in->op == OP_INC ? add_sized(old, 1, in->bytes, &out->flags)
					      : sub_sized(old, 1, in->bytes, &out->flags);
		out->flags = (out->flags & ~(u64)X86_EFLAGS_CF) | (regs->rflags & X86_EFLAGS_CF);
		break;
	case OP_NOT:
		out->value = low_bytes(~old, in->bytes);
		break;
	case OP_NEG:
		out->value = sub_sized(0, old, in->bytes, &out->flags);
		break;
	case OP_XCHG:
		out->value = src;
		out->reg = old;
		out->writes_reg = true;
		break;
	case OP_AND:
		out->value = and_sized(old, src, in->bytes, &out->flags);
		break;
	case OP_OR:
		out->value = or_sized(old, src, in->bytes, &out->flags);
		break;
	case OP_XOR:
		out->value = xor_sized(old, src, in->bytes, &out->flags);
		break;
	case OP_ADD:
		out->value = add_sized(old, src, in->bytes, &out->flags);
		break;
	case OP_ADC:
		out->value = adc_sized(old, src, in->bytes, &out->flags);
		break;
	case OP_SUB:
		out->value = sub_sized(old, src, in->bytes, &out->flags);
		break;
	case OP_SBB:
		out->value = sbb_sized(old, src, in->bytes, &out->flags);
		break;
	case OP_XADD:
		out->value = add_sized(old, src, in->bytes, &out->flags);
		out->reg = old;
		out->writes_reg = true;
		break;
	case OP_BTS:
	case OP_BTR:
	case OP_BTC:
		out->value = low_bytes(bit_operation(in, old, src, &out->flags), in->bytes);
		break;
	case OP_CMPXCHG:
		expected = low_bytes(regs->rax, in->bytes);
		sub_sized(expected, old, in->bytes, &out->flags);
		out->value = src;
		out->rax = old;
		out->write = old == expected;
		out->writes_rax = !out->write;
		break;
	default: /* OP_CMPXCHG8B */
		expected = (u32)regs->rax | regs->rdx << 32;
		out->value = (u32)regs->rbx | regs->rcx << 32;
		out->write = old == expected;
		out->writes_rax = !out->write;
		out->rax = (u32)old;
		out->rdx = old >> 32;
		out->flags = (out->flags & ~(u64)X86_EFLAGS_ZF) | (out->write ? X86_EFLAGS_ZF : 0);
		break;
	}
}

/* Past one element; a repeated instruction faults again for the next. */
static bool last_element(const struct insn *in, struct cpu_regs *regs)
{
	const s64 step = regs->rflags & X86_EFLAGS_DF ? -(s64)in->bytes : in->bytes;
	const u64 mask = in->address_mask;

	regs->rdi = (regs->rdi + step) & mask;
	if (in->op == OP_MOVS)
		regs->rsi = (regs->rsi + step) & mask;
	if (!in->rep)
		return true;
	regs->rcx = (regs->rcx - 1) & mask;
	return !regs->rcx;
}

/* All that the instruction does but to go on behind it, for which the lock is to be dropped first. */
static void complete(struct insn *in, const struct outcome *out, struct cpu_regs *regs)
{
	if ((in->op == OP_STOS || in->op == OP_MOVS) && !last_element(in, regs))
		in->length = 0;
	regs->rflags = out->flags;
	if (out->writes_reg)
		write_reg(in->reg, out->reg, in);
	if (out->writes_rax) {
		if (in->op == OP_CMPXCHG8B) {
			regs->rax = out->rax;
			regs->rdx = out->rdx;
		} else {
			write_reg(&regs->rax, out->rax, in);
		}
	}
}

/*
 * A PAE kernel without 8-byte moves writes an entry's halves one by one. When
 * the upper half comes first the entry makes no sense until the lower has
 * followed: it is stored as not present.
 */
static bool half_written(const struct domain *d, const struct insn *in, vaddr_t va)
{
	return d->is_32bit && in->bytes == 4 && (va & 4) && in->op == OP_MOV;
}

/* Apply the instruction to the locked entry. */
static bool update(struct insn *in, u64 *slot, vaddr_t va, struct cpu_regs *regs, struct domain *d)
{
	const unsigned int shift = (va & 7) * 8;
	const u64 mask = low_bytes(~0ull, in->bytes) << shift;
	struct outcome out;
	int rc;

	do {
		u64 old = READ_ONCE(*slot), new;

		execute(in, (old & mask) >> shift, regs, &out);
		if (!out.write)
			break;
		new = (old & ~mask) | (out.value << shift & mask);
		rc = cmpxchg_l1_entry(slot, old, new, d);
		if (rc && rc != -EAGAIN && (new & _PAGE_PRESENT) && half_written(d, in, va))
			rc = cmpxchg_l1_entry(slot, old, new & ~_PAGE_PRESENT, d);
	} while (rc == -EAGAIN);
	if (out.write && rc)
		return false;
	complete(in, &out, regs);
	return true;
}

/* The source of a string move. */
static bool read_source(struct vcpu *v, struct insn *in, const struct cpu_regs *regs)
{
	vaddr_t from = regs->rsi & in->address_mask;

	if (v->domain->is_32bit)
		from = (u32)(from + guest_segment_base(v, read_ds()));
	return (v->domain->is_32bit ? access_ok_32(from, in->bytes) : access_ok(from, in->bytes)) &&
	       !copy_from_guest_raw(&in->imm, from, in->bytes);
}

static bool fetch(u8 *buf, struct vcpu *v, const struct cpu_regs *regs)
{
	const vaddr_t rip = guest_linear_ip(v, regs);
	unsigned long missed;

	if (v->domain->is_32bit ? !access_ok_32(rip, MAX_INSN_BYTES) : !access_ok(rip, 16))
		return false;
	/* Two words are read faster than fifteen bytes, and seldom end in an unmapped page. */
	if (likely(!get_guest_u64((u64 *)buf, rip) && !get_guest_u64((u64 *)buf + 1, rip + 8)))
		return true;
	missed = copy_from_guest_raw(buf, rip, MAX_INSN_BYTES);
	if (missed >= MAX_INSN_BYTES)
		return false;
	memset(buf + MAX_INSN_BYTES - missed, 0, missed);
	return true;
}

bool ptwr_emulate_fault(struct vcpu *v, struct cpu_regs *regs, vaddr_t va)
{
	struct domain *d = v->domain;
	u64 buf[4], l1e;
	struct page_info *pg;
	struct insn in;
	mfn_t table;
	bool done;

	/* A page that is there, and read-only: does it hold one of our tables? */
	if (!guest_kernel_walk(v, va, &l1e, &table) ||
	    (l1e & (_PAGE_PRESENT | _PAGE_RW)) != _PAGE_PRESENT || PTE_MFN(l1e) >= max_page)
		return false;
	pg = mfn_to_page(MFN(PTE_MFN(l1e)));
	if ((READ_ONCE(pg->type_info) & (PGT_type_mask | PGT_validated)) != (PGT_l1 | PGT_validated))
		return false;

	buf[2] = buf[3] = 0;
	if (!fetch((u8 *)buf, v, regs) || !decode(&in, (u8 *)buf, regs, d->is_32bit) ||
	    !IS_ALIGNED(va, in.bytes))
		return false;
	if (in.op == OP_MOVS && !read_source(v, &in, regs))
		return false;

	if (!lock_table(pg, d))
		return false;
	done = (READ_ONCE(pg->type_info) & PGT_type_mask) == PGT_l1 &&
		update(&in, (u64 *)page_to_virt(pg) + (va & ~PAGE_MASK) / 8, va, regs, d);
	unlock_table(pg);
	if (done)
		retire_insn(regs, in.length, !d->is_32bit);
	return done;
}
