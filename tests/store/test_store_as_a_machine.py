"""The store against a model: whatever is published, damaged, replaced or removed, it answers what is true."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from frazil.errors import IntegrityError
from frazil.store.content import Store

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and FIFOs as on POSIX")

CONTENTS = (b"", b"one", b"two", b"a longer artifact " * 500)
NAMES = ("a-1.0-py3-none-any.whl", "b-2.0.tar.gz")
contents = st.sampled_from(CONTENTS)
names = st.sampled_from(NAMES)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class StoreMachine(RuleBasedStateMachine):
    """The model is the set of (bytes, name) that the store must have."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.outside = self.folder / "outside"
        self.outside.mkdir()
        self.store = Store(self.folder / "store")
        self.model: set[tuple[bytes, str]] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def place(self, data: bytes, name: str) -> Path:
        return self.store.path(sha256_of(data), name)

    @rule(data=contents, name=names)
    def publish(self, data: bytes, name: str) -> None:
        with self.store.writer(sha256_of(data), name, len(data)) as writer:
            writer.write(data)
        self.model.add((data, name))

    @rule(data=contents, wrong=contents, name=names)
    def publish_something_else(self, data: bytes, wrong: bytes, name: str) -> None:
        expected = contextlib.nullcontext() if data == wrong else pytest.raises(IntegrityError)
        with expected, self.store.writer(sha256_of(data), name, len(data)) as writer:
            writer.write(wrong)
        if data == wrong:
            self.model.add((data, name))

    @rule(data=contents, name=names, wrong=st.binary(max_size=50))
    def overwrite(self, data: bytes, name: str, wrong: bytes) -> None:
        place = self.place(data, name)
        if place.is_file() and not place.is_symlink():
            place.chmod(0o644)
            place.write_bytes(wrong)
            if wrong != data:
                self.model.discard((data, name))

    @rule(data=contents, name=names)
    def touch(self, data: bytes, name: str) -> None:
        place = self.place(data, name)
        if place.is_file() and not place.is_symlink():
            os.utime(place, ns=(5, 5))

    @rule(data=contents, name=names)
    def replace_by_a_link_to_the_right_bytes(self, data: bytes, name: str) -> None:
        place = self.place(data, name)
        if os.path.lexists(place) and not place.is_dir():
            target = self.outside / sha256_of(data)
            target.write_bytes(data)
            place.unlink()
            place.symlink_to(target)
            self.model.discard((data, name))

    @rule(data=contents, name=names)
    def replace_by_a_folder(self, data: bytes, name: str) -> None:
        place = self.place(data, name)
        if os.path.lexists(place) and not place.is_dir():
            place.unlink()
            place.mkdir()
            self.model.discard((data, name))

    @rule(data=contents, name=names)
    def replace_by_a_fifo(self, data: bytes, name: str) -> None:
        place = self.place(data, name)
        if os.path.lexists(place) and not place.is_dir():
            place.unlink()
            os.mkfifo(place)
            self.model.discard((data, name))

    @rule(data=contents, name=names)
    def remove(self, data: bytes, name: str) -> None:
        place = self.place(data, name)
        if os.path.lexists(place) and not place.is_dir():
            place.unlink()
            self.model.discard((data, name))

    @rule(data=contents, name=names)
    def lose_the_record(self, data: bytes, name: str) -> None:
        place = self.place(data, name)
        place.with_name(f".{name}.stat").unlink(missing_ok=True)

    @rule(data=contents, name=names)
    def discard(self, data: bytes, name: str) -> None:
        self.store.discard(sha256_of(data), name)
        self.model.discard((data, name))

    @rule()
    def clean(self) -> None:
        self.store.clean()
        self.model.clear()

    @rule()
    def verify(self) -> None:
        sound = {v.entry.path for v in self.store.verify() if v.damage is None}
        assert sound == {self.place(data, name) for data, name in self.model}

    @rule()
    def open_anew(self) -> None:
        self.store = Store(self.store.root)

    @rule(data=contents, name=names)
    def ask(self, data: bytes, name: str) -> None:
        there = (data, name) in self.model
        assert self.store.has(sha256_of(data), name, len(data)) is there
        if there:
            assert self.place(data, name).read_bytes() == data

    @invariant()
    def nothing_outside_changes(self) -> None:
        assert all(sha256_of(file.read_bytes()) == file.name for file in self.outside.iterdir())


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
