#!/bin/sh
# As in the image on Docker Hub: prepares the configuration before nginx itself starts.
set -e
if [ "$1" = nginx ]; then
  for file in /docker-entrypoint.d/*; do
    case $file in
      *.envsh) [ -x "$file" ] && . "$file" ;;
      *.sh) [ -x "$file" ] && "$file" ;;
    esac
  done
fi
exec "$@"
