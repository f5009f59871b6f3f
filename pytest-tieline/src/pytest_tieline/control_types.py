# Generated from the schemas of the control API by `npm run control-types`.
from __future__ import annotations

import sys
from typing import Any, Literal

if sys.version_info >= (3, 11):
    from typing import NotRequired, TypedDict
else:
    from typing_extensions import NotRequired, TypedDict

Permission = Literal["get-all", "post-all"]


class NewAccount(TypedDict):
    """The input of `ControlCreateAccount`: makes an account: a main one, or a subaccount of
    owner_account_sid.
    """

    friendly_name: str
    type: NotRequired[Literal["Trial", "Full"]]
    #: The main account, if the new account is a subaccount.
    owner_account_sid: NotRequired[str]
    sid: NotRequired[str]
    auth_token: NotRequired[str]


class CreatedAccount(TypedDict):
    """The answer of `ControlCreateAccount`."""

    auth_token: str
    date_created: str
    date_updated: str
    friendly_name: str
    owner_account_sid: str
    sid: str
    status: Literal["active", "suspended", "closed"]
    subresource_uris: dict[str, str]
    type: Literal["Trial", "Full"]
    uri: str
    test_account_sid: str
    test_auth_token: str


class AccountFilter(TypedDict):
    """The input of `ControlListAccounts`: the accounts with their auth tokens, newest first."""

    #: A main account, with its subaccounts.
    owner_account_sid: NotRequired[str]


class Account(TypedDict):
    """The answer of `ControlUpgradeAccount`."""

    auth_token: str
    date_created: str
    date_updated: str
    friendly_name: str
    owner_account_sid: str
    sid: str
    status: Literal["active", "suspended", "closed"]
    subresource_uris: dict[str, str]
    type: Literal["Trial", "Full"]
    uri: str


class NewConnectApp(TypedDict):
    """The input of `ControlCreateConnectApp`: makes a Connect app of an upgraded main account."""

    account_sid: str
    friendly_name: str
    company_name: str
    permissions: NotRequired[list[Permission]]
    description: NotRequired[str]
    homepage_url: NotRequired[str]
    terms_of_service_url: NotRequired[str]
    authorize_redirect_url: NotRequired[str]
    deauthorize_callback_url: NotRequired[str]
    deauthorize_callback_method: NotRequired[Literal["GET", "POST"]]
    signed_redirect: NotRequired[bool]


class ConnectApp(TypedDict):
    """The answer of `ControlCreateConnectApp`."""

    account_sid: str
    authorize_redirect_url: str | None
    company_name: str | None
    deauthorize_callback_method: Literal["GET", "POST"] | None
    deauthorize_callback_url: str | None
    description: str | None
    friendly_name: str | None
    homepage_url: str | None
    permissions: list[Permission]
    sid: str
    uri: str


class GrantOf(TypedDict):
    """The input of `ControlDeauthorize`: the revoke: the customer account_sid ends its grant to
    the app.
    """

    connect_app_sid: str
    account_sid: str


class Consent(TypedDict):
    """The input of `ControlAuthorize`: the consent in one call: the customer account_sid
    authorises the app.
    """

    connect_app_sid: str
    account_sid: str
    state: NotRequired[str]


class Authorized(TypedDict):
    """The answer of `ControlAuthorize`."""

    #: The subaccount in which the app acts.
    account_sid: str
    redirect_url: str | None
    permissions: list[Permission]


class Denied(TypedDict):
    """The answer of `ControlDeny`."""

    redirect_url: str | None


class Deauthorized(TypedDict):
    """The answer of `ControlDeauthorize`."""

    account_sid: str
    delivery_id: str | None


#: The input of `ControlSetRate`: sets the rate of a category from a day on; the price null removes
#: it.
NewRate = TypedDict(
    "NewRate",
    {
        "category": str,
        "per": NotRequired[Literal["count", "usage"]],
        #: The price; null withdraws the rate.
        "price": str | None,
        #: A day such as 2026-03-18. The default is today.
        "from": NotRequired[str],
    },
)


