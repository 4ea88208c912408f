"""The standard library's dataclasses, made only as far as they are used.

A frozen dataclass costs 0.3 ms when its module is imported: seven methods are written, compiled and bound. This house
has a hundred and fifty of them, and a run uses a few methods of a few. Here each method is compiled when it is called
for the first time, and `dataclasses` itself (with `inspect`, another 8 ms) is imported only when somebody asks a class
for its fields. What is made behaves the same: type checkers see the original, and `dataclasses.fields`, `replace`,
`asdict` and `is_dataclass` take it.
"""

from collections.abc import Callable
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "field_names", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        eq: bool = True,
        order: bool = False,
        frozen: bool = False,
        repr: bool = True,  # noqa: A002 - the original's name
        slots: bool = False,
        kw_only: bool = False,
    ) -> type | Callable[[type], type]:
        """Make a class a dataclass, as `dataclasses.dataclass` does."""

        def made(decorated: type) -> type:
            return _made(decorated, eq=eq, order=order, frozen=frozen, shown=repr, slots=slots, kw_only=kw_only)

        return made if cls is None else made(cls)

    def field(
        *,
        default: Any = ...,
        default_factory: Any = ...,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - the original's name
        compare: bool = True,
    ) -> "_Field":
        """Say more of a field than its type and default, as `dataclasses.field` does."""
        return _Field(default, default_factory, init=init, shown=repr, compare=compare)

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy of a dataclass's instance with other values in some fields, as `dataclasses.replace` does."""
        cls = type(value)
        if "__own_fields__" not in cls.__dict__:
            import dataclasses  # noqa: PLC0415 - a dataclass of the standard library's own

            return dataclasses.replace(value, **changes)
        for name, own in cls.__own_fields__.items():
            if own.init:
                changes.setdefault(name, getattr(value, name))
            elif name in changes:
                raise ValueError(f"field {name} is declared with init=False, it cannot be specified with replace()")
        return cls(**changes)


def field_names(cls: Any) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass of this house, in their order."""
    return tuple(cls.__own_fields__)


class _Field:
    __slots__ = ("compare", "default", "factory", "init", "kw_only", "shown")

    def __init__(self, default: Any, factory: Any, *, init: bool, shown: bool, compare: bool) -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.shown = shown
        self.compare = compare
        self.kw_only = False


_UNCOMPILED = 16

# Making a class --------------------------------------------------------------------------------------------


def _made(cls: Any, *, eq: bool, order: bool, frozen: bool, shown: bool, slots: bool, kw_only: bool) -> Any:
    fields: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        fields.update(base.__dict__.get("__own_fields__", {}))
    annotations = cls.__annotations__
    for name in annotations:
        given = cls.__dict__.get(name, ...)
        own = given if isinstance(given, _Field) else _Field(given, ..., init=True, shown=True, compare=True)
        own.kw_only = kw_only
        fields[name] = own
        if given is not ...:
            _keep_default(cls, name, own.default)
    if slots:
        cls = _with_slots(cls, tuple(annotations))
    cls.__own_fields__ = fields
    cls.__dataclass_fields__ = _FieldsOnDemand()
    setattr(cls, "__match_args__", tuple(name for name, own in fields.items() if own.init and not own.kw_only))  # noqa: B010 - type checkers know the name
    methods = ["__init__", *(["__eq__"] if eq else []), *(_ORDERS if order else [])]
    if eq and cls.__dict__.get("__hash__") is None:
        cls.__hash__ = None
        methods += ["__hash__"] if frozen else []
    for name in methods:
        if name == "__hash__" or name not in cls.__dict__:
            setattr(cls, name, _on_demand(cls, name, frozen=frozen))
    if shown and "__repr__" not in cls.__dict__:
        cls.__repr__ = _shown
    if frozen:
        cls.__setattr__, cls.__delattr__ = _refused, _refused
        cls.__setstate__ = _restored
    return cls


def _keep_default(cls: type, name: str, default: Any) -> None:
    """Leave a field's default on the class, as the original does, where a plain value stood or was wrapped."""
    if default is ...:
        delattr(cls, name)
    else:
        setattr(cls, name, default)


def _with_slots(cls: type, own: tuple[str, ...]) -> type:
    """Return the class made anew with slots: those of a class that is there already cannot be changed."""
    left_out = {*own, "__dict__", "__weakref__"}
    namespace = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    namespace["__slots__"] = own
    anew = type(cls)(cls.__name__, cls.__bases__, namespace)
    anew.__qualname__ = cls.__qualname__
    return anew


def _on_demand(cls: Any, name: str, *, frozen: bool) -> Any:
    """Return a method that writes and compiles the real one when it is called, and takes its place.

    Compiling an `__init__` costs as much as a dozen instances set field by field: the first few are set so.
    """
    calls = 0

    def method(self: Any, *values: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if name == "__init__" and calls <= _UNCOMPILED and _set_fields(cls, self, values, named):
            return None
        compiled = _compiled(cls, name, frozen=frozen)
        compiled.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, compiled)
        return compiled(self, *values, **named)

    method.__name__ = name
    return method


