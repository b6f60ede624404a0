#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Measures this machine: start-up, cost of a call, filters, parallel programs and memory, of jstrace
# against strace (as it is, and with all on one CPU) and, where installed, perf trace and bpftrace.
# Wall time from start to end, medians; the runs of a table alternate, so that a busy machine is
# busy for all. Takes some two minutes.
#
# usage: scripts/bench.sh [-n RUNS] [-w WRITES] [TABLE...]
#   -n RUNS     how often each command runs (default 3)
#   -w WRITES   calls of the tracee (default 100000)
#   TABLE       startup, calls, ebpf, filter, parallel, memory (default: all)
#
# JSTRACE_JAVA chooses the Java, as for jstrace itself; JSTRACE=FILE another jstrace.

root=$(cd -P "$(dirname -- "$0")/.." && pwd -P) || exit 1
jstrace=${JSTRACE:-$root/jstrace}
runs=3 writes=100000

fail() {
  printf 'bench.sh: %s\n' "$1" >&2
  exit 1
}

while getopts n:w:h option; do
  case $option in
    n) runs=$OPTARG ;;
    w) writes=$OPTARG ;;
    h) sed -n '4,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) exit 1 ;;
  esac
done
shift $((OPTIND - 1))
case $runs in '' | *[!0-9]* | 0*) fail "-n $runs: a number above 0 is needed" ;; esac
case $writes in '' | *[!0-9]* | 0*) fail "-w $writes: a number above 0 is needed" ;; esac
[ $# -gt 0 ] || set -- startup calls ebpf filter parallel memory
for table in "$@"; do
  case $table in
    startup | calls | ebpf | filter | parallel | memory) ;;
    *) fail "no table $table: there are startup, calls, ebpf, filter, parallel, memory" ;;
  esac
done

for command in strace taskset cc make awk timeout; do
  command -v $command >/dev/null || fail "$command is needed"
done
case $(date +%N) in *[!0-9]* | '') fail 'a date that knows %N is needed (GNU coreutils)' ;; esac

# The Java that jstrace will take, for the empty main.
java_home=${JSTRACE_JAVA:-$JAVA_HOME}
[ -n "$java_home" ] || java_home=$(readlink -f "$(command -v java)")
java_home=${java_home%/bin/java}
[ -x "$java_home/bin/javac" ] || fail "$java_home is no JDK: set JSTRACE_JAVA"
export JSTRACE_JAVA="$java_home"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

# --- What is traced.

cat >writes.c <<'C'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int fd = open("/dev/null", O_WRONLY);
  for (long n = argc > 1 ? atol(argv[1]) : 0; n > 0; n--)
    if (write(fd, "hello world\n", 12) != 12) return 1;
  return 0;
}
C
cat >compute.c <<'C'
#include <pthread.h>
#include <stdint.h>
static void *work(void *state) {
  uint64_t x = (uintptr_t)state;
  for (long i = 0; i < 4000000000; i++) x = x * 6364136223846793005u + 1442695040888963407u;
  return (void *)(uintptr_t)x;
}
int main(void) {
  pthread_t other;
  void *a, *b;
  pthread_create(&other, 0, work, &a);
  b = work(&b);
  pthread_join(other, &a);
  return a == b;
}
C
cc -O1 -o writes writes.c && cc -O1 -pthread -o compute compute.c || exit 1
mkdir project
objects=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
  printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint f%d(void) { return puts("%d"); }\n' \
    $i $i >project/f$i.c
  objects="$objects f$i.o"
done
printf 'all:%s\n%%.o: %%.c\n\t@cc -O2 -c -o $@ $<\nclean:\n\t@rm -f *.o\n' "$objects" >project/Makefile

# --- Measuring: add LABEL COMMAND... for each row, then run, then show.

add() {
  rows=$((rows + 1))
  printf '%s' "$1" >"row.$rows.label"
  shift
  printf '%s' "$*" >"row.$rows.command"
  : >"row.$rows.times"
}

begin() {
  rows=0
  rm -f row.*
  printf '\n## %s\n\n' "$1"
}

