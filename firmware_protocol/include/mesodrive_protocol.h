/* Mesodrive Device Protocol, version 1. Rendered from the Python declarations by
 * `python -m mesodrive_protocol.render --write`; do not edit. PROTOCOL.md says what it means.
 *
 * The structures lie in memory as the body lies on the wire: packed, little-endian. A signed body
 * goes on with MESO_MAC_BYTES of MAC; every body ends with MESO_CRC_BYTES of CRC-32. On a
 * processor that cannot read at odd addresses let the compiler see the packed type, never a
 * pointer to one of its members. */
#ifndef MESODRIVE_PROTOCOL_H
#define MESODRIVE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
#error "these structures need a little-endian processor"
#endif

#define MESO_PROTOCOL_VERSION 1u
#define MESO_MASK_BYTE 165u
#define MESO_SIGNED_FLAG 1u
#define MESO_HEADER_BYTES 16u
#define MESO_MAC_BYTES 8u
#define MESO_CRC_BYTES 4u
#define MESO_PAYLOAD_BYTES_MAX 232u
#define MESO_PAYLOAD_BYTES_MAX_SIGNED 224u
#define MESO_BODY_BYTES_MIN 20u
#define MESO_BODY_BYTES_MAX 253u
#define MESO_WIRE_BYTES_MAX 256u
#define MESO_STEP_BYTES 24u
#define MESO_CAPS_KIND_SHIFT 8u

#define MESO_ID_HELLO 0x0001u
#define MESO_ID_POLL 0x0002u
#define MESO_ID_LIMITS 0x0003u
#define MESO_ID_ACCOUNT 0x0004u
#define MESO_ID_FETCH 0x0005u
#define MESO_ID_STOP 0x0010u
#define MESO_ID_GRANT 0x0011u
#define MESO_ID_ACK 0x0012u
#define MESO_ID_OPEN 0x0020u
#define MESO_ID_NARROW 0x0021u
#define MESO_ID_FIT 0x0022u
#define MESO_ID_SELFTEST 0x0023u
#define MESO_ID_BEGIN 0x0024u
#define MESO_ID_DATA 0x0025u
#define MESO_ID_COMMIT 0x0026u
#define MESO_ID_ARM 0x0027u
#define MESO_ID_PAUSE 0x0028u
#define MESO_ID_CLOSE 0x0029u
#define MESO_ID_CLEAR 0x002Au
#define MESO_ID_OFF 0x002Bu
#define MESO_ID_UPDATE 0x002Cu
#define MESO_ID_KEY 0x7000u
#define MESO_ID_IDENTITY 0x8001u
#define MESO_ID_STATUS 0x8002u
#define MESO_ID_LIMITS_ARE 0x8003u
#define MESO_ID_ACCOUNT_IS 0x8004u
#define MESO_ID_RECORD 0x8005u
#define MESO_ID_TRACE 0x8006u
#define MESO_ID_ANSWER 0x8020u

#define MESO_NARROW_ITEMS_MAX 16u
#define MESO_DATA_ITEMS_MAX 9u
#define MESO_LIMITS_ARE_ITEMS_MAX 54u
#define MESO_TRACE_ITEMS_MAX 20u

#define MESO_STATUS_FAST_US 50000u
#define MESO_STATUS_SLOW_US 500000u
#define MESO_STATUS_AFTER_STOP_US 2000000u
#define MESO_ANSWER_US 20000u
#define MESO_ANSWER_DURABLE_US 100000u
#define MESO_START_US 3000000u
#define MESO_REFUSED_PER_S 20u
#define MESO_TIMEOUT_US 50000u
#define MESO_TIMEOUT_DURABLE_US 150000u
#define MESO_TIMEOUT_US_MAX 400000u
#define MESO_TRIES_MAX 5u
#define MESO_TRIES_US_MAX 2000000u
#define MESO_HELLO_US 250000u
#define MESO_HELLO_US_MAX 5000000u
#define MESO_GRANT_US 50000u
#define MESO_STATUS_OLD_US 250000u
#define MESO_STATUS_LOST_US 500000u
#define MESO_LEASE_US 200000u
#define MESO_LEASE_FIRST_US 500000u
#define MESO_CREDIT_UNITS 2u
#define MESO_ARM_FRESH_US 500000u
#define MESO_ARM_SEEN 16u
#define MESO_SESSION_HOLD_US 2000000u
#define MESO_LOADING_US 2000000u
#define MESO_IDLE_US 60000000u
#define MESO_TESTING_US_MAX 3000000u
#define MESO_TESTED_US 600000000u
#define MESO_TRIGGER_RELEASE_US 30000u
#define MESO_FINISH_US 100000u
#define MESO_STOP_US 100000u
#define MESO_HOME_US_MAX 500000u
#define MESO_MOTION_US_MAX 2000000u
#define MESO_WATCHDOG_US 500000u
#define MESO_SLICE_US_MAX 5000000u
#define MESO_RAMP_DOWN_US 5000000u
#define MESO_STOP_CURRENT_US 100000u
#define MESO_FAULT_CURRENT_US 20000u
#define MESO_FAULT_PULSE_US 100u
#define MESO_TRAIN_US_MAX 200000u
#define MESO_RECORD_FIRST_US 50000u
#define MESO_RECORD_US_MAX 400000u
#define MESO_RECORDS_AHEAD 4u
#define MESO_ANSWERS_KEPT 16u
#define MESO_EVENT_SLOTS 8u
#define MESO_SLOTS_MIN 32u
#define MESO_STEPS_MIN 64u
#define MESO_UNITS_NEEDLE_MAX 1000u
#define MESO_UNITS_OTHER_MAX 10000u
#define MESO_WINDOW_MIN 512u
#define MESO_PORT_BYTES_MAX 64u
#define MESO_RECOVERY_US 2000000u
#define MESO_DRIFT_WARN_PERMILLE 10u
#define MESO_DRIFT_STOP_PERMILLE 50u
#define MESO_STOP_AGAIN_US 20000u
#define MESO_STOP_PROOF_US 300000u

