"""A person at the console page, in a real browser, who does what the steps of `chimeform pending show` say."""

from __future__ import annotations

from itertools import count

from tests.browser import Browser, Key

_OPENED = count()


class Console:
    """The page of one account."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url

    def open(self, account_id: str) -> None:
        # another query each time, so that the page is loaded anew
        self._browser.open(f"{self._url}/console?story{next(_OPENED)}#/account/{account_id}")
        self._browser.wait("document.documentElement.dataset.ready !== undefined")

    def claim(self, domain: str) -> tuple[str, str]:
        """The TXT record that is shown then: its name and its value."""
        self._browser.fill("#domain", domain, Key.ENTER)
        self._said("#form-domain")
        name, value = self._browser.wait(
            "[...document.querySelectorAll('#domains-table tbody code')].map(each => each.textContent)"
        )
        return name, value

    def see_verified(self) -> None:
        """The service verifies the domain; on this page somebody plays the service."""
        self._browser.click("#domains-table [data-action=Verify]")
        self._said("#domains-table")

    def connect_directory(self, directory_id: str) -> None:
        self._browser.fill("#directory-id", directory_id, Key.ENTER)
        self._said("#form-directory")

    def set_up_keys(self, issuer: str, client_id: str) -> None:
        self._browser.fill("#okta-issuer", issuer)
        self._browser.fill("#okta-client", client_id, Key.ENTER)
        self._said("#form-okta")

    def create_key(self) -> str:
        self._browser.click("#form-key button")
        self._said("#form-key")
        key: str = self._browser.run("return document.querySelector('#key').value")
        return key

    def map_group(self, name: str, license_type: str) -> None:
        self._browser.choose("#group-license", license_type)
        self._browser.fill("#group-name", name, Key.ENTER)
        self._browser.wait("document.querySelector('#groups-table').innerText.includes(arguments[0])", name)

    def sign_up(self, email: str, groups: str) -> None:
        """Somebody signs in for the first time, with the groups that the directory tells of her."""
        self._browser.open(f"{self._url}/console?story{next(_OPENED)}#/people")
        self._browser.wait("document.documentElement.dataset.ready !== undefined")
        self._browser.click("#register-all")
        self._browser.fill("#register-groups", groups)
        self._browser.fill("#register-email", email, Key.ENTER)
        self._said("#form-register")

    def _said(self, place: str) -> None:
        """Wait until something is said below a form or table."""
        self._browser.wait("document.querySelector(`${arguments[0]} ~ [role=status]`).textContent", place)
