/* Dubbo2 with Hessian 2.0, as apache/dubbo writes it: ASCII only. */
#include "load.h"
#include <string.h>

enum { HEADER = 16, REQUEST = 0x80, TWO_WAY = 0x40, EVENT = 0x20, HESSIAN2 = 2, OK = 20, CHUNK = 0x8000 };

static void add_string(Buffer *out, const char *text, size_t length) {
  while (length > CHUNK) {
    buffer_byte(out, 'R');
    buffer_be(out, CHUNK, 2);
    buffer_add(out, text, CHUNK);
    text += CHUNK;
    length -= CHUNK;
  }
  if (length < 32) {
    buffer_byte(out, length);
  } else if (length < 1024) {
    buffer_be(out, 0x3000 + length, 2);
  } else {
    buffer_byte(out, 'S');
    buffer_be(out, length, 2);
  }
  buffer_add(out, text, length);
}

static void add_text(Buffer *out, const char *text) { add_string(out, text, strlen(text)); }

static const uint8_t *past_string(const uint8_t *at, const uint8_t *end) {
  for (bool last = false; !last && at && end - at >= 3;) {
    last = *at != 'R';
    if (*at < 32) at += 1 + *at;
    else if (*at >= 0x30 && *at < 0x34) at += 2 + (read_be(at, 2) & 0x3ff);
    else if (*at == 'S' || *at == 'R') at += 3 + read_be(at + 1, 2);
    else return NULL;
  }
  return at && at <= end ? at : NULL;
}

static void begin(Buffer *out, uint8_t flags, uint8_t status) {
  buffer_be(out, 0xdabb, 2);
  buffer_byte(out, flags);
  buffer_byte(out, status);
  buffer_be(out, 0, 12);
}

/* Writes the length of the frame that has so many bytes before it, and returns where it begins: adding may move all. */
static uint8_t *finish(Buffer *out, size_t before) {
  uint8_t *frame = out->bytes + out->start + before;
  uint32_t length = out->bytes + out->end - frame - HEADER;
  for (int i = 0; i < 4; i++) frame[12 + i] = length >> (24 - 8 * i);
  return frame;
}

static void request(Buffer *out, const Call *call) {
  static const char *PATH = "org.meltemi.bench.Echo";
  begin(out, REQUEST | TWO_WAY | HESSIAN2, 0);
  const char *head[] = {"2.0.2", PATH, "0.0.0", call->method, "Ljava/lang/String;"};
  for (int i = 0; i < 5; i++) add_text(out, head[i]);
  add_string(out, call->argument, call->body);
  const char *map[] = {"path", PATH, "interface", PATH, "version", "0.0.0", "timeout", "1000"};
  buffer_byte(out, 'H');
  for (int i = 0; i < 8; i++) add_text(out, map[i]);
  for (int i = 0; i < call->attachment_count; i++) {
    const char *name = call->attachments[i], *value = strchr(name, '=');
    add_string(out, name, value - name);
    add_text(out, value + 1);
  }
  buffer_byte(out, 'Z');
  finish(out, 0);
}

static void number(uint8_t *bytes, uint32_t id) {
  for (int i = 0; i < 4; i++) bytes[8 + i] = id >> (24 - 8 * i);
}

static long whole(const uint8_t *bytes, size_t there) {
  if (there < HEADER) return 0;
  if (read_be(bytes, 2) != 0xdabb) return -1;
  size_t length = HEADER + read_be(bytes + 12, 4);
  return there < length ? 0 : (long)length;
}

static long reply(const uint8_t *bytes, size_t there, uint32_t *id, bool *good) {
  long length = whole(bytes, there);
  if (length <= 0) return length;
  *id = read_be(bytes + 8, 4);
  // Hessian's 1: a value, 4: with attachments
  *good = bytes[2] == HESSIAN2 && bytes[3] == OK && length > HEADER && (bytes[HEADER] == 0x91 || bytes[HEADER] == 0x94);
  return length;
}

static long answer(const uint8_t *bytes, size_t there, Buffer *out) {
  long length = whole(bytes, there);
  if (length <= 0) return length;
  size_t before = out->end - out->start;
  if (bytes[2] & EVENT) {
    begin(out, EVENT | HESSIAN2, OK);
    buffer_byte(out, 'N');
  } else {
    const uint8_t *end = bytes + length, *argument = bytes + HEADER;
    for (int i = 0; i < 5 && argument; i++) argument = past_string(argument, end);
    const uint8_t *behind = argument ? past_string(argument, end) : NULL;
    if (!behind) return -1;
    begin(out, HESSIAN2, OK);
    buffer_byte(out, 0x91);
    buffer_add(out, argument, behind - argument);
  }
  memcpy(finish(out, before) + 4, bytes + 4, 8);
  return length;
}

const Protocol dubbo = {"dubbo", false, request, number, reply, answer};