# Rows are commands of ours without odd characters, so they may be split at blanks.
run() {
  round=0
  while [ $round -lt "$runs" ]; do
    round=$((round + 1)) row=0
    while [ "$row" -lt "$rows" ]; do
      row=$((row + 1))
      ${before:-:}
      command=$(cat row.$row.command)
      start=$(date +%s%N)
      # shellcheck disable=SC2086
      timeout 120 $command >/dev/null 2>err
      status=$?
      end=$(date +%s%N)
      if [ $status -eq 0 ]; then
        echo $((end - start)) >>row.$row.times
      else
        echo "exit status $status: $(tail -n 1 err)" >row.$row.failed
      fi
    done
  done
}

# median ROW: nanoseconds
median() {
  sort -n "row.$1.times" | awk '{ t[NR] = $1 } END {
    if (NR) printf "%.0f", (t[int((NR + 1) / 2)] + t[int((NR + 2) / 2)]) / 2 }'
}

# show BASE [CALLS UNTRACED]: a table with ratios to row BASE, and the cost of a call
show() {
  base=$(median "$1") untraced=0
  [ -z "$2" ] || untraced=$(median "$3")
  printf '| %-46s | %9s | %7s |%s\n' command 'median ms' ratio "${2:+ us a call |}"
  printf '|%s|%s|%s|%s\n' ------------------------------------------------ ----------- --------- "${2:+-----------|}"
  row=0
  while [ "$row" -lt "$rows" ]; do
    row=$((row + 1))
    if [ -f row.$row.failed ] || [ -z "$base" ]; then
      printf '| %-46s | %s\n' "$(cat row.$row.label)" "$(cat row.$row.failed 2>/dev/null)"
      continue
    fi
    awk -v label="$(cat row.$row.label)" -v time="$(median $row)" -v base="$base" \
      -v untraced="${untraced:-0}" -v calls="$2" 'BEGIN {
        printf "| %-46s | %9.1f | %7.2f |", label, time / 1e6, time / base
        if (calls) printf " %9.2f |", (time - untraced) / calls / 1e3
        print ""
      }'
  done
}

# works COMMAND...: whether it can be run here
works() {
  command -v "$1" >/dev/null && "$@" >/dev/null 2>&1
}

# --- Tables.

startup() {
  cat >Empty.java <<'JAVA'
public class Empty {
  public static void main(String[] args) {}
}
JAVA
  "$java_home/bin/javac" Empty.java && "$java_home/bin/jar" cf empty.jar Empty.class || return
  flags='-XX:+UseSerialGC -XX:-UsePerfData -XX:TieredStopAtLevel=1'
  # shellcheck disable=SC2086
  "$java_home/bin/java" $flags -XX:ArchiveClassesAtExit=empty.jsa -cp empty.jar Empty >/dev/null 2>&1
  begin 'Start-up (ratio to an empty main on the same Java, with a class archive of its own)'
  add 'java, empty main' "$java_home/bin/java" "$flags" -XX:SharedArchiveFile=empty.jsa -cp empty.jar Empty
  add 'jstrace -c true' "$jstrace" -c true
  add 'jstrace -o FILE true' "$jstrace" -o log true
  add 'jstrace --json -o FILE true' "$jstrace" --json -o log true
  add 'strace -c true' strace -c true
  works perf trace -s true && add 'perf trace -s true' perf trace -s true
  ordinary=$runs runs=$((runs * 4))
  run
  runs=$ordinary
  show 1
}

