# shellcheck shell=bash
# import takes any tar, and makes one bare layer of it.
docker rmi "$LAB_PARCEL:1"
docker import delivery.tar "$LAB_PARCEL:1"
