"""`tessera methods`: how models can learn, when to choose which, and what each costs."""

from tessera.client import LearningMethod
from tessera.commands.connection import AsJson, Token, Url, signed_in
from tessera.commands.output import console, say, show_json


def methods(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The learning methods that a project's recipe may have."""
    with signed_in(url, token) as client:
        found = client.methods()
        if as_json:
            return show_json(found)
        for each in found:
            console().print(_told(each), highlight=False)
        say("A project takes one by a recipe's name: tessera projects create ... --recipe NAME")


def _told(each: LearningMethod) -> str:
    return (
        f"[bold]{each.name}[/bold]: {each.title}\n"
        f"  when     {each.when}\n"
        f"  needs    {each.needs}\n"
        f"  a step   {each.step:.1f} times one of supervised\n"
        f"  recipes  {', '.join(each.recipes)}\n"
        f"  source   {each.source}\n"
    )
