PATH=@PATH@ @INIT@ </dev/null >>/var/log/dockunit.log 2>&1 &
