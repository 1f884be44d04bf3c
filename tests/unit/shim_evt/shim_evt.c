// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor around events and grants, as far as their tests need it: see the header. */
#include "shim_evt.h"

#include <arch/cpufeature.h>
#include <arch/tlb.h>
#include <common/console.h>
#include <common/event.h>
#include <common/grant.h>
#include <common/guest_access.h>
#include <common/irq.h>
#include <common/keyhandler.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/softirq.h>
#include <lib/minmax.h>
#include <pv/mm.h>

void *mmap(void *addr, size_t length, int prot, int flags, int fd, long offset);
#define MMAP(bytes, extra) mmap(NULL, bytes, 3, 0x22 | (extra), -1, 0)	/* private, anonymous */
#define MMAP_32BIT	0x40

unsigned long shim_directmap, shim_frame_table;
unsigned long max_page = SHIM_FRAMES, total_pages = SHIM_FRAMES;
paddr_t image_phys_start;
struct vcpu *shim_current;
bool shim_irqs_on = true;
struct cpu_data boot_cpu;
struct domain *dom0, *dom_xen, *dom_io, *idle_domain;
cpumask_t cpu_online_mask;
void (*console_input_notify)(void), (*console_ring_notify)(void);

int shim_failures;
static int total_failures;
u32 shim_fail_alloc, shim_fail_copy, shim_preempt_after, shim_preempt_each, shim_continuations;
bool shim_continue_pending;
u32 shim_flushes, shim_kicks, shim_schedules, shim_pirq_bound;
s64 shim_timer_set = -1;
int shim_pirq_bind_result;
void (*shim_key[128])(unsigned char key);
void (*shim_domain_final)(struct domain *d);

static u32 free_list[SHIM_FRAMES], nr_free, objects, spin_held, write_held;
static unsigned long gpfn_of[SHIM_FRAMES];

static void die(const char *why)
{
	printf("shim: %s\n", why);
	abort();
}

/* --- locks: one thread, so whatever is taken twice would hang --- */

void spin_lock(spinlock_t *l)
{
	if (l->both)
		die("spin lock taken twice");
	l->both = 1;
	spin_held++;
}
void spin_unlock(spinlock_t *l)
{
	if (!l->both)
		die("spin lock not held");
	l->both = 0;
	spin_held--;
}
void spin_barrier(spinlock_t *l)
{
	if (l->both)
		die("waiting for a lock that this thread holds");
}
void read_lock(rwlock_t *l)
{
	if (l->count & RWLOCK_WRITER)
		die("read lock while written");
	l->count++;
}
void read_unlock(rwlock_t *l)
{
	if (!l->count || (l->count & RWLOCK_WRITER))
		die("read lock not held");
	l->count--;
}
void write_lock(rwlock_t *l)
{
	if (l->count)
		die("write lock while held");
	l->count = RWLOCK_WRITER;
	write_held++;
}
void write_unlock(rwlock_t *l)
{
	if (l->count != RWLOCK_WRITER)
		die("write lock not held");
	l->count = 0;
	write_held--;
}
bool shim_locks_free(void)
{
	return !spin_held && !write_held && shim_irqs_on;
}

/* --- frames --- */

static bool allocation_fails(void)
{
	return shim_fail_alloc && !--shim_fail_alloc;
}

static struct page_info *take_frame(void)
{
	struct page_info *pg;

	if (allocation_fails() || !nr_free)
		return NULL;
	pg = mfn_to_page(MFN(free_list[--nr_free]));
	memset(mfn_to_virt(page_to_mfn(pg)), 0, PAGE_SIZE);
	return pg;
}
static void give_frame(struct page_info *pg)
{
	if (nr_free == SHIM_FRAMES)
		die("frame freed twice");
	pg->owner = 0;
	pg->count_info = PGC_ram;
	pg->type_info = 0;
	memset(mfn_to_virt(page_to_mfn(pg)), 0xdd, PAGE_SIZE);
	free_list[nr_free++] = mfn_x(page_to_mfn(pg));
}

