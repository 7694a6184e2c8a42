#!/usr/bin/env bash
# Another way: everything copied in one go, requirements in a file, shell forms, rights in the copy.
set -eu

for folder in ferry tides radio logbook crane; do
  cat > "$folder/Dockerfile" <<DOCKERFILE
FROM docker.io/library/python:slim
COPY . /srv/$LAB_FERRY
WORKDIR /srv/$LAB_FERRY
DOCKERFILE
done

echo 'CMD python app.py' >> ferry/Dockerfile

echo './wheels/steiger_tidetable-1.0-py3-none-any.whl' > tides/requirements.txt
cat >> tides/Dockerfile <<DOCKERFILE
RUN pip install --no-cache-dir -r requirements.txt && rm -r wheels
ENTRYPOINT ["python"]
CMD ["app.py"]
LABEL owner='$LAB_OWNER'
DOCKERFILE

cat >> radio/Dockerfile <<DOCKERFILE
ENV CHANNEL $LAB_CHANNEL
CMD ["sh", "-c", "python app.py"]
DOCKERFILE

cat >> logbook/Dockerfile <<DOCKERFILE
RUN install -d -o $LAB_UID -m 700 /var/lib/logbook
USER $LAB_UID
CMD ["python", "app.py"]
DOCKERFILE

cat >> crane/Dockerfile <<DOCKERFILE
ENTRYPOINT ["sh", "-c", "exec python app.py \"\$@\"", "crane"]
CMD ["$LAB_CRATE"]
DOCKERFILE

cat > cargo/Dockerfile.dockerignore <<IGNORE
# Docker prefers this name to .dockerignore.
/.git/
/.env*
*/codes.txt
$LAB_VAULT/**
*.key
**/*.key
IGNORE

cat >> lamp/Dockerfile <<DOCKERFILE
HEALTHCHECK --interval=${LAB_BEAT}s CMD python -c "from urllib.request import urlopen as ask; ask('http://localhost:8000/health', timeout=2)" || exit 1
DOCKERFILE

chmod +x tug/start.sh
sed -i 's/^python .*/cd src; exec python tug.py/' tug/start.sh
sed -i -e 's|^FROM.*|FROM python:slim|' -e '/apt-get/d' -e 's|^COPY.*|COPY . .|' \
  -e "s|80$|$LAB_PORT|" tug/Dockerfile
