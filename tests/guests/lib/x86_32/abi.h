/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test guest in ring 1: where it is mapped, what its frames look like, how
 * it issues hypercalls. Usable from assembly. ../x86_64/abi.h has the same names.
 */
#ifndef TEST_ABI_H
#define TEST_ABI_H

#define ABI_NAME	"x86_32p"
#ifndef LINKED_AT
#define LINKED_AT	0xc0000000
#endif
#ifdef __ASSEMBLY__
#define VIRT_BASE	LINKED_AT
#define FLAT_USER_DATA	0xe033
#else
#define VIRT_BASE	((word)LINKED_AT)
#endif

#define VEC_SYSCALL	0x80		/* how a user function ends: an int gate */

#ifndef __ASSEMBLY__
#define PT_LEVELS	3
#define DIRECT_MAP	0xd0000000ul	/* all of the guest's frames, by pfn */
#define WINDOW		0xe0000000ul	/* other mappings that a test makes */
#define M2P_BASE	HYPERVISOR_LOW
#define HYPERVISOR_LOW	0xf5800000ul
#define HYPERVISOR_HIGH	0xfffff000ul
#define HYPERVISOR_HOLE	0xff000000ul	/* of the hypervisor's, where there is nothing */
/* What may not be read or written, of whatever size; no check keeps a guest of 32 bits off the rest. */
#define BAD_POINTER	0xfffffffcul
#define BAD_ADDRESS	HYPERVISOR_HOLE		/* no address of a guest's, for whatever use */

#define FLAT_CS		FLAT_RING1_CS
#define FLAT_DS		FLAT_RING1_DS
#define FLAT_CS_32	FLAT_RING3_CS
#define FLAT_USER_CODE	FLAT_RING3_CS
#define FLAT_USER_DATA	FLAT_RING3_DS

#define R(name)		e ## name	/* a register of the word's size: R(ip), R(flags) */
#define WORD_HAS_64_BITS 0
#define OF_WORD		"l"	/* suffix of instructions */
#define TABLE_FLAGS(level) ((level) == 3 ? PTE_P : PTE_RW)	/* of an entry that names a table, by the entry's level */
#define PIN_ROOT	MMUEXT_PIN_L3_TABLE
#define ROOT_TO_CR3(mfn) xen_pfn_to_cr3(mfn)
#define CALLBACK_AT(at)	((xen_callback_t){ FLAT_RING1_CS, (word)(at) })
#define WC_SEC_HI	arch.wc_sec_hi	/* where it is in shared_info */

/* What handle_trap() is given, lowest address first; esp and ss are there if it came from ring 3. */
struct regs {
	word es, ds;
	word edi, esi, ebp, esp_here, ebx, edx, ecx, eax;
	word vector, error;
	word eip, cs, eflags, esp, ss;	/* cs: saved upcall mask in its upper half */
};
#define REGS_CS(r)	((u16)(r)->cs)
#define REGS_MASK(r)	((u8)((r)->cs >> 16))

/* The iret hypercall's frame, and behind it two arguments for what is entered: in eax and edx. */
struct iret_frame {
	word eax, eip, cs, eflags, esp, ss;
	word vm86[4];
	word arg2, arg1;
};

struct context {
	word pc, sp, saved[4];
};

static inline long hypercall(unsigned int nr, word a, word b, word c, word d, word e)
{
	long rc;

	asm volatile ("int $0x82" : "=a" (rc), "+b" (a), "+c" (b), "+d" (c), "+S" (d), "+D" (e)
		      : "0" (nr) : "memory");
	return rc;
}

/* A number of 64 bits as arguments of a hypercall: one, or two of 32 bits. */
#define U64_ARGS(x)	(word)(x), (word)((u64)(x) >> 32)
#endif
#endif
