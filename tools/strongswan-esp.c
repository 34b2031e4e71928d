/* strongSwan's ESP in user space (libipsec, the code behind its plugin kernel-libipsec) as a gateway: keyed
 * on its command line, between the packet sockets of a red and a black interface.
 *
 * The libraries, as Debian ships them, do all of ESP: associations, policies, sequence numbers, replay
 * window, padding, AEAD. Here is only what charon does around them: threads, sockets, outer headers.
 *
 * What arrives is now and then handed to libipsec twice, so that its replay window has something to do; with
 * STRONGSWAN_ESP_SEND_TWICE=N in the environment every Nth sealed packet is sent twice, for the window of the
 * other gateway. */
#include <library.h>

#include <ipsec.h>
#include <processing/processor.h>

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ETHERNET = 14, IPV4 = 20, UDP = 8, REQID = 1, ARRIVALS_PER_REPLAY = 16, FRAME_MAX = 2048 };

/* One end of a link. */
struct port {
  int socket;
  uint8_t header[ETHERNET];
};
static struct port red, black;

/* The outer IPv4 and UDP header, but for lengths and checksum. */
static uint8_t outer[IPV4 + UDP];
static host_t *here, *there;
static unsigned long send_twice_every;

static atomic_ulong sealed, opened, arrived, replayed, refused, others, unsent;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "strongswan-esp: %s: %s\n", what, why);
  exit(1);
}

/* libipsec's messages. Replays are what we make ourselves, and only counted. */
static void say(debug_t group, level_t level, char *format, ...) {
  va_list arguments;
  if (level > LEVEL_CTRL) return;
  if (group == DBG_ESP && strstr(format, "sequence number verification failed")) {
    refused++;
    return;
  }
  if (group == DBG_ESP && others++ >= 20) return;
  fprintf(stderr, "strongSwan: ");
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
}

static chunk_t bytes_of(const char *hex) {
  if (strlen(hex) % 2 || strspn(hex, "0123456789abcdef") != strlen(hex)) fail(hex, "no bytes in hex");
  return chunk_from_hex(chunk_create((u_char *)hex, strlen(hex)), NULL);
}

static host_t *host_of(char *address, uint16_t port) {
  host_t *host = host_create_from_string(address, port);
  if (!host) fail(address, "no address");
  return host;
}

