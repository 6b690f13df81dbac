"""Whatever a template lacks is said when it is published; what was published can be rendered."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from relance.content import publishing
from relance.content.models import Link, Template, TemplateVersion
from relance.core.definitions import parse
from relance.core.errors import DefinitionError, NotFoundError, RenderError

FOOT = '{{ shop.name }} {{ shop.postal_address }} <a href="{{ unsubscribe_url }}">Stop</a>'
HELLO = "Bonjour{% if contact.first_name %} {{ contact.first_name }}{% endif %},"
LINKS = ["https://relance.example/c/0", "https://relance.example/c/1"]


def definition(
    *, text: str = HELLO, foot: str = FOOT, subject: str = "Bonjour", more: str = "", name: str = "hello"
) -> str:
    part = f"""
  subjects: {{a: "{subject}", b: Autre}}
  preheader: Un mot
  mjml: |
    <mjml><mj-body><mj-section><mj-column>
    <mj-text>{text}</mj-text>
    <mj-button href="{{{{ shop.url }}}}/new?a=1&amp;b=2">Voir</mj-button>
    <mj-text>{foot}</mj-text>
    </mj-column></mj-section></mj-body></mjml>
{more}"""
    return f"template: {name}\nfr:{part}\nen:{part}\n"


def publish(source: str, now: datetime) -> TemplateVersion:
    return publishing.publish(parse(source, "hello.yaml"), now)


def known(**contact: str) -> dict[str, object]:
    shop = {"name": "Chez Léa", "url": "https://lea.example", "postal_address": "Lyon"}
    return {"contact": contact, "shop": shop, "links": LINKS, "unsubscribe_url": "https://relance.example/u/1"}


def test_a_published_template_renders_html_and_text_for_anna(db: None, now: datetime) -> None:
    mail = publishing.render(publish(definition(), now).pk, "fr", "a", known(first_name="Anna <b>"))
    assert "Bonjour Anna &lt;b&gt;," in mail.html
    assert "Bonjour Anna <b>," in mail.text
    assert f'href="{LINKS[0]}"' in mail.html
    assert f"Voir\u00a0: {LINKS[0]}" in mail.text
    assert "https://relance.example/u/1" in mail.text


def test_links_become_rows_and_the_unsubscribe_link_does_not(db: None, now: datetime) -> None:
    version = publish(definition(), now)
    assert list(Link.objects.filter(template_version=version, language="fr").values_list("position", "url")) == [
        (0, "{{ shop.url }}/new?a=1&b=2")
    ]
    assert publishing.address(version.pk, "fr", 0, known()) == "https://lea.example/new?a=1&b=2"
    with pytest.raises(NotFoundError, match="no link 7"):
        publishing.address(version.pk, "fr", 7, known())


def test_an_unchanged_definition_publishes_no_new_version(db: None, now: datetime) -> None:
    first = publish(definition(), now)
    assert publish(definition(), now) == first
    assert publish(definition(subject="Bonsoir"), now).number == 2
    assert TemplateVersion.objects.count() == 2


def test_no_value_can_break_the_subject_line(db: None, now: datetime) -> None:
    version = publish(definition(subject="Pour {{ contact.first_name }}"), now)
    mail = publishing.render(version.pk, "fr", "a", known(first_name="Anna\r\nBcc: boris@example.org\u2028"))
    assert mail.subject == "Pour Anna Bcc: boris@example.org"


def test_variants_have_their_subjects(db: None, now: datetime) -> None:
    version = publish(definition(), now)
    assert [publishing.render(version.pk, "en", v, known()).subject for v in "ab"] == ["Bonjour", "Autre"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (definition(foot="x"), "hello.yaml, line 5, fr.mjml: the HTML has no unsubscribe link"),
        (
            definition(foot="{% if contact.first_name %}" + FOOT + "{% endif %}"),
            "no unsubscribe link for a person without name",
        ),
        (definition(text="Bonjour {{ contact.first_name }},"), "reads “Bonjour ,"),
        (definition(text="{{ contact.nickname }}"), "`contact.nickname` is not known"),
        (definition(text="{{ shop.name | shout }}"), "no filter `shout`"),
        (definition(text="{% if %}"), "fr.mjml: Liquid: "),
        (definition(text="<a href='/x'>x</a>").replace("'/x'", '"/x"'), "leads to `/x`, which is not an absolute"),
        (definition(text='<a href="https://x.example/{{ contact.first_name }}">x</a>'), "values of one person"),
        (definition(subject="{{ contact.first_name }}"), "subjects.a: the subject is empty for a person without name"),
        (definition(subject="a\\nb"), "line break"),
        (definition(text='<img src="a.png" alt="" width="1" />'), "image a.png has no absolute address"),
        (definition(more="  text: rien"), "the text has no unsubscribe link"),
        (definition().replace("\nen:", "\nde:"), "line 12, de: no such field"),
        (definition().replace("b: Autre", "c: Autre", 1), "the languages have different variants"),
        (definition(text="{% for i in (1..99999) %}x{% endfor %}"), "loop iteration limit"),
        (definition(text="<b>" * 400 + "</b>" * 400), "nested more than 64 deep"),
        (definition(name="Hello!"), "hello.yaml, line 1, template"),
    ],
)
def test_what_is_missing_is_said_by_the_check_before_publication(source: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(said)):
        publishing.check(parse(source, "hello.yaml"))


def test_a_refused_definition_leaves_nothing_behind(db: None, now: datetime) -> None:
    with pytest.raises(DefinitionError, match="unsubscribe"):
        publish(definition(foot="x"), now)
    assert not Template.objects.exists()


def test_a_missing_language_is_refused() -> None:
    with pytest.raises(DefinitionError, match="en: this field is missing"):
        publishing.check(parse(definition().partition("\nen:")[0], "hello.yaml"))


def test_a_text_written_by_hand_keeps_the_numbers_of_its_links(db: None, now: datetime) -> None:
    text = '  text: "Voir {{ shop.url }}/new?a=1&b=2 ou https://lea.example/b. Stop {{ unsubscribe_url }}"'
    version = publish(definition(more=text), now)
    assert publishing.render(version.pk, "fr", "a", known()).text.startswith(
        f"Voir {LINKS[0]} ou {LINKS[1]}. Stop https"
    )
    assert Link.objects.filter(template_version=version, language="fr").count() == 2


def test_a_transactional_template_needs_no_unsubscribe_link(db: None, now: datetime) -> None:
    assert publish("commercial: false\n" + definition(foot="x"), now).number == 1


def test_own_attributes_are_declared_with_a_sample(db: None, now: datetime) -> None:
    version = publish(
        "values: {contact.attributes.dog: Rex}\n" + definition(text="Chien : {{ contact.attributes.dog }}"), now
    )
    assert "Chien : Rex" in publishing.preview("hello", "fr", "a").html
    assert "Chien : <" in publishing.render(version.pk, "fr", "a", known()).html


def test_unwise_things_are_warned_of(db: None, now: datetime) -> None:
    image = '<img src="https://x.example/a.png" alt="" />'
    version = publish(
        definition(subject="B" * 70, text=image + "x" * 100_001, foot=FOOT.replace("{{ shop.postal_address }}", "")),
        now,
    )
    said = " ".join(publishing.warnings(version))
    assert all(words in said for words in ("70 characters", "without `width`", "KB", "shop.postal_address"))


def test_the_mjml_may_stand_in_a_file_beside(db: None, now: datetime, tmp_path: Path) -> None:
    (tmp_path / "h.mjml").write_text(
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{FOOT}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    part = "{subjects: {a: A}, preheader: P, mjml: h.mjml}"
    (tmp_path / "h.yaml").write_text(f"template: h\nfr: {part}\nen: {part}\n")
    assert publishing.publish(tmp_path / "h.yaml", now).number == 1


@pytest.mark.parametrize("name", ["../h.mjml", "/etc/passwd", "absent.mjml", "h.txt"])
def test_a_file_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    part = f"{{subjects: {{a: A}}, preheader: P, mjml: {name}}}"
    (tmp_path / "h.yaml").write_text(f"template: h\nfr: {part}\nen: {part}\n")
    with pytest.raises(DefinitionError, match=r"h.yaml, line 2, fr.mjml"):
        publishing.check(tmp_path / "h.yaml")


def test_a_version_that_is_not_there_is_a_sentence(db: None) -> None:
    with pytest.raises(RenderError, match="no template version 99"):
        publishing.render(99, "fr", "a", known())


def test_the_values_a_template_speaks_of_are_told(db: None, now: datetime) -> None:
    assert publishing.values_used(publish(definition(text="{{ offer.code }}"), now)) >= {"offer", "shop"}


def test_a_line_of_an_order_may_lack_a_field(db: None, now: datetime) -> None:
    lines = (
        "{% for line in last_order.lines %}{{ line.name | default: line.product }} × {{ line.quantity }}{% endfor %}"
    )
    version = publish(definition(text=lines), now)
    mail = publishing.render(version.pk, "fr", "a", known() | {"last_order": {"lines": [{"product": "MUG"}]}})
    assert "MUG × <" in mail.html
