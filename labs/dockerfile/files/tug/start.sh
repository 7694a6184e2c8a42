#!/bin/sh
# Says who is on duty, then starts the tug.
echo "The tug reports for duty on $(date +%A)"
python tug.py
