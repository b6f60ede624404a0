// SPDX-License-Identifier: Apache-2.0
//
// Looks at its CPU mask in every way that a program has, again and again after many calls.
// Exits with 0 once it was kept on one CPU all the same (which a file of /proc that has been open
// since the start tells), with 77 if that never happened, with another number if the mask was ever another than it should be.
// With "forever" it makes calls until it is killed.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static cpu_set_t expected;

static void burst(int calls) {
  while (calls-- > 0) {
    syscall(SYS_getppid);
  }
}

// Of the thread that opened the file, whenever that was.
static int mask_in(FILE *f, cpu_set_t *set) {
  char line[512];
  int count = 0;
  CPU_ZERO(set);
  while (f && fgets(line, sizeof line, f)) {
    if (strncmp(line, "Cpus_allowed_list:", 18) == 0) {
      for (char *p = line + 18; *p; p += strcspn(p, ",")) {
        int from, to, n = sscanf(p += *p == ',', " %d-%d", &from, &to);
        for (int cpu = from; n > 0 && cpu <= (n == 2 ? to : from); cpu++, count++) {
          CPU_SET(cpu, set);
        }
      }
    }
  }
  return count;
}

static int mask_from_status(cpu_set_t *set) {
  FILE *f = fopen("/proc/thread-self/status", "r");
  int count = mask_in(f, set);
  fclose(f);
  return count;
}

static void check(int status, pid_t tid) {
  cpu_set_t now;
  CPU_ZERO(&now);
  if (sched_getaffinity(tid, sizeof now, &now) != 0 || !CPU_EQUAL(&now, &expected)) {
    fprintf(stderr, "%d CPUs instead of %d in step %d\n", CPU_COUNT(&now), CPU_COUNT(&expected), status);
    exit(status);
  }
}

static void *in_thread(void *main_tid) {
  cpu_set_t inherited;
  mask_from_status(&inherited);
  if (!CPU_EQUAL(&inherited, &expected)) {
    exit(10);
  }
  check(11, 0);
  check(12, *(pid_t *)main_tid);
  return NULL;
}

static void in_child(int status) {
  burst(400);
  pid_t pid = fork();
  if (pid == 0) {
    cpu_set_t inherited;
    mask_from_status(&inherited);
    _exit(CPU_EQUAL(&inherited, &expected) ? 0 : 1);
  }
  int ended;
  waitpid(pid, &ended, 0);
  if (ended != 0) {
    exit(status);
  }
}

int main(int argc, char **argv) {
  cpu_set_t original, seen;
  pid_t self = getpid();
  int pinned = 0;
  FILE *status = fopen("/proc/self/status", "r");
  sched_getaffinity(0, sizeof original, &original);
  if (argc > 1) {
    puts("ready");
    fflush(stdout);
    for (;;) {
      burst(1000000);
    }
  }
  for (int round = 0; round < 60 && !(pinned && round >= 5); round++) {
    expected = original;
    burst(400);
    rewind(status);
    pinned |= mask_in(status, &seen) == 1;
    burst(400);
    mask_from_status(&seen);
    if (!CPU_EQUAL(&seen, &expected)) {
      return 9;
    }
    burst(400);
    check(2, 0);
    burst(400);
    check(3, self);
    in_child(4);
    burst(400);
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, &self);
    pthread_join(thread, NULL);
    burst(400);

    CPU_ZERO(&expected);
    for (int cpu = CPU_SETSIZE; cpu-- > 0 && CPU_COUNT(&expected) == 0;) {
      if (CPU_ISSET(cpu, &original)) {
        CPU_SET(cpu, &expected);
      }
    }
    if (sched_setaffinity(0, sizeof expected, &expected) != 0) {
      return 5;
    }
    burst(400);
    check(6, 0);
    in_child(7);
    if (sched_setaffinity(0, sizeof original, &original) != 0) {
      return 8;
    }
  }
  return pinned ? 0 : 77;
}
