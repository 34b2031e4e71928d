/* Shims over DPDK for Swift.
 *
 * Swift does not import C structs aligned beyond 16 bytes (rte_mbuf, rte_ring, rte_mempool), so they are
 * opaque there and their fields are reached through these functions, which inline fully. Pointers are
 * annotated _Nonnull, or each call would test for null in Swift. Remove a shim once Swift imports what it
 * wraps.
 */
#ifndef CDPDK_H
#define CDPDK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* DPDK's headers need it */
#endif

/* ThreadSanitizer does not see what DPDK's libraries do, nor understand rings that rely on x86's order of
 * stores. Where it is on, rings use C11 atomics, and what passes a library is told to it. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CDPDK_TSAN 1
#ifndef RTE_USE_C11_MEM_MODEL
#define RTE_USE_C11_MEM_MODEL 1
#endif
#endif
#endif

#include <errno.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <linux/mempolicy.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_config.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_ip_frag.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <rte_prefetch.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_version.h>

/* A burst of packets: an array of mbufs, which the caller sees as pointers of no type. */
typedef struct rte_mbuf *_Nullable *_Nonnull cdpdk_burst;

#define CDPDK_HEADROOM RTE_PKTMBUF_HEADROOM
#define CDPDK_MBUF_BYTES 128
_Static_assert(sizeof(struct rte_mbuf) == CDPDK_MBUF_BYTES, "an mbuf is two cache lines");
_Static_assert(sizeof(((struct rte_mbuf *)0)->hash) == sizeof(uint64_t), "a tag has eight bytes");
_Static_assert(offsetof(struct rte_mbuf, buf_addr) == 0, "the data pointer starts at the mbuf's first field");

typedef struct rte_mbuf *_Nonnull cdpdk_mbuf;

/* ---- ThreadSanitizer ---------------------------------------------------------------------------------- */

#ifdef CDPDK_TSAN
void __tsan_acquire(void *_Nullable address);
void __tsan_release(void *_Nullable address);
/* What was done before a release of an address is visible after an acquire of it. */
#define CDPDK_ACQUIRE(address) __tsan_acquire(address)
#define CDPDK_RELEASE(address) __tsan_release(address)
/* The ring behind a queue of a ring port: the driver's own struct starts with it. */
#define CDPDK_RING(queue) (*(void **)(queue))
#else
#define CDPDK_ACQUIRE(address) ((void)0)
#define CDPDK_RELEASE(address) ((void)0)
#endif

/* Stands for the end of a dataplane thread's work. */
extern char cdpdk_thread_end;

/* ---- Environment ------------------------------------------------------------------------------------ */

static inline int cdpdk_error(void) { return rte_errno; }
static inline const char *_Nonnull cdpdk_error_text(int code) {
  return rte_strerror(code < 0 ? -code : code);
}
static inline const char *_Nonnull cdpdk_version(void) { return rte_version(); }
#ifndef CDPDK_MACHINE_FLAGS
#define CDPDK_MACHINE_FLAGS ""
#endif
static inline const char *_Nonnull cdpdk_machine_flags(void) { return CDPDK_MACHINE_FLAGS; }
static inline uint64_t cdpdk_tsc_hz(void) { return rte_get_tsc_hz(); }
static inline uint64_t cdpdk_tsc(void) { return rte_rdtsc(); }

/* Only errors: notices of a dozen drivers that find no device would drown them. */
static inline void cdpdk_log_errors_only(void) { rte_log_set_global_level(RTE_LOG_ERR); }

/* Gives the core away for a moment, where several threads share it and there is nothing to do. */
static inline void cdpdk_sleep_ns(uint32_t nanoseconds) {
  struct timespec t = {0, nanoseconds};
  nanosleep(&t, NULL);
}

/* ---- What the core does, in its own cycles ------------------------------------------------------------ */

