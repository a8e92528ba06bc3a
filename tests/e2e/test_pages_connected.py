"""Connections in a browser: by credentials, and by a person's consent."""

from playwright.sync_api import expect

from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker


def test_a_psa_is_connected_and_checked_on_the_pages(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=2)
    road.register(connected=False)
    form = road.psa.make(["Anybody Pty Ltd"], ["AZ-CONS"])
    page = clerk.page
    clerk.signed_in(road, "connections")
    page.locator("section", has_text="Xero").get_by_role("button", name="Connect").click()
    page.get_by_label("Client id").fill(form["client_id"])
    page.get_by_label("Client secret").fill(form["client_secret"])
    page.get_by_label("Address of the API").fill(form["api_url"])
    page.get_by_label("Address of the identity service").fill(form["identity_url"])
    clerk.press("Save and check")
    clerk.sees("Working")
    clerk.sees("Used for Sync Now")


def test_a_psa_is_connected_by_a_persons_consent_with_nothing_pasted(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.register(connected=False)
    form = road.psa.make(["Anybody Pty Ltd"], ["AZ-CONS"])
    sandbox, back = road.stack.sandbox_url, f"{road.stack.portal_url}/connections/consent/answer"
    app = {"client_id": f"{road.partner}-app", "client_secret": "secret-of-the-app"}
    road.sandbox.post("/_sandbox/apps", {**app, "redirect_uris": [back]})
    page = clerk.page
    clerk.signed_in(road, "connections")
    page.locator("section", has_text="Xero").get_by_role("button", name="Connect").click()
    page.get_by_role("combobox", name="Kind of app").click()
    page.get_by_role("option", name="authorisation_code").click()
    page.get_by_label("Client id").fill(app["client_id"])
    page.get_by_label("Client secret").fill(app["client_secret"])
    page.get_by_label("Address of the API").fill(form["api_url"])
    page.get_by_label("Address of the identity service").fill(form["identity_url"])
    page.get_by_label("Address of the consent page").fill(f"{sandbox}/identity/connect/authorize")
    expect(page.get_by_label("Refresh token")).to_have_count(0)
    clerk.press("Save and check")
    page.get_by_role("button", name="Cancel").click()  # at Xero
    clerk.sees("The consent was not given. Connect again.")
    page.get_by_role("link", name="Back").click()
    clerk.press("Connect to Xero")
    page.get_by_label("Organisation").select_option(label=f"{road.partner} Pty Ltd")
    page.get_by_role("button", name="Allow access").click()
    clerk.sees("Working")
    clerk.sees("Used for Sync Now")
    # The only other machine that the browser went to is the one where a person consents.
    clerk.troubles = [one for one in clerk.troubles if f": {sandbox}/identity/" not in one]
