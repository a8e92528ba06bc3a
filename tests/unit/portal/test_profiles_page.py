"""Azure Billing Profiles: what a person sees of a profile, renames, and looks back at."""

from nicegui import ui
from syncline_contracts.mapping_query import GetTenant, TenantDetails
from syncline_contracts.pricing_query import (
    AssignmentView,
    AssignProfile,
    AuditEntry,
    History,
    ListProfiles,
    ProfileHistory,
    Profiles,
    SaveProfile,
)
from syncline_contracts.tenant import Hold
from syncline_portal.pages.edit_mappings import edit_mappings
from syncline_portal.pages.profiles import profiles, serving

from tests.unit.portal.answers import KEY, PROFILE, ROW, TENANT, TIE_OUT
from tests.unit.portal.fakes import NOW, FakePortal
from tests.unit.portal.visitor import opened, press, seeing, sees, until

CHEAP = PROFILE.model_copy(
    update={
        "profile_id": "cheap",
        "version": 2,
        "is_default": False,
        "settings": PROFILE.settings.model_copy(update={"name": "Cheap"}),
    }
)
OWN = AssignmentView(tenant_id=TENANT, vendor_item=None, profile_id="cheap", version=3)
BOTH = Profiles(pricing_version=8, profiles=(PROFILE, CHEAP), assignments=(OWN,))


def edits(fakes: FakePortal, kind: type[SaveProfile] | type[AssignProfile]) -> list[object]:
    return [query for query, _ in fakes.bus.asked if isinstance(query, kind)]


async def test_a_profile_is_renamed_and_made_the_default(fakes: FakePortal) -> None:
    fakes.bus.answers[ListProfiles] = BOTH.model_copy(update={"profiles": (CHEAP,)})
    page = await opened(fakes)
    async with seeing(lambda: profiles(page)) as user:
        await sees(user, "1 tenant has it as their own")
        press(user, "Edit profile")
        await sees(user, "Save profile")
        user.find(content="Name", kind=ui.input).clear().type("Bargain")
        user.find(kind=ui.checkbox).click()
        press(user, "Save profile")
        await until(lambda: edits(fakes, SaveProfile))
    (saved,) = edits(fakes, SaveProfile)
    assert isinstance(saved, SaveProfile)
    assert (saved.profile_id, saved.settings.name, saved.is_default, saved.expected_version) == (
        "cheap",
        "Bargain",
        True,
        2,
    )
    assert saved.settings.entries == CHEAP.settings.entries


async def test_the_history_of_a_profile_is_its_own_with_before_and_after(fakes: FakePortal) -> None:
    fakes.bus.answers[ListProfiles] = BOTH.model_copy(update={"profiles": (PROFILE,)})

    def entry(what: str, profile_id: str, percent: str) -> AuditEntry:
        state = {"profile_id": profile_id, "entries": [{"vendor_item": "AZ", "percent": "0"}]}
        after = {**state, "entries": [{"vendor_item": "AZ", "percent": percent}]}
        return AuditEntry(at=NOW, actor="Kim", what=what, before=state, after=after)

    fakes.bus.answers[ProfileHistory] = History(
        entries=(entry("Standard changed.", "standard", "5"), entry("Other.", "other", "7"))
    )
    page = await opened(fakes, "viewer")
    async with seeing(lambda: profiles(page)) as user:
        press(user, "History")
        await sees(
            user, "Standard changed.", "20 Nov 2026 09:00 UTC, Kim", "entries AZ percent", "0 → 5"
        )
        await user.should_not_see("Other.")
        await user.should_not_see("Edit profile")  # a viewer only reads


async def test_a_link_from_a_hold_opens_the_product_mapping_that_is_missing(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[ListProfiles] = BOTH
    page = await opened(fakes, tenant=TENANT, item="AZ-NEW")
    async with seeing(lambda: profiles(page)) as user:
        await sees(user, "Add Product Mapping: Cheap", "Save Product Mappings")
        assert user.find(content="Vendor Item", kind=ui.select).elements.pop().value == "AZ-NEW"


def test_the_profile_that_serves_a_tenant_is_the_items_own_then_its_own_then_the_default() -> None:
    of_item = OWN.model_copy(update={"vendor_item": "AZ-CONS", "profile_id": "standard"})
    found = BOTH.model_copy(update={"assignments": (OWN, of_item)})
    assert serving(found, TENANT, "AZ-CONS") is PROFILE
    assert serving(found, TENANT, "AZ-OTHER") is CHEAP
    assert serving(found, "another", "AZ-OTHER") is PROFILE


async def test_a_tenant_is_given_a_profile_as_a_whole_and_the_page_says_what_applies(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[ListProfiles] = BOTH.model_copy(update={"assignments": ()})
    hold = Hold(code="no_profile_entry", message="-", fix="profile", vendor_item="AZ-CONS")
    row = ROW.model_copy(update={"holds": (hold,)})
    details = TenantDetails(row=row, charges=(), tie_out=TIE_OUT, plan=None)
    fakes.bus.answers[GetTenant] = details
    page = await opened(fakes)
    psa = await page.visit.psa(page.partner)
    assert psa is not None
    async with seeing(lambda: edit_mappings(page.visit, page.partner, psa, KEY, row)) as user:
        await sees(user, "The default: Standard", "As the whole tenant")
        (whole,) = user.find(content="Profile for the whole tenant", kind=ui.select).elements
        (item,) = user.find(content="Profile for AZ-CONS", kind=ui.select).elements
        whole.value, item.value = "cheap", "standard"
        press(user, "Save", "Save")
        await sees(user, "Saved. It stays for the next month.")
    done = [
        (one.vendor_item, one.profile_id, one.expected_version)
        for one in edits(fakes, AssignProfile)
        if isinstance(one, AssignProfile)
    ]
    assert done == [(None, "cheap", None), ("AZ-CONS", "standard", None)]
