// SPDX-License-Identifier: Apache-2.0
// execve by a thread that is not the leader, while others are busy: "leader" = wait | exit.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char self[4096];
static int left;

static void *busy(void *arg) {
  (void)arg;
  for (;;) getppid();
  return 0;
}

static void *execs(void *mode) {
  char number[16];
  usleep(20000);
  number[0] = '0' + left - 1;
  number[1] = 0;
  execl(self, "execthread", (char *)mode, number, (char *)0);
  _exit(99);
}

int main(int argc, char **argv) {
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 97;
  if (argc < 3) return 98;
  left = atoi(argv[2]);
  if (left == 0) return 42;
  pthread_t thread;
  for (int i = 0; i < 2; i++) pthread_create(&thread, 0, busy, 0);
  pthread_create(&thread, 0, execs, argv[1]);
  if (strcmp(argv[1], "exit") == 0) pthread_exit(0);
  if (strcmp(argv[1], "join") == 0) pthread_join(thread, 0);
  for (;;) getpid();
}
