#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compares jstrace with the installed strace, line by line:
#
#   scripts/differential.sh files                 one fixture, under -f
#   scripts/differential.sh ls -- -f -yy -T       one program, other options
#   scripts/differential.sh /bin/echo hello       any command
#   scripts/differential.sh all -- all            everything
#   scripts/differential.sh -l                    what there is
#
# Needs a JDK and gcc, no Maven. Differences go to integration-tests/target/differential/*.diff too.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
sources=$root/integration-tests/src/test/java/io/github/jstrace/it/differential
classes=$root/integration-tests/target/differential/classes
if [ ! -e "$classes/.done" ] || [ -n "$(find "$sources" -name '*.java' -newer "$classes/.done")" ]; then
  mkdir -p "$classes"
  # with what it uses, which is nothing of JUnit
  javac -nowarn -implicit:class -d "$classes" -sourcepath "$root/integration-tests/src/test/java" \
    "$sources/DifferentialMain.java"
  : > "$classes/.done"
fi

exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-Djstrace.root=$root" -cp "$classes" \
  io.github.jstrace.it.differential.DifferentialMain "$@"