enum meso_kind {
    MESO_KIND_EVENT = 0,
    MESO_KIND_PRICK = 1,
    MESO_KIND_TRAIN = 2,
    MESO_KIND_CURRENT = 3,
    MESO_KIND_PULSE = 4,
    MESO_KIND_PASS = 5,
    MESO_KIND_MEASURE = 6,
    MESO_KIND_PRIME = 7,
    MESO_KIND_DRY = 8,
};

enum meso_phase {
    MESO_PHASE_REST = 0,
    MESO_PHASE_OUT = 1,
    MESO_PHASE_DELIVER = 2,
    MESO_PHASE_DWELL = 3,
    MESO_PHASE_BACK = 4,
};

enum meso_outcome {
    MESO_OUTCOME_DONE = 0,
    MESO_OUTCOME_PARTIAL = 1,
    MESO_OUTCOME_NOT_DONE = 2,
    MESO_OUTCOME_UNKNOWN = 3,
};

enum meso_event_kind {
    MESO_EVENT_KIND_BOOT = 0,
    MESO_EVENT_KIND_LATCH = 1,
    MESO_EVENT_KIND_CLEAR = 2,
    MESO_EVENT_KIND_FITTED = 3,
    MESO_EVENT_KIND_TESTED = 4,
    MESO_EVENT_KIND_OPENED = 5,
    MESO_EVENT_KIND_CLOSED = 6,
};

enum meso_hold {
    MESO_HOLD_NONE = 0,
    MESO_HOLD_GRANT = 1,
    MESO_HOLD_TRIGGER = 2,
    MESO_HOLD_CONTACT = 3,
    MESO_HOLD_PERIOD = 4,
    MESO_HOLD_JOURNAL = 5,
    MESO_HOLD_WINDOW = 6,
    MESO_HOLD_PRESSURE = 7,
};

enum meso_inputs {
    MESO_INPUTS_TRIGGER = 1,
    MESO_INPUTS_CONTACT = 2,
    MESO_INPUTS_VACUUM = 4,
    MESO_INPUTS_HOME = 8,
    MESO_INPUTS_HEAD = 16,
    MESO_INPUTS_CARTRIDGE = 32,
    MESO_INPUTS_STOP_KEY = 64,
    MESO_INPUTS_CHARGER = 128,
    MESO_INPUTS_OUTPUTS_OFF = 256,
    MESO_INPUTS_TESTED = 512,
    MESO_INPUTS_PRIMED = 1024,
    MESO_INPUTS_CALIBRATED = 2048,
};

enum meso_caps {
    MESO_CAPS_SIMULATED = 1,
    MESO_CAPS_KEYED = 2,
    MESO_CAPS_BREAK = 4,
    MESO_CAPS_NO_TRIGGER = 8,
};

enum meso_reason {
    MESO_REASON_NONE = 0,
    MESO_REASON_STOP = 1,
    MESO_REASON_BREAK = 2,
    MESO_REASON_STOP_KEY = 3,
    MESO_REASON_LEASE = 4,
    MESO_REASON_CONTACT = 5,
    MESO_REASON_VACUUM = 6,
    MESO_REASON_BLOCKAGE = 7,
    MESO_REASON_TOO_MUCH = 8,
    MESO_REASON_TOO_LITTLE = 9,
    MESO_REASON_OPEN = 10,
    MESO_REASON_SHORT = 11,
    MESO_REASON_IMPEDANCE = 12,
    MESO_REASON_PULSE = 13,
    MESO_REASON_HOME = 14,
    MESO_REASON_EMPTY = 15,
    MESO_REASON_FITTING = 16,
    MESO_REASON_TEMPERATURE = 17,
    MESO_REASON_SUPPLY = 18,
    MESO_REASON_RESET = 19,
    MESO_REASON_STORES = 20,
    MESO_REASON_TRIGGER = 21,
    MESO_REASON_SENSOR = 22,
    MESO_REASON_INTERNAL = 23,
};

enum meso_code {
    MESO_CODE_OK = 0,
    MESO_CODE_VERSION = 1,
    MESO_CODE_ID = 2,
    MESO_CODE_LENGTH = 3,
    MESO_CODE_FIELD = 4,
    MESO_CODE_STATE = 5,
    MESO_CODE_BOOT = 6,
    MESO_CODE_SESSION = 7,
    MESO_CODE_HELD = 8,
    MESO_CODE_STALE = 9,
    MESO_CODE_OTHER_OPEN = 10,
    MESO_CODE_KIND = 11,
    MESO_CODE_COMMAND = 12,
    MESO_CODE_NEXT = 13,
    MESO_CODE_FRESH = 14,
    MESO_CODE_LIMIT = 15,
    MESO_CODE_PROFILE = 16,
    MESO_CODE_FITTING = 17,
    MESO_CODE_UNTESTED = 18,
    MESO_CODE_UNPRIMED = 19,
    MESO_CODE_LATCHED = 20,
    MESO_CODE_JOURNAL = 21,
    MESO_CODE_CRC = 22,
    MESO_CODE_MAC = 23,
    MESO_CODE_GONE = 24,
};

