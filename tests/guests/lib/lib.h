/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The library of the test guests: checks and their results, console, traps
 * that are expected and caught, page tables, events, secondary vcpus, other
 * domains. A guest is a file of CHECK()s, linked with this.
 */
#ifndef TEST_LIB_H
#define TEST_LIB_H

#include "arch.h"
#include <public/xen.h>
#include <public/callback.h>
#include <public/domctl.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/nmi.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/arch-x86/xen-mca.h>
#include <public/sched.h>
#include <public/sysctl.h>
#include <public/features.h>
#include <public/vcpu.h>
#include <public/version.h>

/* The hypercalls return these, negated. */
enum {
	EPERM = 1, ENOENT = 2, ESRCH = 3, E2BIG = 7, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14,
	EBUSY = 16, EEXIST = 17, ENODEV = 19, EINVAL = 22, ENOSPC = 28, ERANGE = 34, ENOSYS = 38,
	ENODATA = 61, ETIME = 62, EOVERFLOW = 75, EOPNOTSUPP = 95, ENXIO = 6,
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PRINTF(a, b)	__attribute__((format(printf, a, b)))
#define noinline	__attribute__((noinline))
/* One access, whatever the compiler thinks of the address. */
#define PEEK(type, at) ({ volatile type *p_; asm volatile ("" : "=r" (p_) : "0" (at)); *p_; })
#define POKE(type, at, v) ({ volatile type *p_; asm volatile ("" : "=r" (p_) : "0" (at)); *p_ = (v); })
#define READ_ONCE(x)	(*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

/* --- checks (main.c) --- */

/* In which kind of domain a check runs. */
#define IN_DOM0		1
#define IN_DOMU		2

struct check {
	const char *name;
	void (*run)(void);
	unsigned int where;
};
#define CHECK_IN(fn, in)							\
	static void fn(void);							\
	static const struct check check_##fn					\
		__attribute__((section("checks"), used, aligned(sizeof(word)))) = { #fn, fn, in };	\
	static void fn(void)
#define CHECK(fn)	CHECK_IN(fn, IN_DOM0 | IN_DOMU)
#define CHECK_DOM0(fn)	CHECK_IN(fn, IN_DOM0)
#define CHECK_DOMU(fn)	CHECK_IN(fn, IN_DOMU)

/* The running check has failed; the first reason is printed, or all with "verbose" on the command line. It goes on. */
void fail(const char *why, ...) PRINTF(1, 2);
/* Nothing to check on this machine: counted as passed, with the reason. */
void skip(const char *why);
bool has_failed(void);

#define EXPECT(cond)							\
	do {								\
		if (!(cond))						\
			fail("line %d: %s", __LINE__, #cond);		\
	} while (0)
/* Numbers narrower than 64 bits are taken as the word's signed ones: -EINVAL is equal in all of them. */
#define AS_SIGNED(x)	(sizeof(x) <= sizeof(long) ? (s64)(long)(x) : (s64)(x))
#define EXPECT_EQ(expr, value)						\
	do {								\
		s64 got_ = AS_SIGNED(expr), want_ = AS_SIGNED(value);	\
		if (got_ != want_)					\
			fail("line %d: %s is %lld (%#llx), not %lld", __LINE__, #expr, \
			     (long long)got_, (long long)got_, (long long)want_); \
	} while (0)
/* The same, with something to tell cases of a loop apart. */
#define EXPECT_EQ_OF(expr, value, fmt, args...)				\
	do {								\
		s64 got_ = AS_SIGNED(expr), want_ = AS_SIGNED(value);	\
		if (got_ != want_)					\
			fail("line %d: %s is %lld (%#llx), not %lld; " fmt, __LINE__, #expr, \
			     (long long)got_, (long long)got_, (long long)want_, args); \
	} while (0)

/* A guest that is more than its checks. */
extern void guest_main(void) __attribute__((weak));	/* instead of the checks, by command line "serve" */

extern struct start_info *si;
extern struct shared_info *shared;
extern bool is_dom0;
extern unsigned long passed, failed;
extern word boot_sp;			/* the stack pointer at the entry point; in ring 1, the data segment too */
extern u16 boot_ds;
bool has_argument(const char *word);		/* is it on the command line? */
unsigned long number_argument(const char *name, unsigned long otherwise);	/* NAME=NUMBER */
__attribute__((noreturn)) void shut_down(unsigned int reason);

/* --- text (text.c) --- */

void printk(const char *fmt, ...) PRINTF(1, 2);
int format(char *buf, size_t size, const char *fmt, __builtin_va_list args);
void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
bool is_filled(const void *p, u8 with, size_t n);

/* --- traps (traps.c) --- */

struct trap {
	int vector;		/* NO_TRAP: none came */
	word error, cr2;
	struct regs regs;
};
#define NO_TRAP (-1)
extern struct trap trap;	/* the last one that TRY or run_user caught */
extern word failsafe_selectors[4];	/* ds, es, fs, gs of the last failsafe callback */
extern bool plain_returns;	/* a guest in ring 1 may set it: traps return by IRET, as 32-bit Linux does */

int save_context(struct context *c) __attribute__((returns_twice));
void restore_context(struct context *c, word value) __attribute__((noreturn));
extern struct context catch_context;
extern volatile bool catching;

/* Run some statements; the value is the vector of the trap that ended them, or NO_TRAP. */
#define TRY(code...)					\
	({						\
		trap.vector = NO_TRAP;			\
		if (!save_context(&catch_context)) {	\
			catching = true;		\
			barrier();			\
			code;				\
			barrier();			\
		}					\
		catching = false;			\
		trap.vector;				\
	})

/* Sees every trap first; true: dealt with, go on. */
extern bool (*trap_hook)(struct regs *r);
void default_traps(void);	/* trap table and callbacks as the library wants them */
void set_trap(u8 vector, u8 flags, word address);
extern u8 trap_stubs[], event_callback[], failsafe_callback[], syscall_callback[], nmi_callback[],
	sysenter_callback[], syscall32_callback[], user_return[], hypercall_page[];

/* Enter a frame that do_iret_frame takes, and return how it ended: a vector, or NO_TRAP never. */
int enter_frame(struct iret_frame *f);
/* fn(arg) in user mode: VEC_SYSCALL, and *result what it returned, or the trap that stopped it. */
int run_user(word (*fn)(word), word arg, word *result);
int run_user_flags(word (*fn)(word), word arg, word eflags, word *result);
void do_iret_frame(struct iret_frame *f) __attribute__((noreturn));
extern u8 boot_stack[], kernel_stack[], user_stack[], vcpu_stacks[];
unsigned int this_vcpu(void);

/* --- memory (mm.c) --- */

#define PTE_P		0x001ull
#define PTE_W		0x002ull
#define PTE_U		0x004ull
#define PTE_PWT		0x008ull
#define PTE_PCD		0x010ull
#define PTE_A		0x020ull
#define PTE_D		0x040ull
#define PTE_PSE		0x080ull
#define PTE_G		0x100ull
#define PTE_NX		(1ull << 63)
#define PTE_ADDR	0x000ffffffffff000ull
#define PTE_RW		(PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define PTE_RO		(PTE_P | PTE_U | PTE_A)
#define PTE(mfn, flags)	((u64)(mfn) << 12 | (flags))
#define PTE_FRAME(e)	(((e) & PTE_ADDR) >> 12)

extern xen_pfn_t *p2m;		/* machine frame of each pfn */
extern unsigned long nr_pfns;

void *alloc_page(void);		/* zeroed, mapped writable in the direct map only; never fails */
void free_page(void *page);	/* must be mapped writable and be nothing else */
unsigned long pages_left(void);
void *pfn_to_virt(unsigned long pfn);
unsigned long virt_to_pfn(const void *va);	/* of the image or the direct map */
u64 virt_to_mfn(const void *va);
/* An entry that is not there yet, as kernels write it: where that takes two stores, the half that makes it present last. */
static inline void write_new_entry(volatile u64 *at, u64 v)
{
	if (!WORD_HAS_64_BITS)
		((volatile u32 *)at)[1] = v >> 32;
	*(volatile word *)at = v;
}

u64 pte_of(const void *va);		/* level-1 entry of an address, 0 if there is none */
u64 pte_address(const void *va, unsigned int level);	/* machine address of an entry; 0 if there is none */
u64 entry_of(const void *va, unsigned int level);
void *table_of(const void *va, unsigned int level);	/* that table, where it can be read */
long set_pte(const void *va, u64 pte);			/* update_va_mapping, with a flush */
long mmu_update_one(u64 ptr, u64 val);			/* own domain */
long mmuext(unsigned int cmd, u64 arg1, u64 arg2);	/* one operation on the own domain */
void make_readonly(void *page);		/* a page of the direct map; a failure fails the check */
void make_writable(void *page);
/* An address in the window whose tables are there and whose entry is not; n-th of 512. */
void *window(unsigned int n);
extern u64 kernel_root, user_root;	/* machine frames */
void use_user_root(void);		/* give this vcpu a user root with the kernel's mappings */
/* m2p of the hypervisor */
#define M2P ((const volatile word *)M2P_BASE)
void mm_init(void);
extern u8 shared_page[];

/* --- hypercalls by name --- */

#define HYP(n, a, b, c, d, e) hypercall(__HYPERVISOR_##n, (word)(a), (word)(b), (word)(c), (word)(d), (word)(e))
#define memory_op(cmd, arg)		HYP(memory_op, cmd, arg, 0, 0, 0)
#define event_op(cmd, arg)		HYP(event_channel_op, cmd, arg, 0, 0, 0)
#define sched_op(cmd, arg)		HYP(sched_op, cmd, arg, 0, 0, 0)
#define vcpu_op(cmd, id, arg)		HYP(vcpu_op, cmd, id, arg, 0, 0)
#define grant_op(cmd, arg, n)		HYP(grant_table_op, cmd, arg, n, 0, 0)
#define physdev_op(cmd, arg)		HYP(physdev_op, cmd, arg, 0, 0, 0)
/* With as many arguments as there are; U64_ARGS() is one or two of them. */
#define CALL_PADDED(nr, a, b, c, d, e, more...)	\
	hypercall(nr, (word)(a), (word)(b), (word)(c), (word)(d), (word)(e))
#define CALL_NR(args...)	CALL_PADDED(args)
#define CALL(n, args...)	CALL_NR(__HYPERVISOR_##n, args, 0, 0, 0, 0, 0)
static inline long update_va_mapping(word va, u64 pte, word flags)
{
	return CALL(update_va_mapping, va, U64_ARGS(pte), flags);
}
#define update_va(va, pte, flags)	update_va_mapping((word)(va), pte, flags)
static inline long update_va_of(const void *va, u64 pte, word flags, domid_t owner)
{
	return CALL(update_va_mapping_otherdomain, va, U64_ARGS(pte), flags, owner);
}
static inline long set_timer(u64 at)
{
	return CALL(set_timer_op, U64_ARGS(at));
}
static inline long update_descriptor(u64 at, u64 descriptor)
{
	return CALL(update_descriptor, U64_ARGS(at), U64_ARGS(descriptor));
}

/* --- time and events (events.c) --- */

u64 now(void);				/* system time, ns */
void sleep_ns(u64 ns);			/* by SCHEDOP_poll */
void yield(void);
void events_on(void);
void events_off(void);
extern volatile unsigned int event_count[1024];	/* upcalls for each port */
extern void (*upcall_hook)(struct regs *r);	/* instead of counting */
void handle_upcall(struct regs *r);
bool wait_count(unsigned int port, unsigned int count, u64 ns);	/* until event_count reaches it */
struct vcpu_info *vcpu_info(unsigned int vcpu);
extern struct vcpu_info *moved_info[MAX_VCPUS];	/* registered elsewhere */
long bind_virq(unsigned int virq, unsigned int vcpu);	/* port, or error */
long bind_ipi(unsigned int vcpu);
long close_port(unsigned int port);
void mask_port(unsigned int port);
void unmask_port(unsigned int port);

/* --- secondary vcpus (events.c) --- */

long vcpu_up(unsigned int vcpu, void (*fn)(unsigned int vcpu));	/* initialise it, if need be, and start */
unsigned int nr_vcpus(void);
void fill_context(struct vcpu_guest_context *c, unsigned int vcpu, void (*fn)(unsigned int vcpu));

/* --- grants (grants.c) --- */

extern struct grant_entry_v1 *grants;		/* the own table's first frame, */
extern union grant_entry_v2 *grants2;		/* in the version that was set up last */
extern volatile u16 *grant_status;
void grants_init(unsigned int version);
void grant_access(u32 ref, domid_t to, u64 mfn, u16 flags);	/* version 1 */
bool grant_end(u32 ref);			/* false: still in use */
int grant_map(domid_t from, u32 ref, u64 at, u32 flags, u32 *handle);	/* a status, or the call's error */
int grant_unmap(u64 at, u32 handle);
domid_t own_id(void);			/* a guest is not told; its event channels know */

/* --- other domains (domain.c); dom0 only --- */

struct mailbox {
	volatile u32 request, done;	/* numbers of the last one asked for and answered */
	volatile u32 passed, failed;
	word nr, arg[5];
	volatile long result;
	volatile u32 counter;		/* free for tests */
};
extern struct mailbox mailbox;

struct guest {
	domid_t id;
	unsigned long nr_pages;
	xen_pfn_t *mfns;		/* its frames, by pfn */
	unsigned int list;
	struct mailbox *mailbox;	/* mapped here */
	struct shared_info *shared;
	u64 shared_mfn;
	word start_info;		/* its address there */
};
long domctl(struct xen_domctl *op, unsigned int cmd, domid_t domain);
long sysctl(struct xen_sysctl *op, unsigned int cmd);
u64 free_pages(void);			/* of the host */
void audit(void);			/* the hypervisor counts all frames again; the runner looks for what it says */
/* Same image as this one, its own command line; paused. 0 or an error; undone then. */
long guest_create(struct guest *g, const char *cmdline, unsigned long nr_pages, unsigned int vcpus);
void guest_set_cmdline(struct guest *g, const char *cmdline);	/* before it runs */
long guest_unpause(struct guest *g);
int guest_wait(struct guest *g, u64 ns);	/* its shutdown reason, or -1 when it took too long */
long guest_destroy(struct guest *g);		/* unmaps, destroys, forgets */
bool guest_exists(const struct guest *g, unsigned int flags);	/* is listed, with these XEN_DOMINF_* flags */
void guest_unmap(struct guest *g);		/* only what dom0 has mapped of it */
/* A served guest ("serve" on its command line) makes a hypercall for us. */
long remote(struct guest *g, unsigned int nr, word a, word b, word c, word d, word e);
long remote_update_va(struct guest *g, word va, u64 pte, word flags);
/* Copy to and from its memory, by an address of its image or direct map. */
void guest_write(struct guest *g, word va, const void *src, size_t n);
void guest_read(struct guest *g, word va, void *dst, size_t n);
void *map_frame(domid_t id, u64 mfn, bool writable);	/* or NULL; of DOMID_SELF, DOMID_IO or another */
void unmap_frame(void *p);
void serve(void);				/* the guest's side */
void wait_for_free_pages(u64 pages);		/* some time for deferred freeing */

#endif
