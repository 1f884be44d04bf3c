// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the settings of an xl.cfg say about a domain. Every value is checked
 * here, so that the code which creates the domain sees none that is absurd.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg.h"

#define MEMORY_MAX_MB	(16ULL << 20)		/* 16 TiB */

static const char *const action_names[] = {
	[ACT_DESTROY] = "destroy", [ACT_RESTART] = "restart",
	[ACT_RENAME_RESTART] = "rename-restart", [ACT_PRESERVE] = "preserve",
	[ACT_DUMP_DESTROY] = "coredump-destroy", [ACT_DUMP_RESTART] = "coredump-restart",
};

/* Settings of other guest types, and those that a front end may carry along. */
static const char *const harmless[] = {
	"builder", "device_model_version", "device_model_override", "acpi", "apic", "pae", "hap", "boot", "vnc",
	"vnclisten", "vncunused", "sdl", "serial", "usb", "usbdevice", "stdvga", "videoram", "xen_platform_pci",
	"viridian", "nestedhvm", "keymap", "shadow_memory", "hpet", "timer_mode", "vfb", "seclabel", "driver_domain",
	"cpuid", "tsc_mode", "nomigrate", "claim_mode", "device_model_args", "soundhw", "spice", "gfx_passthru",
	"cpus_soft", "pool", "nodes", "vm_type", "e820_host", "on_soft_reset", "cmdline_append", "suppress_spurious_page_faults",
};

const char *xl_action_name(enum xl_action a)
{
	return action_names[a];
}

bool xl_uuid_parse(const char *text, uint8_t uuid[16])
{
	unsigned int i = 0;

	while (*text && i < 32) {
		int v;

		if (*text == '-' && (i == 8 || i == 12 || i == 16 || i == 20)) {
			text++;
			if (!isxdigit((unsigned char)*text))
				return false;
		}
		if (!isxdigit((unsigned char)*text))
			return false;
		v = isdigit((unsigned char)*text) ? *text - '0' : tolower((unsigned char)*text) - 'a' + 10;
		uuid[i / 2] = i & 1 ? uuid[i / 2] | v : v << 4;
		i++;
		text++;
	}
	return i == 32 && !*text;
}