class NewStockNumbers(TypedDict):
    #: In E.164, or a short code of 3 to 8 digits.
    number: str
    #: Two letters, such as `US`.
    country: str
    #: `local`, `mobile` or `toll-free`.
    kind: str
    #: Some of `sms`, `mms` and `voice`, with spaces between.
    capabilities: str
    #: A carrier of the carriers file.
    carrier: str
    #: The price of a month; empty: by the rate card.
    price: NotRequired[str]


class NewStock(TypedDict):
    """The input of `ControlImportNumbers`: puts numbers into the stock that accounts buy from.
    Refused numbers are named, and do not hold back the others. The same numbers change
    nothing the second time.
    """

    #: A file with the header `number,country,kind,capabilities,carrier[,price]`.
    csv: NotRequired[str]
    numbers: NotRequired[list[NewStockNumbers]]
    #: Reports, and changes nothing.
    dry_run: NotRequired[bool]


class StockImportedRefused(TypedDict):
    #: `line 3` of the file, or `numbers[1]` of the list.
    place: str
    field: Literal["number", "country", "kind", "capabilities", "carrier", "price"]
    value: str
    rule: str


class StockImported(TypedDict):
    """The answer of `ControlImportNumbers`."""

    dry_run: bool
    added: int
    changed: int
    #: The numbers that the stock has already, just so.
    unchanged: int
    refused: list[StockImportedRefused]


#: The answer of `ControlSetRate`.
Rate = TypedDict(
    "Rate",
    {
        "category": str,
        "price": str | None,
        "from": str,
    },
)


class NewGrantLimit(TypedDict):
    """The input of `ControlLimitGrant`: limits what a Connect app may do for the customer
    account_sid: its spending in a month, the countries that it reaches, and the time at which
    its grant ends. A missing limit stays.
    """

    connect_app_sid: str
    account_sid: str
    #: Null for none.
    monthly_limit: NotRequired[str | float | None]
    #: Such as `["US"]`; null for any.
    countries: NotRequired[list[str] | None]
    #: A time to come; null for none.
    date_ends: NotRequired[str | None]


class GrantLimit(TypedDict):
    """The answer of `ControlLimitGrant`."""

    account_sid: str
    monthly_limit: str | None
    #: A decimal number as text, so that no digit is lost.
    spent: str
    countries: list[str] | None
    date_ends: str | None


class NewAccountLimits(TypedDict):
    """The input of `ControlLimitAccount`: sets limits of an account: the countries that it
    reaches, its messages and calls in a second, its calls at once, and, for a main account,
    the balance below which its apps write and send nothing. A missing limit stays.
    """

    #: Null for none.
    balance_floor: NotRequired[str | float | None]
    #: Such as `["US"]`; null for the default.
    countries: NotRequired[list[str] | None]
    #: Null for the default.
    max_messages_per_second: NotRequired[int | None]
    #: Null for the default.
    max_calls_per_second: NotRequired[int | None]
    #: Null for the default.
    max_calls_at_once: NotRequired[int | None]


class Balance(TypedDict):
    """The answer of `ControlLimitAccount`."""

    account_sid: str
    #: A decimal number as text, so that no digit is lost.
    balance: str
    balance_floor: str | None
    countries: list[str] | None
    max_messages_per_second: int | None
    max_calls_per_second: int | None
    max_calls_at_once: int | None


class NewCredit(TypedDict):
    """The input of `ControlCreditBalance`: adds an amount, which may be negative, to the balance
    of a main account, once for each key.
    """

    amount: str | float
    reason: str
    #: Credits with the same key count only once.
    key: str


class Credit(TypedDict):
    key: str
    #: A decimal number as text, so that no digit is lost.
    amount: str
    reason: str
    date_created: str


class BalanceWithCredits(TypedDict):
    """The answer of `ControlFetchBalance`."""

    account_sid: str
    #: A decimal number as text, so that no digit is lost.
    balance: str
    balance_floor: str | None
    credits: list[Credit]


class CreditedBalance(TypedDict):
    """The answer of `ControlCreditBalance`."""

    account_sid: str
    #: A decimal number as text, so that no digit is lost.
    balance: str
    balance_floor: str | None
    credit: Credit
    repeated: bool


class PlatformEvent(TypedDict):
    sid: str
    date_created: str
    actor_kind: str
    actor_sid: str | None
    action: str
    detail: dict[str, Any]


