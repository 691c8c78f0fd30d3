"""mIoU against labelled pixels, clicks and hours, as CSV.

TESSERA_URL=... TESSERA_TOKEN=... python what_labels_bought.py PROJECT_ID > curve.csv
"""

import csv
import sys

from tessera import Client

project_id = int(sys.argv[1])

with Client.from_env() as client:
    writer = csv.writer(sys.stdout)
    writer.writerow(["cycle", "labelled_share", "regions", "clicks", "active_h", "val_miou"])
    for cycle in client.project_metrics(project_id).cycles:
        cost = cycle.cost
        row = [cycle.number, cycle.labelled_share, cost.regions, cost.clicks, cost.active_s / 3600]
        writer.writerow([*row, cycle.val_miou])
