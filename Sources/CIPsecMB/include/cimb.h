/* Shims over intel-ipsec-mb for Swift, which cannot import its over-aligned structs (gcm_key_data, IMB_MGR).
 *
 * All three AEADs are brought to one signature, cimb_aead_fn, so that a packet costs one indirect call
 * whichever is chosen. AES-GCM has that signature already; ChaCha20-Poly1305's three direct calls are
 * wrapped, with the manager's functions reached through the context.
 */
#ifndef CIMB_H
#define CIMB_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <intel-ipsec-mb.h>
#include <ipsec-mb-origin.h>

#define CIMB_ALIGNMENT 64

/* Scratch of one user of a key: a thread and a direction. Never shared, and whole cache lines. */
struct cimb_context {
  _Alignas(CIMB_ALIGNMENT) union {
    struct gcm_context_data gcm;
    struct chacha20_poly1305_context_data chacha;
  };
  const IMB_MGR *_Nonnull manager;
  /* Of a key that is derived for one packet. */
  _Alignas(CIMB_ALIGNMENT) struct gcm_key_data room;
};
_Static_assert(offsetof(struct cimb_context, gcm) == 0, "AES-GCM takes the context as its own");
_Static_assert(sizeof(struct cimb_context) % CIMB_ALIGNMENT == 0, "its last line is nobody else's");

/* As in cdpdk.h, for code that knows no DPDK: prefetchw in assembly, for the compiler emits it only where
 * -march names a CPU that has it; the others ignore it. */
static inline void cimb_prefetch_write(const void *_Nonnull p) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
  __builtin_prefetch(p, 1, 3);
#endif
}
static inline void cimb_prefetch_read(const void *_Nonnull p) { __builtin_prefetch(p, 0, 3); }
/* The time-stamp counter, likewise. */
static inline uint64_t cimb_ticks(void) { return __builtin_readcyclecounter(); }

/* Whether two tags of 16 bytes are the same, in constant time. By halves in general registers, which the
 * empty assembly keeps apart: a vector's test takes some cycles more, and what follows waits for it. */
static inline _Bool cimb_equal_tags(const void *_Nonnull a, const void *_Nonnull b) {
  uint64_t left[2], right[2], low;
  memcpy(left, a, sizeof left);
  memcpy(right, b, sizeof right);
  low = left[0] ^ right[0];
  __asm__("" : "+r"(low));
  return (low | (left[1] ^ right[1])) == 0;
}

/* (key, context, out, in, bytes, nonce, aad, aad bytes, tag, tag bytes); in place where out == in. */
typedef void (*cimb_aead_fn)(const void *_Nonnull key, void *_Nonnull context, uint8_t *_Nonnull out,
                             const uint8_t *_Nonnull in, uint64_t bytes, const uint8_t *_Nonnull nonce,
                             const uint8_t *_Nullable aad, uint64_t aad_bytes, uint8_t *_Nonnull tag,
                             uint64_t tag_bytes);

static inline uint64_t cimb_key_bytes(void) { return sizeof(struct gcm_key_data); }
/* Where the powers of the hash key begin, the highest first, in the code for VAES, which has the most. */
static inline uint64_t cimb_key_powers_offset(void) { return offsetof(struct gcm_key_data, ghash_keys); }
static inline uint64_t cimb_context_bytes(void) { return sizeof(struct cimb_context); }

/* A manager with the fastest code of this CPU; null where memory or a CPU feature is lacking. */
static inline void *_Nullable cimb_manager(void) {
  IMB_MGR *manager = alloc_mb_mgr(0);
  IMB_ARCH arch;
  if (manager == NULL) return NULL;
  init_mb_mgr_auto(manager, &arch);
  if (imb_get_errno(manager) != 0) {
    free_mb_mgr(manager);
    return NULL;
  }
  return manager;
}

/* Which code init_mb_mgr_auto() chose. */
static inline const char *_Nonnull cimb_architecture(const void *_Nonnull manager) {
  switch (((const IMB_MGR *)manager)->used_arch) {
    case IMB_ARCH_SSE: return "SSE";
#if IMB_VERSION_NUM < IMB_VERSION(2, 0, 0)
    case IMB_ARCH_AVX: return "AVX";
    case IMB_ARCH_NOAESNI: return "NOAESNI";
#endif
    case IMB_ARCH_AVX2: return "AVX2";
    case IMB_ARCH_AVX512: return "AVX512";
    default: return "unknown";
  }
}

/* Of the code that is linked; the same as IMB_VERSION has it, and that of the header. */
static inline const char *_Nonnull cimb_version(void) { return imb_get_version_str(); }
static inline uint32_t cimb_version_number(void) { return imb_get_version(); }
static inline uint32_t cimb_header_version_number(void) { return IMB_VERSION_NUM; }

