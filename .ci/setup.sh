# Shared by ./run and ./test: what they need on the machine, and how they build. Sourced, never started.
# shellcheck shell=bash disable=SC2034

# What each part needs, as Debian 12 names it. libboost1.81-dev, never libboost-dev: that one is 1.74 and conflicts.
packages_build=(g++ cmake ninja-build pkg-config libboost1.81-dev librocksdb-dev libssl-dev libcli11-dev
  libspdlog-dev prometheus-cpp-dev)
packages_test=(libgtest-dev libgmock-dev libbenchmark-dev libyaml-cpp-dev chromium fonts-wqy-microhei clang-format git
  openssl procps python3 clang libclang-rt-14-dev)

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

# fail WHAT CURE...: says both on stderr and ends.
fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# Prints those of its arguments that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

# As root, or through sudo if it needs no password that nobody can type.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo "$@"
  else
    return 126
  fi
}

# install_packages PACKAGE...: quick if all are there.
install_packages() {
  local missing install
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    fail "this script installs what it needs with apt-get, which is not here" \
      "On another system install the like of: ${missing[*]}" "and build as docs/start.md says."
  # Nothing that is installed may be removed for this.
  install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends --no-remove)
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  as_root true || fail "installing packages needs root" \
    "Run as root:  apt-get install -y --no-install-recommends ${missing[*]}" "Then start this again."
  as_root "${install[@]}" "${missing[@]}" >/dev/null 2>&1 && return 0
  as_root apt-get update -q >/dev/null || fail "apt-get update failed" "Is the machine online? See: apt-get update"
  as_root "${install[@]}" "${missing[@]}" >/dev/null ||
    fail "the packages could not be installed" "Try:  apt-get install --no-install-recommends ${missing[*]}" \
      "If apt wants to remove libboost1.74-dev: seckill needs 1.81, and Debian has room for one of them. Remove it" \
      "yourself if you can do without it:  apt-get remove libboost1.74-dev"
}

# Node.js comes with npm where it does not come from Debian, so commands are asked for and not packages.
install_node() {
  command -v node >/dev/null || install_packages nodejs
  command -v npm >/dev/null || install_packages npm
}

# As many compilers as there are cores, but no more than the memory has room for.
build_jobs() {
  local cores room_mib
  cores=$(nproc)
  room_mib=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  local by_memory=$((room_mib / 1300))
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
  export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}"  # what it needs for precompiled headers
fi

# configure PRESET DIRECTORY [CMAKE ARGUMENTS...]: only what is not configured yet; the build looks for changes itself.
configure() {
  local preset=$1 directory=$2 log
  shift 2
  [ ! -f "$directory/build.ninja" ] || return 0
  log="$directory/configure.log"
  mkdir -p "$directory"
  cmake --preset "$preset" -B "$directory" "$@" >"$log" 2>&1 && return 0
  cat "$log" >&2
  fail "configuring failed (above, and in $log)" "After repairing it, start again; rm -rf $directory starts afresh."
}

# build DIRECTORY [TARGET...]: all without a target.
build() {
  local directory=$1
  shift
  cmake --build "$directory" -j "$(build_jobs)" ${1:+--target "$@"} || fail "building failed (above)"
}
