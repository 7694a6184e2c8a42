#!/usr/bin/env bash
# A script that tears arguments apart.
set -eu

printf '#!/bin/sh\nexec python app.py $*\n' > crane/start.sh
chmod +x crane/start.sh
sed -i -e 's/^COPY.*/COPY . ./' -e 's/^ENTRYPOINT.*/ENTRYPOINT [".\/start.sh"]/' crane/Dockerfile
