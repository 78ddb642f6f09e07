#include "load.h"

/* Below 64 exact, above in 64 steps for each power of two. */
static int slot(uint64_t value) {
  if (value < 64) return value;
  int power = 63 - __builtin_clzll(value);
  return (power - 5) * 64 + (int)(value >> (power - 6) & 63);
}

static uint64_t middle(int at) {
  if (at < 64) return at;
  int power = at / 64 + 5;
  return ((64ull + at % 64) << (power - 6)) + ((1ull << (power - 6)) >> 1);
}

void histogram_add(Histogram *histogram, uint64_t value) {
  histogram->counts[slot(value)]++;
  if (!histogram->total++ || value < histogram->least) histogram->least = value;
  if (value > histogram->most) histogram->most = value;
}

uint64_t histogram_at(const Histogram *histogram, double share) {
  uint64_t wanted = histogram->total * share, seen = 0;
  for (int i = 0; i < 64 * 64; i++) {
    seen += histogram->counts[i];
    if (seen > wanted) return middle(i);
  }
  return histogram->most;
}
