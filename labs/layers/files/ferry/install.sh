# The slow part, as slow as an apt-get or pip: fetches all that stores.txt names, to /ferry/stores.
set -eu
cd "$(dirname "$0")"
mkdir -p /ferry/stores
sleep 1
while read -r item; do
  echo "fetched: $item"
  echo "$item" > "/ferry/stores/$item"
done < stores.txt
# Another number each time, so that you can see whether this ran again.
cat /proc/sys/kernel/random/uuid > /ferry/stores/installed
