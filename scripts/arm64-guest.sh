#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Process 1 of the AArch64 system that arm64-test.sh boots. Runs jstrace and strace on the fixtures
# in /t/fixtures, judges what it can itself, and writes the rest to the console, as a compressed
# archive between two marks, for the host to compare. The last line tells the number of failures.
#
# On the kernel's command line: tests=NAME,NAME..., of the functions below that are called last.

export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/t/busybox HOME=/root LC_ALL=C TZ=UTC
export JSTRACE_ARCHIVE=off # making one takes longer than all starts here together
exec 2>&1
busybox=/bin/busybox
mkdir -p /dev /proc /sys /tmp /t/busybox /t/results
for mount in devtmpfs:/dev proc:/proc sysfs:/sys tmpfs:/tmp bpf:/sys/fs/bpf; do
  $busybox mount -t "${mount%%:*}" none "${mount#*:}"
done
exec </dev/null
mkdir -p /dev/pts /dev/shm
$busybox mount -t devpts none /dev/pts
$busybox mount -t tmpfs none /dev/shm
$busybox --install -s /t/busybox
ip link set lo up
echo 'root:x:0:0:root:/root:/bin/sh' >/etc/passwd
echo 'root:x:0:' >/etc/group

fixtures=/t/fixtures results=/t/results failures=0
tests=$(sed 's/.*tests=\([a-z0-9,]*\).*/\1/' /proc/cmdline)

say() { echo "[$(cut -d. -f1 /proc/uptime) s] $*"; }

# passed NAME, failed NAME WHY...: tells, and counts
passed() { say "ok $1"; echo "ok $*" >>$results/checks; }
failed() {
  say "FAILED $*"
  echo "FAILED $*" >>$results/checks
  failures=$((failures + 1))
}

# expect NAME COMMAND...: whether it succeeds
expect() {
  local name=$1
  shift
  if "$@"; then passed "$name"; else failed "$name"; fi
}

# run SECONDS NAME COMMAND...: in an empty directory; status, output and errors are results
run() {
  local limit=$1 name=$2
  shift 2
  rm -rf /tmp/cwd && mkdir /tmp/cwd
  (cd /tmp/cwd && exec "$fixtures/launch" -r -S -t "$limit" -s "$results/$name.status" -- "$@") \
    >"$results/$name.stdout" 2>"$results/$name.stderr"
}

# both SECONDS NAME OPTIONS... -- COMMAND...: under strace, then under jstrace. Strace shares a CPU
# with the command, since to wake another one is what takes long in an emulated machine; jstrace
# sees to that itself.
both() {
  local limit=$1 name=$2 options=()
  shift 2
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  say "$name"
  run "$limit" "$name.strace" taskset 1 strace -o "$results/$name.strace" "${options[@]}" "$@"
  run "$limit" "$name.jstrace" jstrace -o "$results/$name.jstrace" "${options[@]}" "$@"
}

counted() { awk '$1 ~ /^[0-9.]+$/ { print $NF, $4, $5 == $NF ? 0 : $5 }' "$1" | sort; }

launcher() {
  run 60 version jstrace -V
  expect 'the installed launcher starts' grep -q '^jstrace -- version' $results/version.stdout
  run 60 ls.strace strace -c -o $results/ls.strace ls /tmp
  run 60 ls.jstrace jstrace -c -o $results/ls.jstrace ls /tmp
  counted $results/ls.strace >/tmp/1
  counted $results/ls.jstrace >/tmp/2
  expect "jstrace -c ls /tmp: calls and errors of $(wc -l </tmp/1) calls are strace's" cmp /tmp/1 /tmp/2
}

fixtures() {
  both 200 fixtures -f -- taskset 1 sh $fixtures/all $(cat $fixtures/steady)
}

# Thousands of lines each.
varied() {
  both 200 varied -f -- taskset 1 sh $fixtures/all $(cat $fixtures/varied)
}

racing() {
  for i in 1 2; do
    run 100 racing.strace$i taskset 1 strace -f -o $results/racing.strace$i \
      sh $fixtures/all $(cat $fixtures/racing)
  done
  both 200 racing -f -- sh $fixtures/all $(cat $fixtures/racing)
}

attach() {
  mkfifo /tmp/gate
  sh -c 'read word </tmp/gate; echo "$word" >/tmp/said; exec true' &
  local pid=$! tracer
  jstrace -f --backend=ptrace -o $results/attached -p $pid 2>$results/attached.stderr &
  tracer=$!
  for ((i = 0; i < 300; i++)); do
    grep -q attached $results/attached.stderr && break
    sleep 0.2
  done
  echo word >/tmp/gate
  wait $pid
  local status=$?
  wait $tracer
  expect '-p: the process ends as it would' [ "$status $(cat /tmp/said)" = '0 word' ]
  expect '-p: its calls are shown' grep -q 'write(1, "word\\n", 5)  *= 5' $results/attached
  expect '-p: its execve and end are shown' \
    eval "grep -q 'execve(.*true' $results/attached && grep -q 'exited with 0' $results/attached"

  sleep 1000 &
  pid=$!
  jstrace --backend=ptrace -o $results/detached -p $pid 2>$results/detached.stderr &
  tracer=$!
  for ((i = 0; i < 300; i++)); do
    grep -q attached $results/detached.stderr && break
    sleep 0.2
  done
  kill -INT $tracer
  wait $tracer
  expect '-p: a process that sleeps is let go of, and sleeps on' \
    eval "grep -q 'State:.S' /proc/$pid/status && grep -q 'TracerPid:.0' /proc/$pid/status"
  kill $pid
}

