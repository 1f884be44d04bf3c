// SPDX-License-Identifier: GPL-2.0-only
/* See world.h: the machine, its domains and CPUs, and the check of everything. */
#include <arch/boot_info.h>
#include <arch/cpufeature.h>
#include <arch/smp.h>
#include <arch/tlb.h>
#include <common/grant.h>
#include <common/keyhandler.h>
#include <common/console.h>
#include <common/sched.h>
#include "world.h"

void *mmap(void *addr, size_t length, int prot, int flags, int fd, long offset);
int vprintf(const char *fmt, va_list ap);
void *calloc(size_t n, size_t size);
void free(void *p);
int sched_yield(void);

unsigned long shim_ram, shim_frame_table, shim_m2p;
struct domain *world_domain[NR_DOMAINS];
bool world_concurrent;
u32 world_preempt_percent, world_abandon_percent;

/* --- CPUs: each thread has one at a time --- */

#define TLB_ENTRIES 64

struct tlb_entry {
	u32 frame, owner;
	u64 type;		/* of a table that a walk cached; 0 for data */
	bool used, writable;
};
static struct {
	struct vcpu *running;
	u32 stamp, next;
	struct tlb_entry tlb[TLB_ENTRIES];
} cpus[WORLD_CPUS];

static struct cpu_info infos[WORLD_CPUS];
static __thread u32 this_cpu_number;
static __thread u64 random_state = 1;
static struct vcpu idle_vcpu;

u64 world_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dull >> 8;
}

struct cpu_info *cpu_info(void)
{
	struct cpu_info *info = &infos[this_cpu_number];

	info->softirq_pending = world_preempt_percent && pick(100) < world_preempt_percent;
	return info;
}

void world_thread(u32 cpu)
{
	this_cpu_number = cpu;
	random_state = (cpu + 1) * 0x9e3779b97f4a7c15ull;
	infos[cpu].cpu = cpu;
	infos[cpu].current_vcpu = &idle_vcpu;
}

/* --- what the core asks of the rest --- */

static l4e_t idle_table[PT_ENTRIES] __aligned(4096);
l4e_t *idle_root = idle_table;
cpumask_t cpu_online_mask;
u32 nr_cpu_ids = WORLD_CPUS;
struct boot_info boot_info;
struct cpu_data boot_cpu;
paddr_t image_phys_start;
mfn_t cpu_gdt_page[MAX_CPUS], cpu_compat_gdt_page[MAX_CPUS];
struct domain *dom0, *idle_domain, *dom_xen, *dom_io;

void bug_at(const char *file, int line, const char *what)
{
	printf("FAIL bug at %s:%d: %s\n", file, line, what);
	fflush(NULL);
	abort();
}
void warn_at(const char *file, int line, const char *what)
{
	bug_at(file, line, what);
}
void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}
void clear_page(void *p) { memset(p, 0, 4096); }
void copy_page(void *d, const void *s) { memcpy(d, s, 4096); }
void load_guest_ldt(vaddr_t base, unsigned int entries) { (void)base; (void)entries; }
void update_kernel_linear(struct vcpu *v) { (void)v; }
void retire_insn(struct cpu_regs *r, unsigned int length, bool code64) { r->rip += length; (void)code64; }
u32 guest_segment_base(struct vcpu *v, u16 sel) { (void)v; (void)sel; return 0; }
vaddr_t guest_linear_ip(struct vcpu *v, const struct cpu_regs *regs) { (void)v; return regs->rip; }
mfn_t m2p_chunk_mfn(unsigned int chunk) { (void)chunk; return INVALID_MFN; }
int grant_table_acquire_resource(struct domain *d, u32 id, u32 first, u32 count, mfn_t *list)
{
	(void)d; (void)id; (void)first; (void)count; (void)list;
	return -EINVAL;
}
void register_keyhandler(char key, void (*fn)(unsigned char key), const char *desc)
{
	(void)key; (void)fn; (void)desc;
}

