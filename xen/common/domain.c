/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of domains and vcpus: creation, look-up, reference counts, pausing,
 * shutdown and destruction.
 *
 * Owns the list of domains (domlist_lock; readers take a reference before
 * they let go of it). A domain is freed when its last reference goes: its
 * creator's, one for as long as it owns memory, and whoever looks at it.
 */
#include <arch/atomic.h>
#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <arch/page.h>
#include <arch/panic.h>
#include <arch/time.h>
#include <arch/uaccess.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/frame.h>
#include <common/grant.h>
#include <common/irq.h>
#include <common/keyhandler.h>
#include <common/rangeset.h>
#include <common/sched.h>
#include <common/sched_policy.h>
#include <common/softirq.h>
#include <common/time.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <public/sched.h>
#include <pv/cpu_ops.h>
#include <pv/cpuid.h>
#include <pv/mm.h>
#include <pv/traps.h>

struct domain *dom0, *idle_domain, *dom_xen, *dom_io;
struct vcpu_info dummy_vcpu_info = { .evtchn_upcall_mask = 1 };

static DEFINE_RWLOCK(domlist_lock);
static struct domain *domain_list;	/* by rising id */

#define FREE_VCPUS	16		/* with more of them, the rest waits */
#define FREE_PAUSE	MICROSECS(500)

static void free_domain(struct domain *d);

/* --- references and look-up --- */

bool get_domain(struct domain *d)
{
	int old = READ_ONCE(d->refcount);

	while (old > 0) {
		int seen = cmpxchg(&d->refcount, old, old + 1);

		if (seen == old)
			return true;
		old = seen;
	}
	return false;
}

void put_domain(struct domain *d)
{
	if (__atomic_sub_fetch(&d->refcount, 1, __ATOMIC_SEQ_CST) == 0) {
		/* The last reference may go under locks or in an interrupt: free it elsewhere. */
		timer_init(&d->free_timer, (void (*)(void *))free_domain, d, smp_cpu());
		tasklet_init(&d->free_tasklet, (void (*)(void *))free_domain, d);
		tasklet_schedule(&d->free_tasklet);
	}
}

struct domain *get_domain_by_id(domid_t id)
{
	struct domain *d;

	read_lock(&domlist_lock);
	for (d = domain_list; d && d->id < id; d = d->next_in_list)
		;
	if (d && (d->id != id || !get_domain(d)))
		d = NULL;
	read_unlock(&domlist_lock);
	return d;
}

struct domain *get_domain_self_or(domid_t id)
{
	struct domain *self = current->domain;

	if (id == DOMID_SELF || id == self->id)
		return get_domain(self) ? self : NULL;
	return get_domain_by_id(id);
}

int get_target_domain(domid_t id, struct domain **out)
{
	struct domain *d = get_domain_self_or(id);

	if (!d)
		return -ESRCH;
	if (d != current->domain && !is_control_domain(current->domain)) {
		put_domain(d);
		return -EPERM;
	}
	*out = d;
	return 0;
}

struct domain *get_next_domain(int after)
{
	struct domain *d;

	read_lock(&domlist_lock);
	for (d = domain_list; d && ((int)d->id <= after || !get_domain(d)); d = d->next_in_list)
		;
	read_unlock(&domlist_lock);
	return d;
}

struct vcpu *domain_vcpu(const struct domain *d, u32 id)
{
	if (id >= d->max_vcpus)
		return NULL;
	return d->vcpu[array_index_nospec(id, d->max_vcpus)];
}

/* --- creation --- */

static int insert_domain(struct domain *d)
{
	struct domain **p;

	write_lock(&domlist_lock);
	for (p = &domain_list; *p && (*p)->id < d->id; p = &(*p)->next_in_list)
		;
	if (*p && (*p)->id == d->id) {
		write_unlock(&domlist_lock);
		return -EEXIST;
	}
	d->next_in_list = *p;
	*p = d;
	write_unlock(&domlist_lock);
	return 0;
}

static void remove_domain(struct domain *d)
{
	struct domain **p;

	write_lock(&domlist_lock);
	for (p = &domain_list; *p && *p != d; p = &(*p)->next_in_list)
		;
	if (*p)
		*p = d->next_in_list;
	write_unlock(&domlist_lock);
}

/* What every domain has, the hypervisor's own pseudo-domains too. */
static struct domain *alloc_domain(domid_t id)
{
	struct domain *d;

