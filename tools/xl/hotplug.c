// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the script that ties a back end to the host (a loop device, a bridge)
 * and reads its verdict from xenstore. Scripts are the administrator's; they
 * get the device by environment, as they always did.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "xl.h"

#define SCRIPT_SECONDS	60

static void script_path(const char *script, char path[PATH_MAX_XS])
{
	if (strchr(script, '/'))
		snprintf(path, PATH_MAX_XS, "%s", script);
	else
		snprintf(path, PATH_MAX_XS, "%s/%s", XL_SCRIPTS, script);
}

static void child(const struct dev *v, const char *path, const char *backend, bool add)
{
	char vif[32];

	signal(SIGPIPE, SIG_DFL);	/* what is ignored stays so across exec */
	setenv("script", path, 1);
	setenv("XENBUS_TYPE", v->kind, 1);
	setenv("XENBUS_PATH", backend, 1);
	setenv("XENBUS_BASE_PATH", "backend", 1);
	if (!getenv("PATH"))
		setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (!strcmp(v->kind, "vif")) {
		char *name = store_read("%s/vifname", backend);

		snprintf(vif, sizeof(vif), "vif%u.%d", v->domid, v->devid);
		setenv("vif", name ? name : vif, 1);
		setenv("INTERFACE", vif, 1);
		if (name && add) {
			char was[64];

			/* netback names its interface itself; the script sees the wanted name. */
			snprintf(was, sizeof(was), "ip link set dev %s name \"$vif\"", vif);
			if (system(was))
				say("warning: cannot rename %s to %s", vif, name);
		}
		execl(path, path, add ? "online" : "offline", "type_if=vif", NULL);
	} else {
		execl(path, path, add ? "add" : "remove", NULL);
	}
	fprintf(stderr, "xl: cannot run %s: %s\n", path, strerror(errno));
	_exit(127);
}

static int wait_child(pid_t pid, const char *path)
{
	int status, tries;

	for (tries = 0; ; tries++) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			break;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (tries > SCRIPT_SECONDS * 100) {
			say("%s does not end: killed after %d s", path, SCRIPT_SECONDS);
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -ETIMEDOUT;
		}
		usleep(10000);
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return -EIO;
}

int hotplug_run(const struct dev *v, const char *script, bool add)
{
	char path[PATH_MAX_XS], backend[PATH_MAX_XS], *error, *status;
	pid_t pid;
	int rc;

	if (!script || !*script || !xl_conf.run_hotplug_scripts)
		return 0;
	script_path(script, path);
	dev_backend(v, backend);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		setpgid(0, 0);
		child(v, path, backend, add);
	}
	rc = wait_child(pid, path);
	if (!add)
		return rc;
	error = store_read("%s/hotplug-error", backend);
	status = store_read("%s/hotplug-status", backend);
	if (rc || (status && !strcmp(status, "error"))) {
		say("%s failed for %s %d%s%s", path, v->kind, v->devid, error ? ": " : "", error ? error : "");
		rc = -EIO;
	}
	free(error);
	free(status);
	return rc;
}