tampering() {
  both 100 tampered -f -e inject=chdir:error=EPERM:when=2+2 -e inject=dup3:retval=7 \
    -e inject=getcwd:signal=USR1 -e inject=nanosleep:delay_enter=1000 -- \
    $fixtures/tampered
}

# The kernel filters; who is not followed is let go of. The fixture looks at all its results.
unfollowed() {
  both 100 filtered -f -e trace=openat,execve,clone,wait4 -- sh $fixtures/all strings files
  run 100 unfollowed jstrace -o $results/unfollowed.jstrace -e trace=openat $fixtures/unfollowed 2
  expect 'children that are not followed are let go of unharmed' \
    grep -q '^exited 0$' $results/unfollowed.status
}

json() {
  say json
  run 100 json jstrace --json -f -yy -o $results/trace.json $fixtures/processes
}

affinity() {
  run 100 affinity jstrace -o /dev/null sh -c \
    'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo; done >/dev/null; taskset -p $$'
  expect 'sched_getaffinity tells the mask of the thread, not of its sharing a CPU' \
    grep -q 'mask: 3$' $results/affinity.stdout
}

arm32() {
  # Not in all kernels, and not on all CPUs.
  if ! $fixtures/arm32 >/dev/null 2>&1; then
    say 'skipped: no 32-bit Arm programs on this kernel'
    return
  fi
  for backend in ptrace ebpf; do
    run 60 arm32.$backend jstrace --backend=$backend -f -o $results/arm32.$backend $fixtures/arm32
    expect "32-bit Arm, $backend: calls are shown by number, with a note" eval \
      "grep -q 'runs in 32 bit Arm mode; its calls are shown by number' $results/arm32.$backend &&
       grep -q 'syscall_0x4(0x1, 0x[0-9a-f]*, 0x6, .*= 6\$' $results/arm32.$backend &&
       grep -q 'syscall_0x14(.*= [1-9][0-9]*\$' $results/arm32.$backend &&
       grep -q 'syscall_0xf8(0, .*= ?\$' $results/arm32.$backend"
    expect "32-bit Arm, $backend: the program runs as ever" grep -q '^hello$' $results/arm32.$backend.stdout
  done
  run 60 arm32.counts jstrace --backend=ebpf -f -c -o $results/arm32.counts $fixtures/arm32
  expect '32-bit Arm, ebpf: calls are counted by number' eval \
    "grep -q ' 1  *syscall_0x4$' $results/arm32.counts && grep -q ' 1  *syscall_0x14$' $results/arm32.counts"
}

ebpf() {
  local counted='files memory sockets strings'
  say 'eBPF: counts'
  run 100 counts.strace taskset 1 strace -f -c -o $results/counts.strace sh $fixtures/all $counted
  run 100 counts.ebpf jstrace --backend=ebpf -f -c -o $results/counts.ebpf sh $fixtures/all $counted
  counted $results/counts.strace >/tmp/1
  counted $results/counts.ebpf >/tmp/2
  diff /tmp/1 /tmp/2 | head -n 20
  expect "eBPF: counts and errors of $(wc -l </tmp/1) calls, $(awk '{ n += $2 } END { print n }' /tmp/1) in all, are strace's" \
    cmp /tmp/1 /tmp/2
  say 'eBPF: trace'
  run 100 ebpf.strace taskset 1 strace -f -o $results/ebpf.strace sh $fixtures/all $counted
  run 200 ebpf.jstrace jstrace --backend=ebpf -f -o $results/ebpf.jstrace sh $fixtures/all $counted
}

# Seccomp ends a process, and a thread of one that goes on.
seccomp() {
  run 100 ended.strace strace -f -o $results/ended.strace $fixtures/sandbox
  run 100 ended.process jstrace --backend=ebpf -f -o $results/ended.process $fixtures/sandbox
  grep -o 'getgid().*' $results/ended.strace >/tmp/1
  grep -o 'getgid().*' $results/ended.process >/tmp/2
  expect 'eBPF: the call at which seccomp ends a process is shown as by strace' \
    eval '[ -s /tmp/1 ] && cmp /tmp/1 /tmp/2 && grep -q "killed by SIGSYS" $results/ended.process'
  run 100 ended.thread jstrace --backend=ebpf -f -o $results/ended.thread $fixtures/sandbox_threads
  expect 'eBPF: the call at which seccomp ends a thread is shown' eval \
    "grep -q 'getsid(12' $results/ended.thread && grep -q 'getsid.* = ?' $results/ended.thread && grep -q 'killed by SIGSYS' $results/ended.thread &&
     grep -q 'exited with 0' $results/ended.thread"
}

java=(/usr/lib/jvm/*/bin/java)
say "$(uname -srm), $("${java[0]}" -version 2>&1 | head -n 1), $(strace -V | head -n 1)"
for name in ${tests//,/ }; do $name; done

echo ARM64-RESULTS-BEGIN
tar -cz -C $results . | base64
echo ARM64-RESULTS-END
say 'done'
echo "ARM64-GUEST $failures failures"
poweroff -f
