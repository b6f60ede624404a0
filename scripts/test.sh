#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test: installs the packages they need when it may (root on Debian or Ubuntu), names
# them otherwise, then mvn verify, which also checks format, nullness and module rules.
#
# usage: scripts/test.sh [--java HOME] [Maven options]
#   --java HOME   build and test on this JDK instead of the one Maven finds
#
# Its last line counts the tests: "123 passed, 0 failed, 2 skipped".

root=$(cd -P "$(dirname -- "$0")/.." && pwd -P) || exit 1

fail() {
  printf 'test.sh: %s\n' "$1" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --java)
      [ -x "$2/bin/javac" ] || fail "--java $2: no JDK there"
      JAVA_HOME=$2
      export JAVA_HOME
      shift 2
      ;;
    -h | --help)
      sed -n '4,10s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) break ;;
  esac
done

# --- What the tests run: the reference, a compiler for the fixtures, the programs they trace.

packages='gcc libc6-dev make strace libbpf1 jq git curl python3 openssh-client procps tmux
  busybox ca-certificates'
commands='gcc make strace jq git curl python3 ssh ps tmux'
case $(uname -m) in
  # 32-bit fixtures, and the headers of the other architecture, whose numbers the tables hold too
  x86_64) packages="$packages gcc-multilib linux-libc-dev-arm64-cross" ;;
esac
[ -n "$JAVA_HOME" ] || command -v javac >/dev/null || packages="$packages default-jdk-headless"
command -v mvn >/dev/null || packages="$packages maven"

if command -v dpkg-query >/dev/null; then
  missing=
  for package in $packages; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed*) ;;
      # busybox-static serves as well, and excludes the other
      *) command -v "$package" >/dev/null || missing="$missing $package" ;;
    esac
  done
  if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] || fail "packages are missing: run as root: apt-get install$missing"
    echo "test.sh: installing$missing" >&2
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    install() { apt-get install -y -q --no-install-recommends $missing >/dev/null </dev/null; }
    # lists may be absent or too old to fetch by
    install 2>/dev/null || { apt-get update -q >/dev/null </dev/null; install; } ||
      fail "cannot install$missing"
  fi
else
  missing=
  for command in $commands mvn; do
    command -v "$command" >/dev/null || missing="$missing $command"
  done
  [ -z "$missing" ] || fail "programs are missing:$missing"
fi

# --- The tests. All modules even when one has failures; the counts decide.

cd "$root" || exit 1
rm -rf ./*/target/surefire-reports
mvn -B -Dstyle.color=never -Dmaven.test.failure.ignore=true -Dformat.skip=true verify "$@" </dev/null
status=$?
# Apart, or one blank too many in the first module would keep the tests of all others from running.
mvn -B -q -fae -Dstyle.color=never spotless:check </dev/null || status=1
echo

# counts of all reports, and what was not run and why
cat ./*/target/surefire-reports/TEST-*.xml 2>/dev/null | awk '
  function attribute(name, text) {
    if (!match(text, " " name "=\"[^\"]*\"")) return ""
    return substr(text, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
  }
  function message(text) {
    text = attribute("message", text)
    gsub("&lt;", "<", text); gsub("&gt;", ">", text); gsub("&quot;", "\"", text)
    gsub("&#10;|&#xa;", " ", text); gsub("&amp;", "\\&", text)
    return length(text) > 500 ? substr(text, 1, 500) "..." : text
  }
  /<testsuite / {
    # its attributes may be spread over lines
    suite = $0
    while (suite !~ />/ && (getline line) > 0) suite = suite " " line
    tests += attribute("tests", suite)
    failed += attribute("failures", suite) + attribute("errors", suite)
    skipped += attribute("skipped", suite)
  }
  /<testcase / { test = attribute("classname", $0) "." attribute("name", $0) }
  /<skipped/ {
    if (!heading++) print "Skipped:"
    print "  " test ": " message($0)
  }
  /<failure|<error/ {
    why[++failures] = "  " test ": " message($0)
  }
  /<flakyFailure|<flakyError/ {
    once[++unsteady] = "  " test ": " message($0)
  }
  END {
    if (unsteady) print "Failed, and passed when run again:"
    for (i = 1; i <= unsteady; i++) print once[i]
    if (failures) print "Failed:"
    for (i = 1; i <= failures; i++) print why[i]
    printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped, failed, skipped
    exit failed > 0 || tests == 0
  }'
counted=$?
[ $status = 0 ] && [ $counted = 0 ]
