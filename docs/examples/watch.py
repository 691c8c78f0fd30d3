"""What happens in a project, as it happens, until a cycle closes.

TESSERA_URL=... TESSERA_TOKEN=... python watch.py PROJECT_ID [LAST_EVENT_ID]
"""

import sys

from tessera import Client

project_id, *after = map(int, sys.argv[1:])

with Client.from_env() as client:
    for event in client.follow(project_id, after=after[0] if after else None):
        print(event.id, event.data.get("kind", event.name))
        if event.data.get("kind") == "cycle.closed":
            break
