#!/bin/sh
@MARK@
exec 2>&1
PATH=@NODE@:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
# Where docker is a service of runit as well, it comes first.
docker=@SERVICES@/docker
[ ! -d "$docker" ] || sv start "$docker" >/dev/null || exit 1
exec @DOCKUNIT@ supervise