void spin_lock(spinlock_t *l)
{
	while (__atomic_exchange_n(&l->owner, 1, __ATOMIC_ACQUIRE)) {
		if (!world_concurrent)
			bug_at(__FILE__, __LINE__, "a lock is taken twice");
		sched_yield();
	}
}
bool spin_trylock(spinlock_t *l)
{
	return !__atomic_exchange_n(&l->owner, 1, __ATOMIC_ACQUIRE);
}
void spin_unlock(spinlock_t *l)
{
	if (!l->owner)
		bug_at(__FILE__, __LINE__, "a free lock is released");
	__atomic_store_n(&l->owner, 0, __ATOMIC_RELEASE);
}
void read_lock(rwlock_t *l) { spin_lock(&l->queue); }
void read_unlock(rwlock_t *l) { spin_unlock(&l->queue); }
void write_lock(rwlock_t *l) { spin_lock(&l->queue); }
void write_unlock(rwlock_t *l) { spin_unlock(&l->queue); }

/* Guest memory is the test's own; the first pages are nobody's. */
bool guest_range_ok(u64 addr, u64 bytes) { (void)bytes; return addr < 1ull << 47; }
int copy_from_guest(void *dst, u64 src, size_t bytes)
{
	if (src < 0x10000)
		return -EFAULT;
	memcpy(dst, (const void *)src, bytes);
	return 0;
}
int copy_to_guest(u64 dst, const void *src, size_t bytes)
{
	if (dst < 0x10000)
		return -EFAULT;
	memcpy((void *)dst, src, bytes);
	return 0;
}
unsigned long copy_from_guest_raw(void *dst, vaddr_t src, size_t bytes)
{
	return copy_from_guest(dst, src, bytes) ? bytes : 0;
}
int get_guest_u64(u64 *v, vaddr_t src) { return copy_from_guest(v, src, sizeof(*v)); }
int get_guest_u64_pair(u64 v[2], vaddr_t src) { return copy_from_guest(v, src, 2 * sizeof(*v)); }

/* --- TLBs --- */

static u32 flush_clock = 1;

void (*world_watcher)(enum world_moment what);

static void tell(enum world_moment what)
{
	if (world_watcher)
		world_watcher(what);
}
u32 tlbflush_now(void)
{
	tell(WORLD_STAMP);
	return READ_ONCE(flush_clock);
}
void flush_cache_page(const void *va)
{
	(void)va;
	tell(WORLD_CACHE_FLUSH);
}

static void flush_cpu(u32 cpu)
{
	cpus[cpu].stamp = fetch_add(&flush_clock, 1) + 1;
	if (!world_concurrent)
		memset(cpus[cpu].tlb, 0, sizeof(cpus[cpu].tlb));
}
void tlbflush_filter(cpumask_t *mask, u32 stamp)
{
	u32 cpu;

	if (stamp == FLUSH_CLOCK_NONE) {
		cpumask_clear(mask);
		return;
	}
	for_each_cpu(cpu, mask)
		if ((s32)(READ_ONCE(cpus[cpu].stamp) - stamp) > 0)
			cpumask_clear_cpu_local(cpu, mask);
}
void flush_tlb_local(unsigned int flags)
{
	if (flags & FLUSH_TLB)
		flush_cpu(this_cpu_number);
}
void flush_tlb_local_va(vaddr_t va) { (void)va; }
void flush_tlb_mask(const cpumask_t *mask, unsigned int flags)
{
	u32 cpu;

	tell(WORLD_TLB_FLUSH);
	if (flags & FLUSH_TLB)
		for_each_cpu(cpu, mask)
			flush_cpu(cpu);
}
void flush_tlb_mask_va(const cpumask_t *mask, vaddr_t va) { (void)mask; (void)va; }
void flush_tlb_poll(void) { }
void load_cr3(u64 root)
{
	infos[this_cpu_number].root = root;
	flush_cpu(this_cpu_number);
}

static void tlb_add(u32 cpu, u32 frame, u64 type, bool writable)
{
	struct tlb_entry *t = &cpus[cpu].tlb[cpus[cpu].next++ % TLB_ENTRIES];

	*t = (struct tlb_entry){ frame, mfn_to_page(MFN(frame))->owner, type, true, writable };
}

