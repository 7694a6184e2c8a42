# shellcheck shell=bash
# The value that inspect shows, which is the last one.
value=$(docker image inspect --format '{{ join .Config.Env "\n" }}' "$LAB_CARGO:new" | grep '^ACCESS_CODE=')
echo "code = $value" >answers.txt
