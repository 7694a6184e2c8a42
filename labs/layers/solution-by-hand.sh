# shellcheck shell=bash
# Hardly a Dockerfile: layers made with docker commit, and looked up in the folders on disk.

for name in pier quay dock; do
  docker build --quiet --iidfile "$name.id" --file "predict/Dockerfile.$name" predict
  total=$(docker image inspect --format '{{ len .RootFS.Layers }}' "$(cat "$name.id")")
  echo "$name = $((total - $(docker image inspect --format '{{ len .RootFS.Layers }}' busybox)))" >>found.txt
done

layer() { # layer IMAGE FILES… : a container of IMAGE, FILES copied into /decks, kept as the image of the lab
  docker create --name "$LAB_STACK" "$1" sh
  for file in "${@:2}"; do docker cp "$file" "$LAB_STACK:/decks/"; done
  docker commit --change "ENV BERTH=$LAB_BERTH" "$LAB_STACK" "$LAB_STACK"
  docker rm "$LAB_STACK"
}
mkdir decks
docker create --name "$LAB_STACK" busybox sh
cp stack/deck-1.txt decks/
docker cp decks "$LAB_STACK:/decks"
docker commit "$LAB_STACK" "$LAB_STACK"
docker rm "$LAB_STACK"
for number in $(seq 2 $((LAB_HEIGHT - 1))); do layer "$LAB_STACK" "stack/deck-$number.txt"; done
mapfile -t rest < <(seq -f 'stack/deck-%g.txt' "$LAB_HEIGHT" 6)
layer "$LAB_STACK" "${rest[@]}"

mkdir stores
mv ferry/install.sh ferry/stores.txt stores/
printf 'FROM busybox\nWORKDIR /ferry\nCOPY . .\nRUN sh install.sh\n' |
  docker build --quiet --tag "$LAB_FERRY:stores" --file - stores
printf 'FROM %s:stores\nCOPY . .\nCMD ["sh", "app/ferry.sh"]\n' "$LAB_FERRY" >ferry/Dockerfile
docker build --quiet --tag "$LAB_FERRY:1" ferry
sed "s/$LAB_DRAFT/$LAB_RELEASE/" ferry/app/ferry.sh >ferry.sh
mv ferry.sh ferry/app/ferry.sh
docker build --quiet --tag "$LAB_FERRY:2" ferry

# Of the folders that the kernel stacks for a container, the lowest with a key has the old one.
folders=$(docker run --rm "$LAB_CRATE:1" sed -n 's|^overlay / .*lowerdir=\([^,]*\),.*|\1|p' /proc/mounts)
docker run --rm --volume /var/lib:/var/lib:ro busybox sh -c \
  "for folder in ${folders//:/ }; do cat \$folder/crate/lock.key; done 2>/dev/null" | tail -n 1 | sed 's/^/key = /' >>found.txt

docker run --name "$LAB_MILL" --volume "$PWD/mill:/src:ro" busybox sh -c \
  'sh /src/unload.sh | awk "END { print \$0; print NR }" > /report.txt'
docker commit --change 'CMD ["cat", "/report.txt"]' "$LAB_MILL" "$LAB_MILL"

docker run --rm --volume "$PWD/beacon:/yard:ro" --workdir /yard debian sh build.sh beacon.src signing.key >beacon.sh
chmod 755 beacon.sh
docker create --name "$LAB_BEACON" busybox true
docker cp beacon.sh "$LAB_BEACON:/usr/bin/beacon"
docker commit --change 'CMD beacon' "$LAB_BEACON" "$LAB_BEACON"

{
  docker exec "$LAB_DIVER" cat /proc/1/mountinfo | sed -n 's/.* - overlay .*upperdir=\([^,]*\),.*/upper = \1/p'
  docker diff "$LAB_DIVER" | sed -n 's/^\(D .log.*\)/removed: \1/p'
  echo "whiteouts = $((LAB_GONE + 2))"
} >>found.txt

docker create --name "$LAB_LIFT" --tty "$LAB_HOLD:1" sh
docker start "$LAB_LIFT"
docker cp "$LAB_LIFT:/hold/ballast.bin" .
echo "$LAB_MARK" >>ballast.bin
docker cp ballast.bin "$LAB_LIFT:/hold/"
rm ballast.bin
echo "copied = $((LAB_BALLAST * 2)) MiB" >>found.txt
mv found.txt answers.txt
