/* SPDX-License-Identifier: MIT */
/*
 * Error numbers that hypercalls return, negated. Included as it is, it defines
 * enum xen_errno with XEN_ before each name. Included where XEN_ERRNO(name,
 * value) is defined, it invokes that for every error instead, any number of
 * times, and undefines it.
 */
#ifndef XEN_ERRNO
#ifndef __XEN_PUBLIC_ERRNO_H__
#define __XEN_PUBLIC_ERRNO_H__

#define XEN_ERRNO_DEFAULT_INCLUDE

#ifndef __ASSEMBLY__
#define XEN_ERRNO(name, value) XEN_##name = value,
enum xen_errno {
#elif __XEN_INTERFACE_VERSION__ < 0x00040700
#define XEN_ERRNO(name, value) .equ XEN_##name, value
#endif

#endif
#endif

#ifdef XEN_ERRNO
XEN_ERRNO(EPERM, 1)		/* not allowed */
XEN_ERRNO(ENOENT, 2)		/* no such entry */
XEN_ERRNO(ESRCH, 3)		/* no such domain */
#ifdef __XEN__ /* never seen by a guest */
XEN_ERRNO(EINTR, 4)		/* interrupted */
#endif
XEN_ERRNO(EIO, 5)		/* input or output failed */
XEN_ERRNO(ENXIO, 6)		/* no such device or address */
XEN_ERRNO(E2BIG, 7)		/* too much at once */
XEN_ERRNO(ENOEXEC, 8)		/* not an image we can run */
XEN_ERRNO(EBADF, 9)		/* bad handle */
XEN_ERRNO(ECHILD, 10)		/* no children */
XEN_ERRNO(EAGAIN, 11)		/* try again */
XEN_ERRNO(EWOULDBLOCK, 11)	/* would wait */
XEN_ERRNO(ENOMEM, 12)		/* out of memory */
XEN_ERRNO(EACCES, 13)		/* access refused */
XEN_ERRNO(EFAULT, 14)		/* bad guest address */
XEN_ERRNO(EBUSY, 16)		/* in use */
XEN_ERRNO(EEXIST, 17)		/* exists already */
XEN_ERRNO(EXDEV, 18)		/* on different devices */
XEN_ERRNO(ENODEV, 19)		/* no such device */
XEN_ERRNO(ENOTDIR, 20)		/* not a directory */
XEN_ERRNO(EISDIR, 21)		/* is a directory */
XEN_ERRNO(EINVAL, 22)		/* invalid argument */
XEN_ERRNO(ENFILE, 23)		/* table full */
XEN_ERRNO(EMFILE, 24)		/* too many open */
XEN_ERRNO(ENOSPC, 28)		/* no room left */
XEN_ERRNO(EROFS, 30)		/* read only */
XEN_ERRNO(EMLINK, 31)		/* too many links */
XEN_ERRNO(EDOM, 33)		/* outside the domain of a function */
XEN_ERRNO(ERANGE, 34)		/* out of range */
XEN_ERRNO(EDEADLK, 35)		/* would deadlock */
XEN_ERRNO(EDEADLOCK, 35)	/* would deadlock */
XEN_ERRNO(ENAMETOOLONG, 36)	/* name too long */
XEN_ERRNO(ENOLCK, 37)		/* no locks left */
XEN_ERRNO(ENOSYS, 38)		/* no such call */
XEN_ERRNO(ENOTEMPTY, 39)	/* not empty */
XEN_ERRNO(ENODATA, 61)		/* no data */
XEN_ERRNO(ETIME, 62)		/* time has passed */
XEN_ERRNO(EBADMSG, 74)		/* malformed message */
XEN_ERRNO(EOVERFLOW, 75)	/* does not fit */
XEN_ERRNO(EILSEQ, 84)		/* bad byte sequence */
#ifdef __XEN__ /* never seen by a guest */
XEN_ERRNO(ERESTART, 85)		/* call will be continued */
#endif
XEN_ERRNO(ENOTSOCK, 88)		/* not a socket */
XEN_ERRNO(EMSGSIZE, 90)		/* message too long */
XEN_ERRNO(EOPNOTSUPP, 95)	/* operation not offered */
XEN_ERRNO(EADDRINUSE, 98)	/* address in use */
XEN_ERRNO(EADDRNOTAVAIL, 99)	/* address not available */
XEN_ERRNO(ENOBUFS, 105)		/* buffer too small */
XEN_ERRNO(EISCONN, 106)		/* already connected */
XEN_ERRNO(ENOTCONN, 107)	/* not connected */
XEN_ERRNO(ETIMEDOUT, 110)	/* timed out */
XEN_ERRNO(ECONNREFUSED, 111)	/* connection refused */
#undef XEN_ERRNO
#endif

#ifdef XEN_ERRNO_DEFAULT_INCLUDE
#undef XEN_ERRNO_DEFAULT_INCLUDE
#ifndef __ASSEMBLY__
};
#endif
#endif
