import Cases
import Crypto
import Testing

/// Inputs and output of one AEAD call, as published.
struct AEADVector: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let algorithm: AEADAlgorithm
  let key: String
  let nonce: String
  let additional: String
  let plaintext: String
  /// Ciphertext and tag.
  let sealed: String

  init(
    _ source: String, _ algorithm: AEADAlgorithm, key: String, nonce: String, additional: String,
    plaintext: String, sealed: String
  ) {
    testDescription = source
    self.algorithm = algorithm
    self.key = key
    self.nonce = nonce
    self.additional = additional
    self.plaintext = plaintext
    self.sealed = sealed
  }
}

extension AEADVector {
  /// McGrew and Viega's specification of GCM, which NIST took over; the ESP packets of
  /// draft-mcgrew-gcm-test-01; RFC 8439; RFC 7634.
  static let published: [AEADVector] = [
    AEADVector(
      "GCM specification, test case 1", .aes128GCM,
      key: "00000000000000000000000000000000",
      nonce: "000000000000000000000000",
      additional: "",
      plaintext: "",
      sealed: "58e2fccefa7e3061367f1d57a4e7455a"),
    AEADVector(
      "GCM specification, test case 2", .aes128GCM,
      key: "00000000000000000000000000000000",
      nonce: "000000000000000000000000",
      additional: "",
      plaintext: "00000000000000000000000000000000",
      sealed: "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
    AEADVector(
      "GCM specification, test case 3", .aes128GCM,
      key: "feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      additional: "",
      plaintext: """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595680953
        2fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255
        """,
      sealed: """
        42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c
        7d8f6a5aac84aa051ba30b396a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4
        """),
    AEADVector(
      "GCM specification, test case 4", .aes128GCM,
      key: "feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      additional: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      plaintext: """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595680953
        2fcf0e2449a6b525b16aedf5aa0de657ba637b39
        """,
      sealed: """
        42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c
        7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47
        """),
    AEADVector(
      "GCM specification, test case 8", .aes192GCM,
      key: "000000000000000000000000000000000000000000000000",
      nonce: "000000000000000000000000",
      additional: "",
      plaintext: "00000000000000000000000000000000",
      sealed: "98e7247c07f0fe411c267e4384b0f6002ff58d80033927ab8ef4d4587514f0fb"),
    AEADVector(
      "GCM specification, test case 10", .aes192GCM,
      key: "feffe9928665731c6d6a8f9467308308feffe9928665731c",
      nonce: "cafebabefacedbaddecaf888",
      additional: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      plaintext: """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595680953
        2fcf0e2449a6b525b16aedf5aa0de657ba637b39
        """,
      sealed: """
        3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525
        ac619d18c84a3f4718e2448b2fe324d9ccda27102519498e80f1478f37ba55bd6d27618c
        """),
    AEADVector(
      "GCM specification, test case 13", .aes256GCM,
      key: "0000000000000000000000000000000000000000000000000000000000000000",
      nonce: "000000000000000000000000",
      additional: "",
      plaintext: "",
      sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
    AEADVector(
      "GCM specification, test case 14", .aes256GCM,
      key: "0000000000000000000000000000000000000000000000000000000000000000",
      nonce: "000000000000000000000000",
      additional: "",
      plaintext: "00000000000000000000000000000000",
      sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    AEADVector(
      "GCM specification, test case 15", .aes256GCM,
      key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      additional: "",
      plaintext: """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595680953
        2fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255
        """,
      sealed: """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3d
        a7b08b1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c
        """),
    AEADVector(
      "GCM specification, test case 16", .aes256GCM,
      key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      additional: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      plaintext: """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595680953
        2fcf0e2449a6b525b16aedf5aa0de657ba637b39
        """,
      sealed: """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3d
        a7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b
        """),
    AEADVector(
      "RFC 8439 section 2.8.2", .chaCha20Poly1305,
      key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      nonce: "070000004041424344454647",
      additional: "50515253c0c1c2c3c4c5c6c7",
      plaintext: """
        4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f6620273939
        3a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220
        746865206675747572652c2073756e73637265656e20776f756c642062652069742e
        """,
      sealed: """
        d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca96712
        82fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58
        fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09
        e26a7e902ecbd0600691
        """),
    AEADVector(
      "RFC 7634 appendix A", .chaCha20Poly1305,
      key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      nonce: "a0a1a2a31011121314151617",
      additional: "0102030400000005",
      plaintext: """
        45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b
        0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233
        3435363701020204
        """,
      sealed: """
        24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb
        61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da
        9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43
        """),
    AEADVector(
      "draft-mcgrew-gcm-test-01, SPI 00004321", .aes128GCM,
      key: "4c80cdefbb5d10da906ac73c3613a634",
      nonce: "2e443b684956ed7e3b244cfe",
      additional: "000043218765432100000000",
      plaintext: """
        45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f7369
        70045f756470037369700963796265726369747902646b000021000101020201
        """,
      sealed: """
        fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf
        65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732459018148f6cbe72
        2fd04796562dfdb4
        """),
    AEADVector(
      "draft-mcgrew-gcm-test-01, SPI 0000a5f8", .aes128GCM,
      key: "feffe9928665731c6d6a8f9467308308",
      nonce: "cafebabefacedbaddecaf888",
      additional: "0000a5f80000000a",
      plaintext: """
        4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000
        037369700963796265726369747902646b00000100010001
        """,
      sealed: """
        deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f
        51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a
        """),
    AEADVector(
      "draft-mcgrew-gcm-test-01, SPI 4a2cbfe3", .aes256GCM,
      key: "abbccddef00112233445566778899aababbccddef00112233445566778899aab",
      nonce: "112233440102030405060708",
      additional: "4a2cbfe300000002",
      plaintext: """
        4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000
        020405b40101040201020201
        """,
      sealed: """
        ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d34
        7f0545659f14e99def842d8eb335f4eecfdbf831824b4c4915956c96
        """),
    AEADVector(
      "draft-mcgrew-gcm-test-01, SPI 00000100", .aes128GCM,
      key: "abbccddef00112233445566778899aab",
      nonce: "decaf888cafedebaceface74",
      additional: "000001000000000000000001",
      plaintext: """
        4500004933ba00007f119106c3fb1d10c2b1d326c02831ce0035dd7b800302d500004e20001e8c18
        d75b81dc91baa0476b91b924b280389d92c963bac046ec959b6266c04722b14923010101
        """,
      sealed: """
        18a6fd42f72cbf4ab2a2ea901f73d814e3e7f243d95412e1c349c1d2fbec168f9190feebaf2cb019
        84e65863965d7472b79da345e0e780191f0d2f0e0f496c226f2127b27db35724e7845d68651f57e6
        5f354f75ff17015769623436
        """),
    AEADVector(
      "draft-mcgrew-gcm-test-01, SPI 796b6963", .aes256GCM,
      key: "6c6567616c697a656d6172696a75616e61616e64646f69746265666f72656961",
      nonce: "7475726e333021696765746d",
      additional: "796b6963ffffffffffffffff",
      plaintext: """
        45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c
        6d6e6f707172737401020201
        """,
      sealed: """
        f97ab2aa356d8edce17644ac8c78e25dd24dedbb29ebf1b64a274b39b49c3a864cd3d78ca4ae68a3
        2b42458fb57dbe821dcc63b9d0937ba2945f669368661a329fb4c053
        """),
    AEADVector(
      "draft-mcgrew-gcm-test-01, SPI 335467ae", .aes128GCM,
      key: "7d773d00c144c525ac619d18c84a3f47",
      nonce: "d966426743457e9182443bc6",
      additional: "335467aeffffffff",
      plaintext: "01020201",
      sealed: "437f866bcb3f699fe9b0822bac961c4504bef270"),
  ]
}
