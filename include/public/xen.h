/* SPDX-License-Identifier: MIT */
/*
 * The core of the guest interface: hypercall numbers, virtual interrupts, page
 * table operations, well-known domain ids, and the two structures every guest
 * starts from, shared_info (lives as long as the domain) and start_info (handed
 * over at boot and after resume). All other public headers build on this one.
 */
#ifndef __XEN_PUBLIC_XEN_H__
#define __XEN_PUBLIC_XEN_H__

#include "xen-compat.h"

#if defined(__i386__) || defined(__x86_64__)
#include "arch-x86/xen.h"
#else
#error "this ABI is for x86 only"
#endif

#ifndef __ASSEMBLY__

/* Guest pointers to the plain C types that several interfaces share. */
DEFINE_XEN_GUEST_HANDLE(char);
__DEFINE_XEN_GUEST_HANDLE(uchar, unsigned char);
DEFINE_XEN_GUEST_HANDLE(int);
__DEFINE_XEN_GUEST_HANDLE(uint, unsigned int);
#if __XEN_INTERFACE_VERSION__ < 0x00040300
DEFINE_XEN_GUEST_HANDLE(long);
__DEFINE_XEN_GUEST_HANDLE(ulong, unsigned long);
#endif
DEFINE_XEN_GUEST_HANDLE(void);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);

/* How the compiler at hand spells the length of a trailing variable array. */
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L
#define XEN_FLEX_ARRAY_DIM
#elif defined(__GNUC__)
#define XEN_FLEX_ARRAY_DIM	0
#else
#define XEN_FLEX_ARRAY_DIM	1
#endif

/* Give a literal its C suffix; the assembler sees the bare number. */
#define __xen_mk_uint(x)	x ## U
#define __xen_mk_ulong(x)	x ## UL
#ifndef __xen_mk_ullong
#define __xen_mk_ullong(x)	x ## ULL
#endif
#define xen_mk_uint(x)		__xen_mk_uint(x)
#define xen_mk_ulong(x)		__xen_mk_ulong(x)
#define xen_mk_ullong(x)	__xen_mk_ullong(x)

#else /* __ASSEMBLY__ */

#define xen_mk_uint(x)		x
#define xen_mk_ulong(x)		x
#define xen_mk_ullong(x)	x

#endif /* __ASSEMBLY__ */

/*
 * Hypercall numbers. The "_compat" ones are older forms with other arguments,
 * still issued by kernels from the 2.6.18 family.
 */
#define __HYPERVISOR_set_trap_table			0
#define __HYPERVISOR_mmu_update				1
#define __HYPERVISOR_set_gdt				2
#define __HYPERVISOR_stack_switch			3
#define __HYPERVISOR_set_callbacks			4
#define __HYPERVISOR_fpu_taskswitch			5
#define __HYPERVISOR_sched_op_compat			6	/* until 0x00030101 */
#define __HYPERVISOR_platform_op			7
#define __HYPERVISOR_set_debugreg			8
#define __HYPERVISOR_get_debugreg			9
#define __HYPERVISOR_update_descriptor			10
#define __HYPERVISOR_memory_op				12
#define __HYPERVISOR_multicall				13
#define __HYPERVISOR_update_va_mapping			14
#define __HYPERVISOR_set_timer_op			15
#define __HYPERVISOR_event_channel_op_compat		16	/* until 0x00030202 */
#define __HYPERVISOR_xen_version			17
#define __HYPERVISOR_console_io				18
#define __HYPERVISOR_physdev_op_compat			19	/* until 0x00030202 */
#define __HYPERVISOR_grant_table_op			20
#define __HYPERVISOR_vm_assist				21
#define __HYPERVISOR_update_va_mapping_otherdomain	22
#define __HYPERVISOR_iret				23
#define __HYPERVISOR_vcpu_op				24
#define __HYPERVISOR_set_segment_base			25	/* 64-bit guests only */
#define __HYPERVISOR_mmuext_op				26
#define __HYPERVISOR_xsm_op				27
#define __HYPERVISOR_nmi_op				28
#define __HYPERVISOR_sched_op				29
#define __HYPERVISOR_callback_op			30
#define __HYPERVISOR_xenoprof_op			31
#define __HYPERVISOR_event_channel_op			32
#define __HYPERVISOR_physdev_op				33
#define __HYPERVISOR_hvm_op				34
#define __HYPERVISOR_sysctl				35
#define __HYPERVISOR_domctl				36
#define __HYPERVISOR_kexec_op				37
#define __HYPERVISOR_tmem_op				38
#define __HYPERVISOR_argo_op				39
#define __HYPERVISOR_xenpmu_op				40
#define __HYPERVISOR_dm_op				41
#define __HYPERVISOR_hypfs_op				42