/* The package and where it is from; the hash of the static library, hexadecimal. See tools/make-ipsec-mb. */
static inline const char *_Nonnull cimb_origin(void) { return CIMB_ORIGIN; }
static inline const char *_Nonnull cimb_sha256(void) { return CIMB_SHA256; }

static inline void cimb_context_init(void *_Nonnull context, const void *_Nonnull manager) {
  memset(context, 0, sizeof(struct cimb_context));
  ((struct cimb_context *)context)->manager = manager;
}

static inline void cimb_expand_aes128(const void *_Nonnull manager, const void *_Nonnull key,
                                      void *_Nonnull expanded) {
  IMB_AES128_GCM_PRE((const IMB_MGR *)manager, key, expanded);
}

static inline void cimb_expand_aes192(const void *_Nonnull manager, const void *_Nonnull key,
                                      void *_Nonnull expanded) {
  IMB_AES192_GCM_PRE((const IMB_MGR *)manager, key, expanded);
}

static inline void cimb_expand_aes256(const void *_Nonnull manager, const void *_Nonnull key,
                                      void *_Nonnull expanded) {
  IMB_AES256_GCM_PRE((const IMB_MGR *)manager, key, expanded);
}

/* Where a thread expands the key of a packet, and with which library. */
static inline void *_Nonnull cimb_room_of(void *_Nonnull context) {
  return &((struct cimb_context *)context)->room;
}
static inline const void *_Nonnull cimb_library_of(const void *_Nonnull context) {
  return ((const struct cimb_context *)context)->manager;
}

/* AES-256 of one block, under the round keys that begin an expanded key: CFB of zeros, which is the library's
 * only direct call of the bare cipher. Version 1 has none for this length of key. */
_Static_assert(offsetof(struct gcm_key_data, expanded_keys) == 0, "round keys begin an expanded key");
#if IMB_VERSION_NUM >= IMB_VERSION(2, 0, 0)
static inline void cimb_aes256_block(const void *_Nonnull manager, const void *_Nonnull expanded,
                                     const void *_Nonnull block, void *_Nonnull out) {
  static const uint8_t zeros[16];
  IMB_AES256_CFB_ONE((const IMB_MGR *)manager, out, zeros, block, expanded, 16);
}
#else
/* Swift sees modules: what one header brings along is not visible by itself. */
#include <emmintrin.h>
#include <wmmintrin.h>
__attribute__((target("aes"))) static inline void cimb_aes256_block(const void *_Nonnull manager,
                                                                     const void *_Nonnull expanded,
                                                                     const void *_Nonnull block,
                                                                     void *_Nonnull out) {
  const __m128i *key = (const __m128i *)expanded;
  __m128i state = _mm_xor_si128(_mm_loadu_si128((const __m128i *)block), _mm_loadu_si128(key));
  (void)manager;
  for (int round = 1; round < 14; round++) state = _mm_aesenc_si128(state, _mm_loadu_si128(key + round));
  _mm_storeu_si128((__m128i *)out, _mm_aesenclast_si128(state, _mm_loadu_si128(key + 14)));
}
#endif

static inline void cimb_digest(const void *_Nonnull manager, const void *_Nonnull bytes, uint64_t count,
                               void *_Nonnull digest) {
  IMB_SHA256((const IMB_MGR *)manager, bytes, count, digest);
}

/* Cannot be optimised away, unlike memset before free. */
static inline void cimb_wipe(void *_Nonnull memory, uint64_t bytes) { imb_clear_mem(memory, bytes); }

static inline void cimb_chacha_seal(const void *_Nonnull key, void *_Nonnull context, uint8_t *_Nonnull out,
                                    const uint8_t *_Nonnull in, uint64_t bytes, const uint8_t *_Nonnull nonce,
                                    const uint8_t *_Nullable aad, uint64_t aad_bytes, uint8_t *_Nonnull tag,
                                    uint64_t tag_bytes) {
  struct cimb_context *c = context;
  const IMB_MGR *m = c->manager;
  m->chacha20_poly1305_init(key, &c->chacha, nonce, aad, aad_bytes);
  m->chacha20_poly1305_enc_update(key, &c->chacha, out, in, bytes);
  m->chacha20_poly1305_finalize(&c->chacha, tag, tag_bytes);
}

static inline void cimb_chacha_open(const void *_Nonnull key, void *_Nonnull context, uint8_t *_Nonnull out,
                                    const uint8_t *_Nonnull in, uint64_t bytes, const uint8_t *_Nonnull nonce,
                                    const uint8_t *_Nullable aad, uint64_t aad_bytes, uint8_t *_Nonnull tag,
                                    uint64_t tag_bytes) {
  struct cimb_context *c = context;
  const IMB_MGR *m = c->manager;
  m->chacha20_poly1305_init(key, &c->chacha, nonce, aad, aad_bytes);
  m->chacha20_poly1305_dec_update(key, &c->chacha, out, in, bytes);
  m->chacha20_poly1305_finalize(&c->chacha, tag, tag_bytes);
}