/* Multiplications of 32 bits, each waiting for the one before: 3 cycles on every x86-64 core since 2008. */
#define CDPDK_CHAIN_CYCLES 3
static inline uint32_t cdpdk_chain_16(uint32_t x) {
  __asm__ volatile(".rept 16\n\timull %0, %0\n\t.endr" : "+r"(x));
  return x;
}
/* Additions, as independent as eight registers allow. */
static inline void cdpdk_additions_64(void) {
  uint64_t a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1;
  __asm__ volatile(
      ".rept 8\n\tadd %0, %0\n\tadd %1, %1\n\tadd %2, %2\n\tadd %3, %3\n\tadd %4, %4\n\tadd %5, %5\n\t"
      "add %6, %6\n\tadd %7, %7\n\t.endr"
      : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
}

/* ---- Values that one thread writes and another reads -------------------------------------------------- */

static inline uint64_t cdpdk_load(const uint64_t *_Nonnull p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline void cdpdk_store(uint64_t *_Nonnull p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline uint32_t cdpdk_load_32(const uint32_t *_Nonnull p) {
  return __atomic_load_n(p, __ATOMIC_RELAXED);
}
static inline void cdpdk_store_32(uint32_t *_Nonnull p, uint32_t v) {
  __atomic_store_n(p, v, __ATOMIC_RELAXED);
}
static inline uint64_t cdpdk_load_acquire(const uint64_t *_Nonnull p) {
  return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void cdpdk_store_release(uint64_t *_Nonnull p, uint64_t v) {
  __atomic_store_n(p, v, __ATOMIC_RELEASE);
}

/* ---- NUMA --------------------------------------------------------------------------------------------- */

/* What pools, rings and queues of ports are made on; one thread at a time makes them. */
extern int cdpdk_node;
static inline int cdpdk_current_node(void) { return cdpdk_node; }
/* Has what this thread makes be on a node, or, with SOCKET_ID_ANY, wherever it comes to be: what DPDK gives
 * out, and, as advice to the kernel, pages that the thread is the first to touch. Returns what was before. */
static inline int cdpdk_prefer_node(int node) {
  unsigned long mask[16] = {0};
  const int bits = 8 * sizeof *mask, before = cdpdk_node;
  cdpdk_node = node;
  if (node >= 0 && node < 16 * bits - 1) {
    mask[node / bits] = 1ul << (node % bits);
    syscall(SYS_set_mempolicy, MPOL_PREFERRED, mask, 16 * bits);
  } else {
    syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
  }
  return before;
}

/* Bytes of the pages of the memory that DPDK gives out; 0 if it does not tell. */
static inline uint64_t cdpdk_page_bytes(void) {
  void *probe = rte_malloc(NULL, RTE_CACHE_LINE_SIZE, 0);
  const struct rte_memseg_list *pages = probe == NULL ? NULL : rte_mem_virt2memseg_list(probe);
  uint64_t bytes = pages == NULL ? 0 : pages->page_sz;
  rte_free(probe);
  return bytes;
}

/* ---- Packets ------------------------------------------------------------------------------------------ */

static inline struct rte_mempool *_Nullable cdpdk_pool_create(const char *_Nonnull name, uint32_t packets,
                                                              uint32_t cache, uint16_t room) {
  return rte_pktmbuf_pool_create(name, packets, cache, 0, room, cdpdk_node);
}
/* Moves the start of a buffer, which is on a cache line. */
static inline void cdpdk_mbuf_shift(struct rte_mempool *_Nonnull pool, void *_Nullable bytes,
                                    void *_Nonnull mbuf, unsigned index) {
  struct rte_mbuf *m = mbuf;
  uint16_t shift = (uint16_t)(uintptr_t)bytes;
  (void)pool, (void)index;
  m->buf_addr = (char *)m->buf_addr + shift;
  rte_mbuf_iova_set(m, rte_mbuf_iova_get(m) + shift);
  m->buf_len -= shift;
}
/* Buffers with `room` bytes that begin `shift` bytes behind a line: drivers put frames behind DPDK's own
 * headroom, which is fixed, but take it from the buffer's start. */
static inline struct rte_mempool *_Nullable cdpdk_pool_create_shifted(const char *_Nonnull name,
                                                                      uint32_t packets, uint32_t cache,
                                                                      uint16_t room, uint16_t shift) {
  struct rte_mempool *pool = cdpdk_pool_create(name, packets, cache, room + shift);
  if (pool == NULL || shift == 0) return pool;
  rte_mempool_obj_iter(pool, cdpdk_mbuf_shift, (void *)(uintptr_t)shift);
  ((struct rte_pktmbuf_pool_private *)rte_mempool_get_priv(pool))->mbuf_data_room_size = room;
  return pool;
}
static inline int cdpdk_pool_node(const struct rte_mempool *_Nonnull pool) { return pool->socket_id; }
static inline void cdpdk_pool_free(struct rte_mempool *_Nonnull pool) { rte_mempool_free(pool); }
static inline uint32_t cdpdk_pool_in_use(const struct rte_mempool *_Nonnull pool) {
  return rte_mempool_in_use_count(pool);
}

static inline uint8_t *_Nonnull cdpdk_mbuf_data(cdpdk_mbuf m) { return (uint8_t *)m->buf_addr + m->data_off; }
static inline uint8_t *_Nonnull cdpdk_mbuf_buffer(cdpdk_mbuf m) { return (uint8_t *)m->buf_addr; }
static inline uint32_t cdpdk_mbuf_bytes(cdpdk_mbuf m) { return m->data_len; }
static inline uint32_t cdpdk_mbuf_offset(cdpdk_mbuf m) { return m->data_off; }
static inline uint32_t cdpdk_mbuf_room(cdpdk_mbuf m) { return m->buf_len; }
/* Eight bytes in the line that whoever handles a packet touches anyway; no driver of ours uses them. */
static inline uint64_t cdpdk_mbuf_tag(cdpdk_mbuf m) {
  uint64_t tag;
  __builtin_memcpy(&tag, &m->hash, sizeof tag);
  return tag;
}
static inline void cdpdk_mbuf_set_tag(cdpdk_mbuf m, uint64_t tag) {
  __builtin_memcpy(&m->hash, &tag, sizeof tag);
}
static inline int cdpdk_mbuf_is_whole(cdpdk_mbuf m) { return m->nb_segs == 1; }
/* A packet of several buffers: the first one tells how many there are and the bytes of all. */
static inline struct rte_mbuf *_Nullable cdpdk_mbuf_next(cdpdk_mbuf m) { return m->next; }
static inline void cdpdk_mbuf_link(cdpdk_mbuf m, struct rte_mbuf *_Nullable next) { m->next = next; }
static inline uint32_t cdpdk_mbuf_segments(cdpdk_mbuf m) { return m->nb_segs; }
static inline uint32_t cdpdk_mbuf_all_bytes(cdpdk_mbuf m) { return m->pkt_len; }
static inline void cdpdk_mbuf_set_segments(cdpdk_mbuf m, uint32_t segments, uint32_t bytes) {
  m->nb_segs = (uint16_t)segments;
  m->pkt_len = bytes;
}
static inline void cdpdk_mbuf_set_segment(cdpdk_mbuf m, uint32_t offset, uint32_t bytes) {
  m->data_off = (uint16_t)offset;
  m->data_len = (uint16_t)bytes;
}
/* Makes an mbuf of its own a part of another one's buffer, which lives until both are free. */
static inline void cdpdk_mbuf_attach(cdpdk_mbuf part, cdpdk_mbuf whole) { rte_pktmbuf_attach(part, whole); }
static inline void cdpdk_mbuf_set(cdpdk_mbuf m, uint32_t offset, uint32_t bytes) {
  m->data_off = (uint16_t)offset;
  m->data_len = (uint16_t)bytes;
  m->pkt_len = bytes;
}
static inline int cdpdk_mbuf_alloc_burst(struct rte_mempool *_Nonnull pool, cdpdk_burst burst,
                                         uint32_t count) {
  int status = rte_pktmbuf_alloc_bulk(pool, burst, count);
  CDPDK_ACQUIRE(pool);
  return status;
}
static inline void cdpdk_mbuf_free(cdpdk_mbuf m) {
  CDPDK_RELEASE(m->pool);
  rte_pktmbuf_free(m);
}
static inline void cdpdk_mbuf_free_burst(cdpdk_burst burst, uint32_t count) {
  CDPDK_RELEASE(burst[0]->pool);
  rte_pktmbuf_free_bulk(burst, count);
}
/* For writing: takes the line from other cores at once instead of sharing it first. In assembly, for the
 * compiler emits it only where -march names a CPU that has it; the others ignore it. */
static inline void cdpdk_prefetch_write(const void *_Nonnull p) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
  __builtin_prefetch(p, 1, 3);
#endif
}

/* For reading: the line may stay in the other core's cache as well. */
static inline void cdpdk_prefetch_read(const void *_Nonnull p) { rte_prefetch0(p); }

/* Lends a packet `room` bytes that lie elsewhere, of which `bytes` from `offset` on are its data. It stays
 * the lender's when it is freed, once for each time that it was lent. */
static inline void cdpdk_mbuf_lend(cdpdk_mbuf m, void *_Nonnull memory, uint32_t room, uint32_t offset,
                                   uint32_t bytes) {
  m->buf_addr = memory;
  m->buf_len = (uint16_t)room;
  cdpdk_mbuf_set(m, offset, bytes);
  rte_mbuf_refcnt_set(m, 2);
}
/* Gives it its own memory back, before it returns to its pool. */
static inline void cdpdk_mbuf_reclaim(cdpdk_mbuf m) {
  m->buf_addr = rte_mbuf_to_baddr(m);
  m->buf_len = rte_pktmbuf_data_room_size(m->pool);
  rte_mbuf_refcnt_set(m, 1);
}

/* ---- Fragments of IP packets -------------------------------------------------------------------------- */

/* The most fragments of a packet: what DPDK was built for. */
#define CDPDK_FRAGMENTS_MAX RTE_LIBRTE_IP_FRAG_MAX_FRAG
/* Ethernet, IPv4 without options, IPv6 and its fragment header without others. */
#define CDPDK_FRAGMENT_ETHERNET 14
#define CDPDK_FRAGMENT_IPV4 20
#define CDPDK_FRAGMENT_IPV6 40
#define CDPDK_FRAGMENT_HEADER 8

/* A table of packets whose fragments are not all there, and those fragments that are given up. */
struct cdpdk_fragments {
  struct rte_ip_frag_tbl *_Nullable table;
  struct rte_ip_frag_death_row row;
};
/* As many places for each packet as its hash may meet others, so that a full table is what limits it. */
static inline int cdpdk_fragments_create(struct cdpdk_fragments *_Nonnull f, uint32_t packets,
                                         uint64_t ticks) {
  memset(f, 0, sizeof *f);
  f->table = rte_ip_frag_table_create(packets, 16, packets, ticks, SOCKET_ID_ANY);
  return f->table == NULL ? -1 : 0;
}
static inline void cdpdk_fragments_destroy(struct cdpdk_fragments *_Nonnull f) {
  rte_ip_frag_table_destroy(f->table);
}
/* Adds a fragment. Returns the packet if it was the last one missing. */
static inline struct rte_mbuf *_Nullable cdpdk_fragments_add(struct cdpdk_fragments *_Nonnull f, cdpdk_mbuf m,
                                                             uint64_t now) {
  m->l2_len = CDPDK_FRAGMENT_ETHERNET;
  m->l3_len = CDPDK_FRAGMENT_IPV4;
  return rte_ipv4_frag_reassemble_packet(
      f->table, &f->row, m, now, rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, CDPDK_FRAGMENT_ETHERNET));
}
/* The same of IPv6. */
static inline struct rte_mbuf *_Nullable cdpdk_fragments_add6(struct cdpdk_fragments *_Nonnull f,
                                                              cdpdk_mbuf m, uint64_t now) {
  struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, CDPDK_FRAGMENT_ETHERNET);
  m->l2_len = CDPDK_FRAGMENT_ETHERNET;
  m->l3_len = CDPDK_FRAGMENT_IPV6 + CDPDK_FRAGMENT_HEADER;
  return rte_ipv6_frag_reassemble_packet(f->table, &f->row, m, now, ip,
                                         (struct rte_ipv6_fragment_ext *)((char *)ip + CDPDK_FRAGMENT_IPV6));
}
/* Gives those up that have waited too long. The function is years old, and still called experimental. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
static inline void cdpdk_fragments_expire(struct cdpdk_fragments *_Nonnull f, uint64_t now) {
  rte_ip_frag_table_del_expired_entries(f->table, &f->row, now);
}
#pragma clang diagnostic pop
static inline uint32_t cdpdk_fragments_dropped(const struct cdpdk_fragments *_Nonnull f) {
  return f->row.cnt;
}
static inline struct rte_mbuf *_Nonnull cdpdk_fragments_drop(const struct cdpdk_fragments *_Nonnull f,
                                                             uint32_t index) {
  return f->row.row[index];
}
static inline void cdpdk_fragments_clear(struct cdpdk_fragments *_Nonnull f) { f->row.cnt = 0; }

/* ---- Rings -------------------------------------------------------------------------------------------- */

static inline struct rte_ring *_Nullable cdpdk_ring_create(const char *_Nonnull name, uint32_t slots) {
  return rte_ring_create(name, slots, cdpdk_node, RING_F_SP_ENQ | RING_F_SC_DEQ);
}
static inline void cdpdk_ring_free(struct rte_ring *_Nonnull ring) { rte_ring_free(ring); }
static inline uint32_t cdpdk_ring_take(struct rte_ring *_Nonnull ring, cdpdk_burst burst,
                                       uint32_t room) {
  return rte_ring_dequeue_burst(ring, (void **)burst, room, NULL);
}
static inline uint32_t cdpdk_ring_put(struct rte_ring *_Nonnull ring, cdpdk_burst burst, uint32_t count) {
  return rte_ring_enqueue_burst(ring, (void *const *)burst, count, NULL);
}
static inline uint32_t cdpdk_ring_count(const struct rte_ring *_Nonnull ring) { return rte_ring_count(ring); }

/* A packet and the number that it was given, side by side in a ring's slot. */
struct cdpdk_numbered {
  void *_Nullable packet;
  uint64_t number;
};
static inline struct rte_ring *_Nullable cdpdk_numbered_ring_create(const char *_Nonnull name,
                                                                    uint32_t slots) {
  return rte_ring_create_elem(name, sizeof(struct cdpdk_numbered), slots, cdpdk_node,
                              RING_F_SP_ENQ | RING_F_SC_DEQ);
}
static inline uint32_t cdpdk_numbered_put(struct rte_ring *_Nonnull ring,
                                          const struct cdpdk_numbered *_Nonnull packets, uint32_t count) {
  return rte_ring_enqueue_burst_elem(ring, packets, sizeof(struct cdpdk_numbered), count, NULL);
}
static inline uint32_t cdpdk_numbered_take(struct rte_ring *_Nonnull ring,
                                           struct cdpdk_numbered *_Nonnull packets, uint32_t room) {
  return rte_ring_dequeue_burst_elem(ring, packets, sizeof(struct cdpdk_numbered), room, NULL);
}

/* ---- Ports -------------------------------------------------------------------------------------------- */

static inline int cdpdk_port_from_rings(const char *_Nonnull name,
                                        struct rte_ring *_Nullable *_Nonnull receive, uint32_t receive_queues,
                                        struct rte_ring *_Nullable *_Nonnull transmit,
                                        uint32_t transmit_queues) {
  return rte_eth_from_rings(name, receive, receive_queues, transmit, transmit_queues, 0);
}
static inline int cdpdk_device_probe(const char *_Nonnull devargs) { return rte_dev_probe(devargs); }
/* What a hash begins with; as much of it as a device takes. Its bytes beyond those of the longest input and
 * of the hash itself (40) change nothing. */
struct cdpdk_hash_key {
  uint8_t bytes[64];
};
#define CDPDK_RSS_ADDRESSES (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP)

static inline int cdpdk_port_by_name(const char *_Nonnull name) {
  uint16_t port;
  int status = rte_eth_dev_get_port_by_name(name, &port);
  return status < 0 ? status : port;
}

/* Queue pairs with the driver's own defaults. Where there are several, hashes of addresses and UDP ports, or,
 * if asked for, of ESP's SPI, choose among them, as far as the device offers it: otherwise all would come to
 * the first. */
static inline int cdpdk_port_configure(uint16_t port, uint16_t rx_queues, uint16_t tx_queues,
                                       uint16_t descriptors, int by_spi, struct cdpdk_hash_key key,
                                       struct rte_mempool *_Nonnull pool) {
  struct rte_eth_dev_info info;
  struct rte_eth_conf conf;
  uint16_t rx = descriptors, tx = descriptors;
  int status = rte_eth_dev_info_get(port, &info);
  if (status < 0) return status;
  if (rx_queues > info.max_rx_queues || tx_queues > info.max_tx_queues) return -ENOSPC;
  memset(&conf, 0, sizeof conf);
  uint64_t hashed = info.flow_type_rss_offloads & (by_spi ? RTE_ETH_RSS_ESP : CDPDK_RSS_ADDRESSES);
  if (rx_queues > 1 && hashed != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = hashed;
    if (info.hash_key_size > 0 && info.hash_key_size <= sizeof key.bytes) {
      conf.rx_adv_conf.rss_conf.rss_key = key.bytes;
      conf.rx_adv_conf.rss_conf.rss_key_len = info.hash_key_size;
    }
  }
  if ((status = rte_eth_dev_configure(port, rx_queues, tx_queues, &conf)) < 0) return status;
  if ((status = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx)) < 0) return status;
  for (uint16_t q = 0; q < rx_queues; q++)
    if ((status = rte_eth_rx_queue_setup(port, q, rx, cdpdk_node, NULL, pool)) < 0) return status;
  for (uint16_t q = 0; q < tx_queues; q++)
    if ((status = rte_eth_tx_queue_setup(port, q, tx, cdpdk_node, NULL)) < 0) return status;
  return 0;
}

