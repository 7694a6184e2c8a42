#!/usr/bin/env bash
# A script that waits for the program and passes no signal on.
set -eu

printf '#!/bin/sh\npython app.py "$@"\necho done\n' > crane/start.sh
chmod +x crane/start.sh
sed -i -e 's/^COPY.*/COPY . ./' -e 's/^ENTRYPOINT.*/ENTRYPOINT [".\/start.sh"]/' crane/Dockerfile