static inline cimb_aead_fn _Nonnull cimb_aes128_seal(const void *_Nonnull manager) {
  return (cimb_aead_fn)((const IMB_MGR *)manager)->gcm128_enc;
}
static inline cimb_aead_fn _Nonnull cimb_aes128_open(const void *_Nonnull manager) {
  return (cimb_aead_fn)((const IMB_MGR *)manager)->gcm128_dec;
}
static inline cimb_aead_fn _Nonnull cimb_aes192_seal(const void *_Nonnull manager) {
  return (cimb_aead_fn)((const IMB_MGR *)manager)->gcm192_enc;
}
static inline cimb_aead_fn _Nonnull cimb_aes192_open(const void *_Nonnull manager) {
  return (cimb_aead_fn)((const IMB_MGR *)manager)->gcm192_dec;
}
static inline cimb_aead_fn _Nonnull cimb_aes256_seal(const void *_Nonnull manager) {
  return (cimb_aead_fn)((const IMB_MGR *)manager)->gcm256_enc;
}
static inline cimb_aead_fn _Nonnull cimb_aes256_open(const void *_Nonnull manager) {
  return (cimb_aead_fn)((const IMB_MGR *)manager)->gcm256_dec;
}
static inline cimb_aead_fn _Nonnull cimb_chacha20_poly1305_seal(void) { return cimb_chacha_seal; }
static inline cimb_aead_fn _Nonnull cimb_chacha20_poly1305_open(void) { return cimb_chacha_open; }

/* The same for data that lie in several pieces: begin, an update for each piece of any length, finish. */

/* (key, context, nonce, aad, aad bytes) */
typedef void (*cimb_begin_fn)(const void *_Nonnull key, void *_Nonnull context,
                              const uint8_t *_Nonnull nonce, const uint8_t *_Nullable aad,
                              uint64_t aad_bytes);
/* (key, context, out, in, bytes) */
typedef void (*cimb_update_fn)(const void *_Nonnull key, void *_Nonnull context, uint8_t *_Nonnull out,
                               const uint8_t *_Nonnull in, uint64_t bytes);
/* (key, context, tag, tag bytes) */
typedef void (*cimb_finish_fn)(const void *_Nonnull key, void *_Nonnull context, uint8_t *_Nonnull tag,
                               uint64_t tag_bytes);

struct cimb_calls {
  cimb_begin_fn _Nonnull begin;
  cimb_update_fn _Nonnull seal;
  cimb_finish_fn _Nonnull seal_end;
  cimb_update_fn _Nonnull open;
  cimb_finish_fn _Nonnull open_end;
};

/* Of ChaCha20-Poly1305 the last call has no key among its arguments. */
static inline void cimb_chacha_finish(const void *_Nonnull key, void *_Nonnull context,
                                      uint8_t *_Nonnull tag, uint64_t tag_bytes) {
  struct cimb_context *c = context;
  (void)key;
  c->manager->chacha20_poly1305_finalize(&c->chacha, tag, tag_bytes);
}

#define CIMB_GCM_CALLS(bits)                                                                             \
  static inline struct cimb_calls cimb_aes##bits##_calls(const void *_Nonnull manager) {                 \
    const IMB_MGR *m = manager;                                                                          \
    struct cimb_calls calls = {                                                                          \
        (cimb_begin_fn)m->gcm##bits##_init, (cimb_update_fn)m->gcm##bits##_enc_update,                   \
        (cimb_finish_fn)m->gcm##bits##_enc_finalize, (cimb_update_fn)m->gcm##bits##_dec_update,          \
        (cimb_finish_fn)m->gcm##bits##_dec_finalize};                                                    \
    return calls;                                                                                        \
  }
CIMB_GCM_CALLS(128)
CIMB_GCM_CALLS(192)
CIMB_GCM_CALLS(256)
#undef CIMB_GCM_CALLS

_Static_assert(offsetof(struct cimb_context, chacha) == 0, "ChaCha20-Poly1305 takes the context as its own");
static inline struct cimb_calls cimb_chacha20_poly1305_calls(const void *_Nonnull manager) {
  const IMB_MGR *m = manager;
  struct cimb_calls calls = {
      (cimb_begin_fn)m->chacha20_poly1305_init, (cimb_update_fn)m->chacha20_poly1305_enc_update,
      cimb_chacha_finish, (cimb_update_fn)m->chacha20_poly1305_dec_update, cimb_chacha_finish};
  return calls;
}

#endif
