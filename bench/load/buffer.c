#include "load.h"
#include <stdlib.h>
#include <string.h>

void buffer_need(Buffer *buffer, size_t more) {
  if (buffer->end + more <= buffer->room) return;
  size_t length = buffer->end - buffer->start;
  if (buffer->start >= length && length + more <= buffer->room) {
    memcpy(buffer->bytes, buffer->bytes + buffer->start, length);
  } else {
    size_t room = buffer->room ? buffer->room : 4096;
    while (room < length + more) room *= 2;
    uint8_t *bytes = malloc(room);
    if (!bytes) fail("malloc");
    if (length) memcpy(bytes, buffer->bytes + buffer->start, length);
    free(buffer->bytes);
    buffer->bytes = bytes;
    buffer->room = room;
  }
  buffer->start = 0;
  buffer->end = length;
}

void buffer_add(Buffer *buffer, const void *bytes, size_t length) {
  buffer_need(buffer, length);
  memcpy(buffer->bytes + buffer->end, bytes, length);
  buffer->end += length;
}

void buffer_byte(Buffer *buffer, uint8_t byte) { buffer_add(buffer, &byte, 1); }

void buffer_be(Buffer *buffer, uint64_t value, int length) {
  for (int i = length - 1; i >= 0; i--) buffer_byte(buffer, value >> (8 * i));
}

void buffer_take(Buffer *buffer, size_t length) {
  buffer->start += length;
  if (buffer->start == buffer->end) buffer->start = buffer->end = 0;
}

uint64_t read_be(const uint8_t *bytes, int length) {
  uint64_t value = 0;
  for (int i = 0; i < length; i++) value = value << 8 | bytes[i];
  return value;
}
