# Runs the specs of one stage as an unprivileged user. To be started in namespaces of its own, as
#   unshare --mount --pid --fork --kill-child --mount-proc sh spec-sandbox.sh …
# where this shell is process 1: when it ends, by itself or by a kill, the kernel ends everything the specs have started.
#
# Arguments: an empty mount point, the checkout of cc-ci, the Node binary, the folder with context.json and ca.pem, the
# folder for results, the folder in which the run's runners leave compiled code for each other, the folder in which a file
# appears when it is the specs' turn, user id, group id; then the arguments of Playwright.
set -eu
trap 'status=$?; if [ "$status" -ne 0 ] && [ -z "${started-}" ]; then exit 97; fi' EXIT
root=$1 checkout=$2 node=$3 input=$4 output=$5 cache=$6 turns=$7 uid=$8 gid=$9
shift 9

# The checkout may lie where the user may not go. What specs need appears read-only below a neutral path; the checkout's
# other folders, keys and data among them, do not appear at all.
umask 022
mount -t tmpfs -o mode=0755,size=1g,nosuid,nodev cc-ci "$root"
for folder in node_modules recipes domain; do
  mkdir "$root/$folder"
  mount -o bind,ro "$checkout/$folder" "$root/$folder"
done
for file in package.json tsconfig.json; do
  cp "$checkout/$file" "$root/$file"
done
touch "$root/node"
mount -o bind,ro "$node" "$root/node"
cp "$input/context.json" "$root/context.json"
mkdir "$root/out"
mount -o bind "$output" "$root/out"
mkdir "$root/cache"
mount -o bind "$cache" "$root/cache"
mkdir "$root/turns"
chmod 0755 "$turns"
mount -o bind,ro "$turns" "$root/turns"
mkdir -m 0700 "$root/home"
# Chromium trusts what its user's NSS database trusts. Unlike a flag that ignores errors of one key, this leaves the
# checks of name, dates and chain in force.
if [ -e "$input/ca.pem" ]; then
  mkdir -p "$root/home/.pki/nssdb"
  certutil -d "sql:$root/home/.pki/nssdb" -N --empty-password
  certutil -d "sql:$root/home/.pki/nssdb" -A -n cc-ci -t C,, -i "$input/ca.pem"
fi
chown -R "$uid:$gid" "$root/home" "$root/out" "$root/cache"
# Last, because the paths above may lie below it. Files of other users' runs are nobody's business, and those of this run end with it.
mount -t tmpfs -o mode=1777,size=1g,nosuid,nodev cc-ci /tmp

# With user namespaces Chromium makes its sandbox without help, and nothing here may gain privileges any more. Without
# them it needs its setuid helper, which that would break.
strict='--no-new-privs --inh-caps=-all --bounding-set=-all'
if ! setpriv --reuid="$uid" --regid="$gid" --clear-groups $strict unshare --user true 2>/dev/null; then
  strict='--inh-caps=-all'
fi
# Colours inside a message would split a secret in two that no redaction recognises.
started=yes
cd "$root"
setpriv --reuid="$uid" --regid="$gid" --clear-groups $strict \
  env -i PATH=/usr/bin:/bin LANG=C.UTF-8 NO_COLOR=1 FORCE_COLOR=0 HOME="$root/home" TMPDIR=/tmp \
  NODE_COMPILE_CACHE="$root/cache/node" PWTEST_CACHE_DIR="$root/cache/playwright" \
  "$root/node" "$root/node_modules/@playwright/test/cli.js" "$@"
