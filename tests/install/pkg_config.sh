#!/usr/bin/env bash
# pkg_config.sh COMPILER PREFIX CONSUMERS: builds and runs consumers with nothing but a compiler and pkg-config.
set -euo pipefail
compiler=$1 prefix=$2 consumers=$3
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name seckill-core.pc)")
export PKG_CONFIG_PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for component in core rocksdb; do
  pkg-config --exists "seckill-$component" || continue
  read -ra flags < <(pkg-config --cflags --libs "seckill-$component")
  "$compiler" -std=c++20 "$consumers/$component/main.cpp" -o "$work/$component" "${flags[@]}"
  "$work/$component" "$work"
done
[ -x "$work/core" ]
