#!/usr/bin/env bash
# The code of another student on the page.
set -eu

sed -i "s|$LAB_PAGE|$OTHER_PAGE|" site/index.html
