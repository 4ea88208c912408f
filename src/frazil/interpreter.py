"""The interpreter that runs frazil, as an environment: what builds happen in."""

import sys
import sysconfig
from functools import lru_cache

from frazil.model import Environment
from frazil.requirement import marker_variables

_UNKNOWN_TO_LOCKS = ("platform_release", "platform_version", "extra")


@lru_cache(maxsize=1)
def running_interpreter() -> Environment:
    """Return this interpreter on this machine, with every wheel tag that it takes."""
    from packaging.markers import default_environment  # noqa: PLC0415 - 20 ms that only a build costs
    from packaging.tags import sys_tags  # noqa: PLC0415

    markers = {name: str(value) for name, value in default_environment().items() if name not in _UNKNOWN_TO_LOCKS}
    return Environment(
        name="this machine",
        python=markers["python_full_version"],
        platform=sysconfig.get_platform(),
        markers=marker_variables(markers),
        tags=tuple(str(tag) for tag in sys_tags()),
    )


def matches(environment: Environment) -> bool:
    """Say whether what this interpreter builds is at home in an environment: one minor version, one platform."""
    threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    minor = f"3.{sys.version_info.minor}{threads}"
    declared = environment.python.removesuffix("t").split(".")[:2]
    wanted = ".".join(declared) + ("t" if environment.python.endswith("t") else "")
    if sys.implementation.name != "cpython" or wanted != minor:
        return False
    interpreter = f"cp3{sys.version_info.minor}"
    return f"{interpreter}-{interpreter}{threads}-{environment.platform}" in running_interpreter().rank
