/* Connections that keep so many requests in flight each, each reply bringing the next request; what happened in the measured time, as JSON. */
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EVENTS = 256, AT_ONCE = 64 };
static const uint64_t GIVE_UP = 30000000000ull;

typedef struct { uint32_t id; uint64_t sent; } Slot;

typedef struct {
  Stream stream;
  bool connected, answered;
  /* Ordered: the oldest open one. */
  uint32_t oldest;
  Slot *slots;
} Client;

static const ClientOptions *options;
static Buffer template;
static Histogram histogram;
static uint64_t moment, answers, replies, errors, closed;
static bool started, measuring, ending;
static int connecting, connected, answered;
static Client **clients;
/* Requests without an answer, of all connections. */
static long open_requests;

static void ask(Client *client, uint32_t slot) {
  Buffer *out = &client->stream.out;
  size_t length = template.end;
  open_requests++;
  // the slot in the id's low part, so that a reply finds it; the rest tells a late one
  client->slots[slot].id += options->in_flight;
  client->slots[slot].sent = moment;
  buffer_add(out, template.bytes, length);
  if (options->protocol->number) options->protocol->number(out->bytes + out->end - length, client->slots[slot].id);
}

static long take(Stream *stream, const uint8_t *bytes, size_t there) {
  Client *client = (Client *)stream;
  uint32_t id = 0;
  bool good = false;
  long length = options->protocol->reply(bytes, there, &id, &good);
  if (length <= 0) return length;
  if (options->protocol->ordered) {
    id = client->slots[client->oldest].id;
    client->oldest = (client->oldest + 1) % options->in_flight;
  }
  open_requests--;
  answers++;
  uint32_t slot = id % options->in_flight;
  if (client->slots[slot].id != id) good = false;
  if (!client->answered) answered++;
  client->answered = true;
  if (measuring) {
    replies++;
    errors += !good;
    histogram_add(&histogram, moment - client->slots[slot].sent);
  } else if (!good) {
    errors++;
  }
  if (started && !ending) ask(client, slot);
  return length;
}

static Client *connect_one(int loop) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(options->port)};
  Client *client = calloc(1, sizeof *client);
  int yes = 1;
  client->stream.loop = loop;
  client->stream.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  client->slots = calloc(options->in_flight, sizeof(Slot));
  for (int i = 0; i < options->in_flight; i++) client->slots[i].id = i;
  setsockopt(client->stream.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(client->stream.fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) fail("connect");
  stream_watch(&client->stream, EPOLLOUT);
  connecting++;
  return client;
}

static bool handle(Client *client, uint32_t events) {
  if (!client->connected) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(client->stream.fd, SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    if (error) fail("connect");
    client->connected = true;
    connecting--;
    connected++;
    ask(client, 0);
    return stream_flush(&client->stream);
  }
  if (events & EPOLLOUT && !stream_flush(&client->stream)) return false;
  return !(events & ~EPOLLOUT) || stream_read(&client->stream, take);
}

/* One turn of the loop; false: nobody is connected any more. */
static bool turn(int loop) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(loop, events, EVENTS, 10);
  moment = now();
  for (int i = 0; i < count; i++) {
    Client *client = events[i].data.ptr;
    if (handle(client, events[i].events)) continue;
    closed++;
    connected--;
    stream_end(&client->stream);
  }
  return connected > 0 || connecting > 0;
}

/* Each connection has one answer before further ones come: what thousands at once meet is a queue, not a cost. */
static void connect_all(int loop) {
  uint64_t end = now() + GIVE_UP;
  clients = calloc(options->connections, sizeof *clients);
  for (int made = 0, before = 0; answered < options->connections;) {
    while (made < options->connections && made - answered < AT_ONCE) clients[made++] = connect_one(loop);
    if (answered > before) end = now() + GIVE_UP;
    before = answered;
    if (!turn(loop) || closed > 0 || now() > end) {
      fprintf(stderr, "client: %d connected, %d answered, %llu closed\n", connected, answered, (unsigned long long)closed);
      exit(1);
    }
  }
}

static void start(void) {
  started = true;
  moment = now();
  for (int i = 0; i < options->connections; i++) {
    // from the oldest on: of replies in order the first answer has moved it
    for (int k = 0; k < options->in_flight; k++) ask(clients[i], (clients[i]->oldest + k) % options->in_flight);
    stream_flush(&clients[i]->stream);
  }
}

static uint64_t own_cpu(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000ull + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000ull;
}

/* Ends with a reply, so that of few large requests none is counted in part. */
static void run_for(int loop, double seconds) {
  uint64_t end = now() + seconds * 1e9, before;
  do before = answers;
  while (turn(loop) && (moment < end || (answers == before && moment < end + GIVE_UP)));
}

/* Takes what is still to come: a proxy must not be measured by how it ends requests whose client has gone. */
static void drain(int loop) {
  uint64_t end = now() + GIVE_UP;
  measuring = false;
  ending = true;
  while (open_requests > 0 && moment < end && turn(loop));
  if (open_requests > 0) errors += open_requests;
}

static void print_watched(const Cpu *before, const Cpu *after) {
  for (int i = 0; i < options->watched_count; i++) {
    unsigned long long all = after[i].all - before[i].all, workers = after[i].workers - before[i].workers;
    printf("%s{\"pid\":%d,\"all\":%llu,\"workers\":%llu}", i ? "," : "", options->watched[i], all, workers);
  }
}

static void measure(int loop) {
  Cpu before[16], after[16];
  for (int i = 0; i < options->watched_count; i++) before[i] = cpu_of(options->watched[i]);
  uint64_t start = now(), own = own_cpu();
  measuring = true;
  run_for(loop, options->seconds);
  double seconds = (now() - start) / 1e9;
  own = own_cpu() - own;
  for (int i = 0; i < options->watched_count; i++) after[i] = cpu_of(options->watched[i]);
  drain(loop);
  printf("{\"requests\":%llu,\"errors\":%llu,\"closed\":%llu,\"seconds\":%.6f,\"requestBytes\":%zu,\"own\":%llu,", (unsigned long long)replies, (unsigned long long)errors, (unsigned long long)closed, seconds, template.end, (unsigned long long)own);
  printf("\"latency\":{\"min\":%.3f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f},\"watched\":[", histogram.least / 1e3, histogram_at(&histogram, 0.5) / 1e3, histogram_at(&histogram, 0.99) / 1e3, histogram.most / 1e3);
  print_watched(before, after);
  printf("]}\n");
}

int run_client(const ClientOptions *wanted) {
  options = wanted;
  options->protocol->request(&template, &options->call);
  int loop = epoll_create1(0);
  moment = now();
  connect_all(loop);
  if (options->idle) {
    printf("{\"idle\":%d}\n", connected);
    fflush(stdout);
    while (getchar() != EOF);
    return 0;
  }
  start();
  run_for(loop, options->warm);
  measure(loop);
  return 0;
}
