import Decoding
import Foundation
import Testing

/// Captures that `odd_captures.py` makes: files of every kind, and packets that are seldom seen.
@Suite struct OddCapturesTests {
  private func withCaptures(_ body: (URL, [String]) throws -> Void) throws {
    try withOddCaptures { folder in
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      try body(folder, names.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted())
    }
  }

  @Test func eachPacketIsWhatItIs() throws {
    try withCaptures { folder, names in
      #expect(names.count > 120)
      for name in names {
        let text = try String(contentsOf: folder.appendingPathComponent("\(name).txt"), encoding: .utf8)
        let keys = name.hasPrefix("transport") ? "transport-keys.json5" : "keys.json5"
        let result = decoded(
          folder.appendingPathComponent(name), keys: folder.appendingPathComponent(keys))
        #expect(result.error == nil, "\(name)")
        let known = text.split(separator: "\n").map(String.init)
        #expect(result.lines.dropLast().map(withoutTime) == known, "\(name)")
      }
    }
  }

  /// In the port of UDP, keepalives and IKE are neither ESP nor VPE, and counted apart. A packet of VPE that
  /// begins as IKE does there is found by its key alone.
  @Test func theUDPPortHasOthers() throws {
    try withCaptures { folder, _ in
      func lines(_ name: String, keys: String) -> [String] {
        let keys = folder.appendingPathComponent(keys)
        return decoded(folder.appendingPathComponent(name), keys: keys).lines.map { line in
          String(line.split(separator: " UDP", maxSplits: 1).last ?? "")
        }
      }
      let port = lines("port.pcap", keys: "keys.json5")
      #expect(port.last == "4 packets: 1 NAT keepalive, 1 IKE, 2 other")
      let zero = lines("zero.pcap", keys: "zero-keys.json5")
      #expect(zero[0].hasPrefix(" VPE 0x00002001 sender 0 window 0 #1: authentic, new; IPv4"))
      #expect(zero[1].hasSuffix(": no key") && zero[2] == ", IKE")
      #expect(lines("zero.pcap", keys: "keys.json5")[0] == ", a non-ESP marker, but no IKE behind it")
    }
  }

  /// Longer headers of packets are told as well where the file ends within one.
  @Test func aPatchedFileMayEndEarly() throws {
    try withOddCaptures { folder in
      let keys = folder.appendingPathComponent("keys.json5")
      let cut = decoded(folder.appendingPathComponent("redhat.cut"), keys: keys)
      #expect(cut.lines.count == 2 && cut.lines[0].contains("#1: authentic, new"), "\(cut.lines)")
      #expect(cut.error?.contains("beyond packet 1 (it ends within the header of a packet)") == true)
    }
  }

  /// A remedy can be entered as it stands, whatever the file's name is.
  @Test func remediesAreOfThatFile() throws {
    try withOddCaptures { folder in
      func remedy(_ name: String) -> String {
        decoded(folder.appendingPathComponent(name)).error?.replacing(folder.path, with: "F") ?? ""
      }
      #expect(
        remedy("it's twice.gz").contains(
          #"it is compressed twice: `gzip -dc 'F/it'\''s twice.gz' | vpebench decode -` goes on"#))
      #expect(remedy("no capture.gz").contains("`editcap -F pcapng 'F/no capture.gz' NEW` rewrites it"))
      #expect(remedy("keys.json5").contains("`editcap -F pcapng F/keys.json5 NEW` rewrites it"))
    }
  }

  /// Lengths and times are those that Wireshark reads.
  @Test func framesAreThoseOfWireshark() throws {
    try withCaptures { folder, names in
      for name in names where !name.hasPrefix("cut-") && !name.hasPrefix("parts") {
        let file = folder.appendingPathComponent(name)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
          ["tshark", "-n", "-r", file.path, "-T", "fields"]
          + ["frame.cap_len", "frame.len", "frame.time_epoch"].flatMap { ["-e", $0] }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name); `tools/install-deps --tests` installs tshark")
        let reader = try CaptureReader(path: file.path)
        var read: [String] = []
        while let frame = try reader.next() {
          let time = frame.nanoseconds.map { nanoseconds in
            let digits = String(nanoseconds % 1_000_000_000 + 1_000_000_000).dropFirst()
            return "\(nanoseconds / 1_000_000_000).\(digits)"
          }
          read.append("\(frame.bytes.count)\t\(frame.wireCount)\t\(time ?? "")")
        }
        #expect(read == text.split(separator: "\n").map(String.init), "\(name)")
      }
    }
  }

  /// A pipe's packets are shown before more is read from it.
  @Test func linesComeBeforeMoreIsRead() throws {
    try withCaptures { folder, _ in
      let reader = try CaptureReader(path: folder.appendingPathComponent("outer.pcap").path)
      var events: [String] = []
      reader.beforeReading { events.append("read") }
      while try reader.next() != nil { events.append("frame") }
      #expect(events.first == "frame" && events.last == "read")
    }
  }
}