void xl_uuid_print(const uint8_t u[16], char text[37])
{
	snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

bool xl_cpu_mask(const char *text, uint8_t *mask, unsigned int room)
{
	char *copy = strdup(text), *w, *save = NULL;
	bool ok = copy && *text, any = false;

	memset(mask, 0, room / 8);
	for (w = ok ? strtok_r(copy, ", ", &save) : NULL; ok && w; w = strtok_r(NULL, ", ", &save)) {
		bool not = *w == '^';
		unsigned long a, b;
		char *rest;

		w += not;
		any = true;
		if (!strcmp(w, "all")) {
			memset(mask, not ? 0 : 0xff, room / 8);
			continue;
		}
		if (!isdigit((unsigned char)*w)) {
			ok = false;
			break;
		}
		a = b = strtoul(w, &rest, 10);
		if (*rest == '-' && isdigit((unsigned char)rest[1]))
			b = strtoul(rest + 1, &rest, 10);
		ok = !*rest && a <= b && b < room;
		for (; ok && a <= b; a++) {
			if (not)
				mask[a / 8] &= ~(1 << a % 8);
			else
				mask[a / 8] |= 1 << a % 8;
		}
	}
	free(copy);
	return ok && any;
}

static int want(struct cfg *c, const char *name, struct cfg_value **v)
{
	struct cfg_item *i = cfg_find(c, name);

	*v = i ? i->value : NULL;
	if (i)
		i->used = true;
	return i != NULL;
}

static int get_string(struct cfg *c, const char *name, char **out)
{
	struct cfg_value *v;

	if (!want(c, name, &v))
		return 0;
	if (v->kind == CFG_LIST)
		return cfg_error(c, v->line, "%s must be a string", name);
	free(*out);
	*out = strdup(v->text);
	return *out ? 0 : cfg_error(c, v->line, "out of memory");
}

static int get_number(struct cfg *c, const char *name, int64_t lo, int64_t hi, int64_t *out)
{
	struct cfg_value *v;
	char *rest;
	int64_t n;

	if (!want(c, name, &v))
		return 0;
	errno = 0;
	if (v->kind == CFG_LIST || !v->text[0] || (n = strtoll(v->text, &rest, 0), *rest) || errno)
		return cfg_error(c, v->line, "%s must be a number", name);
	if (n < lo || n > hi)
		return cfg_error(c, v->line, "%s = %" PRId64 " is absurd: it must be between %" PRId64 " and %" PRId64,
				 name, n, lo, hi);
	*out = n;
	return 0;
}

static int get_action(struct cfg *c, const char *name, enum xl_action *out)
{
	struct cfg_value *v;
	const char *word;
	size_t i;

	if (!want(c, name, &v))
		return 0;
	word = v->kind == CFG_STRING ? v->text : "";
	for (i = 0; i < sizeof(action_names) / sizeof(*action_names); i++) {
		if (!strcmp(word, action_names[i])) {
			*out = i;
			return 0;
		}
	}
	return cfg_error(c, v->line, "%s must be destroy, restart, rename-restart, preserve, coredump-destroy or coredump-restart", name);
}

static int get_name(struct xl_domain *d, struct cfg *c)
{
	int rc = get_string(c, "name", &d->name);
	const char *p;

	if (rc)
		return rc;
	if (!d->name || !*d->name)
		return cfg_error(c, 0, "the domain has no name (name = \"...\")");
	if (strlen(d->name) > XL_NAME_MAX)
		return cfg_error(c, 0, "the name is longer than %d characters", XL_NAME_MAX);
	for (p = d->name; *p; p++)
		if (!isgraph((unsigned char)*p) || *p == '/')
			return cfg_error(c, 0, "a name consists of printable characters without '/' and blanks, unlike '%.60s'", d->name);
	if (strspn(d->name, "0123456789") == strlen(d->name))
		return cfg_error(c, 0, "'%.60s' cannot be a name: it would be taken for a domain's number", d->name);
	return 0;
}

static int get_type(struct cfg *c)
{
	char *type = NULL, *builder = NULL, *loader = NULL;
	struct cfg_value *v;
	int rc = get_string(c, "type", &type);

	if (!rc)
		rc = get_string(c, "builder", &builder);
	if (!rc)
		rc = get_string(c, "bootloader", &loader);
	if (!rc && type && strcmp(type, "pv"))
		rc = cfg_error(c, 0, "type = \"%.20s\" is not supported: guests are paravirtualized (type = \"pv\")", type);
	if (!rc && builder && strcmp(builder, "generic") && strcmp(builder, "linux"))
		rc = cfg_error(c, 0, "builder = \"%.20s\" is not supported: guests are paravirtualized", builder);
	if (!rc && loader && *loader)
		rc = cfg_error(c, 0, "bootloader = \"%.60s\" is not supported: give kernel and ramdisk as files of dom0, or firmware = \"pvgrub64\"", loader);
	if (!rc && want(c, "pci", &v) && (v->kind != CFG_LIST || v->n))
		rc = cfg_error(c, v->line, "pci passthrough is not supported");
	free(type);
	free(builder);
	free(loader);
	return rc;
}

/* What the guest starts with: a kernel of dom0's, or a boot loader that finds one on the guest's disk. */
static int get_kernel(struct xl_domain *d, struct cfg *c)
{
	char **const strings[] = { &d->kernel, &d->firmware, &d->ramdisk };
	static const char *const names[] = { "kernel", "firmware", "ramdisk" };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		int rc = get_string(c, names[i], strings[i]);

		if (rc)
			return rc;
		if (*strings[i] && !**strings[i]) {
			free(*strings[i]);
			*strings[i] = NULL;
		}
	}
	if (d->firmware && strcmp(d->firmware, "pvgrub32") && strcmp(d->firmware, "pvgrub64"))
		return cfg_error(c, 0, "firmware = \"%.40s\" is not for paravirtualized guests: theirs is pvgrub32 or pvgrub64", d->firmware);
	if (d->firmware && d->kernel)
		return cfg_error(c, 0, "a kernel and a firmware are given: a guest starts with one of them");
	if (!d->firmware && !d->kernel)
		return cfg_error(c, 0, "no kernel is given (kernel = \"/path/to/vmlinuz\")");
	return 0;
}

/* cmdline is the whole line; otherwise root= and extra= make it. */
static int get_cmdline(struct xl_domain *d, struct cfg *c, cfg_warn *warn)
{
	char *root = NULL, *extra = NULL;
	int rc = get_string(c, "cmdline", &d->cmdline);

	if (!rc)
		rc = get_string(c, "root", &root);
	if (!rc)
		rc = get_string(c, "extra", &extra);
	if (!rc && d->cmdline) {
		if (root || extra)
			warn("cmdline is given: root and extra are ignored");
	} else if (!rc) {
		size_t n = (root ? strlen(root) : 0) + (extra ? strlen(extra) : 0) + 8;

		d->cmdline = malloc(n);
		if (d->cmdline)
			snprintf(d->cmdline, n, "%s%s%s%s", root ? "root=" : "", root ? root : "",
				 root && extra ? " " : "", extra ? extra : "");
		else
			rc = cfg_error(c, 0, "out of memory");
	}
	free(root);
	free(extra);
	return rc;
}

