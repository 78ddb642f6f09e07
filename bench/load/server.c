/* Answers all protocols, a port for each; says which on standard output, and ends with standard input. */
#include "load.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { EVENTS = 256, BACKLOG = 4096 };

typedef struct {
  Stream stream;
  const Protocol *protocol;
  bool listens;
} Peer;

static Peer *peer_of(int loop, int fd, const Protocol *protocol, bool listens) {
  Peer *peer = calloc(1, sizeof *peer);
  *peer = (Peer){.stream = {.fd = fd, .loop = loop, .patient = true}, .protocol = protocol, .listens = listens};
  stream_watch(&peer->stream, EPOLLIN);
  return peer;
}

static int listen_on(int loop, const Protocol *protocol) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, BACKLOG)) fail("listen");
  getsockname(fd, (struct sockaddr *)&address, &length);
  peer_of(loop, fd, protocol, true);
  return ntohs(address.sin_port);
}

static void take_all(Peer *listener) {
  for (int fd, yes = 1; (fd = accept4(listener->stream.fd, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    peer_of(listener->stream.loop, fd, listener->protocol, false);
  }
}

static long answer(Stream *stream, const uint8_t *bytes, size_t there) {
  const Protocol *protocol = ((Peer *)stream)->protocol;
  long length = protocol->answer(bytes, there, &stream->out);
  if (length < 0) fprintf(stderr, "server: bytes that are no %s\n", protocol->name);
  return length;
}

int run_server(void) {
  int loop = epoll_create1(0);
  Peer *input = peer_of(loop, 0, NULL, false);
  printf("{\"dubbo\":%d,\"thrift\":%d,\"redis\":%d}\n", listen_on(loop, &dubbo), listen_on(loop, &thrift), listen_on(loop, &redis));
  fflush(stdout);
  for (struct epoll_event events[EVENTS];;) {
    int count = epoll_wait(loop, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      Peer *peer = events[i].data.ptr;
      if (peer == input) return 0;
      if (peer->listens) take_all(peer);
      else if (!(events[i].events & EPOLLOUT ? stream_flush(&peer->stream) : stream_read(&peer->stream, answer))) stream_end(&peer->stream);
    }
  }
}
