"""What the linter can find: each code with its level and its sentence in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from relance.journeys.steps import Node
from relance.journeys.steps.step import Location

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing found: an error refuses publication, a warning does not."""

    level: Level
    code: str
    step: str  # the step's id, else its position; empty for the journey as a whole
    english: str
    french: str
    location: Location  # where it is written
    details: Mapping[str, str] = field(default_factory=dict, compare=False)  # the words filled in

    @property
    def sentence(self) -> str:
        """The sentence in English, the language of errors and of the command line."""
        return self.english


@dataclass(frozen=True)
class Kind:
    """A kind of finding; words in braces are filled in."""

    level: Level
    english: str
    french: str


KINDS: Mapping[str, Kind] = {
    "dead_end": Kind(
        "error",
        "After the last message nobody has time to stay: put a wait between it and the sunset or exit.",
        "Après le dernier message, personne n’a le temps de rester : mettez une attente entre lui et la mise en sommeil ou la sortie.",
    ),
    "no_sunset": Kind(
        "error",
        "A way through this reactivation ends without sunset or exit. End each with `sunset: {{}}` or `exit: {{}}`.",
        "Un chemin de cette réactivation finit sans mise en sommeil ni sortie. Terminez chacun par `sunset: {{}}` ou `exit: {{}}`.",
    ),
    "never_reached": Kind(
        "error",
        "Nobody reaches this step: everyone leaves before it. Remove it, or what ends the journey above it.",
        "Personne n’atteint cette étape : tout le monde sort avant. Retirez-la, ou retirez ce qui termine le parcours au-dessus.",
    ),
    "wait_before_nothing": Kind(
        "error",
        "This wait leads to nothing. Remove it, or add the step people wait for.",
        "Cette attente ne mène à rien. Retirez-la, ou ajoutez l’étape attendue.",
    ),
    "wait_too_long": Kind(
        "error",
        "With this wait the journey lasts longer than the {years} years the law lets a silent person be kept. Shorten it.",
        "Avec cette attente, le parcours dépasse les {years} ans de conservation d’une personne silencieuse. Raccourcissez-la.",
    ),
    "duplicate_step": Kind(
        "error",
        "Another step is called `{name}` already. Give each its own id.",
        "Une autre étape s’appelle déjà `{name}`. Donnez à chacune son identifiant.",
    ),
    "unknown_step": Kind(
        "error",
        "The condition names the step `{name}`, which this journey does not have. Its messages are: {known}.",
        "La condition nomme l’étape `{name}`, absente de ce parcours. Ses messages sont : {known}.",
    ),
    "step_not_before": Kind(
        "error",
        "The condition asks about `{name}`, which is never sent before this branch. Name a message above it.",
        "La condition porte sur `{name}`, jamais envoyé avant cet embranchement. Nommez un message placé au-dessus.",
    ),
    "looks_too_far_back": Kind(
        "error",
        "A branch sees the last {days} days of events only. Add `within:` of at most that, or put the condition into the entry segment.",
        "Un embranchement ne voit que les {days} derniers jours. Ajoutez un `within:` d’autant au plus, ou mettez la condition dans le "
        "segment d’entrée.",
    ),
    "false_urgency": Kind(
        "error",
        "The offer `{name}` presses people without a real end date or stock. Give `ends_on`, `lasts` or `stock`, or drop `urgency`.",
        "L’offre `{name}` presse les gens sans date de fin ni stock réels. Indiquez `ends_on`, `lasts` ou `stock`, ou retirez `urgency`.",
    ),
    "offer_over": Kind(
        "error",
        "The offer `{name}` ends on {ends}, before this message can be sent. Change the date or the waits.",
        "L’offre `{name}` finit le {ends}, avant l’envoi possible de ce message. Changez la date ou les attentes.",
    ),
    "topic_reserved": Kind(
        "error",
        "The topic `{name}` is no topic of messages: it stands for another consent. Choose another, or leave it out.",
        "Le sujet `{name}` n’est pas un sujet de messages : il désigne un autre consentement. Choisissez-en un autre, ou retirez-le.",
    ),
    "topic_needless": Kind(
        "warning",
        "The topic `{name}` changes nothing: messages of this purpose need no consent. Leave it out.",
        "Le sujet `{name}` ne change rien : les messages de cette finalité n’ont pas besoin de consentement. Retirez-le.",
    ),
    "topic_unknown": Kind(
        "warning",
        "Nobody in this installation has said yes or no to the topic `{name}`; consent to everything covers it. See that it is spelled as "
        "in your consents.",
        "Personne ici n’a dit oui ou non au sujet `{name}` ; le consentement à tout le couvre. Vérifiez qu’il s’écrit comme dans vos "
        "consentements.",
    ),
    "unknown_segment": Kind(
        "error",
        "No segment is called `{name}`. Apply its definition first, or correct the name.",
        "Aucun segment ne s’appelle `{name}`. Appliquez d’abord sa définition, ou corrigez le nom.",
    ),
    "unknown_sender": Kind(
        "error",
        "No sender is called `{name}`. Apply its definition first, or name one of those there are: {known}.",
        "Aucun expéditeur ne s’appelle `{name}`. Appliquez d’abord sa définition, ou nommez l’un de ceux qui existent : {known}.",
    ),
    "unknown_template": Kind(
        "error",
        "No published template is called `{name}`. Publish it first, or correct the name.",
        "Aucun modèle publié ne s’appelle `{name}`. Publiez-le d’abord, ou corrigez le nom.",
    ),
    "unknown_subject": Kind(
        "error",
        "The template `{template}` has no subject `{name}` in each language. It has: {known}.",
        "Le modèle `{template}` n’a pas d’objet `{name}` dans chaque langue. Il a : {known}.",
    ),
    "offer_missing": Kind(
        "error",
        "The template `{template}` speaks of {missing}, which this step does not give. Write them under `offer:`.",
        "Le modèle `{template}` parle de {missing}, que cette étape ne donne pas. Écrivez-les sous `offer:`.",
    ),
    "unknown_event": Kind(
        "error",
        "No event type is called `{name}`. Declare it first, or correct the name.",
        "Aucun type d’évènement ne s’appelle `{name}`. Déclarez-le d’abord, ou corrigez le nom.",
    ),
    "no_consent": Kind(
        "error",
        "Nobody in this installation consented to {channel}. Import the consents first; nothing could be sent.",
        "Personne ici n’a consenti au canal {channel}. Importez d’abord les consentements ; rien ne pourrait partir.",
    ),
    "no_consent_there": Kind(
        "warning",
        "Nobody in this installation consented to {channel}: this message leaves by its other channels only. Import the consents, or take "
        "the channel out.",
        "Personne ici n’a consenti au canal {channel} : ce message ne part que par ses autres canaux. Importez les consentements, ou "
        "retirez ce canal.",
    ),
    "channel_not_built": Kind(
        "warning",
        "Relance does not send by {channel} yet: for now this message leaves by {others}. Once it is available, publish again to use it.",
        "Relance n’envoie pas encore par {channel} : pour l’instant, ce message part par {others}. Quand ce sera "
        "possible, publiez de nouveau pour l’utiliser.",
    ),
    "offer_early": Kind(
        "warning",
        "An offer before any sign of interest teaches people to wait for it. Put it behind a branch such as `when: {{clicked: […]}}`.",
        "Une offre avant tout signe d’intérêt apprend à l’attendre. Placez-la derrière un embranchement comme `when: {{clicked: […]}}`.",
    ),
    "sends_together": Kind(
        "warning",
        "This message can follow another one without any wait. Put a wait between them.",
        "Ce message peut en suivre un autre sans attente. Mettez une attente entre les deux.",
    ),
    "longer_than_hot": Kind(
        "warning",
        "The journey lasts up to {length} days, but events stay at hand for {days} (setting hot_days): an early one may be "
        "missed near the end.",
        "Le parcours dure jusqu’à {length} jours, mais les évènements restent sous la main {days} jours (réglage hot_days) : les plus "
        "anciens peuvent manquer vers la fin.",
    ),
    "again_too_soon": Kind(
        "warning",
        "People may enter again after {again}, before their first passage is measured ({days} days). Lengthen `again_after`.",
        "On peut rentrer après {again}, avant que le premier passage soit mesuré ({days} jours). Allongez `again_after`.",
    ),
    "no_holdout": Kind(
        "warning",
        "Without a holdout nobody can tell what this journey brings. Ten percent is the default.",
        "Sans groupe témoin, personne ne saura ce que ce parcours rapporte. Dix pour cent est la valeur par défaut.",
    ),
}


def found(code: str, node: Node | None = None, location: Location = (), **words: object) -> Finding:
    """Return the finding `code` at a step, or at a place of the definition."""
    kind = KINDS[code]
    place = (*(node.location if node else ()), *location)
    label = node.label if node else ""
    english, french = kind.english.format(**words), kind.french.format(**words)
    return Finding(kind.level, code, label, english, french, place, {name: str(word) for name, word in words.items()})
