docker run -d --name "$LAB_BOX" busybox sleep 1000
