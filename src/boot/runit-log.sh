#!/bin/sh
@MARK@
mkdir -p /var/log/dockunit/supervisor
exec svlogd -tt /var/log/dockunit/supervisor
