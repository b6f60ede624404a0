// SPDX-License-Identifier: Apache-2.0
// Signals and job control as a program sees them: ends with 0 if all went as untraced.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int seen_value, seen_code, traps, conts;

static void check(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "jobs: %s\n", what);
    _exit(2);
  }
}

static void on_queue(int sig, siginfo_t *info, void *context) {
  (void)sig;
  (void)context;
  seen_value = info->si_value.sival_int;
  seen_code = info->si_code;
}

static void on_trap(int sig) {
  (void)sig;
  traps++;
}

static void on_cont(int sig) {
  (void)sig;
  conts++;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = on_queue;
  sigaction(SIGUSR1, &action, 0);
  union sigval value = {.sival_int = 4711};
  sigqueue(getpid(), SIGUSR1, value);
  check(seen_value == 4711 && seen_code == SI_QUEUE, "siginfo of a queued signal");

  signal(SIGTRAP, on_trap);
  raise(SIGTRAP);
#ifdef __x86_64__
  __asm__ volatile("int3");
  check(traps == 2, "real SIGTRAPs");
#else
  check(traps == 1, "real SIGTRAP");
#endif

  signal(SIGCONT, on_cont);
  for (int i = 0; i < 4; i++) {
    int status, sig = i == 0 ? SIGSTOP : i == 1 ? SIGTSTP : i == 2 ? SIGTTIN : SIGTTOU;
    int gate[2];
    char c;
    check(pipe(gate) == 0, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
      close(gate[1]);
      setpgid(0, 0);
      raise(sig);
      // ends when the parent has seen that it goes on
      while (read(gate[0], &c, 1) < 0) {
      }
      _exit(conts == 1 ? 7 : 8);
    }
    check(waitpid(pid, &status, WUNTRACED) == pid, "wait for the stop");
    check(WIFSTOPPED(status), "stopped");
    // a process of an orphaned group ignores SIGTSTP and its kin, but this one's parent is here
    check(WSTOPSIG(status) == sig, "the signal that stopped");
    struct timespec pause = {0, 30000000};
    nanosleep(&pause, 0);
    check(waitpid(pid, &status, WNOHANG | WUNTRACED) == 0, "stays stopped");
    kill(pid, SIGCONT);
    check(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status), "continued");
    close(gate[0]);
    close(gate[1]);
    check(waitpid(pid, &status, 0) == pid, "wait for the end");
    check(WIFEXITED(status) && WEXITSTATUS(status) == 7, "handler of SIGCONT ran");
  }

  // a stopped process dies of SIGKILL
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    raise(SIGSTOP);
    _exit(1);
  }
  check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status), "stopped again");
  kill(pid, SIGKILL);
  check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "killed while stopped");
  return 0;
}
