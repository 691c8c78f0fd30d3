"""People of a project, each with a token of their own that reaches as far as they need.

TESSERA_URL=... TESSERA_TOKEN=... python invite_a_team.py PROJECT_ID NAME...
"""

import sys

from tessera import Client
from tessera.client import Conflict

project_id, names = int(sys.argv[1]), sys.argv[2:]

with Client.from_env() as client:
    for name in names:
        try:
            user = client.create_user(name)
        except Conflict as error:
            print(f"{name}: {error.detail}")
            continue
        client.put_member(project_id, user.id, "annotator")
        made = client.create_token(user.id, name="labelling", scope="annotate", expires_in_days=30)
        print(f"{name} signs in at {client.url} with {made.token}")  # shown this once
