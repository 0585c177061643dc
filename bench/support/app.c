/* The app of all benchmarks. It listens on $PORT, answers HTTP, and prints what a command asks for.
   usage: app [--stamps FILE] [--delay MS] [--rate LINES_PER_SECOND] [--crash-after MS]
          app --print LINES   prints them with a write each, and ends
   --stamps: appends a line when it listens: the monotonic clock in nanoseconds.
   Commands, one per connection; the answer is "begin end", in nanoseconds:
     burst LINES LINES_PER_WRITE MARK   prints lines of 100 bytes, and then a line with the mark
     pace LINES_PER_SECOND MS MARK      the same at a steady pace, with a write every 10 ms
     tick COUNT                         prints "T<clock>." every 10 ms */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#define LINE 100

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void rest(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static void write_all(int file, const char *bytes, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t written = write(file, bytes + done, count - done);
    if (written < 0) exit(1);
    done += written;
  }
}

static void print_lines(long first, long count) {
  static char *buffer = NULL;
  static long room = 0;
  if (count > room) buffer = realloc(buffer, (room = count) * LINE);
  if (!buffer) exit(1);
  for (long at = 0; at < count; at++) {
    char *line = buffer + at * LINE;
    int length = snprintf(line, LINE, "line %09ld ", first + at);
    memset(line + length, '.', LINE - 1 - length);
    line[LINE - 1] = '\n';
  }
  write_all(1, buffer, count * LINE);
}

static void print_mark(const char *mark) {
  char line[80];
  write_all(1, line, snprintf(line, sizeof line, "%s\n", mark));
}

static void burst(long lines, long per_write, const char *mark) {
  for (long done = 0; done < lines; done += per_write)
    print_lines(done, lines - done < per_write ? lines - done : per_write);
  print_mark(mark);
}

static void pace(long per_second, long milliseconds, const char *mark) {
  long long begin = now();
  for (long done = 0, step = 1; done < per_second * milliseconds / 1000; step++) {
    long long due = begin + step * 10000000LL - now();
    if (due > 0) rest(due / 1000000);
    long target = per_second * step / 100;
    if (target > done) print_lines(done, target - done);
    done = target;
  }
  print_mark(mark);
}

static void tick(long count) {
  for (; count > 0; count--) {
    char line[40];
    rest(10);
    write_all(1, line, snprintf(line, sizeof line, "T%lld.\n", now()));
  }
}

static void serve(int client) {
  char command[2048] = "", mark[64] = "", answer[200];
  long first = 0, second = 0;
  ssize_t length = read(client, command, sizeof command - 1);
  if (length <= 0) return;
  command[length] = 0;
  long long begin = now();
  if (sscanf(command, "burst %ld %ld %63s", &first, &second, mark) == 3) burst(first, second, mark);
  else if (sscanf(command, "pace %ld %ld %63s", &first, &second, mark) == 3) pace(first, second, mark);
  else if (sscanf(command, "tick %ld", &first) == 1) tick(first);
  else {
    const char *ok = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
    if (write(client, ok, strlen(ok)) < 0) return;
    return;
  }
  if (write(client, answer, snprintf(answer, sizeof answer, "%lld %lld\n", begin, now())) < 0) return;
}

int main(int argc, char **argv) {
  const char *stamps = NULL, *port = getenv("PORT");
  long delay = 0, rate = 0, crash_after = 0;
  for (int at = 1; at + 1 < argc; at += 2) {
    if (!strcmp(argv[at], "--stamps")) stamps = argv[at + 1];
    else if (!strcmp(argv[at], "--delay")) delay = atol(argv[at + 1]);
    else if (!strcmp(argv[at], "--print")) return burst(atol(argv[at + 1]), 1, "end"), 0;
    else if (!strcmp(argv[at], "--rate")) rate = atol(argv[at + 1]);
    else if (!strcmp(argv[at], "--crash-after")) crash_after = atol(argv[at + 1]);
    else return 2;
  }
  if (!port) return 2;
  signal(SIGPIPE, SIG_IGN);
  if (delay) rest(delay);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) return 1;
  long long ready = now();
  if (stamps) {
    char text[40];
    int file = open(stamps, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    write_all(file, text, snprintf(text, sizeof text, "%lld\n", ready));
    close(file);
  }
  for (long printed = 0;;) {
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    int found = poll(&wait, 1, rate ? 1000 / rate : crash_after ? 10 : -1);
    if (found > 0) {
      int client = accept(listener, NULL, NULL);
      if (client >= 0) serve(client), close(client);
    }
    if (rate) print_lines(printed++, 1);
    if (crash_after && now() - ready > crash_after * 1000000LL) return 1;
  }
}
