PATH=@NODE@:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin @INIT@ </dev/null >>/var/log/dockunit.log 2>&1 &