	BUILD_BUG_ON(sizeof(struct domain) > PAGE_SIZE);
	d = alloc_xenheap_page();
	if (!d)
		return NULL;
	d->id = id;
	d->refcount = 1;
	spin_lock_init(&d->domain_lock);
	spin_lock_init(&d->page_lock);
	spin_lock_init(&d->event_lock);
	d->shutdown_code = SHUTDOWN_CODE_INVALID;
	return d;
}

static struct domain *system_domain(domid_t id)
{
	struct domain *d = alloc_domain(id);

	if (!d)
		panic("No memory for system domain %u", id);
	return d;
}

void domains_init(void)
{
	dom_xen = system_domain(DOMID_XEN);
	dom_io = system_domain(DOMID_IO);
	idle_domain = system_domain(DOMID_IDLE);
	idle_domain->vcpu = xzalloc_array(struct vcpu *, MAX_CPUS);
	if (!idle_domain->vcpu)
		panic("No memory for idle vcpus");
	idle_domain->max_vcpus = MAX_CPUS;
}

static void destroy_parts(struct domain *d)
{
	sched_destroy_domain(d);
	pirq_destroy_domain(d);
	rangeset_destroy(d->irq_caps);
	rangeset_destroy(d->iomem_caps);
	rangeset_destroy(d->ioport_caps);
	domain_cpu_policy_destroy(d);
	if (d->shared_info)
		free_xenheap_page(d->shared_info);
	xfree(d->vcpu);
	xfree(d->memory_map);
	xfree(d->console_buf);
	free_xenheap_page(d);
}

int domain_create(domid_t id, const struct xen_domctl_createdomain *config,
		  bool privileged, struct domain **out)
{
	struct domain *d = alloc_domain(id);
	int rc = -ENOMEM;

	if (!d)
		return -ENOMEM;
	d->is_privileged = privileged;
	d->ssidref = config->ssidref;
	d->create_flags = config->flags;
	memcpy(d->handle, config->handle, sizeof(d->handle));
	d->max_evtchn_port = config->max_evtchn_port;
	d->max_grant_frames = config->max_grant_frames;
	d->max_maptrack_frames = config->max_maptrack_frames;
	d->max_grant_version = config->grant_opts & 3;
	d->pause_count = 1;			/* until its creator lets it run */
	d->controller_pause_count = 1;
	d->tsc_khz = 0;

	d->irq_caps = rangeset_new();
	d->iomem_caps = rangeset_new();
	d->ioport_caps = rangeset_new();
	if (!d->irq_caps || !d->iomem_caps || !d->ioport_caps)
		goto fail;
	rc = domain_cpu_policy_init(d);
	if (rc)
		goto fail;
	rc = -ENOMEM;
	/* A 32-bit guest is told its address in a field of 32 bits. */
	d->shared_info = alloc_xenheap_pages(0, MEMF_zero | MEMF_bits(32));
	if (!d->shared_info)
		d->shared_info = alloc_xenheap_pages(0, MEMF_zero);
	if (!d->shared_info)
		goto fail;
	rc = sched_init_domain(d);
	if (rc)
		goto fail;
	rc = pirq_init_domain(d);
	if (rc)
		goto fail;
	rc = pv_perdomain_init(d);
	if (rc)
		goto fail;
	rc = grant_table_init(d);
	if (rc)
		goto fail_perdomain;
	rc = domain_set_max_vcpus(d, config->max_vcpus);
	if (rc)
		goto fail_grant;
	rc = evtchn_init(d);
	if (rc)
		goto fail_grant;
	rc = insert_domain(d);
	if (rc)
		goto fail_events;
	share_xen_page_with_guest(mfn_to_page(virt_to_mfn(d->shared_info)), d, true);
	update_domain_wallclock(d);
	*out = d;
	return 0;

fail_events:
	evtchn_destroy_final(d);
fail_grant:
	grant_table_destroy(d);
fail_perdomain:
	pv_perdomain_destroy(d);
fail:
	destroy_parts(d);
	return rc;
}

int domain_set_max_vcpus(struct domain *d, u32 max)
{
	if (max == 0 || max > MAX_VCPUS_PER_DOMAIN)
		return -EINVAL;
	if (d->vcpu)
		return max == d->max_vcpus ? 0 : -EINVAL;
	d->vcpu = xzalloc_array(struct vcpu *, max);
	if (!d->vcpu)
		return -ENOMEM;
	d->max_vcpus = max;
	return 0;
}

static void free_vcpu_parts(struct vcpu *v)
{
	pv_perdomain_destroy_vcpu(v);
	if (v->xsave_area)
		free_xenheap_page(v->xsave_area);
	xfree(v);
}

