"""`frazil audit`: known vulnerabilities of what targets ship; asks the index unless it is given advisories."""

import json

from frazil.cli.context import Answer, Context
from frazil.cli.reading import own_lock, read_lock
from frazil.errors import UsageError
from frazil.frozen.selection import choose
from frazil.report.audit import audit_document, audit_lines, audit_warnings, audit_words
from frazil.report.envelope import safe
from frazil.report.sarif import sarif_document
from frazil.whereabouts import Whereabouts


def answer(context: Context) -> Answer:
    """Look up what targets ship; findings are exit 1."""
    arguments = context.arguments
    if not all(arguments.advisories):
        raise UsageError("--advisories needs a path", hint="`--advisories advisories/` reads a folder")
    reference = own_lock(context)
    frozen = read_lock(context, reference)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments, builds=True)
    audit = context.api.audit(
        frozen,
        targets,
        environments,
        advisories=tuple(context.folder / path for path in arguments.advisories),
        ignored=arguments.ignored,
        settings=context.settings(),
    )
    origins = Whereabouts(reference, environ=context.environ)
    sarif = arguments.format == "sarif"
    return Answer(
        document=lambda: audit_document(audit, origins),
        text=json.dumps(safe(sarif_document(audit, origins, reference.path)), indent=2) + "\n" if sarif else None,
        data=lambda: () if sarif else audit_lines(audit, origins, verbose=context.verbose),
        words=lambda: audit_words(audit),
        costs=audit.costs,
        warnings=audit_warnings(audit),
        exit_code=int(bool(audit.findings)),
    )
