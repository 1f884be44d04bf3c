// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a domain from its description: the empty domain, its guest (from a
 * kernel or a saved image), its nodes in xenstore, its devices. Whatever fails
 * half-way is taken back by destroying the domain, until it runs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "xl.h"

#define RAMDISK_MAX	(2UL << 30)
#define SLACK_KIB	1024		/* what a guest may hold beyond its memory */

static int default_limits(struct xen_domctl_createdomain *c, const struct xl_domain *d)
{
	struct xen_sysctl_physinfo p;
	int rc = hv_physinfo(xl.h, &p), version = d->max_grant_version > 0 ? d->max_grant_version : xl_conf.max_grant_version;

	if (rc)
		return fail(rc, "cannot ask the hypervisor about the host"), rc;
	if (version < 0)
		version = p.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2 ? 2 : 1;
	if (!(p.capabilities & (version == 2 ? XEN_SYSCTL_PHYSCAP_gnttab_v2 : XEN_SYSCTL_PHYSCAP_gnttab_v1))) {
		say("the hypervisor does not offer grant tables of version %d", version);
		return -EOPNOTSUPP;
	}
	c->grant_opts = XEN_DOMCTL_GRANT_version(version);
	c->max_grant_frames = d->max_grant_frames > 0 ? d->max_grant_frames : xl_conf.max_grant_frames;
	c->max_maptrack_frames = d->max_maptrack_frames > 0 ? d->max_maptrack_frames : xl_conf.max_maptrack_frames;
	c->max_vcpus = d->maxvcpus;
	c->max_evtchn_port = d->event_channels;
	return 0;
}

static int empty_domain(const struct xl_domain *d, uint32_t *domid)
{
	struct xen_domctl_createdomain c;
	int rc;

	memset(&c, 0, sizeof(c));
	rc = default_limits(&c, d);
	if (rc)
		return rc;
	memcpy(c.handle, d->uuid, 16);
	*domid = 0;	/* the hypervisor picks */
	rc = hv_domain_create(xl.h, domid, &c);
	if (rc == -EINVAL)
		return fail(rc, "the hypervisor refuses such a domain (%u vcpus, %d event channels)", d->maxvcpus, d->event_channels), rc;
	if (rc)
		return fail(rc, "the hypervisor cannot make a domain"), rc;
	return 0;
}

static int64_t local_offset(void)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	return tm.tm_gmtoff;
}

static int cpu_setup(uint32_t domid, const struct xl_domain *d)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < d->maxvcpus && !rc; i++) {
		const uint8_t *mask = i < d->nr_vcpu_cpus ? d->vcpu_cpus[i] : d->cpus_given ? d->cpus : NULL;

		if (mask)
			rc = hv_vcpu_set_affinity(xl.h, domid, i, mask, NULL, XL_CPUS_MAX / 8);
	}
	if (rc)
		return fail(rc, "cannot tie vcpu %u to the CPUs given", i - 1), rc;
	if (d->weight >= 0 || d->cap >= 0) {
		struct xen_domctl_sched_credit2 p;
		uint32_t sched;

		rc = hv_sched_id(xl.h, &sched);
		if (!rc)
			rc = hv_sched_params(xl.h, domid, false, sched, &p);
		if (!rc) {
			if (d->weight >= 0)
				p.weight = d->weight;
			if (d->cap >= 0)
				p.cap = d->cap;
			rc = hv_sched_params(xl.h, domid, true, sched, &p);
		}
		if (rc)
			return fail(rc, "cannot set weight and cap"), rc;
	}
	return 0;
}

