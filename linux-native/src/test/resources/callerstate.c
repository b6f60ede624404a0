// SPDX-License-Identifier: Apache-2.0
// callerstate OPS COMMAND…: executes the command in a state made by OPS, separated by commas:
// iN ignores signal N, bN blocks it, cN closes descriptor N, oN opens it (/dev/null), uN sets the
// umask, nN the limit of descriptors, e replaces the environment by an odd one. Signals are first
// set to the defaults: a JVM starts its children with some blocked and some ignored.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  static char *odd[] = {"ZZ=last first", "PATH=/usr/bin:/bin", "a.b=dots",      "NOEQUALS",
                        "DUP=1",         "DUP=2",              "EMPTY=",        "=noname",
                        "BYTES=\377\1\n", "LD_FAKE=x",         NULL};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int n = 1; n <= 64; n++) {
    long action[4] = {0}; // the kernel's struct: libc would refuse its own signals
    syscall(SYS_rt_sigaction, n, action, NULL, 8);
  }
  for (char *op = strtok(argv[1], ","); op; op = strtok(NULL, ",")) {
    int n = atoi(op + 1);
    sigset_t set;
    sigemptyset(&set);
    switch (*op) {
    case 'i':
      signal(n, SIG_IGN);
      break;
    case 'b':
      sigaddset(&set, n);
      sigprocmask(SIG_BLOCK, &set, NULL);
      break;
    case 'c':
      close(n);
      break;
    case 'o': {
      int fd = open("/dev/null", O_RDWR);
      dup2(fd, n);
      if (fd != n)
        close(fd);
      break;
    }
    case 'u':
      umask(n);
      break;
    case 'n': {
      struct rlimit limit;
      getrlimit(RLIMIT_NOFILE, &limit);
      limit.rlim_cur = n;
      setrlimit(RLIMIT_NOFILE, &limit);
      break;
    }
    case 'e':
      environ = odd;
      break;
    }
  }
  execv(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
