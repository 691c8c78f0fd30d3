"""A large project for the pages: a million cells of 5,209 images, ten cycles of which the newest is
open, 100,000 labels by twenty people, 100,000 events; every warm cycle scored, measured on 200
images, a tenth of its regions drawn at random; 20,000 reviews of which 400 wait.
"""

import json

import numpy as np
from safetensors.numpy import save
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.db import engine, transaction
from core.models import Project, User
from core.store import Store, open_store
from ml.facts import KEPT, Facts, pack

# 480 x 360 with cells of 30 pixels: 192 cells each.
IMAGES, CYCLES, LABELS, PEOPLE = 5_209, 10, 100_000, 20
VAL, CLASSES = 200, 11
SUMMARY = (
    "jsonb_build_object('images', 0, 'regions', n * :each, 'pool_px', :pool_px, 'labelled_px', "
    "n * :each * 900, 'teaches', n > 0, 'labelled_share', n * :each * 900.0 / :pool_px, 'cost', "
    "jsonb_build_object('active_s', n * :each * 9, 'actions', n * :each * 5, 'clicks', "
    "n * :each * 7, 'regions', n * :each, 'pixels', n * :each * 900))"
)
STATEMENTS = (
    "INSERT INTO images (project_id, name, split, width, height, sha256, key, mask_clicks) "
    "SELECT :p, 'i' || n, 'pool', 480, 360, 's' || n, 'sha256/00', 0 "
    "FROM generate_series(1, :images) n",
    "INSERT INTO cycles (project_id, number, state, budget_regions, strategy, recipe, seed, auto, "
    "evaluate_test, manifest_digest, manifest_summary, started_by, created_at, opened_at) "
    "SELECT :p, n, "
    "CASE WHEN n < :cycles - 1 THEN 'closed' ELSE 'labelling' END, :each, "
    '\'{"acquisition": "entropy", "random_share": 0.1}\', \'{"name": "s4al"}\', n, false, true, '
    f"'00', {SUMMARY}, :owner, now() - (:cycles - n) * interval '1 day', "
    "now() - (:cycles - n) * interval '1 day' "
    "FROM generate_series(0, :cycles - 1) n",
    "INSERT INTO users (name, is_admin) SELECT 'u' || n, false FROM generate_series(1, :people) n",
    "INSERT INTO members (project_id, user_id, role) SELECT :p, id, 'annotator' FROM users "
    "WHERE name LIKE 'u%'",
    'INSERT INTO regions (project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, '
    "height, priority, rank, source, state, epoch, lease_id) "
    "SELECT :p, c.id, i.id, c.number, n / :images, n / :images * 30, c.number * 30, 30, 30, 0, n, "
    "CASE WHEN c.number = 0 OR n % 10 = 0 THEN 'random' ELSE 'score' END, 'labelled', 1, "
    "gen_random_uuid() FROM cycles c, "
    "generate_series(0, :each + CASE WHEN c.number = :cycles - 1 THEN :each ELSE 0 END - 1) n "
    "JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM images WHERE project_id = :p) "
    "i ON i.k = n % :images WHERE c.project_id = :p",
    "INSERT INTO leases (id, project_id, region_id, user_id, session, epoch, granted_at, "
    "expires_at, ended_at, outcome) SELECT lease_id, :p, r.id, (SELECT min(id) FROM users WHERE "
    "name LIKE 'u%') + r.id % :people, 's', 1, now(), now(), now(), 'submitted' FROM regions r "
    "WHERE r.project_id = :p",
    "INSERT INTO labels (project_id, region_id, user_id, lease_id, revision, status, mask_key, "
    "labelled_px, void_px, not_asked_px, estimated_clicks, active_ms, actions, confused, "
    "created_at) "
    "SELECT :p, r.id, l.user_id, l.id, 1, 'accepted', 'sha256/00', 900, 0, 0, 7, 9000, "
    "'{\"clicks\": 5}', CASE WHEN c.number > 0 THEN jsonb_build_array("
    "jsonb_build_array(r.id % 11, r.id % 11, 700), "
    "jsonb_build_array(r.id % 11, r.id % 7, 200)) END, c.opened_at + r.rank * interval '1 s' "
    "FROM regions r JOIN leases l ON l.id = r.lease_id JOIN cycles c ON c.id = r.cycle_id "
    "WHERE r.project_id = :p AND NOT (c.number = :cycles - 1 AND r.rank >= :each)",
    "UPDATE regions r SET label_id = l.id FROM labels l WHERE l.region_id = r.id",
    "UPDATE regions SET state = 'open', lease_id = NULL WHERE project_id = :p AND label_id IS NULL",
    "INSERT INTO events (kind, project_id, cycle_id, user_id, data) SELECT 'region.labelled', :p, "
    "r.cycle_id, l.user_id, jsonb_build_object('region', r.id) FROM regions r "
    "JOIN labels l ON l.id = r.label_id WHERE r.project_id = :p",
    "ANALYZE",
)


