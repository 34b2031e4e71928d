// What a packet format must add to the bare call of the crypto library, one thing at a time: the loop that
// docs/hot-path.md holds the suite's own against. 4,096 packets in random order, bursts of 64, AES-GCM-128,
// the first step two packets ahead of the second, as in the suite. The pads of ESP are those of 50 and 1406
// bytes, 0 or 2. A tool to measure with, no part of the dataplane: what is refused ends it.
//
// usage: packet-loop [CPU]      TSC ticks per packet, and the ratio to the bare call
#define _GNU_SOURCE
#include <intel-ipsec-mb.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <x86intrin.h>

enum { PACKETS = 4096, SLOT = 2304, BURST = 64, PASSES = 60, LEAD = 2, AHEAD = 6, WINDOW = 1024 };
enum { SPI = 9, VPE_IDS = 7, SALT = 0x04030201, VPE_HEADER = 32, ESP_HEADER = 16 };

// In the order of the columns; each of a format does what the one before does, and one thing more.
enum kind { LOOP, RAW, RAW_AAD, VPE_1, VPE_2, VPE_3, VPE_4, ESP_1, ESP_2, ESP_3, ESP_4, ESP_5, KINDS };

// As the suite's PacketWork: a line of what is known of a packet between its two steps.
struct work {
  uint8_t nonce[16], additional[16];
  uint8_t *start;
  uint64_t number;
  uint32_t bytes, pad;
  uint64_t unused;
};

static struct work works[BURST + 8] __attribute__((aligned(64)));
static struct gcm_key_data key;
static struct gcm_context_data context;
static aes_gcm_enc_dec_t encrypt, decrypt;
static uint8_t *packets[PACKETS];
static uint64_t number, top, words[2 * WINDOW / 64];
static volatile uint64_t sink;

#define INLINE static inline __attribute__((always_inline))

INLINE int is_esp(enum kind kind) { return kind >= ESP_1 || kind == RAW_AAD; }

INLINE uint64_t *word(uint64_t n) { return &words[n / 64 % (sizeof words / 8)]; }
INLINE int is_seen(uint64_t n) {
  if (n > top) return 0;
  return n + WINDOW <= top || (*word(n) >> n % 64 & 1);
}
INLINE void mark(uint64_t n) {
  if (n > top) {
    for (uint64_t next = top / 64 + 1; next <= n / 64; next++) *word(next * 64) = 0;
    top = n;
  }
  *word(n) |= 1ull << n % 64;
}

INLINE void fetch(const uint8_t *packet, int bytes, int before, int behind) {
  int end = bytes > 1024 ? 1024 : bytes + behind;
  for (int offset = -before; offset < end; offset += 64) _m_prefetchw((void *)(packet + offset));
}

INLINE void prepare(struct work *work, uint8_t *inner, int bytes, const enum kind kind, const int opens) {
  uint32_t pad = is_esp(kind) ? -(bytes + 2) & 3 : 0;
  work->start = inner;
  work->bytes = (uint32_t)bytes + (is_esp(kind) ? pad + 2 : 0);
  work->pad = pad;
  if (kind == LOOP) return;
  if (kind <= RAW_AAD) {
    _mm_store_si128((__m128i *)work->nonce, _mm_set_epi64x(++number, VPE_IDS));
    return;
  }
  if (kind <= VPE_4) {
    __m128i *header = (__m128i *)(inner - VPE_HEADER);
    if (!opens) {
      _mm_store_si128(header, _mm_set_epi64x(++number, VPE_IDS));
      return;
    }
    __m128i sent = _mm_load_si128(header);
    work->number = _mm_extract_epi64(sent, 1);
    if (kind >= VPE_2 && (_mm_cvtsi128_si64(sent) != VPE_IDS || is_seen(work->number))) abort();
    return;
  }
  uint8_t *header = inner - ESP_HEADER;
  if (!opens) {
    uint64_t n = ++number;
    uint32_t low = __builtin_bswap32(n), high = __builtin_bswap32(n >> 32);
    _mm_store_si128((__m128i *)header, _mm_set_epi32(low, high, low, SPI));
    if (kind == ESP_1) {
      _mm_store_si128((__m128i *)work->nonce, _mm_set_epi64x(n, VPE_IDS));
      return;
    }
    _mm_store_si128((__m128i *)work->nonce, _mm_set_epi32(0, low, high, SALT));
    _mm_store_si128((__m128i *)work->additional, _mm_set_epi32(0, low, high, SPI));
    if (kind >= ESP_3) {
      uint32_t trailer = pad == 0 ? 0x0400 : 0x04020201;
      memcpy(inner + bytes, &trailer, sizeof trailer);
    }
    return;
  }
  uint32_t sent, spi;
  memcpy(&spi, header, sizeof spi);
  memcpy(&sent, header + 4, sizeof sent);
  uint64_t bottom = top - (WINDOW - 1), n = bottom + (uint32_t)(__builtin_bswap32(sent) - (uint32_t)bottom);
  work->number = n;
  if (kind >= ESP_2 && (spi != SPI || is_seen(n))) abort();
  __m128i iv = _mm_loadl_epi64((__m128i *)(header + 8));
  _mm_store_si128((__m128i *)work->nonce, _mm_insert_epi32(_mm_slli_si128(iv, 4), SALT, 0));
  _mm_store_si128((__m128i *)work->additional, _mm_set_epi32(0, sent, __builtin_bswap32(n >> 32), SPI));
}

