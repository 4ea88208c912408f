"""Requirement files are read as pip reads them, or refused with file and line."""

from itertools import pairwise
from pathlib import Path

import pytest

from frazil.errors import ConfigurationError
from frazil.model import Origin
from frazil.project.requirements_file import RequirementsFile, read_requirements_file
from frazil.project.tree import ProjectTree
from tests.support.projects import write_project

DIGEST = "0123456789abcdef" * 4
MEMBERS = {".": "root", "libs/common": "services-common"}


def _read(root: Path, text: str, **files: str) -> RequirementsFile:
    names = {name.replace("__", "/").replace("_txt", ".txt"): content for name, content in files.items()}
    write_project(root, {"jobs/etl/requirements.txt": text, **names})
    return read_requirements_file(ProjectTree(root), "jobs/etl/requirements.txt", MEMBERS)


def _texts(read: RequirementsFile) -> list[str]:
    return [str(declared.requirement) for declared in read.requirements]


def _error(root: Path, text: str, **files: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        _read(root, text, **files)
    return caught.value


def test_comments_blank_lines_and_continuations_are_read(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        "# head\n\nflask>=3  # the web\nrequests \\\n  >=2 \\\n  ,<3\nsix \\\n# between\nattrs\\\n",
    )
    assert _texts(read) == ["attrs", "flask>=3", "requests<3,>=2", "six"]
    lines = {str(d.requirement): d.origin.line for d in read.requirements}
    assert lines == {"flask>=3": 3, "requests<3,>=2": 4, "six": 7, "attrs": 9}


def test_a_requirement_keeps_its_file_and_line(tmp_path: Path) -> None:
    read = _read(tmp_path, "a\n-r more/base.txt\n", jobs__etl__more__base_txt="\nb\n")
    assert [declared.origin for declared in read.requirements] == [
        Origin("jobs/etl/requirements.txt", 1),
        Origin("jobs/etl/more/base.txt", 2),
    ]


@pytest.mark.parametrize(
    "line", ["-r base.txt", "-rbase.txt", "--requirement base.txt", "--requirement=base.txt", "-r=base.txt"]
)
def test_included_files_are_read_from_the_folder_of_the_file(tmp_path: Path, line: str) -> None:
    assert _texts(_read(tmp_path, line, jobs__etl__base_txt="six")) == ["six"]


def test_files_that_include_each_other_are_read_once(tmp_path: Path) -> None:
    read = _read(
        tmp_path, "a\n-r b.txt\n-r c.txt", jobs__etl__b_txt="b\n-r c.txt", jobs__etl__c_txt="c\n-r requirements.txt"
    )
    assert _texts(read) == ["a", "b", "c"]


def test_everything_below_a_constraints_file_narrows_and_pulls_nothing_in(tmp_path: Path) -> None:
    read = _read(tmp_path, "a\n-c cons.txt", jobs__etl__cons_txt="b<2\n-r deep.txt", jobs__etl__deep_txt="c<3")
    assert _texts(read) == ["a"]
    assert [str(declared.requirement) for declared in read.constraints] == ["b<2", "c<3"]


def test_one_file_may_be_asked_for_and_narrow_too(tmp_path: Path) -> None:
    read = _read(tmp_path, "-r a.txt\n-c a.txt", jobs__etl__a_txt="a==1")
    assert _texts(read) == ["a==1"]
    assert [str(declared.requirement) for declared in read.constraints] == ["a==1"]


def test_a_wheel_given_by_its_path_is_not_advised_to_be_a_member(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _read(tmp_path, "./a-1.0-py3-none-any.whl")
    assert caught.value.hint == "name it: NAME @ file:./a-1.0-py3-none-any.whl"


def test_the_extras_of_a_constraint_are_left_out_with_a_warning(tmp_path: Path) -> None:
    write_project(tmp_path, {"r.txt": "-c c.txt", "c.txt": "\nuvicorn[standard]==0.30; os_name == 'nt'"})
    tree = ProjectTree(tmp_path)
    (constraint,) = read_requirements_file(tree, "r.txt", {}).constraints
    assert str(constraint.requirement) == "uvicorn==0.30; os_name == 'nt'"
    assert tree.warnings == ["c.txt:2: the extras of a constraint (standard) are not looked at"]


@pytest.mark.parametrize(
    "options",
    [
        f"--hash=sha256:{DIGEST}",
        f"--hash sha256:{DIGEST}",
        f"--hash=sha256:{DIGEST.upper()}",
        f"--hash=md5:abc --hash=sha256:{DIGEST} --hash=sha512:{DIGEST}{DIGEST}",
        f"\\\n    --hash=sha256:{DIGEST}  # a comment",
    ],
)
def test_sha256_digests_are_demands_on_the_artifact(tmp_path: Path, options: str) -> None:
    (declared,) = _read(tmp_path, f"a==1 ; os_name == 'nt' {options}").requirements
    assert declared.hashes == (f"sha256:{DIGEST}",)
    assert str(declared.requirement) == "a==1; os_name == 'nt'"


@pytest.mark.parametrize(
    ("digest", "sentence"),
    [
        ("--hash=md5:abc --hash=sha1:def", "the digests demanded are none of sha256 (md5:abc, sha1:def)"),
        ("--hash=sha512:abc", "the digests demanded are none of sha256 (sha512:abc)"),
        ("--hash=sha256:abc", "--hash=sha256:abc is not a sha256 digest, which has 64 hexadecimal digits"),
        ("--hash", "the digests demanded are none of sha256 ()"),
    ],
)
def test_a_digest_that_cannot_be_compared_is_refused(tmp_path: Path, digest: str, sentence: str) -> None:
    assert _error(tmp_path, f"\na==1 {digest}").sentence == f"jobs/etl/requirements.txt:2: {sentence}"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("../../libs/common", "services-common"),
        ("-e ../../libs/common", "services-common"),
        ("-e../../libs/common", "services-common"),
        ("--editable=../../libs/common[x,y]", "services-common[x,y]"),
        ("file:../../libs/common", "services-common"),
        ("../../libs/common[x] ; os_name == 'nt'", "services-common[x]; os_name == 'nt'"),
        ("-e '../../libs/common'", "services-common"),
        ("../..", "root"),
    ],
)
def test_the_path_of_a_member_is_the_member_by_name(tmp_path: Path, line: str, text: str) -> None:
    assert _texts(_read(tmp_path, line)) == [text]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("https://h.example/a_b-1.0-py3-none-any.whl", "a-b @ https://h.example/a_b-1.0-py3-none-any.whl"),
        ("https://h.example/a-1.0.tar.gz#sha256=0", "a @ https://h.example/a-1.0.tar.gz#sha256=0"),
        ("git+https://git.example/x@v1#egg=a&subdirectory=y", "a @ git+https://git.example/x@v1#subdirectory=y"),
        ("git+https://git.example/x#egg=a[z] ; os_name == 'nt'", "a[z] @ git+https://git.example/x ; os_name == 'nt'"),
        ("a @ https://h.example/whatever", "a @ https://h.example/whatever"),
    ],
)
def test_an_address_says_which_project_it_is(tmp_path: Path, line: str, text: str) -> None:
    assert _texts(_read(tmp_path, line)) == [text]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "--index-url https://index.example/simple/",
            "--index-url is not honoured, and skipping it would change the answer",
        ),
        ("-i https://index.example/simple/", "-i is not honoured, and skipping it would change the answer"),
        ("--find-links wheels", "--find-links is not honoured, and skipping it would change the answer"),
        ("--pre", "--pre is not honoured, and skipping it would change the answer"),
        ("a==1 --config-settings=x=y", "--config-settings is not honoured, and skipping it would change the answer"),
        ("-r", "-r names nothing"),
        ("-r ''", "-r names nothing"),
        ("-r a.txt b.txt", "-r takes one file, and b.txt follows it"),
        ("-r https://h.example/r.txt", "-r https://h.example/r.txt is not a file of this project"),
        ("-r ../../../r.txt", "../../../r.txt lies outside the project root"),
        ("-r missing.txt", "jobs/etl/missing.txt does not exist"),
        ("-r sub\\base.txt", "-r sub\\base.txt has backslashes"),
        ('-r "a.txt', '-r "a.txt cannot be split into words: No closing quotation'),
        ("a @ https://${TOKEN}@h.example/a.whl", "${TOKEN} would make the lock depend on this machine's environment"),
        ("./vendor/a", "./vendor/a is neither a requirement nor the folder of a member with a [project] name"),
        ("vendor/a", "vendor/a is neither a requirement nor the folder of a member with a [project] name"),
        (
            "a-1.0-py3-none-any.whl",
            "a-1.0-py3-none-any.whl is neither a requirement nor the folder of a member with a [project] name",
        ),
        ("-e common", "common is not the folder of a member with a [project] name"),
        ("/srv/a", "/srv/a is a path of one machine"),
        ("file:///srv/a", "///srv/a is a path of one machine"),
        ("-e git+https://git.example/x#egg=a", "only a member can be editable, not git+https://git.example/x#egg=a"),
        ("https://[x", "https://[x does not say which project it is"),
        ("https://[x/a-1.0.tar.gz", "the address of a cannot be read: "),
        ("https://h.example/a", "https://h.example/a does not say which project it is"),
        ("flask>>3", '"flask>>3" is not a requirement: '),
        (
            "../../libs/common --hash=sha256:" + DIGEST,
            "a folder has no digest, so that --hash cannot hold for ../../libs/common",
        ),
    ],
)
def test_a_line_that_is_not_honoured_is_an_error_with_file_and_line(tmp_path: Path, line: str, sentence: str) -> None:
    error = _error(tmp_path, f"\n# second\n{line}\n")
    assert error.sentence.startswith(f"jobs/etl/requirements.txt:3: {sentence}")


