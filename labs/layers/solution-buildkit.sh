# shellcheck shell=bash
# What BuildKit adds: bind mounts and secrets in a RUN, stages side by side; and the predictions by counting lines.
export DOCKER_BUILDKIT=1

count() { grep -cE "$2" "predict/Dockerfile.$1"; }
last_stage() { tac predict/Dockerfile.dock | sed '/^FROM/q' | grep -cE '^(RUN|COPY)'; }

mkdir all
cp stack/*.txt all/
{
  printf 'FROM busybox\nENV BERTH=%s\nCOPY . /decks\n' "$LAB_BERTH"
  for number in $(seq $((LAB_HEIGHT - 1))); do echo "RUN echo $number > /berth-$number"; done
} | docker build --quiet --tag "$LAB_STACK" --file - all

cat >ferry/Dockerfile <<'DOCKERFILE'
FROM busybox AS stores
WORKDIR /ferry
RUN --mount=type=bind,source=install.sh,target=/src/install.sh --mount=type=bind,source=stores.txt,target=/src/stores.txt \
    sh /src/install.sh

FROM busybox
COPY app/ferry.sh /ferry/app/
COPY --from=stores /ferry/stores /ferry/stores
CMD ["sh", "/ferry/app/ferry.sh"]
DOCKERFILE
docker build --quiet --tag "$LAB_FERRY:1" ferry
echo "echo $LAB_RELEASE" >ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:2" ferry

mkdir save
docker save --output save/image.tar "$LAB_CRATE:1"
tar -x -C save -f save/image.tar
rm save/image.tar
while read -r file; do
  if found=$(tar -x -O -f "$file" crate/lock.key 2>/dev/null); then
    docker run --rm "$LAB_CRATE:1" grep -q "$found" /crate/lock.key || key=$found
  fi
done < <(find save -type f)

cat >mill/Dockerfile <<'DOCKERFILE'
FROM busybox
RUN --mount=type=bind,target=/src --mount=type=tmpfs,target=/tmp \
    sh /src/unload.sh > /tmp/grain.csv; \
    echo "$(tail -n 1 /tmp/grain.csv), $(wc -l < /tmp/grain.csv) bags" > /report.txt
DOCKERFILE
docker build --quiet --tag "$LAB_MILL" mill

cat >beacon/Dockerfile <<'DOCKERFILE'
FROM debian AS yard
RUN --mount=type=bind,source=build.sh,target=/build.sh --mount=type=bind,source=beacon.src,target=/beacon.src \
    --mount=type=secret,id=signing,target=/signing.key,required=true \
    mkdir /out && sh /build.sh /beacon.src /signing.key > /out/beacon && chmod +x /out/beacon
FROM busybox
LABEL org.opencontainers.image.title=beacon
COPY --from=yard /out /usr/bin
ENTRYPOINT ["/usr/bin/beacon"]
DOCKERFILE
docker build --quiet --tag "$LAB_BEACON:latest" --secret id=signing,src=beacon/signing.key beacon

# The machine's own list of mounts: of the overlays, the one that holds what the container wrote.
while read -r upper; do
  docker run --rm --volume "$upper:/upper:ro" busybox test -e /upper/dive/ready && break
done < <(grep -o 'upperdir=[^, ]*' /proc/self/mountinfo | cut -d = -f 2)
docker diff "$LAB_DIVER" >diff.txt

docker run --detach --name "$LAB_LIFT" "$LAB_HOLD:1" sh -c "printf '\n%s' $LAB_MARK >> hold/ballast.bin; sleep 1000000"
until docker exec "$LAB_LIFT" tail -c 20 /hold/ballast.bin | grep -q "$LAB_MARK"; do sleep 0.1; done
bytes=$(docker inspect --size --format '{{ .SizeRw }}' "$LAB_LIFT")

cat >answers.txt <<ANSWERS
Pier: $(count pier '^RUN')
Quay: $(count quay '^(RUN|COPY|WORKDIR)') (the folder, the cranes and the rm)
dock = $(last_stage)
key = $key
upper = $upper/
removed = $(sed -n 's|^D /log/||p' diff.txt)
whiteouts = $(grep -c ^D diff.txt)
copied: $bytes bytes
ANSWERS
