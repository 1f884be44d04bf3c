// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest finds when it starts: start_info, the shared info page, and the
 * registers of its first vcpu, in the 64-bit and in the 32-bit layout.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "build.h"
#include "guest32.h"
#include "private.h"

#define EFLAGS_IF	(1UL << 9)

static uint64_t va_of(const struct build *b, uint64_t pfn)
{
	return b->boot.start + (pfn << HV_PAGE_SHIFT);
}

static uint64_t initrd_where(const struct build *b)
{
	if (!b->in->initrd_size)
		return 0;
	return b->in->image->initrd_by_pfn ? b->initrd_pfn : va_of(b, b->initrd_pfn);
}

static uint32_t start_flags(const struct build *b)
{
	uint32_t f = b->in->image->is_64 ? SIF_VIRT_P2M_4TOOLS : 0;

	if (b->in->initrd_size && b->in->image->initrd_by_pfn)
		f |= SIF_MOD_START_PFN;
	return f;
}

static void start_64(struct build *b, start_info_t *s)
{
	snprintf(s->magic, sizeof(s->magic), "xen-3.0-x86_64");
	s->nr_pages = b->in->nr_pages;
	s->shared_info = b->shared_mfn << HV_PAGE_SHIFT;
	s->flags = start_flags(b);
	s->store_mfn = b->in->store_mfn;
	s->store_evtchn = b->in->store_port;
	s->console.domU.mfn = b->in->console_mfn;
	s->console.domU.evtchn = b->in->console_port;
	s->pt_base = va_of(b, b->pt_pfn);
	s->nr_pt_frames = b->pt_pages;
	if (b->list.end) {
		s->mfn_list = b->list.start;
		s->first_p2m_pfn = b->p2m_pfn;
		s->nr_p2m_frames = b->p2m_pages + b->p2m_pt_pages;
	} else {
		s->mfn_list = va_of(b, b->p2m_pfn);
	}
	s->mod_start = initrd_where(b);
	s->mod_len = b->in->initrd_size;
	strncpy((char *)s->cmd_line, b->in->cmdline, MAX_GUEST_CMDLINE - 1);
}

static void start_32(struct build *b, struct start_info_32 *s)
{
	snprintf(s->magic, sizeof(s->magic), "xen-3.0-x86_32p");
	s->nr_pages = b->in->nr_pages;
	s->shared_info = b->shared_mfn << HV_PAGE_SHIFT;
	s->flags = start_flags(b);
	s->store_mfn = b->in->store_mfn;
	s->store_evtchn = b->in->store_port;
	s->console_mfn = b->in->console_mfn;
	s->console_evtchn = b->in->console_port;
	s->pt_base = va_of(b, b->pt_pfn);
	s->nr_pt_frames = b->pt_pages;
	s->mfn_list = va_of(b, b->p2m_pfn);
	s->mod_start = initrd_where(b);
	s->mod_len = b->in->initrd_size;
	strncpy((char *)s->cmd_line, b->in->cmdline, MAX_GUEST_CMDLINE - 1);
}

int build_start_info(struct build *b)
{
	void *p = build_map(b, b->start_pfn, 1);

	if (!p)
		return -EIO;
	memset(p, 0, HV_PAGE_SIZE);
	if (b->in->image->is_64)
		start_64(b, p);
	else
		start_32(b, p);
	hv_unmap(p, 1);
	return 0;
}

int build_shared_info(struct build *b)
{
	xen_pfn_t mfn = b->shared_mfn;
	unsigned int i;
	void *p = hv_map_frames(b->h, b->in->domid, &mfn, 1, PROT_READ | PROT_WRITE);

	if (!p)
		return hv_fail(b->h, -errno, "cannot map the guest's shared info page: %s", strerror(errno));
	memset(p, 0, HV_PAGE_SIZE);
	/* Events stay masked until the guest is ready for them. */
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		if (b->in->image->is_64)
			((shared_info_t *)p)->vcpu_info[i].evtchn_upcall_mask = 1;
		else
			((struct shared_info_32 *)p)->vcpu[i].upcall_mask = 1;
	}
	hv_unmap(p, 1);
	return 0;
}

static int vcpu_64(struct build *b)
{
	vcpu_guest_context_t c;

	memset(&c, 0, sizeof(c));
	c.user_regs.rip = b->in->image->virt_entry;
	c.user_regs.rsp = va_of(b, b->stack_pfn + 1);
	c.user_regs.rsi = va_of(b, b->start_pfn);
	c.user_regs.rflags = EFLAGS_IF;
	c.user_regs.ds = c.user_regs.es = c.user_regs.fs = c.user_regs.gs = FLAT_KERNEL_DS;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.kernel_ss = c.user_regs.ss;
	c.kernel_sp = c.user_regs.rsp;
	c.flags = VGCF_in_kernel | VGCF_online;
	c.ctrlreg[3] = xen_pfn_to_cr3(b->p2m[b->root_pfn]);
	return hv_vcpu_set_context(b->h, b->in->domid, 0, &c, sizeof(c));
}

static int vcpu_32(struct build *b)
{
	struct vcpu_context_32 c;

	memset(&c, 0, sizeof(c));
	c.regs.eip = b->in->image->virt_entry;
	c.regs.esp = va_of(b, b->stack_pfn + 1);
	c.regs.esi = va_of(b, b->start_pfn);
	c.regs.eflags = EFLAGS_IF;
	c.regs.ds = c.regs.es = c.regs.fs = c.regs.gs = FLAT32_KERNEL_DS;
	c.regs.cs = FLAT32_KERNEL_CS;
	c.regs.ss = FLAT32_KERNEL_SS;
	c.kernel_ss = c.regs.ss;
	c.kernel_sp = c.regs.esp;
	c.flags = VGCF_in_kernel | VGCF_online;
	c.ctrlreg[3] = cr3_32_from_frame(b->p2m[b->root_pfn]);
	if (b->in->image->pae_extended)
		c.vm_assist = 1U << VMASST_TYPE_pae_extended_cr3;
	return hv_vcpu_set_context(b->h, b->in->domid, 0, &c, sizeof(c));
}

int build_first_vcpu(struct build *b)
{
	int rc = b->in->image->is_64 ? vcpu_64(b) : vcpu_32(b);

	return rc ? hv_fail(b->h, rc, "the hypervisor refuses the registers of the first vcpu: %s", strerror(-rc)) : 0;
}