enum meso_device_state {
    MESO_DEVICE_STATE_STARTING = 0,
    MESO_DEVICE_STATE_IDLE = 1,
    MESO_DEVICE_STATE_LOADING = 2,
    MESO_DEVICE_STATE_LOADED = 3,
    MESO_DEVICE_STATE_ARMED = 4,
    MESO_DEVICE_STATE_RUNNING = 5,
    MESO_DEVICE_STATE_STOPPING = 6,
    MESO_DEVICE_STATE_LATCHED = 7,
    MESO_DEVICE_STATE_TESTING = 8,
    MESO_DEVICE_STATE_UPDATE = 9,
};

enum meso_stop_cause {
    MESO_STOP_CAUSE_OPERATOR = 0,
    MESO_STOP_CAUSE_SIGNAL = 1,
    MESO_STOP_CAUSE_CLIENT_LOST = 2,
    MESO_STOP_CAUSE_STATUS_LOST = 3,
    MESO_STOP_CAUSE_HOST_LATE = 4,
    MESO_STOP_CAUSE_CLOCK = 5,
    MESO_STOP_CAUSE_LIMIT = 6,
    MESO_STOP_CAUSE_JOURNAL = 7,
    MESO_STOP_CAUSE_MISMATCH = 8,
    MESO_STOP_CAUSE_INTERNAL = 9,
};

enum meso_how {
    MESO_HOW_OPEN = 0,
    MESO_HOW_COMPLETE = 1,
    MESO_HOW_REST_ELSEWHERE = 2,
    MESO_HOW_GIVEN_UP = 3,
};

enum meso_relation {
    MESO_RELATION_OPEN = 0,
    MESO_RELATION_CLOSED = 1,
    MESO_RELATION_OLDER = 2,
    MESO_RELATION_NEVER = 3,
};

enum meso_clear_reason {
    MESO_CLEAR_REASON_CAUSE_GONE = 0,
    MESO_CLEAR_REASON_CHECKED = 1,
    MESO_CLEAR_REASON_RECOVERED = 2,
};

enum meso_trigger {
    MESO_TRIGGER_SINGLE = 1,
    MESO_TRIGGER_HELD = 2,
    MESO_TRIGGER_NONE = 3,
};

enum meso_limit_field {
    MESO_LIMIT_FIELD_DEPTH_UM_MIN = 1,
    MESO_LIMIT_FIELD_DEPTH_UM_MAX = 2,
    MESO_LIMIT_FIELD_DOSE_NL_MIN = 3,
    MESO_LIMIT_FIELD_DOSE_NL_MAX = 4,
    MESO_LIMIT_FIELD_FLOW_NL_S_MAX = 5,
    MESO_LIMIT_FIELD_MEAN_NL_S_MAX = 6,
    MESO_LIMIT_FIELD_WINDOW_NL_MAX = 7,
    MESO_LIMIT_FIELD_CASE_NL_MAX = 8,
    MESO_LIMIT_FIELD_PERIOD_US_MIN = 9,
    MESO_LIMIT_FIELD_UNITS_MAX = 10,
    MESO_LIMIT_FIELD_STEPS_MAX = 11,
    MESO_LIMIT_FIELD_PRESSURE_PA_MAX = 12,
    MESO_LIMIT_FIELD_STROKES_MAX = 13,
    MESO_LIMIT_FIELD_RATE_MHZ_MAX = 14,
    MESO_LIMIT_FIELD_CURRENT_UA_MAX = 15,
    MESO_LIMIT_FIELD_DENSITY_UA_CM2_MAX = 16,
    MESO_LIMIT_FIELD_CASE_UC_MAX = 17,
    MESO_LIMIT_FIELD_VOLTAGE_UV_MAX = 18,
    MESO_LIMIT_FIELD_PULSE_US_MAX = 19,
    MESO_LIMIT_FIELD_ENERGY_UJ_MAX = 20,
    MESO_LIMIT_FIELD_RAMP_US_MIN = 21,
    MESO_LIMIT_FIELD_VACUUM_PA_MAX = 22,
    MESO_LIMIT_FIELD_DWELL_US_MAX = 23,
    MESO_LIMIT_FIELD_CONTACT_MN_MIN = 24,
    MESO_LIMIT_FIELD_HOME_US_MAX = 25,
};

#pragma pack(push, 1)

struct meso_header {
    uint8_t version;
    uint8_t flags;
    uint16_t id;
    uint32_t rid;
    uint32_t boot;
    uint32_t session;
};

struct meso_hello {
    struct meso_header header;
};
_Static_assert(sizeof(struct meso_hello) == 16, "size of hello");

struct meso_poll {
    struct meso_header header;
};
_Static_assert(sizeof(struct meso_poll) == 16, "size of poll");

struct meso_limits {
    struct meso_header header;
    uint8_t head;
    uint8_t reserved_17[3];
};
_Static_assert(sizeof(struct meso_limits) == 20, "size of limits");
_Static_assert(offsetof(struct meso_limits, head) == 16, "limits.head");
_Static_assert(offsetof(struct meso_limits, reserved_17) == 17, "limits.reserved_17");

struct meso_account {
    struct meso_header header;
    uint64_t command;
};
_Static_assert(sizeof(struct meso_account) == 24, "size of account");
_Static_assert(offsetof(struct meso_account, command) == 16, "account.command");

struct meso_fetch {
    struct meso_header header;
    uint32_t seq;
};
_Static_assert(sizeof(struct meso_fetch) == 20, "size of fetch");
_Static_assert(offsetof(struct meso_fetch, seq) == 16, "fetch.seq");

