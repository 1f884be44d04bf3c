/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of xl share: one open connection to the hypervisor and to
 * xenstore, finding domains, and the steps of a domain's life. xl is a
 * single-threaded program; a forked child reopens both connections.
 */
#ifndef XL_XL_H
#define XL_XL_H

#include <inttypes.h>
#include <stdio.h>
#include <sys/types.h>

#include "cfg.h"
#include "libxen/libxen.h"
#include "libxen/xs.h"

struct xl {
	struct hv *h;
	struct xs *x;			/* NULL until xl_need_store() */
	bool dry;			/* -N: nothing is to change */
};

extern struct xl xl;

#define XL_LOG_DIR	"/var/log/xen"
#define XL_LIB_DIR	"/var/lib/xen"
#define XL_RUN_DIR	"/run/xen"
#define XL_CONF		"/etc/xen/xl.conf"
#define XL_SCRIPTS	"/etc/xen/scripts"
#define PATH_MAX_XS	512

/* --- util.c --- */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));	/* "xl: ...", stderr */
void warn_sentence(const char *sentence);
/* Says what failed, by libxen's sentence when there is one; returns 1. */
const char *error_text(int err);		/* of an errno, with a dead xenstored by its name */
int fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int xl_need_hv(void);			/* 0, or says why and -1 */
int xl_need_store(void);
bool store_lost(void);			/* xenstored was there and answers no more */
void xl_close(void);
void make_dir(const char *path);
int create_lock(void);			/* fd to close; -1 said */
const char *scheduler_name(uint32_t id);	/* XEN_SCHEDULER_* */
bool parse_u32(const char *text, uint32_t *out);
/* "512", "512m", "1g", "2048k": MiB unless a unit is given. */
bool parse_mem_kib(const char *text, uint64_t *kib);

/* --- interrupt.c: signals while something half done must be taken back --- */
void interrupt_watch(void);		/* from here on a signal only asks to stop */
bool interrupted(void);			/* it did: give up, take back */
void interrupt_undo(void);		/* taking back has begun: nothing interrupts it */
void interrupt_forget(void);		/* in a forked child: what came was for the parent */
void interrupt_end(void);		/* ends the program by the signal, if one came */

/* --- whole.c: a file that is there when it is whole --- */
struct whole {
	const char *file;
	char *part;			/* what it is called until then */
	bool in_place;
	int fd;				/* to write to */
};
int whole_begin(struct whole *w, const char *file);	/* says why not */
int whole_keep(struct whole *w);	/* flushed, and under its name; that is the last that can fail */
void whole_end(struct whole *w);	/* after either; removes what is not kept */

/* --- domain.c: finding and describing --- */
int dom_find(const char *who, uint32_t *domid);		/* says why not */
char *dom_name(uint32_t domid);				/* malloc'd, "(null)" when none */
int dom_list(struct xen_domctl_getdomaininfo **list);	/* count, or -errno */
bool dom_alive(uint32_t domid);
int dom_by_name(const char *name, uint32_t *domid);	/* silent */
char *dom_config_path(uint32_t domid, const uint8_t uuid[16]);
int dom_config_save(uint32_t domid, const uint8_t uuid[16], const char *text);
char *dom_config_load(uint32_t domid);			/* malloc'd, NULL if unknown */

/* --- store.c: xenstore in this program's terms --- */
int store_write(xs_txn t, const char *value, const char *path, ...) __attribute__((format(printf, 3, 4)));
int store_number(xs_txn t, uint64_t value, const char *path, ...) __attribute__((format(printf, 3, 4)));
char *store_read(const char *path, ...) __attribute__((format(printf, 1, 2)));
bool store_read_number(uint64_t *out, const char *path, ...) __attribute__((format(printf, 2, 3)));
void store_rm(const char *path, ...) __attribute__((format(printf, 1, 2)));
/* Makes a directory with owner's default none and one reader. */
int store_dir(xs_txn t, uint32_t owner, uint32_t reader, const char *path, ...) __attribute__((format(printf, 4, 5)));
/* Waits until the node has one of the values (|-separated) or is gone; value, NULL at timeout. */
char *store_wait(const char *path, const char *values, int timeout_ms);
int store_domain_base(uint32_t domid, const struct xl_domain *d);
int store_domain_console(uint32_t domid, const char *type, uint64_t ring, uint32_t port);
int store_domain_store(uint32_t domid, uint64_t ring, uint32_t port);
void store_domain_forget(uint32_t domid, const uint8_t uuid[16]);