def fill(large: Project, owner: User) -> None:
    values = {
        "p": large.id,
        "owner": owner.id,
        "images": IMAGES,
        "cycles": CYCLES,
        "each": LABELS // CYCLES,
        "people": PEOPLE,
        "pool_px": IMAGES * 480 * 360,
    }
    with transaction() as db:
        for statement in STATEMENTS:
            _run(db, statement, values)
        files = _files(db, open_store(), large)
        for statement in MEASURED:
            _run(db, statement, values | files)
    # What the database does by itself within minutes would otherwise fall into the first page.
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _run(db: Session, statement: str, values: dict[str, object]) -> None:
    found = text(statement)
    db.execute(found, {name: values[name] for name in found.compile().params})


# Behind the stages of all cycles but the first, which had nothing to learn from.
MEASURED = (
    "INSERT INTO images (project_id, name, split, width, height, sha256, key, mask_key, "
    "mask_clicks) SELECT :p, 'v' || n, 'val', 480, 360, 'v' || n, 'sha256/00', 'sha256/00', 0 "
    "FROM generate_series(1, :val) n",
    "INSERT INTO jobs (project_id, cycle_id, kind, queue, state, request, progress, result, epoch, "
    "attempt, max_attempts, claimed_at, finished_at) SELECT :p, c.id, kind, 'train', 'succeeded', "
    "'{}', '{}', CASE kind WHEN 'score' THEN CAST(:scored AS jsonb) WHEN 'evaluate' THEN "
    "CAST(:judged AS jsonb) ELSE '{}' END, 1, 1, 3, c.created_at, c.opened_at + interval '9 min' "
    "FROM cycles c, unnest(ARRAY['train', 'evaluate', 'score', 'select']) kind "
    "WHERE c.project_id = :p AND c.number > 0",
    "INSERT INTO models (project_id, cycle_id, weights_key, weights_bytes, card_key, card, "
    "manifest_digest, seed) SELECT :p, id, 'sha256/00', 21000000, 'sha256/00', "
    "'{\"parameters\": 2000000}', '00', 0 FROM cycles WHERE project_id = :p AND number > 0",
    "INSERT INTO metrics (project_id, cycle_id, model_id, split, images, confusion, iou, miou) "
    "SELECT :p, m.cycle_id, m.id, 'val', :val, CAST(:confusion AS jsonb), CAST(:iou AS jsonb), "
    "0.3 + m.id % 10 * 0.02 FROM models m WHERE m.project_id = :p",
    "INSERT INTO reviews (project_id, cycle_id, region_id, label_id, source, state, user_id, "
    "decided_at) SELECT :p, r.cycle_id, r.id, r.label_id, 'sample', "
    "CASE WHEN r.id % 250 = 0 THEN 'pending' WHEN r.id % 50 = 5 THEN 'rejected' "
    "ELSE 'accepted' END, "
    "CASE WHEN r.id % 250 = 0 THEN NULL ELSE :owner END, "
    "CASE WHEN r.id % 250 = 0 THEN NULL ELSE now() END "
    "FROM regions r WHERE r.project_id = :p AND r.id % 5 = 0 AND r.label_id IS NOT NULL",
    "ANALYZE",
)


def _files(db: Session, store: Store, large: Project) -> dict[str, object]:
    """What score and evaluate stages leave, and the figures of their results."""
    rng = np.random.default_rng(0)
    ids = list(db.scalars(text("SELECT id FROM images WHERE project_id = :p"), {"p": large.id}))
    scores = {str(each): rng.random((12, 16), np.float32) for each in ids}
    cells = {name: _facts(rng, of) for name, of in scores.items()}
    scored = {"scores": store.put(save(scores)), "cells": store.put(pack(cells))}
    judged = {"confusions": store.put(json.dumps({}).encode()), "predictions": {}}
    confusion = rng.integers(0, 10**6, (CLASSES, CLASSES)).tolist()
    return {
        "val": VAL,
        "scored": json.dumps(scored),
        "judged": json.dumps(judged),
        "confusion": json.dumps(confusion),
        "iou": json.dumps([0.3] * CLASSES),
    }


def _facts(rng: np.random.Generator, scores: np.ndarray) -> Facts:
    shape = (KEPT, *scores.shape)
    classes = rng.integers(0, CLASSES, shape, np.uint8)
    shares = np.full(shape, 255 // KEPT, np.uint8)
    doubts = rng.random(shape, np.float32).astype(np.float16)
    return Facts(classes, shares, classes, doubts, np.full(scores.shape, 7, np.float32))
