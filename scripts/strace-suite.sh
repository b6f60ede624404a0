#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs strace's own test suite with jstrace as the tracer. The suite comes from the source package of
# the distribution's strace; it is built in a directory of the checkout that git ignores, and nothing
# of it is part of this project. No root; needs gcc, make and Debian's or Ubuntu's package sources.
# The first run takes some minutes more, to build it.
#
# usage: scripts/strace-suite.sh [-j N] [--32] [--tracer PROGRAM] [--dir DIR] [TEST...]
#   -j N              so many tests at a time (the number of CPUs)
#   --32              the suite compiled for i386 (gcc-multilib)
#   --tracer PROGRAM  another tracer than this checkout's jstrace, as /usr/bin/strace to see which
#                     tests fail on this machine anyway
#   --dir DIR         where the suite is kept (build/strace-suite)
#   TEST...           only these, as bpf or attach-p-cmd; what a test shows is in DIR/.../TEST*.log
#
# A test may take 60 seconds, or TIMEOUT_DURATION. One that fails is run again, alone.
# integration-tests/strace-suite.expected names the tests that fail and why; those that fail and are
# not in it, and those in it that pass, are listed. Exit status: 0 nothing failed that is not in it,
# 1 otherwise, 2 the suite cannot be had or built.
set -u -o pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
expected=$root/integration-tests/strace-suite.expected

fail() {
  echo "strace-suite.sh: $*" >&2
  exit 2
}

jobs=$(nproc) bits=64 tracer= dir=$root/build/strace-suite
while [ $# -gt 0 ]; do
  case $1 in
    -j) jobs=${2-} && shift 2 || fail '-j needs a number' ;;
    -j*) jobs=${1#-j} && shift ;;
    --32) bits=32 && shift ;;
    --tracer) tracer=${2-} && shift 2 || fail '--tracer needs a program' ;;
    --dir) dir=${2-} && shift 2 || fail '--dir needs a directory' ;;
    -h | --help) sed -n '4,20s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
    -*) fail "unknown option $1 (see --help)" ;;
    *) break ;;
  esac
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || fail "-j $jobs: not a number of tests"
if [ -z "$tracer" ]; then
  tracer=$root/jstrace
  "$tracer" -V >/dev/null </dev/null || fail 'jstrace of this checkout does not start' # or builds it
fi
tracer=$(command -v "$tracer") || fail 'there is no such tracer'
tracer=$(realpath -s "$tracer")

mkdir -p "$dir" && dir=$(cd "$dir" && pwd -P) || fail "cannot write to $dir"
exec 9>"$dir/lock"
flock -n 9 || fail "another run has $dir"

# --- The source, by an apt of our own, whose lists are in $dir.

fetch() {
  local state=$dir/apt from
  rm -rf "$state" && mkdir -p "$state"/{lists,archives}/partial "$state/sources" || return 1
  for from in /etc/apt/sources.list.d/{debian,ubuntu}.sources /etc/apt/sources.list; do
    [ ! -f "$from" ] ||
      sed 's/^Types:.*/Types: deb-src/; s/^deb /deb-src /' "$from" >"$state/sources/${from##*/}"
  done
  [ ! -f "$state/sources/sources.list" ] ||
    mv "$state/sources/sources.list" "$state/sources/main.list"
  local options=(-qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$state/sources"
    -o Dir::State="$state" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$state"
    -o APT::Sandbox::User= -o Acquire::Retries=3 -o Debug::NoLocking=1)
  apt-get "${options[@]}" update 9>&- &&
    (cd "$state" && apt-get "${options[@]}" source --download-only strace >/dev/null 9>&-) &&
    tar -x -C "$dir" -f "$state"/strace_*.orig.tar.*[!c] && rm -rf "$state"
}
source=$(echo "$dir"/strace-[0-9]*)
if [ ! -x "$source/configure" ]; then
  echo 'fetching the source of strace ...'
  fetch || fail 'the source package of strace cannot be had'
  source=$(echo "$dir"/strace-[0-9]*)
  [ -x "$source/configure" ] || fail "no configure in $source"