@pytest.mark.parametrize("line", ["./libs/a", "-e ../../libs/common", "https://h.example/a-1.0.tar.gz"])
def test_a_constraint_names_no_place(tmp_path: Path, line: str) -> None:
    error = _error(tmp_path, "-c c.txt", jobs__etl__c_txt=line)
    assert error.sentence.startswith("jobs/etl/c.txt:1: ")
    assert error.sentence.endswith(" is a place, and a constraint can only narrow versions")


def test_options_that_are_said_elsewhere_say_where(tmp_path: Path) -> None:
    assert _error(tmp_path, "--pre").hint == 'write prerelease = "allow" in [tool.frazil]'
    assert _error(tmp_path, "-i x").hint == "an index is declared as [[tool.frazil.index]]"
    assert _error(tmp_path, "--flip").hint == "frazil honours -r, -c, -e and --hash in requirements files"


def test_a_variable_in_a_comment_is_no_variable(tmp_path: Path) -> None:
    assert _texts(_read(tmp_path, "a # ${TOKEN}")) == ["a"]


def test_all_files_that_were_included_are_inputs(tmp_path: Path) -> None:
    write_project(tmp_path, {"r.txt": "-r a.txt\n-c b.txt", "a.txt": "a", "b.txt": "b"})
    tree = ProjectTree(tmp_path)
    read_requirements_file(tree, "r.txt", {})
    assert tree.inputs == {"r.txt", "a.txt", "b.txt"}


def test_a_chain_of_files_has_no_depth_limit(tmp_path: Path) -> None:
    names = [f"f{number}.txt" for number in range(1200)]
    write_project(tmp_path, {name: f"-r {after}\n" for name, after in pairwise(names)})
    write_project(tmp_path, {names[-1]: "six"})
    read = read_requirements_file(ProjectTree(tmp_path), names[0], {})
    assert _texts(read) == ["six"]


def test_a_constraint_that_is_no_requirement_is_told(tmp_path: Path) -> None:
    error = _error(tmp_path, "-c c.txt", jobs__etl__c_txt="\na>>1")
    assert error.sentence.startswith('jobs/etl/c.txt:2: "a>>1" is not a requirement: ')


def test_a_file_may_end_in_the_middle_of_a_line(tmp_path: Path) -> None:
    assert _texts(_read(tmp_path, "six \\")) == ["six"]
    assert _texts(_read(tmp_path / "b", "six\n\\\n\\")) == ["six"]
