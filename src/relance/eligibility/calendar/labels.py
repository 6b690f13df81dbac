"""What the periods of the shipped tables are called, in English and French."""

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str, str]] = {
    "winter_sales": ("winter sales", "soldes d’hiver"),
    "valentines_day": ("Valentine's Day", "Saint-Valentin"),
    "presidents_day": ("Presidents' Day", "Presidents' Day"),
    "french_days_spring": ("French Days, spring", "French Days de printemps"),
    "mothers_day": ("Mother's Day", "fête des Mères"),
    "memorial_day": ("Memorial Day", "Memorial Day"),
    "fathers_day": ("Father's Day", "fête des Pères"),
    "summer_sales": ("summer sales", "soldes d’été"),
    "independence_day": ("Independence Day", "fête nationale américaine"),
    "labor_day": ("Labor Day", "Labor Day"),
    "french_days_autumn": ("French Days, autumn", "French Days de rentrée"),
    "singles_day": ("Singles' Day", "Singles' Day"),
    "black_friday": ("Black Friday week", "semaine du Black Friday"),
    "cyber_monday": ("Cyber Monday", "Cyber Monday"),
    "saint_nicholas": ("Saint Nicholas", "Saint-Nicolas"),
    "christmas": ("Christmas season", "saison de Noël"),
    "boxing_day": ("Boxing Day sales", "soldes du Boxing Day"),
    "epiphany": ("Epiphany", "Épiphanie"),
}

# Where the dates of the shipped tables come from, in French; what has no word here is the same in both languages.
SOURCES_IN_FRENCH: Mapping[str, str] = {
    "custom of the trade": "usage du commerce",
    "C. com. art. L310-3; arrêté of 27 May 2019, art. 1 (formerly D310-15-2)": (
        "C. com. art. L310-3 ; arrêté du 27 mai 2019, art. 1 (auparavant D310-15-2)"
    ),
    "CASF art. D215-1; the week before it by custom of the trade": (
        "CASF art. D215-1 ; la semaine qui précède, par usage du commerce"
    ),
    "franceinfo, April 2018; Phonandroid, May 2021": "franceinfo, avril 2018 ; Phonandroid, mai 2021",
    "LCI, 21 September 2018; Journal du Net, 3 October 2018": "LCI, 21 septembre 2018 ; Journal du Net, 3 octobre 2018",
    "CNews, 27 May 2020 (put off from 29 April); BFM Business, June 2020": (
        "CNews, 27 mai 2020 (reporté du 29 avril) ; BFM Business, juin 2020"
    ),
    "Journal du Net, September 2020; Économie Matin, September 2020": (
        "Journal du Net, septembre 2020 ; Économie Matin, septembre 2020"
    ),
    "Fnac Darty, April 2022; Comarketing-News, April 2024": "Fnac Darty, avril 2022 ; Comarketing-News, avril 2024",
    "Les Mobiles, September 2022; Économie Matin, 22 September 2022": (
        "Les Mobiles, septembre 2022 ; Économie Matin, 22 septembre 2022"
    ),
    "Comarketing-News, April 2024; FashionUnited, 10 May 2024": "Comarketing-News, avril 2024 ; FashionUnited, 10 mai 2024",
    "E-commerce Mag, April 2025; Oculus Reparo, September 2025": "E-commerce Mag, avril 2025 ; Oculus Reparo, septembre 2025",
    "not announced yet; the days that hold each edition planned since 2020": (
        "pas encore annoncé ; les jours qui contiennent chaque édition prévue depuis 2020"
    ),
    "not announced yet; the days that hold each edition known since 2018": (
        "pas encore annoncé ; les jours qui contiennent chaque édition connue depuis 2018"
    ),
    "arrêté of 10 June 2020": "arrêté du 10 juin 2020",
    "arrêtés of December 2020 and 15 February 2021": "arrêtés de décembre 2020 et du 15 février 2021",
    "Ministry of small business, 27 May 2021": "ministère des PME, 27 mai 2021",
    "arrêté of 29 December 2021": "arrêté du 29 décembre 2021",
    "arrêté of 6 July 2023": "arrêté du 6 juillet 2023",
    "arrêté of 27 May 2019, annex": "arrêté du 27 mai 2019, annexe",
    "dates published for winter 2020": "dates publiées pour l’hiver 2020",
    "Code de droit économique art. VI.25: 3 to 31 January": "Code de droit économique art. VI.25 : du 3 au 31 janvier",
    "Code de droit économique art. VI.25: 1 to 31 July": "Code de droit économique art. VI.25 : du 1er au 31 juillet",
    "ministerial decision of 2020; Le Soir, 1 June 2021": "décision ministérielle de 2020 ; Le Soir, 1er juin 2021",
    "Ministry of the economy, 1 December 2020 (Le Soir, L’Avenir)": (
        "ministère de l’Économie, 1er décembre 2020 (Le Soir, L’Avenir)"
    ),
    "Ascension Day, custom": "jeudi de l’Ascension, usage",
    "custom since the law of 2004 ended fixed sales: two weeks from the last Monday of January": (
        "usage depuis que la loi de 2004 a supprimé les soldes fixes : deux semaines à partir du dernier lundi de janvier"
    ),
    "custom since the law of 2004 ended fixed sales: two weeks from the last Monday of July": (
        "usage depuis que la loi de 2004 a supprimé les soldes fixes : deux semaines à partir du dernier lundi de juillet"
    ),
    "presents are given on 6 January": "les cadeaux s’offrent le 6 janvier",
    "custom since RDL 20/2012 freed the dates: from the day after Epiphany; the first four weeks": (
        "usage depuis que le RDL 20/2012 a libéré les dates : dès le lendemain de l’Épiphanie ; les quatre premières semaines"
    ),
    "custom since RDL 20/2012 freed the dates: from 1 July; the first four weeks": (
        "usage depuis que le RDL 20/2012 a libéré les dates : dès le 1er juillet ; les quatre premières semaines"
    ),
    "first working day before Epiphany, the Saturday where that is a Monday (Conferenza delle Regioni); the first four "
    "weeks of some sixty days": (
        "premier jour ouvrable avant l’Épiphanie, le samedi si c’est un lundi (Conferenza delle Regioni) ; les quatre premières "
        "semaines d’une soixantaine de jours"
    ),
    "first Saturday of July (Conferenza delle Regioni); the first four weeks of some sixty days": (
        "premier samedi de juillet (Conferenza delle Regioni) ; les quatre premières semaines d’une soixantaine de jours"
    ),
    "Mothering Sunday, the fourth of Lent": "Mothering Sunday, quatrième dimanche de carême",
}
