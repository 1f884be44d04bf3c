// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_mca, for dom0's machine-check logger: which CPUs there are, and
 * reports of the errors that the machine survived.
 */
#include <arch/cpufeature.h>
#include <arch/mca.h>
#include <arch/msr.h>
#include <arch/smp.h>
#include <common/domain.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/arch-x86/xen-mca.h>

#define OP_HEAD			offsetof(struct xen_mc, u)
/* In the 32-bit layout the register values follow without padding. */
#define CPU_HEAD_32		(offsetof(struct mcinfo_logical_cpu, mc_nmsrvals) + sizeof(s32))
#define CPU_MSR_BYTES		(sizeof(xen_mcinfo_msr_t) * __MC_MSR_ARRAYSIZE)
#define VENDOR_NUMBER_INTEL	0
#define VENDOR_NUMBER_AMD	2
#define VENDOR_NUMBER_UNKNOWN	0xff

/* The same on every CPU but for what the caller adds. */
static void describe_cpu(struct mcinfo_logical_cpu *c, u32 cpu)
{
	u64 mcg_cap;

	memset(c, 0, sizeof(*c));
	c->mc_cpunr = cpu;
	c->mc_chipid = cpu_to_socket(cpu);
	c->mc_coreid = cpu_to_core(cpu) % boot_cpu.cores_per_package;
	c->mc_threadid = cpu_apic_id[cpu] % boot_cpu.threads_per_core;
	c->mc_apicid = c->mc_clusterid = cpu_apic_id[cpu];
	c->mc_ncores = c->mc_ncores_active = boot_cpu.cores_per_package;
	c->mc_nthreads = boot_cpu.threads_per_core;
	c->mc_cpuid_level = boot_cpu.max_leaf;
	c->mc_family = boot_cpu.family;
	c->mc_model = boot_cpu.model;
	c->mc_step = boot_cpu.stepping;
	c->mc_vendor = boot_cpu.vendor == VENDOR_INTEL ? VENDOR_NUMBER_INTEL :
		       boot_cpu.vendor == VENDOR_AMD ? VENDOR_NUMBER_AMD : VENDOR_NUMBER_UNKNOWN;
	strlcpy(c->mc_vendorid, boot_cpu.vendor_string, sizeof(c->mc_vendorid));
	strlcpy(c->mc_brandid, boot_cpu.model_name, sizeof(c->mc_brandid));
	c->mc_cpu_caps[MC_CAPS_STD_EDX] = cpuid(1, 0).d;
	c->mc_cpu_caps[MC_CAPS_STD_ECX] = cpuid(1, 0).c;
	if (boot_cpu.max_ext_leaf >= 0x80000001) {
		c->mc_cpu_caps[MC_CAPS_AMD_EDX] = cpuid(0x80000001, 0).d;
		c->mc_cpu_caps[MC_CAPS_AMD_ECX] = cpuid(0x80000001, 0).c;
	}
	c->mc_cache_alignment = boot_cpu.clflush_bytes;
	if (!rdmsr_safe(MSR_IA32_MCG_CAP, &mcg_cap)) {
		c->mc_nmsrvals = 1;
		c->mc_msrvalues[0] = (xen_mcinfo_msr_t){ MSR_IA32_MCG_CAP, mcg_cap };
	}
}

static long physcpuinfo(struct domain *d, struct xen_mc *op, u64 arg)
{
	struct xen_mc_physcpuinfo *info = &op->u.mc_physcpuinfo;
	u64 to = d->is_32bit ? (u32)handle_addr(info->info) : handle_addr(info->info);
	struct mcinfo_logical_cpu c;
	u32 room = info->ncpus, n = 0, cpu;

	if (to && (!room || room > MAX_CPUS * 4))
		return -EINVAL;
	for_each_online_cpu(cpu) {
		if (to && n < room) {
			describe_cpu(&c, cpu);
			if (d->is_32bit) {
				if (copy_to_guest(to, &c, CPU_HEAD_32) ||
				    copy_to_guest(to + CPU_HEAD_32, c.mc_msrvalues, CPU_MSR_BYTES))
					return -EFAULT;
				to += CPU_HEAD_32 + CPU_MSR_BYTES;
			} else {
				if (write_guest(to, &c))
					return -EFAULT;
				to += sizeof(c);
			}
		}
		n++;
	}
	info->ncpus = to ? min(n, room) : n;
	return copy_to_guest(arg + OP_HEAD, &info->ncpus, sizeof(info->ncpus));
}

