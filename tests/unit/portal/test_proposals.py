"""Proposals: the reason decides, twins and inactive records are flagged, nothing is guessed."""

import pytest
from syncline_contracts.query import PickItem
from syncline_portal.proposals import SURE, Clients, Proposal, Unmapped, bare

ID = "0c4f6c81-798a-4de5-891a-82c0d3a1e17a"


def propose(
    *items: PickItem, name: str = "Saltbush Legal Pty Ltd", domain: str = "", **chosen: set[str]
) -> Proposal | None:
    return Clients(items, chosen).propose(Unmapped(ID, name, domain))


def pick(id: str, name: str, *clues: str, inactive: bool = False) -> PickItem:
    return PickItem(id=id, name=name, clues=clues, inactive=inactive)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (pick("1", "Anything", ID.upper()), "holds this Microsoft tenant id"),
        (pick("1", "Anything", "mail@saltbush.com.au"), "is at saltbush.com.au"),
        (pick("1", "Anything", "https://www.Saltbush.com.au/about"), "is at saltbush.com.au"),
        (pick("1", "Saltbush Legal Pty Ltd"), "Same name."),
        (pick("1", "SALTBUSH  LEGAL LIMITED"), "Same name but for legal form, spaces and case."),
        (pick("1", "Saltbush-Légal"), "Same name but for"),
    ],
)
def test_a_proposal_says_why_and_is_sure_of_it(found: PickItem, reason: str) -> None:
    one = propose(pick("2", "Somebody Else"), found, domain="saltbush.com.au")
    assert one is not None
    assert (one.client_id, one.caution, one.sure) == ("1", "", True)
    assert reason in one.reason


def test_a_similar_name_is_proposed_but_never_sure() -> None:
    one = propose(pick("1", "Saltbush Legals Pty Ltd"), pick("2", "Somebody Else"))
    assert one is not None
    assert "Similar name" in one.reason
    assert one.score < SURE
    assert not one.sure


def test_what_is_not_alike_is_not_proposed() -> None:
    assert propose(pick("1", "Harbour City Dental"), pick("2", "Ltd")) is None
    assert propose() is None


def test_the_stronger_reason_wins() -> None:
    one = propose(
        pick("1", "Saltbush Legal Pty Ltd"),
        pick("2", "Other", "x@saltbush.com.au"),
        domain="saltbush.com.au",
    )
    assert one is not None
    assert one.client_id == "2"


@pytest.mark.parametrize("domain", ["gmail.com", "saltbush.onmicrosoft.com", ""])
def test_an_address_that_anybody_can_have_says_nothing(domain: str) -> None:
    assert propose(pick("1", "Other", f"x@{domain}", ""), domain=domain) is None


def test_twins_are_flagged_and_not_sure() -> None:
    one = propose(pick("2", "Saltbush Legal"), pick("1", "Saltbush Legal Ltd"))
    assert one is not None
    assert one.caution == "2 records are as likely: choose one."
    assert not one.sure


def test_an_inactive_record_is_flagged_and_an_active_one_preferred() -> None:
    old = pick("1", "Saltbush Legal", inactive=True)
    alone = propose(old)
    assert alone is not None
    assert (alone.caution, alone.sure) == ("It is inactive in the PSA.", False)
    both = propose(old, pick("2", "Saltbush Legal"))
    assert both is not None
    assert (both.client_id, both.caution) == ("2", "")


def test_what_was_chosen_for_the_same_name_is_proposed_again() -> None:
    one = propose(pick("9", "SBL Trust"), saltbushlegal={"9"})
    assert one is not None
    assert (one.client_id, one.reason) == ("9", "Another tenant of this name is mapped to it.")


def test_two_clients_chosen_for_the_same_name_are_flagged() -> None:
    one = propose(pick("9", "SBL Trust"), pick("8", "SBL"), saltbushlegal={"8", "9"})
    assert one is not None
    assert one.caution == "2 records are as likely: choose one."


def test_the_same_record_found_twice_is_no_twin() -> None:
    item = pick("1", "Saltbush Legal")
    one = propose(item, item)
    assert one is not None
    assert one.sure


@pytest.mark.parametrize("name", ["Pty Ltd", "&", "  ", "株式会社", "\u202eevil"])
def test_a_name_of_nothing_else_stays_a_name(name: str) -> None:
    assert propose(pick("1", "Saltbush"), name=name) is None
    bare(name)


def test_ten_thousand_letters_are_compared_in_time() -> None:
    assert propose(pick("1", "a" * 10_000), name="b" * 10_000) is None
