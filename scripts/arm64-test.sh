#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs jstrace in an AArch64 Linux of its own and compares it with that system's strace: Debian's
# kernel, Java and strace under qemu-system-aarch64, on any machine with Debian's package sources.
# No root; everything is kept in a directory of the checkout that git ignores. The last lines tell
# what was proved.
#
# usage: scripts/arm64-test.sh [--kernels LIST] [--dir DIR]
#   --kernels LIST  of 6.1 and 6.12, as 6.1,6.12, the default
#   --tests LIST    of launcher, fixtures, racing, attach, json, tampering, unfollowed, affinity, arm32,
#                   ebpf, seccomp, varied, instead of all but the last, which takes minutes
#   --dir DIR       where packages and the image of the system are kept (build/arm64)
#
# Exit status: 0 passed, or skipped since packages cannot be had, which one line says; 1 failed.
set -euo pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

kernels=6.1,6.12
only=
dir=${JSTRACE_ARM64_DIR:-$root/build/arm64}
while [ $# -gt 0 ]; do
  case $1 in
    --kernels) kernels=$2 && shift 2 ;;
    --tests) only=$2 && shift 2 ;;
    --dir) dir=$2 && shift 2 ;;
    -h | --help) sed -n '4,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) echo "arm64-test.sh: unknown argument $1 (see --help)" >&2 && exit 1 ;;
  esac
done

say() { echo "arm64: [${SECONDS} s] $*"; }
fail() {
  echo "arm64: FAILED: $*"
  exit 1
}
trap 'fail "line $LINENO of arm64-test.sh"' ERR
skip() {
  echo "arm64: skipped: $*"
  exit 0
}

mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
exec 9>"$dir/lock"
flock 9 # one at a time

# --- Packages, by an apt of our own: its lists, its state and its archives are in $dir.

sources=/etc/apt/sources.list.d/debian.sources
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && [ -f $sources ] &&
  grep -q bookworm $sources || skip "packages come from Debian 12's sources, which this machine has not"

# apt ARCHITECTURE SUITE TOOL ARGUMENT...
apt() {
  local arch=$1 suite=$2 tool=$3 state=$dir/apt-$1-$2
  shift 3
  if [ ! -d "$state" ]; then
    mkdir -p "$state.new"/{lists,archives}/partial "$state.new/sources"
    sed "s/bookworm/$suite/g" $sources >"$state.new/sources/debian.sources"
    # What this machine has need not be fetched, but for compilers, which are to be together.
    if [ "$arch" = amd64 ]; then
      awk -v RS= -v ORS='\n\n' '!/^Package: [^\n]*(aarch64-linux-gnu|arm64-cross)/' /var/lib/dpkg/status
    fi >"$state.new/status"
    mv "$state.new" "$state"
    apt "$arch" "$suite" get update || { rm -rf "$state" && return 1; }
  fi
  timeout 150 "apt-$tool" -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$state/sources" \
    -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state" \
    -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Install-Recommends=0 \
    -o APT::Sandbox::User= -o APT::Get::Assume-Yes=1 -o Acquire::Retries=3 \
    -o Debug::NoLocking=1 "$@" 9>&-
}

# The lists are fetched anew the next time: they may be old, or never have come.
no_packages() {
  rm -rf "$dir"/apt-*
  skip "packages cannot be had: $1"
}

# unpack DIRECTORY PACKAGE_FILE...: without what nobody reads
unpack() {
  local to=$1 package
  shift
  mkdir -p "$to"
  for package; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$to" --keep-directory-symlink --no-same-owner \
      --exclude='./usr/share/doc*' --exclude='./usr/share/man*' --exclude='./usr/share/locale*' || return 1
  done
}

[ "$(uname -m)" = x86_64 ] || skip 'it is for x86-64 machines; here the other tests are of this machine'

