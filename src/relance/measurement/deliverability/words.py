"""Each finding on deliverability in words, and what to do about it, in both languages."""

from __future__ import annotations

from relance.eligibility.breaker import providers
from relance.measurement.sender.findings import Finding

# code: (what was found, what to do) in English, then in French.
_WORDS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "over_hard": (
        (
            "At {provider}, {part} of {whole} mails went to mailboxes that do not exist ({low} to {high}; {limit} is the mark).",
            "Clean the list before the next send, and leave out addresses that nobody used for years.",
        ),
        (
            "Chez {provider}, {part} e-mails sur {whole} visaient des boîtes inexistantes ({low} à {high} ; repère : {limit}).",
            "Nettoyez la liste avant le prochain envoi, et laissez de côté les adresses sans signe de vie depuis des années.",
        ),
    ),
    "over_block": (
        (
            "At {provider}, {part} of {whole} mails were refused for policy or reputation ({low} to {high}; {limit} is the mark).",
            "Look at the sender outside (SPF, DKIM, DMARC, blocklists), then send less there, to those who clicked lately.",
        ),
        (
            "Chez {provider}, {part} e-mails sur {whole} ont été refusés pour politique ou réputation ({low} à {high} ; repère : {limit}).",
            "Regardez l’expéditeur vu du dehors (SPF, DKIM, DMARC, listes de blocage), puis envoyez-y moins, à qui a cliqué récemment.",
        ),
    ),
    "over_complained": (
        (
            "At {provider}, {part} of {whole} mails were marked as spam ({low} to {high}; {limit} is the mark).",
            "Write there only to people who reacted lately, and put the way out at the top of the mail.",
        ),
        (
            "Chez {provider}, {part} e-mails sur {whole} ont été signalés comme indésirables ({low} à {high} ; repère : {limit}).",
            "N’y écrivez qu’à qui a réagi récemment, et placez le désabonnement en haut de l’e-mail.",
        ),
    ),
    "over_unsubscribed": (
        (
            "At {provider}, {part} of {whole} people unsubscribed ({low} to {high}; {limit} is the mark).",
            "Write less often, or of something else; the preference page offers fewer messages and a pause.",
        ),
        (
            "Chez {provider}, {part} personnes sur {whole} se sont désabonnées ({low} à {high} ; repère : {limit}).",
            "Écrivez moins souvent, ou d’autre chose ; la page de préférences propose moins de messages et une pause.",
        ),
    ),
    "seeds_spam": (
        (
            "At {provider}, {part} of {whole} seed mails did not reach the inbox, most of them in spam.",
            "Slow down there, write to those who reacted lately, and test again before the next send.",
        ),
        (
            "Chez {provider}, {part} e-mails témoins sur {whole} n’ont pas atteint la boîte de réception, la plupart classés indésirables.",
            "Ralentissez chez ce fournisseur, écrivez à qui a réagi récemment, et refaites le test avant le prochain envoi.",
        ),
    ),
    "seeds_missing": (
        (
            "At {provider}, {part} of {whole} seed mails did not reach the inbox, most of them lost.",
            "Mails taken and not shown are a block that says nothing: look at the sender outside, and ask the provider.",
        ),
        (
            "Chez {provider}, {part} e-mails témoins sur {whole} n’ont pas atteint la boîte de réception, la plupart perdus.",
            "Des e-mails pris mais jamais montrés sont un blocage muet : regardez l’expéditeur vu du dehors, et interrogez le fournisseur.",
        ),
    ),
    "clicks_low": (
        (
            "At {provider}, {part} of {whole} mails were clicked, against {elsewhere} elsewhere: they may lie in spam.",
            "Send a test to seed mailboxes there, and bring the result here.",
        ),
        (
            "Chez {provider}, {part} e-mails sur {whole} ont eu un clic, contre {elsewhere} ailleurs : ils sont peut-être en indésirables.",
            "Envoyez un test à des boîtes témoins chez ce fournisseur, et importez le résultat ici.",
        ),
    ),
    "clicks_fallen": (
        (
            "At {provider}, {part} of the last week’s {whole} mails were clicked, against {before} in the weeks before.",
            "If what you wrote has not changed, suspect the placement: test with seed mailboxes.",
        ),
        (
            "Chez {provider}, {part} des {whole} e-mails de la dernière semaine ont eu un clic, contre {before} les semaines d’avant.",
            "Si le contenu n’a pas changé, soupçonnez le classement : testez avec des boîtes témoins.",
        ),
    ),
    "leaves_late": (
        (
            "One mail in twenty to {provider} leaves more than {seconds} after its moment.",
            "The provider puts mails off, or the server is slow: send less at once there.",
        ),
        (
            "Un e-mail sur vingt vers {provider} part plus de {seconds} après son heure.",
            "Le fournisseur fait patienter, ou le serveur est lent : envoyez-y moins à la fois.",
        ),
    ),
    "blind": (
        (
            "At {provider}, nobody tells of complaints ({whole} mails accepted): none seen says nothing.",
            "Bring what the provider publishes, such as Postmaster Tools, on the breaker’s page.",
        ),
        (
            "Chez {provider}, aucune plainte n’est transmise ({whole} e-mails acceptés) : n’en voir aucune ne dit rien.",
            "Importez ce que le fournisseur publie, comme Postmaster Tools, sur la page du disjoncteur.",
        ),
    ),
    "few": (
        ("Only {whole} mails left in this window: shares say little, intervals say how little.", "Look at a longer window."),
        (
            "Seulement {whole} e-mails sont partis sur la période : les taux disent peu, les intervalles disent combien peu.",
            "Regardez une période plus longue.",
        ),
    ),
    "seeds_none": (
        (
            "Nobody knows how many of the accepted mails reached the inbox: no seed list was brought.",
            "Send a campaign to seed mailboxes of your own at each provider, note where it ended, and bring the file.",
        ),
        (
            "Personne ne sait combien d’e-mails acceptés ont atteint la boîte de réception : aucun résultat de boîtes témoins.",
            "Envoyez une campagne à vos propres boîtes témoins chez chaque fournisseur, notez où elle arrive, et importez le fichier.",
        ),
    ),
}  # fmt: skip
_SHARES = ("low", "high", "limit", "elsewhere", "before")
_SCALES = ((86_400.0, "d", "j"), (3600.0, "h", "h"), (60.0, "min", "min"))