INLINE int is_same(const uint8_t *a, const uint8_t *b) {
  uint64_t left[2], right[2];
  memcpy(left, a, 16);
  memcpy(right, b, 16);
  return left[0] == right[0] && left[1] == right[1];
}

INLINE void finish(struct work *work, const enum kind kind, const int opens) {
  uint8_t *inner = work->start, tag[16] __attribute__((aligned(16)));
  uint32_t bytes = work->bytes;
  if (kind == LOOP) {
    sink += bytes;
    return;
  }
  if (kind <= RAW_AAD) {
    (opens ? decrypt : encrypt)(
      &key, &context, inner, inner, bytes, work->nonce, work->additional, kind == RAW ? 0 : 12, tag, 16);
    return;
  }
  const int is_vpe = kind <= VPE_4;
  uint8_t *nonce = is_vpe ? inner - VPE_HEADER : work->nonce;
  uint8_t *sent = is_vpe ? inner - 16 : inner + bytes;
  (opens ? decrypt : encrypt)(
    &key, &context, inner, inner, bytes, nonce, work->additional, is_vpe ? 0 : 12, opens ? tag : sent, 16);
  if (!opens || kind == VPE_1 || kind == ESP_1) return;
  if (!is_same(tag, sent)) abort();
  if (kind == VPE_2 || kind == ESP_2) return;
  if (is_seen(work->number)) abort();
  mark(work->number);
  if (kind == VPE_3 || kind == ESP_3) return;
  if (kind == ESP_5) {
    uint32_t tail;
    memcpy(&tail, inner + bytes - 4, sizeof tail);
    uint32_t pad = tail >> 16 & 255;
    if (tail >> 24 != 4 || pad > 2 || (pad == 2 && (tail & 0xffff) != 0x0201)) abort();
    bytes -= 2 + pad;
  }
  if (inner[0] >> 4 != 4 || (uint32_t)(inner[2] << 8 | inner[3]) > bytes) abort();
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// Ticks per packet that a tenth of the bursts of a pass took less than.
INLINE double pass(int bytes, const enum kind kind, const int opens) {
  static double ticks[PACKETS / BURST];
  const int before = kind == RAW || kind == RAW_AAD ? 0 : 64;
  const int behind = kind >= ESP_1 ? 36 : kind == RAW_AAD ? 4 : 0;
  if (opens) top = number;
  if (opens && kind >= VPE_1) {
    const enum kind whole = kind >= ESP_1 ? ESP_3 : VPE_1;
    for (int i = 0; i < PACKETS; i++) {
      uint8_t *inner = packets[i];
      inner[0] = 0x45, inner[2] = bytes >> 8, inner[3] = bytes;
      prepare(&works[0], inner, bytes, whole, 0);
      finish(&works[0], whole, 0);
    }
  }
  for (int first = 0; first < PACKETS; first += BURST) {
    uint64_t start = __rdtsc();
    for (int i = 0; i < AHEAD; i++) fetch(packets[first + i], bytes, before, behind);
    for (int i = 0; i < LEAD; i++) prepare(&works[i], packets[first + i], bytes, kind, opens);
    for (int i = 0; i < BURST; i++) {
      if (i + AHEAD < BURST) fetch(packets[first + i + AHEAD], bytes, before, behind);
      if (i + LEAD < BURST) prepare(&works[i + LEAD], packets[first + i + LEAD], bytes, kind, opens);
      finish(&works[i], kind, opens);
    }
    ticks[first / BURST] = (double)(__rdtsc() - start) / BURST;
  }
  qsort(ticks, PACKETS / BURST, sizeof *ticks, compare);
  return ticks[PACKETS / BURST / 10];
}

// A loop of its own for each.
#define PASS(kind)                                                                          \
  __attribute__((noinline)) static double seal_##kind(int bytes) { return pass(bytes, kind, 0); } \
  __attribute__((noinline)) static double open_##kind(int bytes) { return pass(bytes, kind, 1); }
PASS(LOOP) PASS(RAW) PASS(RAW_AAD) PASS(VPE_1) PASS(VPE_2) PASS(VPE_3) PASS(VPE_4)
PASS(ESP_1) PASS(ESP_2) PASS(ESP_3) PASS(ESP_4) PASS(ESP_5)

#define BOTH(kind) {seal_##kind, open_##kind}
static double (*const passes[KINDS][2])(int) = {
  BOTH(LOOP), BOTH(RAW), BOTH(RAW_AAD), BOTH(VPE_1), BOTH(VPE_2), BOTH(VPE_3), BOTH(VPE_4),
  BOTH(ESP_1), BOTH(ESP_2), BOTH(ESP_3), BOTH(ESP_4), BOTH(ESP_5),
};
static const char *const titles[2][KINDS] = {
  {"the empty loop", "raw", "raw-aad", "VPE, all: header stored", NULL, NULL, NULL, "ESP: header stored",
   "and nonce and AAD put together", "and trailer: all"},
  {"the empty loop", "raw", "raw-aad", "VPE: number read; no check of anything",
   "and window looked at, tag compared", "and number marked", "and inner packet: all",
   "ESP: number, nonce, AAD; no check", "and window looked at, tag compared", "and number marked",
   "and inner packet", "and trailer: all"},
};

int main(int count, char **arguments) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(count > 1 ? atoi(arguments[1]) : 1, &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);
  IMB_MGR *manager = alloc_mb_mgr(0);
  if (manager == NULL) return 1;
  init_mb_mgr_auto(manager, NULL);
  encrypt = manager->gcm128_enc, decrypt = manager->gcm128_dec;
  uint8_t secret[16] = {1};
  IMB_AES128_GCM_PRE(manager, secret, &key);

  const size_t huge = 2 << 20, size = (size_t)PACKETS * SLOT;
  uint8_t *memory = mmap(NULL, size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  memory += -(uintptr_t)memory % huge;
  madvise(memory, size, MADV_HUGEPAGE);
  memset(memory, 0x45, size);
  srand(1);
  for (int i = 0; i < PACKETS; i++) {
    int other = rand() % (i + 1);
    packets[i] = packets[other];
    packets[other] = memory + (size_t)i * SLOT + 256;
  }

  static double found[KINDS][PASSES];
  for (int row = 0; row < 4; row++) {
    const int bytes = row / 2 ? 1406 : 50, opens = row % 2;
    double floors[2] = {1, 1};
    // Interleaved, so that what is compared was measured within some milliseconds.
    for (int turn = 0; turn < PASSES; turn++)
      for (int kind = 0; kind < KINDS; kind++)
        if (titles[opens][kind] != NULL) found[kind][turn] = passes[kind][opens](bytes);
    for (int kind = 0; kind < KINDS; kind++) {
      if (titles[opens][kind] == NULL) continue;
      qsort(found[kind], PASSES, sizeof **found, compare);
      double ticks = found[kind][PASSES / 4];
      if (kind == RAW || kind == RAW_AAD) floors[kind == RAW_AAD] = ticks;
      printf("%4d bytes, %s  %-40s %7.1f", bytes, opens ? "open" : "seal", titles[opens][kind], ticks);
      if (kind > RAW_AAD) printf("  %.3f", ticks / floors[is_esp(kind)]);
      puts("");
    }
  }
  return 0;
}