static bool is_ram(u64 frame)
{
	return frame < max_page && (mfn_to_page(MFN(frame))->count_info & PGC_ram);
}

static void walk_once(u32 cpu)
{
	struct vcpu *v = cpus[cpu].running;
	bool writable = true;
	u64 e;

	if (!v || v->is_idle || !v->pv.kernel_root)
		return;
	e = v->pv.flags & PV_KERNEL_MODE || !v->pv.user_root ? v->pv.kernel_root : v->pv.user_root;
	for (unsigned int level = 4; level > 0; level--) {
		const u64 frame = PTE_MFN(e), *table = mfn_to_virt(MFN(frame));
		unsigned int i, n, first = pick(PT_ENTRIES);

		tlb_add(cpu, frame, mfn_to_page(MFN(frame))->type_info & PGT_key_mask, false);
		for (n = 0; n < PT_ENTRIES; n++) {
			i = (first + n) % PT_ENTRIES;
			if ((table[i] & _PAGE_PRESENT) &&
			    (level < 4 || i < HYPERVISOR_FIRST_SLOT || i > HYPERVISOR_LAST_SLOT))
				break;
		}
		if (n == PT_ENTRIES)
			return;
		e = table[i];
		/* A linear mapping of a root shows the hypervisor's entries too; user mode gets no further. */
		if (!(e & _PAGE_USER))
			return;
		writable &= !!(e & _PAGE_RW);
		if (!is_ram(PTE_MFN(e)))
			return;
	}
	if (writable && (mfn_to_page(MFN(PTE_MFN(e)))->type_info & PGT_type_mask) != PGT_writable) {
		printf("FAIL frame %llx can be written, and is of type %llx\n", (unsigned long long)PTE_MFN(e),
		       (unsigned long long)mfn_to_page(MFN(PTE_MFN(e)))->type_info);
		fflush(NULL);
	abort();
	}
	tlb_add(cpu, PTE_MFN(e), 0, writable);
}

void world_walk_some(void)
{
	for (u32 cpu = 0; cpu < WORLD_CPUS; cpu++)
		walk_once(cpu);
}

bool world_check_tlbs(void)
{
	for (u32 cpu = 0; cpu < WORLD_CPUS; cpu++) {
		for (unsigned int i = 0; i < TLB_ENTRIES; i++) {
			const struct tlb_entry *t = &cpus[cpu].tlb[i];
			const struct page_info *pg = mfn_to_page(MFN(t->frame));

			if (!t->used || (pg->count_info & PGC_state_mask) != PGC_state_inuse ||
			    !(pg->count_info & PGC_count_mask))
				continue;
			if (pg->owner != t->owner) {
				printf("FAIL cpu %u still translates to frame %x of another owner\n", cpu, t->frame);
				return false;
			}
			if (!(pg->type_info & PGT_count_mask))
				continue;
			if (t->type && (pg->type_info & PGT_key_mask) != t->type) {
				printf("FAIL cpu %u still walks frame %x as type %llx, it is %llx\n", cpu, t->frame,
				       (unsigned long long)t->type, (unsigned long long)pg->type_info);
				return false;
			}
			if (t->writable && (pg->type_info & PGT_type_mask) != PGT_writable) {
				printf("FAIL cpu %u can still write frame %x, it is %llx\n", cpu, t->frame,
				       (unsigned long long)pg->type_info);
				return false;
			}
		}
	}
	return true;
}

/* --- domains --- */

static unsigned int domain_order(void) { return get_order_from_bytes(sizeof(struct domain)); }

bool get_domain(struct domain *d)
{
	int n = READ_ONCE(d->refcount);

	do {
		if (!n)
			return false;
	} while (!try_cmpxchg(&d->refcount, &n, n + 1));
	return true;
}

