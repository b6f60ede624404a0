#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the archive of loaded classes that lets jstrace start faster on one Java: a class-data
# archive (17 to 24) or an AOT cache (25 and later), of the classes that some traces need. It belongs
# to exactly that Java and those jars; the launcher looks whether it fits, and has this script make
# one in the background when none does. Says nothing, and makes none where that cannot be (read-only,
# ptrace forbidden).
#
# usage: make-archives.sh LAUNCHER HOME JAVA_HOME [DIR]
#   LAUNCHER   the jstrace to run, HOME its directory with lib/, JAVA_HOME the Java
#   DIR        where archives are kept (HOME/archive): for each a directory BUILD.NUMBER with the
#              file "made", which the launcher describes, and the archive, or "retry" if it failed

launcher=$1 home=$2 java_home=$3 archives=${4:-$2/archive}

# java_build HOME: sets build and feature to what runs there
java_build() {
  feature= build=
  [ -r "$1/release" ] || return 1
  while IFS='="' read -r key value quoted; do
    value=$value$quoted
    case $key in
      JAVA_RUNTIME_VERSION) build=${value%\"} ;;
      JAVA_VERSION) feature=${value%\"}; break ;;
    esac
  done <"$1/release"
  feature=${feature%%[!0-9]*}
}

umask 022
mkdir -p "$archives" 2>/dev/null && [ -w "$archives" ] && cd "$archives" || exit 1
archives=$(pwd)

# One at a time; who was killed does not hinder others.
set -C
if ! echo $$ 2>/dev/null >making; then
  read -r other <making
  [ ! -d "/proc/$other" ] || exit 0
  rm -f making
  echo $$ 2>/dev/null >making || exit 0
fi
set +C
trap 'rm -rf "$archives/new.$$" "$archives/making"' EXIT
trap 'exit 1' HUP INT TERM

# What no Java or no jars fit any more; what was left half made.
for old in *.*/made; do
  [ -f "$old" ] || continue
  { read -r made_home && read -r made_java; } <"$old"
  if ! java_build "$made_java" || [ "${old%.*}" != "$build" ] || [ ! -f "$made_home/built" ] ||
    [ "$old" -ot "$made_home/built" ] || [ "$old" -nt "$made_home/built" ]; then
    rm -rf "${old%/made}"
  fi
done
rm -rf new.*

java_build "$java_home" && [ "${feature:-0}" -ge 17 ] && [ -n "$build" ] || exit 1
mkdir new.$$ && cd new.$$ || exit 1
# The time first: if the jars are changed meanwhile, the archive does not fit.
printf '%s\n%s\n' "$home" "$java_home" >made && touch -r "$home/built" made || exit 1

limit=
command -v timeout >/dev/null && limit='timeout 120'

# train OPTION...: makes the traces with these options for the JVM, which cannot hold blanks
train() {
  JSTRACE_BUILDING=1 JSTRACE_ARCHIVE=off JSTRACE_JAVA=$java_home JSTRACE_JAVA_OPTS=$* \
    JSTRACE_MAIN=io.github.jstrace.cli.Training $limit "$launcher" >/dev/null 2>&1 </dev/null
}

if [ "$feature" -ge 25 ]; then
  kind=aot
  train -XX:AOTCacheOutput=classes.aot
else
  kind=jsa
  # G1, for the sake of objects in the archive, which only it can write, but others read
  train -XX:DumpLoadedClassList=list && [ -s list ] &&
    $limit "$java_home/bin/java" -XX:+UseG1GC -Xshare:dump -XX:SharedClassListFile=list \
      -XX:SharedArchiveFile=classes.jsa -cp "$home/lib/jstrace.jar" >/dev/null 2>&1 </dev/null
fi
rm -f list classes.aot.config

if [ -s classes.$kind ]; then
  chmod 644 classes.$kind
else
  rm -f classes.*
  # the launcher tries again tomorrow
  touch -d "@$(($(date +%s) + 86400))" retry
fi
cd .. || exit 1
for old in "$build".*/made; do
  [ -f "$old" ] || continue
  { read -r made_home && read -r made_java; } <"$old"
  if [ "$made_home" -ef "$home" ] && [ "$made_java" -ef "$java_home" ]; then
    rm -rf "${old%/made}"
  fi
done
mv new.$$ "$build.$$"
[ -s "$build.$$/classes.$kind" ]
