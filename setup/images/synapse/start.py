#!/usr/local/synapse/bin/python
"""As in the image on Docker Hub: gives /data to the user of Synapse and becomes Synapse in its name.

Variables: SYNAPSE_CONFIG_PATH (/data/homeserver.yaml), UID and GID (991). Arguments go to Synapse. What
that image can do besides, as to write a configuration, this one does not.
"""

import os
import sys

config = os.environ.get("SYNAPSE_CONFIG_PATH", "/data/homeserver.yaml")
if not os.path.exists(config):
    sys.exit(f"there is no configuration at {config} (SYNAPSE_CONFIG_PATH)")

if os.getuid() == 0:
    user = int(os.environ.get("UID", "991"))
    group = int(os.environ.get("GID", "991"))
    for folder, _, files in os.walk("/data"):
        for path in [folder, *(os.path.join(folder, name) for name in files)]:
            status = os.lstat(path)
            if (status.st_uid, status.st_gid) != (user, group):
                os.chown(path, user, group, follow_symlinks=False)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)

module = ["python", "-m", "synapse.app.homeserver", "--config-path", config]
os.execv(sys.executable, [*module, *sys.argv[1:]])
