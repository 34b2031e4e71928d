import Tunnel
import Wire

/// `null`: what the harness costs. One thread seals nothing into IP-in-IP (RFC 2003), one takes it off.
func gatewayNull(_ site: GatewaySite) -> [RoleThread] {
  [
    site.sealThread(0, NullSealer(), protocol: IPv4.protocolIPv4),
    site.openThread(0, NullOpener(), protocol: IPv4.protocolIPv4),
  ]
}
