// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that stays behind for each domain: waits until it stops and does
 * what its configuration says. It survives a xenstored that goes away (it then
 * looks now and again) and gives up on a guest that only ever dies at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "xl.h"

#define LOOK_MS		5000
#define QUICK_SECONDS	3
#define QUICK_DEATHS	5

static const char *reason_name(unsigned int r)
{
	static const char *const names[] = { "poweroff", "reboot", "suspend", "crash", "watchdog", "soft reset" };

	return r < sizeof(names) / sizeof(*names) ? names[r] : "an unknown reason";
}

static void stamp(void)
{
	char text[32];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%F %T", &tm);
	printf("%s ", text);
}

/* Sleeps until something may have changed. */
static void wait_change(void)
{
	char *path, *token;
	int rc = xl.x ? xs_read_watch(xl.x, &path, &token, LOOK_MS) : -EPIPE;

	if (!rc) {
		free(path);
		free(token);
	} else if (rc != -ETIMEDOUT) {
		/* The daemon is gone: keep looking, and take it up again when it is back. */
		usleep(LOOK_MS * 1000);
		xs_close(xl.x);
		xl.x = xs_open();
		if (xl.x)
			xs_watch(xl.x, "@releaseDomain", "stop");
	}
}

/* 0 with the reason when it shut down; 1 when it is gone or being destroyed. */
static int wait_stop(uint32_t domid, unsigned int *reason)
{
	struct xen_domctl_getdomaininfo info;
	bool told = false;

	for (;;) {
		int rc = hv_domain_info(xl.h, domid, &info);

		if (rc == -ESRCH || (!rc && info.flags & XEN_DOMINF_dying))
			return 1;
		if (!rc && info.flags & XEN_DOMINF_shutdown) {
			*reason = info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
			/* A suspended guest is in the hands of whoever saves it. */
			if (*reason != SHUTDOWN_suspend)
				return 0;
			if (!told) {
				stamp();
				printf("domain %u is suspended\n", domid);
			}
			told = true;
		} else {
			told = false;
		}
		wait_change();
	}
}

static enum xl_action action_for(const struct xl_domain *d, unsigned int reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff: return d->on_poweroff;
	case SHUTDOWN_reboot: return d->on_reboot;
	case SHUTDOWN_crash: return d->on_crash;
	case SHUTDOWN_watchdog: return d->on_watchdog;
	default: return ACT_DESTROY;
	}
}

static int rename_away(uint32_t domid, struct xl_domain *d)
{
	char name[XL_NAME_MAX + 16];
	unsigned int i;
	uint32_t other;

	for (i = 1; i < 1000; i++) {
		snprintf(name, sizeof(name), "%s-%u", d->name, i);
		if (dom_by_name(name, &other)) {
			d->uuid_given = false;	/* two domains cannot share it */
			return store_write(XS_NO_TXN, name, "/local/domain/%u/name", domid);
		}
	}
	return -EEXIST;
}

static int restart(struct xl_domain *d, const char *cfg_text, uint32_t *domid)
{
	int lock = create_lock(), rc;

	if (lock < 0)
		return -EBUSY;
	rc = domain_create(d, cfg_text, -1, domid);
	close(lock);
	return rc ? rc : domain_start(d, cfg_text, *domid, false, false);
}

static void no_warning(const char *sentence)
{
	(void)sentence;
}

/*
 * What `xl config-update` left for the domain's next life; the domain's UUID
 * stays. *kept is the text that *d came from, if it was replaced before.
 */
static void take_update(struct xl_domain *d, char **kept, const char *cfg_text, uint32_t domid)
{
	char *text = dom_config_load(domid);
	struct cfg c = { 0 };
	struct xl_domain n;

	if (!text || !strcmp(text, *kept ? *kept : cfg_text)) {
		free(text);
		return;
	}
	if (cfg_parse(&c, text, strlen(text), "kept configuration") || xl_domain_from_cfg(&n, &c, no_warning)) {
		say("%s: the old configuration is used", c.why);
		free(text);
	} else {
		if (!n.uuid_given)
			memcpy(n.uuid, d->uuid, sizeof(n.uuid));
		n.uuid_given = true;
		xl_domain_free(d);
		*d = n;
		free(*kept);
		*kept = text;
	}
	cfg_free(&c);
}

/* The core that the configuration asks for; without it the domain goes its way all the same. */
static void leave_core(const struct xl_domain *d, uint32_t domid)
{
	char *file = domain_dump(domid, d->name);

	if (file) {
		stamp();
		printf("the core of domain %u is in %s\n", domid, file);
		fflush(stdout);
	}
	free(file);
}

static bool starts_again(enum xl_action act)
{
	return act == ACT_RESTART || act == ACT_RENAME_RESTART || act == ACT_DUMP_RESTART;
}

int monitor_run(struct xl_domain *d, const char *cfg_text, uint32_t domid)
{
	unsigned int reason = 0, quick = 0;
	time_t born = time(NULL);
	char *kept = NULL;

	xs_watch(xl.x, "@releaseDomain", "stop");
	while (!wait_stop(domid, &reason)) {
		enum xl_action act = action_for(d, reason);

		quick = time(NULL) - born < QUICK_SECONDS ? quick + 1 : 0;
		if (starts_again(act) && quick >= QUICK_DEATHS) {
			stamp();
			printf("'%s' died %u times within seconds of its start: it is not started again\n", d->name, quick);
			act = act == ACT_DUMP_RESTART ? ACT_DUMP_DESTROY : ACT_DESTROY;
		}
		stamp();
		printf("domain %u ('%s') stopped: %s; action: %s\n", domid, d->name, reason_name(reason), xl_action_name(act));
		fflush(stdout);
		if (act == ACT_DUMP_DESTROY || act == ACT_DUMP_RESTART)
			leave_core(d, domid);
		while (!xl.x)
			wait_change();
		take_update(d, &kept, cfg_text, domid);
		if (act == ACT_PRESERVE)
			return 0;
		if (act == ACT_RENAME_RESTART) {
			if (rename_away(domid, d))
				return 1;
		} else if (domain_destroy(domid)) {
			return 1;
		}
		if (!starts_again(act))
			return 0;
		if (restart(d, kept ? kept : cfg_text, &domid))
			return 1;
		born = time(NULL);
		stamp();
		printf("'%s' runs again as domain %u\n", d->name, domid);
		fflush(stdout);
	}
	return 0;
}

int monitor_fork(struct xl_domain *d, const char *cfg_text, uint32_t domid)
{
	char log[PATH_MAX_XS];
	int fd, rc;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail(-errno, "cannot start the process that watches the domain"), -1;
	if (pid)
		return 0;
	setsid();
	if (chdir("/"))
		_exit(1);
	make_dir(XL_LOG_DIR);
	snprintf(log, sizeof(log), "%s/xl-%.200s.log", XL_LOG_DIR, d->name);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
		close(fd);
	}
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		dup2(fd, 0);
		close(fd);
	}
	/* In a session of its own no Ctrl-C comes any more. Neither connection survives a fork. */
	interrupt_forget();
	xl_close();
	signal(SIGHUP, SIG_IGN);
	if (xl_need_hv() || xl_need_store())
		_exit(1);
	stamp();
	printf("watching domain %u ('%s')\n", domid, d->name);
	fflush(stdout);
	rc = monitor_run(d, cfg_text, domid);
	fflush(NULL);
	_exit(rc);
}