struct meso_stop {
    struct meso_header header;
    uint32_t press;
    uint8_t cause;
    uint8_t reserved_21[3];
};
_Static_assert(sizeof(struct meso_stop) == 24, "size of stop");
_Static_assert(offsetof(struct meso_stop, press) == 16, "stop.press");
_Static_assert(offsetof(struct meso_stop, cause) == 20, "stop.cause");
_Static_assert(offsetof(struct meso_stop, reserved_21) == 21, "stop.reserved_21");

struct meso_grant {
    struct meso_header header;
    uint64_t command;
    uint64_t seen_us;
    uint16_t upto;
    uint8_t reserved_34[2];
};
_Static_assert(sizeof(struct meso_grant) == 36, "size of grant");
_Static_assert(offsetof(struct meso_grant, command) == 16, "grant.command");
_Static_assert(offsetof(struct meso_grant, seen_us) == 24, "grant.seen_us");
_Static_assert(offsetof(struct meso_grant, upto) == 32, "grant.upto");
_Static_assert(offsetof(struct meso_grant, reserved_34) == 34, "grant.reserved_34");

struct meso_ack {
    struct meso_header header;
    uint32_t seq;
    uint32_t chain;
};
_Static_assert(sizeof(struct meso_ack) == 24, "size of ack");
_Static_assert(offsetof(struct meso_ack, seq) == 16, "ack.seq");
_Static_assert(offsetof(struct meso_ack, chain) == 20, "ack.chain");

struct meso_open {
    struct meso_header header;
    uint64_t nonce;
    uint64_t case_;
    uint32_t key_id;
    uint8_t reserved_36[4];
};
_Static_assert(sizeof(struct meso_open) == 40, "size of open");
_Static_assert(offsetof(struct meso_open, nonce) == 16, "open.nonce");
_Static_assert(offsetof(struct meso_open, case_) == 24, "open.case_");
_Static_assert(offsetof(struct meso_open, key_id) == 32, "open.key_id");
_Static_assert(offsetof(struct meso_open, reserved_36) == 36, "open.reserved_36");

struct meso_narrow_item {
    uint16_t field;
    uint8_t reserved_2[2];
    int32_t value;
};
_Static_assert(sizeof(struct meso_narrow_item) == 8, "size of narrow_item");
_Static_assert(offsetof(struct meso_narrow_item, field) == 0, "narrow_item.field");
_Static_assert(offsetof(struct meso_narrow_item, reserved_2) == 2, "narrow_item.reserved_2");
_Static_assert(offsetof(struct meso_narrow_item, value) == 4, "narrow_item.value");

struct meso_narrow {
    struct meso_header header;
    uint8_t n;
    uint8_t reserved_17[3];
    struct meso_narrow_item limits[];
};
_Static_assert(sizeof(struct meso_narrow) == 20, "size of narrow");
_Static_assert(offsetof(struct meso_narrow, n) == 16, "narrow.n");
_Static_assert(offsetof(struct meso_narrow, reserved_17) == 17, "narrow.reserved_17");

struct meso_fit {
    struct meso_header header;
    uint16_t fit_no;
    uint16_t needle_um;
    uint16_t bore_um;
    uint8_t pins;
    uint8_t head;
    uint32_t content_nl;
    uint32_t area_mm2;
    uint32_t lot;
};
_Static_assert(sizeof(struct meso_fit) == 36, "size of fit");
_Static_assert(offsetof(struct meso_fit, fit_no) == 16, "fit.fit_no");
_Static_assert(offsetof(struct meso_fit, needle_um) == 18, "fit.needle_um");
_Static_assert(offsetof(struct meso_fit, bore_um) == 20, "fit.bore_um");
_Static_assert(offsetof(struct meso_fit, pins) == 22, "fit.pins");
_Static_assert(offsetof(struct meso_fit, head) == 23, "fit.head");
_Static_assert(offsetof(struct meso_fit, content_nl) == 24, "fit.content_nl");
_Static_assert(offsetof(struct meso_fit, area_mm2) == 28, "fit.area_mm2");
_Static_assert(offsetof(struct meso_fit, lot) == 32, "fit.lot");

struct meso_selftest {
    struct meso_header header;
};
_Static_assert(sizeof(struct meso_selftest) == 16, "size of selftest");

struct meso_begin {
    struct meso_header header;
    uint64_t command;
    uint8_t kind;
    uint8_t head;
    uint16_t steps;
    uint16_t units;
    uint8_t reserved_30[2];
    uint32_t total;
    uint32_t cap_uv;
};
_Static_assert(sizeof(struct meso_begin) == 40, "size of begin");
_Static_assert(offsetof(struct meso_begin, command) == 16, "begin.command");
_Static_assert(offsetof(struct meso_begin, kind) == 24, "begin.kind");
_Static_assert(offsetof(struct meso_begin, head) == 25, "begin.head");
_Static_assert(offsetof(struct meso_begin, steps) == 26, "begin.steps");
_Static_assert(offsetof(struct meso_begin, units) == 28, "begin.units");
_Static_assert(offsetof(struct meso_begin, reserved_30) == 30, "begin.reserved_30");
_Static_assert(offsetof(struct meso_begin, total) == 32, "begin.total");
_Static_assert(offsetof(struct meso_begin, cap_uv) == 36, "begin.cap_uv");

struct meso_data {
    struct meso_header header;
    uint16_t first;
    uint8_t n;
    uint8_t reserved_19[1];
    uint8_t steps[][24];
};
_Static_assert(sizeof(struct meso_data) == 20, "size of data");
_Static_assert(offsetof(struct meso_data, first) == 16, "data.first");
_Static_assert(offsetof(struct meso_data, n) == 18, "data.n");
_Static_assert(offsetof(struct meso_data, reserved_19) == 19, "data.reserved_19");