static int get_cpus(struct xl_domain *d, struct cfg *c)
{
	struct cfg_value *v;
	size_t i;

	if (!want(c, "cpus", &v))
		return 0;
	if (v->kind != CFG_LIST) {
		if (!xl_cpu_mask(v->text, d->cpus, XL_CPUS_MAX))
			return cfg_error(c, v->line, "cpus = \"%.40s\" is not a list of CPUs (\"0-3,^2\", \"all\")", v->text);
		d->cpus_given = true;
		return 0;
	}
	if (!v->n)
		return 0;
	if (v->n > XL_VCPUS_MAX)
		return cfg_error(c, v->line, "cpus names more vcpus than a guest can have");
	d->vcpu_cpus = calloc(v->n, sizeof(*d->vcpu_cpus));
	if (!d->vcpu_cpus)
		return cfg_error(c, v->line, "out of memory");
	for (i = 0; i < v->n; i++)
		if (v->items[i]->kind == CFG_LIST || !xl_cpu_mask(v->items[i]->text, d->vcpu_cpus[i], XL_CPUS_MAX))
			return cfg_error(c, v->items[i]->line, "entry %zu of cpus is not a list of CPUs", i);
	d->nr_vcpu_cpus = v->n;
	return 0;
}

static int get_disks(struct xl_domain *d, struct cfg *c)
{
	struct cfg_value *v;
	char why[256] = "";
	size_t i, j;

	if (!want(c, "disk", &v))
		return 0;
	if (v->kind != CFG_LIST)
		return cfg_error(c, v->line, "disk must be a list: disk = [ \"...\", ... ]");
	if (v->n > XL_DISKS_MAX)
		return cfg_error(c, v->line, "more than %d disks", XL_DISKS_MAX);
	d->disks = calloc(v->n ? v->n : 1, sizeof(*d->disks));
	if (!d->disks)
		return cfg_error(c, v->line, "out of memory");
	for (i = 0; i < v->n; i++) {
		struct cfg_value *item = v->items[i];

		if (item->kind != CFG_STRING)
			return cfg_error(c, item->line, "each disk must be a string");
		if (xl_disk_parse(&d->disks[i], item->text, why, sizeof(why)))
			return cfg_error(c, item->line, "%s", why);
		d->nr_disks++;
		for (j = 0; j < i; j++)
			if (d->disks[j].devid == d->disks[i].devid)
				return cfg_error(c, item->line, "two disks want to be %s in the guest", d->disks[i].vdev);
	}
	return 0;
}

static int get_nics(struct xl_domain *d, struct cfg *c)
{
	struct cfg_value *v;
	char why[256] = "";
	size_t i, j;

	if (!want(c, "vif", &v))
		return 0;
	if (v->kind != CFG_LIST)
		return cfg_error(c, v->line, "vif must be a list: vif = [ \"bridge=xenbr0\", ... ]");
	if (v->n > XL_NICS_MAX)
		return cfg_error(c, v->line, "more than %d network interfaces", XL_NICS_MAX);
	d->nics = calloc(v->n ? v->n : 1, sizeof(*d->nics));
	if (!d->nics)
		return cfg_error(c, v->line, "out of memory");
	for (i = 0; i < v->n; i++) {
		struct cfg_value *item = v->items[i];

		if (item->kind != CFG_STRING)
			return cfg_error(c, item->line, "each vif must be a string");
		if (xl_nic_parse(&d->nics[i], item->text, why, sizeof(why)))
			return cfg_error(c, item->line, "%s", why);
		if (d->nics[i].devid < 0)
			d->nics[i].devid = i;
		d->nr_nics++;
		for (j = 0; j < i; j++)
			if (d->nics[j].devid == d->nics[i].devid)
				return cfg_error(c, item->line, "two vifs want the number %d", d->nics[i].devid);
	}
	return 0;
}

