/* Prints `count` lines of 100 bytes, each with a write of its own as a line-buffered program does it,
   and leaves the seconds that took in the file `result`. usage: printer count result */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long count = atol(argv[1]);
  char line[101];
  double begin = now();
  for (long number = 0; number < count; number++) {
    int length = snprintf(line, sizeof line, "line %09ld ", number);
    memset(line + length, '.', 99 - length);
    line[99] = '\n';
    for (size_t done = 0; done < 100;) {
      ssize_t written = write(1, line + done, 100 - done);
      if (written < 0) return 1;
      done += written;
    }
  }
  double seconds = now() - begin;
  FILE *result = fopen(argv[2], "w");
  if (!result) return 1;
  fprintf(result, "%.6f\n", seconds);
  return fclose(result) == 0 ? 0 : 1;
}