class NewPhoneNumber(TypedDict):
    """The input of `ControlCreatePhoneNumber`: gives an account any phone number, on offer or
    not.
    """

    account_sid: str
    #: Any possible phone number, such as +15555550100.
    phone_number: str
    sid: NotRequired[str]
    friendly_name: NotRequired[str]
    sms_url: NotRequired[str]
    sms_method: NotRequired[Literal["GET", "POST"]]
    sms_fallback_url: NotRequired[str]
    sms_fallback_method: NotRequired[Literal["GET", "POST"]]
    voice_url: NotRequired[str]
    voice_method: NotRequired[Literal["GET", "POST"]]
    voice_fallback_url: NotRequired[str]
    voice_fallback_method: NotRequired[Literal["GET", "POST"]]
    status_callback: NotRequired[str]
    status_callback_method: NotRequired[Literal["GET", "POST"]]


class PhoneNumberCapabilities(TypedDict):
    voice: bool
    sms: bool
    mms: bool
    fax: bool
    SMS: bool
    MMS: bool


class PhoneNumber(TypedDict):
    """The answer of `ControlCreatePhoneNumber`."""

    account_sid: str
    address_requirements: Literal["none", "any", "local", "foreign"]
    address_sid: str | None
    api_version: str
    beta: bool
    bundle_sid: str | None
    capabilities: PhoneNumberCapabilities
    date_created: str
    date_updated: str
    emergency_address_sid: str | None
    emergency_address_status: Literal["registered", "unregistered"]
    emergency_status: Literal["Active", "Inactive"]
    friendly_name: str
    identity_sid: str | None
    origin: Literal["twilio"]
    phone_number: str
    sid: str
    sms_application_sid: str | None
    sms_fallback_method: Literal["GET", "POST"]
    sms_fallback_url: str | None
    sms_method: Literal["GET", "POST"]
    sms_url: str | None
    status: Literal["in-use"]
    status_callback: str | None
    status_callback_method: Literal["GET", "POST"]
    trunk_sid: str | None
    type: Literal["local", "mobile", "toll-free"]
    uri: str
    voice_application_sid: str | None
    voice_caller_id_lookup: bool
    voice_fallback_method: Literal["GET", "POST"]
    voice_fallback_url: str | None
    voice_method: Literal["GET", "POST"]
    voice_receive_mode: Literal["voice", "fax"]
    voice_url: str | None


class NewMessagingService(TypedDict):
    """The input of `ControlCreateMessagingService`: makes a messaging service of an account,
    with all its numbers or with some of them.
    """

    account_sid: str
    sid: NotRequired[str]
    #: The default is every number of the account.
    phone_numbers: NotRequired[list[str]]


class MessagingService(TypedDict):
    """The answer of `ControlCreateMessagingService`."""

    sid: str
    account_sid: str
    phone_numbers: list[str] | None
    date_created: str
    date_updated: str


class UsageEvent(TypedDict):
    account_sid: str
    category: str
    count: NotRequired[int]
    usage: NotRequired[str | float]
    price: NotRequired[str | float]
    #: A time as 2026-03-18T23:31:36Z; now, if it is left out.
    at: NotRequired[str]
    #: An event counts once for each key of its account.
    key: str
    #: Makes the event a correction of the price.
    reason: NotRequired[str]


class Metered(TypedDict):
    """The answer of `ControlMeterUsage`."""

    accepted: int
    repeated: int


#: The input of `ControlReceiveMessage`: a message arrives from outside at a number of an account.
InboundMessage = TypedDict(
    "InboundMessage",
    {
        "to": str,
        "from": str,
        "body": NotRequired[str],
        "media_urls": NotRequired[list[str]],
    },
)


#: The answer of `ControlReceiveMessage`.
Message = TypedDict(
    "Message",
    {
        "account_sid": str,
        "api_version": str,
        "body": str,
        "date_created": str,
        "date_sent": str | None,
        "date_updated": str,
        "direction": Literal["inbound", "outbound-api", "outbound-call", "outbound-reply"],
        "error_code": int | None,
        "error_message": str | None,
        "from": str | None,
        "messaging_service_sid": str | None,
        "num_media": str,
        "num_segments": str,
        "price": str | None,
        "price_unit": str,
        "sid": str,
        "status": Literal[
            "accepted",
            "scheduled",
            "queued",
            "sending",
            "sent",
            "delivered",
            "undelivered",
            "failed",
            "receiving",
            "received",
            "canceled",
        ],
        "subresource_uris": dict[str, str],
        "to": str,
        "uri": str,
    },
)


