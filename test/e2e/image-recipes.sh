# Runs inside a host: make container images of the programs the host itself has, without a network
# or a base image. Arguments: names of recipes below; each gives the image NAME:test.
set -eu
rootfs=

begin() { # programs, with the libraries they are linked to, over a busybox
  rootfs=$(mktemp -d)
  mkdir -p "$rootfs/bin" "$rootfs/etc" "$rootfs/tmp" "$rootfs/data"
  chmod 1777 "$rootfs/tmp" "$rootfs/data"
  cp /bin/busybox "$rootfs/bin/busybox"
  for applet in $(/bin/busybox --list); do ln -s busybox "$rootfs/bin/$applet" 2>/dev/null || true; done
  printf 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/data:/bin/sh\n' >"$rootfs/etc/passwd"
  printf 'root:x:0:\napp:x:1000:\n' >"$rootfs/etc/group"
  echo 'hosts: files dns' >"$rootfs/etc/nsswitch.conf"
  for program; do
    cp "$(command -v "$program")" "$rootfs/bin/$program"
    ldd "$rootfs/bin/$program" | grep -o '/[^ ]*' | while read -r library; do
      [ "$library" = "$rootfs/bin/$program:" ] || cp -L --parents "$library" "$rootfs"
    done
  done
}
finish() { # NAME [CHANGE...]: Dockerfile instructions, one a word
  name=$1
  shift
  for change; do set -- "$@" --change "$change"; shift; done
  tar -C "$rootfs" --numeric-owner --owner=0 --group=0 -c . | docker import "$@" - "$name:test" >/dev/null
  rm -rf "$rootfs"
}

busybox() {
  begin
  finish busybox 'CMD ["sh"]'
}

bare() { # no shell: one program, which sleeps
  rootfs=$(mktemp -d)
  cp /bin/busybox "$rootfs/busybox"
  finish bare 'ENTRYPOINT ["/busybox", "sleep", "1000"]'
}

sqlite() { # a SQL prompt a connection, on port 12345; queries persist in /data/db.sqlite
  begin sqlite3 socat
  finish sqlite 'EXPOSE 12345' 'WORKDIR /data' \
    'CMD ["socat", "TCP-LISTEN:12345,fork,reuseaddr", "EXEC:sqlite3 /data/db.sqlite"]'
}

app() { # does what its arguments, or else APP_STEPS, say, one after the other; see `steps` below
  begin
  cat >"$rootfs/bin/app" <<'APP'
#!/bin/sh
# Steps: say=TEXT  complain=TEXT (to stderr)  sleep=SECONDS  healthy  unhealthy (makes or removes
# /tmp/healthy)  serve=PORT (HTTP; answers with the container's host name)  ignore-term
# slow-term=SECONDS (takes so long to stop)  fail-first=N (exits 1 the first N times; counts in /data)
# exit=CODE  forever. After the last step it exits 0; without steps it runs forever.
trap 'echo stopping; exit 0' TERM INT
pause() { sleep "$1" & wait $!; }
[ $# -gt 0 ] || set -- ${APP_STEPS:-forever}
for step; do
  value=${step#*=}
  case $step in
    say=*) echo "$value" ;;
    complain=*) echo "$value" >&2 ;;
    sleep=*) pause "$value" ;;
    healthy) touch /tmp/healthy ;;
    unhealthy) rm -f /tmp/healthy ;;
    serve=*) mkdir -p /tmp/www && hostname >/tmp/www/index.html && httpd -p "$value" -h /tmp/www ;;
    ignore-term) trap '' TERM INT ;;
    slow-term=*) trap 'echo stopping; sleep '"$value"'; exit 0' TERM INT ;;
    fail-first=*)
      starts=$(($(cat /data/starts 2>/dev/null || echo 0) + 1))
      echo "$starts" >/data/starts
      [ "$starts" -gt "$value" ] || exit 1 ;;
    exit=*) exit "$value" ;;
    forever) while :; do pause 1000; done ;;
    *) echo "app: no step '$step'" >&2; exit 64 ;;
  esac
done
APP
  chmod 755 "$rootfs/bin/app"
  finish app 'ENTRYPOINT ["app"]'
}

for recipe; do "$recipe"; done
# docker does not write layers through, and a power cut would leave an image of empty files
sync -f /var/lib/docker