/* 48 to 55 belong to the architecture; x86 uses the first for machine checks. */
#define __HYPERVISOR_arch_0	48
#define __HYPERVISOR_arch_1	49
#define __HYPERVISOR_arch_2	50
#define __HYPERVISOR_arch_3	51
#define __HYPERVISOR_arch_4	52
#define __HYPERVISOR_arch_5	53
#define __HYPERVISOR_arch_6	54
#define __HYPERVISOR_arch_7	55

/* A guest that asks for an old interface gets the old numbers by the new names. */
#if __XEN_INTERFACE_VERSION__ < 0x00030101
#undef __HYPERVISOR_sched_op
#define __HYPERVISOR_sched_op		__HYPERVISOR_sched_op_compat
#endif

#if __XEN_INTERFACE_VERSION__ < 0x00030202
#undef __HYPERVISOR_event_channel_op
#define __HYPERVISOR_event_channel_op	__HYPERVISOR_event_channel_op_compat
#undef __HYPERVISOR_physdev_op
#define __HYPERVISOR_physdev_op		__HYPERVISOR_physdev_op_compat
#endif

#if __XEN_INTERFACE_VERSION__ < 0x00030204
#define __HYPERVISOR_dom0_op		__HYPERVISOR_platform_op
#endif

/*
 * Virtual interrupts, bound to event channels by EVTCHNOP_bind_virq.
 * "vcpu": one binding per vcpu, never moved. "global": one per domain, first
 * bound on vcpu 0 and movable; those marked dom0 go to one domain in the host.
 */
#define VIRQ_TIMER	0	/* vcpu: a timer the guest armed has fired */
#define VIRQ_DEBUG	1	/* vcpu: please dump your state */
#define VIRQ_CONSOLE	2	/* global, dom0: input on the hypervisor's console */
#define VIRQ_DOM_EXC	3	/* global, dom0: a domain shut down or died */
#define VIRQ_TBUF	4	/* global, dom0: trace records are waiting */
#define VIRQ_DEBUGGER	6	/* global, dom0: a debugged domain has paused */
#define VIRQ_XENOPROF	7	/* vcpu: profile sample taken */
#define VIRQ_CON_RING	8	/* global, dom0: output in the hypervisor's log */
#define VIRQ_PCPU_STATE	9	/* global, dom0: a physical CPU came or went */
#define VIRQ_MEM_EVENT	10	/* global, dom0: memory event */
#define VIRQ_ARGO	11	/* global: argo message */
#define VIRQ_ENOMEM	12	/* global, dom0: host memory is running low */
#define VIRQ_XENPMU	13	/* vcpu: performance counter interrupt */

#define VIRQ_ARCH_0	16
#define VIRQ_ARCH_1	17
#define VIRQ_ARCH_2	18
#define VIRQ_ARCH_3	19
#define VIRQ_ARCH_4	20
#define VIRQ_ARCH_5	21
#define VIRQ_ARCH_6	22
#define VIRQ_ARCH_7	23

#define NR_VIRQS	24

/*
 * HYPERVISOR_mmu_update(reqs, count, done_out, foreigndom)
 *
 * Applies COUNT requests in order and reports how many succeeded. The low two
 * bits of a request's ptr select what is done at the (4- or 8-byte aligned)
 * machine address in the rest. foreigndom bits 15:0 name the owner of the
 * frames mapped (DOMID_SELF for the caller); bits 31:16, when not zero, name
 * the owner of the page tables, plus one.
 */
