/* Redis: GETSET, whose answer is as long as its argument. */
#include "load.h"
#include <stdio.h>
#include <string.h>

static void add_bulk(Buffer *out, const void *text, size_t length) {
  char head[32];
  buffer_add(out, head, snprintf(head, sizeof head, "$%zu\r\n", length));
  buffer_add(out, text, length);
  buffer_add(out, "\r\n", 2);
}

static void request(Buffer *out, const Call *call) {
  buffer_add(out, "*3\r\n", 4);
  add_bulk(out, "GETSET", 6);
  add_bulk(out, call->method, strlen(call->method));
  add_bulk(out, call->argument, call->body);
}

/* A sign, a number and the end of its line; 0 if it is not whole. */
static size_t line(const uint8_t *bytes, size_t there, size_t *value) {
  *value = 0;
  for (size_t at = 1; at < there; at++) {
    if (bytes[at] == '\n') return at + 1;
    if (bytes[at] >= '0' && bytes[at] <= '9') *value = *value * 10 + bytes[at] - '0';
  }
  return 0;
}

static long reply(const uint8_t *bytes, size_t there, uint32_t *id, bool *good) {
  size_t length, head = line(bytes, there, &length);
  (void)id;
  if (head == 0) return 0;
  *good = bytes[0] == '$' && bytes[1] != '-';
  if (!*good) return head;
  return there < head + length + 2 ? 0 : (long)(head + length + 2);
}

static long answer(const uint8_t *bytes, size_t there, Buffer *out) {
  size_t count, length = 0, at = line(bytes, there, &count);
  if (at == 0) return 0;
  if (bytes[0] != '*') return -1;
  const uint8_t *last = NULL;
  for (size_t i = 0; i < count; i++) {
    size_t head = line(bytes + at, there - at, &length);
    if (head == 0 || at + head + length + 2 > there) return 0;
    last = bytes + at + head;
    at += head + length + 2;
  }
  if (count == 3) add_bulk(out, last, length);
  else buffer_add(out, "+OK\r\n", 5);
  return at;
}

const Protocol redis = {"redis", true, request, NULL, reply, answer};
