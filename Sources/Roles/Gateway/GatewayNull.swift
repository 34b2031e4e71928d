import Tunnel
import Wire

/// `null`: a sealing and an opening thread without a security protocol: the floor of the harness.
func gatewayNull(_ site: GatewaySite) -> [RoleThread] {
  let number = IPv4.protocolIPv4
  return [site.sealThread(0, NullSealer(), protocol: number)]
    + site.openThreads([NullOpener()], protocol: number)
}