struct meso_commit {
    struct meso_header header;
    uint64_t command;
    uint32_t crc;
};
_Static_assert(sizeof(struct meso_commit) == 28, "size of commit");
_Static_assert(offsetof(struct meso_commit, command) == 16, "commit.command");
_Static_assert(offsetof(struct meso_commit, crc) == 24, "commit.crc");

struct meso_arm {
    struct meso_header header;
    uint64_t command;
    uint64_t seen_us;
    uint8_t profile[32];
    uint16_t next;
    uint16_t fit_no;
};
_Static_assert(sizeof(struct meso_arm) == 68, "size of arm");
_Static_assert(offsetof(struct meso_arm, command) == 16, "arm.command");
_Static_assert(offsetof(struct meso_arm, seen_us) == 24, "arm.seen_us");
_Static_assert(offsetof(struct meso_arm, profile) == 32, "arm.profile");
_Static_assert(offsetof(struct meso_arm, next) == 64, "arm.next");
_Static_assert(offsetof(struct meso_arm, fit_no) == 66, "arm.fit_no");

struct meso_pause {
    struct meso_header header;
    uint64_t command;
};
_Static_assert(sizeof(struct meso_pause) == 24, "size of pause");
_Static_assert(offsetof(struct meso_pause, command) == 16, "pause.command");

struct meso_close {
    struct meso_header header;
    uint64_t command;
    uint16_t next;
    uint8_t how;
    uint8_t reserved_27[1];
};
_Static_assert(sizeof(struct meso_close) == 28, "size of close");
_Static_assert(offsetof(struct meso_close, command) == 16, "close.command");
_Static_assert(offsetof(struct meso_close, next) == 24, "close.next");
_Static_assert(offsetof(struct meso_close, how) == 26, "close.how");
_Static_assert(offsetof(struct meso_close, reserved_27) == 27, "close.reserved_27");

struct meso_clear {
    struct meso_header header;
    uint16_t latch_no;
    uint8_t reason;
    uint8_t reserved_19[1];
};
_Static_assert(sizeof(struct meso_clear) == 20, "size of clear");
_Static_assert(offsetof(struct meso_clear, latch_no) == 16, "clear.latch_no");
_Static_assert(offsetof(struct meso_clear, reason) == 18, "clear.reason");
_Static_assert(offsetof(struct meso_clear, reserved_19) == 19, "clear.reserved_19");

struct meso_off {
    struct meso_header header;
};
_Static_assert(sizeof(struct meso_off) == 16, "size of off");

struct meso_update {
    struct meso_header header;
};
_Static_assert(sizeof(struct meso_update) == 16, "size of update");

struct meso_key {
    struct meso_header header;
    uint32_t key_id;
    uint8_t key[32];
};
_Static_assert(sizeof(struct meso_key) == 52, "size of key");
_Static_assert(offsetof(struct meso_key, key_id) == 16, "key.key_id");
_Static_assert(offsetof(struct meso_key, key) == 20, "key.key");

struct meso_identity {
    struct meso_header header;
    uint8_t first_version;
    uint8_t last_version;
    uint8_t state;
    uint8_t heads;
    char vendor[16];
    char model[16];
    char serial[16];
    uint32_t hardware;
    uint32_t firmware;
    uint8_t profile[32];
    uint32_t calibration;
    uint32_t last_session;
    uint32_t journal_first;
    uint32_t journal_next;
    uint32_t chain;
    uint32_t begun_total;
    uint64_t open_command;
    uint64_t last_command;
    uint32_t key_id;
    uint32_t caps;
    uint16_t window;
    uint16_t steps_max;
    uint16_t slots;
    uint16_t fit_no;
};
_Static_assert(sizeof(struct meso_identity) == 164, "size of identity");
_Static_assert(offsetof(struct meso_identity, first_version) == 16, "identity.first_version");
_Static_assert(offsetof(struct meso_identity, last_version) == 17, "identity.last_version");
_Static_assert(offsetof(struct meso_identity, state) == 18, "identity.state");
_Static_assert(offsetof(struct meso_identity, heads) == 19, "identity.heads");
_Static_assert(offsetof(struct meso_identity, vendor) == 20, "identity.vendor");
_Static_assert(offsetof(struct meso_identity, model) == 36, "identity.model");
_Static_assert(offsetof(struct meso_identity, serial) == 52, "identity.serial");
_Static_assert(offsetof(struct meso_identity, hardware) == 68, "identity.hardware");
_Static_assert(offsetof(struct meso_identity, firmware) == 72, "identity.firmware");
_Static_assert(offsetof(struct meso_identity, profile) == 76, "identity.profile");
_Static_assert(offsetof(struct meso_identity, calibration) == 108, "identity.calibration");
_Static_assert(offsetof(struct meso_identity, last_session) == 112, "identity.last_session");
_Static_assert(offsetof(struct meso_identity, journal_first) == 116, "identity.journal_first");
_Static_assert(offsetof(struct meso_identity, journal_next) == 120, "identity.journal_next");
_Static_assert(offsetof(struct meso_identity, chain) == 124, "identity.chain");
_Static_assert(offsetof(struct meso_identity, begun_total) == 128, "identity.begun_total");
_Static_assert(offsetof(struct meso_identity, open_command) == 132, "identity.open_command");
_Static_assert(offsetof(struct meso_identity, last_command) == 140, "identity.last_command");
_Static_assert(offsetof(struct meso_identity, key_id) == 148, "identity.key_id");
_Static_assert(offsetof(struct meso_identity, caps) == 152, "identity.caps");
_Static_assert(offsetof(struct meso_identity, window) == 156, "identity.window");
_Static_assert(offsetof(struct meso_identity, steps_max) == 158, "identity.steps_max");
_Static_assert(offsetof(struct meso_identity, slots) == 160, "identity.slots");
_Static_assert(offsetof(struct meso_identity, fit_no) == 162, "identity.fit_no");

