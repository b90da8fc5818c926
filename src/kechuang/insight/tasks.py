"""Background work of this room; what is done stands in actions.py and working.py. One at a time."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kechuang.insight import actions, working
from kechuang.insight.models import Population


@app.task(queue="simulations", lock="populations")
def make_population(population_id: str) -> None:
    """Make one population ready."""
    population = Population.objects.filter(pk=population_id).first()
    if population is not None:
        working.make(population)


@app.task(queue="simulations", lock="simulations")
def answer_simulation(simulation_id: str) -> None:
    """Answer one question."""
    working.answer(simulation_id)


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="delete_old_populations")
def delete_old_populations(timestamp: int) -> None:  # noqa: ARG001 - the schedule passes its time
    """Every hour: delete what nobody needs any more."""
    actions.delete_old()