void put_domain(struct domain *d)
{
	if (__atomic_sub_fetch(&d->refcount, 1, __ATOMIC_SEQ_CST))
		return;
	for (u32 i = 0; i < d->max_vcpus; i++) {
		pv_perdomain_destroy_vcpu(d->vcpu[i]);
		free(d->vcpu[i]);
	}
	free(d->vcpu);
	if (d->shared_info)
		unshare_xen_page(virt_to_page(d->shared_info));
	pv_perdomain_destroy(d);
	rangeset_destroy(d->iomem_caps);
	free_xenheap_pages(d, domain_order());
}

static struct domain *new_domain(domid_t id)
{
	struct domain *d = alloc_xenheap_pages(domain_order(), 0);

	if (!d)
		bug_at(__FILE__, __LINE__, "no memory for a domain");
	d->id = id;
	d->refcount = 1;
	d->max_pages = ~0ul;
	return d;
}

struct domain *get_next_domain(int after) { (void)after; return NULL; }
void vcpu_pause(struct vcpu *v) { (void)v; }
void vcpu_unpause(struct vcpu *v) { (void)v; }

struct domain *get_domain_by_id(domid_t id)
{
	struct domain *d = id < NR_DOMAINS ? READ_ONCE(world_domain[id]) : NULL;

	return d && get_domain(d) ? d : NULL;
}

