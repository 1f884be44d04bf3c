// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl save and restore. The file starts with a small header of xl's own and the
 * domain's configuration; then comes the image in the documented format.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

#define CONFIG_MAX	(4UL << 20)
#define SAVE_MAGIC	"xl-saved-domain\n"

struct save_header {
	char magic[16];
	uint32_t version;		/* 1, little-endian as all of it */
	uint32_t config_size;		/* bytes of configuration that follow, padded to 8 */
};

static int write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		p += w;
		n -= w;
	}
	return 0;
}

static int read_exact(int fd, void *data, size_t n)
{
	char *p = data;

	while (n) {
		ssize_t r = read(fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -EINVAL;
		p += r;
		n -= r;
	}
	return 0;
}

static char *read_text(const char *path)
{
	uint8_t *data;
	char *text;
	size_t n;
	int rc = hv_read_file(path, &data, &n, CONFIG_MAX);

	if (rc) {
		say("configuration %s: %s", path, hv_file_error(rc));
		return NULL;
	}
	text = malloc(n + 1);
	if (text) {
		memcpy(text, data, n);
		text[n] = 0;
	}
	free(data);
	return text;
}

static int write_header(int fd, const char *text)
{
	static const char zeros[8];
	struct save_header h = { .version = htole32(1), .config_size = htole32(strlen(text)) };
	size_t n = strlen(text);
	int rc;

	memcpy(h.magic, SAVE_MAGIC, 16);
	rc = write_all(fd, &h, sizeof(h));
	if (!rc)
		rc = write_all(fd, text, n);
	if (!rc && n % 8)
		rc = write_all(fd, zeros, 8 - n % 8);
	return rc;
}

static int go_on(uint32_t domid)
{
	int rc = hv_suspend_cancel(xl.h, domid);

	if (rc)
		return fail(rc, "domain %u cannot go on after the attempt to save it", domid);
	xs_resume_domain(xl.x, domid);
	return 0;
}

static int save(uint32_t domid, const char *file, const char *text, bool checkpoint, bool paused)
{
	struct whole w;
	int rc = whole_begin(&w, file);

	if (rc)
		return 1;
	rc = write_header(w.fd, text);
	if (rc) {
		say("cannot write %s: %s", w.part, strerror(-rc));
		goto out;
	}
	rc = domain_suspend(domid);
	if (rc) {
		if (rc == -EINTR)
			say("interrupted: domain %u is not saved", domid);
		goto out;
	}
	rc = hv_save_pv(xl.h, domid, w.fd);
	if (!rc)
		rc = whole_keep(&w);
	interrupt_undo();
	if (rc) {
		fail(rc, "cannot save domain %u to %s", domid, file);
		go_on(domid);
		goto out;
	}
	if (checkpoint) {
		if (paused)
			hv_domain_pause(xl.h, domid);
		rc = go_on(domid);
	} else {
		rc = domain_destroy(domid);
	}
out:
	whole_end(&w);
	return rc ? 1 : 0;
}

int cmd_save(int argc, char **argv)
{
	bool checkpoint = false, paused = false;
	uint32_t domid;
	char *text;
	int opt, rc;

	while ((opt = getopt(argc, argv, "cpD")) != -1) {
		switch (opt) {
		case 'c': checkpoint = true; break;
		case 'p': checkpoint = paused = true; break;
		case 'D':
			say("a restored domain gets a new number: -D, which keeps it, is not supported");
			return 1;
		default: return usage_of("save");
		}
	}
	if (argc - optind < 2 || argc - optind > 3)
		return usage_of("save");
	if (dom_find(argv[optind], &domid) || xl_need_store())
		return 1;
	if (!domid) {
		say("dom0 cannot be saved");
		return 1;
	}
	text = argc - optind == 3 ? read_text(argv[optind + 2]) : dom_config_load(domid);
	if (!text) {
		if (argc - optind < 3)
			say("the configuration of domain %u is not known here: name its file as the last argument", domid);
		return 1;
	}
	interrupt_watch();
	rc = save(domid, argv[optind + 1], text, checkpoint, paused);
	free(text);
	interrupt_end();
	return rc;
}

/* The image's own configuration, and the file position behind it. */
static char *read_header(int fd, const char *file)
{
	struct save_header h;
	uint32_t n;
	char *text;

	if (read_exact(fd, &h, sizeof(h)) || memcmp(h.magic, SAVE_MAGIC, 16)) {
		say("%s is not a domain that xl saved", file);
		return NULL;
	}
	n = le32toh(h.config_size);
	if (le32toh(h.version) != 1 || n > CONFIG_MAX) {
		say("%s was saved by another version of xl", file);
		return NULL;
	}
	text = calloc(1, n + 16);
	if (!text || read_exact(fd, text, (n + 7) & ~7U)) {
		say("%s is cut short", file);
		free(text);
		return NULL;
	}
	text[n] = 0;
	return text;
}

static void no_warning(const char *sentence)
{
	(void)sentence;
}

int cmd_restore(int argc, char **argv)
{
	bool paused = false, console = false, watch = true, foreground = false;
	const char *file, *own = NULL;
	struct cfg c = { 0 };
	struct xl_domain d;
	char *text = NULL, *image_text;
	uint32_t domid;
	int opt, fd, lock, rc = 1;

	while ((opt = getopt(argc, argv, "cpeFdVA")) != -1) {
		switch (opt) {
		case 'c': console = true; break;
		case 'p': paused = true; break;
		case 'e': watch = false; break;
		case 'F': foreground = true; break;
		case 'd': case 'V': case 'A': break;
		default: return usage_of("restore");
		}
	}
	if (argc - optind < 1 || argc - optind > 2)
		return usage_of("restore");
	file = argv[argc - 1];
	if (argc - optind == 2)
		own = argv[optind];
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		say("%s: %s", file, strerror(errno));
		return 1;
	}
	image_text = read_header(fd, file);
	text = image_text && own ? read_text(own) : image_text;
	if (!text || cfg_parse(&c, text, strlen(text), own ? own : file) || xl_domain_from_cfg(&d, &c, no_warning)) {
		if (*c.why)
			say("%s", c.why);
		goto out;
	}
	if (xl_need_hv() || xl_need_store())
		goto free_domain;
	lock = create_lock();
	if (lock < 0)
		goto free_domain;
	rc = domain_create(&d, text, fd, &domid);
	close(lock);
	/* Whoever watches the domain would keep the image from being removed. */
	close(fd);
	fd = -1;
	if (rc)
		goto free_domain;
	rc = domain_start(&d, text, domid, watch && !foreground, paused);
	if (!rc)
		rc = domain_attend(&d, text, domid, console, foreground);
free_domain:
	xl_domain_free(&d);
out:
	if (text != image_text)
		free(text);
	free(image_text);
	cfg_free(&c);
	if (fd >= 0)
		close(fd);
	return rc ? 1 : 0;
}
