"""A project from a folder that the server may import, and its first cycle.

TESSERA_URL=... TESSERA_TOKEN=... python start_a_project.py NAME FOLDER
"""

import sys
from pathlib import Path

from tessera import Client
from tessera.dataset import read_classes

name, folder = sys.argv[1:]

with Client.from_env() as client:
    project = client.create_project(
        name, cell_px=16, classes=read_classes(Path(folder)), recipe="s4al-cpu"
    )
    dry = client.import_folder(project.id, folder, dry_run=True)
    print("would import", client.wait_for_job(dry.id).result["images"])
    job = client.import_folder(project.id, folder, pool_masks=False)
    client.wait_for_job(job.id, on_progress=lambda now: print("import", now.state))
    cycle = client.start_cycle(project.id, regions=4)
    cycle = client.wait_for_cycle(cycle.id)
    print(f"cycle {cycle.number} is {cycle.state}: {cycle.regions.total} regions wait for people")