int get_target_domain(domid_t id, struct domain **out)
{
	struct domain *d = id == DOMID_SELF ? current->domain : get_domain_by_id(id);

	if (!d)
		return -ESRCH;
	if (id == DOMID_SELF && !get_domain(d))
		return -ESRCH;
	if (d != current->domain && !is_control_domain(current->domain)) {
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

void world_create(unsigned int id, unsigned int frames)
{
	struct domain *d = new_domain(id);

	d->is_privileged = id == CONTROL;
	d->iomem_caps = rangeset_new();
	if (id == CONTROL)
		rangeset_add_range(d->iomem_caps, 0, 0xfffff);
	else
		rangeset_add_range(d->iomem_caps, HOLE_FIRST, HOLE_FIRST + 3);
	d->shared_info = alloc_xenheap_page();
	if (pv_perdomain_init(d) || !d->shared_info)
		bug_at(__FILE__, __LINE__, "no memory for a domain");
	share_xen_page_with_guest(virt_to_page(d->shared_info), d, true);
	d->max_vcpus = WORLD_VCPUS;
	d->vcpu = calloc(WORLD_VCPUS, sizeof(*d->vcpu));
	for (u32 i = 0; i < WORLD_VCPUS; i++) {
		struct vcpu *v = calloc(1, sizeof(*v));

		v->domain = d;
		v->id = i;
		v->pv.flags = PV_KERNEL_MODE;
		d->vcpu[i] = v;
		if (pv_perdomain_init_vcpu(v))
			bug_at(__FILE__, __LINE__, "no memory for a vcpu");
	}
	for (unsigned int i = 0; i < frames; i++) {
		struct page_info *pg = alloc_domheap_pages(d, 0, 0);

		/* Frames of the dead that others still map may leave little. */
		if (!pg && i > 60)
			break;
		if (!pg)
			bug_at(__FILE__, __LINE__, "no memory for a domain's frames");
		if (memcmp(page_to_virt(pg), idle_table + 256 + 16, 1024))
			bug_at(__FILE__, __LINE__, "a new frame is not clean");
	}
	world_domain[id] = d;
}

struct page_info *world_shared_frame(unsigned int id, bool writable)
{
	(void)writable;
	return virt_to_page(world_domain[id]->shared_info);
}

static void stop_vcpu(u32 cpu)
{
	struct vcpu *v = cpus[cpu].running;

	if (!v)
		return;
	v->is_running = false;
	cpus[cpu].running = NULL;
	/* As switching to the idle vcpu does: its root, then no longer dirty. */
	flush_cpu(cpu);
	if (!v->is_idle)
		cpumask_clear_cpu(cpu, &v->domain->dirty_cpus);
}

void world_run(unsigned int id, unsigned int n)
{
	struct vcpu *v = world_domain[id]->vcpu[n];
	u32 cpu = world_concurrent ? this_cpu_number : pick(WORLD_CPUS);

	for (u32 i = 0; i < WORLD_CPUS; i++)
		if (cpus[i].running == v)
			cpu = i;
	this_cpu_number = cpu;
	infos[cpu].cpu = cpu;
	if (cpus[cpu].running != v) {
		stop_vcpu(cpu);
		infos[cpu].current_vcpu = v;
		cpus[cpu].running = v;
		v->processor = cpu;
		v->is_running = true;
		pv_map_reserved_gdt(v, cpu);
		cpumask_set_cpu(cpu, &v->domain->dirty_cpus);
		if (v->pv.kernel_root)
			load_vcpu_root(v);
	}
}

void world_run_any(void)
{
	u32 cpu = pick(WORLD_CPUS);

	if (cpus[cpu].running)
		this_cpu_number = cpu;
}

static void run_idle(u32 cpu)
{
	stop_vcpu(cpu);
	infos[cpu].current_vcpu = &idle_vcpu;
}

void world_destroy(unsigned int id)
{
	struct domain *d = world_domain[id];

	for (u32 cpu = 0; cpu < WORLD_CPUS; cpu++)
		if (!cpus[cpu].running || cpus[cpu].running->domain == d)
			run_idle(cpu);
	d->is_dying = true;
	for (u32 i = 0; i < d->max_vcpus; i++) {
		while (vcpu_drop_roots(d->vcpu[i]) == -ERESTART)
			;
		pv_invalidate_ldt(d->vcpu[i]);
		pv_destroy_gdt(d->vcpu[i]);
	}
	while (domain_relinquish_memory(d) == -ERESTART)
		;
	world_domain[id] = NULL;
	put_domain(d);
}

/* --- hypercalls --- */

static __thread struct {
	u32 op;
	u64 arg[6];
} again;

long hypercall_continue(u32 op, u32 n, ...)
{
	va_list ap;

	again.op = op;
	va_start(ap, n);
	for (u32 i = 0; i < n; i++)
		again.arg[i] = va_arg(ap, u64);
	va_end(ap);
	return HYPERCALL_RESTART;
}

static long call(u32 op, u64 a, u64 b, u64 c, u64 d)
{
	for (;;) {
		long rc;

		switch (op) {
		case __HYPERVISOR_mmu_update:
			rc = do_mmu_update(a, b, c, d);
			break;
		case __HYPERVISOR_mmuext_op:
			rc = do_mmuext_op(a, b, c, d);
			break;
		default:
			rc = do_memory_op(a, b);
			break;
		}
		if (rc != HYPERCALL_RESTART)
			return rc;
		if (chance(world_abandon_percent))
			return -EINTR;
		if (again.op != op)
			bug_at(__FILE__, __LINE__, "continued as another hypercall");
		a = again.arg[0];
		b = again.arg[1];
		c = again.arg[2];
		d = again.arg[3];
	}
}

long guest_mmu_update(const struct mmu_update *reqs, u32 n, u32 foreign)
{
	u32 done = 0;
	long rc = call(__HYPERVISOR_mmu_update, (u64)reqs, n, (u64)&done, foreign);

	if (!rc && done != n)
		bug_at(__FILE__, __LINE__, "success, but not all was done");
	return rc;
}

long guest_mmuext(const struct mmuext_op *ops, u32 n, u32 foreign)
{
	return call(__HYPERVISOR_mmuext_op, (u64)ops, n, 0, foreign);
}

long guest_mmuext1(u32 cmd, u64 mfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = mfn };

	return guest_mmuext(&op, 1, DOMID_SELF);
}

long guest_memory_op(u32 cmd, void *arg)
{
	return call(__HYPERVISOR_memory_op, cmd, (u64)arg, 0, 0);
}

long guest_write_pte(u64 maddr, u64 val)
{
	struct mmu_update req = { maddr | MMU_NORMAL_PT_UPDATE, val };

	return guest_mmu_update(&req, 1, DOMID_SELF);
}

/* --- references that a test holds, as the grant table does --- */

#define MAX_HOLDS 256
static struct { struct page_info *pg; bool writable; } holds[MAX_HOLDS];
static unsigned int nr_holds;

bool world_hold(struct page_info *pg, struct domain *d, bool writable)
{
	if (nr_holds == MAX_HOLDS || !get_page(pg, d))
		return false;
	if (writable && !get_page_type(pg, PGT_writable)) {
		put_page(pg);
		return false;
	}
	holds[nr_holds].pg = pg;
	holds[nr_holds++].writable = writable;
	return true;
}

bool world_drop_one_hold(void)
{
	unsigned int i;

	if (!nr_holds)
		return false;
	i = pick(nr_holds);
	if (holds[i].writable)
		put_page_type(holds[i].pg);
	put_page(holds[i].pg);
	holds[i] = holds[--nr_holds];
	return true;
}

unsigned int world_holds(void) { return nr_holds; }

u64 world_own_frame(unsigned int id)
{
	struct domain *d = world_domain[id];

	for (unsigned int tries = 0; d && tries < 64; tries++) {
		u64 frame = WORLD_FIRST + pick(WORLD_FRAMES - WORLD_FIRST);

		if (is_ram(frame) && page_owner(mfn_to_page(MFN(frame))) == d &&
		    (mfn_to_page(MFN(frame))->count_info & PGC_state_mask) == PGC_state_inuse &&
		    (mfn_to_page(MFN(frame))->count_info & PGC_count_mask))
			return frame;
	}
	return WORLD_FIRST;
}

u64 world_any_frame(unsigned int id)
{
	switch (pick(16)) {
	case 0:
		return pick(WORLD_FRAMES);
	case 1:
		return HOLE_FIRST + pick(HOLE_LAST - HOLE_FIRST + 1);
	case 2:
		return world_own_frame(pick(NR_DOMAINS));
	case 3:
		return WORLD_FRAMES + pick(100);
	case 4:
		return world_random() & (PTE_ADDR_MASK >> PAGE_SHIFT);
	default:
		return world_own_frame(id);
	}
}

/* --- the check --- */

static struct { u64 refs, types; int linear; } expect[WORLD_FRAMES];

static bool wrong(u64 frame, const char *what)
{
	const struct page_info *pg = mfn_to_page(MFN(frame));

	printf("FAIL frame %llx: %s: count %llx type %llx owner %x validated %u linear %d; expected %llu refs %llu types\n",
	       (unsigned long long)frame, what, (unsigned long long)pg->count_info,
	       (unsigned long long)pg->type_info, pg->owner, pg->nr_validated, pg->linear_count,
	       (unsigned long long)expect[frame].refs, (unsigned long long)expect[frame].types);
	return false;
}

static bool check_entry(u64 frame, u64 type, unsigned int i, u64 e)
{
	const struct page_info *pg = mfn_to_page(MFN(PTE_MFN(e)));
	const struct domain *d = page_owner(mfn_to_page(MFN(frame)));
	unsigned int below;

	if (!(e & _PAGE_USER) || (e & (_PAGE_GLOBAL | pte_reserved_bits)))
		return wrong(frame, "has an entry with bad flags");
	if (type == PGT_l1) {
		if (!is_ram(PTE_MFN(e)))
			return rangeset_contains_singleton(d->iomem_caps, PTE_MFN(e)) ? true :
				wrong(frame, "maps a device that is not its owner's");
		expect[PTE_MFN(e)].refs++;
		if (e & _PAGE_RW) {
			expect[PTE_MFN(e)].types++;
			if ((pg->type_info & PGT_type_mask) != PGT_writable)
				return wrong(frame, "maps a frame writable that is not");
		}
		return true;
	}
	(void)i;
	if (e & UPPER_DISALLOWED)
		return wrong(frame, "has an upper entry with bad flags");
	if (PTE_MFN(e) == frame)
		return e & _PAGE_RW ? wrong(frame, "maps itself writable") : true;
	if (!is_ram(PTE_MFN(e)))
		return wrong(frame, "names a table that is not RAM");
	expect[PTE_MFN(e)].refs++;
	expect[PTE_MFN(e)].types++;
	if (pg->owner != mfn_to_page(MFN(frame))->owner)
		return wrong(frame, "names another's table");
	below = type_level(pg->type_info);
	if (below == type_level(type)) {
		if (e & _PAGE_RW)
			return wrong(frame, "has a writable linear entry");
		expect[frame].linear++;
		expect[PTE_MFN(e)].linear--;
	} else if (below != type_level(type) - 1) {
		return wrong(frame, "names a frame of the wrong type");
	}
	if (!(pg->type_info & PGT_validated))
		return wrong(PTE_MFN(e), "is named by a table, and not validated");
	return true;
}

static bool scan(u64 frame)
{
	const struct page_info *pg = mfn_to_page(MFN(frame));
	const u64 x = pg->type_info, type = x & PGT_key_mask, *table = mfn_to_virt(MFN(frame));
	const struct domain *d = page_owner(pg);
	unsigned int nr = x & PGT_validated ? PT_ENTRIES : pg->nr_validated;

	if (pg->count_info & PGC_allocated) {
		expect[frame].refs++;
		if (pg->count_info & PGC_xen_heap)
			expect[frame].types++;
	}
	if (x & PGT_locked)
		return wrong(frame, "is locked");
	if (!(x & PGT_count_mask))
		return true;
	if (!is_table_type(x))
		return x & PGT_validated ? true : wrong(frame, "was left busy");
	if (!(x & (PGT_validated | PGT_partial)))
		return wrong(frame, "was left busy");
	if (x & PGT_pinned) {
		expect[frame].refs++;
		expect[frame].types++;
	}
	if (x & PGT_partial) {
		expect[frame].refs++;
		expect[frame].types++;
	}
	for (unsigned int i = 0; i < nr; i++) {
		if (type == PGT_l4 && i >= HYPERVISOR_FIRST_SLOT && i <= HYPERVISOR_LAST_SLOT) {
			u64 want = i == PERDOMAIN_SLOT ? d->pv.perdomain_l4e : idle_root[i].v;

			if ((x & PGT_validated) && table[i] != want)
				return wrong(frame, "has lost an entry of the hypervisor's");
			continue;
		}
		if ((table[i] & _PAGE_PRESENT) && !check_entry(frame, type, i, table[i]))
			return false;
	}
	return true;
}

static void expect_both(u64 frame)
{
	if (frame) {
		expect[frame].refs++;
		expect[frame].types++;
	}
}

static void scan_vcpu(const struct vcpu *v)
{
	expect_both(v->pv.kernel_root >> PAGE_SHIFT);
	expect_both(v->pv.user_root >> PAGE_SHIFT);
	for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.gdt_mfn); i++)
		expect_both(v->pv.gdt_mfn[i]);
	for (unsigned int i = 0; i < 16; i++)
		if (v->pv.ldt_mapped & (1u << i))
			expect_both(PTE_MFN(v->pv.descriptor_ptes[16 + i]));
	if (v->pv.deferred)
		expect[mfn_x(page_to_mfn(v->pv.deferred))].refs++;
}

