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


class TemplateDraft(models.Model):
    """What is being written under a name, published or not yet; it may lack anything."""

    name = models.TextField(unique=True)
    definition = models.JSONField()
    step = models.IntegerField(default=0)  # which of its steps `definition` is
    mark = models.TextField(default="")  # what was changed last: typing on in one field is one step
    updated_at = models.DateTimeField()
    updated_by = models.TextField(default="")

    class Meta:
        db_table = "template_draft"


class TemplateDraftStep(models.Model):
    """A state of a draft that undo and redo return to."""

    draft = models.ForeignKey(TemplateDraft, on_delete=models.CASCADE, related_name="steps")
    number = models.IntegerField()
    definition = models.JSONField()

    class Meta:
        db_table = "template_draft_step"
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="draft_steps_are_numbered")]


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
