docker rm -f "$LAB_BOX"
docker run -d --name "$LAB_BOX" busybox true
docker wait "$LAB_BOX"