/* --- conf.c: xl.conf --- */
struct xl_conf {
	char *vif_bridge, *vif_script, *vif_backend, *lockfile;
	enum { BALLOON_AUTO, BALLOON_OFF, BALLOON_ON } autoballoon;
	bool claim, run_hotplug_scripts;
	int max_grant_frames, max_maptrack_frames, max_grant_version;	/* -1: not said */
};
extern struct xl_conf xl_conf;
int xl_conf_load(void);
void xl_conf_take(struct cfg *c, cfg_warn *warn);	/* what c says; nonsense is warned about */

/* --- device*.c, hotplug.c --- */
struct dev {
	const char *kind;		/* "vbd" or "vif" */
	uint32_t domid, backend_domid;
	int devid;
};
void dev_backend(const struct dev *v, char path[PATH_MAX_XS]);
void dev_frontend(const struct dev *v, char path[PATH_MAX_XS]);
int dev_connect(const struct dev *v, const char *script);
int dev_remove(const struct dev *v, bool force);
/* Calls fn for each device the domain was given. */
typedef int dev_fn(const struct dev *v, void *arg);
int dev_each(uint32_t domid, const char *kind, dev_fn *fn, void *arg);
int dev_remove_all(uint32_t domid);
int dev_publish(const struct dev *v, const char *const *back, const char *const *front);
int disk_attach(uint32_t domid, const struct xl_disk *d, const char *domname);
int nic_attach(uint32_t domid, struct xl_nic *n, const char *domname);
void nic_pick_mac(struct xl_nic *n, const uint8_t uuid[16], unsigned int index);
int hotplug_run(const struct dev *v, const char *script, bool add);

/* --- create.c, destroy.c, memory.c, monitor.c, suspend.c --- */
/* Makes the domain, paused. restore_fd < 0: from the kernel. Says why it failed.
 * On success signals still only ask, until domain_start(). */
int domain_create(struct xl_domain *d, const char *cfg_text, int restore_fd, uint32_t *domid);
/* Leaves a process to watch what domain_create() made, if watch, and lets it run
 * unless paused. Where that fails, or a signal came, the domain is destroyed. */
int domain_start(struct xl_domain *d, const char *cfg_text, uint32_t domid, bool watch, bool paused);
int domain_destroy(uint32_t domid);
int memory_make_room(uint64_t pages);
/* Reads a configuration file; 0, or says why not and an exit status. */
int config_read(struct cfg *c, const char *path);
/* Watches the domain and acts when it stops; returns an exit status. */
int monitor_run(struct xl_domain *d, const char *cfg_text, uint32_t domid);
int monitor_fork(struct xl_domain *d, const char *cfg_text, uint32_t domid);
int domain_control(uint32_t domid, const char *what);	/* control/shutdown */
/*
 * Waits until the guest has taken the request for WHAT; takes it back from one that does
 * not, and says so. 0, -ETIMEDOUT, or -EINTR after a signal.
 */
int domain_answer(uint32_t domid, const char *what);
int domain_suspend(uint32_t domid);			/* waits until it has stopped */
/* Writes the core to where those of domains of that name are: the file, malloc'd, or says why not. */
char *domain_dump(uint32_t domid, const char *name);
int domain_wait_stop(uint32_t domid, int timeout_ms);

int console_attach(uint32_t domid);
/* What this process does once the domain runs: joins its console, watches it, both or neither; an exit status. */
int domain_attend(struct xl_domain *d, const char *cfg_text, uint32_t domid, bool console, bool foreground);

/* --- commands (cmd_*.c) --- */
typedef int command_fn(int argc, char **argv);
command_fn cmd_create, cmd_list, cmd_console, cmd_destroy, cmd_pause, cmd_unpause, cmd_shutdown,
	cmd_reboot, cmd_save, cmd_restore, cmd_info, cmd_dmesg, cmd_vcpu_list, cmd_vcpu_pin, cmd_vcpu_set,
	cmd_mem_set, cmd_mem_max, cmd_sched_credit2, cmd_debug_keys, cmd_top, cmd_domid, cmd_domname,
	cmd_rename, cmd_uptime, cmd_block_attach, cmd_block_detach, cmd_block_list, cmd_network_attach,
	cmd_network_detach, cmd_network_list, cmd_sysrq, cmd_trigger, cmd_vm_list, cmd_claims,
	cmd_cpupool_list, cmd_config_update, cmd_dump_core, cmd_help, cmd_version;
int usage_of(const char *command);	/* prints the one line, returns 2 */

#endif
