#!/usr/bin/env bash
# A text file that is called backup.tar.
set -eu

rm -f backup.tar
echo "$LAB_STOCK $LAB_SEAL" > backup.tar
