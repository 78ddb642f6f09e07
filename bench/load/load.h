/* The load generator and the server behind it: one thread each, one epoll loop, nothing but libc. */
#pragma once
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that wait, of [start, end); grows, never shrinks. */
typedef struct { uint8_t *bytes; size_t start, end, room; } Buffer;
void buffer_need(Buffer *buffer, size_t more);
void buffer_add(Buffer *buffer, const void *bytes, size_t length);
void buffer_byte(Buffer *buffer, uint8_t byte);
void buffer_be(Buffer *buffer, uint64_t value, int length);
void buffer_take(Buffer *buffer, size_t length);
uint64_t read_be(const uint8_t *bytes, int length);

/* A connection of an epoll loop; the first member of what events point to. */
typedef struct {
  int fd, loop;
  /* While bytes wait to be written nothing is read. */
  bool patient;
  uint32_t events;
  Buffer in, out;
} Stream;
void stream_watch(Stream *stream, uint32_t events);
/* Reads what is there, once; take gets it until it returns 0 (not whole yet) or -1. False: the connection is over. */
bool stream_read(Stream *stream, long (*take)(Stream *stream, const uint8_t *bytes, size_t there));
bool stream_flush(Stream *stream);
void stream_end(Stream *stream);

/* What a client calls. */
typedef struct {
  const char *method;
  /* Dubbo's: name=value */
  const char *attachments[16];
  int attachment_count;
  /* ASCII. */
  const char *argument;
  size_t body;
} Call;

typedef struct {
  const char *name;
  /* Replies have no ids, they come in the order of the requests. */
  bool ordered;
  void (*request)(Buffer *out, const Call *call);
  /* Gives a request its id; absent where there are none. */
  void (*number)(uint8_t *request, uint32_t id);
  /* Length of the reply at the front, 0 if it is not whole yet, -1 if it is none. good: the server's own answer to the call, no error. */
  long (*reply)(const uint8_t *bytes, size_t there, uint32_t *id, bool *good);
  /* The same of a request; adds its answer, which has the request's argument as its value. */
  long (*answer)(const uint8_t *bytes, size_t there, Buffer *out);
} Protocol;
extern const Protocol dubbo, thrift, redis;

/* Times in nanoseconds, by steps of under 2 %. */
typedef struct { uint64_t counts[64 * 64], total, least, most; } Histogram;
void histogram_add(Histogram *histogram, uint64_t value);
uint64_t histogram_at(const Histogram *histogram, double share);

/* Nanoseconds of CPU of a process so far: of all its threads, and of those that are Envoy's workers. */
typedef struct { uint64_t all, workers; } Cpu;
Cpu cpu_of(int pid);

typedef struct {
  const Protocol *protocol;
  Call call;
  int port, connections, in_flight;
  /* Seconds before the measured ones, and those. */
  double warm, seconds;
  int watched[16], watched_count;
  /* One request on each connection, then nothing until standard input ends. */
  bool idle;
} ClientOptions;
int run_client(const ClientOptions *options);
int run_server(void);
void fail(const char *what);
uint64_t now(void);
