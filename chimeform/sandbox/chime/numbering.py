"""The pool of phone numbers that can be searched and bought: computed from the numbering plans, never stored.

A search offers the same numbers in the same order every time, minus those that are taken. Serial numbers start at
555-0100, the range that North America keeps for fiction, and go up from there. Calling codes, area codes and toll-free
prefixes are those of the public numbering plans; which country sells which type for which product is the service's
[guide: Country requirements for phone numbers].
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

BUSINESS_CALLING = "BusinessCalling"
VOICE_CONNECTOR = "VoiceConnector"
SIP_MEDIA = "SipMediaApplicationDialIn"

HOME = ("US", "PR")
"""Where Business Calling and Voice Connector numbers are sold."""

TOLL_FREE_PREFIXES = ("800", "833", "844", "855", "866", "877", "888")


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one prefix: `+`, calling code, area or service code, then `width` digits."""

    prefix: str
    width: int

    def numbers(self) -> Iterator[str]:
        for serial in range(int("25550100"[-self.width :]), 10**self.width):
            yield f"{self.prefix}{serial:0{self.width}d}"

    def covers(self, number: str) -> bool:
        return len(number) == len(self.prefix) + self.width and number.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class Country:
    """A country outside the US: its calling code and the series that are sold (None: the type is not)."""

    calling_code: str
    local: Series | None
    toll_free: Series | None
    products: tuple[str, ...] = (SIP_MEDIA,)


_NANP_TOLL_FREE = Series("+1833", 7)

COUNTRIES = {
    "AU": Country("61", Series("+612", 8), Series("+611800", 6)),
    "AT": Country("43", Series("+431", 7), Series("+43800", 6)),
    "CA": Country("1", Series("+1416", 7), _NANP_TOLL_FREE),
    "DK": Country("45", Series("+453", 7), Series("+4580", 6)),
    "FI": Country("358", Series("+3589", 7), Series("+358800", 6)),
    "DE": Country("49", Series("+4930", 8), Series("+49800", 7)),
    "IE": Country("353", Series("+35321", 7), Series("+3531800", 6)),
    "IT": Country("39", Series("+3906", 8), Series("+39800", 6)),
    "NZ": Country("64", Series("+649", 7), Series("+64800", 6)),
    "NG": Country("234", Series("+2341", 7), None),
    "PR": Country("1", Series("+1787", 7), _NANP_TOLL_FREE, (BUSINESS_CALLING, VOICE_CONNECTOR)),
    "KR": Country("82", None, Series("+8280", 7)),
    "SE": Country("46", Series("+468", 7), Series("+4620", 6)),
    "CH": Country("41", Series("+4144", 7), Series("+41800", 6)),
    "GB": Country("44", Series("+4420", 8), Series("+44800", 7)),
}

US_AREA_CODES = {
    state: tuple(codes.split())
    for state, codes in {
        "AK": "907", "AL": "205 251 256 334 938", "AR": "501 479 870", "AZ": "602 480 520 623 928",
        "CA": "415 209 213 310 323 408 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 747 760 805 818 831"
              " 858 909 916 925 949 951",
        "CO": "303 719 720 970", "CT": "203 475 860 959", "DC": "202", "DE": "302",
        "FL": "305 239 321 352 386 407 561 727 754 772 786 813 850 863 904 941 954",
        "GA": "404 229 470 478 678 706 762 770 912", "HI": "808", "IA": "515 319 563 641 712", "ID": "208",
        "IL": "312 217 224 309 331 618 630 708 773 779 815 847 872", "IN": "317 219 260 574 765 812",
        "KS": "316 620 785 913", "KY": "502 270 606 859", "LA": "504 225 318 337 985",
        "MA": "617 339 351 413 508 774 781 857 978", "MD": "410 240 301 443", "ME": "207",
        "MI": "313 231 248 269 517 586 616 734 810 906 947 989", "MN": "612 218 320 507 651 763 952",
        "MO": "314 417 573 636 660 816", "MS": "601 228 662 769", "MT": "406",
        "NC": "704 252 336 828 910 919 980 984", "ND": "701", "NE": "402 308 531", "NH": "603",
        "NJ": "201 551 609 732 848 856 862 908 973", "NM": "505 575", "NV": "702 725 775",
        "NY": "212 315 347 516 518 585 607 631 646 716 718 845 914 917 929",
        "OH": "216 234 330 419 440 513 567 614 740 937", "OK": "405 539 580 918", "OR": "503 458 541 971",
        "PA": "215 267 272 412 484 570 610 717 724 814 878", "RI": "401", "SC": "803 843 864", "SD": "605",
        "TN": "615 423 731 865 901 931",
        "TX": "512 210 214 254 281 325 361 409 430 432 469 682 713 806 817 830 832 903 915 936 940 956 972 979",
        "UT": "801 385 435", "VA": "703 276 434 540 571 757 804", "VT": "802", "WA": "206 253 360 425 509",
        "WI": "414 262 534 608 715 920", "WV": "304 681", "WY": "307",
    }.items()
}  # fmt: skip

