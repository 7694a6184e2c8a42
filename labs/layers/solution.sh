# shellcheck shell=bash
# The way of the guide: Dockerfiles, docker build, docker save and docker exec.
# The old builder, that of Debian 12, gives the same, at a second for each step.
export DOCKER_BUILDKIT=1

layers() { docker image inspect --format '{{ range .RootFS.Layers }}{{ println . }}{{ end }}' "$1" | grep -c sha256; }
base=$(layers busybox)
for name in pier quay dock; do
  docker build --quiet --tag "$LAB_TRIAL:$name" --file "predict/Dockerfile.$name" predict
  sed -i "s/^$name =.*/$name = $(($(layers "$LAB_TRIAL:$name") - base))/" answers.txt
done

{
  echo 'FROM busybox'
  for number in $(seq $((LAB_HEIGHT - 1))); do echo "COPY deck-$number.txt /decks/"; done
  printf 'COPY'
  for number in $(seq "$LAB_HEIGHT" 6); do printf ' deck-%s.txt' "$number"; done
  printf ' /decks/\nENV BERTH=%s\nCMD ["ls", "/decks"]\n' "$LAB_BERTH"
} >stack/Dockerfile
docker build --quiet --tag "$LAB_STACK" stack

cat >ferry/Dockerfile <<'DOCKERFILE'
FROM busybox
WORKDIR /ferry
COPY install.sh stores.txt ./
RUN sh install.sh
COPY app app
CMD ["sh", "app/ferry.sh"]
DOCKERFILE
docker build --quiet --tag "$LAB_FERRY:1" ferry
sed -i "s/$LAB_DRAFT/$LAB_RELEASE/" ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:2" ferry

mkdir crate
docker save "$LAB_CRATE:1" | tar -x -C crate
while read -r layer; do
  if found=$(tar -x -O -f "crate/$layer" crate/lock.key 2>/dev/null); then
    sed -i "s/^key =.*/key = $found/" answers.txt
    break
  fi
done < <(grep -o '"Layers":\[[^]]*' crate/manifest.json | grep -o '[^"]*[0-9a-f]\{64\}[^"]*')

cat >mill/Dockerfile <<'DOCKERFILE'
FROM busybox
COPY unload.sh /unload.sh
RUN sh /unload.sh > /tmp/grain.csv && \
    echo "$(tail -n 1 /tmp/grain.csv) $(wc -l < /tmp/grain.csv)" > /report.txt && \
    rm /tmp/grain.csv
CMD ["cat", "/report.txt"]
DOCKERFILE
docker build --quiet --tag "$LAB_MILL" mill

cat >beacon/Dockerfile <<'DOCKERFILE'
FROM debian AS yard
WORKDIR /yard
COPY . .
RUN sh build.sh beacon.src signing.key > beacon && chmod 755 beacon

FROM busybox
COPY --from=yard /yard/beacon /usr/bin/beacon
CMD ["beacon"]
DOCKERFILE
docker build --quiet --tag "$LAB_BEACON" beacon

upper=$(docker exec "$LAB_DIVER" grep '^overlay / ' /proc/mounts | sed 's/.*upperdir=\([^,]*\).*/\1/')
removed=$(docker diff "$LAB_DIVER" | sed -n 's|^D \(/log/.*\)|\1|p')
whiteouts=$(docker run --rm --volume "$upper:/upper:ro" busybox find /upper -type c | wc -l)
sed -i "s|^upper =.*|upper = $upper|; s|^removed =.*|removed = $removed|; s|^whiteouts =.*|whiteouts = $whiteouts|" \
  answers.txt

docker run --detach --name "$LAB_LIFT" "$LAB_HOLD:1" sleep 1000000
docker exec "$LAB_LIFT" sh -c "echo $LAB_MARK >> /hold/ballast.bin"
copied=$(docker ps --size --filter "name=$LAB_LIFT" --format '{{ .Size }}')
sed -i "s/^copied =.*/copied = $copied/" answers.txt
