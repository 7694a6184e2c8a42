#!/usr/bin/env bash
sed -i "s/$LAB_SEAL/$OTHER_SEAL/" cargo.txt
