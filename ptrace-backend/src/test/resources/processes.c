// SPDX-License-Identifier: Apache-2.0
// Makes children and threads in every way there is, and ends with 0 if all went as untraced.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void check(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "processes: %s\n", what);
    _exit(2);
  }
}

static void reap(pid_t pid, int expected) {
  int status;
  check(pid > 0, "no child");
  check(waitpid(pid, &status, __WALL) == pid, "wait");
  check(WIFEXITED(status) && WEXITSTATUS(status) == expected, "status");
}

static int in_clone(void *arg) { return (int)(intptr_t)arg; }

static void *in_thread(void *arg) {
  pid_t pid = fork();
  if (pid == 0) _exit(5);
  reap(pid, 5);
  return arg;
}

int main(void) {
  pid_t pid = fork();
  if (pid == 0) _exit(1);
  reap(pid, 1);

  pid = vfork();
  if (pid == 0) _exit(2);
  reap(pid, 2);

  char *stack = malloc(65536);
  reap(clone(in_clone, stack + 65536, SIGCHLD, (void *)3), 3);
  reap(clone(in_clone, stack + 65536, 0, (void *)4), 4);
  reap(clone(in_clone, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)6), 6);
  reap(clone(in_clone, stack + 65536, CLONE_UNTRACED | SIGCHLD, (void *)7), 7);

  struct clone_args args;
  memset(&args, 0, sizeof args);
  args.exit_signal = SIGCHLD;
  pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) _exit(8);
  reap(pid, 8);

  char *argv[] = {"true", 0};
  check(posix_spawn(&pid, "/bin/true", 0, 0, argv, environ) == 0, "spawn");
  reap(pid, 0);

  pthread_t threads[8];
  for (int i = 0; i < 8; i++) {
    check(pthread_create(&threads[i], 0, in_thread, 0) == 0, "thread");
  }
  for (int i = 0; i < 8; i++) {
    pthread_join(threads[i], 0);
  }
  return 0;
}
