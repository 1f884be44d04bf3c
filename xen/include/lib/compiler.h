/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the code expects of the compiler: attributes, branch hints, accesses
 * that must happen exactly once, and sizes known at compile time.
 */
#ifndef XEN_LIB_COMPILER_H
#define XEN_LIB_COMPILER_H

#include <stddef.h>

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define __packed	__attribute__((__packed__))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define __section(s)	__attribute__((__section__(s)))
#define __used		__attribute__((__used__))
#define __unused	__attribute__((__unused__))
#define __weak		__attribute__((__weak__))
#define __cold		__attribute__((__cold__))
#define __pure		__attribute__((__pure__))
#define __must_check	__attribute__((__warn_unused_result__))
#define __printf(f, a)	__attribute__((__format__(printf, f, a)))
#define noreturn	__attribute__((__noreturn__))
#define noinline	__attribute__((__noinline__))
#ifndef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#endif
#define fallthrough	__attribute__((__fallthrough__))

/* Code and data needed only until the idle loop starts. */
#define __init		__section(".init.text") __cold
#define __initdata	__section(".init.data")
#define __initconst	__section(".init.rodata")

/* Written only while booting, mapped read-only afterwards. */
#define __ro_after_init	__section(".data.ro_after_init")

/* Written rarely, read by all CPUs: kept off lines that are written often. */
#define __read_mostly	__section(".data.read_mostly")

#define compiler_barrier()	asm volatile ("" ::: "memory")

/*
 * One access, of the object's own size, neither repeated nor torn. Memory
 * that a guest can write is read with READ_ONCE and then never read again.
 */
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

#define ARRAY_SIZE(a)							\
	(sizeof(a) / sizeof((a)[0]) +					\
	 0 * sizeof(char[1 - 2 * __builtin_types_compatible_p(		\
		__typeof__(a), __typeof__(&(a)[0]))]))

#define container_of(ptr, type, member)					\
	((type *)((char *)(1 ? (ptr) : &((type *)0)->member) -		\
		  offsetof(type, member)))

#define sizeof_field(type, member)	sizeof(((type *)0)->member)

#define static_assert		_Static_assert
#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), "BUILD_BUG_ON: " #cond)

#define STRINGIFY_1(x...)	#x
#define STRINGIFY(x...)		STRINGIFY_1(x)

/* Hides a pointer's origin from the optimizer: for per-CPU address arithmetic. */
#define RELOC_HIDE(ptr, offset) ({					\
	unsigned long addr_;						\
	asm ("" : "=r" (addr_) : "0" (ptr));				\
	(__typeof__(ptr))(addr_ + (offset)); })

/* Speculation-safe index: idx when below size, else 0, without a branch. */
static inline unsigned long array_index_nospec(unsigned long idx,
					       unsigned long size)
{
	unsigned long mask = (long)(idx - size) >> (sizeof(long) * 8 - 1);

	asm ("" : "+r" (mask));
	return idx & mask;
}

#endif