void *alloc_xenheap_pages(unsigned int order, u32 memflags)
{
	struct page_info *pg = order ? NULL : take_frame();

	(void)memflags;
	return pg ? page_to_virt(pg) : NULL;
}
void free_xenheap_pages(void *v, unsigned int order)
{
	if (order)
		die("order");
	give_frame(virt_to_page(v));
}
void *xzalloc_bytes(size_t bytes)
{
	if (allocation_fails())
		return NULL;
	objects++;
	return calloc(1, bytes);
}
void *xzalloc_array_bytes(size_t size, size_t n)
{
	return xzalloc_bytes(size * n);
}
void xfree(void *p)
{
	objects -= p != NULL;
	free(p);
}
u32 shim_objects(void) { return objects; }
u32 shim_free_frames(void) { return nr_free; }

static void account(struct domain *d, int pages, int heap)
{
	bool was = d->tot_pages || d->xenheap_pages, is;

	d->tot_pages += pages;
	d->xenheap_pages += heap;
	is = d->tot_pages || d->xenheap_pages;
	if (is && !was)
		d->refcount++;
	else if (was && !is)
		put_domain(d);
}

void free_frame(struct page_info *pg)
{
	struct domain *d = page_owner(pg);
	bool heap = pg->count_info & PGC_xen_heap;

	if ((pg->type_info & PGT_count_mask) && !heap)
		die("frame freed with a type reference");
	give_frame(pg);
	if (d)
		account(d, heap ? 0 : -1, heap ? -1 : 0);
}
void free_domheap_pages(struct page_info *pg, unsigned int order)
{
	(void)order;
	if (pg->count_info & PGC_count_mask)
		die("frame freed with references");
	give_frame(pg);
}
struct page_info *get_page_from_mfn(mfn_t m, const struct domain *d)
{
	struct page_info *pg = mfn_to_page_checked(m);

	return pg && get_page(pg, d) ? pg : NULL;
}
struct domain *page_get_owner_and_reference(struct page_info *pg)
{
	struct domain *d = page_owner(pg);

	return d && get_page(pg, d) ? d : NULL;
}
void share_xen_page_with_guest(struct page_info *pg, struct domain *d, bool writable)
{
	(void)writable;
	pg->type_info = PGT_writable | PGT_validated | 1;
	page_set_owner(pg, d);
	pg->count_info = PGC_ram | PGC_xen_heap | PGC_allocated | 1;
	account(d, 0, 1);
}
void unshare_xen_page(struct page_info *pg)
{
	if (!(pg->count_info & PGC_allocated))
		die("unshared twice");
	pg->count_info &= ~PGC_allocated;
	pg->type_info--;
	put_page(pg);
}
int assign_page(struct page_info *pg, struct domain *d, u32 memflags)
{
	(void)memflags;
	if (d->is_dying)
		return -EINVAL;
	if (d->tot_pages >= d->max_pages)
		return -E2BIG;
	page_set_owner(pg, d);
	pg->type_info = PGT_writable | PGT_validated;
	pg->count_info = PGC_ram | PGC_allocated | 1;
	account(d, 1, 0);
	return 0;
}
int steal_page(struct domain *d, struct page_info *pg, u32 memflags)
{
	(void)memflags;
	if (page_owner(pg) != d || d->is_dying || (pg->count_info & PGC_xen_heap))
		return -EINVAL;
	if ((pg->count_info & (PGC_count_mask | PGC_allocated)) != (PGC_allocated | 1))
		return -EBUSY;
	pg->count_info = PGC_ram;
	pg->owner = 0;
	account(d, -1, 0);
	return 0;
}
void set_gpfn_of(mfn_t m, unsigned long gpfn) { gpfn_of[mfn_x(m)] = gpfn; }
unsigned long get_gpfn_of(mfn_t m) { return gpfn_of[mfn_x(m)]; }

/* A frame is writable or, once a test says so, a page table. */
bool get_page_type(struct page_info *pg, u64 type)
{
	if ((pg->type_info & PGT_type_mask) != type)
		return false;
	pg->type_info++;
	return true;
}
void put_page_type(struct page_info *pg)
{
	if (!(pg->type_info & PGT_count_mask))
		die("type reference dropped twice");
	pg->type_info--;
}
bool get_page_and_type(struct page_info *pg, const struct domain *d, u64 type)
{
	if (!get_page(pg, d))
		return false;
	if (get_page_type(pg, type))
		return true;
	put_page(pg);
	return false;
}
void put_page_and_type(struct page_info *pg)
{
	put_page_type(pg);
	put_page(pg);
}

