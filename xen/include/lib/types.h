/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scalar types and the distinct number types of the hypervisor.
 *
 * A machine frame number, a guest's pseudo-physical frame number and a
 * physical address are different kinds of number; the structs below make
 * the compiler refuse to mix them.
 */
#ifndef XEN_LIB_TYPES_H
#define XEN_LIB_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef u64 paddr_t;			/* machine-physical address, bytes */
typedef unsigned long vaddr_t;		/* linear (virtual) address */
typedef s64 s_time_t;			/* system time, nanoseconds since boot */

typedef struct { unsigned long v; } mfn_t;	/* machine frame number */
typedef struct { unsigned long v; } gfn_t;	/* guest pseudo-physical frame number */

#define MFN(n)		((mfn_t){ (n) })
#define GFN(n)		((gfn_t){ (n) })
#define mfn_x(m)	((m).v)
#define gfn_x(g)	((g).v)
#define INVALID_MFN	MFN(~0ul)
#define INVALID_GFN	GFN(~0ul)

static inline bool mfn_eq(mfn_t a, mfn_t b) { return a.v == b.v; }
static inline mfn_t mfn_add(mfn_t m, unsigned long n) { return MFN(m.v + n); }
static inline bool mfn_valid_number(mfn_t m) { return m.v != ~0ul; }

#endif
