// SPDX-License-Identifier: MIT
/*
 * Split devices. The toolstack makes a folder for each end, which name each other;
 * the ends then tell how far they have come by a node "state" in each folder:
 *
 *	back end			front end
 *	InitWait: what I can do
 *					Initialised: my rings, my port
 *	Connected: I have mapped them
 *					Connected
 *
 * A network card leaves Initialised out: it says Connected with its rings, and the
 * back end follows.
 */
#include <minios/frontend.h>
#include <minios/kernel.h>

static int join(char *path, const char *folder, const char *node)
{
	return format_text(path, XS_PATH_MAX, "%s/%s", folder, node) < XS_PATH_MAX ? 0 : -1;
}

int frontend_open(struct frontend *front, const char *class, int index)
{
	char path[XS_PATH_MAX], names[256], *name = names;

	if (join(path, "device", class) || xs_list(path, names, sizeof(names)))
		return -1;
	while (*name && index--)
		name += strlen(name) + 1;
	if (!*name || join(front->path, path, name))
		return -1;
	if (join(path, front->path, "backend") || xs_read(path, front->backend, sizeof(front->backend)))
		return -1;
	if (join(path, front->path, "backend-id"))
		return -1;
	front->domain = xs_read_number(path, 0);
	if (join(path, front->backend, "state"))
		return -1;
	return xs_watch(&front->watch, path);
}

/* The watch has fired once by itself, so that the first look waits for nothing. */
int frontend_wait(struct frontend *front, enum xenbus_state state)
{
	while (front->state < state) {
		xs_watch_wait(&front->watch);
		front->state = backend_number(front, "state", XenbusStateUnknown);
	}
	return front->state == XenbusStateClosing || front->state == XenbusStateClosed ? -1 : 0;
}

int frontend_write(struct frontend *front, const struct xs_entry *entries, unsigned int count)
{
	return xs_write_all(front->path, entries, count);
}

long backend_number(struct frontend *front, const char *node, long otherwise)
{
	char path[XS_PATH_MAX];

	return join(path, front->backend, node) ? otherwise : xs_read_number(path, otherwise);
}

int backend_read(struct frontend *front, const char *node, char *value, size_t room)
{
	char path[XS_PATH_MAX];

	return join(path, front->backend, node) ? -1 : xs_read(path, value, room);
}
