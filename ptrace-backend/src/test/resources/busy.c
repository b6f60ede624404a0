// SPDX-License-Identifier: Apache-2.0
// N threads that make M calls each, for counting: busy N M
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int calls;

static void *work(void *arg) {
  for (int i = 0; i < calls; i++) getppid();
  return arg;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1;
  calls = argc > 2 ? atoi(argv[2]) : 1;
  pthread_t *threads = calloc(count, sizeof *threads);
  for (int i = 0; i < count; i++) pthread_create(&threads[i], 0, work, 0);
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
  return 0;
}