calls() {
  begin "$writes writes of 12 bytes to /dev/null (ratio to strace -o FILE)"
  add untraced ./writes "$writes"
  add 'strace -o FILE' strace -o log ./writes "$writes"
  add 'strace -c' strace -c ./writes "$writes"
  add 'taskset -c 0 strace -o FILE' taskset -c 0 strace -o log ./writes "$writes"
  add 'taskset -c 0 strace -c' taskset -c 0 strace -c ./writes "$writes"
  add 'jstrace -o FILE' "$jstrace" -o log ./writes "$writes"
  add 'jstrace -c' "$jstrace" -c ./writes "$writes"
  add 'jstrace --json -o FILE' "$jstrace" --json -o log ./writes "$writes"
  add 'jstrace --cpu=off -o FILE' "$jstrace" --cpu=off -o log ./writes "$writes"
  if works "$jstrace" --backend=ebpf -c true; then
    add 'jstrace --backend=ebpf -o FILE' "$jstrace" --backend=ebpf -o log ./writes "$writes"
    add 'jstrace --backend=ebpf -c' "$jstrace" --backend=ebpf -c ./writes "$writes"
  fi
  if works perf trace -s true; then
    add 'perf trace -o FILE' perf trace -o log ./writes "$writes"
    add 'perf trace -s' perf trace -s ./writes "$writes"
  fi
  printf 'tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @[args->id] = count(); }\n' >count.bt
  # A command in one word, as rows are split at blanks.
  printf '#!/bin/sh\nexec bpftrace -c "%s/writes %s" count.bt\n' "$work" "$writes" >bpftrace.sh
  chmod +x bpftrace.sh
  works bpftrace -c /bin/true count.bt && add 'bpftrace, calls by number' ./bpftrace.sh
  run
  show 2 "$writes" 1
}

# What calls cost the tracee itself, by its own clock: 2,000,000 of them, or 20 times -w.
ebpf() {
  printf '\n## %s writes of 12 bytes to /dev/null, by the clock of the process that makes them\n\n' $((writes * 20))
  if ! works "$jstrace" --backend=ebpf -c true; then
    "$jstrace" --backend=ebpf -c true 2>&1 | tail -n 1
    return
  fi
  cat >timed.c <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct timespec a, b;
  long n = atol(argv[1]);
  int fd = open("/dev/null", O_WRONLY);
  FILE *out = fopen(argv[2], "a");
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (long i = 0; i < n; i++)
    if (write(fd, "hello world\n", 12) != 12) return 1;
  clock_gettime(CLOCK_MONOTONIC, &b);
  fprintf(out, "%.1f\n", ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / n);
  return argc < 3;
}
C
  cc -O1 -o timed timed.c || return
  cat >latency.bt <<'BT'
tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @at[tid] = nsecs; }
tracepoint:raw_syscalls:sys_exit /@at[tid]/ {
  @calls[args->id] = count(); if (args->ret < 0) { @errors[args->id] = count(); }
  @latency[args->id] = hist(nsecs - @at[tid]); delete(@at[tid]);
}
BT
  bpftrace=
  works bpftrace -c /bin/true latency.bt && bpftrace=yes
  rm -f ns.*
  round=0
  while [ $round -lt "$runs" ]; do
    round=$((round + 1))
    ./timed $((writes * 20)) ns.untraced
    "$jstrace" --backend=ebpf -c -o table ./timed $((writes * 20)) ns.c
    "$jstrace" --backend=ebpf -c -w --latency --json -o table ./timed $((writes * 20)) ns.latency
    "$jstrace" -c --all --latency -o table ./timed $((writes * 20)) ns.all
    sleep 600 &
    sleeper=$!
    "$jstrace" --backend=ebpf -c --latency -o table -p $sleeper &
    tracer=$!
    sleep 1
    ./timed $((writes * 20)) ns.other
    kill $sleeper
    wait $tracer
    if [ -n "$bpftrace" ]; then
      bpftrace -c "$work/timed $((writes * 20)) ns.bpftrace" latency.bt >/dev/null 2>&1
      sleep 600 &
      sleeper=$!
      sed "s/cpid/$sleeper/" latency.bt >other.bt
      bpftrace other.bt >/dev/null 2>&1 &
      tracer=$!
      sleep 2
      ./timed $((writes * 20)) ns.bpfother
      kill -INT $tracer
      kill $sleeper
      wait $tracer $sleeper
    fi
  done 2>/dev/null
  printf '| %-52s | %9s | %9s |\n' command 'ns a call' added
  printf '|%s|%s|%s|\n' ------------------------------------------------------ ----------- -----------
  base=$(sort -n ns.untraced | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }')
  while read -r file label; do
    [ -f "ns.$file" ] || continue
    sort -n "ns.$file" | awk -v label="$label" -v base="$base" '{ t[NR] = $1 } END {
      printf "| %-52s | %9.0f | %9.0f |\n", label, t[int((NR + 1) / 2)], t[int((NR + 1) / 2)] - base }'
  done <<LABELS
