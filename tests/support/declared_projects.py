"""A declared project in which every field says something, so that tests can flip each."""

from pathlib import Path

from frazil.model import Declared, Origin, PackageRules, Rules
from frazil.project.declaration import (
    DeclaredIndex,
    DeclaredProject,
    DeclaredResolve,
    Policy,
    Target,
)
from frazil.project.environments import parse_environment
from frazil.requirement import parse_requirement

LINUX = parse_environment("linux", "3.12", "manylinux_2_28_x86_64")
WINDOWS = parse_environment("windows", "3.12", "win_amd64")
MAC = parse_environment("mac", "3.13", "macosx_14_0_arm64")


def declared(text: str, file: str = "pyproject.toml", line: int | None = None, *hashes: str) -> Declared:
    return Declared(parse_requirement(text), Origin(file, line), hashes)


def sample_project() -> DeclaredProject:
    api = "services/api/pyproject.toml"
    return DeclaredProject(
        root=Path("repository"),
        config_file="pyproject.toml",
        policy=Policy(
            rules=Rules(
                prerelease="allow",
                resolution="lowest",
                share="strict",
                provenance="record",
                exclude_newer="P7D",
                no_build=("numpy", "attrs"),
                no_binary=("lxml",),
                require_wheels=("windows",),
                exclude_dependencies=("tornado", "ipython"),
                packages=(
                    (
                        "torch",
                        PackageRules(prerelease="disallow", exclude_newer="P1D", require_wheels=True, index="corp"),
                    ),
                    ("jax", PackageRules(index="corp")),
                ),
            ),
            constraints=(
                declared("numpy<2.2; sys_platform == 'win32'", line=12),
                declared("click<8.2", line=11),
            ),
            overrides=(declared("h11>=0.16", line=14),),
        ),
        indexes=(
            DeclaredIndex(name="default"),
            DeclaredIndex(
                name="corp",
                url="https://index.example/simple/",
                files="https://files.index.example/",
                packages=("corp-*", "acme-*"),
            ),
        ),
        environments=(WINDOWS, LINUX),
        resolves=(
            DeclaredResolve(
                name="legacy",
                policy=Policy(rules=Rules(prerelease="disallow"), constraints=(declared("sqlalchemy<2", line=20),)),
            ),
            DeclaredResolve(),
        ),
        targets=(
            Target(
                name="services/api",
                manifest=api,
                project_name="services-api",
                version="1.0",
                editable=True,
                extras=("postgres",),
                environments=("windows", "linux"),
                requires_python=">=3.12",
                requirements=(declared("uvicorn[standard]>=0.30", api, 9), declared("numpy>=2", api, 8)),
            ),
            Target(
                name="services/api[postgres]",
                manifest=api,
                base="services/api",
                extra="postgres",
                environments=("linux", "windows"),
                requirements=(declared("psycopg2-binary>=2.9", api, 12),),
            ),
            Target(
                name="jobs/etl",
                manifest="pyproject.toml",
                resolve="legacy",
                environments=("linux",),
                requirements=(
                    declared("pandas>=2", "jobs/etl/requirements.txt", 3, "sha256:bb", "sha256:aa"),
                    declared("pywin32; sys_platform == 'win32'", line=30),
                ),
                sources=("jobs/etl/**",),
            ),
        ),
        inputs=("pyproject.toml",),
        absent=("frazil.toml",),
        folders=("services",),
    )
