#!/usr/bin/env bash
# The whole command as one word.
set -eu

sed -i 's/^ENTRYPOINT.*/ENTRYPOINT ["python app.py"]/' crane/Dockerfile
