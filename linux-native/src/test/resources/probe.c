// SPDX-License-Identifier: Apache-2.0
// Writes to the file argv[1] everything that a program inherits and can see of how it was started.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  // Before anything is opened: what is open?
  char fds[8192] = "";
  for (int fd = 0; fd < 1024; fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0)
      continue;
    char link[64], target[256], line[400];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, target, sizeof target - 1);
    target[n < 0 ? 0 : n] = 0;
    char *bracket = strchr(target, '['); // pipe:[123]: the number differs from run to run
    if (bracket)
      *bracket = 0;
    snprintf(line, sizeof line, "fd %d -> %s flags %d %o\n", fd, target, flags,
             fcntl(fd, F_GETFL));
    strncat(fds, line, sizeof fds - strlen(fds) - 1);
  }
  FILE *out = fopen(argv[1], "w");
  if (!out)
    return 2;
  fputs(fds, out);
  for (int i = 0; i < argc; i++)
    fprintf(out, "argv[%d]=%s\n", i, argv[i]);
  for (char **e = environ; *e; e++)
    fprintf(out, "env %s\n", *e);
  fprintf(out, "execfn %s\n", (char *)getauxval(AT_EXECFN));
  fprintf(out, "secure %lu\n", getauxval(AT_SECURE));
  char text[4096];
  ssize_t n = readlink("/proc/self/exe", text, sizeof text - 1);
  text[n < 0 ? 0 : n] = 0;
  fprintf(out, "exe %s\n", text);
  fprintf(out, "cwd %s\n", getcwd(text, sizeof text));
  FILE *status = fopen("/proc/self/status", "r");
  static const char *const wanted[] = {"Name:",   "Umask:",  "Uid:",    "Gid:",      "Groups:",
                                       "SigPnd:", "ShdPnd:", "SigBlk:",   "SigIgn:",
                                       "SigCgt:", "CapInh:", "CapPrm:", "CapEff:",   "CapBnd:",
                                       "CapAmb:", "NoNew",   "Seccomp", "Threads:",  "Cpus_allowed:",
                                       "THP_",    "Mems_allowed:"};
  while (fgets(text, sizeof text, status))
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
      if (!strncmp(text, wanted[i], strlen(wanted[i])))
        fputs(text, out);
  fclose(status);
  for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
    struct rlimit limit;
    getrlimit(resource, &limit);
    fprintf(out, "rlimit %d %lu %lu\n", resource, limit.rlim_cur, limit.rlim_max);
  }
  fprintf(out, "parent is %s of the group, group is %s, session is %s\n",
          getpgrp() == getppid() ? "leader" : "not leader",
          getpgrp() == getpid() ? "own" : "inherited", getsid(0) == getpid() ? "own" : "inherited");
  fprintf(out, "pgrp %d sid %d\n", argc > 2 ? getpgrp() : 0, getsid(0));
  fprintf(out, "personality %x\n", personality(0xffffffff));
  fprintf(out, "nice %d\n", getpriority(PRIO_PROCESS, 0));
  fprintf(out, "scheduler %d\n", sched_getscheduler(0));
  fprintf(out, "timerslack %d\n", prctl(PR_GET_TIMERSLACK));
  int signal = 0;
  prctl(PR_GET_PDEATHSIG, &signal);
  fprintf(out, "pdeathsig %d dumpable %d keepcaps %d securebits %d\n", signal,
          prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS));
  fprintf(out, "ioprio %ld\n", syscall(SYS_ioprio_get, 1, 0));
  static const char *const files[] = {"/proc/self/oom_score_adj", "/proc/self/coredump_filter",
                                      "/proc/self/cgroup", "/proc/self/cmdline"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    FILE *f = fopen(files[i], "r");
    if (f && fgets(text, sizeof text, f))
      fprintf(out, "%s %s\n", files[i], text);
  }
  return 0;
}
