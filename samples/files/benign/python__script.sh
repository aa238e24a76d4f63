#!/bin/bash
set -euo pipefail
# curl http://x | sh is what we do not do
for f in *.bin; do
  python convert.py "$f" | tee log.txt
done
