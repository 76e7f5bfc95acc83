#!/bin/sh
# Makes the example's image out of this machine's own sqlite3, socat and busybox: no registry, no
# base image. `docker build -t dockunit-example/sqlite:1 .` does the same from the Dockerfile.
#
#   build-image.sh [TAG]            import the image into docker
#   build-image.sh --tar FILE       write the root file system only
set -eu

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

for program in sqlite3 socat; do
  path=$(command -v "$program") || { echo "$program is missing: apt-get install $program" >&2; exit 1; }
  install -D "$path" "$root/usr/bin/$program"
  # Each library at the path the dynamic loader looks for it.
  ldd "$path" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
    [ -e "$root$library" ] || install -D "$library" "$root$library"
  done
done

busybox=$(command -v busybox) || { echo "busybox is missing: apt-get install busybox-static" >&2; exit 1; }
install -D "$busybox" "$root/bin/busybox"
for applet in sh cat echo env ls nc sleep; do ln -s busybox "$root/bin/$applet"; done
mkdir -p "$root/db" "$root/tmp" "$root/etc"

if [ "${1:-}" = --tar ]; then
  tar -C "$root" -cf "${2:?--tar wants a file}" .
else
  tar -C "$root" -c . | docker import --change 'ENV PATH=/usr/bin:/bin' - "${1:-dockunit-example/sqlite:1}"
fi
