#include "load.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

void stream_watch(Stream *stream, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = stream};
  if (stream->events == events) return;
  if (epoll_ctl(stream->loop, stream->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, stream->fd, &event)) fail("epoll_ctl");
  stream->events = events;
}

bool stream_read(Stream *stream, long (*take)(Stream *, const uint8_t *, size_t)) {
  // shared by all connections: ten thousand with a buffer of their own would need GiBs
  static uint8_t piece[PIECE];
  ssize_t got = recv(stream->fd, piece, PIECE, 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  Buffer *in = &stream->in;
  const bool kept = in->end > in->start;
  if (kept) buffer_add(in, piece, got);
  const uint8_t *bytes = kept ? in->bytes + in->start : piece;
  size_t there = kept ? in->end - in->start : (size_t)got, used = 0;
  while (used < there) {
    long length = take(stream, bytes + used, there - used);
    if (length < 0) return false;
    if (length == 0) break;
    used += length;
  }
  if (kept) buffer_take(in, used);
  else if (used < there) buffer_add(in, bytes + used, there - used);
  return stream_flush(stream);
}

bool stream_flush(Stream *stream) {
  Buffer *out = &stream->out;
  while (out->end > out->start) {
    ssize_t sent = send(stream->fd, out->bytes + out->start, out->end - out->start, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent < 0) {
      stream_watch(stream, stream->patient ? EPOLLOUT : EPOLLIN | EPOLLOUT);
      return true;
    }
    buffer_take(out, sent);
  }
  stream_watch(stream, EPOLLIN);
  return true;
}

void stream_end(Stream *stream) {
  close(stream->fd);
  free(stream->in.bytes);
  free(stream->out.bytes);
  free(stream);
}
