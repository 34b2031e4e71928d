import Basics
import Cases
import Crypto
import TestSupport
import Testing

/// Every short length and some long ones against Python's `cryptography`.
@Suite struct AEADOracleTests {
  struct Question: Encodable {
    var format = "aead"
    let aead: String
    let key: String
    let nonce: String
    let additional: String
    let plaintext: String
  }

  static let counts = Array(0...300) + [511, 512, 513, 1023, 1024, 1406, 1420, 1500, 2048, 4095, 8999, 9000]

  @Test(arguments: AEADAlgorithm.allCases)
  func sealsAsTheOracleDoes(algorithm: AEADAlgorithm) throws {
    var generator = SplitMix64(state: 23)
    var questions: [Question] = []
    var sealed: [String] = []
    for count in Self.counts {
      for additionalCount in [0, 8, 12] {
        let key = generator.bytes(algorithm.keyBytes)
        let nonce = generator.bytes(AEADAlgorithm.nonceBytes)
        let additional = generator.bytes(additionalCount)
        let plaintext = generator.bytes(count)
        questions.append(
          Question(
            aead: algorithm.rawValue, key: key.hex(), nonce: nonce.hex(), additional: additional.hex(),
            plaintext: plaintext.hex()))
        try withAEAD(algorithm, key: key) { aead in
          let result = aead.sealed(plaintext, nonce: nonce, additional: additional)
          if aead.opened(result, nonce: nonce, additional: additional) != plaintext {
            Issue.record("\(count) bytes, \(additionalCount) additional: does not open")
          }
          sealed.append(result.hex())
        }
      }
    }
    let answers = try Oracle.answers(of: "formats.py", to: questions)
    let wrong = answers.indices.filter { answers[$0] != sealed[$0] }
    for index in wrong.prefix(3) { Issue.record("\(questions[index]): not \(sealed[index])") }
    #expect(wrong.isEmpty, "\(wrong.count) of \(answers.count) differ")
  }
}
