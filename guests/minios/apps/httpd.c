// SPDX-License-Identifier: MIT
/*
 * A web server, and an ordinary C program: nothing here knows that it is a guest.
 * Serves a page about itself, one connection after the other.
 *
 *	/	who answers
 *	/disk	the first 512 bytes of the first disk
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT	80

static double uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static unsigned int code_selector(void)
{
	unsigned int cs;

	__asm__("mov %%cs, %0" : "=r" (cs));
	return cs;
}

/* Read up to the empty line that ends a request. 0, or -1 if the client goes before. */
static int read_request(int client, char *request, size_t room)
{
	size_t length = 0;

	while (length < room - 1) {
		ssize_t got = read(client, request + length, room - 1 - length);

		if (got <= 0)
			return -1;
		length += got;
		request[length] = '\0';
		if (strstr(request, "\r\n\r\n") || strstr(request, "\n\n"))
			return 0;
	}
	return -1;
}

static void write_all(int client, const char *data, size_t length)
{
	while (length) {
		ssize_t done = write(client, data, length);

		if (done <= 0)
			return;
		data += done;
		length -= done;
	}
}

static void answer(int client, const char *status, const char *type, const char *body, size_t length)
{
	char head[256];
	int head_length = snprintf(head, sizeof(head),
				   "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
				   "Connection: close\r\n\r\n", status, type, length);

	write_all(client, head, head_length);
	write_all(client, body, length);
}

static void about(int client, unsigned long requests)
{
	char text[512], date[64];
	time_t now = time(NULL);
	int length;

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", gmtime(&now));
	length = snprintf(text, sizeof(text),
			  "minios web server\nring %u\nword size %zu\nup %.6f s\ndate %s UTC\nrequest %lu\n",
			  code_selector() & 3, 8 * sizeof(long), uptime(), date, requests);
	answer(client, "200 OK", "text/plain", text, length);
}

static void disk(int client)
{
	char *sector = malloc(512);
	int fd = open("/dev/disk0", O_RDONLY);

	if (fd >= 0 && sector && read(fd, sector, 512) == 512)
		answer(client, "200 OK", "application/octet-stream", sector, 512);
	else
		answer(client, "404 Not Found", "text/plain", "no disk\n", 8);
	if (fd >= 0)
		close(fd);
	free(sector);
}

static void serve(int client, unsigned long requests)
{
	char request[2048];

	if (read_request(client, request, sizeof(request)))
		return;
	if (!strncmp(request, "GET / ", 6))
		about(client, requests);
	else if (!strncmp(request, "GET /disk ", 10))
		disk(client);
	else if (!strncmp(request, "GET ", 4))
		answer(client, "404 Not Found", "text/plain", "not here\n", 9);
	else
		answer(client, "501 Not Implemented", "text/plain", "GET only\n", 9);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	unsigned long requests = 0;
	int server, client;

	if (argc > 1 && !strcmp(argv[1], "spin")) {
		printf("httpd: spinning in ring %u\n", code_selector() & 3);
		for (;;)
			__asm__ volatile("pause");
	}
	server = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof(address)) || listen(server, 16)) {
		perror("httpd");
		return EXIT_FAILURE;
	}
	printf("httpd: ready %.6f s after the start, in ring %u\n", uptime(), code_selector() & 3);
	for (;;) {
		client = accept(server, NULL, NULL);
		if (client < 0)
			continue;
		serve(client, ++requests);
		close(client);
		if (requests == 1)
			printf("httpd: first answer %.6f s after the start\n", uptime());
	}
}
