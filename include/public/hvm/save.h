/* SPDX-License-Identifier: MIT */
/*
 * HVM state records are not part of this ABI, for there are no HVM guests. One of
 * them is also a field of xen_domctl_ext_vcpucontext, and is all that is here.
 */
#ifndef __XEN_PUBLIC_HVM_SAVE_H__
#define __XEN_PUBLIC_HVM_SAVE_H__

/* A vcpu's virtual machine-check registers. */
struct hvm_vmce_vcpu {
	uint64_t caps;
	uint64_t mci_ctl2_bank0;
	uint64_t mci_ctl2_bank1;
	uint64_t mcg_ext_ctl;
};

#endif /* __XEN_PUBLIC_HVM_SAVE_H__ */