static bool in_use(const struct page_info *pg)
{
	return (pg->count_info & (PGC_state_mask | PGC_ram)) == (PGC_state_inuse | PGC_ram);
}

bool world_check(void)
{
	unsigned long owned[NR_DOMAINS] = { 0 }, nr_free = 0;

	memset(expect, 0, sizeof(expect));
	for (u64 f = WORLD_FIRST; f < WORLD_FRAMES; f++)
		if (in_use(mfn_to_page(MFN(f))) && !scan(f))
			return false;
	for (unsigned int id = 0; id < NR_DOMAINS; id++)
		for (u32 i = 0; world_domain[id] && i < WORLD_VCPUS; i++)
			scan_vcpu(world_domain[id]->vcpu[i]);
	if (idle_vcpu.pv.deferred)
		expect[mfn_x(page_to_mfn(idle_vcpu.pv.deferred))].refs++;
	for (unsigned int i = 0; i < nr_holds; i++) {
		expect[mfn_x(page_to_mfn(holds[i].pg))].refs++;
		expect[mfn_x(page_to_mfn(holds[i].pg))].types += holds[i].writable;
	}

	for (u64 f = WORLD_FIRST; f < WORLD_FRAMES; f++) {
		const struct page_info *pg = mfn_to_page(MFN(f));

		if (!is_ram(f))
			continue;
		if ((pg->count_info & PGC_count_mask) != expect[f].refs)
			return wrong(f, "counts other references than there are");
		if (!in_use(pg)) {
			nr_free++;
			continue;
		}
		if ((pg->type_info & PGT_count_mask) != expect[f].types)
			return wrong(f, "counts other type references than there are");
		if (is_table_type(pg->type_info) && (pg->type_info & PGT_count_mask) &&
		    pg->linear_count != expect[f].linear)
			return wrong(f, "counts other linear entries than there are");
		for (unsigned int id = 0; id < NR_DOMAINS; id++)
			if (world_domain[id] && page_owner(pg) == world_domain[id] &&
			    !(pg->count_info & PGC_xen_heap))
				owned[id]++;
	}
	if (nr_free != avail_heap_pages()) {
		printf("FAIL %lu frames are free, the heap counts %lu\n", nr_free, avail_heap_pages());
		return false;
	}
	for (unsigned int id = 0; id < NR_DOMAINS; id++)
		if (world_domain[id] && owned[id] != world_domain[id]->tot_pages) {
			printf("FAIL domain %u owns %lu frames and counts %lu\n", id, owned[id],
			       world_domain[id]->tot_pages);
			return false;
		}
	return world_concurrent || world_check_tlbs();
}

