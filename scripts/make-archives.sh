#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the archive of loaded classes that lets jstrace start faster on one Java: a class-data
# archive (17 to 24) or an AOT cache (25 and later), by running a short trace. It belongs to exactly
# that Java and those jars; where it does not fit, Java starts without it. Says nothing and changes
# nothing if it cannot be made (read-only, ptrace forbidden).
#
# usage: make-archives.sh LAUNCHER HOME JAVA_HOME
#   LAUNCHER   the jstrace to run, HOME its directory with lib/, JAVA_HOME the Java

launcher=$1 home=$2 java_home=$3

feature= build=
[ -r "$java_home/release" ] || exit 1
while IFS='="' read -r key value quoted; do
  value=$value$quoted
  case $key in
    JAVA_RUNTIME_VERSION) build=${value%\"} ;;
    JAVA_VERSION) feature=${value%\"}; break ;;
  esac
done <"$java_home/release"
feature=${feature%%[!0-9]*}
[ "${feature:-0}" -ge 17 ] && [ -n "$build" ] || exit 1

mkdir -p "$home/archive" 2>/dev/null && [ -w "$home/archive" ] || exit 1
new=$home/archive/new.$$
trap 'rm -f "$new" "$new.config"' EXIT
trap 'exit 1' HUP INT TERM
# what an option splits at blanks would have to be quoted in
case $new in *[\ \	]*) exit 1 ;; esac

if [ "$feature" -ge 25 ]; then
  kind=aot option=-XX:AOTCacheOutput=$new
else
  kind=jsa option=-XX:ArchiveClassesAtExit=$new
fi
# an old one in use while the new one is made would be a base that it cannot have
rm -f "$home/archive/$build.jsa" "$home/archive/$build.aot"
JSTRACE_JAVA=$java_home JSTRACE_JAVA_OPTS=$option \
  "$launcher" -C -f -o /dev/null /bin/sh -c ': & wait; exec ls /' >/dev/null 2>&1 </dev/null
[ -s "$new" ] && mv "$new" "$home/archive/$build.$kind"