static struct port open_port(const char *interface, const char *peer) {
  struct port port;
  struct ifreq request = {0};
  int room = 8 << 20;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
  chunk_t mac = bytes_of(peer);
  if (mac.len != 6) fail(peer, "no MAC address");
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
  port.socket = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
  if (port.socket < 0 || ioctl(port.socket, SIOCGIFHWADDR, &request)) fail(interface, strerror(errno));
  memcpy(port.header, mac.ptr, 6);
  memcpy(port.header + 6, request.ifr_hwaddr.sa_data, 6);
  htoun16(port.header + 12, ETH_P_IP);
  address.sll_ifindex = (int)if_nametoindex(interface);
  if (bind(port.socket, (struct sockaddr *)&address, sizeof address)) fail(interface, strerror(errno));
  setsockopt(port.socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(port.socket, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  return port;
}

static void send_frame(struct port *port, const void *headers, size_t count, chunk_t packet) {
  struct iovec parts[] = {{port->header, ETHERNET}, {(void *)headers, count}, {packet.ptr, packet.len}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
  if (sendmsg(port->socket, &message, 0) < 0) unsent++;
}

/* libipsec has opened a packet. */
static void on_opened(void *data, ip_packet_t *packet) {
  (void)data;
  opened++;
  send_frame(&red, NULL, 0, packet->get_encoding(packet));
  packet->destroy(packet);
}

/* libipsec has sealed one; only it calls this, and one thread of it. */
static void on_sealed(void *data, esp_packet_t *packet) {
  chunk_t esp = packet->packet.get_data(&packet->packet);
  unsigned long number = ++sealed;
  bool isTwice = send_twice_every && number % send_twice_every == 0;
  (void)data;
  htoun16(outer + 2, (uint16_t)(IPV4 + UDP + esp.len));
  htoun16(outer + 10, 0);
  /* Not swapped: it is a sum of bytes as they lie in memory. */
  uint16_t checksum = chunk_internet_checksum(chunk_create(outer, IPV4));
  memcpy(outer + 10, &checksum, 2);
  htoun16(outer + IPV4 + 4, (uint16_t)(UDP + esp.len));
  for (int copy = 0; copy <= isTwice; copy++) send_frame(&black, outer, sizeof outer, esp);
  packet->destroy(packet);
}

/* A frame's IPv4 packet, without what Ethernet has padded it with; empty if it is none. */
static chunk_t receive(struct port *port, uint8_t *frame) {
  ssize_t count = recv(port->socket, frame, FRAME_MAX, MSG_DONTWAIT);
  chunk_t packet = chunk_create(frame + ETHERNET, count > ETHERNET ? (size_t)count - ETHERNET : 0);
  if (packet.len < IPV4 || packet.ptr[0] != 0x45 || untoh16(packet.ptr + 2) > packet.len) return chunk_empty;
  packet.len = untoh16(packet.ptr + 2);
  return packet;
}

static void from_red(void) {
  uint8_t frame[FRAME_MAX];
  chunk_t packet = receive(&red, frame);
  ip_packet_t *payload = packet.len ? ip_packet_create(chunk_clone(packet)) : NULL;
  if (payload) ipsec->processor->queue_outbound(ipsec->processor, payload);
}

static void from_black(void) {
  uint8_t frame[FRAME_MAX];
  chunk_t packet = receive(&black, frame);
  if (packet.len <= IPV4 + UDP || packet.ptr[9] != IPPROTO_UDP) return;
  /* From the other gateway to this one, and for this port: what a socket would look at. */
  if (memcmp(packet.ptr + 12, outer + 16, 4) || memcmp(packet.ptr + 16, outer + 12, 4)) return;
  if (memcmp(packet.ptr + IPV4 + 2, outer + IPV4 + 2, 2)) return;
  chunk_t esp = chunk_skip(packet, IPV4 + UDP);
  int copies = ++arrived % ARRIVALS_PER_REPLAY == 0 ? 2 : 1;
  replayed += (unsigned)(copies - 1);
  while (copies--) {
    packet_t *raw = packet_create_from_data(there->clone(there), here->clone(here), chunk_clone(esp));
    ipsec->processor->queue_inbound(ipsec->processor, esp_packet_create_from_packet(raw));
  }
}

/* What a direction needs, in libipsec's data bases. */
static void add(bool isInbound, const char *spi, const char *key, uint16_t aead, bool isEncapsulated,
                bool isExtended, char *source, char *destination) {
  lifetime_cfg_t forever = {0};
  mark_t mark = {0};
  uint32_t number = htonl((uint32_t)strtoul(spi, NULL, 10));
  ipsec_sa_cfg_t association = {.mode = MODE_TUNNEL, .reqid = REQID, .esp = {.use = TRUE, .spi = number}};
  host_t *from = isInbound ? there : here, *to = isInbound ? here : there;
  traffic_selector_t *sources = traffic_selector_create_from_cidr(source, 0, 0, 65535);
  traffic_selector_t *destinations = traffic_selector_create_from_cidr(destination, 0, 0, 65535);
  if (!sources || !destinations) fail(source, "no network");
  if (ipsec->sas->add_sa(ipsec->sas, from, to, number, IPPROTO_ESP, REQID, mark, 0, &forever, aead,
                         bytes_of(key), AUTH_UNDEFINED, chunk_empty, MODE_TUNNEL, IPCOMP_NONE, 0, FALSE,
                         isEncapsulated, isExtended, isInbound, FALSE) != SUCCESS)
    fail("libipsec refuses the association", spi);
  ipsec->policies->add_policy(ipsec->policies, from, to, sources, destinations,
                              isInbound ? POLICY_IN : POLICY_OUT, POLICY_IPSEC, &association, mark,
                              POLICY_PRIORITY_DEFAULT);
}

/* The AEAD and, in the log, whose code it is. */
static uint16_t find_aead(const char *name) {
  uint16_t wanted = strstr(name, "gcm") ? ENCR_AES_GCM_ICV16 : ENCR_CHACHA20_POLY1305;
  encryption_algorithm_t found;
  const char *plugin;
  enumerator_t *all = lib->crypto->create_aead_enumerator(lib->crypto);
  while (all->enumerate(all, &found, &plugin))
    if (found == wanted) printf("strongswan-esp: %s by the plugin %s\n", name, plugin);
  all->destroy(all);
  return wanted;
}

static void make_outer(uint16_t port) {
  chunk_t from = here->get_address(here), to = there->get_address(there);
  /* Do not fragment; 64 hops. */
  memcpy(outer, "\x45\0\0\0\0\0\x40\0\x40\x11", 10);
  memcpy(outer + 12, from.ptr, 4);
  memcpy(outer + 16, to.ptr, 4);
  htoun16(outer + IPV4, port);
  htoun16(outer + IPV4 + 2, port);
}

static void forward_until(int signals) {
  struct pollfd events[] = {{red.socket, POLLIN, 0}, {black.socket, POLLIN, 0}, {signals, POLLIN, 0}};
  while (poll(events, 3, -1) > 0 && !events[2].revents) {
    if (events[0].revents) from_red();
    if (events[1].revents) from_black();
  }
}

int main(int count, char **words) {
  sigset_t ends;
  if (count != 17) {
    fprintf(stderr, "usage: %s PLUGIN-FOLDER PLUGINS AEAD OUT-SPI OUT-KEY IN-SPI IN-KEY udp|ip esn|no-esn\n"
                    "  HERE THERE PORT INSIDE-NET OUTSIDE-NET RED-PEER-MAC BLACK-PEER-MAC\n"
                    "Keys are hex, the salt last; the interfaces are called red and black.\n", words[0]);
    return 2;
  }
  setlinebuf(stdout);
  /* Before there are threads, which inherit it. */
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  dbg = say;
  if (!library_init("", "strongswan-esp")) fail("libstrongswan", "does not start");
  lib->plugins->add_path(lib->plugins, words[1]);
  if (!lib->plugins->load(lib->plugins, words[2])) fail("libstrongswan has not all plugins", words[2]);
  if (!libipsec_init()) fail("libipsec", "does not start");

  const char *twice = getenv("STRONGSWAN_ESP_SEND_TWICE");
  send_twice_every = twice ? strtoul(twice, NULL, 10) : 0;
  uint16_t port = (uint16_t)strtoul(words[12], NULL, 10);
  here = host_of(words[10], port);
  there = host_of(words[11], port);
  make_outer(port);
  uint16_t aead = find_aead(words[3]);
  bool isEncapsulated = streq(words[8], "udp"), isExtended = streq(words[9], "esn");
  add(FALSE, words[4], words[5], aead, isEncapsulated, isExtended, words[13], words[14]);
  add(TRUE, words[6], words[7], aead, isEncapsulated, isExtended, words[14], words[13]);
  red = open_port("red", words[15]);
  black = open_port("black", words[16]);
  ipsec->processor->register_inbound(ipsec->processor, on_opened, NULL);
  ipsec->processor->register_outbound(ipsec->processor, on_sealed, NULL);
  /* Four jobs wait for ever: libipsec's two, the scheduler, the watcher. */
  lib->processor->set_threads(lib->processor, 6);

  printf("strongswan-esp: strongSwan " VERSION ", entering main loop\n");
  forward_until(signalfd(-1, &ends, 0));
  /* For what lies in libipsec's queues. */
  usleep(50000);
  printf("strongswan-esp: %lu sealed, %lu arrived, %lu opened, %lu replayed, %lu replays refused, "
         "%lu other messages, %lu not sent\n",
         sealed, arrived, opened, replayed, refused, others, unsent);
  fflush(stdout);
  /* Threads wait in queues; there is nothing to tidy up. */
  _exit(0);
}
