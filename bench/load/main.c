/* server | client --protocol P --port N [--connections N] [--in-flight N] [--body BYTES] [--warm S] [--seconds S] [--watch PID]... */
#include "load.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

void fail(const char *what) {
  perror(what);
  exit(1);
}

uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static const Protocol *protocol_of(const char *name) {
  const Protocol *all[] = {&dubbo, &thrift, &redis};
  for (int i = 0; i < 3; i++) if (strcmp(all[i]->name, name) == 0) return all[i];
  fprintf(stderr, "no such protocol: %s\n", name);
  exit(2);
}

static const struct option OPTIONS[] = {
  {"protocol", 1, 0, 'p'}, {"port", 1, 0, 'P'}, {"connections", 1, 0, 'c'}, {"in-flight", 1, 0, 'k'}, {"body", 1, 0, 'b'}, {"method", 1, 0, 'm'},
  {"attachment", 1, 0, 'a'}, {"warm", 1, 0, 'w'}, {"seconds", 1, 0, 's'}, {"watch", 1, 0, 'W'}, {"idle", 0, 0, 'i'}, {0, 0, 0, 0},
};

static int client(int count, char **words) {
  ClientOptions options = {.connections = 1, .in_flight = 1, .warm = 0.1, .seconds = 1, .call = {.method = "echo", .body = 16}};
  for (int option; (option = getopt_long(count, words, "", OPTIONS, NULL)) >= 0;) {
    switch (option) {
      case 'p': options.protocol = protocol_of(optarg); break;
      case 'P': options.port = atoi(optarg); break;
      case 'c': options.connections = atoi(optarg); break;
      case 'k': options.in_flight = atoi(optarg); break;
      case 'b': options.call.body = strtoull(optarg, NULL, 10); break;
      case 'm': options.call.method = optarg; break;
      case 'a': if (options.call.attachment_count < 16 && strchr(optarg, '=')) options.call.attachments[options.call.attachment_count++] = optarg; break;
      case 'w': options.warm = atof(optarg); break;
      case 's': options.seconds = atof(optarg); break;
      case 'W': if (options.watched_count < 16) options.watched[options.watched_count++] = atoi(optarg); break;
      case 'i': options.idle = true; break;
      default: return 2;
    }
  }
  if (!options.protocol || options.port <= 0 || options.connections <= 0 || options.in_flight <= 0) {
    fprintf(stderr, "a protocol, a port, connections and requests in flight are needed\n");
    return 2;
  }
  char *argument = malloc(options.call.body + 1);
  options.call.argument = memset(argument, 'a', options.call.body + 1);
  return run_client(&options);
}

int main(int count, char **words) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (count > 1 && strcmp(words[1], "server") == 0) return run_server();
  if (count > 1 && strcmp(words[1], "client") == 0) return client(count - 1, words + 1);
  fprintf(stderr, "usage: load server | client --protocol dubbo|thrift|redis --port N ...\n");
  return 2;
}