static struct vcpu *create_idle_vcpu(struct vcpu *v)
{
	v->is_idle = true;
	v->initialised = true;
	v->info = xzalloc(struct vcpu_info);
	if (!v->info || sched_init_vcpu(v)) {
		xfree(v->info);
		xfree(v);
		return NULL;
	}
	idle_domain->vcpu[v->id] = v;
	return v;
}

struct vcpu *vcpu_create(struct domain *d, u32 id)
{
	struct vcpu *v;

	if (id >= d->max_vcpus || d->vcpu[id])
		return NULL;
	v = xzalloc(struct vcpu);
	if (!v)
		return NULL;
	v->domain = d;
	v->id = id;
	rwlock_init(&v->virq_lock);
	if (d == idle_domain)
		return create_idle_vcpu(v);

	v->pause_flags = 1ul << VPF_DOWN;
	v->pv.dr6 = 0xffff0ff0;
	v->pv.dr7 = 0x400;
	v->pv.guest_cr4 = 0;
	v->pv.xcr0 = host_xcr0 ? XSTATE_FP : 0;
	v->pv.flags = d->is_32bit ? PV_RING1 : PV_KERNEL_MODE;
	pv_assists_changed(v);
	v->xsave_area = alloc_xenheap_page();
	if (!v->xsave_area)
		goto fail;
	fpu_area_reset(v->xsave_area);

	/* Beyond the vcpus that shared_info has room for, a guest registers a place of its own. */
	if (id < XEN_LEGACY_MAX_VCPUS)
		v->info = &d->shared_info->vcpu_info[id];
	else
		v->info = &dummy_vcpu_info;
	if (pv_perdomain_init_vcpu(v))
		goto fail;
	if (evtchn_init_vcpu(v))
		goto fail;
	if (sched_init_vcpu(v)) {
		evtchn_destroy_vcpu(v);
		goto fail;
	}
	time_init_vcpu(v);
	d->vcpu[id] = v;
	return v;

fail:
	free_vcpu_parts(v);
	return NULL;
}

/* --- pausing --- */

void domain_pause(struct domain *d)
{
	struct vcpu *v;

	__atomic_add_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST);
	for_each_vcpu(d, v)
		vcpu_sleep_sync(v);
}

void domain_unpause(struct domain *d)
{
	struct vcpu *v;

	if (__atomic_sub_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST) == 0)
		for_each_vcpu(d, v)
			vcpu_wake(v);
}

int domain_pause_by_controller(struct domain *d)
{
	if (d->controller_pause_count >= 255)
		return -EOVERFLOW;
	d->controller_pause_count++;
	d->is_paused_by_controller = true;
	domain_pause(d);
	return 0;
}

int domain_unpause_by_controller(struct domain *d)
{
	if (d->controller_pause_count == 0)
		return -EINVAL;
	d->controller_pause_count--;
	d->is_paused_by_controller = d->controller_pause_count != 0;
	domain_unpause(d);
	return 0;
}

/* --- shutdown --- */

static void check_all_down(struct domain *d)
{
	struct vcpu *v;

	/* Called with domain_lock held: all vcpus have been stopped by the pause. */
	for_each_vcpu(d, v)
		if (!v->paused_for_shutdown)
			return;
	d->is_shut_down = true;
	if (d->shutdown_code == SHUTDOWN_suspend && d->suspend_evtchn)
		evtchn_send(d, d->suspend_evtchn);
	send_global_virq(VIRQ_DOM_EXC);
}

static noreturn void dom0_shutdown(u32 reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		printk(XENLOG_INFO "Hardware dom0 halted: powering the machine off\n");
		machine_power_off();
	case SHUTDOWN_crash:
		if (noreboot) {
			printk(XENLOG_ERR "Hardware dom0 crashed: 'noreboot' set - not rebooting.\n");
			machine_halt();
		}
		printk(XENLOG_ERR "Hardware dom0 crashed: rebooting machine in 5 seconds\n");
		machine_restart(5000);
	case SHUTDOWN_reboot:
		printk(XENLOG_INFO "Hardware dom0 shutdown: rebooting machine\n");
		machine_restart(0);
	case SHUTDOWN_watchdog:
		printk(XENLOG_ERR "Hardware dom0 watchdog fired: rebooting machine\n");
		machine_restart(0);
	default:
		printk(XENLOG_INFO "Hardware dom0 shutdown, reason %u: rebooting machine\n", reason);
		machine_restart(0);
	}
}