struct meso_status {
    struct meso_header header;
    uint64_t device_us;
    uint16_t seq;
    uint8_t state;
    uint8_t reason;
    uint8_t phase;
    uint8_t hold;
    uint16_t inputs;
    uint16_t latch_no;
    uint16_t next;
    uint16_t upto;
    uint16_t fit_no;
    uint32_t lease_us;
    uint32_t journal_next;
    uint32_t begun_total;
    uint32_t case_total;
    int32_t a;
    int32_t b;
    uint32_t supply_uv;
    int32_t temp_mc;
    uint16_t damaged;
    uint16_t refused;
};
_Static_assert(sizeof(struct meso_status) == 76, "size of status");
_Static_assert(offsetof(struct meso_status, device_us) == 16, "status.device_us");
_Static_assert(offsetof(struct meso_status, seq) == 24, "status.seq");
_Static_assert(offsetof(struct meso_status, state) == 26, "status.state");
_Static_assert(offsetof(struct meso_status, reason) == 27, "status.reason");
_Static_assert(offsetof(struct meso_status, phase) == 28, "status.phase");
_Static_assert(offsetof(struct meso_status, hold) == 29, "status.hold");
_Static_assert(offsetof(struct meso_status, inputs) == 30, "status.inputs");
_Static_assert(offsetof(struct meso_status, latch_no) == 32, "status.latch_no");
_Static_assert(offsetof(struct meso_status, next) == 34, "status.next");
_Static_assert(offsetof(struct meso_status, upto) == 36, "status.upto");
_Static_assert(offsetof(struct meso_status, fit_no) == 38, "status.fit_no");
_Static_assert(offsetof(struct meso_status, lease_us) == 40, "status.lease_us");
_Static_assert(offsetof(struct meso_status, journal_next) == 44, "status.journal_next");
_Static_assert(offsetof(struct meso_status, begun_total) == 48, "status.begun_total");
_Static_assert(offsetof(struct meso_status, case_total) == 52, "status.case_total");
_Static_assert(offsetof(struct meso_status, a) == 56, "status.a");
_Static_assert(offsetof(struct meso_status, b) == 60, "status.b");
_Static_assert(offsetof(struct meso_status, supply_uv) == 64, "status.supply_uv");
_Static_assert(offsetof(struct meso_status, temp_mc) == 68, "status.temp_mc");
_Static_assert(offsetof(struct meso_status, damaged) == 72, "status.damaged");
_Static_assert(offsetof(struct meso_status, refused) == 74, "status.refused");

struct meso_limits_are {
    struct meso_header header;
    uint8_t head;
    uint8_t n;
    uint8_t reserved_18[2];
    int32_t values[];
};
_Static_assert(sizeof(struct meso_limits_are) == 20, "size of limits_are");
_Static_assert(offsetof(struct meso_limits_are, head) == 16, "limits_are.head");
_Static_assert(offsetof(struct meso_limits_are, n) == 17, "limits_are.n");
_Static_assert(offsetof(struct meso_limits_are, reserved_18) == 18, "limits_are.reserved_18");

struct meso_account_is {
    struct meso_header header;
    uint64_t command;
    uint64_t last;
    uint32_t crc;
    uint32_t closed_by;
    uint32_t first_seq;
    uint32_t last_seq;
    uint32_t lo;
    uint32_t hi;
    uint16_t units;
    uint16_t next;
    uint16_t done;
    uint16_t partial;
    uint16_t not_done;
    uint16_t unknown;
    uint8_t relation;
    uint8_t loaded;
    uint8_t kind;
    uint8_t how;
};
_Static_assert(sizeof(struct meso_account_is) == 72, "size of account_is");
_Static_assert(offsetof(struct meso_account_is, command) == 16, "account_is.command");
_Static_assert(offsetof(struct meso_account_is, last) == 24, "account_is.last");
_Static_assert(offsetof(struct meso_account_is, crc) == 32, "account_is.crc");
_Static_assert(offsetof(struct meso_account_is, closed_by) == 36, "account_is.closed_by");
_Static_assert(offsetof(struct meso_account_is, first_seq) == 40, "account_is.first_seq");
_Static_assert(offsetof(struct meso_account_is, last_seq) == 44, "account_is.last_seq");
_Static_assert(offsetof(struct meso_account_is, lo) == 48, "account_is.lo");
_Static_assert(offsetof(struct meso_account_is, hi) == 52, "account_is.hi");
_Static_assert(offsetof(struct meso_account_is, units) == 56, "account_is.units");
_Static_assert(offsetof(struct meso_account_is, next) == 58, "account_is.next");
_Static_assert(offsetof(struct meso_account_is, done) == 60, "account_is.done");
_Static_assert(offsetof(struct meso_account_is, partial) == 62, "account_is.partial");
_Static_assert(offsetof(struct meso_account_is, not_done) == 64, "account_is.not_done");
_Static_assert(offsetof(struct meso_account_is, unknown) == 66, "account_is.unknown");
_Static_assert(offsetof(struct meso_account_is, relation) == 68, "account_is.relation");
_Static_assert(offsetof(struct meso_account_is, loaded) == 69, "account_is.loaded");
_Static_assert(offsetof(struct meso_account_is, kind) == 70, "account_is.kind");
_Static_assert(offsetof(struct meso_account_is, how) == 71, "account_is.how");

