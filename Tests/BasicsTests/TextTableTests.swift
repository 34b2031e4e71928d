import Basics
import Testing

@Suite struct TextTableTests {
  @Test func snapshot() {
    let text = TextTable.render(
      header: ["case", "Gbit/s", "ratio", "note"],
      rows: [
        ["vpe-64B", "10.5", "1.07 ± 0.02", "größer"], ["esp-single-1420B", "9", "", ""],
        ["null-64B", "-0.25"],
      ])
    #expect(
      text == """
        case              Gbit/s        ratio  note
        ----------------  ------  -----------  ------
        vpe-64B             10.5  1.07 ± 0.02  größer
        esp-single-1420B       9
        null-64B           -0.25

        """)
  }

  @Test func withoutRows() {
    #expect(TextTable.render(header: ["a", "bc"], rows: []) == "a  bc\n-  --\n")
  }
}