#: The input of `ControlReceiveCall`: a call arrives from outside at a number of an account.
InboundCall = TypedDict(
    "InboundCall",
    {
        "to": str,
        "from": str,
        #: The digits and sentences of the caller, in turn.
        "inputs": NotRequired[list[str]],
        "caller_name": NotRequired[str],
        #: Seconds.
        "hang_up_after": NotRequired[int],
    },
)


#: The answer of `ControlReceiveCall`.
Call = TypedDict(
    "Call",
    {
        "account_sid": str,
        "answered_by": str | None,
        "api_version": str,
        "caller_name": str | None,
        "date_created": str,
        "date_updated": str,
        "direction": Literal["inbound", "outbound-api", "outbound-dial"],
        "duration": str | None,
        "end_time": str | None,
        "forwarded_from": str | None,
        "from": str,
        "from_formatted": str,
        "group_sid": str | None,
        "parent_call_sid": str | None,
        "phone_number_sid": str | None,
        "price": str | None,
        "price_unit": str,
        "queue_time": str,
        "sid": str,
        "start_time": str | None,
        "status": Literal[
            "queued",
            "ringing",
            "in-progress",
            "completed",
            "busy",
            "failed",
            "no-answer",
            "canceled",
        ],
        "subresource_uris": dict[str, str],
        "to": str,
        "to_formatted": str,
        "trunk_sid": str | None,
        "uri": str,
    },
)


DeliveryState = Literal["pending", "leased", "delivered", "dead", "cancelled"]


class DeliveryFilter(TypedDict):
    """The input of `ControlListDeliveries`: the past and pending webhooks, newest first, with
    all attempts.
    """

    account_sid: NotRequired[str]
    state: NotRequired[DeliveryState]
    url: NotRequired[str]


class DeliveryAttempt(TypedDict):
    number: int
    date: str
    url: str
    #: The text that was signed.
    signed: str | None
    status: int | None
    error: str | None
    response: str | None
    duration_ms: int


class Delivery(TypedDict):
    """The answer of `ControlReplayDelivery`."""

    id: str
    account_sid: str
    connect_app_sid: str | None
    kind: str
    url: str
    method: Literal["GET", "POST"]
    state: DeliveryState
    reason: str | None
    idempotency_token: str
    date_created: str
    date_next: str | None
    parameters: Any
    attempts: list[DeliveryAttempt]


#: The input of `ControlRouteCalls`: shows to which targets of a connection policy a number of calls
#: would go, or which carriers would take a message and a call between two addresses.
RouteWanted = TypedDict(
    "RouteWanted",
    {
        #: The connection policy, `NY…`.
        "policy": NotRequired[str],
        "calls": NotRequired[int],
        "seed": NotRequired[int],
        #: The recipient of a message or a call, in E.164.
        "to": NotRequired[str],
        #: The sender, in E.164.
        "from": NotRequired[str],
        #: The account that sends; without it, the one that holds `from`.
        "account_sid": NotRequired[str],
        #: The grant of the Connect app that sends.
        "grant_sid": NotRequired[str],
    },
)


class RouteShare(TypedDict):
    sid: NotRequired[str]
    #: The target of a policy, or the name of a carrier.
    target: str | None
    priority: NotRequired[int]
    weight: NotRequired[int]
    calls: NotRequired[int]
    share: NotRequired[float]
    traffic: NotRequired[Literal["calls", "messages"]]
    #: The kind of the carrier.
    kind: NotRequired[str | None]
    #: The reason for this carrier.
    because: NotRequired[str]


class TargetsOf(TypedDict):
    """The input of `ControlListTargets`: the targets of a connection policy, each with its state
    as the server that answers sees it.
    """

    #: The connection policy, `NY…`.
    policy: str


