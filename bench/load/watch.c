#include "load.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* The first line of a file of a thread. */
static bool text_of(int pid, const char *thread, const char *file, char *text, int room) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%.16s/%s", pid, thread, file);
  FILE *from = fopen(path, "r");
  bool got = from && fgets(text, room, from);
  if (from) fclose(from);
  return got;
}

Cpu cpu_of(int pid) {
  Cpu cpu = {0, 0};
  char path[64], text[128];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *folder = opendir(path);
  if (!folder) return cpu;
  for (struct dirent *entry; (entry = readdir(folder));) {
    unsigned long long ran;
    // the first number of schedstat: nanoseconds on a CPU
    if (entry->d_name[0] == '.' || !text_of(pid, entry->d_name, "schedstat", text, sizeof text) || sscanf(text, "%llu", &ran) != 1) continue;
    cpu.all += ran;
    if (text_of(pid, entry->d_name, "comm", text, sizeof text) && strncmp(text, "wrk:", 4) == 0) cpu.workers += ran;
  }
  closedir(folder);
  return cpu;
}