static int get_sizes(struct xl_domain *d, struct cfg *c)
{
	int64_t memory = 32, maxmem = 0, vcpus = 0, maxvcpus = 0, weight = -1, cap = -1;
	int rc;

	if ((rc = get_number(c, "memory", 1, MEMORY_MAX_MB, &memory)) ||
	    (rc = get_number(c, "maxmem", 1, MEMORY_MAX_MB, &maxmem)) ||
	    (rc = get_number(c, "vcpus", 1, XL_VCPUS_MAX, &vcpus)) ||
	    (rc = get_number(c, "maxvcpus", 1, XL_VCPUS_MAX, &maxvcpus)) ||
	    (rc = get_number(c, "cpu_weight", 1, 65535, &weight)) ||
	    (rc = get_number(c, "cap", 0, 65535, &cap)))
		return rc;
	if (maxmem && maxmem < memory)
		return cfg_error(c, 0, "maxmem (%" PRId64 ") is less than memory (%" PRId64 ")", maxmem, memory);
	if (!vcpus)
		vcpus = 1;
	if (!maxvcpus)
		maxvcpus = vcpus;
	if (maxvcpus < vcpus)
		return cfg_error(c, 0, "maxvcpus (%" PRId64 ") is less than vcpus (%" PRId64 ")", maxvcpus, vcpus);
	d->memory_mb = memory;
	d->maxmem_mb = maxmem ? maxmem : memory;
	d->vcpus = vcpus;
	d->maxvcpus = maxvcpus;
	d->weight = weight;
	d->cap = cap;
	return 0;
}

static int get_limits(struct xl_domain *d, struct cfg *c)
{
	int64_t gf = -1, mf = -1, gv = -1, ev = 1023, offset = 0, local = 0;
	int rc;

	if ((rc = get_number(c, "max_grant_frames", 1, 65536, &gf)) ||
	    (rc = get_number(c, "max_maptrack_frames", 1, 65536, &mf)) ||
	    (rc = get_number(c, "max_grant_version", 1, 2, &gv)) ||
	    (rc = get_number(c, "event_channels", 1, 131071, &ev)) ||	/* its name here once */
	    (rc = get_number(c, "max_event_channels", 1, 131071, &ev)) ||
	    (rc = get_number(c, "rtc_timeoffset", -100000000, 100000000, &offset)) ||
	    (rc = get_number(c, "localtime", 0, 1, &local)))
		return rc;
	d->max_grant_frames = gf;
	d->max_maptrack_frames = mf;
	d->max_grant_version = gv;
	d->event_channels = ev;
	d->time_offset = offset;
	d->localtime = local;
	return 0;
}

static void warn_unused(struct cfg *c, cfg_warn *warn)
{
	struct cfg_item *i;
	char text[160];
	size_t j;

	for (i = c->items; i; i = i->next) {
		if (i->used)
			continue;
		for (j = 0; j < sizeof(harmless) / sizeof(*harmless); j++)
			if (!strcmp(i->name, harmless[j]))
				break;
		snprintf(text, sizeof(text), j < sizeof(harmless) / sizeof(*harmless) ?
			 "setting '%.60s' has no effect on a paravirtualized guest here" :
			 "unknown setting '%.60s' is ignored", i->name);
		warn(text);
	}
}

int xl_domain_from_cfg(struct xl_domain *d, struct cfg *c, cfg_warn *warn)
{
	char *uuid = NULL;
	int rc;

	memset(d, 0, sizeof(*d));
	d->on_poweroff = ACT_DESTROY;
	d->on_reboot = ACT_RESTART;
	d->on_crash = d->on_watchdog = ACT_DESTROY;
	if ((rc = get_type(c)) || (rc = get_name(d, c)) || (rc = get_sizes(d, c)) || (rc = get_limits(d, c)) ||
	    (rc = get_kernel(d, c)) || (rc = get_string(c, "uuid", &uuid)) || (rc = get_cmdline(d, c, warn)) || (rc = get_cpus(d, c)) ||
	    (rc = get_action(c, "on_poweroff", &d->on_poweroff)) ||
	    (rc = get_action(c, "on_reboot", &d->on_reboot)) ||
	    (rc = get_action(c, "on_crash", &d->on_crash)) ||
	    (rc = get_action(c, "on_watchdog", &d->on_watchdog)) ||
	    (rc = get_disks(d, c)) || (rc = get_nics(d, c)))
		goto out;
	if (uuid && *uuid) {
		d->uuid_given = true;
		if (!xl_uuid_parse(uuid, d->uuid))
			rc = cfg_error(c, 0, "uuid = \"%.60s\" is not a UUID", uuid);
	}
	if (!rc)
		warn_unused(c, warn);
out:
	free(uuid);
	if (rc)
		xl_domain_free(d);
	return rc;
}

void xl_domain_free(struct xl_domain *d)
{
	unsigned int i;

	for (i = 0; i < d->nr_disks; i++)
		xl_disk_free(&d->disks[i]);
	for (i = 0; i < d->nr_nics; i++)
		xl_nic_free(&d->nics[i]);
	free(d->disks);
	free(d->nics);
	free(d->vcpu_cpus);
	free(d->name);
	free(d->kernel);
	free(d->firmware);
	free(d->ramdisk);
	free(d->cmdline);
	memset(d, 0, sizeof(*d));
}
