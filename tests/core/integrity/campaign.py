"""A project with everything that a check, a backup or a collection has to know of."""

from core.db import transaction
from core.models import Model, Project, Region, User
from core.plans import Plan
from tests import factories


class Campaign:
    """A cold cycle, labelled; then a cycle with a model, of which part is labelled."""

    def __init__(self, project: Project, by: User) -> None:
        self.project = project
        self.cold = factories.labelling(project, by, number=3)
        for value, held in enumerate(factories.lease(project, by, number=3)):
            self.label = factories.submit(held, value)
        factories.image(project, split="val", mask=factories.whole_mask(value=1))
        on = factories.image(project)
        self.warm = factories.cycle(project, by, Plan(regions=3, seed=1))
        factories.train(self.warm)
        factories.evaluate(self.warm)
        factories.score(self.warm)
        factories.select(self.warm, factories.suggested(self.warm, on, 3))
        [self.held] = factories.lease(project, by)
        factories.submit(self.held)
        factories.lease(project, by, session="another")

    @property
    def region(self) -> Region:
        return self.held.region

    def model(self) -> Model:
        with transaction() as db:
            return db.query(Model).filter_by(cycle_id=self.warm.id).one()
