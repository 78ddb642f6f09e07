/* Thrift: framed, binary, one string in and one out. */
#include "load.h"
#include <string.h>

enum { CALL = 1, REPLY = 2, STRING = 11, LENGTHS = 12 };

static void message(Buffer *out, uint8_t type, const void *name, size_t name_length, uint32_t id, int field, const void *text, size_t length) {
  buffer_be(out, 4 + 4 + name_length + 4 + 3 + 4 + length + 1, 4);
  buffer_be(out, 0x80010000u | type, 4);
  buffer_be(out, name_length, 4);
  buffer_add(out, name, name_length);
  buffer_be(out, id, 4);
  buffer_byte(out, STRING);
  buffer_be(out, field, 2);
  buffer_be(out, length, 4);
  buffer_add(out, text, length);
  buffer_byte(out, 0);
}

static void request(Buffer *out, const Call *call) {
  message(out, CALL, call->method, strlen(call->method), 0, 1, call->argument, call->body);
}

static void number(uint8_t *bytes, uint32_t id) {
  uint8_t *at = bytes + LENGTHS + read_be(bytes + 8, 4);
  for (int i = 0; i < 4; i++) at[i] = id >> (24 - 8 * i);
}

static long whole(const uint8_t *bytes, size_t there) {
  if (there < LENGTHS) return 0;
  if (bytes[4] != 0x80) return -1;
  size_t length = 4 + read_be(bytes, 4);
  return there < length ? 0 : (long)length;
}

static long reply(const uint8_t *bytes, size_t there, uint32_t *id, bool *good) {
  long length = whole(bytes, there);
  if (length <= 0) return length;
  size_t name = read_be(bytes + 8, 4);
  if (LENGTHS + name + 5 > (size_t)length) return -1;
  *id = read_be(bytes + LENGTHS + name, 4);
  *good = bytes[7] == REPLY && bytes[LENGTHS + name + 4] == STRING;
  return length;
}

static long answer(const uint8_t *bytes, size_t there, Buffer *out) {
  long length = whole(bytes, there);
  if (length <= 0) return length;
  size_t name = read_be(bytes + 8, 4), field = LENGTHS + name + 4;
  if (field + 7 > (size_t)length || bytes[field] != STRING) return -1;
  size_t text = read_be(bytes + field + 3, 4);
  if (field + 7 + text > (size_t)length) return -1;
  message(out, REPLY, bytes + LENGTHS, name, read_be(bytes + LENGTHS + name, 4), 0, bytes + field + 7, text);
  return length;
}

const Protocol thrift = {"thrift", false, request, number, reply, answer};
