#!/bin/sh
@MARK@
#
# A systemd generator, systemd.generator(7): at boot and at every daemon-reload it puts into the directory $1
# the units that the Compose files in /etc/dockunit compile to. Where none of their sources has changed,
# which it finds out with b2sum(1) and without Node, those are the ones that are kept from the last time.
# It always exits 0. With --keep, which its unit runs, it keeps them for the next boot.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
umask 022
sources=@SOURCES@ run=@RUN@ cache=@CACHE@ kmsg=@KMSG@ journal=@JOURNAL@ budget=@BUDGET@

tell() { # lines that begin with a priority such as <3>, on standard input
  if [ ! -e "$kmsg" ] && [ -S "$journal" ]; then # in a container, when journald runs
    systemd-cat --identifier=dockunit-generator --level-prefix=yes cat && return
  fi
  while IFS= read -r line; do
    # Not more at a time than the kernel takes.
    { [ -e "$kmsg" ] && printf '%.3sdockunit-generator[%s]: %.900s\n' "$line" $$ "${line#<?>}" >>"$kmsg"; } \
      2>/dev/null || printf '%s\n' "$line" >&2
  done
}

is_current() { # whether the kept units are made of what is there now
  # shellcheck disable=SC1091
  [ -f "$kept/check" ] && . "$kept/check" && b2sum --status --check "$kept/sums" 2>/dev/null
}

put() { # the kept units where systemd reads them
  if cp -RP "$kept/units/." "$normal/"; then
    [ ! -s "$kept/report" ] || tell <"$kept/report"
  else
    echo "<3>cannot write units to $normal -> see how full it is: df $normal" | tell
  fi
}

keep() {
  for kept in "$run" "$cache"; do
    [ -f "$kept/report" ] || continue
    cat "$kept/report" # to the journal, which had not begun when the generator ran at boot
    break
  done
  [ -f "$run/check" ] || return 0
  if cmp -s "$run/check" "$cache/check" && cmp -s "$run/sums" "$cache/sums"; then return 0; fi
  umask 077
  mkdir -p "${cache%/*}" && rm -rf "$cache.new" && cp -RPp "$run" "$cache.new" && sync -f "$cache.new" &&
    rm -rf "$cache" && mv "$cache.new" "$cache"
}

normal=${1:-}
[ "$normal" != --keep ] || { keep; exit; }
[ -d "$normal" ] || exit 0
set -- "$sources"/*.yaml "$sources"/*.yml
[ "$*" != "$sources/*.yaml $sources/*.yml" ] || exit 0

for kept in "$run" "$cache"; do
  if is_current; then put; exit 0; fi
done
kept=$run
# By SIGKILL, as what is kept is kept whole; that this killed timeout(1) too is not for the console.
{ said=$(exec timeout -s KILL "$budget" @COMMAND@ 2>&1 </dev/null); } 2>/dev/null
case $? in
  0) put; exit 0 ;;
  124 | 137)
    said="dockunit did not end within $budget s"
    rm -rf "$run".*
    ;;
esac
printf '%s\n' "$said" | while IFS= read -r line; do [ -z "$line" ] || printf '<3>%s\n' "$line"; done | tell

remedy="-> correct what is reported above, then: systemctl daemon-reload"
for kept in "$run" "$cache"; do
  [ -d "$kept/units" ] || continue
  echo "<3>the files in $sources cannot be compiled; the units are those of an earlier state of them $remedy" | tell
  put
  exit 0
done
echo "<3>the files in $sources cannot be compiled; there are no units of them $remedy" | tell
exit 0
