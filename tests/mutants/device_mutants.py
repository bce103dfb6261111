"""Defects of the simulated device and of the codec: what the driver must not have to believe."""

from typing import Final

from mutants.planting import Mutant

_FIRMWARE: Final = "mesodrive_simulator.firmware"

DEVICE_MUTANTS: Final = (
    # Dose
    Mutant(
        "device-limit-off-by-one",
        "The device takes a value one above its greatest.",
        f"{_FIRMWARE}.limits:DeviceLimits._between",
        "value > self.of(most)",
        "value > self.of(most) + 1",
    ),
    Mutant(
        "device-forgets-case",
        "The device checks a command's total without what the case has had before.",
        f"{_FIRMWARE}.limits:DeviceLimits.check_begin",
        "case_total + begin.total",
        "begin.total",
    ),
    Mutant(
        "device-period-too-short",
        "The device begins a unit a millisecond before its period is over.",
        f"{_FIRMWARE}.limits:period_us",
        "return step.period_us",
        "return step.period_us - 1000",
    ),
    Mutant(
        "trigger-bounce-is-release",
        "A trigger that is let go for an instant counts as released.",
        f"{_FIRMWARE}.interlocks:TriggerWatch.look",
        "us + self.board.profile.trigger_release_us",
        "us",
    ),
    Mutant(
        "one-unit-too-many",
        "The device takes a command with one step or unit more than it may have.",
        f"{_FIRMWARE}.limits:DeviceLimits.check_begin",
        "0 < value <= self.of(field)",
        "0 < value <= self.of(field) + 1",
    ),
    Mutant(
        "deeper-than-needle",
        "The device takes a stroke that is longer than the needle that is fitted.",
        f"{_FIRMWARE}.limits:DeviceLimits._depth",
        "depth_um > needle_um",
        "depth_um > 2 * needle_um",
    ),
    Mutant(
        "begins-without-home",
        "The device begins a unit though the needle is not seen home.",
        f"{_FIRMWARE}.delivery:Delivery._hold_of_fluid",
        "not board.plant.home(board.now_ns)",
        "False",
    ),
    Mutant(
        "excess-is-no-fault",
        "The device measures too much and goes on.",
        f"{_FIRMWARE}.unit:Unit._fault",
        "if result.excess:",
        "if False:",
    ),
    Mutant(
        "creep-goes-unseen",
        "The device does not hold its plunger against where it was left.",
        f"{_FIRMWARE}.plunger_watch:PlungerWatch.look",
        "moved_um <= STEPS_MAX * plunger.step_um",
        "True",
    ),
    Mutant(
        "one-sensor-of-heat",
        "The device believes its sensors of heat though they disagree.",
        f"{_FIRMWARE}.stops:Stops.slow_cause",
        "abs(first_mc - second_mc) > DISAGREE_MC",
        "False",
    ),
    Mutant(
        "heat-limit-too-high",
        "The device goes on until its electronics are ten degrees above their limit.",
        f"{_FIRMWARE}.stops:Stops.slow_cause",
        "board.profile.electronics_mc_max",
        "board.profile.electronics_mc_max + 10000",
    ),
    Mutant(
        "empty-syringe-goes-on",
        "The device begins a unit that its syringe does not hold.",
        f"{_FIRMWARE}.delivery:Delivery._hold_of_fluid",
        "amount > board.stores.content_left_nl",
        "False",
    ),
    Mutant(
        "blockage-never-stops",
        "The device suspects a blockage for ever and stops for none.",
        f"{_FIRMWARE}.delivery:Delivery._suspect",
        "self.exceeded >= EXCEEDED_MAX or us >= self.suspect_due_us",
        "False",
    ),
    Mutant(
        "arms-under-any-profile",
        "The device arms whatever profile ARM names.",
        f"{_FIRMWARE}.requests:Requests._check_arm",
        "arm.profile != board.profile.canonical_hash",
        "False",
    ),
    # Commands
    Mutant(
        "id-opens-twice",
        "The device opens a command under the id of the one before.",
        f"{_FIRMWARE}.requests:Requests._check_command",
        "command <= totals.last_command",
        "command < totals.last_command",
    ),
    Mutant(
        "begun-unit-again",
        "After a reset the device begins a unit anew whose mark was lost.",
        f"{_FIRMWARE}.starting:recover",
        "account.next = max(account.next, totals.next)",
        "pass",
    ),
    Mutant(
        "query-uses-number",
        "Asking for the account uses up a number of the journal.",
        f"{_FIRMWARE}.queries:Queries.account",
        "command = query.command",
        "command = query.command\n    stores.next_seq += 1",
    ),
    Mutant(
        "excess-not-in-totals",
        "What was measured too much is missing in the device's totals.",
        f"{_FIRMWARE}.unit:book",
        "stores.totals.case_total + record.hi + excess",
        "stores.totals.case_total + record.hi",
    ),
    Mutant(
        "arms-on-old-status",
        "The device takes an ARM however old the status is that it names.",
        f"{_FIRMWARE}.requests:Requests._check_fresh",
        "age_us <= fresh_us",
        "age_us >= 0",
    ),
    # Link
    Mutant(
        "crc-not-checked",
        "The decoder takes a frame whatever its checksum says.",
        "mesodrive_protocol.codec:FrameDecoder._feed_pieces",
        "crc32(body) != _CRC_RESIDUE",
        "False",
    ),
    Mutant(
        "credit-of-three",
        "The device lets one unit more be granted than it may.",
        f"{_FIRMWARE}.delivery:Delivery.grant",
        "account.next + self._credit_units",
        "account.next + self._credit_units + 1",
    ),
    Mutant(
        "lease-too-long",
        "The device goes on 10 ms after its lease is over.",
        f"{_FIRMWARE}.delivery:Delivery.grant",
        "seen_us + self._lease_us",
        "seen_us + self._lease_us + 10000",
    ),
    # Stop
    Mutant(
        "stop-needs-session",
        "The device takes STOP only from the session that holds it.",
        f"{_FIRMWARE}.link:Link._stop",
        "self._fence(stop)",
        "if self._fence(stop) is not None:\n        return",
    ),
    Mutant(
        "last-reason-kept",
        "A second cause takes the place of the first reason.",
        f"{_FIRMWARE}.stops:Stops.stop",
        "if not stores.latch_reason:",
        "if True:",
    ),
    Mutant(
        "motion-without-end",
        "The device takes a delivery that lasts ten times as long as any motion may.",
        f"{_FIRMWARE}.limits:DeviceLimits._dose",
        "MOTION_US_MAX - min(",
        "10 * MOTION_US_MAX - min(",
    ),
    Mutant(
        "power-stage-never-cuts",
        "The power stage lets a drive work for as long as it was told.",
        "mesodrive_simulator.plant.gun:Plant._work_until",
        "min(end_ns, self._deliver_ns + CUT_NS)",
        "end_ns",
    ),
    Mutant(
        "stop-lets-deliver",
        "A STOP lets a delivery end that goes on for ten times as long as it may.",
        f"{_FIRMWARE}.stops:Stops._act",
        "> FINISH_NS",
        "> 10 * FINISH_NS",
    ),
    Mutant(
        "idle-arm-stays",
        "The device stays armed for a minute more without a unit.",
        f"{_FIRMWARE}.delivery:Delivery.arm",
        "board.us + board.profile.disarm_idle_us",
        "board.us + 2 * board.profile.disarm_idle_us",
    ),
    Mutant(
        "selftest-always-passes",
        "The self-test passes whatever it finds.",
        f"{_FIRMWARE}.selftest:Selftest.failed_parts",
        "return failed if plausible else failed | SENSORS",
        "return 0",
    ),
)
