// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is there when it is whole, or not at all: half an image or half a
 * core is worse than none. It is written under another name first. A pipe, a
 * device or a link to either is written as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xl.h"

int whole_begin(struct whole *w, const char *file)
{
	struct stat st;

	w->file = file;
	w->in_place = !stat(file, &st) && !S_ISREG(st.st_mode);
	if (asprintf(&w->part, w->in_place ? "%s" : "%s.part", file) < 0) {
		w->part = NULL;
		say("cannot write %s: no memory", file);
		return -ENOMEM;
	}
	w->fd = open(w->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		int rc = -errno;

		say("cannot write %s: %s", w->part, strerror(errno));
		free(w->part);
		return rc;
	}
	return 0;
}

int whole_keep(struct whole *w)
{
	if (fsync(w->fd) && errno != EINVAL)	/* a pipe has nothing to be flushed to */
		return -errno;
	if (interrupted())
		return -EINTR;
	if (!w->in_place && rename(w->part, w->file))
		return -errno;
	w->in_place = true;
	return 0;
}

void whole_end(struct whole *w)
{
	if (!w->in_place)
		unlink(w->part);
	close(w->fd);
	free(w->part);
}