#define MMU_NORMAL_PT_UPDATE		0	/* write an entry, after checking it */
#define MMU_MACHPHYS_UPDATE		1	/* set the m2p entry of the frame at ptr */
#define MMU_PT_UPDATE_PRESERVE_AD	2	/* as 0, keeping accessed and dirty bits */
#define MMU_PT_UPDATE_NO_TRANSLATE	3	/* as 0, val is never translated */

/*
 * HYPERVISOR_mmuext_op(ops, count, done_out, foreigndom)
 *
 * Page-table operations that are not the write of one entry.
 */
#define MMUEXT_PIN_L1_TABLE		0	/* mfn: validate, and keep as a level-1 table */
#define MMUEXT_PIN_L2_TABLE		1
#define MMUEXT_PIN_L3_TABLE		2
#define MMUEXT_PIN_L4_TABLE		3
#define MMUEXT_UNPIN_TABLE		4	/* mfn: let go of a pinned table */
#define MMUEXT_NEW_BASEPTR		5	/* mfn: new root (kernel root in 64-bit) */
#define MMUEXT_TLB_FLUSH_LOCAL		6
#define MMUEXT_INVLPG_LOCAL		7	/* linear_addr */
#define MMUEXT_TLB_FLUSH_MULTI		8	/* vcpumask */
#define MMUEXT_INVLPG_MULTI		9	/* linear_addr, vcpumask */
#define MMUEXT_TLB_FLUSH_ALL		10
#define MMUEXT_INVLPG_ALL		11	/* linear_addr */
#define MMUEXT_FLUSH_CACHE		12	/* write back and invalidate, this CPU */
#define MMUEXT_SET_LDT			13	/* linear_addr (page aligned), nr_ents */
#define MMUEXT_NEW_USER_BASEPTR		15	/* mfn: user root, 64-bit only; 0 for none */
#define MMUEXT_CLEAR_PAGE		16	/* mfn: fill with zeros */
#define MMUEXT_COPY_PAGE		17	/* mfn from src_mfn */
#define MMUEXT_FLUSH_CACHE_GLOBAL	18	/* write back and invalidate, all CPUs */
#define MMUEXT_MARK_SUPER		19	/* mfn: first frame of a superpage */
#define MMUEXT_UNMARK_SUPER		20

#ifndef __ASSEMBLY__
struct mmuext_op {
	unsigned int cmd;	/* MMUEXT_* */
	union {
		xen_pfn_t mfn;
		unsigned long linear_addr;
	} arg1;
	union {
		unsigned int nr_ents;
#if __XEN_INTERFACE_VERSION__ >= 0x00030205
		XEN_GUEST_HANDLE(const_void) vcpumask;
#else
		const void *vcpumask;
#endif
		xen_pfn_t src_mfn;
	} arg2;
};
typedef struct mmuext_op mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);
#endif

/*
 * HYPERVISOR_update_va_mapping(va, val, flags) and
 * HYPERVISOR_update_va_mapping_otherdomain(va, val, flags, domid)
 *
 * Write the level-1 entry that maps va. flags says what to flush, and where;
 * with UVMF_MULTI the remaining bits are the address of a vcpu bitmap.
 */
#define UVMF_NONE		(xen_mk_ulong(0) << 0)
#define UVMF_TLB_FLUSH		(xen_mk_ulong(1) << 0)	/* everything */
#define UVMF_INVLPG		(xen_mk_ulong(2) << 0)	/* just va */
#define UVMF_FLUSHTYPE_MASK	(xen_mk_ulong(3) << 0)
#define UVMF_MULTI		(xen_mk_ulong(0) << 2)	/* on the CPUs in the bitmap */
#define UVMF_LOCAL		(xen_mk_ulong(0) << 2)	/* here: a null bitmap */
#define UVMF_ALL		(xen_mk_ulong(1) << 2)	/* on all CPUs of the domain */

