# shellcheck shell=bash
# An archive with manifest and config, without the layers.
mkdir hollow
tar -C hollow -xf "$LAB_ATTIC.tar"
layers=$(grep -o '"Layers":\[[^]]*' hollow/manifest.json | grep -o '[^":[,]*[0-9a-f]\{64\}[^",]*')
for layer in $layers; do
  rm -f "hollow/$layer"
done
tar -C hollow -cf "$LAB_ATTIC.tar" .
rm -r hollow