def _set_fields(cls: Any, self: Any, values: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Do what the compiled `__init__` does; False where arguments do not fit, which that one says in its words."""
    given = dict(zip(cls.__match_args__, values, strict=False)) | named
    if len(given) != len(values) + len(named):
        return False
    for name, own in cls.__own_fields__.items():
        if own.init and name in given:
            value = given.pop(name)
        elif own.factory is not ...:
            value = own.factory()
        elif not own.init:
            continue  # set by `__post_init__`
        elif own.default is not ...:
            value = own.default
        else:
            return False
        object.__setattr__(self, name, value)
    if given:
        return False
    if hasattr(cls, "__post_init__"):
        self.__post_init__()
    return True


# Methods ---------------------------------------------------------------------------------------------------

_ORDERS = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


def _compiled(cls: Any, name: str, *, frozen: bool) -> Any:
    fields = cls.__own_fields__
    compared = [field for field, own in fields.items() if own.compare]
    scope: dict[str, Any] = {}
    if name == "__init__":
        source = _init_source(cls, fields, scope, frozen=frozen)
    elif name == "__hash__":
        source = f"def __hash__(self):\n return hash({_tuple_of('self', compared)})"
    else:
        sign = _ORDERS.get(name, "==")
        source = (
            f"def {name}(self, other):\n if other.__class__ is not self.__class__: return NotImplemented\n"
            f" return {_tuple_of('self', compared)} {sign} {_tuple_of('other', compared)}"
        )
    exec(source, scope)  # noqa: S102 - the text is made of the names of fields, which are identifiers
    return scope[name]


def _tuple_of(owner: str, names: list[str]) -> str:
    return f"({''.join(f'{owner}.{name}, ' for name in names)})"


def _init_source(cls: Any, fields: dict[str, _Field], scope: dict[str, Any], *, frozen: bool) -> str:
    parameters: dict[bool, list[str]] = {False: [], True: []}
    lines = []
    for name, own in fields.items():
        if not own.init and own.factory is ...:
            continue  # set by `__post_init__`
        value = _value_source(name, own, scope)
        if own.init:
            optional = own.default is not ... or own.factory is not ...
            parameters[own.kw_only].append(f"{name}=default_of_{name}" if optional else name)
        if frozen:
            slot = getattr(cls, name, None)
            # The slot's own setter is twice as fast as `object.__setattr__`, which looks it up by name.
            setter = slot.__set__ if isinstance(slot, MemberDescriptorType) else _setter_of(name)
            scope[f"setter_of_{name}"] = setter
            lines.append(f" setter_of_{name}(self, {value})")
        else:
            lines.append(f" self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    starred = ["*", *parameters[True]] if parameters[True] else []
    return f"def __init__({', '.join(['self', *parameters[False], *starred])}):\n" + "\n".join(lines or [" pass"])


def _value_source(name: str, own: _Field, scope: dict[str, Any]) -> str:
    """Return what stands for a field's value, its default put in scope; `...` is told from every value by identity."""
    scope[f"default_of_{name}"] = own.default
    if own.factory is ...:
        return name
    scope[f"factory_of_{name}"] = own.factory
    return f"factory_of_{name}() if {name} is ... else {name}" if own.init else f"factory_of_{name}()"


def _setter_of(name: str) -> Callable[[Any, Any], None]:
    def setter(self: Any, value: Any) -> None:
        object.__setattr__(self, name, value)

    return setter


def _shown(self: Any) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name, own in self.__own_fields__.items() if own.shown)
    return f"{type(self).__qualname__}({values})"


def _refused(self: Any, name: str, *_: Any) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - only a mistake pays for it

    raise FrozenInstanceError(f"cannot assign to field {name!r} of {type(self).__name__}")


def _restored(self: Any, state: Any) -> None:
    """Take the state that copying and pickling carry, past the refusal to be changed."""
    for part in state if isinstance(state, tuple) else (state,):
        for name, value in (part or {}).items():
            object.__setattr__(self, name, value)


class _FieldsOnDemand:
    """Stands in for `__dataclass_fields__` until somebody looks: then the original's description is made."""

    def __get__(self, instance: Any, cls: Any) -> dict[str, Any]:
        import dataclasses  # noqa: PLC0415 - most runs never look

        described = {}
        for name, own in cls.__own_fields__.items():
            given = {"default": own.default, "default_factory": own.factory}
            one: Any = dataclasses.field(
                init=own.init,
                repr=own.shown,
                compare=own.compare,
                kw_only=own.kw_only,
                **{key: value for key, value in given.items() if value is not ...},
            )
            one.name, one.type = name, _annotation(cls, name)
            one._field_type = dataclasses._FIELD  # type: ignore[attr-defined]  # noqa: SLF001 - how `fields` tells them
            described[name] = one
        cls.__dataclass_fields__ = described
        return described


def _annotation(cls: type, name: str) -> Any:
    return next(base.__annotations__[name] for base in cls.__mro__ if name in getattr(base, "__annotations__", {}))
