/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxen: what a dom0 program needs from the hypervisor and from Linux's Xen
 * devices, and no more. One `struct hv` is one open connection; it belongs to
 * one thread, and a forked child opens its own (the hypercall buffers are not
 * inherited). Unless said otherwise a function returns 0 or a negative errno;
 * the ones that say "with a sentence" leave words for people in hv_why().
 */
#ifndef LIBXEN_LIBXEN_H
#define LIBXEN_LIBXEN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <xen/xen.h>
#include <xen/memory.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/version.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/sched.h>

#define HV_PAGE_SHIFT	12
#define HV_PAGE_SIZE	4096UL
#define HV_INVALID_PFN	(~(uint64_t)0)

struct hv;

/* --- connection (handle.c) --- */
struct hv *hv_open(void);			/* NULL, errno set */
void hv_close(struct hv *h);
/* Building, saving and restoring end with -EINTR once *stop is set; NULL: never. */
void hv_stop_when(struct hv *h, const volatile sig_atomic_t *stop);
const char *hv_why(const struct hv *h);		/* last sentence, "" if none */
int hv_fail(struct hv *h, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));	/* keeps the sentence, returns err */
long hv_call(struct hv *h, unsigned int op, uint64_t a1, uint64_t a2,
	     uint64_t a3, uint64_t a4, uint64_t a5);
/* Hypercall-safe memory, zeroed; stack discipline: mark, take, release. */
size_t hv_mark(struct hv *h);
void *hv_take(struct hv *h, size_t bytes);	/* NULL when the arena is full */
void hv_release(struct hv *h, size_t mark);

/* --- foreign memory (foreign.c) --- */
/* Maps n frames of domid at consecutive addresses; NULL with errno if any fails. */
void *hv_map_frames(struct hv *h, uint32_t domid, const xen_pfn_t *mfns, size_t n, int prot);
/* As above, but a frame that fails only sets its err[] slot. */
void *hv_map_some(struct hv *h, uint32_t domid, const xen_pfn_t *mfns, size_t n, int prot, int *err);
void hv_unmap(void *va, size_t n);
void *hv_map_grant_table(struct hv *h, uint32_t domid, size_t nr_frames);

/* --- domains (domctl.c) --- */
int hv_domctl(struct hv *h, struct xen_domctl *op);
int hv_domain_create(struct hv *h, uint32_t *domid, const struct xen_domctl_createdomain *c);
int hv_domain_destroy(struct hv *h, uint32_t domid);
int hv_domain_pause(struct hv *h, uint32_t domid);
int hv_domain_unpause(struct hv *h, uint32_t domid);
int hv_domain_resume(struct hv *h, uint32_t domid);
int hv_domain_shutdown(struct hv *h, uint32_t domid, unsigned int reason);
int hv_domain_info(struct hv *h, uint32_t domid, struct xen_domctl_getdomaininfo *out);
/* Up to max domains with id >= first; returns how many. */
int hv_domain_list(struct hv *h, uint32_t first, struct xen_domctl_getdomaininfo *out, unsigned int max);
int hv_domain_max_mem(struct hv *h, uint32_t domid, uint64_t kib);
int hv_domain_max_vcpus(struct hv *h, uint32_t domid, uint32_t n);
int hv_domain_address_size(struct hv *h, uint32_t domid, unsigned int *bits);
int hv_domain_set_address_size(struct hv *h, uint32_t domid, unsigned int bits);
/* XEN_DOMCTL_SENDTRIGGER_*; -ESRCH: no such vcpu. */
int hv_domain_trigger(struct hv *h, uint32_t domid, uint32_t trigger, uint32_t vcpu);
int hv_domain_set_handle(struct hv *h, uint32_t domid, const uint8_t handle[16]);
int hv_domain_time_offset(struct hv *h, uint32_t domid, int64_t seconds);
int hv_domain_hypercall_page(struct hv *h, uint32_t domid, xen_pfn_t mfn);
int hv_domain_get_tsc(struct hv *h, uint32_t domid, struct xen_domctl_tsc_info *t);
int hv_domain_set_tsc(struct hv *h, uint32_t domid, const struct xen_domctl_tsc_info *t);
/* In place: frame numbers become XEN_DOMCTL_PFINFO_* type words. n <= 4096. */
int hv_frame_types(struct hv *h, uint32_t domid, uint64_t *frames, size_t n);
/* Weight and cap; sched_id is what hv_sched_id() says. */
int hv_sched_params(struct hv *h, uint32_t domid, bool set, uint32_t sched_id,
		    struct xen_domctl_sched_credit2 *p);

