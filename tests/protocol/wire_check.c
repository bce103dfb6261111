/* A second implementation of the wire, in C, from the rendered header alone.
 *
 * Reads frames as hexadecimal text, one on a line. Writes for each a line: `damaged`, or the
 * fields as `name=value`, then `wire=` and the same frame encoded anew from those fields. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mesodrive_protocol.h"

enum { LINE_MAX_BYTES = 2 * MESO_WIRE_BYTES_MAX + 128 };

static uint32_t crc32_of(const uint8_t *bytes, size_t length)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t at = 0; at < length; at++) {
        crc ^= bytes[at];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return crc ^ 0xFFFFFFFFu;
}

/* Decode in place what stood between two delimiters; return the length of the body, 0 if broken. */
static size_t unframe(uint8_t *bytes, size_t length)
{
    size_t in = 0, out = 0;
    while (in < length) {
        size_t code = bytes[in];
        if (code == 0 || in + code > length) {
            return 0;
        }
        in++;
        for (size_t i = 1; i < code; i++) {
            bytes[out++] = bytes[in++] ^ MESO_MASK_BYTE;
        }
        if (in < length) {
            bytes[out++] = 0 ^ MESO_MASK_BYTE;
        }
    }
    return out;
}

/* Encode a body; `wire` has room for MESO_WIRE_BYTES_MAX bytes. Return the length. */
static size_t frame(const uint8_t *body, size_t length, uint8_t *wire)
{
    size_t at = 0, code_at;
    wire[at++] = 0;
    code_at = at++;
    wire[code_at] = 1;
    for (size_t i = 0; i < length; i++) {
        uint8_t masked = body[i] ^ MESO_MASK_BYTE;
        if (masked == 0) {
            code_at = at++;
            wire[code_at] = 1;
        } else {
            wire[at++] = masked;
            wire[code_at]++;
        }
    }
    wire[at++] = 0;
    return at;
}

static void print_wire(const void *message, size_t length)
{
    uint8_t body[MESO_BODY_BYTES_MAX], wire[MESO_WIRE_BYTES_MAX];
    memcpy(body, message, length);
    uint32_t crc = crc32_of(body, length);
    for (size_t i = 0; i < MESO_CRC_BYTES; i++) {
        body[length + i] = (uint8_t)(crc >> (8 * i));
    }
    size_t sent = frame(body, length + MESO_CRC_BYTES, wire);
    printf(" wire=");
    for (size_t i = 0; i < sent; i++) {
        printf("%02x", wire[i]);
    }
    putchar('\n');
}

