// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl block-attach, block-detach, block-list and their network siblings:
 * devices of a running domain.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xl.h"

static char *join(int argc, char **argv, int from)
{
	char *text = NULL;
	size_t n = 1;
	int i;

	for (i = from; i < argc; i++)
		n += strlen(argv[i]) + 1;
	text = calloc(1, n);
	for (i = from; text && i < argc; i++) {
		if (i > from)
			strcat(text, ",");
		strcat(text, argv[i]);
	}
	return text;
}

int cmd_block_attach(int argc, char **argv)
{
	struct xl_disk d;
	char why[256] = "", *spec, *name;
	uint32_t domid;
	int rc;

	if (argc < 3)
		return usage_of("block-attach");
	if (dom_find(argv[1], &domid) || xl_need_store())
		return 1;
	spec = join(argc, argv, 2);
	rc = spec ? xl_disk_parse(&d, spec, why, sizeof(why)) : -ENOMEM;
	free(spec);
	if (rc) {
		say("%s", why);
		return 1;
	}
	name = dom_name(domid);
	interrupt_watch();
	rc = disk_attach(domid, &d, name);
	interrupt_end();
	free(name);
	xl_disk_free(&d);
	return rc ? 1 : 0;
}

struct search {
	int devid;
	const char *mac;
	struct dev found;
	bool yes;
};

static int match(const struct dev *v, void *arg)
{
	struct search *s = arg;
	char *mac = s->mac ? store_read("/libxl/%u/device/%s/%d/mac", v->domid, v->kind, v->devid) : NULL;

	if (s->mac ? mac && !strcasecmp(mac, s->mac) : v->devid == s->devid) {
		s->found = *v;
		s->yes = true;
	}
	free(mac);
	return s->yes;
}

static int detach(int argc, char **argv, const char *kind, const char *command)
{
	struct search s = { .devid = -1 };
	bool force = false;
	uint32_t domid, number;
	int at = 1;

	if (at < argc && !strcmp(argv[at], "--force")) {
		force = true;
		at++;
	}
	if (argc - at != 2)
		return usage_of(command);
	if (dom_find(argv[at], &domid) || xl_need_store())
		return 1;
	if (!strcmp(kind, "vif") && strchr(argv[at + 1], ':'))
		s.mac = argv[at + 1];
	else
		s.devid = !strcmp(kind, "vbd") ? xl_vdev_number(argv[at + 1]) : parse_u32(argv[at + 1], &number) ? (int)number : -1;
	dev_each(domid, kind, match, &s);
	if (!s.yes) {
		say("domain %u has no device '%s'", domid, argv[at + 1]);
		return 1;
	}
	return dev_remove(&s.found, force) ? 1 : 0;
}

int cmd_block_detach(int argc, char **argv)
{
	return detach(argc, argv, "vbd", "block-detach");
}

int cmd_network_detach(int argc, char **argv)
{
	return detach(argc, argv, "vif", "network-detach");
}

static int print_disk(const struct dev *v, void *arg)
{
	char b[PATH_MAX_XS], f[PATH_MAX_XS], *state, *port, *ring;

	(void)arg;
	dev_backend(v, b);
	dev_frontend(v, f);
	state = store_read("%s/state", f);
	port = store_read("%s/event-channel", f);
	ring = store_read("%s/ring-ref", f);
	printf("%-5d %-3u %-6u %-5s %-6s %-8s %-30s\n", v->devid, v->backend_domid, v->domid, state ? state : "-",
	       port ? port : "-1", ring ? ring : "-1", b);
	free(state);
	free(port);
	free(ring);
	return 0;
}

static int print_nic(const struct dev *v, void *arg)
{
	char b[PATH_MAX_XS], f[PATH_MAX_XS], *state, *mac, *port, *tx, *rx;

	(void)arg;
	dev_backend(v, b);
	dev_frontend(v, f);
	state = store_read("%s/state", f);
	mac = store_read("/libxl/%u/device/vif/%d/mac", v->domid, v->devid);
	port = store_read("%s/event-channel", f);
	tx = store_read("%s/tx-ring-ref", f);
	rx = store_read("%s/rx-ring-ref", f);
	printf("%-3d %-2u %-17s%6d %5s %6s %5s/%-11s %-30s\n", v->devid, v->backend_domid, mac ? mac : "-", v->devid,
	       state ? state : "-", port ? port : "-1", tx ? tx : "-1", rx ? rx : "-1", b);
	free(state);
	free(mac);
	free(port);
	free(tx);
	free(rx);
	return 0;
}

static int list(int argc, char **argv, const char *kind, dev_fn *print, const char *command)
{
	int i;

	if (argc < 2)
		return usage_of(command);
	for (i = 1; i < argc; i++) {
		uint32_t domid;

		if (xl_need_hv() || xl_need_store())
			return 1;
		/* As scripts know it: an unknown name among them fails only the list of interfaces. */
		if (dom_find(argv[i], &domid)) {
			if (!strcmp(kind, "vbd"))
				continue;
			return 1;
		}
		dev_each(domid, kind, print, NULL);
	}
	return 0;
}

int cmd_block_list(int argc, char **argv)
{
	if (argc > 1)
		printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle", "state", "evt-ch", "ring-ref", "BE-path");
	return list(argc, argv, "vbd", print_disk, "block-list");
}

int cmd_network_list(int argc, char **argv)
{
	if (argc > 1)
		printf("%-3s %-2s %-17s %-6s %-5s %-6s %5s/%-5s %-30s\n", "Idx", "BE", "Mac Addr.", "handle", "state", "evt-ch", "tx-", "rx-ring-ref", "BE-path");
	return list(argc, argv, "vif", print_nic, "network-list");
}

static int highest(const struct dev *v, void *arg)
{
	int *next = arg;

	if (v->devid >= *next)
		*next = v->devid + 1;
	return 0;
}

int cmd_network_attach(int argc, char **argv)
{
	struct xen_domctl_getdomaininfo info;
	char why[256] = "", *spec, *name;
	struct xl_nic n;
	uint32_t domid;
	int rc, next = 0;

	if (argc < 2)
		return usage_of("network-attach");
	if (dom_find(argv[1], &domid) || xl_need_store())
		return 1;
	spec = join(argc, argv, 2);
	rc = spec ? xl_nic_parse(&n, spec, why, sizeof(why)) : -ENOMEM;
	free(spec);
	if (rc) {
		say("%s", why);
		return 1;
	}
	dev_each(domid, "vif", highest, &next);
	if (n.devid < 0)
		n.devid = next;
	rc = hv_domain_info(xl.h, domid, &info);
	if (!rc) {
		nic_pick_mac(&n, info.handle, n.devid);
		name = dom_name(domid);
		interrupt_watch();
		rc = nic_attach(domid, &n, name);
		interrupt_end();
		free(name);
	}
	xl_nic_free(&n);
	return rc ? 1 : 0;
}