def sentence(finding: Finding, language: str) -> str:
    """Return what was found."""
    return _WORDS[finding.code][language == "fr"][0].format_map(_said(finding, language))


def advice(finding: Finding, language: str) -> str:
    """Return what to do."""
    return _WORDS[finding.code][language == "fr"][1]


def time(seconds: float | None, language: str) -> str:
    """Return a time as people say it: 40 s, 12 min, 3 h, 2 d."""
    if seconds is None:
        return "–"
    for size, english, french in _SCALES:
        if seconds >= size:
            return f"{round(seconds / size)} {french if language == 'fr' else english}"
    return f"{round(max(seconds, 0))} s"


def percent(rate: float | None, language: str) -> str:
    """Return a share as people write it, with two digits below one per cent."""
    if rate is None:
        return "–"
    text = f"{100 * rate:.{2 if rate < 0.01 else 1}f}"
    return f"{text.replace('.', ',')}\u202f%" if language == "fr" else f"{text}%"


def between(low: float, high: float, language: str) -> str:
    """Return what an interval leaves possible, as short as a column is narrow."""
    digits = 2 if high < 0.01 else 1
    text = f"{100 * low:.{digits}f}–{100 * high:.{digits}f}"
    return f"{text.replace('.', ',')}\u202f%" if language == "fr" else f"{text}%"


def _said(finding: Finding, language: str) -> dict[str, str]:
    said = {name: str(value) for name, value in finding.values.items()}
    said |= {name: percent(finding.values[name], language) for name in _SHARES if name in finding.values}
    for name in ("part", "whole"):
        if name in said:
            figure = f"{finding.values[name]:,}"
            said[name] = figure.replace(",", "\u202f") if language == "fr" else figure
    if "provider" in said:
        other = "les autres fournisseurs" if language == "fr" else "the other providers"
        said["provider"] = providers.NAMES.get(said["provider"], other)
    if "seconds" in said:
        said["seconds"] = time(finding.values["seconds"], language)
    return said
