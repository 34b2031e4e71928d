import Cases

extension DescriptorRules {
  /// Checks conflicts of traffic classes and late packets with other members.
  mutating func checkClasses() {
    guard descriptor.measure.what == .throughput else { return }
    let classes = descriptor.cases.map(\.classes).max() ?? 1
    if classes > 1 { checkClasses(classes) }
    if descriptor.isDelayed { checkLatePackets() }
    if let paths = asked(.paths) {
      if !descriptor.isDelayed {
        refuse("sweep.paths", "is given, but sweep.late_packets has no skew for them")
      }
      if classes > 1 {
        refuse(
          "sweep.paths",
          "is given beside sweep.classes \(classes): of several classes a packet's own says whether it is "
            + "late; leave out \(paths)")
      }
    }
  }

  private mutating func checkClasses(_ most: Int) {
    if descriptor.measure.setup == .dut {
      refuse(
        "sweep.classes", "\(most) are possible with measure.setup \"circuit\" alone, whose flows have them")
    }
    if descriptor.tunnel.headerFields != .rfc4301 {
      refuse(
        "tunnel.header_fields",
        "must be \"rfc4301\" where sweep.classes has \(most): the black link sees a class in the outer "
          + "header alone")
    }
    refuse(
      .hash,
      "where sweep.classes has \(most): it may leave a thread without flows of a class; say \"queue\"")
    let needed = descriptor.cases.map { $0.classes * ($0.system.runsInParallel ? $0.sealing : 1) }.max() ?? 1
    requireFlows(needed, of: "class")
  }

  private mutating func checkLatePackets() {
    if descriptor.isAttacked {
      refuse(
        "sweep.late_packets",
        "is given beside an attacker: what a gateway refuses could be late as well as hostile; leave out one")
    }
    if descriptor.impairment.shuffleFrames > 0 {
      refuse(
        "impairment.shuffle_frames",
        "is given beside sweep.late_packets: what is shuffled is not late by a stated number; leave out one")
    }
    if let most = most(.numberBlock, above: 0) {
      refuse(
        "sweep.number_block",
        "\(most) is given beside sweep.late_packets: numbers would come late by both; leave out one")
    }
    checkFlowsOverPaths()
    let flights = descriptor.cases.map { point in
      (
        point: point,
        frames: Flight(
          of: descriptor.traffic.framesInFlight(threads: point.threads), point.system, point.values
        ).frames
      )
    }
    if let most = flights.max(by: { $0.frames < $1.frames }), most.frames > Flight.framesMax {
      refuse(
        "sweep.late_packets",
        "\(most.point.latePackets) need \(most.frames) frames in flight with \(most.point.threads) threads "
          + "of \(most.point.system.rawValue), and there are buffers for \(Flight.framesMax); lower it, the "
          + "threads or traffic.in_flight_frames")
    }
  }

  /// Checks flows and paths. Both are used in turn. If their numbers have a common divisor, a flow takes only
  /// some of the paths, and reordering would depend on the numbers.
  private mutating func checkFlowsOverPaths() {
    let dealt = descriptor.cases.filter { $0.latePackets > 0 && $0.classes == 1 }
    guard !dealt.isEmpty else { return }
    refuse(
      .hash,
      "where sweep.late_packets deals packets over paths: flows may take some of them alone; say \"queue\"")
    for (index, flows) in descriptor.sweep.integers(.flows).enumerated() {
      for point in dealt where point.flows == flows {
        let queues = point.system.runsInParallel ? point.sealing : 1
        let paths = point.values.pathsBySkew
        let shares = Set([flows / queues, (flows + queues - 1) / queues]).subtracting([0])
        guard let share = shares.sorted().first(where: { !paths.areTaken(by: $0) }) else { continue }
        let better = (1...share).last(where: paths.areTaken) ?? 1
        refuse(
          element(.flows, index),
          "\(flows) leave a sealing thread \(share), which have a divisor in common with \(paths.count) "
            + "paths: a flow would take some of the paths alone; say \(better * queues)")
        break
      }
    }
  }
}
