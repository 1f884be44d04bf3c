/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xl.cfg: the syntax (cfg_parse.c) and what it says about a domain
 * (cfg_domain.c, cfg_disk.c, cfg_nic.c). Knows nothing of a running system, so
 * that it also compiles into host programs for tests. All failures end in a
 * sentence with file and line.
 */
#ifndef XL_CFG_H
#define XL_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- syntax --- */
enum cfg_kind { CFG_NUMBER, CFG_STRING, CFG_LIST };

struct cfg_value {
	enum cfg_kind kind;
	char *text;			/* number as written, or string */
	struct cfg_value **items;	/* list */
	size_t n;
	unsigned int line;
};

struct cfg_item {
	struct cfg_item *next;
	char *name;
	struct cfg_value *value;
	bool used;
};

struct cfg {
	struct cfg_item *items;
	char source[256];		/* for messages */
	char why[512];
};

/* Reads more settings into c; later ones replace earlier ones of the same name. */
int cfg_parse(struct cfg *c, const char *text, size_t len, const char *source);
/* One `key=value` from a command line; a bare word is taken as a string. */
int cfg_override(struct cfg *c, const char *setting);
void cfg_free(struct cfg *c);
struct cfg_item *cfg_find(struct cfg *c, const char *name);
/* malloc'd text that parses to the same settings. */
char *cfg_print(const struct cfg *c);
int cfg_error(struct cfg *c, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- what a domain is --- */
enum xl_action { ACT_DESTROY, ACT_RESTART, ACT_RENAME_RESTART, ACT_PRESERVE, ACT_DUMP_DESTROY, ACT_DUMP_RESTART };

struct xl_disk {
	char *target, *script, *backend;
	char vdev[24];
	int devid;
	bool readonly, forced, cdrom, no_discard, untrusted;
};

struct xl_nic {
	uint8_t mac[6];
	bool mac_given;
	char *bridge, *script, *ip, *vifname, *backend;
	uint32_t mtu;
	uint32_t rate_bytes, rate_usec;		/* it may send so much each so often; 0: no limit */
	bool untrusted;
	int devid;
};

#define XL_NAME_MAX	255
#define XL_DISKS_MAX	256
#define XL_NICS_MAX	64
#define XL_VCPUS_MAX	8192
#define XL_CPUS_MAX	4096		/* physical CPUs a mask can name */

struct xl_domain {
	char *name, *ramdisk, *cmdline;
	char *kernel, *firmware;		/* one of them; firmware is pvgrub32 or pvgrub64 */
	uint8_t uuid[16];
	bool uuid_given;
	uint64_t memory_mb, maxmem_mb;
	unsigned int vcpus, maxvcpus;
	uint8_t cpus[XL_CPUS_MAX / 8];		/* hard affinity of every vcpu */
	bool cpus_given;
	uint8_t (*vcpu_cpus)[XL_CPUS_MAX / 8];	/* one each, where a list was given */
	unsigned int nr_vcpu_cpus;
	int weight, cap;			/* -1: not said */
	enum xl_action on_poweroff, on_reboot, on_crash, on_watchdog;
	struct xl_disk *disks;
	struct xl_nic *nics;
	unsigned int nr_disks, nr_nics;
	int max_grant_frames, max_maptrack_frames, max_grant_version, event_channels;
	int64_t time_offset;
	bool localtime;
};

/* Warnings (unknown keys, ignored ones) go through this, one sentence each. */
typedef void cfg_warn(const char *sentence);

int xl_domain_from_cfg(struct xl_domain *d, struct cfg *c, cfg_warn *warn);
void xl_domain_free(struct xl_domain *d);
/* One disk or vif specification; why gets a sentence. */
int xl_disk_parse(struct xl_disk *d, const char *spec, char *why, size_t why_size);
int xl_nic_parse(struct xl_nic *n, const char *spec, char *why, size_t why_size);
void xl_disk_free(struct xl_disk *d);
void xl_nic_free(struct xl_nic *n);
/* Device number of "xvda1" and the like; -1 when it names none. */
int xl_vdev_number(const char *vdev);
/* "0-3,^2", "all", "5": sets bits of mask (room bits); false when malformed. */
bool xl_cpu_mask(const char *text, uint8_t *mask, unsigned int room);
bool xl_uuid_parse(const char *text, uint8_t uuid[16]);
void xl_uuid_print(const uint8_t uuid[16], char text[37]);
const char *xl_action_name(enum xl_action a);

#endif
