"""From the parts to what people see; reads everything and changes nothing."""

from typing import Final

from mesodrive.core.conduct import exit_code
from mesodrive.core.parts import Parts
from mesodrive.core.view import AlarmView, LinkView, UncertainView, View
from mesodrive_protocol.enums import DeviceState, Hold, Kind, Reason
from mesodrive_protocol.messages import Status

_HOLDING: Final = frozenset({DeviceState.ARMED, DeviceState.RUNNING})


def take_view(parts: Parts) -> View:
    """Return the session as it stands."""
    status, position, ledger = parts.device.status, parts.position, parts.ledger
    identity, book, dose = parts.device.identity, parts.sequencer.book, ledger.dose
    pressure_pa, contact_mn, current_ua, voltage_uv = _measured(parts)
    units_uncertain = ledger.units_open() + ledger.units_unknown()
    return View(
        state=parts.machine.state.value,
        device_state="" if status is None else DeviceState(status.state).name.lower(),
        reason="" if status is None or not status.reason else _word(Reason(status.reason)),
        hold=_hold(status),
        awaiting=parts.awaiting[0] if parts.awaiting else "",
        fit_title=position.fit.title,
        simulated=parts.device.simulated,
        serial="" if identity is None else identity.serial.decode(),
        model="" if identity is None else identity.model.decode(),
        stage=min(position.stage_at + 1, len(parts.spec.stages)),
        stages=len(parts.spec.stages),
        program=position.program_at + 1,
        programs=len(position.stage.programs),
        purpose=position.program.purpose,
        zone=_zone(parts, status),
        units_total=position.units_planned,
        units_confirmed=parts.booking.units_confirmed,
        units_uncertain=units_uncertain,
        uncertain=_uncertain(parts) if units_uncertain and not parts.sequencer.armed else (),
        amount_unit=position.amount_unit,
        amount_lo=dose.lo,
        amount_hi=dose.hi,
        amount_excess=ledger.excess,
        amount_planned=position.amount_planned,
        amount_before=parts.guard.before,
        amount_waste=ledger.waste.hi,
        next=0 if status is None or book is None else status.next,
        upto=0 if book is None else book.granted,
        stop=_stop(parts),
        stop_latency_ns=parts.stopper.latency_ns,
        alarms=tuple(
            AlarmView(row.id, row.priority.name.lower(), row.times) for row in parts.alarms.active()
        ),
        pressure_pa=pressure_pa,
        contact_mn=contact_mn,
        current_ua=current_ua,
        voltage_uv=voltage_uv,
        temp_mc=0 if status is None else status.temp_mc,
        link=_link(parts),
        ending=parts.ending,
        exit_code=exit_code(parts) if parts.ending else 0,
        problem=dict(parts.problem),
    )


def _measured(parts: Parts) -> tuple[int, int, int, int]:
    """Return pressure, contact force, current and voltage; 0 for what the device has none of."""
    status = parts.device.status
    if status is None:
        return 0, 0, 0, 0
    if parts.position.amount_unit == "uC":
        return 0, 0, status.a, status.b
    return status.a, status.b, 0, 0


def _link(parts: Parts) -> LinkView:
    link = parts.link
    signed = parts.keys.keyed if link.session else None
    return LinkView(
        link.sent, link.received, link.damaged, link.refused, link.repeated, link.stale, signed
    )


def _uncertain(parts: Parts) -> tuple[UncertainView, ...]:
    """Return what is uncertain by zone; asked only where something is."""
    units: dict[int, int] = {}
    amounts: dict[int, int] = {}
    for book in parts.ledger.books.values():
        for unit in book.unknowable_units():
            zone, one = book.zones[unit], book.settled.get(unit)
            units[zone] = units.get(zone, 0) + 1
            amounts[zone] = amounts.get(zone, 0) + (one.hi if one else book.programmed[unit])
    names = parts.spec.zones
    return tuple(
        UncertainView(names[zone].name if zone >= 0 else "", count, amounts[zone])
        for zone, count in sorted(units.items())
    )


def _word(member: Reason | Hold) -> str:
    return member.name.lower().replace("_", " ")


def _hold(status: Status | None) -> str:
    if status is None or status.state not in _HOLDING or not status.hold:
        return ""
    return _word(Hold(status.hold))


def _stop(parts: Parts) -> str:
    stopper = parts.stopper
    if stopper.pressed:
        return "not confirmed" if stopper.overdue else "sent"
    return "confirmed" if stopper.confirmed and parts.device.state is DeviceState.LATCHED else ""


def _zone(parts: Parts, status: Status | None) -> str:
    book = parts.sequencer.book
    if book is None or status is None or book.program.kind is Kind.PRIME:
        return ""
    zone = book.zones[min(status.next, book.units - 1)]
    return parts.spec.zones[zone].name if zone >= 0 else ""
