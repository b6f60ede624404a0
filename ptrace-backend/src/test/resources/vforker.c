// SPDX-License-Identifier: Apache-2.0
// Prints a line and waits, uninterruptibly, for a vforked child that sleeps: vforker MILLISECONDS
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int status;
  if (write(1, "go\n", 3) != 3) return 1;
  pid_t pid = vfork();
  if (pid == 0) {
    usleep(argc > 1 ? atoi(argv[1]) * 1000 : 0);
    _exit(0);
  }
  return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}
