/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test guest of 64 bits: where it is mapped, what its frames look like, how
 * it issues hypercalls. Usable from assembly. ../x86_32/abi.h has the same names.
 */
#ifndef TEST_ABI_H
#define TEST_ABI_H

#define ABI_NAME	"x86_64"
#ifdef __ASSEMBLY__
#define VIRT_BASE	0xffffffff80000000
#else
#define VIRT_BASE	0xffffffff80000000ul
#endif

#define VEC_SYSCALL	0x103		/* how a user function ends */

#ifndef __ASSEMBLY__
#define PT_LEVELS	4
#define DIRECT_MAP	0xffff888000000000ul	/* all of the guest's frames, by pfn */
#define WINDOW		0xffff890000000000ul	/* other mappings that a test makes */
#define M2P_BASE	HYPERVISOR_LOW
#define HYPERVISOR_LOW	0xffff800000000000ul
#define HYPERVISOR_HIGH	0xffff880000000000ul
#define HYPERVISOR_HOLE	(HYPERVISOR_LOW + (1ul << 40))	/* of the hypervisor's, where there is nothing */
#define HYPERVISOR_SLOT	256
#define NON_CANONICAL	0x0000800000000000ul
#define LAST_LOW_PAGE	0x00007ffffffff000ul	/* highest page below the hole */
#define BAD_POINTER	HYPERVISOR_LOW		/* nothing may be read or written there, of whatever size */
#define BAD_ADDRESS	NON_CANONICAL		/* no address of a guest's, for whatever use */

#define FLAT_CS		0xe033
#define FLAT_CS_32	0xe023
#define FLAT_DS		0xe02b
#define FLAT_USER_CODE	FLAT_CS
#define FLAT_USER_DATA	FLAT_DS

#define R(name)		r ## name	/* a register of the word's size: R(ip), R(flags) */
#define WORD_HAS_64_BITS 1
#define OF_WORD		"q"	/* suffix of instructions */
#define TABLE_FLAGS(level) PTE_RW	/* of an entry that names a table, by the entry's level */
#define PIN_ROOT	MMUEXT_PIN_L4_TABLE
#define ROOT_TO_CR3(mfn) ((mfn) << 12)
#define CALLBACK_AT(at)	((word)(at))
#define WC_SEC_HI	wc_sec_hi	/* where it is in shared_info */

/* What handle_trap() is given, lowest address first. */
struct regs {
	word r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	word vector, error;
	word rip, cs, rflags, rsp, ss;	/* cs: saved upcall mask in its upper half */
};
#define REGS_CS(r)	((u16)(r)->cs)
#define REGS_MASK(r)	((u8)((r)->cs >> 32))

/* The iret hypercall's frame, and behind it two arguments for what is entered. */
struct iret_frame {
	word rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
	word arg2, arg1;
};

struct context {
	word pc, sp, saved[6];
};

static inline long hypercall(unsigned int nr, word a, word b, word c, word d, word e)
{
	register word r10 asm("r10") = d, r8 asm("r8") = e;
	long rc;

	asm volatile ("syscall"
		      : "=a" (rc), "+D" (a), "+S" (b), "+d" (c), "+r" (r10), "+r" (r8)
		      : "0" ((word)nr) : "rcx", "r11", "r9", "memory");
	return rc;
}

/* A number of 64 bits as arguments of a hypercall: one, or two of 32 bits. */
#define U64_ARGS(x)	(word)(x)
#endif
#endif