static int domain_limits(uint32_t domid, const struct xl_domain *d)
{
	struct xen_domctl_tsc_info tsc = { 0 };
	int64_t offset = d->time_offset + (d->localtime ? local_offset() : 0);
	int rc;

	rc = hv_domain_max_vcpus(xl.h, domid, d->maxvcpus);
	if (rc)
		return fail(rc, "cannot give the domain %u vcpus", d->maxvcpus), rc;
	rc = hv_domain_max_mem(xl.h, domid, (d->maxmem_mb << 10) + SLACK_KIB);
	if (rc)
		return fail(rc, "cannot allow the domain %" PRIu64 " MiB", d->maxmem_mb), rc;
	rc = hv_domain_set_tsc(xl.h, domid, &tsc);
	if (rc && rc != -ENOSYS && rc != -EOPNOTSUPP)
		return fail(rc, "cannot set the domain's TSC mode"), rc;
	if (offset) {
		rc = hv_domain_time_offset(xl.h, domid, offset);
		if (rc)
			return fail(rc, "cannot set the domain's time offset"), rc;
	}
	return cpu_setup(domid, d);
}

struct rings {
	uint32_t console_port, store_port;
	xen_pfn_t console_mfn, store_mfn;
};

static int make_ports(uint32_t domid, struct rings *r)
{
	int rc = hv_evtchn_alloc_unbound(xl.h, domid, 0, &r->store_port);

	if (!rc)
		rc = hv_evtchn_alloc_unbound(xl.h, domid, 0, &r->console_port);
	return rc ? fail(rc, "cannot make the domain's event channels"), rc : 0;
}

static int guest_from_kernel(uint32_t domid, const struct xl_domain *d, struct hv_image *image,
			     const uint8_t *ramdisk, size_t ramdisk_size, struct rings *r)
{
	struct hv_build b = {
		.domid = domid, .image = image, .initrd = ramdisk, .initrd_size = ramdisk_size,
		.cmdline = d->cmdline, .nr_pages = d->memory_mb << 8, .max_pages = d->maxmem_mb << 8,
		.nr_vcpus = d->maxvcpus, .console_port = r->console_port, .store_port = r->store_port,
		.claim = xl_conf.claim,
	};
	int rc = hv_build_pv(xl.h, &b);

	if (rc)
		return fail(rc, "cannot build '%s'", d->name), rc;
	r->console_mfn = b.console_mfn;
	r->store_mfn = b.store_mfn;
	return 0;
}

static int guest_from_image(uint32_t domid, const struct xl_domain *d, int fd, struct rings *r)
{
	struct hv_restore s = {
		.domid = domid, .max_pages = d->maxmem_mb << 8,
		.console_port = r->console_port, .store_port = r->store_port,
	};
	int rc = hv_restore_pv(xl.h, &s, fd);

	if (rc)
		return fail(rc, "cannot restore '%s'", d->name), rc;
	r->console_mfn = s.console_mfn;
	r->store_mfn = s.store_mfn;
	return 0;
}

static int attach_devices(uint32_t domid, struct xl_domain *d)
{
	unsigned int i;
	int rc;

	for (i = 0; i < d->nr_disks; i++) {
		rc = disk_attach(domid, &d->disks[i], d->name);
		if (rc)
			return rc;
	}
	for (i = 0; i < d->nr_nics; i++) {
		nic_pick_mac(&d->nics[i], d->uuid, i);
		rc = nic_attach(domid, &d->nics[i], d->name);
		if (rc)
			return rc;
	}
	return 0;
}

struct files {
	struct hv_image image;
	uint8_t *ramdisk;
	size_t ramdisk_size;
};

/* Where packages put the boot loaders that firmware= names. */
static const char *boot_loader(const char *firmware)
{
	static const char *const files[][3] = {
		{ "pvgrub32", "/usr/lib/xen-4.17/boot/pvgrub32.bin", "/usr/lib/grub-xen/grub-i386-xen.bin" },
		{ "pvgrub64", "/usr/lib/xen-4.17/boot/pvgrub64.bin", "/usr/lib/grub-xen/grub-x86_64-xen.bin" },
	};
	const char *const *f = files[!strcmp(firmware, files[1][0])];

	if (!access(f[1], F_OK))
		return f[1];
	if (!access(f[2], F_OK))
		return f[2];
	say("the boot loader %s is not installed: there is neither %s nor %s (Debian's package grub-xen-host)", firmware, f[1], f[2]);
	return NULL;
}

