// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the number of free frames of the host, to the frame, where xl knows
 * MiB only. Runs in dom0, as root, over /dev/xen/privcmd and nothing else, so
 * that it works whatever toolstack is installed. Waits until the number stands
 * still, because a hypervisor may free and scrub in the background.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/sysctl.h>

struct privcmd_hypercall {
	uint64_t op;
	uint64_t arg[5];
};

#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

static int read_free(int fd, xen_sysctl_t *op, uint64_t *pages)
{
	struct privcmd_hypercall call = {
		.op = __HYPERVISOR_sysctl,
		.arg[0] = (uintptr_t)op,
	};

	memset(op, 0, sizeof(*op));
	op->cmd = XEN_SYSCTL_physinfo;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	if (ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, &call) < 0)
		return -1;
	*pages = op->u.physinfo.free_pages;
	return op->u.physinfo.scrub_pages != 0;
}

int main(void)
{
	int fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	xen_sysctl_t *op = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	uint64_t before = 0, now;
	int steady = 0;

	if (fd < 0 || op == MAP_FAILED) {
		perror("/dev/xen/privcmd");
		return 1;
	}
	for (int i = 0; i < 200 && steady < 5; i++) {
		int busy = read_free(fd, op, &now);

		if (busy < 0) {
			perror("physinfo");
			return 1;
		}
		steady = !busy && now == before ? steady + 1 : 0;
		before = now;
		usleep(100000);
	}
	printf("%llu\n", (unsigned long long)before);
	return steady < 5;
}