void domain_shutdown(struct domain *d, u32 reason)
{
	struct vcpu *v;

	spin_lock(&d->domain_lock);
	/* It may have been said before what this would be. */
	if (d->shutdown_code != SHUTDOWN_CODE_INVALID)
		reason = d->shutdown_code;
	if (is_control_domain(d)) {
		spin_unlock(&d->domain_lock);
		dom0_shutdown(reason);
	}
	if (d->is_shutting_down) {
		spin_unlock(&d->domain_lock);
		return;
	}
	d->is_shutting_down = true;
	d->shutdown_code = reason;
	smp_mb();
	for_each_vcpu(d, v) {
		if (!v->paused_for_shutdown) {
			v->paused_for_shutdown = true;
			vcpu_pause_nosync(v);
		}
	}
	check_all_down(d);
	spin_unlock(&d->domain_lock);
}

void domain_resume(struct domain *d)
{
	struct vcpu *v;

	/* Keeps it from running half-resumed. */
	domain_pause(d);
	spin_lock(&d->domain_lock);
	d->is_shutting_down = d->is_shut_down = false;
	d->shutdown_code = SHUTDOWN_CODE_INVALID;
	for_each_vcpu(d, v) {
		if (v->paused_for_shutdown) {
			v->paused_for_shutdown = false;
			vcpu_unpause(v);
		}
	}
	spin_unlock(&d->domain_lock);
	domain_unpause(d);
}

void dump_guest_state(struct vcpu *v)
{
	const struct cpu_regs *r = v == current ? guest_regs() : &v->regs;
	u64 words[16];
	unsigned int n = 0;

	printk(XENLOG_G_ERR "d%uv%u registers (%s mode)\n", v->domain->id, v->id,
	       guest_kernel_mode(v, r) ? "kernel" : "user");
	printk(XENLOG_G_ERR "rip %04x:%016lx rsp %04x:%016lx rflags %08lx\n", r->cs, (unsigned long)r->rip,
	       r->ss, (unsigned long)r->rsp, (unsigned long)r->rflags);
	printk(XENLOG_G_ERR "rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", (unsigned long)r->rax,
	       (unsigned long)r->rbx, (unsigned long)r->rcx, (unsigned long)r->rdx);
	printk(XENLOG_G_ERR "rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", (unsigned long)r->rsi,
	       (unsigned long)r->rdi, (unsigned long)r->rbp, (unsigned long)r->r8);
	printk(XENLOG_G_ERR "r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", (unsigned long)r->r9,
	       (unsigned long)r->r10, (unsigned long)r->r11, (unsigned long)r->r12);
	printk(XENLOG_G_ERR "r13 %016lx r14 %016lx r15 %016lx cr2 %016lx\n", (unsigned long)r->r13,
	       (unsigned long)r->r14, (unsigned long)r->r15, (unsigned long)v->pv.cr2);
	printk(XENLOG_G_ERR "kernel root %016lx user root %016lx\n", (unsigned long)v->pv.kernel_root,
	       (unsigned long)v->pv.user_root);
	if (v == current && access_ok(r->rsp, sizeof(words)))
		n = (sizeof(words) - copy_from_guest_raw(words, r->rsp, sizeof(words))) / 8;
	if (!n)
		printk(XENLOG_G_ERR "stack not accessible\n");
	else
		printk(XENLOG_G_ERR "stack:\n");
	for (unsigned int i = 0; i + 3 < n; i += 4)
		printk(XENLOG_G_ERR "  %016lx %016lx %016lx %016lx\n", (unsigned long)words[i],
		       (unsigned long)words[i + 1], (unsigned long)words[i + 2], (unsigned long)words[i + 3]);
}

void domain_crash(struct domain *d, const char *why, ...)
{
	static struct rate_limit limit;
	char text[128];
	va_list ap;

	if (d->is_shutting_down)
		return;
	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	if (is_control_domain(d) || rate_limit_ok(&limit)) {
		printk(XENLOG_G_ERR "Domain %u crashed: %s\n", d->id, text);
		if (d == current->domain)
			dump_guest_state(current);
	}
	domain_shutdown(d, SHUTDOWN_crash);
	if (d == current->domain)
		raise_softirq(SOFTIRQ_SCHEDULE);
}

/* --- destruction --- */

static int relinquish_vcpus(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		int rc = vcpu_drop_roots(v);

		if (rc)
			return rc;
		pv_destroy_gdt(v);
		pv_invalidate_ldt(v);
		if (v->info_page) {
			struct page_info *pg = v->info_page;

			v->info_page = NULL;
			v->info = &dummy_vcpu_info;
			put_page_and_type(pg);
		}
	}
	return 0;
}

