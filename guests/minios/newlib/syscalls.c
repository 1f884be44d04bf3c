// SPDX-License-Identifier: MIT
/*
 * What newlib asks of an operating system. Files are the console (0, 1, 2), disks
 * opened as /dev/disk0 and /dev/disk1, and, from a certain number on, lwIP's sockets.
 * There are no processes: what would need them fails with ENOSYS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include <lwip/sockets.h>
#include <minios/block.h>
#include <minios/clock.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <minios/thread.h>
#include <xen/sched.h>

#define FIRST_DISK	3
#define FIRST_SOCKET	LWIP_SOCKET_OFFSET
#define NS		1000000000ULL

/* What is open between FIRST_DISK and FIRST_SOCKET. */
static struct {
	struct block *disk;
	off_t position;		/* bytes */
	int flags;
} files[FIRST_SOCKET - FIRST_DISK];

static int fail(int error)
{
	errno = error;
	return -1;
}

static bool is_disk(int fd)
{
	return fd >= FIRST_DISK && fd < FIRST_SOCKET && files[fd - FIRST_DISK].disk;
}

int open(const char *path, int flags, ...)
{
	static const char folder[] = "/dev/disk";
	unsigned int i;
	struct block *disk;

	if (strncmp(path, folder, sizeof(folder) - 1))
		return fail(ENOENT);
	disk = block_open(text_to_number(path + sizeof(folder) - 1));
	if (!disk)
		return fail(ENXIO);
	if ((flags & O_ACCMODE) != O_RDONLY && block_readonly(disk))
		return fail(EROFS);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!files[i].disk) {
			files[i].disk = disk;
			files[i].position = 0;
			files[i].flags = flags;
			return FIRST_DISK + i;
		}
	}
	return fail(EMFILE);
}

int close(int fd)
{
	if (fd >= FIRST_SOCKET)
		return lwip_close(fd);
	if (!is_disk(fd))
		return fd >= 0 && fd < FIRST_DISK ? 0 : fail(EBADF);
	files[fd - FIRST_DISK].disk = NULL;
	return 0;
}

/*
 * Any number of bytes from any place, by way of one page of whole sectors at a time;
 * a sector that is written in part is read first.
 */
static ssize_t disk_io(int fd, char *buffer, size_t length, bool write)
{
	struct block *disk = files[fd - FIRST_DISK].disk;
	off_t *position = &files[fd - FIRST_DISK].position;
	uint64_t size = block_sectors(disk) * SECTOR_SIZE;
	char *page = pages_alloc(1);
	size_t done = 0;

	if (!page)
		return fail(ENOMEM);
	while (done < length && (uint64_t)*position < size) {
		uint64_t sector = *position / SECTOR_SIZE;
		size_t offset = *position % SECTOR_SIZE;
		size_t sectors = PAGE_SIZE / SECTOR_SIZE, here;

		if (sectors > block_sectors(disk) - sector)
			sectors = block_sectors(disk) - sector;
		here = sectors * SECTOR_SIZE - offset;
		if (here > length - done)
			here = length - done;
		sectors = (offset + here + SECTOR_SIZE - 1) / SECTOR_SIZE;
		if (!write || offset || here % SECTOR_SIZE) {
			if (block_read(disk, sector, page, sectors))
				break;
		}
		if (write) {
			memcpy(page + offset, buffer + done, here);
			if (block_write(disk, sector, page, sectors))
				break;
		} else {
			memcpy(buffer + done, page + offset, here);
		}
		done += here;
		*position += here;
	}
	page_free(page);
	if (!done && length && (uint64_t)*position < size)
		return fail(EIO);
	return done;
}

ssize_t read(int fd, void *buffer, size_t length)
{
	if (fd >= FIRST_SOCKET)
		return lwip_read(fd, buffer, length);
	if (is_disk(fd))
		return disk_io(fd, buffer, length, false);
	return fd == 0 ? (ssize_t)console_read(buffer, length) : fail(EBADF);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	if (fd >= FIRST_SOCKET)
		return lwip_write(fd, buffer, length);
	if (is_disk(fd)) {
		if ((files[fd - FIRST_DISK].flags & O_ACCMODE) == O_RDONLY)
			return fail(EBADF);
		return disk_io(fd, (char *)buffer, length, true);
	}
	if (fd != 1 && fd != 2)
		return fail(EBADF);
	console_write(buffer, length);
	return length;
}