mfn_t shim_frame(struct domain *d, u8 fill)
{
	struct page_info *pg = take_frame();

	if (!pg || assign_page(pg, d, 0))
		die("no frame for a test");
	memset(page_to_virt(pg), fill, PAGE_SIZE);
	return page_to_mfn(pg);
}
void shim_drop_frame(mfn_t m)
{
	struct page_info *pg = mfn_to_page(m);

	if (!(pg->count_info & PGC_allocated))
		die("frame given up twice");
	pg->count_info &= ~PGC_allocated;
	put_page(pg);
}
u64 shim_refs(mfn_t m) { return mfn_to_page(m)->count_info & PGC_count_mask; }
u64 shim_type_refs(mfn_t m) { return mfn_to_page(m)->type_info & PGT_count_mask; }

/* --- page-table entries of grants --- */

#define MAX_PTES 4096
static struct { u64 addr, e; } ptes[MAX_PTES];

static u64 *pte_slot(u64 addr, bool make)
{
	for (u32 i = 0; i < MAX_PTES; i++)
		if (ptes[i].addr == addr)
			return &ptes[i].e;
	for (u32 i = 0; make && i < MAX_PTES; i++) {
		if (!ptes[i].addr) {
			ptes[i].addr = addr;
			return &ptes[i].e;
		}
	}
	return NULL;
}
static void pte_gone(u64 *slot)
{
	u64 *first = &ptes[0].e;

	ptes[(slot - first) / 2].addr = 0;
	*slot = 0;
}
static void put_entry(u64 e)
{
	struct page_info *pg = mfn_to_page(maddr_to_mfn(e & PTE_ADDR_MASK));

	if (e & _PAGE_RW)
		put_page_and_type(pg);
	else
		put_page(pg);
}
int create_grant_pv_mapping(u64 addr, u64 e, bool contains_pte)
{
	struct page_info *pg = mfn_to_page(maddr_to_mfn(e & PTE_ADDR_MASK));
	struct domain *owner = page_owner(pg);
	u64 *slot;

	if (!shim_locks_free())
		die("mapping made with a lock held");
	if ((contains_pte && addr % 8) || addr >= HYPERVISOR_START || !get_page(pg, owner))
		return -EINVAL;
	if ((e & _PAGE_RW) && !get_page_type(pg, PGT_writable)) {
		put_page(pg);
		return -EINVAL;
	}
	slot = pte_slot(addr, true);
	if (!slot)
		die("too many entries");
	if (*slot)
		put_entry(*slot);
	*slot = e;
	return 0;
}
int replace_grant_pv_mapping(u64 addr, u64 l1e, u64 new_addr, bool contains_pte)
{
	u64 *slot = pte_slot(addr, false), *from = new_addr ? pte_slot(new_addr, false) : NULL, old;

	if (!slot || ((*slot ^ l1e) & (PTE_ADDR_MASK | _PAGE_RW)) || (new_addr && contains_pte))
		return -EINVAL;
	old = *slot;
	if (from) {
		*slot = *from;
		pte_gone(from);
	} else {
		pte_gone(slot);
	}
	put_entry(old);
	return 0;
}
u64 shim_pte(u64 addr)
{
	u64 *slot = pte_slot(addr, false);

	return slot ? *slot : 0;
}
void shim_set_pte(u64 addr, u64 e)
{
	*pte_slot(addr, true) = e;
}
void shim_zap_pte(u64 addr)
{
	u64 *slot = pte_slot(addr, false);

	if (!slot)
		return;
	put_entry(*slot);
	pte_gone(slot);
}
u32 shim_ptes(void)
{
	u32 n = 0;

	for (u32 i = 0; i < MAX_PTES; i++)
		n += ptes[i].addr != 0;
	return n;
}

/* --- domains --- */

static struct domain *found[32];

struct domain *shim_domain(domid_t id, u32 vcpus, bool privileged, bool is_32bit)
{
	struct domain *d = alloc_xenheap_page();

