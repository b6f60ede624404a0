#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# How many system calls the tables decode, on each ABI: fully, partly (and which argument is not) or
# not at all (and why), and the commands of ioctl(2). With -v also those commands by name whose argument
# is shown as an address. Needs a JDK and Maven.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
mvn -q -Dquick -pl syscall-tables test-compile >&2
exec java -cp syscall-tables/target/test-classes:syscall-tables/target/classes \
  io.github.jstrace.tables.Coverage "$@"