off_t lseek(int fd, off_t offset, int whence)
{
	off_t *position;

	if (!is_disk(fd))
		return fail(fd < FIRST_DISK || fd >= FIRST_SOCKET ? ESPIPE : EBADF);
	position = &files[fd - FIRST_DISK].position;
	if (whence == SEEK_CUR)
		offset += *position;
	else if (whence == SEEK_END)
		offset += block_sectors(files[fd - FIRST_DISK].disk) * SECTOR_SIZE;
	if (offset < 0)
		return fail(EINVAL);
	return *position = offset;
}

int fstat(int fd, struct stat *status)
{
	memset(status, 0, sizeof(*status));
	status->st_mode = fd < FIRST_DISK ? S_IFCHR : is_disk(fd) ? S_IFBLK : S_IFSOCK;
	if (is_disk(fd))
		status->st_size = block_sectors(files[fd - FIRST_DISK].disk) * SECTOR_SIZE;
	status->st_blksize = PAGE_SIZE;
	return 0;
}

int stat(const char *path, struct stat *status)
{
	int fd = open(path, O_RDONLY), result;

	if (fd < 0)
		return -1;
	result = fstat(fd, status);
	close(fd);
	return result;
}

int isatty(int fd)
{
	return fd >= 0 && fd < FIRST_DISK;
}

int fcntl(int fd, int command, ...)
{
	va_list args;
	int value;

	va_start(args, command);
	value = va_arg(args, int);
	va_end(args);
	return fd >= FIRST_SOCKET ? lwip_fcntl(fd, command, value) : fail(EINVAL);
}

void *sbrk(ptrdiff_t increment)
{
	void *old = heap_grow(increment);

	if (old)
		return old;
	errno = ENOMEM;
	return (void *)-1;
}

/* The clock that does not jump starts with the guest. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
	uint64_t ns;

	if (clock == CLOCK_REALTIME)
		ns = clock_wall();
	else if (clock == CLOCK_MONOTONIC)
		ns = clock_now() - start_time;
	else
		return fail(EINVAL);
	time->tv_sec = ns / NS;
	time->tv_nsec = ns % NS;
	return 0;
}

int gettimeofday(struct timeval *time, void *zone)
{
	uint64_t ns = clock_wall();

	(void)zone;
	time->tv_sec = ns / NS;
	time->tv_usec = ns % NS / 1000;
	return 0;
}

/* All time since the start counts as the program's. */
clock_t times(struct tms *times)
{
	clock_t ticks = (clock_now() - start_time) / (NS / CLOCKS_PER_SEC);

	memset(times, 0, sizeof(*times));
	times->tms_utime = ticks;
	return ticks;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
	if (time->tv_nsec < 0 || (uint64_t)time->tv_nsec >= NS || time->tv_sec < 0)
		return fail(EINVAL);
	thread_sleep(time->tv_sec * NS + time->tv_nsec);
	if (left)
		memset(left, 0, sizeof(*left));
	return 0;
}

int usleep(useconds_t microseconds)
{
	thread_sleep(microseconds * 1000ULL);
	return 0;
}

unsigned int sleep(unsigned int seconds)
{
	thread_sleep(seconds * NS);
	return 0;
}

/* The status becomes the reason for which the domain shuts down. */
void _exit(int status)
{
	if (status)
		printk("exit status %d\n", status);
	domain_shutdown(status ? SHUTDOWN_crash : SHUTDOWN_poweroff);
}

int getpid(void)
{
	return 1;
}

/* abort() comes here. */
int kill(int pid, int signal)
{
	if (pid != getpid())
		return fail(ESRCH);
	panic("signal %d", signal);
}

int unlink(const char *path)
{
	(void)path;
	return fail(ENOSYS);
}

int link(const char *from, const char *to)
{
	(void)from;
	(void)to;
	return fail(ENOSYS);
}
