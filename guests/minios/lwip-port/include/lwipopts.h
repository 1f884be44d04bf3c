/* SPDX-License-Identifier: MIT */
/*
 * What of lwIP a guest uses: IPv4, TCP and UDP, DHCP and DNS, by the sockets that
 * ordinary programs know, each call in the thread that makes it.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS				0
#define SYS_LIGHTWEIGHT_PROT		0	/* threads are cooperative */
#define LWIP_TCPIP_CORE_LOCKING		1

/* Memory from malloc. */
#define MEM_LIBC_MALLOC			1
#define MEMP_MEM_MALLOC			1
#define MEM_ALIGNMENT			8

#define LWIP_DHCP			1
#define LWIP_DHCP_DOES_ACD_CHECK	0
#define LWIP_DNS			1
#define LWIP_NETIF_HOSTNAME		1
#define LWIP_NETCONN			1
#define LWIP_NETIF_LOOPBACK		1	/* 127.0.0.1 */

#define TCP_MSS				1460
#define TCP_WND				(32 * TCP_MSS)
#define TCP_SND_BUF			(32 * TCP_MSS)
#define TCP_SND_QUEUELEN		128
#define TCP_LISTEN_BACKLOG		1
#define MEMP_NUM_TCP_SEG		256

/*
 * Sockets under their usual names, except reading, writing and closing, which the C
 * library's own calls pass on (newlib/syscalls.c). Below the first come the console
 * and disks. The C library's fd_set and struct timeval are used.
 */
#define LWIP_SOCKET			1
#define LWIP_COMPAT_SOCKETS		2
#define LWIP_POSIX_SOCKETS_IO_NAMES	0
#define LWIP_SOCKET_OFFSET		8
#define MEMP_NUM_NETCONN		48
#define LWIP_SO_RCVTIMEO		1
#define LWIP_SO_SNDTIMEO		1
#define SO_REUSE			1
#define LWIP_TIMEVAL_PRIVATE		0
#define LWIP_ERRNO_STDINCLUDE		1

#define TCPIP_THREAD_NAME		"tcpip"
#define TCPIP_MBOX_SIZE			128
#define DEFAULT_TCP_RECVMBOX_SIZE	64
#define DEFAULT_UDP_RECVMBOX_SIZE	64
#define DEFAULT_ACCEPTMBOX_SIZE		64
#define DEFAULT_RAW_RECVMBOX_SIZE	64

#define LWIP_STATS			0

#endif
