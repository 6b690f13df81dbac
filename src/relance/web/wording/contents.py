"""Refusals about templates and their versions."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("the text has {count} characters; at most {most} are taken"),
    _("`day` takes a date, not {value}"),
    _("`replace` would make a text too long to be meant"),
    _("a filter was given, or gave, a value too large to be meant"),
    _("`money` takes an amount, not {value}"),
    _("line {line} of the MJML: {sentence}"),
    _("{name} cannot be declared here; only contact.attributes.<name> can"),
    _("There is no draft of {name}; it is published as it stands."),
    _("this field is missing. Add it, or write the message in `blocks`."),
    _("this is neither MJML nor the name of an .mjml file beside the definition."),
    _("{path} is larger than 1 MB. Is it the right file?"),
    _("{path} is not UTF-8. Save it as UTF-8."),
)
IN_OTHER_WORDS = {
    "No template is called {name}.": _("No message is called {name}. The list of messages shows those there are."),
    "No template is called {name}. `relance templates list` shows those there are.": _(
        "No message is called {name}. The list of messages shows those there are."
    ),
    "A template's name is made of small letters, digits and hyphens.": _(
        "The short name of a message is made of small letters, digits and hyphens."
    ),
    "A template is called {name} already. Choose another name.": _(
        "A message is called {name} already. Choose another name."
    ),
    "There is no draft of {name}.": _("There is no draft of {name} any more. Open the message to begin one."),
    "Template version {version} has no link {position} in {language}.": _(
        "This version of the message has no such link."
    ),
    "There is no template version {version}. Publish the template again.": _(
        "This version of the message does not exist any more. Publish the message again."
    ),
    "Template version {version} has no language {language}; it has {languages}.": _(
        "This version of the message has no words in this language. Write them, then publish it again."
    ),
    "{path} cannot be written: {why}. Name a file in a folder that exists.": _(
        "{path} cannot be written. Name a file in a folder that exists."
    ),
    "{path} cannot be read: {why}. Put it beside the definition.": _(
        "{path} cannot be read. Put it beside the definition."
    ),
}