class PolicyExport(TypedDict):
    """The input of `ControlExportPolicy`: a connection policy in the form of another program, as
    text.
    """

    #: The connection policy, `NY…`.
    policy: str
    #: The program that reads the text.
    format: Literal["kamailio", "opensips", "jambonz"]


class ExportedPolicy(TypedDict):
    """The answer of `ControlExportPolicy`."""

    #: The program that reads the text.
    format: Literal["kamailio", "opensips", "jambonz"]
    #: A list for Kamailio's module dispatcher, SQL for OpenSIPS' module drouting, or JSON with the
    #: carriers of jambonz.
    text: str


class TargetState(TypedDict):
    sid: str
    target: str
    priority: int
    weight: int
    enabled: bool
    #: A target that is down comes last. Nobody asked one that is `unknown`.
    state: Literal["up", "down", "unknown"]
    #: The reason of the state, as a sentence.
    detail: str | None
    since: str | None


class CarriedMessageRefs(TypedDict):
    part: int
    #: The id of the part there.
    ref: str
    state: Literal["accepted", "delivered", "undelivered", "failed"]


class CarriedMessage(TypedDict):
    """The answer of `ControlFetchMessage`."""

    sid: str
    account_sid: str
    status: Literal[
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "delivered",
        "undelivered",
        "failed",
        "receiving",
        "received",
        "canceled",
    ]
    error_code: int | None
    #: Null: no carrier has named an id for it.
    carrier: str | None
    #: The parts that the carrier took.
    refs: list[CarriedMessageRefs]
    #: The charge of the account, once the message ended.
    price: str | None
    price_unit: str
    #: The price of the carrier, once it tells one.
    carrier_cost: str | None
    carrier_cost_unit: str | None


class CarrierState(TypedDict):
    name: str
    kind: str
    carries: list[Literal["calls", "messages"]]
    #: The number of routes that lead to it.
    routes: int
    default_of: list[Literal["calls", "messages"]]
    state: Literal["up", "throttled", "down", "unknown"]
    #: The reason of the state, in words.
    detail: str | None
    since: str | None


class ClockMove(TypedDict):
    """The input of `ControlMoveClock`: moves the time forward, to a moment or by a length of
    time; it runs on from there. With in_step, puts it back to real time if nothing is dated
    later. Answers when the webhooks that fell due were tried once, or after 30 s.
    """

    set: NotRequired[str]
    advance: NotRequired[str]
    in_step: NotRequired[Literal[True]]


class ClockMoved(TypedDict):
    """The answer of `ControlMoveClock`."""

    now: str
    delivered: int
    pending: int


class Clock(TypedDict):
    """The answer of `ControlFetchClock`."""

    now: str
    real_time: str
    moved: bool
    ahead_ms: int


class NewSnapshot(TypedDict):
    """The input of `ControlKeepSnapshot`: stores the whole world under a name, and replaces a
    snapshot of that name.
    """

    name: str


class Snapshot(TypedDict):
    """The answer of `ControlKeepSnapshot`."""

    name: str
    date_created: str
    rows: int
    bytes: int


FaultMethod = Literal["GET", "POST", "DELETE"]


class NewFaultMatch(TypedDict):
    method: NotRequired[FaultMethod]
    path: NotRequired[str]


class NewFault(TypedDict):
    """The input of `ControlCreateFault`: makes the API answer requests with an error, late, or
    not at all; at most one fault strikes a request.
    """

    #: A method and a path with stars, or its parts; every request, if it is left out.
    match: NotRequired[str | NewFaultMatch]
    status: NotRequired[int]
    #: Milliseconds, or text as `2s`.
    delay: NotRequired[int | str]
    #: Cuts the connection before or after the request is carried out.
    cut: NotRequired[Literal["before", "after"]]
    times: NotRequired[int]
    probability: NotRequired[float]
    seed: NotRequired[int]


class FaultMatch(TypedDict):
    method: str | None
    path: str | None


class Fault(TypedDict):
    """The answer of `ControlCreateFault`."""

    id: str
    match: FaultMatch
    status: int | None
    delay: int
    cut: Literal["before", "after"] | None
    times: int | None
    probability: float
    seed: int
    matched: int
    struck: int
