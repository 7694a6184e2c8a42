#!/usr/bin/env bash
# Two whole files that are alike, for now.
set -eu
sed -e "s/$LAB_GATE/$LAB_SIDE/" -e "s/Harbour $LAB_TITLE/Draft $LAB_DRAFT/" -e "s/$LAB_PROJECT/$LAB_DEV/" \
  compose.yaml > development.yaml
echo '# a copy of compose.yaml' >> development.yaml
docker compose -f development.yaml up -d --force-recreate
