#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds what ./jstrace runs, when it was never built or its sources are newer; for the launcher.
# usage: build-checkout.sh NAME ROOT JAVA_HOME
# NAME begins the messages; JAVA_HOME (may be empty) is used if it is a JDK.

# A start from within a build: that of the archive, or a test's.
[ -z "$JSTRACE_BUILDING" ] || exit 0

name=$1 root=$2 java_home=$3
home=$root/cli/target/jstrace
log=$root/target/build.log

fail() {
  printf '%s: %s\n' "$name" "$1" >&2
  exit 1
}

# Never built to the end, or sources newer than that?
stale() {
  [ -f "$home/built" ] || return 0
  [ -n "$(find "$root/pom.xml" "$root"/*/pom.xml "$root"/*/src/main -newer "$home/built" \
    -type f -print 2>/dev/null | head -n 1)" ]
}

if ! stale; then
  touch "$home/checked" 2>/dev/null
  exit 0
fi

mkdir -p "$root/target" 2>/dev/null && [ -w "$root/target" ] ||
  fail "cannot write to $root/target to build there"

# One build at a time; who waited finds it done.
if command -v flock >/dev/null; then
  exec 8>"$root/target/build.lock"
  if ! flock -n 8; then
    printf '%s: waiting for another build in %s ...\n' "$name" "$root" >&2
    flock 8
  fi
  stale || exit 0
fi

command -v mvn >/dev/null ||
  fail "Maven is needed to build $root: install it (package maven), or install jstrace"
if [ -x "$java_home/bin/javac" ]; then
  JAVA_HOME=$java_home
  export JAVA_HOME
elif [ ! -x "$JAVA_HOME/bin/javac" ] && ! command -v javac >/dev/null; then
  fail "a JDK is needed to build $root: install one (package openjdk-17-jdk-headless)"
fi

if [ -f "$home/built" ]; then
  printf '%s: building (sources are newer than the last build) ...\n' "$name" >&2
else
  printf '%s: building (first start in this checkout) ...\n' "$name" >&2
fi
# Maven would leave what sources that are gone now were compiled or copied to.
rm -rf "$root"/*/target/classes "$root"/*/target/maven-status "$home"
if ! mvn -q -B -Dstyle.color=never -f "$root/pom.xml" -Dquick -Dmaven.test.skip=true \
  -pl cli -am package >"$log" 2>&1 8>&- </dev/null; then
  reason=$(sed -n '/COMPILATION ERROR/d; s/.*\[ERROR\] //p' "$log" | head -n 1)
  fail "the build failed: ${reason:-no message} (all of it: $log)"
fi
touch "$home/checked"
"$root/scripts/make-archives.sh" "$root/jstrace" "$home" "$java_home" 8>&-
exit 0
