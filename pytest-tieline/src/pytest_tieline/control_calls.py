# Generated from the schemas of the control API by `npm run control-types`.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .control_types import (
    Account,
    AccountFilter,
    Authorized,
    Balance,
    BalanceWithCredits,
    Call,
    CarriedMessage,
    CarrierState,
    ConnectApp,
    Consent,
    CreatedAccount,
    CreditedBalance,
    Deauthorized,
    Delivery,
    DeliveryFilter,
    Denied,
    ExportedPolicy,
    Fault,
    GrantLimit,
    GrantOf,
    InboundCall,
    InboundMessage,
    Message,
    MessagingService,
    Metered,
    NewAccount,
    NewAccountLimits,
    NewConnectApp,
    NewCredit,
    NewFault,
    NewGrantLimit,
    NewMessagingService,
    NewPhoneNumber,
    NewRate,
    NewStock,
    PhoneNumber,
    PlatformEvent,
    PolicyExport,
    Rate,
    RouteShare,
    RouteWanted,
    Snapshot,
    StockImported,
    TargetState,
    TargetsOf,
    UsageEvent,
)
from .path_part import path_part


class ControlCalls:
    """The calls of the control API, except those of the clock."""

    def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        raise NotImplementedError

    def create_account(self, fields: NewAccount) -> CreatedAccount:
        """Makes an account: a main one, or a subaccount of owner_account_sid."""
        answer: CreatedAccount = self._call("POST", "/accounts", fields)
        return answer

    def accounts(self, fields: AccountFilter | None = None) -> list[Account]:
        """The accounts with their auth tokens, newest first."""
        answer: list[Account] = self._call("GET", "/accounts", query=fields or {})["accounts"]
        return answer

    def create_phone_number(self, fields: NewPhoneNumber) -> PhoneNumber:
        """Gives an account any phone number, on offer or not."""
        answer: PhoneNumber = self._call("POST", "/phone_numbers", fields)
        return answer

    def upgrade_account(self, sid: str) -> Account:
        """Upgrades a Trial account, with its subaccounts, to Full."""
        answer: Account = self._call("POST", f"/accounts/{path_part(sid)}/upgrade", {})
        return answer

    def create_connect_app(self, fields: NewConnectApp) -> ConnectApp:
        """Makes a Connect app of an upgraded main account."""
        answer: ConnectApp = self._call("POST", "/connect_apps", fields)
        return answer

    def delete_connect_app(self, sid: str) -> None:
        """Deletes a Connect app and revokes its grants."""
        self._call("DELETE", f"/connect_apps/{path_part(sid)}")

    def authorize(self, fields: Consent) -> Authorized:
        """The consent in one call: the customer account_sid authorises the app."""
        answer: Authorized = self._call("POST", "/authorize", fields)
        return answer

    def deny(self, fields: Consent) -> Denied:
        """The refusal in one call: nothing is granted."""
        answer: Denied = self._call("POST", "/deny", fields)
        return answer

    def deauthorize(self, fields: GrantOf) -> Deauthorized:
        """The revoke: the customer account_sid ends its grant to the app."""
        answer: Deauthorized = self._call("POST", "/deauthorize", fields)
        return answer

    def meter_usage(self, fields: UsageEvent | list[UsageEvent]) -> Metered:
        """Counts usage: one event, or a list of events, of which all or none count."""
        answer: Metered = self._call("POST", "/usage", fields)
        return answer

    def receive_message(self, fields: InboundMessage) -> Message:
        """A message arrives from outside at a number of an account."""
        answer: Message = self._call("POST", "/messages", fields)
        return answer

    def message(self, sid: str) -> CarriedMessage:
        """A message with what its carrier told of it. No text and no address is in it."""
        answer: CarriedMessage = self._call("GET", f"/messages/{path_part(sid)}")
        return answer

    def receive_call(self, fields: InboundCall) -> Call:
        """A call arrives from outside at a number of an account."""
        answer: Call = self._call("POST", "/calls", fields)
        return answer

    def create_messaging_service(self, fields: NewMessagingService) -> MessagingService:
        """Makes a messaging service of an account, with all its numbers or with some of them."""
        answer: MessagingService = self._call("POST", "/messaging_services", fields)
        return answer

    def deliveries(self, fields: DeliveryFilter | None = None) -> list[Delivery]:
        """The past and pending webhooks, newest first, with all attempts."""
        answer: list[Delivery] = self._call("GET", "/deliveries", query=fields or {})["deliveries"]
        return answer

    def replay_delivery(self, sid: str) -> Delivery:
        """Sends a delivery again now, with the same token, and restarts its schedule."""
        answer: Delivery = self._call("POST", f"/deliveries/{path_part(sid)}/replay", {})
        return answer

    def snapshots(self) -> list[Snapshot]:
        """The stored snapshots, by name."""
        answer: list[Snapshot] = self._call("GET", "/snapshots")["snapshots"]
        return answer

    def snapshot(self, name: str) -> Snapshot:
        """Stores the whole world under a name, and replaces a snapshot of that name."""
        answer: Snapshot = self._call("POST", "/snapshots", {"name": name})
        return answer

    def restore(self, name: str) -> None:
        """Restores a snapshot's world, with its clock, and removes all faults."""
        self._call("POST", f"/snapshots/{path_part(name)}/restore", {})

    def delete_snapshot(self, name: str) -> None:
        """Deletes a snapshot; the world does not change."""
        self._call("DELETE", f"/snapshots/{path_part(name)}")

    def faults(self) -> list[Fault]:
        """The faults of this process in their order, and how often each has struck."""
        answer: list[Fault] = self._call("GET", "/faults")["faults"]
        return answer

    def set_fault(self, fields: NewFault | None = None) -> Fault:
        """Makes the API answer requests with an error, late, or not at all; at most one fault
        strikes a request.
        """
        answer: Fault = self._call("POST", "/faults", fields or {})
        return answer

    def clear_faults(self) -> None:
        """Removes all faults of this process."""
        self._call("DELETE", "/faults")

    def clear_fault(self, id: str) -> None:
        """Removes one fault."""
        self._call("DELETE", f"/faults/{path_part(id)}")

    def reset(self) -> None:
        """Empties the database, puts the clock back, removes all faults, and makes the world of
        a first start again; snapshots stay.
        """
        self._call("POST", "/reset", {})

    def route(self, fields: RouteWanted | None = None) -> list[RouteShare]:
        """Shows to which targets of a connection policy a number of calls would go, or which
        carriers would take a message and a call between two addresses.
        """
        answer: list[RouteShare] = self._call("GET", "/route", query=fields or {})["targets"]
        return answer

    def carriers(self) -> list[CarrierState]:
        """The carriers of the server that answers, each with its state there."""
        answer: list[CarrierState] = self._call("GET", "/carriers")["carriers"]
        return answer

    def targets(self, fields: TargetsOf) -> list[TargetState]:
        """The targets of a connection policy, each with its state as the server that answers
        sees it.
        """
        answer: list[TargetState] = self._call("GET", "/targets", query=fields)["targets"]
        return answer

    def export_policy(self, fields: PolicyExport) -> ExportedPolicy:
        """A connection policy in the form of another program, as text."""
        answer: ExportedPolicy = self._call("GET", "/targets/export", query=fields)
        return answer

    def import_numbers(self, fields: NewStock | None = None) -> StockImported:
        """Puts numbers into the stock that accounts buy from. Refused numbers are named, and do
        not hold back the others. The same numbers change nothing the second time.
        """
        answer: StockImported = self._call("POST", "/numbers", fields or {})
        return answer

    def set_rate(self, fields: NewRate) -> Rate:
        """Sets the rate of a category from a day on; the price null removes it."""
        answer: Rate = self._call("POST", "/rates", fields)
        return answer

    def limit_grant(self, fields: NewGrantLimit) -> GrantLimit:
        """Limits what a Connect app may do for the customer account_sid: its spending in a
        month, the countries that it reaches, and the time at which its grant ends. A missing
        limit stays.
        """
        answer: GrantLimit = self._call("POST", "/grant_limits", fields)
        return answer

    def limit_account(self, sid: str, fields: NewAccountLimits | None = None) -> Balance:
        """Sets limits of an account: the countries that it reaches, its messages and calls in a
        second, its calls at once, and, for a main account, the balance below which its apps
        write and send nothing. A missing limit stays.
        """
        answer: Balance = self._call("POST", f"/accounts/{path_part(sid)}/limits", fields or {})
        return answer

    def balance(self, sid: str) -> BalanceWithCredits:
        """The balance of a main account, its floor, and what was credited, newest first."""
        answer: BalanceWithCredits = self._call("GET", f"/accounts/{path_part(sid)}/balance")
        return answer

    def credit_balance(self, sid: str, fields: NewCredit) -> CreditedBalance:
        """Adds an amount, which may be negative, to the balance of a main account, once for each
        key.
        """
        answer: CreditedBalance = self._call("POST", f"/accounts/{path_part(sid)}/balance", fields)
        return answer

    def audit(self) -> list[PlatformEvent]:
        """The changes to the platform itself, such as its rates, with their authors, newest
        first.
        """
        answer: list[PlatformEvent] = self._call("GET", "/audit")["events"]
        return answer