	if (sizeof(*d) > PAGE_SIZE)
		die("struct domain is larger than a frame");
	d->id = id;
	d->is_privileged = privileged;
	d->is_32bit = is_32bit;
	d->refcount = 1;
	d->max_pages = SHIM_FRAMES;
	d->max_evtchn_port = ~0u;
	d->max_grant_frames = 8;
	d->max_maptrack_frames = 2;
	d->max_vcpus = vcpus;
	d->vcpu = calloc(vcpus, sizeof(*d->vcpu));
	d->shared_info = alloc_xenheap_page();
	for (u32 i = 0; i < vcpus; i++) {
		struct vcpu *v = calloc(1, sizeof(*v));

		v->id = i;
		v->domain = d;
		v->info = is_32bit ? (struct vcpu_info *)&((struct shared_info_32 *)d->shared_info)->vcpu_info[i]
				   : &d->shared_info->vcpu_info[i];
		d->vcpu[i] = v;
	}
	found[id] = d;
	return d;
}
void shim_forget_domain(struct domain *d)
{
	if (found[d->id] == d)
		found[d->id] = NULL;
}
void shim_run_as(struct domain *d, u32 vcpu) { shim_current = d->vcpu[vcpu]; }

bool get_domain(struct domain *d)
{
	if (!d->refcount)
		return false;
	d->refcount++;
	return true;
}
void put_domain(struct domain *d)
{
	if (d->refcount <= 0)
		die("domain reference dropped twice");
	if (--d->refcount)
		return;
	if (spin_held || write_held)
		die("last domain reference dropped with a lock held");
	shim_forget_domain(d);
	if (shim_domain_final)
		shim_domain_final(d);
	for (u32 i = 0; i < d->max_vcpus; i++)
		free(d->vcpu[i]);
	free(d->vcpu);
	free_xenheap_page(d->shared_info);
	free_xenheap_page(d);
}
struct domain *get_domain_by_id(domid_t id)
{
	struct domain *d = id < ARRAY_SIZE(found) ? found[id] : NULL;