fi
version=${source##*/strace-}

# --- Its programs.

if [ $bits = 32 ]; then
  machine=(--build=x86_64-linux-gnu --host=i686-linux-gnu CC='gcc -m32')
else
  machine=()
fi
build=$dir/$bits
if [ ! -e "$build/ready" ]; then
  echo "building the suite of strace $version ($build/log) ..."
  rm -rf "$build" && mkdir -p "$build" && cd "$build" || fail "cannot write to $build"
  # -k: a program that does not compile fails its own test only
  nice "$source/configure" -q ${machine[@]+"${machine[@]}"} --enable-mpers=no --disable-gcc-Werror \
    CFLAGS=-O1 >log 2>&1 9>&- || fail "configure fails: see $build/log"
  # the headers that it generates, then the programs
  for part in src tests; do
    nice make -k -j"$jobs" -C $part "$([ $part = tests ] && echo check || echo all)" TESTS= >>log 2>&1 9>&-
  done
  [ -x tests/getpid ] || fail "make fails: see $build/log"
  touch ready
fi
cd "$build/tests" || fail "no tests in $build"

# --- The tests.

# script NAME: the test as the suite calls it
script() {
  local name=${1%.test}
  name=${name%.gen}
  if [ -f "$source/tests/$name.gen.test" ]; then
    echo "$name.gen.test"
  elif [ -f "$source/tests/$name.test" ]; then
    echo "$name.test"
  else
    fail "strace $version has no test $1"
  fi
}

# check JOBS [TEST...]: runs these, or all
check() {
  local parallel=$1 names
  shift
  names=$*
  # The time that strace's tests give their programs is little for a JVM that starts.
  # It is called by name, as messages begin with what a tracer is called by.
  PATH=${tracer%/*}:$PATH SLEEP_A_BIT='sleep 0.5' TIMEOUT_DURATION=${TIMEOUT_DURATION:-60} LC_ALL=C \
    make -k -j"$parallel" check STRACE="${tracer##*/}" ${names:+TESTS="$names"} </dev/null 2>&1 9>&- |
    grep --line-buffered -E '^(PASS|FAIL|ERROR|XPASS|XFAIL|SKIP): '
}

# results: of the tests that have been run, "RESULT NAME" a line
results() {
  find . -name '*.trs' -exec awk '
    /^:test-result:/ {
      name = substr(FILENAME, 3)
      sub(/\.trs$/, "", name)
      sub(/\.gen$/, "", name)
      print ($2 == "XFAIL" ? "PASS" : $2 == "PASS" || $2 == "SKIP" ? $2 : "FAIL"), name
    }' {} + | sort -u
}

tests=()
for name; do
  tests+=("$(script "$name")") || exit 2
done
find . -name '*.trs' -delete
check "$jobs" ${tests[@]+"${tests[@]}"}

prefix= # of tests in the list that are expected to fail in 32 bits only
[ $bits = 64 ] || prefix=i386/
# listed NAME: whether it is expected to fail with just these bits
listed() { grep -q -s "^$prefix$1	" "$expected"; }
# foreseen NAME: whether it may fail; what 64 bits are expected to may be different in 32 bits, too
foreseen() { listed "$1" || grep -q -s "^$1	" "$expected"; }

again=()
while read -r result name; do
  [ "$result" != FAIL ] || foreseen "$name" || again+=("$(script "$name")")
done < <(results)
if [ ${#again[@]} -gt 0 ]; then
  echo "== again, one at a time: ${#again[@]}"
  check 1 "${again[@]}"
fi

# --- What that means.

new=0 passed=0 failed=0 skipped=0
while read -r result name; do
  case $result in
    PASS) passed=$((passed + 1)) && ! listed "$name" || echo "passes, and is listed: $prefix$name" ;;
    SKIP) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) && foreseen "$name" || { new=$((new + 1)) && echo "FAILS: $prefix$name"; } ;;
  esac
done < <(results)
[ "$version" = "$(sed -n 's/^# strace \([0-9.]*\).*/\1/p;1q' "$expected")" ] ||
  echo "note: ${expected##*/} was made with another version than $version"
echo "strace $version, $bits bits: $passed passed, $failed failed ($new not expected), $skipped skipped; logs: $PWD"
[ $new = 0 ] && [ $((passed + failed)) -gt 0 ]