untraced untraced
c jstrace --backend=ebpf -c
latency jstrace --backend=ebpf -c -w --latency --json
all jstrace -c --all --latency
bpftrace bpftrace: calls, errors, histogram
other untraced, while jstrace counts another process
bpfother untraced, while bpftrace counts another process
LABELS
}

filter() {
  many=$((writes * 10))
  begin "$many writes, of which none is to be seen (ratio to untraced)"
  add untraced ./writes $many
  add 'strace -f --seccomp-bpf -e trace=openat' strace -f --seccomp-bpf -e trace=openat -o log ./writes $many
  add 'jstrace -f -e trace=openat' "$jstrace" -f -e trace=openat -o log ./writes $many
  add 'jstrace -e trace=openat' "$jstrace" -e trace=openat -o log ./writes $many
  run
  show 1
}

clean() {
  make -C project clean >/dev/null
}

parallel() {
  begin 'Two threads that compute (ratio to strace -f)'
  add untraced ./compute
  add 'strace -f -o FILE' strace -f -o log ./compute
  add 'jstrace -f -o FILE' "$jstrace" -f -o log ./compute
  run
  show 2
  begin 'make -j2 of 12 C files (ratio to strace -f)'
  add untraced make -C project -j2
  add 'strace -f -o FILE' strace -f -o log make -C project -j2
  add 'jstrace -f -o FILE' "$jstrace" -f -o log make -C project -j2
  add 'jstrace --cpu=off -f -o FILE' "$jstrace" --cpu=off -f -o log make -C project -j2
  before=clean
  run
  before=
  show 2
}

# resident LABEL COMMAND...: what a jstrace holds until it ends, in MB: at most, and over time
resident() {
  label=$1 most=
  shift
  "$@" >/dev/null 2>&1 &
  tracer=$!
  sizes=
  while sleep 1 && grep -q '^VmHWM' "/proc/$tracer/status" 2>/dev/null; do
    sizes="$sizes $(awk '/^VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$tracer/status")"
    most=$(awk '/^VmHWM/ { printf "%.1f", $2 / 1024 }' "/proc/$tracer/status")
  done
  wait "$tracer"
  printf '| %-46s | %8s |%s\n' "$label" "$most" "$sizes"
}

memory() {
  printf '\n## Memory (MB resident: at most, and second by second)\n\n'
  printf '| %-46s | %8s |\n|%s|%s|\n' command most ------------------------------------------------ ----------
  resident 'jstrace -c sleep' "$jstrace" -c sleep 2.5
  resident 'jstrace -o FILE sleep' "$jstrace" -o log sleep 2.5
  resident 'jstrace -f -c, writes' "$jstrace" -f -c timeout 10 ./writes 100000000
  resident 'jstrace -f -o /dev/null, writes' "$jstrace" -f -o /dev/null timeout 10 ./writes 100000000
  resident 'jstrace -f -o /dev/null, many processes' \
    "$jstrace" -f -o /dev/null timeout 10 sh -c 'while :; do (:); done'
}

# The first run of a checkout builds it, which is not to be measured.
"$jstrace" -o log true || fail "$jstrace does not work here"
home=$root/cli/target/jstrace
[ ! -d "$home" ] || "$root/scripts/make-archives.sh" "$root/jstrace" "$home" "$java_home"
printf '%s, %s CPUs, %s, %s; load %s; medians of %s runs\n' "$(uname -sr)" "$(nproc)" \
  "$("$java_home/bin/java" -version 2>&1 | sed -n '1s/"//gp')" "$(strace -V | head -n 1)" \
  "$(cut -d' ' -f1 /proc/loadavg)" "$runs"
for table in "$@"; do
  $table
done