	return d && get_domain(d) ? d : NULL;
}
struct domain *get_domain_self_or(domid_t id)
{
	return get_domain_by_id(id == DOMID_SELF ? current->domain->id : id);
}
int get_target_domain(domid_t id, struct domain **out)
{
	struct domain *d = get_domain_self_or(id);

	if (!d)
		return -ESRCH;
	if (d != current->domain && !current->domain->is_privileged) {
		put_domain(d);
		return -EPERM;
	}
	*out = d;
	return 0;
}
struct vcpu *domain_vcpu(const struct domain *d, u32 id)
{
	return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

/* --- guest memory, hypercalls, preemption --- */

void *shim_guest(size_t bytes)
{
	static char *arena;
	static size_t used;
	void *p;

	if (!arena)
		arena = MMAP(1 << 24, MMAP_32BIT);
	p = arena + used;
	used += ALIGN_UP(bytes, 16ul);
	if (used > 1 << 24)
		die("guest memory used up");
	return p;
}
static bool guest_fails(u64 addr)
{
	if (shim_fail_copy && !--shim_fail_copy)
		return true;
	if (spin_held || write_held)
		die("guest memory accessed with a lock held");
	return addr < PAGE_SIZE;
}
int copy_from_guest(void *dst, u64 src, size_t bytes)
{
	if (guest_fails(src))
		return -EFAULT;
	memcpy(dst, (void *)src, bytes);
	return 0;
}
int copy_to_guest(u64 dst, const void *src, size_t bytes)
{
	if (guest_fails(dst))
		return -EFAULT;
	memcpy((void *)dst, src, bytes);
	return 0;
}

bool shim_softirq_pending(void)
{
	if (spin_held || write_held)
		die("preemption with a lock held");
	if (!shim_preempt_after)
		return false;
	if (shim_preempt_after > 1) {
		shim_preempt_after--;
		return false;
	}
	return true;
}
static u64 next_call[3];
long hypercall_continue(u32 op, u32 n, ...)
{
	va_list ap;

	(void)op;
	va_start(ap, n);
	for (u32 i = 0; i < n; i++)
		next_call[i] = va_arg(ap, u64);
	va_end(ap);
	shim_continue_pending = true;
	return HYPERCALL_RESTART;
}
static void ready_to_run(void)
{
	shim_continue_pending = false;
	shim_preempt_after = shim_preempt_each;
}
static void after_call(long rc)
{
	if (!shim_locks_free())
		die("hypercall left a lock held");
	if ((rc == HYPERCALL_RESTART) != shim_continue_pending)
		die("result and continuation disagree");
	shim_continuations += shim_continue_pending;
}
long shim_grant_op(u32 cmd, void *arg, u32 count)
{
	long rc;

	next_call[0] = cmd;
	next_call[1] = (u64)arg;
	next_call[2] = count;
	do {
		ready_to_run();
		rc = do_grant_table_op(next_call[0], next_call[1], next_call[2]);
		after_call(rc);
	} while (shim_continue_pending);
	shim_preempt_after = 0;
	return rc;
}
long shim_event_op(u32 cmd, void *arg)
{
	long rc;

	next_call[0] = cmd;
	next_call[1] = (u64)arg;
	do {
		ready_to_run();
		rc = do_event_channel_op(next_call[0], next_call[1]);
		after_call(rc);
	} while (shim_continue_pending);
	shim_preempt_after = 0;
	return rc;
}

/* --- the rest --- */

void flush_tlb_mask(const cpumask_t *mask, unsigned int flags)
{
	(void)mask;
	(void)flags;
	if (!shim_locks_free())
		die("TLB flushed with a lock held");
	shim_flushes++;
}
void vcpu_unblock(struct vcpu *v)
{
	if (!(v->pause_flags & BIT(VPF_BLOCKED)))
		return;
	v->pause_flags &= ~BIT(VPF_BLOCKED);
	if (v->polling) {
		v->polling = false;
		v->poll_evtchn = 0;
		bitmap_clear_bit(v->domain->poll_mask, v->id);
	}
	shim_kicks++;
}
void smp_send_event_check_cpu(u32 cpu) { (void)cpu; shim_kicks++; }
void open_softirq(enum softirq nr, void (*handler)(void)) { (void)nr; (void)handler; }
void raise_softirq(enum softirq nr) { (void)nr; shim_schedules++; }
void timer_init(struct timer *t, void (*fn)(void *), void *data, u32 cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu };
}
void timer_set(struct timer *t, s_time_t expires)
{
	(void)t;
	shim_timer_set = expires;
}
void timer_stop(struct timer *t) { (void)t; shim_timer_set = -1; }
void timer_kill(struct timer *t) { (void)t; }
/* A test of the interrupts themselves links the real ones. */
__weak int pirq_guest_bind(struct vcpu *v, u32 pirq, bool will_share)
{
	(void)v;
	(void)pirq;
	(void)will_share;
	shim_pirq_bound += !shim_pirq_bind_result;
	return shim_pirq_bind_result;
}
__weak void pirq_guest_unbind(struct domain *d, u32 pirq)
{
	(void)d;
	(void)pirq;
	shim_pirq_bound--;
}
__weak void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v)
{
	(void)d;
	(void)pirq;
	(void)v;
}
struct domain *get_next_domain(int after)
{
	for (u32 id = after + 1; id < ARRAY_SIZE(found); id++)
		if (found[id] && get_domain(found[id]))
			return found[id];
	return NULL;
}
void register_keyhandler(char key, void (*fn)(unsigned char key), const char *desc)
{
	(void)desc;
	shim_key[(u32)key] = fn;
}
void printk(const char *fmt, ...) { (void)fmt; }
void clear_page(void *page) { memset(page, 0, PAGE_SIZE); }
void bug_at(const char *file, int line, const char *what)
{
	printf("BUG at %s:%d: %s\n", file, line, what);
	abort();
}

void shim_init(void)
{
	shim_directmap = (unsigned long)MMAP(SHIM_FRAMES * PAGE_SIZE, 0);
	shim_frame_table = (unsigned long)calloc(SHIM_FRAMES, sizeof(struct page_info));
	boot_cpu.feature[X86_FEATURE_NX / 32] |= 1u << (X86_FEATURE_NX % 32);
	boot_cpu.clflush_bytes = 64;
	/* Frame 0 is nobody's, and the last ones are not RAM. */
	for (u32 i = SHIM_FRAMES - 16; i-- > 1; ) {
		mfn_to_page(MFN(i))->count_info = PGC_ram;
		free_list[nr_free++] = i;
	}
}

u32 shim_random(void)
{
	static u64 state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

void shim_result(const char *name)
{
	CHECK(shim_locks_free());
	printf("%s %s\n", shim_failures ? "FAIL" : "ok", name);
	total_failures += shim_failures;
	shim_failures = 0;
}
int shim_exit(void)
{
	return total_failures ? 1 : 0;
}