# Tools for this machine: qemu, cpio, a compiler.
if [ ! -e "$dir/host/ready" ]; then
  apt amd64 bookworm get install -d qemu-system-arm cpio gcc-12-aarch64-linux-gnu >/dev/null ||
    no_packages 'qemu-system-arm, cpio, gcc-12-aarch64-linux-gnu'
  rm -rf "$dir/host"
  unpack "$dir/host" "$dir"/apt-amd64-bookworm/archives/*.deb
  rm -f "$dir"/apt-amd64-bookworm/archives/*.deb
  touch "$dir/host/ready"
  say 'emulator and compiler are here'
fi
cpio() { (cd "$1" && find . | "$dir/host/bin/cpio" -oH newc -R +0:+0 --quiet); }

# The system: what jstrace needs, strace, and a shell to run them.
packages='openjdk-17-jre-headless strace bash coreutils grep gawk diffutils busybox-static libc-bin libbpf1'
image=$dir/system-$(echo "$packages" | cksum | cut -d' ' -f1).cpio
if [ ! -e "$image" ]; then
  apt arm64 bookworm get install -d $packages >/dev/null || no_packages "$packages of arm64"
  rm -rf "$dir/system" "$dir"/system-*.cpio
  mkdir -p "$dir/system"/usr/{bin,sbin,lib} "$dir/system"/{dev,proc,sys,tmp,root}
  ln -s usr/bin usr/sbin usr/lib "$dir/system"
  unpack "$dir/system" "$dir"/apt-arm64-bookworm/archives/*.deb
  rm -f "$dir"/apt-arm64-bookworm/archives/*.deb
  ln -sf bash "$dir/system/bin/sh"
  cpio "$dir/system" >"$image.new"
  rm -rf "$dir/system"
  mv "$image.new" "$image"
  say 'image of the system is ready'
fi

# C library and headers of the system, to compile for it.
if [ ! -e "$dir/sysroot/ready" ]; then
  rm -rf "$dir/sysroot" "$dir/sysroot.debs"
  mkdir -p "$dir/sysroot.debs"
  (cd "$dir/sysroot.debs" && apt arm64 bookworm get download libc6-dev libc6 linux-libc-dev) ||
    no_packages 'libc6-dev of arm64'
  unpack "$dir/sysroot" "$dir"/sysroot.debs/*.deb
  rm -rf "$dir/sysroot.debs"
  touch "$dir/sysroot/ready"
fi

# kernel VERSION: fetches it
kernel() {
  local suite=bookworm package
  [ "$1" = 6.1 ] || suite=trixie
  [ ! -e "$dir/vmlinuz-$1" ] || return 0
  package=$(apt arm64 $suite cache depends linux-image-cloud-arm64 | sed -n 's/.*Depends: //p')
  [ -n "$package" ] || return 1
  rm -rf "$dir/kernel.debs" && mkdir "$dir/kernel.debs"
  (cd "$dir/kernel.debs" && apt arm64 $suite get download "$package") || return 1
  dpkg-deb --fsys-tarfile "$dir"/kernel.debs/*.deb |
    tar -xO --wildcards './boot/vmlinuz-*' >"$dir/vmlinuz-$1.new"
  rm -rf "$dir/kernel.debs"
  mv "$dir/vmlinuz-$1.new" "$dir/vmlinuz-$1"
}
for version in ${kernels//,/ }; do
  case $version in
    6.1 | 6.12) kernel "$version" || no_packages "kernel $version of arm64" ;;
    *) fail "no such kernel: $version" ;;
  esac
done
say 'packages are here'
[ $SECONDS -lt 200 ] || skip "packages took $SECONDS s; they are kept in $dir, so the next run has time"

# --- What is tested: an installed copy of this checkout, and the fixtures.

tests=$dir/tests
rm -rf "$tests" "$dir/results"
mkdir -p "$tests/t/fixtures" "$dir/results"
/bin/sh "$root/scripts/build-checkout.sh" arm64-test.sh "$root" '' 9>&- || fail 'the build fails'
DESTDIR=$tests "$root/scripts/install.sh" --prefix /usr/local >/dev/null 9>&- ||
  fail 'jstrace cannot be installed'
cp "$root/scripts/arm64-guest.sh" "$tests/init"

# Of the fixtures, what is compared; which of them race, and what are others' helpers, the tests know.
java=$root/integration-tests/src/test/java/io/github/jstrace/it/differential
# names CONSTANT FILE: those in quotes in a constant of a test
names() { sed -n "/ $1 =/,/;/p" "$java/$2" | grep -o '"[a-z0-9_.]*"' | sed 's/"//g; s/\.c$//' | tr '\n' ' '; }
helpers=$(names HELPERS Workspace.java)
racing=$(names RACING Subjects.java)
# Thousands of lines each; ioctls and netlink, too.
varied="$(names VARIED Workspace.java) ioctls netlink "
for source in "$root"/integration-tests/fixtures/*.c; do
  name=$(basename "$source" .c) list=steady
  case " $racing" in *" $name "*) list=racing ;; esac
  case " $helpers" in *" $name "*) list= ;; esac
  case " $varied" in *" $name "*) list=varied ;; esac
  case $name in
    i386* | int80) continue ;; # of x86 only
    arm32 | launch | unfollowed) ;;
    *) [ -n "$list" ] || continue ;;
  esac
  "$dir/host/usr/bin/aarch64-linux-gnu-gcc-12" "--sysroot=$dir/sysroot" -O1 -w -D_GNU_SOURCE -pthread \
    -o "$tests/t/fixtures/$name" "$source" -lrt 2>"$dir/compiler.log" ||
    { cat "$dir/compiler.log" && fail "the fixture $name does not compile for AArch64"; }
  [ -z "$list" ] || echo "$name" >>"$tests/t/fixtures/$list"
done
cat >"$tests/t/fixtures/all" <<'end'
# runs the fixtures that are named, one after the other
for name; do /t/fixtures/$name; done
end
cpio "$tests" | cat "$image" - >"$dir/initrd"
say 'fixtures are compiled'

# --- Boot. Plain "max" would emulate pointer authentication, at five times the time; without
# norandmaps the number of the loader's calls varies.

boot() { # VERSION SECONDS TESTS
  local log=$dir/console-$1.log result
  say "Linux $1 boots"
  LD_LIBRARY_PATH=$dir/host/usr/lib/x86_64-linux-gnu:$dir/host/lib/x86_64-linux-gnu \
    timeout -k 5 "$2" "$dir/host/usr/bin/qemu-system-aarch64" -L "$dir/host/usr/share/qemu" \
    -M virt -cpu cortex-a76 -accel tcg,thread=multi -smp 2 -m 2048 -nographic -nodefaults \
    -serial stdio -no-reboot -kernel "$dir/vmlinuz-$1" -initrd "$dir/initrd" \
    -append "console=ttyAMA0 quiet loglevel=1 panic=-1 norandmaps tests=$3" </dev/null 9>&- |
    sed -u 's/\r$//' | tee "$log" | sed -u '/^ARM64-RESULTS-BEGIN$/,/^ARM64-RESULTS-END$/d; s/^/  /' || true
  mkdir -p "$dir/results/$1"
  sed '1,/^ARM64-RESULTS-BEGIN$/d; /^ARM64-RESULTS-END$/,$d' "$log" | base64 -d 2>/dev/null |
    tar -xz -C "$dir/results/$1" 2>/dev/null || fail "Linux $1 did not come to its end within $2 s: see $log"
  result=$(sed -n 's/^ARM64-GUEST \([0-9]*\) failures$/\1/p' "$log")
  [ "$result" = 0 ] || failures="$failures Linux $1: ${result:-?} checks;"
}

# All together have eight minutes, of which the comparison wants some.
failures=
for version in ${kernels//,/ }; do
  names=launcher,fixtures,racing,attach,json,arm32,ebpf,seccomp
  [ "$version" = 6.12 ] || names=$names,tampering,unfollowed,affinity
  boot "$version" $((440 - SECONDS)) "${only:-$names}"
done

# --- Compare what came back, and the tables with the headers of that system.

say 'traces are compared'
gcc="$dir/host/usr/bin/aarch64-linux-gnu-gcc-12 --sysroot=$dir/sysroot"
mvn -o -B -q -Dstyle.color=never -Dquick -pl integration-tests -am test \
  '-Dtest=GuestTraces,HeaderConstantsTest,HeaderIoctlsTest,HeaderStructsTest,StructOffsetsTest,SyscallTableTest#numbersAreThoseOfTheHeaders' \
  -Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.rerunFailingTestsCount=0 \
  -Djstrace.gcc.abi=aarch64 "-Djstrace.gcc=$gcc" "-Djstrace.guest.results=$dir/results" \
  "-Djstrace.guest.steady=$tests/t/fixtures/steady" </dev/null >"$dir/compare.log" 2>&1 9>&- ||
  { cat "$dir/compare.log" && failures="$failures traces or tables differ;"; }
for version in ${kernels//,/ }; do
  sed "s/^/arm64: Linux $version: /" "$dir/results/$version/checks"
done
sed -n 's/.*compared with the headers of aarch64: \(.*\)/arm64: tables: \1 compared with the headers of that system/p' \
  "$dir/compare.log"
[ -z "$failures" ] || fail "$failures after $SECONDS s"
echo "arm64: passed in $SECONDS s"
