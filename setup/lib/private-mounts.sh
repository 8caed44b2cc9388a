#!/bin/sh
# Runs a command with a /run of its own. In it the Docker daemon finds no containerd, socket or
# network namespace of the host, whatever it mounts below vanishes with its last process, and its
# own socket is at the usual place for services that mount it (Traefik, backup-bot-two).
#   private-mounts.sh <staging folder> <socket folder> <resolv.conf> command...
# To be called inside `unshare --mount`.
set -eu
stage=$1 sockets=$2 resolv=$3
shift 3
target=$(realpath -m /etc/resolv.conf)
mkdir -p "$stage"
mount -n -t tmpfs -o mode=755 cc-ci-run "$stage"
case $sockets in
  /run/*)
    mkdir -p "$stage${sockets#/run}"
    mount -n --bind "$sockets" "$stage${sockets#/run}"
    ;;
esac
mkdir -p "$stage/mount" # where mount(8) keeps its own notes
mount -n --move "$stage" /run
mkdir -p /run/lock "$(dirname "$target")"
[ -e "$target" ] || : >"$target"
mount -n --bind "$resolv" "$target"
exec "$@"
