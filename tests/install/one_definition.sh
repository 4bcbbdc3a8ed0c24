#!/usr/bin/env bash
# one_definition.sh COMPILER ARCHIVE...: no inline function of these archives has two definitions. They need line numbers
# (-g1).
set -euo pipefail
compiler=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

linked() {  # ARCHIVES: links everything in them, so that gold compares where each copy of a function comes from
  "$compiler" -shared -fuse-ld=gold -Wl,--detect-odr-violations -Wl,--fatal-warnings -Wl,--whole-archive "$@" -Wl,--no-whole-archive \
    -o "$work/all.so"
}

# First that it can fail. Gold compares lines where sizes differ.
printf 'inline int f(int a) { return a; }\nint g1(int a) { return f(a); }\n' >"$work/1.cpp"
printf '\ninline int f(int a) { return a * a + 2; }\nint g2(int a) { return f(a); }\n' >"$work/2.cpp"
(cd "$work" && "$compiler" -O0 -g1 -fPIC -c 1.cpp 2.cpp)
ar rc "$work/two.a" "$work/1.o" "$work/2.o"
if linked "$work/two.a" 2>"$work/log" || ! grep -q 'defined in multiple places' "$work/log"; then
  cat "$work/log"
  echo "gold does not find two definitions of one function"
  exit 1
fi
linked "$@"
