"""Tell webhooks how a run ended or what has drifted. Whatever goes wrong with that is a warning and never a failure."""

from __future__ import annotations

from collections.abc import Sequence

from .diagnostics import Diagnostic, Severity
from .errors import ChimeformError, ServiceError
from .language.webhooks import Webhook
from .notice import Notice
from .report.notice_text import chime_body, json_body, slack_body
from .resources.secret_store import place_text
from .services.secrets import SecretStores
from .services.webhook import Webhooks


def notify(
    webhooks: Sequence[Webhook], notice: Notice, stores: SecretStores, border: Webhooks | None = None
) -> tuple[Diagnostic, ...]:
    """Post the notice to each webhook that wants to know of such things; what could not be told comes back."""
    border = border or Webhooks()
    warnings = []
    for webhook in webhooks:
        if set(webhook.when).isdisjoint(notice.occasions):
            continue
        try:
            warnings += _tell(webhook, notice, stores, border)
        except ChimeformError as error:
            warnings.append(_warning(error))
    return tuple(warnings)


def _tell(webhook: Webhook, notice: Notice, stores: SecretStores, border: Webhooks) -> list[Diagnostic]:
    place = webhook.url.model_dump(exclude_none=True)
    address, name = stores.read(place).strip(), place_text(place)
    if webhook.form != "chime":
        border.post(address, json_body(notice) if webhook.form == "json" else slack_body(notice), name=name)
        return []
    try:
        border.post(address, chime_body(notice, webhook.mention), name=name)
    except ServiceError as error:
        if webhook.mention is None or error.service_code != "400":
            raise
        border.post(address, chime_body(notice, None), name=name)
        return [_nobody_called(name)]
    return []


def _warning(error: ChimeformError) -> Diagnostic:
    return Diagnostic(error.code, error.summary, why=error.why, do=error.do, severity=Severity.WARNING)


def _nobody_called(name: str) -> Diagnostic:
    return Diagnostic(
        "CF-NTF-003",
        f"the notice to the webhook in {name} was sent without calling anybody",
        why="with the mention it was refused: those work in rooms of up to 50 members [guide: webhook errors]",
        do="leave 'mention' out, or use a smaller room",
        severity=Severity.WARNING,
    )
