// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network interfaces: what netback and netfront are told about one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

/* From the domain's UUID, so that a guest keeps its address when restarted. */
void nic_pick_mac(struct xl_nic *n, const uint8_t uuid[16], unsigned int index)
{
	uint32_t mix = 2166136261U + index * 0x9e3779b9U;
	unsigned int i;

	if (n->mac_given)
		return;
	for (i = 0; i < 16; i++)
		mix = (mix ^ uuid[i]) * 16777619U;
	n->mac[0] = 0x00;
	n->mac[1] = 0x16;
	n->mac[2] = 0x3e;
	n->mac[3] = mix >> 16 & 0x7f;
	n->mac[4] = mix >> 8;
	n->mac[5] = mix;
	n->mac_given = true;
}

int nic_attach(uint32_t domid, struct xl_nic *n, const char *domname)
{
	struct dev v = { .kind = "vif", .domid = domid, .devid = n->devid };
	const char *script = n->script ? n->script : xl_conf.vif_script ? xl_conf.vif_script : "vif-bridge";
	const char *bridge = n->bridge ? n->bridge : xl_conf.vif_bridge;	/* NULL: the script picks */
	const char *backend = n->backend ? n->backend : xl_conf.vif_backend;
	char mac[18], handle[16], mtu[16], rate[24], script_full[PATH_MAX_XS], check[64], *exists;
	int rc;

	if (backend && dom_find(backend, &v.backend_domid))
		return -ESRCH;
	snprintf(check, sizeof(check), "/libxl/%u/device/vif/%d/backend", domid, n->devid);
	exists = xs_read(xl.x, XS_NO_TXN, check, NULL);
	free(exists);
	if (exists) {
		say("the guest has a vif %d already", n->devid);
		return -EEXIST;
	}
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", n->mac[0], n->mac[1], n->mac[2], n->mac[3], n->mac[4], n->mac[5]);
	snprintf(handle, sizeof(handle), "%d", n->devid);
	snprintf(mtu, sizeof(mtu), "%u", n->mtu);
	snprintf(rate, sizeof(rate), "%u,%u", n->rate_bytes, n->rate_usec);
	snprintf(script_full, sizeof(script_full), "%s%s%s", strchr(script, '/') ? "" : XL_SCRIPTS,
		 strchr(script, '/') ? "" : "/", script);
	const char *const back[] = {
		"domain", domname, "script", script_full, "mac", mac, "bridge", bridge, "handle", handle,
		"type", "vif", "ip", n->ip, "vifname", n->vifname, "rate", n->rate_usec ? rate : NULL, "mtu", n->mtu ? mtu : NULL,
		"hotplug-status", "", NULL,
	};
	const char *const front[] = {
		"handle", handle, "mac", mac, "mtu", n->mtu ? mtu : NULL, "trusted", n->untrusted ? "0" : "1", NULL,
	};
	/* A NULL value ends nothing: dev_publish leaves that pair out. */
	rc = dev_publish(&v, back, front);
	if (rc)
		return fail(rc, "vif %d: xenstore", n->devid), rc;
	rc = dev_connect(&v, script_full);
	if (rc) {
		interrupt_undo();	/* else removing would not wait for the back end */
		dev_remove(&v, true);
	}
	return rc;
}
