// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl console, destroy, pause, unpause, shutdown, reboot, sysrq: simple acts on
 * one domain (or on all).
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

int cmd_console(int argc, char **argv)
{
	uint32_t domid;
	int opt;

	while ((opt = getopt(argc, argv, "n:t:")) != -1) {
		if (opt == '?')
			return usage_of("console");
		if (strcmp(optarg, opt == 't' ? "pv" : "0")) {
			say("there is no console %s '%s': a domain has one, number 0 of type pv", opt == 't' ? "of type" : "number", optarg);
			return 1;
		}
	}
	if (optind >= argc)
		return usage_of("console");
	if (dom_find(argv[optind], &domid))
		return 1;
	return console_attach(domid);
}

int cmd_destroy(int argc, char **argv)
{
	bool force = false;
	uint32_t domid;
	int opt, rc;

	while ((opt = getopt(argc, argv, "f")) != -1) {
		if (opt != 'f')
			return usage_of("destroy");
		force = true;
	}
	if (optind + 1 != argc)
		return usage_of("destroy");
	if (dom_find(argv[optind], &domid))
		return 1;
	if (!domid) {
		say("dom0 cannot be destroyed");
		return 1;
	}
	/* With a dead xenstored the domain can still be ended, by force. */
	if (xl_need_store() && !force)
		return 1;
	rc = domain_destroy(domid);
	if (rc == -ESRCH) {
		say("there is no domain %u any more", domid);
		return 1;
	}
	return rc ? 1 : 0;
}

static int simple(int argc, char **argv, int (*fn)(struct hv *, uint32_t), const char *what)
{
	uint32_t domid;
	int rc;

	if (argc != 2)
		return usage_of(what);
	if (dom_find(argv[1], &domid))
		return 1;
	if (!domid) {
		say("dom0 cannot %s itself", what);
		return 1;
	}
	rc = fn(xl.h, domid);
	return rc ? fail(rc, "cannot %s domain %u", what, domid) : 0;
}

int cmd_pause(int argc, char **argv)
{
	return simple(argc, argv, hv_domain_pause, "pause");
}

int cmd_unpause(int argc, char **argv)
{
	return simple(argc, argv, hv_domain_unpause, "unpause");
}

/* A guest says by feature nodes what it listens to; an old one says nothing. */
static int ask(uint32_t domid, const char *what)
{
	int rc = domain_control(domid, what);

	return rc ? fail(rc, "cannot ask domain %u for %s", domid, what) : 0;
}

/* Until it has shut down or, with dead, until there is no such domain any more. */
static int wait_for(uint32_t domid, bool dead)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domain_wait_stop(domid, -1);

	if (rc < 0 && rc != -ESRCH)
		return fail(rc, "cannot wait for domain %u", domid);
	while (dead && !hv_domain_info(xl.h, domid, &info))
		usleep(200000);
	return 0;
}

static int ask_some(int argc, char **argv, const char *what, const char *command)
{
	static const struct option longs[] = { { "all", 0, NULL, 'a' }, { "wait", 0, NULL, 'w' }, { NULL, 0, NULL, 0 } };
	struct xen_domctl_getdomaininfo *list = NULL;
	unsigned int wait = 0;
	bool all = false;
	int opt, n, i, rc = 0;
	uint32_t *ids;

	while ((opt = getopt_long(argc, argv, "wFa", longs, NULL)) != -1) {
		switch (opt) {
		case 'w': wait++; break;
		case 'a': all = true; break;
		case 'F': break;	/* the fallback for guests without drivers: PV guests have them */
		default: return usage_of(command);
		}
	}
	if (all == (optind < argc)) {
		say("%s: name domains, or say -a", command);
		return 1;
	}
	if (xl_need_hv() || xl_need_store())
		return 1;
	n = all ? dom_list(&list) : argc - optind;
	if (n < 0)
		return fail(n, "cannot list domains");
	ids = calloc(n + 1, sizeof(*ids));
	for (i = 0; ids && i < n && !rc; i++) {
		if (all)
			ids[i] = list[i].domain;
		else if (dom_find(argv[optind + i], &ids[i]))
			rc = 1;
		if (!rc && !ids[i] && !all) {
			say("dom0 is not asked by xl: use its own commands");
			rc = 1;
		}
		if (!rc && ids[i])
			rc = ask(ids[i], what);
	}
	/* All of them have been asked before the first is waited for. */
	for (i = 0; ids && i < n; i++)
		if (ids[i] && domain_answer(ids[i], command))
			rc = 1;
	for (i = 0; ids && i < n && !rc && wait; i++)
		if (ids[i])
			rc = wait_for(ids[i], wait > 1);
	free(ids);
	free(list);
	return rc;
}

int cmd_shutdown(int argc, char **argv)
{
	return ask_some(argc, argv, "poweroff", "shutdown");
}

int cmd_reboot(int argc, char **argv)
{
	return ask_some(argc, argv, "reboot", "reboot");
}

int cmd_trigger(int argc, char **argv)
{
	static const char *const names[] = {
		[XEN_DOMCTL_SENDTRIGGER_NMI] = "nmi", [XEN_DOMCTL_SENDTRIGGER_RESET] = "reset",
		[XEN_DOMCTL_SENDTRIGGER_INIT] = "init", [XEN_DOMCTL_SENDTRIGGER_POWER] = "power",
		[XEN_DOMCTL_SENDTRIGGER_SLEEP] = "sleep",
	};
	uint32_t domid, t, vcpu = 0;
	int rc;

	if (argc < 3 || argc > 4)
		return usage_of("trigger");
	if (dom_find(argv[1], &domid))
		return 1;
	for (t = 0; t < sizeof(names) / sizeof(*names) && strcmp(argv[2], names[t]); t++)
		;
	if (t == sizeof(names) / sizeof(*names)) {
		say("there is no trigger '%s'", argv[2]);
		return 1;
	}
	if (argc == 4 && !parse_u32(argv[3], &vcpu)) {
		say("'%s' is not the number of a vcpu", argv[3]);
		return 1;
	}
	rc = hv_domain_trigger(xl.h, domid, t, vcpu);
	if (rc == -ESRCH)
		return say("domain %u has no vcpu %u", domid, vcpu), 1;
	return rc ? fail(rc, "'%s' cannot be sent to domain %u", argv[2], domid) : 0;
}

int cmd_sysrq(int argc, char **argv)
{
	uint32_t domid;
	int rc;

	if (argc != 3)
		return usage_of("sysrq");
	if (strlen(argv[2]) != 1) {
		say("a magic SysRq is one letter, not '%s'", argv[2]);
		return 1;
	}
	if (dom_find(argv[1], &domid) || xl_need_store())
		return 1;
	rc = store_write(XS_NO_TXN, argv[2], "/local/domain/%u/control/sysrq", domid);
	return rc ? fail(rc, "cannot send '%s' to domain %u", argv[2], domid) : 0;
}
