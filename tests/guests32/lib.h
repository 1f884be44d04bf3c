/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ring-1 test guest offers its checks: hypercalls, traps that are
 * caught, user mode, page tables, text. One vcpu runs checks; nothing here is
 * for two at once.
 */
#ifndef TEST32_LIB_H
#define TEST32_LIB_H

#include "arch.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <public/xen.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;

#define PAGE_BYTES	4096u
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define TRAP_DE	0
#define TRAP_DB	1
#define TRAP_BP	3
#define TRAP_OF	4
#define TRAP_UD	6
#define TRAP_NM	7
#define TRAP_NP	11
#define TRAP_SS	12
#define TRAP_GP	13
#define TRAP_PF	14
#define TRAP_AC	17
#define NO_TRAP	(-1)

#define EFLAGS_CF	0x00001u
#define EFLAGS_TF	0x00100u
#define EFLAGS_IF	0x00200u
#define EFLAGS_DF	0x00400u
#define EFLAGS_IOPL	0x03000u
#define EFLAGS_NT	0x04000u
#define EFLAGS_RF	0x10000u
#define EFLAGS_VM	0x20000u
#define EFLAGS_AC	0x40000u

#define EPERM	1
#define ESRCH	3
#define EFAULT	14
#define EBUSY	16
#define EINVAL	22
#define ENOSYS	38

/* What handle_trap is given, lowest address first; esp and ss from an outer ring only. */
struct regs {
	u32 es, ds;
	u32 edi, esi, ebp, esp_below, ebx, edx, ecx, eax;
	u32 vector, error;
	u32 eip, cs, eflags, esp, ss;
};
#define FROM_USER(r)	((r)->cs & 2)
#define SAVED_MASK(r)	((u8)((r)->cs >> 16))

struct context { u32 pc, sp, saved[4]; };
int save_context(struct context *c) __attribute__((returns_twice));
void restore_context(struct context *c, int result) __attribute__((noreturn));

struct iret_frame { u32 eip, cs, eflags, esp, ss; };
void iret_to(const struct iret_frame *f) __attribute__((noreturn));
struct iret_frame_eax { u32 eax; struct iret_frame f; u32 es, ds, fs, gs; };
void iret_hypercall(const struct iret_frame_eax *f) __attribute__((noreturn));

/* --- hypercalls --- */

static inline long hypercall(u32 nr, u32 a, u32 b, u32 c, u32 d, u32 e)
{
	long rc;

	asm volatile ("int $0x82" : "=a" (rc), "+b" (a), "+c" (b), "+d" (c), "+S" (d), "+D" (e)
		      : "0" (nr) : "memory");
	return rc;
}
#define HYP(name, a, b, c, d, e) \
	hypercall(__HYPERVISOR_##name, (u32)(a), (u32)(b), (u32)(c), (u32)(d), (u32)(e))
#define LO(x)	((u32)(u64)(x))
#define HI(x)	((u32)((u64)(x) >> 32))

/* --- checks --- */

struct check { const char *name; void (*run)(void); };
#define CHECK(id)								\
	static void id(void);							\
	static const struct check check_##id					\
		__attribute__((used, section("checks"))) = { #id, id };		\
	static void id(void)
void fail(const char *file, int line, const char *what, long got, long wanted);
#define EXPECT(x) do { if (!(x)) fail(__FILE__, __LINE__, #x, 0, 1); } while (0)
#define EXPECT_EQ(a, b) do {							\
		long a_ = (long)(a), b_ = (long)(b);				\
		if (a_ != b_)							\
			fail(__FILE__, __LINE__, #a, a_, b_);			\
	} while (0)
#define EXPECT_OF(of, a, b) do {						\
		long a_ = (long)(a), b_ = (long)(b);				\
		if (a_ != b_) {							\
			printk("(%x) ", (u32)(of));				\
			fail(__FILE__, __LINE__, #a, a_, b_);			\
		}								\
	} while (0)
void printk(const char *fmt, ...);

/* --- traps --- */

/* The last trap that was caught. */
extern struct caught { s32 vector; u32 error, cr2, eip, cs, eflags, esp, ss; u8 mask; } trap;
extern struct context *volatile catching;
/* Runs the statement; the vector of the trap that ended it, or NO_TRAP. */
#define TRY(stmt) ({								\
		struct context c_;						\
		trap.vector = NO_TRAP;						\
		if (!save_context(&c_)) {					\
			catching = &c_;						\
			asm volatile ("" ::: "memory");				\
			stmt;							\
		}								\
		asm volatile ("" ::: "memory");					\
		catching = NULL;						\
		trap.vector;							\
	})
/* Called first for each trap; true: handled, resume. */
extern bool (*trap_hook)(struct regs *r);
extern u32 failsafe_selectors[4];
extern struct vcpu_info *vinfo;
extern struct shared_info *shared;
extern struct start_info *si;
extern bool is_dom0;
extern u32 upcalls;
extern u8 trap_stubs[];
void default_traps(void);
void set_trap(u8 vector, u8 flags, u16 cs, u32 address);

/* Runs fn(arg) in ring 3; its result, or -1 with a trap caught. */
#define USER __attribute__((section(".user.text"), noinline, used))
#define USER_DATA __attribute__((section(".user.data"), used))
u32 run_user(u32 (*fn)(u32), u32 arg);
u32 run_user_at(struct iret_frame f);
extern u8 user_stack[], kernel_stack[], boot_stack[], vcpu_stack[];

/* --- memory --- */

void *alloc_page(void);
u32 pfn_of(const volatile void *va);
u64 virt_to_mfn(const volatile void *va);
u64 pte_of(u64 mfn, u32 flags);
#define PTE_P	1u
#define PTE_RW	2u
#define PTE_US	4u
#define PTE_A	0x20u
#define PTE_D	0x40u
#define PTE_RWX	(PTE_P | PTE_RW | PTE_A | PTE_D)
long map_va(volatile void *va, u64 pte);
long make_readonly(volatile void *va);
long make_writable(volatile void *va);
long mmu_update_one(u64 ptr, u64 val);
long mmuext(u32 cmd, u32 arg1, u32 arg2);
u64 *walk_l1(u32 va);			/* the entry, by its read-only mapping */
extern u64 *root;
#define L2_OF(i)	((u64 *)pfn_to_virt(m2p(root[i] >> 12 & 0xffffff)))
void *pfn_to_virt(u32 pfn);
u32 m2p(u64 mfn);

void *memset(void *d, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);
int memcmp(const void *a, const void *b, size_t n);
int strncmp(const char *a, const char *b, size_t n);
void shut_down(u32 reason) __attribute__((noreturn));
void lib_main(struct start_info *info) __attribute__((noreturn));
void maybe_die(void);			/* deaths.c: when the command line says so */
void vcpu_main(u32 arg) __attribute__((noreturn));

#endif