/* The frame refers to its domain, so it goes before the last reference can. */
static void release_shared_info(struct domain *d)
{
	struct page_info *pg = mfn_to_page(virt_to_mfn(d->shared_info));
	struct vcpu *v;

	for_each_vcpu(d, v)
		v->info = &dummy_vcpu_info;
	WRITE_ONCE(d->shared_info, NULL);
	/* Does nothing any more, but waits for the lock under which others may be writing there. */
	update_domain_wallclock(d);
	unshare_xen_page(pg);
}

int domain_kill(struct domain *d)
{
	struct vcpu *v;
	int rc;

	if (d == current->domain)
		return -EINVAL;

	spin_lock(&d->domain_lock);
	if (d->kill_state == KILL_DONE) {
		spin_unlock(&d->domain_lock);
		return 0;
	}
	if (!d->is_dying) {
		d->is_dying = true;
		spin_unlock(&d->domain_lock);
		domain_pause(d);
		for_each_vcpu(d, v) {
			time_destroy_vcpu(v);
			timer_kill(&v->poll_timer);
		}
		/* One that bit while its domain is being freed would look at vcpus that are gone. */
		watchdogs_kill(d->sched);
	} else {
		spin_unlock(&d->domain_lock);
	}
	/* From here on domctl's lock makes this one caller at a time. */
	switch (d->kill_state) {
	case KILL_NONE:
		rc = evtchn_destroy(d);
		if (rc)
			return rc;
		pirq_release_domain(d);
		d->kill_state = KILL_GRANTS;
		fallthrough;
	case KILL_GRANTS:
		rc = grant_table_release_mappings(d);
		if (rc)
			return rc;
		d->kill_state = KILL_VCPUS;
		fallthrough;
	case KILL_VCPUS:
		rc = relinquish_vcpus(d);
		if (rc)
			return rc;
		d->kill_state = KILL_MEMORY;
		fallthrough;
	case KILL_MEMORY:
		rc = domain_relinquish_memory(d);
		if (rc)
			return rc;
		domain_set_claim(d, 0);
		release_shared_info(d);
		d->kill_state = KILL_DONE;
		send_global_virq(VIRQ_DOM_EXC);
		put_domain(d);
		fallthrough;
	default:
		return 0;
	}
}

/*
 * The last reference has gone: nothing maps, names or runs it any more. What
 * would take too long at once goes by and by, with time for others between.
 */
static void free_domain(struct domain *d)
{
	u32 vcpus = 0;

	remove_domain(d);
	for (u32 i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		if (!v)
			continue;
		vcpus++;
		sched_destroy_vcpu(v);
		evtchn_destroy_vcpu(v);
		d->vcpu[i] = NULL;
		free_vcpu_parts(v);
	}
	if (vcpus > FREE_VCPUS || !grant_table_free_some(d) || !evtchn_free_some(d)) {
		timer_set(&d->free_timer, NOW() + FREE_PAUSE);
		return;
	}
	evtchn_destroy_final(d);
	grant_table_destroy(d);
	pv_perdomain_destroy(d);
	destroy_parts(d);
}

/* --- debug key --- */

static void dump_domains(unsigned char key)
{
	struct domain *d;
	struct vcpu *v;

	(void)key;
	for (d = get_next_domain(-1); d; ) {
		int id = d->id;

		printk("Domain %d: refs %d pages %lu/%lu xenheap %lu paused %d%s%s%s\n", id, d->refcount,
		       d->tot_pages, d->max_pages, d->xenheap_pages, d->pause_count,
		       d->is_dying ? " dying" : "", d->is_shut_down ? " shutdown" : "",
		       d->is_32bit ? " 32-bit" : "");
		for_each_vcpu(d, v)
			printk("  vcpu %u on CPU %u%s flags %lx pause %d upcall %u/%u\n", v->id, v->processor,
			       v->is_running ? " running" : "", v->pause_flags, v->pause_count,
			       v->info->evtchn_upcall_pending, v->info->evtchn_upcall_mask);
		put_domain(d);
		d = get_next_domain(id);
	}
}

/* The hypervisor dies: what the guest was doing on this CPU may tell why. */
static void dump_current(void)
{
	if (!current->is_idle)
		dump_guest_state(current);
}

void domain_keys_init(void)
{
	panic_guest_hook = dump_current;
	register_keyhandler('q', dump_domains, "dump domains and their vcpus");
}
