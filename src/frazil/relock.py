"""Answering a question anew while asking only about what must be chosen anew: the rest is read from the old lock."""

from frazil.catalog import Catalog
from frazil.frozen.known import KnownCatalog
from frazil.frozen.model import Frozen
from frazil.model import Resolution
from frazil.project.declaration import DeclaredProject
from frazil.resolver.bound import Bound
from frazil.resolver.clauses import nodes_under
from frazil.resolver.engines import Engine, NoAnswer, answer
from frazil.resolver.outcome import Refused
from frazil.resolver.question import Question


def known_catalog(
    frozen: Frozen | None,
    project: DeclaredProject,
    question: Question,
    catalog: Catalog,
    *,
    doubted: frozenset[str] = frozenset(),
) -> KnownCatalog | None:
    """Return what an old lock knows for a question, or None where it knows nothing that still holds.

    It must have been made for the same environment and the same indexes; pins that may move, or are `doubted`, are
    freed.
    """
    environment = question.environment
    if frozen is None or frozen.environments_by_name.get(environment.name) != environment:
        return None
    if [(i.name, i.url, i.packages) for i in frozen.inputs.indexes] != [
        (i.name, i.url, i.packages) for i in project.indexes
    ]:
        return None
    known = KnownCatalog(frozen, question.resolve, environment.name, catalog)
    reserved = {name for name, rules in project.policy.rules.packages if rules.index is not None}
    known.free((known.names - question.locked.keys()) | reserved | doubted)
    return known


def answer_anew(question: Question, known: KnownCatalog, *, engine: Engine, bound: Bound) -> Resolution:
    """Answer a question with the old pins as the only versions there are, freeing those that cannot stay.

    Raises NoAnswer only when no project that was answered from the lock had a part in the refusal.
    """
    while True:
        try:
            found = answer(question, known, engine=engine, bound=bound)
        except NoAnswer as none:
            guilty = _involved(none) & known.names
            if not guilty:
                raise
            known.free(guilty)
            continue
        unknown = {pin.name for pin in found.pins if not known.knows_extras(pin.name, pin.extras)}
        if not unknown:
            return found
        known.free(unknown)


def _involved(none: NoAnswer) -> frozenset[str]:
    """Return the projects that a refusal speaks of; of a search that gave up, all."""
    if not isinstance(none.outcome, Refused):
        return none.world.projects()
    return frozenset(node.partition("[")[0] for node in nodes_under(none.outcome.proof))
