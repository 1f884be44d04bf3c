/* SPDX-License-Identifier: MIT */
/*
 * Notes by which a kernel image (owner name "Xen") tells the domain builder how it
 * wants to be loaded. "number" notes hold a 4- or 8-byte integer, the rest text.
 */
#ifndef __XEN_PUBLIC_ELFNOTE_H__
#define __XEN_PUBLIC_ELFNOTE_H__

#define XEN_ELFNOTE_INFO		0	/* text: for humans */
#define XEN_ELFNOTE_ENTRY		1	/* number: virtual address to start at */
#define XEN_ELFNOTE_HYPERCALL_PAGE	2	/* number: virtual address of a page to fill */
#define XEN_ELFNOTE_VIRT_BASE		3	/* number: virtual address of the first frame */
#define XEN_ELFNOTE_PADDR_OFFSET	4	/* number: taken off the physical addresses */
#define XEN_ELFNOTE_XEN_VERSION		5	/* text: "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS		6	/* text */
#define XEN_ELFNOTE_GUEST_VERSION	7	/* text */
#define XEN_ELFNOTE_LOADER		8	/* text: "generic" */
#define XEN_ELFNOTE_PAE_MODE		9	/* text: "yes", "no", "bimodal", "yes[extended-cr3]" */
#define XEN_ELFNOTE_FEATURES		10	/* text: XENFEAT_ names with '|' between */
#define XEN_ELFNOTE_BSD_SYMTAB		11	/* text: "yes" loads the symbol table */
#define XEN_ELFNOTE_HV_START_LOW	12	/* number: lowest start of the hypervisor's window */
#define XEN_ELFNOTE_L1_MFN_VALID	13	/* numbers: mask and value of a present entry */
#define XEN_ELFNOTE_SUSPEND_CANCEL	14	/* number: 1 if a suspend may return 1 */
#define XEN_ELFNOTE_INIT_P2M		15	/* number: where to map the p2m list */
#define XEN_ELFNOTE_MOD_START_PFN	16	/* number: 1 to leave the ram disk unmapped */
#define XEN_ELFNOTE_SUPPORTED_FEATURES	17	/* number: XENFEAT_ bits */
#define XEN_ELFNOTE_PHYS32_ENTRY	18	/* number: physical entry point (PVH) */

#define XEN_ELFNOTE_MAX	XEN_ELFNOTE_PHYS32_ENTRY

/* Notes in the core dump of a crashed host, and of a domain. */
#define XEN_ELFNOTE_CRASH_INFO			0x1000001
#define XEN_ELFNOTE_CRASH_REGS			0x1000002
#define XEN_ELFNOTE_DUMPCORE_NONE		0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER		0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION	0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION	0x2000003

#endif /* __XEN_PUBLIC_ELFNOTE_H__ */
