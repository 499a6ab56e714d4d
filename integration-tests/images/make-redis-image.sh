#!/bin/sh
# Makes a small image of this machine's own redis-server and the libraries it needs, for the container path of the tests
# where no registry can be reached. The name may be given: make-redis-image.sh [NAME:TAG]
set -eu

name="${1:-cache-test-redis:local}"
server="$(command -v redis-server)" || { echo "redis-server is not on the path" >&2; exit 1; }

root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/bin" "$root/data" "$root/tmp"
# A copy of what the name leads to, under its own name: the program goes by it.
cp -L "$server" "$root/usr/bin/redis-server"

# The loader and every library, each where the program looks for it.
ldd "$server" | sed -n 's/^[[:space:]]*\(.* => \)\{0,1\}\(\/[^ ]*\) (0x.*/\2/p' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done

tar -C "$root" -c . | docker import \
    --message "redis-server of this machine, for tests" \
    --change 'ENV PATH=/usr/bin' \
    --change 'WORKDIR /data' \
    --change 'EXPOSE 6379/tcp' \
    --change 'CMD ["redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no"]' \
    - "$name" >/dev/null
echo "$name: $("$server" --version)"