/*
 * HYPERVISOR_console_io(cmd, count, buffer): 0 or an error for a write, bytes
 * read for a read. The console belongs to dom0; the output of any other domain
 * is cut into lines, stripped of control characters and rate-limited.
 */
#define CONSOLEIO_write	0
#define CONSOLEIO_read	1

/* HYPERVISOR_vm_assist(cmd, type) */
#define VMASST_CMD_enable	0
#define VMASST_CMD_disable	1

/*
 * What the hypervisor can do on a guest's behalf:
 *  0, 1	make segments look 4 GiB long in ring 1, with or without a trap
 *  2	emulate writes to level-1 page tables that are mapped read-only
 *  3	accept the folded cr3 form for PAE roots above 4 GiB
 *  4	keep IOPL as an architectural flag in frames; the kernel is ring 0
 *  5	mark a runstate area with XEN_RUNSTATE_UPDATE while it changes
 *  32	never show the m2p table to user mode (64-bit)
 */
#define VMASST_TYPE_4gb_segments		0
#define VMASST_TYPE_4gb_segments_notify		1
#define VMASST_TYPE_writable_pagetables		2
#define VMASST_TYPE_pae_extended_cr3		3
#define VMASST_TYPE_architectural_iopl		4
#define VMASST_TYPE_runstate_update_flag	5
#define VMASST_TYPE_m2p_strict			32

#if __XEN_INTERFACE_VERSION__ < 0x00040600
#define MAX_VMASST_TYPE		3
#endif

/* Domain ids from here on never name an ordinary domain. */
#define DOMID_FIRST_RESERVED	xen_mk_uint(0x7FF0)
#define DOMID_SELF		xen_mk_uint(0x7FF0)	/* the caller */
#define DOMID_IO		xen_mk_uint(0x7FF1)	/* owner of device memory */
#define DOMID_XEN		xen_mk_uint(0x7FF2)	/* owner of shareable hypervisor frames */
#define DOMID_COW		xen_mk_uint(0x7FF3)	/* owner of copy-on-write frames */
#define DOMID_INVALID		xen_mk_uint(0x7FF4)	/* nobody */
#define DOMID_IDLE		xen_mk_uint(0x7FFF)	/* the idle vcpus */
#define DOMID_MASK		xen_mk_uint(0x7FFF)

#ifndef __ASSEMBLY__

typedef uint16_t domid_t;

struct mmu_update {
	uint64_t ptr;	/* machine address of the entry, command in bits 1:0 */
	uint64_t val;
};
typedef struct mmu_update mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

/*
 * HYPERVISOR_multicall(calls, nr): each result is written back; registers that
 * do not exist in the caller's width must be zero.
 */
struct multicall_entry {
	xen_ulong_t op, result;
	xen_ulong_t args[6];
};
typedef struct multicall_entry multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

#if __XEN_INTERFACE_VERSION__ < 0x00040400
#define NR_EVENT_CHANNELS	EVTCHN_2L_NR_CHANNELS
#endif

/*
 * A vcpu's clock. The hypervisor makes version odd, writes, and makes it even
 * again; a reader retries when it was odd or has changed. Then
 *
 *  ns = system_time + (((tsc - tsc_timestamp) << tsc_shift)
 *                      * tsc_to_system_mul >> 32)
 *
 * where a negative shift goes right.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;	/* TSC when system_time was taken */
	uint64_t system_time;	/* nanoseconds since the host booted */
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
#if __XEN_INTERFACE_VERSION__ > 0x040600
	uint8_t flags;		/* XEN_PVCLOCK_* */
	uint8_t pad1[2];
#else
	int8_t pad1[3];
#endif
};
typedef struct vcpu_time_info vcpu_time_info_t;

#define XEN_PVCLOCK_TSC_STABLE_BIT	(1 << 0)
#define XEN_PVCLOCK_GUEST_STOPPED	(1 << 1)

/*
 * What one vcpu shares with the hypervisor. The upcall runs when
 * evtchn_upcall_pending is set and evtchn_upcall_mask is clear. The guest
 * clears pending before it scans, so that nothing is lost in between. Both
 * bytes are written by the CPU the vcpu is on, so no locked access is needed.
 */
