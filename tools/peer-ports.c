/* A plugin for DPDK programs (-d): gives software ports what every NIC has, so that a gateway written for
 * NICs runs over them unmodified.
 *
 * Ports in shared memory (net_memif) and over veth (net_af_packet) neither claim to check checksums nor tell
 * a packet's type. ipsec-secgw refuses ports without the first and looks into every packet itself without
 * the second. A NIC does both in hardware; here the type is set while the packet is received, from three
 * bytes of it, and the checksums need no look: nothing in memory damages a packet. Built from the same
 * version's source as DPDK, for the layout of its devices is no public interface.
 */
#include <bus_driver.h>
#include <ethdev_driver.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_log.h>
#include <rte_mbuf_ptype.h>

#define CLAIMED (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM)

/* What the drivers themselves do; by driver, for all ports of one share it. */
struct original {
  const struct eth_dev_ops *ops;
  struct eth_dev_ops changed;
  eth_rx_burst_t receive;
};
static struct original originals[2];
static struct original *of_port[RTE_MAX_ETHPORTS];

static inline void set_types(struct rte_mbuf **packets, uint16_t count) {
  for (uint16_t i = 0; i < count && i < 4; i++) rte_prefetch0(rte_pktmbuf_mtod(packets[i], void *));
  for (uint16_t i = 0; i < count; i++) {
    const struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(packets[i], const struct rte_ether_hdr *);
    const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(ethernet + 1);
    uint32_t type = RTE_PTYPE_L2_ETHER;
    if (i + 4 < count) rte_prefetch0(rte_pktmbuf_mtod(packets[i + 4], void *));
    if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
      type |= ip->version_ihl == RTE_IPV4_VHL_DEF ? RTE_PTYPE_L3_IPV4 : RTE_PTYPE_L3_IPV4_EXT;
      if (ip->next_proto_id == IPPROTO_ESP) type |= RTE_PTYPE_TUNNEL_ESP;
      if (ip->next_proto_id == IPPROTO_UDP) type |= RTE_PTYPE_L4_UDP;
    } else if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
      const struct rte_ipv6_hdr *ip6 = (const struct rte_ipv6_hdr *)(ethernet + 1);
      type |= RTE_PTYPE_L3_IPV6;
      if (ip6->proto == IPPROTO_ESP) type |= RTE_PTYPE_TUNNEL_ESP;
    }
    packets[i]->packet_type = type;
    packets[i]->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  }
}

/* A function of its own for each driver: what it is given is a queue, and that names no port. */
static uint16_t receive_first(void *queue, struct rte_mbuf **packets, uint16_t room) {
  uint16_t count = originals[0].receive(queue, packets, room);
  set_types(packets, count);
  return count;
}
static uint16_t receive_second(void *queue, struct rte_mbuf **packets, uint16_t room) {
  uint16_t count = originals[1].receive(queue, packets, room);
  set_types(packets, count);
  return count;
}
static const eth_rx_burst_t receivers[2] = {receive_first, receive_second};

static int claim(struct rte_eth_dev *device, struct rte_eth_dev_info *info) {
  int status = of_port[device->data->port_id]->ops->dev_infos_get(device, info);
  info->rx_offload_capa |= CLAIMED;
  info->rx_queue_offload_capa |= CLAIMED;
  /* A NIC's port takes frames beyond 1518 bytes, which a tunnel needs. */
  info->max_mtu = 9000;
  info->max_rx_pktlen = 9018;
  return status;
}

static const uint32_t *types(struct rte_eth_dev *device) {
  static const uint32_t known[] = {RTE_PTYPE_L2_ETHER, RTE_PTYPE_L3_IPV4,    RTE_PTYPE_L3_IPV6,
                                   RTE_PTYPE_L4_UDP,   RTE_PTYPE_TUNNEL_ESP, RTE_PTYPE_UNKNOWN};
  (void)device;
  return known;
}

static int set_mtu(struct rte_eth_dev *device, uint16_t mtu) {
  (void)device;
  (void)mtu;
  return 0;
}

static int on_new_port(uint16_t port, enum rte_eth_event_type event, void *context, void *result) {
  struct rte_eth_dev *device = &rte_eth_devices[port];
  (void)event;
  (void)context;
  (void)result;
  for (unsigned i = 0; i < RTE_DIM(originals); i++) {
    struct original *original = &originals[i];
    if (original->ops == NULL) {
      original->ops = device->dev_ops;
      original->receive = device->rx_pkt_burst;
      original->changed = *device->dev_ops;
      original->changed.dev_infos_get = claim;
      original->changed.dev_supported_ptypes_get = types;
      if (original->changed.mtu_set == NULL) original->changed.mtu_set = set_mtu;
    } else if (original->ops != device->dev_ops || original->receive != device->rx_pkt_burst) {
      continue;
    }
    of_port[port] = original;
    device->dev_ops = &original->changed;
    device->rx_pkt_burst = receivers[i];
    return 0;
  }
  RTE_LOG(ERR, USER1, "peer-ports: port %u is of a third kind of driver; two are possible\n", port);
  return -1;
}

/* A bus without devices: its turn to probe comes when there is memory for callbacks, and before that of the
 * virtual devices, which is always the last. */
static int scan(void) { return 0; }
static int probe(void) {
  return rte_eth_dev_callback_register(RTE_ETH_ALL, RTE_ETH_EVENT_NEW, on_new_port, NULL);
}
static struct rte_device *find(const struct rte_device *start, rte_dev_cmp_t compare, const void *data) {
  (void)start;
  (void)compare;
  (void)data;
  return NULL;
}
static struct rte_bus peer_ports = {.scan = scan, .probe = probe, .find_device = find};
RTE_REGISTER_BUS(peer_ports, peer_ports);
