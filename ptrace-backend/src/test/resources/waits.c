// SPDX-License-Identifier: Apache-2.0
// Threads in calls that a tracer must not disturb; ends with 0 if each ended as untraced. Prints a
// line when all wait. SIGUSR1 ends it.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int pipes[6][2];
static volatile int early, usr1;

static void note(const char *what) {
  fprintf(stderr, "waits: %s: %d\n", what, errno);
  early = 1;
}

static void *waits(void *arg) {
  int kind = (int)(intptr_t)arg;
  char c;
  struct timespec forever = {1000, 0};
  if (kind == 0 && read(pipes[0][0], &c, 1) != 1) note("read");
  if (kind == 1) {
    struct pollfd p = {pipes[1][0], POLLIN, 0};
    if (poll(&p, 1, 1000000) != 1) note("poll");
  }
  if (kind == 2) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipes[2][0], &set);
    if (select(pipes[2][0] + 1, &set, 0, 0, 0) != 1) note("select");
  }
  if (kind == 3) {
    nanosleep(&forever, 0);
    note("nanosleep");
  }
  if (kind == 4) {
    for (;;) usr1 += getppid() < 0;
  }
  return 0;
}

int main(void) {
  alarm(120); // never left behind
  sigset_t set;
  pthread_t threads[5];
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, 0);
  for (int i = 0; i < 6; i++)
    if (pipe(pipes[i])) return 3;
  for (int i = 0; i < 5; i++) pthread_create(&threads[i], 0, waits, (void *)(intptr_t)i);
  usleep(100000);
  printf("ready\n");
  fflush(stdout);
  int sig;
  sigwait(&set, &sig);
  for (int i = 0; i < 3; i++)
    if (write(pipes[i][1], "x", 1) != 1) return 3;
  for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
  return early;
}
