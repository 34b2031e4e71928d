import Foundation
import Roles
import Dataplane
let eal = try EAL(EAL.Options(cpus: [0, 1]))
for round in 0..<3 {
for model in ThreadingModel.allCases {
  for bytes in [64, 1420] {
    var plan = CasePlan(model: model, aead: model == .null ? nil : "aes-128-gcm", threads: 2, frameBytes: bytes, seed: UInt64(round*100+1), cpus: [0, 1])
    plan.flows = 64
    let t = try Topology(plan, roles: Set(RoleName.allCases), environment: eal)
    try t.start()
    t.send(true)
    usleep(100_000)
    let a = t.report()
    usleep(300_000)
    let b = t.report()
    t.send(false)
    usleep(50_000)
    t.stop()
    let end = t.report()
    let acc = Accounts(end.stages, linksMayLose: false)
    print(model, bytes, acc.sent, acc.returned, acc.faults, t.judgement()!.reordered)
    for (x, y) in zip(a.stages, b.stages) {
      let d = y.counters - x.counters
      print(String(format: "   %@ %.1f ticks/packet, %.1f packets/poll, %.2f Mpps stalled %d", y.name + " cpu\(y.cpu)", Double(d.busyTicks) / Double(max(d.busyPackets,1)), Double(d.busyPackets) / Double(max(d.busyPolls,1)), Double(d.received) / Double(b.ticks - a.ticks) * Double(b.ticksPerSecond) / 1e6, d.stalledPolls))
    }
  }
}}
