import Runs
import Testing

/// What `dpdk-test-crypto-perf` prints, read.
@Suite struct CryptodevPerfTests {
  private static let header =
    "#lcore id,Buffer Size(B),Burst Size,Enqueued,Dequeued,Failed Enq,Failed Deq,Ops(Millions),"
    + "Throughput(Gbps),Cycles/Buf"

  @Test func theLastFigureOfTheLastRowCounts() {
    let text =
      "CRYPTODEV: Creating cryptodev crypto_aesni_gcm0\n\n\(Self.header)\n\n"
      + "1,50,64,1000000,1000000,0,0,13.801,5.520,188.397\n\n"
    #expect(CryptodevPerf.cycles(in: text) == 188.397)
  }

  @Test(arguments: [
    "", "1,50,64,1000000,1000000,0,0,13.801,5.520,188.397", "\(header)\n", "\(header)\n1,50,64,188.397\n",
    "\(header)\nx,50,64,1000000,1000000,0,0,13.801,5.520,188.397\n",
    "#lcore id,Cycles/Op\n1,188.397\n",
  ])
  func whatIsNoTableTellsNothing(text: String) {
    #expect(CryptodevPerf.cycles(in: text) == nil)
  }
}
