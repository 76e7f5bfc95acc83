#!/bin/sh
# Makes the example's image out of this machine's own static busybox: no registry, no base image.
# `docker build -t dockunit-example/todo:1 .` does the same from the Dockerfile.
set -eu

here=$(dirname "$(readlink -f "$0")")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

busybox=$(command -v busybox) || { echo "busybox is missing: apt-get install busybox-static" >&2; exit 1; }
install -D "$busybox" "$root/bin/busybox"
for applet in sh cat echo env head httpd ls printf sed sleep wget; do ln -s busybox "$root/bin/$applet"; done
mkdir -p "$root/data" "$root/tmp"
install -D "$here/index.cgi" "$root/www/cgi-bin/index.cgi"

tar -C "$root" -c . | docker import \
  --change 'ENV PATH=/bin' --change 'EXPOSE 8000' \
  --change 'CMD ["httpd", "-f", "-p", "8000", "-h", "/www"]' \
  - "${1:-dockunit-example/todo:1}"
