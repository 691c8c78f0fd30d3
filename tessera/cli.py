"""The command line `tessera`: every word is registered here, each lives in its own file."""

import typer

from tessera.commands import (
    cycles,
    exploring,
    images,
    jobs,
    members,
    models,
    oversight,
    projects,
    reviews,
    users,
    webhooks,
)
from tessera.commands.demo import demo
from tessera.commands.doctor import doctor
from tessera.commands.exports import export
from tessera.commands.files import backup, gc, restore
from tessera.commands.imports import import_folder
from tessera.commands.methods import methods
from tessera.commands.oracle import oracle
from tessera.commands.predict import predict
from tessera.commands.studies import AS_GIVEN, simulate, study
from tessera.commands.up import up
from tessera.commands.verify import verify

app = typer.Typer(
    help="Active-learning annotation for semantic segmentation: people label regions, not images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.command()(up)
app.command()(demo)
app.command()(doctor)
app.command("import")(import_folder)
app.command()(export)
app.command()(predict)
app.command("export-model")(models.export_model)
app.command()(oracle)
app.command()(methods)
app.command(context_settings=AS_GIVEN, add_help_option=False)(simulate)
app.command(context_settings=AS_GIVEN, add_help_option=False)(study)
app.command()(verify)
app.command()(backup)
app.command()(restore)
app.command()(gc)
app.command()(oversight.status)
for word in (
    oversight.overview,
    oversight.forecast,
    oversight.comparisons,
    oversight.controls,
    oversight.control_runs,
    oversight.audit,
    oversight.labels,
    oversight.events,
):
    projects.app.command()(word)
app.add_typer(projects.app, name="projects")
app.add_typer(members.app, name="members")
for about in (
    exploring.rows,
    exploring.regions,
    exploring.labels,
    exploring.cycle_prediction,
    exploring.cells,
    exploring.mistakes,
    exploring.region_confusion,
    exploring.region_mistakes,
):
    images.app.command()(about)
app.add_typer(images.app, name="images")
app.add_typer(cycles.app, name="cycles")
app.add_typer(models.app, name="models")
app.add_typer(reviews.app, name="reviews")
app.add_typer(jobs.app, name="jobs")
app.add_typer(jobs.uploads, name="uploads")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(users.app, name="users")
