import os
from pathlib import Path

import pytest
from syncline_ingest.sources import inbox
from syncline_ingest.sources.inbox import Found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "acme" / "inbox").mkdir(parents=True)
    return tmp_path


def drop(root: Path, name: str, text: str = "x") -> Found:
    (root / "acme" / "inbox" / name).write_text(text)
    return next(one for one in inbox.look(root, "acme") if one.file_name == name)


def test_only_folders_named_like_a_partner_count(root: Path) -> None:
    (root / "Not A Partner").mkdir()
    (root / "file").write_text("x")
    (root / "linked").symlink_to(root / "acme")
    assert inbox.partners(root) == ["acme"]


def test_the_inbox_of_a_known_partner_is_made(root: Path) -> None:
    assert inbox.look(root, "other-msp") == []
    assert (root / "other-msp" / "inbox").is_dir()


@pytest.mark.parametrize("partner", ["..", "a/b", "", "ACME", "a" * 41])
def test_a_name_that_could_escape_is_no_partner(root: Path, partner: str) -> None:
    with pytest.raises(FileNotFoundError):
        inbox.look(root, partner)


def test_files_that_are_still_being_written_are_left_alone(root: Path) -> None:
    for name in (".hidden", "~$open.csv", "a.csv.part", "b.tmp", "c.crdownload"):
        (root / "acme" / "inbox" / name).write_text("x")
    assert inbox.look(root, "acme") == []


def test_a_link_is_seen_and_never_opened(root: Path) -> None:
    secret = root / "secret"
    secret.write_text("secret")
    (root / "acme" / "inbox" / "x.csv").symlink_to(secret)
    (found,) = inbox.look(root, "acme")
    assert not found.is_file
    with pytest.raises(OSError):
        inbox.open_file(root, found)
    assert inbox.put_away(root, found, inbox.QUARANTINE, "m", "It is a link.")
    assert (root / "acme" / "quarantine" / "x.csv").is_symlink()
    assert secret.read_text() == "secret"


def test_an_inbox_that_is_a_link_is_not_followed(root: Path) -> None:
    (root / "other-msp").mkdir()
    (root / "other-msp" / "inbox").symlink_to(root / "acme" / "inbox")
    with pytest.raises(OSError):
        inbox.look(root, "other-msp")


def test_a_file_that_was_swapped_is_not_opened(root: Path) -> None:
    found = drop(root, "x.csv", "one")
    (root / "acme" / "inbox" / "x.csv").unlink()
    drop(root, "x.csv", "two, and longer")
    with pytest.raises(FileNotFoundError):
        inbox.open_file(root, found)
    assert not inbox.put_away(root, found, inbox.DONE, "m")
    assert (root / "acme" / "inbox" / "x.csv").exists()


def test_a_taken_file_goes_to_done_and_never_over_another_one(root: Path) -> None:
    assert inbox.put_away(root, drop(root, "x.csv", "one"), inbox.DONE, "aaaa")
    assert inbox.put_away(root, drop(root, "x.csv", "two"), inbox.DONE, "bbbb")
    done = root / "acme" / "done"
    assert {path.name: path.read_text() for path in done.iterdir()} == {
        "x.csv": "one",
        "x.bbbb.csv": "two",
    }


def test_a_refused_file_lies_beside_its_reason(root: Path) -> None:
    found = drop(root, "x.csv")
    assert inbox.put_away(root, found, inbox.QUARANTINE, "m", "x.csv, row 2: no.")
    quarantine = root / "acme" / "quarantine"
    assert (quarantine / "x.csv").exists()
    assert (quarantine / "x.csv.reason.txt").read_text() == "x.csv, row 2: no.\n"


def test_a_name_that_is_no_text_can_still_be_told(root: Path) -> None:
    path = os.fsencode(root / "acme" / "inbox") + b"/bad\xff\nname.csv"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    os.close(descriptor)
    (found,) = inbox.look(root, "acme")
    found.name.encode()
    assert found.name.isprintable()
    assert inbox.put_away(root, found, inbox.DONE, "m")