void world_init(u64 seed)
{
	static u64 m2p[WORLD_FRAMES];
	static struct page_info frames[WORLD_FRAMES];
	const int prot_rw = 3, map_private_anonymous = 0x22;

	world_thread(0);
	random_state = seed * 0x9e3779b97f4a7c15ull + 1;
	shim_ram = (unsigned long)mmap(NULL, WORLD_FRAMES * PAGE_SIZE, prot_rw, map_private_anonymous, -1, 0);
	shim_frame_table = (unsigned long)frames;
	shim_m2p = (unsigned long)m2p;
	max_page = WORLD_FRAMES;
	boot_cpu.phys_bits = 40;
	boot_cpu.clflush_bytes = 64;
	boot_info.nr_ranges = 2;
	boot_info.range[0] = (struct memory_range){ 0, (u64)HOLE_FIRST << PAGE_SHIFT, MEMORY_RAM };
	boot_info.range[1] = (struct memory_range){ (u64)(HOLE_LAST + 1) << PAGE_SHIFT,
						    (u64)(WORLD_FRAMES - HOLE_LAST - 1) << PAGE_SHIFT, MEMORY_RAM };
	for (unsigned int i = HYPERVISOR_FIRST_SLOT; i <= HYPERVISOR_LAST_SLOT; i++)
		idle_table[i].v = ((u64)i << 20) | PAGE_HYPERVISOR_TABLE | (i == 256 ? _PAGE_USER : 0);
	idle_vcpu.is_idle = true;
	for (u32 cpu = 0; cpu < WORLD_CPUS; cpu++) {
		cpumask_set_cpu(cpu, &cpu_online_mask);
		infos[cpu].current_vcpu = &idle_vcpu;
		infos[cpu].cpu = cpu;
	}
	frame_alloc_init();
	frame_add_ram(boot_info.range[0].start, boot_info.range[0].start + boot_info.range[0].size);
	frame_add_ram(boot_info.range[1].start, boot_info.range[1].start + boot_info.range[1].size);
	dom_xen = new_domain(DOMID_XEN);
	dom_io = new_domain(DOMID_IO);
	idle_domain = new_domain(DOMID_IDLE);
	idle_vcpu.domain = idle_domain;
	pv_mm_init();
}
