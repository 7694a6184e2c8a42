docker create --name "$LAB_BOX" busybox sleep 1000
docker start "$LAB_BOX"
