/* SPDX-License-Identifier: MIT */
/*
 * Event channels. A handler runs with events masked, on the stack of whatever it
 * interrupted: it may wake threads, never wait or use floating point.
 */
#ifndef MINIOS_EVENT_H
#define MINIOS_EVENT_H

#include <stdbool.h>
#include <xen/event_channel.h>

typedef void (*event_handler_t)(void *arg);

/* Mask events; say what to pass to events_restore. Pairs nest. */
bool events_save(void);
void events_restore(bool masked);

void event_init(void);
void event_dispatch(void);

/* Have HANDLER called for PORT, and unmask the port. */
void event_bind(evtchn_port_t port, event_handler_t handler, void *arg);
/* Bind a virtual interrupt (VIRQ_*) of this vcpu. Returns the port. */
evtchn_port_t event_bind_virq(unsigned int virq, event_handler_t handler, void *arg);
/* A new port that domain REMOTE may bind to. 0 or a negative error. */
int event_alloc(domid_t remote, event_handler_t handler, void *arg, evtchn_port_t *port);
void event_close(evtchn_port_t port);
void event_send(evtchn_port_t port);

#endif