/* --- vcpus (vcpu.c) --- */
/* The context is in the guest's own layout: size 64 or 32 bit, see guest32.h. */
int hv_vcpu_get_context(struct hv *h, uint32_t domid, uint32_t vcpu, void *ctx, size_t size);
int hv_vcpu_set_context(struct hv *h, uint32_t domid, uint32_t vcpu, const void *ctx, size_t size);
int hv_vcpu_info(struct hv *h, uint32_t domid, uint32_t vcpu, struct xen_domctl_getvcpuinfo *out);
int hv_vcpu_get_affinity(struct hv *h, uint32_t domid, uint32_t vcpu, uint8_t *hard, uint8_t *soft, size_t bytes);
int hv_vcpu_set_affinity(struct hv *h, uint32_t domid, uint32_t vcpu, const uint8_t *hard, const uint8_t *soft, size_t bytes);
/* Ends a pinning that the vcpu asked for itself (SCHEDOP_pin_override). */
int hv_vcpu_unpin(struct hv *h, uint32_t domid, uint32_t vcpu);
int hv_vcpu_get_ext(struct hv *h, uint32_t domid, uint32_t vcpu, struct xen_domctl_ext_vcpucontext *e);
int hv_vcpu_set_ext(struct hv *h, uint32_t domid, const struct xen_domctl_ext_vcpucontext *e);
/* *buf is malloc'd; *size 0 when the CPU has no extended state. */
int hv_vcpu_get_xstate(struct hv *h, uint32_t domid, uint32_t vcpu, void **buf, size_t *size, uint64_t *mask);
int hv_vcpu_set_xstate(struct hv *h, uint32_t domid, uint32_t vcpu, const void *buf, size_t size, uint64_t mask);
int hv_vcpu_get_msrs(struct hv *h, uint32_t domid, uint32_t vcpu, xen_domctl_vcpu_msr_t **msrs, uint32_t *n);
int hv_vcpu_set_msrs(struct hv *h, uint32_t domid, uint32_t vcpu, const xen_domctl_vcpu_msr_t *msrs, uint32_t n);

/* --- CPU policy (cpupolicy.c) --- */
struct hv_cpu_policy {
	xen_cpuid_leaf_t *leaves;
	xen_msr_entry_t *msrs;
	uint32_t nr_leaves, nr_msrs;
};
int hv_cpu_policy_get(struct hv *h, uint32_t domid, struct hv_cpu_policy *p);
int hv_cpu_policy_set(struct hv *h, uint32_t domid, const struct hv_cpu_policy *p);
void hv_cpu_policy_free(struct hv_cpu_policy *p);

/* --- memory (memory.c) --- */
/* extents: guest frame bases in, machine frame bases out. Returns how many were done. */
long hv_populate(struct hv *h, uint32_t domid, xen_pfn_t *extents, size_t n, unsigned int order, unsigned int flags);
int hv_claim_pages(struct hv *h, uint32_t domid, uint64_t pages);
int hv_set_memory_map(struct hv *h, uint32_t domid, uint64_t bytes);
long hv_max_ram_frame(struct hv *h);
/* First frames of the 2 MiB chunks of the table that names each machine frame's
 * guest frame, to be mapped as DOMID_XEN's; 0: a hole. Returns how many there are. */
long hv_machine_table(struct hv *h, xen_pfn_t *chunks, size_t n);

/* --- event channels, grants, hypercalls of dom0 (evtchn.c, gnttab.c) --- */
int hv_evtchn_alloc_unbound(struct hv *h, uint32_t domid, uint32_t remote, uint32_t *port);
/* Puts the console and xenstore frames into the guest's reserved grant entries. */
int hv_grant_seed(struct hv *h, uint32_t domid, xen_pfn_t console, xen_pfn_t store,
		  uint32_t console_domid, uint32_t store_domid);

int evtchn_open(void);				/* fd or -errno */
int evtchn_bind_interdomain(int fd, uint32_t domid, uint32_t port);	/* local port */
int evtchn_bind_virq(int fd, unsigned int virq);
int evtchn_unbind(int fd, uint32_t port);
int evtchn_notify(int fd, uint32_t port);
int evtchn_pending(int fd);			/* next port, masked until unmask; -EAGAIN */
int evtchn_unmask(int fd, uint32_t port);

int gnttab_open(void);
void *gnttab_map(int fd, uint32_t domid, uint32_t ref, int prot);	/* one page, NULL errno */
int gnttab_unmap(int fd, void *page);