/* Copy one member into the fresh message and print it. */
#define UNSIGNED(member) \
    (fresh.member = got.member, printf(" " #member "=%" PRIu64, (uint64_t)got.member))
#define SIGNED(member) \
    (fresh.member = got.member, printf(" " #member "=%" PRId64, (int64_t)got.member))
#define BEGIN_MESSAGE(type) \
    struct type got, fresh; \
    if (length != sizeof got) { \
        puts("length"); \
        return; \
    } \
    memcpy(&got, body, sizeof got); \
    memset(&fresh, 0, sizeof fresh); \
    fresh.header = got.header

static void check_grant(const uint8_t *body, size_t length)
{
    BEGIN_MESSAGE(meso_grant);
    UNSIGNED(command);
    UNSIGNED(seen_us);
    UNSIGNED(upto);
    print_wire(&fresh, sizeof fresh);
}

static void check_stop(const uint8_t *body, size_t length)
{
    BEGIN_MESSAGE(meso_stop);
    UNSIGNED(press);
    UNSIGNED(cause);
    print_wire(&fresh, sizeof fresh);
}

static void check_open(const uint8_t *body, size_t length)
{
    BEGIN_MESSAGE(meso_open);
    UNSIGNED(nonce);
    UNSIGNED(case_);
    UNSIGNED(key_id);
    print_wire(&fresh, sizeof fresh);
}

static void check_arm(const uint8_t *body, size_t length)
{
    BEGIN_MESSAGE(meso_arm);
    UNSIGNED(command);
    UNSIGNED(seen_us);
    memcpy(fresh.profile, got.profile, sizeof fresh.profile);
    UNSIGNED(next);
    UNSIGNED(fit_no);
    print_wire(&fresh, sizeof fresh);
}

static void check_status(const uint8_t *body, size_t length)
{
    BEGIN_MESSAGE(meso_status);
    UNSIGNED(device_us);
    UNSIGNED(seq);
    UNSIGNED(state);
    UNSIGNED(reason);
    UNSIGNED(phase);
    UNSIGNED(hold);
    UNSIGNED(inputs);
    UNSIGNED(latch_no);
    UNSIGNED(next);
    UNSIGNED(upto);
    UNSIGNED(fit_no);
    UNSIGNED(lease_us);
    UNSIGNED(journal_next);
    UNSIGNED(begun_total);
    UNSIGNED(case_total);
    SIGNED(a);
    SIGNED(b);
    UNSIGNED(supply_uv);
    SIGNED(temp_mc);
    UNSIGNED(damaged);
    UNSIGNED(refused);
    print_wire(&fresh, sizeof fresh);
}

static void check_record(const uint8_t *body, size_t length)
{
    BEGIN_MESSAGE(meso_record);
    UNSIGNED(seq);
    UNSIGNED(chain);
    UNSIGNED(command);
    UNSIGNED(begun_us);
    UNSIGNED(took_us);
    UNSIGNED(at_boot);
    UNSIGNED(unit);
    UNSIGNED(kind);
    UNSIGNED(outcome);
    UNSIGNED(reason);
    UNSIGNED(phase);
    UNSIGNED(fit_no);
    UNSIGNED(lo);
    UNSIGNED(hi);
    SIGNED(v1);
    SIGNED(v2);
    SIGNED(v3);
    SIGNED(v4);
    SIGNED(v5);
    SIGNED(v6);
    print_wire(&fresh, sizeof fresh);
}

/* Steps of a needle, each member through the structure. */
static void check_data(const uint8_t *body, size_t length)
{
    struct meso_data fixed;
    uint8_t fresh_body[MESO_BODY_BYTES_MAX] = {0};
    memcpy(&fixed, body, sizeof fixed);
    size_t wanted = sizeof fixed + (size_t)fixed.n * MESO_STEP_BYTES;
    if (fixed.n > MESO_DATA_ITEMS_MAX || length != wanted) {
        puts("length");
        return;
    }
    printf(" first=%u n=%u", fixed.first, fixed.n);
    memcpy(fresh_body, &fixed, sizeof fixed);
    for (size_t i = 0; i < fixed.n; i++) {
        struct meso_needle_step got, fresh;
        size_t at = sizeof fixed + i * MESO_STEP_BYTES;
        memcpy(&got, body + at, sizeof got);
        memset(&fresh, 0, sizeof fresh);
        UNSIGNED(units);
        UNSIGNED(depth_um);
        UNSIGNED(dose_nl);
        UNSIGNED(period_us);
        UNSIGNED(dwell_us);
        UNSIGNED(flow_nl_s);
        UNSIGNED(trigger);
        memcpy(fresh_body + at, &fresh, sizeof fresh);
    }
    print_wire(fresh_body, length);
}

static void check(uint8_t *bytes, size_t length)
{
    /* Both delimiters stand in a vector; what is between them is the frame. */
    if (length < 3 || bytes[0] != 0 || bytes[length - 1] != 0) {
        puts("delimiters");
        return;
    }
    bytes++;
    length = unframe(bytes, length - 2);
    if (length < MESO_BODY_BYTES_MIN || length > MESO_BODY_BYTES_MAX ||
        crc32_of(bytes, length) != 0x2144DF1Cu) {
        puts("damaged");
        return;
    }
    length -= MESO_CRC_BYTES;
    struct meso_header header;
    memcpy(&header, bytes, sizeof header);
    printf("version=%u flags=%u id=%u rid=%" PRIu32 " boot=%" PRIu32 " session=%" PRIu32,
           header.version, header.flags, header.id, header.rid, header.boot, header.session);
    switch (header.version == MESO_PROTOCOL_VERSION && header.flags == 0 ? header.id : 0) {
    case MESO_ID_GRANT: check_grant(bytes, length); break;
    case MESO_ID_STOP: check_stop(bytes, length); break;
    case MESO_ID_OPEN: check_open(bytes, length); break;
    case MESO_ID_ARM: check_arm(bytes, length); break;
    case MESO_ID_DATA: check_data(bytes, length); break;
    case MESO_ID_STATUS: check_status(bytes, length); break;
    case MESO_ID_RECORD: check_record(bytes, length); break;
    default: print_wire(bytes, length); break;
    }
}

static int nibble(int digit)
{
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

int main(void)
{
    char line[LINE_MAX_BYTES];
    uint8_t bytes[LINE_MAX_BYTES / 2];
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t digits = strcspn(line, "\n");
        for (size_t i = 0; i < digits / 2; i++) {
            bytes[i] = (uint8_t)(nibble(line[2 * i]) << 4 | nibble(line[2 * i + 1]));
        }
        check(bytes, digits / 2);
    }
    return 0;
}