_CITIES = {
    ("AZ", "phoenix"): "602", ("CA", "los angeles"): "213", ("CA", "san diego"): "619", ("CA", "san francisco"): "415",
    ("CA", "san jose"): "408", ("CO", "denver"): "303", ("DC", "washington"): "202", ("FL", "miami"): "305",
    ("GA", "atlanta"): "404", ("IL", "chicago"): "312", ("MA", "boston"): "617", ("MI", "detroit"): "313",
    ("MN", "minneapolis"): "612", ("NY", "brooklyn"): "718", ("NY", "new york"): "212", ("OR", "portland"): "503",
    ("PA", "philadelphia"): "215", ("PA", "pittsburgh"): "412", ("TX", "austin"): "512", ("TX", "dallas"): "214",
    ("TX", "houston"): "713", ("WA", "bellevue"): "425", ("WA", "seattle"): "206", ("WA", "spokane"): "509",
    ("WA", "tacoma"): "253",
}  # fmt: skip

_CANADIAN_AREA_CODES = frozenset(
    code
    for row in (
        "204 226 236 249 250 289 306 343 365 403 416 418 431 437 438 450 506 514 519 579 581 587 604 613 639 647 705",
        "709 778 780 782 807 819 825 867 873 902 905",
    )
    for code in row.split()
)
_PUERTO_RICAN_AREA_CODES = ("787", "939")


@dataclass(frozen=True, slots=True)
class Place:
    """What a number says about itself: ISO country and `Local` or `TollFree`."""

    country: str
    type: str


def locate(number: str) -> Place | None:
    """Country and type of an E.164 number; None for a country that sells no numbers."""
    if number.startswith("+1"):
        return _locate_north_american(number)
    for code, country in COUNTRIES.items():
        if number.startswith(f"+{country.calling_code}"):
            free = country.toll_free is not None and country.toll_free.covers(number)
            return Place(code, "TollFree" if free else "Local")
    return None


def _locate_north_american(number: str) -> Place | None:
    area = number[2:5]
    if len(number) != len("+12065550100"):
        return None
    if area in TOLL_FREE_PREFIXES:
        return Place("US", "TollFree")
    if area in _CANADIAN_AREA_CODES:
        return Place("CA", "Local")
    # Any other area code counts as one of the US: new ones come every year, and the sandbox does not police them.
    return Place("PR" if area in _PUERTO_RICAN_AREA_CODES else "US", "Local")


def is_sold(place: Place) -> bool:
    """Whether the country has numbers of that type at all."""
    if place.country == "US":
        return True
    country = COUNTRIES[place.country]
    return (country.local if place.type == "Local" else country.toll_free) is not None


def find_product_objection(place: Place | None, product: str) -> str | None:
    """Why a number at that place cannot have the product type; None when it can.

    Business Calling takes no toll-free number, and outside the US only SIP media application dial-in is possible, with
    Puerto Rico counting as inside [botocore CreatePhoneNumberOrder, UpdatePhoneNumber; guide: Country requirements].
    SIP media application dial-in takes any number: the guide lists none of Puerto Rico for it, but nothing says that
    the API refuses one.
    """
    if product == SIP_MEDIA:
        return None
    if place is None or place.country not in HOME:
        return f"numbers outside the US must have the product type {SIP_MEDIA}"
    if product == BUSINESS_CALLING and place.type == "TollFree":
        return f"toll-free numbers cannot have the product type {BUSINESS_CALLING}"
    return None


def list_countries(product: str) -> list[tuple[str, tuple[str, ...]]]:
    """Country codes and the types sold there for a product, in alphabetical order."""
    found: list[tuple[str, tuple[str, ...]]] = [
        ("US", ("Local",) if product == BUSINESS_CALLING else ("Local", "TollFree"))
    ]
    for code, country in COUNTRIES.items():
        if product not in country.products:
            continue
        local = ("Local",) if country.local else ()
        free = ("TollFree",) if country.toll_free and product != BUSINESS_CALLING else ()
        found.append((code, local + free))
    return sorted(found)


def search_us(area_code: str | None, city: str | None, state: str | None, toll_free: str | None) -> tuple[Series, ...]:
    """The series that answer a search in the US; every filter given must hold.

    A city that the table does not know is served by one area code of its state, always the same. The 800 prefix is
    accepted and has no numbers left.
    """
    if toll_free is not None:
        outside = area_code not in (None, toll_free) or city is not None or state is not None
        return () if outside or toll_free == "800" else (Series(f"+1{toll_free}", 7),)
    codes = [code for name, owned in US_AREA_CODES.items() if state in (None, name) for code in owned]
    if city is not None and codes:
        known = _CITIES.get((state or "", city.strip().lower()))
        codes = [known or codes[zlib.crc32(city.strip().lower().encode()) % len(codes)]]
    return tuple(Series(f"+1{code}", 7) for code in codes if area_code in (None, code))


def search_abroad(code: str, number_type: str) -> tuple[Series, ...]:
    """The series of a type in a country; none where the type or the country is not sold."""
    country = COUNTRIES.get(code)
    if country is None:
        return ()
    series = country.local if number_type == "Local" else country.toll_free
    return () if series is None else (series,)