struct vcpu_info {
	uint8_t evtchn_upcall_pending;
#ifdef XEN_HAVE_PV_UPCALL_MASK
	uint8_t evtchn_upcall_mask;
#else
	uint8_t pad0;
#endif
	xen_ulong_t evtchn_pending_sel;	/* words of evtchn_pending to look at */
	struct arch_vcpu_info arch;
	vcpu_time_info_t time;
};
#ifndef __XEN__
typedef struct vcpu_info vcpu_info_t;
#endif

/*
 * The page a domain shares with the hypervisor, at the machine address given in
 * start_info. An event on a port sets its pending bit; if the mask bit is clear,
 * that also sets the selector bit and the pending byte of the bound vcpu. The
 * guest clears pending bits and owns the mask bits. wc_* is the wall clock at
 * system time zero, versioned like vcpu_time_info.
 */
struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
	uint32_t wc_version;
	uint32_t wc_sec;
	uint32_t wc_nsec;
#if !defined(__i386__)
	uint32_t wc_sec_hi;
#define xen_wc_sec_hi	wc_sec_hi
#elif !defined(__XEN__) && !defined(__XEN_TOOLS__)
#define xen_wc_sec_hi	arch.wc_sec_hi
#endif
	struct arch_shared_info arch;
};
#ifndef __XEN__
typedef struct shared_info shared_info_t;
#endif

/*
 * Start of day. The kernel finds one contiguous virtual region, mapped 1:1 on
 * its first pseudo-physical frames, holding in this order and page aligned:
 * kernel image, initial ram disk (unless given by frame number), p2m list
 * (unless the kernel asked for it elsewhere), start_info, xenstore page and
 * console page (not dom0, whose console_info follows start_info), page tables
 * with the root first, boot stack. At least 512 KiB of mapped padding follow,
 * and the region ends on a 4 MiB boundary. Page tables are mapped read-only,
 * all else writable.
 */
#ifdef XEN_HAVE_PV_GUEST_ENTRY
struct start_info {
	/* Valid at boot and after resume. */
	char magic[32];				/* "xen-<version>-<platform>" */
	unsigned long nr_pages;			/* frames the domain has */
	unsigned long shared_info;		/* machine address of shared_info */
	uint32_t flags;				/* SIF_* */
	xen_pfn_t store_mfn;			/* machine frame of the xenstore ring */
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;		/* machine frame of the console ring */
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off;	/* of dom0_vga_console_info, from here */
			uint32_t info_size;
		} dom0;
	} console;
	/* Valid at boot only. */
	unsigned long pt_base;			/* virtual address of the root table */
	unsigned long nr_pt_frames;
	unsigned long mfn_list;			/* virtual address of the p2m list */
	unsigned long mod_start;		/* virtual, or a pfn: SIF_MOD_START_PFN */
	unsigned long mod_len;			/* bytes */
#define MAX_GUEST_CMDLINE 1024
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	unsigned long first_p2m_pfn;		/* with XEN_ELFNOTE_INIT_P2M only */
	unsigned long nr_p2m_frames;
};
typedef struct start_info start_info_t;

#if __XEN_INTERFACE_VERSION__ < 0x00030203
#define console_mfn	console.domU.mfn
#define console_evtchn	console.domU.evtchn
#endif
#endif /* XEN_HAVE_PV_GUEST_ENTRY */

/* start_info.flags */
#define SIF_PRIVILEGED		(1 << 0)	/* may use the control interfaces */
#define SIF_INITDOMAIN		(1 << 1)	/* this is the first domain */
#define SIF_MULTIBOOT_MOD	(1 << 2)	/* mod_start is a xen_multiboot_mod_list */
#define SIF_MOD_START_PFN	(1 << 3)	/* mod_start is a frame number */
#define SIF_VIRT_P2M_4TOOLS	(1 << 4)	/* tools can follow the linear p2m list */
#define SIF_PM_MASK		(0xFF << 8)	/* power-management options */

