/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the ring-1 kernel share beyond the library: segments, the
 * ways back that are instructions, user functions, its PAE root.
 */
#ifndef TEST_RING1_H
#define TEST_RING1_H

#include "lib.h"

/* The same as in the library, told apart by one number. */
#define EXPECT_OF(of, expr, value)	EXPECT_EQ_OF(expr, value, "%#lx", (word)(of))
#define LO(x)				((u32)(u64)(x))
#define HI(x)				((u32)((u64)(x) >> 32))
#define FROM_USER(r)			((r)->cs & 2)

/* --- segments (segments.c) --- */

#define DESC(lo, hi)	((u64)(hi) << 32 | (u32)(lo))
/* All of the 4 GiB, from a base on; in bytes, with a limit below 1 MiB. */
#define BASED(access, base) \
	DESC((u32)(base) << 16 | 0xffff, ((u32)(base) & 0xff000000) | 0x00cf0000u | (access) << 8 | ((u32)(base) >> 16 & 0xff))
#define FLAT(access)	BASED(access, 0)
#define PART(access, base, limit)							\
	DESC((u32)(base) << 16 | ((limit) & 0xffff), ((u32)(base) & 0xff000000) | 0x00400000u |	\
	     ((limit) & 0xf0000) | (access) << 8 | ((u32)(base) >> 16 & 0xff))
extern u64 *gdt;		/* one page of descriptors, in force after use_gdt() */
void use_gdt(void);
long put(unsigned int n, u64 descriptor);

/* --- user mode and returns (user.c) --- */

struct returned { word eip, cs, eflags, esp, ss; };	/* what IRET takes */
struct returned_by_call { word eax; struct returned f; word es, ds, fs, gs; };

/* By the instruction, which the hypervisor does not see, and by its hypercall: with that as the top of the stack. */
static inline __attribute__((noreturn)) void iret_to(const struct returned *f)
{
	asm volatile ("movl %0, %%esp; iret" : : "r" (f) : "memory");
	__builtin_unreachable();
}
static inline __attribute__((noreturn)) void iret_hypercall(const void *frame)
{
	asm volatile ("movl %0, %%esp; int $0x82" : : "r" (frame), "a" (__HYPERVISOR_iret) : "memory");
	__builtin_unreachable();
}
/* fn(arg) in ring 3; its result, or -1 with a trap caught (else trap.vector is NO_TRAP). */
word user(word (*fn)(word), word arg);
word user_at(struct returned f);
word user_sysenter(word), user_syscall(word);	/* calls 0x5e5e, with the stack pointer in ebp, and 0x5c5c */

/* --- page tables (tables.c) --- */

#define ROOT		((u64 *)si->pt_base)
#define TABLE_IN(slot)	((u64 *)pfn_to_virt(M2P[PTE_FRAME(ROOT[slot])]))	/* the page directory in a slot of the root */
u64 *walk_l1(word va);			/* the entry, by its read-only mapping */

#endif