/* Everything that can be wrong with the files is found before a domain exists. */
static int load_files(const struct xl_domain *d, struct files *f)
{
	const char *kernel = d->kernel ? d->kernel : boot_loader(d->firmware);
	int rc;

	if (!kernel)
		return -ENOENT;
	rc = hv_image_load(xl.h, &f->image, kernel);
	if (rc)
		return fail(rc, "cannot create '%s'", d->name), rc;
	if (!d->ramdisk)
		return 0;
	rc = hv_read_file(d->ramdisk, &f->ramdisk, &f->ramdisk_size, RAMDISK_MAX);
	if (rc)
		say("ramdisk %s: %s", d->ramdisk, hv_file_error(rc));
	return rc;
}

static void free_files(struct files *f)
{
	hv_image_free(&f->image);
	free(f->ramdisk);
}

static int fill_domain(uint32_t domid, struct xl_domain *d, const char *cfg_text, struct files *f, int restore_fd)
{
	struct rings r = { 0 };
	int rc;

	rc = domain_limits(domid, d);
	if (rc)
		return rc;
	rc = store_domain_base(domid, d);
	if (rc)
		return fail(rc, "cannot write the domain's nodes into xenstore"), rc;
	dom_config_save(domid, d->uuid, cfg_text);
	rc = make_ports(domid, &r);
	if (rc)
		return rc;
	rc = restore_fd >= 0 ? guest_from_image(domid, d, restore_fd, &r) :
		guest_from_kernel(domid, d, &f->image, f->ramdisk, f->ramdisk_size, &r);
	if (rc)
		return rc;
	rc = store_domain_console(domid, "xenconsoled", r.console_mfn, r.console_port);
	if (!rc)
		rc = store_domain_store(domid, r.store_mfn, r.store_port);
	if (rc)
		return fail(rc, "cannot introduce the domain to xenstore"), rc;
	return attach_devices(domid, d);
}

static void take_back(const struct xl_domain *d, uint32_t domid, int rc)
{
	if (rc == -EINTR)
		say("interrupted: '%s' is not created", d->name);
	interrupt_undo();
	domain_destroy(domid);
}

int domain_create(struct xl_domain *d, const char *cfg_text, int restore_fd, uint32_t *domid)
{
	struct files f = { 0 };
	uint32_t other;
	int rc;

	rc = dom_by_name(d->name, &other);
	if (!rc) {
		say("there is a domain '%s' already (number %u)", d->name, other);
		return -EEXIST;
	}
	if (rc != -ESRCH)
		return fail(rc, "cannot create '%s'", d->name), rc;
	if (!d->uuid_given) {
		if (getrandom(d->uuid, 16, 0) != 16)
			return fail(-errno, "no random numbers for a UUID"), -EIO;
		d->uuid[6] = (d->uuid[6] & 0x0f) | 0x40;	/* version 4, variant 1 */
		d->uuid[8] = (d->uuid[8] & 0x3f) | 0x80;
		d->uuid_given = true;
	}
	if (restore_fd < 0) {
		rc = load_files(d, &f);
		if (rc)
			goto out;
	}
	interrupt_watch();
	rc = memory_make_room(d->memory_mb << 8);
	if (rc)
		goto out;
	rc = empty_domain(d, domid);
	if (rc)
		goto out;
	rc = fill_domain(*domid, d, cfg_text, &f, restore_fd);
	if (rc)
		take_back(d, *domid, rc);
out:
	free_files(&f);
	if (rc)
		interrupt_end();
	return rc;
}

int domain_start(struct xl_domain *d, const char *cfg_text, uint32_t domid, bool watch, bool paused)
{
	int rc = watch && !interrupted() ? monitor_fork(d, cfg_text, domid) : 0;

	if (!rc && interrupted())
		rc = -EINTR;
	if (!rc && !paused) {
		rc = hv_domain_unpause(xl.h, domid);
		if (rc)
			fail(rc, "cannot start domain %u", domid);
	}
	if (rc)
		take_back(d, domid, rc);
	interrupt_end();
	return rc;
}