/*
 * Several modules passed as one: an array at its start, addresses relative to
 * it, ended by an entry whose mod_start is 0.
 */
struct xen_multiboot_mod_list {
	uint32_t mod_start;
	uint32_t mod_end;	/* last byte, inclusive */
	uint32_t cmdline;	/* zero-terminated */
	uint32_t pad;		/* zero */
};

/* What firmware or boot loader left on the screen, for dom0 to carry on with. */
typedef struct dom0_vga_console_info {
	uint8_t video_type;
#define XEN_VGATYPE_TEXT_MODE_3	0x03
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70
	union {
		struct {
			uint16_t font_height;	/* pixels */
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;
		struct {
			uint16_t width, height;	/* pixels */
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;	/* physical address */
			uint32_t lfb_size;	/* 64 KiB units */
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
#if __XEN_INTERFACE_VERSION__ >= 0x00030206
			uint32_t gbl_caps;	/* VBE capabilities */
			uint16_t mode_attrs;	/* VBE mode attributes */
			uint16_t pad;
#endif
#if __XEN_INTERFACE_VERSION__ >= 0x00040d00
			uint32_t ext_lfb_base;	/* lfb_base bits 63:32 */
#endif
		} vesa_lfb;
	} u;
} dom0_vga_console_info_t;
#define xen_vga_console_info	dom0_vga_console_info
#define xen_vga_console_info_t	dom0_vga_console_info_t

/* A domain's UUID, chosen by the tools. */
typedef uint8_t xen_domain_handle_t[16];

__DEFINE_XEN_GUEST_HANDLE(uint8, uint8_t);
__DEFINE_XEN_GUEST_HANDLE(uint16, uint16_t);
__DEFINE_XEN_GUEST_HANDLE(uint32, uint32_t);
__DEFINE_XEN_GUEST_HANDLE(uint64, uint64_t);

typedef struct {
	uint8_t a[16];
} xen_uuid_t;

/*
 * XEN_DEFINE_UUID(0x00112233, 0x4455, 0x6677, 0x8899, 0xaa, ... 0xff) stores the
 * bytes in the order they are written, as libuuid does.
 */
#define XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6)		\
	{ { ((a) >> 24) & 0xFF, ((a) >> 16) & 0xFF,			\
	    ((a) >> 8) & 0xFF, (a) & 0xFF,				\
	    ((b) >> 8) & 0xFF, (b) & 0xFF,				\
	    ((c) >> 8) & 0xFF, (c) & 0xFF,				\
	    ((d) >> 8) & 0xFF, (d) & 0xFF,				\
	    e1, e2, e3, e4, e5, e6 } }

#if defined(__STDC_VERSION__) ? __STDC_VERSION__ >= 199901L : defined(__GNUC__)
#define XEN_DEFINE_UUID(a, b, c, d, e1, e2, e3, e4, e5, e6)		\
	((xen_uuid_t)XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6))
#else
#define XEN_DEFINE_UUID(a, b, c, d, e1, e2, e3, e4, e5, e6)		\
	XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6)
#endif

#endif /* !__ASSEMBLY__ */

/*
 * domctl and sysctl look the same to 32- and 64-bit tools: 64-bit fields and
 * handles are 8-byte aligned. 32-bit x86 defines these three itself.
 */
#if defined(__XEN__) || defined(__XEN_TOOLS__)

#ifndef int64_aligned_t
#define int64_aligned_t			int64_t
#endif
#ifndef uint64_aligned_t
#define uint64_aligned_t		uint64_t
#endif
#ifndef XEN_GUEST_HANDLE_64
#define XEN_GUEST_HANDLE_64(name)	XEN_GUEST_HANDLE(name)
#endif

#ifndef __ASSEMBLY__
struct xenctl_bitmap {
	XEN_GUEST_HANDLE_64(uint8) bitmap;
	uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;
#endif

#endif /* __XEN__ || __XEN_TOOLS__ */

#endif /* __XEN_PUBLIC_XEN_H__ */
