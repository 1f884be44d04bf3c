/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's CPUID leaves. They start at 0x40000000 or, where another
 * hypervisor's leaves are shown too, at the next free multiple of 0x100.
 *
 * +0: eax is the highest leaf, ebx, ecx and edx spell "XenVMMXenVMM"
 * +1: eax is the version, major in the high half
 * +2: eax is the number of hypercall pages, ebx the MSR that places one, ecx
 * features
 * +3: time, by subleaf. 0: eax bit 0 TSC emulated, 1 host TSC reliable, 2 RDTSCP;
 * ebx TSC mode, ecx guest kHz, edx incarnation. 1: eax and ebx offset, ecx
 * multiplier, edx shift. 2: eax host kHz
 * +4: HVM features
 * +5: PV. eax is the highest subleaf, ebx[7:0] the machine address width
 */
#ifndef __XEN_PUBLIC_ARCH_X86_CPUID_H__
#define __XEN_PUBLIC_ARCH_X86_CPUID_H__

#define XEN_CPUID_FIRST_LEAF	0x40000000
#define XEN_CPUID_LEAF(i)	(XEN_CPUID_FIRST_LEAF + (i))

#define XEN_CPUID_SIGNATURE_EBX	0x566e6558	/* "XenV" */
#define XEN_CPUID_SIGNATURE_ECX	0x65584d4d	/* "MMXe" */
#define XEN_CPUID_SIGNATURE_EDX	0x4d4d566e	/* "nVMM" */

/* Leaf +2, ecx. */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	(1u << 0)

/* Leaf +4, eax. */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT	(1u << 0)
#define XEN_HVM_CPUID_X2APIC_VIRT	(1u << 1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS	(1u << 2)
#define XEN_HVM_CPUID_VCPU_ID_PRESENT	(1u << 3)
#define XEN_HVM_CPUID_DOMID_PRESENT	(1u << 4)
#define XEN_HVM_CPUID_EXT_DEST_ID	(1u << 5)
#define XEN_HVM_CPUID_UPCALL_VECTOR	(1u << 6)

/* Leaf +5, ebx. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK	(0xffu << 0)

#define XEN_CPUID_MAX_NUM_LEAVES	5

#endif /* __XEN_PUBLIC_ARCH_X86_CPUID_H__ */
