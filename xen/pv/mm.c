// SPDX-License-Identifier: GPL-2.0-only
/*
 * The roots of a vcpu's page tables: which are its own, which is loaded, and
 * the hypervisor's slots in them. A vcpu's roots are changed by itself, or by a
 * toolstack while it does not run.
 */
#include <arch/tlb.h>
#include <common/sched.h>
#include <lib/string.h>
#include <pv/pgtype.h>

#define M2P_SLOT 256

void init_root_table(void *l4_table, struct domain *d)
{
	u64 *table = l4_table;

	memcpy(table + HYPERVISOR_FIRST_SLOT, idle_root + HYPERVISOR_FIRST_SLOT,
	       (HYPERVISOR_LAST_SLOT - HYPERVISOR_FIRST_SLOT + 1) * sizeof(*table));
	table[PERDOMAIN_SLOT] = d->pv.perdomain_l4e;
}

static inline u64 *root_entries(u64 maddr)
{
	return map_frame(maddr_to_mfn(maddr));
}

/* With the m2p_strict assist user space does not get to read the machine-to-physical table. */
static void show_m2p(const struct domain *d, u64 root, bool show)
{
	u64 *slot = root_entries(root) + M2P_SLOT;

	if (show && !*slot)
		*slot = idle_root[M2P_SLOT].v;
	else if (!show && (d->vmassist & (1ull << VMASST_TYPE_m2p_strict)))
		*slot = 0;
}

/* The root that v runs on in its present mode. */
static u64 vcpu_root(const struct vcpu *v)
{
	if (v->domain->is_32bit) {
		v->pv.compat_root[0] = v->pv.kernel_root | PAGE_TABLE_FLAGS;
		return virt_to_maddr(v->pv.compat_root);
	}
	return (v->pv.flags & PV_KERNEL_MODE) || !v->pv.user_root ? v->pv.kernel_root
								  : v->pv.user_root;
}

void load_vcpu_root(struct vcpu *v)
{
	const u64 root = vcpu_root(v);

	if (!cpumask_test_cpu(smp_cpu(), &v->domain->dirty_cpus))
		cpumask_set_cpu(smp_cpu(), &v->domain->dirty_cpus);
	cpu_info()->root = root;
	load_cr3(root);
}

/* References on a new root of v; 0, -EINVAL, -ERESTART. */
static int get_root(struct vcpu *v, mfn_t root, struct page_info **out)
{
	const u64 type = v->domain->is_32bit ? PGT_l3 : PGT_l4;
	struct page_info *pg = get_page_from_mfn(root, v->domain);
	int rc;

	if (!pg)
		return -EINVAL;
	rc = get_page_type_preemptible(pg, type);
	if (rc) {
		put_page(pg);
		return rc == -ERESTART ? rc : -EINVAL;
	}
	*out = pg;
	return 0;
}

/* What is left of the old root's teardown is the current vcpu's deferred work. */
static void put_root(u64 maddr)
{
	struct page_info *pg;

	if (!maddr)
		return;
	pg = mfn_to_page(maddr_to_mfn(maddr));
	put_page_type_preemptible(pg);
	put_page(pg);
}

static int begin_root_change(void)
{
	return current->pv.deferred ? finish_deferred(current) : 0;
}

int set_vcpu_kernel_root(struct vcpu *v, mfn_t root)
{
	const u64 old = v->pv.kernel_root;
	struct page_info *pg;
	int rc = begin_root_change();

	if (rc)
		return rc;
	if (mfn_to_maddr(root) != old) {
		rc = get_root(v, root, &pg);
		if (rc)
			return rc;
		v->pv.kernel_root = mfn_to_maddr(root);
	}
	if (!v->domain->is_32bit)
		show_m2p(v->domain, v->pv.kernel_root, true);
	if (v == current)
		load_vcpu_root(v);
	if (mfn_to_maddr(root) != old)
		put_root(old);
	return 0;
}

int set_vcpu_user_root(struct vcpu *v, mfn_t root)
{
	const u64 old = v->pv.user_root;
	struct page_info *pg;
	int rc = begin_root_change();

	if (rc)
		return rc;
	if (v->domain->is_32bit)
		return -EINVAL;
	if (mfn_to_maddr(root) == old)
		return 0;
	if (mfn_x(root)) {
		rc = get_root(v, root, &pg);
		if (rc)
			return rc;
		show_m2p(v->domain, mfn_to_maddr(root), false);
	}
	v->pv.user_root = mfn_to_maddr(root);
	put_root(old);
	return 0;
}

int vcpu_drop_roots(struct vcpu *v)
{
	u64 *const roots[] = { &v->pv.kernel_root, &v->pv.user_root };

	if (v->pv.compat_root)
		v->pv.compat_root[0] = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(roots); i++) {
		u64 old;

		if (begin_root_change())
			return -ERESTART;
		old = *roots[i];
		*roots[i] = 0;
		put_root(old);
	}
	if (begin_root_change())
		return -ERESTART;
	return v->pv.deferred ? finish_deferred(v) : 0;
}
