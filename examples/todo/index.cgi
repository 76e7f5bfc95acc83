#!/bin/sh
# The whole app: GET shows the list, POST text=… adds a line to it.
list=/data/todo.txt
if [ "${REQUEST_METHOD:-GET}" = POST ]; then
  head -c "${CONTENT_LENGTH:-0}" | sed 's/^text=//; s/+/ /g' >>"$list"
  echo >>"$list"
  printf 'Status: 303 See Other\r\nLocation: /\r\n\r\n'
  exit
fi
escape() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }
title=$(printf '%s' "${TODO_TITLE:-Todo}" | escape)
printf 'Content-Type: text/html; charset=utf-8\r\n\r\n'
printf '<!doctype html><title>%s</title><h1>%s</h1><ul>\n' "$title" "$title"
[ ! -f "$list" ] || escape <"$list" | sed 's/.*/<li>&<\/li>/'
printf '</ul><form method="post"><input name="text" autofocus><button>Add</button></form>\n'
