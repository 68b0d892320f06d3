#!/bin/sh
# Render the quickstart job on a machine that may have nothing of OpenGL. Usage: demo.sh OUT
set -eu
out=$1

if ! synthvision doctor --quiet; then
    # Mesa's software driver needs two packages; they bring EGL without libGL, which is enough.
    packages="libegl1 libgl1-mesa-dri"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "No working OpenGL; installing $packages" >&2
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    else
        echo "No working OpenGL. Type this, then 'make demo' again:" >&2
        echo "    sudo apt-get install -y --no-install-recommends $packages" >&2
        exit 2
    fi
    synthvision doctor
fi

rm -rf "$out"
synthvision render quickstart --out "$out" --workers "$(nproc)"
synthvision validate "$out"
echo
echo "data set:       $out"
echo "labels (COCO):  $out/annotations/instances.json"
echo "contact sheet:  $out/preview.png"
