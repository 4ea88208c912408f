#!/bin/sh
# Resolve, fetch and ensure a copy of examples/shop in .demo/shop, saying at each step what it did and what it cost.
#
# `make demo` calls this with frazil on PATH. Nothing outside .demo is written: it has a store and a cache of its own.
# The packages come from the index that pip on this machine would use.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
demo=$here/.demo

# What the caller set for frazil elsewhere must not steer the demo.
for variable in $(env | sed -n 's/^\(FRAZIL_[A-Z_]*\)=.*/\1/p'); do
    unset "$variable"
done
export FRAZIL_STORE="$demo/store" FRAZIL_CACHE_DIR="$demo/cache"

step() {
    printf '\n%s\n' "$1"
}

run() {
    printf '$ frazil %s\n' "$*"
    frazil "$@"
}

size() {
    du -sh "$1" 2>/dev/null | cut -f1
}

rm -rf "$demo"
mkdir -p "$demo"
cp -R "$here/examples/shop" "$demo/shop"
cd "$demo/shop"

step '1. Choose versions: seven targets, three environments, one lock'
run resolve -v

step '2. Fetch what the lock names, verified, into the store; link it out'
run fetch -v

step '3. The output is gone: ensure links it again from the store, without a request'
rm -rf .frazil/out
run ensure -v

step '4. Nothing changed: ensure does nothing'
run ensure -v

step 'Where things lie'
printf '  %-24s %s\n' \
    'the project' '.demo/shop' \
    'its lock' ".demo/shop/frozen.json ($(size frozen.json))" \
    'the files, ready' ".demo/shop/.frazil/out ($(size .frazil/out))" \
    'the store' ".demo/store ($(size "$FRAZIL_STORE"))" \
    'caches, may be dropped' ".demo/cache ($(size "$FRAZIL_CACHE_DIR"))"
