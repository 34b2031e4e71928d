import Cases

extension DescriptorRules {
  /// Checks mixes of frame sizes, which are words instead of lengths.
  mutating func checkFrames() {
    for (index, value) in descriptor.sweep[.frameBytes].enumerated() {
      guard case .word(let word) = value else { continue }
      let path = element(.frameBytes, index)
      if let fault = FrameMix.fault(of: word) { refuse(path, "\"\(word)\" \(fault)") }
      if descriptor.measure.what == .packetCost {
        refuse(path, "\"\(word)\" is a mix, and a packet's cost is that of one length; give lengths")
      } else if descriptor.measure.what == .throughput, descriptor.measure.setup == .dut {
        refuse(
          path,
          "\"\(word)\" is a mix, and a tester's turn has frames of one length; give lengths, or say "
            + "measure.what \"rate-search\"")
      } else if descriptor.model != nil {
        refuse(path, "\"\(word)\" is a mix, and the model predicts one length; leave out model")
      }
    }
  }
}
