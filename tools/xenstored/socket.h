/* SPDX-License-Identifier: GPL-2.0-only */
/* Clients in dom0's user space, by a unix socket.  main.c calls it. */
#ifndef XENSTORED_SOCKET_H
#define XENSTORED_SOCKET_H

/* Where it is: $XENSTORED_RUNDIR/socket, /run/xenstored/socket by default. */
const char *socket_path(void);

/* Make the listening socket.  Returns it or a negative errno, said why. */
int socket_listen(void);

/* Take a new client. */
void socket_accept(int listening);

#endif
