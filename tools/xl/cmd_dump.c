// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl dump-core, and the core that a domain leaves when it stops and its
 * configuration asks for one.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "xl.h"

#define DUMP_DIR	XL_LIB_DIR "/dump"

static int dump(uint32_t domid, const char *file)
{
	struct whole w;
	int rc;

	interrupt_watch();
	rc = whole_begin(&w, file);
	if (!rc) {
		rc = hv_dump_pv(xl.h, domid, w.fd);
		if (!rc)
			rc = whole_keep(&w);
		if (rc)
			fail(rc, "cannot dump domain %u to %s", domid, file);
		whole_end(&w);
	}
	interrupt_end();
	return rc;
}

char *domain_dump(uint32_t domid, const char *name)
{
	char *file;

	make_dir(DUMP_DIR);
	if (asprintf(&file, DUMP_DIR "/%s", name) < 0)
		return NULL;
	if (!dump(domid, file))
		return file;
	free(file);
	return NULL;
}

int cmd_dump_core(int argc, char **argv)
{
	uint32_t domid;

	if (argc < 3)
		return usage_of("dump-core");
	if (dom_find(argv[1], &domid))
		return 1;
	if (!domid) {
		say("dom0 cannot dump itself");
		return 1;
	}
	return dump(domid, argv[2]) ? 1 : 0;
}