struct meso_record {
    struct meso_header header;
    uint32_t seq;
    uint32_t chain;
    uint64_t command;
    uint64_t begun_us;
    uint32_t took_us;
    uint32_t at_boot;
    uint16_t unit;
    uint8_t kind;
    uint8_t outcome;
    uint8_t reason;
    uint8_t phase;
    uint16_t fit_no;
    uint32_t lo;
    uint32_t hi;
    int32_t v1;
    int32_t v2;
    int32_t v3;
    int32_t v4;
    int32_t v5;
    int32_t v6;
};
_Static_assert(sizeof(struct meso_record) == 88, "size of record");
_Static_assert(offsetof(struct meso_record, seq) == 16, "record.seq");
_Static_assert(offsetof(struct meso_record, chain) == 20, "record.chain");
_Static_assert(offsetof(struct meso_record, command) == 24, "record.command");
_Static_assert(offsetof(struct meso_record, begun_us) == 32, "record.begun_us");
_Static_assert(offsetof(struct meso_record, took_us) == 40, "record.took_us");
_Static_assert(offsetof(struct meso_record, at_boot) == 44, "record.at_boot");
_Static_assert(offsetof(struct meso_record, unit) == 48, "record.unit");
_Static_assert(offsetof(struct meso_record, kind) == 50, "record.kind");
_Static_assert(offsetof(struct meso_record, outcome) == 51, "record.outcome");
_Static_assert(offsetof(struct meso_record, reason) == 52, "record.reason");
_Static_assert(offsetof(struct meso_record, phase) == 53, "record.phase");
_Static_assert(offsetof(struct meso_record, fit_no) == 54, "record.fit_no");
_Static_assert(offsetof(struct meso_record, lo) == 56, "record.lo");
_Static_assert(offsetof(struct meso_record, hi) == 60, "record.hi");
_Static_assert(offsetof(struct meso_record, v1) == 64, "record.v1");
_Static_assert(offsetof(struct meso_record, v2) == 68, "record.v2");
_Static_assert(offsetof(struct meso_record, v3) == 72, "record.v3");
_Static_assert(offsetof(struct meso_record, v4) == 76, "record.v4");
_Static_assert(offsetof(struct meso_record, v5) == 80, "record.v5");
_Static_assert(offsetof(struct meso_record, v6) == 84, "record.v6");

struct meso_trace_item {
    int32_t a;
    int32_t b;
};
_Static_assert(sizeof(struct meso_trace_item) == 8, "size of trace_item");
_Static_assert(offsetof(struct meso_trace_item, a) == 0, "trace_item.a");
_Static_assert(offsetof(struct meso_trace_item, b) == 4, "trace_item.b");

struct meso_trace {
    struct meso_header header;
    uint64_t first_us;
    uint32_t period_us;
    uint16_t seq;
    uint8_t n;
    uint8_t head;
    struct meso_trace_item samples[];
};
_Static_assert(sizeof(struct meso_trace) == 32, "size of trace");
_Static_assert(offsetof(struct meso_trace, first_us) == 16, "trace.first_us");
_Static_assert(offsetof(struct meso_trace, period_us) == 24, "trace.period_us");
_Static_assert(offsetof(struct meso_trace, seq) == 28, "trace.seq");
_Static_assert(offsetof(struct meso_trace, n) == 30, "trace.n");
_Static_assert(offsetof(struct meso_trace, head) == 31, "trace.head");

struct meso_answer {
    struct meso_header header;
    uint16_t code;
    uint8_t state;
    uint8_t reason;
    uint16_t field;
    uint16_t step;
    int32_t value;
    int32_t limit;
    uint64_t detail;
};
_Static_assert(sizeof(struct meso_answer) == 40, "size of answer");
_Static_assert(offsetof(struct meso_answer, code) == 16, "answer.code");
_Static_assert(offsetof(struct meso_answer, state) == 18, "answer.state");
_Static_assert(offsetof(struct meso_answer, reason) == 19, "answer.reason");
_Static_assert(offsetof(struct meso_answer, field) == 20, "answer.field");
_Static_assert(offsetof(struct meso_answer, step) == 22, "answer.step");
_Static_assert(offsetof(struct meso_answer, value) == 24, "answer.value");
_Static_assert(offsetof(struct meso_answer, limit) == 28, "answer.limit");
_Static_assert(offsetof(struct meso_answer, detail) == 32, "answer.detail");

struct meso_needle_step {
    uint16_t units;
    uint16_t depth_um;
    uint32_t dose_nl;
    uint32_t period_us;
    uint32_t dwell_us;
    uint32_t flow_nl_s;
    uint8_t trigger;
    uint8_t reserved_21[3];
};
_Static_assert(sizeof(struct meso_needle_step) == 24, "size of needle_step");
_Static_assert(offsetof(struct meso_needle_step, units) == 0, "needle_step.units");
_Static_assert(offsetof(struct meso_needle_step, depth_um) == 2, "needle_step.depth_um");
_Static_assert(offsetof(struct meso_needle_step, dose_nl) == 4, "needle_step.dose_nl");
_Static_assert(offsetof(struct meso_needle_step, period_us) == 8, "needle_step.period_us");
_Static_assert(offsetof(struct meso_needle_step, dwell_us) == 12, "needle_step.dwell_us");
_Static_assert(offsetof(struct meso_needle_step, flow_nl_s) == 16, "needle_step.flow_nl_s");
_Static_assert(offsetof(struct meso_needle_step, trigger) == 20, "needle_step.trigger");
_Static_assert(offsetof(struct meso_needle_step, reserved_21) == 21, "needle_step.reserved_21");

