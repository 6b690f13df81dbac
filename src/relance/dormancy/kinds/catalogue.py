"""The kinds of quiet people, positions in the funnel and reasons of a silence, as data: each is a shipped segment.

Name, description and condition stand in the segment's YAML, and only there; here stand the order in which they are tried,
the journeys that fit, and what not to do. A person may be of several kinds; the first that holds is the leading one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from relance.core.definitions import Document, read
from relance.core.errors import NotFoundError
from relance.dormancy.sentences import typeset
from relance.dormancy.vocabulary import PEOPLE
from relance.rules import Compare, Condition, parse
from relance.rules.grammar import leaves

FOLDER = Path(__file__).parents[2] / "recipes" / "segments"
WORDS = ("segment", "title", "description")
Words = Mapping[str, str]  # by language: en, fr

# Fields that come from a scoring of behaviour: whoever objected to profiling is in nothing that reads one.
SCORES = frozenset({"state", "state_since", "points", "value_band", "false_inactive", "overdue_ratio", "mean_interval"})


@dataclass(frozen=True)
class Kind:
    """A group of people: its code, its segment's file, the journeys that fit it (the first is recommended), what not to do."""

    code: str
    path: str  # below the folder of the shipped segments, without its ending
    recipes: tuple[str, ...] = ()
    avoid_en: str = ""
    avoid_fr: str = ""

    @cached_property
    def document(self) -> Document:
        """Its segment, as shipped."""
        return read(FOLDER / f"{self.path}.yaml")

    @property
    def segment(self) -> str:
        """The segment's name."""
        return str(self.document.data["segment"])

    @property
    def title(self) -> Words:
        """What people call it."""
        return dict(self.document.data["title"])

    @property
    def description(self) -> Words:
        """Who is in it."""
        return dict(self.document.data["description"])

    @property
    def avoid(self) -> Words:
        """What not to do."""
        return {"en": self.avoid_en, "fr": typeset(self.avoid_fr)}

    @cached_property
    def condition(self) -> Condition:
        """Its condition, parsed."""
        data = {key: value for key, value in self.document.data.items() if key not in WORDS}
        return parse(data, self.segment, vocabulary=PEOPLE)

    @property
    def rests_on_score(self) -> bool:
        """Whether its condition reads a score."""
        return any(isinstance(leaf, Compare) and leaf.field in SCORES for leaf in leaves(self.condition))

    def told(self) -> dict[str, Any]:
        """Return it as plain data."""
        words = {"title": self.title, "description": self.description, "avoid": self.avoid}
        return {"code": self.code, "segment": self.segment, **words, "recipes": list(self.recipes)}


KINDS = (
    Kind("unreachable", "unreachable", (),
         "Do not buy or guess addresses; ask for a new one in the store or with the next order.",
         "N’achetez ni ne devinez d’adresses ; demandez-en une en magasin ou à la prochaine commande."),
    Kind("out_of_target", "out-of-target", (),
         "Do not relaunch: no offer brings back who cannot use it. Correct the rule where it is wrong.",
         "Ne relancez pas : aucune offre ne ramène qui n’en a plus l’usage. Corrigez la règle si elle se trompe."),
    Kind("put_to_sleep", "put-to-sleep", (),
         "Do not relaunch again: they had their last call. Only a sign of theirs starts anew.",
         "Ne relancez plus : ils ont eu leur dernier message. Seul un signe de leur part relance l’échange."),
    Kind("false_inactives", "false-inactives", ("store-buyers", "ask-once-more"),
         "Do not put them to sleep, do not say that you miss them: they came to the store.",
         "Ne les mettez pas en sommeil, ne dites pas qu’ils vous manquent : ils sont venus en magasin."),
    Kind("formerly_valuable", "ex-vip", ("vip-welcome-back",),
         "Do not open with a discount: they used to pay the full price. Ask first.",
         "Ne commencez pas par une remise : ils payaient le prix fort. Interrogez-les d’abord."),
    Kind("users", "users", ("users",),
         "Do not treat them as absent: they were here this month or the one before.",
         "Ne les traitez pas en absents : ils étaient là récemment."),
    Kind("ex_buyers", "dormant-buyers", ("reactivation-ecommerce", "reactivation-b2b", "reactivation-subscription"),
         "Do not mail them all at once: begin with the shortest silences.",
         "N’écrivez pas à tous d’un coup : commencez par les silences les plus récents."),
    Kind("never_reacted", "never-reacted", ("newsletter-ghosts",),
         "Do not raise the pace: mail that nobody answers weighs on the sender’s name.",
         "N’augmentez pas la pression : des messages sans réponse pèsent sur la réputation d’expéditeur."),
    Kind("formerly_reactive", "formerly-reactive", ("newsletter-ghosts",),
         "Do not send more of what they stopped reading; ask what they want.",
         "N’envoyez pas davantage de ce qu’ils ne lisent plus ; demandez-leur ce qu’ils attendent."),
    Kind("newsletter_ghosts", "newsletter-ghosts", ("newsletter-ghosts",),
         "Do not keep them to make the list look long.",
         "Ne les gardez pas pour gonfler la liste."),
    Kind("never_bought", "never-bought", ("never-bought",),
         "Do not speak of a return: they have not bought yet.",
         "Ne parlez pas de retour : ils n’ont encore rien acheté."),
)  # fmt: skip

# The farthest first: the first that holds is where the person stands.
FUNNEL = (
    Kind("repeat", "funnel/repeat-buyers"),
    Kind("bought_once", "funnel/bought-once"),
    Kind("cart", "funnel/cart-left"),
    Kind("visited", "funnel/visited"),
    Kind("never_visited", "funnel/never-visited"),
)

# What the person said first, then what happened, from the gravest; the first that holds is told.
REASONS = (
    Kind("survey", "reasons/reason-survey"),
    Kind("complaint", "reasons/reason-complaint"),
    Kind("delivery", "reasons/reason-delivery"),
    Kind("after_sales", "reasons/reason-after-sales"),
    Kind("forgot", "reasons/reason-forgot"),
)


def kind(code: str) -> Kind:
    """Return a kind by its code; raise NotFoundError with the codes there are."""
    found = next((one for one in KINDS if one.code == code), None)
    if found is None:
        raise NotFoundError(f"No kind of people is called {code}. There are: {', '.join(one.code for one in KINDS)}.")
    return found
