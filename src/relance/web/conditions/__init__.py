"""The condition builder: one component wherever a page asks for a condition (segments, branches).

In a view:

    from relance.web import conditions

    known = conditions.vocabulary(VOCABULARY, choices={"clicked": [("hello", "Hello")]})   # what may be asked, in words
    render(request, "…", {"condition": data, "known": known})                             # data: as in YAML; {} or None: nothing yet

In the template (the tag is built in, nothing to load; a form may hold several, each with a name of its own):

    {% block styles %}<link rel="stylesheet" href="/static/relance/conditions.css">{% endblock %}
    {% block scripts %}<script type="module" src="/static/relance/conditions.js"></script>{% endblock %}
    {% condition_builder name="when" value=condition vocabulary=known label="Condition" %}

It draws the builder and keeps the condition as JSON in a hidden input of that name; every change makes a bubbling event
`condition-change` on the builder, and `change` on the hidden input. Builders that htmx brings in are drawn by themselves.
From scripts: `builder.condition` reads it, `builder.condition = data` puts another one in.

Back in the view:

    data = conditions.read(request.POST["when"])        # DefinitionError with a sentence if it is no JSON
    conditions.unfinished(data)                         # True while a line lacks its value: say so calmly
    conditions.sentence(data)                           # the condition in words, in the language in force
    conditions.parts(data)                              # each of its parts in words: `builder.sentences` before another is put in

`vocabulary(…, recent=True)` leaves out the fields that only the lake knows, which a branch may not ask for.
"""

from relance.web.conditions.reading import read, unfinished
from relance.web.conditions.sentences import parts, sentence
from relance.web.conditions.vocabulary import vocabulary

__all__ = ["parts", "read", "sentence", "unfinished", "vocabulary"]
