"""Templates, their published versions and the links these may redirect to."""

from django.db import models


class Template(models.Model):
    """A message that can be sent, under a name."""

    name = models.TextField(unique=True)

    class Meta:
        db_table = "template"


class TemplateVersion(models.Model):
    """A published version: never changes. `compiled` holds per language the subjects, preheader, HTML and text in Liquid."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE)
    number = models.IntegerField()
    definition = models.JSONField()
    compiled = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        db_table = "template_version"
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_versions_are_numbered")]


class Link(models.Model):
    """An address a published version links to: the only addresses a click may be redirected to."""

    template_version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE)
    language = models.CharField(max_length=2)
    position = models.IntegerField()
    url = models.TextField()  # a Liquid template where it is personalised

    class Meta:
        db_table = "link"
        constraints = [
            models.UniqueConstraint(fields=["template_version", "language", "position"], name="links_are_numbered")
        ]
