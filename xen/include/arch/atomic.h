/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Atomic read-modify-write operations. All of them are full barriers, except
 * atomic_read and atomic_set, which order nothing. The generic forms work on
 * any 1, 2, 4 or 8 byte object, guest-shared memory included.
 */
#ifndef XEN_ARCH_ATOMIC_H
#define XEN_ARCH_ATOMIC_H

#include <lib/compiler.h>
#include <lib/types.h>

/* Store v, return what was there. */
#define xchg(ptr, v)	__atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)

/* Store new if *ptr equals old; returns what was there before, so equal to
 * old on success. */
#define cmpxchg(ptr, old, new) ({					\
	__typeof__(*(ptr)) cmpxchg_old_ = (old);			\
	__atomic_compare_exchange_n(ptr, &cmpxchg_old_, new, false,	\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);\
	cmpxchg_old_; })

/* As cmpxchg, but true on success, and *oldp takes the value seen on failure. */
#define try_cmpxchg(ptr, oldp, new)					\
	__atomic_compare_exchange_n(ptr, oldp, new, false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

/* Return the value before. */
#define fetch_add(ptr, v)	__atomic_fetch_add(ptr, v, __ATOMIC_SEQ_CST)
#define fetch_sub(ptr, v)	__atomic_fetch_sub(ptr, v, __ATOMIC_SEQ_CST)
#define fetch_or(ptr, v)	__atomic_fetch_or(ptr, v, __ATOMIC_SEQ_CST)
#define fetch_and(ptr, v)	__atomic_fetch_and(ptr, v, __ATOMIC_SEQ_CST)

/* Load that no later access passes; store that no earlier access passes. */
#define load_acquire(ptr)	__atomic_load_n(ptr, __ATOMIC_ACQUIRE)
#define store_release(ptr, v)	__atomic_store_n(ptr, v, __ATOMIC_RELEASE)

typedef struct { int counter; } atomic_t;
#define ATOMIC_INIT(n)	{ (n) }

static inline int atomic_read(const atomic_t *a)
{
	return READ_ONCE(a->counter);
}
static inline void atomic_set(atomic_t *a, int v)
{
	WRITE_ONCE(a->counter, v);
}
/* These return the value after. */
static inline int atomic_add_return(int n, atomic_t *a)
{
	return __atomic_add_fetch(&a->counter, n, __ATOMIC_SEQ_CST);
}
static inline int atomic_sub_return(int n, atomic_t *a)
{
	return __atomic_sub_fetch(&a->counter, n, __ATOMIC_SEQ_CST);
}
static inline int atomic_inc_return(atomic_t *a) { return atomic_add_return(1, a); }
static inline int atomic_dec_return(atomic_t *a) { return atomic_sub_return(1, a); }
static inline void atomic_add(int n, atomic_t *a) { atomic_add_return(n, a); }
static inline void atomic_sub(int n, atomic_t *a) { atomic_sub_return(n, a); }
static inline void atomic_inc(atomic_t *a) { atomic_add_return(1, a); }
static inline void atomic_dec(atomic_t *a) { atomic_sub_return(1, a); }
/* True when the result is zero. */
static inline bool atomic_dec_and_test(atomic_t *a) { return atomic_dec_return(a) == 0; }
/* Add n unless the value is u; false when it was. */
static inline bool atomic_add_unless(atomic_t *a, int n, int u)
{
	int old = atomic_read(a);

	while (old != u)
		if (try_cmpxchg(&a->counter, &old, old + n))
			return true;
	return false;
}

#endif