struct meso_train_step {
    uint16_t units;
    uint16_t depth_um;
    uint16_t strokes;
    uint8_t reserved_6[2];
    uint32_t rate_mhz;
    uint32_t gap_us;
    uint8_t reserved_16[4];
    uint8_t trigger;
    uint8_t reserved_21[3];
};
_Static_assert(sizeof(struct meso_train_step) == 24, "size of train_step");
_Static_assert(offsetof(struct meso_train_step, units) == 0, "train_step.units");
_Static_assert(offsetof(struct meso_train_step, depth_um) == 2, "train_step.depth_um");
_Static_assert(offsetof(struct meso_train_step, strokes) == 4, "train_step.strokes");
_Static_assert(offsetof(struct meso_train_step, reserved_6) == 6, "train_step.reserved_6");
_Static_assert(offsetof(struct meso_train_step, rate_mhz) == 8, "train_step.rate_mhz");
_Static_assert(offsetof(struct meso_train_step, gap_us) == 12, "train_step.gap_us");
_Static_assert(offsetof(struct meso_train_step, reserved_16) == 16, "train_step.reserved_16");
_Static_assert(offsetof(struct meso_train_step, trigger) == 20, "train_step.trigger");
_Static_assert(offsetof(struct meso_train_step, reserved_21) == 21, "train_step.reserved_21");

struct meso_current_step {
    uint16_t units;
    int16_t current_ua;
    uint32_t charge_uc;
    uint32_t slice_us;
    uint32_t ramp_us;
    uint16_t carrier_hz;
    uint16_t gate_mhz;
    uint16_t duty_permille;
    uint8_t trigger;
    uint8_t flags;
};
_Static_assert(sizeof(struct meso_current_step) == 24, "size of current_step");
_Static_assert(offsetof(struct meso_current_step, units) == 0, "current_step.units");
_Static_assert(offsetof(struct meso_current_step, current_ua) == 2, "current_step.current_ua");
_Static_assert(offsetof(struct meso_current_step, charge_uc) == 4, "current_step.charge_uc");
_Static_assert(offsetof(struct meso_current_step, slice_us) == 8, "current_step.slice_us");
_Static_assert(offsetof(struct meso_current_step, ramp_us) == 12, "current_step.ramp_us");
_Static_assert(offsetof(struct meso_current_step, carrier_hz) == 16, "current_step.carrier_hz");
_Static_assert(offsetof(struct meso_current_step, gate_mhz) == 18, "current_step.gate_mhz");
_Static_assert(offsetof(struct meso_current_step, duty_permille) == 20, "current_step.duty_permille");
_Static_assert(offsetof(struct meso_current_step, trigger) == 22, "current_step.trigger");
_Static_assert(offsetof(struct meso_current_step, flags) == 23, "current_step.flags");

struct meso_pulse_step {
    uint16_t units;
    uint16_t width_us;
    int32_t voltage_uv;
    uint32_t interval_us;
    uint32_t cap_ua;
    uint32_t energy_uj;
    uint8_t trigger;
    uint8_t flags;
    uint8_t reserved_22[2];
};
_Static_assert(sizeof(struct meso_pulse_step) == 24, "size of pulse_step");
_Static_assert(offsetof(struct meso_pulse_step, units) == 0, "pulse_step.units");
_Static_assert(offsetof(struct meso_pulse_step, width_us) == 2, "pulse_step.width_us");
_Static_assert(offsetof(struct meso_pulse_step, voltage_uv) == 4, "pulse_step.voltage_uv");
_Static_assert(offsetof(struct meso_pulse_step, interval_us) == 8, "pulse_step.interval_us");
_Static_assert(offsetof(struct meso_pulse_step, cap_ua) == 12, "pulse_step.cap_ua");
_Static_assert(offsetof(struct meso_pulse_step, energy_uj) == 16, "pulse_step.energy_uj");
_Static_assert(offsetof(struct meso_pulse_step, trigger) == 20, "pulse_step.trigger");
_Static_assert(offsetof(struct meso_pulse_step, flags) == 21, "pulse_step.flags");
_Static_assert(offsetof(struct meso_pulse_step, reserved_22) == 22, "pulse_step.reserved_22");

struct meso_spot_step {
    uint16_t units;
    uint8_t reserved_2[2];
    uint32_t vacuum_pa;
    uint32_t dwell_us;
    uint32_t interval_us;
    uint16_t carrier_hz;
    uint8_t reserved_18[2];
    uint8_t trigger;
    uint8_t reserved_21[3];
};
_Static_assert(sizeof(struct meso_spot_step) == 24, "size of spot_step");
_Static_assert(offsetof(struct meso_spot_step, units) == 0, "spot_step.units");
_Static_assert(offsetof(struct meso_spot_step, reserved_2) == 2, "spot_step.reserved_2");
_Static_assert(offsetof(struct meso_spot_step, vacuum_pa) == 4, "spot_step.vacuum_pa");
_Static_assert(offsetof(struct meso_spot_step, dwell_us) == 8, "spot_step.dwell_us");
_Static_assert(offsetof(struct meso_spot_step, interval_us) == 12, "spot_step.interval_us");
_Static_assert(offsetof(struct meso_spot_step, carrier_hz) == 16, "spot_step.carrier_hz");
_Static_assert(offsetof(struct meso_spot_step, reserved_18) == 18, "spot_step.reserved_18");
_Static_assert(offsetof(struct meso_spot_step, trigger) == 20, "spot_step.trigger");
_Static_assert(offsetof(struct meso_spot_step, reserved_21) == 21, "spot_step.reserved_21");

#pragma pack(pop)

#endif /* MESODRIVE_PROTOCOL_H */
