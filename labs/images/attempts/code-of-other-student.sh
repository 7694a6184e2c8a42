# shellcheck shell=bash
# The code from a fellow student's image.
echo "code = $OTHER_SECRET" >answers.txt
