#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs a copy of jstrace that does not need the checkout: program, launcher, man page and
# completions for bash, zsh and fish.
#
# usage: scripts/install.sh [--prefix DIR]
#   --prefix DIR   where to: DIR/bin/jstrace and so on (/usr/local)
# DESTDIR in the environment is put before DIR, for packagers.

root=$(cd -P "$(dirname -- "$0")/.." && pwd -P) || exit 1

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

prefix=/usr/local
while [ $# -gt 0 ]; do
  case $1 in
    --prefix=*) prefix=${1#*=} ;;
    --prefix)
      [ $# -ge 2 ] || fail '--prefix needs a directory'
      prefix=$2
      shift
      ;;
    -h | --help)
      sed -n '4,9s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) fail "unknown argument $1 (see --help)" ;;
  esac
  shift
done
case $prefix in
  '') fail '--prefix needs a directory' ;;
  /*) ;;
  *) prefix=$(pwd)/$prefix ;;
esac
[ "$prefix" = / ] || prefix=${prefix%/}

# The launcher builds the checkout when that is to be done, and finds the Java, which it tells.
"$root/jstrace" -V >/dev/null </dev/null || fail "jstrace of this checkout does not start"
home=$root/cli/target/jstrace

docs=$(mktemp -d) || fail 'cannot make a temporary directory'
trap 'rm -rf "$docs"' EXIT
trap 'exit 1' HUP INT TERM
JSTRACE_MAIN=io.github.jstrace.cli.GenerateDocs "$root/jstrace" "$docs" </dev/null ||
  fail 'cannot make the man page and the completions'

to=$DESTDIR$prefix
# put SOURCE MODE TARGET: replaces the target in one step, so that a running jstrace keeps its own
put() {
  { mkdir -p "${3%/*}" && cp "$1" "$3.new" && chmod "$2" "$3.new" && mv -f "$3.new" "$3"; } \
    2>/dev/null || fail "cannot write $3"
}

# The new copy beside the old one, then in its place.
new=$to/lib/jstrace.new
{ rm -rf "$new" && mkdir -p "$new" && cp -R "$home/lib" "$new/lib" &&
  cp -p "$home/built" "$new/built" && chmod -R u=rwX,go=rX "$new" &&
  rm -rf "$to/lib/jstrace" && mv "$new" "$to/lib/jstrace"; } 2>/dev/null ||
  fail "cannot write $to/lib/jstrace"
put "$root/scripts/make-archives.sh" 755 "$to/lib/jstrace/make-archives.sh"
put "$root/LICENSE" 644 "$to/share/doc/jstrace/LICENSE"
put "$root/docs/json.md" 644 "$to/share/doc/jstrace/json.md"
put "$root/docs/options.md" 644 "$to/share/doc/jstrace/options.md"
put "$root/tracer-core/src/main/resources/io/github/jstrace/core/json/trace.schema.json" 644 \
  "$to/share/doc/jstrace/trace.schema.json"
put "$docs/jstrace.1" 644 "$to/share/man/man1/jstrace.1"
put "$docs/jstrace.bash" 644 "$to/share/bash-completion/completions/jstrace"
put "$docs/_jstrace" 644 "$to/share/zsh/site-functions/_jstrace"
put "$docs/jstrace.fish" 644 "$to/share/fish/vendor_completions.d/jstrace.fish"
put "$root/jstrace" 755 "$to/bin/jstrace"

# An archive of classes holds where the jars are, so it cannot be made for another place.
if [ -z "$DESTDIR" ]; then
  seen=:
  on_path=$(command -v java) && on_path=$(readlink -f "$on_path")
  for java in "${JSTRACE_JAVA%/bin/java}" "$JAVA_HOME" "${on_path%/bin/java}" /usr/lib/jvm/*; do
    [ -x "$java/bin/java" ] && java=$(readlink -f "$java") || continue
    case $seen in *":$java:"*) continue ;; esac
    seen=$seen$java:
    "$to/lib/jstrace/make-archives.sh" "$prefix/bin/jstrace" "$prefix/lib/jstrace" "$java"
  done
fi

printf 'installed %s\n' "$prefix/bin/jstrace"