/* --- the machine (sysctl.c) --- */
int hv_sysctl(struct hv *h, struct xen_sysctl *op);
int hv_physinfo(struct hv *h, struct xen_sysctl_physinfo *out);
int hv_sched_id(struct hv *h, uint32_t *id);
/* Reads at most *count bytes; *index both ways when incremental. */
int hv_read_console(struct hv *h, char *buf, uint32_t *count, bool clear, bool incremental, uint32_t *index);
int hv_debug_keys(struct hv *h, const char *keys);
int hv_cpu_idle_times(struct hv *h, uint64_t *ns, uint32_t *nr);
int hv_cpu_topology(struct hv *h, xen_sysctl_cputopo_t *t, uint32_t *nr);
/* Memory of each node in bytes, and the distances between nodes, row by row. */
int hv_numa_info(struct hv *h, xen_sysctl_meminfo_t *mem, uint32_t *distance, uint32_t nodes);
int hv_sched_ratelimit(struct hv *h, uint32_t sched_id, bool set, uint32_t *us);
/* The first pool whose number is not below from, and its CPUs; -ENOENT: no more. */
int hv_cpupool_info(struct hv *h, uint32_t from, struct xen_sysctl_cpupool_op *out, uint8_t *cpus, size_t bytes);
/* XENVER_*: buf takes the answer, the value returned is the call's own. */
long hv_version(struct hv *h, unsigned int cmd, void *buf, size_t size);

/* --- kernel images (image.c, decompress.c, elf.c) --- */
struct hv_image {
	uint8_t *elf;			/* decompressed ELF, malloc'd */
	size_t elf_size;
	bool is_64;
	uint64_t virt_base, paddr_offset;
	uint64_t virt_entry;
	uint64_t virt_hypercall;	/* ~0: the kernel brings its own stubs */
	uint64_t virt_start, virt_end;	/* what the segments and symbols cover */
	uint8_t *symbols;		/* what lies at virt_symbols, malloc'd; NULL: nothing */
	size_t symbols_size;
	uint64_t virt_symbols;
	uint64_t init_p2m;		/* ~0: inside the boot region */
	uint64_t hv_start_low;		/* 0: not said */
	bool initrd_by_pfn;
	bool suspend_cancel;
	bool pae_extended;		/* PAE root may lie above 4 GiB */
	char guest_os[32];
};
/* Turns whatever a kernel file holds into a checked image. `why` gets a sentence. */
int hv_image_parse(struct hv_image *img, const uint8_t *file, size_t size, char *why, size_t why_size);
int hv_image_load(struct hv *h, struct hv_image *img, const char *path);
void hv_image_free(struct hv_image *img);
/* Whole file into malloc'd memory, at most `limit` bytes. */
int hv_read_file(const char *path, uint8_t **data, size_t *size, size_t limit);
const char *hv_file_error(int rc);		/* what its error means to people */
/* Decompresses by magic; -ENOEXEC when the magic is none of ours. */
int hv_decompress(const uint8_t *in, size_t in_size, uint8_t **out, size_t *out_size, char *why, size_t why_size);

/* --- building a PV guest (build.c) --- */
struct hv_build {
	/* in */
	uint32_t domid;
	struct hv_image *image;
	const uint8_t *initrd;
	size_t initrd_size;
	const char *cmdline;
	uint64_t nr_pages;		/* given at start */
	uint64_t max_pages;		/* upper end of the memory map */
	unsigned int nr_vcpus;
	uint32_t console_domid, store_domid;
	uint32_t console_port, store_port;
	bool claim;
	/* out */
	xen_pfn_t console_mfn, store_mfn;
};
int hv_build_pv(struct hv *h, struct hv_build *b);

/* --- save and restore (save.c, restore.c): the version 3 image stream --- */
struct hv_restore {
	uint32_t domid;			/* created, empty, max_mem set */
	uint64_t max_pages;		/* upper end of the memory map */
	uint32_t console_domid, store_domid;
	uint32_t console_port, store_port;
	xen_pfn_t console_mfn, store_mfn;
};
/* The domain must have shut down for suspend. Writes the stream to fd. */
int hv_save_pv(struct hv *h, uint32_t domid, int fd);
int hv_restore_pv(struct hv *h, struct hv_restore *r, int fd);
/* Writes a domain's core, whatever state it is in (dump.c); with a sentence. */
int hv_dump_pv(struct hv *h, uint32_t domid, int fd);
/* Lets a suspended domain go on as if it had been told "cancelled". */
int hv_suspend_cancel(struct hv *h, uint32_t domid);

#endif