/* The largest IP packet that the driver says it takes; 0 if it says nothing. */
static inline uint16_t cdpdk_port_mtu(uint16_t port) {
  uint16_t mtu = 0;
  return rte_eth_dev_get_mtu(port, &mtu) == 0 ? mtu : 0;
}
static inline int cdpdk_port_set_mtu(uint16_t port, uint16_t mtu) { return rte_eth_dev_set_mtu(port, mtu); }
/* Whether a driver refused because it knows no such setting. */
static inline int cdpdk_is_unsupported(int status) { return status == -ENOTSUP; }

static inline int cdpdk_port_start(uint16_t port) {
  int status = rte_eth_dev_start(port);
  if (status < 0) return status;
  rte_eth_promiscuous_enable(port); /* a driver that cannot is one that needs not */
  return 0;
}

static inline int cdpdk_port_link_is_up(uint16_t port) {
  struct rte_eth_link link;
  return rte_eth_link_get_nowait(port, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

/* The link's rate, 10^6 bits per second; 0 if it is down or the driver tells none. */
static inline uint32_t cdpdk_port_link_mbps(uint16_t port) {
  struct rte_eth_link link;
  if (rte_eth_link_get_nowait(port, &link) != 0 || link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN) return 0;
  return link.link_speed;
}

/* The most entries of a table from hash to queue. */
#define CDPDK_TABLE_MAX 2048

/* Reads the table from hash to queue. Returns its entries; 0 if the device has none. */
static inline int cdpdk_port_table(uint16_t port, uint16_t* _Nonnull queues) {
  struct rte_eth_rss_reta_entry64 table[CDPDK_TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE];
  struct rte_eth_dev_info info;
  int status = rte_eth_dev_info_get(port, &info);
  if (status < 0) return status;
  if (info.reta_size == 0 || info.reta_size > CDPDK_TABLE_MAX) return 0;
  memset(table, 0, sizeof table);
  for (uint16_t i = 0; i < info.reta_size; i++)
    table[i / RTE_ETH_RETA_GROUP_SIZE].mask |= 1ull << (i % RTE_ETH_RETA_GROUP_SIZE);
  status = rte_eth_dev_rss_reta_query(port, table, info.reta_size);
  if (status < 0) return status == -ENOTSUP ? 0 : status;
  for (uint16_t i = 0; i < info.reta_size; i++)
    queues[i] = table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
  return info.reta_size;
}

/* Leads the hashes to the first queues in turn. Nothing to do where there is no table. */
static inline int cdpdk_port_spread(uint16_t port, uint16_t queues) {
  struct rte_eth_rss_reta_entry64 table[CDPDK_TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE];
  struct rte_eth_dev_info info;
  int status = rte_eth_dev_info_get(port, &info);
  if (status < 0) return status;
  if (info.flow_type_rss_offloads == 0) return 0;
  if (info.reta_size == 0 || info.reta_size > CDPDK_TABLE_MAX) return 0;
  memset(table, 0, sizeof table);
  for (uint16_t i = 0; i < info.reta_size; i++) {
    table[i / RTE_ETH_RETA_GROUP_SIZE].mask |= 1ull << (i % RTE_ETH_RETA_GROUP_SIZE);
    table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] = i % queues;
  }
  status = rte_eth_dev_rss_reta_update(port, table, info.reta_size);
  return status == -ENOTSUP ? 0 : status;
}

/* Reads the hash's key. Returns its bytes; 0 if the device does not tell it. */
static inline int cdpdk_port_hash_key(uint16_t port, struct cdpdk_hash_key *_Nonnull key) {
  struct rte_eth_rss_conf conf;
  struct rte_eth_dev_info info;
  int status = rte_eth_dev_info_get(port, &info);
  if (status < 0) return status;
  if (info.hash_key_size == 0 || info.hash_key_size > sizeof key->bytes) return 0;
  memset(&conf, 0, sizeof conf);
  conf.rss_key = key->bytes;
  conf.rss_key_len = info.hash_key_size;
  status = rte_eth_dev_rss_hash_conf_get(port, &conf);
  return status == 0 ? info.hash_key_size : status == -ENOTSUP ? 0 : status;
}

/* Sets the hash's key, and leaves what is hashed. */
static inline int cdpdk_port_set_hash_key(uint16_t port, struct cdpdk_hash_key key, int by_spi) {
  struct rte_eth_rss_conf conf;
  struct rte_eth_dev_info info;
  int status = rte_eth_dev_info_get(port, &info);
  if (status < 0) return status;
  memset(&conf, 0, sizeof conf);
  conf.rss_key = key.bytes;
  conf.rss_key_len = info.hash_key_size;
  conf.rss_hf = info.flow_type_rss_offloads & (by_spi ? RTE_ETH_RSS_ESP : CDPDK_RSS_ADDRESSES);
  return rte_eth_dev_rss_hash_update(port, &conf);
}

/* What a device offers to lead packets to queues. */
struct cdpdk_offer {
  const char *_Nullable driver;
  uint16_t queues;        /* to receive from, at most */
  uint16_t table_entries; /* from hash to queue; 0 for none */
  uint16_t key_bytes;     /* of the hash; 0 if it takes none */
  uint8_t addresses, udp4, udp6, spi; /* whether it hashes them */
};
static inline int cdpdk_port_offer(uint16_t port, struct cdpdk_offer *_Nonnull offer) {
  struct rte_eth_dev_info info;
  int status = rte_eth_dev_info_get(port, &info);
  memset(offer, 0, sizeof *offer);
  if (status < 0) return status;
  offer->driver = info.driver_name;
  offer->queues = info.max_rx_queues;
  offer->table_entries = info.reta_size;
  offer->key_bytes = info.hash_key_size;
  offer->addresses = (info.flow_type_rss_offloads & RTE_ETH_RSS_IP) != 0;
  offer->udp4 = (info.flow_type_rss_offloads & RTE_ETH_RSS_NONFRAG_IPV4_UDP) != 0;
  offer->udp6 = (info.flow_type_rss_offloads & RTE_ETH_RSS_NONFRAG_IPV6_UDP) != 0;
  offer->spi = (info.flow_type_rss_offloads & RTE_ETH_RSS_ESP) != 0;
  return 0;
}

/* Packets with a value in a field, and the queue that they are led to. */
enum cdpdk_rule_field { CDPDK_RULE_SPI, CDPDK_RULE_SEQUENCE, CDPDK_RULE_BYTES, CDPDK_RULE_UDP_SOURCE };
struct cdpdk_rule {
  enum cdpdk_rule_field field;
  uint8_t is_ipv6;
  uint8_t protocol;    /* of IP, of packets directly in it */
  uint16_t udp_port;   /* the destination of those in UDP; 0 for others */
  uint16_t offset;     /* of four bytes, from the end of the outer header on */
  uint32_t value;      /* big-endian, as it is read from a packet */
  uint32_t mask;
  uint16_t queue;
};

/* Has the device lead packets to a queue, or, if `tries`, only asks it whether it would. */
static inline int cdpdk_port_rule(uint16_t port, struct cdpdk_rule rule, int tries) {
  uint32_t value = rte_cpu_to_be_32(rule.value), mask = rte_cpu_to_be_32(rule.mask);
  struct rte_flow_item_ipv4 ip4 = {.hdr.next_proto_id = rule.protocol};
  struct rte_flow_item_ipv4 ip4_mask = {.hdr.next_proto_id = 0xFF};
  struct rte_flow_item_ipv6 ip6 = {.hdr.proto = rule.protocol};
  struct rte_flow_item_ipv6 ip6_mask = {.hdr.proto = 0xFF};
  struct rte_flow_item_udp udp = {.hdr.dst_port = rte_cpu_to_be_16(rule.udp_port)};
  struct rte_flow_item_udp udp_mask = {.hdr.dst_port = 0xFFFF};
  struct rte_flow_item_esp esp, esp_mask;
  struct rte_flow_item_raw raw, raw_mask;
  struct rte_flow_item pattern[5];
  struct rte_flow_action_queue queue = {.index = rule.queue};
  struct rte_flow_action actions[] = {{.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &queue},
                                      {.type = RTE_FLOW_ACTION_TYPE_END}};
  struct rte_flow_attr attr = {.ingress = 1};
  struct rte_flow_error error;
  int items = 0;
  memset(pattern, 0, sizeof pattern);
  memset(&esp, 0, sizeof esp);
  memset(&esp_mask, 0, sizeof esp_mask);
  memset(&raw, 0, sizeof raw);
  memset(&raw_mask, 0, sizeof raw_mask);

  pattern[items++].type = RTE_FLOW_ITEM_TYPE_ETH;
  pattern[items].type = rule.is_ipv6 ? RTE_FLOW_ITEM_TYPE_IPV6 : RTE_FLOW_ITEM_TYPE_IPV4;
  /* Where no item behind it says what it is. */
  if (rule.udp_port == 0 && rule.field == CDPDK_RULE_BYTES) {
    pattern[items].spec = rule.is_ipv6 ? (const void *)&ip6 : &ip4;
    pattern[items].mask = rule.is_ipv6 ? (const void *)&ip6_mask : &ip4_mask;
  }
  items++;
  if (rule.udp_port != 0) {
    if (rule.field == CDPDK_RULE_UDP_SOURCE) {
      udp.hdr.src_port = rte_cpu_to_be_16((uint16_t)rule.value);
      udp_mask.hdr.src_port = 0xFFFF;
    }
    pattern[items].type = RTE_FLOW_ITEM_TYPE_UDP;
    pattern[items].spec = &udp;
    pattern[items++].mask = &udp_mask;
  }
  if (rule.field == CDPDK_RULE_SPI || rule.field == CDPDK_RULE_SEQUENCE) {
    if (rule.field == CDPDK_RULE_SPI) {
      esp.hdr.spi = value;
      esp_mask.hdr.spi = mask;
    } else {
      esp.hdr.seq = value;
      esp_mask.hdr.seq = mask;
    }
    pattern[items].type = RTE_FLOW_ITEM_TYPE_ESP;
    pattern[items].spec = &esp;
    pattern[items++].mask = &esp_mask;
  }
  if (rule.field == CDPDK_RULE_BYTES) {
    raw.relative = raw_mask.relative = 1;
    raw_mask.offset = -1;
    raw.offset = rule.offset;
    raw_mask.length = 0xFFFF;
    raw.length = sizeof value;
    raw.pattern = (const uint8_t *)&value;
    raw_mask.pattern = (const uint8_t *)&mask;
    pattern[items].type = RTE_FLOW_ITEM_TYPE_RAW;
    pattern[items].spec = &raw;
    pattern[items++].mask = &raw_mask;
  }
  pattern[items].type = RTE_FLOW_ITEM_TYPE_END;
  if (tries) return rte_flow_validate(port, &attr, pattern, actions, &error);
  if (rte_flow_create(port, &attr, pattern, actions, &error) != NULL) return 0;
  return rte_errno != 0 ? -rte_errno : -EINVAL;
}

/* The kernel's number of the network device that the port stands on; 0 for none. */
static inline uint32_t cdpdk_port_interface(uint16_t port) {
  struct rte_eth_dev_info info;
  return rte_eth_dev_info_get(port, &info) == 0 ? info.if_index : 0;
}

/* Stops and closes the port and removes its device, so that the name can be used again. */
static inline int cdpdk_port_remove(uint16_t port) {
  struct rte_eth_dev_info info;
  int status = rte_eth_dev_info_get(port, &info);
  if (status < 0) return status;
  rte_eth_dev_stop(port);
  rte_eth_dev_close(port);
  return rte_dev_remove(info.device);
}

static inline uint32_t cdpdk_receive(uint16_t port, uint16_t queue, cdpdk_burst burst,
                                     uint16_t room) {
  uint32_t count = rte_eth_rx_burst(port, queue, burst, room);
  CDPDK_ACQUIRE(CDPDK_RING(rte_eth_fp_ops[port].rxq.data[queue]));
  return count;
}
static inline uint32_t cdpdk_transmit(uint16_t port, uint16_t queue, cdpdk_burst burst,
                                      uint16_t count) {
  CDPDK_RELEASE(CDPDK_RING(rte_eth_fp_ops[port].txq.data[queue]));
  return rte_eth_tx_burst(port, queue, burst, count);
}

/* ---- Threads ------------------------------------------------------------------------------------------ */

typedef int (*cdpdk_thread_fn)(void *_Nullable context);

static inline int cdpdk_launch(cdpdk_thread_fn _Nonnull function, void *_Nullable context, uint32_t lcore) {
  return rte_eal_remote_launch(function, context, lcore);
}
static inline int cdpdk_is_running(uint32_t lcore) { return rte_eal_get_lcore_state(lcore) == RUNNING; }
static inline int cdpdk_wait(uint32_t lcore) {
  int status = rte_eal_wait_lcore(lcore);
  CDPDK_ACQUIRE(&cdpdk_thread_end);
  return status;
}
/* How many threads DPDK can number, and the first number of a CPU that it cannot pin one to. */
static inline uint32_t cdpdk_lcores_max(void) { return RTE_MAX_LCORE; }
static inline uint32_t cdpdk_cpu_number_end(void) { return CPU_SETSIZE; }
/* The kernel's number of the calling thread. */
static inline int32_t cdpdk_thread_number(void) { return rte_gettid(); }
/* Has the kernel kill this process when its parent ends. */
static inline void cdpdk_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }
/* The last thing that a thread's function does. */
static inline void cdpdk_end(void) { CDPDK_RELEASE(&cdpdk_thread_end); }


#endif
