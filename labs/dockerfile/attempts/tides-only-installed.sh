#!/usr/bin/env bash
# The package is there, the program is not.
set -eu

cat > tides/Dockerfile <<DOCKERFILE
FROM python:slim
LABEL owner=$LAB_OWNER
COPY wheels /wheels
RUN pip install /wheels/*.whl
CMD ["python", "-c", "import tidetable; print('Vlissingen', tidetable.HARBOURS)"]
DOCKERFILE