/* As one record about the CPU and one about its bank: the same in both ABIs. */
static void describe_error(struct mc_info *info, const struct mca_report *r)
{
	struct mcinfo_global g = {
		.common = { MC_TYPE_GLOBAL, sizeof(g) },
		/* Nobody knows who ran when it happened, or whose the address was. */
		.mc_domid = DOMID_INVALID, .mc_vcpuid = XEN_MC_VCPUID_INVALID,
		.mc_socketid = cpu_to_socket(r->cpu),
		.mc_coreid = cpu_to_core(r->cpu) % boot_cpu.cores_per_package,
		.mc_core_threadid = cpu_apic_id[r->cpu] % boot_cpu.threads_per_core,
		.mc_apicid = cpu_apic_id[r->cpu],
		.mc_flags = MC_FLAG_POLLED | (mca_uncorrected(r) ? MC_FLAG_UNCORRECTABLE : MC_FLAG_CORRECTABLE),
		.mc_gstatus = r->gstatus,
	};
	struct mcinfo_bank b = {
		.common = { MC_TYPE_BANK, sizeof(b) },
		.mc_bank = r->bank, .mc_domid = DOMID_INVALID,
		.mc_status = r->status, .mc_addr = r->addr, .mc_misc = r->misc, .mc_tsc = r->tsc,
	};

	memset(info, 0, sizeof(*info));
	info->mi_nentries = 2;
	memcpy(info->mi_data, &g, sizeof(g));
	memcpy((char *)info->mi_data + sizeof(g), &b, sizeof(b));
}

/* A report stays the one to fetch until it is acknowledged. */
static long fetch(struct domain *d, struct xen_mc *op, u64 arg)
{
	struct xen_mc_fetch *f = &op->u.mc_fetch;
	u64 to = d->is_32bit ? (u32)handle_addr(f->data) : handle_addr(f->data);
	struct mca_report r;
	struct mc_info info;

	switch (f->flags) {
	case XEN_MC_NONURGENT:
	case XEN_MC_URGENT:
		if (!mca_oldest(f->flags == XEN_MC_URGENT, &r)) {
			f->flags = XEN_MC_NODATA;
			f->fetch_id = 0;
			break;
		}
		describe_error(&info, &r);
		if (write_guest(to, &info))
			return -EFAULT;
		f->flags = XEN_MC_OK;
		f->fetch_id = r.id;
		break;
	case XEN_MC_NONURGENT | XEN_MC_ACK:
	case XEN_MC_URGENT | XEN_MC_ACK:
		mca_acknowledge(f->fetch_id);
		f->flags = XEN_MC_OK;
		f->fetch_id = 0;
		break;
	default:
		return -EINVAL;
	}
	return copy_to_guest(arg + OP_HEAD, f, offsetof(struct xen_mc_fetch, data));
}

long do_mca(u64 arg)
{
	struct domain *d = current->domain;
	struct xen_mc op;

	if (!is_control_domain(d))
		return -EPERM;
	memset(&op, 0, sizeof(op));
	/* What the kinds of call served here have in common fits in front of the others' tails. */
	if (copy_from_guest(&op, arg, OP_HEAD + sizeof(op.u.mc_fetch)))
		return -EFAULT;
	if (op.interface_version != XEN_MCA_INTERFACE_VERSION)
		return -EACCES;
	switch (op.cmd) {
	case XEN_MC_fetch:
		return fetch(d, &op, arg);
	case XEN_MC_notifydomain:
		/* There is nothing to be notified of that the virtual interrupt does not tell. */
		return -EINVAL;
	case XEN_MC_physcpuinfo:
		return physcpuinfo(d, &op, arg);
	case XEN_MC_msrinject:
	case XEN_MC_mceinject:
	case XEN_MC_inject_v2:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}
